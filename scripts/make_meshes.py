#!/usr/bin/env python3
"""Make the meshes of the example scenes. Run from the root of the repository:

    python3 scripts/make_meshes.py
"""

import json
import math
import random
import struct
import zlib
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


def shell(along, around):
    """Vertices and quads of a sea shell: a ribbed tube that winds up a cone and grows as it goes."""
    turns, vertices = 6.5, []
    for i in range(along + 1):
        t = i / along
        angle = math.tau * turns * t
        grow = math.exp(3.1 * (t - 1))
        rib = 1 + 0.06 * math.sin(angle * 14) * min(1, 4 * t)
        tube_radius, away = 0.62 * grow * rib, 0.78 * grow
        for j in range(around):
            a = math.tau * j / around
            radius = away + tube_radius * math.cos(a)
            height = -2.6 * grow + 1.25 * tube_radius * math.sin(a)
            vertices.append((radius * math.cos(angle), height, radius * math.sin(angle)))
    faces = []
    for i in range(along):
        for j in range(around):
            k = (j + 1) % around
            faces.append((i * around + j, i * around + k, (i + 1) * around + k, (i + 1) * around + j))
    return vertices, faces


def dodecahedron():
    """Twelve pentagons, seen counter-clockwise from outside."""
    phi = (1 + math.sqrt(5)) / 2
    vertices = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    for a in (-1 / phi, 1 / phi):
        for b in (-phi, phi):
            vertices += [(0, a, b), (a, b, 0), (b, 0, a)]
    faces = []
    # The faces look along the corners of an icosahedron.
    for normal in [p for a in (-1, 1) for b in (-phi, phi) for p in ((0, b, a), (b, a, 0), (a, 0, b))]:
        dot = lambda v: sum(x * y for x, y in zip(v, normal))
        corners = sorted(range(20), key=lambda i: -dot(vertices[i]))[:5]
        side = unit(sub(vertices[corners[0]], tuple(sum(vertices[i][k] for i in corners) / 5 for k in range(3))))
        up = cross(unit(normal), side)
        angle = lambda i: math.atan2(sum(x * y for x, y in zip(vertices[i], up)), sum(x * y for x, y in zip(vertices[i], side)))
        faces.append(tuple(sorted(corners, key=angle)))
    return vertices, faces


def write_ply(name, vertices, faces, text=False):
    """PLY, binary or text."""
    path = MESHES / name
    kind = "ascii" if text else "binary_little_endian"
    header = (
        f"ply\nformat {kind} 1.0\ncomment made by scripts/make_meshes.py\n"
        f"element vertex {len(vertices)}\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\nproperty list uchar uint vertex_indices\nend_header\n"
    )
    with path.open("wb") as file:
        file.write(header.encode())
        for vertex in vertices:
            if text:
                file.write((" ".join(f"{x:.6g}" for x in vertex) + "\n").encode())
            else:
                file.write(struct.pack("<3f", *vertex))
        for face in faces:
            if text:
                file.write((" ".join(str(i) for i in (len(face), *face)) + "\n").encode())
            else:
                file.write(struct.pack(f"<B{len(face)}I", len(face), *face))
    print(f"wrote {path}: {len(faces)} faces")


def png(width, height, texel):
    """A PNG of 8-bit colours; texel(x, y) gives three numbers within 0 and 1."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes(max(0, min(255, round(255 * v))) for v in texel(x, y))
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")


# Radius and height of the vase's outline, foot to lip and down inside.
PROFILE = [(0.0, 0.0), (0.42, 0.0), (0.5, 0.05), (0.46, 0.14), (0.52, 0.26), (0.74, 0.55), (0.9, 0.95), (0.93, 1.3), (0.8, 1.7),
           (0.55, 2.05), (0.4, 2.3), (0.36, 2.5), (0.42, 2.68), (0.54, 2.8), (0.55, 2.83), (0.52, 2.84), (0.4, 2.7), (0.32, 2.5),
           (0.34, 2.3), (0.48, 2.02), (0.7, 1.68), (0.8, 1.3), (0.7, 0.8), (0.4, 0.4), (0.0, 0.3)]  # fmt: skip


def outline(v):
    """A smooth curve through the profile (Catmull and Rom), v from 0 to 1, with its tangent."""
    place = v * (len(PROFILE) - 1)
    i = min(int(place), len(PROFILE) - 2)
    t = place - i
    point = lambda k: PROFILE[max(0, min(len(PROFILE) - 1, k))]
    a, b, c, d = (point(i + k) for k in (-1, 0, 1, 2))
    at, slope = [], []
    for k in (0, 1):
        m, n = (c[k] - a[k]) / 2, (d[k] - b[k]) / 2
        p, q = 2 * b[k] - 2 * c[k] + m + n, -3 * b[k] + 3 * c[k] - 2 * m - n
        at.append(((p * t + q) * t + m) * t + b[k])
        slope.append((3 * p * t + 2 * q) * t + m)
    return at, slope


def vase_glb(name, around=96, along=120):
    """A glazed vase with gold bands, relief and painted leaves, and a glowing ring at its foot."""
    positions, normals, uvs = [], [], []
    for i in range(along + 1):
        v = i / along
        (radius, height), (dr, dh) = outline(v)
        length = math.hypot(dr, dh) or 1
        for j in range(around + 1):
            a = math.tau * j / around
            positions.append((max(radius, 0) * math.cos(a), height, -max(radius, 0) * math.sin(a)))
            normals.append((dh / length * math.cos(a), -dr / length, -dh / length * math.sin(a)))
            uvs.append((j / around, 1 - v))
    indices = []
    for i in range(along):
        for j in range(around):
            a, b = i * (around + 1) + j, (i + 1) * (around + 1) + j
            indices += [a, a + 1, b + 1, a, b + 1, b]

    width, height = 512, 1024
    rng = random.Random(3)
    leaves = [(rng.random(), 0.60 + 0.22 * rng.random(), rng.uniform(-1.2, 1.2), rng.randrange(3)) for _ in range(70)]
    leaf_color = [(0.1, 0.28, 0.55), (0.16, 0.42, 0.62), (0.05, 0.16, 0.4)]

    def band(y):
        v = 1 - (y + 0.5) / height
        return any(abs(v - place) < width_ for place, width_ in ((0.105, 0.012), (0.345, 0.008), (0.42, 0.008), (0.56, 0.015)))

    def relief(x, y):
        """Height of the flutes on the neck, and how far a texel belongs to them."""
        v = 1 - y / height
        inside = max(0.0, min(1.0, (v - 0.352) / 0.01, (0.412 - v) / 0.01))
        return inside * math.sin(math.tau * 24 * x / width)

    colors = {}
    for cx, cv, turn, kind in leaves:
        # v of the outer wall runs over about 0.15 to 0.35.
        cv = 0.15 + (cv - 0.60) / 0.22 * 0.18
        for dy in range(-40, 41):
            for dx in range(-40, 41):
                # A leaf is where two circles overlap.
                u, w = dx / 30, dy / 36
                p = u * math.cos(turn) - w * math.sin(turn), u * math.sin(turn) + w * math.cos(turn)
                if max(math.hypot(p[0] - 0.55, p[1]), math.hypot(p[0] + 0.55, p[1])) < 0.85:
                    x, y = int(cx * width + dx) % width, int((1 - cv) * height + dy)
                    vein = abs(p[0]) < 0.05
                    colors[x, y] = (0.75, 0.8, 0.85) if vein else leaf_color[kind]

    def base(x, y):
        if band(y):
            return (1.0, 0.84, 0.5)
        return colors.get((x, y), (0.93, 0.92, 0.88))

    def rough_metal(x, y):
        if band(y):
            return (0, 0.3, 1)
        return (0, 0.42 if (x, y) in colors else 0.22, 0)

    def bump(x, y):
        dx = relief(x + 1, y) - relief(x - 1, y)
        dy = relief(x, y + 1) - relief(x, y - 1)
        n = unit((-2.2 * dx, 2.2 * dy, 1))
        return tuple(0.5 + 0.5 * k for k in n)

    def glow(x, y):
        v = 1 - (y + 0.5) / height
        return (1.0, 0.62, 0.25) if 0.052 < v < 0.07 else (0, 0, 0)

    images = [png(width, height, texel) for texel in (base, rough_metal, bump, glow)]
    parts = [
        b"".join(struct.pack("<3f", *p) for p in positions),
        b"".join(struct.pack("<3f", *n) for n in normals),
        b"".join(struct.pack("<2f", *t) for t in uvs),
        b"".join(struct.pack("<I", i) for i in indices),
        *images,
    ]
    views, buffer = [], b""
    for part in parts:
        views.append({"buffer": 0, "byteOffset": len(buffer), "byteLength": len(part)})
        buffer += part + b"\0" * (-len(part) % 4)
    low = [min(p[k] for p in positions) for k in range(3)]
    high = [max(p[k] for p in positions) for k in range(3)]
    texture = lambda i: {"index": i}
    document = {
        "asset": {"version": "2.0", "generator": "scripts/make_meshes.py"},
        "extensionsUsed": ["KHR_materials_emissive_strength"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"name": "group", "children": [1, 2]},
            {"name": "vase", "mesh": 0, "rotation": [0, 0.2588, 0, 0.9659]},
            {"name": "small vase", "mesh": 0, "translation": [-1.75, 0, 0.75], "scale": [0.55, 0.5, 0.55], "rotation": [0, 0.7071, 0, 0.7071]},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}, "indices": 3, "material": 0}]}],
        "materials": [
            {
                "name": "glaze",
                "pbrMetallicRoughness": {"baseColorTexture": texture(0), "metallicRoughnessTexture": texture(1)},
                "normalTexture": texture(2),
                "emissiveTexture": texture(3),
                "emissiveFactor": [1, 1, 1],
                "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 9}},
            }
        ],
        "textures": [{"source": i, "sampler": 0} for i in range(4)],
        "samplers": [{"wrapS": 10497, "wrapT": 33071}],
        "images": [{"bufferView": 4 + i, "mimeType": "image/png"} for i in range(4)],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(positions), "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": 5126, "count": len(normals), "type": "VEC3"},
            {"bufferView": 2, "componentType": 5126, "count": len(uvs), "type": "VEC2"},
            {"bufferView": 3, "componentType": 5125, "count": len(indices), "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(buffer)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    path = MESHES / name
    with path.open("wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(buffer)))
        file.write(struct.pack("<I4s", len(text), b"JSON") + text)
        file.write(struct.pack("<I4s", len(buffer), b"BIN\0") + buffer)
    print(f"wrote {path}: {len(indices) // 3} triangles, {path.stat().st_size} bytes")


def main():
    MESHES.mkdir(exist_ok=True)
    write_ply("shell.ply", *shell(720, 40))
    write_ply("dodecahedron.ply", *dodecahedron(), text=True)
    vase_glb("vase.glb")
    inside = [trefoil(math.tau * i / 200) for i in range(200)]
    write_stl("trefoil.stl", list(outward(tube(trefoil, 0.55, 420, 40), inside)))


if __name__ == "__main__":
    main()
