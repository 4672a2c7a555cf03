#!/usr/bin/env python3
"""Export the CIE's tables for the renderer: the 1931 2-degree standard observer and the illuminants.

Source: the PyPI package `colour-science` (BSD-3-Clause), which carries the CIE's tables: the observer
(CIE 018:2019, DOI 10.25039/CIE.DS.xvudnb9b) and the illuminants (CIE 15; DOI 10.25039/CIE.DS.etgmuqt5 for D50,
CIE.DS.hjfjmt59 for D65, CIE.DS.dhcw57sd for the LEDs, CIE.DS.54hy6srn for the fluorescent lamps).
Run from the root of the repository:

    python3 -m venv /tmp/cie && /tmp/cie/bin/pip install colour-science==0.4.7
    /tmp/cie/bin/python scripts/export_cie.py
"""

from pathlib import Path

import colour

DATA = Path("clovers/src/spectrum/data")
SOURCE = f"# Exported by scripts/export_cie.py from colour-science {colour.__version__} (BSD-3-Clause)."

# The package has its illuminants at every fifth nanometre.
ILLUMINANT_STEP = 5

# The scene format's names without "Illuminant", and the CIE's.
ILLUMINANTS = {
    "D50": "D50",
    "D65": "D65",
    **{f"LedB{i}": f"LED-B{i}" for i in range(1, 6)},
    "LedBH1": "LED-BH1",
    "LedRGB1": "LED-RGB1",
    "LedV1": "LED-V1",
    "LedV2": "LED-V2",
    **{f"FL{i}": f"FL{i}" for i in range(1, 13)},
    **{f"FL3_{i}": f"FL3.{i}" for i in range(1, 16)},
}


def main() -> None:
    write("cie_1931_2deg.csv", observer())
    write("illuminants.csv", illuminants())


def observer() -> list[str]:
    table = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"]
    lines = [
        "# CIE 1931 2-degree standard observer, 1 nm, 380 to 780 nm: wavelength, x, y, z.",
        SOURCE,
    ]
    for wavelength in range(380, 781):
        x, y, z = table[wavelength]
        lines.append(f"{wavelength},{x:.12g},{y:.12g},{z:.12g}")
    return lines


def illuminants() -> list[str]:
    tables = [colour.SDS_ILLUMINANTS[name] for name in ILLUMINANTS.values()]
    for table in tables:
        assert table.shape.interval == ILLUMINANT_STEP, table
    lines = [
        f"# CIE illuminants, {ILLUMINANT_STEP} nm (the package's own step; linear in between), 380 to 780 nm.",
        "# Values as published: D50 and D65 are 100 at 560 nm, the lamps have levels of their own.",
        SOURCE,
        "nm," + ",".join(ILLUMINANTS),
    ]
    for wavelength in range(380, 781, ILLUMINANT_STEP):
        row = (f"{table[wavelength]:.12g}" for table in tables)
        lines.append(f"{wavelength}," + ",".join(row))
    return lines


def write(name: str, lines: list[str]) -> None:
    path = DATA / name
    path.write_text("\n".join(lines) + "\n")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
