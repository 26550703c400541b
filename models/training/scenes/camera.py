"""A pinhole camera on a pole, and where the world falls in its picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

NEAR, FAR = 0.3, 300.0


@dataclass(frozen=True)
class Camera:
    """Angles in radians. `yaw` 0 looks along +x, positive to the left; `pitch` is negative looking down."""

    x: float
    y: float
    z: float
    yaw: float
    pitch: float
    fov: float  # horizontal
    roll: float = 0.0

    def turned(self, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, zoom: float = 1.0) -> Camera:
        """As after a knock: turned by so much, zoomed by a factor."""
        fov = 2 * np.arctan(np.tan(self.fov / 2) / zoom)
        return replace(self, yaw=self.yaw + yaw, pitch=self.pitch + pitch, roll=self.roll + roll, fov=fov)

    def view(self) -> np.ndarray:
        """4x4 world to eye (OpenGL: x right, y up, looking along -z)."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        forward = np.array([cy * cp, sy * cp, sp])
        right = np.array([sy, -cy, 0.0])
        up = np.cross(right, forward)
        c, s = np.cos(self.roll), np.sin(self.roll)
        right, up = c * right + s * up, c * up - s * right
        m = np.eye(4)
        m[:3, :3] = np.stack([right, up, -forward])
        m[:3, 3] = -m[:3, :3] @ np.array([self.x, self.y, self.z])
        return m

    def projection(self, aspect: float) -> np.ndarray:
        """4x4 eye to clip space; `aspect` is width / height."""
        f = 1 / np.tan(self.fov / 2)
        m = np.zeros((4, 4))
        m[0, 0], m[1, 1] = f, f * aspect
        m[2, 2], m[2, 3] = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR)
        m[3, 2] = -1
        return m

    def project(self, points: np.ndarray, aspect: float) -> np.ndarray:
        """(n, 3) world points to (n, 3): x, y in 0..1 of the picture from the upper left, and depth in metres."""
        points = np.atleast_2d(points)
        eye = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ self.view().T
        depth = -eye[:, 2]
        clip = eye @ self.projection(aspect).T
        w = np.where(np.abs(clip[:, 3]) < 1e-6, 1e-6, clip[:, 3])
        return np.stack([0.5 + 0.5 * clip[:, 0] / w, 0.5 - 0.5 * clip[:, 1] / w, depth], axis=1)

    def ground_polygon(self, corners: list[tuple[float, float]], aspect: float, z: float = 0.0) -> list[list[float]]:
        """A polygon on the ground as it lies in the picture, clipped to what is before the lens and to the picture."""
        world = np.array([(x, y, z, 1.0) for x, y in corners])
        eye = world @ self.view().T
        ahead = []
        for k, b in enumerate(eye):
            a = eye[k - 1]
            if (a[2] < -NEAR) != (b[2] < -NEAR):
                t = (-NEAR - a[2]) / (b[2] - a[2])
                ahead.append(a + t * (b - a))
            if b[2] < -NEAR:
                ahead.append(b)
        if len(ahead) < 3:
            return []
        clip = np.array(ahead) @ self.projection(aspect).T
        flat = np.stack([0.5 + 0.5 * clip[:, 0] / clip[:, 3], 0.5 - 0.5 * clip[:, 1] / clip[:, 3]], axis=1)
        return clip_polygon([[float(x), float(y)] for x, y in flat])


def clip_polygon(polygon: list[list[float]], low: float = 0.001, high: float = 0.999) -> list[list[float]]:
    """Sutherland and Hodgman: the part of a polygon inside the picture."""
    for axis, limit, keep_less in ((0, low, False), (0, high, True), (1, low, False), (1, high, True)):
        out: list[list[float]] = []
        for k, b in enumerate(polygon):
            a = polygon[k - 1]
            a_in = a[axis] <= limit if keep_less else a[axis] >= limit
            b_in = b[axis] <= limit if keep_less else b[axis] >= limit
            if a_in != b_in:
                t = (limit - a[axis]) / (b[axis] - a[axis])
                out.append([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])])
            if b_in:
                out.append(b)
        polygon = out
    kept: list[list[float]] = []
    for x, y in polygon:
        p = [round(x, 4), round(y, 4)]
        if p not in kept:
            kept.append(p)
    return kept if len(kept) >= 3 else []
