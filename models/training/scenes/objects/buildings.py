"""A shop-front block, as lines a Chinese street: shops below, flats above.

The front is the plane y = 0 and looks towards -y; x runs along the street.
"""

from __future__ import annotations

import numpy as np

from ..mesh import BRICK, FACADE, GLASS, MATTE, METAL, Mesh, box, cylinder, join, quad
from .shapes import BLACK, STEEL, WHITE, lettering, pick

WALLS = [
    (0.52, 0.48, 0.42),
    (0.42, 0.40, 0.37),
    (0.60, 0.57, 0.52),
    (0.46, 0.33, 0.25),
    (0.55, 0.44, 0.30),
    (0.34, 0.17, 0.11),
    (0.50, 0.52, 0.52),
    (0.62, 0.55, 0.48),
]
BOARDS = [
    (0.60, 0.04, 0.03),
    (0.04, 0.13, 0.42),
    (0.04, 0.30, 0.10),
    (0.72, 0.52, 0.04),
    (0.70, 0.24, 0.03),
    (0.03, 0.03, 0.03),
    (0.68, 0.66, 0.62),
    (0.28, 0.05, 0.26),
    (0.05, 0.36, 0.40),
]
PANE = (0.10, 0.13, 0.15)
DEEP = 8.0


def face(x0: float, x1: float, z0: float, z1: float, y: float, colour, material: int = MATTE) -> Mesh:
    """A rectangle that looks towards -y."""
    return quad((x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1), colour, material)


def slab(x0: float, x1: float, z0: float, z1: float, out: float, back: float, colour, material: int = MATTE) -> Mesh:
    """Five faces of a box against the facade, from y = -out to y = back."""
    centre = ((x0 + x1) / 2, (back - out) / 2, (z0 + z1) / 2)
    return facing(box((x1 - x0, back + out, z1 - z0), centre, colour, material), 0.5)


def facing(mesh: Mesh, most: float) -> Mesh:
    """Only the triangles whose normal's y is under `most`: -0.5 keeps the front, 0.5 all but the back."""
    keep = np.repeat(mesh.normal.reshape(-1, 3, 3).mean(axis=1)[:, 1] < most, 3)
    return Mesh(mesh.position[keep], mesh.normal[keep], mesh.colour[keep], mesh.material[keep])


def window(rng: np.random.Generator, x0: float, x1: float, z0: float, z1: float, frame) -> Mesh:
    """Panes behind the wall's plane, frame and mullions, perhaps curtains."""
    parts = [face(x0, x1, z0, z1, 0.16, PANE, GLASS)]
    for x in np.linspace(x0, x1, int(rng.integers(3, 5))):
        parts.append(face(x - 0.03, x + 0.03, z0, z1, 0.15, frame))
    parts += [
        face(x0, x1, z0 + 0.28 * (z1 - z0) - 0.025, z0 + 0.28 * (z1 - z0) + 0.025, 0.15, frame),
        face(x0, x1, z0, z0 + 0.05, 0.15, frame),
        face(x0, x1, z1 - 0.05, z1, 0.15, frame),
    ]
    if rng.random() < 0.35:
        wide = (x1 - x0) * rng.uniform(0.2, 0.5)
        parts.append(
            face(x0, x0 + wide, z0, z1, 0.155, pick(rng, [(0.45, 0.42, 0.36), (0.35, 0.25, 0.22), (0.4, 0.45, 0.5)]))
        )
    return join(*parts)


def air_conditioner(x: float, z: float) -> Mesh:
    """The outdoor unit on its bracket."""
    body = slab(x - 0.42, x + 0.42, z, z + 0.6, 0.36, 0.0, (0.55, 0.55, 0.52))
    fan = facing(cylinder(0.23, 0.02, (0.12, 0.12, 0.12), axis="y", segments=8), -0.5).moved(x - 0.1, -0.365, z + 0.3)
    return join(body, fan, slab(x - 0.4, x + 0.4, z - 0.05, z, 0.38, 0.0, (0.2, 0.2, 0.2)))


def balcony(rng: np.random.Generator, x0: float, x1: float, z: float, colour) -> Mesh:
    """Slab with a solid or barred front, washing on a line now and then."""
    parts = [slab(x0, x1, z - 0.12, z, 1.0, 0.0, colour * 0.8)]
    if rng.random() < 0.5:
        parts.append(slab(x0, x1, z, z + 0.95, 1.0, -0.92, colour))
        parts += [slab(x, x + 0.08, z, z + 0.95, 1.0, 0.0, colour) for x in (x0, x1 - 0.08)]
    else:
        dark = (0.10, 0.11, 0.12)
        parts += [face(x - 0.025, x + 0.025, z, z + 0.95, -1.0, dark) for x in np.linspace(x0 + 0.03, x1 - 0.03, 12)]
        parts.append(slab(x0, x1, z + 0.93, z + 0.99, 1.02, -0.95, dark))
    if rng.random() < 0.5:
        for x in np.linspace(x0 + 0.3, x1 - 0.3, 4):
            cloth = pick(rng, [(0.5, 0.5, 0.5), (0.1, 0.15, 0.35), (0.45, 0.1, 0.1), (0.4, 0.35, 0.2)])
            parts.append(face(x - 0.2, x + 0.2, z + 1.25, z + 1.95, -0.75, cloth))
    return join(*parts)


def cage(x0: float, x1: float, z0: float, z1: float) -> Mesh:
    """Burglar bars in front of a window."""
    parts = [slab(x0 - 0.05, x1 + 0.05, z, z + 0.05, 0.42, 0.0, STEEL, METAL) for z in (z0 - 0.05, z1)]
    parts += [face(x - 0.015, x + 0.015, z0, z1, -0.42, STEEL, METAL) for x in np.linspace(x0, x1, 7)]
    parts.append(face(x0, x1, (z0 + z1) / 2 - 0.02, (z0 + z1) / 2 + 0.02, -0.42, STEEL, METAL))
    return join(*parts)


def shop(rng: np.random.Generator, x0: float, x1: float, high: float) -> Mesh:
    """One shop: shutter or glass front under a signboard."""
    a, b, top = x0 + 0.15, x1 - 0.15, high - 1.15
    board = pick(rng, BOARDS)
    parts = [shutter(rng, a, b, top) if rng.random() < 0.35 else glass_front(rng, a, b, top)]
    parts.append(slab(x0 + 0.03, x1 - 0.03, top, high - 0.10, 0.28, 0.2, board))
    parts += [slab(x0 + 0.03, x1 - 0.03, z, z + 0.05, 0.32, -0.27, board * 0.5 + 0.1) for z in (top, high - 0.15)]
    ink = WHITE if board.sum() < 1.1 else np.array([(0.5, 0.03, 0.03), (0.03, 0.05, 0.25)][rng.integers(2)])
    count = int(rng.integers(4, 7))
    size = min(0.68, (x1 - x0) * 0.72 / (count * 1.2))
    parts.append(lettering(rng, count, size, ink).moved((x0 + x1) / 2, -0.29, (top + high - 0.1) / 2))
    if rng.random() < 0.3:
        cloth = pick(rng, BOARDS)
        for k in range(8):
            left, right = a + (b - a) * k / 8, a + (b - a) * (k + 1) / 8
            shade = cloth if k % 2 else np.array(WHITE)
            parts.append(
                quad(
                    (left, -1.2, top - 0.55), (right, -1.2, top - 0.55), (right, -0.25, top), (left, -0.25, top), shade
                )
            )
            parts.append(face(left, right, top - 0.75, top - 0.55, -1.2, shade))
    return join(*parts)


def shutter(rng: np.random.Generator, a: float, b: float, top: float) -> Mesh:
    """A ribbed roller shutter, down or nearly so."""
    grey = pick(rng, [(0.38, 0.39, 0.40), (0.28, 0.33, 0.40), (0.45, 0.43, 0.38)])
    low = 0.0 if rng.random() < 0.7 else rng.uniform(0.5, 1.6)
    ribs = max(4, int((top - low) / 0.22))
    edge = np.linspace(low, top, ribs + 1)
    parts = [face(a, b, 0, top, 0.35, (0.02, 0.02, 0.02))]
    for z0, z1 in zip(edge[:-1], edge[1:]):
        middle = z0 + 0.6 * (z1 - z0)
        parts.append(quad((a, 0.16, z0), (b, 0.16, z0), (b, 0.11, middle), (a, 0.11, middle), grey, METAL))
        parts.append(quad((a, 0.11, middle), (b, 0.11, middle), (b, 0.16, z1), (a, 0.16, z1), grey * 0.9, METAL))
    parts.append(slab((a + b) / 2 - 0.15, (a + b) / 2 + 0.15, low + 0.1, low + 0.16, -0.08, 0.16, BLACK))
    return join(*parts)


def glass_front(rng: np.random.Generator, a: float, b: float, top: float) -> Mesh:
    """Panes in a metal frame with a door, posters on the glass and goods behind it."""
    frame = pick(rng, [(0.5, 0.5, 0.5), (0.08, 0.08, 0.08), (0.35, 0.25, 0.12)])
    panes = int(rng.integers(3, 5))
    edge = np.linspace(a, b, panes + 1)
    door = int(rng.integers(panes))
    parts = [slab(a, b, 0, 0.12, 0.0, 0.3, (0.3, 0.29, 0.28))]
    for k in range(panes):
        open_door = k == door and rng.random() < 0.6
        parts.append(
            face(
                edge[k],
                edge[k + 1],
                0.0,
                top,
                0.5 if open_door else 0.2,
                (0.03, 0.03, 0.03) if open_door else PANE,
                MATTE if open_door else GLASS,
            )
        )
        if not open_door and rng.random() < 0.6:
            middle, wide = (edge[k] + edge[k + 1]) / 2, (edge[k + 1] - edge[k]) * rng.uniform(0.25, 0.4)
            z = rng.uniform(0.7, 1.4)
            parts.append(face(middle - wide, middle + wide, z, z + rng.uniform(0.3, 0.9), 0.19, pick(rng, BOARDS)))
    parts += [slab(x - 0.04, x + 0.04, 0.0, top, -0.10, 0.2, frame) for x in edge]
    parts.append(slab(a, b, 2.1, 2.18, -0.10, 0.2, frame))
    return join(*parts)


def storey(rng: np.random.Generator, edge: np.ndarray, z: float, high: float, style: dict) -> Mesh:
    """One upper floor: spandrel, windows, and what hangs before them."""
    sill, head = z + style["sill"], z + high - 0.45
    x0, x1, wall, material = edge[0], edge[-1], style["wall"], style["material"]
    parts = [slab(x0, x1, z, sill, 0.0, 0.3, wall, material), slab(x0, x1, head, z + high, 0.0, 0.3, wall, material)]
    if style["bands"]:
        parts.append(slab(x0, x1, z - 0.06, z + 0.10, 0.06, 0.0, wall * 1.15))
    for k, (a, b) in enumerate(zip(edge[:-1], edge[1:])):
        left, right = a + style["pier"], b - style["pier"]
        parts.append(window(rng, left, right, sill, head, style["frame"]))
        parts.append(slab(left - 0.05, right + 0.05, sill - 0.06, sill, 0.08, 0.0, wall * 1.1))
        if style["balcony"] == k % 3:
            parts.append(balcony(rng, left - 0.2, right + 0.2, z + 0.12, wall))
        elif style["cages"] and rng.random() < 0.3:
            parts.append(cage(left, right, sill, head))
        if rng.random() < 0.35:
            parts.append(air_conditioner(b - style["pier"] * 0.2 - 0.3, z + 0.15))
    return join(*parts)


def building(rng: np.random.Generator) -> Mesh:
    """Shops below, flats above, the rest a plain box with a parapet."""
    wide, ground, floors = rng.uniform(8, 16), rng.uniform(3.7, 4.3), int(rng.integers(1, 5))
    storey_high = rng.uniform(2.9, 3.3)
    high = ground + floors * storey_high
    wall = pick(rng, WALLS)
    style = {
        "wall": wall,
        "material": int(rng.choice([FACADE, BRICK, MATTE], p=[0.6, 0.2, 0.2])),
        "sill": rng.uniform(0.85, 1.05),
        "pier": rng.uniform(0.3, 0.7),
        "bands": rng.random() < 0.6,
        "balcony": int(rng.integers(-3, 3)),
        "cages": rng.random() < 0.5,
        "frame": pick(rng, [(0.6, 0.6, 0.6), (0.12, 0.12, 0.12), (0.25, 0.14, 0.07)]),
    }
    shops = max(2, int(wide / rng.uniform(3.4, 4.4)))
    edge = np.linspace(-wide / 2, wide / 2, shops + 1)
    material = style["material"]
    parts = [shell(wide, high, wall, material), slab(-wide / 2, wide / 2, ground - 0.12, ground, 0.10, 0.3, wall * 0.8)]
    parts += [
        slab(max(x - 0.18, edge[0]), min(x + 0.18, edge[-1]), 0, ground, 0.0, 0.5, wall * 0.9, material) for x in edge
    ]
    parts += [shop(rng, float(a), float(b), ground) for a, b in zip(edge[:-1], edge[1:])]
    bays = np.linspace(-wide / 2, wide / 2, max(2, round(wide / rng.uniform(2.8, 3.5))) + 1)
    for k in range(floors):
        z = ground + k * storey_high
        parts.append(storey(rng, bays, z, storey_high, style))
        parts += [
            slab(
                max(x - style["pier"], bays[0]),
                min(x + style["pier"], bays[-1]),
                z,
                z + storey_high,
                0.0,
                0.3,
                wall,
                material,
            )
            for x in bays
        ]
    return join(*parts, roof(rng, wide, high, wall))


def shell(wide: float, high: float, wall, material: int) -> Mesh:
    """Side, back and inner front walls; windowed sides."""
    parts = [box((wide, DEEP - 0.3, high), (0, 0.3 + (DEEP - 0.3) / 2, high / 2), wall * 0.95, material)]
    for side in (-1, 1):
        x = side * (wide / 2 + 0.02)
        for z in np.arange(5.2, high - 1.6, 3.1):
            for y in (2.5, 5.5):
                a, b = (y, y + 1.2) if side > 0 else (y + 1.2, y)
                parts.append(quad((x, a, z), (x, b, z), (x, b, z + 1.4), (x, a, z + 1.4), PANE, GLASS))
    return join(*parts)


def roof(rng: np.random.Generator, wide: float, high: float, wall) -> Mesh:
    """Parapet, stair head, water heaters."""
    parts = [
        box((wide, 0.25, 0.7), (0, 0.125, high + 0.35), wall * 1.05),
        box((wide, 0.25, 0.7), (0, DEEP - 0.12, high + 0.35), wall),
    ]
    parts += [box((0.25, DEEP, 0.7), (s * (wide / 2 - 0.125), DEEP / 2, high + 0.35), wall) for s in (-1, 1)]
    parts.append(box((3.0, 3.0, 2.2), (rng.uniform(-0.3, 0.3) * wide, 5.5, high + 1.1), wall * 0.9))
    for x in rng.uniform(-0.4, 0.4, 3) * wide:
        parts.append(cylinder(0.25, 1.8, (0.6, 0.6, 0.6), METAL, "x", 8).moved(float(x), 2.2, high + 1.3))
        panel = box((1.8, 1.6, 0.05), (0, 0, 0), (0.03, 0.04, 0.08), GLASS).rotated("x", 0.7)
        parts.append(panel.moved(float(x), 1.6, high + 0.7))
    return join(*parts)
