// Plans drawn and changed on the map: areas and lines by points, their fields beside them.
const Drawing = Things && (() => {
  const { $, $$, t, form, fill, read, send, remove, sure, setup } = Street;
  if (!setup.edits) return { begin: () => {} };
  const svg = $("#drawing"), space = "http://www.w3.org/2000/svg";
  const most = 2000;
  let editing = null;
  const node = (name, attributes) => { const made = document.createElementNS(space, name); for (const key in attributes) made.setAttribute(key, attributes[key]); return made; };
  const rounded = ([lon, lat]) => [Math.round(lon * 1e7) / 1e7, Math.round(lat * 1e7) / 1e7];
  const isArea = () => editing.shape === "Polygon";
  const line = () => editing.lines[editing.at];

  // What is there already is moved, not made anew: a handle that is held or focused stays the same one.
  let shape = "", nodes = [];
  const draw = () => {
    if (!editing) { svg.replaceChildren(); shape = ""; return; }
    const wanted = [];
    const handle = (sort, line, n, [x, y]) => wanted.push({ sort, line, n, x, y });
    const on = editing.lines.map(points => points.map(Ground.screen));
    on.forEach((points, line) => wanted.push({ sort: isArea() ? "area" : "way", line, n: 0, points: points.map(p => p.join(",")).join(" ") }));
    on.forEach((points, line) => {
      const ends = isArea() && points.length > 2 ? points.length : points.length - 1;
      if (points.length < 300) for (let n = 0; n < ends; n++) { const a = points[n], b = points[(n + 1) % points.length]; if (Math.hypot(a[0] - b[0], a[1] - b[1]) > 28) handle("between", line, n, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]); }
      points.forEach((point, n) => handle("point", line, n, point));
    });
    const now = wanted.map(({ sort, line, n }) => `${sort}${line}.${n}`).join();
    if (now !== shape) {
      const active = document.activeElement?.closest?.(".handle"), kept = active && svg.contains(active) ? active.dataset : null;
      nodes = wanted.map(({ sort, line, n }) => {
        if (sort === "area" || sort === "way") return node(sort === "area" ? "polygon" : "polyline", { class: `shape ${sort}`, "data-line": line });
        const group = node("g", { class: `handle ${sort}`, tabindex: "0", role: "button", "data-sort": sort, "data-line": line, "data-n": n, "aria-label": t(sort === "point" ? "edit.point" : "edit.between", n + 1) });
        group.append(node("circle", { class: "reach", r: sort === "point" ? 14 : 10 }), node("circle", { class: "dot", r: sort === "point" ? 6 : 4 }));
        return group;
      });
      svg.replaceChildren(...nodes);
      shape = now;
      if (kept) focus(kept.sort, kept.line, kept.n);
    }
    wanted.forEach(({ points, x, y }, i) => {
      if (points !== undefined) nodes[i].setAttribute("points", points);
      else nodes[i].setAttribute("transform", `translate(${x} ${y})`);
    });
  };
  Ground.movers.push(() => { if (editing) draw(); });

  // The mouse and fingers: on handles and on the area itself. All else goes through to the map.
  let pulled = null;
  const at = event => { const box = svg.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  svg.addEventListener("pointerdown", event => {
    const held = event.target.closest(".handle"), shape = event.target.closest(".area");
    if (event.button !== 0 || !(held || shape)) return;
    if (held) {
      const of = Number(held.dataset.line), n = Number(held.dataset.n);
      editing.at = of;
      if (held.dataset.sort === "between") insert(of, n);
      pulled = { line: of, n: held.dataset.sort === "between" ? n + 1 : n };
      focus("point", of, pulled.n);
    } else pulled = { line: Number(shape.dataset.line), from: at(event), was: editing.lines[Number(shape.dataset.line)].map(Ground.screen), clicked: true };
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", event => {
    if (!pulled) return;
    const now = at(event);
    if (pulled.n !== undefined) editing.lines[pulled.line][pulled.n] = rounded(Ground.under(...now));
    else {
      const [dx, dy] = [now[0] - pulled.from[0], now[1] - pulled.from[1]];
      if (Math.abs(dx) + Math.abs(dy) > 3) pulled.clicked = false;
      if (!pulled.clicked) editing.lines[pulled.line] = pulled.was.map(([x, y]) => rounded(Ground.under(x + dx, y + dy)));
    }
    draw();
  });
  const drop = event => {
    // A click into a new area is its next corner.
    if (pulled?.clicked && editing.fresh && event.type === "pointerup") add(...at(event));
    pulled = null;
  };
  svg.addEventListener("pointerup", drop);
  svg.addEventListener("pointercancel", drop);
  svg.addEventListener("wheel", event => { event.preventDefault(); Ground.zoom(2 ** (-event.deltaY / 400), ...at(event)); }, { passive: false });
  svg.addEventListener("dblclick", event => { const held = event.target.closest(".handle.point"); if (held) take(Number(held.dataset.line), Number(held.dataset.n)); });
  svg.addEventListener("keydown", event => {
    const held = event.target.closest(".handle");
    if (!held || event.ctrlKey || event.metaKey || event.altKey) return;
    const of = Number(held.dataset.line), n = Number(held.dataset.n), isPoint = held.dataset.sort === "point", step = event.shiftKey ? 25 : 3;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (isPoint && moves[event.key]) {
      const [x, y] = Ground.screen(editing.lines[of][n]), [dx, dy] = moves[event.key];
      editing.lines[of][n] = rounded(Ground.under(x + dx, y + dy));
      draw();
    } else if (isPoint && (event.key === "Delete" || event.key === "Backspace")) take(of, n);
    else if (!isPoint && (event.key === "Enter" || event.key === " ")) { insert(of, n); focus("point", of, n + 1); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const focus = (sort, of, n) => $(`.handle.${sort}[data-line="${of}"][data-n="${n}"]`, svg)?.focus({ preventScroll: true });
  const count = () => editing.lines.reduce((sum, points) => sum + points.length, 0);
  const insert = (of, n) => {
    const points = editing.lines[of], a = points[n], b = points[(n + 1) % points.length];
    if (count() < most) points.splice(n + 1, 0, rounded([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]));
    draw();
  };
  const take = (of, n) => {
    const points = editing.lines[of];
    points.splice(n, 1);
    if (!points.length && editing.lines.length > 1) { editing.lines.splice(of, 1); editing.at = editing.lines.length - 1; }
    draw();
    focus("point", of, Math.min(n, points.length - 1));
  };
  const add = (x, y) => {
    if (count() >= most) return;
    line().push(rounded(Ground.under(x, y)));
    draw();
  };
  Things.watchers.push({
    // Clicks beside the handles: the next point of what is drawn.
    // An area that is there already grows by the dots between its corners only.
    clicked: (x, y) => { if (!editing) return false; if (editing.fresh || !isArea() || line().length < 3) add(x, y); return true; },
    hides: item => editing?.item && item.kind === editing.kind && item.id === editing.item.id,
    chosen: () => { if (editing) close(); },
  });

  const told = $("#told");
  const tell = words => { told.textContent = words; told.hidden = false; clearTimeout(tell.later); tell.later = setTimeout(() => { told.hidden = true; }, 5000); };
  const close = () => {
    if (!editing) return;
    form(editing.kind).hidden = true;
    editing = null;
    document.body.classList.remove("drawing");
    draw(); Ground.draw();
  };
  const begin = (kind, item) => {
    const shown = form(kind);
    if (!shown) return;
    if (!item) Things.choose({ kind }); else Things.choose({ item }, true);
    $("#about").replaceChildren();
    fill(kind, item);
    const lines = item ? item.geometry.map(points => points.map(point => [...point])) : [[]];
    editing = { kind, item, shape: shown.dataset.shape, lines: lines.length ? lines : [[]], at: Math.max(0, lines.length - 1), fresh: !item };
    shown.hidden = false;
    $("#detail").hidden = false;
    document.body.classList.add("drawing");
    draw(); Ground.draw();
    $(`[data-field="${shown.dataset.key}"]`, shown).focus({ preventScroll: true });
  };
  const reload = async () => { await Things.loadPlans(); };
  for (const shown of $$("[data-form]")) {
    const kind = shown.dataset.form;
    shown.addEventListener("submit", async event => {
      event.preventDefault();
      if (!editing || editing.kind !== kind) return;
      const mine = editing, item = read(kind, mine.lines.filter(points => points.length));
      $("[data-save]", shown).disabled = true;
      const version = await send(kind, Things.known.version, mine.item?.id, item, reload).catch(() => null);
      $("[data-save]", shown).disabled = false;
      if (!version) return;
      close();
      await reload();
      const saved = Things.known.plans[kind].find(other => other.id === item.id.trim());
      Things.choose(saved ? { item: saved } : null);
      tell(t("edit.saved"));
    });
    $("[data-cancel]", shown).addEventListener("click", () => { const item = editing?.item; close(); Things.choose(item ? { item } : null); });
    $("[data-delete]", shown).addEventListener("click", async () => {
      const mine = editing;
      if (!mine?.item || !await sure(Things.name(mine.item))) return;
      if (!await remove(kind, Things.known.version, mine.item.id, reload).catch(() => null)) return;
      close();
      await reload();
      Things.choose(null);
      tell(t("edit.deleted"));
    });
    $("[data-take-back]", shown)?.addEventListener("click", () => { const points = line(); if (points.length) take(editing.at, points.length - 1); });
    $("[data-add-line]", shown)?.addEventListener("click", () => { if (line().length) { editing.lines.push([]); editing.at = editing.lines.length - 1; draw(); } });
  }
  return { begin };
})();
if (Things) Things.start().catch(() => { const words = document.querySelector("#problems"); words.textContent = Street.t("map.lost"); words.hidden = false; });
