"""What the detector is trained towards: objects where there are labels, the old network's word where it knows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .assign import Targets, assign, decode, overlaps_ignored
from .classes import CLASSES, COCO, FROM_COCO
from .network import anchors

# Which of our classes the teacher knows, and its columns for each.
TAUGHT: list[int] = [i for i, word in enumerate(CLASSES) if word in FROM_COCO.values()]
TEACHERS: list[list[int]] = [
    [COCO.index(coco) for coco, ours in FROM_COCO.items() if ours == CLASSES[i]] for i in TAUGHT
]

# What is rare, small or new to the network counts for more than what COCO taught it long ago.
HARD = {"tricycle": 1.5, "stall": 2.0, "bin": 2.0, "waste": 2.0}


@dataclass
class Weights:
    """Weights of the parts."""

    box: float = 5.0
    objectness: float = 1.0
    classes: float = 1.0
    teacher: float = 1.0


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Generalised IoU of pairs."""
    inter = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp_min(0).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - inter
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    return inter / union.clamp_min(1e-6) - (hull - union) / hull.clamp_min(1e-6)


class Losses:
    """The training loss. `size` is the input's width and height; outputs are raw boxes, objectness and class logits."""

    def __init__(self, size: tuple[int, int], weights: Weights, device: torch.device) -> None:
        cells, strides = anchors(*size)
        self.cells, self.strides = cells.to(device), strides.to(device)
        self.size = size
        self.weights = weights
        self.hard = torch.tensor([HARD.get(word, 1.0) for word in CLASSES], device=device)

    def labelled(self, outputs: tuple[Tensor, Tensor, Tensor], targets: Targets, which: Tensor) -> dict[str, Tensor]:
        """Loss on the pictures of `which` [B], whose objects are all in `targets`."""
        raw, objectness, classes = outputs
        boxes = decode(raw, self.cells, self.strides)
        real = targets.part(targets.labels >= 0)
        masked = overlaps_ignored(boxes.detach(), targets.part(targets.labels < 0)) | ~which[:, None]
        wanted = torch.zeros_like(objectness)
        weight = torch.ones_like(objectness)
        parts: dict[str, Tensor] = {}
        count = 1
        if len(real.boxes):
            m = assign(boxes.detach(), objectness.detach(), classes.detach(), real, self.size)
            count = max(1, len(m.row))
            wanted[m.picture, m.row] = 1.0
            masked[m.picture, m.row] = False
            hard = self.hard[real.labels[m.target]]
            weight[m.picture, m.row] = hard
            aim = F.one_hot(real.labels[m.target], classes.shape[-1]) * m.iou[:, None].clamp(0, 1)
            error = F.binary_cross_entropy_with_logits(
                classes[m.picture, m.row], aim.to(classes.dtype), reduction="none"
            )
            parts["classes"] = (error.sum(1) * hard).sum() / count
            parts["box"] = ((1 - giou(boxes[m.picture, m.row], real.boxes[m.target])) * hard).sum() / count
        error = F.binary_cross_entropy_with_logits(objectness, wanted, weight, reduction="none")
        parts["objectness"] = (error * ~masked).sum() / count
        return parts

    def taught(self, outputs: tuple[Tensor, Tensor, Tensor], teacher: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """How far the scores and boxes of the old classes went from the frozen network's."""
        raw, objectness, classes = outputs
        with torch.no_grad():
            old = teacher[1].sigmoid()[..., None] * torch.stack(
                [teacher[2][..., columns].sigmoid().amax(-1) for columns in TEACHERS], -1
            )
            strength = old.amax(-1)
            count = old.sum().clamp_min(1.0)
        log_p = F.logsigmoid(objectness)[..., None] + F.logsigmoid(classes[..., TAUGHT])
        log_not = torch.log1p(-log_p.exp().clamp(max=1 - 1e-4))
        # The teacher's own entropy is taken off, so that 0 is full agreement.
        own = old.clamp(1e-6, 1 - 1e-6)
        entropy = own * own.log() + (1 - own) * (1 - own).log()
        scores = (entropy - old * log_p - (1 - old) * log_not).sum() / count
        sure = strength > 0.1
        if not bool(sure.any()):
            return scores
        ours = decode(raw, self.cells, self.strides)[sure]
        theirs = decode(teacher[0], self.cells, self.strides)[sure]
        weight = strength[sure]
        return scores + 2 * ((1 - giou(ours, theirs)) * weight).sum() / weight.sum()

    def total(self, parts: dict[str, Tensor]) -> Tensor:
        """The weighted sum."""
        return sum(
            (getattr(self.weights, name) * value for name, value in parts.items()),
            torch.zeros(()).to(self.cells.device),
        )
