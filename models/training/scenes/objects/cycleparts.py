"""Parts of bicycles, scooters, motorcycles and tricycles."""

from __future__ import annotations

import numpy as np

from ..mesh import MATTE, METAL, PAINT, Mesh, box, cylinder, join, lathe, tube
from .bodywork import RUBBER, TRIM, loft, wheel

SADDLE, STEEL, ALLOY = (0.025, 0.024, 0.024), (0.42, 0.43, 0.45), (0.3, 0.31, 0.32)


def pod(stations, colour, material: int = PAINT) -> Mesh:
    """A rounded body along x from (x, half width, lowest z, highest z)."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, 7)
    round_y, round_z = np.abs(np.cos(turn)) ** 0.7, np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.7
    sections = [
        np.stack([np.full(7, x), -w * round_y, (lo + hi) / 2 + (hi - lo) / 2 * round_z], 1) for x, w, lo, hi in stations
    ]
    return loft(np.array(sections), lambda row, x: (colour, material))


def arc(
    x: float, z: float, radius: float, start: float, end: float, width: float, colour, material=PAINT, steps: int = 6
) -> Mesh:
    """A mudguard over a wheel at (x, z), from `start` to `end` degrees (0: front, 90: top)."""
    angles = np.radians(np.linspace(start, end, steps + 1))
    parts = []
    for a, b in zip(angles[:-1], angles[1:]):
        middle, length = (a + b) / 2, radius * (b - a) * 1.05
        piece = box((0.012, width, length), (radius, 0, 0), colour, material).rotated("y", -middle)
        parts.append(piece.moved(x=x, z=z))
    return join(*parts)


def spoked(radius: float, width: float, fine: bool = True) -> Mesh:
    """A bicycle wheel at the origin, axle along y."""
    r, h, segments = radius, width / 2, 18 if fine else 13
    tyre = [(r - 0.028, -h), (r - 0.004, -h * 0.7), (r, h * 0.7), (r - 0.028, h), (r - 0.028, -h)]
    rim = [(r - 0.045, -0.008), (r - 0.025, -0.011), (r - 0.025, 0.011), (r - 0.045, 0.008), (r - 0.045, -0.008)]
    parts = [lathe(tyre, RUBBER, MATTE, segments), cylinder(0.03, 0.09, STEEL, METAL, "z", 7 if fine else 4)]
    if fine:
        parts.append(lathe(rim, STEEL, METAL, segments))
    for a in np.linspace(0, 2 * np.pi, 11 if fine else 6)[:-1]:
        parts.append(tube((0, 0, 0), (np.cos(a) * (r - 0.04), np.sin(a) * (r - 0.04), 0), 0.0035, STEEL, METAL, 3))
    return join(*parts).rotated("x", np.pi / 2)


def pair(mesh: Mesh) -> Mesh:
    """The part and its twin on the other side."""
    return join(mesh, mesh.mirrored())


def handlebar(x: float, z: float, half: float, rise: float = 0.02, sides: int = 6) -> Mesh:
    """A bar with grips ending about (x + 0.03, +-half, z + rise)."""
    bar = tube((x, 0, z), (x + 0.06, half - 0.12, z + rise), 0.012, STEEL, METAL, sides)
    grip = tube((x + 0.06, half - 0.12, z + rise), (x + 0.03, half + 0.04, z + rise), 0.02, TRIM, MATTE, sides)
    lever = tube((x + 0.11, half - 0.12, z + rise), (x + 0.1, half, z + rise - 0.01), 0.007, STEEL, METAL, 4)
    return pair(join(bar, grip, lever))


def hub_wheel(radius: float, width: float, **look) -> Mesh:
    """Both faces with a hub."""
    half = wheel(radius, width / 2, **look).moved(y=-width / 4)
    return join(half, half.mirrored())


def side_mirrors(x: float, z: float) -> Mesh:
    arm = tube((x, -0.2, z), (x + 0.02, -0.3, z + 0.18), 0.008, TRIM, MATTE, 4)
    return pair(join(arm, box((0.02, 0.14, 0.08), (x + 0.02, -0.32, z + 0.21), TRIM)))
