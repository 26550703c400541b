"""Batches: pictures drawn from the sources by their shares, varied, and packed as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .assign import Targets
from .augment import SIDE, Augment
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


class Batches:
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

    def make(self, number: int) -> Batch:
        """The batch of that number: always the same one."""
        augment = Augment(self.seed * 1_000_003 + number, self.mosaic, SIDE)
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

    def stream(self, start: int, step: int, threads: int) -> Iterator[Batch]:
        """Batches start, start + step, ...; with `threads` made ahead, else when asked for."""
        number = start
        if threads == 0:
            while True:
                yield self.make(number)
                number += step
        with ThreadPoolExecutor(threads) as pool:
            ahead = [pool.submit(self.make, number + k * step) for k in range(2 * threads)]
            number += 2 * threads * step
            while True:
                yield ahead.pop(0).result()
                ahead.append(pool.submit(self.make, number))
                number += step


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
