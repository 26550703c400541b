"""Draws the pictures of one camera's days and writes down what is true of each."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from ..camera import Camera
from ..light import Lamp
from ..objects import scenery
from ..render import Instance, Renderer
from ..sensor import Sensor, caption
from . import hours, sight
from .days import Script
from .passers import passing
from .placing import Site
from .stream import Stream

SIZE = (1280, 720)  # of the pictures
# Drawn a quarter larger without multisampling and shrunk: as smooth, and well under half the cost in Mesa's rasteriser.
DRAWN = (1600, 900)
QUALITY = 88  # of the JPEGs
SWAY = np.radians(0.022)  # how far wind and warmth turn a pole, one sigma


@dataclass(frozen=True)
class Filmed:
    """One camera on disk."""

    camera: str
    site: Site
    script: Script
    midnight: datetime  # hour 0 of the script
    start: datetime  # first picture of the clip
    last: datetime
    pictures: int  # of the days that count


def times(script: Script) -> list[float]:
    """Hours of all pictures: by day each hour and a half for reference, each half hour where it counts; 3 h at night."""
    out = []
    for day in range(int(script.end // 24)):
        step = 1.5 if 24 * day < script.first else 0.5
        by_day = np.arange(6.0, 20.0, step)
        out += [24.0 * day + float(h) for h in sorted({*by_day, 0.0, 3.0, 21.0})]
    return out


def film(
    seed: int,
    camera: str,
    where: Site,
    script: Script,
    r: Renderer,
    folder: Path,
    midnight: datetime,
    variants: tuple[int, int],
) -> Filmed:
    """Draws `folder/clips/CAMERA.mp4`, `folder/pictures/CAMERA/TIME.jpg` and its index.json."""
    rng = np.random.default_rng([seed, 59])
    sensor = Sensor(rng, *SIZE)
    words = rng.random() < 0.5
    r.set_static(where.street.ground, where.street.mesh, where.texture, where.camera)
    pictures = folder / "pictures" / camera
    pictures.mkdir(parents=True, exist_ok=True)
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    moments = times(script)
    counted = [t for t in moments if t >= script.first]
    seconds = [round((t - counted[0]) * 3600) for t in counted]
    stream = Stream(folder / "clips" / f"{camera}.mp4", SIZE, seconds)
    index = []
    try:
        for n, t in enumerate(moments):
            at = midnight + timedelta(hours=t)
            entry, picture = _picture(seed, n, t, where, script, r, sensor, variants)
            if words:
                picture = caption(picture, camera, at.strftime("%Y-%m-%d %H:%M:%S"))
            file = pictures / f"{at.strftime('%Y%m%dT%H%M%S%z')}.jpg"
            cv2.imwrite(str(file), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            os.utime(file, (at.timestamp(), at.timestamp()))
            index.append({"file": file.name, "time": at.isoformat(), "reference": t < script.first, **entry})
            if t >= script.first:
                stream.write(picture)
    finally:
        stream.close()
    (pictures / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    when = lambda t: midnight + timedelta(hours=t)
    return Filmed(camera, where, script, midnight, when(counted[0]), when(counted[-1]), len(counted))


def _picture(seed: int, n: int, t: float, where: Site, script: Script, r: Renderer, sensor: Sensor, variants):
    """One picture and what is true of it."""
    rng = np.random.default_rng([seed, 61, n])
    hour, sky, street = t % 24, script.weather.at(t), where.street
    sway = rng.normal(0, SWAY, 2)
    knock = script.knock(t)
    view = where.camera.turned(float(sway[0]), float(sway[1]))
    if knock:
        view = view.turned(knock.yaw, knock.pitch, zoom=knock.zoom)
    states = [script.parts(c, t) for c in where.components]
    standing = [i for parts, _ in states for i in parts]
    new = [i for c in script.newcomers(t) for i in c.parts]
    lamps = street.lamps + tuple(l for i in standing for l in _lamp(i))
    light = hours.light_at(hour, sky, where.turn, float(rng.uniform(0.9, 1.1)), lamps)
    besides = script.besides(t)
    movers = _movers(rng, t, where, script, standing + new, variants)
    picture = r.draw(view, light, standing + new + besides + movers, t * 3600, once=True)
    picture = sensor.take(cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA), light)
    hiding = movers + new + besides
    seen = None
    if knock is None or knock.word == "bump-1":
        seen = sight.shares(r, view if knock else where.camera, where.components, hiding)
    entry = {
        "light": hours.word(hour, sky),
        "lit": hours.lit(hour),
        "sky": {k: round(v, 2) for k, v in vars(sky).items()},
        "camera": {
            "pose": knock.word if knock else "home",
            "off": bool(knock and knock.word != "bump-1"),
            "shift_px": _shift(where.camera, view, r),
            "zoom": round(knock.zoom, 3) if knock else 1.0,
        },
        "components": {
            c.id: {"state": state, "visible": seen[k] if seen else None}
            for k, (c, (_, state)) in enumerate(zip(where.components, states))
        },
        "unregistered": [_box(r, view, list(c.parts)) for c in script.newcomers(t)],
        "movers": [b for b in (_box(r, view, [m]) for m in movers + besides if m.kind != "puddle") if b],
    }
    return entry, picture


def _movers(
    rng: np.random.Generator, t: float, where: Site, script: Script, standing: list[Instance], variants
) -> list[Instance]:
    """Who is parked, and who passes without walking or driving into what stands there."""
    parked = script.standing(t)
    hour, lamps = t % 24, hours.headlamps(t % 24, script.weather.at(t))
    passers = passing(rng, where.street, hour, lamps, parked + _wide(standing), variants)
    upright = [i for i in standing if scenery(i.kind, i.seed).bounds()[1][2] > 0.3]
    clear = lambda m: all(np.hypot(m.x - i.x, m.y - i.y) > 0.9 for i in upright)
    return [p.instance() for p in parked] + [m for m in passers if clear(m)]


def _wide(standing: list[Instance]) -> list[Instance]:
    """What is wider than a post."""
    return [i for i in standing if i.kind in ("hut", "banner", "billboard")]


def _box(r: Renderer, view: Camera, instances: list[Instance]) -> list[float] | None:
    box = r.box(view, instances)
    return [round(v, 4) for v in box] if box else None


def _shift(home: Camera, view: Camera, r: Renderer) -> list[float]:
    """By how many pixels the point in the picture's middle has moved, right and down."""
    c, s = np.cos(home.yaw), np.sin(home.yaw)
    way = np.array([c * np.cos(home.pitch), s * np.cos(home.pitch), np.sin(home.pitch)])
    point = view.project(np.array([home.x, home.y, home.z]) + 20 * way, r.aspect)[0]
    return [round(float((point[0] - 0.5) * SIZE[0]), 2), round(float((point[1] - 0.5) * SIZE[1]), 2)]


def _lamp(i: Instance) -> tuple[Lamp, ...]:
    """The light of a street lamp that stands upright and whole."""
    if i.kind != "lamp-post":
        return ()
    side = 1 if i.y > 0 else -1
    return (Lamp((i.x, i.y - side * 1.8, 7.6), (0.0, -side * 0.25, -0.97), (9.0, 8.0, 6.5), 0.2, 24.0),)
