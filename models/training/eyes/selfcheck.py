"""A few checks that run in seconds: `python -m eyes.selfcheck`."""

from __future__ import annotations

import numpy as np
import torch

from .assign import Targets, assign, decode, overlaps_ignored
from .augment import Augment, letterbox, plain
from .average_precision import Tally, roc_area
from .classes import CLASSES, full_state, held_out
from .crops import tells
from .network import anchors
from .pictures import Picture


def check_precision() -> None:
    """Two objects; found: a hit, a miss, a hit. AP = 0.5 * 1 + 0.5 * 2/3."""
    tally = Tally(1)
    truth = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], np.float32)
    found = np.array([[0, 0, 10, 10], [50, 50, 60, 60], [20, 20, 30, 31]], np.float32)
    tally.add(found, np.zeros(3, int), np.array([0.9, 0.8, 0.7]), truth, np.zeros(2, int), np.zeros(2, bool))
    assert abs(tally.by_class()[0] - (0.5 + 0.5 * 2 / 3)) < 1e-9
    ignoring = Tally(1)
    ignored = np.array([False, True])
    ignoring.add(found[[0, 2]], np.zeros(2, int), np.array([0.5, 0.9]), truth, np.zeros(2, int), ignored)
    assert ignoring.by_class()[0] == 1.0 and ignoring.counts() == [1]
    assert roc_area(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75


def check_letterbox() -> None:
    """A white rectangle's box fits the rectangle after the letterbox, and after every view."""
    image = np.zeros((360, 640, 3), np.uint8)
    image[100:200, 300:500] = 255
    box = np.array([[300, 100, 500, 200]], np.float32)
    picture = Picture(image, box, np.array([3]), np.ones(1, np.float32), [None])
    canvas, (boxes, labels) = plain(picture)
    assert canvas.shape == (320, 544, 3) and labels.tolist() == [3]
    assert (canvas[306:] == 114).all() and not (canvas[:306] == 114).all()
    assert np.abs(boxes[0] - np.array([255, 85, 425, 170])).max() < 0.01
    assert letterbox(image)[1:] == (0.85, 0.85)
    augment = Augment(3)
    augment.colours = lambda x: x  # type: ignore[method-assign]
    for _ in range(50):
        canvas, (boxes, labels) = augment.one(picture, (0.6, 2.2))
        for b, l in zip(boxes, labels):
            y, x = np.nonzero((canvas > 128).all(2))
            if l >= 0 and len(x):
                seen = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])
                assert np.abs(seen - b).max() < 3, (seen, b)


def check_assigner() -> None:
    """Two objects and perfect predictions at their centres: these rows answer, each for its own object."""
    cells, strides = anchors(544, 320)
    targets = Targets(
        torch.tensor([[100.0, 100, 140, 160], [300, 280, 330, 300], [0, 0, 50, 50]]),
        torch.tensor([3, 9, -1]),
        torch.tensor([0, 0, 1]),
    )
    raw = torch.zeros(2, len(cells), 4)
    objectness = torch.full((2, len(cells)), -5.0)
    classes = torch.full((2, len(cells), len(CLASSES)), -5.0)
    want = {}
    for k in range(2):
        box = targets.boxes[k]
        cell = ((box[:2] + box[2:]) / 2 / 8).long()
        row = int(cell[1] * 68 + cell[0])
        raw[0, row, :2] = (box[:2] + box[2:]) / 2 / 8 - cell
        raw[0, row, 2:] = ((box[2:] - box[:2]) / 8).log()
        objectness[0, row] = classes[0, row, targets.labels[k]] = 5.0
        want[k] = row
    boxes = decode(raw, cells, strides)
    real = targets.part(targets.labels >= 0)
    matches = assign(boxes, objectness, classes, real, (544, 320))
    for k, row in want.items():
        assert row in matches.row[matches.target == k].tolist()
        assert matches.iou[(matches.row == row)].max() > 0.99
    assert len(set(zip(matches.picture.tolist(), matches.row.tolist()))) == len(matches.row)
    hit = overlaps_ignored(boxes, targets.part(targets.labels < 0))
    assert not hit[0].any() and hit[1, 69] and not hit[1, 67]


def check_words() -> None:
    """States with and without their first word; the split is the hash's."""
    assert full_state("bin", "over-rim") == full_state("bin", "bin-over-rim") == "bin-over-rim"
    assert full_state("muck-truck", "covered") == "load-covered" and full_state("bin", "odd") is None
    assert abs(np.mean([held_out(f"{k}.jpg") for k in range(2000)]) - 0.2) < 0.03


def check_what_a_bin_tells() -> None:
    """Waste at a drawn bin makes it one with waste beside; hidden, or at a bin said to be clean, it tells nothing."""
    boxes = np.array([[100, 100, 120, 140], [122, 130, 135, 142]], np.float32)
    words = np.array([CLASSES.index("bin"), CLASSES.index("waste")])
    seen = Picture(np.zeros((9, 9, 3), np.uint8), boxes, words, np.ones(2, np.float32))
    hidden = Picture(seen.image, boxes, words, np.array([1, 0.1], np.float32))
    assert tells(seen, 0, "bin-waste-beside") and not tells(seen, 0, "bin-normal") and tells(seen, 0, "bin-over-rim")
    assert tells(hidden, 0, "bin-normal") and not tells(hidden, 0, "bin-waste-beside")


if __name__ == "__main__":
    check_precision()
    check_what_a_bin_tells()
    check_letterbox()
    check_assigner()
    check_words()
    print("all checks passed")
