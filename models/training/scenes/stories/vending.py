"""Street vending, and what only looks like it."""

from __future__ import annotations

import numpy as np

from .. import places
from ..actors import Actor, Part, Stop, passing, standing
from ..story import Event, Stage, Story, Zone
from .traffic import bystander

RULE, DWELL = "street-vending", "20s"


def zone(stage: Stage, side: int) -> Zone:
    """The pavement of one side and the strip of road along it."""
    s = stage.street
    a, b = sorted((side * (s.half - 2.2), side * (s.half + s.pavement)))
    return Zone(f"pavement-{'left' if side > 0 else 'right'}", RULE, ((-5, a), (45, a), (45, b), (-5, b)), DWELL, 0.1)


def _place(stage: Stage, side: int, kind: str, yaw: float, smallest: float = 0.07) -> tuple[float, float]:
    ys = [stage.street.kerb_y(side, -d) for d in np.linspace(0.9, max(stage.street.pavement - 1.6, 1.0), 4)]
    return stage.spot(kind, ys, (5.0, 24.0), yaw, smallest, 2.4)


def _stall(
    stage: Stage, side: int, kind: str, shade: bool, vendor: bool, name: str, since: float, until: float, trade: str
) -> tuple[Story, Event]:
    yaw = -side * np.pi / 2 + stage.rng.normal(0, 0.15)
    x, y = _place(stage, side, kind, yaw)
    n = stage.seed()
    parts = [Part(kind, n, tint=places.car_paint(stage.rng))]
    if shade:
        parts.append(Part("umbrella-sunshade", n, (-0.75, 0.3, 0, 0)))
    story = Story()
    z = stage.street.height(y)
    story.actors.append(Actor(name, tuple(parts), standing(x, y, yaw, since, until), z=z))
    if vendor:
        who = str(stage.rng.choice(["person-stand", "person-sit", "person-reach"]))
        extra = (Part("stool", n),) if who == "person-sit" else ()
        c, s = np.cos(yaw), np.sin(yaw)
        vx, vy = x - 1.25 * c, y - 1.25 * s
        story.actors.append(Actor(f"{name}-vendor", (Part(who, n), *extra), standing(vx, vy, yaw, since, until), z=z))
        for k in range(int(stage.rng.integers(0, 3))):  # customers come and go
            t = float(stage.rng.uniform(10, stage.seconds - 20))
            ax, ay = x + 1.4 * c + stage.rng.uniform(-0.5, 0.5), y + 1.4 * s
            story.actors.append(
                bystander(stage, f"{name}-customer-{k}", ax, ay, t, t + float(stage.rng.uniform(6, 14)), yaw + np.pi)
            )
    witnesses = (f"{name}-vendor",) if vendor else ()
    until = min(until, stage.seconds)
    return story, Event(RULE, zone(stage, side).id, max(since, 0.0), until, name, trade, witnesses=witnesses)


def trades(stage: Stage, side: int, kind: str | None = None) -> Story:
    """A stall with its vendor: a cart, a table, a rack or a mat with goods, under a parasol or not."""
    kind = kind or str(stage.rng.choice(places.STALLS))
    shade = bool(stage.rng.random() < 0.5) and kind in ("stall-table", "stall-rack")
    since = -1.0 if stage.rng.random() < 0.4 else float(stage.rng.uniform(6, 16))
    until = stage.seconds + 5 if stage.rng.random() < 0.6 else float(stage.rng.uniform(since + 45, stage.seconds))
    what = kind.removeprefix("stall-")
    story, event = _stall(
        stage,
        side,
        kind,
        shade,
        True,
        f"stall-{side}",
        since,
        until,
        f"a vendor with a {what}{' under a parasol' if shade else ''}",
    )
    story.events.append(event)
    story.zones.append(zone(stage, side))
    return story


def tricycle_trades(stage: Stage, side: int) -> Story:
    """Fruit sold from a tricycle under a parasol; it rides up and stays."""
    yaw = 0.0 if side < 0 else np.pi
    x, y = stage.spot("tricycle-shade-goods", [stage.street.kerb_y(side, 0.9)], (6.0, 22.0), yaw, 0.07, 2.4)
    n, name = stage.seed(), f"tricycle-{side}"
    since = float(stage.rng.uniform(8, 16))
    until = stage.seconds + 5
    paint = places.car_paint(stage.rng)
    bare = (Part("tricycle-goods", n, tint=paint), Part("rider-tricycle", n))
    open_ = (
        Part("tricycle-shade-goods", n, tint=paint),
        Part("umbrella-sunshade", n, (-0.6, 0.1, 0, 0)),
        Part("person-stand", n, (-1.9, 0.0, 0, 0)),
    )
    ride = [
        Stop(since - 8, x - np.cos(yaw) * 32, y),
        Stop(since, x, y),
        Stop(since + 0.1, x, y, yaw),
        Stop(until, x, y, yaw),
    ]
    actor = Actor(name, bare, tuple(ride), changes=((since + 1.0, open_),))
    z = zone(stage, side)
    return Story(
        [actor],
        [Event(RULE, z.id, since + 1.0, stage.seconds, name, "fruit sold from a tricycle under a parasol", part=0)],
        [],
        [z],
    )


def abandoned(stage: Stage, side: int) -> Story:
    """A stall that nobody is with."""
    kind = str(stage.rng.choice(["stall-cart", "stall-table"]))
    story, event = _stall(
        stage, side, kind, False, False, f"abandoned-{side}", -1.0, stage.seconds + 5, "a stall with nobody at it"
    )
    story.lookalikes.append(event)
    story.zones.append(zone(stage, side))
    return story


def rides_past(stage: Stage, side: int) -> Story:
    """A vendor on the way: a laden tricycle that does not stop."""
    n, name = stage.seed(), f"vendor-passes-{side}"
    x0, x1 = (-12.0, 80.0) if side < 0 else (80.0, -12.0)
    t = float(stage.rng.uniform(5, stage.seconds - 30))
    y = stage.street.kerb_y(side, 0.7)
    actor = Actor(
        name,
        (Part("tricycle-goods", n, tint=places.car_paint(stage.rng)), Part("rider-tricycle", n)),
        passing(t, x0, x1, y, float(stage.rng.uniform(2.5, 4.0))),
    )
    z = zone(stage, side)
    return Story([actor], [], [Event(RULE, z.id, t, t + 25, name, "a vendor rides past", part=0)], [z])


def shelters(stage: Stage, side: int) -> Story:
    """Somebody who stands under an umbrella."""
    ys = [stage.street.kerb_y(side, -d) for d in (1.2, 2.0, 2.8)]
    facing = float(stage.rng.uniform(0, 6.28))
    x, y = stage.spot("umbrella-hand", ys, (5.0, 20.0), 0.0, 0.03, 1.2)
    n, name = stage.seed(), f"umbrella-{side}"
    since = float(stage.rng.uniform(0, 10))
    actor = Actor(
        name,
        (Part("person-hold", n), Part("umbrella-hand", n)),
        standing(x, y, facing, since),
        z=stage.street.height(y),
    )
    z = zone(stage, side)
    return Story([actor], [], [Event(RULE, z.id, since, stage.seconds, name, "somebody stands under an umbrella")], [z])


def parked_tricycle(stage: Stage, side: int) -> Story:
    """A laden tricycle that is only parked: no parasol, no trade."""
    yaw = 0.0 if side < 0 else np.pi
    x, y = stage.spot("tricycle-goods", [stage.street.kerb_y(side, 0.8)], (6.0, 22.0), yaw, 0.06, 2.2)
    n, name = stage.seed(), f"tricycle-parked-{side}"
    actor = Actor(name, (Part("tricycle-goods", n, tint=places.car_paint(stage.rng)),), standing(x, y, yaw, -1))
    z = zone(stage, side)
    return Story(
        [actor], [], [Event(RULE, z.id, 0, stage.seconds, name, "a parked tricycle without trade", part=0)], [z]
    )
