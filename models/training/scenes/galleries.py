"""Streets full of what is rare: bins in every state, muck trucks under every load, stalls and tricycles.

python -m scenes.galleries --out DIR --scenes N --seed S --number K

A street has a bin or two and a truck now and then; a classifier wants hundreds of each state. Objects are from
seeds of their own, so that training sees more of them than `scenes.frames` shows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from . import places
from .camera import Camera
from .frames import Placed, Thing, add_bins, draw
from .light import Light
from .places import GALLERY
from .render import Instance
from .streets import Street


def gallery(
    rng: np.random.Generator,
    made: Street,
    camera: Camera,
    target: tuple[float, float],
    light: Light,
    variants: tuple[int, int],
) -> list[Thing]:
    """Rows of bins and stalls on the pavements, muck trucks on the road, people and cars among them."""
    dark = light.night or light.exposure > 1.15
    placed = Placed(camera, 3.5)
    free, add = placed.free, placed.add
    seed = lambda: int(rng.integers(*variants))

    # Mostly on the pavement that the camera looks at.
    facing = 1 if target[1] > 0 else -1
    which = lambda: facing if rng.random() < 0.8 else -facing
    along = lambda spread: float(target[0] + rng.normal(0, spread))
    for _ in range(int(rng.integers(0, 4))):
        direction, kind = int(rng.choice([-1, 1])), str(rng.choice(places.MUCK))
        x, y = along(8), made.lane_y(direction, int(rng.integers(made.lanes))) + rng.normal(0, 0.3)
        if free(x, y, 4.0):
            yaw = (0 if direction > 0 else np.pi) + rng.normal(0, 0.06)
            add([Instance(kind, seed(), x, y, yaw, 0, places.truck_paint(rng), dark)])
    for _ in range(int(rng.integers(6, 14))):
        side = which()
        x, y = along(6), made.kerb_y(side, rng.uniform(-made.pavement + 0.6, 0.4))
        if free(x, y, 1.5):
            add_bins(rng, seed, x, y, side, made.height(y), add)
    for _ in range(int(rng.integers(0, 5))):
        side = which()
        x, y = along(7), made.kerb_y(side, rng.uniform(-made.pavement + 1.0, 1.8))
        if free(x, y, 1.7):
            yaw = rng.choice([side * -np.pi / 2, side * np.pi / 2, 0, np.pi]) + rng.normal(0, 0.3)
            if rng.random() < 0.7:
                add(places.stall(rng, seed(), x, y, yaw, made.height(y), vendor=rng.random() < 0.8))
            else:
                kind = str(rng.choice(["tricycle", "tricycle-goods", "tricycle-shade-goods"]))
                n = seed()
                add([Instance(kind, n, x, y, yaw, made.height(y), places.car_paint(rng))])
                if kind == "tricycle-shade-goods":
                    add([Instance("umbrella-sunshade", n, x - 0.5 * np.cos(yaw), y - 0.5 * np.sin(yaw), yaw, 0.1)])
    for _ in range(int(rng.integers(0, 4))):
        side = int(rng.choice([-1, 1]))
        x, y = along(8), made.kerb_y(side, 1.2)
        if free(x, y, 2.4):
            kind = str(rng.choice(places.CARS + places.TRUCKS))
            add([Instance(kind, seed(), x, y, 0 if side < 0 else np.pi, 0, places.paint(kind, rng), dark)])
    for _ in range(int(rng.integers(0, 3))):
        x, y = along(6), made.kerb_y(which(), -rng.uniform(0.4, made.pavement - 0.3))
        if free(x, y, 0.9):
            kind = str(rng.choice(places.CONFUSERS + places.WASTE))
            add([Instance(kind, seed(), x, y, rng.uniform(0, 6.28), made.height(y))])
    for _ in range(int(rng.integers(1, 8))):
        x, y = along(7), made.kerb_y(which(), -rng.uniform(-0.5, made.pavement - 0.3))
        if free(x, y, 0.45):
            add([Instance(str(rng.choice(places.PEOPLE)), seed(), x, y, rng.uniform(0, 6.28), made.height(y))])
    return placed.things


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=150)
    parser.add_argument("--seed", type=int, default=300000, help="first seed; one street a seed")
    parser.add_argument("--objects", type=int, nargs=2, default=GALLERY, metavar=("FROM", "TO"), help="seeds of objects")
    parser.add_argument("--number", type=int, default=200, help="of the first shard")
    args = parser.parse_args()
    seeds = range(args.seed, args.seed + args.scenes)
    draw(args.out, seeds, args.number, places.spare(tuple(args.objects)), gallery, zoom=(1.0, 2.4))


if __name__ == "__main__":
    main()
