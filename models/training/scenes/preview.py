"""Draws kinds of objects from a few sides: python -m scenes.preview OUT.png KIND [KIND ...]"""

from __future__ import annotations

import sys

import cv2
import numpy as np

from . import light
from .camera import Camera
from .mesh import ASPHALT, quad
from .render import Instance, Renderer


def main() -> None:
    out, kinds = sys.argv[1], sys.argv[2:]
    r = Renderer(320, 240)
    r.set_static(quad((-60, -60, 0), (60, -60, 0), (60, 60, 0), (-60, 60, 0), (0.16, 0.16, 0.16), ASPHALT))
    rng = np.random.default_rng(3)
    lights = [light.day(rng), light.overcast(rng), light.dusk(rng), light.night(rng)]
    rows = []
    for n, kind in enumerate(kinds):
        low, high = r.model(kind, n).bounds
        radius = max(np.linalg.norm(high - low) / 2, 0.5)
        row = []
        for yaw, up, l in ((2.5, 25, 0), (1.57, 12, 1), (-0.5, 35, 0), (3.7, 25, 2)):
            angle, height = yaw, np.radians(up)
            away = radius * 3.2
            camera = Camera(
                away * np.cos(angle) * np.cos(height),
                away * np.sin(angle) * np.cos(height),
                away * np.sin(height) + high[2] / 2,
                angle + np.pi,
                -height,
                np.radians(42),
            )
            tint = tuple(np.random.default_rng(n).uniform(0.05, 0.8, 3))
            row.append(r.draw(camera, lights[l], [Instance(kind, n, 0, 0, tint=tint, lamps=l == 2)]))
        line = np.concatenate(row, axis=1)
        cv2.putText(
            line,
            f"{kind} {high[0] - low[0]:.1f}x{high[1] - low[1]:.1f}x{high[2] - low[2]:.1f}",
            (6, 16),
            0,
            0.5,
            (0, 0, 255),
            1,
        )
        rows.append(line)
    cv2.imwrite(out, np.concatenate(rows))


if __name__ == "__main__":
    main()
