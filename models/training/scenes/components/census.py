"""The census of a set's components: CSV with the fields of GB/T 47678.5 table 2, and the same as GeoJSON."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from .placing import Component, Site

DIVISION = "320113"
FIELDS = (
    "GLBJBSM GLBJMC ZGBMDM ZGBMMC QSDWDM QSDWMC YHDWDM YHDWMC SZDYWGBSM GLBJZT CSRQ BGRQ SJLY BZ "
    "lon lat camera preset nature polygon polyline width"
).split()
_METRE = 1 / 111_320  # degrees of latitude
_UNITS = ("区水务局", "市通信管理局", "区环卫所", "区交警大队", "区路灯所", "区城管局", "市邮政公司", "区市政所")


def origin(index: int) -> tuple[float, float]:
    """Longitude and latitude of the foot of a set's camera number `index`."""
    return 118.90 + 0.004 * (index % 25), 32.10 + 0.004 * (index // 25)


def place(index: int, turn: float, x: float, y: float) -> list[float]:
    """A point of the street (metres) as longitude, latitude; `turn` is where the street has its south."""
    lon, lat = origin(index)
    angle = -np.pi / 2 - turn  # from the street's frame to east and north
    east, north = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    return [round(lon + float(east) * _METRE / np.cos(np.radians(lat)), 7), round(lat + float(north) * _METRE, 7)]


def rows(camera: str, index: int, site: Site) -> list[dict]:
    """One row a component; the geometry for GeoJSON is in `geometry`."""
    return [_row(camera, index, site, c) for c in site.components]


def _row(camera: str, index: int, site: Site, c: Component) -> dict:
    owner = f"{DIVISION}{_UNITS.index(c.kind.owner) + 1:03d}"
    line = c.kind.nature == "line"
    ends = [place(index, site.turn, i.x, i.y) for i in c.parts]
    middle = [round(float(v), 7) for v in np.mean(ends, axis=0)]
    points = ";".join(f"{x} {y}" for x, y in c.points)
    return {
        "GLBJBSM": c.id,
        "GLBJMC": c.kind.name,
        "ZGBMDM": owner,
        "ZGBMMC": c.kind.owner,
        "QSDWDM": owner,
        "QSDWMC": c.kind.owner,
        "YHDWDM": owner,
        "YHDWMC": c.kind.owner,
        "SZDYWGBSM": f"{DIVISION}001001{index + 1:03d}",
        "GLBJZT": "完好",
        "CSRQ": "20260105",
        "BGRQ": "",
        "SJLY": "实测",
        "BZ": f"generated: {c.kind.word}",
        "lon": middle[0],
        "lat": middle[1],
        "camera": camera,
        "preset": "home",
        "nature": c.kind.nature,
        "polygon": "" if line else points,
        "polyline": points if line else "",
        "width": c.width if line else "",
        "geometry": {"type": "LineString", "coordinates": ends} if line else {"type": "Point", "coordinates": middle},
    }


def write(folder: Path, made: list[dict]) -> None:
    """components.csv and components.geojson."""
    with (folder / "components.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, FIELDS, extrasaction="ignore", lineterminator="\n")
        out.writeheader()
        out.writerows(made)
    # The geometry says in GeoJSON what lon and lat say in CSV.
    properties = lambda row: {f: row[f] for f in FIELDS if row[f] != "" and f not in ("lon", "lat")}
    features = [{"type": "Feature", "properties": properties(row), "geometry": row["geometry"]} for row in made]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    (folder / "components.geojson").write_text(text + "\n", encoding="utf-8")
