"""Turns our scene files into dictionaries for Mitsuba 3.

What cannot be the same there is named in `Converter.differences`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import mitsuba as mi
import numpy as np
from colours import illuminant, linear_srgb, of_xyz_e

Dictionary = dict[str, Any]

DEFAULT_WHITE_LEVEL = 3.741
D_LINE_UM = 0.5876
XYZ_E_GREY = {"xyz_e": [0.5, 0.5, 0.5]}
XYZ_E_LIGHT_GREY = {"xyz_e": [0.8, 0.8, 0.8]}
GREY: Dictionary = {"kind": "SolidColor", "color": XYZ_E_GREY}
# Of a unit sphere: our pole is y, with u from -x over +z; Mitsuba's is z, with u from +x.
SPHERE_AXES = np.array([[-1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], float)


def translation(offset: Any) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def rotation(axis: int, degrees: float) -> np.ndarray:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(4)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = cos, -sin, sin, cos
    return matrix


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def write_ply(path: Path, columns: dict[str, np.ndarray], triangles: np.ndarray) -> None:
    """`columns` are the properties of vertices, by name."""
    head = ["ply", "format binary_little_endian 1.0"]
    head.append(f"element vertex {len(next(iter(columns.values())))}")
    head += [f"property float {name}" for name in columns]
    head.append(f"element face {len(triangles)}")
    head += ["property list uchar int vertex_indices", "end_header", ""]
    faces = np.zeros(len(triangles), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, triangles
    with path.open("wb") as file:
        file.write("\n".join(head).encode())
        file.write(np.stack(list(columns.values()), 1).astype("<f4").tobytes())
        file.write(faces.tobytes())


class Converter:
    """Converts one scene. `meshes` maps the path of a mesh to the files it was exported to."""

    def __init__(self, scene: Dictionary, meshes: dict[str, Dictionary], folder: Path) -> None:
        self.scene = scene
        self.meshes = meshes
        self.folder = folder
        self.white_level = scene.get("white_level", DEFAULT_WHITE_LEVEL)
        self.named = {material["name"]: material for material in reversed(scene["materials"])}
        self.differences: list[str] = []
        self.result: Dictionary = {"type": "scene"}
        self.bsdfs: dict[str, str] = {}
        self.camera_medium: str | None = None

    def differ(self, how: str) -> None:
        if how not in self.differences:
            self.differences.append(how)

    def convert(self, picture: Dictionary, sampler: str) -> Dictionary:
        """The scene as Mitsuba reads it, to be rendered as `picture` says."""
        self.add("black", {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}})
        for item in self.scene["objects"]:
            self.place(item, np.eye(4))
        background = np.array(linear_srgb(self.scene["background_color"])) / self.white_level
        if background.max() > 0:
            radiance = {"type": "rgb", "value": list(map(float, background))}
            self.add("background", {"type": "constant", "radiance": radiance})
        has_media = any("interior" in part for part in self.result.values() if part != "scene")
        # Our depth counts scattering events, Mitsuba's the edges of a path. Both begin Russian
        # roulette after the sixth event.
        self.result["integrator"] = {
            "type": "volpath" if has_media else "path",
            "max_depth": picture["max_depth"] + 1,
            "rr_depth": 6,
        }
        self.result["sensor"] = self.sensor(picture, sampler)
        return self.result

    def add(self, name: str, part: Dictionary) -> str:
        self.result[name] = part
        return name

    def sensor(self, picture: Dictionary, sampler: str) -> Dictionary:
        camera = self.scene["camera"]
        view = mi.ScalarTransform4f().look_at(
            origin=camera["look_from"], target=camera["look_at"], up=camera["up"]
        )
        sensor: Dictionary = {
            "type": "perspective",
            "fov": camera["vertical_fov"],
            "fov_axis": "y",
            "near_clip": 1e-3,
            "far_clip": 1e6,
            "to_world": view,
            "sampler": {"type": sampler, "sample_count": picture["samples"]},
            "film": {
                "type": "hdrfilm",
                "width": picture["width"],
                "height": picture["height"],
                "rfilter": {"type": "box"},
                "pixel_format": "rgb",
                "component_format": "float32",
            },
        }
        if camera["aperture"] > 0:
            sensor["type"] = "thinlens"
            sensor["aperture_radius"] = camera["aperture"] / 2
            sensor["focus_distance"] = camera["focus_distance"]
        if self.camera_medium:
            sensor["medium"] = {"type": "ref", "id": self.camera_medium}
        return sensor

    # Objects

    def place(self, item: Dictionary, matrix: np.ndarray) -> None:
        match item["kind"]:
            case "Translate":
                self.place(item["object"], matrix @ translation(item["offset"]))
            case "RotateY":
                self.place(item["object"], matrix @ rotation(1, item["angle"]))
            case "ObjectList":
                self.place_list(item["objects"], matrix)
            case "Triangle":
                self.place_list([item], matrix)
            case "ConstantMedium":
                self.place_medium(item, matrix)
            case "GLTF":
                self.place_gltf(item, matrix)
            case _:
                self.add_surface(self.shape(item, matrix), self.material_of(item))

    def place_list(self, items: list[Dictionary], matrix: np.ndarray) -> None:
        """The triangles of a group that are of one material become one mesh."""
        triangles: defaultdict[str, list[Dictionary]] = defaultdict(list)
        for item in items:
            if item["kind"] == "Triangle":
                triangles[str(item.get("material"))].append(item)
            else:
                self.place(item, matrix)
        for group in triangles.values():
            q, u, v = (np.array([item[key] for item in group], float) for key in "quv")
            corners = np.stack([q, q + u, q + v], 1)
            uv = np.tile([[0, 0], [1, 0], [0, 1]], (len(group), 1))
            shape = self.mesh(apply(matrix, corners.reshape(-1, 3)), uv)
            self.add_surface(shape, self.material_of(group[0]))

    def shape(self, item: Dictionary, matrix: np.ndarray) -> Dictionary:
        match item["kind"]:
            case "Sphere":
                return self.sphere(item["center"], item["radius"], matrix)
            case "MovingSphere":
                self.differ("what moves stands still in the middle of its way")
                center = (np.array(item["center_0"]) + np.array(item["center_1"])) / 2
                return self.sphere(center, item["radius"], matrix)
            case "Quad":
                return self.quad(item, matrix)
            case "Boxy":
                return self.box(item, matrix)
            case "STL" | "PLY":
                return self.mesh_file(item, matrix)
        raise ValueError(f"{item['kind']} cannot be converted")

    def sphere(self, center: Any, radius: float, matrix: np.ndarray) -> Dictionary:
        scale = np.diag([abs(radius)] * 3 + [1.0])
        to_world = matrix @ translation(center) @ SPHERE_AXES @ scale
        return {
            "type": "sphere",
            "to_world": mi.ScalarTransform4f(to_world),
            "flip_normals": radius < 0,
        }

    def quad(self, item: Dictionary, matrix: np.ndarray) -> Dictionary:
        q, u, v = (np.array(item[key], float) for key in "quv")
        normal = np.cross(u, v)
        to_world = np.eye(4)
        to_world[:3, 0], to_world[:3, 1] = u / 2, v / 2
        to_world[:3, 2] = normal / np.linalg.norm(normal)
        to_world[:3, 3] = q + (u + v) / 2
        return {"type": "rectangle", "to_world": mi.ScalarTransform4f(matrix @ to_world)}

    def box(self, item: Dictionary, matrix: np.ndarray) -> Dictionary:
        corners = np.array([item["corner_0"], item["corner_1"]], float)
        (x0, y0, z0), (x1, y1, z1) = corners.min(0), corners.max(0)
        dx, dy, dz = np.diag([x1 - x0, y1 - y0, z1 - z0])
        sides = [
            ((x0, y0, z1), dx, dy),
            ((x1, y0, z1), -dz, dy),
            ((x1, y0, z0), -dx, dy),
            ((x0, y0, z0), dz, dy),
            ((x0, y1, z1), dx, -dz),
            ((x0, y0, z0), dx, dz),
        ]
        points = [np.array(q) + a * u + b * v for q, u, v in sides for a, b in CORNERS_OF_SIDE]
        uv = np.tile(CORNERS_OF_SIDE, (len(sides), 1))
        return self.mesh(apply(matrix, np.array(points)), uv)

    def mesh(self, corners: np.ndarray, uv: np.ndarray | None = None) -> Dictionary:
        """Flat triangles, three corners each."""
        columns = dict(zip("xyz", corners.T, strict=True))
        if uv is not None:
            columns |= dict(zip("uv", uv.T, strict=True))
        path = self.folder / f"mesh{len(self.result)}.ply"
        write_ply(path, columns, np.arange(len(corners)).reshape(-1, 3))
        return {"type": "ply", "filename": str(path), "face_normals": True}

    def mesh_file(self, item: Dictionary, matrix: np.ndarray) -> Dictionary:
        x, y, z = item["rotation"]
        turn = rotation(2, z) @ rotation(1, y) @ rotation(0, x)
        scale = np.diag([item["scale"]] * 3 + [1.0])
        placed = matrix @ translation(item["center"]) @ turn @ scale
        corners = np.fromfile(self.meshes[item["path"]]["triangles"], "<f4").reshape(-1, 3)
        return self.mesh(apply(placed, corners.astype(float)))

    def add_surface(self, shape: Dictionary, material: Dictionary) -> None:
        if material["kind"] in ("DiffuseLight", "ConeLight"):
            radiance = self.emission(material["emit"])
            if material["kind"] == "ConeLight" and material["spread"] < 90:
                smallest_cos = math.cos(math.radians(material["spread"]))
                emitter = {"type": "clovers_cone_light", "smallest_cos": smallest_cos}
                # Mitsuba would make one of equal lights, and then miss one for the second shape.
                emitter["number"] = len(self.result)
            else:
                emitter = {"type": "area"}
            shape["emitter"] = {**emitter, "radiance": radiance}
            shape["bsdf"] = {"type": "ref", "id": "black"}
        else:
            shape["bsdf"] = {"type": "ref", "id": self.bsdf(material)}
        self.add(f"shape{len(self.result)}", shape)

    def place_medium(self, item: Dictionary, matrix: np.ndarray) -> None:
        boundary = item["boundary"]
        while boundary["kind"] in ("Translate", "RotateY"):
            if boundary["kind"] == "Translate":
                matrix = matrix @ translation(boundary["offset"])
            else:
                matrix = matrix @ rotation(1, boundary["angle"])
            boundary = boundary["object"]
        if self.camera_medium or any("interior" in part for part in self.result.values()):
            self.differ("of media that overlap only one counts")
        medium = self.add(
            f"medium{len(self.result)}",
            {
                "type": "homogeneous",
                "albedo": self.texture(item.get("texture", GREY)),
                "sigma_t": {"type": "uniform", "value": item.get("density", 0.1)},
            },
        )
        if self.camera_is_inside(boundary, matrix):
            self.camera_medium = medium
        shape = self.shape(boundary, matrix)
        shape["bsdf"] = {"type": "null"}
        shape["interior"] = {"type": "ref", "id": medium}
        self.add(f"shape{len(self.result)}", shape)

    def camera_is_inside(self, boundary: Dictionary, matrix: np.ndarray) -> bool:
        eye = apply(np.linalg.inv(matrix), np.array(self.scene["camera"]["look_from"], float))
        match boundary["kind"]:
            case "Boxy":
                corners = np.array([boundary["corner_0"], boundary["corner_1"]], float)
                return bool((corners.min(0) < eye).all() and (eye < corners.max(0)).all())
            case "Sphere":
                return bool(np.linalg.norm(eye - boundary["center"]) < abs(boundary["radius"]))
        self.differ("the camera is taken to be outside of a medium")
        return False

    # Materials

    def material_of(self, item: Dictionary) -> Dictionary:
        material = item.get("material")
        if isinstance(material, dict):
            return material
        return self.named.get(material or "", {"kind": "Lambertian"})

    def bsdf(self, material: Dictionary) -> str:
        key = str({**material, "name": None})
        if key not in self.bsdfs:
            self.bsdfs[key] = self.add(f"bsdf{len(self.result)}", self.new_bsdf(material))
        return self.bsdfs[key]

    def new_bsdf(self, material: Dictionary) -> Dictionary:
        film = {}
        if material.get("thin_film"):
            film["film_index"] = float(material["thin_film"].get("refractive_index", 1.5))
            film["film_thickness"] = float(material["thin_film"].get("thickness", 500))
        albedo = material.get("albedo", GREY)
        match material["kind"]:
            case "Lambertian":
                if film:
                    self.differ("paint has no thin film")
                return two_sided({"type": "diffuse", "reflectance": self.texture(albedo)})
            case "Metal" if film or material.get("fuzz", 0) > 1e-4:
                fuzz = min(max(float(material.get("fuzz", 0)), 1e-3), 1.0)
                texture = self.texture(albedo)
                return {"type": "clovers_fuzzy_metal", "albedo": texture, "fuzz": fuzz, **film}
            case "Metal":
                mirror = {"type": "conductor", "material": "none"}
                return two_sided({**mirror, "specular_reflectance": self.texture(albedo)})
            case "Dielectric":
                index = float(material.get("refractive_index", 1.5))
                color = material.get("color", [1, 1, 1])
                if film and color == [1, 1, 1]:
                    return {"type": "clovers_filmed_dielectric", "int_ior": index, **film}
                if film:
                    self.differ("tinted glass has no thin film")
                return self.glass(index, color)
            case "Dispersive":
                self.differ("glass does not split colours: its index is that of the d line")
                a, b = material.get("cauchy_a", 1.5046), material.get("cauchy_b", 0.0042)
                return self.glass(a + b / D_LINE_UM**2, [1, 1, 1])
        raise ValueError(f"a surface of {material['kind']} cannot be converted")

    def glass(self, index: float, color: Any) -> Dictionary:
        tint = reflectance(of_xyz_e(color))
        return {
            "type": "dielectric",
            "int_ior": index,
            "ext_ior": 1.0,
            "specular_reflectance": tint,
            "specular_transmittance": tint,
        }

    def texture(self, texture: Dictionary) -> Dictionary:
        """A texture as a reflectance."""
        match texture["kind"]:
            case "SolidColor":
                return reflectance(linear_srgb(texture["color"]))
            case "SurfaceChecker":
                density = texture.get("density", 10) / 2
                return {
                    "type": "checkerboard",
                    "color0": reflectance(linear_srgb(texture.get("even", XYZ_E_LIGHT_GREY))),
                    "color1": reflectance(linear_srgb(texture.get("odd", XYZ_E_GREY))),
                    "to_uv": mi.ScalarTransform4f().scale([density, density, 1]),
                }
            case "SpatialChecker":
                return {
                    "type": "clovers_spatial_checker",
                    "even": reflectance(linear_srgb(texture.get("even", XYZ_E_LIGHT_GREY))),
                    "odd": reflectance(linear_srgb(texture.get("odd", XYZ_E_GREY))),
                    "density": float(texture.get("density", 1)),
                }
        raise ValueError(f"an albedo of {texture['kind']} cannot be converted")

    def emission(self, texture: Dictionary) -> Dictionary:
        """A texture as what a light sends out."""
        if texture["kind"].startswith("Illuminant"):
            first, last, values = illuminant(texture["kind"])
            values = values * texture.get("intensity", 1) / self.white_level
            return {
                "type": "regular",
                "wavelength_min": float(first),
                "wavelength_max": float(last),
                "values": ", ".join(map(str, values)),
            }
        if texture["kind"] != "SolidColor":
            raise ValueError(f"an emission of {texture['kind']} cannot be converted")
        radiance = np.array(linear_srgb(texture["color"])) / self.white_level
        return {"type": "rgb", "value": [max(float(value), 0) for value in radiance]}

    # glTF

    def place_gltf(self, item: Dictionary, matrix: np.ndarray) -> None:
        files = self.meshes[item["path"]]
        corners = np.fromfile(files["corners"], "<u4").reshape(-1, 3)
        vertices = np.fromfile(files["vertices"], "<f4").reshape(-1, 9)
        places = np.fromfile(files["triangles"], "<f4").reshape(-1, 3, 3)
        material_of = np.fromfile(files["material_of"], "<u4")
        images = [self.image(image) for image in files["images"]]
        for index, material in enumerate(files["materials"]):
            mine = material_of == index
            looks = vertices[corners[mine].reshape(-1)]
            points = apply(matrix, places[mine].reshape(-1, 3).astype(float))
            normals = looks[:, :3] @ matrix[:3, :3].T
            columns = dict(zip("xyz", points.T, strict=True))
            columns |= dict(zip(("nx", "ny", "nz"), normals.T, strict=True))
            columns |= dict(zip("uv", looks[:, 7:].T, strict=True))
            path = self.folder / f"gltf{len(self.result)}.ply"
            write_ply(path, columns, np.arange(len(points)).reshape(-1, 3))
            uv = looks[:, 7:]
            if uv.min() < 0 or uv.max() > 1:
                self.differ("glTF textures repeat in Mitsuba's way")
            look = self.metallic_roughness(material, images)
            shape = {"type": "ply", "filename": str(path), **look}
            self.add(f"shape{len(self.result)}", shape)

    def image(self, image: Dictionary) -> np.ndarray:
        """Red, green and blue of texels within 0 and 1, as they are stored."""
        texels = np.fromfile(image["texels"], "u1")
        return texels.reshape(image["height"], image["width"], 4)[..., :3] / 255

    def metallic_roughness(self, material: Dictionary, images: list[np.ndarray]) -> Dictionary:
        """The surface of a material and, if it shines, its light."""

        def texels(name: str) -> np.ndarray | None:
            texture = material[name]
            if texture and not texture["plain"]:
                self.differ("glTF textures are mapped without transforms")
            return images[texture["image"]] if texture else None

        def bitmap(values: np.ndarray, raw: bool) -> Dictionary:
            picture = mi.Bitmap(np.ascontiguousarray(values, np.float32))
            return {"type": "bitmap", "bitmap": picture, "raw": raw}

        color, rough = texels("base_color_texture"), texels("metallic_roughness_texture")
        factor = np.array(material["base_color"])
        bsdf: Dictionary = {
            "type": "clovers_metallic_roughness",
            "base_color": reflectance(factor),
            "roughness": material["roughness"],
            "metallic": material["metallic"],
        }
        if color is not None:
            bsdf["base_color"] = bitmap(decoded(color) * factor, raw=False)
        if rough is not None:
            bsdf["roughness"] = bitmap(rough[..., 1:2] * material["roughness"], raw=True)
            bsdf["metallic"] = bitmap(rough[..., 2:3] * material["metallic"], raw=True)
        normal = texels("normal_texture")
        if normal is not None:
            bent = (2 * normal - 1) * [material["normal_scale"], material["normal_scale"], 1]
            normals = bitmap((bent + 1) / 2, raw=True)
            bsdf = {
                "type": "normalmap",
                "normalmap": normals,
                "bsdf": bsdf,
                # Ours has no such softening of shadows.
                "use_shadowing_function": False,
            }
        parts: Dictionary = {"bsdf": bsdf}
        shine, scale = texels("emissive_texture"), max(material["emissive"])
        if scale > 0:
            colors = np.array(material["emissive"]) / scale
            radiance = reflectance(colors)
            if shine is not None:
                radiance = bitmap(decoded(shine) * colors, raw=False)
            scale = scale / self.white_level
            radiance = {"type": "clovers_shine", "colors": radiance, "scale": scale}
            parts["emitter"] = {"type": "area", "radiance": radiance}
        return parts


def decoded(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


CORNERS_OF_SIDE = np.array([[0, 0], [1, 0], [1, 1], [0, 0], [1, 1], [0, 1]], float)


def two_sided(bsdf: Dictionary) -> Dictionary:
    return {"type": "twosided", "bsdf": bsdf}


def reflectance(color: Any) -> Dictionary:
    return {"type": "rgb", "value": [min(max(float(value), 0), 1) for value in color]}
