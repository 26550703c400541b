"""The light at an hour of the day: where the sun stands, how bright the sky is, when lamps burn."""

from __future__ import annotations

import numpy as np

from ..light import Lamp, Light
from .weather import Sky

SUNRISE, SUNSET = 5.9, 18.3
HIGHEST = np.radians(58)  # the sun at noon


def light_at(hour: float, sky: Sky, turn: float, gain: float, lamps: tuple[Lamp, ...]) -> Light:
    """`turn` is where the street has its south, radians; `gain` is the exposure that the camera chose, around 1."""
    way = (hour - SUNRISE) / (SUNSET - SUNRISE)
    height = float(np.arcsin(np.sin(HIGHEST) * np.sin(np.pi * way))) if -0.2 < way < 1.2 else -0.5
    day = float(np.clip((height + 0.06) / 0.30, 0, 1)) ** 0.8  # 0 at night, 1 when the sun is well up
    low = float(np.clip(1 - height / 0.5, 0, 1))  # 1 at the horizon
    azimuth = turn + np.pi / 2 - np.pi * way
    sun = _direction(azimuth, max(height, 0.05)) if day > 0.02 else _direction(azimuth, 0.9)
    clear = 1 - sky.cloud
    up = float(np.clip((height + 0.02) / 0.25, 0, 1))
    strength = up * (2.9 * clear**1.5 + 0.25 * sky.cloud)
    warm = (1.0, 1 - 0.42 * low**2, 1 - 0.75 * low**2)
    grey = 1 - 0.75 * clear
    blue = (0.62 + 0.28 * grey, 0.72 + 0.19 * grey, 0.88 + 0.06 * grey)
    bright = 0.055 + day * (0.95 + 0.15 * sky.cloud) * (1 - 0.3 * sky.rain)
    night = day < 0.22
    # Snow throws the light back up; cameras that expose by themselves darken for it.
    exposure = gain * (2.1 - 1.1 * min(day * 1.6, 1.0)) * (1 - 0.22 * sky.snow)
    haze = [0.72 - 0.1 * low, 0.76 - 0.14 * low, 0.82 - 0.2 * low]
    return Light(
        sun,
        tuple(strength * w for w in warm),
        tuple(bright * b for b in blue),
        tuple(bright * g * (1 + 0.9 * sky.snow) for g in (0.36, 0.34, 0.31)),
        tuple(max(0.04, day) * h for h in haze),
        0.0022 + 0.006 * sky.rain + 0.030 * sky.fog**1.5,
        exposure,
        wet=sky.wet,
        snow=sky.snow,
        litter=sky.litter,
        rain=sky.rain,
        night=night,
        noise=1.4 + 3.2 * (1 - day),
        lamps=lamps if day < 0.45 else (),
    )


def headlamps(hour: float, sky: Sky) -> bool:
    """Whether vehicles drive with their lamps on."""
    return not SUNRISE + 0.4 < hour < SUNSET - 0.4 or sky.rain > 0.4 or sky.fog > 0.5


def lit(hour: float) -> bool:
    """Whether it is day enough to judge by daylight."""
    return bool(SUNRISE + 0.3 < hour < SUNSET - 0.3)


def word(hour: float, sky: Sky) -> str:
    """What a person would call this light."""
    if not SUNRISE - 0.6 < hour < SUNSET + 0.6:
        return "wet-night" if sky.wet > 0.4 else "night"
    if not SUNRISE + 0.5 < hour < SUNSET - 0.5:
        return "dusk"
    for name in ("snow", "rain", "fog", "litter", "wet"):
        if getattr(sky, name) > 0.25:
            return {"litter": "leaves"}.get(name, name)
    return "overcast" if sky.cloud > 0.5 else "sun"


def _direction(azimuth: float, height: float) -> tuple[float, float, float]:
    return (
        float(np.cos(azimuth) * np.cos(height)),
        float(np.sin(azimuth) * np.cos(height)),
        float(np.sin(height)),
    )
