#!/usr/bin/env python3
"""Make the meshes of the example scenes. Run from the root of the repository:

    python3 scripts/make_meshes.py
"""

import math
import struct
from pathlib import Path

MESHES = Path("scenes/meshes")


def trefoil(t):
    """A point of the trefoil knot."""
    return (
        math.sin(t) + 2 * math.sin(2 * t),
        math.cos(t) - 2 * math.cos(2 * t),
        -math.sin(3 * t),
    )


def sub(a, b):
    return tuple(x - y for x, y in zip(a, b))


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a):
    length = math.sqrt(sum(x * x for x in a))
    return tuple(x / length for x in a)


def tube(curve, radius, along, around):
    """Triangles of a tube around a closed curve, seen counter-clockwise from outside."""
    rings = []
    for i in range(along):
        t = math.tau * i / along
        point = curve(t)
        forward = unit(sub(curve(t + 1e-4), curve(t - 1e-4)))
        # A trefoil bends everywhere, so the frame along its bend never flips.
        bend = sub(sub(curve(t + 1e-2), point), sub(point, curve(t - 1e-2)))
        side = unit(cross(forward, bend))
        up = cross(side, forward)
        ring = []
        for j in range(around):
            angle = math.tau * j / around
            cos, sin = math.cos(angle) * radius, math.sin(angle) * radius
            ring.append(tuple(p + cos * s + sin * u for p, s, u in zip(point, side, up)))
        rings.append(ring)
    for i in range(along):
        for j in range(around):
            a, b = rings[i][j], rings[(i + 1) % along][j]
            c, d = rings[(i + 1) % along][(j + 1) % around], rings[i][(j + 1) % around]
            yield a, b, c
            yield a, c, d


def outward(triangles, inside):
    """Turns triangles so that they face away from the nearest of the points inside."""
    for a, b, c in triangles:
        middle = tuple((x + y + z) / 3 for x, y, z in zip(a, b, c))
        nearest = min(inside, key=lambda p: sum((x - y) ** 2 for x, y in zip(p, middle)))
        normal = cross(sub(b, a), sub(c, a))
        facing = sum(n * (m - p) for n, m, p in zip(normal, middle, nearest))
        yield (a, b, c) if facing > 0 else (a, c, b)


def write_stl(name, triangles):
    """Binary STL; the facet normals are left 0, as readers compute them."""
    path = MESHES / name
    with path.open("wb") as file:
        file.write(f"{name}, made by scripts/make_meshes.py".encode().ljust(80))
        file.write(struct.pack("<I", len(triangles)))
        for triangle in triangles:
            file.write(struct.pack("<12fH", 0, 0, 0, *triangle[0], *triangle[1], *triangle[2], 0))
    print(f"wrote {path}: {len(triangles)} triangles")


def main():
    MESHES.mkdir(exist_ok=True)
    inside = [trefoil(math.tau * i / 200) for i in range(200)]
    write_stl("trefoil.stl", list(outward(tube(trefoil, 0.55, 420, 40), inside)))


if __name__ == "__main__":
    main()
