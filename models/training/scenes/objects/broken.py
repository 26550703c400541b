"""Street components out of order: broken covers, shifted lids, posts and boxes with a part broken off, stains.

Each is made from the same seed as the whole one and is the same thing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh import HOLE, MATTE, METAL, Mesh, box, join, lathe, triangles
from .bins import BUILDERS as BINS
from .boards import light_box
from .confusers import cabinet, post_box
from .covers import IRON, flat_ring, grate, manhole
from .shapes import DARK, lump, pick
from .signs import sign
from .street import lamp_post

Builder = Callable[[np.random.Generator], Mesh]
BLACK = (0.002, 0.002, 0.002)


def clipped(mesh: Mesh, normal, offset: float) -> Mesh:
    """The part of a mesh where `normal` . x <= offset; the cut is left open."""
    n = np.asarray(normal, float)
    corners, normals = mesh.position.reshape(-1, 3, 3), mesh.normal.reshape(-1, 3, 3)
    away = corners @ n - offset
    inside = away <= 0
    parts = [_triangles(mesh, inside.all(axis=1))]
    for count in (1, 2):
        for k in np.nonzero(inside.sum(axis=1) == count)[0]:
            parts.append(_cut(mesh, int(k), corners[k], normals[k], away[k]))
    return join(*parts)


def _triangles(mesh: Mesh, keep: np.ndarray) -> Mesh:
    rows = np.repeat(keep, 3)
    return Mesh(mesh.position[rows], mesh.normal[rows], mesh.colour[rows], mesh.material[rows])


def _cut(mesh: Mesh, k: int, corners: np.ndarray, normals: np.ndarray, away: np.ndarray) -> Mesh:
    """What a plane leaves of one triangle."""
    points, turned = [], []
    for a in range(3):
        b = (a + 1) % 3
        if away[a] <= 0:
            points.append(corners[a]), turned.append(normals[a])
        if (away[a] <= 0) != (away[b] <= 0):
            t = away[a] / (away[a] - away[b])
            points.append(corners[a] + t * (corners[b] - corners[a])), turned.append(normals[a])
    fan = [(0, j, j + 1) for j in range(1, len(points) - 1)]
    p, n = np.array([[points[i] for i in f] for f in fan]), np.array([[turned[i] for i in f] for f in fan])
    return triangles(p, mesh.colour[3 * k], int(mesh.material[3 * k]), n)


def opened(mesh: Mesh) -> Mesh:
    """With dark insides, which a cut lays open."""
    order = np.arange(len(mesh.position)).reshape(-1, 3)[:, ::-1].ravel()
    dark = Mesh(
        mesh.position[order], -mesh.normal[order], np.tile(DARK, (len(order), 1)), np.full(len(order), float(MATTE))
    )
    return join(mesh, dark)


def broken_off(whole: Builder, share: tuple[float, float]) -> Builder:
    """A box or board whose upper part is broken off along a slant, between `share` of its height."""

    def make(rng: np.random.Generator) -> Mesh:
        made = whole(rng)
        low, high = made.bounds()
        across, a, b = high[1] - low[1], *(share[k] * high[2] for k in (0, 1))
        tilt = (b - a) / max(across, 0.1)
        # z <= a at the one side and z <= b at the other.
        return opened(clipped(made, (0.0, -tilt, 1.0), (a + b) / 2 - tilt * (low[1] + high[1]) / 2))

    return make


def bent(whole: Builder, at: float, angle: float) -> Builder:
    """A post kinked at a share of its height: what is above leans over to -y."""

    def make(rng: np.random.Generator) -> Mesh:
        made = whole(rng)
        z = at * made.bounds()[1][2]
        upper = clipped(made, (0.0, 0.0, -1.0), -z).moved(0, 0, -z).rotated("x", angle).moved(0, 0, z)
        return join(clipped(made, (0.0, 0.0, 1.0), z), upper)

    return make


def hole(radius: float) -> Mesh:
    """The open shaft, a disc so dark that no light comes back."""
    wall = lathe([(radius, 0.0125), (radius * 0.97, 0.008)], (0.04, 0.035, 0.03), MATTE, 32)
    return join(lathe([(radius * 0.97, 0.008), (0.0, 0.008)], BLACK, HOLE, 32), wall)


def frame(radius: float, iron) -> Mesh:
    """The ring that stays in the road."""
    return join(
        flat_ring(radius + 0.015, radius + 0.09, 0.0125, np.asarray(iron) * 1.5),
        flat_ring(radius, radius + 0.015, 0.0115, (0.02, 0.02, 0.02)),
    )


def manhole_broken(rng: np.random.Generator) -> Mesh:
    """A cover of which a third to a half has fallen in."""
    made = manhole(rng)
    radius = made.bounds()[1][0] - 0.09
    angle, keep = rng.uniform(0, 2 * np.pi), rng.uniform(-0.15, 0.1) * radius
    kept = clipped(made, (np.cos(angle), np.sin(angle), 0.0), keep)
    chips = [lump(rng, rng.uniform(0.02, 0.05), IRON, rough=0.2, segments=6) for _ in range(4)]
    spread = [(rng.uniform(1.1, 1.4) * radius, rng.uniform(0, 6.3)) for _ in chips]
    around = [c.moved(d * np.cos(a), d * np.sin(a), 0.02) for c, (d, a) in zip(chips, spread)]
    return join(hole(radius), frame(radius, IRON), kept, *around)


def manhole_moved(rng: np.random.Generator) -> Mesh:
    """The lid lies beside its hole, moved by half its width and more."""
    made = manhole(rng)
    radius = made.bounds()[1][0] - 0.09
    away, angle = rng.uniform(1.1, 1.9) * radius, rng.uniform(0, 2 * np.pi)
    edge = lathe([(radius * 1.02, 0.0), (radius * 1.02, 0.05)], IRON, METAL, 24)
    lid = join(made.scaled(0.83, 0.83, 1.0).moved(0, 0, 0.05), edge).rotated("y", 0.03)
    return join(hole(radius), frame(radius, IRON), lid.moved(away * np.cos(angle), away * np.sin(angle), 0.012))


def manhole_open(rng: np.random.Generator) -> Mesh:
    """The cover is gone: the frame and the hole of the very cover that lay there."""
    radius = manhole(rng).bounds()[1][0] - 0.09
    return join(hole(radius), frame(radius, IRON))


def grate_missing(rng: np.random.Generator) -> Mesh:
    """The gully without its grate."""
    low, high = grate(rng).bounds()
    long, wide = high[0] - low[0] - 0.08, high[1] - low[1] - 0.04
    parts = [box((long, wide, 0.007), (0, 0, 0.0035), BLACK, HOLE)]
    parts += [box((long + 0.08, 0.04, 0.012), (0, s * wide / 2, 0.006), np.multiply(IRON, 1.2)) for s in (-1, 1)]
    parts += [box((0.04, wide, 0.012), (s * long / 2, 0, 0.006), np.multiply(IRON, 1.2)) for s in (-1, 1)]
    return join(*parts)


def grate_broken(rng: np.random.Generator) -> Mesh:
    """Half of the bars are gone."""
    whole = grate(np.random.default_rng(rng.integers(1 << 31)))
    low, high = whole.bounds()
    hollow = box((high[0] - low[0] - 0.06, high[1] - low[1] - 0.03, 0.006), (0, 0, 0.003), BLACK, HOLE)
    return join(hollow, clipped(whole, (1.0, 0.25, 0.0), rng.uniform(-0.05, 0.05)))


def puddle(rng: np.random.Generator) -> Mesh:
    """Water or oil on the road, an uneven dark patch of about a metre: no hole."""
    angle = np.linspace(0, 2 * np.pi, 33)
    wave = 1 + 0.22 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.12 * np.sin(5 * angle + rng.uniform(0, 6))
    wave[-1] = wave[0]
    size = rng.uniform(0.4, 0.7)
    edge = np.stack([1.3 * size * wave * np.cos(angle), size * wave * np.sin(angle), np.full(33, 0.004)], axis=1)
    centre = np.array([0.0, 0.0, 0.004])
    return triangles(np.array([[centre, a, b] for a, b in zip(edge[:-1], edge[1:])]), pick(rng, [(0.05, 0.05, 0.052), (0.10, 0.098, 0.095)]))


def ramp(rng: np.random.Generator) -> Mesh:
    """The hatched place before a dropped kerb that must stay free, 3.2 by 2 m, along x."""
    colour = pick(rng, [(0.65, 0.48, 0.04), (0.62, 0.62, 0.60)])
    parts = [box((3.2, 0.10, 0.006), (0, s * 0.95, 0.004), colour) for s in (-1, 1)]
    parts += [box((0.10, 2.0, 0.006), (s * 1.55, 0, 0.004), colour) for s in (-1, 1)]
    bars = [box((0.12, 2.5, 0.005), (x, 0, 0.0035), colour).rotated("z", 0.7) for x in (0.0,)]
    for x in np.arange(-2.4, 2.5, 0.6):
        bar = clipped(clipped(bars[0].moved(x), (0, 1, 0), 0.93), (0, -1, 0), 0.93)
        parts.append(clipped(clipped(bar, (1, 0, 0), 1.52), (-1, 0, 0), 1.52))
    return join(*(p for p in parts if len(p.position)))


BUILDERS: dict[str, Builder] = {
    "manhole-open": manhole_open,
    "manhole-broken": manhole_broken,
    "manhole-moved": manhole_moved,
    "grate-missing": grate_missing,
    "grate-broken": grate_broken,
    "sign-broken": bent(sign, 0.45, 1.9),
    "lamp-post-broken": broken_off(lamp_post, (0.62, 0.66)),
    "light-box-broken": broken_off(light_box, (0.45, 0.75)),
    "post-box-broken": broken_off(post_box, (0.40, 0.70)),
    "cabinet-broken": broken_off(cabinet, (0.40, 0.70)),
    "bin-litter-broken": broken_off(BINS["bin-litter-normal"], (0.35, 0.65)),
    "bin-wheelie-broken": broken_off(BINS["bin-wheelie-normal"], (0.35, 0.60)),
    "bin-container-broken": broken_off(BINS["bin-container-normal"], (0.35, 0.65)),
    "puddle": puddle,
    "ramp": ramp,
}
LABEL: dict[str, str | None] = {kind: None for kind in BUILDERS}
