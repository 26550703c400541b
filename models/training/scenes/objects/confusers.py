"""Street furniture that is mistaken for a bin: planter, post box, electricity cabinet."""

from __future__ import annotations

import numpy as np

from ..mesh import FOLIAGE, MATTE, Mesh, ball, box, join, lathe
from .shapes import BLACK, DARK, WHITE, faceted, leafage, lettering, pick, rounded_rings


def planter(rng: np.random.Generator) -> Mesh:
    """A street planter with flowers."""
    colour = pick(rng, [(0.30, 0.20, 0.11), (0.42, 0.41, 0.39), (0.12, 0.12, 0.12)])
    hx, hy = rng.uniform(0.28, 0.40), rng.uniform(0.35, 0.7)
    rows = [
        (0, 0.01, 0.01),
        (0, hx * 0.85, hy * 0.9),
        (0.5, hx, hy),
        (0.56, hx, hy),
        (0.56, hx * 0.88, hy * 0.92),
        (0.50, hx * 0.87, hy * 0.9),
        (0.50, 0.01, 0.01),
    ]
    tub = faceted(rounded_rings(rows, 0.03), np.array([colour] * 5 + [(0.05, 0.035, 0.02)]))
    green, flower = (
        pick(rng, [(0.05, 0.16, 0.03), (0.09, 0.2, 0.04)]),
        pick(rng, [(0.6, 0.05, 0.1), (0.7, 0.5, 0.05), (0.5, 0.1, 0.5)]),
    )
    leaves, spots = [], []
    for y in np.linspace(-0.75, 0.75, 5) * hy:
        leaves.append(
            leafage(rng, rng.uniform(0.16, 0.26), green, FOLIAGE, 110, 0.05).moved(rng.normal(0, 0.05), y, 0.62)
        )
        spots += [
            ball(0.035, flower, segments=6).moved(rng.normal(0, 0.1), y + rng.normal(0, 0.06), rng.uniform(0.76, 0.84))
            for _ in range(4)
        ]
    return join(tub, *leaves, *spots)


def post_box(rng: np.random.Generator) -> Mesh:
    """The green pillar box of China Post."""
    green, gold = pick(rng, [(0.02, 0.20, 0.07)], 0.08), (0.65, 0.52, 0.10)
    body = lathe(
        [
            (0, 0),
            (0.27, 0),
            (0.27, 0.12),
            (0.23, 0.14),
            (0.23, 1.12),
            (0.27, 1.14),
            (0.27, 1.20),
            (0.15, 1.30),
            (0, 1.33),
        ],
        green,
        MATTE,
        20,
    )
    slot = box((0.06, 0.22, 0.05), (0.215, 0, 1.0), DARK)
    lip = box((0.10, 0.26, 0.02), (0.22, 0, 1.05), green * 1.2)
    plate = box((0.02, 0.20, 0.16), (0.232, 0, 0.80), WHITE)
    door = box((0.02, 0.28, 0.36), (0.215, 0, 0.45), green * 0.8)
    words = lettering(rng, 2, 0.09, gold).rotated("z", np.pi / 2).moved(0.244, 0, 0.66)
    band = lathe([(0.232, 1.08), (0.236, 1.09), (0.232, 1.10)], gold, MATTE, 16)
    return join(body, slot, lip, plate, door, words, band)


def cabinet(rng: np.random.Generator) -> Mesh:
    """A grey electricity cabinet with two doors on a plinth."""
    grey = pick(rng, [(0.36, 0.38, 0.37), (0.28, 0.30, 0.30), (0.45, 0.45, 0.42), (0.14, 0.22, 0.16)])
    long, high, deep = rng.uniform(0.8, 1.3), rng.uniform(1.1, 1.6), rng.uniform(0.4, 0.55)
    parts = [
        box((deep + 0.06, long + 0.06, 0.15), (0, 0, 0.075), (0.3, 0.29, 0.27)),
        box((deep, long, high - 0.15), (0, 0, 0.15 + (high - 0.15) / 2), grey),
    ]
    parts.append(box((deep + 0.10, long + 0.10, 0.06), (0, 0, high + 0.03), grey * 0.9, top=(0.9, 0.95)))
    for s in (-1, 1):
        y = s * long / 4
        parts.append(box((0.016, long / 2 - 0.05, high - 0.28), (deep / 2 + 0.005, y, high / 2 + 0.07), grey * 1.08))
        parts.append(box((0.03, 0.025, 0.14), (deep / 2 + 0.02, s * 0.06, high * 0.55), BLACK))
        parts += [
            box((0.01, long / 3, 0.012), (deep / 2 + 0.016, y, high - 0.2 - 0.035 * k), grey * 0.5) for k in range(5)
        ]
        parts += [box((0.01, long / 3, 0.012), (deep / 2 + 0.016, y, 0.3 + 0.035 * k), grey * 0.5) for k in range(4)]
    warning = box((0.006, 0.16, 0.16), (deep / 2 + 0.016, -long / 4, high * 0.7), (0.75, 0.6, 0.05))
    return join(
        *parts,
        warning,
        lettering(rng, 4, 0.08, (0.5, 0.05, 0.04))
        .rotated("z", np.pi / 2)
        .moved(deep / 2 + 0.017, long / 4, high * 0.7),
    )
