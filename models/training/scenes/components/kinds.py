"""The kinds of components that scenes have: their class in GB/T 47678.5, where they stand, what can befall them."""

from __future__ import annotations

from dataclasses import dataclass

WATER, TRAFFIC, CLEAN = "区水务局", "区交警大队", "区环卫所"


@dataclass(frozen=True)
class Kind:
    """`objects` are builders to choose from; `ground` says where it stands, `reach` how far from the camera (metres).

    `smallest` is the least width and height in the picture, pixels of 1280x720.
    """

    word: str
    code: str  # class by GB/T 47678.5: major 2, minor 3
    name: str
    owner: str
    nature: str  # flat, standing, line, face, clear: as the operators know them
    objects: tuple[str, ...]
    ground: str
    reach: tuple[float, float]
    smallest: tuple[int, int]
    changes: tuple[str, ...] = ("missing", "displaced", "damaged")
    chance: float = 1.0


COVERS = ("manhole",)
# The first two are the hardest to find a place for: without them a street is given up.
KINDS = (
    Kind("railing", "02017", "交通护栏", TRAFFIC, "line", ("railing",), "kerb-line", (11, 22), (90, 40)),
    Kind("billboard", "03006", "户外广告", "区城管局", "face", ("billboard",), "facade", (13, 34), (60, 50)),
    Kind("sewer-cover", "01002", "污水井盖", WATER, "flat", COVERS, "road", (8, 17), (38, 13)),
    Kind("rain-cover", "01003", "雨水井盖", WATER, "flat", COVERS, "pavement", (8, 17), (38, 13)),
    Kind(
        "telecom-cover", "01007", "通信井盖", "市通信管理局", "flat", COVERS, "pavement", (8, 18), (38, 13), chance=0.6
    ),
    Kind("rain-grate", "01004", "雨水箅子", WATER, "flat", ("grate",), "gutter", (8, 14), (36, 13), chance=0.6),
    Kind(
        "bin",
        "03005",
        "垃圾箱",
        CLEAN,
        "standing",
        ("bin-litter-normal", "bin-container-normal", "bin-wheelie-normal"),
        "pavement",
        (10, 24),
        (30, 42),
    ),
    Kind(
        "bin",
        "03005",
        "垃圾箱",
        CLEAN,
        "standing",
        ("bin-litter-normal", "bin-wheelie-normal"),
        "pavement",
        (10, 24),
        (26, 40),
        chance=0.8,
    ),
    Kind("sign", "02010", "交通标志牌", TRAFFIC, "standing", ("sign",), "kerb", (12, 30), (22, 70)),
    Kind("sign", "02010", "交通标志牌", TRAFFIC, "standing", ("sign",), "kerb", (12, 30), (22, 70), chance=0.6),
    Kind("street-lamp", "01037", "路灯", "区路灯所", "standing", ("lamp-post",), "kerb", (17, 48), (14, 90)),
    Kind(
        "light-box", "03006", "户外广告", "区城管局", "face", ("light-box",), "facade", (11, 26), (30, 60), chance=0.6
    ),
    Kind(
        "telecom-cabinet",
        "01027",
        "通信交接箱",
        "市通信管理局",
        "standing",
        ("cabinet",),
        "pavement",
        (11, 26),
        (28, 45),
        chance=0.5,
    ),
    Kind(
        "post-box", "01042", "邮筒", "市邮政公司", "standing", ("post-box",), "pavement", (10, 24), (20, 45), chance=0.5
    ),
    Kind(
        "barrier-free",
        "02034",
        "无障碍设施",
        "区市政所",
        "clear",
        ("ramp",),
        "parking",
        (10, 22),
        (80, 24),
        changes=("blocked",),
    ),
)
NEEDED = 2  # so many of the first kinds must have a place
LEAST, MOST = 8, 12  # components of a camera
