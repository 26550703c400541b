"""The command line of the detector's training."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from .pictures import BIN_LABELS


def detector_options() -> argparse.ArgumentParser:
    """Every setting; what is not said is the shipped recipe."""
    p = argparse.ArgumentParser(description="Trains the street detector.")
    p.add_argument("--shared", required=True, help="the folder with bins, coco128, footage and models")
    p.add_argument("--scenes", required=True, help="folder of rendered shards")
    p.add_argument("--composites", nargs="*", default=[], help="folders of further shards: over photographs, galleries")
    p.add_argument("--validation", help="folder of rendered shards to validate on; else the last of --scenes")
    p.add_argument("--out", required=True)
    p.add_argument("--weights", help="yolox_nano.onnx; else SHARED/models/yolox_nano.onnx")
    p.add_argument("--bin-labels", nargs="*", default=BIN_LABELS)
    p.add_argument("--minutes", type=float, default=55.0)
    p.add_argument("--steps", type=int, default=0, help="a fixed number of steps instead of minutes")
    p.add_argument("--resume", action="store_true")
    p.add_argument("--start", type=Path, help="checkpoint whose average the network starts from, with a schedule of its own")
    p.add_argument("--version", default="0.1.0")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument(
        "--mix", default="0.45,0.2,0.17,0.1,0.08", help="shares: rendered, composites, bins, coco128, unlabelled"
    )
    p.add_argument("--batch", type=int, default=16, help="pictures of a step in each process")
    p.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1), help="on a CPU")
    p.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="with one process on a CPU")
    p.add_argument("--loaders", type=int, default=max(1, (os.cpu_count() or 2) - 2), help="processes that feed a GPU")
    p.add_argument("--rate", type=float, default=2e-3, help="step relative to the size of the weights")
    p.add_argument("--head-factor", type=float, default=3.0, help="on the rate, for the prediction convolutions")
    p.add_argument("--freeze", type=int, default=9, help="first convolutions that stay as they are")
    p.add_argument("--decay", type=float, default=0.999, help="of the moving average")
    p.add_argument("--teacher", type=float, default=1.0, help="weight of the old network's word")
    p.add_argument("--blend", action="store_true", help="ask the old network about mixtures of photographs, too")
    p.add_argument("--mosaic", type=float, default=0.25)
    p.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    p.add_argument("--log-every", type=float, default=20.0, help="seconds")
    p.add_argument("--checkpoint-minutes", type=float, default=3.0)
    p.add_argument("--validation-minutes", type=float, default=10.0)
    p.add_argument("--validation-pictures", type=int, default=300)
    return p
