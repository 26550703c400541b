"""What stands along a street: greenery, posts, rails, seats, shelters; the other modules' scenery by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import BRICK, FOLIAGE, GLASS, MATTE, METAL, SIGNAL, Mesh, box, join, lathe, tube
from .buildings import building, face
from .covers import grate, manhole, manhole_missing
from .shapes import WHITE, frame_bars, leafage, lettering, limb_rings, pick, surface
from .signs import sign, sign_board, traffic_light

LEAVES = [(0.05, 0.14, 0.03), (0.07, 0.18, 0.04), (0.10, 0.20, 0.05), (0.04, 0.11, 0.035), (0.16, 0.20, 0.05)]


def wall(rng: np.random.Generator) -> Mesh:
    """Eight metres of compound wall with piers and a coping; sometimes a barred upper half."""
    colour, high = (
        pick(rng, [(0.55, 0.53, 0.50), (0.60, 0.55, 0.42), (0.36, 0.18, 0.12), (0.44, 0.43, 0.42)]),
        rng.uniform(2.0, 2.6),
    )
    brick = colour[0] > 1.6 * colour[2]
    material, barred = (BRICK if brick else MATTE), rng.random() < 0.4
    solid = 0.9 if barred else high
    parts = [
        box((8.0, 0.24, solid), (0, 0, solid / 2), colour, material),
        box((8.02, 0.28, 0.45), (0, 0, 0.225), colour * 0.6),
    ]
    parts.append(box((8.0, 0.34, 0.08), (0, 0, solid + 0.04), colour * 0.85))
    for x in np.linspace(-4.0, 4.0, 5):
        parts.append(box((0.36, 0.36, high + 0.08), (x * 0.955, 0, (high + 0.08) / 2), colour * 0.95, material))
        parts.append(box((0.46, 0.46, 0.10), (x * 0.955, 0, high + 0.12), colour * 0.8, top=(0.8, 0.8)))
    if barred:
        parts += [
            box((0.03, 0.03, high - 0.9), (x, 0, (high + 0.9) / 2), (0.04, 0.05, 0.05))
            for x in np.arange(-3.7, 3.8, 0.16)
        ]
        parts += [box((7.7, 0.04, 0.04), (0, 0, z), (0.04, 0.05, 0.05)) for z in (1.1, high - 0.15)]
    elif rng.random() < 0.5:
        parts.append(lettering(rng, 8, 0.6, (0.5, 0.04, 0.03), 1.5).moved(0, -0.125, high * 0.6))
    else:
        for x in rng.uniform(-3.4, 3.4, 6):
            stain = colour * rng.uniform(0.75, 1.15)
            parts.append(face(x, x + rng.uniform(0.4, 1.2), 0.5, rng.uniform(0.9, high - 0.1), -0.122, stain))
    return join(*parts)


def tree(rng: np.random.Generator) -> Mesh:
    """A trunk that forks, crowned with clumps of leaves."""
    high = rng.uniform(4.0, 8.0)
    fork, crown = high * rng.uniform(0.30, 0.38), high * rng.uniform(0.24, 0.32)
    bark = pick(rng, [(0.16, 0.12, 0.08), (0.22, 0.19, 0.15), (0.11, 0.09, 0.07)])
    bend = rng.normal(0, 0.03 * high, 2)
    root = high * 0.022
    path = [(0, 0, -0.05), (0, 0, 0.15), (bend[0] * 0.4, bend[1] * 0.4, fork * 0.5), (bend[0], bend[1], fork)]
    parts = [surface(limb_rings(np.array(path), [root * 1.7, root * 1.1, root * 0.9, root * 0.75], 9), bark)]
    leaves = pick(rng, LEAVES)
    clumps = int(rng.integers(11, 15))
    for k in range(clumps):
        a, ring = 2.4 * k, np.sqrt((k + 0.5) / clumps)
        lift = rng.uniform(-0.25, 0.5) * (1 - ring**2) + 0.45 * (1 - ring)
        x, y = bend[0] + crown * 0.75 * ring * np.cos(a), bend[1] + crown * 0.75 * ring * np.sin(a)
        z = high - crown * 1.25 + crown * 1.2 * lift
        size = crown * rng.uniform(0.38, 0.54)
        shade = leaves * rng.uniform(0.8, 1.2)
        parts.append(leafage(rng, (size, size, size * 0.8), shade, FOLIAGE, 100, high * 0.026 + 0.05).moved(x, y, z))
        if k % 2 == 0:
            parts.append(tube((bend[0], bend[1], fork - 0.05), (x, y, z), root * 0.3, bark, segments=5))
    if rng.random() < 0.5:
        parts.append(
            lathe([(root * 1.25, 0.1), (root * 1.2, 1.1)], (0.7, 0.7, 0.68), MATTE, 10).moved(
                bend[0] * 0.1, bend[1] * 0.1
            )
        )
    return join(*parts)


def shrub(rng: np.random.Generator) -> Mesh:
    leaves, parts = pick(rng, LEAVES), []
    for k in range(7):
        a, size = 2.4 * k, rng.uniform(0.25, 0.42)
        r = 0.45 * np.sqrt(k / 7)
        clump = leafage(rng, (size, size, size * 0.9), leaves * rng.uniform(0.8, 1.2), FOLIAGE, 130, 0.075)
        parts.append(clump.moved(r * np.cos(a), r * np.sin(a), size * 0.75 + (0.2 if k == 0 else 0)))
    whole = join(*parts)
    whole.position[:, 2] = np.maximum(whole.position[:, 2], 0.0)
    return whole


def lamp_post(rng: np.random.Generator) -> Mesh:
    """Eight metres high, the arm over the road towards -y."""
    colour, arm = (
        pick(rng, [(0.35, 0.36, 0.37), (0.08, 0.09, 0.10), (0.5, 0.5, 0.5), (0.06, 0.12, 0.09)]),
        rng.uniform(1.4, 2.2),
    )
    pole = lathe(
        [(0, 0), (0.17, 0), (0.17, 0.05), (0.12, 0.06), (0.11, 0.9), (0.09, 0.95), (0.05, 8.0), (0, 8.02)],
        colour,
        METAL,
        12,
    )
    bend = [(0, 0, 7.3), (0, -arm * 0.3, 7.75), (0, -arm * 0.65, 7.97), (0, -arm, 8.05)]
    elbow = surface(limb_rings(np.array(bend), [0.045, 0.04, 0.035, 0.035], 8, side=(1, 0, 0)), colour, METAL)
    head = box((0.26, 0.75, 0.10), (0, -arm - 0.3, 8.08), colour, METAL, top=(0.6, 0.8))
    lamp = box((0.22, 0.60, 0.03), (0, -arm - 0.3, 8.02), (0.9, 0.85, 0.7), SIGNAL)
    door = box((0.03, 0.10, 0.35), (0.11, 0, 0.55), np.asarray(colour) * 0.7)
    stay = tube((0, -0.03, 7.0), (0, -arm * 0.35, 7.75), 0.018, colour, METAL)
    return join(pole, elbow, head, lamp, door, stay)


def railing(rng: np.random.Generator) -> Mesh:
    """Three metres of road guard rail along x."""
    white, high = pick(rng, [(0.66, 0.66, 0.64), (0.60, 0.61, 0.60)]), rng.uniform(0.85, 1.1)
    accent = pick(rng, [(0.04, 0.30, 0.13), white, (0.04, 0.16, 0.40), (0.65, 0.45, 0.05)])
    parts = []
    for x in (-1.5, 1.5):
        parts += [
            box((0.08, 0.08, high), (x, 0, high / 2), accent),
            box((0.10, 0.10, 0.06), (x, 0, high + 0.02), white, top=(0.4, 0.4)),
        ]
        parts.append(box((0.28, 0.42, 0.07), (x, 0, 0.035), (0.30, 0.30, 0.29), top=(0.7, 0.7)))
    parts += [box((2.95, 0.045, 0.05), (0, 0, z), white) for z in (0.16, high * 0.86)]
    parts.append(box((2.95, 0.035, 0.04), (0, 0, high * 0.70), accent))
    parts += [box((0.022, 0.022, high * 0.7), (x, 0, 0.16 + high * 0.35), white) for x in np.linspace(-1.36, 1.36, 22)]
    return join(*parts)


def bollard(rng: np.random.Generator) -> Mesh:
    colour, high = (
        pick(rng, [(0.05, 0.05, 0.055), (0.45, 0.45, 0.43), (0.65, 0.40, 0.03), (0.35, 0.36, 0.37)]),
        rng.uniform(0.65, 0.95),
    )
    body = lathe(
        [(0, 0), (0.11, 0), (0.11, 0.03), (0.07, 0.05), (0.07, high - 0.06), (0.05, high - 0.01), (0, high)],
        colour,
        METAL,
        16,
    )
    bands = [
        lathe([(0.073, high * f), (0.074, high * f + 0.07), (0.073, high * f + 0.075)], c, MATTE, 16)
        for f, c in ((0.55, (0.7, 0.7, 0.68)), (0.75, (0.60, 0.04, 0.03)))
    ]
    return join(body, *bands)


def bus_shelter(rng: np.random.Generator) -> Mesh:
    """Roof on posts, glass back, lit poster case, bench; along x, open towards -y."""
    long, colour = (
        rng.uniform(4.0, 5.5),
        pick(rng, [(0.35, 0.36, 0.38), (0.08, 0.09, 0.10), (0.05, 0.20, 0.32), (0.30, 0.06, 0.05)]),
    )
    parts = [
        box((long + 0.5, 1.7, 0.10), (0, -0.2, 2.62), colour, METAL),
        box((long + 0.5, 0.06, 0.34), (0, -1.06, 2.62), colour * 0.8),
    ]
    words = lettering(rng, 6, 0.22, WHITE).moved(-long * 0.15, -1.095, 2.62)
    posts = np.linspace(-long / 2, long / 2, 4)
    parts += [box((0.10, 0.10, 2.6), (x, 0.5, 1.3), colour, METAL) for x in posts]
    for a, b in zip(posts[:-1], posts[1:]):
        parts.append(box((b - a - 0.12, 0.02, 1.7), ((a + b) / 2, 0.5, 1.35), (0.16, 0.20, 0.20), GLASS))
        parts += [box((b - a, 0.05, 0.05), ((a + b) / 2, 0.5, z), colour, METAL) for z in (0.48, 2.22)]
    poster = pick(rng, [(0.55, 0.10, 0.08), (0.10, 0.30, 0.55), (0.65, 0.50, 0.10), (0.15, 0.40, 0.20)])
    case = [
        box((1.3, 0.16, 1.9), (long / 2 + 0.1, 0.2, 1.35), colour, METAL),
        box((1.16, 0.18, 1.7), (long / 2 + 0.1, 0.2, 1.38), poster),
    ]
    case.append(box((0.8, 0.185, 0.4), (long / 2 + 0.1, 0.2, 1.7), poster * 0.5 + 0.3))
    case += [
        lettering(rng, 4, 0.2, WHITE).moved(long / 2 + 0.1, 0.10, 1.0),
        box((0.12, 0.12, 0.45), (long / 2 + 0.1, 0.2, 0.22), colour),
    ]
    seat = [box((long * 0.55, 0.34, 0.05), (-long * 0.15, 0.15, 0.45), (0.30, 0.19, 0.10))]
    seat += [
        box((0.06, 0.28, 0.43), (x, 0.15, 0.215), colour, METAL) for x in (-long * 0.38, -long * 0.15, long * 0.08)
    ]
    map_plate = join(
        box((0.9, 0.03, 0.7), (-long * 0.15, 0.47, 1.6), WHITE),
        lettering(rng, 5, 0.12, (0.03, 0.1, 0.4)).moved(-long * 0.15, 0.45, 1.8),
    )
    return join(*parts, words, *case, *seat, map_plate)


def bench(rng: np.random.Generator) -> Mesh:
    """Slatted seat and back, along y, faces +x."""
    wood, iron = pick(rng, [(0.30, 0.17, 0.08), (0.38, 0.26, 0.15), (0.20, 0.10, 0.05)]), (0.05, 0.05, 0.055)
    parts = [box((0.075, 1.5, 0.035), (x, 0, 0.45), wood) for x in (0.18, 0.09, 0.0, -0.09, -0.18)]
    parts += [box((0.03, 1.5, 0.08), (-0.25 - 0.05 * k, 0, 0.58 + 0.12 * k), wood) for k in range(3)]
    for y in (-0.62, 0.62):
        parts.append(box((0.48, 0.05, 0.04), (-0.02, y, 0.415), iron))
        bars = [
            ((0.2, y, 0.42), (0.22, y, 0)),
            ((-0.2, y, 0.42), (-0.25, y, 0)),
            ((-0.22, y, 0.42), (-0.37, y, 0.88)),
            ((-0.27, y, 0.66), (0.2, y, 0.64)),
            ((0.2, y, 0.42), (0.2, y, 0.65)),
        ]
        parts.append(frame_bars(bars, 0.022, iron))
    return join(*parts)


def cone(rng: np.random.Generator) -> Mesh:
    high = rng.uniform(0.6, 0.78)
    red, white = pick(rng, [(0.75, 0.12, 0.02), (0.68, 0.05, 0.03)]), (0.72, 0.72, 0.70)
    edge = [0.03, 0.32, 0.48, 0.64, 0.80, 1.0]
    parts = [box((0.38, 0.38, 0.035), (0, 0, 0.0175), (0.03, 0.03, 0.03), top=(0.94, 0.94))]
    for k, (a, b) in enumerate(zip(edge[:-1], edge[1:])):
        parts.append(
            lathe(
                [(0.145 - 0.115 * a, a * high), (0.145 - 0.115 * b, b * high)], white if k in (1, 3) else red, MATTE, 20
            )
        )
    return join(*parts, lathe([(0.03, high), (0.02, high + 0.01), (0, high + 0.01)], red, MATTE, 20))


BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "building": building,
    "wall": wall,
    "tree": tree,
    "shrub": shrub,
    "lamp-post": lamp_post,
    "railing": railing,
    "sign": sign,
    "sign-board": sign_board,
    "traffic-light-red": traffic_light("red"),
    "traffic-light-green": traffic_light("green"),
    "manhole": manhole,
    "manhole-missing": manhole_missing,
    "grate": grate,
    "bollard": bollard,
    "bus-shelter": bus_shelter,
    "bench": bench,
    "cone": cone,
}
LABEL: dict[str, str | None] = {kind: None for kind in BUILDERS}
