"""The words: classes of the street detector, states of the classifiers, COCO's words, and the split."""

from __future__ import annotations

import hashlib

CLASSES: list[str] = [
    "person",
    "two-wheeler",
    "tricycle",
    "car",
    "bus",
    "truck",
    "muck-truck",
    "stall",
    "umbrella",
    "bin",
    "waste",
]
BIN_STATES: list[str] = ["bin-normal", "bin-over-rim", "bin-lid-open", "bin-waste-beside", "bin-fallen"]
LOADS: list[str] = ["load-empty", "load-covered", "load-uncovered"]

COCO: list[str] = [
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "dining table",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
]

# COCO's word to ours; objects of all other COCO classes are background.
FROM_COCO: dict[str, str] = {
    "person": "person",
    "bicycle": "two-wheeler",
    "motorcycle": "two-wheeler",
    "car": "car",
    "bus": "bus",
    "truck": "truck",
    "umbrella": "umbrella",
}

# Which COCO rows of the class convolutions a class of ours starts from: their mean.
STARTS_FROM: dict[str, list[str]] = {
    "person": ["person"],
    "two-wheeler": ["bicycle", "motorcycle"],
    "tricycle": ["motorcycle", "truck"],
    "car": ["car"],
    "bus": ["bus"],
    "truck": ["truck"],
    "muck-truck": ["truck"],
    "stall": ["dining table", "umbrella", "bench"],
    "umbrella": ["umbrella"],
    "bin": ["suitcase", "refrigerator", "parking meter"],
    "waste": ["suitcase", "backpack", "handbag"],
}

# Below this visible share an object is neither asked for nor punished.
LEAST_VISIBLE = 0.3


def held_out(file_name: str) -> bool:
    """Whether a real picture is never trained on: a fifth, by the hash of its file name."""
    return int(hashlib.sha256(file_name.encode()).hexdigest(), 16) % 5 == 0


def full_state(label: str, word: str | None) -> str | None:
    """A state as the classifiers name it; label files may leave out the first word (`over-rim`)."""
    if not word:
        return None
    known = BIN_STATES if label == "bin" else LOADS
    for candidate in (word, f"bin-{word}", f"load-{word}"):
        if candidate in known:
            return candidate
    return None
