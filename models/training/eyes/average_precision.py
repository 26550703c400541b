"""Average precision as in VOC: all points, IoU 0.5; and the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU of every box of `a` with every box of `b`, corners."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = (high - low).clip(0).prod(2)
    area_a = (a[:, 2:] - a[:, :2]).prod(1)
    area_b = (b[:, 2:] - b[:, :2]).prod(1)
    return inter / np.maximum(area_a[:, None] + area_b[None] - inter, 1e-9)


def covered(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Share of every box of `a` that lies in every box of `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return (high - low).clip(0).prod(2) / np.maximum((a[:, 2:] - a[:, :2]).prod(1)[:, None], 1e-9)


@dataclass
class ClassTally:
    """Scores and verdicts of one class over all pictures."""

    objects: int = 0
    scores: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    def average_precision(self) -> float:
        """Area under the precision-recall curve; NaN without objects."""
        if self.objects == 0:
            return float("nan")
        order = np.argsort(-np.array(self.scores), kind="stable")
        right = np.array(self.right, bool)[order]
        hits, misses = np.cumsum(right), np.cumsum(~right)
        recall = np.concatenate([[0.0], hits / self.objects, [1.0]])
        precision = np.concatenate([[1.0], hits / np.maximum(hits + misses, 1), [0.0]])
        precision = np.maximum.accumulate(precision[::-1])[::-1]
        return float(((recall[1:] - recall[:-1]) * precision[1:]).sum())


class Tally:
    """Collects pictures; then gives the average precision of each class."""

    def __init__(self, classes: int) -> None:
        self.classes = [ClassTally() for _ in range(classes)]
        self.pictures = 0

    def add(
        self,
        boxes: np.ndarray,
        labels: np.ndarray,
        scores: np.ndarray,
        true_boxes: np.ndarray,
        true_labels: np.ndarray,
        ignored: np.ndarray,
    ) -> None:
        """One picture: what was found and what is there; `ignored` objects count for nothing."""
        self.pictures += 1
        regions = true_boxes[ignored]
        for label, tally in enumerate(self.classes):
            objects = true_boxes[(true_labels == label) & ~ignored]
            tally.objects += len(objects)
            mine = labels == label
            order = np.argsort(-scores[mine], kind="stable")
            found, found_scores = boxes[mine][order], scores[mine][order]
            if not len(found):
                continue
            overlap = iou(found, objects)
            excused = np.zeros(len(found), bool)
            if len(regions):
                excused = ((covered(found, regions) > 0.5) | (iou(found, regions) > 0.5)).any(1)
            taken = np.zeros(len(objects), bool)
            for k in range(len(found)):
                best = int(overlap[k].argmax()) if len(objects) else -1
                hit = best >= 0 and overlap[k, best] >= 0.5 and not taken[best]
                if hit:
                    taken[best] = True
                elif excused[k]:
                    continue
                tally.scores.append(float(found_scores[k]))
                tally.right.append(bool(hit))

    def by_class(self) -> np.ndarray:
        """Average precision of each class; NaN where the pictures show none."""
        return np.array([c.average_precision() for c in self.classes])

    def counts(self) -> list[int]:
        """Objects of each class."""
        return [c.objects for c in self.classes]

    def mean(self) -> float:
        """Over the classes that the pictures show; NaN if they show none."""
        values = self.by_class()
        return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def roc_area(scores: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive scores above a negative; ties count half. NaN if one kind is missing."""
    high, low = scores[positive][:, None], scores[~positive][None]
    if high.size == 0 or low.size == 0:
        return float("nan")
    return float(((high > low) + 0.5 * (high == low)).mean())
