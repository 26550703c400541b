"""What happens to a camera's components over the days, and what only looks as if something did."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .. import places
from ..render import Instance, Renderer
from ..streets import KERB
from . import faults, hours, sight
from .passers import Parked, overlap, parking
from .placing import Component, Site
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
FAULTS = ("missing", "displaced", "damaged")
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
    _faults(rng, made, index, where, r)
    _block(rng, made, where, variants)
    if index % 3 != 1:
        _newcomer(rng, made, where, r, variants)
    _lookalikes(rng, made, where, r, variants)
    _make_room(made, where, r)
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


def _faults(rng: np.random.Generator, made: Script, index: int, where: Site, r: Renderer) -> None:
    able = [c for c in where.components if "missing" in c.kind.changes]
    chosen = rng.permutation(len(able))[: int(0.45 * len(where.components))]
    days = int((made.end - made.first) // 24)
    for k, n in enumerate(chosen):
        component, change = able[int(n)], FAULTS[(index + k) % 3]
        parts, text = faults.changed(component, change, rng, where.street)
        best: tuple[int, float, float] = (-1, 0.0, 0.0)
        for _ in range(30):
            day = int(rng.integers(days)) if k % 2 else 0
            since = made.first + 24 * day + float(rng.uniform(6.8, 11.5))
            until = made.end + 1 if rng.random() < 0.5 else since + float(rng.uniform(7.0, 12.0))
            shown = sum(good(made, component, t) for t in half_hours(since, min(until, made.end)))
            best = max(best, (shown, since, until))
            if shown >= ENOUGH + 2:
                best = (shown, since, until)
                break
        made.changes.append(Change(change, component, best[1], best[2], parts, f"{component.kind.word}: {text}"))


def _block(rng: np.random.Generator, made: Script, where: Site, variants: tuple[int, int]) -> None:
    """A car stands on what must stay free for hours; another one for minutes."""
    for component in where.components:
        if component.kind.nature != "clear":
            continue
        p = component.parts[0]
        car = lambda since, until: Parked(
            str(rng.choice(places.CARS)),
            int(rng.integers(*variants)),
            p.x + float(rng.uniform(-0.4, 0.4)),
            p.y + float(rng.normal(0, 0.08)),
            float(rng.choice([0, np.pi]) + rng.normal(0, 0.03)),
            places.car_paint(rng),
            since,
            until,
        )
        for _ in range(30):
            since = made.first + float(rng.uniform(7.0, 12.0))
            until = since + float(rng.uniform(4.6, 7.0))
            if sum(good(made, component, t) for t in half_hours(since, until)) >= ENOUGH:
                break
        else:
            since += 24 if made.end - made.first > 24 else 0
            until += 24 if made.end - made.first > 24 else 0
        made.parked.append(car(since, until))
        made.changes.append(
            Change("blocked", component, since, until, (), f"{component.kind.word}: a car stands on it")
        )
        short = made.end - 24 + float(rng.uniform(14.6, 16.5))
        brief = car(short, short + float(rng.uniform(0.35, 0.75)))
        if not overlap(brief, made.parked[-1]):
            made.parked.append(brief)
            made.lookalikes.append(Lookalike("stop", short, brief.until, "a car stops on it for minutes", component))


def _newcomer(rng: np.random.Generator, made: Script, where: Site, r: Renderer, variants: tuple[int, int]) -> None:
    """A hut, banner or board that nobody registered comes one morning and stays."""
    kinds = [str(k) for k in rng.permutation(faults.NEWCOMERS)]
    for kind in kinds:
        new = _spot(rng, kind, where, r, variants, 0.003)
        if new is not None:
            since = made.first + float(rng.uniform(6.8, 9.5))
            text = f"a {kind} that nobody registered comes and stays"
            made.changes.append(Change("unregistered", None, since, made.end + 1, (new,), text))
            return


def _spot(rng, kind: str, where: Site, r: Renderer, variants, smallest: float) -> Instance | None:
    """A free place on a pavement, wholly to be seen, where it hides no component; `smallest` share of the picture."""
    street = where.street
    taken = [(i.x, i.y) for c in where.components for i in c.parts] + list(street.furniture)
    room = 2.4 if kind in ("hut", "banner") else 1.7
    for _ in range(60):
        side = int(rng.choice([-1, 1]))
        y = side * float(rng.uniform(street.half + 1.2, street.half + street.pavement - 0.9))
        yaw = np.pi + side * float(rng.uniform(0.2, 0.9))
        new = Instance(kind, int(rng.integers(*variants)), float(rng.uniform(9, 26)), y, yaw, KERB)
        if any(np.hypot(new.x - x, new.y - y) < room for x, y in taken):
            continue
        box = r.box(where.camera, [new])
        if box is None or box[2] * box[3] < smallest or not (0.02 < box[0] and box[0] + box[2] < 0.98):
            continue
        if box[1] < 0.13 or box[1] + box[3] > 0.92:
            continue
        whole, seen = r.ids(where.camera, [new], alone=True), r.ids(where.camera, [new])
        if (seen > 0).sum() < 0.85 * (whole > 0).sum():
            continue
        if min(sight.shares(r, where.camera, where.components, [new])) >= 0.9:
            return new
    return None


def _lookalikes(rng: np.random.Generator, made: Script, where: Site, r: Renderer, variants: tuple[int, int]) -> None:
    whole = [c for c in where.components if all(x.component is not c for x in made.changes)]
    for word, since, until in made.weather.spells():
        if since >= made.first:
            made.lookalikes.append(Lookalike(word, since, min(until, made.end), f"{word} over the whole picture"))
    for word in ("night", "headlights"):
        for day in range(int(made.first // 24), int(made.end // 24)):
            made.lookalikes.append(Lookalike(word, 24.0 * day + 18.5, 24.0 * day + 24, f"{word}, every evening"))
    goods = _spot(rng, "waste-boxes", where, r, variants, 0.0008)
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
            _park(made, car, component, "a parked car covers it for hours")


def _car(rng, x: float, y: float, since: float, until: float, variants, kind: str | None = None) -> Parked:
    kind = kind or str(rng.choice(places.CARS))
    yaw = (0.0 if y < 0 else np.pi) + float(rng.normal(0, 0.03))
    return Parked(kind, int(rng.integers(*variants)), x, y, yaw, places.paint(kind, rng), since, until)


def _park(made: Script, car: Parked, component: Component, text: str) -> None:
    """A scripted car takes the place of those that happen to be there."""
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
            return _park(made, van, component, "a truck stands before it for hours")
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


def _make_room(made: Script, where: Site, r: Renderer) -> None:
    """Parked cars that happen to hide a fault for most of its time drive off: what nobody sees nobody can raise."""
    scripted = {id(p) for p in made.parked if any(l.word == "occluded" and l.since == p.since for l in made.lookalikes)}
    blockers = {c.since for c in made.changes if c.change == "blocked"}
    for change in made.changes:
        if change.component is None or change.change == "blocked":
            continue
        number = where.components.index(change.component)
        times = [t for t in half_hours(change.since, min(change.until, made.end)) if good(made, change.component, t)]
        for _ in range(12):
            hidden: dict[int, int] = {}
            shown = 0
            for t in times:
                cars = made.standing(t)
                share = sight.shares(r, where.camera, where.components, [p.instance() for p in cars])[number]
                shown += share > 0.75
                if share <= 0.75:
                    for p in cars:
                        alone = sight.shares(r, where.camera, where.components, [p.instance()])[number]
                        if alone < 0.95 and p.since not in blockers:
                            hidden[id(p)] = hidden.get(id(p), 0) + 1
            if shown >= ENOUGH or not hidden:
                break
            worst = max(hidden, key=hidden.get)
            gone = next(p for p in made.parked if id(p) == worst)
            made.parked.remove(gone)
            if worst in scripted:
                made.lookalikes = [l for l in made.lookalikes if not (l.word == "occluded" and l.since == gone.since)]
