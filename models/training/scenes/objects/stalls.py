"""Street vendors' stalls, parasols and umbrellas. A stall's customers stand on its +x side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import CLOTH, GLASS, MATTE, METAL, Mesh, ball, box, cylinder, heap, join, lathe, tube
from .goods import FRUIT, carton, crate, garment, item, steamer
from .people import stool_of
from .shapes import BLACK, STEEL, VIVID, WHITE, both_sides, faceted, frame_bars, lettering, path_tube, pick


def cart(rng: np.random.Generator) -> Mesh:
    """A food cart: body on wheels, glass case, roof on posts, signboard."""
    long, deep, roof = rng.uniform(1.5, 2.0), rng.uniform(0.75, 0.95), rng.uniform(1.95, 2.15)
    colour, accent = (
        pick(rng, [(0.55, 0.05, 0.04), (0.70, 0.40, 0.05), STEEL, (0.08, 0.30, 0.12), (0.65, 0.62, 0.55)]),
        pick(rng, VIVID),
    )
    metal = METAL if rng.random() < 0.5 else MATTE
    parts = [
        box((deep, long, 0.52), (0, 0, 0.60), colour, metal),
        box((deep + 0.10, long + 0.06, 0.04), (0, 0, 0.88), STEEL, METAL),
    ]
    parts.append(box((0.01, long * 0.9, 0.34), (deep / 2 + 0.005, 0, 0.60), accent))
    parts.append(lettering(rng, 4, 0.26, WHITE).rotated("z", np.pi / 2).moved(deep / 2 + 0.013, 0, 0.60))
    for x in (-1, 1):
        for y in (-1, 1):
            wheel = join(cylinder(0.17, 0.05, BLACK, axis="y"), cylinder(0.09, 0.06, STEEL, METAL, "y", 8))
            parts.append(wheel.moved(x * deep * 0.34, y * (long / 2 - 0.18), 0.17))
            parts.append(
                box((0.035, 0.035, roof - 0.9), (x * deep * 0.46, y * long * 0.47, (roof + 0.9) / 2), STEEL, METAL)
            )
    parts += [glass_case(rng, deep, long), cart_roof(rng, deep, long, roof)]
    for y in rng.uniform(-0.35, 0.35, 2) * long:
        parts.append(steamer(rng).moved(-deep * 0.2, float(y), 0.90))
    parts.append(tube((-deep / 2 - 0.25, -long * 0.3, 0.85), (-deep / 2 - 0.25, long * 0.3, 0.85), 0.018, STEEL, METAL))
    parts += [
        tube((-deep / 2 - 0.25, s * long * 0.3, 0.85), (-deep / 2, s * long * 0.3, 0.8), 0.018, STEEL, METAL)
        for s in (-1, 1)
    ]
    gas = lathe(
        [(0, 0), (0.15, 0.02), (0.16, 0.4), (0.08, 0.5), (0.08, 0.58), (0, 0.58)], (0.35, 0.37, 0.38), MATTE, 10
    )
    return join(*parts, gas.moved(-deep / 2 - 0.2, long * 0.15, 0))


def glass_case(rng: np.random.Generator, deep: float, long: float) -> Mesh:
    """Panes on the counter's front and ends with food on trays behind them."""
    front, end, high = deep / 2 - 0.02, long / 2 - 0.04, 0.42
    frame = [((front, y, 0.9), (front, y, 0.9 + high)) for y in np.linspace(-end, end, 4)]
    frame += [((front, -end, 0.9 + high), (front, end, 0.9 + high))]
    parts = [frame_bars(frame, 0.014, STEEL, METAL, 5)]
    parts.append(box((0.008, 2 * end, 0.22), (front, 0, 1.01), (0.4, 0.45, 0.45), GLASS))
    for side in (-1, 1):
        parts.append(
            box((deep * 0.45, 0.008, high), (deep * 0.25, side * end, 0.9 + high / 2), (0.4, 0.45, 0.45), GLASS)
        )
    parts.append(box((deep * 0.42, 2 * end, 0.02), (deep * 0.25, 0, 0.9 + high), STEEL, METAL))
    for y in np.linspace(-end * 0.75, end * 0.75, 4):
        food = pick(rng, FRUIT[:3] + FRUIT[6:] + [(0.40, 0.20, 0.07)])
        parts.append(heap((0.26, long / 5, 0.12), rng, food, cells=4).moved(deep * 0.25, float(y), 0.94))
        parts.append(heap((0.26, long / 5, 0.10), rng, food * 0.8, cells=4).moved(deep * 0.25, float(y), 0.93 + high))
    return join(*parts)


def cart_roof(rng: np.random.Generator, deep: float, long: float, roof: float) -> Mesh:
    """Roof with a pitched top, a striped valance and a signboard towards the customers."""
    colour, board = (
        pick(rng, VIVID),
        pick(rng, [(0.62, 0.05, 0.04), (0.75, 0.55, 0.06), (0.05, 0.2, 0.5), (0.08, 0.36, 0.10)]),
    )
    wide, length = deep + 0.5, long + 0.35
    parts = [
        box((wide, length, 0.05), (0, 0, roof), colour * 0.9),
        box((wide, length, 0.16), (0, 0, roof + 0.10), colour, top=(0.25, 0.8)),
    ]
    stripes = int(length / 0.14)
    for k in range(stripes):
        y = (k + 0.5) / stripes * length - length / 2
        shade = colour if k % 2 else np.array(WHITE)
        parts.append(box((0.012, length / stripes, 0.15), (wide / 2, y, roof - 0.08), shade, CLOTH))
    parts.append(box((0.05, long, 0.32), (wide / 2 + 0.03, 0, roof + 0.20), board))
    letters = lettering(rng, int(rng.integers(4, 7)), 0.22, WHITE if board[0] < 0.7 else (0.5, 0.03, 0.03))
    return join(*parts, letters.rotated("z", np.pi / 2).moved(wide / 2 + 0.06, 0, roof + 0.20))


def mat(rng: np.random.Generator) -> Mesh:
    """A cloth on the ground with goods in rows, 2 m along y."""
    colour = pick(
        rng, [(0.06, 0.10, 0.30), (0.40, 0.06, 0.06), (0.25, 0.25, 0.24), (0.45, 0.40, 0.30), (0.05, 0.22, 0.12)]
    )
    cloth = box((1.2, 2.0, 0.012), (0, 0, 0.006), colour, CLOTH, top=(0.99, 0.99))
    hem = [box((1.18, 0.05, 0.004), (0, s * 0.93, 0.013), colour * 1.8, CLOTH) for s in (-1, 1)]
    sorts = rng.choice(["shoes", "toys", "clothes", "bags", "bottles"], size=2, replace=False)
    parts = []
    for i, x in enumerate(np.linspace(-0.45, 0.45, 4)):
        for y in np.linspace(-0.85, 0.85, 8):
            if rng.random() < 0.9:
                made = item(rng, str(sorts[int(i >= 2)])).rotated("z", rng.normal(0, 0.15))
                parts.append(made.moved(float(x) + rng.normal(0, 0.015), float(y) + rng.normal(0, 0.015), 0.012))
    box_beside = carton(rng, (0.35, 0.45, 0.3)).rotated("z", 0.3).moved(-0.85, rng.uniform(-0.6, 0.6))
    return join(cloth, *hem, *parts, box_beside)


def folding_table(long: float, deep: float, high: float, colour) -> Mesh:
    """Top and crossed legs, long along y."""
    legs = []
    for y in (-long / 2 + 0.15, long / 2 - 0.15):
        legs += [((-deep * 0.4, y, 0), (deep * 0.4, y, high)), ((deep * 0.4, y, 0), (-deep * 0.4, y, high))]
    return join(box((deep, long, 0.035), (0, 0, high), colour), frame_bars(legs, 0.016, STEEL, METAL))


def table(rng: np.random.Generator) -> Mesh:
    """A folding table with crates of fruit and vegetables, more of them in front on the ground."""
    long, deep, high = rng.uniform(1.7, 2.3), rng.uniform(0.7, 0.85), rng.uniform(0.62, 0.75)
    cloth = pick(rng, [(0.08, 0.32, 0.12), (0.55, 0.06, 0.05), (0.08, 0.2, 0.45), (0.5, 0.45, 0.35)])
    parts = [folding_table(long, deep, high, cloth)]
    parts.append(box((0.015, long, 0.3), (deep / 2 + 0.01, 0, high - 0.14), cloth, CLOTH))
    count = int(rng.integers(4, 6))
    step = long / count
    for k in range(count):
        y = (k + 0.5) * step - long / 2
        parts.append(crate(rng, step * 0.93, deep * 0.46, 0.10).rotated("y", 0.16).moved(deep * 0.24, y, high + 0.06))
        parts.append(crate(rng, step * 0.93, deep * 0.46, 0.10).rotated("y", 0.16).moved(-deep * 0.24, y, high + 0.14))
    for k in range(count - 2):
        y = (k + 1.0) * step - long / 2 + rng.normal(0, 0.05)
        parts.append(crate(rng, step * 0.9, 0.38, 0.22).moved(deep / 2 + 0.28, y))
    price = box((0.01, 0.16, 0.12), (deep * 0.1, rng.uniform(-0.5, 0.5), high + 0.36), (0.7, 0.65, 0.3))
    return join(*parts, price)


def rack(rng: np.random.Generator) -> Mesh:
    """A clothes rail with garments along y, cartons and shoes below."""
    long, high = rng.uniform(1.5, 2.0), rng.uniform(1.5, 1.75)
    bars = [((0, -long / 2, high), (0, long / 2, high)), ((0, -long / 2, 0.25), (0, long / 2, 0.25))]
    for y in (-long / 2, long / 2):
        bars += [((0, y, 0.05), (0, y, high + 0.02)), ((-0.28, y, 0.05), (0.28, y, 0.05))]
    parts = [frame_bars(bars, 0.016, STEEL, METAL)]
    parts += [ball(0.035, BLACK, segments=6).moved(x, y, 0.035) for x in (-0.28, 0.28) for y in (-long / 2, long / 2)]
    count = int(rng.integers(11, 15))
    for k in range(count):
        y = (k + 0.5 + rng.normal(0, 0.15)) / count * long * 0.94 - long * 0.47
        parts.append(garment(rng, rng.uniform(0.6, 1.0)).rotated("z", rng.normal(0, 0.35)).moved(0, float(y), high))
    front = garment(rng, 0.8).rotated("z", np.pi / 2)
    parts.append(front.moved(0.12, rng.uniform(-0.5, 0.5), high - 0.05))
    for y in (-0.5, 0.1):
        parts.append(carton(rng, (0.4, 0.45, rng.uniform(0.2, 0.32))).moved(0.1, y * long / 2))
    parts += [item(rng, "shoes").moved(0.45, float(y)) for y in np.linspace(-0.4, 0.4, 4) * long]
    return join(*parts)


def canopy(panels: int, radius: float, rise: float, colours: list, droop: float) -> Mesh:
    """An umbrella's cloth, rim on z = 0, taut between ribs; alternate panels take alternate colours."""
    angle = np.arange(panels * 2) * np.pi / panels
    rings = []
    for part in (1.0, 0.8, 0.5, 0.2, 0.0):
        taut = np.where(np.arange(panels * 2) % 2, np.cos(np.pi / panels) * 0.985, 1.0)
        r = radius * part * taut
        z = rise * (1 - part**1.7) - np.where(np.arange(panels * 2) % 2, -0.02 * part, 0.0)
        rings.append(np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1))
    if droop:
        edge = rings[0] - [0, 0, droop]
        rings = [edge, *rings]
    colour = np.array([colours[(k // 2) % len(colours)] for k in range(panels * 2)])[None]
    return both_sides(faceted(np.array(rings), colour, CLOTH))


def sunshade(rng: np.random.Generator) -> Mesh:
    """A vendor's parasol on a foot."""
    radius, high = rng.uniform(1.2, 1.5), rng.uniform(2.0, 2.15)
    main = pick(rng, VIVID[:8])
    colours = [main, np.array(WHITE)] if rng.random() < 0.5 else [main]
    if rng.random() < 0.2:
        colours = [pick(rng, VIVID[:6]) for _ in range(4)]
    cloth = canopy(8, radius, rng.uniform(0.38, 0.5), colours, 0.16).moved(z=high)
    shaft = tube((0, 0, 0.1), (0, 0, 2.55), 0.024, WHITE, METAL)
    ribs = []
    for k in range(8):
        c, s = np.cos(k * np.pi / 4), np.sin(k * np.pi / 4)
        ribs.append(((0, 0, high - 0.15), (c * radius * 0.55, s * radius * 0.55, high + 0.22)))
    foot = box((0.5, 0.5, 0.10), (0, 0, 0.05), (0.35, 0.35, 0.34), top=(0.85, 0.85))
    tip = ball((0.03, 0.03, 0.06), main, segments=6).moved(z=2.58)
    return join(cloth, shaft, foot, frame_bars(ribs, 0.008, STEEL, METAL, 4), tip)


def hand_umbrella(rng: np.random.Generator) -> Mesh:
    """A rain umbrella whose shaft is held at x = 0.2."""
    colours = [pick(rng, VIVID + [(0.03, 0.04, 0.10)])]
    if rng.random() < 0.3:
        colours.append(pick(rng, VIVID))
    radius = rng.uniform(0.50, 0.58)
    cloth = canopy(8, radius, 0.27, colours, 0.0).moved(z=1.75)
    ribs = [
        ((0, 0, 1.72), (np.cos(a) * radius * 0.6, np.sin(a) * radius * 0.6, 1.86)) for a in np.arange(8) * np.pi / 4
    ]
    grip = path_tube([(0, 0, 1.22), (0, 0, 1.10), (0.02, 0, 1.06), (0.05, 0, 1.07)], 0.016, BLACK)
    shaft = tube((0, 0, 1.12), (0, 0, 2.08), 0.008, STEEL, METAL, 6)
    return join(cloth, shaft, grip, frame_bars(ribs, 0.004, STEEL, METAL, 4)).moved(0.2)


def stool(rng: np.random.Generator) -> Mesh:
    return stool_of(float(rng.uniform(0.28, 0.46)), pick(rng, VIVID))


BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "stall-cart": cart,
    "stall-mat": mat,
    "stall-table": table,
    "stall-rack": rack,
    "umbrella-sunshade": sunshade,
    "umbrella-hand": hand_umbrella,
    "stool": stool,
}
LABEL: dict[str, str | None] = {**{kind: kind.split("-")[0] for kind in BUILDERS}, "stool": None}
