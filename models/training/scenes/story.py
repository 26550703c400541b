"""The words that a story is told in, and where in a street it can happen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .actors import Actor
from .camera import Camera
from .light import Light
from .render import Instance, Renderer
from .streets import Street


@dataclass(frozen=True)
class Zone:
    """A zone of CITY.toml, drawn on the ground: corners in metres."""

    id: str
    rule: str
    corners: tuple[tuple[float, float], ...]
    dwell: str | None
    z: float = 0.0


@dataclass(frozen=True)
class Event:
    """Something that must (or, as a look-alike, must not) raise a candidate of `rule` in `zone`."""

    rule: str
    zone: str
    start: float
    end: float
    actor: str  # whose box it has
    text: str
    part: int | None = None  # only this part of the actor
    inside: bool = False  # start and end are when it enters and leaves the zone
    witnesses: tuple[str, ...] = ()  # actors of whom one must be seen, or nobody could tell what this is


@dataclass
class Story:
    """A part of a video."""

    actors: list[Actor] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    lookalikes: list[Event] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    bump: tuple[float, float, float] | None = None  # seconds, yaw and pitch in radians
    cloud: tuple[float, float, float] | None = None  # from, to, factor on the light

    def add(self, other: Story) -> None:
        """Takes in another story that happens in the same street."""
        self.actors += other.actors
        self.events += other.events
        self.lookalikes += other.lookalikes
        self.zones += [z for z in other.zones if z.id not in {mine.id for mine in self.zones}]
        self.bump, self.cloud = other.bump or self.bump, other.cloud or self.cloud


class NoPlace(Exception):
    """This street, as this camera sees it, has no place for the story: another seed must be drawn."""


@dataclass
class Stage:
    """A street with its camera, and the places that are taken."""

    street: Street
    camera: Camera
    light: Light
    renderer: Renderer
    rng: np.random.Generator
    seconds: float
    variants: tuple[int, int]  # seeds of objects: from, to
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def seed(self) -> int:
        """The seed of a new object."""
        return int(self.rng.integers(*self.variants))

    @property
    def dark(self) -> bool:
        """Whether vehicles drive with their lamps on."""
        return self.light.night or self.light.exposure > 1.15

    def spot(
        self,
        kind: str,
        ys: list[float],
        xs: tuple[float, float],
        yaw: float,
        smallest: float,
        radius: float,
        claim: bool = True,
    ) -> tuple[float, float]:
        """A free place where `kind` is wholly in the picture, at least `smallest` of its height high, and not hidden.

        Raises NoPlace.
        """
        seed = self.variants[0]
        for _ in range(60):
            x, y = float(self.rng.uniform(*xs)), float(self.rng.choice(ys))
            if any(np.hypot(x - a, y - b) < radius + r for a, b, r in self.taken):
                continue
            if self.sees(Instance(kind, seed, x, y, yaw, self.street.height(y)), smallest):
                if claim:
                    self.taken.append((x, y, radius))
                return x, y
        raise NoPlace(kind)

    def sees(self, instance: Instance, smallest: float, share: float = 0.8) -> bool:
        """Whether an instance is wholly in the picture, high enough, and hardly hidden by scenery."""
        box = self.renderer.box(self.camera, [instance])
        if box is None:
            return False
        x, y, w, h = box
        if x < 0.02 or y < 0.03 or x + w > 0.98 or y + h > 0.97 or h < smallest:
            return False
        seen = (self.renderer.ids(self.camera, [instance]) > 0).sum()
        whole = (self.renderer.ids(self.camera, [instance], alone=True) > 0).sum()
        return bool(seen >= share * max(whole, 1))
