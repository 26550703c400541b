"""Billboards, light boxes, and what is put up without leave: a hut, a banner on a frame. Faces look along +x."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import METAL, SIGNAL, Mesh, box, join, lathe, quad
from .shapes import BLACK, STEEL, VIVID, WHITE, frame_bars, lettering, pick


def panel(rng: np.random.Generator, wide: float, high: float) -> Mesh:
    """A printed face in the plane x = 0, its middle on the origin: blocks of colour, a picture, two lines of words."""
    ground, block, accent = (pick(rng, VIVID) for _ in range(3))
    parts = [box((0.05, wide, high), (-0.025, 0, 0), ground)]
    cut = rng.uniform(-0.2, 0.3) * wide
    parts.append(_patch(0.004, cut, wide / 2, -high / 2, high / 2, block))
    for _ in range(int(rng.integers(3, 6))):
        y, z = rng.uniform(-0.42, 0.2) * wide, rng.uniform(-0.4, 0.15) * high
        parts.append(_patch(0.008, y, y + rng.uniform(0.1, 0.25) * wide, z, z + rng.uniform(0.1, 0.3) * high, accent))
        accent = pick(rng, VIVID)
    ink = WHITE if ground.sum() < 1.2 else BLACK
    for z, count, size in ((0.28, 5, 0.22), (-0.30, 7, 0.12)):
        size = min(size * high, wide * 0.85 / (1.25 * count))
        words = lettering(rng, count, size, ink).rotated("z", np.pi / 2)
        parts.append(words.moved(0.014, rng.uniform(-0.05, 0.05) * wide, z * high))
    return join(*parts)


def _patch(x: float, y0: float, y1: float, z0: float, z1: float, colour) -> Mesh:
    """A rectangle that looks along +x."""
    return quad((x, y0, z0), (x, y1, z0), (x, y1, z1), (x, y0, z1), colour)


def billboard(rng: np.random.Generator) -> Mesh:
    """A panel of about 2.6 by 1.5 m on two posts."""
    wide, high, foot = rng.uniform(2.2, 3.0), rng.uniform(1.3, 1.7), rng.uniform(0.7, 1.1)
    face = panel(rng, wide, high).moved(0.06, 0, foot + high / 2)
    posts = [box((0.09, 0.09, foot + high), (0, s * wide * 0.4, (foot + high) / 2), STEEL, METAL) for s in (-1, 1)]
    edge = [box((0.06, wide + 0.06, 0.05), (0.06, 0, foot + k * high), STEEL, METAL) for k in (0, 1)]
    feet = [box((0.35, 0.35, 0.06), (0, s * wide * 0.4, 0.03), (0.30, 0.30, 0.29)) for s in (-1, 1)]
    return join(face, *posts, *edge, *feet)


def billboard_bare(rng: np.random.Generator) -> Mesh:
    """The same board when its sheet has come off two thirds: the frame behind it shows."""
    wide, high, foot = rng.uniform(2.2, 3.0), rng.uniform(1.3, 1.7), rng.uniform(0.7, 1.1)
    whole = panel(rng, wide, high).moved(0.06, 0, foot + high / 2)
    left = np.repeat(whole.position.reshape(-1, 3, 3)[:, :, 1].max(axis=1) < -0.12 * wide, 3)
    rest = Mesh(whole.position[left], whole.normal[left], whole.colour[left], whole.material[left])
    backing = box((0.02, wide * 0.32, high), (0.04, -wide * 0.34, foot + high / 2), (0.30, 0.29, 0.27))
    posts = [box((0.09, 0.09, foot + high), (0, s * wide * 0.4, (foot + high) / 2), STEEL, METAL) for s in (-1, 1)]
    edge = [box((0.06, wide + 0.06, 0.05), (0.06, 0, foot + k * high), STEEL, METAL) for k in (0, 0.5, 1)]
    braces = frame_bars(
        [((0.05, s * wide * 0.4, foot), (0.05, -s * wide * 0.4, foot + high)) for s in (-1, 1)], 0.025, STEEL, METAL
    )
    feet = [box((0.35, 0.35, 0.06), (0, s * wide * 0.4, 0.03), (0.30, 0.30, 0.29)) for s in (-1, 1)]
    return join(rest, backing, braces, *posts, *edge, *feet)


def light_box(rng: np.random.Generator) -> Mesh:
    """A lit advertising box of 1.0 by 1.6 m on a post."""
    wide, high, foot = rng.uniform(0.9, 1.15), rng.uniform(1.4, 1.8), rng.uniform(0.8, 1.1)
    case = box((0.22, wide + 0.1, high + 0.1), (0, 0, foot + high / 2), STEEL, METAL)
    face = panel(rng, wide, high).moved(0.12, 0, foot + high / 2)
    strip = box((0.02, wide, 0.05), (0.12, 0, foot + high + 0.02), (0.9, 0.85, 0.7), SIGNAL)
    post = lathe([(0, 0), (0.20, 0), (0.20, 0.04), (0.10, 0.06), (0.09, foot), (0, foot)], STEEL, METAL, 12)
    return join(case, face, strip, post)


def hut(rng: np.random.Generator) -> Mesh:
    """A sales hut of sheet metal, 2.6 by 2 m: what stands one morning without leave."""
    wide, deep, high = rng.uniform(2.3, 3.0), rng.uniform(1.6, 2.1), rng.uniform(2.2, 2.5)
    colour = pick(rng, [(0.10, 0.25, 0.50), (0.55, 0.55, 0.53), (0.45, 0.10, 0.07), (0.12, 0.33, 0.20)])
    parts = [box((deep, wide, high), (0, 0, high / 2), colour)]
    parts += [
        box((0.03, 0.05, high - 0.1), (deep / 2 + 0.015, y, high / 2), colour * 0.8)
        for y in np.arange(-wide / 2 + 0.1, wide / 2, 0.22)
    ]
    parts.append(box((deep + 0.5, wide + 0.3, 0.10), (0.1, 0, high + 0.05), colour * 0.6))
    parts.append(box((0.05, wide * 0.5, 0.9), (deep / 2 + 0.03, -wide * 0.15, 1.35), (0.03, 0.03, 0.03)))
    parts.append(box((0.30, wide * 0.55, 0.05), (deep / 2 + 0.15, -wide * 0.15, 0.88), STEEL, METAL))
    parts.append(box((0.05, 0.75, 1.9), (deep / 2 + 0.03, wide * 0.32, 0.97), colour * 0.45))
    words = lettering(rng, 4, 0.34, WHITE).rotated("z", np.pi / 2).moved(deep / 2 + 0.07, 0, high - 0.22)
    return join(*parts, box((0.04, wide * 0.9, 0.42), (deep / 2 + 0.04, 0, high - 0.22), colour * 0.35), words)


def banner(rng: np.random.Generator) -> Mesh:
    """A cloth banner of 4 m between two poles, red or blue with white words."""
    wide, colour = rng.uniform(3.4, 4.4), pick(rng, [(0.55, 0.03, 0.03), (0.04, 0.12, 0.45), (0.60, 0.40, 0.03)])
    posts = [box((0.06, 0.06, 2.3), (0, s * wide / 2, 1.15), STEEL, METAL) for s in (-1, 1)]
    cloth = box((0.02, wide, 0.75), (0.02, 0, 1.75), colour)
    words = lettering(rng, 8, 0.38, WHITE, 1.15).rotated("z", np.pi / 2).moved(0.04, 0, 1.75)
    feet = [box((0.5, 0.5, 0.08), (0, s * wide / 2, 0.04), (0.30, 0.30, 0.29)) for s in (-1, 1)]
    return join(*posts, cloth, words, *feet)


BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "billboard": billboard,
    "billboard-bare": billboard_bare,
    "light-box": light_box,
    "hut": hut,
    "banner": banner,
}
LABEL: dict[str, str | None] = {kind: None for kind in BUILDERS}
