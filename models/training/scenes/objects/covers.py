"""Iron in the ground: manhole covers, the hole where one is missing, gully grates."""

from __future__ import annotations

import numpy as np

from ..mesh import MATTE, METAL, Mesh, box, join, lathe, quad
from .shapes import lump, pick

IRON = (0.09, 0.085, 0.08)


def manhole(rng: np.random.Generator) -> Mesh:
    """A ribbed round cover in its frame, flat on the road."""
    radius, iron = rng.uniform(0.33, 0.40), pick(rng, [IRON, (0.14, 0.13, 0.12), (0.11, 0.08, 0.06)])
    parts = [
        flat_ring(0.0, radius, 0.012, iron),
        flat_ring(radius, radius + 0.015, 0.011, (0.02, 0.02, 0.02)),
        flat_ring(radius + 0.015, radius + 0.09, 0.012, iron * 1.5),
        flat_ring(radius * 0.86, radius * 0.92, 0.015, iron * 1.7),
    ]
    parts.append(flat_ring(radius * 0.22, radius * 0.28, 0.015, iron * 1.7))
    for x in np.arange(-0.75, 0.8, 0.125) * radius:
        half = np.sqrt((radius * 0.82) ** 2 - x**2)
        for sign_y in (-1, 1):
            for part in (0.35, 0.75):
                y = sign_y * part * half
                if x**2 + y**2 > (0.32 * radius) ** 2:
                    parts.append(box((0.020, half * 0.32, 0.006), (x, y, 0.013), iron * 1.7, METAL))
    parts += [box((0.05, 0.03, 0.003), (s * radius * 0.7, 0, 0.017), (0.01, 0.01, 0.01)) for s in (-1, 1)]
    return join(*parts).rotated("z", rng.uniform(0, 3.1))


def flat_ring(inner: float, outer: float, z: float, colour, segments: int = 32) -> Mesh:
    """A ring that faces up."""
    return lathe([(outer, z), (inner, z)], colour, METAL, segments)


def manhole_missing(rng: np.random.Generator) -> Mesh:
    """The frame with a black hole in it; the lid may lie beside."""
    radius = rng.uniform(0.33, 0.40)
    stone = pick(rng, [(0.20, 0.20, 0.19), (0.28, 0.27, 0.25)])
    parts = [
        lathe([(radius * 0.97, 0.008), (0.0, 0.008)], (0.002, 0.002, 0.002), MATTE, 32),
        flat_ring(radius, radius + 0.08, 0.014, stone),
    ]
    parts.append(lathe([(radius, 0.014), (radius * 0.97, 0.008)], (0.04, 0.035, 0.03), MATTE, 32))
    crescent = [[radius * 0.97 * np.cos(a), radius * 0.97 * np.sin(a), 0.009] for a in np.linspace(2.2, 4.1, 9)]
    deep = [[0.80 * p[0], 0.86 * p[1], 0.009] for p in crescent]
    for a, b, c, d in zip(crescent[:-1], crescent[1:], deep[1:], deep[:-1]):
        parts.append(quad(a, b, c, d, (0.05, 0.045, 0.04)))
    if rng.random() < 0.4:
        lid = lathe(
            [(0, 0), (radius, 0), (radius, 0.04), (radius * 0.85, 0.04), (radius * 0.85, 0.03), (0, 0.03)],
            IRON,
            METAL,
            24,
        )
        a = rng.uniform(0, 6.3)
        parts.append(lid.rotated("y", 0.04).moved(1.02 * np.cos(a), 1.02 * np.sin(a), 0.015))
    chips = [lump(rng, rng.uniform(0.02, 0.05), stone * 0.8, rough=0.2, segments=6) for _ in range(6)]
    return join(
        *parts,
        *(
            c.moved((radius + 0.15) * np.cos(a), (radius + 0.15) * np.sin(a), 0.02)
            for c, a in zip(chips, rng.uniform(0, 6.3, 6))
        ),
    )


def grate(rng: np.random.Generator) -> Mesh:
    """A gully grate at the kerb, bars across."""
    long, wide, iron = rng.uniform(0.6, 0.8), rng.uniform(0.35, 0.45), pick(rng, [IRON, (0.15, 0.14, 0.13)])
    parts = [
        quad(
            (-long / 2, -wide / 2, 0.006),
            (long / 2, -wide / 2, 0.006),
            (long / 2, wide / 2, 0.006),
            (-long / 2, wide / 2, 0.006),
            (0.003, 0.003, 0.003),
        )
    ]
    parts += [box((long + 0.08, 0.04, 0.014), (0, s * wide / 2, 0.007), iron * 1.4, METAL) for s in (-1, 1)]
    parts += [box((0.04, wide, 0.014), (s * (long / 2 + 0.02), 0, 0.007), iron * 1.4, METAL) for s in (-1, 1)]
    parts += [
        box((0.022, wide, 0.012), (x, 0, 0.007), iron * 1.3, METAL)
        for x in np.arange(-long / 2 + 0.05, long / 2, 0.052)
    ]
    return join(*parts, box((long, 0.03, 0.013), (0, 0, 0.007), iron * 1.3, METAL))
