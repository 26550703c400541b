"""Crops of bins and muck trucks with their states, varied as a detector's boxes vary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from .augment import Augment
from .classes import CLASSES
from .pictures import Picture, Shards, make_picture
from .predict import crop_box

# Context kept around a box on each side, in its longer sides: margin plus jitter must fit in.
CONTEXT = 0.9
LARGEST = 256
LEAST_SIDE = 10


@dataclass
class Crop:
    """A piece of a picture, the object's box in it, and the index of its state."""

    image: np.ndarray
    box: np.ndarray
    state: int


def cut(picture: Picture, label: str, states: list[str]) -> list[Crop]:
    """The objects of a label that have one of the states and are visible enough."""
    crops = []
    for k, number in enumerate(picture.labels):
        state = picture.states[k] if picture.states else None
        box = picture.boxes[k]
        small = min(box[2] - box[0], box[3] - box[1]) < LEAST_SIDE
        if number < 0 or CLASSES[number] != label or state not in states or picture.visible[k] < 0.5 or small:
            continue
        if label == "bin" and not tells(picture, k, state):
            continue
        x0, y0, x1, y1 = crop_box(box, CONTEXT, picture.image.shape[:2], square=True)
        piece = picture.image[y0:y1, x0:x1]
        factor = min(1.0, LARGEST / max(piece.shape[:2]))
        size = (max(1, round(piece.shape[1] * factor)), max(1, round(piece.shape[0] * factor)))
        piece = cv2.resize(piece, size, interpolation=cv2.INTER_AREA) if factor < 1 else piece.copy()
        scale = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0)] * 2)
        crops.append(Crop(piece, (box - np.array([x0, y0, x0, y0])) * scale, states.index(state)))
    return crops


def tells(picture: Picture, number: int, state: str) -> bool:
    """Whether a drawn bin's state can be seen: waste at one that is said to have some beside it, none (a neighbour's) at
    one that is said to be clean. Photographs were labelled by what is seen."""
    if picture.scene:
        return True
    waste = [at_bin(picture.boxes[number], picture.boxes[k]) for k in waste_of(picture)]
    return any(waste) if state == "bin-waste-beside" else state == "bin-over-rim" or not any(waste)


def waste_of(picture: Picture) -> list[int]:
    """The heaps of which enough is seen."""
    heap = CLASSES.index("waste")
    return [k for k, n in enumerate(picture.labels) if n == heap and picture.visible[k] >= 0.3]


def at_bin(bin_: np.ndarray, waste: np.ndarray) -> bool:
    """Whether waste lies at the bin: nearer than half of its longer side, on about the same ground."""
    w, h = bin_[2:] - bin_[:2]
    near = 0.5 * max(w, h)
    aside = max(waste[0] - bin_[2], bin_[0] - waste[2])
    return bool(aside <= near and abs(waste[3] - bin_[3]) <= 0.6 * h)


def cut_all(pictures: Iterable[Picture], label: str, states: list[str]) -> list[Crop]:
    """The crops of many pictures."""
    return [crop for picture in pictures for crop in cut(picture, label, states)]


def cut_shards(shards: Shards, label: str, states: list[str], most: int, seed: int = 0) -> list[Crop]:
    """The crops of rendered pictures in random order, until there are `most`."""
    crops: list[Crop] = []
    for index in np.random.default_rng(seed).permutation(len(shards)):
        objects = shards.objects_of(int(index))
        if any(o["label"] == label and o.get("state") for o in objects):
            crops += cut(make_picture(shards[int(index)].image, objects), label, states)
            if len(crops) >= most:
                break
    return crops


def view(crop: Crop, margin: float, side: int, square: bool) -> np.ndarray:
    """The crop as the product makes it, BGR uint8."""
    x0, y0, x1, y1 = crop_box(crop.box, margin, crop.image.shape[:2], square)
    piece = crop.image[y0:y1, x0:x1]
    how = cv2.INTER_AREA if piece.shape[1] > side else cv2.INTER_LINEAR
    return cv2.resize(piece, (side, side), interpolation=how)


class CropViews:
    """Random views of crops: jittered boxes, small copies, flips, light, noise."""

    def __init__(self, margin: float, side: int, square: bool, seed: int) -> None:
        self.margin, self.side, self.square = margin, side, square
        self.augment = Augment(seed, 0.0, (288, 288))
        self.rng = self.augment.rng

    def __call__(self, crop: Crop) -> np.ndarray:
        rng = self.rng
        w, h = crop.box[2] - crop.box[0], crop.box[3] - crop.box[1]
        jitter = (rng.normal(0, 0.07, 4) * [w, h, w, h]).clip(-0.2 * max(w, h), 0.2 * max(w, h))
        x0, y0, x1, y1 = crop_box(crop.box + jitter, self.margin, crop.image.shape[:2], self.square)
        piece = crop.image[y0:y1, x0:x1]
        if rng.random() < 0.5:
            piece = piece[:, ::-1]
        longest = max(piece.shape[:2])
        if rng.random() < 0.4 and longest > 40:
            # A camera far away: the photographs are nearer than a street camera's bins.
            factor = np.exp(rng.uniform(np.log(28 / longest), 0))
            small = tuple(max(6, round(v * factor)) for v in piece.shape[1::-1])
            piece = cv2.resize(piece, small, interpolation=cv2.INTER_AREA)
        piece = self.augment.colours(np.ascontiguousarray(piece))
        if rng.random() < 0.3:
            piece = turn(piece, float(rng.uniform(-8, 8)))
        how = cv2.INTER_AREA if piece.shape[1] > self.side else cv2.INTER_LINEAR
        return cv2.resize(piece, (self.side, self.side), interpolation=how)


def turn(image: np.ndarray, degrees: float) -> np.ndarray:
    """Turned about its middle, edges mirrored."""
    h, w = image.shape[:2]
    return cv2.warpAffine(
        image, cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0), (w, h), borderMode=cv2.BORDER_REFLECT_101
    )
