"""Light trucks and the tanker; the muck truck comes from muck.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..mesh import CLOTH, METAL, PAINT, Mesh, box, cylinder, join, lathe, tube
from . import muck
from .bodywork import CHROME, SEAM, TRIM, WHITE, decal, rect, wheels
from .carshapes import HEAVY_CAB, LIGHT_CAB
from .truckparts import CHASSIS, HEAVY_WHEEL, STEEL, cab, frame, rear_plate, side_marks


def _light(look, rng: np.random.Generator) -> Mesh:
    """Cab, frame and wheels of a 6 m light truck."""
    hub = ((0.4, 0.41, 0.42), (0.45, 0.06, 0.05), (0.05, 0.12, 0.35))[rng.integers(3)]
    look_wheels = {"hub": hub, "spokes": 6, "rim": 0.6, "segments": 12}
    return join(
        cab(LIGHT_CAB, look).moved(x=1.25),
        frame(-2.95, 1.6, 2.0, 0.66, rng),
        wheels((2.23,), 0.94, 0.38, 0.22, **look_wheels),
        wheels((-1.55,), 1.0, 0.38, 0.42, **look_wheels),
    )


CAB_COLOURS = ((0.72, 0.74, 0.75), (0.02, 0.09, 0.36), (0.05, 0.2, 0.5), (0.55, 0.04, 0.03))


def truck_box(rng: np.random.Generator) -> Mesh:
    look = (WHITE, PAINT) if rng.random() < 0.4 else (CAB_COLOURS[rng.integers(4)], METAL)
    high = rng.uniform(1.9, 2.25)
    z0, z1 = 0.86, 0.86 + high
    parts = [_light(look, rng), box((4.15, 2.1, high), (-0.92, 0, (z0 + z1) / 2), WHITE, PAINT)]
    edge = (0.5, 0.51, 0.53)
    for y in (-1.05, 1.05):
        for z in (z0, z1):
            parts.append(box((4.19, 0.07, 0.08), (-0.92, y, z), edge, METAL))
        for x in np.linspace(-2.98, 1.14, 8):
            parts.append(box((0.05, 0.03, high), (x, y, (z0 + z1) / 2), (0.8, 0.8, 0.8), PAINT))
        for x in (-3.0, 1.16):
            parts.append(box((0.07, 0.07, high + 0.06), (x, y, (z0 + z1) / 2), edge, METAL))
    for y in (-0.35, 0.0, 0.35):
        parts.append(box((0.03, 0.02, high - 0.1), (-3.01, y, (z0 + z1) / 2), SEAM if y == 0 else CHROME))
    if rng.random() < 0.6:
        ink = ((0.05, 0.15, 0.5), (0.6, 0.04, 0.03), (0.02, 0.3, 0.15))[rng.integers(3)]
        at = np.linspace(-2.2, 0.4, 5)
        parts += [box((0.34, 2.13, 0.34), (x, 0, z0 + high * 0.62), ink, top=(0.8, 1)) for x in at]
    parts += [side_marks(-2.95, 1.1, 1.072, z0 + 0.08), rear_plate(-3.03, 0.6)]
    return join(*parts)


def truck_flatbed(rng: np.random.Generator) -> Mesh:
    blue = CAB_COLOURS[1 + rng.integers(2)]
    side = blue if rng.random() < 0.7 else (0.3, 0.31, 0.3)
    parts = [_light((blue, METAL), rng), box((4.2, 2.0, 0.1), (-0.95, 0, 0.86), (0.16, 0.15, 0.14))]
    for y in (-1.0, 1.0):
        parts.append(box((4.2, 0.05, 0.42), (-0.95, y, 1.06), side, METAL))
        parts += [box((0.06, 0.08, 0.44), (x, y, 1.06), (0.1, 0.1, 0.11)) for x in np.linspace(-3.0, 1.1, 5)]
        parts += [box((0.9, 0.07, 0.03), (x, y, 1.1), side, METAL) for x in np.linspace(-2.48, 0.6, 4)]
    parts += [box((0.05, 2.0, 0.42), (-3.03, 0, 1.06), side, METAL), box((0.06, 2.0, 0.5), (1.13, 0, 1.1), side, METAL)]
    for y in (-0.9, -0.3, 0.3, 0.9):
        parts.append(box((0.05, 0.05, 0.7), (1.13, y, 1.55), side, METAL))
    parts.append(box((0.05, 1.9, 0.06), (1.13, 0, 1.9), side, METAL))
    parts += [side_marks(-2.95, 1.0, 1.03, 0.9), rear_plate(-3.04, 0.6)]
    return join(*parts, *_cargo(rng))


def _cargo(rng: np.random.Generator) -> list[Mesh]:
    """Nothing, cartons and sacks, or pipes and boards on the flatbed's floor (z = 0.91)."""
    kind = rng.integers(3)
    if kind == 0:
        return []
    if kind == 1:
        made = []
        for x in np.arange(-2.6, 0.8, 0.68):
            for y in (-0.62, 0.0, 0.62):
                h = rng.uniform(0.35, 1.1)
                colour = np.array([(0.36, 0.24, 0.13), (0.5, 0.48, 0.44), (0.1, 0.25, 0.4), (0.3, 0.32, 0.3)])[
                    rng.integers(4)
                ]
                size = (rng.uniform(0.5, 0.64), rng.uniform(0.5, 0.58), h)
                made.append(box(size, (x, y, 0.91 + h / 2), colour, CLOTH, (0.95, 0.95)).moved(*rng.normal(0, 0.02, 2)))
        return made
    made = [
        tube((-2.9, y, z), (0.9, y + 0.05, z), 0.07, (0.35, 0.36, 0.37), METAL, 7)
        for z in (1.0, 1.13)
        for y in np.linspace(-0.85, -0.2, 5)
    ]
    return made + [box((2.6, 0.8, 0.05), (-1.2, 0.45, 0.95 + 0.07 * k), (0.4, 0.27, 0.15)) for k in range(7)]


def truck_tanker(rng: np.random.Generator) -> Mesh:
    """A three-axle tank truck; water sprinkler or fuel."""
    tank, band = (
        ((0.62, 0.64, 0.66), (0.75, 0.25, 0.02)),
        ((0.72, 0.74, 0.75), (0.03, 0.35, 0.15)),
        ((0.72, 0.74, 0.75), (0.03, 0.2, 0.55)),
    )[rng.integers(3)]
    outline = [(0, -3.2), (0.7, -3.15), (0.98, -3.0), (1.0, -2.9), (1.0, 2.5), (0.98, 2.6), (0.7, 2.75), (0, 2.8)]
    barrel = lathe(outline, tank, METAL, 24).rotated("y", np.pi / 2).scaled(1, 1.2, 0.85).moved(-0.95, 0, 2.0)
    parts = [cab(replace(HEAVY_CAB, top=[(x, z - 0.12) for x, z in HEAVY_CAB.top])).moved(x=2.15), barrel]
    ring = lathe([(1.012, -0.06), (1.012, 0.06)], (0.4, 0.41, 0.42), METAL, 24)
    parts += [ring.rotated("y", np.pi / 2).scaled(1, 1.2, 0.85).moved(x, 0, 2.0) for x in (-3.3, -1.0, 1.2)]
    stripe = decal(barrel, "right", rect(-3.8, 1.6, 1.85, 2.1), band, METAL, (1, 2), 0.02)
    parts += [stripe, stripe.mirrored(), box((1.6, 0.6, 0.04), (-1.0, 0, 2.87), TRIM), frame(-4.1, 2.6, 2.4, 0.95, rng)]
    parts += [cylinder(0.26, 0.16, STEEL, METAL).moved(x, 0, 2.9) for x in (-2.2, -0.2)]
    parts += [box((5.6, 0.14, 0.1), (-1.1, y, 1.25), CHASSIS) for y in (-0.8, 0.8)]
    parts += [box((5.4, 0.3, 0.03), (-1.0, y, 1.18), CHASSIS) for y in (-1.05, 1.05)]
    parts += [tube((-4.17, y, 1.1), (-4.17, y, 2.7), 0.02, STEEL, METAL, 5) for y in (-0.5, -0.15)]
    parts += [box((0.03, 0.4, 0.03), (-4.17, -0.33, z), STEEL, METAL) for z in np.linspace(1.2, 2.6, 6)]
    parts += [side_marks(-3.9, 1.8, 1.21, 1.15), rear_plate(-4.14, 0.8), wheels((2.81,), 1.2, 0.5, 0.3, **HEAVY_WHEEL)]
    return join(*parts, wheels((-1.55, -2.9), 1.22, 0.5, 0.5, **HEAVY_WHEEL))


BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "truck-box": truck_box,
    "truck-flatbed": truck_flatbed,
    "truck-tanker": truck_tanker,
    "muck-empty": muck.empty,
    "muck-covered": muck.covered,
    "muck-loaded": muck.loaded,
    "muck-loaded-low": muck.loaded_low,
}
LABEL: dict[str, str | None] = {kind: "truck" if kind.startswith("truck") else "muck-truck" for kind in BUILDERS}
STATE: dict[str, str] = {
    "muck-empty": "load-empty",
    "muck-covered": "load-covered",
    "muck-loaded": "load-uncovered",
    "muck-loaded-low": "load-uncovered",
}
