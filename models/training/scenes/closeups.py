"""What is rare, seen closer: cut from drawn pictures, to train on.

python -m scenes.closeups --from DIR [DIR ...] --out DIR --pictures N --number K

In a street most boxes are cars and people. Here each picture is a piece of one, around a stall, tricycle,
bin, heap of waste or muck truck, enlarged to the training size.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from eyes.pictures import Shards, write_shard

from .frames import HEIGHT, SHARD, WIDTH

RARE = {"stall": 4.0, "bin": 3.0, "waste": 3.0, "tricycle": 2.5, "muck-truck": 1.0, "umbrella": 0.7, "truck": 0.7}
LEAST = 14  # pixels high: smaller ones are only blur when enlarged


def chosen(shards: Shards) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) of picture and object, and the chance of each."""
    places, weights = [], []
    for picture in range(len(shards)):
        for k, o in enumerate(shards.objects_of(picture)):
            x0, y0, x1, y1 = o["box"]
            if o["label"] in RARE and o.get("visible", 1.0) >= 0.5 and y1 - y0 >= LEAST and x1 - x0 < WIDTH * 0.6:
                places.append((picture, k)), weights.append(RARE[o["label"]])
    weights = np.array(weights)
    return np.array(places), weights / weights.sum()


def cut(
    rng: np.random.Generator, image: np.ndarray, objects: list[dict], box: list[float]
) -> tuple[np.ndarray, list[dict]]:
    """A piece of the picture's shape around `box`, enlarged."""
    x0, y0, x1, y1 = box
    least = max(1.25 * (x1 - x0) / WIDTH, 1.25 * (y1 - y0) / HEIGHT, 0.3)
    scale = float(np.clip(least * rng.uniform(1.0, 2.2), least, 1.0))
    w, h = int(WIDTH * scale), int(HEIGHT * scale)
    left = int(np.clip(rng.uniform(x1 - w, x0) if w > x1 - x0 else x0, 0, WIDTH - w))
    top = int(np.clip(rng.uniform(y1 - h, y0) if h > y1 - y0 else y0, 0, HEIGHT - h))
    piece = cv2.resize(image[top : top + h, left : left + w], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    found = []
    for o in objects:
        b = (np.array(o["box"], float) - [left, top, left, top]) / scale
        c = np.clip(b, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        whole, rest = (b[2] - b[0]) * (b[3] - b[1]), (c[2] - c[0]) * (c[3] - c[1])
        if rest > 40 and whole > 0:
            found.append({**o, "box": [float(v) for v in c], "visible": round(o.get("visible", 1.0) * rest / whole, 3)})
    return piece, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="sources", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=2400)
    parser.add_argument("--number", type=int, default=0, help="of the first shard")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng([args.seed, 13])
    shards = Shards(sorted(f for folder in args.sources for f in folder.glob("pictures-*.npy")))
    places, chance = chosen(shards)
    picks = rng.choice(len(places), size=args.pictures, p=chance)
    for n in range(0, args.pictures, SHARD):
        images, boxes = [], []
        for picture, k in places[np.sort(picks[n : n + SHARD])]:
            objects = shards.objects_of(int(picture))
            image, found = cut(rng, shards[int(picture)].image, objects, objects[int(k)]["box"])
            images.append(image), boxes.append(found)
        write_shard(args.out, args.number + n // SHARD, np.stack(images), boxes)
        print(f"{args.out}: {min(n + SHARD, args.pictures)} of {args.pictures} close-ups", flush=True)


if __name__ == "__main__":
    main()
