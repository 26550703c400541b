"""Batches: pictures drawn from the sources by their shares, varied, and packed as tensors."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .assign import Targets
from .augment import Augment
from .pictures import Picture


@dataclass
class Source:
    """Pictures and their share of the training. `taught`: the old network's word counts on them."""

    name: str
    pictures: Sequence[Picture]
    share: float
    taught: bool = False


@dataclass
class Batch:
    """What one step needs."""

    images: Tensor  # [B,3,S,S] uint8
    targets: Targets
    labelled: Tensor  # [B] bool
    taught: Tensor  # [B] bool

    def to(self, device: torch.device) -> Batch:
        """On another device."""
        t = self.targets
        moved = Targets(t.boxes.to(device), t.labels.to(device), t.picture.to(device))
        return Batch(self.images.to(device), moved, self.labelled.to(device), self.taught.to(device))


class Batches(Dataset):
    """An endless stream of batches. Each source fills its share of every batch, so no step lacks one."""

    def __init__(self, sources: Sequence[Source], size: int, seed: int, mosaic: float) -> None:
        self.sources = [s for s in sources if len(s.pictures) and s.share > 0]
        if not self.sources:
            raise ValueError("no pictures to train on")
        self.size = size
        self.seed = seed
        self.mosaic = mosaic
        shares = np.array([s.share for s in self.sources])
        self.shares = shares / shares.sum()

    def __getitem__(self, number: int) -> Batch:
        """The batch of that number: always the same one."""
        augment = Augment(self.seed * 1_000_003 + number, self.mosaic)
        return pack([self.draw(augment, at) for at in self.slots(augment.rng)])

    def slots(self, rng: np.random.Generator) -> list[int]:
        """The source of each picture: whole shares first, the rest by chance."""
        wanted = self.shares * self.size
        counts = np.floor(wanted).astype(int)
        rest = self.size - counts.sum()
        if rest:
            odds = wanted - counts
            counts += np.bincount(rng.choice(len(odds), rest, p=odds / odds.sum()), minlength=len(odds))
        return [at for at, n in enumerate(counts) for _ in range(n)]

    def draw(self, augment: Augment, at: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool, bool]:
        """A varied picture of one source."""
        source = self.sources[at]
        pick = lambda: source.pictures[int(augment.rng.integers(len(source.pictures)))]
        first = pick()
        more = [pick() for _ in range(3)] if augment.wants_mosaic() else []
        image, (boxes, labels) = augment(first, more)
        return image, boxes, labels, first.labelled, source.taught

    def stream(self, start: int, step: int, processes: int) -> Iterator[Batch]:
        """Batches start, start + step, ...; with `processes` made ahead by as many, else when asked for."""
        numbers = range(start, sys.maxsize, step)
        if processes == 0:
            return map(self.__getitem__, numbers)
        return iter(DataLoader(self, batch_size=None, sampler=numbers, num_workers=processes, prefetch_factor=4))


def pack(rows: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, bool, bool]]) -> Batch:
    """Pictures with their objects as tensors."""
    images = torch.from_numpy(np.stack([r[0] for r in rows])).permute(0, 3, 1, 2).contiguous()
    picture = np.repeat(np.arange(len(rows)), [len(r[1]) for r in rows])
    targets = Targets(
        torch.from_numpy(np.concatenate([r[1] for r in rows]).astype(np.float32)),
        torch.from_numpy(np.concatenate([r[2] for r in rows]).astype(np.int64)),
        torch.from_numpy(picture),
    )
    return Batch(images, targets, torch.tensor([r[3] for r in rows]), torch.tensor([r[4] for r in rows]))
