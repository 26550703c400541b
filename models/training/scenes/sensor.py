"""What lens, sensor and weather do to a clean picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .light import Light


@dataclass
class Sensor:
    """A camera's own faults, drawn once from its seed; noise is drawn anew for each picture."""

    rng: np.random.Generator
    width: int
    height: int

    def __post_init__(self) -> None:
        y, x = np.mgrid[-1 : 1 : self.height * 1j, -1 : 1 : self.width * 1j]
        self.vignette = (1 - self.rng.uniform(0.0, 0.22) * (x**2 + y**2) / 2).astype("f4")[..., None]
        self.gain = self.rng.uniform(0.94, 1.06, 3).astype("f4")
        self.softness = float(self.rng.uniform(0.0, 0.7))
        shape = (4, self.height + 64, self.width + 64, 3)
        fine = self.rng.normal(size=shape[:3] + (1,)).astype("f4")
        colour = self.rng.normal(size=shape).astype("f4")
        grain = np.stack([cv2.GaussianBlur(0.8 * f + 0.45 * c, (0, 0), 0.6) for f, c in zip(fine, colour)])
        self.grain = grain / grain.std()

    def take(self, picture: np.ndarray, light: Light, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
        """uint8 BGR in, uint8 BGR out; `shift` in pixels, right and down, as the pole sways."""
        if shift != (0.0, 0.0):
            move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
            picture = cv2.warpAffine(picture, move, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
        out = picture.astype("f4")
        if light.night or light.exposure > 1.15:
            glow = cv2.resize(np.maximum(out - 225, 0) * 4, (self.width // 4, self.height // 4))
            glow = cv2.GaussianBlur(glow, (0, 0), 3) + 0.5 * cv2.GaussianBlur(glow, (0, 0), 9)
            out += cv2.resize(glow, (self.width, self.height))
        if light.rain > 0:
            out = self._rain(out, light)
        if self.softness > 0.25:
            out = cv2.GaussianBlur(out, (0, 0), self.softness)
        out *= self.vignette * self.gain
        k, dy, dx = int(self.rng.integers(4)), int(self.rng.integers(64)), int(self.rng.integers(64))
        out += light.noise * self.grain[k, dy : dy + self.height, dx : dx + self.width]
        return np.clip(out, 0, 255).astype(np.uint8)

    def _rain(self, out: np.ndarray, light: Light) -> np.ndarray:
        streaks = np.zeros((self.height, self.width), np.uint8)
        for _ in range(int(150 * light.rain)):
            x, y = self.rng.integers(self.width), self.rng.integers(self.height)
            length = int(self.rng.uniform(0.02, 0.06) * self.height)
            bright = int(self.rng.uniform(30, 90))
            cv2.line(streaks, (int(x), int(y)), (int(x + length * 0.12), int(y + length)), bright, 1)
        streaks = cv2.GaussianBlur(streaks, (0, 0), 0.7).astype("f4")[..., None]
        return out * (1 - streaks / 600) + streaks * (0.25 if light.night else 0.6)


def caption(picture: np.ndarray, name: str, clock: str) -> np.ndarray:
    """The words that every camera of this kind writes into its picture."""
    out = picture.copy()
    size = out.shape[1] / 1280
    left = int(32 * size)
    for text, y in ((clock, int(52 * size + 8)), (name, out.shape[0] - left)):
        write(out, text, (left, y), 0.9 * size + 0.1)
    return out


def write(picture: np.ndarray, text: str, at: tuple[int, int], size: float) -> None:
    """Bright words with a dark edge. A thicker stroke would do for the edge, but OpenCV sets it wider as well."""
    x, y = at
    for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        cv2.putText(picture, text, (x + dx, y + dy), cv2.FONT_HERSHEY_SIMPLEX, size, (20, 20, 20), 1, cv2.LINE_AA)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (240, 240, 240), 1, cv2.LINE_AA)
