"""The sample city that `make demo` runs: python -m scenes.sample_city --out ../../demo [--only c-003]

Nine cameras: every rule, every look-alike, every light. The stories are
those of the generated sets; only their choice and the seeds are by hand.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from .city import join, keep
from .places import OBJECTS
from .plans import Plan, bump, cloud, far, halting, near, truck
from .render import Renderer
from .stories import overflow, parking, vending
from .video import film

FPS, SIZE, CRF = 6, (854, 480), 30


@dataclass(frozen=True)
class Place:
    """A camera of the sample city."""

    id: str
    name: str
    hour: float
    seed: int
    plan: Plan
    location: tuple[float, float]


def _plan(name: str, *stories, **more) -> Plan:
    return Plan(name, stories, **more)


CITY = (
    Place(
        "c-001",
        "Station Road",
        8.0,
        11,
        _plan(
            "station",
            near(parking.parks),
            far(parking.stops_briefly),
            truck("muck-covered", 0.35),
            light="day",
            seconds=80,
        ),
        (118.9602, 32.1312),
    ),
    Place(
        "c-002",
        "Market Lane",
        9.5,
        312,
        _plan(
            "market",
            near(partial(vending.trades, kind="stall-cart")),
            far(vending.tricycle_trades),
            near(vending.shelters),
            light="overcast",
            seconds=75,
        ),
        (118.9631, 32.1325),
    ),
    Place(
        "c-003",
        "School Gate",
        7.6,
        113,
        _plan(
            "school",
            far(parking.queues),
            near(vending.abandoned),
            near(vending.rides_past),
            light="day",
            every=60.0,
            seconds=80,
        ),
        (118.9655, 32.1299),
    ),
    Place(
        "c-004",
        "Canal Bridge",
        10.0,
        14,
        _plan("bridge", far(parking.hidden), light="overcast", camera_height=(4.2, 4.9), every=60.0, seconds=118),
        (118.9580, 32.1288),
    ),
    Place(
        "c-005",
        "Well Court",
        14.2,
        115,
        _plan(
            "court", near(overflow.overflows), near(overflow.lid_open), near(overflow.fallen), light="day", seconds=80
        ),
        (118.9619, 32.1340),
    ),
    Place(
        "c-006",
        "Ring Road",
        15.0,
        116,
        _plan(
            "ring",
            truck("muck-loaded", 0.1),
            truck("muck-covered", 0.4),
            truck("muck-empty", 0.6),
            truck("truck-flatbed", 0.8),
            halting("muck-loaded-low"),
            light="day",
            seconds=90,
        ),
        (118.9702, 32.1360),
    ),
    Place(
        "c-007",
        "Lantern Street",
        21.0,
        17,
        _plan(
            "lantern",
            near(parking.parks),
            truck("muck-loaded", 0.55),
            near(overflow.full_all_day),
            light="night",
            seconds=75,
        ),
        (118.9640, 32.1277),
    ),
    Place(
        "c-008",
        "Willow Quay",
        17.0,
        218,
        _plan(
            "quay",
            near(vending.shelters),
            near(overflow.bags_beside),
            near(overflow.normal),
            far(parking.loads),
            light="rain",
            seconds=75,
        ),
        (118.9571, 32.1302),
    ),
    Place(
        "c-009",
        "Windy Corner",
        18.4,
        19,
        _plan(
            "corner",
            near(parking.parks),
            near(partial(vending.trades, kind="stall-cart")),
            far(vending.parked_tricycle),
            cloud,
            bump,
            light="day",
            seconds=85,
        ),
        (118.9688, 32.1318),
    ),
)

HEAD = """# The sample city: nine generated cameras (models/training/scenes/sample_city.py), one truth file beside this file.
# Each clip lasts one to two minutes, so the dwell times are seconds here; in a city they are minutes.
city  = "sample"
log   = "embedded:./data/demo/log"
store = "./data/demo/evidence"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", help="draw only these cameras; the others' parts must lie in DIR/parts")
    parser.add_argument("--fps", type=int, default=FPS)
    args = parser.parse_args()
    (args.out / "clips").mkdir(parents=True, exist_ok=True)
    r = Renderer(*SIZE)
    midnight = datetime(2026, 6, 1, tzinfo=timezone(timedelta(hours=8)))
    for place in CITY:
        if args.only and place.id not in args.only:
            continue
        start = midnight + timedelta(hours=place.hour)
        f = film(
            place.seed, place.plan, args.out / "clips", place.id, r, args.fps, OBJECTS["sample"], start, CRF, place.name
        )
        keep(
            args.out,
            f,
            (f"location = [{place.location[0]}, {place.location[1]}]", f'grid = "320113001001{int(place.id[2:]):03d}"'),
        )
        print(f"{place.id} {place.name}: {len(f.events)} events, {len(f.lookalikes)} look-alikes", flush=True)
    join(args.out, HEAD)


if __name__ == "__main__":
    main()
