"""The sky over a camera, hour by hour: clouds, rain, fog, and what weather leaves lying."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sky:
    """All 0..1."""

    cloud: float = 0.0
    rain: float = 0.0
    wet: float = 0.0
    fog: float = 0.0
    snow: float = 0.0  # lying
    litter: float = 0.0  # leaves lying


# What kind of day it is: (hour, value) corners, joined by straight lines. Clouds of a broken day are drawn below.
_DAYS: dict[str, dict[str, tuple[tuple[float, float], ...]]] = {
    "sunny": {"cloud": ((0, 0.05),)},
    "broken": {"cloud": ((0, 0.1),)},
    "overcast": {"cloud": ((0, 0.95),), "fog": ((5, 0.3), (9, 0.0))},
    "rain-morning": {
        "cloud": ((0, 0.9), (12, 0.95), (15, 0.1)),
        "rain": ((6.2, 0), (7, 0.8), (10.5, 0.6), (11.2, 0)),
        "wet": ((6.3, 0), (7, 0.9), (11, 0.9), (15, 0)),
    },
    "rain-evening": {
        "cloud": ((0, 0.1), (11, 0.2), (13, 0.95)),
        "rain": ((14.2, 0), (15, 0.7), (21, 0.8), (23, 0)),
        "wet": ((14.3, 0), (15, 0.9), (24, 0.9)),
    },
    "fog": {"cloud": ((0, 0.9), (10, 0.8), (12, 0.15)), "fog": ((2, 0), (5, 1.0), (8.5, 0.8), (11, 0.0))},
    "snow": {
        "cloud": ((0, 0.95), (10, 0.9), (13, 0.3)),
        "snow": ((0.5, 0), (5.5, 1.0), (10.5, 0.9), (16.5, 0.0)),
        "wet": ((9, 0), (12, 0.7), (18, 0.3)),
    },
    "leaves": {"cloud": ((0, 0.4), (9, 0.1)), "litter": ((3, 0), (5.5, 0.8), (15, 1.0), (15.5, 0.05), (20, 0.05))},
}
REFERENCE = ("sunny", "overcast", "broken")


@dataclass(frozen=True)
class Weather:
    """Days of weather from a seed; day 0 is the first of the days of reference."""

    days: tuple[str, ...]
    seed: int

    def at(self, hours: float) -> Sky:
        """The sky so many hours after the first midnight."""
        day, hour = self.days[min(int(hours // 24), len(self.days) - 1)], hours % 24
        values = {
            name: float(np.interp(hour, [h for h, _ in corners], [v for _, v in corners]))
            for name, corners in _DAYS[day].items()
        }
        if day == "broken":
            # A cloud covers the sun in every third half hour or so.
            covered = np.random.default_rng([self.seed, int(hours * 2)]).random() < 0.35
            values["cloud"] = 0.75 if covered else 0.1
        return Sky(**values)

    def spells(self) -> list[tuple[str, float, float]]:
        """What is worth telling as a look-alike: (word, from, to) in hours."""
        out = []
        for k, day in enumerate(self.days):
            for name, word in (("rain", "rain"), ("fog", "fog"), ("snow", "snow"), ("litter", "leaves")):
                hours = [h for h in np.arange(0, 24, 0.25) if _value(day, name, h) > 0.08]
                if hours:
                    out.append((word, 24 * k + float(min(hours)), 24 * k + float(max(hours)) + 0.25))
            if day in ("sunny", "broken"):
                out.append(("moving-shadow" if day == "sunny" else "cloud-shadow", 24 * k + 7.0, 24 * k + 17.5))
        return out


def _value(day: str, name: str, hour: float) -> float:
    corners = _DAYS[day].get(name, ((0, 0.0),))
    return float(np.interp(hour, [h for h, _ in corners], [v for _, v in corners]))
