"""What moves in a video: parts that travel along a track and may change on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .places import WALK
from .render import Instance


@dataclass(frozen=True)
class Part:
    """A piece of an actor; `at` is (x, y, z, yaw) in the actor's own frame."""

    kind: str
    seed: int
    at: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Stop:
    """A point of a track: seconds, metres, heading (None: along the way)."""

    t: float
    x: float
    y: float
    yaw: float | None = None


@dataclass(frozen=True)
class Actor:
    """Present from the first to the last stop of its track; stops are joined by straight lines."""

    name: str
    parts: tuple[Part, ...]
    track: tuple[Stop, ...]
    z: float = 0.0
    lamps: bool = False
    walks: bool = False
    changes: tuple[tuple[float, tuple[Part, ...]], ...] = field(default=())

    def pose(self, t: float) -> tuple[float, float, float] | None:
        """x, y, yaw at `t` seconds; None while it is not there."""
        if not self.track[0].t <= t <= self.track[-1].t:
            return None
        times = [s.t for s in self.track]
        k = int(np.clip(np.searchsorted(times, t, side="right") - 1, 0, max(len(times) - 2, 0)))
        a, b = self.track[k], self.track[min(k + 1, len(self.track) - 1)]
        u = 0.0 if b.t <= a.t else (t - a.t) / (b.t - a.t)
        x, y = a.x + u * (b.x - a.x), a.y + u * (b.y - a.y)
        return x, y, self._yaw(k, a, b)

    def _yaw(self, k: int, a: Stop, b: Stop) -> float:
        if a.yaw is not None:
            return a.yaw
        moving = [(p, q) for p, q in zip(self.track, self.track[1:]) if np.hypot(q.x - p.x, q.y - p.y) > 0.02]
        if not moving:
            return 0.0
        # Standing: as it came, or as it will go.
        before = [m for m in moving if m[0].t <= a.t]
        p, q = before[-1] if before else moving[0]
        return float(np.arctan2(q.y - p.y, q.x - p.x))

    def parts_at(self, t: float) -> tuple[Part, ...]:
        """What it is made of at `t`."""
        parts = self.parts
        for since, changed in self.changes:
            if t >= since:
                parts = changed
        return parts

    def instances(self, t: float) -> list[Instance]:
        """What to draw at `t`."""
        pose = self.pose(t)
        if pose is None:
            return []
        x, y, yaw = pose
        c, s = np.cos(yaw), np.sin(yaw)
        out = []
        for p in self.parts_at(t):
            dx, dy, dz, dyaw = p.at
            kind = p.kind
            if self.walks and kind.startswith("person-stand") and self._moves(t):
                kind = f"person-walk-{int(self._travelled(t) / 0.25) % WALK}"
            out.append(Instance(kind, p.seed, x + dx * c - dy * s, y + dx * s + dy * c, yaw + dyaw, self.z + dz,
                                p.tint, self.lamps))
        return out

    def _moves(self, t: float) -> bool:
        a, b = self.pose(max(t - 0.1, self.track[0].t)), self.pose(min(t + 0.1, self.track[-1].t))
        return a is not None and b is not None and np.hypot(b[0] - a[0], b[1] - a[1]) > 0.05

    def _travelled(self, t: float) -> float:
        way = 0.0
        for a, b in zip(self.track, self.track[1:]):
            if t <= a.t:
                break
            u = 1.0 if t >= b.t else (t - a.t) / (b.t - a.t)
            way += u * float(np.hypot(b.x - a.x, b.y - a.y))
        return way


def standing(x: float, y: float, yaw: float, since: float = 0.0, until: float = 1e6) -> tuple[Stop, ...]:
    """A track of something that stays where it is."""
    return (Stop(since, x, y, yaw), Stop(until, x, y, yaw))


def passing(t: float, x0: float, x1: float, y: float, speed: float) -> tuple[Stop, ...]:
    """Straight along the road at even speed, metres a second."""
    return (Stop(t, x0, y), Stop(t + abs(x1 - x0) / speed, x1, y))


def stopping(arrive: float, leave: float, x: float, y: float, direction: int, lane_y: float, speed: float = 9.0,
             run: float = 45.0) -> tuple[Stop, ...]:
    """Comes along its lane, slows down, stands at (x, y) from `arrive` to `leave`, and drives on.

    `leave` beyond the video's end means it never leaves; `arrive` 0 or less, that it stands there at first.
    """
    stops: list[Stop] = []
    time = 2 * run / speed
    if arrive > 0:
        for u in np.linspace(0, 1, 40):
            along = 1 - (1 - u) ** 2
            side = np.clip((along - 0.55) / 0.45, 0, 1)
            side = side * side * (3 - 2 * side)
            stops.append(Stop(arrive - time * (1 - u), x - direction * run * (1 - along), lane_y + side * (y - lane_y)))
    straight = 0.0 if direction > 0 else np.pi
    stops.append(Stop(max(arrive, 0.0) if arrive > 0 else -1.0, x, y, straight))
    stops.append(Stop(leave, x, y, straight))
    for u in np.linspace(0, 1, 40)[1:]:
        along = u * u
        side = np.clip(along / 0.35, 0, 1)
        side = side * side * (3 - 2 * side)
        stops.append(Stop(leave + time * u, x + direction * run * along, y + side * (lane_y - y)))
    return tuple(stops)
