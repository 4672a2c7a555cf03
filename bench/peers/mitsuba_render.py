"""Mitsuba 3, compiled for vector units by LLVM, with four wavelengths a path."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import drjit as dr
import mitsuba as mi
import numpy as np
from protocol import Measure, serve

VARIANT = "llvm_ad_spectral"
SAMPLER = "multijitter"

mi.set_variant(VARIANT)

import mitsuba_plugins  # noqa: E402 (Mitsuba's types are those of the variant)
from mitsuba_scene import Converter  # noqa: E402

mitsuba_plugins.register()
opened: list[mi.Scene] = []


def describe() -> dict[str, Any]:
    # Fails when LLVM is not there.
    dr.eval(mi.Float(1) + dr.opaque(mi.Float, 1))
    return {"version": f"{mi.__version__} ({VARIANT}, {SAMPLER} sampler), Dr.Jit {dr.__version__}"}


def open_scene(
    path: str, meshes: dict[str, Any], picture: dict[str, Any], sampler: str = SAMPLER
) -> dict[str, Any]:
    """Converts a scene file; returns what is not the same."""
    opened.clear()
    scene = json.loads(Path(path).read_text())
    with tempfile.TemporaryDirectory(prefix="clovers-bench-") as folder, Measure() as measure:
        converter = Converter(scene, meshes, Path(folder))
        opened.append(mi.load_dict(converter.convert(picture, sampler)))
    return {"differences": converter.differences, **measure.taken}


def render(picture: dict[str, Any], file: str) -> dict[str, Any]:
    """Renders the scene that is open; the picture is linear sRGB, row by row."""
    with Measure() as measure:
        image = mi.render(opened[0], spp=picture["samples"], seed=picture["seed"])
        dr.eval(image)
        dr.sync_thread()
    np.array(image, np.float32).tofile(file)
    return measure.taken


if __name__ == "__main__":
    serve({"describe": describe, "open_scene": open_scene, "render": render})
