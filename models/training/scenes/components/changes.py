"""What must be raised: components out of order, what stands on free places, what nobody registered."""

from __future__ import annotations

import numpy as np

from .. import places
from ..render import Instance, Renderer
from ..streets import KERB
from . import faults, sight
from .days import ENOUGH, Change, Lookalike, Script, good, half_hours
from .passers import Parked, overlap
from .placing import Site

FAULTS = ("missing", "displaced", "damaged")


def break_some(rng: np.random.Generator, made: Script, index: int, where: Site) -> None:
    """Faults in turn, each to be seen for hours, never on more than a third of the components at once."""
    able = [c for c in where.components if "missing" in c.kind.changes]
    days, most = int((made.end - made.first) // 24), len(where.components) // 3
    for n in rng.permutation(len(able))[: int(0.6 * len(where.components))]:
        component, change = able[int(n)], FAULTS[(index + len(made.changes)) % 3]
        for _ in range(40):
            since = made.first + 24 * int(rng.integers(days)) + float(rng.uniform(6.8, 11.5))
            until = made.end + 1 if rng.random() < 0.3 else since + float(rng.uniform(6.5, 12.0))
            if _at_once(made, since, until) >= most:
                continue
            if sum(good(made, component, t) for t in half_hours(since, min(until, made.end))) >= ENOUGH + 2:
                parts, text = faults.changed(component, change, rng, where)
                text = f"{component.kind.word}: {text}"
                made.changes.append(Change(change, component, since, until, parts, text))
                break


def _at_once(made: Script, since: float, until: float) -> int:
    """Most faults at one time in between."""
    starts = [since] + [c.since for c in made.changes if since < c.since < until]
    return max(sum(c.since <= t < c.until for c in made.changes) for t in starts)


def block(rng: np.random.Generator, made: Script, where: Site, variants: tuple[int, int]) -> None:
    """A car stands on what must stay free for hours; another one for minutes."""
    for component in where.components:
        if component.kind.nature != "clear":
            continue
        p = component.parts[0]
        for _ in range(30):
            since = made.first + float(rng.uniform(7.0, 12.0))
            until = since + float(rng.uniform(4.6, 7.0))
            if sum(good(made, component, t) for t in half_hours(since, until)) >= ENOUGH:
                break
        else:
            since += 24 if made.end - made.first > 24 else 0
            until += 24 if made.end - made.first > 24 else 0
        made.parked.append(_on(rng, p, since, until, variants))
        made.changes.append(
            Change("blocked", component, since, until, (), f"{component.kind.word}: a car stands on it")
        )
        short = made.end - 24 + float(rng.uniform(14.6, 16.5))
        brief = _on(rng, p, short, short + float(rng.uniform(0.35, 0.75)), variants)
        if not overlap(brief, made.parked[-1]):
            made.parked.append(brief)
            made.lookalikes.append(Lookalike("stop", short, brief.until, "a car stops on it for minutes", component))


def _on(rng: np.random.Generator, p: Instance, since: float, until: float, variants: tuple[int, int]) -> Parked:
    """A car on a marked place."""
    return Parked(
        str(rng.choice(places.CARS)),
        int(rng.integers(*variants)),
        p.x + float(rng.uniform(-0.4, 0.4)),
        p.y + float(rng.normal(0, 0.08)),
        float(rng.choice([0, np.pi]) + rng.normal(0, 0.03)),
        places.car_paint(rng),
        since,
        until,
    )


def build_without_leave(
    rng: np.random.Generator, made: Script, where: Site, r: Renderer, variants: tuple[int, int]
) -> None:
    """A hut, banner or board that nobody registered comes one morning and stays."""
    kinds = [str(k) for k in rng.permutation(faults.NEWCOMERS)]
    for kind in kinds:
        new = spot(rng, kind, where, r, variants, 0.003)
        if new is not None:
            since = made.first + float(rng.uniform(6.8, 9.5))
            text = f"a {kind} that nobody registered comes and stays"
            made.changes.append(Change("unregistered", None, since, made.end + 1, (new,), text))
            return


def spot(rng, kind: str, where: Site, r: Renderer, variants, smallest: float) -> Instance | None:
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


def make_room(made: Script, where: Site, r: Renderer) -> None:
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
