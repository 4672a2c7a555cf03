#!/usr/bin/env python3
"""Measures this engine beside its peers and prints one table. `./just bench` runs it.

bench/README.md tells what is measured and how. Only the standard library is needed here; a peer
whose packages are missing is left out, and the table says how to install it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SCENES = ROOT / "scenes"
PIXELS = 57_600
D_LINE_UM = 0.5876
# Scenes in which two surfaces lie in one plane so that the picture depends on which one is met.
AMBIGUOUS = {"light_booths": "which a ray meets of walls and frame, in one plane, is rounding"}
PACKAGES = {"Embree": "embreex", "Mitsuba": "mitsuba"}
SECTIONS = ["intersect", "paths", "build", "memory"]

MESHES = {"10 k": 10_000, "70 k": 70_000, "1 M": 1_000_000}
RAY_KINDS = ["primary", "bounce"]
# How much faster Embree is in C++ than through embreex, which spends time on every ray in Python's
# neighbourhood: Mrays/s of both, measured once on one machine. The goal is the C++ figure.
CPP_PER_EMBREEX = {
    ("10 k", "primary"): 17.8 / 11.0,
    ("10 k", "bounce"): 9.2 / 6.9,
    ("70 k", "primary"): 13.7 / 10.0,
    ("70 k", "bounce"): 5.9 / 4.1,
    ("1 M", "primary"): 8.7 / 6.6,
    ("1 M", "bounce"): 3.1 / 2.4,
}


def say(text: str) -> None:
    print(f"» {text}", file=sys.stderr, flush=True)


class Process:
    """A process that answers lines of JSON."""

    def __init__(self, command: list[str]) -> None:
        self._name = command[-1]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{Path(self._name).name} has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


class Row:
    """A line of the table."""

    HEAD = ["", "unit", "ours", "peer", "ours/peer", "goal", "ours/goal", ""]

    def __init__(
        self,
        what: str,
        unit: str,
        ours: float | None = None,
        peer: float | None = None,
        goal: float | None = None,
        ratio: float | None = None,
        remark: str = "",
    ) -> None:
        self.what, self.unit, self.ours, self.peer = what, unit, ours, peer
        self.goal, self.ratio, self.remark = goal, ratio, remark

    def cells(self) -> list[str]:
        def over(other: float | None) -> float | None:
            return self.ours / other if self.ours and other else None

        ratio = self.ratio or over(self.peer)
        numbers = [self.ours, self.peer, ratio, self.goal, over(self.goal)]
        return [self.what, self.unit, *map(number, numbers), self.remark]


def number(value: float | None) -> str:
    if value is None:
        return "–"
    if value == 0 or not math.isfinite(value):
        return str(value)
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 6)}f}"


def print_table(rows: Iterable[Row]) -> None:
    lines = [Row.HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(Row.HEAD))]
    lines.insert(1, ["─" * width for width in widths[:-1]] + [""])
    for line in lines:
        cells = [
            cell.ljust(width) if column in (0, 1, 7) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ]
        print("  ".join(cells).rstrip())


class Bench:
    """The processes, and what was measured so far."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.folder = folder
        self.ours = Process([str(options.engine)])
        self.peers: dict[str, Process] = {}
        self.versions: dict[str, str] = {}
        self.rows: list[Row] = []
        self.notes: list[str] = []
        # Whether the scene is the same there, the ratio, and the trimmed ratio.
        self.efficiencies: list[tuple[bool, float, float]] = []

    def peer(self, name: str, module: str) -> Process | None:
        """A peer that runs; `None` when it cannot."""
        if name in self.versions:
            return self.peers.get(name)
        try:
            if not find_spec(PACKAGES[name]):
                raise RuntimeError(f"no package {PACKAGES[name]}")
            process = Process([sys.executable, str(HERE / "peers" / module)])
            self.versions[name] = process.ask("describe")["version"]
        except (RuntimeError, OSError) as error:
            self.versions[name] = "missing"
            self.notes.append(
                f"{name} is missing ({error}). To install it: python3 -m venv .tools/bench && "
                ".tools/bench/bin/pip install -r bench/requirements.txt"
                + (", and as root: apt-get install libllvm19" if name == "Mitsuba" else "")
            )
            return None
        self.peers[name] = process
        return process

    def file(self, *parts: str) -> str:
        return str(self.folder / "-".join(part.replace(" ", "") for part in parts))

    def files(self, *parts: str) -> list[str]:
        return [self.file(*parts, "0"), self.file(*parts, "1")]

    def make_mesh(self, mesh: str) -> Process | None:
        """Both engines get the mesh; only the peer that is left out may be missing."""
        files = self.files("mesh", mesh)
        self.ours.ask("make_mesh", mesh=mesh, about=MESHES[mesh], files=files)
        embree = self.peer("Embree", "embree.py")
        if embree:
            embree.ask("make_mesh", mesh=mesh, files=files)
        return embree

    def intersect(self) -> None:
        for mesh in MESHES:
            say(f"intersect: {mesh} triangles")
            embree = self.make_mesh(mesh)
            for kind in RAY_KINDS:
                self.rows.append(self.intersect_rays(mesh, kind, embree))

    def intersect_rays(self, mesh: str, kind: str, embree: Process | None) -> Row:
        files, found = self.files("rays", mesh, kind), self.files("found", mesh, kind)
        rays = self.ours.ask("make_rays", mesh=mesh, kind=kind, size=1024, files=files)["rays"]
        ours, peer = [], []
        for turn in range(1 + (3 if self.options.quick else 9)):
            answer = self.ours.ask("trace", mesh=mesh, kind=kind, distances=found[0])
            ours.append(answer["taken"]["thread_seconds"])
            if embree:
                answer = embree.ask("trace", mesh=mesh, files=files, distances=found[1])
                peer.append(answer["taken"]["thread_seconds"])
            if turn == 0:
                # The first turn warms up.
                ours, peer = [], []
        row = Row(f"intersect {mesh} {kind}", "Mrays/s", rays / median(ours) / 1e6)
        row.remark = f"{answer['hits'] / rays:.0%} of rays hit"
        if embree:
            row.peer = rays / median(peer) / 1e6
            row.goal = row.peer * CPP_PER_EMBREEX[mesh, kind]
            differ = self.ours.ask("compare", files=found)
            row.remark += f"; {differ['hit_or_miss'] + differ['apart']} of {rays:,} differ"
        return row

    def paths(self) -> None:
        mitsuba = self.peer("Mitsuba", "mitsuba_render.py")
        names = [example["name"] for example in json.loads((SCENES / "examples.json").read_text())]
        for name in self.options.scenes or names:
            say(f"paths: {name}")
            scene = json.loads((SCENES / f"{name}.json").read_text())
            self.paths_scene(name, scene, self.size_of(name), mitsuba)
            parts = scene["materials"] + scene["objects"]
            ours_alone = any(part["kind"] in ("Dispersive", "MovingSphere") for part in parts)
            if mitsuba and (ours_alone or name in AMBIGUOUS):
                simpler_name = f"{name} simplified"
                say(f"paths: {simpler_name}")
                self.paths_scene(simpler_name, simplified(scene), self.size_of(name), mitsuba)
        for same in (True, False):
            self.mean_efficiency(same)

    def paths_scene(
        self, name: str, scene: Any, size: tuple[int, int], mitsuba: Process | None
    ) -> None:
        meshes = self.export_meshes(scene)
        path = self.file("scene", name)
        Path(path).write_text(json.dumps(scene))
        width, height = size
        samples = 16 if self.options.quick else 64
        picture = {"width": width, "height": height, "samples": samples, "max_depth": 64}
        self.ours.ask("open_scene", path=path)
        differences: list[str] = []
        if mitsuba:
            try:
                answer = mitsuba.ask("open_scene", path=path, meshes=meshes, picture=picture)
                differences = answer["differences"]
                differences += [AMBIGUOUS[name]] if name in AMBIGUOUS else []
            except RuntimeError as error:
                self.notes.append(f"Mitsuba does not render {name}: {error}")
                mitsuba = None
        files: dict[str, list[str]] = {"ours": [], "peer": []}
        taken: dict[str, list[float]] = {"ours": [], "peer": []}

        def render(who: str, seed: int) -> None:
            files[who].append(self.file(name, who, str(seed)))
            if who == "ours":
                answer = self.ours.ask("render", seed=seed, file=files[who][-1], **picture)
            else:
                assert mitsuba
                numbered = {**picture, "seed": seed}
                answer = mitsuba.ask("render", picture=numbered, file=files[who][-1])
            taken[who].append(self.seconds(answer))

        engines = ["ours", "peer"] if mitsuba else ["ours"]
        for seed in range(1 + (4 if self.options.quick else 6)):
            for who in engines:
                render(who, seed)
            if seed == 0:
                # The first turn compiles and warms up.
                for who in engines:
                    files[who], taken[who] = [], []
        paths = width * height * samples
        speed = {who: paths / median(taken[who]) / 1e6 for who in engines}
        noise = {who: self.ours.ask("noise", files=files[who]) for who in engines}

        def efficiency(who: str, error: str) -> float:
            return 1 / (noise[who][error] * median(taken[who]))

        row = Row(f"paths {name} speed", "Mpaths/s", speed["ours"], speed.get("peer"))
        better = Row(f"paths {name} efficiency", "1/(relMSE s)", efficiency("ours", "rel_mse"))
        if mitsuba:
            better.peer = efficiency("peer", "rel_mse")
            trimmed = [efficiency(who, "trimmed_rel_mse") for who in ("ours", "peer")]
            light = noise["ours"]["luminance"] / noise["peer"]["luminance"]
            row.remark = f"luminance ours/peer {light:.3f}"
            better.remark = f"{trimmed[0] / trimmed[1]:.3g} without the noisiest 0.1 % of pixels"
            ratio = efficiency("ours", "rel_mse") / better.peer
            self.efficiencies.append((not differences, ratio, trimmed[0] / trimmed[1]))
            if differences:
                row.remark += "; not the same: " + "; ".join(differences)
        self.rows += [row, better]
        for who in engines:
            for file in files[who]:
                Path(file).unlink()

    def mean_efficiency(self, same: bool) -> None:
        ratios = [ratio for is_same, *ratio in self.efficiencies if is_same == same]
        if not ratios:
            return
        raw, trimmed = zip(*ratios, strict=True)
        which = "the same" if same else "not the same"
        for what, of in (("geometric mean", geometric_mean), ("minimum", min)):
            row = Row(f"paths {len(ratios)} scenes {which}, {what}", "efficiency", ratio=of(raw))
            row.remark = f"{of(trimmed):.3g} without the noisiest 0.1 % of pixels"
            self.rows.append(row)

    def size_of(self, name: str) -> tuple[int, int]:
        """The shape of the example in about 57,600 pixels."""
        for example in json.loads((SCENES / "examples.json").read_text()):
            if example["name"] == name:
                aspect = example["opts"]["width"] / example["opts"]["height"]
                height = round(math.sqrt(PIXELS / aspect))
                return round(height * aspect), height
        raise SystemExit(f"there is no example scene {name}")

    def export_meshes(self, scene: Any) -> dict[str, Any]:
        """The meshes that a scene names, which from then on names them from anywhere."""
        meshes: dict[str, Any] = {}

        def visit(item: Any) -> None:
            if isinstance(item, list):
                for child in item:
                    visit(child)
            elif isinstance(item, dict):
                if "path" in item:
                    item["path"] = mesh = str(SCENES / item["path"])
                    stem = self.file("exported", str(len(meshes)))
                    meshes[mesh] = self.ours.ask(
                        "export_mesh", path=mesh, kind=item["kind"], stem=stem
                    )
                visit(list(item.values()))

        visit(scene["objects"])
        return meshes

    def seconds(self, taken: dict[str, float]) -> float:
        """Of work that uses all cores."""
        if self.options.cpu_time:
            return taken["cpu_seconds"] / (os.cpu_count() or 1)
        return taken["seconds"]

    def build(self) -> None:
        mesh = "1 M"
        say(f"build: {mesh} triangles")
        embree = self.make_mesh(mesh)
        seconds: dict[str, list[float]] = {"quality": [], "fast": [], "embree": []}
        for _ in range(3 if self.options.quick else 7):
            for preset in ("quality", "fast"):
                answer = self.ours.ask("build", mesh=mesh, preset=preset)
                seconds[preset].append(self.seconds(answer))
            if embree:
                answer = embree.ask("build", mesh=mesh)
                seconds["embree"].append(self.seconds(answer))
                triangles = answer["triangles"]
        triangles = MESHES[mesh]
        peer = triangles / median(seconds["embree"]) / 1e6 if embree else None
        for preset in ("quality", "fast"):
            speed = triangles / median(seconds[preset]) / 1e6
            self.rows.append(Row(f"build {mesh} {preset}", "Mtriangles/s", speed, peer))

    def memory(self) -> None:
        say("memory: 1 M triangles")
        # A process that did nothing before.
        fresh = Process([str(self.options.engine)])
        answer = fresh.ask("memory", about=MESHES["1 M"])
        fresh.close()
        triangles = answer["triangles"]
        scene = answer["scene_bytes"] / triangles
        growth = (answer["resident_peak"] - answer["resident_before"]) / triangles
        remark = "the scene with its mesh"
        self.rows.append(Row("memory 1 M", "bytes/triangle", scene, remark=remark))
        remark = "peak resident memory above that before building"
        self.rows.append(Row("memory 1 M building", "bytes/triangle", growth, remark=remark))

    def print(self) -> None:
        ours = self.ours.ask("describe")
        print()
        print(f"machine  {cpu_model()}, {os.cpu_count()} cores, load {load()}")
        print(f"ours     commit {commit()}, build {ours['fingerprint']}")
        for name, version in self.versions.items():
            print(f"peer     {name} {version}")
        print()
        print_table(self.rows)
        print()
        for note in self.notes:
            print(note)


def simplified(item: Any) -> Any:
    """A scene without what only our engine renders: glass that splits colours, and motion.

    Boxes are a thousandth smaller, so that they lie in no plane of another surface.
    """
    if isinstance(item, list):
        return [simplified(child) for child in item]
    if not isinstance(item, dict):
        return item
    item = {key: simplified(value) for key, value in item.items()}
    match item.get("kind"):
        case "Dispersive":
            a, b = item.get("cauchy_a", 1.5046), item.get("cauchy_b", 0.0042)
            return {**item, "kind": "Dielectric", "refractive_index": a + b / D_LINE_UM**2}
        case "MovingSphere":
            ends = zip(item["center_0"], item["center_1"], strict=True)
            return {**item, "kind": "Sphere", "center": [(a + b) / 2 for a, b in ends]}
        case "Boxy":
            sides = list(zip(item["corner_0"], item["corner_1"], strict=True))
            for corner, share in (("corner_0", 0.0005), ("corner_1", 0.9995)):
                item[corner] = [a + share * (b - a) for a, b in sides]
    return item


def cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this part alone")
    parser.add_argument("--scenes", nargs="+", metavar="NAME", help="paths: these scenes alone")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="paths and build: seconds of processors by cores, on a machine that others use too",
    )
    parser.add_argument("--engine", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="clovers-bench-") as folder:
        bench = Bench(options, Path(folder))
        for section in options.only or SECTIONS:
            getattr(bench, section)()
        bench.print()


if __name__ == "__main__":
    main()
