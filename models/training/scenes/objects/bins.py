"""Public bins in each state, street rubbish, and things mistaken for either. A bin opens towards +x."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import CLOTH, METAL, Mesh, box, cylinder, join, prism
from . import waste
from .confusers import cabinet, planter, post_box
from .people import carried_bag
from .shapes import BLACK, DARK, STEEL, WHITE, faceted, lettering, lump, pick, rounded_rings
from .wheelbins import container, logo, toppled, wheelie

# Twin litter bin of the pavement.


def litter_box(rng: np.random.Generator, colour, door_open: bool) -> Mesh:
    """One box of the pair, its foot on z = 0; the mouth is high on the front."""
    parts = [box((0.36, 0.40, 0.66), (0, 0, 0.33), colour)]
    parts.append(box((0.372, 0.30, 0.15), (0.0, 0, 0.54), STEEL, METAL))
    parts.append(box((0.378, 0.26, 0.11), (0.0, 0, 0.54), DARK))
    parts.append(box((0.366, 0.34, 0.012), (0, 0, 0.44), np.asarray(colour) * 0.5))
    mark = logo(rng, 0.20)
    if not door_open:
        return join(*parts, mark.moved(0.184, 0, 0.28))
    hole = [box((0.366, 0.35, 0.40), (0.0, 0, 0.22), DARK), waste.bag(rng, 0.15).moved(0.14, 0, 0.02)]
    door = join(box((0.02, 0.37, 0.42), (0, 0.185, 0.22), colour), mark.moved(0.012, 0.185, 0.26))
    return join(*parts, *hole, door.rotated("z", -rng.uniform(1.2, 2.0)).moved(0.19, -0.19))


def litter_bin(rng: np.random.Generator, door_open: bool) -> Mesh:
    """Two boxes under one roof on a frame."""
    frame = pick(rng, [(0.10, 0.10, 0.11), (0.30, 0.31, 0.32), (0.16, 0.09, 0.05), (0.05, 0.14, 0.09)])
    pair = [
        pick(rng, [(0.03, 0.16, 0.45), (0.05, 0.30, 0.12)]),
        pick(rng, [(0.15, 0.16, 0.17), (0.30, 0.31, 0.32), (0.55, 0.28, 0.04)]),
    ]
    which = int(rng.integers(2)) if door_open else -1
    parts = [litter_box(rng, c, k == which).moved(0, s * 0.24, 0.14) for k, (c, s) in enumerate(zip(pair, (-1, 1)))]
    for y in (-0.49, 0.0, 0.49):
        parts.append(box((0.10, 0.04, 0.98), (0, y, 0.49), frame, METAL))
        parts.append(box((0.34, 0.06, 0.03), (0, y, 0.015), frame, METAL))
    parts.append(box((0.10, 1.0, 0.03), (0, 0, 0.12), frame, METAL))
    roof = [(-0.25, 0.92), (0.25, 0.92), (0.25, 0.95), (0.12, 1.02), (-0.12, 1.02), (-0.25, 0.95)]
    parts.append(prism(roof, 1.08, frame * 1.2))
    parts.append(cylinder(0.06, 0.03, STEEL, METAL, segments=10).moved(0, 0, 1.03))
    return join(*parts)


def litter(state: str) -> Callable[[np.random.Generator], Mesh]:
    def make(rng: np.random.Generator) -> Mesh:
        made = litter_bin(rng, state == "lid-open")
        if state == "over-rim":
            stuffed = [stuffing(rng, 0.24).moved(0.2, s * 0.24, 0.66) for s in (-1, 1)]
            above = waste.heaped(rng, (0.34, 0.8), 0.14, 3).moved(0, 0, 1.0)
            foot = [waste.bag(rng, 0.18).moved(0.4, s * 0.3) for s in (-1, 1) if rng.random() < 0.7]
            return join(made, *stuffed, above, *foot, waste.scraps(rng, 8, (1.2, 1.5)).moved(0.3))
        return toppled(rng, made, 1.0, 0.0) if state == "fallen" else made

    return make


def stuffing(rng: np.random.Generator, wide: float) -> Mesh:
    """Rubbish bulging and hanging out of a mouth on the +x side, around the origin."""
    parts = []
    for k in range(4):
        y = (k - 1.5) / 4 * wide
        sag = lump(
            rng, (0.09, wide * 0.22, rng.uniform(0.07, 0.12)), pick(rng, waste.LITTER + waste.BAGS), CLOTH, 0.12, 7
        )
        parts.append(sag.moved(0.02, y, rng.uniform(-0.06, 0.02)))
    bag = waste.bag(rng, 0.11).rotated("x", np.pi).moved(0.08, rng.uniform(-0.3, 0.3) * wide, 0.06)
    paper = waste.crumpled(rng, 0.08, pick(rng, waste.LITTER)).rotated("y", 1.4).moved(0.07, wide * 0.2, -0.1)
    return join(*parts, bag, paper)


# Throw-in column of an underground container.


def column_body(rng: np.random.Generator, colour, hatch: float) -> Mesh:
    """Steel column on its plate; `hatch` is how far the drawer is tilted out."""
    high, foot = rng.uniform(1.2, 1.35), rng.uniform(0.9, 1.2)
    plate = box((foot * 1.3, foot * 1.3, 0.02), (0, 0, 0.01), (0.12, 0.12, 0.12), METAL)
    seam = box((foot * 1.24, foot * 1.24, 0.004), (0, 0, 0.021), (0.09, 0.09, 0.09), METAL)
    rows = [
        (0.02, 0.01, 0.01, 0),
        (0.02, 0.27, 0.30, 0),
        (high - 0.30, 0.27, 0.30, 0),
        (high - 0.06, 0.22, 0.30, -0.04),
        (high, 0.17, 0.26, -0.05),
        (high, 0.0, 0.0, -0.05),
    ]
    shade = np.array([colour, colour, colour, colour * 1.1, colour * 1.15])
    parts = [plate, seam, faceted(rounded_rings(rows, 0.05), shade, METAL)]
    parts.append(box((0.02, 0.46, 0.42), (0.262, 0, high - 0.50), DARK))
    door = [
        box((0.03, 0.44, 0.40), (0, 0, 0.20), np.asarray(STEEL) * 0.75, METAL),
        box((0.03, 0.26, 0.03), (0.03, 0, 0.34), BLACK),
    ]
    if hatch > 0:
        door.append(box((0.28, 0.40, 0.015), (-0.13, 0, 0.03), np.asarray(STEEL) * 0.4, METAL))
        door += [
            box((0.30, 0.02, 0.30), (-0.13, y, 0.18), np.asarray(STEEL) * 0.5, METAL, top=(0.6, 1)) for y in (-0.2, 0.2)
        ]
    parts.append(join(*door).rotated("y", hatch).moved(0.275, 0, high - 0.70))
    parts.append(box((0.10, 0.20, 0.03), (0.31, 0, 0.10), BLACK))
    for k, y in enumerate((-0.13, 0.10)):
        tint = pick(rng, [(0.6, 0.55, 0.1), (0.03, 0.16, 0.45), (0.05, 0.30, 0.12), WHITE])
        parts.append(box((0.004, 0.14, 0.12 + 0.05 * k), (0.272, y, 0.36), tint))
        parts.append(box((0.14, 0.004, 0.16), (0.0, (0.302 if k else -0.302), high - 0.6), tint))
    return join(*parts, lettering(rng, 4, 0.07, WHITE).rotated("z", np.pi / 2).moved(0.273, 0, 0.5))


def column(state: str) -> Callable[[np.random.Generator], Mesh]:
    def make(rng: np.random.Generator) -> Mesh:
        colour = pick(rng, [(0.16, 0.17, 0.18), (0.06, 0.065, 0.07), (0.30, 0.31, 0.32), (0.04, 0.10, 0.07)])
        made = column_body(rng, colour, {"normal": 0.0, "lid-open": rng.uniform(0.6, 0.9), "over-rim": 0.5}[state])
        if state != "over-rim":
            return made
        top = made.bounds()[1, 2]
        above = waste.heaped(rng, (0.36, 0.5), 0.12, 2).moved(-0.03, 0, top - 0.02)
        foot = [
            waste.bag(rng, rng.uniform(0.18, 0.26)).moved(x, y)
            for x, y in ((0.55, 0.35), (0.5, -0.3), (0.1, 0.6))
            if rng.random() < 0.75
        ]
        side = waste.open_carton(rng, (0.35, 0.4, 0.3)).moved(0.1, -0.6, 0.02)
        return join(made, stuffing(rng, 0.42).scaled(1.5).moved(0.36, 0, top - 0.32), above, side, *foot)

    return make


_SHAPES = {"wheelie": wheelie, "container": container, "litter": litter, "column": column}
_STATES = ("normal", "lid-open", "over-rim", "fallen")
_BINS = {
    (shape, state): make(state)
    for shape, make in _SHAPES.items()
    for state in _STATES
    if (shape, state) != ("column", "fallen")
}
_WASTE = {
    "waste-bags": waste.bags,
    "waste-boxes": waste.boxes,
    "waste-heap": waste.mound,
    "waste-furniture": waste.furniture,
}
_OTHERS = {"planter": planter, "post-box": post_box, "cabinet": cabinet, "bag-small": carried_bag}

BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    **{f"bin-{shape}-{state}": make for (shape, state), make in _BINS.items()},
    **_WASTE,
    **_OTHERS,
}
LABEL: dict[str, str | None] = {
    **{f"bin-{shape}-{state}": "bin" for shape, state in _BINS},
    **{kind: "waste" for kind in _WASTE},
    **{kind: None for kind in _OTHERS},
}
STATE: dict[str, str] = {f"bin-{shape}-{state}": f"bin-{state}" for shape, state in _BINS}
