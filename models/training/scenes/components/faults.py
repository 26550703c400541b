"""What a component looks like when something has befallen it, and what stands where nothing is registered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..objects import scenery
from ..render import Instance
from .kinds import Kind
from .placing import Component, Site

FALLEN = ("bin-litter-normal", "bin-wheelie-normal", "bin-container-normal")
NEWCOMERS = ("hut", "banner", "billboard", "light-box")


def changed(
    component: Component, change: str, rng: np.random.Generator, where: Site
) -> tuple[tuple[Instance, ...], str]:
    """Its meshes after the change, and the change in words. A `blocked` one is itself unchanged."""
    kind, parts = component.kind, component.parts
    if change == "blocked":
        return parts, "a car stands on it"
    if kind.nature == "line":
        return _railing(parts, change, rng)
    one = parts[0]
    if change == "missing":
        gone = {"manhole": "manhole-open", "grate": "grate-missing"}.get(one.kind)
        return ((replace(one, kind=gone),) if gone else ()), "its cover is gone" if gone else "it is gone"
    if change == "damaged":
        return (_broken(one),), "a part of it is broken off"
    return _displaced(component, one, rng, where)


def _broken(one: Instance) -> Instance:
    if one.kind == "billboard":
        return replace(one, kind="billboard-bare")
    return replace(one, kind=f"{one.kind.removesuffix('-normal')}-broken")


def _railing(parts: tuple[Instance, ...], change: str, rng: np.random.Generator):
    if change == "missing":
        return (), "it is gone"
    if change == "damaged":
        gap = int(rng.integers(len(parts)))
        return tuple(p for k, p in enumerate(parts) if k != gap), "a segment is gone"
    lean = float(rng.choice([-1, 1]) * rng.uniform(0.6, 1.1))
    first = int(rng.integers(max(len(parts) - 1, 1)))
    leaning = {first, first + 1} if len(parts) > 2 else set(range(len(parts)))
    return tuple(replace(p, roll=lean) if k in leaning else p for k, p in enumerate(parts)), "two segments lean over"


def _displaced(component: Component, one: Instance, rng: np.random.Generator, where: Site):
    """Moved by half its size and more, tilted, or tipped over."""
    kind: Kind = component.kind
    if one.kind == "manhole":
        return (replace(one, kind="manhole-moved"),), "its cover lies beside the hole"
    if one.kind == "grate":
        aside = replace(one, x=one.x + 0.75 * float(rng.choice([-1, 1])), z=0.012, yaw=float(rng.uniform(0.2, 0.6)))
        return (replace(one, kind="grate-missing"), aside), "the grate lies beside its gully"
    ways = ["moved", "moved"] if kind.word in ("bin", "telecom-cabinet", "post-box") else ["tilted"]
    ways += ["tipped"] if one.kind in FALLEN else ["tilted"]
    ways += ["moved"] if kind.word in ("billboard", "light-box") else []
    way = str(rng.choice(ways))
    if way == "tipped":
        return (replace(one, kind=f"{one.kind.removesuffix('-normal')}-fallen"),), "it is tipped over"
    if way == "tilted":
        most = {"street-lamp": (0.16, 0.30), "billboard": (0.20, 0.32)}.get(kind.word, (0.35, 0.6))
        roll = float(rng.choice([-1, 1]) * rng.uniform(*most))
        return (replace(one, roll=roll),), f"it leans by {abs(np.degrees(roll)):.0f} degrees"
    moved = _moved(component, one, rng, where)
    return (moved,), f"it was moved by {np.hypot(moved.x - one.x, moved.y - one.y):.1f} m"


def _moved(component: Component, one: Instance, rng: np.random.Generator, where: Site) -> Instance:
    """Elsewhere on its pavement, by half its size and more on the ground and, if any way leads there, in the picture."""
    made, side = where.street, 1 if one.y > 0 else -1
    low, high = scenery(one.kind, one.seed).bounds()
    size = float((high - low)[:2].max())
    inner, outer = made.half + 0.6, made.half + made.pavement - 0.5
    foot = lambda x, y: where.camera.project(np.array([(x, y, one.z)]), 16 / 9)[0]
    home, (_, _, w, h) = foot(one.x, one.y), component.bbox
    best, farthest = one, 0.0
    for _ in range(40):
        away, way = size * float(rng.uniform(0.6, 1.3)), float(rng.uniform(0, 2 * np.pi))
        x, y = one.x + away * np.cos(way), one.y + away * np.sin(way)
        if not inner <= side * y <= outer:
            continue
        there = foot(x, y)
        shift = max(abs(there[0] - home[0]) / w, abs(there[1] - home[1]) / h)
        if shift > farthest:
            best, farthest = replace(one, x=float(x), y=float(y), yaw=one.yaw + float(rng.uniform(-0.5, 0.5))), shift
        if farthest > 0.5:
            break
    return best
