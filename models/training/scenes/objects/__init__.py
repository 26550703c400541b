"""What stands and moves in a street, each from its name and a seed.

`build(kind, rng)` gives the mesh; `LABEL[kind]` says which word of the
detector it is (None: scenery), `STATE[kind]` which word of a classifier.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..mesh import Mesh
from . import bins, boards, broken, cycles, people, stalls, street, trucks, vehicles

_PARTS = (vehicles, trucks, cycles, people, stalls, bins, street, boards, broken)
_BUILDERS = {kind: make for part in _PARTS for kind, make in part.BUILDERS.items()}
LABEL: dict[str, str | None] = {kind: label for part in _PARTS for kind, label in part.LABEL.items()}
STATE: dict[str, str] = {**bins.STATE, **trucks.STATE}


def build(kind: str, rng: np.random.Generator) -> Mesh:
    """The mesh of `kind`; the same seed gives the same mesh. KeyError names an unknown kind."""
    return _BUILDERS[kind](rng)


@lru_cache(maxsize=1500)
def scenery(kind: str, seed: int) -> Mesh:
    """`build` by a number, remembered: streets share their trees and shop fronts."""
    return build(kind, np.random.default_rng(seed))


def kinds() -> list[str]:
    """Every kind, in a fixed order."""
    return list(_BUILDERS)
