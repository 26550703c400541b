"""The pictures on disk: rendered shards, the bin photographs, coco128, and pictures without labels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from .classes import CLASSES, COCO, FROM_COCO, full_state, held_out

# The labels of the bin photographs, made by eye.
BIN_LABELS = [str(Path(__file__).resolve().parent.parent / "labels/bins.jsonl")]


@dataclass
class Picture:
    """A picture, BGR, with its objects. A `labels` of -1 is an ignore region, like a low `visible`."""

    image: np.ndarray
    boxes: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))  # corners in pixels
    labels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    visible: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    states: list[str | None] = field(default_factory=list)
    name: str = ""
    scene: str = ""
    labelled: bool = True


def make_picture(image: np.ndarray, objects: Iterable[dict], **more: object) -> Picture:
    """A picture from objects `{"label","box","visible"?,"state"?}`; unknown labels become ignore regions."""
    kept = [o for o in objects if o["box"][2] > o["box"][0] and o["box"][3] > o["box"][1]]
    labels = [CLASSES.index(o["label"]) if o["label"] in CLASSES else -1 for o in kept]
    return Picture(
        image,
        np.array([o["box"] for o in kept], np.float32).reshape(-1, 4),
        np.array(labels, np.int64),
        np.array([o.get("visible", 1.0) for o in kept], np.float32),
        [full_state(o["label"], o.get("state")) for o in kept],
        **more,
    )


class Shards(Sequence[Picture]):
    """Rendered pictures: `pictures-NNN.npy` uint8 [n,H,W,3] BGR beside `boxes-NNN.json`, read from the disk."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = list(files)
        self.pictures: list[np.ndarray] = []
        self.objects: list[list[list[dict]]] = []
        for file in self.files:
            boxes = file.with_name(file.name.replace("pictures-", "boxes-")).with_suffix(".json")
            self.pictures.append(np.load(file, mmap_mode="r"))
            self.objects.append(json.loads(boxes.read_text()))
            if len(self.pictures[-1]) != len(self.objects[-1]):
                raise ValueError(f"{file}: {len(self.pictures[-1])} pictures, {len(self.objects[-1])} lists of boxes")
        self.ends = np.cumsum([len(p) for p in self.pictures])

    def __len__(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def locate(self, index: int) -> tuple[int, int]:
        """Shard and place inside it."""
        shard = int(np.searchsorted(self.ends, index, side="right"))
        return shard, index - (int(self.ends[shard - 1]) if shard else 0)

    def objects_of(self, index: int) -> list[dict]:
        """The objects of a picture, the picture itself left on the disk."""
        shard, at = self.locate(index)
        return self.objects[shard][at]

    def __getitem__(self, index: int) -> Picture:  # type: ignore[override]
        shard, at = self.locate(index)
        image = np.ascontiguousarray(self.pictures[shard][at])
        return make_picture(image, self.objects[shard][at], name=f"{self.files[shard].stem}/{at}")


def shard_files(*folders: str | Path) -> list[Path]:
    """The shards of folders."""
    return [file for folder in folders for file in sorted(Path(folder).glob("pictures-*.npy"))]


def split_shards(folder: str | None, validation: str | None) -> tuple[list[Path], list[Path]]:
    """Shards to train on and shards to validate on: of a folder of their own, or the last of several."""
    files = shard_files(folder) if folder else []
    if validation:
        return files, shard_files(validation)
    return (files[:-1], files[-1:]) if len(files) > 1 else (files, [])


def write_shard(folder: Path, number: int, images: np.ndarray, objects: list[list[dict]]) -> None:
    """Writes one shard of rendered pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"pictures-{number:03d}.npy", images)
    (folder / f"boxes-{number:03d}.json").write_text(json.dumps(objects))


def shrink(image: np.ndarray, longest: int) -> tuple[np.ndarray, float]:
    """The picture with sides of at most `longest` pixels, by area average, and the factor."""
    factor = min(1.0, longest / max(image.shape[:2]))
    if factor == 1.0:
        return image, 1.0
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), factor


def read_bins(shared: Path, labels: Sequence[Path], test: bool | None, longest: int = 640) -> list[Picture]:
    """The labelled bin photographs: the training part (`test` False), the held-out part (True) or all."""
    pictures: dict[str, Picture] = {}
    for line in (line for file in labels for line in file.read_text().splitlines() if line.strip()):
        entry = json.loads(line)
        name = entry["file"]
        if test is not None and held_out(name) != test:
            continue
        image = cv2.imread(str(shared / "bins/images" / name), cv2.IMREAD_COLOR)
        if image is None:
            raise FileNotFoundError(name)
        image, _ = shrink(image, longest)
        percent = np.array([image.shape[1], image.shape[0]] * 2) / 100
        objects = [{**o, "box": (np.clip(o["box"], 0, 100) * percent).tolist()} for o in entry["objects"]]
        pictures[name] = make_picture(image, objects, name=name, scene=entry.get("scene", ""))
    return list(pictures.values())


def read_coco128(shared: Path, test: bool | None, longest: int = 640, ours: bool = True) -> list[Picture]:
    """The 128 COCO pictures, or one part of them. With `ours` False labels are COCO's 80 classes."""
    pictures = []
    for file in sorted((shared / "coco128/images").glob("*.jpg")):
        if test is not None and held_out(file.name) != test:
            continue
        image, _ = shrink(cv2.imread(str(file), cv2.IMREAD_COLOR), longest)
        text = shared / "coco128/labels" / f"{file.stem}.txt"
        rows = [line.split() for line in text.read_text().splitlines()] if text.exists() else []
        height, width = image.shape[:2]
        boxes, labels = [], []
        for row in rows:
            word = COCO[int(row[0])]
            if ours and word not in FROM_COCO:
                continue
            cx, cy, w, h = (float(v) for v in row[1:5])
            boxes.append([(cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height])
            labels.append(CLASSES.index(FROM_COCO[word]) if ours else int(row[0]))
        n = len(boxes)
        pictures.append(
            Picture(
                image,
                np.array(boxes, np.float32).reshape(-1, 4),
                np.array(labels, np.int64),
                np.ones(n, np.float32),
                [None] * n,
                name=file.name,
            )
        )
    return pictures


def read_unlabelled(shared: Path, every: int = 12, longest: int = 640) -> list[Picture]:
    """Frames of the footage (one of `every`) and the parking lot's pictures, without labels."""
    pictures = []
    for file in sorted((shared / "footage").glob("*.mp4")):
        video = cv2.VideoCapture(str(file))
        number = 0
        while video.grab():
            if number % every == 0:
                ok, image = video.retrieve()
                if ok:
                    pictures.append(Picture(shrink(image, longest)[0], name=f"{file.name}/{number}", labelled=False))
            number += 1
    folders = ["parking-lot/empty", "parking-lot/sequence0/frames", "parking-lot/sequence3/frames"]
    for file in sorted(f for folder in folders for f in (shared / folder).glob("*") if f.suffix in (".jpg", ".png")):
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        pictures.append(Picture(shrink(image, longest)[0], name=file.name, labelled=False))
    return pictures
