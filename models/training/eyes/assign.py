"""SimOTA: which rows of the output answer for which object (YOLOX, Ge et al. 2021), the whole batch at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .network import STRIDES

# Cells each way around an object's centre that may answer for it, in every stride.
REACH = 2
TOP = 10
COST_OF_IOU = 3.0


@dataclass
class Targets:
    """A batch's objects, flat."""

    boxes: Tensor  # [N,4] corners in input pixels
    labels: Tensor  # [N], -1 is an ignore region
    picture: Tensor  # [N] index into the batch

    def part(self, mask: Tensor) -> Targets:
        """Those of the mask."""
        return Targets(self.boxes[mask], self.labels[mask], self.picture[mask])


@dataclass
class Matches:
    """Rows that answer for objects."""

    picture: Tensor  # [M]
    row: Tensor  # [M]
    target: Tensor  # [M] index into the targets
    iou: Tensor  # [M]


def pair_iou(a: Tensor, b: Tensor) -> Tensor:
    """IoU of boxes that broadcast against each other."""
    low = torch.maximum(a[..., :2], b[..., :2])
    high = torch.minimum(a[..., 2:], b[..., 2:])
    inter = (high - low).clamp_min(0).prod(-1)
    area_a = (a[..., 2:] - a[..., :2]).prod(-1)
    area_b = (b[..., 2:] - b[..., :2]).prod(-1)
    return inter / (area_a + area_b - inter).clamp_min(1e-6)


def decode(raw: Tensor, cells: Tensor, strides: Tensor) -> Tensor:
    """Undecoded boxes to corners in input pixels."""
    centre = (raw[..., :2] + cells) * strides[:, None]
    half = raw[..., 2:4].clamp(max=8).exp() * strides[:, None] / 2
    return torch.cat([centre - half, centre + half], -1)


def candidates(targets: Targets, width: int, height: int) -> tuple[Tensor, Tensor]:
    """Rows near each object's centre [N,K] and which of them exist."""
    device = targets.boxes.device
    centre = (targets.boxes[:, :2] + targets.boxes[:, 2:]) / 2
    span = torch.arange(-REACH, REACH + 1, device=device)
    dy, dx = (v.reshape(-1) for v in torch.meshgrid(span, span, indexing="ij"))
    rows, valid, first = [], [], 0
    for stride in STRIDES:
        w, h = width // stride, height // stride
        x = (centre[:, :1] / stride).long() + dx
        y = (centre[:, 1:] / stride).long() + dy
        valid.append((x >= 0) & (x < w) & (y >= 0) & (y < h))
        rows.append(first + y.clamp(0, h - 1) * w + x.clamp(0, w - 1))
        first += w * h
    return torch.cat(rows, 1), torch.cat(valid, 1)


@torch.no_grad()
def assign(
    boxes: Tensor, objectness: Tensor, classes: Tensor, targets: Targets, size: tuple[int, int]
) -> Matches:
    """Matches targets (none of them ignored) to rows; boxes decoded [B,A,4], the rest logits."""
    row, valid = candidates(targets, *size)
    picture = targets.picture[:, None].expand_as(row)
    near = boxes[picture, row]
    iou = pair_iou(near, targets.boxes[:, None]) * valid
    score = (classes[picture, row].sigmoid() * objectness[picture, row].sigmoid()[..., None]).sqrt()
    wanted = F.one_hot(targets.labels, classes.shape[-1]).float()[:, None].expand_as(score)
    cost = F.binary_cross_entropy(score.clamp(1e-5, 1 - 1e-5), wanted, reduction="none").sum(-1)
    cost = cost - COST_OF_IOU * iou.clamp_min(1e-6).log() + 1e5 * ~valid

    many = iou.topk(min(TOP, iou.shape[1]), 1).values.sum(1).long().clamp_min(1)
    ranked, order = cost.sort(1)
    place = torch.arange(cost.shape[1], device=cost.device)
    chosen = (place < many[:, None]) & (ranked < 1e5)
    target = torch.arange(len(row), device=row.device)[:, None].expand_as(row)[chosen]
    cost, row = ranked[chosen], row.gather(1, order)[chosen]
    iou = iou.gather(1, order)[chosen]

    # A row that several objects want goes to the one it costs least.
    key = targets.picture[target] * boxes.shape[1] + row
    by_cost = cost.argsort(stable=True)
    by_key = by_cost[key[by_cost].argsort(stable=True)]
    key = key[by_key]
    first = torch.ones_like(key, dtype=torch.bool)
    first[1:] = key[1:] != key[:-1]
    kept = by_key[first]
    return Matches(targets.picture[target[kept]], row[kept], target[kept], iou[kept])


@torch.no_grad()
def overlaps_ignored(boxes: Tensor, ignored: Targets) -> Tensor:
    """Rows whose box lies by half or more in an ignore region of its picture, [B,A]."""
    mask = torch.zeros(boxes.shape[:2], dtype=torch.bool, device=boxes.device)
    if len(ignored.boxes) == 0:
        return mask
    near = boxes[ignored.picture]
    region = ignored.boxes[:, None]
    low = torch.maximum(near[..., :2], region[..., :2])
    high = torch.minimum(near[..., 2:], region[..., 2:])
    inside = (high - low).clamp_min(0).prod(-1) / (near[..., 2:] - near[..., :2]).prod(-1).clamp_min(1e-6)
    hit = (inside > 0.5) | (pair_iou(near, region) > 0.3)
    return mask.index_put((ignored.picture,), hit, accumulate=True)
