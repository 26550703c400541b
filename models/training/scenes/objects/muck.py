"""The Chinese 8x4 muck truck: its tub empty, covered or loaded."""

from __future__ import annotations

import numpy as np

from ..mesh import CLOTH, LAMP_FRONT, MATTE, METAL, Mesh, box, heap, join, quad, triangles
from .bodywork import smoothed, wheels
from .carshapes import HEAVY_CAB
from .truckparts import AMBER, CHASSIS, HEAVY_WHEEL, cab, frame, rear_plate, side_marks

EARTH = np.array([(0.16, 0.1, 0.06), (0.21, 0.14, 0.085), (0.12, 0.085, 0.06), (0.25, 0.2, 0.15), (0.18, 0.12, 0.07)])
CLAY = np.array([(0.27, 0.17, 0.09), (0.33, 0.21, 0.11), (0.22, 0.13, 0.07), (0.3, 0.2, 0.12)])
RUBBLE = np.array([(0.28, 0.27, 0.25), (0.2, 0.17, 0.14), (0.35, 0.33, 0.3), (0.24, 0.12, 0.08), (0.16, 0.13, 0.1)])
MUD = (0.2, 0.15, 0.1)
TUB_COLOURS = (
    (0.03, 0.14, 0.06),
    (0.3, 0.035, 0.025),
    (0.2, 0.21, 0.21),
    (0.1, 0.11, 0.12),
    (0.04, 0.2, 0.12),
    (0.35, 0.14, 0.02),
)
RIM, FLOOR, TUB = 2.72, 1.25, (-4.4, 2.05)


def truck(rng: np.random.Generator) -> Mesh:
    """Cab, frame, wheels and hollow tub of the 8x4 dump truck."""
    colour = np.array(TUB_COLOURS[rng.integers(len(TUB_COLOURS))]) * rng.uniform(0.8, 1.2)
    front = cab(HEAVY_CAB, visor=True).moved(x=2.4)
    lamps = [
        box((0.14, 0.3, 0.12), (3.3, y, 3.12), AMBER, LAMP_FRONT if k else MATTE, (0.7, 0.8))
        for k, y in enumerate((-0.75, 0.75))
    ]
    sign = box((0.16, 1.3, 0.26), (3.75, 0, 3.16), ((0.02, 0.25, 0.1), (0.4, 0.03, 0.02))[rng.integers(2)])
    words = [box((0.19, 0.16, 0.16), (3.755, y, 3.17), (0.85, 0.8, 0.5)) for y in (-0.42, -0.14, 0.14, 0.42)]
    run = {**HEAVY_WHEEL, "hub": (MUD, (0.3, 0.29, 0.28), (0.35, 0.05, 0.03))[rng.integers(3)]}
    parts = [front, *lamps, sign, *words, frame(-4.35, 2.6, 2.4, 0.98, rng), _tub(colour, rng)]
    parts += [wheels((3.06, 1.3), 1.2, 0.52, 0.3, **run), wheels((-2.0, -3.35), 1.22, 0.52, 0.5, **run)]
    parts += [box((0.85, 0.34, 0.03), (x, y, 1.12), CHASSIS) for x in (1.3, -2.0, -3.35) for y in (-1.05, 1.05)]
    return join(*parts, rear_plate(-4.4, 0.72))


def _tub(colour, rng: np.random.Generator) -> Mesh:
    x0, x1 = TUB
    mid, length, high = (x0 + x1) / 2, x1 - x0, RIM - FLOOR
    inside = np.array(colour) * 0.3 + np.array(MUD) * 0.6
    parts = [box((length, 2.36, 0.1), (mid, 0, FLOOR), inside)]
    parts.append(box((length, 1.0, 0.2), (mid, 0, FLOOR - 0.14), CHASSIS))
    for y in (-1, 1):
        parts.append(box((length, 0.05, high), (mid, y * 1.19, FLOOR + high / 2), colour, METAL))
        parts.append(box((length, 0.012, high - 0.1), (mid, y * 1.16, FLOOR + high / 2), inside))
        parts.append(box((length + 0.04, 0.13, 0.15), (mid, y * 1.21, RIM - 0.05), colour, METAL))
        parts.append(box((length, 0.12, 0.14), (mid, y * 1.2, FLOOR), colour * 0.7 + np.array(MUD) * 0.3))
        for x in np.linspace(x0 + 0.06, x1 - 0.06, 9):
            parts.append(box((0.13, 0.1, high - 0.05), (x, y * 1.24, FLOOR + high / 2), colour * 0.9, METAL))
    for x, z in ((x0, 0.0), (x1, 0.16)):
        parts.append(box((0.07, 2.4, high + z), (x, 0, FLOOR + (high + z) / 2), colour, METAL))
        parts.append(box((0.13, 2.4, 0.14), (x, 0, RIM - 0.04 + z), colour, METAL))
    parts += [
        box((0.1, 0.1, high), (x0 - 0.05, y, FLOOR + high / 2), colour * 0.85) for y in (-1.1, -0.55, 0, 0.55, 1.1)
    ]
    ink = (0.75, 0.75, 0.72)
    parts += [box((0.02, 0.15, 0.26), (x0 - 0.11, y, 2.2), ink) for y in np.linspace(-0.75, 0.75, 7)]
    parts += [side_marks(x0 + 0.1, x1 - 0.1, 1.305, FLOOR - 0.02), _splashes(x0, x1, rng)]
    return join(*parts)


def _splashes(x0: float, x1: float, rng: np.random.Generator) -> Mesh:
    """Dried mud on the lower side walls."""
    made = []
    for y in (-1.218, 1.218):
        for x in rng.uniform(x0 + 0.4, x1 - 0.4, 9):
            w, h = rng.uniform(0.15, 0.35), rng.uniform(0.1, 0.6)
            low, edge = FLOOR + 0.08, [(x - w, 0), (x + w, 0), (x + w * 0.4, h), (x - w * 0.6, h * 0.8)]
            corners = [(u, y, low + v) for u, v in (edge if y < 0 else edge[::-1])]
            made.append(quad(*corners, np.array(MUD) * rng.uniform(0.7, 1.2)))
    return join(*made)


def _sheet(z: np.ndarray, palette: np.ndarray, rng: np.random.Generator, material: int = MATTE) -> Mesh:
    """A surface across the tub's opening with heights `z` (along, across); smooth if it has one colour only."""
    along, across = np.linspace(TUB[0] + 0.03, TUB[1] - 0.03, z.shape[0]), np.linspace(-1.17, 1.17, z.shape[1])
    v = np.stack([*np.meshgrid(along, across, indexing="ij"), z], axis=-1)
    a, b, c, d = v[:-1, :-1], v[1:, :-1], v[1:, 1:], v[:-1, 1:]
    corners = np.concatenate([np.stack([a, b, c], 2).reshape(-1, 3, 3), np.stack([a, c, d], 2).reshape(-1, 3, 3)])
    made = triangles(corners, (1, 1, 1), material, smoothed(corners, 60) if len(palette) == 1 else None)
    pick = palette[rng.integers(len(palette), size=len(corners))]
    return Mesh(made.position, made.normal, np.repeat(pick, 3, axis=0), made.material)


def _earth(level: float, bump: float, palette: np.ndarray, rng: np.random.Generator) -> Mesh:
    """Loose earth from wall to wall around height `level`."""
    noise = rng.normal(size=(21, 9))
    noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)) / 2
    crown = np.outer(np.sin(np.linspace(0.3, np.pi - 0.3, 21)), np.sin(np.linspace(0.2, np.pi - 0.2, 9)))
    return _sheet(level + bump * noise + 0.12 * crown, palette, rng)


def _palette(rng: np.random.Generator) -> np.ndarray:
    palette = (EARTH, CLAY, RUBBLE)[rng.integers(3)] * rng.uniform(0.5, 0.85)
    return 0.6 * palette.mean(axis=0) + 0.4 * palette


def _sized(rng: np.random.Generator, *parts: Mesh) -> Mesh:
    """The finished truck, 8.4 to 9.2 m long."""
    return join(*parts).scaled(rng.uniform(0.94, 1.02), 1.0, 1.0)


def empty(rng: np.random.Generator) -> Mesh:
    made = truck(rng)
    crumbs = heap((2.2, 1.6, 0.12), rng, EARTH * 0.7, rough=0.12, cells=6).moved(rng.uniform(-3, 0), 0, FLOOR + 0.05)
    return _sized(rng, made, crumbs)


def loaded(rng: np.random.Generator) -> Mesh:
    """Heaped visibly above the rim."""
    made, palette, high = truck(rng), _palette(rng), rng.uniform(0.6, 0.95)
    mounds = [
        heap((3.6, 2.3, high * k), rng, palette, cells=9).moved(x, 0, RIM - 0.22)
        for x, k in ((-2.5, rng.uniform(0.8, 1.1)), (0.1, rng.uniform(0.8, 1.1)))
    ]
    return _sized(rng, made, _earth(RIM - 0.14, 0.05, palette, rng), *mounds)


def loaded_low(rng: np.random.Generator) -> Mesh:
    """Filled to just under the rim."""
    made, palette = truck(rng), _palette(rng)
    return _sized(rng, made, _earth(RIM - rng.uniform(0.28, 0.5), 0.07, palette, rng))


def covered(rng: np.random.Generator) -> Mesh:
    """Closed by folding steel panels, a sliding lid, or a tarpaulin."""
    made = truck(rng)
    return _sized(rng, made, (_folding_lid, _sliding_lid, _tarpaulin)[rng.integers(3)](rng))


LID_COLOURS = ((0.16, 0.17, 0.17), (0.05, 0.055, 0.06), (0.04, 0.17, 0.08), (0.28, 0.29, 0.29), (0.22, 0.05, 0.03))


def _folding_lid(rng: np.random.Generator) -> Mesh:
    """Two leaves hinged at the sides, meeting in the middle."""
    colour = np.array(LID_COLOURS[rng.integers(len(LID_COLOURS))])
    mid, length = (TUB[0] + TUB[1]) / 2, TUB[1] - TUB[0]
    leaf = [box((length - 0.1, 1.17, 0.05), (mid, -0.595, RIM + 0.06), colour, METAL)]
    leaf += [box((0.08, 1.1, 0.06), (x, -0.595, RIM + 0.1), colour * 0.8, METAL) for x in np.linspace(-4.2, 1.85, 8)]
    leaf += [box((length - 0.2, 0.06, 0.06), (mid, y, RIM + 0.1), colour * 0.8, METAL) for y in (-0.06, -1.1)]
    right = join(*leaf).moved(z=-RIM, y=1.18).rotated("x", rng.uniform(0.0, 0.06)).moved(z=RIM, y=-1.18)
    return join(right, right.mirrored())


def _sliding_lid(rng: np.random.Generator) -> Mesh:
    """Flat overlapping panels that run on the rims."""
    colour = np.array(LID_COLOURS[rng.integers(len(LID_COLOURS))])
    edges = np.linspace(TUB[0], TUB[1], 5)
    parts = []
    for k, (a, b) in enumerate(zip(edges[:-1], edges[1:])):
        z = RIM + 0.05 + 0.05 * (k % 2)
        parts.append(box((b - a + 0.06, 2.36, 0.05), ((a + b) / 2, 0, z), colour * rng.uniform(0.9, 1.1), METAL))
        parts += [
            box((0.06, 2.3, 0.04), (a + s * (b - a), 0, z + 0.04), colour * 0.75, METAL)
            for s in (0.08, 0.36, 0.64, 0.92)
        ]
    return join(*parts)


def _tarpaulin(rng: np.random.Generator) -> Mesh:
    """A cloth drawn over hoops: slightly domed, with folds, hanging over the rims."""
    colour = np.array(((0.02, 0.02, 0.022), (0.1, 0.11, 0.11), (0.03, 0.13, 0.06), (0.04, 0.08, 0.2))[rng.integers(4)])
    along, across = np.linspace(0, 1, 27), np.linspace(-1, 1, 9)
    dome = rng.uniform(0.05, 0.3) * np.outer(np.sin(np.pi * along) ** 0.4, 1 - across**2)
    folds = 0.03 * np.outer(np.cos(np.arange(27) * np.pi), 0.3 + across**2) + rng.normal(0, 0.012, (27, 9))
    top = _sheet(RIM + 0.07 + dome + folds, colour[None], rng, CLOTH)
    hem = []
    edges = np.linspace(TUB[0], TUB[1], 16)
    for a, b in zip(edges[:-1], edges[1:]):
        drop = rng.uniform(0.12, 0.28)
        z = RIM + 0.05
        hem.append(
            quad((a, -1.32, z - drop), (b, -1.32, z - drop * 0.8), (b, -1.28, z), (a, -1.28, z), colour * 0.85, CLOTH)
        )
        hem.append(quad((a, -1.28, z), (b, -1.28, z), (b, -1.15, z + 0.04), (a, -1.15, z + 0.04), colour, CLOTH))
    right = join(*hem)
    return join(top, right, right.mirrored())
