"""What must hold of the generator: python -m scenes.selfcheck (about a minute)."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from . import objects, places
from .actors import Actor, Part, stopping
from .camera import Camera, clip_polygon
from .components import selfcheck as components
from .objects import build
from .plans import PLANS
from .render import Renderer
from .story import NoPlace
from .told import only_what_is_seen
from .video import _stage, film

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def every_kind_stands_on_the_ground_with_outward_faces() -> None:
    """Normals agree with the winding, nothing is under the ground, the same seed gives the same mesh."""
    for kind in objects.kinds():
        mesh = build(kind, np.random.default_rng(7))
        again = build(kind, np.random.default_rng(7))
        assert np.array_equal(mesh.position, again.position), kind
        assert np.isfinite(mesh.position).all() and np.isfinite(mesh.normal).all(), kind
        corners = mesh.position.reshape(-1, 3, 3)
        faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        agree = (faces * mesh.normal.reshape(-1, 3, 3).mean(axis=1)).sum(axis=1) >= -1e-9
        assert agree.mean() > 0.93, (kind, float(agree.mean()))
        assert mesh.bounds()[0][2] > -0.3, kind


def sets_share_no_object() -> None:
    """What is measured on was never trained on."""
    ranges = [set(range(*r)) for r in places.OBJECTS.values()]
    assert sum(len(r) for r in ranges) == len(set().union(*ranges))
    assert places.spare((90, 538)) == (90, 538)
    for wrong in ((990, 1001), (5400, 5000)):
        try:
            places.spare(wrong)
        except ValueError:
            continue
        raise AssertionError(f"objects {wrong} were taken: of the held-out set, or none")


def a_camera_projects_as_pinholes_do() -> None:
    """What lies straight ahead is in the middle; what is further to the left is further left."""
    camera = Camera(0, 0, 5, 0.3, -0.2, 1.0)
    ahead = np.array([np.cos(0.3) * np.cos(-0.2), np.sin(0.3) * np.cos(-0.2), np.sin(-0.2)]) * 10 + [0, 0, 5]
    assert np.allclose(camera.project(ahead, 16 / 9)[0], [0.5, 0.5, 10.0])
    left = ahead + [-np.sin(0.3), np.cos(0.3), 0]
    assert camera.project(left, 16 / 9)[0][0] < 0.5
    polygon = camera.ground_polygon([(-5, -3), (60, -3), (60, 3), (-5, 3)], 16 / 9)
    assert len(polygon) >= 3 and all(0 < v < 1 for p in polygon for v in p)
    assert clip_polygon([[2, 2], [3, 2], [3, 3]]) == []


def a_car_that_parks_arrives_and_leaves_when_it_says() -> None:
    """It stands still exactly between its two times."""
    car = Actor("car", (Part("car-sedan", 1),), stopping(20, 50, 15.0, -4.0, 1, -1.8))
    assert car.pose(20.0)[:2] == (15.0, -4.0) == car.pose(49.9)[:2]
    assert car.pose(19.0)[0] < 15.0 < car.pose(51.0)[0]
    assert abs(car.pose(18.0)[2]) < 0.5


def one_seed_gives_one_video() -> None:
    """Byte for byte, on one machine."""
    plan = replace(PLANS[-1], seconds=75.0)
    digests = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            r = Renderer(320, 180)
            made = film(4, plan, Path(folder), "c", r, 1, places.OBJECTS["validation"], NOON)
            digests.append((hashlib.sha256((Path(folder) / "c.mp4").read_bytes()).hexdigest(), str(made.events)))
    assert digests[0] == digests[1]
    assert {e["rule"] for e in made.events} == {"bin-overflow", "illegal-parking", "street-vending", "muck-truck"}
    for event in made.events:
        assert event["start"] < event["end"], event
        assert all(0 <= v <= 1 for v in event.get("bbox", [])), event


def every_plan_can_be_told() -> None:
    """Each finds a street, and has the events or look-alikes that it is for."""
    r = Renderer(320, 180, samples=0)
    for number, plan in enumerate(PLANS):
        _, story = _stage(number, plan, r, places.OBJECTS["validation"])
        assert story.events or story.lookalikes, plan.name
        names = {a.name for a in story.actors}
        assert {e.actor for e in story.events + story.lookalikes} <= names, plan.name


def nothing_is_told_that_the_picture_does_not_show() -> None:
    """A stall whose vendor nobody sees is no event, nor is a queue of which one car is seen; a hidden look-alike is none."""
    r = Renderer(320, 180, samples=0)
    elsewhere = lambda a: replace(a, track=tuple(replace(s, x=s.x - 900) for s in a.track))
    without = lambda story, gone: replace(story, actors=[elsewhere(a) if gone(a.name) else a for a in story.actors])
    number = next(n for n, plan in enumerate(PLANS) if plan.name == "queue")
    stage, story = _stage(number, PLANS[number], r, places.OBJECTS["validation"])
    kept = len(story.lookalikes)
    only_what_is_seen(stage, story)
    assert len(story.lookalikes) == kept >= 2 and story.events, "what is seen is told"
    first = next(e.actor for e in story.lookalikes if e.actor.startswith("queue"))
    for gone in (
        lambda name: name.endswith("-vendor"),
        lambda name: name == story.events[0].actor,
        lambda name: name.startswith("queue") and name != first,
    ):
        try:
            only_what_is_seen(stage, without(story, gone))
        except NoPlace:
            continue
        raise AssertionError("a story was told that nobody could see")
    queueless = without(story, lambda name: name.startswith("queue"))
    only_what_is_seen(stage, queueless)
    assert not [e for e in queueless.lookalikes if e.actor.startswith("queue")]


CHECKS = (
    every_kind_stands_on_the_ground_with_outward_faces,
    sets_share_no_object,
    a_camera_projects_as_pinholes_do,
    a_car_that_parks_arrives_and_leaves_when_it_says,
    every_plan_can_be_told,
    nothing_is_told_that_the_picture_does_not_show,
    one_seed_gives_one_video,
    *components.CHECKS,
)


def main() -> None:
    for check in CHECKS:
        check()
        print(f"ok  {check.__name__}")
    print(f"{len(CHECKS)} passed, 0 failed")


if __name__ == "__main__":
    main()
