"""People on foot, seated and riding: poses for the figure in figure.py. All look along +x."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..mesh import CLOTH, MATTE, Mesh, box, join
from .figure import Pose, person
from .looks import random_look
from .shapes import VIVID, frame_bars, level_rings, pick, surface

WALK_PHASES = 6


def stand(rng: np.random.Generator) -> Mesh:
    look = random_look(rng)
    s = look.height / 1.7
    ahead, turn = rng.uniform(-0.05, 0.08), rng.uniform(-0.5, 0.5)
    hands = (None, None)
    if rng.random() < 0.4:  # looks at a telephone
        hands = (None, (0.26 * s, -0.08, 1.18 * s))
    pose = Pose(
        (0, 0, 0.530 * look.height),
        rng.uniform(-0.02, 0.06),
        ((ahead, 0.10 * s, 0, 0), (-ahead, -0.10 * s, 0, 0)),
        hands,
        nod=rng.uniform(0, 0.3),
        turn=turn,
    )
    return person(look, pose)


def walking(phase: int) -> Callable[[np.random.Generator], Mesh]:
    """Builder of one phase of a stride."""

    def make(rng: np.random.Generator) -> Mesh:
        look = random_look(rng)
        return person(look, walk_pose(look.height, 2 * np.pi * phase / WALK_PHASES))

    return make


def walk_pose(height: float, angle: float) -> Pose:
    """Left leg at `angle` of the cycle (0: heel strike ahead, pi: toe-off behind), right leg half a turn on."""
    feet, stride, s = [], 0.195 * height, height / 1.7
    for side, turn in ((1.0, angle), (-1.0, angle + np.pi)):
        x, lift = stride * np.cos(turn), max(0.0, -np.sin(turn))
        behind = max(0.0, np.cos(turn - 1.15 * np.pi)) ** 2
        pitch = 0.75 * behind - 0.28 * max(0.0, np.cos(turn)) ** 4
        z = 0.06 * lift + (0.19 if pitch > 0 else 0.07) * abs(np.sin(pitch))
        feet.append((x, side * 0.055 * s, z * s, pitch))
    hips = height * (0.054 + np.sqrt(0.478**2 - (0.195 * np.cos(angle)) ** 2))
    hands = []
    for side, turn in ((1.0, angle + np.pi), (-1.0, angle)):
        swing = 0.50 * np.cos(turn) + 0.08
        shoulder = np.array([0.02, side * 0.106 * height, 0.795 * height])
        hand = shoulder + 0.30 * height * np.array([np.sin(swing), side * 0.12, -np.cos(swing)])
        hands.append(tuple(hand))
    return Pose((0, 0, hips), 0.05, tuple(feet), tuple(hands), nod=0.05, twist=0.35 * np.cos(angle + np.pi))


def sit(rng: np.random.Generator) -> Mesh:
    look = random_look(rng)
    s, seat = look.height / 1.7, rng.uniform(0.30, 0.42)
    lean = rng.uniform(0.1, 0.3)
    knee = 0.36 * s
    feet = ((knee + 0.10, 0.16 * s, 0, 0), (knee + 0.02, -0.16 * s, 0, 0))
    hands = ((knee, 0.13 * s, seat + 0.24 * s), (knee - 0.03, -0.13 * s, seat + 0.24 * s))
    pose = Pose(
        (0, 0, seat + 0.065 * look.height), lean, feet, hands, nod=rng.uniform(0, 0.3), turn=rng.uniform(-0.4, 0.4)
    )
    return join(person(look, pose, skirt_allowed=False), stool_of(seat, pick(rng, VIVID)))


def stool_of(height: float, colour) -> Mesh:
    """The four-legged plastic stool of every food stall."""
    legs = [((sx * 0.10, sy * 0.10, height - 0.02), (sx * 0.15, sy * 0.15, 0.0)) for sx in (-1, 1) for sy in (-1, 1)]
    rails = [((-0.13, y, height * 0.4), (0.13, y, height * 0.4)) for y in (-0.13, 0.13)]
    rails += [((x, -0.13, height * 0.4), (x, 0.13, height * 0.4)) for x in (-0.13, 0.13)]
    seat = box((0.28, 0.28, 0.035), (0, 0, height - 0.0175), colour, top=(0.94, 0.94))
    skirt = box((0.29, 0.29, 0.05), (0, 0, height - 0.045), np.asarray(colour) * 0.9, top=(0.95, 0.95))
    return join(seat, skirt, frame_bars(legs, 0.018, colour), frame_bars(rails, 0.010, colour))


def reach_out(rng: np.random.Generator) -> Mesh:
    look = random_look(rng)
    h, s = look.height, look.height / 1.7
    hand = (0.66 * s, -0.10, rng.uniform(0.80, 0.95) * s)
    pose = Pose(
        (-0.05, 0, 0.515 * h),
        rng.uniform(0.45, 0.65),
        ((-0.14 * s, 0.11 * s, 0, 0.05), (0.14 * s, -0.10 * s, 0, 0)),
        ((0.33 * s, 0.22 * s, 0.80 * s), hand),
        nod=0.25,
    )
    return person(look, pose)


def carry(rng: np.random.Generator) -> Mesh:
    look = random_look(rng)
    pose = walk_pose(look.height, rng.choice([0.35, 2.1, 3.5, 5.2]))
    s = look.height / 1.7
    hand = (0.04, -0.25 * s, 0.70 * s)
    pose = Pose(pose.hips, pose.lean, pose.feet, (pose.hands[0], hand), nod=pose.nod)
    return join(person(look, pose), carried_bag(rng).moved(0.06, -0.27 * s, 0.66 * s - 0.46))


def carried_bag(rng: np.random.Generator) -> Mesh:
    """A shopping bag standing on z = 0 with its handle at z = 0.46."""
    colour = pick(
        rng, [(0.70, 0.70, 0.68), (0.65, 0.08, 0.06), (0.05, 0.12, 0.35), (0.36, 0.23, 0.12), (0.03, 0.03, 0.03)]
    )
    wide, deep = rng.uniform(0.15, 0.20), rng.uniform(0.06, 0.10)
    rows = [
        (0.0, 0.0, 0.0),
        (0.0, wide * 0.85, deep * 0.9),
        (0.0, wide * 0.85, deep * 0.9),
        (0.10, wide, deep),
        (0.24, wide * 0.95, deep * 0.9),
        (0.32, wide * 0.85, deep * 0.5),
        (0.31, 0.0, 0.0),
    ]
    rings = level_rings(rows, 12)
    rings[2:-1, :, :2] *= 1 + rng.normal(0, 0.05, (4, 12, 1))
    bag = surface(rings, colour, CLOTH)
    bars = []
    for y in (-0.02, 0.02):
        bars += [
            ((-0.09, y, 0.30), (-0.04, y, 0.45)),
            ((-0.04, y, 0.45), (0.04, y, 0.45)),
            ((0.04, y, 0.45), (0.09, y, 0.30)),
        ]
    return join(bag, frame_bars(bars, 0.008, np.asarray(colour) * 0.8, MATTE, 5))


def hold(rng: np.random.Generator) -> Mesh:
    look = random_look(rng)
    pose = walk_pose(look.height, 2 * np.pi * rng.integers(WALK_PHASES) / WALK_PHASES)
    return person(look, Pose(pose.hips, 0.03, pose.feet, (pose.hands[0], (0.185, -0.02, 1.17)), nod=0.05))


def rider(saddle, grips, feet, lean: float, helmet: float) -> Callable[[np.random.Generator], Mesh]:
    """Builder of a seated rider; `saddle` (x, z), `grips` (x, half width, z), `feet` left and right (x, y, z)."""

    def make(rng: np.random.Generator) -> Mesh:
        look = random_look(rng)
        look = replace(look, headgear=pick(rng, VIVID))
        hips = (saddle[0], 0.0, saddle[1] + 0.058 * look.height)
        hands = tuple((grips[0], side * grips[1], grips[2] + 0.02) for side in (1, -1))
        posed = Pose(hips, lean, tuple((*foot, 0.0) for foot in feet), hands, nod=-0.05, turn=rng.uniform(-0.3, 0.3))
        return person(look, posed, "helmet" if rng.random() < helmet else None, skirt_allowed=False)

    return make


def _rider_builders() -> dict[str, Callable[[np.random.Generator], Mesh]]:
    return {
        "rider-bicycle": rider((-0.15, 0.85), (0.45, 0.28, 1.0), ((0.14, 0.11, 0.38), (0.06, -0.11, 0.24)), 0.36, 0.1),
        "rider-scooter": rider((-0.15, 0.78), (0.45, 0.28, 1.0), ((0.14, 0.12, 0.30), (0.12, -0.12, 0.30)), 0.16, 0.7),
        "rider-motorcycle": rider(
            (-0.20, 0.80), (0.45, 0.28, 1.0), ((0.08, 0.17, 0.30), (0.08, -0.17, 0.30)), 0.34, 1.0
        ),
        "rider-tricycle": rider((0.35, 0.75), (0.95, 0.28, 1.05), ((0.77, 0.12, 0.35), (0.73, -0.12, 0.35)), 0.26, 0.1),
    }


BUILDERS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "person-stand": stand,
    **{f"person-walk-{phase}": walking(phase) for phase in range(WALK_PHASES)},
    "person-sit": sit,
    "person-reach": reach_out,
    "person-carry": carry,
    "person-hold": hold,
    **_rider_builders(),
}
LABEL: dict[str, str | None] = {kind: "person" for kind in BUILDERS}
