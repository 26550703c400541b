"""One seed becomes one video with its truth: true H.264, boxes and times."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from . import places
from .actors import Actor
from .camera import Camera
from .plans import PLANS, Plan, tell
from .render import Renderer
from .sensor import Sensor, caption
from .story import Event, NoPlace, Stage, Story, Zone


@dataclass(frozen=True)
class Filmed:
    """A video on disk and what is true of it."""

    camera: str
    name: str
    file: str
    start: datetime
    seconds: float
    end: str  # time of the last picture
    events: list[dict]
    lookalikes: list[dict]
    zones: list[tuple[Zone, list[list[float]]]]


def film(
    seed: int,
    plan: Plan,
    folder: Path,
    camera_id: str,
    r: Renderer,
    fps: int,
    variants: tuple[int, int],
    start: datetime,
    crf: int = 27,
    name: str | None = None,
) -> Filmed:
    """Draws the video of `seed` into `folder/camera_id.mp4`."""
    stage, story = _stage(seed, plan, r, variants)
    rng = np.random.default_rng([seed, 5])
    sensor = Sensor(rng, *r.size)
    sway = rng.uniform(0.0, 0.0006)  # of the picture's width
    words = rng.random() < 0.6
    file = folder / f"{camera_id}.mp4"
    writer = _writer(file, r.size, fps, crf)
    try:
        for n in range(int(plan.seconds * fps)):
            t = n / fps
            picture = sensor.take(_picture(stage, story, t), _light(stage, story, t), _sway(sway, t, r.size[0]))
            if words:
                clock = (start + timedelta(seconds=t)).strftime("%Y-%m-%d %H:%M:%S")
                picture = caption(picture, name or camera_id, clock)
            writer.stdin.write(np.ascontiguousarray(picture).tobytes())
    finally:
        writer.stdin.close()
        if writer.wait() != 0:
            raise RuntimeError(f"ffmpeg could not write {file}")
    last = (start + timedelta(seconds=(int(plan.seconds * fps) - 1) / fps)).isoformat(timespec="milliseconds")
    truth = lambda events: [e for e in (_truth(stage, story, e, camera_id, start) for e in events) if e]
    zones = [(z, stage.camera.ground_polygon(list(z.corners), r.aspect, z.z)) for z in story.zones]
    return Filmed(
        camera_id,
        name or plan.name,
        file.name,
        start,
        plan.seconds,
        last,
        truth(story.events),
        truth(story.lookalikes),
        zones,
    )


def _stage(seed: int, plan: Plan, r: Renderer, variants: tuple[int, int]) -> tuple[Stage, Story]:
    """The first street of this seed in which the plan can happen."""
    for attempt in range(200):
        rng = np.random.default_rng([seed, attempt])
        made, camera, _ = places.scene(rng)
        if plan.camera_height:
            camera = replace(
                camera,
                z=float(rng.uniform(*plan.camera_height)),
                y=float(np.copysign(rng.uniform(made.half + 1, made.half + 3), camera.y)),
            )
        r.set_static(made.ground, made.mesh, float(rng.uniform(0, 10)), camera)
        light = places.light_for(rng, made, plan.light)
        stage = Stage(made, camera, light, r, rng, plan.seconds, variants)
        try:
            return stage, tell(plan, stage)
        except NoPlace:
            continue
    raise RuntimeError(f"seed {seed}: no street for `{plan.name}` in 200 tries")


def _light(stage: Stage, story: Story, t: float):
    if not story.cloud:
        return stage.light
    since, until, factor = story.cloud
    # A cloud's edge takes two seconds to pass.
    depth = float(np.clip(min(t - since, until - t) / 2.0, 0, 1))
    return stage.light.dimmed(1 - depth * (1 - 0.1), 1 - depth * (1 - max(factor, 0.55)))


def _sway(sway: float, t: float, width: int) -> tuple[float, float]:
    """How a pole in the wind shifts the picture, in pixels."""
    return (width * sway * (np.sin(2.1 * t) + 0.5 * np.sin(5.3 * t + 1)), width * 0.6 * sway * np.sin(1.7 * t + 2))


def _camera(stage: Stage, story: Story, t: float) -> Camera:
    if story.bump and t >= story.bump[0]:
        return stage.camera.turned(story.bump[1], story.bump[2])
    return stage.camera


def _picture(stage: Stage, story: Story, t: float) -> np.ndarray:
    instances = [i for actor in story.actors for i in actor.instances(t)]
    instances = [i for i in instances if -12 < i.x < 110]
    return stage.renderer.draw(_camera(stage, story, t), _light(stage, story, t), instances, t)


def _box(stage: Stage, story: Story, actor: Actor, part: int | None, t: float) -> list[float] | None:
    instances = actor.instances(t)
    if not instances:
        return None
    return stage.renderer.box(_camera(stage, story, t), instances if part is None else [instances[part]])


def _truth(stage: Stage, story: Story, event: Event, camera: str, start: datetime) -> dict | None:
    actor = next(a for a in story.actors if a.name == event.actor)
    begin, end = event.start, event.end
    box = None
    if event.inside:
        zone = next(z for z in story.zones if z.id == event.zone)
        times = [
            t
            for t in np.arange(max(begin, 0), min(end, stage.seconds), 0.2)
            if _in_view(stage, story, actor, zone, float(t))
        ]
        if not times:
            return None
        begin, end = float(times[0]), float(times[-1])
    else:
        box = _box(stage, story, actor, event.part, (begin + end) / 2)
    when = lambda t: (start + timedelta(seconds=float(t))).isoformat(timespec="milliseconds")
    parts = actor.parts_at((begin + end) / 2)
    out = {
        "camera": camera,
        "rule": event.rule,
        "zone": event.zone,
        "start": when(begin),
        "end": when(end),
        "object": parts[event.part or 0].kind,
        "story": event.text,
    }
    if box:
        out["bbox"] = [round(v, 4) for v in box]
    return out


def _in_view(stage: Stage, story: Story, actor: Actor, zone: Zone, t: float) -> bool:
    """Whether a passing actor stands in the zone and is mostly in the picture."""
    pose = actor.pose(t)
    if pose is None:
        return False
    xs, ys = [c[0] for c in zone.corners], [c[1] for c in zone.corners]
    if not (min(xs) <= pose[0] <= max(xs) and min(ys) <= pose[1] <= max(ys)):
        return False
    points = stage.camera.project(
        np.concatenate([stage.renderer.corners(i) for i in actor.instances(t)]), stage.renderer.aspect
    )
    inside = (points[:, 2] > 0.3) & (np.abs(points[:, :2] - 0.5) < 0.5).all(axis=1)
    return bool(inside.mean() > 0.6)


def _writer(file: Path, size: tuple[int, int], fps: int, crf: int) -> subprocess.Popen:
    """x264 on one thread, so that the same frames give the same file; a keyframe each second."""
    command = [
        "ffmpeg",
        "-y",
        "-loglevel",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "bgr24",
        "-s",
        f"{size[0]}x{size[1]}",
        "-r",
        str(fps),
        "-i",
        "-",
        "-an",
        "-c:v",
        "libx264",
        "-preset",
        "medium",
        "-crf",
        str(crf),
        "-pix_fmt",
        "yuv420p",
        "-threads",
        "1",
        "-g",
        str(fps),
        "-keyint_min",
        str(fps),
        "-sc_threshold",
        "0",
        "-bf",
        "2",
        "-fflags",
        "+bitexact",
        "-flags:v",
        "+bitexact",
        "-movflags",
        "+faststart",
        str(file),
    ]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def plan_of(seed: int) -> Plan:
    """The plan that a seed of a generated set tells: all plans in turn."""
    return PLANS[seed % len(PLANS)]
