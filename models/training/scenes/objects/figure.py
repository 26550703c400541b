"""A clothed human figure from a look (who it is) and a pose (where hands, feet and hips are).

Lengths in the tables are fractions of the body height.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..mesh import CLOTH, Mesh, box, join, rotation
from .heads import face, hair
from .looks import Look
from .shapes import level_rings, limb_rings, surface

ORANGE, REFLEX = (0.80, 0.22, 0.03), (0.70, 0.72, 0.62)

# Trunk rings: height over the hips, half depth, half width.
TRUNK = [
    (-0.062, 0.0, 0.0),
    (-0.060, 0.050, 0.074),
    (-0.038, 0.066, 0.095),
    (-0.038, 0.080, 0.111),
    (0.010, 0.076, 0.104),
    (0.065, 0.066, 0.092),
    (0.125, 0.064, 0.090),
    (0.205, 0.069, 0.100),
    (0.255, 0.066, 0.103),
    (0.290, 0.054, 0.090),
    (0.313, 0.043, 0.062),
    (0.328, 0.034, 0.044),
]
SHOULDER = 8  # the arms hang just over this ring
UPPER_ARM, FOREARM, THIGH, SHIN, ANKLE = 0.165, 0.148, 0.242, 0.238, 0.045


@dataclass(frozen=True)
class Pose:
    """Metres; feet are (x, y, z of the sole under the ankle, pitch: heel up), hands are palms."""

    hips: tuple[float, float, float]
    lean: float
    feet: tuple[tuple[float, float, float, float], tuple[float, float, float, float]]  # left, right
    hands: tuple[tuple[float, float, float] | None, tuple[float, float, float] | None]  # None: hanging down
    nod: float = 0.0
    turn: float = 0.0
    twist: float = 0.0


def reach(start: np.ndarray, end: np.ndarray, upper: float, lower: float, hint) -> tuple[np.ndarray, np.ndarray]:
    """Middle joint and end of a two-bone limb that bends towards `hint`; too far an end is pulled in."""
    way = end - start
    length = max(float(np.linalg.norm(way)), 1e-6)
    span = float(np.clip(length, abs(upper - lower) + 1e-3, (upper + lower) * 0.998))
    way = way / length
    along = (upper**2 - lower**2 + span**2) / (2 * span)
    out = np.asarray(hint, float) - np.dot(hint, way) * way
    out /= max(float(np.linalg.norm(out)), 1e-9)
    return start + way * along + out * np.sqrt(max(upper**2 - along**2, 0.0)), start + way * span


def spine(look: Look, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """Centre of each trunk ring and its tilt (forward lean grows over the belly)."""
    heights = np.array([row[0] for row in TRUNK]) * look.height
    tilt = pose.lean * np.clip((heights / look.height + 0.03) / 0.12, 0, 1)
    centre = np.tile(np.asarray(pose.hips, float), (len(TRUNK), 1))
    base = int(np.argmin(np.abs(heights)))
    centre[: base + 1, 2] += heights[: base + 1]
    for i in range(base + 1, len(TRUNK)):
        step = heights[i] - heights[i - 1]
        centre[i] = centre[i - 1] + step * np.array([np.sin(tilt[i]), 0, np.cos(tilt[i])])
    return centre, tilt


def trunk(look: Look, pose: Pose, centre: np.ndarray, tilt: np.ndarray) -> Mesh:
    """Pelvis, belly, chest and shoulders in their clothes."""
    h, rings = look.height, []
    for (_, depth, width), middle, lean in zip(TRUNK, centre, tilt):
        wide = width * (0.94 if look.female else 1.0) * (0.6 + 0.4 * look.stout)
        ring = level_rings([(0.0, depth * look.stout * h, wide * h)], 16)[0]
        rings.append(ring @ rotation("y", lean).T + middle)
    if look.pattern == "tucked":
        rings[3] = rings[2] + [0, 0, 0.001]
    colour = np.tile(look.top, (len(TRUNK) - 1, 16, 1))
    colour[: 5 if look.pattern == "tucked" else 2] = look.bottom
    if look.pattern == "open":
        colour[2:, [0, 15]] = look.shirt
    elif look.pattern == "stripes":
        colour[[3, 5, 7]] = look.shirt
    elif look.pattern == "vest":
        colour[2:] = ORANGE
        colour[4] = REFLEX
        colour[5:9, [3, 12]] = REFLEX
    if look.pattern == "open":
        colour[10] = look.shirt
    return surface(np.array(rings), colour, CLOTH)


def arm(look: Look, shoulder: np.ndarray, palm, side: float, tilt: float) -> Mesh:
    """Sleeve, forearm and hand from the shoulder to the palm."""
    h = look.height
    if palm is None:
        palm = shoulder + np.array([0.05 + 0.03 * np.sin(tilt), side * 0.045, -0.315]) * h
    elbow, wrist = reach(shoulder, np.asarray(palm, float), UPPER_ARM * h, FOREARM * h, (-0.8, side * 0.45, -0.35))
    along = (wrist - elbow) / max(float(np.linalg.norm(wrist - elbow)), 1e-9)
    up = (elbow - shoulder) / max(float(np.linalg.norm(elbow - shoulder)), 1e-9)
    root = shoulder + np.array([0.0, -side * 0.040, 0.016]) * h
    points = [
        root,
        root + (shoulder - root) * 0.15,
        shoulder + up * 0.025 * h,
        shoulder + up * 0.09 * h,
        elbow - up * 0.02 * h,
        elbow + along * 0.02 * h,
        wrist - along * 0.06 * h,
        wrist - along * 0.012 * h,
        wrist - along * 0.012 * h,
        wrist + along * 0.03 * h,
        wrist + along * 0.07 * h,
        wrist + along * 0.085 * h,
    ]
    cuff = 0.022 if look.sleeve == "long" else 0.017
    radii = [0.0, 0.022, 0.034, 0.031, 0.027, 0.026, cuff * 1.1, cuff, 0.015, (0.014, 0.024), (0.011, 0.019), 0.0]
    radii = [np.multiply(r, h * (0.5 + 0.5 * look.stout) * (0.92 if look.female else 1.0)) for r in radii]
    colour = np.tile(look.skin, (len(points) - 1, 1))
    colour[: 8 if look.sleeve == "long" else 4] = look.top
    return surface(limb_rings(np.array(points), radii, 8), colour, CLOTH)


def shoe(look: Look, x: float, y: float, z: float, pitch: float) -> Mesh:
    """A shoe whose sole is at z under the ankle; `pitch` lifts the heel about the toes."""
    s = look.height / 1.7
    rows = [
        (-0.070, 0.0, 0.0),
        (-0.068, 0.030, 0.085),
        (-0.03, 0.038, 0.100),
        (0.03, 0.039, 0.095),
        (0.09, 0.045, 0.068),
        (0.14, 0.046, 0.056),
        (0.172, 0.040, 0.046),
        (0.188, 0.024, 0.030),
        (0.190, 0.0, 0.0),
    ]
    angle = np.arange(10) * 2 * np.pi / 10
    rings = [
        np.stack([np.full(10, px), w * np.cos(angle), np.clip(t * (0.35 + 0.65 * np.sin(angle)), 0, None)], 1)
        for px, w, t in rows
    ]
    made = surface(np.array(rings) * s, look.shoes, CLOTH)
    sole = box((0.245 * s, 0.080 * s, 0.018), (0.055 * s, 0, 0.009), look.shoes * 0.35 + 0.02, top=(1.03, 1.0))
    return join(made, sole).rotated("y", pitch).moved(x, y, z)


def leg(look: Look, hip: np.ndarray, foot, side: float) -> tuple[Mesh, np.ndarray]:
    """Leg with shoe; also where the knee is."""
    h = look.height
    x, y, z, pitch = foot
    ankle = np.array([x, y, z + ANKLE * h])
    knee, ankle = reach(hip, ankle, THIGH * h, SHIN * h, (1.0, side * 0.12, 0.1))
    down, shin = (knee - hip) / (THIGH * h), (ankle - knee) / (SHIN * h)
    points = [
        hip - down * 0.03 * h,
        hip - down * 0.025 * h,
        hip + down * 0.05 * h,
        hip + down * 0.14 * h,
        knee - down * 0.02 * h,
        knee + shin * 0.025 * h,
        knee + shin * 0.09 * h,
        ankle - shin * 0.004 * h,
        ankle - shin * 0.004 * h,
        ankle + shin * 0.02 * h,
    ]
    bare = look.dress != "trousers"
    calf, cuff = (0.034, 0.021) if bare else (0.039, 0.034)
    radii = [0.0, 0.045, 0.055, 0.052, 0.042, 0.040, calf, cuff, 0.021, 0.022]
    radii = [r * h * (0.4 + 0.6 * look.stout) for r in radii]
    colour = np.tile(look.bottom, (len(points) - 1, 1))
    colour[{"trousers": 8, "shorts": 4, "skirt": 5}[look.dress] :] = look.skin
    made = surface(limb_rings(np.array(points), radii, 10), colour, CLOTH)
    return join(made, shoe(look, ankle[0], ankle[1], ankle[2] - ANKLE * h, pitch)), knee


def skirt(look: Look, hips: np.ndarray, knees: list[np.ndarray]) -> Mesh:
    """From the waist to just below the knees, wide enough for the stride."""
    h = look.height
    middle = (knees[0] + knees[1]) / 2
    spread = abs(knees[0][0] - knees[1][0]) / 2
    hem = middle[2] - 0.045 * h
    stout = 0.4 + 0.6 * look.stout
    rows = [(hem + 0.05 * h, 0.0, 0.0, middle[0], middle[1])]
    for part in (1.0, 1.0, 0.7, 0.4, 0.15, -0.1):  # from the knees up to the hips
        depth = 0.070 * h * stout + max(part, 0.0) * spread * 1.1
        x = hips[0] + max(part, 0.0) * (middle[0] - hips[0])
        rows.append((hips[2] + part * (hem - hips[2]), depth, (0.104 + 0.012 * part) * h * stout, x, hips[1]))
    rings = level_rings(rows, 14)
    rings[1:3, ::2, :2] += 0.06 * (rings[1:3, ::2, :2] - rings[1].mean(axis=0)[:2])
    return surface(rings, look.bottom, CLOTH)


def person(look: Look, pose: Pose, hair_style: str | None = None, skirt_allowed: bool = True) -> Mesh:
    """The whole figure."""
    h = look.height
    if look.dress == "skirt" and not skirt_allowed:
        look = replace(look, dress="trousers")
    centre, tilt = spine(look, pose)
    hips = np.asarray(pose.hips, float)
    parts = [trunk(look, pose, centre, tilt)]
    knees = []
    for side, foot in zip((1.0, -1.0), pose.feet):
        made, knee = leg(look, hips + np.array([0, side * 0.049 * h, -0.01 * h]), foot, side)
        parts.append(made), knees.append(knee)
    if look.dress == "skirt":
        parts.append(skirt(look, hips, knees))
    wide = (0.94 if look.female else 1.0) * (0.6 + 0.4 * look.stout)
    for side, palm in zip((1.0, -1.0), pose.hands):
        offset = np.array([side * 0.5 * pose.twist, side, 0.0]) * 0.104 * h * wide
        parts.append(arm(look, centre[SHOULDER] * 0.45 + centre[SHOULDER + 1] * 0.55 + offset, palm, side, tilt[-1]))
    neck = centre[-1]
    top = neck + np.array([np.sin(tilt[-1]) * 0.5 + 0.12, 0, 1.0]) * 0.074 * h
    parts.append(
        surface(
            limb_rings(
                np.array([neck - [0, 0, 0.02 * h], neck, (neck + top) / 2, top]),
                [0.036 * h, 0.033 * h, 0.029 * h, 0.029 * h],
                9,
            ),
            look.skin,
        )
    )
    head = join(*face(look), *hair(look, hair_style or look.hair_style)).scaled(1.04 * h)
    parts.append(head.rotated("y", pose.nod + tilt[-1] * 0.35).rotated("z", pose.turn).moved(*top))
    return join(*parts)
