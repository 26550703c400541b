"""Single pictures with boxes, to train on: python -m scenes.frames --out DIR --scenes N --seed S

Writes shards as `eyes.pictures` reads them. Everything is placed at random
but as people would place it; boxes are those of the visible part.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from . import places
from .camera import Camera
from .light import Light
from .objects import LABEL, STATE
from .places import OBJECTS
from .render import Instance, Renderer
from .sensor import Sensor, caption
from .streets import Street

WIDTH, HEIGHT = 640, 360
PER_SCENE = 6  # pictures of one street
SHARD = 600
SMALLEST = 6  # pixels: what is smaller in a side is background

# Puts things into a street: (rng, street, camera, target, light, variants) to what is in one picture.
Fill = Callable[..., "list[Thing]"]


@dataclass
class Thing:
    """What gets one box: an instance, and the word of a classifier for it."""

    instance: Instance
    state: str | None = None


class Placed:
    """What is put into a picture, and the ground it takes."""

    def __init__(self, camera: Camera, clear: float) -> None:
        """Nothing stands nearer to the camera's foot than `clear` metres."""
        self.things: list[Thing] = []
        self.camera, self.clear = camera, clear
        self._taken: list[tuple[float, float, float]] = []

    def free(self, x: float, y: float, radius: float) -> bool:
        """Takes the circle, unless something stands there."""
        if any(np.hypot(x - a, y - b) < radius + r for a, b, r in self._taken):
            return False
        if np.hypot(x - self.camera.x, y - self.camera.y) < self.clear + radius:
            return False
        self._taken.append((x, y, radius))
        return True

    def add(self, instances: list[Instance], state: str | None = None) -> None:
        """A bin gets the state that is said, anything else that of its kind."""
        self.things.extend(Thing(i, state if LABEL.get(i.kind) == "bin" else STATE.get(i.kind)) for i in instances)


def crowd(
    rng: np.random.Generator,
    made: Street,
    camera: Camera,
    target: tuple[float, float],
    light: Light,
    variants: tuple[int, int],
) -> list[Thing]:
    """Everything that stands and moves in one picture."""
    dark = light.night or light.exposure > 1.15
    placed = Placed(camera, 3.0)
    free, add = placed.free, placed.add
    seed = lambda: int(rng.integers(*variants))
    far = lambda low=3.0, high=45.0: target[0] + rng.normal(0, 9) if rng.random() < 0.6 else rng.uniform(low, high)

    for _ in range(int(rng.integers(0, 8))):  # driving or queueing vehicles
        direction, index = int(rng.choice([-1, 1])), int(rng.integers(made.lanes))
        kind = str(rng.choice(places.CARS + places.TRUCKS + ("bus",), p=[0.14] * 6 + [0.035] * 3 + [0.055]))
        x, y = far(), made.lane_y(direction, index) + rng.normal(0, 0.2)
        if free(x, y, 5.5 if kind == "bus" else 2.6):
            yaw = (0 if direction > 0 else np.pi) + rng.normal(0, 0.04)
            add([Instance(kind, seed(), x, y, yaw, 0, places.paint(kind, rng), dark)])
    if rng.random() < 0.55:  # muck trucks are rare in a street and must be common here
        for _ in range(int(rng.integers(1, 3))):
            direction, kind = int(rng.choice([-1, 1])), str(rng.choice(places.MUCK, p=[0.25, 0.3, 0.25, 0.2]))
            x = far(6, 40)
            y = made.lane_y(direction, made.lanes - 1) if rng.random() < 0.7 else made.kerb_y(-direction, 1.5)
            if free(x, y, 4.5):
                yaw = (0 if direction > 0 else np.pi) + rng.normal(0, 0.05)
                add([Instance(kind, seed(), x, y, yaw, 0, places.truck_paint(rng), dark)])
    for _ in range(int(rng.integers(0, 6))):  # parked at the kerb, some across or on the pavement
        side = int(rng.choice([-1, 1]))
        kind = str(rng.choice(places.CARS + places.TRUCKS, p=[0.14] * 6 + [0.16 / 3] * 3))
        x, off = far(), float(rng.choice([1.15, 1.15, 1.15, -1.6]))
        y = made.kerb_y(side, off)
        if free(x, y, 2.5):
            yaw = (0 if side < 0 else np.pi) + rng.normal(0, 0.06) + (rng.random() < 0.1) * rng.uniform(-1.2, 1.2)
            add([Instance(kind, seed(), x, y, yaw, made.height(y), places.paint(kind, rng))])
    for _ in range(int(rng.integers(0, 6))):  # two-wheelers
        ridden = rng.random() < 0.55
        side = int(rng.choice([-1, 1]))
        y = (
            made.kerb_y(side, rng.uniform(0.4, 2.5))
            if ridden
            else made.kerb_y(side, -rng.uniform(0.8, made.pavement - 1))
        )
        x = far()
        if free(x, y, 1.0):
            yaw = (0 if side < 0 else np.pi) + rng.normal(0, 0.15) if ridden else rng.uniform(0, 6.28)
            if not ridden and rng.random() < 0.2:
                add([Instance("bicycle-row", seed(), x, y, yaw, made.height(y))])
            else:
                add(places.two_wheeler(rng, seed(), x, y, yaw, made.height(y), ridden, dark and ridden))
    for _ in range(int(rng.integers(0, 3))):  # tricycles: parked, ridden, trading under a parasol
        side = int(rng.choice([-1, 1]))
        x, y = far(), made.kerb_y(side, rng.uniform(-2.5, 1.6))
        if free(x, y, 1.6):
            kind = str(rng.choice(["tricycle", "tricycle-goods", "tricycle-shade-goods"]))
            yaw, z, n = (0 if side < 0 else np.pi) + rng.normal(0, 0.2), made.height(y), seed()
            group = [Instance(kind, n, x, y, yaw, z, places.car_paint(rng))]
            if kind == "tricycle-shade-goods" and rng.random() < 0.7:
                group.append(Instance("umbrella-sunshade", n, x - 0.5 * np.cos(yaw), y - 0.5 * np.sin(yaw), yaw, z))
            elif rng.random() < 0.5:
                group.append(Instance("rider-tricycle", n, x, y, yaw, z))
            add(group)
    for _ in range(int(rng.choice([0, 1, 1, 2, 3]))):  # stalls
        side = int(rng.choice([-1, 1]))
        x, y = far(4, 35), made.kerb_y(side, rng.uniform(-made.pavement + 1.2, 1.8))
        if free(x, y, 2.0):
            yaw = rng.choice([side * -np.pi / 2, side * np.pi / 2, 0, np.pi]) + rng.normal(0, 0.15)
            add(places.stall(rng, seed(), x, y, yaw, made.height(y), vendor=rng.random() < 0.8))
            for _ in range(int(rng.integers(0, 3))):
                a = yaw + rng.normal(0, 0.7)
                cx, cy = x + 1.5 * np.cos(a), y + 1.5 * np.sin(a)
                add([Instance(str(rng.choice(places.PEOPLE)), seed(), cx, cy, a + np.pi, made.height(cy))])
    for _ in range(int(rng.choice([0, 1, 1, 2, 2, 3]))):  # bins, waste, and what looks like them
        side = int(rng.choice([-1, 1]))
        x, y = far(4, 32), made.kerb_y(side, -rng.uniform(0.5, made.pavement - 0.6))
        if free(x, y, 1.6):
            add_bins(rng, seed, x, y, side, made.height(y), add)
    for _ in range(int(rng.integers(0, 3))):
        side = int(rng.choice([-1, 1]))
        x, y = far(4, 32), made.kerb_y(side, rng.uniform(-made.pavement + 0.6, 0.6))
        if free(x, y, 0.9):
            if rng.random() < 0.5:
                add([Instance(str(rng.choice(places.WASTE)), seed(), x, y, rng.uniform(0, 6.28), made.height(y))])
            else:
                add([Instance(str(rng.choice(places.CONFUSERS)), seed(), x, y, rng.uniform(0, 6.28), made.height(y))])
    for _ in range(int(rng.integers(0, 9))):  # people on foot
        y = rng.uniform(-made.half - made.pavement + 0.5, made.half + made.pavement - 0.5)
        if abs(y) < made.half - 1 and rng.random() < 0.6:
            continue
        x, yaw, z = far(), rng.uniform(0, 6.28), made.height(y)
        if free(x, y, 0.5):
            n = seed()
            if rng.random() < (0.45 if light.rain > 0 else 0.12):
                add([Instance("person-hold", n, x, y, yaw, z), Instance("umbrella-hand", n, x, y, yaw, z)])
            else:
                kind = (
                    f"person-walk-{rng.integers(places.WALK)}" if rng.random() < 0.6 else str(rng.choice(places.PEOPLE))
                )
                add([Instance(kind, n, x, y, yaw, z)])
    return placed.things


def add_bins(rng: np.random.Generator, seed, x: float, y: float, side: int, z: float, add) -> None:
    """One bin or a row of them, each in its state, with or without waste beside."""
    shape = str(rng.choice(list(places.BINS), p=[0.3, 0.2, 0.35, 0.15]))
    facing = (-np.pi / 2 if side > 0 else np.pi / 2) + rng.normal(0, 0.2)
    for k in range(int(rng.choice([1, 1, 1, 2, 3]))):
        state = str(rng.choice(places.BINS[shape], p=_chances(len(places.BINS[shape]))))
        bx = x + k * (1.5 if shape in ("container", "litter") else 0.85)
        word = f"bin-{state}"
        bin_ = [Instance(f"bin-{shape}-{state}", seed(), bx, y, facing, z)]
        if rng.random() < 0.35 and state != "fallen":
            for _ in range(int(rng.integers(1, 3))):
                bin_.append(places.waste_by(rng, seed(), bx, y, z, 1.25 if shape == "container" else 0.85))
            word = word if state == "over-rim" else "bin-waste-beside"
        add(bin_, word)


def _chances(n: int) -> list[float]:
    return [0.42, 0.15, 0.33, 0.10] if n == 4 else [0.5, 0.15, 0.35]


def boxes_of(r: Renderer, camera: Camera, things: list[Thing]) -> list[dict]:
    """Boxes of what can be seen: `visible` is the share of its silhouette that nothing hides."""
    instances = [t.instance for t in things]
    seen = r.ids(camera, instances)
    out = []
    for k, thing in enumerate(things):
        label = LABEL[thing.instance.kind]
        if label is None:
            continue
        rows, columns = np.nonzero(seen == k + 1)
        if len(rows) < 12:
            continue
        x0, y0, x1, y1 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        if min(x1 - x0, y1 - y0) < SMALLEST:
            continue
        whole = int((r.ids(camera, [thing.instance], alone=True) > 0).sum())
        box = {
            "label": label,
            "box": [int(x0), int(y0), int(x1), int(y1)],
            "visible": round(len(rows) / max(whole, 1), 3),
        }
        if thing.state:
            box["state"] = thing.state
        out.append(box)
    return out


def pictures(seed: int, r: Renderer, variants: tuple[int, int], fill: Fill, zoom: tuple[float, float]):
    """The pictures of one street: yields (BGR, boxes)."""
    rng = np.random.default_rng([seed, 7])
    made, camera, target = places.scene(rng)
    r.set_static(made.ground, made.mesh, float(rng.uniform(0, 10)), camera)
    sensor = Sensor(rng, *r.size)
    for _ in range(PER_SCENE):
        light = places.light_for(rng, made)
        view = camera.turned(rng.normal(0, 0.12), rng.normal(0, 0.05), zoom=rng.uniform(*zoom))
        things = fill(rng, made, view, target, light, variants)
        picture = sensor.take(r.draw(view, light, [t.instance for t in things], rng.uniform(0, 100)), light)
        if rng.random() < 0.3:
            picture = caption(picture, "CAM", f"2026-06-{rng.integers(1, 30):02d} {rng.integers(24):02d}:00:00")
        if rng.random() < 0.8:
            ok, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(35, 90))])
            picture = cv2.imdecode(coded, cv2.IMREAD_COLOR) if ok else picture
        yield picture, boxes_of(r, view, things)


def draw(
    out: Path, seeds: range, number: int, variants: tuple[int, int], fill: Fill, zoom: tuple[float, float]
) -> None:
    """Shards of the streets of `seeds`, filled by `fill`, from `number` on."""
    out.mkdir(parents=True, exist_ok=True)
    r = Renderer(WIDTH, HEIGHT)
    shard: list[np.ndarray] = []
    boxes: list[list[dict]] = []
    for seed in seeds:
        for picture, found in pictures(seed, r, variants, fill, zoom):
            shard.append(picture), boxes.append(found)
        if len(shard) >= SHARD or seed == seeds[-1]:
            np.save(out / f"pictures-{number:03d}.npy", np.stack(shard))
            (out / f"boxes-{number:03d}.json").write_text(json.dumps(boxes))
            print(f"{out}: {seed - seeds[0] + 1} of {len(seeds)} streets, shard {number}", flush=True)
            shard, boxes, number = [], [], number + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0, help="first seed; one street a seed")
    parser.add_argument("--set", choices=list(OBJECTS), default="training", help="whose objects: no two sets share one")
    parser.add_argument("--objects", type=int, nargs=2, metavar=("FROM", "TO"), help="seeds of objects; else the set's")
    parser.add_argument("--number", type=int, default=0, help="of the first shard")
    args = parser.parse_args()
    seeds, objects = range(args.seed, args.seed + args.scenes), places.spare(tuple(args.objects)) if args.objects else OBJECTS[args.set]
    draw(args.out, seeds, args.number, tuple(objects), crowd, zoom=(0.85, 1.5))


if __name__ == "__main__":
    main()
