"""Cars, vans and the city bus: lofted bodies with windows, lamps and seams laid on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import GLASS, LAMP_FRONT, LAMP_REAR, MATTE, METAL, PAINT, Mesh, box, join, tube
from .bodywork import (
    BLACK,
    CHROME,
    LAMP,
    PLATE_BLUE,
    PLATE_GREEN,
    PLATE_YELLOW,
    SEAM,
    TAIL,
    TRIM,
    WHITE,
    WINDOW,
    decal,
    plate,
    rect,
    wheels,
)
from .carshapes import BUS, HATCH, MINIVAN, SEDAN, SUV, VAN, Shape, at, shell


def car(s: Shape, rng: np.random.Generator, lower=(WHITE, PAINT), upper=(WHITE, PAINT)) -> Mesh:
    """A whole car of this shape."""
    body = shell(s, lower, upper)
    w, (rear, front) = float(at(s.plan, 0.0)), (s.top[0][0], s.top[-1][0])
    number = PLATE_GREEN if rng.random() < 0.25 else PLATE_BLUE
    hub = (CHROME, (0.35, 0.36, 0.38), (0.75, 0.76, 0.78))[rng.integers(3)]
    parts = [body, wheels(s.axles, w - 0.015, s.wheel, 0.22, hub=hub, spokes=int(rng.integers(5, 8)))]
    parts += [_face(s, body, number, rng), _tail(s, body, number), _sides(s, body)]
    pillar = s.panes[-1][1] - 0.08
    mirror = box((0.16, 0.22, 0.14), (pillar, -w - 0.03, float(at(s.belt, pillar)) + 0.09), *upper, top=(0.8, 0.9))
    glass = box((0.01, 0.18, 0.1), (pillar - 0.082, -w - 0.03, float(at(s.belt, pillar)) + 0.09), WINDOW, GLASS)
    parts += [k for m in (mirror, glass) for k in (m, m.mirrored())]
    parts.append(_bonnet(s, body))
    if s.back and rng.random() < 0.3:
        x = s.screen[0] - 0.25
        parts.append(decal(body, "top", rect(x - 0.65, x, -0.42, 0.42), WINDOW, GLASS, (2, 2), 0.03))
    return join(*parts).moved(x=-(rear + front) / 2).scaled(rng.uniform(0.97, 1.03), rng.uniform(0.98, 1.02), 1.0)


def _face(s: Shape, body: Mesh, number, rng: np.random.Generator) -> Mesh:
    """Lamps, grille, lower intake and plate of the nose."""
    y0, y1, z0, z1 = s.lamp_front
    grille = (TRIM, (0.1, 0.1, 0.11))[rng.integers(2)]
    parts = [
        decal(body, "front", rect(-y0 + 0.04, y0 - 0.04, z0 - 0.04, z1 - 0.04), grille, METAL, (6, 1)),
        decal(body, "front", rect(-y0 + 0.04, y0 - 0.04, z1 - 0.04, z1 - 0.015), CHROME, METAL, (6, 1)),
        decal(body, "front", rect(-y1 * 0.8, y1 * 0.8, s.sill + 0.08, s.sill + 0.19), TRIM, MATTE, (6, 1)),
        plate(body, "front", (z0 + s.sill) / 2 + 0.06, number),
    ]
    for side in (-1, 1):
        lamp = [(side * y0, z0), (side * y1, z0 + 0.05), (side * y1, z1 + 0.03), (side * y0, z1 - 0.02)]
        parts.append(decal(body, "front", lamp, LAMP, LAMP_FRONT, (5, 1), 0.034))
        grow = ((-0.02, -0.02), (0.02, -0.02), (0.02, 0.02), (-0.02, 0.02))
        rim = [(y + side * dy, z + dz) for (y, z), (dy, dz) in zip(lamp, grow)]
        parts.append(decal(body, "front", rim, TRIM, METAL, (5, 1), 0.012))
        parts.append(decal(body, "front", rect(side * y1 * 0.72, side * y1 * 0.9, s.sill + 0.1, s.sill + 0.2), SEAM))
    return join(*parts)


def _tail(s: Shape, body: Mesh, number) -> Mesh:
    """Lamps, rear window, bumper line and plate of the tail."""
    y0, y1, z0, z1 = s.lamp_rear
    middle = float(at(s.plan, s.top[0][0]))
    parts = [
        plate(body, "rear", (s.sill + z0) / 2 + 0.1 if s.back else z0 - 0.08, number),
        decal(body, "rear", rect(-middle, middle, s.sill + 0.33, s.sill + 0.35), SEAM, MATTE, (6, 1)),
        decal(body, "rear", rect(-middle, middle, s.sill + 0.03, s.sill + 0.14), TRIM, MATTE, (6, 1)),
    ]
    for side in (-1, 1):
        parts.append(decal(body, "rear", rect(side * y0, side * y1, z0, z1), TAIL, LAMP_REAR, (4, 2), 0.02))
        inner = rect(side * (y0 + 0.03), side * (y1 - 0.08), z0 + 0.03, z0 + 0.07)
        parts.append(decal(body, "rear", inner, CHROME, MATTE, (2, 1), 0.026))
    if s.back is None:
        top, low = s.top[0][0], float(at(s.belt, s.top[0][0]))
        high = float(at(s.top, top)) - 0.12
        wide = float(at(s.rail, top)) - 0.08
        pane = [(-wide - 0.06, low + 0.05), (wide + 0.06, low + 0.05), (wide, high), (-wide, high)]
        parts.append(decal(body, "rear", pane, WINDOW, GLASS, (4, 2)))
    return join(*parts)


def _bonnet(s: Shape, body: Mesh) -> Mesh:
    """Seams along the bonnet's edges, a dark gap at the screen's foot."""
    start, end = s.screen[1] + 0.03, s.top[-1][0] - 0.2
    y0, y1 = float(at(s.rail, start)) - 0.03, float(at(s.rail, end)) - 0.03
    parts = [decal(body, "top", rect(start - 0.05, start + 0.02, -y0, y0), TRIM, MATTE, (1, 4))]
    for side in (-1, 1):
        seam = [(start, side * y0), (end, side * y1), (end, side * (y1 + 0.014)), (start, side * (y0 + 0.014))]
        parts.append(decal(body, "top", seam, SEAM, MATTE, (3, 1)))
    return join(*parts)


def _sides(s: Shape, body: Mesh) -> Mesh:
    """Door seams, handles and the sill's edge."""
    parts = []
    for side in ("left", "right"):
        for x in s.doors:
            top = float(at(s.belt, x))
            parts.append(decal(body, side, rect(x - 0.011, x + 0.011, s.sill + 0.06, top), SEAM, MATTE, (1, 5), 0.012))
        parts.append(decal(body, side, rect(s.doors[0], s.doors[-1], s.sill + 0.04, s.sill + 0.06), SEAM, lift=0.012))
        for x in s.doors[:-1]:
            z = float(at(s.belt, x)) - 0.13
            parts.append(decal(body, side, rect(x + 0.06, x + 0.24, z, z + 0.03), CHROME, METAL, lift=0.03))
    return join(*parts)


TAXI_COLOURS = (
    ((0.72, 0.47, 0.02), (0.02, 0.09, 0.3)),
    ((0.02, 0.28, 0.16), (0.72, 0.62, 0.1)),
    ((0.03, 0.3, 0.5), (0.72, 0.74, 0.76)),
    ((0.5, 0.03, 0.02), (0.66, 0.6, 0.48)),
    ((0.72, 0.74, 0.76), (0.05, 0.36, 0.3)),
    ((0.75, 0.5, 0.03), (0.06, 0.06, 0.07)),
)


def suv(rng: np.random.Generator) -> Mesh:
    bars = [tube((-1.5, y, 1.66), (0.1, y, 1.7), 0.025, CHROME, METAL, 6) for y in (-0.58, 0.58)]
    return join(car(SUV, rng), *bars)


def taxi(rng: np.random.Generator) -> Mesh:
    lower, upper = TAXI_COLOURS[rng.integers(len(TAXI_COLOURS))]
    made = car(SEDAN, rng, (lower, METAL), (upper, METAL))
    sign = ((0.85, 0.68, 0.1), (0.8, 0.82, 0.85), (0.1, 0.35, 0.75))[rng.integers(3)]
    parts = [box((0.2, 0.62, 0.15), (-0.15, 0, 1.54), sign, LAMP_FRONT, (0.6, 0.92))]
    parts.append(box((0.24, 0.5, 0.03), (-0.15, 0, 1.47), TRIM))
    parts += [box((0.01, 0.34, 0.06), (-0.15 + dx, 0, 1.53), (0.5, 0.02, 0.02)) for dx in (-0.093, 0.093)]
    return join(made, *parts)


BUS_COLOURS = ((0.75, 0.77, 0.78), (0.05, 0.3, 0.55), (0.03, 0.4, 0.25), (0.7, 0.45, 0.03))


def bus(rng: np.random.Generator) -> Mesh:
    """A 12 m city bus, doors on the right."""
    stripe = BUS_COLOURS[rng.integers(len(BUS_COLOURS))]
    body = shell(BUS, (stripe, METAL) if rng.random() < 0.6 else (WHITE, PAINT))
    parts = [
        body,
        wheels(BUS.axles, 1.255, 0.48, 0.3, hub=(0.5, 0.51, 0.53), rim=0.6),
        _bus_ends(body),
        _bus_sides(body),
    ]
    for x, length in ((-2.2, 2.6), (2.6, 1.8)):
        parts.append(box((length, 1.7, 0.24), (x, 0, 3.15), (0.62, 0.64, 0.66), MATTE, (0.92, 0.85)))
        parts.append(box((length * 0.5, 1.0, 0.02), (x, 0, 3.28), (0.2, 0.2, 0.21)))
    for side in (-1, 1):
        parts.append(tube((5.9, side * 1.1, 2.75), (6.2, side * 1.36, 2.6), 0.025, TRIM, MATTE, 6))
        parts.append(box((0.1, 0.2, 0.42), (6.2, side * 1.36, 2.36), TRIM))
    return join(*parts)


def _bus_ends(body: Mesh) -> Mesh:
    words = (0.9, 0.35, 0.03)
    parts = [
        decal(body, "front", rect(-1.1, 1.1, 1.05, 2.92), TRIM, METAL, (6, 2)),
        decal(body, "front", rect(-1.06, 1.06, 1.12, 2.5), WINDOW, GLASS, (6, 2), 0.02),
        decal(body, "front", rect(-0.75, 0.75, 2.58, 2.82), BLACK, MATTE, (2, 1), 0.02),
        decal(body, "front", rect(-0.62, -0.34, 2.63, 2.77), words, LAMP_FRONT, (1, 1), 0.026),
        decal(body, "front", rect(-0.2, 0.62, 2.65, 2.75), words, LAMP_FRONT, (1, 1), 0.026),
        decal(body, "front", rect(-0.6, 0.6, 0.42, 0.56), TRIM, MATTE, (2, 1)),
        decal(body, "rear", rect(-1.0, 1.0, 1.55, 2.5), WINDOW, GLASS, (4, 1)),
        decal(body, "rear", rect(-0.8, 0.8, 0.75, 1.35), (0.1, 0.1, 0.11), MATTE, (2, 1)),
        decal(body, "rear", rect(-0.5, 0.5, 2.6, 2.8), BLACK),
        plate(body, "front", 0.72, PLATE_YELLOW),
        plate(body, "rear", 0.58, PLATE_YELLOW),
    ]
    for side in (-1, 1):
        y0, y1, z0, z1 = BUS.lamp_front
        parts.append(decal(body, "front", rect(side * y0, side * y1, z0, z1), LAMP, LAMP_FRONT, (3, 1), 0.02))
        y0, y1, z0, z1 = BUS.lamp_rear
        parts.append(decal(body, "rear", rect(side * y0, side * y1, z0, z1), TAIL, LAMP_REAR, (2, 1), 0.02))
    return join(*parts)


def _bus_sides(body: Mesh) -> Mesh:
    """Window band on both sides; two double doors on the right."""
    parts = []
    for side in ("left", "right"):
        parts.append(decal(body, side, rect(-5.6, 5.75, 1.12, 2.5), TRIM, METAL, (8, 2), 0.01))
        edges = np.linspace(-5.5, 5.65, 8)
        for x0, x1 in zip(edges[:-1], edges[1:]):
            parts.append(decal(body, side, rect(x0 + 0.04, x1 - 0.04, 1.17, 2.45), WINDOW, GLASS, (1, 2), 0.018))
            parts.append(decal(body, side, rect(x0 + 0.04, x1 - 0.04, 2.05, 2.08), SEAM, MATTE, (1, 1), 0.024))
        for x in np.linspace(-5, 5, 8):
            parts.append(decal(body, side, rect(x - 0.01, x + 0.01, 0.42, 1.1), SEAM, MATTE, (1, 4), 0.012))
    for x in (4.3, -0.3):
        parts.append(decal(body, "right", rect(x - 0.05, x + 1.25, 0.4, 2.55), TRIM, METAL, (1, 5), 0.04))
        for leaf in (x, x + 0.62):
            parts.append(decal(body, "right", rect(leaf + 0.03, leaf + 0.55, 0.5, 2.45), WINDOW, GLASS, (1, 5), 0.052))
    return join(*parts)


BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "car-sedan": lambda rng: car(SEDAN, rng),
    "car-hatch": lambda rng: car(HATCH, rng),
    "car-suv": suv,
    "car-mpv": lambda rng: car(MINIVAN, rng),
    "car-taxi": taxi,
    "car-van": lambda rng: car(VAN, rng),
    "bus": bus,
}
LABEL: dict[str, str | None] = {kind: "bus" if kind == "bus" else "car" for kind in BUILDERS}
