"""INT8 variants of a model folder's weights, and whether they are worth it on this CPU.

    cd models/training
    python -m eyes.quantise --shared ../../../shared/data --model ../weights/street-nano [--scenes DIR] --out DIR

Prints the milliseconds of both on one thread, in turn, and how far the INT8 variant's answers are from
the FP32 ones; `evaluate_pictures --detector DIR` then gives its figures. Commit it only if it is faster
at equal quality.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from .average_precision import Tally
from .classes import CLASSES
from .crops import cut_all, cut_shards, view
from .pictures import BIN_LABELS, Picture, Shards, read_bins, read_coco128, shard_files
from .predict import Detector, Model
from .train_classifiers import TASKS


class Reader(CalibrationDataReader):
    """Hands calibration inputs over, one after another."""

    def __init__(self, name: str, tensors: Sequence[np.ndarray]) -> None:
        self.name = name
        self.rows: Iterator[np.ndarray] = iter(tensors)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next input, None at the end."""
        row = next(self.rows, None)
        return None if row is None else {self.name: row}


def inputs(model: Model, args: argparse.Namespace) -> tuple[list[np.ndarray], list[np.ndarray], list[Picture]]:
    """Inputs to calibrate on and, none of them among these, to compare on; held-out pictures of a detector."""
    shared, labels = Path(args.shared), [Path(p) for p in args.bin_labels]
    shards = Shards(shard_files(args.scenes))
    if model.manifest["output"]["family"] != "classifier":
        some = [shards[int(i)] for i in np.random.default_rng(0).permutation(len(shards))[:120]]
        train = read_bins(shared, labels, False)[:60] + read_coco128(shared, False)[:60] + some
        test = read_bins(shared, labels, True) + read_coco128(shared, True)
        return [model.tensor(p.image)[0] for p in train], [model.tensor(p.image)[0] for p in test], test
    task, margin = TASKS[model.manifest["name"]], model.input.get("crop_margin", 0.0)
    crops = cut_shards(shards, task.label, task.states, 300)
    test_crops = crops[200:]
    if task.label == "bin":
        crops = crops[:200] + cut_all(read_bins(shared, labels, False, 1280), task.label, task.states)[:200]
        test_crops = test_crops + cut_all(read_bins(shared, labels, True, 1280), task.label, task.states)
    make = lambda some: [model.tensor(view(c, margin, model.size[0], task.square))[0] for c in some]
    return make(crops[:400]), make(test_crops), []


def in_turn(models: Sequence[Model], tensor: np.ndarray, rounds: int = 200) -> list[float]:
    """Median milliseconds of each, the models taking turns."""
    taken: list[list[float]] = [[] for _ in models]
    for _ in range(rounds + 5):
        for model, times in zip(models, taken):
            begin = time.perf_counter()
            model.run(tensor)
            times.append((time.perf_counter() - begin) * 1000)
    return [round(float(np.median(t[5:])), 2) for t in taken]


def precision(detector: Detector, pictures: Sequence[Picture]) -> float:
    """mAP50 on the held-out real pictures."""
    tally = Tally(len(CLASSES))
    for p in pictures:
        found = detector.detect(p.image)
        tally.add(found.boxes, found.labels, found.scores, p.boxes, p.labels, p.labels < 0)
    return round(tally.mean(), 4)


def main() -> None:
    """The command line."""
    p = argparse.ArgumentParser(description="INT8 variant of a model.")
    p.add_argument("--shared", required=True)
    p.add_argument("--model", required=True, help="folder with model.toml and weights")
    p.add_argument("--scenes", help="rendered shards to calibrate on, not held-out ones")
    p.add_argument("--bin-labels", nargs="*", default=BIN_LABELS)
    p.add_argument("--out", required=True)
    args = p.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    folder, out = Path(args.model), Path(args.out)
    model = Model(folder)
    detects = model.manifest["output"]["family"] != "classifier"
    model = Detector(folder) if detects else model
    calibration, test, pictures = inputs(model, args)
    out.mkdir(parents=True, exist_ok=True)
    source, prepared, target = folder / model.manifest["file"], out / "prepared.onnx", out / model.manifest["file"]
    # Scales by channel need opset 13.
    onnx.save(version_converter.convert_version(onnx.load(str(source)), 13), str(prepared))
    quant_pre_process(str(prepared), str(prepared))
    # Boxes and scores themselves stay FP32: eight bits cannot tell 0.01 from 0.02.
    ends = [
        n.name
        for n in onnx.load(str(prepared)).graph.node
        if n.op_type == "Conv" and any("preds" in name for name in n.input)
    ]
    quantize_static(
        str(prepared),
        str(target),
        Reader(model.name, calibration),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "Add", "MaxPool"] if detects else None,
        nodes_to_exclude=ends,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )
    prepared.unlink()
    shutil.copy(folder / "model.toml", out / "model.toml")
    small = Detector(out) if detects else Model(out)
    ms = in_turn([model, small], test[0])
    report: dict = {
        "model": model.manifest["name"],
        "fp32_ms": ms[0],
        "int8_ms": ms[1],
        "fp32_bytes": source.stat().st_size,
        "int8_bytes": target.stat().st_size,
        "compared_on": len(test),
    }
    if isinstance(model, Detector) and isinstance(small, Detector):
        report |= {"fp32_map50": precision(model, pictures), "int8_map50": precision(small, pictures)}
    else:
        answers = [(model.run(t).reshape(-1), small.run(t).reshape(-1)) for t in test]
        report |= {
            "same_answer": round(float(np.mean([a.argmax() == b.argmax() for a, b in answers])), 4),
            "mean_difference": round(float(np.mean([np.abs(a - b).max() for a, b in answers])), 4),
        }
    print(json.dumps(report))
    (out / "int8.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
