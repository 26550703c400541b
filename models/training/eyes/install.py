"""Puts trained weights where the product looks for them.

    cd models/training
    python -m eyes.install --trained DIR --weights ../weights/street-nano

The weights, their manifest and the training's log are copied. A `[thresholds]` table that a manifest in
the weights' folder already has is kept: it was chosen on the validation videos.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

TABLE = "[thresholds]"


def install(trained: Path, weights: Path) -> None:
    """Copies one model."""
    manifest = (trained / "model.toml").read_text()
    there = weights / "model.toml"
    if there.exists() and TABLE in there.read_text():
        manifest = manifest.split(TABLE)[0] + TABLE + there.read_text().split(TABLE, 1)[1]
    weights.mkdir(parents=True, exist_ok=True)
    for file in trained.glob("*.onnx"):
        shutil.copy2(file, weights / file.name)
    if (trained / "log.jsonl").exists():
        shutil.copy2(trained / "log.jsonl", weights / "training.jsonl")
    there.write_text(manifest)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trained", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    args = parser.parse_args()
    install(args.trained, args.weights)


if __name__ == "__main__":
    main()
