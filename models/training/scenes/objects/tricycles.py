"""The electric cargo tricycle: empty, loaded, and trading."""

from __future__ import annotations

import numpy as np

from ..mesh import CLOTH, LAMP_FRONT, LAMP_REAR, MATTE, METAL, Mesh, ball, box, cylinder, heap, join, tube
from .bodywork import BLACK, CHROME, LAMP, TAIL, TRIM, wheel
from .cycleparts import SADDLE, STEEL, arc, handlebar, hub_wheel, pair, pod, side_mirrors

FRUIT = np.array(
    [
        (0.75, 0.3, 0.02),
        (0.5, 0.03, 0.02),
        (0.7, 0.55, 0.05),
        (0.2, 0.36, 0.05),
        (0.07, 0.2, 0.05),
        (0.55, 0.12, 0.1),
        (0.62, 0.5, 0.3),
        (0.25, 0.05, 0.18),
        (0.7, 0.42, 0.25),
    ]
)
CRATES = ((0.02, 0.12, 0.4), (0.45, 0.05, 0.03), (0.03, 0.28, 0.12), (0.38, 0.27, 0.16), (0.6, 0.58, 0.54))


def tricycle(rng: np.random.Generator, boards: bool = True) -> Mesh:
    """An electric cargo tricycle, its bed (floor z = 0.56) empty."""
    colour = ((0.4, 0.03, 0.025), (0.03, 0.12, 0.4), (0.04, 0.22, 0.12), (0.02, 0.22, 0.32))[rng.integers(4)]
    hub = {"hub": STEEL, "spokes": 6, "rim": 0.62, "segments": 14}
    back = wheel(0.27, 0.12, **hub).moved(-0.62, -0.42)
    axle = tube((-0.62, -0.4, 0.27), (-0.62, 0.4, 0.27), 0.04, BLACK)
    parts = [hub_wheel(0.26, 0.1, **hub).moved(x=1.22), pair(back), axle]
    parts += [
        box((1.3, 1.04, 0.05), (-0.55, 0, 0.54), (0.15, 0.15, 0.15), METAL),
        box((2.0, 0.12, 0.09), (0.0, 0, 0.44), colour, METAL),
        box((0.5, 0.62, 0.04), (0.72, 0, 0.36), TRIM),
        box((0.48, 0.46, 0.3), (0.3, 0, 0.53), colour, METAL, (0.9, 0.9)),
        pod(
            [(0.12, 0.14, 0.68, 0.76), (0.2, 0.2, 0.67, 0.78), (0.45, 0.19, 0.67, 0.77), (0.56, 0.1, 0.68, 0.75)],
            SADDLE,
            MATTE,
        ),
        box((0.04, 0.34, 0.3), (0.12, 0, 0.93), SADDLE, MATTE),
        pair(tube((0.1, 0.12, 0.7), (0.1, 0.12, 0.85), 0.012, STEEL, METAL, 5)),
        box((0.05, 0.62, 0.5), (0.98, 0, 0.6), colour, METAL, (1, 0.7)),
        pod(
            [(0.96, 0.18, 0.5, 0.94), (1.06, 0.2, 0.52, 0.96), (1.16, 0.12, 0.6, 0.9), (1.22, 0.05, 0.68, 0.82)],
            colour,
            METAL,
        ),
        cylinder(0.085, 0.04, LAMP, LAMP_FRONT, "x", 12).moved(1.2, 0, 0.78),
        arc(1.22, 0.26, 0.29, 10, 150, 0.14, colour, METAL),
        pair(tube((1.22, 0.085, 0.26), (1.04, 0.07, 0.62), 0.022, CHROME, METAL, 7)),
        tube((1.0, 0, 0.9), (0.9, 0, 1.03), 0.025, TRIM, MATTE, 6),
        handlebar(0.9, 1.03, 0.28),
        side_mirrors(0.92, 1.05),
        pair(arc(-0.62, 0.27, 0.283, 10, 170, 0.18, TRIM, MATTE).moved(y=-0.43)),
        pair(box((0.03, 0.14, 0.08), (-1.22, 0.4, 0.48), TAIL, LAMP_REAR)),
    ]
    return join(*parts, _boards(colour) if boards else _boards(colour, 0.1))


def _boards(colour, high: float = 0.32) -> Mesh:
    """The bed's low walls, with posts and a rail."""
    z = 0.56 + high / 2
    parts = [pair(box((1.3, 0.03, high), (-0.55, 0.52, z), colour, METAL))]
    parts += [box((0.03, 1.04, high), (x, 0, z), colour, METAL) for x in (-1.2, 0.1)]
    parts += [
        pair(box((0.05, 0.05, high), (x, 0.535, z), np.array(colour) * 0.7, METAL)) for x in (-1.18, -0.76, -0.33, 0.08)
    ]
    parts.append(pair(box((1.34, 0.05, 0.035), (-0.55, 0.525, 0.56 + high), np.array(colour) * 1.2, METAL)))
    if high > 0.2:
        parts += [tube((0.1, -0.5, 0.98), (0.1, 0.5, 0.98), 0.016, STEEL, METAL, 5)]
        parts += [tube((0.1, y, 0.86), (0.1, y, 0.98), 0.014, STEEL, METAL, 5) for y in (-0.5, 0, 0.5)]
    return join(*parts)


def crate(size, rng: np.random.Generator, fruit: bool = True) -> Mesh:
    """A box of produce standing on z = 0, heaped."""
    colour = CRATES[rng.integers(len(CRATES))]
    rim = box((size[0] + 0.01, size[1] + 0.01, 0.03), (0, 0, size[2] - 0.015), np.array(colour) * 1.3)
    parts = [box(size, (0, 0, size[2] / 2), colour), rim]
    if fruit:
        kind = FRUIT[rng.integers(len(FRUIT))] * 0.75
        shades = kind * np.array([[0.8], [1.0], [1.2]])
        parts.append(
            heap((size[0] * 1.12, size[1] * 1.12, rng.uniform(0.05, 0.11)), rng, shades, rough=0.12, cells=6).moved(
                z=size[2] - 0.02
            )
        )
    return join(*parts)


def _sack(rng: np.random.Generator) -> Mesh:
    colour = ((0.6, 0.58, 0.52), (0.45, 0.36, 0.24), (0.5, 0.14, 0.08), (0.1, 0.3, 0.2))[rng.integers(4)]
    return ball((0.27, 0.19, 0.13), colour, CLOTH, 8).moved(z=0.11)


def tricycle_goods(rng: np.random.Generator) -> Mesh:
    """Loaded with crates of fruit, cartons and sacks up to above the boards."""
    parts = [tricycle(rng)]
    for x in (-0.97, -0.55, -0.13):
        for y in (-0.34, 0.0, 0.34):
            if rng.random() < 0.3:
                parts.append(_sack(rng).rotated("z", rng.uniform(0, 3)).scaled(0.85).moved(x, y * 0.75, 0.58))
                parts.append(_sack(rng).rotated("z", rng.uniform(0, 3)).scaled(0.85).moved(x, y * 0.75, 0.78))
                continue
            high = rng.uniform(0.2, 0.36)
            parts.append(crate((0.39, 0.32, high), rng, rng.random() < 0.75).moved(x, y, 0.57))
            if rng.random() < 0.25:
                parts.append(crate((0.36, 0.3, 0.22), rng).moved(x, y, 0.58 + high))
    return join(*parts)


def tricycle_shade_goods(rng: np.random.Generator) -> Mesh:
    """Trading: the goods laid out on boards wider than the bed, with scale and price cards."""
    parts = [tricycle(rng, boards=False), box((1.5, 1.6, 0.04), (-0.55, 0, 0.74), (0.4, 0.3, 0.2))]
    cloth = ((0.45, 0.04, 0.03), (0.04, 0.2, 0.4), (0.05, 0.28, 0.12), (0.6, 0.45, 0.3))[rng.integers(4)]
    parts += [box((1.5, 0.015, 0.26), (-0.55, y, 0.62), cloth, CLOTH) for y in (-0.8, 0.8)]
    for x in (-1.08, -0.72, -0.36, 0.0):
        for y in (-0.6, -0.2, 0.2, 0.6):
            parts.append(crate((0.34, 0.37, rng.uniform(0.1, 0.18)), rng).moved(x, y, 0.76))
            if rng.random() < 0.25:
                card = box((0.01, 0.16, 0.12), (x - 0.1, y, 1.08), (0.7, 0.66, 0.5))
                parts += [card, tube((x - 0.1, y, 0.85), (x - 0.1, y, 1.05), 0.006, STEEL, METAL, 3)]
    parts += [box((0.3, 0.3, 0.08), (0.3, 0.0, 0.82), STEEL, METAL), box((0.02, 0.2, 0.12), (0.42, 0, 0.95), TRIM)]
    return join(*parts)
