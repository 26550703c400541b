// The ground: the city drawn on a canvas, moved and zoomed. Everything else adds layers to it.
const Ground = Street && document.querySelector("#ground") && (() => {
  const { $, $$, setup } = Street;
  const canvas = $("#canvas"), ink = canvas.getContext("2d"), tip = $("#tip");
  const style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue(`--${name}`).trim();
  // Web Mercator, the world as the unit square.
  const world = ([lon, lat]) => {
    const s = Math.sin(Math.max(-85, Math.min(85, lat)) * Math.PI / 180);
    return [(lon + 180) / 360, 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)];
  };
  const place = ([x, y]) => [x * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI];
  let scale = 256 * 2 ** 11, centre = world([118.78, 32.05]), width = 0, height = 0, wanted = 0;
  const least = 256 * 2 ** 3, most = 256 * 2 ** 21;
  const on = world => [(world[0] - centre[0]) * scale + width / 2, (world[1] - centre[1]) * scale + height / 2];
  const screen = lonlat => on(world(lonlat));
  const under = (x, y) => place([(x - width / 2) / scale + centre[0], (y - height / 2) / scale + centre[1]]);
  const metre = () => scale / (40075016.7 * Math.cos(place(centre)[1] * Math.PI / 180));
  const painters = [], finders = [], movers = [], layers = {};
  for (const box of $$("[data-layer]")) { layers[box.dataset.layer] = box.checked; box.addEventListener("change", () => { layers[box.dataset.layer] = box.checked; draw(); }); }

  // Background pictures, only where the city names a server.
  const tiles = new Map();
  const background = () => {
    if (!setup.tiles || !layers.tiles) return;
    const z = Math.max(0, Math.min(19, Math.round(Math.log2(scale / 256)))), n = 2 ** z, side = scale / n;
    const [left, top] = [(centre[0] * scale - width / 2) / side, (centre[1] * scale - height / 2) / side];
    for (let x = Math.floor(left); x * side < left * side + width; x++) for (let y = Math.max(0, Math.floor(top)); y < n && y * side < top * side + height; y++) {
      const column = ((x % n) + n) % n, key = `${z}/${column}/${y}`;
      let tile = tiles.get(key);
      if (!tile) {
        tile = new Image();
        tile.onload = draw;
        tile.src = setup.tiles.replace("{z}", z).replace("{x}", column).replace("{y}", y).replace("{s}", "abc"[(column + y) % 3]);
        tiles.set(key, tile);
        if (tiles.size > 400) tiles.delete(tiles.keys().next().value);
      }
      if (tile.complete && tile.naturalWidth) ink.drawImage(tile, (x - left) * side, (y - top) * side, side + 0.5, side + 0.5);
    }
  };
  const paint = () => {
    wanted = 0;
    const dots = devicePixelRatio || 1;
    ink.setTransform(dots, 0, 0, dots, 0, 0);
    ink.fillStyle = colour("sunk");
    ink.fillRect(0, 0, width, height);
    background();
    for (const painter of painters) { ink.save(); painter(ink); ink.restore(); }
    bar();
    for (const mover of movers) mover();
  };
  const draw = () => { wanted ||= requestAnimationFrame(paint); };
  const bar = () => {
    const nice = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000].find(m => m * metre() >= 60) ?? 100000;
    $("#bar-line").style.width = `${nice * metre()}px`;
    $("#bar-words").textContent = nice < 1000 ? `${nice} m` : `${nice / 1000} km`;
  };
  const fitted = () => {
    const box = canvas.parentElement.getBoundingClientRect(), dots = devicePixelRatio || 1;
    [width, height] = [box.width, box.height];
    [canvas.width, canvas.height] = [width * dots, height * dots];
    draw();
  };
  // At once: on a busy machine the observer tells only after all has been fitted to a ground without a size.
  fitted();
  new ResizeObserver(fitted).observe(canvas.parentElement);
  const zoom = (by, x = width / 2, y = height / 2) => {
    const [wx, wy] = [(x - width / 2) / scale + centre[0], (y - height / 2) / scale + centre[1]];
    scale = Math.max(least, Math.min(most, scale * by));
    centre = [wx - (x - width / 2) / scale, wy - (y - height / 2) / scale];
    draw();
  };
  /// Shows all of these places, with some room around them.
  const fit = (places, closest = 256 * 2 ** 16) => {
    const all = places.map(world);
    if (!all.length) return;
    const of = (axis, pick) => all.reduce((best, p) => pick(best, p[axis]), all[0][axis]);
    const [x0, x1, y0, y1] = [of(0, Math.min), of(0, Math.max), of(1, Math.min), of(1, Math.max)];
    // The replay's bar lies over the ground.
    const low = $("#replay").hidden ? 0 : 115;
    scale = Math.max(least, Math.min(closest, 0.82 * width / Math.max(x1 - x0, 1e-12), 0.8 * (height - low) / Math.max(y1 - y0, 1e-12)));
    centre = [(x0 + x1) / 2, (y0 + y1) / 2 + low / 2 / scale];
    draw();
  };
  const look = (lonlat, at = 256 * 2 ** 15) => { centre = world(lonlat); scale = Math.max(scale, at); draw(); };
  const bounds = () => { const [west, north] = under(0, 0), [east, south] = under(width, height); return { west, south, east, north }; };

  // Fingers, mouse, wheel, keys.
  const touches = new Map();
  let moved = 0, spread = 0, clicked = () => {};
  const at = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener("pointerdown", event => { touches.set(event.pointerId, at(event)); moved = 0; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", event => {
    const now = at(event), was = touches.get(event.pointerId);
    if (!was) { hover(now); return; }
    touches.set(event.pointerId, now);
    if (touches.size === 2) {
      const [a, b] = [...touches.values()], apart = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (spread) zoom(apart / spread, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      spread = apart; moved = 99;
      return;
    }
    moved += Math.abs(now[0] - was[0]) + Math.abs(now[1] - was[1]);
    if (moved > 4) { centre = [centre[0] - (now[0] - was[0]) / scale, centre[1] - (now[1] - was[1]) / scale]; tip.hidden = true; draw(); }
  });
  const up = event => {
    if (touches.delete(event.pointerId)) spread = 0;
    if (event.type === "pointerup" && moved <= 4 && !touches.size) clicked(...at(event));
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("wheel", event => { event.preventDefault(); zoom(2 ** (-event.deltaY / 400), ...at(event)); }, { passive: false });
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80] }[event.key];
    if (step) centre = [centre[0] + step[0] / scale, centre[1] + step[1] / scale];
    else if (event.key === "+" || event.key === "=") zoom(2);
    else if (event.key === "-") zoom(0.5);
    else return;
    event.preventDefault();
    event.stopPropagation();
    draw();
  });
  for (const button of $$("[data-zoom]")) button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  /// What lies at a point of the canvas: the first finder that has something.
  const find = (x, y) => { for (const finder of finders) { const found = finder(x, y); if (found) return found; } return null; };
  const hover = ([x, y]) => {
    const found = find(x, y);
    tip.hidden = !found;
    canvas.style.cursor = found ? "pointer" : "grab";
    if (!found) return;
    tip.textContent = found.words;
    tip.style.transform = `translate(${Math.min(x + 14, width - tip.offsetWidth - 6)}px, ${Math.max(4, Math.min(y + 14, height - tip.offsetHeight - 6))}px)`;
  };
  /// Distance in pixels from a point to a way on the screen.
  const near = (x, y, [x0, y0], [x1, y1]) => {
    const [dx, dy] = [x1 - x0, y1 - y0], long = dx * dx + dy * dy;
    const along = long ? Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / long)) : 0;
    return Math.hypot(x0 + along * dx - x, y0 + along * dy - y);
  };
  const inside = (x, y, ring) => {
    let is = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
      if (yi > y !== yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi) is = !is;
    }
    return is;
  };
  /// Traces a line of world points; false where none of it can be seen.
  const trace = (points, closed) => {
    let [seen, x0, y0, x1, y1] = [false, Infinity, Infinity, -Infinity, -Infinity];
    ink.beginPath();
    points.forEach((point, i) => {
      const [x, y] = on(point);
      x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
      if (i) ink.lineTo(x, y); else ink.moveTo(x, y);
    });
    seen = x1 >= 0 && x0 <= width && y1 >= 0 && y0 <= height;
    if (closed) ink.closePath();
    return seen;
  };
  const label = (text, x, y, soft = false) => {
    ink.font = `${soft ? 400 : 600} 12px ${getComputedStyle(document.body).fontFamily}`;
    ink.textAlign = "center";
    ink.lineWidth = 3; ink.lineJoin = "round";
    ink.strokeStyle = colour("card"); ink.strokeText(text, x, y);
    ink.fillStyle = colour(soft ? "soft" : "ink"); ink.fillText(text, x, y);
  };
  return {
    canvas, colour, world, place, on, screen, under, metre, layers, painters, finders, movers, draw, zoom, fit, look, bounds, find, near, inside, trace, label,
    get size() { return [width, height]; }, get scale() { return scale; }, whenClicked: what => { clicked = what; },
  };
})();
