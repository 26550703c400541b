"""Runs a model folder (`model.toml` and ONNX weights) as the product does: ONNX Runtime and numpy only."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from .average_precision import covered, iou
from .classes import CLASSES

MOTOR = {CLASSES.index(word) for word in ("car", "bus", "truck", "muck-truck")}


@dataclass
class Found:
    """Objects of one picture, strongest first: corners in its pixels, index of our word, score."""

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def session(file: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


class Model:
    """A manifest with its session."""

    def __init__(self, folder: Path, weights: Path | None = None, threads: int = 1) -> None:
        self.manifest = tomllib.loads((folder / "model.toml").read_text())
        self.input = self.manifest["input"]
        self.size = (self.input["width"], self.input["height"])
        file = weights or folder / self.manifest["file"]
        self.session = session(file, threads)
        self.name = self.session.get_inputs()[0].name

    def tensor(self, image: np.ndarray) -> tuple[np.ndarray, float, float]:
        """The input [1,3,H,W] of a BGR picture, and the factors of x and y."""
        (width, height), spec = self.size, self.input
        h, w = image.shape[:2]
        if spec.get("resize", "letterbox") == "stretch":
            rw, rh = width, height
        else:
            factor = min(width / w, height / h)
            rw, rh = max(1, min(width, round(w * factor))), max(1, min(height, round(h * factor)))
        how = cv2.INTER_AREA if rw < w else cv2.INTER_LINEAR
        canvas = np.full((height, width, 3), spec.get("pad", 114), np.float32)
        if spec.get("anchor", "centre") != "top-left" and (rw, rh) != (width, height):
            raise ValueError("only the anchor top-left is known here")
        canvas[:rh, :rw] = cv2.resize(image, (rw, rh), interpolation=how)
        if spec.get("colour", "rgb") == "rgb":
            canvas = canvas[:, :, ::-1]
        values = canvas * spec.get("scale", 1.0) - np.array(spec.get("mean", [0, 0, 0]), np.float32)
        values = values / np.array(spec.get("std", [1, 1, 1]), np.float32)
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32), rw / w, rh / h

    def run(self, tensor: np.ndarray) -> np.ndarray:
        """The first output of one picture."""
        return self.session.run(None, {self.name: tensor})[0][0]


class Detector(Model):
    """A detector of the family yolox."""

    def __init__(self, folder: Path, weights: Path | None = None, threads: int = 1, own_words: bool = False) -> None:
        """With `own_words` labels are the model's own classes instead of ours."""
        super().__init__(folder, weights, threads)
        output = self.manifest["output"]
        if output["family"] != "yolox" or output.get("decoded", False) or output.get("scores") == "softmax":
            raise ValueError("only undecoded outputs of the family yolox are known here")
        self.sigmoid = output.get("scores", "probabilities") == "sigmoid"
        words = self.manifest["classes"]
        labels = self.manifest.get("labels", {})
        ours = [CLASSES.index(labels[w]) if labels.get(w) in CLASSES else -1 for w in words]
        self.words = np.arange(len(words)) if own_words else np.array(ours)
        self.thresholds = self.manifest.get("thresholds", {})
        cells, strides = [], []
        for stride in output.get("strides", [8, 16, 32]):
            y, x = np.mgrid[: self.size[1] // stride, : self.size[0] // stride]
            cells.append(np.stack([x, y], 2).reshape(-1, 2))
            strides.append(np.full(x.size, stride))
        self.cells = np.concatenate(cells).astype(np.float32)
        self.strides = np.concatenate(strides).astype(np.float32)

    def detect(self, image: np.ndarray, score: float = 0.005, overlap: float = 0.65) -> Found:
        """All objects, classes suppressed apart from one another, as mAP is measured."""
        found = self.candidates(image, score)
        return suppress(found, overlap, 1.0, together=False)

    def detect_as_product(self, image: np.ndarray) -> Found:
        """With the manifest's thresholds and the product's suppression."""
        t = self.thresholds
        found = self.candidates(image, min([t.get("score", 0.1), *t.get("labels", {}).values()]))
        least = np.array([t.get("labels", {}).get(word, t.get("score", 0.1)) for word in CLASSES])
        some = found.scores >= least[found.labels]
        found = Found(found.boxes[some], found.labels[some], found.scores[some])
        return suppress(found, t.get("iou", 0.65), t.get("contained", 1.0), together=True)

    def candidates(self, image: np.ndarray, score: float) -> Found:
        """Every row that passes the score, before suppression."""
        tensor, fx, fy = self.tensor(image)
        return self.decode(self.run(tensor), image.shape[:2], (fx, fy), score)

    def decode(self, rows: np.ndarray, size: tuple[int, int], factors: tuple[float, float], score: float) -> Found:
        """Rows [A,5+C] of the network as boxes in a picture of that height and width."""
        if self.sigmoid:
            rows = np.concatenate([rows[:, :4], 1 / (1 + np.exp(-rows[:, 4:]))], 1)
        best = rows[:, 5:].argmax(1)
        scores = rows[:, 4] * rows[np.arange(len(rows)), 5 + best]
        some = np.nonzero((scores >= score) & (self.words[best] >= 0))[0]
        rows, stride = rows[some], self.strides[some, None]
        centre = (rows[:, :2] + self.cells[some]) * stride
        half = np.exp(rows[:, 2:4]) * stride / 2
        boxes = np.concatenate([centre - half, centre + half], 1) / np.array(factors * 2, np.float32)
        limit = np.array([size[1], size[0]] * 2, np.float32)
        return Found(boxes.clip(0, limit), self.words[best[some]], scores[some])


def suppress(found: Found, overlap: float, contained: float, together: bool, most: int = 300) -> Found:
    """One box for each object. `together`: motor vehicles are one kind, and one inside another is the same."""
    kinds = found.labels.copy()
    motor = np.isin(kinds, list(MOTOR)) & together
    kinds[motor] = -2
    order = np.argsort(-found.scores, kind="stable")
    kept: list[int] = []
    for kind in np.unique(kinds):
        mine = order[kinds[order] == kind]
        while len(mine):
            kept.append(int(mine[0]))
            first, rest = found.boxes[mine[:1]], found.boxes[mine[1:]]
            repeated = iou(first, rest)[0] > overlap
            if kind == -2:
                held = np.maximum(covered(first, rest)[0], covered(rest, first)[:, 0])
                repeated |= held > contained
            mine = mine[1:][~repeated]
    kept = sorted(kept, key=lambda k: -found.scores[k])[:most]
    return Found(found.boxes[kept], found.labels[kept], found.scores[kept])


def crop_box(box: np.ndarray, margin: float, size: tuple[int, int], square: bool) -> tuple[int, int, int, int]:
    """The product's crop: the box widened on each side by `margin` of its size, inside (height, width).

    `square`: the box is first made a square of its longer side about its centre."""
    w, h = box[2] - box[0], box[3] - box[1]
    if square:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        w = h = max(w, h)
        box = np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    x0 = int(round(min(max(box[0] - margin * w, 0), size[1] - 1)))
    y0 = int(round(min(max(box[1] - margin * h, 0), size[0] - 1)))
    x1 = int(round(min(max(box[2] + margin * w, x0 + 1), size[1])))
    y1 = int(round(min(max(box[3] + margin * h, y0 + 1), size[0])))
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


class Classifier(Model):
    """A classifier of crops, probabilities inside."""

    def classify(self, image: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Probability of each class for the object in `box`."""
        x0, y0, x1, y1 = crop_box(
            box, self.input.get("crop_margin", 0.0), image.shape[:2], self.input.get("crop_square", False)
        )
        return self.run(self.tensor(image[y0:y1, x0:x1])[0]).reshape(-1)
