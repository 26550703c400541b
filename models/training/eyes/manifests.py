"""Writes `model.toml` beside trained weights, as the product reads it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .augment import HEIGHT, WIDTH
from .classes import CLASSES

PROVENANCE = "Trained by models/training/eyes of this repository; see the model card beside it"


def _words(words: list[str]) -> str:
    return "[" + ", ".join(f'"{w}"' for w in words) + "]"


def _head(name: str, version: str, weights: Path, classes: list[str]) -> str:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return (
        f'name = "{name}"\nversion = "{version}"\nfile = "{weights.name}"\nsha256 = "{digest}"\n'
        f'licence = "Apache-2.0"\nprovenance = "{PROVENANCE}"\nclasses = {_words(classes)}\n\n'
    )


def _labels(classes: list[str]) -> str:
    return "[labels]\n" + "".join(f'"{w}" = "{w}"\n' for w in classes)


def write_detector(weights: Path, name: str, version: str) -> None:
    """The street detector's manifest; thresholds are the product's own to choose later.

    544x320 costs what 416x416 does and shows a 16:9 picture a third larger in each direction, a 4:3 one no smaller."""
    text = _head(name, version, weights, CLASSES) + (
        f'[input]\nname = "images"\nwidth = {WIDTH}\nheight = {HEIGHT}\ncolour = "bgr"\nresize = "letterbox"\npad = 114\nanchor = "top-left"\n\n'
        '[output]\nfamily = "yolox"\ndecoded = false\nstrides = [8, 16, 32]\nscores = "probabilities"\n\n'
        + _labels(CLASSES)
        + "\n[thresholds]\nscore = 0.1\niou = 0.55\ncontained = 0.9\n"
    )
    (weights.parent / "model.toml").write_text(text)


def write_classifier(
    weights: Path,
    name: str,
    version: str,
    classes: list[str],
    side: int,
    margin: float,
    square: bool,
    mean: float,
    std: float,
) -> None:
    """A crop classifier's manifest."""
    text = _head(name, version, weights, classes) + (
        f'[input]\nname = "crop"\nwidth = {side}\nheight = {side}\ncolour = "rgb"\nresize = "stretch"\n'
        f"mean = [{mean}, {mean}, {mean}]\nstd = [{std}, {std}, {std}]\ncrop_margin = {margin}\ncrop_square = {str(square).lower()}\n\n"
        '[output]\nfamily = "classifier"\nscores = "probabilities"\n\n' + _labels(classes)
    )
    (weights.parent / "model.toml").write_text(text)
