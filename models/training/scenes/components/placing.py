"""A street, a camera over it, and components where a city puts them and the camera sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..camera import Camera
from ..render import Instance, Renderer
from ..streets import KERB, Street, street
from . import outline
from .kinds import KINDS, LEAST, MOST, NEEDED, Kind

WORDS = ((0.0, 0.0, 0.42, 0.12), (0.0, 0.92, 0.22, 1.0))  # where cameras write their name and clock


@dataclass(frozen=True)
class Component:
    """What the census has: `parts` are its meshes as it should be."""

    id: str
    kind: Kind
    parts: tuple[Instance, ...]
    points: list[list[float]]
    width: float  # of a polyline's band; 0 for a polygon
    pixels: int  # of its silhouette that nothing hides

    @property
    def bbox(self) -> list[float]:
        return outline.bbox(self.points, self.width)


@dataclass(frozen=True)
class Site:
    """One camera's street."""

    street: Street
    camera: Camera
    components: tuple[Component, ...]
    texture: float
    turn: float  # where south is


def site(seed: int, r: Renderer, variants: tuple[int, int], serial: int) -> Site:
    """The first street of this seed in which enough components can be seen; `serial` numbers the first of them."""
    for attempt in range(80):
        rng = np.random.default_rng([seed, attempt, 47])
        camera, target = _viewpoint(rng)
        made = street(rng, (camera.x, camera.y, *target))
        texture = float(rng.uniform(0, 10))
        if _tree_before(made, camera):
            continue
        r.set_static(made.ground, made.mesh, texture, camera)
        components = _place_all(rng, r, made, camera, variants, serial)
        kinds = {c.kind.nature for c in components}
        if len(components) >= LEAST and {"flat", "standing", "line", "face"} <= kinds:
            return Site(made, camera, tuple(components), texture, float(rng.uniform(0, 2 * np.pi)))
    raise RuntimeError(f"seed {seed}: no street with {LEAST} components in sight in 80 tries")


def _viewpoint(rng: np.random.Generator) -> tuple[Camera, tuple[float, float]]:
    """A dome on a pole that looks down the street, the horizon near the picture's upper edge."""
    y, height = float(rng.uniform(-6.0, 6.0)), float(rng.uniform(5.2, 8.0))
    fov = float(np.radians(rng.uniform(54, 66)))
    upright = np.arctan(np.tan(fov / 2) * 9 / 16)
    x, ty = float(rng.uniform(16, 22)), float(rng.uniform(-4.0, 4.0))
    pitch = -float(upright * rng.uniform(0.62, 0.82))
    return Camera(0.0, y, height, float(np.arctan2(ty - y, x)), pitch, fov, float(rng.normal(0, 0.008))), (x, ty)


def _tree_before(made: Street, camera: Camera) -> bool:
    """Whether a tree's crown fills a large part of the picture: nobody leaves a camera behind one."""
    for x, y in made.trunks:
        away = np.hypot(x - camera.x, y - camera.y)
        aside = abs((np.arctan2(y - camera.y, x - camera.x) - camera.yaw + np.pi) % (2 * np.pi) - np.pi)
        if away < 12 and aside < camera.fov / 2 + np.arctan(2.0 / max(away, 2.0)):
            return True
    return False


def _place_all(rng, r: Renderer, made: Street, camera: Camera, variants: tuple[int, int], serial: int):
    components: list[Component] = []
    masks: list[np.ndarray] = []
    for number, kind in enumerate(KINDS):
        if len(components) < min(number, NEEDED):
            return []
        if len(components) == MOST or rng.random() > kind.chance:
            continue
        for _ in range(60):
            parts = _stand(rng, kind, made, int(rng.integers(*variants)))
            if _collides(parts, components, made):
                continue
            placed = _seen(r, camera, kind, parts, masks)
            if placed is None:
                continue
            mask, points, width, pixels = placed
            number = f"320113{kind.code}{serial + len(components):06d}"
            components.append(Component(number, kind, parts, points, width, pixels))
            masks.append(mask)
            break
    if components:
        whole = [i for c in components for i in c.parts]
        ids = r.ids(camera, whole)
        first = np.cumsum([0] + [len(c.parts) for c in components])
        seen = [int(((ids > a) & (ids <= b)).sum()) for a, b in pairwise(first)]
        components = [replace(c, pixels=n) for c, n in zip(components, seen)]
    return components


def _stand(rng: np.random.Generator, kind: Kind, made: Street, seed: int) -> tuple[Instance, ...]:
    """Its meshes at a likely place; it may collide with others or not be seen."""
    side, x = int(rng.choice([-1, 1])), float(rng.uniform(*kind.reach))
    name = str(rng.choice(kind.objects))
    road = -np.pi / 2 if side > 0 else np.pi / 2  # looking at the road
    inner, outer = made.half + 0.9, made.half + made.pavement - 0.7
    if kind.ground == "road":
        return (
            Instance(name, seed, x, float(rng.uniform(-made.half + 1, made.half - 1)), float(rng.uniform(0, 6.28))),
        )
    if kind.ground == "gutter":
        return (Instance(name, seed, x, side * (made.half - 0.45), 0.0),)
    if kind.ground == "parking":
        return (Instance(name, seed, x, side * (made.half - 1.2), 0.0),)
    if kind.ground == "kerb-line":
        count = int(rng.integers(2, 5))
        y = side * (made.half + 0.28)
        return tuple(Instance(name, seed, x + outline.RAIL * k, y, 0.0, KERB) for k in range(count))
    if kind.ground == "kerb":
        yaw = (0.0 if side > 0 else np.pi) if name == "lamp-post" else np.pi + rng.normal(0, 0.15)
        return (Instance(name, seed, x, side * (made.half + 0.5), float(yaw), KERB),)
    y = side * float(rng.uniform(outer - 0.8, outer) if kind.ground == "facade" else rng.uniform(inner, outer))
    if kind.nature == "flat":
        return (Instance(name, seed, x, y, float(rng.uniform(0, 6.28)), KERB),)
    # Faces turn to those who come along the street, furniture to the road.
    yaw = np.pi + side * rng.uniform(0.1, 0.7) if kind.ground == "facade" else road - side * rng.uniform(0.0, 0.7)
    return (Instance(name, seed, x, y, float(yaw), KERB),)


def _collides(parts: tuple[Instance, ...], components: list[Component], made: Street) -> bool:
    others = [(i.x, i.y) for c in components for i in c.parts] + list(made.furniture)
    room = {"railing": 1.7, "ramp": 2.4, "billboard": 1.9}.get(parts[0].kind, 1.3)
    return any(np.hypot(i.x - x, i.y - y) < room for i in parts for x, y in others)


def _seen(r: Renderer, camera: Camera, kind: Kind, parts, masks: list[np.ndarray]):
    """Its silhouette, outline, band and pixels, if it is wholly in the picture, large enough and hides nothing."""
    box = r.box(camera, list(parts))
    if box is None:
        return None
    x, y, w, h = box
    if x < 0.02 or y < 0.02 or x + w > 0.98 or y + h > 0.97:
        return None
    if w * 1280 < kind.smallest[0] or h * 720 < kind.smallest[1]:
        return None
    if any(x < c and x + w > a and y < d and y + h > b for a, b, c, d in WORDS):
        return None
    mask = outline.silhouette(r, camera, parts)
    pixels = int((r.ids(camera, list(parts)) > 0).sum())
    if pixels < 0.93 * mask.sum():
        return None
    rows, columns = np.nonzero(mask)
    near = np.s_[max(rows.min() - 6, 0) : rows.max() + 7, max(columns.min() - 6, 0) : columns.max() + 7]
    slim = kind.ground == "kerb"  # posts are thin: what stands beside their pole is not hidden
    if any((other & mask).any() if slim else other[near].any() for other in masks):
        return None
    if kind.nature == "line":
        points, width = outline.rail_line(r, camera, parts)
        return mask, points, width, pixels
    if kind.nature == "clear":
        p = parts[0]
        corners = [(p.x + a * 1.65, p.y + b * 1.05) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        ground = camera.ground_polygon(corners, r.aspect, 0.004)
        return (mask, ground, 0.0, pixels) if len(ground) >= 4 else None
    return mask, outline.polygon(mask), 0.0, pixels
