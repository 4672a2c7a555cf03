"""Intel's Embree, through the Python package embreex: it traces ray by ray on one thread."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from protocol import Measure, serve

FARTHEST = np.float32(1e37)
"""The distance of rays that hit nothing."""

buffers: dict[str, tuple[np.ndarray, np.ndarray]] = {}
scenes: dict[str, EmbreeScene] = {}
rays: dict[tuple[str, ...], list[np.ndarray]] = {}


def describe() -> dict[str, Any]:
    return {"version": version("embreex").split(".post")[0] + " (embreex)"}


def triples(path: str, kind: type) -> np.ndarray:
    return np.fromfile(path, kind).reshape(-1, 3)


def make_mesh(mesh: str, files: list[str]) -> dict[str, Any]:
    """Reads a mesh that the other side has written, and builds its hierarchy."""
    buffers[mesh] = (triples(files[0], np.float32), triples(files[1], np.int32))
    return build(mesh)


def build(mesh: str) -> dict[str, Any]:
    """Embree builds at the first ray."""
    scenes.pop(mesh, None)
    scene = EmbreeScene()
    TriangleMesh(scene, *buffers[mesh])
    ray = np.array([[0, 0, 1]], np.float32)
    with Measure() as measure:
        scene.run(ray, ray, query="DISTANCE")
    scenes[mesh] = scene
    return {"triangles": len(buffers[mesh][1]), **measure.taken}


def trace(mesh: str, files: list[str], distances: str | None = None) -> dict[str, Any]:
    key = tuple(files)
    if key not in rays:
        rays[key] = [triples(path, np.float32) for path in files]
    origins, directions = rays[key]
    # Of all calls that return distances the fastest: they end up where the limits were.
    limits = np.full(len(origins), FARTHEST)
    with Measure() as measure:
        found = scenes[mesh].run(origins, directions, dists=limits, query="DISTANCE")
    if distances:
        found.tofile(distances)
    return {"taken": measure.taken, "hits": int((found < FARTHEST).sum())}


if __name__ == "__main__":
    serve({"describe": describe, "make_mesh": make_mesh, "build": build, "trace": trace})
