"""Bicycles, electric scooters and motorcycles, all without rider; the tricycles come from tricycles.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import CLOTH, LAMP_FRONT, LAMP_REAR, MATTE, METAL, PAINT, Mesh, ball, box, cylinder, join, tube
from . import tricycles
from .bodywork import CHROME, LAMP, PLATE_BLUE, TAIL, TRIM, WHITE
from .cycleparts import ALLOY, SADDLE, STEEL, arc, handlebar, hub_wheel, pair, pod, side_mirrors, spoked

SHARED = ((0.75, 0.5, 0.02), (0.02, 0.22, 0.6), (0.03, 0.5, 0.45), (0.75, 0.5, 0.02))
FRAMES = ((0.03, 0.03, 0.035), (0.4, 0.03, 0.03), (0.03, 0.1, 0.35), (0.6, 0.61, 0.63), (0.05, 0.25, 0.12), *SHARED)


def bicycle(rng: np.random.Generator, colour=None, shared: bool = False, sides: int = 7) -> Mesh:
    """`shared`: a hire bike, sturdier, with basket; `sides`: how round its tubes are."""
    colour = FRAMES[rng.integers(len(FRAMES))] if colour is None else colour
    rear, front, crank = (-0.53, 0, 0.33), (0.58, 0, 0.33), (0.05, 0, 0.29)
    seat, head = (-0.14, 0, 0.78), (0.43, 0, 0.8)
    low, step = (0.47, 0, 0.62), shared or rng.random() < 0.6
    top = (0.0, 0, 0.42) if step else (-0.11, 0, 0.7)
    parts = [spoked(0.33, 0.045, sides > 5).moved(*at) for at in (rear, front)]
    bars = [(crank, seat, 0.02), (crank, low, 0.024), (top, head, 0.02), (head, low, 0.024)]
    parts += [tube(a, b, r * (1.25 if shared else 1), colour, METAL, sides) for a, b, r in bars]
    for y in (-0.055, 0.055):
        hub_rear, hub_front = (-0.53, y, 0.33), (0.58, y, 0.33)
        ends = [(hub_rear, crank), (hub_rear, (-0.1, y * 0.4, 0.66)), (hub_front, (0.48, y * 0.7, 0.62))]
        parts += [tube(a, b, 0.011, colour, METAL, min(sides, 5)) for a, b in ends]
    parts += [tube(seat, (-0.16, 0, 0.84), 0.014, STEEL, METAL, 6), tube(head, (0.4, 0, 0.98), 0.014, STEEL, METAL, 6)]
    parts.append(
        pod(
            [(-0.3, 0.07, 0.83, 0.88), (-0.24, 0.09, 0.82, 0.89), (-0.12, 0.05, 0.83, 0.88), (0, 0.018, 0.83, 0.86)],
            SADDLE,
            MATTE,
        )
    )
    for x, start, end in ((-0.53, 40, 190), (0.58, 20, 140)):
        parts.append(arc(x, 0.33, 0.355, start, end, 0.055, colour, METAL, sides - 1))
    parts += [
        handlebar(0.4, 0.98, 0.28, sides=sides),
        _pedals(sides),
        box((0.46, 0.02, 0.07), (-0.24, -0.06, 0.31), TRIM),
    ]
    if shared or rng.random() < 0.6:
        parts.append(_basket(0.6, 0.74, colour if shared else ALLOY, 2 if sides < 5 else 4))
    if not shared and rng.random() < 0.5:
        parts += [
            box((0.38, 0.12, 0.02), (-0.5, 0, 0.72), TRIM),
            pair(tube((-0.53, 0.06, 0.33), (-0.6, 0.06, 0.72), 0.007, TRIM, segments=4)),
        ]
    parts += [
        box((0.03, 0.05, 0.05), (-0.89, 0, 0.5), TAIL, LAMP_REAR),
        ball(0.035, LAMP, LAMP_FRONT, 6).moved(0.5, 0, 0.86),
    ]
    return join(*parts)


def _pedals(sides: int = 6) -> Mesh:
    arms = [
        tube((0.05, y, 0.29), (0.05 + s * 0.1, y, 0.29 - s * 0.12), 0.012, STEEL, METAL, min(sides, 5))
        for y, s in ((0.08, 1), (-0.08, -1))
    ]
    steps = [box((0.09, 0.09, 0.025), (0.05 + s * 0.1, y, 0.29 - s * 0.12), TRIM) for y, s in ((0.13, 1), (-0.13, -1))]
    ring = cylinder(0.09, 0.01, STEEL, METAL, "y", 2 * sides).moved(0.05, -0.06, 0.29)
    return join(*arms, *steps, ring)


def _basket(x: float, z: float, colour, slats: int = 4) -> Mesh:
    """Four slatted walls, narrower below, open on top."""
    parts = [box((0.24, 0.3, 0.012), (x, 0, z), TRIM)]
    for share in np.linspace(0, 1, slats):
        high, grow = z + 0.03 + 0.195 * share, 0.06 * share
        parts += [box((0.012, 0.32 + grow, 0.028), (x + s * (0.12 + grow / 2), 0, high), colour) for s in (-1, 1)]
        parts += [box((0.25 + grow, 0.012, 0.028), (x, s * (0.16 + grow / 2), high), colour) for s in (-1, 1)]
    parts += [box((0.014, 0.014, 0.24), (x + a * 0.13, b * 0.17, z + 0.12), colour) for a in (-1, 1) for b in (-1, 1)]
    return join(*parts)


def bicycle_row(rng: np.random.Generator) -> Mesh:
    """Five parked shared bicycles, side by side, each leaning on its stand."""
    main = SHARED[rng.integers(len(SHARED))]
    made = []
    for k in range(5):
        colour = main if rng.random() < 0.7 else SHARED[rng.integers(len(SHARED))]
        one = bicycle(rng, colour, True, 4).rotated("x", rng.uniform(0.06, 0.14)).rotated("z", rng.normal(0.25, 0.06))
        made.append(one.moved(rng.normal(0, 0.06), (k - 2) * 0.55, 0.0))
    return join(*made)


def scooter(rng: np.random.Generator) -> Mesh:
    """An electric scooter: leg shield, footboard, long saddle, small wheels; some with basket or top box."""
    hub = {"hub": ALLOY, "spokes": 5, "rim": 0.7, "segments": 14}
    parts = [hub_wheel(0.23, 0.1, **hub).moved(x=-0.6), hub_wheel(0.23, 0.09, **hub).moved(x=0.64)]
    parts += [
        pod(
            [
                (-0.86, 0.05, 0.6, 0.7),
                (-0.78, 0.12, 0.5, 0.74),
                (-0.5, 0.16, 0.4, 0.75),
                (-0.2, 0.16, 0.28, 0.74),
                (-0.05, 0.13, 0.26, 0.66),
                (0.0, 0.1, 0.26, 0.4),
            ],
            WHITE,
        ),
        pod(
            [
                (-0.78, 0.1, 0.73, 0.8),
                (-0.7, 0.14, 0.72, 0.83),
                (-0.3, 0.15, 0.72, 0.81),
                (-0.05, 0.11, 0.7, 0.79),
                (0.02, 0.06, 0.7, 0.76),
            ],
            SADDLE,
            MATTE,
        ),
        box((0.5, 0.3, 0.08), (0.16, 0, 0.26), WHITE, PAINT),
        box((0.46, 0.27, 0.012), (0.16, 0, 0.305), TRIM),
        box((0.05, 0.4, 0.56), (0, 0, 0.28), WHITE, PAINT, (1, 0.55)).rotated("y", -0.22).moved(0.44, 0, 0.28),
        pod(
            [(0.42, 0.13, 0.42, 0.8), (0.5, 0.15, 0.45, 0.82), (0.58, 0.1, 0.5, 0.76), (0.63, 0.04, 0.56, 0.68)], WHITE
        ),
        arc(0.64, 0.23, 0.255, -10, 150, 0.12, WHITE),
        arc(-0.6, 0.23, 0.26, 60, 200, 0.12, TRIM, MATTE),
        pair(tube((0.64, 0.075, 0.23), (0.5, 0.06, 0.55), 0.02, TRIM, METAL, 6)),
        tube((0.48, 0, 0.75), (0.4, 0, 0.98), 0.028, TRIM, MATTE, 7),
        pod(
            [(0.36, 0.1, 0.92, 1.02), (0.42, 0.14, 0.9, 1.04), (0.5, 0.12, 0.9, 1.02), (0.55, 0.07, 0.92, 0.99)], WHITE
        ),
        box((0.03, 0.14, 0.08), (0.55, 0, 0.95), LAMP, LAMP_FRONT),
        handlebar(0.4, 0.98, 0.28),
        box((0.04, 0.16, 0.06), (-0.86, 0, 0.64), TAIL, LAMP_REAR),
        box((0.012, 0.2, 0.12), (-0.9, 0, 0.47), WHITE),
        box((0.3, 0.12, 0.12), (-0.55, 0.1, 0.24), TRIM),
        tube((-0.55, -0.12, 0.25), (-0.75, -0.1, 0.62), 0.025, ALLOY, METAL, 6),
        tube((-0.8, 0.12, 0.8), (-0.8, -0.12, 0.8), 0.015, STEEL, METAL, 5),
        side_mirrors(0.42, 1.0),
    ]
    extra = rng.integers(4)
    if extra == 0:
        parts.append(box((0.36, 0.4, 0.3), (-0.86, 0, 0.98), TRIM, MATTE, (0.85, 0.9)))
    elif extra == 1:
        parts.append(_basket(0.66, 0.66, TRIM))
    elif extra == 2:
        parts.append(
            box((0.05, 0.46, 0.5), (0.58, 0, 0.86), ((0.45, 0.05, 0.12), (0.05, 0.12, 0.3))[rng.integers(2)], CLOTH)
        )
    return join(*parts)


def motorcycle(rng: np.random.Generator) -> Mesh:
    wheel_look = {"hub": ALLOY, "spokes": 6, "rim": 0.76, "segments": 16}
    parts = [hub_wheel(0.3, 0.12, **wheel_look).moved(x=-0.66), hub_wheel(0.3, 0.1, **wheel_look).moved(x=0.68)]
    parts += [
        pod(
            [
                (-0.1, 0.09, 0.72, 0.86),
                (0.0, 0.13, 0.7, 0.93),
                (0.2, 0.16, 0.7, 0.97),
                (0.36, 0.12, 0.74, 0.94),
                (0.42, 0.05, 0.8, 0.9),
            ],
            WHITE,
        ),
        pod(
            [(-0.72, 0.08, 0.8, 0.86), (-0.6, 0.12, 0.76, 0.86), (-0.25, 0.13, 0.73, 0.81), (-0.05, 0.1, 0.74, 0.84)],
            SADDLE,
            MATTE,
        ),
        pod(
            [(-0.92, 0.05, 0.68, 0.74), (-0.75, 0.09, 0.62, 0.78), (-0.3, 0.12, 0.58, 0.74), (-0.1, 0.08, 0.6, 0.72)],
            WHITE,
        ),
        box((0.36, 0.26, 0.3), (0.06, 0, 0.42), ALLOY, METAL, (0.8, 0.9)),
        box((0.2, 0.2, 0.2), (0.2, 0, 0.6), (0.12, 0.12, 0.13), METAL),
        cylinder(0.1, 0.3, STEEL, METAL, "y", 12).moved(-0.04, 0, 0.4),
        tube((0.26, -0.1, 0.5), (0.16, -0.14, 0.28), 0.022, CHROME, METAL, 7),
        tube((0.16, -0.14, 0.28), (-0.3, -0.16, 0.28), 0.022, CHROME, METAL, 7),
        tube((-0.3, -0.16, 0.28), (-0.86, -0.18, 0.4), 0.048, CHROME, METAL, 9),
        pair(tube((0.68, 0.09, 0.3), (0.44, 0.09, 0.92), 0.024, CHROME, METAL, 7)),
        pair(tube((-0.66, 0.1, 0.3), (-0.05, 0.08, 0.36), 0.024, TRIM, METAL, 6)),
        pair(tube((-0.6, 0.12, 0.34), (-0.48, 0.12, 0.68), 0.028, (0.4, 0.05, 0.03), METAL, 7)),
        tube((0.4, 0, 0.84), (0.24, 0, 0.36), 0.03, TRIM, METAL, 6),
        arc(0.68, 0.3, 0.33, 20, 150, 0.13, WHITE),
        arc(-0.66, 0.3, 0.34, 80, 200, 0.15, TRIM, MATTE),
        ball((0.07, 0.1, 0.1), TRIM, METAL, 10).moved(0.53, 0, 0.87),
        cylinder(0.085, 0.02, LAMP, LAMP_FRONT, "x", 12).moved(0.6, 0, 0.87),
        handlebar(0.4, 0.97, 0.3, 0.04),
        box((0.04, 0.14, 0.07), (-0.92, 0, 0.71), TAIL, LAMP_REAR),
        box((0.012, 0.22, 0.14), (-0.97, 0, 0.55), PLATE_BLUE),
        side_mirrors(0.42, 1.02),
        pair(tube((0.02, 0.1, 0.3), (0.02, 0.26, 0.3), 0.018, TRIM, MATTE, 5)),
    ]
    if rng.random() < 0.5:
        parts += [
            box((0.34, 0.36, 0.28), (-0.84, 0, 1.02), TRIM, MATTE, (0.85, 0.9)),
            box((0.4, 0.2, 0.03), (-0.8, 0, 0.87), TRIM),
        ]
    return join(*parts)


BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "bicycle": bicycle,
    "scooter": scooter,
    "motorcycle": motorcycle,
    "bicycle-row": bicycle_row,
    "tricycle": tricycles.tricycle,
    "tricycle-goods": tricycles.tricycle_goods,
    "tricycle-shade-goods": tricycles.tricycle_shade_goods,
}
LABEL: dict[str, str | None] = {kind: "tricycle" if "tri" in kind else "two-wheeler" for kind in BUILDERS}
