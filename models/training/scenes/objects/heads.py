"""Heads with faces, hair, caps and helmets, in fractions of the body height."""

from __future__ import annotations

import numpy as np

from ..mesh import CLOTH, PAINT, Mesh, ball, box
from .looks import Look
from .shapes import BLACK, level_rings, surface

HEAD = [
    (-0.068, 0.0, 0.0, 0.012),
    (-0.066, 0.022, 0.018, 0.016),
    (-0.050, 0.040, 0.032, 0.010),
    (-0.025, 0.050, 0.041, 0.005),
    (0.005, 0.055, 0.045, 0.002),
    (0.032, 0.055, 0.045, 0.0),
    (0.052, 0.043, 0.036, -0.003),
    (0.064, 0.025, 0.022, -0.004),
    (0.068, 0.0, 0.0, -0.004),
]


def face(look: Look) -> list[Mesh]:
    """Head without hair, around its own centre, in fractions of the height."""
    parts = [
        surface(level_rings(HEAD, 12), look.skin),
        box((0.016, 0.012, 0.024), (0.058, 0, -0.008), look.skin, top=(0.3, 0.6)),
    ]
    for y in (-0.018, 0.018):
        parts.append(ball((0.005, 0.008, 0.004), BLACK, segments=6).moved(0.0525, y, 0.010))
        parts.append(box((0.008, 0.017, 0.004), (0.052, y, 0.021), look.hair))
        parts.append(ball((0.010, 0.005, 0.015), look.skin * 0.9, segments=6).moved(-0.002, y * 2.6, 0.0))
    parts.append(box((0.006, 0.020, 0.005), (0.051, 0, -0.036), look.skin * np.array([0.75, 0.5, 0.5])))
    return parts


def hair(look: Look, style: str) -> list[Mesh]:
    """Hair, cap or helmet over the head, same units as `face`."""
    shell = [(-0.040, 0.0, 0.0, -0.02)] if style != "bald" else []
    shell += [(z + 0.006, rx * 1.10, ry * 1.12, x - 0.011) for z, rx, ry, x in HEAD[3:]]
    if style == "helmet":
        rows = [
            (-0.022, 0.0, 0.0),
            (-0.024, 0.062, 0.056),
            (0.0, 0.071, 0.063),
            (0.035, 0.068, 0.060),
            (0.062, 0.048, 0.044),
            (0.078, 0.022, 0.020),
            (0.081, 0.0, 0.0),
        ]
        helmet = surface(level_rings([(z, rx, ry, -0.012) for z, rx, ry in rows], 14), look.headgear, PAINT)
        visor = box((0.028, 0.085, 0.006), (0.060, 0, 0.030), BLACK, PAINT)
        return [helmet, visor]
    if style == "bald":
        return [
            surface(
                level_rings(
                    [
                        (-0.03, 0, 0, -0.025),
                        (-0.028, 0.036, 0.048, -0.020),
                        (0.0, 0.038, 0.049, -0.020),
                        (0.02, 0.02, 0.03, -0.03),
                        (0.022, 0, 0, -0.03),
                    ],
                    10,
                ),
                look.hair,
            )
        ]
    parts = [surface(level_rings(shell, 12), look.hair)]
    if style == "long":
        rows = [
            (-0.135, 0.0, 0.0, -0.048),
            (-0.13, 0.015, 0.036, -0.048),
            (-0.08, 0.024, 0.048, -0.040),
            (-0.03, 0.036, 0.052, -0.028),
            (0.03, 0.040, 0.046, -0.022),
            (0.04, 0.0, 0.0, -0.02),
        ]
        parts.append(surface(level_rings(rows, 10), look.hair))
    elif style == "bun":
        parts.append(ball(0.026, look.hair, segments=8).moved(-0.062, 0, 0.025))
    elif style == "cap":
        rows = [(0.022, 0.0, 0.0), (0.022, 0.062, 0.053), (0.052, 0.056, 0.049), (0.072, 0.03, 0.028), (0.077, 0, 0)]
        parts.append(surface(level_rings([(z, rx, ry, -0.005) for z, rx, ry in rows], 12), look.headgear, CLOTH))
        parts.append(box((0.055, 0.075, 0.008), (0.072, 0, 0.024), look.headgear * 0.8, CLOTH, top=(0.9, 0.9)))
    return parts
