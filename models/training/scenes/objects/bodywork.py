"""What vehicles and trucks are made with: a body lofted along x, patches laid on it, wheels, number plates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import MATTE, METAL, PAINT, Mesh, join, lathe, triangles

WHITE, BLACK, RUBBER = (1.0, 1.0, 1.0), (0.012, 0.012, 0.014), (0.022, 0.022, 0.024)
SEAM, TRIM, CHROME = (0.02, 0.02, 0.02), (0.035, 0.035, 0.04), (0.62, 0.63, 0.65)
WINDOW, LAMP, TAIL = (0.03, 0.042, 0.06), (0.42, 0.45, 0.48), (0.5, 0.014, 0.014)
PLATE_BLUE, PLATE_GREEN, PLATE_YELLOW = (0.015, 0.09, 0.48), (0.30, 0.62, 0.34), (0.80, 0.48, 0.02)
_AXIS = {"front": (0, 1), "rear": (0, -1), "left": (1, 1), "right": (1, -1), "top": (2, 1)}


def smoothed(corners: np.ndarray, crease: float = 38.0) -> np.ndarray:
    """(n, 3, 3) normals: at each corner the mean of the faces meeting there at less than `crease` degrees."""
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = face / np.maximum(np.linalg.norm(face, axis=1, keepdims=True), 1e-12)
    _, key = np.unique(np.round(corners.reshape(-1, 3), 4), axis=0, return_inverse=True)
    key = key.reshape(-1)
    owner, out = np.repeat(np.arange(len(corners)), 3), np.zeros((len(corners) * 3, 3))
    for point in range(key.max() + 1):
        at = np.flatnonzero(key == point)
        near = unit[owner[at]] @ unit[owner[at]].T > np.cos(np.radians(crease))
        out[at] = near @ face[owner[at]]
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    return out.reshape(-1, 3, 3)


def loft(sections: np.ndarray, skin: Callable[[int, float], tuple]) -> Mesh:
    """A closed symmetric body from (stations, points, 3) half outlines of the right side, bottom to top.

    Stations run towards +x. `skin(row, x)` gives colour and material of each strip of faces.
    """
    a, b, c, d = sections[:-1, :-1], sections[1:, :-1], sections[1:, 1:], sections[:-1, 1:]
    faces = np.stack([np.stack([a, b, c], 2), np.stack([a, c, d], 2)], 2)  # station, row, 2, corner, xyz
    looks = [(r, (sections[s, 0, 0] + sections[s + 1, 0, 0]) / 2) for s in range(a.shape[0]) for r in range(a.shape[1])]
    corners, look = list(faces.reshape(-1, 3, 3)), [k for k in looks for _ in range(2)]
    for end, step in ((sections[0], 1), (sections[-1], -1)):
        middle = np.array([end[0, 0], 0.0, (end[0, 2] + end[-1, 2]) / 2])
        for r in range(len(end) - 1):
            corners.append(np.array([middle, *(end[r : r + 2][::step])]))
            look.append((3, end[0, 0]))
    corners = np.array(corners)
    size = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    corners, look = corners[size > 1e-7], [k for k, s in zip(look, size) if s > 1e-7]
    half = triangles(corners, WHITE, PAINT)
    both = join(half, half.mirrored())
    skins = [skin(r, x) for r, x in look] * 2
    colour = np.repeat(np.array([s[0] for s in skins], float), 3, axis=0)
    material = np.repeat(np.array([s[1] for s in skins], float), 3)
    normal = smoothed(both.position.reshape(-1, 3, 3)).reshape(-1, 3)
    return Mesh(both.position, normal, colour, material)


def decal(body: Mesh, side: str, outline, colour, material: int = MATTE, grid=(2, 1), lift: float = 0.012) -> Mesh:
    """A four-cornered patch lying on `body`, seen from `side`.

    `outline` lists four corners in the two axes across that side: (y, z), (x, z) or (x, y).
    """
    axis, sign = _AXIS[side]
    others = [k for k in range(3) if k != axis]
    q = np.asarray(outline, float)
    u, v = np.meshgrid(np.linspace(0, 1, grid[0] + 1), np.linspace(0, 1, grid[1] + 1), indexing="ij")
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=-1)
    flat = weights @ q
    points = np.zeros(flat.shape[:2] + (3,))
    points[..., others] = flat
    points[..., axis] = _surface(body, axis, sign, flat.reshape(-1, 2)).reshape(u.shape) + sign * lift
    a, b, c, d = points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]
    corners = np.concatenate([np.stack([a, b, c], 2).reshape(-1, 3, 3), np.stack([a, c, d], 2).reshape(-1, 3, 3)])
    if np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, axis].sum() * sign < 0:
        corners = corners[:, ::-1]
    return triangles(corners, colour, material, smoothed(corners))


def _surface(body: Mesh, axis: int, sign: int, points: np.ndarray) -> np.ndarray:
    """How far out `body` reaches along `axis` over each of the (n, 2) points."""
    t = body.position.reshape(-1, 3, 3)
    others = [k for k in range(3) if k != axis]
    a, b, c = (t[:, k][:, others] for k in range(3))
    e, f = b - a, c - a
    area = e[:, 0] * f[:, 1] - e[:, 1] * f[:, 0]
    t, e, f, a, area = (k[np.abs(area) > 1e-8] for k in (t, e, f, a, area))
    p = points[:, None] - a
    s = (p[..., 0] * f[:, 1] - p[..., 1] * f[:, 0]) / area
    r = (e[:, 0] * p[..., 1] - e[:, 1] * p[..., 0]) / area
    depth = t[:, 0, axis] + s * (t[:, 1, axis] - t[:, 0, axis]) + r * (t[:, 2, axis] - t[:, 0, axis])
    reach = np.where((s > -1e-6) & (r > -1e-6) & (s + r < 1 + 1e-6), sign * depth, -np.inf).max(axis=1)
    lowest = reach[np.isfinite(reach)].min() if np.isfinite(reach).any() else 0.0
    return sign * np.where(np.isfinite(reach), reach, lowest)


def rect(u0: float, u1: float, v0: float, v1: float) -> list[tuple[float, float]]:
    """A decal's outline."""
    return [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]


def wheel(radius: float, width: float, hub=CHROME, spokes: int = 5, rim: float = 0.66, segments: int = 16) -> Mesh:
    """Stands on z = 0 around x = y = 0; the outer face, with its hub, looks to -y."""
    h, r = width / 2, radius * rim
    tyre = lathe([(0, -h), (radius, -h * 0.9), (radius, h * 0.7), (radius * 0.93, h), (r, h)], RUBBER, MATTE, segments)
    disc = lathe([(r, h), (r * 0.92, h - 0.025), (0, h - 0.005)], hub, METAL, segments)
    parts = [tyre, disc]
    for k in range(spokes):
        turn = (k + np.array([0.22, 0.78, 0.5])) * 2 * np.pi / spokes
        reach = np.array([0.86, 0.86, 0.38]) * r
        hole = np.stack([np.cos(turn) * reach, np.sin(turn) * reach, np.full(3, h - 0.01)], axis=1)
        parts.append(triangles(hole[None], TRIM, MATTE))
    return join(*parts).rotated("x", np.pi / 2).moved(z=radius)


def wheels(axles, half_width: float, radius: float, width: float, **look) -> Mesh:
    """A pair at each x in `axles`, outer faces at y = +-half_width."""
    right = wheel(radius, width, **look).moved(y=-half_width + width / 2)
    return join(*(w.moved(x=x) for x in axles for w in (right, right.mirrored())))


def plate(body: Mesh, side: str, z: float, colour, y: float = 0.0, width: float = 0.44) -> Mesh:
    """A number plate with a light line of characters."""
    ink = (0.02, 0.02, 0.02) if colour is not PLATE_BLUE else (0.85, 0.87, 0.9)
    base = decal(body, side, rect(y - width / 2, y + width / 2, z - 0.075, z + 0.075), colour, lift=0.03)
    marks = [
        decal(body, side, rect(y + u, y + u + width * 0.08, z - 0.04, z + 0.04), ink, grid=(1, 1), lift=0.034)
        for u in np.linspace(-0.44, 0.36, 7) * width
    ]
    return join(base, *marks)
