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
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
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
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args[-1]} has ended")
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
        ours: float,
        peer: float | None = None,
        goal: float | None = None,
        remark: str = "",
    ) -> None:
        self.what, self.unit, self.ours, self.peer = what, unit, ours, peer
        self.goal, self.remark = goal, remark

    def cells(self) -> list[str]:
        def over(other: float | None) -> float | None:
            return self.ours / other if other else None

        numbers = [self.ours, self.peer, over(self.peer), self.goal, over(self.goal)]
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

    def peer(self, name: str, module: str) -> Process | None:
        """A peer that runs; `None` when it cannot."""
        if name in self.versions:
            return self.peers.get(name)
        process = Process([sys.executable, str(HERE / "peers" / module)])
        try:
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

    def build(self) -> None:
        mesh = "1 M"
        say(f"build: {mesh} triangles")
        embree = self.make_mesh(mesh)
        seconds: dict[str, list[float]] = {"quality": [], "fast": [], "embree": []}
        for _ in range(3 if self.options.quick else 7):
            for preset in ("quality", "fast"):
                answer = self.ours.ask("build", mesh=mesh, preset=preset)
                seconds[preset].append(answer["seconds"])
            if embree:
                answer = embree.ask("build", mesh=mesh)
                seconds["embree"].append(answer["seconds"])
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
        scene, mesh = answer["scene_bytes"] / triangles, answer["mesh_bytes"] / triangles
        growth = (answer["resident_peak"] - answer["resident_before"]) / triangles
        remark = f"scene {scene:.1f}, parsed mesh beside it {mesh:.1f}"
        self.rows.append(Row("memory 1 M", "bytes/triangle", scene + mesh, remark=remark))
        remark = "peak resident memory above that before building"
        self.rows.append(Row("memory 1 M building", "bytes/triangle", growth, remark=remark))

    def print(self) -> None:
        ours = self.ours.ask("describe")
        print()
        print(f"machine  {cpu_model()}, {os.cpu_count()} cores, load {load()}")
        print(f"ours     commit {commit()}, build {ours['fingerprint']}")
        for name, version in self.versions.items():
            print(f"peer     {name}: {version}")
        print()
        print_table(self.rows)
        for note in self.notes:
            print(f"\n{note}")


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
