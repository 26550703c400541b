"""The outlines of cars, bus and truck cabs, in metres, and the closed shell made from one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..mesh import GLASS, MATTE, PAINT, Mesh
from .bodywork import BLACK, TRIM, WHITE, WINDOW, loft

Curve = list[tuple[float, float]]


@dataclass(frozen=True)
class Shape:
    """One car body: curves along x (rear to front) and where its features sit."""

    top: Curve  # ridge of bonnet, screen, roof, boot
    belt: Curve  # lower edge of the side windows
    plan: Curve  # half width of the body
    rail: Curve  # half width at the roof rails, the bonnet's edges
    axles: tuple[float, float]
    wheel: float
    sill: float
    panes: tuple[tuple[float, float], ...]  # side windows
    screen: tuple[float, float]
    back: tuple[float, float] | None  # rear window within the loft; None: in the upright tail
    doors: tuple[float, ...]  # seams
    lamp_front: tuple[float, float, float, float]  # y0, y1, z0, z1
    lamp_rear: tuple[float, float, float, float]
    cladding: bool = False  # dark plastic along the sill
    pane_rows: tuple[int, ...] = (6, 7)  # strips of the outline that the side windows take up


def at(curve: Curve, x):
    xs, values = zip(*curve)
    return np.interp(x, xs, values)


def _stations(s: Shape) -> np.ndarray:
    reach = s.wheel + 0.06
    arch = [a + reach * k for a in s.axles for k in (-1.02, -1, -0.8, -0.4, 0, 0.4, 0.8, 1, 1.02)]
    marks = [x for pair in (*s.panes, s.screen, s.back or ()) for x in np.atleast_1d(pair)]
    ends = [s.top[0][0], s.top[-1][0]]
    x = sorted(arch + marks + ends)
    x += [p[0] for p in (*s.top, *s.plan) if min(abs(p[0] - k) for k in x) > 0.05]
    x = np.sort(np.array(x))
    return x[np.concatenate([[True], np.diff(x) > 0.004])]


def _outline(s: Shape, x: float) -> np.ndarray:
    """The right half of the cross-section at x, 12 points from the floor's middle to the roof's."""
    w, belt, top, rail = (float(at(c, x)) for c in (s.plan, s.belt, s.top, s.rail))
    end = min(x - s.top[0][0], s.top[-1][0] - x)
    floor = s.sill + 0.06 * max(0.0, 1 - end / 0.5)
    for axle in s.axles:
        reach = s.wheel + 0.06
        if abs(x - axle) <= reach:
            floor = max(floor, s.wheel + np.sqrt(reach**2 - (x - axle) ** 2))
    share = np.array([0, 0.3, 0.6, 0.85, 1.0])
    wide = np.array([0.95, 0.99, 1.0, 0.985, 0.955])
    height = s.sill + share * (belt - s.sill)
    z = np.maximum(height, floor + share * 0.05)
    y = w * np.interp(z, height, wide)
    rise = max(top - belt, 0.01)
    drop = min(0.08, 0.4 * rise)
    low, high = np.array([0.925 * w, belt + min(0.03, 0.1 * rise)]), np.array([rail, top - drop])
    middle = (low + high) / 2 + np.array([0.025 * min(1, rise / 0.5), 0])
    roof = [(rail - 0.06, top - 0.3 * drop), (rail * 0.55, top - 0.06 * drop), (0, top)]
    yz = np.array([(0, floor), *zip(y, z), low, middle, high, *roof])
    yz[5:, 1] = np.maximum(yz[5:, 1], z[-1])
    return np.stack([np.full(len(yz), x), -yz[:, 0], yz[:, 1]], axis=1)


def _skin(s: Shape, lower, upper) -> Callable[[int, float], tuple]:
    def look(row: int, x: float) -> tuple:
        if row == 0 or (row == 1 and s.cladding):
            return (BLACK if row == 0 else TRIM), MATTE
        if row in s.pane_rows and any(a < x < b for a, b in s.panes):
            return WINDOW, GLASS
        if row in s.pane_rows and s.panes and s.panes[0][0] < x < s.panes[-1][1]:
            return TRIM, MATTE
        if row >= 9 and any(a < x < b for a, b in (s.screen, s.back or (9, 9))):
            return WINDOW, GLASS
        return lower if row < 4 else upper

    return look


def shell(s: Shape, lower=(WHITE, PAINT), upper=(WHITE, PAINT)) -> Mesh:
    """The closed body with its windows and wheel arches; `lower` and `upper`: (colour, material)."""
    return loft(np.array([_outline(s, x) for x in _stations(s)]), _skin(s, lower, upper))


SEDAN = Shape(
    top=[
        (-2.33, 0.8),
        (-2.29, 0.96),
        (-2.2, 1.03),
        (-1.75, 1.08),
        (-1.05, 1.38),
        (-0.5, 1.455),
        (0, 1.465),
        (0.35, 1.42),
        (1.12, 1.0),
        (1.7, 0.9),
        (2.1, 0.8),
        (2.27, 0.7),
        (2.33, 0.58),
    ],
    belt=[(-2.33, 0.72), (-2.2, 0.92), (-1.6, 0.97), (0, 0.93), (1.0, 0.88), (1.9, 0.76), (2.27, 0.6), (2.33, 0.52)],
    plan=[
        (-2.33, 0.68),
        (-2.27, 0.8),
        (-2.05, 0.865),
        (-1.4, 0.9),
        (1.3, 0.9),
        (1.9, 0.86),
        (2.15, 0.79),
        (2.28, 0.66),
        (2.33, 0.52),
    ],
    rail=[
        (-2.33, 0.58),
        (-2.2, 0.68),
        (-1.75, 0.68),
        (-1.05, 0.57),
        (0.35, 0.58),
        (1.12, 0.7),
        (1.9, 0.66),
        (2.27, 0.52),
        (2.33, 0.4),
    ],
    axles=(-1.32, 1.37),
    wheel=0.32,
    sill=0.2,
    panes=((-1.25, -0.34), (-0.26, 0.86)),
    screen=(0.35, 1.09),
    back=(-1.73, -1.05),
    doors=(-1.18, -0.3, 0.92),
    lamp_front=(0.42, 0.8, 0.6, 0.72),
    lamp_rear=(0.4, 0.82, 0.76, 0.9),
)
HATCH = Shape(
    top=[
        (-1.9, 0.75),
        (-1.88, 0.96),
        (-1.83, 1.03),
        (-1.5, 1.41),
        (-1.1, 1.47),
        (-0.4, 1.5),
        (0.15, 1.46),
        (0.95, 1.03),
        (1.5, 0.94),
        (1.85, 0.84),
        (2.0, 0.74),
        (2.05, 0.6),
    ],
    belt=[(-1.9, 0.7), (-1.83, 0.96), (-1.3, 0.98), (0.8, 0.9), (1.6, 0.8), (2.0, 0.64), (2.05, 0.54)],
    plan=[
        (-1.9, 0.7),
        (-1.86, 0.8),
        (-1.7, 0.86),
        (-1.2, 0.88),
        (1.2, 0.88),
        (1.7, 0.84),
        (1.92, 0.76),
        (2.02, 0.64),
        (2.05, 0.5),
    ],
    rail=[(-1.9, 0.58), (-1.83, 0.68), (-1.5, 0.57), (0.15, 0.58), (0.95, 0.7), (1.7, 0.64), (2.0, 0.5), (2.05, 0.4)],
    axles=(-1.22, 1.32),
    wheel=0.31,
    sill=0.2,
    panes=((-1.38, -1.05), (-0.98, -0.28), (-0.2, 0.72)),
    screen=(0.15, 0.92),
    back=(-1.81, -1.5),
    doors=(-1.02, -0.24, 0.78),
    lamp_front=(0.4, 0.78, 0.62, 0.75),
    lamp_rear=(0.52, 0.8, 0.76, 0.98),
)
SUV = Shape(
    top=[
        (-2.32, 0.85),
        (-2.3, 1.06),
        (-2.26, 1.14),
        (-1.98, 1.58),
        (-1.8, 1.63),
        (-0.9, 1.7),
        (-0.1, 1.71),
        (0.3, 1.66),
        (1.02, 1.2),
        (1.6, 1.12),
        (2.05, 1.02),
        (2.26, 0.9),
        (2.32, 0.66),
    ],
    belt=[(-2.32, 0.8), (-2.26, 1.06), (-1.3, 1.1), (0.9, 1.03), (1.8, 0.94), (2.26, 0.76), (2.32, 0.6)],
    plan=[
        (-2.32, 0.74),
        (-2.26, 0.85),
        (-2.0, 0.91),
        (-1.4, 0.93),
        (1.4, 0.93),
        (1.95, 0.9),
        (2.18, 0.82),
        (2.28, 0.7),
        (2.32, 0.58),
    ],
    rail=[
        (-2.32, 0.64),
        (-2.26, 0.74),
        (-1.98, 0.62),
        (0.3, 0.64),
        (1.02, 0.77),
        (1.9, 0.74),
        (2.26, 0.6),
        (2.32, 0.48),
    ],
    axles=(-1.36, 1.36),
    wheel=0.36,
    sill=0.27,
    panes=((-1.82, -1.25), (-1.17, -0.34), (-0.26, 0.8)),
    screen=(0.3, 0.99),
    back=(-2.24, -1.98),
    doors=(-1.2, -0.3, 0.84),
    lamp_front=(0.46, 0.85, 0.72, 0.86),
    lamp_rear=(0.5, 0.86, 0.86, 1.04),
    cladding=True,
)
MINIVAN = Shape(
    top=[
        (-2.15, 1.5),
        (-2.12, 1.66),
        (-2.0, 1.74),
        (-1.3, 1.8),
        (0.2, 1.8),
        (0.75, 1.74),
        (1.5, 1.15),
        (1.85, 1.02),
        (2.1, 0.84),
        (2.15, 0.65),
    ],
    belt=[(-2.15, 1.02), (0.9, 1.0), (1.45, 0.96), (1.85, 0.84), (2.1, 0.66), (2.15, 0.56)],
    plan=[
        (-2.15, 0.78),
        (-2.1, 0.82),
        (-1.9, 0.84),
        (1.4, 0.84),
        (1.85, 0.8),
        (2.05, 0.72),
        (2.12, 0.62),
        (2.15, 0.55),
    ],
    rail=[(-2.15, 0.66), (0.2, 0.66), (0.75, 0.64), (1.5, 0.74), (1.85, 0.68), (2.1, 0.56), (2.15, 0.48)],
    axles=(-1.3, 1.42),
    wheel=0.3,
    sill=0.24,
    panes=((-1.98, -1.08), (-0.98, 0.12), (0.22, 1.25)),
    screen=(0.75, 1.47),
    back=None,
    doors=(-1.03, 0.17, 1.2),
    lamp_front=(0.42, 0.76, 0.7, 0.88),
    lamp_rear=(0.66, 0.8, 0.72, 1.12),
)
VAN = Shape(
    top=[
        (-2.75, 2.15),
        (-2.72, 2.3),
        (-2.6, 2.38),
        (-1.0, 2.42),
        (0.8, 2.42),
        (1.2, 2.34),
        (1.95, 1.4),
        (2.35, 1.26),
        (2.68, 1.02),
        (2.75, 0.75),
    ],
    belt=[(-2.75, 1.2), (1.2, 1.2), (1.9, 1.15), (2.35, 1.04), (2.68, 0.8), (2.75, 0.64)],
    plan=[(-2.75, 0.93), (-2.7, 0.97), (-2.5, 0.99), (1.8, 0.99), (2.3, 0.95), (2.6, 0.86), (2.72, 0.74), (2.75, 0.62)],
    rail=[(-2.75, 0.84), (0.8, 0.84), (1.2, 0.8), (1.95, 0.88), (2.35, 0.8), (2.68, 0.66), (2.75, 0.55)],
    axles=(-1.6, 1.75),
    wheel=0.35,
    sill=0.3,
    panes=((0.62, 1.72),),
    screen=(1.2, 1.92),
    back=None,
    doors=(-0.75, 0.5, 1.62),
    lamp_front=(0.5, 0.92, 0.84, 1.06),
    lamp_rear=(0.82, 0.96, 0.9, 1.4),
    pane_rows=(6,),
)
BUS = Shape(
    top=[(-5.97, 2.8), (-5.93, 2.98), (-5.8, 3.05), (5.75, 3.05), (5.92, 2.98), (5.97, 2.8)],
    belt=[(-5.97, 1.1), (5.97, 1.1)],
    plan=[(-5.97, 1.17), (-5.9, 1.24), (-5.7, 1.275), (5.6, 1.275), (5.88, 1.23), (5.97, 1.12)],
    rail=[(-5.97, 1.1), (-5.7, 1.2), (5.6, 1.2), (5.97, 1.06)],
    axles=(-2.9, 3.1),
    wheel=0.48,
    sill=0.32,
    panes=(),
    screen=(0, 0),
    back=None,
    doors=(),
    lamp_front=(0.7, 1.08, 0.62, 0.8),
    lamp_rear=(0.9, 1.1, 0.75, 1.05),
)
LIGHT_CAB = Shape(
    top=[(0, 1.95), (0.04, 2.1), (0.14, 2.16), (1.2, 2.19), (1.36, 2.12), (1.64, 1.34), (1.71, 1.2), (1.75, 0.9)],
    belt=[(0, 1.25), (1.6, 1.2), (1.71, 1.0), (1.75, 0.8)],
    plan=[(0, 0.93), (0.08, 0.96), (1.45, 0.96), (1.66, 0.92), (1.75, 0.82)],
    rail=[(0, 0.8), (0.14, 0.85), (1.36, 0.83), (1.64, 0.88), (1.75, 0.76)],
    axles=(0.98, 0.98),
    wheel=0.38,
    sill=0.46,
    panes=((0.4, 1.48),),
    screen=(1.36, 1.63),
    back=None,
    doors=(0.32, 1.4),
    lamp_front=(0.56, 0.9, 0.74, 0.92),
    lamp_rear=(0, 0, 0, 0),
)
HEAVY_CAB = Shape(
    top=[(0, 2.75), (0.05, 2.95), (0.16, 3.02), (1.7, 3.06), (1.88, 2.95), (2.1, 1.95), (2.14, 1.84), (2.16, 1.5)],
    belt=[(0, 1.9), (2.05, 1.8), (2.14, 1.6), (2.16, 1.3)],
    plan=[(0, 1.18), (0.1, 1.23), (1.8, 1.23), (2.06, 1.2), (2.16, 1.1)],
    rail=[(0, 1.05), (0.16, 1.12), (1.88, 1.1), (2.1, 1.15), (2.16, 1.04)],
    axles=(0.66, 0.66),
    wheel=0.52,
    sill=0.6,
    panes=((0.95, 1.95),),
    screen=(1.88, 2.09),
    back=None,
    doors=(0.8, 1.85),
    lamp_front=(0.75, 1.14, 0.72, 0.94),
    lamp_rear=(0, 0, 0, 0),
)
