"""Figures of a detector and classifiers on pictures, without PyTorch: ONNX Runtime and numpy.

    cd models/training
    python -m eyes.evaluate_pictures --shared ../../../shared/data --detector ../weights/street-nano \\
        --reference ../weights/yolox-nano [--bin-state ../weights/bin-state] [--scenes DIR] --out DIR

Writes `figures.json` and `figures.md`. Rendered and real pictures are never mixed in one figure.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from .average_precision import Tally, roc_area
from .bin_score import FEATURES, bin_features, picture_score
from .classes import CLASSES, LEAST_VISIBLE
from .pictures import BIN_LABELS, Picture, Shards, read_bins, read_coco128, shard_files
from .predict import Classifier, Detector

STREET = [CLASSES.index(word) for word in ("person", "two-wheeler", "car", "bus", "truck")]
VEHICLES = [CLASSES.index(word) for word in ("two-wheeler", "car", "bus", "truck")]
LEAST_PIXELS = 8.0  # of a rendered object's shorter side; in real pictures every labelled object counts


def numbers(values: Iterable[float]) -> dict[str, float]:
    """Average precision by class, without the classes that were not there."""
    return {word: round(float(v), 4) for word, v in zip(CLASSES, values) if np.isfinite(v)}


def mean_of(values: np.ndarray, classes: Sequence[int]) -> float | None:
    """Mean over those of the classes that were there."""
    some = values[list(classes)]
    return round(float(np.nanmean(some)), 4) if np.isfinite(some).any() else None


def precision(detector: Detector, pictures: Iterable[Picture], least_side: float = 0.0) -> dict:
    """mAP50 and average precision by class; objects with a shorter side count for nothing."""
    tally = Tally(len(CLASSES))
    for picture in pictures:
        found = detector.detect(picture.image)
        sides = (picture.boxes[:, 2:] - picture.boxes[:, :2]).min(1, initial=1e9)
        ignored = (picture.labels < 0) | (picture.visible < LEAST_VISIBLE) | (sides < least_side)
        tally.add(found.boxes, found.labels, found.scores, picture.boxes, picture.labels, ignored)
    values = tally.by_class()
    return {
        "pictures": tally.pictures,
        "map50": round(tally.mean(), 4),
        "ap50": numbers(values),
        "objects": {word: n for word, n in zip(CLASSES, tally.counts()) if n},
        "person_and_vehicles": mean_of(values, STREET),
        "vehicles": mean_of(values, VEHICLES),
    }


def every(shards: Shards, most: int) -> Iterable[Picture]:
    """An even choice of at most `most` pictures."""
    for index in np.unique(np.linspace(0, len(shards) - 1, min(most, len(shards))).astype(int)):
        yield shards[int(index)]


def waste_at_bin(detector: Detector, classifier: Classifier, pictures: Sequence[Picture]) -> dict:
    """Area under the ROC curve of pictures with waste at a bin against pictures of clean bins."""
    told = [p for p in pictures if p.scene in ("waste_at_bin", "clean_bin")]
    features = [bin_features(detector, classifier, p.image) for p in told]
    positive = np.array([p.scene == "waste_at_bin" for p in told], bool)
    scores = np.array([picture_score(f) for f in features])
    table = np.array([[f[name] for name in FEATURES] for f in features]).reshape(-1, len(FEATURES))
    return {
        "pictures": len(told),
        "waste_at_bin": int(positive.sum()),
        "clean_bin": int((~positive).sum()),
        "roc_area": round(roc_area(scores, positive), 4),
        "without_a_bin": int((table[:, 0] == 0).sum()),
        "roc_area_of": {n: round(roc_area(table[:, k], positive), 4) for k, n in enumerate(FEATURES)},
    }


def timing(detectors: dict[str, Detector], rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of one inference on one thread, the models in turn, so that a busy machine hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in detectors}
    image = np.random.default_rng(0).integers(0, 255, (360, 640, 3), np.uint8)
    inputs = {name: d.tensor(image)[0] for name, d in detectors.items()}
    for turn in range(rounds + 5):
        for name, detector in detectors.items():
            begin = time.perf_counter()
            detector.run(inputs[name])
            if turn >= 5:
                taken[name].append((time.perf_counter() - begin) * 1000)
    return {
        name: {"median_ms": round(float(np.median(t)), 2), "fastest_ms": round(min(t), 2), "rounds": rounds}
        for name, t in taken.items()
    }


def markdown(figures: dict) -> str:
    """The figures as tables."""
    lines = ["| pictures | number | detector | mAP50 | person and vehicles | vehicles |", "|---|---|---|---|---|---|"]
    for name, models in figures["detectors"].items():
        for model, f in models.items():
            lines.append(
                f"| {name} | {f['pictures']} | {model} | {f['map50']} | {f['person_and_vehicles']} | {f['vehicles']} |"
            )
    lines += [
        "",
        "AP50 by class (objects):",
        "",
        "| pictures | detector | " + " | ".join(CLASSES) + " |",
        "|---|---" + "|---" * len(CLASSES) + "|",
    ]
    for name, models in figures["detectors"].items():
        for model, f in models.items():
            cells = [f"{f['ap50'][w]:.3f} ({f['objects'][w]})" if w in f["ap50"] else "" for w in CLASSES]
            lines.append(f"| {name} | {model} | " + " | ".join(cells) + " |")
    if "waste_at_bin" in figures:
        lines += [
            "",
            "| waste at a bin against clean bins | pictures | with waste | clean | area under ROC |",
            "|---|---|---|---|---|",
        ]
        for name, f in figures["waste_at_bin"].items():
            lines.append(f"| {name} | {f['pictures']} | {f['waste_at_bin']} | {f['clean_bin']} | {f['roc_area']} |")
    lines += ["", "| one inference, one thread | median ms | fastest ms |", "|---|---|---|"]
    lines += [f"| {n} | {f['median_ms']} | {f['fastest_ms']} |" for n, f in figures["timing"].items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """The command line."""
    p = argparse.ArgumentParser(description="Figures of a detector and classifiers on pictures.")
    p.add_argument("--shared", required=True)
    p.add_argument("--detector", required=True, help="folder with model.toml and weights")
    p.add_argument("--reference", required=True, help="folder of yolox-nano")
    p.add_argument("--reference-weights", help="yolox_nano.onnx; else SHARED/models/yolox_nano.onnx")
    p.add_argument("--bin-state", help="folder of the bin classifier")
    p.add_argument("--scenes", help="held-out rendered shards")
    p.add_argument("--most", type=int, default=1000, help="rendered pictures looked at")
    p.add_argument("--bin-labels", nargs="*", default=BIN_LABELS)
    p.add_argument("--rounds", type=int, default=200)
    p.add_argument("--out", required=True)
    args = p.parse_args()
    shared, labels = Path(args.shared), [Path(x) for x in args.bin_labels]
    weights = Path(args.reference_weights or shared / "models/yolox_nano.onnx")
    detectors = {"ours": Detector(Path(args.detector)), "yolox-nano": Detector(Path(args.reference), weights)}
    figures: dict = {"detectors": {}}
    coco = {"coco128, all": None, "coco128, never trained on": True}
    for name, test in coco.items():
        pictures = read_coco128(shared, test)
        figures["detectors"][name] = {n: precision(d, pictures) for n, d in detectors.items()}
    test_bins = read_bins(shared, labels, True, longest=1280)
    figures["detectors"]["bin photographs, held out"] = {n: precision(d, test_bins) for n, d in detectors.items()}
    if args.scenes:
        shards = Shards(shard_files(args.scenes))
        figures["detectors"]["rendered, held out"] = {
            n: precision(d, every(shards, args.most), LEAST_PIXELS) for n, d in detectors.items()
        }
    if args.bin_state:
        classifier = Classifier(Path(args.bin_state))
        train_bins = read_bins(shared, labels, False, longest=1280)
        figures["waste_at_bin"] = {
            "held out": waste_at_bin(detectors["ours"], classifier, test_bins),
            "trained on": waste_at_bin(detectors["ours"], classifier, train_bins),
        }
    figures["timing"] = timing(detectors, args.rounds)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    (out / "figures.md").write_text(markdown(figures))
    print(markdown(figures))


if __name__ == "__main__":
    main()
