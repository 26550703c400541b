"""How much a picture looks like waste at a bin, by the chain the product runs: detector, then classifier."""

from __future__ import annotations

import numpy as np

from .classes import BIN_STATES, CLASSES
from .predict import Classifier, Detector

BIN, WASTE = CLASSES.index("bin"), CLASSES.index("waste")
WASTEFUL = [BIN_STATES.index("bin-over-rim"), BIN_STATES.index("bin-waste-beside")]
FEATURES = ["bin", "state", "waste_near", "waste"]
# A detection this strong counts fully; a weaker bin counts by its share of it.
SURE = 0.3
# Waste is near a bin within this many of the bin's sizes.
NEAR = 1.0
STATE_WEIGHT = 0.3


def gap(bin_box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Distance between the bin's box and each of the others, in sizes of the bin."""
    size = max(float((bin_box[2:] - bin_box[:2]).max()), 1.0)
    apart = np.maximum(np.maximum(bin_box[:2] - boxes[:, 2:], boxes[:, :2] - bin_box[2:]), 0)
    return np.hypot(apart[:, 0], apart[:, 1]) / size


def bin_features(detector: Detector, classifier: Classifier, image: np.ndarray) -> dict[str, float]:
    """The strongest bin, the worst state of a bin, the strongest waste near a bin, and anywhere."""
    found = detector.detect(image, 0.05, 0.55)
    bins = found.labels == BIN
    wastes, waste_scores = found.boxes[found.labels == WASTE], found.scores[found.labels == WASTE]
    best = dict.fromkeys(FEATURES, 0.0)
    best["waste"] = float(waste_scores.max(initial=0.0))
    for box, score in zip(found.boxes[bins], found.scores[bins]):
        weight = min(1.0, float(score) / SURE)
        state = float(classifier.classify(image, box)[WASTEFUL].sum())
        near = waste_scores[gap(box, wastes) < NEAR]
        best["bin"] = max(best["bin"], float(score))
        best["state"] = max(best["state"], weight * state)
        best["waste_near"] = max(best["waste_near"], weight * float(near.max(initial=0.0)))
    return best


def picture_score(features: dict[str, float]) -> float:
    """Waste found near a bin, and the state of the worst bin for less.

    The weight was chosen among ten on a fifth of the training part that the models of that trial had
    not seen (42 pictures), never on the held-out part.
    """
    return (features["waste_near"] + STATE_WEIGHT * features["state"]) / (1 + STATE_WEIGHT)
