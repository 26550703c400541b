"""Where a component appears in the picture: the outline that a person would draw, computed by projection."""

from __future__ import annotations

import cv2
import numpy as np

from ..camera import Camera
from ..render import Instance, Renderer

Points = list[list[float]]
RAIL = 3.0  # metres of a segment


def silhouette(r: Renderer, camera: Camera, parts: tuple[Instance, ...]) -> np.ndarray:
    """bool [height, width]: what the parts would cover if nothing stood before them."""
    return r.ids(camera, list(parts), alone=True) > 0


def polygon(mask: np.ndarray) -> Points:
    """The outer edge of a silhouette, a pixel wide of it, 0..1; of several pieces the largest."""
    height, width = mask.shape
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    grown = cv2.morphologyEx(grown, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    found, _ = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    edge = cv2.approxPolyDP(max(found, key=cv2.contourArea), 1.2, True)[:, 0, :].astype(float) + 0.5
    return [[round(float(np.clip(x / width, 0, 1)), 5), round(float(np.clip(y / height, 0, 1)), 5)] for x, y in edge]


def rail_line(r: Renderer, camera: Camera, parts: tuple[Instance, ...]) -> tuple[Points, float]:
    """A railing's middle line, 0..1, and the width of its band as a share of the picture's height."""
    high = float(r.model(parts[0].kind, parts[0].seed).bounds[1][2])
    xs = [parts[0].x - RAIL / 2] + [p.x + RAIL / 2 for p in parts]
    at = lambda z: camera.project(np.array([(x, parts[0].y, parts[0].z + z) for x in xs]), r.aspect)[:, :2]
    foot, top, middle = at(0.0), at(high), at(high / 2)
    width = float(np.mean(foot[:, 1] - top[:, 1]))
    line = [[round(float(np.clip(v, 0.0, 1.0)), 5) for v in p] for p in middle]
    return line, round(width, 5)


def bbox(points: Points, width: float = 0.0) -> list[float]:
    """x, y, w, h in 0..1; `width` is the band of a line."""
    p = np.array(points)
    low, high = p.min(axis=0), p.max(axis=0)
    low[1], high[1] = max(low[1] - width / 2, 0.0), min(high[1] + width / 2, 1.0)
    return [round(float(v), 4) for v in (*low, *(high - low))]
