"""Where things stand and drive in a street, as people would put them there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .camera import Camera
from .light import LIGHTS, Light
from .render import Instance
from .streets import Street, street

CARS = ("car-sedan", "car-hatch", "car-suv", "car-mpv", "car-taxi", "car-van")
TRUCKS = ("truck-box", "truck-flatbed", "truck-tanker")
MUCK = ("muck-empty", "muck-covered", "muck-loaded", "muck-loaded-low")
CYCLES = ("bicycle", "scooter", "motorcycle")
STALLS = ("stall-cart", "stall-mat", "stall-table", "stall-rack")
PEOPLE = ("person-stand", "person-carry", "person-reach")
BINS = {
    "wheelie": ("normal", "lid-open", "over-rim", "fallen"),
    "container": ("normal", "lid-open", "over-rim", "fallen"),
    "litter": ("normal", "lid-open", "over-rim", "fallen"),
    "column": ("normal", "lid-open", "over-rim"),
}
WASTE = ("waste-bags", "waste-boxes", "waste-heap", "waste-furniture")
CONFUSERS = ("planter", "post-box", "cabinet", "cone", "bollard")
# Seeds of objects: no set has an object of another.
OBJECTS = {"training": (0, 14), "held-out": (1000, 1014), "validation": (2000, 2014), "sample": (3000, 3014)}
# More objects to train on, for the pictures that are full of the rare ones.
GALLERY = (14, 90)


def spare(pair: tuple[int, int]) -> tuple[int, int]:
    """The seeds of objects that `--objects` names, if no other set has one of them.

    Raises ValueError.
    """
    if pair[0] >= pair[1]:
        raise ValueError(f"--objects {pair[0]} {pair[1]}: the first must be less than the second")
    for name, (first, end) in OBJECTS.items():
        if name != "training" and pair[0] < end and first < pair[1]:
            raise ValueError(f"--objects {pair[0]} {pair[1]}: {first} to {end - 1} are objects of the {name} set")
    return pair


WALK = 6  # phases of a stride

# Car colours as sold in China, linear: mostly white, black, grey and silver.
_PAINTS = (
    ((0.80, 0.80, 0.78), 35),
    ((0.02, 0.02, 0.025), 20),
    ((0.20, 0.20, 0.21), 14),
    ((0.45, 0.46, 0.48), 10),
    ((0.04, 0.08, 0.25), 7),
    ((0.35, 0.02, 0.02), 7),
    ((0.28, 0.18, 0.08), 4),
    ((0.05, 0.15, 0.08), 2),
    ((0.6, 0.4, 0.02), 2),
)
_TRUCK_PAINTS = (
    (0.05, 0.22, 0.08),
    (0.55, 0.10, 0.02),
    (0.5, 0.03, 0.02),
    (0.65, 0.42, 0.02),
    (0.04, 0.12, 0.4),
    (0.7, 0.7, 0.7),
)


def car_paint(rng: np.random.Generator) -> tuple[float, float, float]:
    """A car's colour."""
    weights = np.array([w for _, w in _PAINTS], float)
    base = np.array(_PAINTS[rng.choice(len(_PAINTS), p=weights / weights.sum())][0])
    return tuple(float(v) for v in np.clip(base * rng.uniform(0.8, 1.2) + rng.normal(0, 0.01, 3), 0.01, 0.9))


def truck_paint(rng: np.random.Generator) -> tuple[float, float, float]:
    """A truck's cab colour."""
    base = np.array(_TRUCK_PAINTS[rng.integers(len(_TRUCK_PAINTS))])
    return tuple(float(v) for v in np.clip(base * rng.uniform(0.7, 1.3), 0.01, 0.9))


def paint(kind: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """A likely tint for a kind."""
    return truck_paint(rng) if kind.startswith(("muck", "truck", "bus")) else car_paint(rng)


def viewpoint(rng: np.random.Generator) -> tuple[Camera, tuple[float, float]]:
    """A dome on a pole beside or over the road, and the point of the ground it looks at."""
    # The road's width is drawn later; 5 to 10 m covers it.
    y = rng.choice([-1, 1]) * rng.uniform(4.0, 11.0) if rng.random() < 0.8 else rng.uniform(-3, 3)
    height = rng.uniform(4.5, 9.5)
    x, ty = rng.uniform(10, 24), rng.uniform(-7, 7)
    fov = np.radians(rng.uniform(48, 78))
    yaw = np.arctan2(ty - y, x)
    pitch = -np.arctan2(height, np.hypot(x, ty - y)) + rng.uniform(0.0, 0.14)
    return Camera(0.0, float(y), float(height), float(yaw), float(pitch), float(fov), float(rng.normal(0, 0.01))), (
        float(x),
        float(ty),
    )


def scene(rng: np.random.Generator) -> tuple[Street, Camera, tuple[float, float]]:
    """A street seen by a camera that nothing hides."""
    camera, target = viewpoint(rng)
    made = street(rng, (camera.x, camera.y, *target))
    return made, camera, target


def light_for(rng: np.random.Generator, made: Street, name: str | None = None) -> Light:
    """A light of that name (any, where none is given) with the street's lamps on when it is dark."""
    if name is None:
        name = str(rng.choice(list(LIGHTS), p=[0.36, 0.2, 0.12, 0.12, 0.14, 0.06]))
    light = LIGHTS[name](rng)
    return replace(light, lamps=made.lamps) if light.night or name == "dusk" else light


def two_wheeler(
    rng: np.random.Generator, seed: int, x: float, y: float, yaw: float, z: float, ridden: bool, lamps: bool = False
) -> list[Instance]:
    """A bicycle, scooter or motorcycle, with its rider or parked."""
    kind = str(rng.choice(CYCLES, p=[0.3, 0.5, 0.2]))
    made = [Instance(kind, seed, x, y, yaw, z, car_paint(rng), lamps)]
    if ridden:
        made.append(Instance(f"rider-{kind}", seed, x, y, yaw, z))
    return made


def stall(
    rng: np.random.Generator,
    seed: int,
    x: float,
    y: float,
    yaw: float,
    z: float,
    kind: str | None = None,
    vendor: bool = True,
    shade: bool | None = None,
) -> list[Instance]:
    """A stall looking along `yaw`, with its vendor behind it and often a parasol."""
    kind = kind or str(rng.choice(STALLS))
    c, s = np.cos(yaw), np.sin(yaw)
    at = lambda dx, dy: (x + dx * c - dy * s, y + dx * s + dy * c)
    made = [Instance(kind, seed, x, y, yaw, z, car_paint(rng))]
    if shade if shade is not None else rng.random() < 0.4:
        made.append(Instance("umbrella-sunshade", seed, *at(-0.7, rng.uniform(-0.4, 0.4)), yaw, z))
    if vendor:
        who = str(rng.choice(["person-stand", "person-sit", "person-reach"]))
        made.append(Instance(who, seed, *at(-1.3, rng.uniform(-0.6, 0.6)), yaw, z))
        if who == "person-sit":
            made.append(Instance("stool", seed, made[-1].x, made[-1].y, yaw, z))
    return made


def waste_by(rng: np.random.Generator, seed: int, x: float, y: float, z: float, near: float = 0.95) -> Instance:
    """Waste against a bin, on any side."""
    angle = rng.uniform(0, 2 * np.pi)
    away = near + rng.uniform(0.0, 0.25)
    kind = str(rng.choice(WASTE, p=[0.5, 0.25, 0.15, 0.1]))
    return Instance(kind, seed, x + away * np.cos(angle), y + away * np.sin(angle), rng.uniform(0, 6.28), z)
