
// Cameras: pictures that stay fresh while they are looked at, and the zone editor.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Pictures: only those in sight are asked for; a picture is loaded when there is another one.
  const group = $("[data-cameras]");
  if (group) {
    const large = group.dataset.cameras === "large", seen = new Set();
    const watcher = new IntersectionObserver(entries => {
      for (const entry of entries) if (entry.isIntersecting) seen.add(entry.target); else seen.delete(entry.target);
    }, { rootMargin: "200px" });
    for (const camera of $$("[data-camera]", group)) watcher.observe(camera);
    const show = (camera, now) => {
      const picture = $("[data-picture]", camera), age = $("[data-age]", camera), state = $("[data-state]", camera);
      if (now.picture && picture.getAttribute("src") !== now.picture) picture.src = now.picture;
      if (now.picture) { picture.hidden = false; const nothing = $(".nothing", camera); if (nothing) nothing.hidden = true; }
      if (now.picture) { age.textContent = now.age; age.classList.toggle("live", now.live); }
      if (state) {
        // The figures above go with the badges: one camera more that is well, one less in trouble.
        for (const figure of $$("[data-figure]")) {
          const kind = figure.dataset.figure, more = now.kind === kind, less = camera.classList.contains(kind);
          figure.textContent = Number(figure.textContent) + more - less;
          if (kind === "bad") figure.classList.toggle("wrong", Number(figure.textContent) > 0);
        }
        state.textContent = now.state; state.title = now.reason; state.className = `badge ${now.kind}`;
        camera.className = `view ${now.kind}`;
      }
      const heading = large && $("[data-camera-state]");
      if (heading) { heading.textContent = now.state; heading.className = `badge ${now.kind}`; $("[data-camera-reason]").textContent = now.reason; }
    };
    const look = async () => {
      if (document.hidden || seen.size === 0) return;
      const query = new URLSearchParams({ size: group.dataset.cameras });
      for (const camera of [...seen].slice(0, 60)) query.append("k", camera.dataset.camera);
      try {
        const answer = await fetch(`/cameras/live?${query}`, { credentials: "same-origin" });
        if (!answer.ok) return;
        for (const now of await answer.json()) for (const camera of seen) if (camera.dataset.camera === now.key) show(camera, now);
      } catch { /* The banner of the lost connection says so. */ }
    };
    setInterval(look, large ? 2000 : 5000);
    setTimeout(look, 300);
  }
  const zones = $(".zones"), toggle = $("[data-zones]");
  toggle?.addEventListener("click", () => toggle.setAttribute("aria-pressed", String(!zones.classList.toggle("off"))));
  if (toggle) document.addEventListener("keydown", event => {
    if (event.key === "v" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select")) toggle.click();
  });

  // The editor. Points are 0..1; the text area holds them, so that what is drawn and what is written are one.
  const editor = $("#editor");
  if (!editor) return;
  const text = $("#points"), outline = $("#outline"), handles = $("#handles");
  const rows = Number(editor.dataset.rows), columns = 1600, space = "http://www.w3.org/2000/svg";
  const least = 3, most = 64;
  const within = value => Math.min(1, Math.max(0, Math.round(value * 1000) / 1000));
  let points = [];
  const read = () => text.value.split("\n").map(line => line.trim().split(/[\s,]+/).map(Number)).filter(p => p.length === 2 && p.every(Number.isFinite));
  const write = () => { text.value = points.map(([x, y]) => `${x}, ${y}`).join("\n"); };
  const words = (template, n, [x, y]) => template.replace("{0}", n).replace("{1}", Math.round(x * 100)).replace("{2}", Math.round(y * 100));
  const node = (name, attributes) => { const made = document.createElementNS(space, name); for (const key in attributes) made.setAttribute(key, attributes[key]); return made; };
  // A handle keeps its size on the screen, however small the picture is; a finger gets more room.
  const finger = matchMedia("(pointer: coarse)").matches;
  const scale = () => columns / Math.max(200, editor.getBoundingClientRect().width);
  const handle = (kind, n, point, unit) => {
    const made = node("g", { class: `handle ${kind}`, tabindex: "0", role: "button", "data-n": n, "aria-label": words(kind === "point" ? editor.dataset.point : editor.dataset.between, n + 1, point) });
    const at = { cx: point[0] * columns, cy: point[1] * rows };
    const reach = kind === "point" ? (finger ? 22 : 15) : (finger ? 15 : 11);
    made.append(node("circle", { class: "reach", r: reach * unit, ...at }), node("circle", { class: "dot", r: (kind === "point" ? 6.5 : 4.5) * unit, ...at }));
    return made;
  };
  const draw = () => {
    outline.setAttribute("points", points.map(([x, y]) => `${x * columns},${y * rows}`).join(" "));
    const active = document.activeElement?.closest?.(".handle"), kept = active && [active.classList.contains("between"), active.dataset.n];
    const unit = scale(), drawn = [];
    if (points.length >= 2 && points.length < most) points.forEach((a, n) => {
      const b = points[(n + 1) % points.length];
      drawn.push(handle("between", n, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], unit));
    });
    // Points come last: they lie over the dots between them, and take the click.
    drawn.push(...points.map((point, n) => handle("point", n, point, unit)));
    handles.replaceChildren(...drawn);
    if (kept) focus(kept[0] ? "between" : "point", Number(kept[1]));
  };
  const focus = (kind, n) => $(`.handle.${kind}[data-n="${n}"]`, handles)?.focus();
  const changed = () => { write(); draw(); };
  const place = event => {
    const box = editor.getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  };
  const remove = n => { if (points.length > least) { points.splice(n, 1); changed(); focus("point", Math.min(n, points.length - 1)); } };
  const insert = n => {
    const a = points[n], b = points[(n + 1) % points.length];
    points.splice(n + 1, 0, [within((a[0] + b[0]) / 2), within((a[1] + b[1]) / 2)]);
    changed();
    focus("point", n + 1);
  };
  let pulled = null;
  editor.addEventListener("pointerdown", event => {
    if (event.button !== 0) return;
    const held = event.target.closest(".handle");
    if (held?.classList.contains("between")) insert(Number(held.dataset.n));
    if (held) pulled = { n: held.classList.contains("between") ? Number(held.dataset.n) + 1 : Number(held.dataset.n) };
    else if (event.target === outline) pulled = { from: place(event), was: points.map(point => [...point]) };
    else if (points.length < least) { points.push(place(event)); changed(); return; }
    else return;
    event.preventDefault();
    if (pulled.n !== undefined) focus("point", pulled.n);
    editor.setPointerCapture(event.pointerId);
  });
  editor.addEventListener("pointermove", event => {
    if (!pulled) return;
    const at = place(event);
    if (pulled.n !== undefined) points[pulled.n] = at;
    else {
      // The whole outline moves, and stays inside the picture.
      const shift = axis => {
        const values = pulled.was.map(point => point[axis]);
        return Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), at[axis] - pulled.from[axis]));
      };
      const [dx, dy] = [shift(0), shift(1)];
      points = pulled.was.map(([x, y]) => [within(x + dx), within(y + dy)]);
    }
    changed();
  });
  const drop = () => { pulled = null; };
  editor.addEventListener("pointerup", drop);
  editor.addEventListener("pointercancel", drop);
  editor.addEventListener("dblclick", event => { const held = event.target.closest(".handle.point"); if (held) remove(Number(held.dataset.n)); });
  editor.addEventListener("keydown", event => {
    const held = event.target.closest(".handle");
    if (!held || event.ctrlKey || event.metaKey || event.altKey) return;
    const n = Number(held.dataset.n), isPoint = held.classList.contains("point"), step = event.shiftKey ? 0.05 : 0.005;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (isPoint && moves[event.key]) {
      const [dx, dy] = moves[event.key];
      points[n] = [within(points[n][0] + dx), within(points[n][1] + dy)];
      changed();
    } else if (isPoint && (event.key === "Delete" || event.key === "Backspace")) remove(n);
    else if (event.key === "Enter" || event.key === " " || event.key === "+") { if (points.length < most) insert(n); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  text.addEventListener("input", () => { points = read(); draw(); });
  window.addEventListener("resize", draw);
  points = read();
  draw();
})();
