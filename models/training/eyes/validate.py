"""Average precision of a network in training, on rendered pictures it does not train on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from .augment import plain
from .average_precision import Tally
from .classes import CLASSES
from .network import Detector, anchors
from .pictures import Picture
from .predict import Found, suppress


@torch.no_grad()
def validate(net: Detector, pictures: Sequence[Picture], most: int) -> dict:
    """mAP50 over an even choice of at most `most` pictures."""
    device = next(net.parameters()).device
    tally = Tally(len(CLASSES))
    cells, strides = None, None
    for index in np.unique(np.linspace(0, len(pictures) - 1, min(most, len(pictures))).astype(int)):
        image, (boxes, labels) = plain(pictures[int(index)])
        x = torch.from_numpy(image).permute(2, 0, 1)[None].float().to(device)
        raw, objectness, classes = (o[0].float().cpu() for o in net(x))
        if cells is None:
            cells, strides = anchors(image.shape[1], image.shape[0])
        score, label = classes.sigmoid().max(1)
        score = score * objectness.sigmoid()
        some = score > 0.01
        centre = (raw[some, :2] + cells[some]) * strides[some, None]
        half = raw[some, 2:4].exp() * strides[some, None] / 2
        found = Found(torch.cat([centre - half, centre + half], 1).numpy(), label[some].numpy(), score[some].numpy())
        found = suppress(found, 0.65, 1.0, together=False)
        tally.add(found.boxes, found.labels, found.scores, boxes, labels, labels < 0)
    values = tally.by_class()
    return {
        "map50": tally.mean(),
        "validated": tally.pictures,
        "ap50": {word: round(float(v), 3) for word, v in zip(CLASSES, values) if np.isfinite(v)},
    }
