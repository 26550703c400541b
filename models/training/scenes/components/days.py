"""The days of one camera: the words that a script is written in, and what it says of a moment."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..render import Instance
from . import hours
from .passers import Parked
from .placing import Component
from .weather import Weather

ENOUGH = 8  # pictures by day that show a fault


@dataclass(frozen=True)
class Change:
    """Something that must be raised. `component` is None for what is registered nowhere."""

    change: str
    component: Component | None
    since: float  # hours after the first midnight
    until: float
    parts: tuple[Instance, ...]  # what stands there then
    text: str


@dataclass(frozen=True)
class Lookalike:
    """Something that must not be raised; `parts` stand there besides, or in the component's stead."""

    word: str
    since: float
    until: float
    text: str
    component: Component | None = None
    parts: tuple[Instance, ...] = ()
    instead: bool = False
    rule: str = "component"


@dataclass(frozen=True)
class Knock:
    """The camera looks elsewhere from `since` to `until`: radians and a factor."""

    word: str
    since: float
    until: float
    yaw: float
    pitch: float
    zoom: float = 1.0


@dataclass
class Script:
    """The days of one camera."""

    weather: Weather
    first: float  # hours at which the days of reference end
    end: float
    changes: list[Change] = field(default_factory=list)
    lookalikes: list[Lookalike] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)

    def parts(self, component: Component, t: float) -> tuple[tuple[Instance, ...], str]:
        """What stands where a component belongs, and its state."""
        for c in self.changes:
            if c.component is component and c.since <= t < c.until:
                return (component.parts if c.change == "blocked" else c.parts), c.change
        for l in self.lookalikes:
            if l.instead and l.component is component and l.since <= t < l.until:
                return l.parts, "same"
        return component.parts, "same"

    def newcomers(self, t: float) -> list[Change]:
        """What stands there and is registered nowhere."""
        return [c for c in self.changes if c.component is None and c.since <= t < c.until]

    def besides(self, t: float) -> list[Instance]:
        """What look-alikes put there."""
        return [i for l in self.lookalikes if not l.instead and l.since <= t < l.until for i in l.parts]

    def standing(self, t: float) -> list[Parked]:
        """The vehicles parked at `t`."""
        return [p for p in self.parked if p.since <= t < p.until]

    def knock(self, t: float) -> Knock | None:
        return next((k for k in self.knocks if k.since <= t < k.until), None)


def good(made: Script, component: Component | None, t: float) -> bool:
    """Whether a picture at `t` can show what is wrong: by day, on its preset, nothing lying over it."""
    sky = made.weather.at(t)
    knock = made.knock(t)
    flat = component is not None and component.kind.nature in ("flat", "clear")
    covered = sky.snow > 0.15 or (flat and sky.litter > 0.15) or sky.fog > 0.5
    return hours.lit(t % 24) and not covered and (knock is None or knock.word == "bump-1")


def half_hours(since: float, until: float) -> np.ndarray:
    """The full and half hours in between."""
    return np.arange(np.ceil(since * 2), np.ceil(until * 2)) / 2
