"""Who parks, drives, rides and walks in a street over the days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import places
from ..render import Instance
from ..streets import Street


@dataclass(frozen=True)
class Parked:
    """A vehicle that stands there from `since` to `until`, hours."""

    kind: str
    seed: int
    x: float
    y: float
    yaw: float
    tint: tuple[float, float, float]
    since: float
    until: float

    def instance(self) -> Instance:
        return Instance(self.kind, self.seed, self.x, self.y, self.yaw, 0.0, self.tint)


def parking(
    rng: np.random.Generator, made: Street, hours: float, variants: tuple[int, int], kept_free: list
) -> list[Parked]:
    """Cars at the kerbs, a few at a time, some for minutes and some overnight; `kept_free` are (x, y, radius)."""
    out: list[Parked] = []
    for _ in range(int(9 * hours / 24)):
        side = int(rng.choice([-1, 1]))
        kind = str(rng.choice(places.CARS + ("truck-box",), p=[0.15] * 6 + [0.1]))
        x, y = float(rng.uniform(7, 45)), made.kerb_y(side, 1.15 + float(rng.normal(0, 0.08)))
        since = float(rng.uniform(-6, hours))
        until = since + float(np.clip(rng.lognormal(0.3, 0.9), 0.3, 12))
        if any(np.hypot(x - a, y - b) < r for a, b, r in kept_free):
            continue
        car = Parked(
            kind,
            int(rng.integers(*variants)),
            x,
            y,
            float((0 if side < 0 else np.pi) + rng.normal(0, 0.03)),
            places.paint(kind, rng),
            since,
            until,
        )
        if not any(overlap(car, other) for other in out):
            out.append(car)
    return out


def overlap(a: Parked, b: Parked) -> bool:
    """Whether two would stand in one place at one time."""
    return a.since < b.until and b.since < a.until and np.hypot(a.x - b.x, a.y - b.y) < 6.8


def passing(
    rng: np.random.Generator, made: Street, hour: float, lamps: bool, standing: list[Parked], variants: tuple[int, int]
) -> list[Instance]:
    """Whoever happens to be there at one moment."""
    busy = float(np.interp(hour, [0, 5, 8, 12, 18, 21, 24], [0.08, 0.08, 1.0, 0.8, 1.0, 0.4, 0.1]))
    seed = lambda: int(rng.integers(*variants))
    out: list[Instance] = []
    taken = [(p.x, p.y, 5.0) for p in standing]
    free = lambda x, y, radius: all(np.hypot(x - a, y - b) > radius + r for a, b, r in taken)
    for _ in range(rng.poisson(2.2 * busy)):
        direction, index = int(rng.choice([-1, 1])), int(rng.integers(made.lanes))
        kind = str(rng.choice(places.CARS + places.TRUCKS + ("bus",), p=[0.14] * 6 + [0.035] * 3 + [0.055]))
        x, y = float(rng.uniform(5, 70)), made.lane_y(direction, index) + float(rng.normal(0, 0.15))
        near = any(abs(y - b) < 2.2 and abs(x - a) < r + 3.5 for a, b, r in taken)
        if not near:
            taken.append((x, y, 5.0))
            yaw = (0 if direction > 0 else np.pi) + float(rng.normal(0, 0.02))
            out.append(Instance(kind, seed(), x, y, yaw, 0.0, places.paint(kind, rng), lamps))
    for _ in range(rng.poisson(1.2 * busy)):
        side, x = int(rng.choice([-1, 1])), float(rng.uniform(6, 40))
        y = made.kerb_y(side, float(rng.uniform(0.5, 2.2)))
        if free(x, y, 0.6):
            yaw = 0.0 if side < 0 else np.pi
            out += places.two_wheeler(rng, seed(), x, y, yaw, 0.0, True, lamps)
            taken.append((x, y, 1.2))
    for _ in range(rng.poisson(3.0 * busy)):
        side, x = int(rng.choice([-1, 1])), float(rng.uniform(6, 35))
        y = side * (made.half + float(rng.uniform(0.5, made.pavement - 0.5)))
        if free(x, y, 0.4):
            kind = f"person-walk-{rng.integers(places.WALK)}" if rng.random() < 0.75 else "person-stand"
            yaw = float(rng.choice([0, np.pi]) + rng.normal(0, 0.3))
            out.append(Instance(kind, seed(), x, y, yaw, made.height(y)))
            taken.append((x, y, 0.5))
    return out
