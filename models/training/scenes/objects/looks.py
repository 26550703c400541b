"""Who a person is: height, skin, hair and clothes, drawn from a generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .shapes import BLACK, WHITE, pick

SKIN = [(0.50, 0.29, 0.18), (0.56, 0.35, 0.23), (0.43, 0.24, 0.14), (0.60, 0.39, 0.27)]

HAIR = [(0.010, 0.009, 0.009), (0.016, 0.012, 0.010), (0.03, 0.018, 0.012), (0.22, 0.21, 0.20)]

TOPS = [
    (0.03, 0.03, 0.035),
    (0.05, 0.07, 0.16),
    (0.55, 0.55, 0.53),
    (0.20, 0.20, 0.21),
    (0.42, 0.05, 0.05),
    (0.10, 0.20, 0.12),
    (0.30, 0.24, 0.15),
    (0.08, 0.22, 0.45),
    (0.60, 0.28, 0.34),
    (0.62, 0.50, 0.14),
    (0.24, 0.10, 0.20),
    (0.70, 0.70, 0.68),
    (0.14, 0.10, 0.07),
]

BOTTOMS = [
    (0.03, 0.03, 0.035),
    (0.04, 0.06, 0.14),
    (0.10, 0.15, 0.28),
    (0.22, 0.18, 0.12),
    (0.14, 0.14, 0.15),
    (0.06, 0.07, 0.05),
    (0.02, 0.02, 0.02),
]

SHOES = [(0.02, 0.02, 0.02), WHITE, (0.10, 0.06, 0.03), (0.30, 0.30, 0.30), (0.35, 0.05, 0.05)]


@dataclass(frozen=True)
class Look:
    height: float
    stout: float
    female: bool
    skin: np.ndarray
    hair: np.ndarray
    hair_style: str  # short, long, bun, bald, cap
    top: np.ndarray
    shirt: np.ndarray
    bottom: np.ndarray
    shoes: np.ndarray
    sleeve: str  # long, short
    dress: str  # trousers, shorts, skirt
    pattern: str  # plain, open, stripes, vest, tucked
    headgear: np.ndarray  # colour of a cap or helmet


def random_look(rng: np.random.Generator) -> Look:
    """Who walks by: age, sex, clothes."""
    female = bool(rng.random() < 0.5)
    height = rng.uniform(1.55, 1.70) if female else rng.uniform(1.63, 1.82)
    styles, dresses = (
        (["long", "bun", "short", "long"], [0.62, 0.10, 0.28])
        if female
        else (["short", "short", "short", "cap", "bald"], [0.86, 0.14, 0.0])
    )
    return Look(
        height=float(height),
        stout=float(rng.uniform(0.92, 1.18)),
        female=female,
        skin=pick(rng, SKIN, 0.06),
        hair=pick(rng, HAIR[: 3 if female else 4]),
        hair_style=str(rng.choice(styles)),
        top=pick(rng, TOPS),
        shirt=pick(rng, [WHITE, (0.35, 0.38, 0.42), (0.5, 0.1, 0.1), BLACK]),
        bottom=pick(rng, BOTTOMS),
        shoes=pick(rng, SHOES),
        sleeve=str(rng.choice(["long", "short"], p=[0.62, 0.38])),
        dress=str(rng.choice(["trousers", "shorts", "skirt"], p=dresses)),
        pattern=str(rng.choice(["plain", "open", "stripes", "vest", "tucked"], p=[0.36, 0.28, 0.12, 0.09, 0.15])),
        headgear=pick(rng, TOPS),
    )
