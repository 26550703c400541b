"""Trains a crop classifier, `bin-state` or `truck-load`, for a number of minutes.

cd models/training
python -m eyes.train_classifiers bin-state --shared ../../../shared/data --scenes DIR --out DIR --minutes 8
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .backbone import MEAN, STD, CropNet, export
from .classes import BIN_STATES, LOADS
from .crops import Crop, CropViews, cut_all, cut_shards, view
from .manifests import write_classifier
from .network import Average
from .pictures import BIN_LABELS, Shards, read_bins, shard_files, split_shards


@dataclass(frozen=True)
class Task:
    """What a classifier is asked."""

    label: str
    states: list[str]
    margin: float
    side: int
    square: bool  # the crop is a square about the box's longer side
    blocks: int  # of EfficientNet-Lite0's 16


TASKS = {
    # A square, for bags lie beside a bin that is taller than wide; 15 blocks beat 11 on photographs.
    "bin-state": Task("bin", BIN_STATES, margin=0.5, side=112, square=True, blocks=15),
    "truck-load": Task("muck-truck", LOADS, margin=0.1, side=112, square=False, blocks=11),
}


def odds(crops: list[Crop]) -> np.ndarray:
    """Chance of each crop: rare states come up more often, by the root of how rare they are."""
    states = np.array([c.state for c in crops])
    counts = np.bincount(states)
    chance = (1 / np.sqrt(counts))[states]
    return chance / chance.sum()


def tensor(images: list[np.ndarray], device: torch.device) -> torch.Tensor:
    """Crops, BGR uint8, as the network wants them."""
    x = torch.from_numpy(np.stack(images)[..., ::-1].copy()).to(device).permute(0, 3, 1, 2).float()
    return ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def confusion(net: CropNet, crops: list[Crop], task: Task, device: torch.device) -> np.ndarray:
    """True state by said state."""
    table = np.zeros((len(task.states), len(task.states)), int)
    for at in range(0, len(crops), 64):
        some = crops[at : at + 64]
        said = net(tensor([view(c, task.margin, task.side, task.square) for c in some], device)).argmax(1).cpu().numpy()
        np.add.at(table, ([c.state for c in some], said), 1)
    return table


def figures(table: np.ndarray, states: list[str]) -> dict:
    """Share of right answers, overall and by state, and the table."""
    rows = table.sum(1)
    return {
        "crops": int(rows.sum()),
        "right": float(np.trace(table) / max(1, rows.sum())),
        "recall": {s: float(table[k, k] / rows[k]) for k, s in enumerate(states) if rows[k]},
        "table": table.tolist(),
    }


@torch.no_grad()
def average_norms(average: Average, net: CropNet) -> None:
    """Batch normalisation's running figures of the average follow the network's."""
    for mine, theirs in zip(average.net.buffers(), net.buffers()):
        mine.copy_(theirs)


def train(name: str, args: argparse.Namespace) -> None:
    """The whole run: crops, training, figures, export."""
    task, out = TASKS[name], Path(args.out)
    said = {k: getattr(args, k) for k in ("margin", "side", "blocks")}
    task = replace(task, **{k: v for k, v in said.items() if v is not None})
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(args.seed)
    torch.set_flush_denormal(True)
    rng = np.random.default_rng(args.seed)
    files, held_back = split_shards(args.scenes, args.validation)
    rendered = cut_shards(Shards(files + shard_files(*args.composites)), task.label, task.states, args.most)
    sets = {"rendered": cut_shards(Shards(held_back), task.label, task.states, 2000)}
    real: list[Crop] = []
    if name == "bin-state":
        labels = [Path(p) for p in args.bin_labels]
        shared = Path(args.shared)
        real = cut_all(read_bins(shared, labels, test=False, longest=1280), task.label, task.states)
        sets["photographs"] = cut_all(read_bins(shared, labels, test=True, longest=1280), task.label, task.states)
    groups = [(g, s) for g, s in ((rendered, 1 - args.real), (real, args.real)) if g]
    if not groups:
        raise SystemExit(f"{name}: no crops with a state to train on")
    shares = np.array([s for _, s in groups]) / sum(s for _, s in groups)
    chances = [odds(g) for g, _ in groups]
    log = (out / "log.jsonl").open("a")

    def write(line: dict) -> None:
        print(json.dumps(line), flush=True)
        log.write(json.dumps(line) + "\n")
        log.flush()

    write(
        {
            "task": name,
            "rendered": len(rendered),
            "real": len(real),
            "device": device.type,
            "states": {s: sum(c.state == k for g, _ in groups for c in g) for k, s in enumerate(task.states)},
        }
    )
    # Channels last and full precision: on a CPU a third faster than bfloat16.
    net = CropNet(len(task.states), task.blocks).to(device, memory_format=torch.channels_last)
    average = Average(net, 0.998)
    fresh = [*net.mix.parameters(), *net.mix_norm.parameters(), *net.last.parameters()]
    old = [*net.stem.parameters(), *net.stem_norm.parameters(), *net.blocks.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": old, "lr": args.rate, "factor": 1.0}, {"params": fresh, "lr": args.rate, "factor": 4.0}],
        weight_decay=0.02,
    )
    views = CropViews(task.margin, task.side, task.square, args.seed)
    begin, step, done, total = time.monotonic(), 0, 0, 0.0
    logged = begin
    while (share := (time.monotonic() - begin) / (60 * args.minutes)) < 1:
        rate = args.rate * min(1.0, (step + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))
        for group in optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        picked = [
            groups[g][0][rng.choice(len(chances[g]), p=chances[g])]
            for g in rng.choice(len(groups), args.batch, p=shares)
        ]
        net.train()
        x = tensor([views(c) for c in picked], device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = net(x)
        loss = F.cross_entropy(
            logits.float(), torch.tensor([c.state for c in picked], device=device), label_smoothing=0.05
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        average.update(net)
        step, done, total = step + 1, done + args.batch, total + float(loss.detach())
        now = time.monotonic()
        if now - logged > args.log_every:
            average_norms(average, net)
            right = {
                k: figures(confusion(average.net, v[:300], task, device), task.states)["right"]
                for k, v in sets.items()
                if v
            }
            write(
                {
                    "step": step,
                    "share": share,
                    "lr": rate,
                    "loss": total * args.batch / done,
                    "crops_per_s": done / (now - logged),
                    "right": right,
                }
            )
            logged, done, total = time.monotonic(), 0, 0.0
    average_norms(average, net)
    target = out / f"{name}.onnx"
    export(average.net, task.side, target)
    write_classifier(target, name, args.version, task.states, task.side, task.margin, task.square, MEAN, STD)
    for kind, crops in sets.items():
        write({"set": kind, **figures(confusion(average.net, crops, task, device), task.states)})


def main() -> None:
    """The command line."""
    p = argparse.ArgumentParser(description="Trains a crop classifier.")
    p.add_argument("task", choices=sorted(TASKS))
    p.add_argument("--shared", required=True)
    p.add_argument("--scenes", help="folder of rendered shards")
    p.add_argument("--composites", nargs="*", default=[], help="folders of further shards: over photographs, galleries")
    p.add_argument("--validation", help="folder of rendered shards to validate on; else the last of --scenes")
    p.add_argument("--out", required=True)
    p.add_argument("--bin-labels", nargs="*", default=BIN_LABELS)
    p.add_argument("--minutes", type=float, default=8.0)
    p.add_argument("--version", default="0.1.0")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--margin", type=float, help="of the crop on each side, in box sizes; these three: else the task's")
    p.add_argument("--side", type=int)
    p.add_argument("--blocks", type=int)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--real", type=float, default=0.4, help="share of crops from photographs")
    p.add_argument("--most", type=int, default=12000, help="rendered crops kept in memory")
    p.add_argument("--log-every", type=float, default=60.0, help="seconds")
    args = p.parse_args()
    train(args.task, args)


if __name__ == "__main__":
    main()
