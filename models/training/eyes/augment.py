"""Pictures as the detector sees them: 544x320, top left, padded with 114, BGR 0..255, and varied."""

from __future__ import annotations

import cv2
import numpy as np

from .pictures import Picture

# What the product hands over: a 16:9 picture fills it.
WIDTH, HEIGHT = 544, 320
PAD = 114
# An object of which less is left after a crop is an ignore region: neither asked for nor punished.
LEAST_LEFT = 0.35
# Smaller sides cannot be seen at stride 8.
LEAST_SIDE = 4.0

cv2.setNumThreads(1)

# boxes [n,4] in input pixels, labels [n], -1 is ignore
Objects = tuple[np.ndarray, np.ndarray]


def letterbox(image: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The plain input: picture at the top left, aspect kept; factors of x and y."""
    height, width = image.shape[:2]
    factor = min(WIDTH / width, HEIGHT / height)
    w, h = max(1, min(WIDTH, round(width * factor))), max(1, min(HEIGHT, round(height * factor)))
    canvas = np.full((HEIGHT, WIDTH, 3), PAD, np.uint8)
    shrinks = w < width
    canvas[:h, :w] = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return canvas, w / width, h / height


def place(
    picture: Picture,
    factors: tuple[float, float],
    shift: tuple[float, float],
    window: tuple[float, float, float, float],
) -> Objects:
    """Boxes scaled, shifted and cut to the window; what is hardly left or hardly visible is ignored."""
    scale = np.array(factors * 2, np.float32)
    boxes = picture.boxes * scale + np.array(shift * 2, np.float32)
    cut = boxes.copy()
    cut[:, 0::2] = boxes[:, 0::2].clip(window[0], window[2])
    cut[:, 1::2] = boxes[:, 1::2].clip(window[1], window[3])
    sides = cut[:, 2:] - cut[:, :2]
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    left = sides.prod(1) / np.maximum(area, 1e-6)
    labels = picture.labels.copy()
    labels[(left < LEAST_LEFT) | (picture.visible < 0.3) | (sides.min(1, initial=1e9) < LEAST_SIDE)] = -1
    some = sides.min(1, initial=1e9) > 1.0
    return cut[some], labels[some]


def plain(picture: Picture) -> tuple[np.ndarray, Objects]:
    """The picture as the product hands it over."""
    canvas, fx, fy = letterbox(picture.image)
    height, width = picture.image.shape[:2]
    return canvas, place(picture, (fx, fy), (0.0, 0.0), (0.0, 0.0, width * fx, height * fy))


class Augment:
    """Random views of pictures. One instance for each process, with its own seed."""

    def __init__(self, seed: int, mosaic: float = 0.25, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
        self.rng = np.random.default_rng(seed)
        self.mosaic = mosaic
        self.width, self.height = size
        # Drawn once: noise is a window into this.
        self.noise = self.rng.standard_normal((self.height + 96, self.width + 96, 3), np.float32)

    def __call__(self, picture: Picture, more: list[Picture]) -> tuple[np.ndarray, Objects]:
        """A varied picture; with `more` (three others) a mosaic of four."""
        if more:
            canvas, objects = self.four([picture, *more])
            return self.colours(canvas), objects
        if self.rng.random() < 0.3:
            return self.one(picture, (1.0, 1.0))
        return self.one(picture, (0.6, 2.2))

    def wants_mosaic(self) -> bool:
        """Whether the next picture should be a mosaic."""
        return bool(self.rng.random() < self.mosaic)

    def view(self, picture: Picture, w: int, h: int, zoom: tuple[float, float]) -> tuple[np.ndarray, Objects]:
        """A random part of the picture, at most `w` by `h`, zoomed relative to fitting that."""
        rng = self.rng
        height, width = picture.image.shape[:2]
        factor = min(w / width, h / height) * np.exp(rng.uniform(*np.log(zoom)))
        stretch = np.exp(rng.uniform(-0.1, 0.1)) if zoom[0] != zoom[1] else 1.0
        fx, fy = factor * stretch, factor / stretch
        cw, ch = min(width, int(w / fx)), min(height, int(h / fy))
        x, y = int(rng.integers(0, width - cw + 1)), int(rng.integers(0, height - ch + 1))
        ow, oh = max(8, min(w, round(cw * fx))), max(8, min(h, round(ch * fy)))
        fx, fy = ow / cw, oh / ch
        how = cv2.INTER_AREA if fx < 0.75 or (fx < 1 and rng.random() < 0.5) else cv2.INTER_LINEAR
        image = cv2.resize(picture.image[y : y + ch, x : x + cw], (ow, oh), interpolation=how)
        boxes, labels = place(picture, (fx, fy), (-x * fx, -y * fy), (0.0, 0.0, ow, oh))
        if rng.random() < 0.5:
            image = image[:, ::-1]
            boxes = np.stack([ow - boxes[:, 2], boxes[:, 1], ow - boxes[:, 0], boxes[:, 3]], 1)
        return image, (boxes, labels)

    def one(self, picture: Picture, zoom: tuple[float, float]) -> tuple[np.ndarray, Objects]:
        """A single picture on the padded canvas."""
        image, (boxes, labels) = self.view(picture, self.width, self.height, zoom)
        image = self.colours(np.ascontiguousarray(image))
        h, w = image.shape[:2]
        canvas = np.full((self.height, self.width, 3), PAD, np.uint8)
        x = y = 0
        if zoom[0] != zoom[1] and self.rng.random() < 0.5:
            x, y = int(self.rng.integers(0, self.width - w + 1)), int(self.rng.integers(0, self.height - h + 1))
        canvas[y : y + h, x : x + w] = image
        return canvas, (boxes + np.array([x, y, x, y], np.float32), labels)

    def four(self, pictures: list[Picture]) -> tuple[np.ndarray, Objects]:
        """Four pictures around a random point."""
        cx, cy = (int(v) for v in self.rng.uniform(0.35, 0.65, 2) * (self.width, self.height))
        canvas = np.full((self.height, self.width, 3), PAD, np.uint8)
        boxes, labels = [], []
        for k, picture in enumerate(pictures):
            x, w = (0, cx) if k % 2 == 0 else (cx, self.width - cx)
            y, h = (0, cy) if k < 2 else (cy, self.height - cy)
            image, (b, l) = self.view(picture, w, h, (1.0, 2.8))
            canvas[y : y + image.shape[0], x : x + image.shape[1]] = image
            boxes.append(b + np.array([x, y, x, y], np.float32))
            labels.append(l)
        return canvas, (np.concatenate(boxes), np.concatenate(labels))

    def colours(self, image: np.ndarray) -> np.ndarray:
        """Light, colour, blur, noise and compression."""
        rng = self.rng
        tinted = rng.random() < 0.12
        if tinted:
            grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            image = cv2.merge([grey, grey, grey])
        elif rng.random() < 0.5:
            grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
            colour = rng.uniform(0.4, 1.6)
            image = cv2.addWeighted(image, colour, grey, 1 - colour, 0)
        if rng.random() < 0.8:
            image = cv2.LUT(image, self.curve(tinted))
        kind = rng.random()
        if kind < 0.12:
            image = cv2.GaussianBlur(image, (3, 3), rng.uniform(0.4, 1.2))
        elif kind < 0.18:
            image = cv2.blur(image, (int(rng.integers(2, 5)), int(rng.integers(1, 4))))
        if rng.random() < 0.35:
            y, x = rng.integers(0, 96, 2)
            h, w = image.shape[:2]
            noise = self.noise[y : y + h, x : x + w] * np.float32(rng.uniform(1.5, 12))
            image = cv2.add(image, noise, dtype=cv2.CV_8U)
        if rng.random() < 0.25:
            _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])
            image = cv2.imdecode(code, cv2.IMREAD_COLOR)
        return image

    def curve(self, tinted: bool) -> np.ndarray:
        """A table for brightness, contrast, gamma and the channels' gains, [1,256,3]."""
        rng = self.rng
        x = np.linspace(0, 1, 256, dtype=np.float32)[:, None]
        gamma = np.exp(rng.uniform(-0.4, 0.5))
        gains = np.exp(rng.uniform(-0.12, 0.12, 3))
        if tinted and rng.random() < 0.6:
            gains = gains * np.array(rng.choice([[0.6, 0.85, 1.1], [1.1, 0.9, 0.7], [0.8, 1.1, 0.8]]))
        night = rng.random() < 0.12
        light = rng.uniform(0.25, 0.6) if night else rng.uniform(0.75, 1.3)
        contrast = rng.uniform(0.7, 1.35)
        y = (x**gamma - 0.45) * contrast + 0.45 + rng.uniform(-0.08, 0.08)
        return (y * light * gains * 255).clip(0, 255).astype(np.uint8)[None]
