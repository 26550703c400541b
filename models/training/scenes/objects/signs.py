"""Traffic signs, direction boards and traffic lights; their faces look along +x."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import MATTE, METAL, SIGNAL, Mesh, box, cylinder, join, lathe, quad, triangles, tube
from .shapes import BLACK, STEEL, WHITE, lettering, limb_rings, pick, surface


def disc(radius: float, colour, thick: float = 0.012, segments: int = 20) -> Mesh:
    """Facing +x around the origin."""
    return cylinder(radius, thick, colour, axis="x", segments=segments)


def sign(rng: np.random.Generator) -> Mesh:
    """A traffic sign facing +x on a pole."""
    high = rng.uniform(2.3, 2.7)
    pole = tube((0, 0, 0), (0, 0, high + 0.35), 0.032, STEEL, METAL, 10)
    kind = int(rng.integers(4))
    if kind == 0:  # warning
        face = [
            plate([(-0.42, 0), (0.42, 0), (0, 0.72)], (0.02, 0.02, 0.02), 0.0),
            plate([(-0.37, 0.03), (0.37, 0.03), (0, 0.66)], (0.80, 0.55, 0.02), 0.008),
        ]
        face.append(box((0.006, 0.06, 0.24), (0.014, 0, 0.30), BLACK))
        face.append(box((0.006, 0.06, 0.06), (0.014, 0, 0.12), BLACK))
        face = [part.moved(z=-0.3) for part in face]
    elif kind == 1:  # speed limit
        face = [
            disc(0.40, (0.62, 0.02, 0.02)),
            disc(0.31, WHITE, 0.02),
            lettering(rng, 2, 0.28, BLACK, 0.9).rotated("z", np.pi / 2).moved(0.012),
        ]
    elif kind == 2:  # no parking
        bars = [box((0.006, 0.07, 0.66), (0.012, 0, 0), (0.62, 0.02, 0.02)).rotated("x", a) for a in (0.785, -0.785)]
        face = [disc(0.40, (0.62, 0.02, 0.02)), disc(0.32, (0.02, 0.10, 0.45), 0.02), *bars]
    else:  # keep to this side
        arrow = [
            box((0.006, 0.08, 0.40), (0.012, 0, -0.04), WHITE),
            plate([(-0.15, 0.12), (0.15, 0.12), (0, 0.28)], WHITE, 0.012),
        ]
        face = [disc(0.40, (0.02, 0.12, 0.50)), *arrow]
    back = disc(0.40 if kind else 0.2, STEEL).moved(-0.014)
    foot = lathe([(0, 0), (0.12, 0), (0.12, 0.03), (0.05, 0.05), (0, 0.05)], (0.3, 0.3, 0.3), MATTE, 12)
    lower = box((0.02, 0.5, 0.2), (0.03, 0, high - 0.60), (0.03, 0.13, 0.45) if rng.random() < 0.5 else WHITE)
    return join(pole, foot, lower, join(*face, back).moved(0.05, 0, high))


def plate(outline, colour, x: float) -> Mesh:
    """A flat triangle of (y, z) corners, seen from +x and from behind."""
    corners = np.array([[x, y, z] for y, z in outline], float)
    return join(triangles(corners[None], colour), triangles(corners[None, ::-1] - [0.006, 0, 0], STEEL))


def sign_board(rng: np.random.Generator) -> Mesh:
    """A blue or green direction board facing +x on a post with an arm."""
    colour = pick(rng, [(0.02, 0.10, 0.42), (0.02, 0.10, 0.42), (0.02, 0.24, 0.10)], 0.06)
    wide, high, z = rng.uniform(2.0, 3.0), rng.uniform(1.2, 1.6), 4.6
    parts = [lathe([(0, 0), (0.20, 0), (0.20, 0.05), (0.11, 0.06), (0.09, 6.0), (0, 6.02)], STEEL, METAL, 12)]
    y = -0.6 - wide / 2
    parts += [
        tube((0, 0, z + k * high * 0.3), (0, y - wide * 0.45, z + k * high * 0.3), 0.05, STEEL, METAL) for k in (-1, 1)
    ]
    parts.append(box((0.04, wide, high), (0.08, y, z), colour))
    parts.append(box((0.02, wide * 0.99, high * 0.99), (0.06, y, z), STEEL, METAL))
    parts += [box((0.006, wide - 0.08, 0.04), (0.102, y, z + s * (high / 2 - 0.06)), WHITE) for s in (-1, 1)]
    parts += [box((0.006, 0.04, high - 0.08), (0.102, y + s * (wide / 2 - 0.06), z), WHITE) for s in (-1, 1)]
    for s, count in ((0.22, 4), (-0.12, 3)):
        parts.append(
            lettering(rng, count, high * 0.22, WHITE).rotated("z", np.pi / 2).moved(0.103, y + 0.2, z + s * high)
        )
    parts.append(box((0.006, 0.07, high * 0.45), (0.102, y - wide * 0.33, z - 0.1), WHITE))
    parts.append(plate([(-0.17, 0), (0.17, 0), (0, 0.25)], WHITE, 0.105).moved(0, y - wide * 0.33, z + high * 0.12))
    return join(*parts)


def traffic_light(lit: str) -> Callable[[np.random.Generator], Mesh]:
    """Pole with an arm towards -y; the head on the arm and one on the pole face +x."""

    def make(rng: np.random.Generator) -> Mesh:
        colour = pick(rng, [(0.40, 0.41, 0.42), (0.09, 0.10, 0.11)])
        arm, high = rng.uniform(3.0, 5.0), rng.uniform(5.4, 6.0)
        parts = [
            lathe(
                [(0, 0), (0.24, 0), (0.24, 0.05), (0.14, 0.06), (0.10, high + 0.3), (0, high + 0.32)], colour, METAL, 12
            )
        ]
        parts.append(
            surface(
                limb_rings(
                    np.array(
                        [(0, 0, high - 0.1), (0, -arm * 0.5, high + 0.12), (0, -arm, high + 0.2), (0, -arm, high + 0.2)]
                    ),
                    [0.075, 0.06, 0.05, 0],
                    8,
                    side=(1, 0, 0),
                ),
                colour,
                METAL,
            )
        )
        parts.append(light_head(lit).moved(0.12, -arm + 0.4, high + 0.15))
        parts.append(light_head(lit).scaled(0.8).moved(0.16, 0, 3.0))
        parts += [tube((0, 0, z), (0.1, 0, z), 0.025, colour, METAL) for z in (2.7, 3.3)]
        camera = box((0.30, 0.10, 0.10), (0.05, -arm * 0.5, high + 0.27), WHITE)
        return join(*parts, camera)

    return make


def light_head(lit: str) -> Mesh:
    """Three lamps in a black box that looks along +x, middle on the origin."""
    parts = [
        box((0.16, 0.38, 1.08), (0, 0, 0), (0.015, 0.015, 0.015)),
        box((0.02, 0.50, 1.20), (-0.02, 0, 0), (0.02, 0.02, 0.02)),
    ]
    lamps = (
        ("red", 0.34, (0.95, 0.03, 0.02)),
        ("amber", 0.0, (0.85, 0.45, 0.02)),
        ("green", -0.34, (0.02, 0.90, 0.35)),
    )
    for name, z, colour in lamps:
        on = name == lit
        lamp = cylinder(0.135, 0.02, colour if on else np.multiply(colour, 0.06), SIGNAL if on else MATTE, "x", 16)
        parts.append(lamp.moved(0.085, 0, z))
        hood = [(0.085, 0.15 * np.cos(a), z + 0.15 * np.sin(a)) for a in np.linspace(0, np.pi, 7)]
        for (x, y0, z0), (_, y1, z1) in zip(hood[:-1], hood[1:]):
            outer = quad((x + 0.16, y1, z1), (x, y1, z1), (x, y0, z0), (x + 0.16, y0, z0), (0.02, 0.02, 0.02))
            inner = quad((x + 0.16, y0, z0), (x, y0, z0), (x, y1, z1), (x + 0.16, y1, z1), (0.015, 0.015, 0.015))
            parts += [outer, inner]
    return join(*parts)
