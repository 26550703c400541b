"""Draws what the trace test wrote: positions, fences, routes, candidates.

    python3 map.py FOLDER     writes FOLDER/taxis.png and FOLDER/bus.png (needs matplotlib)
"""

import json
import math
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COLOURS = {"no-entry": "tab:red", "illegal-stop": "tab:orange", "deviation": "tab:purple"}


def draw(path: pathlib.Path, middle: float) -> None:
    world = json.loads(path.read_text())
    points = [p for trace in world["traces"] for p in trace]
    xs, ys = sorted(p[0] for p in points), sorted(p[1] for p in points)
    cut = lambda values: (values[int(len(values) * (1 - middle) / 2)], values[int((len(values) - 1) * (1 + middle) / 2)])
    figure, axes = plt.subplots(figsize=(12, 12), dpi=110)
    for trace in world["traces"]:
        axes.plot([p[0] for p in trace], [p[1] for p in trace], "-", lw=0.3, color="0.75", zorder=1)
        axes.plot([p[0] for p in trace], [p[1] for p in trace], ".", ms=1.5, color="tab:blue", zorder=2)
    for name, corners in world["fences"]:
        ring = corners + corners[:1]
        axes.plot([p[0] for p in ring], [p[1] for p in ring], "-", lw=1.5, color="black", zorder=4)
        axes.annotate(name, corners[3], fontsize=7, zorder=5)
    for line in world["routes"]:
        axes.plot([p[0] for p in line], [p[1] for p in line], "-", lw=2.5, color="tab:green", alpha=0.6, zorder=3)
    for rule, colour in COLOURS.items():
        places = [place for r, place in world["candidates"] if r == rule and place]
        axes.plot([p[0] for p in places], [p[1] for p in places], "o", ms=6, mfc="none", color=colour, zorder=6, label=f"{rule} ({len(places)})")
    axes.set_xlim(*cut(xs))
    axes.set_ylim(*cut(ys))
    axes.set_aspect(1 / math.cos(math.radians(sum(ys) / len(ys))))
    axes.legend(loc="upper right")
    axes.set_title(path.stem)
    figure.savefig(path.with_suffix(".png"), bbox_inches="tight")


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for name, middle in (("taxis", 0.8), ("bus", 1.0)):
        if (folder / f"{name}.json").exists():
            draw(folder / f"{name}.json", middle)


if __name__ == "__main__":
    main()
