"""Triangles and the few solids that everything in a scene is made of.

Units are metres. An object stands on z = 0, looks along +x, has +y to its
left; z is up. Colours are linear albedo, 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# What a surface is made of; the shader (render.py) knows each number.
MATTE, PAINT, GLASS, METAL, LAMP_FRONT, LAMP_REAR, CLOTH, FOLIAGE = range(8)
ASPHALT, PAVING, BRICK, FACADE, GRASS, ROAD_PAINT, SIGNAL, WATER, HOLE = range(8, 17)


@dataclass(frozen=True)
class Mesh:
    """Triangle soup: three consecutive rows are one triangle, counter-clockwise from outside."""

    position: np.ndarray  # (n, 3) metres
    normal: np.ndarray  # (n, 3) unit length
    colour: np.ndarray  # (n, 3) linear albedo; PAINT is multiplied by the instance's tint
    material: np.ndarray  # (n,) one of the constants above

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
        return Mesh(self.position + np.array([x, y, z]), self.normal, self.colour, self.material)

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Mesh:
        factor = np.array([x, x if y is None else y, x if z is None else z])
        normal = self.normal / factor
        normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        return Mesh(self.position * factor, normal, self.colour, self.material)

    def rotated(self, axis: str, angle: float) -> Mesh:
        """Turned by `angle` radians about the x, y or z axis through the origin (right-handed)."""
        matrix = rotation(axis, angle).T
        return Mesh(self.position @ matrix, self.normal @ matrix, self.colour, self.material)

    def mirrored(self) -> Mesh:
        """The other side's twin: y becomes -y."""
        flip = np.array([1.0, -1.0, 1.0])
        order = np.arange(len(self.position)).reshape(-1, 3)[:, ::-1].ravel()
        return Mesh(
            (self.position * flip)[order], (self.normal * flip)[order], self.colour[order], self.material[order]
        )

    def bounds(self) -> np.ndarray:
        """(2, 3): lowest and highest corner."""
        return np.stack([self.position.min(axis=0), self.position.max(axis=0)])


def rotation(axis: str, angle: float) -> np.ndarray:
    """3x3 right-handed rotation about a coordinate axis."""
    c, s = np.cos(angle), np.sin(angle)
    return {
        "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]


def join(*meshes: Mesh) -> Mesh:
    """All triangles in one mesh."""
    return Mesh(
        *(np.concatenate([getattr(m, f) for m in meshes]) for f in ("position", "normal", "colour", "material"))
    )


def triangles(corners: np.ndarray, colour, material: int = MATTE, normals: np.ndarray | None = None) -> Mesh:
    """From (n, 3, 3) corners; flat shaded unless `normals` (n, 3, 3) are given."""
    corners = np.asarray(corners, float)
    if normals is None:
        a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        flat = a[:, [1, 2, 0]] * b[:, [2, 0, 1]] - a[:, [2, 0, 1]] * b[:, [1, 2, 0]]  # a x b
        flat /= np.maximum(np.sqrt((flat * flat).sum(axis=1, keepdims=True)), 1e-12)
        normals = np.repeat(flat[:, None], 3, axis=1)
    n = len(corners) * 3
    colours = np.broadcast_to(np.asarray(colour, float), (n, 3)).copy()
    return Mesh(corners.reshape(n, 3), np.asarray(normals, float).reshape(n, 3), colours, np.full(n, material, float))


def quad(a, b, c, d, colour, material: int = MATTE) -> Mesh:
    """One rectangle-like face, corners counter-clockwise from outside."""
    return triangles(np.array([[a, b, c], [a, c, d]], float), colour, material)


def box(size, centre, colour, material: int = MATTE, top=(1.0, 1.0)) -> Mesh:
    """A box of `size` (x, y, z) around `centre`; `top` shrinks the upper face in x and y."""
    half = np.asarray(size, float) / 2
    low = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1]]) * half
    high = np.array([[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]]) * half * np.array([top[0], top[1], 1])
    v = np.concatenate([low, high]) + np.asarray(centre, float)
    faces = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    return join(*(quad(*(v[i] for i in f), colour, material) for f in faces))


def prism(profile, width: float, colour, material: int = MATTE, inset: float = 0.0, inset_from: float = 1e9) -> Mesh:
    """A side view drawn out across y: `profile` is a counter-clockwise (x, z) outline seen from -y.

    Points higher than `inset_from` stand `inset` metres further in on both
    sides, as a car's cabin does. The outline may be concave (ears are clipped).
    """
    p = np.asarray(profile, float)
    side = width / 2 - np.where(p[:, 1] > inset_from, inset, 0.0)
    right = np.stack([p[:, 0], -side, p[:, 1]], axis=1)
    left = np.stack([p[:, 0], side, p[:, 1]], axis=1)
    n = len(p)
    parts = [quad(right[i], left[i], left[(i + 1) % n], right[(i + 1) % n], colour, material) for i in range(n)]
    ears = _ears(p)
    parts.append(triangles(right[ears], colour, material))
    parts.append(triangles(left[ears][:, ::-1], colour, material))
    return join(*parts)


def _ears(p: np.ndarray) -> np.ndarray:
    """Triangle indices of a simple counter-clockwise polygon, by ear clipping."""

    def cross(o, a, b):
        return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])

    index, out = list(range(len(p))), []
    while len(index) > 3:
        for k in range(len(index)):
            i, j, l = index[k - 1], index[k], index[(k + 1) % len(index)]
            inside = any(
                cross(p[i], p[j], p[q]) > 0 and cross(p[j], p[l], p[q]) > 0 and cross(p[l], p[i], p[q]) > 0
                for q in index
                if q not in (i, j, l)
            )
            if cross(p[i], p[j], p[l]) >= 0 and not inside:
                out.append((i, j, l))
                index.pop(k)
                break
        else:
            raise ValueError("outline is not a simple counter-clockwise polygon")
    out.append(tuple(index))
    return np.array(out)


def lathe(profile, colour, material: int = MATTE, segments: int = 20) -> Mesh:
    """A solid of revolution about z: `profile` lists (radius, z) from bottom to top, smooth around."""
    p = np.asarray(profile, float)
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corners, normals = [], []
    for (r0, z0), (r1, z1) in zip(p[:-1], p[1:]):
        slope = np.array([z1 - z0, r0 - r1])
        length = np.hypot(*slope)
        if length < 1e-9:
            continue
        slope = slope / length
        for k in range(segments):
            a, b = ring[k], ring[k + 1]
            na, nb = np.array([*(a * slope[0]), slope[1]]), np.array([*(b * slope[0]), slope[1]])
            p00, p01 = np.array([*(a * r0), z0]), np.array([*(b * r0), z0])
            p10, p11 = np.array([*(a * r1), z1]), np.array([*(b * r1), z1])
            if r0 > 1e-9:
                corners.append([p00, p01, p11]), normals.append([na, nb, nb])
            if r1 > 1e-9:
                corners.append([p00, p11, p10]), normals.append([na, nb, na])
    return triangles(np.array(corners), colour, material, np.array(normals))


def cylinder(radius: float, height: float, colour, material: int = MATTE, axis: str = "z", segments: int = 16) -> Mesh:
    """Closed, centred on the origin, along `axis`."""
    h = height / 2
    made = lathe([(0, -h), (radius, -h), (radius, h), (0, h)], colour, material, segments)
    return {"z": made, "x": made.rotated("y", np.pi / 2), "y": made.rotated("x", -np.pi / 2)}[axis]


def tube(start, end, radius: float, colour, material: int = MATTE, segments: int = 8) -> Mesh:
    """A round bar from `start` to `end`."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    way = end - start
    length = float(np.linalg.norm(way))
    made = cylinder(radius, length, colour, material, "z", segments)
    direction = way / max(length, 1e-9)
    tilt, turn = np.arccos(np.clip(direction[2], -1, 1)), np.arctan2(direction[1], direction[0])
    middle = (start + end) / 2
    return made.rotated("y", tilt).rotated("z", turn).moved(*middle)


def ball(radius, colour, material: int = MATTE, segments: int = 14) -> Mesh:
    """An ellipsoid around the origin; `radius` is one number or (x, y, z)."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    made = lathe(np.stack([np.cos(angle), np.sin(angle)], axis=1), colour, material, segments)
    r = np.broadcast_to(np.asarray(radius, float), 3)
    return made.scaled(*r)


def heap(size, rng: np.random.Generator, colour, material: int = MATTE, rough: float = 0.25, cells: int = 14) -> Mesh:
    """A lumpy mound of `size` (x, y, height) on z = 0; `colour` may be (k, 3) to mix from."""
    t = np.linspace(-1, 1, cells + 1)
    gx, gy = np.meshgrid(t, t, indexing="ij")
    bump = np.clip(1 - (gx**2 + gy**2), 0, None) ** 0.6
    noise = rng.normal(size=gx.shape)
    noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, (1, 1), (0, 1))) / 2
    z = np.clip(bump * (1 + rough * noise), 0, None)
    v = np.stack([gx * size[0] / 2, gy * size[1] / 2, z * size[2]], axis=-1)
    a, b, c, d = v[:-1, :-1], v[1:, :-1], v[1:, 1:], v[:-1, 1:]
    corners = np.concatenate([np.stack([a, b, c], 2).reshape(-1, 3, 3), np.stack([a, c, d], 2).reshape(-1, 3, 3)])
    corners = corners[corners[:, :, 2].max(axis=1) > 1e-6]
    made = triangles(corners, (1, 1, 1), material)
    palette = np.atleast_2d(np.asarray(colour, float))
    pick = palette[rng.integers(len(palette), size=len(corners))] * rng.uniform(0.8, 1.15, (len(corners), 1))
    return Mesh(made.position, made.normal, np.repeat(np.clip(pick, 0, 1), 3, axis=0), made.material)
