"""Colours of our scene files in the terms of Mitsuba: linear sRGB, and tables of spectra.

Our white is the equal-energy spectrum, Mitsuba's is D65: colours keep their sRGB values, and light
spectra are multiplied by D65, so that pictures look the same.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np

SPECTRA = Path(__file__).resolve().parents[2] / "clovers" / "src" / "spectrum" / "data"

# IEC 61966-2-1, from XYZ of D65.
SRGB_OF_XYZ = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)
# Bradford, from the equal-energy white to D65.
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
D65_WHITE = np.array([0.95047, 1.0, 1.08883])
D65_OF_E = (
    np.linalg.inv(BRADFORD)
    @ np.diag((BRADFORD @ D65_WHITE) / (BRADFORD @ np.ones(3)))
    @ BRADFORD
)


def components(value: Any) -> list[float]:
    return list(value.values()) if isinstance(value, dict) else list(value)


def decode(encoded: float) -> float:
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4


def of_xyz_e(xyz: Any) -> list[float]:
    return list(SRGB_OF_XYZ @ D65_OF_E @ np.array(components(xyz)))


def of_oklch(lightness: float, chroma: float, hue: float) -> list[float]:
    """B. Ottosson, "A perceptual color space for image processing", 2020."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return [
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    ]


def linear_srgb(color: Any) -> list[float]:
    """A colour in any notation of a scene file."""
    if isinstance(color, list):
        return [decode(value) for value in color]
    if "red" in color:
        return [decode(color[name]) for name in ("red", "green", "blue")]
    (notation, value), *_ = color.items()
    match notation:
        case "hex":
            digits = value.lstrip("#")
            if len(digits) == 3:
                digits = "".join(2 * digit for digit in digits)
            return [decode(int(digits[i : i + 2], 16) / 255) for i in (0, 2, 4)]
        case "srgb":
            return [decode(value) for value in components(value)]
        case "lin_srgb":
            return components(value)
        case "xyz_d65":
            return list(SRGB_OF_XYZ @ np.array(components(value)))
        case "xyz_e":
            return of_xyz_e(value)
        case "oklch":
            return of_oklch(*components(value))
    raise ValueError(f"{notation} is not a notation of colours")


def _table(name: str) -> dict[str, np.ndarray]:
    lines = (SPECTRA / name).read_text().splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    if rows[0][0] == "nm":
        names, rows = rows[0], rows[1:]
    else:
        names = ["nm", "x", "y", "z"]
    columns = np.array(rows, float).T
    return dict(zip(names, columns, strict=True))


def illuminant(name: str) -> tuple[float, float, np.ndarray]:
    """The first and the last wavelength and the radiances between them.

    The luminance is that of the published table, where a spectrum of 1 has luminance 1.
    """
    table, observer = _table("illuminants.csv"), _table("cie_1931_2deg.csv")

    def luminance(values: np.ndarray) -> float:
        fine = np.interp(observer["nm"], table["nm"], values)
        return float((fine * observer["y"]).sum() / observer["y"].sum())

    published = table[name.removeprefix("Illuminant")]
    shown = published * table["D65"]
    shown *= luminance(published) / luminance(shown)
    return table["nm"][0], table["nm"][-1], shown
