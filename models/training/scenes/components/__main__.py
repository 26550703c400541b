"""Days of street components as files that the product reads, with their truth.

python -m scenes.components --set held-out|validation --cameras N --days D --seed S --out DIR --join
python -m scenes.components --set held-out --out DIR --join      (after several without --join, drawn side by side)

DIR gets clips/CAMERA.mp4 (H.264, timestamps are event time), pictures/CAMERA/TIME.jpg with index.json, reference/
CAMERA/PART/ (the same files of the days of reference: a baseline is built of them), components.csv and
components.geojson (the census), CITY.toml and truth.json.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..places import OBJECTS, spare
from ..render import Renderer
from . import census
from .filming import DRAWN, film
from .placing import site
from .script import script
from .truth import HEAD, part

MIDNIGHT = datetime(2026, 3, 16, tzinfo=timezone(timedelta(hours=8)))  # a Monday
SETS = {"held-out": 900_000, "validation": 500_000}  # first seeds: no set has a street of another
CODE = {"held-out": "h", "validation": "v"}


def draw(
    name: str, index: int, seed: int, days: int, reference: int, variants: tuple[int, int], r: Renderer, folder: Path
) -> dict:
    """One camera; `index` is its number in the set, `variants` the seeds of its objects."""
    camera = f"{CODE[name]}{index:02d}"
    where = site(seed, r, variants, 1 + 100 * index)
    made = script(seed, index, where, r, reference, days, variants)
    filmed = film(seed, camera, where, made, r, folder, MIDNIGHT, variants)
    _reference(folder, camera)
    out = part(filmed, index, r)
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    (folder / "parts" / f"{camera}.json").write_text(json.dumps(out, ensure_ascii=False))
    return out


def _reference(folder: Path, camera: str) -> None:
    """Links the pictures of the days of reference into one folder a part of the day, as baselines are built."""
    for entry in json.loads((folder / "pictures" / camera / "index.json").read_text()):
        if entry["reference"]:
            hour = int(entry["time"][11:13])
            to = folder / "reference" / camera / ("day" if 6 <= hour < 18 else "night") / entry["file"]
            to.parent.mkdir(parents=True, exist_ok=True)
            to.unlink(missing_ok=True)
            os.link(folder / "pictures" / camera / entry["file"], to)


def join(folder: Path, name: str) -> dict:
    """components.csv, components.geojson, CITY.toml and truth.json of all cameras that are drawn."""
    parts = {p.stem: json.loads(p.read_text()) for p in sorted((folder / "parts").glob("*.json"))}
    (folder / "CITY.toml").write_text(HEAD.format(set=name) + "".join(p["toml"] for p in parts.values()))
    census.write(folder, [row for p in parts.values() for row in p["rows"]])
    truth = {key: [e for p in parts.values() for e in p[key]] for key in ("events", "lookalikes", "poses")}
    truth |= {key: {k: p[key] for k, p in parts.items()} for key in ("hours", "watched", "component_days")}
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n")
    return truth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", choices=sorted(SETS), required=True)
    parser.add_argument("--cameras", type=int, default=0)
    parser.add_argument("--days", type=int, default=2, help="days that count")
    parser.add_argument("--reference", type=int, default=2, help="days before them, of which baselines are built")
    parser.add_argument("--seed", type=int, default=0, help="number of the first camera in its set")
    parser.add_argument("--objects", type=int, nargs=2, metavar=("FROM", "TO"), help="seeds of objects; else the set's")
    parser.add_argument("--join", action="store_true", help="write the files of all cameras that are drawn")
    args = parser.parse_args()
    variants = spare(tuple(args.objects)) if args.objects else OBJECTS[args.set]
    args.out.mkdir(parents=True, exist_ok=True)
    r = Renderer(*DRAWN, samples=0) if args.cameras else None
    for index in range(args.seed, args.seed + args.cameras):
        began, cpu = time.monotonic(), time.process_time()
        made = draw(args.set, index, SETS[args.set] + 700 + index, args.days, args.reference, variants, r, args.out)
        spent = f"{time.process_time() - cpu:.0f} s of one core, {time.monotonic() - began:.0f} s"
        events = ", ".join(f"{e['object']} {e['change']}" for e in made["events"])
        print(f"{CODE[args.set]}{index:02d}: {len(made['rows'])} components; {events}; {spent}", flush=True)
    if args.join:
        truth = join(args.out, args.set)
        days = sum(truth["component_days"].values())
        counts = f"{len(truth['events'])} events, {len(truth['lookalikes'])} look-alikes"
        print(f"{args.out}: {days} component-days, {counts}")


if __name__ == "__main__":
    main()
