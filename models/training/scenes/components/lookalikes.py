"""What must not be raised: who hides a component, what only looks like a fault, what the weather does."""

from __future__ import annotations

import numpy as np

from .. import places
from ..render import Instance, Renderer
from . import sight
from .changes import spot
from .days import Lookalike, Script
from .passers import Parked, overlap
from .placing import Component, Site


def add(rng: np.random.Generator, made: Script, where: Site, r: Renderer, variants: tuple[int, int]) -> None:
    whole = [c for c in where.components if all(x.component is not c for x in made.changes)]
    for word, since, until in made.weather.spells():
        if since >= made.first:
            made.lookalikes.append(Lookalike(word, since, min(until, made.end), f"{word} over the whole picture"))
    for word in ("night", "headlights"):
        for day in range(int(made.first // 24), int(made.end // 24)):
            made.lookalikes.append(Lookalike(word, 24.0 * day + 18.5, 24.0 * day + 24, f"{word}, every evening"))
    goods = spot(rng, "waste-boxes", where, r, variants, 0.0008)
    if goods is not None:
        since = made.first + float(rng.uniform(7, 12))
        text = "cartons are set down and carried away"
        made.lookalikes.append(
            Lookalike(
                "goods", since, since + float(rng.uniform(1.5, 3)), text, None, (goods,), rule="unregistered-change"
            )
        )
    for component in rng.permutation(np.array(whole, dtype=object)):
        since = made.first + 24 * float(rng.integers(max((made.end - made.first) // 24, 1)))
        since += float(rng.uniform(7, 12))
        p, nature = component.parts[0], component.kind.nature
        if nature == "flat" and p.kind == "manhole":
            angle = float(rng.uniform(0, 6.28))
            patch = Instance(
                "puddle", int(rng.integers(*variants)), p.x + 1.1 * np.cos(angle), p.y + 1.1 * np.sin(angle)
            )
            if abs(abs(patch.y) - where.street.half) > 0.8:
                patch = Instance("puddle", patch.seed, patch.x, patch.y, 0.0, where.street.height(patch.y))
                until = since + float(rng.uniform(3, 6))
                text = "a wet patch lies beside it"
                made.lookalikes.append(Lookalike("puddle", since, until, text, component, (patch,)))
        if nature in ("standing", "face", "line"):
            _hide(rng, made, where, r, component, since, variants)
        if p.kind.startswith("bin-") and rng.random() < 0.5:
            opened = (Instance(p.kind.replace("normal", "lid-open"), p.seed, p.x, p.y, p.yaw, p.z),)
            text = "somebody leaves its lid open for an hour"
            made.lookalikes.append(
                Lookalike("in-use", since + 6.0, since + float(rng.uniform(6.8, 7.3)), text, component, opened, True)
            )
        if nature == "flat" and abs(p.y) > where.street.half - 2.2 and abs(p.y) < where.street.half:
            car = _car(rng, p.x, p.y, since, since + float(rng.uniform(3, 7)), variants)
            _park(made, where, car, component, "a parked car covers it for hours")


def _car(rng, x: float, y: float, since: float, until: float, variants, kind: str | None = None) -> Parked:
    kind = kind or str(rng.choice(places.CARS))
    yaw = (0.0 if y < 0 else np.pi) + float(rng.normal(0, 0.03))
    return Parked(kind, int(rng.integers(*variants)), x, y, yaw, places.paint(kind, rng), since, until)


def _park(made: Script, where: Site, car: Parked, component: Component, text: str) -> None:
    """A scripted car takes the place of those that happen to be there; none stands on what must stay free."""
    reach = 6.8 if car.kind.startswith("truck") else 5.5
    free = [c.parts[0] for c in where.components if c.kind.nature == "clear"]
    if any(np.hypot(p.x - car.x, p.y - car.y) < reach for p in free):
        return
    held = [c for c in made.changes if c.change == "blocked"]
    if any(c.since < car.until and car.since < c.until and _near(c.component, car) for c in held):
        return
    made.parked = [p for p in made.parked if not overlap(p, car)] + [car]
    made.lookalikes.append(Lookalike("occluded", car.since, car.until, text, component))


def _near(component: Component, car: Parked) -> bool:
    return bool(np.hypot(component.parts[0].x - car.x, component.parts[0].y - car.y) < 6.8)


def _hide(rng, made: Script, where: Site, r: Renderer, component: Component, since: float, variants) -> None:
    """A truck at the kerb, or people who stand and talk, before a component."""
    number = where.components.index(component)
    p, side = component.parts[0], 1 if component.parts[0].y > 0 else -1
    for back in (2.0, 3.5, 5.0, 0.5, 7.0):
        until = since + float(rng.uniform(3, 6))
        van = _car(rng, p.x - back, where.street.kerb_y(side, 1.35), since, until, variants, "truck-box")
        if sight.shares(r, where.camera, where.components, [van.instance()])[number] < 0.35:
            return _park(made, where, van, component, "a truck stands before it for hours")
    if rng.random() < 0.6:
        way = np.array([where.camera.x - p.x, where.camera.y - p.y])
        way /= np.linalg.norm(way)
        people = []
        for k in range(3):
            x, y = p.x + way[0] * (1.0 + 0.5 * k), p.y + way[1] * (1.0 + 0.5 * k) + 0.5 * (k - 1)
            if abs(y) > where.street.half - 0.5:
                n = int(rng.integers(*variants))
                people.append(Instance("person-stand", n, x, y, float(rng.uniform(0, 6.28)), where.street.height(y)))
        if people:
            until = since + float(rng.uniform(1, 2.5))
            text = "people stand before it and talk"
            made.lookalikes.append(Lookalike("people", since, until, text, component, tuple(people)))
