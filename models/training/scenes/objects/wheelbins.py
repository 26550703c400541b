"""Bins on wheels, the 240 l wheelie bin and the container on castors, and what all bins share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import METAL, Mesh, box, cylinder, join, prism, tube
from . import waste
from .shapes import BLACK, DARK, STEEL, WHITE, faceted, lettering, pick, rounded_rings

PLASTIC = [
    (0.03, 0.20, 0.09),
    (0.03, 0.12, 0.42),
    (0.14, 0.15, 0.16),
    (0.025, 0.025, 0.028),
    (0.42, 0.04, 0.03),
    (0.05, 0.28, 0.12),
]


def logo(rng: np.random.Generator, size: float) -> Mesh:
    """White sorting mark with characters, on a plane facing +x at x = 0."""
    ring = [
        box((0.004, size * 0.42, size * 0.09), (0, 0, 0), WHITE)
        .rotated("x", a)
        .moved(0, 0.26 * size * np.cos(a + np.pi / 2), 0.26 * size * np.sin(a + np.pi / 2))
        for a in (0.0, 2.1, 4.2)
    ]
    words = lettering(rng, 4, size * 0.25, WHITE).rotated("z", np.pi / 2).moved(0.003, 0, -0.62 * size)
    return join(*ring, words)


def hollow(
    rows: list, rim_z: float, depth: float, hx: float, hy: float, cx: float, colour, corner: float = 0.05
) -> Mesh:
    """A tapered tub: outside skin by `rows`, rim, dark inside down to `depth` under the rim."""
    outside = rounded_rings(rows, corner)
    inside = rounded_rings(
        [(rim_z, hx, hy, cx), (rim_z - depth, hx * 0.9, hy * 0.9, cx), (rim_z - depth, 0.001, 0.001, cx)], corner
    )
    bottom = rounded_rings([(rows[0][0], 0.001, 0.001, rows[0][3])], corner)
    shade = np.array([np.asarray(colour)] * (len(rows) + 1) + [np.asarray(colour) * 0.35, DARK])
    return faceted(np.concatenate([bottom, outside, inside]), shade)


def wheelie_body(rng: np.random.Generator, colour) -> Mesh:
    rows = [
        (0.06, 0.23, 0.23, -0.03),
        (0.12, 0.25, 0.24, -0.03),
        (0.90, 0.33, 0.275, 0.0),
        (0.90, 0.36, 0.295, 0.0),
        (0.99, 0.365, 0.30, 0.0),
    ]
    parts = [hollow(rows, 0.99, 0.35, 0.335, 0.27, 0.0, colour)]
    for y in (-0.25, 0.25):
        wheel = join(
            cylinder(0.10, 0.05, BLACK, axis="y", segments=14),
            cylinder(0.05, 0.056, (0.2, 0.2, 0.2), axis="y", segments=8),
        )
        parts.append(wheel.moved(-0.27, y, 0.10))
        parts.append(box((0.10, 0.03, 0.10), (-0.38, y * 0.8, 0.93), np.asarray(colour) * 0.9))
    parts.append(tube((-0.42, -0.25, 0.955), (-0.42, 0.25, 0.955), 0.018, np.asarray(colour) * 0.8))
    parts += [box((0.03, 0.02, 0.62), (0.0, y, 0.5), np.asarray(colour) * 0.8).moved(0.0) for y in (-0.262, 0.262)]
    parts.append(logo(rng, 0.24).rotated("y", 0.10).moved(0.312, 0, 0.66))
    return join(*parts)


def wheelie_lid(colour) -> Mesh:
    """Hinge at the origin, shut over +x."""
    rings = rounded_rings(
        [
            (0.0, 0.01, 0.01, 0.37),
            (0.0, 0.38, 0.315, 0.37),
            (0.035, 0.385, 0.315, 0.37),
            (0.075, 0.30, 0.25, 0.36),
            (0.082, 0.0, 0.0, 0.36),
        ],
        0.06,
    )
    return join(faceted(rings, colour), box((0.05, 0.3, 0.03), (0.76, 0, 0.02), np.asarray(colour) * 0.9))


def wheelie(state: str) -> Callable[[np.random.Generator], Mesh]:
    def make(rng: np.random.Generator) -> Mesh:
        colour = pick(rng, PLASTIC)
        lid_colour = colour if rng.random() < 0.7 else pick(rng, PLASTIC)
        body, lid = wheelie_body(rng, colour), wheelie_lid(lid_colour)
        if state == "normal":
            return join(body, lid.moved(-0.36, 0, 0.99))
        if state == "lid-open":
            inside = waste.heaped(rng, (0.5, 0.42), 0.10, 2).moved(0, 0, 0.72)
            return join(body, lid.rotated("y", -rng.uniform(1.8, 4.2)).moved(-0.38, 0, 1.0), inside)
        if state == "over-rim":
            full = waste.heaped(rng, (0.62, 0.52), rng.uniform(0.28, 0.42), 4).moved(0.10, 0, 0.93)
            foot = [waste.bag(rng, 0.2).moved(0.5, s * 0.25) for s in (-1, 1) if rng.random() < 0.5]
            return join(body, lid.rotated("y", -rng.uniform(0.85, 1.25)).moved(-0.37, 0, 1.0), full, *foot)
        whole = join(body, lid.rotated("y", -0.9).moved(-0.36, 0, 0.99))
        return toppled(rng, whole, 1.0, 0.6)

    return make


def toppled(rng: np.random.Generator, whole: Mesh, height: float, sideways: float) -> Mesh:
    """Tipped on its front or (with the chance `sideways`) its side, its rubbish slid out of the mouth."""
    on_side = rng.random() < sideways
    if on_side:
        side = 1 if rng.random() < 0.5 else -1
        lying = whole.rotated("x", side * np.pi / 2).rotated("z", side * np.pi / 2)
    else:
        lying = whole.rotated("y", np.pi / 2)
    lying = lying.moved(-height * 0.5, 0, 0)
    low, high = lying.bounds()
    lying = lying.moved(0, -(low[1] + high[1]) / 2, -low[2])
    wide = high[1] - low[1]
    return join(lying, waste.spill(rng, 0.7, wide).moved(height * 0.42)).rotated("z", rng.uniform(-0.4, 0.4))


def container_body(rng: np.random.Generator, long: float, colour) -> Mesh:
    hy = long / 2
    rows = [
        (0.22, 0.36, hy * 0.86, 0.0),
        (0.30, 0.38, hy * 0.88, 0.0),
        (1.06, 0.47, hy * 0.96, 0.0),
        (1.06, 0.51, hy, 0.0),
        (1.14, 0.51, hy, 0.0),
    ]
    parts = [hollow(rows, 1.14, 0.4, 0.46, hy * 0.93, 0.0, colour)]
    shade = np.asarray(colour) * 0.85
    for y in np.linspace(-0.7, 0.7, 5) * hy:
        rib = box((0.03, 0.05, 0.78), (0, 0, 0), shade)
        parts += [rib.rotated("y", 0.115).moved(0.428, y, 0.68), rib.rotated("y", -0.115).moved(-0.428, y, 0.68)]
    for y in (-1, 1):
        parts.append(cylinder(0.03, 0.10, STEEL, METAL, "y", 8).moved(0, y * (hy + 0.03), 1.0))
        parts += [castor().moved(x, y * hy * 0.68, 0.0) for x in (-0.26, 0.26)]
    return join(*parts, logo(rng, 0.34).rotated("y", 0.115).moved(0.452, 0, 0.75))


def castor() -> Mesh:
    wheel = cylinder(0.085, 0.05, BLACK, axis="y", segments=12).moved(0, 0, 0.085)
    return join(wheel, box((0.10, 0.08, 0.10), (0, 0, 0.19), STEEL, METAL))


def container_lid(long: float, colour) -> Mesh:
    """Domed lid; hinge at the origin, shut over +x."""
    t = np.linspace(0, np.pi, 9)
    outline = [(1.03, -0.03), *[(0.51 + 0.52 * np.cos(a), 0.02 + 0.20 * np.sin(a)) for a in t], (-0.01, -0.03)]
    grip = tube((1.07, -0.3, 0.0), (1.07, 0.3, 0.0), 0.015, BLACK)
    ribs = [
        prism([(x, z + 0.012) for x, z in outline], 0.05, np.asarray(colour) * 0.85).moved(y=y)
        for y in (-long * 0.25, long * 0.25)
    ]
    return join(prism(outline, long + 0.05, colour), grip, *ribs)


def container(state: str) -> Callable[[np.random.Generator], Mesh]:
    def make(rng: np.random.Generator) -> Mesh:
        colour, long = pick(rng, PLASTIC), float(rng.choice([1.26, 1.37]))
        lid_colour = colour if rng.random() < 0.6 else pick(rng, PLASTIC)
        body, lid = container_body(rng, long, colour), container_lid(long, lid_colour)
        if state == "normal":
            return join(body, lid.moved(-0.51, 0, 1.15))
        if state == "lid-open":
            inside = waste.heaped(rng, (0.8, long * 0.85), 0.14, 4).moved(0, 0, 0.82)
            return join(body, lid.rotated("y", -rng.uniform(1.5, 2.1)).moved(-0.53, 0, 1.16), inside)
        if state == "over-rim":
            full = waste.heaped(rng, (0.95, long * 0.95), rng.uniform(0.35, 0.5), 6).moved(0.12, 0, 1.06)
            foot = [waste.bag(rng, 0.22).moved(0.7, s * 0.4) for s in (-1, 1) if rng.random() < 0.6]
            return join(body, lid.rotated("y", -rng.uniform(0.8, 1.25)).moved(-0.53, 0, 1.16), full, *foot)
        return toppled(rng, join(body, lid.rotated("y", -1.0).moved(-0.51, 0, 1.15)), 1.15, 0.3)

    return make
