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
            out.append(
                Instance(
                    kind, p.seed, x + dx * c - dy * s, y + dx * s + dy * c, yaw + dyaw, self.z + dz, p.tint, self.lamps
                )
            )
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


BRAKES, STARTS = 2.2, 1.6  # metres a second squared, as people drive in towns


def stopping(
    arrive: float,
    leave: float,
    x: float,
    y: float,
    direction: int,
    lane_y: float,
    speed: float = 9.0,
    run: float = 45.0,
) -> tuple[Stop, ...]:
    """Comes along its lane, brakes, stands at (x, y) from `arrive` to `leave`, and drives on.

    `leave` beyond the video's end means it never leaves; `arrive` 0 or less, that it stands there at first.
    """
    straight = 0.0 if direction > 0 else np.pi
    coming, going = _way(speed, BRAKES, run), _way(speed, STARTS, run)
    stops = [Stop(-1.0, x, y, straight)]
    if arrive > 0:
        stops = [Stop(arrive - t, x - direction * d, _aside(y, lane_y, d, 9.0)) for t, d in reversed(coming[1:])]
        stops.append(Stop(arrive, x, y, straight))
    stops.append(Stop(leave, x, y, straight))
    stops += [Stop(leave + t, x + direction * d, _aside(y, lane_y, d, 12.0)) for t, d in going[1:]]
    return tuple(stops)


def _way(speed: float, rate: float, run: float) -> list[tuple[float, float]]:
    """(seconds, metres) from the stop while speed changes at `rate`, then on at full speed until `run` metres."""
    changing = speed / rate
    way = [(float(t), float(0.5 * rate * t * t)) for t in np.linspace(0, changing, 25)]
    end, reached = way[-1]
    return way + ([(end + (run - reached) / speed, run)] if run > reached else [])


def _aside(y: float, lane_y: float, away: float, over: float) -> float:
    """The sideways place `away` metres from the stop: from the kerb to the lane over so many metres."""
    u = min(away / over, 1.0)
    return y + u * u * (3 - 2 * u) * (lane_y - y)
