"""What lies and hangs on a street stall: crates of fruit, shoes, toys, clothes, cartons."""

from __future__ import annotations

import numpy as np

from ..mesh import CLOTH, MATTE, METAL, Mesh, ball, box, cylinder, heap, join, lathe
from .shapes import BLACK, CARDBOARD, VIVID, WHITE, faceted, level_rings, limb_rings, pick, surface

FRUIT = [
    (0.62, 0.05, 0.03),
    (0.75, 0.30, 0.03),
    (0.72, 0.56, 0.08),
    (0.12, 0.34, 0.05),
    (0.30, 0.45, 0.08),
    (0.22, 0.03, 0.14),
    (0.60, 0.52, 0.34),
    (0.55, 0.14, 0.05),
]


def crate(rng: np.random.Generator, long: float, wide: float, height: float) -> Mesh:
    """An open box of fruit or vegetables on z = 0, `long` along y."""
    wood = pick(rng, [CARDBOARD[3], (0.08, 0.18, 0.40), (0.10, 0.32, 0.14), (0.45, 0.05, 0.05), WHITE])
    t = 0.015
    sides = [box((t, long, height), (s * wide / 2, 0, height / 2), wood) for s in (-1, 1)]
    sides += [box((wide, t, height), (0, s * long / 2, height / 2), wood) for s in (-1, 1)]
    colour = pick(rng, FRUIT)
    fill = heap(
        (wide * 1.25, long * 1.25, 0.11), rng, np.array([colour, colour * 0.75, colour * 1.2]), rough=0.12, cells=6
    )
    clip = np.array([wide / 2, long / 2])
    fill.position[:, :2] = np.clip(fill.position[:, :2], -clip, clip)
    pieces = [
        ball(0.045, np.clip(colour * rng.uniform(0.8, 1.25), 0, 0.9), segments=6).moved(
            rng.uniform(-0.35, 0.35) * wide, rng.uniform(-0.35, 0.35) * long, height + 0.03 + rng.uniform(0, 0.03)
        )
        for _ in range(2)
    ]
    return join(*sides, fill.moved(z=height * 0.75), *pieces)


def small_shoe(colour) -> Mesh:
    """One shoe, toe to +x."""
    rows = [
        (-0.13, 0.0, 0.0),
        (-0.13, 0.035, 0.10),
        (-0.02, 0.035, 0.075),
        (0.09, 0.045, 0.05),
        (0.14, 0.02, 0.03),
        (0.14, 0, 0),
    ]
    angle = np.arange(6) * np.pi / 3
    rings = [
        np.stack([np.full(6, x), w * np.cos(angle), np.clip(h * np.sin(angle), 0, None)], axis=1) for x, w, h in rows
    ]
    return surface(np.array(rings), colour)


def item(rng: np.random.Generator, sort: str) -> Mesh:
    """One small good of about 0.2 m on z = 0."""
    colour = pick(rng, VIVID)
    if sort == "shoes":
        colour = pick(rng, [BLACK, WHITE, (0.30, 0.16, 0.07), (0.5, 0.06, 0.05), (0.1, 0.15, 0.4)])
        return join(small_shoe(colour).moved(y=0.05), small_shoe(colour).moved(y=-0.05))
    if sort == "clothes":
        return join(
            *(
                box(
                    (0.24, 0.18, 0.03),
                    (rng.normal(0, 0.008), 0, 0.015 + 0.03 * k),
                    pick(rng, VIVID),
                    CLOTH,
                    (0.95, 0.95),
                )
                for k in range(int(rng.integers(1, 4)))
            )
        )
    if sort == "toys":
        shape = rng.integers(4)
        if shape == 0:
            return ball(rng.uniform(0.05, 0.08), colour, segments=8).moved(z=0.06)
        if shape == 1:
            body, head = ball((0.06, 0.07, 0.08), colour, segments=8), ball(0.055, colour * 0.9, segments=8)
            return join(body.moved(z=0.08), head.moved(z=0.19))
        if shape == 2:
            car = box((0.20, 0.09, 0.05), (0, 0, 0.045), colour)
            return join(car, box((0.10, 0.08, 0.05), (-0.01, 0, 0.09), colour * 0.5, top=(0.7, 0.9)))
        return box((0.16, 0.12, rng.uniform(0.05, 0.2)), (0, 0, 0.06), colour)
    if sort == "bags":
        rows = [(0, 0, 0), (0.0, 0.06, 0.11), (0.16, 0.04, 0.10), (0.2, 0.0, 0.08)]
        return faceted(level_rings(rows, 8), colour, CLOTH)
    return join(
        cylinder(0.05, 0.12, colour, segments=8).moved(z=0.06), cylinder(0.03, 0.05, BLACK, segments=6).moved(z=0.14)
    )


def garment(rng: np.random.Generator, long: float = 0.75) -> Mesh:
    """A shirt, coat or dress on a hanger; the hook is the origin, the cloth spreads along x."""
    colour = pick(rng, VIVID + [(0.1, 0.15, 0.28), (0.35, 0.3, 0.22), (0.2, 0.2, 0.2)])
    flare = rng.uniform(0.9, 1.25)
    rows = [
        (-long, 0.0, 0.0),
        (-long, 0.21 * flare, 0.05),
        (-long * 0.5, 0.20, 0.045),
        (-0.20, 0.215, 0.035),
        (-0.13, 0.21, 0.03),
        (-0.08, 0.06, 0.025),
        (-0.06, 0.0, 0.0),
    ]
    rings = level_rings(rows, 8)
    rings[1, :, :2] *= 1 + 0.12 * np.array([1, -1] * 4)[:, None]
    hook = box((0.01, 0.006, 0.08), (0, 0, -0.03), (0.3, 0.3, 0.3), METAL)
    parts = [surface(rings, colour, CLOTH), hook]
    for side in (-1, 1):
        sleeve = limb_rings(
            np.array([[side * 0.16, 0, -0.13], [side * 0.19, 0, -0.14], [side * 0.28, 0, -0.45]]), [0.0, 0.05, 0.045], 5
        )
        parts.append(surface(sleeve, colour * 0.92, CLOTH))
    return join(*parts)


def carton(rng: np.random.Generator, size) -> Mesh:
    """A closed cardboard box on z = 0 with tape over the top."""
    x, y, z = size
    brown = pick(rng, CARDBOARD)
    tape = box((x * 1.004, 0.05, 0.004), (0, 0, z), brown * 1.3)
    return join(box(size, (0, 0, z / 2), brown), tape)


def steamer(rng: np.random.Generator) -> Mesh:
    """A pot or a stack of bamboo steamers on z = 0."""
    if rng.random() < 0.5:
        return lathe(
            [(0, 0), (0.17, 0), (0.18, 0.22), (0.19, 0.23), (0.15, 0.27), (0.03, 0.30), (0.03, 0.33), (0, 0.33)],
            (0.5, 0.5, 0.5),
            METAL,
            12,
        )
    rings = [
        lathe([(0, 0), (0.2, 0), (0.2, 0.10), (0.19, 0.11), (0, 0.11)], CARDBOARD[3], MATTE, 12).moved(z=0.11 * k)
        for k in range(3)
    ]
    return join(*rings)
