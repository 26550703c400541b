"""Rendered objects put into real photographs, with their shadows, to train on.

python -m scenes.composites --shared ../../../shared/data --out DIR --pictures N --seed S

Only pictures that detectors may be trained on are used (eyes.classes.held_out);
nothing of a photograph gets into the project, only into what it is trained on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from eyes.classes import CLASSES
from eyes.pictures import Picture, read_bins, read_coco128, write_shard

from . import places
from .camera import Camera
from .frames import HEIGHT, SHARD, WIDTH, Thing, add_bins, boxes_of
from .light import LIGHTS, Light
from .mesh import MATTE, quad
from .objects import LABEL, STATE
from .places import OBJECTS
from .render import Instance, Renderer

GROUND = quad((-90, -90, 0), (90, -90, 0), (90, 90, 0), (-90, 90, 0), (0.3, 0.3, 0.3), MATTE)
# Kinds that photographs lack most come most often.
KINDS = (
    ("stall", 5),
    ("bins", 4),
    ("muck", 4),
    ("tricycle", 4),
    ("waste", 2),
    ("vehicle", 2),
    ("truck", 2),
    ("cycle", 1),
    ("person", 1),
    ("umbrella", 2),
)


def some_things(rng: np.random.Generator, ahead: float, objects: tuple[int, int]) -> list[Thing]:
    """One to four objects about `ahead` metres away, of the seeds `objects`."""
    names, weights = zip(*KINDS)
    weights = np.array(weights, float) / sum(weights)
    things: list[Thing] = []
    seed = lambda: int(rng.integers(*objects))

    def add(instances: list[Instance], state: str | None = None) -> None:
        things.extend(Thing(i, state if LABEL.get(i.kind) == "bin" else STATE.get(i.kind)) for i in instances)

    taken: list[tuple[float, float]] = []
    for _ in range(int(rng.integers(1, 5))):
        x, y = ahead * rng.uniform(0.6, 1.8), ahead * rng.uniform(-0.45, 0.45)
        if any(np.hypot(x - a, y - b) < 4.0 for a, b in taken):
            continue
        taken.append((x, y))
        yaw, n, what = rng.uniform(0, 2 * np.pi), seed(), str(rng.choice(names, p=weights))
        if what == "stall":
            add(places.stall(rng, n, x, y, np.pi + rng.normal(0, 0.9), 0.0, vendor=rng.random() < 0.7))
        elif what == "bins":
            add_bins(rng, seed, x, y, int(rng.choice([-1, 1])), 0.0, add)
        elif what == "muck":
            add([Instance(str(rng.choice(places.MUCK)), n, x + 4, y, yaw, 0, places.truck_paint(rng))])
        elif what == "tricycle":
            kind = str(rng.choice(["tricycle", "tricycle-goods", "tricycle-shade-goods"]))
            group = [Instance(kind, n, x, y, yaw, 0, places.car_paint(rng))]
            if rng.random() < 0.4:
                group.append(Instance("rider-tricycle", n, x, y, yaw))
            elif kind == "tricycle-shade-goods":
                group.append(Instance("umbrella-sunshade", n, x - 0.5 * np.cos(yaw), y - 0.5 * np.sin(yaw), yaw))
            add(group)
        elif what == "waste":
            add([Instance(str(rng.choice(places.WASTE)), n, x, y, yaw)])
        elif what in ("vehicle", "truck"):
            kind = str(rng.choice(places.CARS + ("bus",) if what == "vehicle" else places.TRUCKS))
            add([Instance(kind, n, x + 2, y, yaw, 0, places.paint(kind, rng))])
        elif what == "cycle":
            add(places.two_wheeler(rng, n, x, y, yaw, 0.0, rng.random() < 0.5))
        elif what == "person":
            add([Instance(f"person-walk-{rng.integers(places.WALK)}", n, x, y, yaw)])
        else:
            add(
                [Instance("person-hold", n, x, y, yaw), Instance("umbrella-hand", n, x, y, yaw)]
                if rng.random() < 0.5
                else [Instance("umbrella-sunshade", n, x, y, yaw)]
            )
    return things


def backdrop(rng: np.random.Generator, picture: Picture) -> tuple[np.ndarray, list[dict]]:
    """A random piece of a photograph at the training size, with the boxes that are in it."""
    h, w = picture.image.shape[:2]
    cw = int(min(w, h * WIDTH / HEIGHT) * rng.uniform(0.7, 1.0))
    ch = int(cw * HEIGHT / WIDTH)
    x0, y0 = int(rng.integers(0, w - cw + 1)), int(rng.integers(0, h - ch + 1))
    scale = WIDTH / cw
    cut = cv2.resize(picture.image[y0 : y0 + ch, x0 : x0 + cw], (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    found = []
    for box, label, state in zip(picture.boxes, picture.labels, picture.states):
        b = (np.array(box) - [x0, y0, x0, y0]) * scale
        c = np.clip(b, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        whole, left = (b[2] - b[0]) * (b[3] - b[1]), (c[2] - c[0]) * (c[3] - c[1])
        if label < 0 or left < 30 or whole <= 0:
            continue
        found.append(
            {
                "label": CLASSES[int(label)],
                "box": [float(v) for v in c],
                "visible": float(left / whole),
                **({"state": state} if state else {}),
            }
        )
    return cut, found


def compose(
    rng: np.random.Generator, r: Renderer, picture: Picture, objects: tuple[int, int]
) -> tuple[np.ndarray, list[dict]]:
    """Objects lit and shaded on a plane that the photograph then takes the place of."""
    cut, found = backdrop(rng, picture)
    height, pitch = rng.uniform(1.6, 8.0), -rng.uniform(0.08, 0.5)
    ahead = min(height / np.tan(-pitch), 18.0)
    camera = Camera(0, 0, float(height), 0.0, float(pitch), float(np.radians(rng.uniform(45, 70))))
    light: Light = LIGHTS[str(rng.choice(["day", "overcast", "dusk"], p=[0.5, 0.4, 0.1]))](rng)
    things = some_things(rng, float(ahead), objects)
    instances = [t.instance for t in things]
    with_objects = r.draw(camera, light, instances).astype("f4")
    bare = r.draw(camera, light, []).astype("f4")
    seen = r.ids(camera, instances)
    mask = cv2.GaussianBlur((seen > 0).astype("f4"), (0, 0), 0.8)[..., None]
    shade = np.clip((with_objects + 4) / (bare + 4), 0.25, 1.0)
    shade = np.where((seen > 0)[..., None], 1.0, shade)
    # The objects take on something of the photograph's brightness.
    level = np.clip((cut.mean() + 20) / (with_objects[seen > 0].mean() + 20 if (seen > 0).any() else 128.0), 0.5, 1.4)
    out = cut * shade * (1 - mask) + np.clip(with_objects * level**0.6, 0, 255) * mask
    kept = []
    for f in found:
        x0, y0, x1, y1 = (int(v) for v in f["box"])
        covered = float((seen[y0 : y1 + 1, x0 : x1 + 1] > 0).mean()) if x1 > x0 and y1 > y0 else 1.0
        f["visible"] = round(f["visible"] * (1 - covered), 3)
        kept.append(f)
    # boxes_of compares with the scenery's depth; here the plane alone can hide nothing.
    return np.clip(out, 0, 255).astype(np.uint8), kept + boxes_of(r, camera, things)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--objects", type=int, nargs=2, default=OBJECTS["training"], metavar=("FROM", "TO"))
    parser.add_argument("--number", type=int, default=0, help="of the first shard")
    args = parser.parse_args()
    objects = places.spare(tuple(args.objects))
    labels = [Path(__file__).parents[1] / "labels" / "bins.jsonl"]
    backgrounds = read_bins(args.shared, labels, test=False) + read_coco128(args.shared, test=False)
    r = Renderer(WIDTH, HEIGHT)
    r.set_static(GROUND)
    images: list[np.ndarray] = []
    boxes: list[list[dict]] = []
    number = args.number
    for n in range(args.pictures):
        rng = np.random.default_rng([args.seed, n, 11])
        image, found = compose(rng, r, backgrounds[int(rng.integers(len(backgrounds)))], objects)
        images.append(image), boxes.append(found)
        if len(images) == SHARD or n == args.pictures - 1:
            write_shard(args.out, number, np.stack(images), boxes)
            print(f"{args.out}: {n + 1} of {args.pictures}", flush=True)
            images, boxes, number = [], [], number + 1


if __name__ == "__main__":
    main()
