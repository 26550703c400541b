// What is on the ground: plans, cameras, devices, candidates, vehicles; the lists beside it, and what is chosen.
const Things = Ground && (() => {
  const { $, $$, setup, t, of, make, ask, moment } = Street;
  const { colour, world, on, layers, painters, finders, draw, near, inside, trace, label } = Ground;
  const SHOWN = 200, kinds = ["fences", "routes", "roads", "plans"];
  const known = { plans: {}, version: "", vehicles: new Map(), devices: [], cameras: [], candidates: [], now: 0 };
  let chosen = null, side = setup.vehicles ? "vehicles" : "devices", ready = false;
  const watchers = [];
  const stateColour = { moving: "good", standing: "accent", silent: "soft", unknown: "soft", fine: "good", full: "warn", hot: "bad", open: "bad", wet: "warn", ponding: "bad" };
  const badge = { moving: "good", standing: "blue", fine: "good", full: "warn", hot: "bad", open: "bad", wet: "warn", ponding: "bad" };
  const fenceColour = { "no-entry": "bad", "keep-in": "accent", site: "good", depot: "warn" };
  const name = item => item.fields.name || item.id;

  // Plans.
  const loadPlans = async () => {
    const { ok, json } = await ask("/api/v1/plans");
    // A city may have devices and no plans.
    if (!ok) return false;
    known.version = json.version;
    $("#problems").hidden = !json.problems;
    for (const kind of [...kinds, "permits", "vehicles", "devices"]) {
      known.plans[kind] = json[kind].map(item => boxed({ ...item, kind, lines: item.geometry.map(line => line.map(world)) }));
    }
    draw(); list();
    return true;
  };
  /// With the box that its points lie in: most of a city lies outside of what is shown.
  const boxed = item => {
    const all = item.lines.flat(), of = (axis, pick) => all.reduce((best, p) => pick(best, p[axis]), pick === Math.min ? Infinity : -Infinity);
    return { ...item, box: [of(0, Math.min), of(1, Math.min), of(0, Math.max), of(1, Math.max)] };
  };
  const seen = item => { const [a, b] = [on([item.box[0], item.box[1]]), on([item.box[2], item.box[3]])], [width, height] = Ground.size; return b[0] >= -40 && b[1] >= -40 && a[0] <= width + 40 && a[1] <= height + 40; };
  const hidden = item => !seen(item) || watchers.some(watcher => watcher.hides?.(item));
  const drawLine = (item, name, wide, dash = []) => ink => {
    for (const line of item.lines) {
      if (!trace(line)) continue;
      ink.strokeStyle = colour(name); ink.lineWidth = wide; ink.lineJoin = ink.lineCap = "round"; ink.setLineDash(dash); ink.stroke();
    }
    ink.setLineDash([]);
  };
  painters.push(ink => {
    const close = Ground.scale > 256 * 2 ** 13;
    if (layers.roads) for (const item of known.plans.roads ?? []) if (!hidden(item)) { drawLine(item, "line", close ? 7 : 3)(ink); if (close) drawLine(item, "card", 4)(ink); }
    if (layers.routes) for (const item of known.plans.routes ?? []) if (!hidden(item)) {
      ink.globalAlpha = 0.18; drawLine(item, "accent", Math.max(6, Number(item.fields.width_m || 30) * Ground.metre()))(ink); ink.globalAlpha = 1;
      drawLine(item, "accent", 1.5)(ink);
    }
    if (layers.plans) for (const item of known.plans.plans ?? []) if (!hidden(item)) drawLine(item, "good", 3, [8, 6])(ink);
    if (layers.fences) for (const item of known.plans.fences ?? []) if (!hidden(item)) for (const ring of item.lines) {
      if (!trace(ring, true)) continue;
      ink.fillStyle = ink.strokeStyle = colour(fenceColour[item.fields.kind] ?? "accent");
      ink.globalAlpha = 0.16; ink.fill(); ink.globalAlpha = 1;
      ink.lineWidth = chosen?.item === item ? 3.5 : 1.8; ink.stroke();
    }
    if (chosen?.item && kinds.includes(chosen.item.kind) && chosen.item.kind !== "fences") drawLine(chosen.item, "focus", 4)(ink);
    if (!layers.names) return;
    for (const item of layers.fences ? known.plans.fences ?? [] : []) {
      const ring = item.lines[0]?.map(on) ?? [];
      const wide = Math.max(...ring.map(p => p[0])) - Math.min(...ring.map(p => p[0]));
      if (wide < 60 || hidden(item)) continue;
      label(name(item), ring.reduce((sum, p) => sum + p[0], 0) / ring.length, ring.reduce((sum, p) => sum + p[1], 0) / ring.length + 4);
    }
    if (close) for (const item of layers.roads ? known.plans.roads ?? [] : []) {
      const line = item.lines[0] ?? [], middle = line.length > 1 ? on([(line[Math.floor((line.length - 1) / 2)][0] + line[Math.ceil((line.length - 1) / 2) || 1][0]) / 2, (line[Math.floor((line.length - 1) / 2)][1] + line[Math.ceil((line.length - 1) / 2) || 1][1]) / 2]) : null;
      if (middle && item.fields.name) label(name(item), middle[0], middle[1] + 4, true);
    }
  });

  // Marks: cameras, devices, candidates, vehicles. Each is drawn and found at its place.
  const marks = () => {
    const all = [];
    if (layers.cameras) for (const camera of known.cameras) if (camera.location) all.push({ sort: "camera", at: camera.location, words: `${camera.id} ${camera.name}`, camera });
    if (layers.devices) for (const device of known.devices) if (device.location) all.push({ sort: "device", at: device.location, words: `${device.name} · ${of("state-of", device.state)}`, device });
    if (layers.candidates) for (const candidate of known.candidates) if (candidate.location) all.push({ sort: "candidate", at: candidate.location, words: `${candidate.class_name} · ${candidate.camera_name}`, candidate });
    if (layers.vehicles) for (const vehicle of known.vehicles.values()) if (vehicle.location) all.push({ sort: "vehicle", at: vehicle.location, words: `${vehicle.name} · ${of("state-of", vehicle.state)}`, vehicle });
    return all;
  };
  const path = (ink, x, y, points) => { ink.beginPath(); points.forEach(([dx, dy], i) => i ? ink.lineTo(x + dx, y + dy) : ink.moveTo(x + dx, y + dy)); ink.closePath(); };
  let placed = [];
  painters.push(ink => {
    const [width, height] = Ground.size;
    placed = marks().map(mark => ({ ...mark, spot: Ground.screen(mark.at) })).filter(({ spot: [x, y] }) => x > -20 && y > -20 && x < width + 20 && y < height + 20);
    const names = layers.names && placed.filter(mark => mark.sort === "vehicle").length <= 40 && Ground.scale > 256 * 2 ** 12;
    for (const mark of placed) {
      const [x, y] = mark.spot;
      ink.lineWidth = 1.5; ink.strokeStyle = colour("card");
      if (mark.sort === "camera") { path(ink, x, y, [[-6, 5], [0, -7], [6, 5]]); ink.fillStyle = colour("accent"); }
      else if (mark.sort === "candidate") { path(ink, x, y, [[0, -7], [7, 0], [0, 7], [-7, 0]]); ink.fillStyle = colour("bad"); }
      else if (mark.sort === "device") { path(ink, x, y, [[-5, -5], [5, -5], [5, 5], [-5, 5]]); ink.fillStyle = colour(stateColour[mark.device.state] ?? "soft"); }
      else {
        const turn = (mark.vehicle.last?.values?.heading?.value ?? NaN) * Math.PI / 180;
        if (mark.vehicle.state === "moving" && Number.isFinite(turn)) { const [s, c] = [Math.sin(turn), Math.cos(turn)]; path(ink, x, y, [[0, -10], [7, 7], [0, 3], [-7, 7]].map(([dx, dy]) => [dx * c - dy * s, dx * s + dy * c])); }
        else { ink.beginPath(); ink.arc(x, y, 6, 0, 7); }
        ink.fillStyle = colour(stateColour[mark.vehicle.state] ?? "soft");
      }
      ink.fill(); ink.stroke();
      const same = chosen && (chosen.vehicle?.device ?? chosen.device?.device) !== undefined && (chosen.vehicle?.device ?? chosen.device?.device) === (mark.vehicle?.device ?? mark.device?.device);
      if (same) { ink.beginPath(); ink.arc(x, y, 12, 0, 7); ink.strokeStyle = colour("focus"); ink.lineWidth = 2.5; ink.stroke(); }
      if (names && mark.sort === "vehicle") label(mark.vehicle.name, x, y + 20);
    }
  });
  finders.push((x, y) => [...placed].reverse().find(({ spot }) => Math.hypot(spot[0] - x, spot[1] - y) <= 10) ?? null);
  finders.push((x, y) => {
    for (const kind of ["plans", "routes", "roads"]) if (layers[kind]) for (const item of known.plans[kind] ?? []) if (seen(item)) for (const line of item.lines) {
      const points = line.map(on);
      if (points.some((point, i) => i && near(x, y, points[i - 1], point) <= 6)) return { sort: "item", item, words: `${of("plan-one", kind)}: ${name(item)}` };
    }
    const fence = layers.fences && (known.plans.fences ?? []).find(item => item.lines[0] && seen(item) && inside(x, y, item.lines[0].map(on)));
    return fence ? { sort: "item", item: fence, words: `${of("fence-kind", fence.fields.kind)}: ${name(fence)}` } : null;
  });

  // What happens now.
  // The whole once a minute, since silence changes states too; what is new in between.
  let whole = 0;
  const loadNow = async () => {
    const all = Date.now() - whole >= 60000, since = all ? "" : `?since=${known.now - 60000}`;
    const asked = [setup.vehicles ? ask(`/api/v1/vehicles${since}`) : null, ask("/api/v1/devices"), ask("/api/v1/candidates?limit=200")];
    const [vehicles, devices, candidates] = await Promise.all(asked);
    if (vehicles?.ok) {
      known.now = vehicles.json.now;
      if (all) { known.vehicles = new Map(); whole = Date.now(); }
      for (const vehicle of vehicles.json.devices) known.vehicles.set(vehicle.device, vehicle);
    }
    if (devices.ok) { known.devices = devices.json.devices; known.now ||= devices.json.now; }
    if (candidates.ok) known.candidates = candidates.json.groups.map(group => group.head);
    const was = chosen?.vehicle ?? chosen?.device;
    const is = chosen?.vehicle ? known.vehicles.get(was.device) : was && known.devices.find(device => device.device === was.device);
    if (is && (is.last?.at !== was.last?.at || is.state !== was.state)) choose(chosen.vehicle ? { vehicle: is } : { device: is });
    draw();
    if (side === "vehicles" || side === "devices") list();
  };

  // The lists.
  const listing = $("#listing"), search = $("#search"), areaForm = $("#area"), refused = $("#area-refused");
  let passed = null;
  const matches = (...texts) => { const word = search.value.trim().toLowerCase(); return !word || texts.some(text => (text ?? "").toLowerCase().includes(word)); };
  const row = (words, soft, state, go, kind = "") => make("button", { type: "button", class: "line", onclick: go },
    make("span", { class: "grow" }, make("strong", {}, words), make("span", { class: "soft small" }, soft)), state ? make("span", { class: `badge ${kind}` }, state) : null);
  const ago = at => `${t("map.last-seen")} ${!at ? t("map.never") : Street.day(at) === Street.day(known.now) ? Street.clock(at, false) : moment(at).slice(0, -3)}`;
  const rows = {
    vehicles: () => [...known.vehicles.values()].filter(v => matches(v.name, v.plate, v.device)).map(v => [`v${v.device}`, () => row(v.name, `${of("vehicle-class", v.class)} · ${ago(v.last?.at)}`, of("state-of", v.state), () => choose({ vehicle: v }, true), badge[v.state])]),
    devices: () => known.devices.filter(d => matches(d.name, d.device)).map(d => [`d${d.device}`, () => row(d.name, `${of("device-kind", d.class)} · ${ago(d.last?.at)}`, of("state-of", d.state), () => choose({ device: d }, true), badge[d.state])]),
  };
  const list = () => {
    if (!ready) return;
    $("#layers").hidden = side !== "layers";
    listing.hidden = side === "layers";
    if (areaForm) areaForm.hidden = side !== "vehicles";
    if (refused) refused.hidden = side !== "vehicles" || !refused.textContent;
    if (side === "layers") return;
    const kept = listing.scrollTop, focused = listing.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    if (side === "plans") {
      const blocks = kinds.map(kind => {
        const found = (known.plans[kind] ?? []).filter(item => matches(name(item), item.id));
        const open = $(`details[data-kind="${kind}"]`, listing)?.open ?? kind === "fences";
        const block = make("details", { "data-kind": kind, open }, make("summary", {}, of("plan", kind), " ", make("span", { class: "count" }, String(found.length))));
        if (setup.edits && $("#problems").hidden) block.append(make("button", { type: "button", class: "line new", "data-new": kind, onclick: () => Drawing.begin(kind, null) }, `+ ${t("edit.new")}: ${of("plan-one", kind)}`));
        block.append(...found.slice(0, SHOWN).map(item => row(name(item), item.fields.kind ? of("fence-kind", item.fields.kind) : item.id, "", () => choose({ item }, true))));
        if (found.length > SHOWN) block.append(make("p", { class: "soft small pad" }, t("map.more", found.length - SHOWN)));
        return block;
      });
      listing.replaceChildren(...blocks);
    } else if (side === "vehicles" && passed) {
      listing.replaceChildren(...(passed.length ? passed.map(p => row(p.name, p.passes.length === 1 ? t("map.area-once") : t("map.area-passes", p.passes.length), `${Street.clock(p.passes[0].from, false)} – ${Street.clock(p.passes.at(-1).until, false)}`, () => choose({ vehicle: known.vehicles.get(p.device) ?? { device: p.device, name: p.name, class: "other", state: "unknown" } }))) : [make("p", { class: "soft pad" }, t("map.area-none"))]));
    } else {
      const all = rows[side](), made = all.slice(0, SHOWN).map(([key, build]) => { const node = build(); node.dataset.key = key; return node; });
      if (all.length > SHOWN) made.push(make("p", { class: "soft small pad" }, t("map.more", all.length - SHOWN)));
      if (!all.length) made.push(make("p", { class: "soft pad" }, t("map.nothing")));
      listing.replaceChildren(...made);
    }
    listing.scrollTop = kept;
    if (focused) $(`[data-key="${CSS.escape(focused)}"]`, listing)?.focus();
  };
  for (const tab of $$("[data-side]")) tab.addEventListener("click", () => { side = tab.dataset.side; for (const other of $$("[data-side]")) other.setAttribute("aria-selected", String(other === tab)); list(); });
  search.addEventListener("input", list);

  // Who was in the part of the map that is shown, on a day.
  areaForm?.addEventListener("submit", async event => {
    event.preventDefault();
    delete areaForm.dataset.sent;
    if (passed) { passed = null; $("#area-ask").setAttribute("aria-pressed", "false"); list(); return; }
    const from = Street.midnight($("#area-day").value || Street.day(known.now)), query = new URLSearchParams({ ...Ground.bounds(), from, until: from + 86400000 });
    const { ok, status, json } = await ask(`/api/v1/tracks?${query}`);
    refused.textContent = ok ? "" : status === 422 ? t("map.area-large") : json.detail ?? "";
    if (!ok) { list(); return; }
    passed = json;
    $("#area-ask").setAttribute("aria-pressed", "true");
    list();
  });

  // What is chosen, and what is known of it.
  const detail = $("#detail"), about = $("#about");
  const value = (key, told) => typeof told === "boolean" ? t(told ? "map.yes" : "map.no")
    : { fill: `${Math.round(told * 100)} %`, battery: `${Math.round(told * 100)} %`, load: `${Math.round(told * 100)} %`, temperature_c: `${told} °C`, tilt_deg: `${told}°`, depth_cm: `${told} cm`, speed_kmh: `${Math.round(told)} km/h` }[key] ?? String(told);
  const facts = entries => make("dl", { class: "facts" }, ...entries.filter(([, words]) => words).flatMap(([head, words]) => [make("dt", {}, head), make("dd", {}, words)]));
  const lastWords = last => Object.entries(last?.values ?? {}).filter(([key]) => key !== "heading").map(([key, told]) => [t({ speed_kmh: "map.speed" }[key] ?? `map.${key}`), `${value(key, told.value)}${Math.abs(told.at - last.at) > 60000 ? ` (${moment(told.at)})` : ""}`]);
  const choose = (what, go = false) => {
    chosen = what;
    for (const watcher of watchers) watcher.chosen?.(what);
    detail.hidden = !what;
    about.replaceChildren();
    if (!what) { draw(); return; }
    const head = (words, state) => make("h2", {}, words, " ", state ? make("span", { class: `badge ${badge[state] ?? ""}` }, of("state-of", state)) : "");
    const thing = what.vehicle ?? what.device;
    if (thing) {
      const last = thing.last;
      about.append(head(thing.name, thing.state), facts([
        [t("map.class"), of(what.vehicle ? "vehicle-class" : "device-kind", thing.class)], [t("map.plate"), thing.plate], ["ID", thing.device],
        [t("map.last-seen"), last ? moment(last.at) : t("map.never")], ...lastWords(last),
        [t("map.quality"), (last?.quality ?? []).map(mark => of("mark", mark)).join(", ")],
        [t("map.seen-by"), last?.seen ? `${last.seen.camera} · ${moment(last.seen.at)}` : ""],
      ]));
      if (go && thing.location) Ground.look(thing.location);
    } else if (what.camera) about.append(head(what.camera.name), facts([["ID", what.camera.id]]), make("p", {}, make("a", { class: "button", href: `/cameras/${encodeURIComponent(what.camera.id)}` }, t("map.open-camera"))));
    else if (what.candidate) about.append(head(what.candidate.class_name), facts([[t("map.last-seen"), moment(what.candidate.last_seen)], ["ID", what.candidate.camera_name]]), make("p", {}, make("a", { class: "button primary", href: `/candidates/${what.candidate.id}` }, t("map.open-candidate"))));
    else if (what.item) {
      const item = what.item, told = Object.entries(item.fields).filter(([key]) => key !== "name");
      const words = (key, text) => key === "kind" ? of("fence-kind", text) : ["class", "classes"].includes(key) ? text.split(";").map(word => of("vehicle-class", word)).join(", ") : text.replaceAll(";", "; ");
      about.append(head(name(item)), make("p", { class: "soft" }, `${of("plan-one", item.kind)} · ${item.id}`), facts(told.map(([key, text]) => [of("plan-field", key), words(key, text)])));
      if (setup.edits && $("#problems").hidden) about.append(make("p", {}, make("button", { type: "button", class: "primary", "data-edit-item": item.id, onclick: () => Drawing.begin(item.kind, item) }, t("edit.edit"))));
      if (go) Ground.fit(item.geometry.flat());
    }
    draw();
  };
  $("#close").addEventListener("click", () => choose(null));
  Ground.whenClicked((x, y) => {
    for (const watcher of watchers) if (watcher.clicked?.(x, y)) return;
    const found = Ground.find(x, y);
    choose(found ? { vehicle: found.vehicle, device: found.device, camera: found.camera, candidate: found.candidate, item: found.item } : null);
  });
  const everything = () => [...marks().map(mark => mark.at), ...kinds.flatMap(kind => (known.plans[kind] ?? []).flatMap(item => item.geometry.flat()))];
  $("[data-fit]").addEventListener("click", () => Ground.fit(everything()));

  const start = async () => {
    const cameras = ask("/api/v1/cameras"), plans = loadPlans(), now = loadNow();
    known.cameras = (await cameras).json ?? [];
    await Promise.all([plans, now]);
    ready = true;
    if (areaForm) $("#area-day").value = Street.day(known.now);
    list();
    Ground.fit(everything());
    await Promise.resolve();
    const query = new URLSearchParams(location.search);
    const vehicle = query.get("vehicle");
    if (vehicle) choose({ vehicle: known.vehicles.get(vehicle) ?? { device: vehicle, name: vehicle, state: "unknown", class: "other" } }, true);
    const device = known.devices.find(d => d.device === query.get("device"));
    if (device) choose({ device }, true);
    const item = (known.plans[query.get("show")] ?? []).find(item => item.id === query.get("id"));
    if (item) { $('[data-side="plans"]').click(); choose({ item }, true); }
    if (query.get("new") && setup.edits) { $('[data-side="plans"]').click(); Drawing.begin(query.get("new"), null); }
    document.body.dataset.ready = "1";
    setInterval(() => { if (!document.hidden) loadNow().catch(() => undefined); }, 5000);
  };
  return { known, kinds, name, loadPlans, choose, watchers, start, list, get chosen() { return chosen; } };
})();
