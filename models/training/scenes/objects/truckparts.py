"""What all trucks share: the cab, the frame with its lit rear, reflecting marks, the rear plate."""

from __future__ import annotations

import numpy as np

from ..mesh import GLASS, LAMP_FRONT, LAMP_REAR, MATTE, METAL, PAINT, Mesh, box, cylinder, join, quad, tube
from .bodywork import BLACK, CHROME, LAMP, PLATE_YELLOW, SEAM, TAIL, TRIM, WHITE, WINDOW, decal, plate, rect
from .carshapes import Shape, at, shell

CHASSIS, STEEL, RED, AMBER = (0.03, 0.03, 0.033), (0.3, 0.31, 0.32), (0.5, 0.02, 0.02), (0.8, 0.3, 0.02)
HEAVY_WHEEL = {"hub": (0.3, 0.29, 0.28), "spokes": 6, "rim": 0.58, "segments": 12}


def cab(s: Shape, look=(WHITE, PAINT), visor: bool = False) -> Mesh:
    """A forward-control cab: windows, grille, lamps, bumper, mirrors, doors; its rear wall at x = 0."""
    body = shell(s, look, look)
    y0, y1, z0, z1 = s.lamp_front
    base, nose = float(at(s.top, s.screen[1])), s.top[-1][0]
    bumper = z1 + 0.06
    parts = [
        body,
        decal(body, "front", rect(-y1, y1, s.sill + 0.02, bumper), TRIM, MATTE, (4, 1)),
        decal(body, "front", rect(-y0, y0, bumper + 0.08, base - 0.22), (0.06, 0.06, 0.065), METAL, (4, 1)),
        decal(body, "front", rect(-y1, y1, base - 0.1, base - 0.02), TRIM, MATTE, (4, 1), 0.016),
        plate(body, "front", (s.sill + z0) / 2 + 0.06, PLATE_YELLOW),
    ]
    for z in np.linspace(bumper + 0.12, base - 0.28, 4):
        parts.append(decal(body, "front", rect(-y0, y0, z, z + 0.025), CHROME, METAL, (4, 1), 0.02))
    for side in (-1, 1):
        parts.append(decal(body, "front", rect(side * y0, side * y1, z0, z1), LAMP, LAMP_FRONT, (3, 1), 0.024))
        parts.append(
            decal(body, "front", rect(side * (y1 - 0.1), side * y1, z1 + 0.06, z1 + 0.2), AMBER, MATTE, lift=0.02)
        )
    parts += [_doors(s, body), _mirrors(s)]
    if visor:
        top, width = float(at(s.top, s.screen[0])), 2 * float(at(s.rail, s.screen[0]))
        parts.append(box((0.3, width, 0.04), (s.screen[0] + 0.12, 0, top - 0.02), TRIM))
    step = box((0.5, 0.08, 0.06), (nose - 0.4, -float(at(s.plan, 1.0)) + 0.03, s.sill - 0.05), CHASSIS)
    return join(*parts, step, step.mirrored())


def _doors(s: Shape, body: Mesh) -> Mesh:
    parts = []
    for side in ("left", "right"):
        for x in s.doors:
            z = float(at(s.belt, x))
            parts.append(decal(body, side, rect(x - 0.012, x + 0.012, s.sill + 0.1, z), SEAM, MATTE, (1, 4)))
        x, z = s.doors[0], float(at(s.belt, s.doors[0])) - 0.16
        parts.append(decal(body, side, rect(x + 0.06, x + 0.22, z, z + 0.04), SEAM, lift=0.025))
    return join(*parts)


def _mirrors(s: Shape) -> Mesh:
    x, y, z = s.screen[1] - 0.02, float(at(s.plan, s.screen[1])), float(at(s.top, s.screen[1])) + 0.35
    arm = tube((x - 0.15, -y + 0.08, z + 0.3), (x + 0.12, -y - 0.17, z + 0.2), 0.018, TRIM, MATTE, 5)
    head = box((0.07, 0.2, 0.42), (x + 0.12, -y - 0.17, z), TRIM)
    glass = box((0.01, 0.16, 0.36), (x + 0.082, -y - 0.17, z), WINDOW, GLASS)
    return join(*(k for m in (arm, head, glass) for k in (m, m.mirrored())))


def frame(x0: float, x1: float, width: float, z: float, rng: np.random.Generator) -> Mesh:
    """Chassis rails, tank, battery case, side guards and the lit, striped rear end."""
    half = width / 2
    parts = [box((x1 - x0, 0.9, 0.22), ((x0 + x1) / 2, 0, z), CHASSIS)]
    parts.append(box((0.06, width * 0.92, 0.12), (x0 + 0.04, 0, z - 0.16), CHASSIS))
    for k, y in enumerate(np.linspace(-half * 0.86, half * 0.86, 8)):
        mark = box((0.012, half * 0.22, 0.09), (x0, y, z - 0.16), RED if k % 2 else (0.8, 0.8, 0.8))
        parts.append(mark)
    for side in (-1, 1):
        parts.append(box((0.04, 0.34, 0.12), (x0 + 0.0, side * (half - 0.3), z), TAIL, LAMP_REAR))
        parts.append(box((0.02, 0.5, 0.42), (x0 + 0.25, side * (half - 0.3), z - 0.3), BLACK))
    if rng.random() < 0.5:
        parts.append(cylinder(0.24, 0.9, STEEL, METAL, "x", 12).moved(x1 - 0.9, -half + 0.3, z - 0.12))
    else:
        parts.append(box((0.9, 0.4, 0.42), (x1 - 0.9, -half + 0.25, z - 0.12), STEEL, METAL))
    parts.append(box((0.7, 0.4, 0.4), (x1 - 0.8, half - 0.25, z - 0.12), CHASSIS))
    return join(*parts)


def side_marks(x0: float, x1: float, half: float, z: float, step: float = 0.42) -> Mesh:
    """Red and white reflecting strips along both sides."""
    n = max(2, int((x1 - x0) / step))
    made = []
    for k in range(n):
        x = x0 + (k + 0.5) * (x1 - x0) / n
        colour = (0.62, 0.02, 0.02) if k % 2 else (0.85, 0.85, 0.85)
        a, b = x - 0.17, x + 0.17
        made.append(quad((a, -half, z), (b, -half, z), (b, -half, z + 0.07), (a, -half, z + 0.07), colour))
    right = join(*made)
    return join(right, right.mirrored())


def rear_plate(x: float, z: float) -> Mesh:
    board = box((0.02, 0.44, 0.2), (x, 0, z), PLATE_YELLOW)
    return join(board, *(box((0.01, 0.035, 0.1), (x - 0.012, y, z), BLACK) for y in np.linspace(-0.16, 0.16, 6)))
