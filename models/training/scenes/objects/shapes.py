"""Helpers the object modules share: smooth skins over rings, limbs, bags, colour picks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..mesh import CLOTH, MATTE, Mesh, ball, join, triangles, tube

Colour = Sequence[float]

BLACK = (0.02, 0.02, 0.022)
DARK = (0.012, 0.012, 0.012)  # an opening
WHITE = (0.72, 0.72, 0.70)
STEEL = (0.45, 0.46, 0.47)
CARDBOARD = [(0.36, 0.23, 0.12), (0.42, 0.28, 0.15), (0.30, 0.19, 0.10), (0.50, 0.38, 0.24)]
VIVID = [
    (0.62, 0.05, 0.04),
    (0.70, 0.28, 0.03),
    (0.75, 0.58, 0.06),
    (0.08, 0.36, 0.10),
    (0.05, 0.14, 0.48),
    (0.33, 0.07, 0.36),
    (0.68, 0.20, 0.34),
    (0.07, 0.42, 0.48),
    WHITE,
    BLACK,
]


def pick(rng: np.random.Generator, palette: Sequence[Colour], spread: float = 0.12) -> np.ndarray:
    """One colour of the palette, a little lighter or darker."""
    colour = np.asarray(palette[rng.integers(len(palette))], float)
    tone = rng.uniform(1 - spread, 1 + spread) * rng.uniform(0.96, 1.04, 3)
    return np.clip(colour * tone, 0.0, 0.95)


def surface(rings: np.ndarray, colour, material: int = MATTE, closed: bool = True) -> Mesh:
    """A smooth skin over (n, s, 3) rings, each counter-clockwise seen from the last ring's end.

    `colour` broadcasts to (n - 1, cells around, 3). A ring given twice makes a hard edge.
    """
    r = np.asarray(rings, float)
    if closed:
        around = np.roll(r, -1, axis=1) - np.roll(r, 1, axis=1)
        r, around = np.concatenate([r, r[:, :1]], axis=1), np.concatenate([around, around[:, :1]], axis=1)
    else:
        around = np.gradient(r, axis=1)
    normal = np.cross(around, np.gradient(r, axis=0))
    centre = r.mean(axis=1)
    for end, inner in ((0, 1), (-1, -2)):
        if np.abs(r[end] - centre[end]).max() < 1e-6:
            normal[end] = centre[end] - centre[inner]
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-12)

    def cells(grid: np.ndarray) -> np.ndarray:
        a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
        return np.stack([a, b, c, a, c, d], axis=2).reshape(-1, 3, 3)

    corners, normals = cells(r), cells(normal)
    n, s = r.shape[0] - 1, r.shape[1] - 1
    colour = np.asarray(colour, float)
    colour = colour[:, None] if colour.ndim == 2 else colour
    colours = np.broadcast_to(colour, (n, s, 3))[:, :, None].repeat(6, axis=2).reshape(-1, 3, 3)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    keep = area > 1e-10
    count = int(keep.sum()) * 3
    return Mesh(
        corners[keep].reshape(count, 3),
        normals[keep].reshape(count, 3),
        colours[keep].reshape(count, 3),
        np.full(count, material, float),
    )


def level_rings(rows: Sequence[Sequence[float]], segments: int = 12) -> np.ndarray:
    """Horizontal elliptic rings from rows of (z, half x, half y[, centre x[, centre y]])."""
    angle = np.arange(segments) * 2 * np.pi / segments
    rings = []
    for row in rows:
        z, rx, ry, cx, cy = [*row, 0.0, 0.0][:5]
        rings.append(np.stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle), np.full(segments, z)], axis=1))
    return np.array(rings)


def limb_rings(points: np.ndarray, radii, segments: int = 9, side=(0.0, 1.0, 0.0)) -> np.ndarray:
    """Rings across a bent path; a radius is one number or (towards `side`, across it)."""
    p = np.asarray(points, float)
    size = np.array([np.broadcast_to(r, 2) for r in radii], float)
    way = np.diff(p, axis=0)
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    tangent = np.concatenate([way[:1], way[:-1] + way[1:], way[-1:]])
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    side = np.asarray(side, float)
    u = side - (tangent @ side)[:, None] * tangent
    u /= np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-9)
    v = np.cross(tangent, u)
    angle = np.arange(segments) * 2 * np.pi / segments
    across = np.cos(angle)[None, :, None] * (u * size[:, :1])[:, None]
    along = np.sin(angle)[None, :, None] * (v * size[:, 1:])[:, None]
    return p[:, None] + across + along


def both_sides(mesh: Mesh) -> Mesh:
    """Cloth: the same triangles once more, seen from behind."""
    order = np.arange(len(mesh.position)).reshape(-1, 3)[:, ::-1].ravel()
    return join(mesh, Mesh(mesh.position[order], -mesh.normal[order], mesh.colour[order], mesh.material[order]))


def path_tube(
    points: Sequence[Sequence[float]], radius: float, colour, material: int = MATTE, segments: int = 6
) -> Mesh:
    """A bent bar with closed ends through `points`, which should not run along y."""
    p = np.asarray(points, float)
    p = np.concatenate([p[:1], p, p[-1:]])
    return surface(
        limb_rings(p + 1e-7 * np.arange(len(p))[:, None], [0] + [radius] * (len(p) - 2) + [0], segments),
        colour,
        material,
    )


def frame_bars(bars: Sequence[tuple], radius: float, colour, material: int = MATTE, segments: int = 6) -> Mesh:
    """Straight round bars from (start, end) pairs."""
    return join(*(tube(a, b, radius, colour, material, segments) for a, b in bars))


def tied_bag(rng: np.random.Generator, radius: float, colour, material: int = CLOTH) -> Mesh:
    """A full plastic bag on z = 0, creased, its neck tied and the ends sticking up."""
    rows = [(0.0, 0.0), (0.02, 0.6), (0.3, 0.98), (0.75, 1.0), (1.1, 0.78), (1.35, 0.35), (1.45, 0.12), (1.72, 0.34)]
    rings = level_rings([(z * radius, r * radius, r * radius) for z, r in rows], 12)
    crease = 1 + rng.normal(0, 0.10, (len(rows), 12, 1)) * np.array([0, 0.6, 1, 1, 1, 0.9, 0.3, 1.3])[:, None, None]
    rings[:, :, :2] *= crease
    lean = rng.normal(0, 0.12, 2)
    rings[:, :, :2] += rings[:, :, 2:] * lean
    last = rings[-1].mean(axis=0, keepdims=True).repeat(12, axis=0) - [0, 0, 0.1 * radius]
    shape = surface(np.concatenate([rings, last[None]]), colour, material)
    return shape.scaled(rng.uniform(0.9, 1.25), rng.uniform(0.85, 1.1), rng.uniform(0.75, 1.0)).rotated(
        "z", rng.uniform(0, 6.3)
    )


def lump(
    rng: np.random.Generator, radius, colour, material: int = MATTE, rough: float = 0.15, segments: int = 9
) -> Mesh:
    """An irregular ball around the origin, faces lightly shaded: fruit piles, rubble, foliage."""
    made = ball(radius, colour, material, segments)
    way = made.position / np.maximum(np.linalg.norm(made.position, axis=1, keepdims=True), 1e-9)
    waves = rng.normal(0, 2.2, (3, 3))
    shift = np.sin(way @ waves + rng.uniform(0, 6.3, 3)).sum(axis=1, keepdims=True)
    position = made.position * (1 + rough * shift)
    shade = np.repeat(rng.uniform(0.75, 1.2, len(position) // 3), 3)[:, None]
    return Mesh(position, made.normal, np.clip(made.colour * shade, 0, 1), made.material)


def faceted(rings: np.ndarray, colour, material: int = MATTE) -> Mesh:
    """As `surface`, but every face flat: sheet metal, moulded plastic, stretched cloth."""
    smooth = surface(rings, colour, material)
    corners = smooth.position.reshape(-1, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    return Mesh(smooth.position, np.repeat(normal, 3, axis=0), smooth.colour, smooth.material)


def rounded_rings(rows: Sequence[Sequence[float]], corner: float = 0.05) -> np.ndarray:
    """Horizontal rectangles with bevelled corners from rows of (z, half x, half y[, centre x])."""
    rings = []
    for row in rows:
        z, hx, hy, cx = [*row, 0.0][:4]
        c = min(corner, hx * 0.9, hy * 0.9)
        k = c * 0.3
        quarter = np.array([[hx, hy - c], [hx - k, hy - k], [hx - c, hy]])
        second = (quarter * [-1, 1])[::-1]
        xy = np.concatenate([quarter, second, -quarter, -second])
        rings.append(np.concatenate([xy + [cx, 0], np.full((12, 1), z)], axis=1))
    return np.array(rings)


def lettering(rng: np.random.Generator, count: int, size: float, colour, spacing: float = 1.25) -> Mesh:
    """A row of square made-up characters around the origin in the x-z plane, read from -y."""
    strokes = []
    for k in range(count):
        left = (k - (count - 1) / 2) * size * spacing - size / 2
        for _ in range(int(rng.integers(4, 7))):
            if rng.random() < 0.55:
                a, z = np.sort(rng.uniform(0, 0.5, 2)) + [0, 0.5], rng.choice([0.04, 0.3, 0.55, 0.86])
                x0, x1, z0, z1 = a[0], a[1], z, z + 0.11
            else:
                a, x = np.sort(rng.uniform(0, 0.5, 2)) + [0, 0.5], rng.choice([0.06, 0.44, 0.80])
                x0, x1, z0, z1 = x, x + 0.12, a[0], a[1]
            x0, x1, z0, z1 = left + x0 * size, left + x1 * size, (z0 - 0.5) * size, (z1 - 0.5) * size
            p = np.array([[x0, 0, z0], [x1, 0, z0], [x1, 0, z1], [x0, 0, z1]])
            strokes += [p[[0, 1, 2]], p[[0, 2, 3]]]
    return triangles(np.array(strokes), colour)


def leafage(rng: np.random.Generator, radius, colour, material: int, leaves: int, size: float) -> Mesh:
    """A clump of leaves around the origin: a dark core with ragged leaf sprays standing off it."""
    extent = np.broadcast_to(radius, 3).astype(float)
    core = lump(rng, extent * 0.86, np.asarray(colour) * 0.55, material, 0.10, 8)
    way = rng.normal(size=(leaves, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    facing = way + rng.normal(0, 0.45, (leaves, 3))
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    u = np.cross(facing, rng.normal(size=(leaves, 3)))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(facing, u)
    middle = way * extent * rng.uniform(0.80, 1.08, (leaves, 1))
    scale = size * rng.uniform(0.6, 1.2, (leaves, 1))
    corners = np.stack(
        [middle + u * scale, middle - u * scale * 0.5 + v * scale * 0.8, middle - u * scale * 0.5 - v * scale * 0.8],
        axis=1,
    )
    shade = rng.uniform(0.6, 1.35, (leaves, 1)) * (0.95 + 0.3 * way[:, 2:])
    sprays = triangles(corners, (1, 1, 1), material, np.repeat((way + facing)[:, None] / 2 + 1e-6, 3, axis=1))
    normal = sprays.normal / np.linalg.norm(sprays.normal, axis=1, keepdims=True)
    tint = np.repeat(np.clip(np.asarray(colour) * shade, 0, 1), 3, axis=0)
    return join(core, Mesh(sprays.position, normal, tint, sprays.material))
