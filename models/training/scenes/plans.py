"""Which stories a video tells. One seed, one video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .stories import muck, overflow, parking, traffic, vending
from .story import Stage, Story
from .told import only_what_is_seen

Tell = Callable[[Stage], Story]


@dataclass(frozen=True)
class Plan:
    """A kind of video: its stories, its light (None: any) and what passes by."""

    name: str
    stories: tuple[Tell, ...]
    light: str | None = None
    every: float = 16.0  # seconds between vehicles of a lane
    own_side: bool = True  # whether the side of the violation also has traffic
    camera_height: tuple[float, float] | None = None
    seconds: float = 90.0


def near(tell: Callable[[Stage, int], Story]) -> Tell:
    """On the camera's side of the road."""
    return lambda stage: tell(stage, -1 if stage.camera.y < 0 else 1)


def far(tell: Callable[[Stage, int], Story]) -> Tell:
    """On the other side."""
    return lambda stage: tell(stage, 1 if stage.camera.y < 0 else -1)


def truck(kind: str, part: float, direction: int = 0) -> Tell:
    """A truck that passes when `part` of the video is over."""

    def tell(stage: Stage) -> Story:
        way = direction or int(stage.rng.choice([-1, 1]))
        return muck.passes(stage, way, kind, part * stage.seconds)

    return tell


def halting(kind: str) -> Tell:
    return lambda stage: muck.stops(stage, int(stage.rng.choice([-1, 1])), kind)


def cloud(stage: Stage) -> Story:
    """The light goes and comes back."""
    return Story(cloud=(stage.seconds * 0.45, stage.seconds * 0.7, 0.3))


def bump(stage: Stage) -> Story:
    """Wind or a bird: the camera is knocked by half a degree and stays so."""
    way = stage.rng.choice([-1, 1], 2)
    return Story(bump=(stage.seconds * 0.55, float(way[0]) * 0.008, float(way[1]) * 0.004))


PLANS = (
    Plan("parking", (near(parking.parks), far(parking.stands), truck("muck-covered", 0.5))),
    Plan("brief-stops", (near(parking.stops_briefly), far(parking.loads), near(overflow.overflows))),
    Plan("queue", (far(parking.queues), near(vending.trades)), every=60.0),
    Plan("hidden", (far(parking.hidden),), camera_height=(4.2, 4.9), every=60.0, seconds=120.0),
    Plan("market", (near(vending.trades), far(vending.tricycle_trades), near(vending.shelters))),
    Plan(
        "no-market",
        (near(vending.abandoned), far(vending.parked_tricycle), near(vending.rides_past), near(overflow.bags_beside)),
    ),
    Plan("bins", (near(overflow.overflows), near(overflow.normal), far(vending.trades))),
    Plan(
        "quiet-bins", (near(overflow.lid_open), near(overflow.fallen), near(overflow.full_all_day), near(parking.parks))
    ),
    Plan(
        "muck",
        (
            truck("muck-loaded", 0.15),
            truck("muck-covered", 0.45),
            truck("muck-empty", 0.75),
            near(overflow.bags_beside),
        ),
    ),
    Plan(
        "muck-halt",
        (halting("muck-loaded-low"), truck("truck-flatbed", 0.7), truck("muck-loaded", 0.05), near(vending.trades)),
    ),
    Plan("cloud", (near(parking.stands), near(overflow.full_all_day), truck("muck-loaded-low", 0.2), cloud), "day"),
    Plan("bump", (near(parking.parks), near(vending.trades), bump)),
    Plan(
        "rain", (near(vending.shelters), near(parking.parks), truck("muck-loaded", 0.5), near(overflow.normal)), "rain"
    ),
    Plan(
        "night",
        (near(parking.parks), far(parking.stops_briefly), truck("muck-loaded", 0.3), near(overflow.overflows)),
        "night",
    ),
    Plan(
        "dusk",
        (near(vending.trades), far(parking.parks), truck("muck-covered", 0.4), truck("muck-loaded", 0.75)),
        "dusk",
    ),
    Plan(
        "all",
        (
            near(overflow.bags_beside),
            far(parking.parks),
            near(vending.tricycle_trades),
            truck("muck-loaded-low", 0.35),
            truck("muck-empty", 0.65),
        ),
    ),
)


def tell(plan: Plan, stage: Stage) -> Story:
    """All of a plan's stories in one street, with the traffic around them."""
    whole = Story()
    for story in plan.stories:
        whole.add(story(stage))
    only_what_is_seen(stage, whole)
    queue_side = {a.name.split("-")[1] for a in whole.actors if a.name.startswith("queue")}
    hidden = any(a.name.endswith("-truck") for a in whole.actors)
    lanes = [(d, k) for d in (-1, 1) for k in range(stage.street.lanes)]
    if queue_side or hidden:
        lanes = []  # whoever passes would drive through the line, or through the truck
    else:
        lanes = [(d, k) for d, k in lanes if not _blocked(whole, stage, d, k)]
    whole.add(traffic.traffic(stage, plan.every, lanes))
    if not hidden and not queue_side:
        whole.add(_riders(stage, whole))
    whole.add(traffic.walkers(stage, int(stage.rng.integers(3, 9))))
    return whole


def _blocked(story: Story, stage: Stage, direction: int, index: int) -> bool:
    """Whether something stands in a lane, or a truck of the plot drives there."""
    lane = stage.street.lane_y(direction, index)
    for actor in story.actors:
        if actor.z > 0.01:
            continue
        for t in np.linspace(0, stage.seconds, 60):
            pose = actor.pose(float(t))
            if pose and abs(pose[1] - lane) < 2.1 and -15 < pose[0] < 80:
                return True
    return False


def _riders(stage: Stage, story: Story) -> Story:
    """Riders along the kerbs where nothing stands."""
    made = traffic.riders(stage)
    stood = {
        1 if a.pose(t)[1] > 0 else -1
        for a in story.actors
        for t in np.linspace(0, stage.seconds, 30)
        if a.z < 0.01 and a.pose(float(t)) and abs(a.pose(float(t))[1]) > stage.street.half - 2.6
    }
    made.actors = [a for a in made.actors if (1 if a.track[0].y > 0 else -1) not in stood]
    return made
