"""A street from a seed: road, kerbs, pavements, shop fronts, trees, lamps and furniture.

The road runs along x and its middle is y = 0; traffic keeps to the right, so
what drives towards +x has y < 0. Pavements lie 0.15 m higher than the road.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from . import mesh
from .light import Lamp
from .mesh import Mesh, box, join, quad
from .objects import scenery

KERB = 0.15  # metres
START, END = -25.0, 130.0


@dataclass(frozen=True)
class Street:
    """What stories need to know of a street."""

    mesh: Mesh  # all that stands
    ground: Mesh  # road, pavements and what is painted on them
    half: float  # half the road's width, kerb to kerb
    pavement: float  # its width
    lane: float  # width of a lane
    lanes: int  # in each direction
    lamps: tuple[Lamp, ...]
    trunks: tuple[tuple[float, float], ...] = field(default=())  # what may stand in the line of sight
    furniture: tuple[tuple[float, float], ...] = field(default=())  # where anything stands already

    def height(self, y: float) -> float:
        """Ground height at y."""
        return KERB if abs(y) > self.half else 0.0

    def lane_y(self, direction: int, index: int) -> float:
        """Middle of a lane: `direction` 1 drives towards +x, `index` 0 is next to the road's middle."""
        return -direction * (index + 0.5) * self.lane

    def kerb_y(self, side: int, off: float = 1.15) -> float:
        """`off` metres from the kerb of a side (1 is y > 0), on the road; negative on the pavement."""
        return side * (self.half - off)


def street(rng: np.random.Generator, keep_clear: tuple[float, float, float, float] | None = None) -> Street:
    """`keep_clear` (x0, y0, x1, y1) is a line of sight that trees and posts stay away from."""
    lanes = int(rng.choice([1, 1, 2]))
    lane = rng.uniform(3.3, 3.7)
    half = lanes * lane + (rng.uniform(1.6, 2.6) if lanes == 1 else rng.uniform(0.3, 0.9))
    pavement = rng.uniform(3.5, 6.0)
    ground = join(_ground(rng, half, pavement), *_markings(rng, half, lane, lanes))
    parts = _blocks(rng, half + pavement)
    trunks, lamps, furniture = [], [], []
    for side in (-1, 1):
        for kind, x, y in _furniture(rng, half, pavement, side):
            if keep_clear and _from_segment(x, y, *keep_clear) < (2.4 if kind == "tree" else 1.0):
                continue
            turn = 0.0 if side > 0 else np.pi
            z = KERB if abs(y) > half else 0.0
            furniture.append((x, y))
            parts.append(placed(scenery(kind, int(rng.integers(24))), x, y, turn, z))
            if kind == "tree":
                trunks.append((x, y))
            if kind == "lamp-post":
                warm = rng.uniform(0.55, 0.95)
                lamps.append(
                    Lamp(
                        (x, y - side * 1.8, 7.6),
                        (0.0, -side * 0.25, -0.97),
                        (9.0, 9.0 * warm**0.5, 9.0 * warm),
                        0.2,
                        24.0,
                    )
                )
    return Street(join(*parts), ground, half, pavement, lane, lanes, tuple(lamps), tuple(trunks), tuple(furniture))


def placed(m: Mesh, x: float, y: float, yaw: float = 0.0, z: float = 0.0, tint=(0.7, 0.7, 0.7)) -> Mesh:
    """A copy that is part of the scenery: turned, moved, its PAINT coloured for good."""
    colour = np.where((m.material == mesh.PAINT)[:, None], m.colour * np.asarray(tint), m.colour)
    return Mesh(m.position, m.normal, colour, m.material).rotated("z", yaw).moved(x, y, z)


def _from_segment(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> float:
    way = np.array([x1 - x0, y1 - y0])
    t = np.clip(np.dot([x - x0, y - y0], way) / max(np.dot(way, way), 1e-9), 0, 1)
    return float(np.hypot(x - x0 - t * way[0], y - y0 - t * way[1]))


def _flat(x0, x1, y0, y1, z, colour, material) -> Mesh:
    return quad((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z), colour, material)


def _ground(rng: np.random.Generator, half: float, pavement: float) -> Mesh:
    grey = rng.uniform(0.10, 0.22)
    tiles = rng.choice([0, 1, 2])
    stone = [(0.42, 0.40, 0.37), (0.45, 0.33, 0.28), (0.36, 0.37, 0.38)][tiles]
    parts = [_flat(START, END, -half, half, 0.0, (grey, grey, grey * rng.uniform(0.95, 1.05)), mesh.ASPHALT)]
    for side in (-1, 1):
        a, b = sorted((side * half, side * (half + pavement)))
        parts.append(_flat(START, END, a, b, KERB, stone, mesh.PAVING))
        far_a, far_b = sorted((side * (half + pavement), side * (half + pavement + 60)))
        parts.append(_flat(START, END, far_a, far_b, KERB - 0.01, (0.25, 0.26, 0.22), mesh.GRASS))
        parts.append(
            box(
                (END - START, 0.16, KERB + 0.02),
                ((START + END) / 2, side * (half + 0.02), KERB / 2),
                (0.5, 0.5, 0.48),
                mesh.FACADE,
            )
        )
        if rng.random() < 0.35:  # a yellow line: no parking
            parts.append(
                _flat(
                    START,
                    END,
                    *sorted((side * (half - 0.35), side * (half - 0.2))),
                    0.006,
                    (0.75, 0.55, 0.08),
                    mesh.ROAD_PAINT,
                )
            )
        if rng.random() < 0.35:  # a green strip with a hedge between road and pavement
            a, b = sorted((side * (half + 0.2), side * (half + 1.0)))
            parts.append(_flat(START, END, a, b, KERB + 0.02, (0.16, 0.26, 0.09), mesh.GRASS))
    return join(*parts)


def _markings(rng: np.random.Generator, half: float, lane: float, lanes: int) -> list[Mesh]:
    white, yellow = (0.75, 0.75, 0.72), (0.75, 0.58, 0.1)
    z = 0.006
    middle = yellow if rng.random() < 0.6 else white
    parts = []
    if rng.random() < 0.5 or lanes == 2:
        for off in (-0.15, 0.15):
            parts.append(_flat(START, END, off - 0.06, off + 0.06, z, middle, mesh.ROAD_PAINT))
    else:
        parts += [_flat(x, x + 4, -0.07, 0.07, z, middle, mesh.ROAD_PAINT) for x in np.arange(START, END, 10)]
    for side in (-1, 1):
        for k in range(1, lanes):
            y = side * k * lane
            parts += [
                _flat(x, x + 2.5, y - 0.06, y + 0.06, z, white, mesh.ROAD_PAINT) for x in np.arange(START, END, 6)
            ]
        if half - lanes * lane > 1.0:
            y = side * lanes * lane
            parts.append(_flat(START, END, y - 0.06, y + 0.06, z, white, mesh.ROAD_PAINT))
    if rng.random() < 0.4:
        x = rng.uniform(26, 55)
        for y in np.arange(-half + 0.4, half - 0.4, 0.9):
            parts.append(_flat(x, x + 4, y, y + 0.45, z, white, mesh.ROAD_PAINT))
        parts.append(_flat(x - 2.2, x - 1.8, -half, 0, z, white, mesh.ROAD_PAINT))
    for _ in range(int(rng.integers(1, 5))):
        cover = scenery("manhole", int(rng.integers(24)))
        parts.append(cover.moved(rng.uniform(6, 50), rng.uniform(-half + 0.8, half - 0.8), 0.0))
    return parts


def _blocks(rng: np.random.Generator, front: float) -> list[Mesh]:
    parts = []
    for side in (-1, 1):
        x = START
        back = rng.uniform(0.0, 3.0)
        while x < END:
            m = scenery("wall" if rng.random() < 0.12 else "building", int(rng.integers(96)))
            low, high = m.bounds()
            width = high[0] - low[0]
            m = m.moved(-(low[0] + high[0]) / 2)
            parts.append(placed(m, x + width / 2, side * (front + back), 0.0 if side > 0 else np.pi, KERB))
            x += width + (rng.uniform(2, 6) if rng.random() < 0.2 else rng.uniform(0, 0.4))
    for y in np.arange(-45, 46, 15):  # the street's far end
        m = scenery("building", int(rng.integers(96)))
        parts.append(placed(m.scaled(1.2, 1.0, rng.uniform(1.0, 1.8)), END + rng.uniform(0, 8), y, -np.pi / 2))
    return parts


def _furniture(rng: np.random.Generator, half: float, pavement: float, side: int):
    """(kind, x, y) along one side; y is signed."""
    inner, outer = half + 0.7, half + pavement - 0.5
    if rng.random() < 0.7:
        step, first = rng.uniform(7, 12), rng.uniform(-5, 5)
        for x in np.arange(first, 100, step):
            if rng.random() < 0.85:
                yield "tree", x + rng.uniform(-0.5, 0.5), side * inner
    step = rng.uniform(20, 30)
    for x in np.arange(rng.uniform(-10, 12), 110, step):
        yield "lamp-post", x, side * (half + 0.4)
    if rng.random() < 0.25:
        begin, length = rng.uniform(10, 40), rng.uniform(9, 30)
        for x in np.arange(begin, begin + length, 3.0):
            yield "railing", x, side * (half + 0.25)
    scattered = [
        ("sign", 0.5),
        ("sign-board", 0.25),
        ("bollard", 0.3),
        ("bench", 0.25),
        ("planter", 0.35),
        ("cabinet", 0.3),
        ("post-box", 0.2),
        ("bus-shelter", 0.2),
        ("shrub", 0.4),
        ("grate", 0.4),
    ]
    for kind, chance in scattered:
        if rng.random() < chance:
            y = inner if kind in ("sign", "sign-board", "bollard") else rng.uniform(inner + 0.5, outer)
            y = half - 0.4 if kind == "grate" else y
            count = int(rng.integers(3, 7)) if kind == "bollard" else 1
            x = rng.uniform(6, 50)
            for k in range(count):
                yield kind, x + 1.5 * k, side * y
