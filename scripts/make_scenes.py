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


def light_shafts():
    """A lamp behind palings in the fog."""
    rng = random.Random(11)
    palings = []
    for i in range(19):
        angle = math.radians(-72 + 8 * i)
        x, z = 3.4 * math.sin(angle), -2.6 + 3.4 * math.cos(angle) - 2.0
        width = 0.15 + 0.03 * rng.random()
        height = 3.1 + 0.9 * rng.random()
        palings.append(
            {
                "kind": "Translate",
                "offset": [round(x, 3), 0, round(z, 3)],
                "object": {
                    "kind": "RotateY",
                    "angle": round(math.degrees(angle), 1),
                    "object": {
                        "kind": "Boxy",
                        "corner_0": [round(-width, 3), 0, -0.05],
                        "corner_1": [round(width, 3), round(height, 2), 0.05],
                        "material": "wood",
                    },
                },
            }
        )
    objects = [
        {"kind": "Quad", "comment": "ground", "q": [-40, 0, -40], "u": [0, 0, 80], "v": [80, 0, 0], "material": "ground"},
        {"kind": "ObjectList", "comment": "palings around the lamp", "objects": palings},
        {"kind": "Sphere", "comment": "lamp", "center": [0, 1.9, -4.4], "radius": 0.3, "material": "lamp"},
        sphere([1.9, 0.7, 1.9], 0.7, "glass"),
        sphere([-1.5, 0.5, 2.4], 0.5, "brass"),
        sphere([-3.4, 0.9, 0.9], 0.9, "stone"),
        {
            "kind": "ConstantMedium",
            "comment": "fog: the camera stands in it",
            "density": 0.075,
            "texture": {"kind": "SolidColor", "color": {"lin_srgb": [0.9, 0.92, 0.95]}},
            "boundary": {"kind": "Boxy", "corner_0": [-16, -0.5, -16], "corner_1": [16, 9, 14]},
        },
    ]
    materials = [
        lambertian("ground", [0.36, 0.36, 0.38]),
        lambertian("wood", [0.3, 0.22, 0.17]),
        lambertian("stone", [0.62, 0.62, 0.6]),
        metal("brass", [0.92, 0.76, 0.42], 0.15),
        {"name": "glass", "kind": "Dielectric", "refractive_index": 1.5},
        light("lamp", {"lin_srgb": [300, 235, 150]}),
    ]
    write(
        "light_shafts",
        "A lamp behind palings in the fog: every gap throws a shaft of light. The camera stands inside of the medium. "
        "Written by scripts/make_scenes.py.",
        camera([0.9, 1.75, 9.2], [0.1, 1.55, 0], 36),
        [0.06, 0.08, 0.13],
        objects,
        materials,
    )


def carousel():
    """Balls on their way around a mast while the shutter is open, and one lamp among them."""
    rng = random.Random(7)
    objects = [
        {"kind": "Quad", "comment": "floor", "q": [-30, 0, -30], "u": [0, 0, 60], "v": [60, 0, 0], "material": "floor"},
        {"kind": "Boxy", "comment": "mast", "corner_0": [-0.12, 0, -0.12], "corner_1": [0.12, 4.4, 0.12], "material": "steel"},
        sphere([0, 4.5, 0], 0.22, "brass"),
        {"kind": "Quad", "comment": "a soft light", "q": [-5, 9, 1], "u": [10, 0, 0], "v": [0, 3, 4], "material": "soft"},
    ]
    rings = [(1.5, 3.5, 6, 0.3), (2.5, 2.3, 8, 0.36), (3.5, 1.0, 11, 0.42)]
    colors = ["coral", "amber", "teal", "violet", "pearl", "copper"]
    for ring, (radius, height, count, size) in enumerate(rings):
        # The outer rings turn by the same angle, so their balls go farther.
        for i in range(count):
            angle = math.tau * (i + 0.37 * ring) / count
            turn = 0.17 + 0.02 * rng.random()
            ends = [
                [round(radius * math.cos(a), 3), height, round(radius * math.sin(a), 3)]
                for a in (angle, angle + turn)
            ]
            material = "lamp" if (ring, i) in ((1, 1), (2, 4)) else colors[(i * 5 + ring) % len(colors)]
            objects.append(
                {"kind": "MovingSphere", "center_0": ends[0], "center_1": ends[1], "radius": size, "material": material}
            )
    materials = [
        {"name": "floor", "kind": "Lambertian", "albedo": {"kind": "SpatialChecker", "even": [0.5, 0.5, 0.53], "odd": [0.42, 0.42, 0.46], "density": 0.5}},
        metal("steel", [0.7, 0.71, 0.73], 0.2),
        metal("brass", [0.9, 0.74, 0.4], 0.1),
        metal("copper", [0.93, 0.6, 0.45], 0.05),
        {"name": "pearl", "kind": "Dielectric", "refractive_index": 1.5},
        lambertian("coral", [0.92, 0.38, 0.3]),
        lambertian("amber", [0.95, 0.68, 0.2]),
        lambertian("teal", [0.12, 0.55, 0.55]),
        lambertian("violet", [0.45, 0.3, 0.7]),
        light("lamp", {"lin_srgb": [9, 7.4, 5]}),
        light("soft", {"lin_srgb": [4.2, 4.4, 4.8]}),
    ]
    write(
        "carousel",
        "Twenty-five balls swing around a mast while the shutter is open; two of them shine. Written by scripts/make_scenes.py.",
        camera([0.8, 4.2, 11.5], [0, 1.85, 0], 37),
        [0.3, 0.36, 0.46],
        objects,
        materials,
    )


def anodised():
    """A spiral of metal beads, each under a film a little thicker than the last."""
    count = 61
    objects = [
        {"kind": "Quad", "comment": "table", "q": [-40, 0, -40], "u": [0, 0, 80], "v": [80, 0, 0], "material": "table"},
        {"kind": "Quad", "comment": "window", "q": [-7, 6, -6], "u": [14, 0, 0], "v": [0, 6, 3], "material": "window"},
        {"kind": "Quad", "comment": "card", "q": [-8, 0.5, 6], "u": [0, 5, 0], "v": [2, 0, 3], "material": "card"},
        {"kind": "Sphere", "comment": "a soap bubble", "center": [0, 1.25, 0], "radius": 1.05, "material": "bubble"},
        {"kind": "Sphere", "comment": "the air inside", "center": [0, 1.25, 0], "radius": -1.045, "material": "bubble"},
    ]
    materials = [
        lambertian("table", [0.2, 0.2, 0.22]),
        light("window", {"lin_srgb": [3.4, 3.5, 3.6]}),
        light("card", {"lin_srgb": [1.7, 1.6, 1.5]}),
        {
            "name": "bubble",
            "kind": "Dielectric",
            "refractive_index": 1.33,
            "thin_film": {"refractive_index": 1.33, "thickness": 420},
        },
    ]
    for i in range(count):
        share = i / (count - 1)
        angle = 0.9 + 4.3 * math.pi * math.sqrt(share + 0.06)
        radius = 1.9 + 2.9 * share
        size = 0.2 + 0.12 * share
        x, z = radius * math.cos(angle), radius * math.sin(angle)
        objects.append(sphere([x, size, z], size, f"film {i}"))
        materials.append(
            {
                "name": f"film {i}",
                "kind": "Metal",
                "albedo": {"kind": "SolidColor", "color": [0.75, 0.75, 0.76]},
                "fuzz": 0.04,
                "thin_film": {"refractive_index": 1.9, "thickness": round(60 + 540 * share, 1)},
            }
        )
    write(
        "anodised",
        "Metal beads under films of 60 to 600 nm: the colours come from interference alone. In the middle a soap bubble. "
        "Written by scripts/make_scenes.py.",
        camera([0, 6.6, 9.4], [0, 0.35, 0.2], 36),
        [0.35, 0.37, 0.42],
        objects,
        materials,
    )


# Names in a scene file, and the luminance of each table: the lamps are made equally bright.
ILLUMINANTS = [
    ("D65", 98),
    ("D50", 98),
    ("LedB1", 13.7),
    ("LedB5", 13.7),
    ("LedRGB1", 13.7),
    ("FL2", 13.7),
    ("FL11", 13.7),
    ("FL3_10", 17.5),
]


def light_booths():
    """The same colours under eight lamps."""
    objects, materials = [], []
    for i, (name, luminance) in enumerate(ILLUMINANTS):
        column, row = i % 4, i // 4
        x, y = 2.2 * column - 4.4, 2.2 * (1 - row)
        wall, depth = "wall", 2.0
        inner = [
            {"kind": "Quad", "q": [0.05, 0, -depth], "u": [0, 0, depth], "v": [2.1, 0, 0], "material": wall},
            {"kind": "Quad", "q": [0.05, 2.1, -depth], "u": [2.1, 0, 0], "v": [0, 0, depth], "material": wall},
            {"kind": "Quad", "q": [0.05, 0, -depth], "u": [2.1, 0, 0], "v": [0, 2.1, 0], "material": wall},
            {"kind": "Quad", "q": [0.05, 0, -depth], "u": [0, 2.1, 0], "v": [0, 0, depth], "material": wall},
            {"kind": "Quad", "q": [2.15, 0, -depth], "u": [0, 0, depth], "v": [0, 2.1, 0], "material": wall},
            {"kind": "Quad", "q": [0.6, 2.09, -1.4], "u": [1, 0, 0], "v": [0, 0, 0.8], "material": name},
            sphere([0.55, 0.36, -1.15], 0.36, "red"),
            sphere([1.12, 0.42, -1.4], 0.42, "white"),
            sphere([1.66, 0.34, -1.1], 0.34, "blue"),
            sphere([0.85, 0.22, -0.5], 0.22, "green"),
            sphere([1.4, 0.24, -0.5], 0.24, "skin"),
        ]
        objects.append(
            {"kind": "Translate", "comment": name, "offset": [round(x, 2), y, 0], "object": {"kind": "ObjectList", "objects": inner}}
        )
        materials.append(
            {
                "name": name,
                "kind": "DiffuseLight",
                "emit": {"kind": f"Illuminant{name}", "intensity": round(7 / luminance, 5)},
            }
        )
    objects.append({"kind": "Boxy", "comment": "frame", "corner_0": [-4.6, -0.3, -2.3], "corner_1": [4.6, -0.02, 0.05], "material": "frame"})
    for x in (-4.45, -2.25, -0.05, 2.15, 4.35):
        objects.append({"kind": "Boxy", "corner_0": [x, -0.02, -2.0], "corner_1": [round(x + 0.1, 2), 4.4, 0.05], "material": "frame"})
    for y in (2.1, 4.3):
        objects.append({"kind": "Boxy", "corner_0": [-4.45, y, -2.0], "corner_1": [4.45, round(y + 0.1, 2), 0.05], "material": "frame"})
    materials += [
        lambertian("wall", [0.8, 0.8, 0.8]),
        lambertian("frame", [0.16, 0.15, 0.15]),
        lambertian("red", [0.75, 0.13, 0.16]),
        lambertian("white", [0.92, 0.92, 0.92]),
        lambertian("blue", [0.16, 0.25, 0.68]),
        lambertian("green", [0.2, 0.55, 0.22]),
        lambertian("skin", [0.87, 0.65, 0.53]),
    ]
    write(
        "light_booths",
        "The same five balls under eight lamps of equal luminance: daylight D65 and D50, LED-B1 and LED-B5, then "
        "LED-RGB1, fluorescent FL2, FL11 and FL3.10. White is the equal-energy spectrum, so daylight looks bluish. Written by scripts/make_scenes.py.",
        camera([0, 2.15, 12.6], [0, 2.15, 0], 24),
        [0.01, 0.01, 0.012],
        objects,
        materials,
    )


def main():
    light_shafts()
    carousel()
    anodised()
    light_booths()
    sphere_field()
    spiral()
    color_wheel()
    lanterns()


if __name__ == "__main__":
    main()
