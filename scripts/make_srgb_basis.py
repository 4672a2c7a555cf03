#!/usr/bin/env python3
"""Make the three smooth spectra that textures in sRGB are mixed of.

After I. Mallett and C. Yuksel, "Spectral Primary Decomposition for Rendering with sRGB Reflectance", EGSR 2019:
spectra R, G, B in [0, 1] that sum to 1 at every wavelength and have the colours of the sRGB primaries, as smooth as
possible: the sum of their squared first differences is least. Ours differ in the white: their colours are relative to
equal energy, with the primaries adapted by Bradford, as in srgb.rs. Run from the root of the repository:

    python3 -m venv /tmp/basis && /tmp/basis/bin/pip install numpy scipy
    /tmp/basis/bin/python scripts/make_srgb_basis.py
"""

from pathlib import Path

import numpy as np
from scipy.optimize import minimize

DATA = Path("clovers/src/spectrum/data")
STEP = 5
NODES = np.arange(380, 781, STEP)
DIGITS = 7


def main() -> None:
    responses = responses_of_nodes()
    primaries = srgb_primaries()
    red, green = smoothest(responses, primaries)

    # Nothing below 0, and no sum above 1, after rounding either.
    red = np.round(np.clip(red, 0, 1), DIGITS)
    green = np.round(np.clip(green, 0, 1 - red), DIGITS)
    blue = 1 - red - green

    error = np.abs(responses @ np.array([red, green, blue]).T - primaries).max()
    steepest = max(np.abs(np.diff(s)).max() for s in (red, green, blue)) / STEP
    print(f"largest error of X, Y, Z: {error:.1e}; largest slope: {steepest:.4f} per nm")
    assert error < 1e-6 and blue.min() > -1e-12

    lines = [
        f"# Spectra of the linear sRGB primaries red and green, {STEP} nm, 380 to 780 nm; linear in between.",
        "# Blue is what is missing to 1. Made by scripts/make_srgb_basis.py, which says how.",
    ]
    lines += [f"{nm},{r:.{DIGITS}g},{g:.{DIGITS}g}" for nm, r, g in zip(NODES, red, green)]
    path = DATA / "srgb_basis.csv"
    path.write_text("\n".join(lines) + "\n")
    print(f"wrote {path}")


def responses_of_nodes() -> np.ndarray:
    """What a spectrum's value at each node adds to X, Y, Z, integrated as in cie.rs: by the trapezoid rule at every
    nanometre, each response scaled to integral 1."""
    table = np.loadtxt(DATA / "cie_1931_2deg.csv", delimiter=",")
    nm, responses = table[:, 0], table[:, 1:]
    responses[[0, -1]] *= 0.5
    responses /= responses.sum(axis=0)
    hats = np.array([np.interp(nm, NODES, row) for row in np.eye(len(NODES))])
    return (hats @ responses).T


def srgb_primaries() -> np.ndarray:
    """The colours of red, green and blue (columns): XYZ relative to equal energy, as in srgb.rs."""

    def of_chromaticity(x, y):
        return np.array([x / y, 1, (1 - x - y) / y])

    white = of_chromaticity(0.3127, 0.3290)
    primaries = np.column_stack([of_chromaticity(*xy) for xy in ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))])
    primaries = primaries * np.linalg.solve(primaries, white)
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    gain = (cone @ np.ones(3)) / (cone @ white)
    adapted = np.linalg.inv(cone) @ np.diag(gain) @ cone @ primaries
    return adapted / adapted.sum(axis=1, keepdims=True)


def smoothest(responses: np.ndarray, primaries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Red and green at the nodes. Blue is 1 - red - green, and has its colour when these have theirs."""
    n = len(NODES)
    identity, zero = np.eye(n), np.zeros((3, n))
    step = np.diff(identity, axis=0)
    steps = np.block([[step, 0 * step], [0 * step, step], [step, step]])
    roughness = steps.T @ steps
    colours = np.block([[responses, zero], [zero, responses]])
    goal = np.concatenate([primaries[:, 0], primaries[:, 1]])
    rest = -np.hstack([identity, identity])
    result = minimize(
        lambda v: 0.5 * v @ roughness @ v,
        np.full(2 * n, 1 / 3),
        jac=lambda v: roughness @ v,
        method="SLSQP",
        bounds=[(0, 1)] * (2 * n),
        constraints=[
            {"type": "eq", "fun": lambda v: colours @ v - goal, "jac": lambda _: colours},
            {"type": "ineq", "fun": lambda v: 1 + rest @ v, "jac": lambda _: rest},
        ],
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    assert result.success, result.message
    return result.x[:n], result.x[n:]


if __name__ == "__main__":
    main()
