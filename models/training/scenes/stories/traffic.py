"""Everything that merely passes: vehicles, riders, people on foot."""

from __future__ import annotations

from .. import places
from ..actors import Actor, Part, Stop, passing
from ..story import Stage, Story

KINDS = places.CARS + places.TRUCKS[:2] + ("bus",)


def traffic(stage: Stage, every: float = 14.0, lanes: list[tuple[int, int]] | None = None) -> Story:
    """Vehicles and riders in the given (direction, lane)s, one about every so many seconds each."""
    rng, street, out = stage.rng, stage.street, Story()
    lanes = lanes if lanes is not None else [(d, k) for d in (-1, 1) for k in range(street.lanes)]
    for direction, index in lanes:
        t = rng.uniform(-6, every)
        speed = rng.uniform(7, 12)  # one speed a lane, so that nobody drives through another
        while t < stage.seconds:
            kind = str(rng.choice(KINDS, p=[0.145] * 6 + [0.045, 0.04, 0.045]))
            n = stage.seed()
            y = street.lane_y(direction, index) + rng.normal(0, 0.15)
            x0, x1 = (-20.0, 115.0) if direction > 0 else (115.0, -20.0)
            out.actors.append(
                Actor(
                    f"traffic-{len(out.actors)}",
                    (Part(kind, n, tint=places.paint(kind, rng)),),
                    passing(t, x0, x1, y, speed),
                    lamps=stage.dark,
                )
            )
            t += max(rng.exponential(every), 3.5)
    return out


def riders(stage: Stage, every: float = 18.0) -> Story:
    """Bicycles, scooters and laden tricycles that ride past along the kerb; a laden one is a vendor on the way."""
    rng, street, out = stage.rng, stage.street, Story()
    for side in (-1, 1):
        t = rng.uniform(0, every)
        while t < stage.seconds:
            kind = str(rng.choice(["bicycle", "scooter", "motorcycle", "tricycle-goods"], p=[0.3, 0.4, 0.1, 0.2]))
            n = stage.seed()
            rider = "rider-tricycle" if kind.startswith("tricycle") else f"rider-{kind}"
            y = side * (street.half - (0.5 if street.half - street.lanes * street.lane < 1.2 else 0.9))
            x0, x1 = (-15.0, 90.0) if side < 0 else (90.0, -15.0)
            out.actors.append(
                Actor(
                    f"rider-{side}-{len(out.actors)}",
                    (Part(kind, n, tint=places.car_paint(rng)), Part(rider, n)),
                    passing(t, x0, x1, y, rng.uniform(3.5, 5.5)),
                    lamps=False,
                )
            )
            t += max(rng.exponential(every), 6.0)
    return out


def walkers(stage: Stage, count: int) -> Story:
    """People on the pavements, some with umbrellas when it rains."""
    rng, street, out = stage.rng, stage.street, Story()
    for k in range(count):
        side, direction = int(rng.choice([-1, 1])), int(rng.choice([-1, 1]))
        y = side * (street.half + rng.uniform(0.25, 0.85) * street.pavement)
        speed, t = rng.uniform(0.9, 1.5), rng.uniform(-40, stage.seconds)
        x0, x1 = (-4.0, 60.0) if direction > 0 else (60.0, -4.0)
        n = stage.seed()
        parts = (Part("person-stand", n),)
        if stage.light.rain > 0 and rng.random() < 0.6:
            parts = (Part("person-hold", n), Part("umbrella-hand", n))
        out.actors.append(
            Actor(
                f"walker-{k}",
                parts,
                (Stop(t, x0, y), Stop(t + abs(x1 - x0) / speed, x1, y)),
                z=street.height(y),
                walks=True,
            )
        )
    return out


def bystander(
    stage: Stage,
    name: str,
    x: float,
    y: float,
    since: float,
    until: float,
    facing: float,
    kind: str = "person-stand",
    extra: tuple[Part, ...] = (),
) -> Actor:
    """Somebody who walks up from 8 m away, stays, and walks off."""
    away = 8.0 * (1 if stage.rng.random() < 0.5 else -1)
    n = stage.seed()
    track = (
        Stop(since - 7.0, x + away, y),
        Stop(since, x, y, facing),
        Stop(until, x, y),
        Stop(until + 7.0, x + away, y),
    )
    if since <= 0:
        track = (Stop(-1.0, x, y, facing), Stop(until, x, y), Stop(until + 7.0, x + away, y))
    return Actor(name, (Part(kind, n), *extra), track, z=stage.street.height(y), walks=True)
