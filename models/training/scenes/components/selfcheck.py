"""What must hold of component scenes; run by scenes.selfcheck."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from ..objects import kinds as builders
from ..places import OBJECTS
from ..render import Renderer
from . import census, filming, lookalikes
from .days import ENOUGH, Script, good, half_hours
from .filming import film, times
from .kinds import KINDS
from .placing import Site, site
from .script import script
from .sight import shares
from .stream import Stream
from .truth import part

SEED = 500_703  # a street of the validation set
MIDNIGHT = datetime(2026, 3, 16, tzinfo=UTC)


def _staged(r: Renderer, index: int = 3) -> tuple[Site, Script]:
    where = site(SEED, r, OBJECTS["validation"], 1)
    return where, script(SEED, index, where, r, 1, 2, OBJECTS["validation"])


def every_kind_can_be_built_whole_and_out_of_order() -> None:
    """Each object of a kind has what its changes need."""
    known = set(builders())
    for kind in KINDS:
        assert len(kind.code) == 5 and kind.code.isdigit(), kind
        for name in kind.objects:
            assert name in known, name
            if "damaged" in kind.changes and kind.nature != "line":
                broken = "billboard-bare" if name == "billboard" else f"{name.removesuffix('-normal')}-broken"
                assert broken in known, broken


def components_are_seen_where_their_outlines_are() -> None:
    """Ids are of 17 digits and differ; outlines lie in the picture and hold the pixels of their component."""
    r = Renderer(1280, 720, samples=0)
    where, _ = _staged(r)
    ids = [c.id for c in where.components]
    assert len(set(ids)) == len(ids) >= 8 and all(len(i) == 17 and i.isdigit() for i in ids)
    for c in where.components:
        assert all(0 <= v <= 1 for p in c.points for v in p), c.id
        x, y, w, h = c.bbox  # a line ends in the middle of its last post
        rows, columns = np.nonzero(r.ids(where.camera, list(c.parts), alone=True))
        assert x - 0.02 <= columns.min() / 1280 and columns.max() / 1280 <= x + w + 0.02, c.kind.word
        assert y - 0.02 <= rows.min() / 720 and rows.max() / 720 <= y + h + 0.02, c.kind.word
    assert min(shares(r, where.camera, where.components, [])) == 1.0


def a_fault_is_seen_for_hours_and_changes_the_picture() -> None:
    """Whatever must be raised is shown by enough pictures; fewer than half of the components are out of order."""
    r = Renderer(1280, 720, samples=0)
    where, made = _staged(r)
    faulty = [c for c in made.changes if c.component]
    assert faulty and len(faulty) <= 0.6 * len(where.components)
    for change in faulty:
        shown = [t for t in half_hours(change.since, min(change.until, made.end)) if good(made, change.component, t)]
        assert len(shown) >= ENOUGH, change.text
        assert change.since >= made.first, "the days of reference show all as it should be"
        if change.change == "blocked":
            middle, place = (change.since + change.until) / 2, change.component.parts[0]
            there = filming._movers(np.random.default_rng(1), middle, where, made, [place], OBJECTS["validation"])
            assert any(np.hypot(m.x - place.x, m.y - place.y) < 1 for m in there), "nothing stands on it"
            continue
        whole = r.ids(where.camera, list(change.component.parts), alone=True) > 0
        now = r.ids(where.camera, list(change.parts), alone=True) > 0 if change.parts else np.zeros_like(whole)
        flat = change.component.kind.nature == "flat"
        assert flat or (whole ^ now).sum() > 0.15 * whole.sum(), change.text
    touched = {id(l.component) for l in made.lookalikes if l.instead}
    assert not touched & {id(c.component) for c in faulty}


def nothing_that_only_hides_something_is_parked_on_what_must_stay_free() -> None:
    """The truth would call it no fault."""
    where, made = _staged(Renderer(1280, 720, samples=0))
    free = next(c for c in where.components if c.kind.nature == "clear")
    other, parked = where.components[0], list(made.parked)
    lorry = replace(parked[0], x=free.parts[0].x + 3, y=free.parts[0].y, since=made.first, until=made.first + 1)
    lookalikes._park(made, where, lorry, other, "on the free place")
    assert made.parked == parked
    lookalikes._park(made, where, replace(lorry, x=lorry.x + 9), other, "beyond it")
    assert made.parked != parked


def a_files_timestamps_are_event_time() -> None:
    """Pictures half an hour and two hours apart lie so far apart in the file, each a keyframe."""
    with tempfile.TemporaryDirectory() as folder:
        file, seconds = Path(folder) / "c.mp4", [0, 1800, 3600, 10800, 18000]
        stream = Stream(file, (64, 48), seconds)
        for k in range(len(seconds)):
            stream.write(np.full((48, 64, 3), 40 * k, np.uint8))
        stream.close()
        probe = ["ffprobe", "-v", "error", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"]
        lines = subprocess.run([*probe, str(file)], capture_output=True, text=True, check=True).stdout.split()
    assert [float(l.split(",")[0]) for l in lines] == [float(s) for s in seconds]
    assert all("K" in l.split(",")[1] for l in lines)


def one_seed_gives_one_set_of_component_days() -> None:
    """Byte for byte on one machine; the census has each component once; truth lies within what was watched."""
    r = Renderer(1280, 720, samples=0)
    digests = []
    kept, filming.times = filming.times, lambda made: [t for t in times(made) if t % 24 in (8.0, 12.0)]
    try:
        with tempfile.TemporaryDirectory() as name:
            for _ in range(2):
                where, made = _staged(r)
                filmed = film(SEED, "c", where, replace(made), r, Path(name), MIDNIGHT, OBJECTS["validation"])
                files = sorted(Path(name).rglob("*.*"))
                digests.append([hashlib.sha256(f.read_bytes()).hexdigest() for f in files])
            out = part(filmed, 3, r)
            census.write(Path(name), out["rows"])
            with (Path(name) / "components.csv").open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            features = json.loads((Path(name) / "components.geojson").read_text(encoding="utf-8"))["features"]
    finally:
        filming.times = kept
    assert digests[0] == digests[1] and len(digests[0]) == 7, "five pictures, an index, a clip"
    assert [r["GLBJBSM"] for r in rows] == [c.id for c in where.components]
    assert [f["properties"]["GLBJBSM"] for f in features] == [r["GLBJBSM"] for r in rows]
    assert all(bool(r["polygon"]) != bool(r["polyline"]) for r in rows)
    assert filmed.start == MIDNIGHT + timedelta(hours=24 + 8)
    for event in out["events"] + out["lookalikes"]:
        assert filmed.start.isoformat() <= event["start"] <= event["end"] <= filmed.last.isoformat(), event


CHECKS = (
    every_kind_can_be_built_whole_and_out_of_order,
    components_are_seen_where_their_outlines_are,
    a_fault_is_seen_for_hours_and_changes_the_picture,
    nothing_that_only_hides_something_is_parked_on_what_must_stay_free,
    a_files_timestamps_are_event_time,
    one_seed_gives_one_set_of_component_days,
)
