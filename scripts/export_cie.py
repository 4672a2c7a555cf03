#!/usr/bin/env python3
"""Export the CIE 1931 2-degree standard observer for the renderer.

Source: the PyPI package `colour-science` (BSD-3-Clause), which carries the CIE's tables
(CIE 018:2019, DOI 10.25039/CIE.DS.xvudnb9b). Run from the root of the repository:

    python3 -m venv /tmp/cie && /tmp/cie/bin/pip install colour-science
    /tmp/cie/bin/python scripts/export_cie.py
"""

from pathlib import Path

import colour

DATA = Path("clovers/src/spectrum/data")


def main() -> None:
    observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"]
    lines = [
        "# CIE 1931 2-degree standard observer, 1 nm, 380 to 780 nm: wavelength, x, y, z.",
        f"# Exported by scripts/export_cie.py from colour-science {colour.__version__} (BSD-3-Clause).",
    ]
    for wavelength in range(380, 781):
        x, y, z = observer[wavelength]
        lines.append(f"{wavelength},{x:.12g},{y:.12g},{z:.12g}")
    path = DATA / "cie_1931_2deg.csv"
    path.write_text("\n".join(lines) + "\n")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
