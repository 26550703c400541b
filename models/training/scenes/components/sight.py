"""How much of each component others leave to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..camera import Camera
from ..render import Instance, Renderer
from .placing import Component


def shares(r: Renderer, camera: Camera, components: Sequence[Component], others: list[Instance]) -> list[float]:
    """Of each component, as it should stand there, the share that `others` do not hide."""
    parts = [i for c in components for i in c.parts]
    first = np.cumsum([0] + [len(c.parts) for c in components])
    counts = np.bincount(r.ids(camera, parts + others).ravel(), minlength=len(parts) + 1)
    seen = [counts[a + 1 : b + 1].sum() for a, b in pairwise(first)]
    return [round(float(min(n / max(c.pixels, 1), 1.0)), 3) for n, c in zip(seen, components)]
