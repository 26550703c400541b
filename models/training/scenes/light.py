"""Day, dusk, night and weather: what lights a scene and what hangs in its air."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Lamp:
    """A street lamp or headlight: position, direction of its cone, colour times strength, cosine of half the cone."""

    position: tuple[float, float, float]
    direction: tuple[float, float, float]
    colour: Rgb
    cosine: float = 0.3
    reach: float = 25.0


@dataclass(frozen=True)
class Light:
    """Linear light; `sun` points to the sun. `wet` 0..1 darkens and shines, `leaves` 0..1 dapples the sun.

    What weather leaves lying: `snow` 0..1 covers what looks up, `litter` 0..1 strews fallen leaves.
    """

    sun: tuple[float, float, float]
    sun_colour: Rgb
    sky: Rgb
    ground: Rgb
    fog: Rgb
    fog_density: float = 0.002
    exposure: float = 1.0
    wet: float = 0.0
    leaves: float = 0.0
    snow: float = 0.0
    litter: float = 0.0
    rain: float = 0.0
    night: bool = False
    noise: float = 2.0  # sensor noise, grey levels
    lamps: tuple[Lamp, ...] = field(default=())

    def dimmed(self, sun: float, sky: float = 1.0) -> Light:
        """As when a cloud passes or a lamp fails: sun and sky times a factor."""
        scale = lambda c, f: tuple(f * v for v in c)
        return replace(self, sun_colour=scale(self.sun_colour, sun), sky=scale(self.sky, sky), fog=scale(self.fog, sky))


def _sun(rng: np.random.Generator, low: float, high: float) -> tuple[float, float, float]:
    azimuth, height = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(low, high))
    return (np.cos(azimuth) * np.cos(height), np.sin(azimuth) * np.cos(height), np.sin(height))


def _warmth(rng: np.random.Generator, strength: float) -> Rgb:
    warm = rng.uniform(0.0, 0.25)
    return (strength, strength * (1 - 0.35 * warm), strength * (1 - warm))


def day(rng: np.random.Generator) -> Light:
    """Sun with shadows, at any hour from morning to evening."""
    blue = rng.uniform(0.85, 1.1)
    return Light(
        _sun(rng, 25, 70),
        _warmth(rng, rng.uniform(2.2, 3.2)),
        (0.62, 0.72 * blue, 0.88 * blue),
        (0.32, 0.30, 0.27),
        (0.72, 0.78, 0.85),
        rng.uniform(0.001, 0.004),
        rng.uniform(0.85, 1.15),
        leaves=float(rng.random() < 0.4) * rng.uniform(0.3, 0.8),
        noise=rng.uniform(1.0, 2.5),
    )


def overcast(rng: np.random.Generator) -> Light:
    """No shadows, flat light."""
    s = rng.uniform(0.9, 1.2)
    return Light(
        _sun(rng, 50, 80),
        (0.35, 0.35, 0.35),
        (s, s * 1.02, s * 1.06),
        (0.38, 0.37, 0.35),
        (0.74, 0.76, 0.78),
        rng.uniform(0.003, 0.008),
        rng.uniform(0.85, 1.1),
        noise=rng.uniform(1.2, 2.8),
    )


def rain(rng: np.random.Generator) -> Light:
    """Overcast, wet road, streaks in the air."""
    base = overcast(rng)
    return replace(
        base.dimmed(0.6, rng.uniform(0.6, 0.85)),
        wet=rng.uniform(0.6, 1.0),
        rain=rng.uniform(0.4, 1.0),
        fog_density=rng.uniform(0.006, 0.014),
        noise=rng.uniform(1.8, 3.2),
    )


def dusk(rng: np.random.Generator) -> Light:
    """Low light and long shadows, lamps just on."""
    return Light(
        _sun(rng, 6, 16),
        (1.3, 0.75, 0.4),
        (0.34, 0.36, 0.50),
        (0.2, 0.18, 0.18),
        (0.55, 0.45, 0.45),
        rng.uniform(0.002, 0.006),
        rng.uniform(1.1, 1.4),
        noise=rng.uniform(2.5, 4.0),
    )


def night(rng: np.random.Generator) -> Light:
    """Street lamps and headlights; the sky gives almost nothing."""
    s = rng.uniform(0.05, 0.10)
    return Light(
        _sun(rng, 40, 70),
        (0.02, 0.02, 0.03),
        (s, s * 1.05, s * 1.3),
        (0.04, 0.04, 0.04),
        (0.04, 0.045, 0.06),
        rng.uniform(0.002, 0.006),
        rng.uniform(1.7, 2.4),
        night=True,
        noise=rng.uniform(3.0, 5.5),
    )


def wet_night(rng: np.random.Generator) -> Light:
    """Night with rain."""
    return replace(night(rng), wet=rng.uniform(0.6, 1.0), rain=rng.uniform(0.3, 0.8), fog_density=0.009)


LIGHTS = {"day": day, "overcast": overcast, "rain": rain, "dusk": dusk, "night": night, "wet-night": wet_night}
