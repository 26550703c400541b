// The track of one vehicle: a day's line coloured by speed, stops, gaps, marked points, and the day played again.
const Replay = Things && (() => {
  const { $, $$, t, of, make, ask, day, clock, midnight, span } = Street;
  const { colour, world, on, painters, finders, draw } = Ground;
  const panel = $("#track"), replay = $("#replay"), slider = $("#slider"), play = $("#play"), dayField = $("#day"), pace = $("#pace");
  const SPEEDS = ["#8a94a0", "#2f8cff", "#1fa35c", "#e08a00", "#d1342b"];
  const colourOf = speed => speed === undefined ? SPEEDS[0] : SPEEDS[speed < 5 ? 0 : speed < 20 ? 1 : speed < 40 ? 2 : speed < 60 ? 3 : 4];
  let device = null, track = null, line = [], now = 0, playing = 0, asked = 0;

  const DAY = 86400000;
  const load = async (text, seek) => {
    const mine = ++asked, from = midnight(text), until = from + DAY, of = device;
    dayField.value = text;
    const whole = { points: [], stops: [], gaps: [], from, until };
    // Pages of ten thousand points each; stops and gaps are asked of the whole line, so they are put together here.
    for (let next = from, base = 0; next !== null && next !== undefined;) {
      const query = new URLSearchParams({ from: next, until });
      const { ok, json } = await ask(`/api/v1/vehicles/${encodeURIComponent(of)}/track?${query}`);
      if (mine !== asked) return;
      if (!ok) { show(whole, seek); return; }
      whole.points.push(...json.points); whole.stops.push(...json.stops); whole.gaps.push(...json.gaps.map(gap => gap + base));
      base += json.points.filter(onLine).length;
      next = json.next;
    }
    show(whole, seek);
  };
  const onLine = point => point.good && !point.camera;
  const metres = (a, b) => { const k = Math.PI / 180; return Math.hypot((b.lon - a.lon) * k * Math.cos(a.lat * k), (b.lat - a.lat) * k) * 6371008.8; };
  const show = (made, seek) => {
    track = made;
    line = track.points.filter(onLine).map(point => ({ ...point, world: world([point.lon, point.lat]) }));
    track.off = track.points.filter(point => !onLine(point)).map(point => ({ ...point, world: world([point.lon, point.lat]) }));
    track.cut = new Set(track.gaps);
    const any = line.length > 0;
    replay.hidden = !any;
    const km = line.reduce((sum, point, i) => i && !track.cut.has(i) ? sum + metres(line[i - 1], point) : sum, 0) / 1000;
    $("#track-words").textContent = track.points.length ? [t("map.points", track.points.length), t("map.length", km.toFixed(1)), t("map.gaps", track.gaps.length), t("map.marked", track.points.filter(p => p.quality).length)].join(" · ") : t("map.no-track");
    const stops = track.stops.map(stop => make("li", {}, make("button", { type: "button", class: "line", onclick: () => { seekTo(stop.from); Ground.look([stop.lon, stop.lat]); } }, make("span", { class: "grow" }, clock(stop.from, false), " – ", clock(stop.until, false)), make("span", { class: "badge warn" }, span((stop.until - stop.from) / 1000)))));
    $("#stops").replaceChildren(...(stops.length ? stops : [make("li", { class: "soft" }, t("map.no-stops"))]));
    const query = new URLSearchParams({ from: track.from, until: track.until }), base = `/api/v1/vehicles/${encodeURIComponent(device)}/track`;
    $("#csv").href = `${base}/csv?${query}`; $("#geojson").href = `${base}/geojson?${query}`;
    if (any) {
      const [first, last] = [line[0].at, line.at(-1).at];
      slider.min = Math.floor(first / 1000); slider.max = Math.ceil(last / 1000);
      const marks = track.stops.map(stop => {
        const mark = make("i", {}), width = Math.max(1, last - first);
        mark.style.left = `${100 * (stop.from - first) / width}%`; mark.style.width = `${Math.max(0.4, 100 * (stop.until - stop.from) / width)}%`;
        return mark;
      });
      $("#marks-of-stops").replaceChildren(...marks);
      Ground.fit(line.map(point => [point.lon, point.lat]));
      seekTo(seek >= first && seek <= last ? seek : first);
    }
    document.body.dataset.track = String(track.points.length);
    draw();
  };
  /// Where it was at a moment: between two points straight on, in a gap nowhere.
  const where = at => {
    let low = 0, high = line.length - 1;
    while (low < high) { const middle = (low + high + 1) >> 1; if (line[middle].at <= at) low = middle; else high = middle - 1; }
    const a = line[low], b = line[low + 1];
    if (!b) return { world: a.world, point: a, lost: false };
    const share = Math.max(0, Math.min(1, (at - a.at) / (b.at - a.at || 1)));
    return { world: [a.world[0] + (b.world[0] - a.world[0]) * share, a.world[1] + (b.world[1] - a.world[1]) * share], point: a, lost: track.cut.has(low + 1) && share > 0 };
  };
  const seekTo = at => {
    now = at;
    slider.value = Math.round(at / 1000);
    const here = where(now), speed = here.point.speed;
    $("#moment").textContent = clock(now);
    $("#pace-now").textContent = here.lost ? t("map.legend-gap") : speed === undefined ? "" : `${Math.round(speed)} km/h`;
    slider.setAttribute("aria-valuetext", `${clock(now)} ${$("#pace-now").textContent}`);
    draw();
  };
  const stop = () => { cancelAnimationFrame(playing); playing = 0; play.textContent = t("map.play"); play.setAttribute("aria-pressed", "false"); };
  const run = () => {
    let before = performance.now();
    if (now >= line.at(-1).at) now = line[0].at;
    play.textContent = t("map.pause"); play.setAttribute("aria-pressed", "true");
    const step = time => {
      const next = now + (time - before) * Number(pace.value);
      before = time;
      seekTo(Math.min(next, line.at(-1).at));
      if (next >= line.at(-1).at) stop(); else playing = requestAnimationFrame(step);
    };
    playing = requestAnimationFrame(step);
  };
  play.addEventListener("click", () => playing ? stop() : run());
  slider.addEventListener("input", () => { stop(); seekTo(Number(slider.value) * 1000); });
  document.addEventListener("keydown", event => {
    if (event.key === " " && !replay.hidden && !event.target.closest("input, select, textarea, button, a, summary")) { event.preventDefault(); play.click(); }
  });
  dayField.addEventListener("change", () => { if (dayField.value && device) { stop(); load(dayField.value); } });
  for (const button of $$("[data-day]")) button.addEventListener("click", () => {
    if (!dayField.value) return;
    stop();
    load(day(midnight(dayField.value) + DAY / 2 + Number(button.dataset.day) * DAY));
  });
  const drop = () => { stop(); device = track = null; line = []; asked++; panel.hidden = replay.hidden = true; delete document.body.dataset.track; };
  Things.watchers.push({
    chosen: what => {
      if (!what?.vehicle) { drop(); return; }
      if (what.vehicle.device === device) return;
      drop();
      device = what.vehicle.device;
      panel.hidden = false;
      const at = Number(new URLSearchParams(location.search).get("at")) || what.vehicle.last?.at || Date.now();
      load(day(at), at);
    },
  });

  painters.push(ink => {
    if (!track || !line.length) return;
    ink.lineJoin = ink.lineCap = "round";
    const halo = colour("card");
    for (const pass of [0, 1]) {
      for (let i = 1; i < line.length; i++) {
        const [a, b] = [on(line[i - 1].world), on(line[i].world)], gap = track.cut.has(i);
        if (Math.hypot(a[0] - b[0], a[1] - b[1]) < 0.3) continue;
        ink.beginPath(); ink.moveTo(...a); ink.lineTo(...b);
        ink.setLineDash(gap ? [3, 7] : []);
        ink.lineWidth = gap ? 2.2 : pass ? 3.4 : 6;
        ink.strokeStyle = gap ? colour("ink") : pass ? colourOf(line[i].speed) : halo;
        if (pass || !gap) ink.stroke();
      }
    }
    ink.setLineDash([]);
    for (const point of track.off) {
      const [x, y] = on(point.world);
      ink.beginPath();
      if (point.camera) { ink.moveTo(x - 5, y + 4); ink.lineTo(x, y - 6); ink.lineTo(x + 5, y + 4); ink.closePath(); } else ink.arc(x, y, 4, 0, 7);
      ink.lineWidth = 1.6; ink.strokeStyle = colour(point.camera ? "accent" : "bad"); ink.stroke();
    }
    for (const point of line) if (point.quality) { const [x, y] = on(point.world); ink.beginPath(); ink.arc(x, y, 4, 0, 7); ink.lineWidth = 1.6; ink.strokeStyle = colour("bad"); ink.stroke(); }
    for (const stop of track.stops) {
      const [x, y] = Ground.screen([stop.lon, stop.lat]), minutes = Math.round((stop.until - stop.from) / 60000), size = Math.min(13, 7 + Math.sqrt(minutes) / 2);
      ink.beginPath(); ink.arc(x, y, size, 0, 7);
      ink.fillStyle = colour("warn-soft"); ink.fill(); ink.lineWidth = 2; ink.strokeStyle = colour("warn"); ink.stroke();
      if (Ground.scale > 256 * 2 ** 12) Ground.label(span((stop.until - stop.from) / 1000), x, y - size - 5);
    }
    const here = where(now), [x, y] = on(here.world);
    ink.globalAlpha = here.lost ? 0.45 : 1;
    ink.beginPath(); ink.arc(x, y, 9, 0, 7);
    ink.fillStyle = colourOf(here.point.speed); ink.fill();
    ink.lineWidth = 3; ink.strokeStyle = colour("card"); ink.stroke();
    ink.lineWidth = 1; ink.strokeStyle = colour("ink"); ink.stroke();
  });
  finders.unshift((x, y) => {
    if (!track) return null;
    const stop = track.stops.find(stop => { const [sx, sy] = Ground.screen([stop.lon, stop.lat]); return Math.hypot(sx - x, sy - y) <= 9; });
    if (stop) return { sort: "stop", words: `${t("map.stop")} ${clock(stop.from, false)} – ${clock(stop.until, false)}, ${span((stop.until - stop.from) / 1000)}`, vehicle: Things.chosen?.vehicle };
    const spot = point => { const [px, py] = on(point.world); return Math.hypot(px - x, py - y); };
    const off = track.off.find(point => spot(point) <= 6);
    if (off) return { sort: "off", words: `${clock(off.at)} ${(off.quality ?? []).map(mark => of("mark", mark)).join(", ")}${off.camera ? `${t("map.seen-by")} ${off.camera}` : ""}`, vehicle: Things.chosen?.vehicle };
    let best = null, far = 7;
    for (const point of line) { const d = spot(point); if (d < far) { far = d; best = point; } }
    return best ? { sort: "point", words: `${clock(best.at)}${best.speed === undefined ? "" : ` · ${Math.round(best.speed)} km/h`}${best.quality ? ` · ${best.quality.map(mark => of("mark", mark)).join(", ")}` : ""}`, vehicle: Things.chosen?.vehicle, seek: best.at } : null;
  });
  // A click on the line goes to that moment.
  Things.watchers.push({ clicked: (x, y) => { const found = track && Ground.find(x, y); if (found?.seek) { stop(); seekTo(found.seek); return true; } return false; } });
  return { get track() { return track; } };
})();
