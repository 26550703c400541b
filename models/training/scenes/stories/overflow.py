"""Overflowing bins, and bins that are not."""

from __future__ import annotations

import numpy as np

from .. import places
from ..actors import Actor, Part, standing
from ..story import Event, NoPlace, Stage, Story, Zone
from .traffic import bystander

RULE, DWELL = "bin-overflow", "20s"


def zone(stage: Stage, side: int) -> Zone:
    """The pavement of one side."""
    s = stage.street
    a, b = sorted((side * (s.half - 0.3), side * (s.half + s.pavement)))
    return Zone(f"bins-{'left' if side > 0 else 'right'}", RULE, ((-5, a), (40, a), (40, b), (-5, b)), DWELL, 0.1)


def _bin(stage: Stage, side: int, shape: str | None = None) -> tuple[str, float, float, float, int]:
    shape = shape or str(stage.rng.choice(list(places.BINS)))
    yaw = -side * np.pi / 2 + float(stage.rng.normal(0, 0.15))
    ys = [stage.street.kerb_y(side, -d) for d in (0.7, 1.1, 1.8, 2.4)]
    x, y = stage.spot(f"bin-{shape}-normal", ys, (4.0, 18.0), yaw, 0.105, 2.0)
    return shape, x, y, yaw, stage.seed()


def _waste(stage: Stage, shape: str, n: int) -> tuple[Part, ...]:
    near = 1.3 if shape == "container" else 0.9
    kinds = ("waste-bags", "waste-boxes", "waste-bags")
    out = []
    for k in range(int(stage.rng.integers(1, 3))):
        # In front of the bin or at its sides, where a camera on the road's side sees it.
        angle = float(stage.rng.uniform(-1.9, 1.9))
        out.append(
            Part(kinds[k], n + k, (near * np.cos(angle), near * np.sin(angle), 0, float(stage.rng.uniform(0, 6))))
        )
    return tuple(out)


def _seen_waste(stage: Stage, bin_there: Actor, n: int, shape: str) -> tuple[Part, ...]:
    """Waste beside a bin, of which the camera sees half at least: what the bin or a kiosk hides nobody could report.

    Raises NoPlace.
    """
    for _ in range(12):
        waste = _waste(stage, shape, n)
        there = Actor("", (*bin_there.parts, *waste), bin_there.track, bin_there.z).instances(0.0)
        ids = stage.renderer.ids(stage.camera, there)
        whole = stage.renderer.ids(stage.camera, there[1:], alone=True) > 0
        if (ids > 1).sum() >= max(0.5 * whole.sum(), 1):
            return waste
    raise NoPlace("waste")


def _still(
    stage: Stage,
    side: int,
    before: str,
    name: str,
    after: tuple[float, tuple[Part, ...]] | None = None,
    shape: str | None = None,
):
    shape, x, y, yaw, n = _bin(stage, side, shape)
    make = lambda state: Part(f"bin-{shape}-{state}", n)
    z = stage.street.height(y)
    actor = Actor(name, (make(before),), standing(x, y, yaw, -1), z=z)
    return actor, shape, x, y, yaw, n, make


def overflows(stage: Stage, side: int) -> Story:
    """A bin that somebody fills over its rim; in half of the videos it is emptied again."""
    name = f"bin-over-{side}"
    actor, shape, x, y, yaw, n, make = _still(stage, side, "normal", name)
    start = float(stage.rng.uniform(8, 16))
    cleaned = start + 45 + float(stage.rng.uniform(0, 10)) if stage.rng.random() < 0.4 and stage.seconds >= 90 else None
    changes = [(start, (make("over-rim"),))] + ([(cleaned, (make("normal"),))] if cleaned else [])
    end = cleaned or stage.seconds
    actor = Actor(name, actor.parts, actor.track, actor.z, changes=tuple(changes))
    filler = bystander(
        stage,
        f"{name}-filler",
        x + 0.9 * np.cos(yaw),
        y + 0.9 * np.sin(yaw),
        start - 3,
        start,
        yaw + np.pi,
        "person-reach",
    )
    z = zone(stage, side)
    return Story([actor, filler], [Event(RULE, z.id, start, end, name, f"a {shape} bin over its rim", part=0)], [], [z])


def bags_beside(stage: Stage, side: int) -> Story:
    """Bags put down beside a bin."""
    name = f"bin-bags-{side}"
    actor, shape, x, y, yaw, n, make = _still(stage, side, "normal", name)
    start = float(stage.rng.uniform(8, 16))
    waste = _seen_waste(stage, actor, n, shape)
    actor = Actor(name, actor.parts, actor.track, actor.z, changes=((start, (make("normal"), *waste)),))
    z = zone(stage, side)
    return Story(
        [actor], [Event(RULE, z.id, start, stage.seconds, name, f"waste beside a {shape} bin", part=0)], [], [z]
    )


def full_all_day(stage: Stage, side: int) -> Story:
    """A bin that is over its rim from the first picture to the last."""
    name = f"bin-full-{side}"
    actor, shape, *_ = _still(stage, side, "over-rim", name)
    z = zone(stage, side)
    return Story(
        [actor],
        [Event(RULE, z.id, 0.0, stage.seconds, name, f"a {shape} bin over its rim all the time", part=0)],
        [],
        [z],
    )


def normal(stage: Stage, side: int) -> Story:
    """A bin as it should be, and people who throw something away in front of it."""
    name = f"bin-normal-{side}"
    actor, shape, x, y, yaw, n, _ = _still(stage, side, "normal", name)
    story = Story(
        [actor],
        [],
        [Event(RULE, zone(stage, side).id, 0.0, stage.seconds, name, "people throw bags into a bin", part=0)],
        [zone(stage, side)],
    )
    t = float(stage.rng.uniform(6, 15))
    while t < stage.seconds - 12:
        ax, ay = x + 0.95 * np.cos(yaw), y + 0.95 * np.sin(yaw)
        extra = (Part("bag-small", n, (0.35, 0.1, 0.6, 0)),)
        story.actors.append(
            bystander(
                stage,
                f"{name}-{t:.0f}",
                ax,
                ay,
                t,
                t + float(stage.rng.uniform(3, 6)),
                yaw + np.pi,
                "person-reach",
                extra,
            )
        )
        t += float(stage.rng.uniform(18, 35))
    return story


def lid_open(stage: Stage, side: int) -> Story:
    """An open lid with nothing over the rim."""
    return _quiet(stage, side, "lid-open", "an open lid")


def fallen(stage: Stage, side: int) -> Story:
    """A bin on its side: a fault of the component, no overflow."""
    return _quiet(stage, side, "fallen", "a bin that fell over", str(stage.rng.choice(["wheelie", "litter"])))


def _quiet(stage: Stage, side: int, state: str, text: str, shape: str | None = None) -> Story:
    name = f"bin-{state}-{side}"
    actor, *_ = _still(stage, side, state, name, shape=shape)
    z = zone(stage, side)
    return Story([actor], [], [Event(RULE, z.id, 0.0, stage.seconds, name, text, part=0)], [z])
