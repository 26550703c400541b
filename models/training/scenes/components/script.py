"""Writes the days of one camera: what happens to its components, what only looks as if something did."""

from __future__ import annotations

import numpy as np

from ..render import Renderer
from . import changes, lookalikes
from .days import Knock, Script
from .passers import parking
from .placing import Site
from .weather import REFERENCE, Weather

# Two days of each camera; a third and more begin again.
DAYS = (
    ("sunny", "rain-morning"),
    ("broken", "snow"),
    ("leaves", "sunny"),
    ("rain-evening", "broken"),
    ("fog", "overcast"),
    ("sunny", "broken"),
    ("snow", "sunny"),
    ("overcast", "leaves"),
    ("rain-morning", "fog"),
    ("broken", "sunny"),
    ("sunny", "rain-evening"),
    ("leaves", "overcast"),
)
KNOCKS = (None, "bump-1", "bump-5", "zoom", "preset", "bump-1", "bump-5", None, "zoom", "preset", None, "bump-1")


def script(
    seed: int, index: int, where: Site, r: Renderer, reference: int, days: int, variants: tuple[int, int]
) -> Script:
    """`index` is the camera's number in its set: sets go through weathers, knocks and faults in turn."""
    rng = np.random.default_rng([seed, 53])
    before = tuple(REFERENCE[k % len(REFERENCE)] for k in range(reference))
    pair = DAYS[index % len(DAYS)]
    weather = Weather(before + tuple(pair[k % 2] for k in range(days)), seed)
    made = Script(weather, 24.0 * reference, 24.0 * (reference + days))
    _knock(rng, made, index, days)
    free = [(c.parts[0].x, c.parts[0].y, 5.5) for c in where.components if c.kind.nature == "clear"]
    made.parked = parking(rng, where.street, made.end, variants, free)
    changes.break_some(rng, made, index, where)
    changes.block(rng, made, where, variants)
    if index % 3 != 1:
        changes.build_without_leave(rng, made, where, r, variants)
    lookalikes.add(rng, made, where, r, variants)
    changes.make_room(made, where, r)
    return made


def _knock(rng: np.random.Generator, made: Script, index: int, days: int) -> None:
    word = KNOCKS[index % len(KNOCKS)]
    if word is None:
        return
    at = made.first + 24 * (days - 1)
    sign = float(rng.choice([-1, 1]))
    if word == "bump-1":
        turn = np.radians([0.92 * sign, float(rng.uniform(-0.39, 0.39))])
        made.knocks.append(Knock(word, at + float(rng.uniform(9, 12)), made.end + 1, turn[0], turn[1]))
        return
    since = made.first + float(rng.uniform(12.5, 14.0))
    yaw, pitch, zoom = {
        "bump-5": (np.radians(4.8) * sign, np.radians(-1.4), 1.0),
        "zoom": (0.0, 0.0, float(rng.uniform(1.3, 1.6))),
        "preset": (np.radians(38) * sign, np.radians(-4), 1.1),
    }[word]
    made.knocks.append(Knock(word, since, since + float(rng.uniform(2.6, 4.2)), float(yaw), float(pitch), zoom))
