"""Rubbish: tied bags, cartons, litter, mounds and old furniture, loose or heaped on a bin."""

from __future__ import annotations

import numpy as np

from ..mesh import CLOTH, Mesh, box, cylinder, heap, join, quad, triangles
from .shapes import BLACK, CARDBOARD, VIVID, WHITE, both_sides, lump, pick, tied_bag

BAGS = [
    (0.025, 0.025, 0.028),
    (0.025, 0.025, 0.028),
    (0.025, 0.025, 0.028),
    (0.04, 0.11, 0.34),
    (0.62, 0.62, 0.60),
    (0.25, 0.25, 0.25),
    (0.50, 0.10, 0.08),
    (0.10, 0.26, 0.13),
]
RUBBLE = [(0.30, 0.27, 0.23), (0.24, 0.21, 0.18), (0.36, 0.34, 0.31), (0.27, 0.16, 0.11), (0.19, 0.17, 0.14)]
LITTER = [*VIVID, *CARDBOARD, WHITE, WHITE, (0.5, 0.5, 0.45), (0.08, 0.08, 0.08)]


def scraps(rng: np.random.Generator, count: int, size, lift: float = 0.0) -> Mesh:
    """Crumpled paper, film, cups and bottles strewn over an ellipse of `size` (x, y)."""
    parts = []
    for _ in range(count):
        r, a = np.sqrt(rng.random()) / 2, rng.uniform(0, 6.3)
        x, y = r * np.cos(a) * size[0], r * np.sin(a) * size[1]
        colour, long = pick(rng, LITTER), rng.uniform(0.05, 0.13)
        kind = rng.integers(3)
        if kind == 0:
            made = crumpled(rng, long, colour)
        elif kind == 1:
            made = cylinder(0.03, long * 1.6, colour, axis="x", segments=6).moved(z=0.03)
        else:
            made = box((long, long * 0.7, 0.03), (0, 0, 0.015), colour, top=(0.8, 0.7))
        parts.append(made.rotated("z", rng.uniform(0, 6.3)).moved(x, y, lift))
    return join(*parts)


def crumpled(rng: np.random.Generator, size: float, colour) -> Mesh:
    """A creased sheet that lies on z = 0."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0.0]]) * size + rng.normal(0, 0.2 * size, (4, 3))
    corners[:, 2] = np.abs(corners[:, 2]) + 0.008
    return both_sides(quad(*corners, colour, CLOTH))


def bag(rng: np.random.Generator, radius: float) -> Mesh:
    return tied_bag(rng, radius, pick(rng, BAGS))


def open_carton(rng: np.random.Generator, size) -> Mesh:
    """A whole cardboard box on z = 0, its flaps up or shut."""
    x, y, z = size
    brown = pick(rng, CARDBOARD)
    parts = [box(size, (0, 0, z / 2), brown), box((x * 1.004, 0.05, 0.003), (0, 0, z), brown * 1.4)]
    if rng.random() < 0.6:
        parts.append(box((x * 0.9, y * 0.9, 0.004), (0, 0, z), brown * 0.25))
        for side in (-1, 1):
            flap = box((0.006, y, 0.4 * x), (0, 0, 0.2 * x), brown * 1.1).rotated("y", side * rng.uniform(0.2, 1.2))
            parts.append(flap.moved(side * x / 2, 0, z))
    return join(*parts)


def flat_carton(rng: np.random.Generator) -> Mesh:
    """A flattened box, slightly bent, on z = 0."""
    x, y = rng.uniform(0.4, 0.8), rng.uniform(0.5, 1.0)
    brown = pick(rng, CARDBOARD)
    half = box((x / 2, y, 0.012), (x / 4, 0, 0.006), brown)
    return join(half.rotated("y", rng.uniform(-0.12, 0)), half.rotated("z", np.pi).rotated("y", rng.uniform(0, 0.12)))


def bags(rng: np.random.Generator) -> Mesh:
    """A clump of three to seven bags, about a metre wide."""
    count = int(rng.integers(3, 8))
    parts, spread = [], 0.30 if count > 3 else 0.25
    for k in range(count):
        radius = rng.uniform(0.18, 0.30)
        if k >= 5:
            x, y, z = rng.normal(0, 0.08, 2).tolist() + [0.27]
        else:
            a = 2 * np.pi * k / min(count, 5) + rng.normal(0, 0.2)
            x, y, z = spread * np.cos(a), spread * np.sin(a), 0.0
        parts.append(bag(rng, radius).moved(x, y, z))
    return join(*parts, scraps(rng, 5, (1.2, 1.2)))


def boxes(rng: np.random.Generator) -> Mesh:
    """Cartons, whole and flattened, by the kerb."""
    parts, top = [], 0.0
    for _ in range(int(rng.integers(3, 6))):
        parts.append(flat_carton(rng).rotated("z", rng.normal(0, 0.3)).moved(0.1, -0.15, top))
        top += 0.03
    for k in range(int(rng.integers(3, 6))):
        size = rng.uniform(0.25, 0.5, 3) * [1.0, 1.1, 0.9]
        x, y = [(-0.25, 0.4), (0.3, 0.35), (-0.3, -0.35), (0.05, 0.0), (0.4, -0.4)][k]
        tilt = rng.normal(0, 0.06)
        parts.append(
            open_carton(rng, size)
            .rotated("z", rng.normal(0, 0.5))
            .moved(x, y, top if k > 1 else 0.0)
            .rotated("x", tilt * 0.3)
        )
    leaning = box((0.015, 0.7, 0.55), (0, 0, 0.275), pick(rng, CARDBOARD)).rotated("y", -0.4).moved(0.62, 0.2)
    return join(*parts, leaning, scraps(rng, 6, (1.4, 1.4)))


def mound(rng: np.random.Generator) -> Mesh:
    """A mixed heap: rubble and earth, bags, cartons, planks and litter on top."""
    wide, long, high = rng.uniform(1.4, 2.0), rng.uniform(1.6, 2.6), rng.uniform(0.4, 0.7)
    blended = (np.array(RUBBLE) + np.mean(RUBBLE, axis=0)) / 2
    parts = [settled(heap((wide, long, high), rng, blended, rough=0.12, cells=15), high)]
    for _ in range(14):
        x, y, z = on_mound(rng, wide, long, high)
        parts.append(lump(rng, rng.uniform(0.06, 0.14), pick(rng, RUBBLE), rough=0.12, segments=6).moved(x, y, z))
    for _ in range(int(rng.integers(3, 6))):
        x, y, z = on_mound(rng, wide, long, high)
        parts.append(bag(rng, rng.uniform(0.16, 0.26)).moved(x, y, z - 0.08))
    for _ in range(3):
        x, y, z = on_mound(rng, wide, long, high)
        parts.append(open_carton(rng, rng.uniform(0.2, 0.4, 3)).rotated("x", rng.normal(0, 0.3)).moved(x, y, z - 0.05))
        x, y, z = on_mound(rng, wide, long, high)
        plank = box((0.9, 0.12, 0.025), (0, 0, 0), (0.34, 0.24, 0.14)).rotated("y", rng.normal(0, 0.35))
        parts.append(plank.rotated("z", rng.uniform(0, 3.1)).moved(x * 0.6, y * 0.6, z + 0.08))
    for _ in range(26):
        x, y, z = on_mound(rng, wide, long, high)
        parts.append(crumpled(rng, rng.uniform(0.05, 0.12), pick(rng, LITTER)).moved(x, y, z + 0.05))
    whole = join(*parts, scraps(rng, 8, (wide * 1.3, long * 1.2)))
    whole.position[:, 2] = np.maximum(whole.position[:, 2], 0.0)
    return whole


def settled(mound: Mesh, high: float) -> Mesh:
    """The same mound with its steep foot run out flat."""
    corners = mound.position.reshape(-1, 3, 3).copy()
    corners[..., 2] = high * (corners[..., 2] / high) ** 1.7
    flat = triangles(corners, (1, 1, 1))
    return Mesh(flat.position, flat.normal, mound.colour, mound.material)


def on_mound(rng: np.random.Generator, wide: float, long: float, high: float) -> tuple[float, float, float]:
    """A point on a heap of that size."""
    r, a = np.sqrt(rng.uniform(0, 0.75)), rng.uniform(0, 6.3)
    return r * np.cos(a) * wide / 2, r * np.sin(a) * long / 2, high * (1 - r**2)


def furniture(rng: np.random.Generator) -> Mesh:
    """An old sofa or a mattress, cupboard boards and a chair put out on the street."""
    cloth = pick(
        rng, [(0.22, 0.12, 0.07), (0.30, 0.06, 0.06), (0.12, 0.18, 0.24), (0.35, 0.30, 0.22), (0.05, 0.05, 0.05)]
    )
    parts = [sofa(rng, cloth)] if rng.random() < 0.55 else [mattress(rng)]
    wood = pick(rng, [(0.36, 0.22, 0.11), (0.55, 0.50, 0.42), (0.22, 0.11, 0.05)])
    for k in range(int(rng.integers(3, 6))):
        board = box((0.02, rng.uniform(0.4, 0.7), rng.uniform(0.9, 1.5)), (0, 0, 0), wood * rng.uniform(0.8, 1.1))
        low = board.rotated("y", -rng.uniform(0.35, 0.6)).rotated("z", np.pi + rng.normal(0, 0.15))
        parts.append(low.moved(-0.62 - 0.05 * k, rng.uniform(-0.5, 0.5), -low.bounds()[0, 2]))
    chest = cupboard(wood).rotated("z", rng.normal(0, 0.2)).moved(0.1, 1.35)
    return join(*parts, chest, scraps(rng, 10, (2.2, 3.0)), bag(rng, 0.22).moved(0.6, -0.9))


def sofa(rng: np.random.Generator, cloth) -> Mesh:
    long = rng.uniform(1.5, 1.9)
    parts = [
        box((0.85, long, 0.30), (0, 0, 0.20), cloth, CLOTH),
        box((0.24, long, 0.55), (-0.36, 0, 0.55), cloth, CLOTH, (0.7, 0.97)),
    ]
    for side in (-1, 1):
        parts.append(box((0.85, 0.20, 0.36), (0, side * (long / 2 + 0.05), 0.42), cloth * 0.9, CLOTH, top=(0.95, 0.85)))
        parts.append(
            box((0.58, long / 2 - 0.04, 0.14), (0.10, side * long / 4, 0.42), cloth * 1.15, CLOTH, top=(0.93, 0.93))
        )
        parts.append(
            box((0.12, long / 2 - 0.06, 0.40), (-0.20, side * long / 4, 0.64), cloth * 1.1, CLOTH, (0.6, 0.9)).rotated(
                "y", -0.04
            )
        )
        parts += [box((0.06, 0.06, 0.06), (x, side * long * 0.45, 0.03), BLACK) for x in (-0.35, 0.35)]
    tear = box((0.2, 0.18, 0.01), (0.15, long * 0.2, 0.493), (0.6, 0.52, 0.35), CLOTH)
    return join(*parts, tear)


def mattress(rng: np.random.Generator) -> Mesh:
    """Leans on its long edge."""
    cover = pick(rng, [(0.55, 0.52, 0.46), (0.50, 0.42, 0.40), (0.35, 0.42, 0.50)])
    slab = box((0.20, 1.9, 1.2), (0, 0, 0.6), cover, CLOTH)
    stripes = [box((0.205, 0.05, 1.19), (0, y, 0.6), cover * 0.75, CLOTH) for y in np.linspace(-0.8, 0.8, 7)]
    stain = box((0.21, 0.35, 0.3), (0, rng.uniform(-0.5, 0.5), 0.7), cover * np.array([0.7, 0.6, 0.4]), CLOTH)
    return join(slab, *stripes, stain).rotated("y", -0.35).moved(0.3, 0, 0.035)


def cupboard(wood) -> Mesh:
    """A broken cupboard on its feet, one door hanging open."""
    dark = wood * 0.3
    parts = [box((0.42, 0.75, 0.9), (0, 0, 0.45), wood), box((0.01, 0.68, 0.80), (0.21, 0, 0.45), dark)]
    parts += [box((0.012, 0.66, 0.02), (0.213, 0, z), wood * 0.8) for z in (0.3, 0.6)]
    door = box((0.02, 0.37, 0.85), (0, 0.185, 0.45), wood * 1.1).rotated("z", -1.0).moved(0.22, -0.37)
    shut = box((0.02, 0.36, 0.85), (0.22, 0.19, 0.45), wood * 1.05)
    knob = box((0.03, 0.02, 0.08), (0.24, 0.04, 0.5), (0.5, 0.45, 0.3))
    return join(*parts, door, shut, knob)


def heaped(rng: np.random.Generator, size, height: float, count: int) -> Mesh:
    """Bags and boxes piled over an opening of `size` (x, y); z = 0 is the rim."""
    parts = [heap((size[0], size[1], height * 0.6), rng, [*BAGS[:5], *CARDBOARD], rough=0.15, cells=7)]
    for k in range(count):
        radius = rng.uniform(0.7, 0.95) * min(size[0], size[1] / 1.3, 0.55) / 2
        x, y = rng.uniform(-0.30, 0.30) * size[0], ((k + 0.5) / count - 0.5) * size[1] * 0.85
        lift = height * rng.uniform(0.15, 0.6)
        if rng.random() < 0.3:
            made = open_carton(rng, rng.uniform(0.7, 1.1, 3) * radius * 1.6).rotated("x", rng.normal(0, 0.35))
            parts.append(made.rotated("z", rng.uniform(0, 3)).moved(x, y, lift))
        else:
            parts.append(bag(rng, radius).rotated("x", rng.normal(0, 0.3)).moved(x, y, lift - radius * 0.4))
    return join(*parts, scraps(rng, 5, size, height * 0.7))


def spill(rng: np.random.Generator, long: float, wide: float) -> Mesh:
    """Rubbish that slid out of a fallen bin: from x = 0 to `long`."""
    drift = heap((long * 1.2, wide, 0.22), rng, [*BAGS[:5], *CARDBOARD, WHITE], rough=0.2, cells=10).moved(long * 0.35)
    parts = [
        bag(rng, rng.uniform(0.15, 0.22)).moved(rng.uniform(0.1, long), rng.uniform(-0.35, 0.35) * wide)
        for _ in range(3)
    ]
    return join(drift, *parts, scraps(rng, 12, (long * 1.6, wide * 1.5)).moved(long * 0.6))
