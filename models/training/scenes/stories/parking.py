"""Illegal parking, and what only looks like it."""

from __future__ import annotations

from .. import places
from ..actors import Actor, Part, Stop, standing, stopping
from ..story import Event, Stage, Story, Zone

RULE, DWELL = "illegal-parking", "30s"


def zone(stage: Stage, side: int) -> Zone:
    """The carriageway of one side, from the road's middle to the kerb."""
    s = stage.street
    a, b = sorted((side * 0.35, side * (s.half + 0.3)))
    return Zone(f"road-{'left' if side > 0 else 'right'}", RULE, ((-5, a), (60, a), (60, b), (-5, b)), DWELL)


def _car(stage: Stage, side: int, xs: tuple[float, float] = (7.0, 30.0)):
    """A place at the kerb, and a car for it: x, y, direction of travel, part."""
    kind = str(stage.rng.choice(places.CARS + ("truck-box", "truck-flatbed"), p=[0.15] * 6 + [0.05] * 2))
    direction = -side
    y = stage.street.kerb_y(side, 1.2 if kind.startswith("car") else 1.4)
    x, y = stage.spot(kind, [y], xs, 0.0 if direction > 0 else 3.1416, 0.075, 3.6)
    return x, y, direction, Part(kind, stage.seed(), tint=places.paint(kind, stage.rng))


def parks(stage: Stage, side: int) -> Story:
    """A car comes, parks, and drives off after its time, or stays."""
    x, y, direction, part = _car(stage, side)
    start = float(stage.rng.uniform(8, 18))
    stay = float(stage.rng.uniform(45, stage.seconds - start - 6))
    until = start + stay if stage.rng.random() < 0.6 else stage.seconds + 30
    z, name = zone(stage, side), f"parked-{side}-{x:.0f}"
    actor = Actor(name, (part,), stopping(start, until, x, y, direction, _lane(stage, direction)), lamps=False)
    end = min(until, stage.seconds)
    return Story(
        [actor], [Event(RULE, z.id, start, end, name, f"a {part.kind} parks for {end - start:.0f} s")], [], [z]
    )


def stands(stage: Stage, side: int) -> Story:
    """A car that stands there from the first picture to the last."""
    x, y, direction, part = _car(stage, side)
    z, name = zone(stage, side), f"standing-{side}-{x:.0f}"
    yaw = 0.0 if direction > 0 else 3.1416
    actor = Actor(name, (part,), standing(x, y, yaw, -1))
    return Story(
        [actor], [Event(RULE, z.id, 0.0, stage.seconds, name, f"a {part.kind} stands there all the time")], [], [z]
    )


def stops_briefly(stage: Stage, side: int) -> Story:
    """Somebody is let out: 20 s, which is no parking."""
    x, y, direction, part = _car(stage, side)
    start = float(stage.rng.uniform(8, stage.seconds - 35))
    z, name = zone(stage, side), f"brief-{side}-{x:.0f}"
    actor = Actor(
        name, (part,), stopping(start, start + 20, x, y, direction, _lane(stage, direction)), lamps=stage.dark
    )
    return Story([actor], [], [Event(RULE, z.id, start, start + 20, name, "a car stops for 20 s")], [z])


def loads(stage: Stage, side: int) -> Story:
    """A delivery van, its driver carrying boxes to a shop, gone within the dwell."""
    x, y, direction, _ = _car(stage, side)
    part = Part("car-van", stage.seed(), tint=places.car_paint(stage.rng))
    start = float(stage.rng.uniform(8, stage.seconds - 35))
    z, name = zone(stage, side), f"van-{side}-{x:.0f}"
    van = Actor(name, (part,), stopping(start, start + 25, x, y, direction, _lane(stage, direction)), lamps=stage.dark)
    door, kerb = y + side * 1.5, side * (stage.street.half + stage.street.pavement * 0.9)
    driver = Actor(
        f"{name}-driver",
        (Part("person-carry", stage.seed()),),
        (
            Stop(start + 2, x, door),
            Stop(start + 7, x + 1, kerb),
            Stop(start + 10, x + 1, kerb),
            Stop(start + 15, x, door),
            Stop(start + 17, x, door),
            Stop(start + 21, x + 1, kerb),
            Stop(start + 24, x, door),
        ),
        z=0.15,
    )
    return Story([van, driver], [], [Event(RULE, z.id, start, start + 25, name, "a delivery van loads for 25 s")], [z])


def queues(stage: Stage, side: int) -> Story:
    """A line of cars that waits at a light for 45 s and drives on."""
    direction = -side
    lane = stage.street.lane_y(direction, 0)
    yaw = 0.0 if direction > 0 else 3.1416
    head, _ = stage.spot("car-sedan", [lane], (14.0, 34.0), yaw, 0.05, 3.0, claim=False)
    start = float(stage.rng.uniform(10, max(stage.seconds - 62, 11)))
    z, story = zone(stage, side), Story()
    go = start + 45
    names = [f"queue-{side}-{k}" for k in range(int(stage.rng.integers(3, 5)))]
    for k, name in enumerate(names):
        x = head - direction * 6.6 * k
        kind = str(stage.rng.choice(places.CARS))
        # Each sees the one before it stop, and start.
        track = stopping(start + 2.2 * k, go + 1.3 * k, x, lane, direction, lane)
        story.actors.append(
            Actor(name, (Part(kind, stage.seed(), tint=places.car_paint(stage.rng)),), track, lamps=stage.dark)
        )
        others = tuple(n for n in names if n != name)
        story.lookalikes.append(
            Event(RULE, z.id, start + 2.2 * k, go + 1.3 * k, name, "a queue at a light", witnesses=others)
        )
        stage.taken.append((x, lane, 3.4))
    story.zones.append(z)
    return story


def hidden(stage: Stage, side: int) -> Story:
    """A parked car behind which a truck stands for a minute: one stay, one candidate."""
    x, y, direction, part = _car(stage, side, (9.0, 18.0))
    start = 12.0
    until = min(stage.seconds - 8, 112.0)
    z, name = zone(stage, side), f"hidden-{side}-{x:.0f}"
    car = Actor(name, (part,), stopping(start, until, x, y, direction, _lane(stage, direction)))
    # On the line from the camera to the car, on the other carriageway, outside the zone.
    lane = stage.street.lane_y(-direction, 0)
    u = (lane - stage.camera.y) / (y - stage.camera.y)
    tx = stage.camera.x + u * (x - stage.camera.x)
    truck = Actor(
        f"{name}-truck",
        (Part("truck-box", stage.seed(), tint=places.truck_paint(stage.rng)),),
        stopping(36.0, 90.0, tx, lane, -direction, lane),
    )
    text = f"a {part.kind} parks for {until - start:.0f} s, a truck hides it for 54 s of them"
    return Story([car, truck], [Event(RULE, z.id, start, until, name, text)], [], [z])


def _lane(stage: Stage, direction: int) -> float:
    return stage.street.lane_y(direction, stage.street.lanes - 1)
