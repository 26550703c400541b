"""Muck trucks: uncovered ones, and all the others."""

from __future__ import annotations

from .. import places
from ..actors import Actor, Part, passing, stopping
from ..render import Instance
from ..story import Event, NoPlace, Stage, Story, Zone

RULE = "muck-truck"


def zone(stage: Stage) -> Zone:
    """The road where a truck is large enough to judge."""
    s = stage.street
    return Zone("carriageway", RULE, ((-5, -s.half), (38, -s.half), (38, s.half), (-5, s.half)), None)


def passes(stage: Stage, direction: int, kind: str, t: float) -> Story:
    """One truck that drives through."""
    lane = stage.street.lane_y(direction, stage.street.lanes - 1)
    yaw = 0.0 if direction > 0 else 3.1416
    speed = float(stage.rng.uniform(5, 8))
    # It must be whole and large in the picture for two seconds, or nobody could say what it carries.
    metres = sum(stage.sees(Instance(kind, stage.variants[0], x, lane, yaw), 0.12, 0.6) for x in range(5, 38))
    if metres < 2 * speed:
        raise NoPlace(kind)
    name = f"truck-{kind}-{t:.0f}"
    x0, x1 = (-25.0, 110.0) if direction > 0 else (110.0, -25.0)
    actor = Actor(
        name,
        (Part(kind, stage.seed(), tint=places.truck_paint(stage.rng)),),
        passing(t, x0, x1, lane, speed),
        lamps=stage.dark,
    )
    event = Event(RULE, zone(stage).id, t, t + 135 / speed, name, _words(kind), inside=True)
    return _told(stage, actor, kind, event)


def stops(stage: Stage, direction: int, kind: str) -> Story:
    """One truck that halts at the kerb for 22 s, less than any dwell of parking."""
    y = stage.street.kerb_y(-direction, 1.6)
    yaw = 0.0 if direction > 0 else 3.1416
    x, y = stage.spot(kind, [y], (9.0, 26.0), yaw, 0.12, 5.5)
    start = float(stage.rng.uniform(10, stage.seconds - 40))
    name = f"truck-halts-{kind}"
    lane = stage.street.lane_y(direction, stage.street.lanes - 1)
    actor = Actor(
        name,
        (Part(kind, stage.seed(), tint=places.truck_paint(stage.rng)),),
        stopping(start, start + 22, x, y, direction, lane),
        lamps=stage.dark,
    )
    event = Event(RULE, zone(stage).id, start - 10, start + 32, name, _words(kind) + ", halting", inside=True)
    return _told(stage, actor, kind, event)


def _told(stage: Stage, actor: Actor, kind: str, event: Event) -> Story:
    bad = kind.startswith("muck-loaded")
    return Story([actor], [event] if bad else [], [] if bad else [event], [zone(stage)])


def _words(kind: str) -> str:
    return {
        "muck-empty": "an empty muck truck",
        "muck-covered": "a covered muck truck",
        "muck-loaded": "a muck truck, heaped and uncovered",
        "muck-loaded-low": "a muck truck, full and uncovered",
    }.get(kind, "a truck that is no muck truck")
