#!/usr/bin/env python3
"""Write the example scenes that are too long to write by hand. Run from the root of the repository:

    python3 scripts/make_scenes.py

The others in scenes/ are written by hand. Random numbers have fixed seeds, so the files stay the same.
"""

import json
import math
import random
from pathlib import Path

SCENES = Path("scenes")
WIDTH = 150


def compact(value, indent=0):
    """JSON with everything on one line that fits there."""
    line = json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and value:
        line = "{ " + line[1:-1] + " }"
    if len(line) + indent <= WIDTH or not isinstance(value, (dict, list)):
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {compact(item, indent + 2)}" for key, item in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [compact(item, indent + 2) for item in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * indent + closing


def write(name, comment, camera, background, objects, materials):
    scene = {
        "comment": comment,
        "time_0": 0,
        "time_1": 1,
        "white_level": 1,
        "background_color": background,
        "camera": camera,
        "objects": objects,
        "materials": materials,
    }
    path = SCENES / f"{name}.json"
    # The top level always takes lines of its own.
    body = ",\n".join(f'  {json.dumps(key)}: {compact(value, 2)}' for key, value in scene.items())
    path.write_text("{\n" + body + "\n}\n")
    print(f"wrote {path}: {len(objects)} objects")


def camera(look_from, look_at, fov, aperture=0, focus=10):
    return {
        "look_from": look_from,
        "look_at": look_at,
        "up": [0, 1, 0],
        "vertical_fov": fov,
        "aperture": aperture,
        "focus_distance": focus,
    }


def lambertian(name, color):
    return {"name": name, "kind": "Lambertian", "albedo": {"kind": "SolidColor", "color": color}}


def metal(name, color, fuzz):
    return {"name": name, "kind": "Metal", "albedo": {"kind": "SolidColor", "color": color}, "fuzz": fuzz}


def light(name, color):
    return {"name": name, "kind": "DiffuseLight", "emit": {"kind": "SolidColor", "color": color}}


def sphere(center, radius, material):
    return {"kind": "Sphere", "center": [round(x, 3) for x in center], "radius": round(radius, 3), "material": material}


def sphere_field():
    """Five hundred spheres of many sizes that nowhere overlap, resting on a huge one."""
    rng = random.Random(18)
    ground = 2000.0
    placed = []  # (x, z, radius)

    def height(x, z, radius):
        return math.sqrt((ground + radius) ** 2 - x * x - z * z) - ground

    heroes = [(-3.1, -0.6, 1.5), (0.3, 0.5, 1.5), (3.6, 1.2, 1.5)]
    placed += heroes
    diffuse = [f"paint {i}" for i in range(10)]
    small = []
    tries = 0
    while len(small) < 497 and tries < 200_000:
        tries += 1
        radius = rng.choice([0.16, 0.2, 0.26, 0.34, 0.44])
        x, z = rng.uniform(-15, 15), rng.uniform(-22, 8.5)
        if any((x - a) ** 2 + (z - b) ** 2 < (radius + r + 0.03) ** 2 for a, b, r in placed):
            continue
        placed.append((x, z, radius))
        pick = rng.random()
        material = rng.choice(diffuse) if pick < 0.62 else rng.choice(["silver", "copper", "satin"]) if pick < 0.86 else "glass"
        small.append(sphere([x, height(x, z, radius), z], radius, material))
    objects = [sphere([0, -ground, 0], ground, "ground")]
    objects += [
        sphere([x, height(x, z, r), z], r, material)
        for (x, z, r), material in zip(heroes, ["copper", "glass", "silver"])
    ]
    objects += [
        {"kind": "Sphere", "comment": "the sun behind the camera", "center": [70, 80, 55], "radius": 26, "material": "sun"}
    ]
    objects += small
    hues = [15, 35, 60, 95, 140, 185, 230, 265, 300, 345]
    materials = [lambertian("ground", [0.55, 0.53, 0.5])]
    materials += [lambertian(name, {"oklch": [0.68, 0.13, hue]}) for name, hue in zip(diffuse, hues)]
    materials += [
        metal("silver", [0.95, 0.94, 0.92], 0),
        metal("copper", [0.96, 0.7, 0.55], 0.05),
        metal("satin", [0.8, 0.82, 0.86], 0.35),
        {"name": "glass", "kind": "Dielectric", "refractive_index": 1.5},
        light("sun", [2.9, 2.65, 2.3]),
    ]
    write(
        "sphere_field",
        "Five hundred spheres under a sky and a low sun. Written by scripts/make_scenes.py.",
        camera([2.2, 3.4, 15], [0.2, 0.9, 0], 28, 0.12, 14.6),
        [0.6, 0.74, 0.93],
        objects,
        materials,
    )


def spiral():
    """A winding stair: each step carries the rest of the stair, moved and turned."""
    steps = 18
    tower = None
    for i in reversed(range(steps)):
        lamp = sphere([1.6, 0.29, 0], 0.13, "candle")
        step = {"kind": "Boxy", "corner_0": [0.35, 0, -0.42], "corner_1": [1.9, 0.14, 0.42], "material": "stone"}
        members = [step, lamp]
        if tower is not None:
            members.append({"kind": "Translate", "offset": [0, 0.27, 0], "object": tower})
        # The innermost turn is the last step's; every turn holds all that follows.
        tower = {"kind": "RotateY", "angle": 24, "object": {"kind": "ObjectList", "objects": members}}
    objects = [
        {"kind": "Quad", "comment": "floor", "q": [-30, 0, -30], "u": [0, 0, 60], "v": [60, 0, 0], "material": "floor"},
        {"kind": "Boxy", "comment": "the newel", "corner_0": [-0.3, 0, -0.3], "corner_1": [0.3, 5.6, 0.3], "material": "wood"},
        {"kind": "Quad", "comment": "moonlight", "q": [-9, 12, -6], "u": [6, 0, 0], "v": [0, 0, 6], "material": "moon"},
        tower,
    ]
    materials = [
        lambertian("floor", [0.42, 0.44, 0.5]),
        lambertian("stone", [0.86, 0.84, 0.8]),
        lambertian("wood", [0.5, 0.33, 0.22]),
        light("candle", [2.6, 1.75, 0.85]),
        light("moon", [1.1, 1.35, 1.8]),
    ]
    write(
        "spiral",
        "A winding stair of eighteen steps, each nested inside the one below: 54 levels of RotateY, ObjectList and Translate. "
        "Written by scripts/make_scenes.py.",
        camera([4.6, 4.6, 7.4], [0.1, 2.55, 0], 40),
        [0.1, 0.12, 0.2],
        objects,
        materials,
    )


def color_wheel():
    """Hues of equal lightness and chroma around a circle, and rings of every other notation."""
    objects = [
        {"kind": "Quad", "comment": "table", "q": [-40, 0, -40], "u": [0, 0, 80], "v": [80, 0, 0], "material": "table"},
        {"kind": "Quad", "comment": "soft box", "q": [-5, 11, -5], "u": [10, 0, 0], "v": [0, 0, 10], "material": "lamp"},
    ]
    count = 24
    for i in range(count):
        angle = math.tau * i / count
        for radius, size, (lightness, chroma) in [(5.2, 0.62, (0.72, 0.12)), (3.65, 0.43, (0.55, 0.1)), (2.5, 0.3, (0.85, 0.07))]:
            ball = sphere([radius * math.sin(angle), size, -radius * math.cos(angle)], size, None)
            ball["material"] = {
                "kind": "Lambertian",
                "albedo": {"kind": "SolidColor", "color": {"oklch": [lightness, chroma, round(360 * i / count)]}},
            }
            objects.append(ball)
    notations = [
        {"comment": "one orange, encoded", "color": [1, 0.5, 0]},
        {"comment": "as digits", "color": {"hex": "#ff8000"}},
        {"comment": "tagged", "color": {"srgb": {"red": 1, "green": 0.5, "blue": 0}}},
        {"comment": "linear", "color": {"lin_srgb": [1, 0.21404, 0]}},
        {"comment": "XYZ, D65", "color": {"xyz_d65": [0.48894, 0.36572, 0.04483]}},
        {"comment": "Oklch", "color": {"oklch": [0.73188, 0.18577, 53.008]}},
    ]
    for i, notation in enumerate(notations):
        angle = math.tau * (i + 0.5) / len(notations)
        ball = sphere([1.15 * math.sin(angle), 0.42, -1.15 * math.cos(angle)], 0.42, None)
        ball["comment"] = notation["comment"]
        ball["material"] = {"kind": "Lambertian", "albedo": {"kind": "SolidColor", "color": notation["color"]}}
        objects.append(ball)
    write(
        "color_wheel",
        "Hues of equal lightness in Oklch, around one orange in six notations. Written by scripts/make_scenes.py.",
        camera([0, 12.5, 11], [0, 0.1, 0.35], 38),
        [0.25, 0.26, 0.28],
        objects,
        [lambertian("table", [0.32, 0.32, 0.33]), light("lamp", [2.9, 2.85, 2.75])],
    )


def lanterns():
    """Some sixty lights of every shape, each found by itself."""
    rng = random.Random(5)
    objects = [
        {"kind": "Quad", "comment": "water", "q": [-60, 0, -60], "u": [0, 0, 120], "v": [120, 0, 0], "material": "water"},
    ]
    names = ["amber", "rose", "jade", "sky", "ivory"]
    placed = []
    while len(placed) < 60:
        x, z = rng.uniform(-11, 11), rng.uniform(-19, 5)
        if any((x - a) ** 2 + (z - b) ** 2 < 2.1 for a, b in placed):
            continue
        placed.append((x, z))
        name = rng.choice(names)
        height = 0.35 + 3.2 * rng.random() ** 2
        turn = round(rng.uniform(0, 90))
        kind = len(placed) % 3
        if kind == 0:
            lamp = sphere([0, 0, 0], 0.3, name)
        elif kind == 1:
            lamp = {"kind": "Boxy", "corner_0": [-0.22, -0.32, -0.22], "corner_1": [0.22, 0.32, 0.22], "material": name}
        else:
            s = 0.46
            corners = [[0, -0.36, s], [0.4, -0.36, -0.23], [-0.4, -0.36, -0.23], [0, 0.36, 0]]
            faces = [(0, 1, 3), (1, 2, 3), (2, 0, 3), (0, 2, 1)]
            lamp = {"kind": "ObjectList", "objects": []}
            for a, b, c in faces:
                q, u, v = corners[a], corners[b], corners[c]
                lamp["objects"].append({
                    "kind": "Triangle",
                    "q": q,
                    "u": [round(x - y, 3) for x, y in zip(u, q)],
                    "v": [round(x - y, 3) for x, y in zip(v, q)],
                    "material": name,
                })
        if kind:
            lamp = {"kind": "RotateY", "angle": turn, "object": lamp}
        objects.append({"kind": "Translate", "offset": [round(x, 2), round(height, 2), round(z, 2)], "object": lamp})
    for i in range(9):
        x, z, r = -9 + 2.3 * i + rng.uniform(-0.5, 0.5), rng.uniform(-5, 1), rng.uniform(0.3, 0.6)
        objects.append(sphere([x, r * 0.55, z], r, "rock"))
    materials = [
        {"name": "water", "kind": "Metal", "albedo": {"kind": "SolidColor", "color": [0.5, 0.56, 0.62]}, "fuzz": 0.09},
        lambertian("rock", [0.42, 0.4, 0.4]),
        light("amber", [1.7, 0.95, 0.3]),
        light("rose", [1.6, 0.5, 0.62]),
        light("jade", [0.35, 1.35, 0.75]),
        light("sky", [0.35, 0.85, 1.7]),
        light("ivory", [1.5, 1.3, 1.0]),
    ]
    write(
        "lanterns",
        "Sixty lights, balls, boxes and tetrahedra, over rippled water. Every one is found by itself, without any hint. "
        "Written by scripts/make_scenes.py.",
        camera([0, 3.1, 13], [0, 1.1, -3], 34),
        [0.03, 0.04, 0.09],
        objects,
        materials,
    )


def main():
    sphere_field()
    spiral()
    color_wheel()
    lanterns()


if __name__ == "__main__":
    main()
