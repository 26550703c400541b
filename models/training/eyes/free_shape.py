"""Frees a model's shape. Its batch becomes a name instead of 1, so that a GPU can run the pictures of several cameras
together; a detector's rows and columns become names, so that its manifest says how large a picture it sees. The
weights stay as they are.

    cd models/training
    python -m eyes.free_shape --model ../weights/street-nano

The file is written anew and its hash in the manifest corrected. Models trained from now on come out like this.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

BATCH = "batch"


def free_picture(model: onnx.ModelProto) -> None:
    """Any height and width that are multiples of the largest stride: the graph must be convolutions all through."""
    sides = model.graph.input[0].type.tensor_type.shape.dim
    sides[2].dim_param, sides[3].dim_param = "height", "width"
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "cells"


def free_batch(model: onnx.ModelProto) -> None:
    """Every input and output that has a batch of 1, and the shapes that repeat it."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for value in [*model.graph.input, *model.graph.output]:
        first = value.type.tensor_type.shape.dim[0]
        if first.dim_value == 1:
            first.dim_param = BATCH
    for node in model.graph.node:
        shape = constants.get(node.input[1]) if node.op_type == "Reshape" else None
        if shape is not None and (sides := numpy_helper.to_array(shape))[0] == 1:
            # 0: as it comes in.
            sides = np.concatenate([[0], sides[1:]]).astype(np.int64)
            shape.CopyFrom(numpy_helper.from_array(sides, shape.name))
    # What was inferred for a batch of 1.
    del model.graph.value_info[:]


def rewrite(folder: Path) -> None:
    """A model folder's weights, and their hash in its manifest."""
    manifest = folder / "model.toml"
    text = manifest.read_text()
    name = next(line.split('"')[1] for line in text.splitlines() if line.startswith("file = "))
    before = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    model = onnx.load(str(folder / name))
    free_batch(model)
    if 'family = "yolox"' in text:
        free_picture(model)
    onnx.checker.check_model(onnx.shape_inference.infer_shapes(model))
    onnx.save(model, str(folder / name))
    after = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    manifest.write_text(text.replace(before, after))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, action="append", required=True)
    for folder in parser.parse_args().model:
        rewrite(folder)


if __name__ == "__main__":
    main()
