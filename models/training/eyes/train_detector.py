"""Trains the street detector for a number of minutes.

    cd models/training
    python -m eyes.train_detector --shared ../../../shared/data --scenes DIR --out DIR --minutes 55 [--resume]

On a CPU each core runs a process of its own on its own pictures, and gradients are averaged at every
step; a GPU, where there is one, is fed by one process. `--resume` goes on from the last checkpoint with
the minutes that were left.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

from .augment import HEIGHT, WIDTH
from .batches import Batch, Batches, Source
from .classes import CLASSES
from .losses import Losses, Weights
from .manifests import write_detector
from .network import Average, build, export, load_teacher
from .optimiser import FlatAdam
from .options import detector_options
from .pictures import Shards, read_bins, read_coco128, read_unlabelled, shard_files, split_shards
from .validate import validate


@dataclass
class Clock:
    """How much of the training is over: by time, or by steps where `--steps` says so."""

    minutes: float
    steps: int
    spent: float = 0.0
    last: float = field(default_factory=time.monotonic)

    def tick(self) -> None:
        """Counts the time since the last call."""
        now = time.monotonic()
        self.spent += now - self.last
        self.last = now

    def skip(self) -> None:
        """Leaves the time since the last call out."""
        self.last = time.monotonic()

    def share(self, step: int) -> float:
        """0 at the start, 1 at the end."""
        return step / self.steps if self.steps else self.spent / (60 * self.minutes)


def rate(share: float, top: float) -> float:
    """Warm-up over the first 2 %, then half a cosine down to 2 %."""
    if share < 0.02:
        return top * (0.05 + 0.95 * share / 0.02)
    return top * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (share - 0.02) / 0.98))))


def sources(args: argparse.Namespace) -> tuple[list[Source], Shards]:
    """Everything there is to train on, with its share, and the shards to validate on."""
    shared = Path(args.shared)
    files, held_back = split_shards(args.scenes, args.validation)
    validation = Shards(held_back)
    mix = [float(v) for v in args.mix.split(",")]
    labels = sorted(Path(p) for p in args.bin_labels)
    found = [
        Source("rendered", Shards(files), mix[0]),
        Source("composites", Shards(shard_files(*args.composites)), mix[1]),
        Source("bins", read_bins(shared, labels, test=False), mix[2], taught=True),
        Source("coco128", read_coco128(shared, test=False), mix[3], taught=True),
        Source("unlabelled", read_unlabelled(shared), mix[4], taught=True),
    ]
    return found, validation


def blend(images: Tensor) -> Tensor:
    """Each picture [N,3,H,W] mixed with another one: a hundred photographs become ten thousand. Nobody labelled the
    mixtures, but the old network has its word on them (Beyer et al. 2022, knowledge distillation: patient teachers)."""
    share = torch.rand(len(images), 1, 1, 1, device=images.device)
    return torch.lerp(images, images[torch.randperm(len(images), device=images.device)], share)


class Trainer:
    """One process of a training run."""

    def __init__(self, args: argparse.Namespace, place: int, places: int) -> None:
        self.args, self.place, self.places = args, place, places
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(args.seed)
        torch.set_flush_denormal(True)
        torch.backends.cudnn.benchmark = True
        if self.device.type == "cpu":
            torch.set_num_threads(1 if places > 1 else args.threads)
        self.out = Path(args.out)
        found, self.validation = sources(args)
        self.batches = Batches(found, args.batch, args.seed, args.mosaic)
        self.net = build(Path(args.weights)).to(self.device).train()
        if args.start:
            self.net.load_state_dict(torch.load(args.start, map_location=self.device)["average"])
        self.net.freeze_first(args.freeze)
        self.teacher = load_teacher(Path(args.weights)).to(self.device)
        heads = {name for names in self.net.predictions.values() for name in names}
        factors = {name: args.head_factor if name in heads else 1.0 for name in self.net.convs}
        self.optimiser = FlatAdam([(self.net.conv(name), factor) for name, factor in factors.items()])
        self.average = Average(self.net, args.decay)
        self.losses = Losses((WIDTH, HEIGHT), Weights(teacher=args.teacher), self.device)
        self.clock = Clock(args.minutes, args.steps)
        self.step = 0
        if args.resume and (self.out / "checkpoint.pt").exists():
            self.load()
        if place == 0:
            sizes = {s.name: len(s.pictures) for s in found}
            self.log(
                {
                    "sources": sizes,
                    "validation": len(self.validation),
                    "processes": places,
                    "device": self.device.type,
                    "batch": args.batch,
                    "resumed_at": self.step,
                }
            )

    def log(self, line: dict) -> None:
        """A line of log.jsonl, also printed."""
        self.out.mkdir(parents=True, exist_ok=True)
        rounded = {k: round(v, 5) if isinstance(v, float) else v for k, v in line.items()}
        print(json.dumps(rounded), flush=True)
        with (self.out / "log.jsonl").open("a") as file:
            file.write(json.dumps(rounded) + "\n")

    def save(self) -> None:
        """A checkpoint; the file is whole at any moment."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average.net.state_dict(),
            "step": self.step,
            "updates": self.average.updates,
            "optimiser": self.optimiser.state(),
            "spent": self.clock.spent,
        }
        torch.save(state, self.out / "checkpoint.new")
        os.replace(self.out / "checkpoint.new", self.out / "checkpoint.pt")

    def load(self) -> None:
        """The last checkpoint."""
        state = torch.load(self.out / "checkpoint.pt", map_location=self.device)
        self.net.load_state_dict(state["net"])
        self.average.net.load_state_dict(state["average"])
        self.average.updates = state["updates"]
        self.optimiser.load(state["optimiser"])
        self.step, self.clock.spent = state["step"], state["spent"]

    def learn(self, batch: Batch) -> dict[str, Tensor]:
        """Loss and gradients of one batch."""
        batch = batch.to(self.device) if self.device.type != "cpu" else batch
        images = batch.images.float()
        labelled = len(images)
        taught = batch.taught.nonzero().squeeze(1)
        if self.args.blend and len(taught):
            images = torch.cat([images, blend(images[taught])])
            taught = torch.cat([taught, torch.arange(labelled, len(images), device=self.device)])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.args.bf16):
            outputs = self.net(images)
            old = None
            if len(taught) and self.args.teacher > 0:
                with torch.no_grad():
                    old = self.teacher(images[taught])
        parts = self.losses.labelled(tuple(o[:labelled] for o in outputs), batch.targets, batch.labelled)
        if old is not None:
            parts["teacher"] = len(taught) / labelled * self.losses.taught(tuple(o[taught] for o in outputs), old)
        self.losses.total(parts).backward()
        return parts

    def share(self) -> float:
        """How much is over, the same in every process."""
        self.clock.tick()
        value = torch.tensor([self.clock.share(self.step)], dtype=torch.float64)
        if self.places > 1:
            dist.broadcast(value, 0)
        return float(value)

    def run(self) -> None:
        """Trains to the end, with a log line, checkpoints and validations on the way."""
        loaders = self.args.loaders if self.device.type == "cuda" else 0
        stream = self.batches.stream(self.step * self.places + self.place, self.places, loaders)
        sums: dict[str, float | Tensor] = {}
        logged_at, saved_at, validated_at = (time.monotonic(),) * 3
        logged_step = self.step
        while (share := self.share()) < 1.0:
            parts = self.learn(next(stream))
            if self.places > 1:
                dist.all_reduce(self.optimiser.grads)
                self.optimiser.grads.div_(self.places)
            lr = rate(share, self.args.rate)
            norm = self.optimiser.step(lr)
            self.average.update(self.net)
            self.step += 1
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + value.detach()
            now = time.monotonic()
            if self.place == 0 and now - logged_at > self.args.log_every:
                steps = self.step - logged_step
                self.log(
                    {
                        "step": self.step,
                        "minutes": self.clock.spent / 60,
                        "share": share,
                        "lr": lr,
                        "pictures_per_s": steps * self.args.batch * self.places / (now - logged_at),
                        "grad": norm,
                        "skipped": self.optimiser.skipped,
                        **{k: float(v) / steps for k, v in sums.items()},
                    }
                )
                logged_at, logged_step, sums = now, self.step, {}
            if self.place == 0 and now - saved_at > 60 * self.args.checkpoint_minutes:
                self.save()
                saved_at = now
            if self.place == 0 and now - validated_at > 60 * self.args.validation_minutes:
                self.report()
                validated_at = logged_at = time.monotonic()
                logged_step, sums = self.step, {}
        if self.place == 0:
            self.save()
            target = self.out / "street-nano.onnx"
            export(self.average.net, Path(self.args.weights), target, len(CLASSES))
            write_detector(target, "street-nano", self.args.version)
            self.report()

    def report(self) -> None:
        """Average precision of the moving average on the validation shards, as a line of the log."""
        if len(self.validation):
            figures = validate(self.average.net, self.validation, self.args.validation_pictures)
            self.log({"step": self.step, "minutes": self.clock.spent / 60, **figures})


def work(place: int, places: int, args: argparse.Namespace) -> None:
    """A process of the run."""
    warnings.filterwarnings("ignore", message="Using a non-tuple sequence")
    if places > 1:
        meeting = Path(args.out) / "meeting"
        dist.init_process_group("gloo", init_method=f"file://{meeting.resolve()}", rank=place, world_size=places)
    Trainer(args, place, places).run()
    if places > 1:
        dist.destroy_process_group()


def main() -> None:
    """The command line."""
    args = detector_options().parse_args()
    args.weights = args.weights or str(Path(args.shared) / "models/yolox_nano.onnx")
    Path(args.out).mkdir(parents=True, exist_ok=True)
    (Path(args.out) / "meeting").unlink(missing_ok=True)
    places = 1 if torch.cuda.is_available() else args.processes
    if places == 1:
        work(0, 1, args)
    else:
        mp.spawn(work, (places, args), nprocs=places)


if __name__ == "__main__":
    main()
