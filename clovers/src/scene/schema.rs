//! The JSON Schema (2020-12) of scene files, revision D: what editors and forms are made from.
//!
//! The types of this file only describe; scenes are read by [`file`](super::file). Their tests
//! hold the two together: same kinds, same keys, same defaults. A schema tells less than the
//! reader knows: that the sides of a quad are not parallel, that a camera does not look at
//! itself, or how deep objects nest.
//!
//! Every property has a title, a description, and its unit under `x-unit` where it is not a number
//! or a length of the scene. Those without a default have an example. The first of several
//! notations is the one to offer.

#![expect(dead_code, reason = "the types are there for their schemas only")]

use std::borrow::Cow;

use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema,
    transform::RecursiveTransform,
};
use serde_json::{Value, json};

use crate::spectrum::Illuminant;

/// The schema of a scene file. `$defs` has those of its parts: `Object`, `Material`,
/// `NamedMaterial`, `Texture`, `Color` and some more.
#[must_use]
pub fn scene_schema() -> Value {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(tidy))
        .into_generator()
        .into_root_schema_for::<Scene>()
        .to_value()
}

/// Leaves out what says nothing in JSON, and the line breaks of this file; says first what it is.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    for key in ["title", "description"] {
        if let Some(Value::String(text)) = schema.get_mut(key) {
            *text = text.replace('\n', " ");
        }
    }
    // Notations exclude each other.
    if let Some(notations) = schema.remove("anyOf") {
        schema.insert("oneOf".into(), notations);
    }
    if let Some(keywords) = schema.as_object_mut() {
        let first = ["$schema", "$id", "title", "description", "type", "x-unit"];
        let rank = |key: &String| first.iter().position(|f| f == key).unwrap_or(first.len());
        let mut pairs: Vec<(String, Value)> = std::mem::take(keywords).into_iter().collect();
        pairs.sort_by_key(|(key, _)| rank(key));
        keywords.extend(pairs);
    }
}

/// # Scene
/// A scene file of clovers, revision D. World space is right-handed; its unit of length is yours.
#[derive(JsonSchema)]
struct Scene {
    /// # Shutter opens
    /// Time at which the shutter opens. Only `MovingSphere` depends on it.
    #[schemars(example = 0)]
    time_0: Number,
    /// # Shutter closes
    /// Time at which the shutter closes.
    #[schemars(example = 1)]
    time_1: Number,
    /// # Background
    /// Radiance all around, as encoded sRGB. Black is no light.
    #[schemars(extend("examples" = [[0.7, 0.8, 1.0]]))]
    background_color: Rgb,
    /// # Camera
    /// Where the picture is taken from.
    camera: Camera,
    /// # Objects
    /// What is to be seen.
    #[schemars(extend("examples" = [[]]))]
    objects: Vec<Object>,
    /// # Materials
    /// Materials that objects ask for by name.
    #[schemars(default, extend("default" = []))]
    materials: Vec<NamedMaterial>,
    /// # White level
    /// Exposure: the radiance of a flat spectrum that is shown as white. 1 is radiometric.
    #[schemars(default, extend("default" = 3.741, "exclusiveMinimum" = 0))]
    white_level: f64,
}

/// # Camera
/// A thin lens; nothing of it is optional.
#[derive(JsonSchema)]
struct Camera {
    /// # Eye
    /// Where the camera stands.
    #[schemars(extend("examples" = [[0, 1, 6]]))]
    look_from: Point,
    /// # Target
    /// What is in the middle of the picture; not the eye itself.
    #[schemars(extend("examples" = [[0, 0, 0]]))]
    look_at: Point,
    /// # Up
    /// A hint which way is up; of any length, but not along the view.
    #[schemars(extend("examples" = [[0, 1, 0]]))]
    up: Point,
    /// # Field of view
    /// From the lower to the upper edge of the picture.
    #[schemars(example = 40, extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 180, "x-unit" = "degrees"))]
    vertical_fov: f64,
    /// # Aperture
    /// Diameter of the lens. 0 makes everything sharp.
    #[schemars(example = 0, range(min = 0))]
    aperture: f64,
    /// # Focus distance
    /// Distance of what is sharp, along the view; greater than 0 where the aperture is.
    #[schemars(example = 6)]
    focus_distance: Number,
}

/// # Object
/// A shape, a mesh, a medium, or what groups and moves others.
#[derive(JsonSchema)]
#[schemars(tag = "kind")]
enum Object {
    /// # Sphere
    /// A ball.
    Sphere {
        /// # Centre
        /// Its middle.
        #[schemars(extend("examples" = [[0, 0, 0]]))]
        center: Point,
        /// # Radius
        /// Its radius; a negative one turns the front inwards.
        #[schemars(example = 1)]
        radius: Length,
        #[schemars(flatten)]
        surface: Surface,
    },
    /// # Moving sphere
    /// A ball on its way along a line, blurred by what of it the shutter sees.
    MovingSphere {
        /// # First centre
        /// Its middle at `time_0`.
        #[schemars(extend("examples" = [[0, 0, 0]]))]
        center_0: Point,
        /// # Second centre
        /// Its middle at `time_1`.
        #[schemars(extend("examples" = [[0, 1, 0]]))]
        center_1: Point,
        /// # Radius
        /// Its radius; a negative one turns the front inwards.
        #[schemars(example = 1)]
        radius: Length,
        /// # First time
        /// When it is at the first centre.
        #[schemars(default, extend("default" = 0))]
        time_0: Number,
        /// # Second time
        /// When it is at the second centre; not the first time.
        #[schemars(default, extend("default" = 1))]
        time_1: Number,
        #[schemars(flatten)]
        surface: Surface,
    },
    /// # Quad
    /// The parallelogram q + a u + b v, a and b within 0 and 1. Its front is where u × v points to.
    Quad {
        /// # Corner
        /// A corner.
        #[schemars(extend("examples" = [[0, 0, 0]]))]
        q: Point,
        /// # First side
        /// From the corner along one side.
        #[schemars(extend("examples" = [[1, 0, 0]]))]
        u: Point,
        /// # Second side
        /// From the corner along the other side; not parallel to the first.
        #[schemars(extend("examples" = [[0, 1, 0]]))]
        v: Point,
        #[schemars(flatten)]
        surface: Surface,
    },
    /// # Triangle
    /// Half of a quad: a + b is at most 1.
    Triangle {
        /// # Corner
        /// A corner.
        #[schemars(extend("examples" = [[0, 0, 0]]))]
        q: Point,
        /// # First side
        /// From the corner to the second one.
        #[schemars(extend("examples" = [[1, 0, 0]]))]
        u: Point,
        /// # Second side
        /// From the corner to the third one; not parallel to the first.
        #[schemars(extend("examples" = [[0, 1, 0]]))]
        v: Point,
        #[schemars(flatten)]
        surface: Surface,
    },
    /// # Box
    /// A box whose edges are parallel to the axes. Turn it with `RotateY`.
    Boxy {
        /// # Corner
        /// Any corner.
        #[schemars(extend("examples" = [[0, 0, 0]]))]
        corner_0: Point,
        /// # Opposite corner
        /// The corner farthest from it.
        #[schemars(extend("examples" = [[1, 1, 1]]))]
        corner_1: Point,
        #[schemars(flatten)]
        surface: Surface,
    },
    /// # STL mesh
    /// Triangles of an STL file, binary or text.
    #[schemars(rename = "STL")]
    Stl {
        #[schemars(flatten)]
        placement: Placement,
        #[schemars(flatten)]
        surface: Surface,
    },
    /// # PLY mesh
    /// Triangles of a PLY file, binary or text.
    #[schemars(rename = "PLY")]
    Ply {
        #[schemars(flatten)]
        placement: Placement,
        #[schemars(flatten)]
        surface: Surface,
    },
    /// # glTF model
    /// A glTF 2.0 file with its own materials. Scale, turn and move it in the file, or by
    /// `RotateY` and `Translate`.
    #[schemars(rename = "GLTF")]
    Gltf {
        /// # File
        /// Name of the model.
        #[schemars(example = "model.glb", length(min = 1))]
        path: String,
        #[schemars(flatten)]
        hint: Hint,
    },
    /// # Medium
    /// Fog, smoke or milk inside of a closed boundary.
    ConstantMedium {
        /// # Boundary
        /// What encloses it: a ball, a box, a mesh without holes, or several. It is not seen
        /// itself.
        #[schemars(extend("examples" = [{ "kind": "Sphere", "center": [0, 0, 0], "radius": 1 }]))]
        boundary: Box<Object>,
        /// # Density
        /// Extinction: light passes a length d with a chance of exp(-density d).
        #[schemars(default, range(min = 0), extend("default" = 0.1, "x-unit" = "per unit of length"))]
        density: f64,
        /// # Albedo
        /// How much of the extinguished light goes on, into any direction.
        #[schemars(default = "none", extend("default" = grey(0.5)))]
        texture: Texture,
        #[schemars(flatten)]
        hint: Hint,
    },
    /// # Move
    /// Another object, moved.
    Translate {
        /// # Object
        /// What is moved.
        #[schemars(extend("examples" = [{ "kind": "Sphere", "center": [0, 0, 0], "radius": 1 }]))]
        object: Box<Object>,
        /// # Offset
        /// By how much.
        #[schemars(extend("examples" = [[0, 1, 0]]))]
        offset: Point,
        #[schemars(flatten)]
        hint: Hint,
    },
    /// # Turn
    /// Another object, turned about the y axis of the world.
    RotateY {
        /// # Object
        /// What is turned.
        #[schemars(extend("examples" = [{ "kind": "Boxy", "corner_0": [0, 0, 0], "corner_1": [1, 1, 1] }]))]
        object: Box<Object>,
        /// # Angle
        /// By how much; 90 turns the z axis to the x axis.
        #[schemars(example = 45, extend("x-unit" = "degrees"))]
        angle: Number,
        #[schemars(flatten)]
        hint: Hint,
    },
    /// # Group
    /// Several objects that are one.
    #[schemars(rename = "ObjectList")]
    List {
        /// # Objects
        /// Its members.
        #[schemars(extend("examples" = [[{ "kind": "Sphere", "center": [0, 0, 0], "radius": 1 }]]))]
        objects: Vec<Object>,
        #[schemars(flatten)]
        hint: Hint,
    },
}

/// What every object with a surface has.
#[derive(JsonSchema)]
struct Surface {
    /// # Material
    /// What it is made of.
    #[schemars(default = "none", extend("default" = { "kind": "Lambertian" }))]
    material: MaterialRef,
    #[schemars(flatten)]
    hint: Hint,
}

/// What every object has.
#[derive(JsonSchema)]
struct Hint {
    /// # Priority
    /// A hint to sample it directly. It never changes what a picture converges to, and this
    /// renderer finds every light by itself.
    #[schemars(default)]
    priority: bool,
}

/// Which mesh stands where.
#[derive(JsonSchema)]
struct Placement {
    /// # File
    /// Name of the mesh.
    #[schemars(example = "mesh.stl", length(min = 1))]
    path: String,
    /// # Scale
    /// Factor of all its coordinates.
    #[schemars(example = 1)]
    scale: Length,
    /// # Centre
    /// Where its origin goes.
    #[schemars(extend("examples" = [[0, 0, 0]]))]
    center: Point,
    /// # Rotation
    /// Turned about x, then y, then z, before it is moved.
    #[schemars(extend("examples" = [[0, 0, 0]]), extend("x-unit" = "degrees"))]
    rotation: [Number; 3],
}

/// # Material or its name
/// A material, or the name of one of the scene's materials.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum MaterialRef {
    Inline(Material),
    /// # Name
    /// Name of one of the scene's materials.
    Named(String),
}

/// A material that says its name, too.
struct NamedMaterial;

impl JsonSchema for NamedMaterial {
    fn schema_name() -> Cow<'static, str> {
        "NamedMaterial".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<Material>();
        let more = json_schema!({
            "title": "Named material",
            "description": "A material that objects ask for by its name.",
            "type": "object",
            "properties": {
                "name": {
                    "title": "Name",
                    "description": "What objects call it. Of several the first counts.",
                    "type": "string",
                    "examples": ["material"],
                },
            },
            "required": ["name"],
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            schema.insert(key.clone(), value.clone());
        }
        schema
    }
}

/// # Material
/// What a surface is made of.
#[derive(JsonSchema)]
#[schemars(tag = "kind")]
enum Material {
    /// # Lambertian
    /// Ideal diffuse: chalk, matte paint.
    Lambertian {
        /// # Albedo
        /// Its reflectance.
        #[schemars(default = "none", extend("default" = grey(0.5)))]
        albedo: Texture,
        #[schemars(flatten)]
        coating: Coating,
    },
    /// # Metal
    /// A mirror, smooth or fuzzy.
    Metal {
        /// # Albedo
        /// Its reflectance.
        #[schemars(default = "none", extend("default" = grey(0.5)))]
        albedo: Texture,
        /// # Fuzz
        /// From 0, a mirror, to 1, nearly diffuse. Limited to that.
        #[schemars(default, extend("default" = 0))]
        fuzz: Number,
        #[schemars(flatten)]
        coating: Coating,
    },
    /// # Dielectric
    /// Glass, water: a smooth surface between vacuum and what is behind it.
    Dielectric {
        /// # Refractive index
        /// Of what is behind the surface.
        #[schemars(default, range(min = 0.01, max = 100), extend("default" = 1.5))]
        refractive_index: f64,
        /// # Colour
        /// Factor of every reflection and refraction: XYZ relative to equal energy, not one of
        /// the notations of a texture's colour.
        #[schemars(default = "none", extend("default" = [1, 1, 1]))]
        color: Xyz,
        #[schemars(flatten)]
        coating: Coating,
    },
    /// # Dispersive
    /// Clear glass that splits light into its colours; its refractive index is a + b / λ².
    Dispersive {
        /// # Cauchy's a
        /// The index of long waves.
        #[schemars(default, extend("default" = 1.5046))]
        cauchy_a: Number,
        /// # Cauchy's b
        /// How much it grows towards short waves.
        #[schemars(default, extend("default" = 0.0042, "x-unit" = "µm²"))]
        cauchy_b: Number,
        #[schemars(flatten)]
        coating: Coating,
    },
    /// # Light
    /// Shines from its front and is black otherwise.
    DiffuseLight {
        /// # Radiance
        /// What it sends out.
        #[schemars(extend("examples" = [{ "kind": "SolidColor", "color": [4, 4, 4] }]))]
        emit: Texture,
    },
    /// # Cone light
    /// A light that shines only into a cone around its normal.
    ConeLight {
        /// # Spread
        /// Half the angle of the cone; from 90 on it is all of the front.
        #[schemars(example = 30, extend("exclusiveMinimum" = 0, "maximum" = 180, "x-unit" = "degrees"))]
        spread: f64,
        /// # Radiance
        /// What it sends out within the cone.
        #[schemars(extend("examples" = [{ "kind": "SolidColor", "color": [4, 4, 4] }]))]
        emit: Texture,
    },
    /// # Isotropic
    /// Scatters into all directions alike, through the surface too.
    Isotropic {
        /// # Albedo
        /// Its reflectance.
        #[schemars(default = "none", extend("default" = grey(0.5)))]
        albedo: Texture,
        #[schemars(flatten)]
        coating: Coating,
    },
}

/// What every material that scatters has.
#[derive(JsonSchema)]
struct Coating {
    /// # Thin film
    /// A film that colours it by interference; null is none.
    #[schemars(default, extend("default" = null))]
    thin_film: Option<ThinFilm>,
}

/// # Thin film
/// A soap film, an oxide: colours that change with the angle.
#[derive(JsonSchema)]
struct ThinFilm {
    /// # Refractive index
    /// Of the film.
    #[schemars(default, range(min = 0.01, max = 100), extend("default" = 1.5))]
    refractive_index: f64,
    /// # Thickness
    /// Of the film.
    #[schemars(default, range(min = 0, max = 1e6), extend("default" = 500, "x-unit" = "nm"))]
    thickness: f64,
}

/// # Texture
/// What varies over a surface: reflectance or radiance.
#[derive(JsonSchema)]
#[schemars(tag = "kind")]
enum Texture {
    /// # Colour
    /// The same everywhere.
    SolidColor {
        /// # Colour
        /// The colour.
        #[schemars(extend("examples" = [[0.8, 0.5, 0.2]]))]
        color: Color,
    },
    /// # Checker on the surface
    /// Cells that follow the surface's own coordinates.
    SurfaceChecker {
        /// # Even cells
        /// Their colour.
        #[schemars(default = "none", extend("default" = { "xyz_e": [0.8, 0.8, 0.8] }))]
        even: Color,
        /// # Odd cells
        /// Their colour.
        #[schemars(default = "none", extend("default" = { "xyz_e": [0.5, 0.5, 0.5] }))]
        odd: Color,
        /// # Density
        /// Cells along a side.
        #[schemars(default, extend("default" = 10))]
        density: Number,
    },
    /// # Checker in space
    /// Cubes of which the world is built.
    SpatialChecker {
        /// # Even cells
        /// Their colour.
        #[schemars(default = "none", extend("default" = { "xyz_e": [0.8, 0.8, 0.8] }))]
        even: Color,
        /// # Odd cells
        /// Their colour.
        #[schemars(default = "none", extend("default" = { "xyz_e": [0.5, 0.5, 0.5] }))]
        odd: Color,
        /// # Density
        /// Cells per unit of length.
        #[schemars(default, extend("default" = 1, "x-unit" = "per unit of length"))]
        density: Number,
    },
    /// # Illuminant
    /// The measured spectrum of daylight or of a lamp. As a reflectance it is limited to 1.
    #[schemars(transform = name_illuminants)]
    Illuminant {
        /// # Intensity
        /// Factor of the table, which is 100 at 560 nm for daylight.
        #[schemars(default, range(min = 0, max = 1e9), extend("default" = 1))]
        intensity: f64,
    },
}

/// # Colour
/// A colour in one of several notations.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Color {
    /// # sRGB
    /// Red, green and blue, encoded as sRGB: 0 to 1, and beyond for lights.
    Array([Number; 3]),
    /// # Hexadecimal
    /// As on the web.
    Hex {
        /// # Digits
        /// 3 or 6 of them, with or without #.
        #[schemars(
            example = "#ff8800",
            regex(pattern = "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")
        )]
        hex: String,
    },
    /// # sRGB
    /// The same as an array without a tag.
    Srgb {
        /// # Components
        /// Encoded as sRGB.
        #[schemars(extend("examples" = [[0.8, 0.5, 0.2]]))]
        srgb: Rgb,
    },
    /// # Linear sRGB
    /// Red, green and blue as amounts of light.
    LinSrgb {
        /// # Components
        /// Linear.
        #[schemars(extend("examples" = [[0.6, 0.2, 0.03]]))]
        lin_srgb: Rgb,
    },
    /// # XYZ, D65
    /// CIE XYZ relative to the white of daylight; adapted to equal energy.
    XyzD65 {
        /// # Components
        /// X, Y and Z.
        #[schemars(extend("examples" = [[0.475, 0.5, 0.545]]))]
        xyz_d65: Xyz,
    },
    /// # XYZ, E
    /// CIE XYZ relative to equal energy: three equal numbers are a flat spectrum.
    XyzE {
        /// # Components
        /// X, Y and Z.
        #[schemars(extend("examples" = [[0.5, 0.5, 0.5]]))]
        xyz_e: Xyz,
    },
    /// # Oklch
    /// Lightness, chroma and hue.
    Oklch {
        /// # Components
        /// Lightness from 0 to 1, chroma, and hue in degrees.
        #[schemars(extend("examples" = [[0.7, 0.1, 60]]))]
        oklch: Lch,
    },
}

/// # Red, green, blue
/// Three numbers, or a map of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Rgb {
    Array([Number; 3]),
    Map {
        red: Number,
        green: Number,
        blue: Number,
    },
}

/// # X, Y, Z
/// Three numbers, or a map of them. Y is the luminance.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Xyz {
    Array([Number; 3]),
    Map { x: Number, y: Number, z: Number },
}

/// # Lightness, chroma, hue
/// Three numbers, or a map of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Lch {
    Array([Number; 3]),
    Map {
        l: Number,
        chroma: Number,
        hue: Number,
    },
}

/// A point, or the way from one to another.
#[derive(JsonSchema)]
#[schemars(inline)]
struct Point([Coordinate; 3]);

#[derive(JsonSchema)]
#[schemars(inline, extend("minimum" = -1_000_000_000, "maximum" = 1_000_000_000))]
struct Coordinate(f64);

/// A number that is not 0.
#[derive(JsonSchema)]
#[schemars(inline, extend("minimum" = -1_000_000_000, "maximum" = 1_000_000_000, "not" = { "const": 0 }))]
struct Length(f64);

/// Any number that single precision can hold.
type Number = f64;

fn grey(value: f64) -> Value {
    json!({ "kind": "SolidColor", "color": { "xyz_e": [value, value, value] } })
}

/// Lists the illuminants where their common kind stands.
fn name_illuminants(schema: &mut Schema) {
    let names: Vec<&str> = Illuminant::ALL.iter().map(|kind| kind.name()).collect();
    let kind = json!({ "type": "string", "enum": names });
    if let Some(properties) = schema.get_mut("properties") {
        properties["kind"] = kind;
    }
}

/// For what has a default that only its schema tells.
fn none() {}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::scene::{
        SceneFile,
        file::{self, Kind},
    };

    /// The keys of each kind of a definition.
    fn kinds_of(schema: &Value, part: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut kinds = BTreeMap::new();
        for variant in schema["$defs"][part]["oneOf"].as_array().expect("variants") {
            let properties = variant["properties"].as_object().expect("properties");
            let keys: BTreeSet<String> = properties.keys().cloned().collect();
            let names = match &properties["kind"] {
                kind if kind.get("const").is_some() => vec![kind["const"].clone()],
                kind => kind["enum"].as_array().expect("names").clone(),
            };
            for name in names {
                let name = name.as_str().expect("a name").to_owned();
                assert!(kinds.insert(name, keys.clone()).is_none(), "twice");
            }
        }
        kinds
    }

    /// The schema knows the kinds and keys the reader knows; `common` ones may be missing.
    fn check<T>(part: &str, kinds: &[Kind<T>], common: &[&str]) {
        let described = kinds_of(&scene_schema(), part);
        let names: BTreeSet<&str> = kinds.iter().map(|kind| kind.name).collect();
        let described_names: BTreeSet<&str> = described.keys().map(String::as_str).collect();
        assert_eq!(described_names, names);
        for kind in kinds {
            let keys: BTreeSet<&str> = described[kind.name]
                .iter()
                .map(String::as_str)
                .filter(|key| !common.contains(key))
                .collect();
            assert_eq!(keys, kind.keys.iter().copied().collect(), "{}", kind.name);
        }
    }

    #[test]
    fn the_schema_has_the_kinds_and_keys_of_the_reader() {
        check("Object", file::OBJECT_KINDS, file::OBJECT_KEYS);
        check("Material", file::MATERIAL_KINDS, file::MATERIAL_KEYS);
        check("Texture", &file::TEXTURE_KINDS, &["kind"]);
        let schema = scene_schema();
        let keys = |part: &Value| -> BTreeSet<String> {
            let properties = part["properties"].as_object().expect("properties");
            properties.keys().cloned().collect()
        };
        let known = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(keys(&schema), known(file::SCENE_KEYS));
        assert_eq!(keys(&schema["$defs"]["Camera"]), known(file::CAMERA_KEYS));
        let film = keys(&schema["$defs"]["ThinFilm"]);
        assert_eq!(film, known(file::THIN_FILM_KEYS));
    }

    /// Something that fits a schema: its example, its default, or all it can have.
    fn instance(part: &Value, schema: &Value) -> Value {
        if let Some(example) = part["examples"].get(0) {
            return example.clone();
        }
        if let Some(name) = part["$ref"].as_str() {
            let target = schema.pointer(&name[1..]).expect("a definition");
            return instance(target, schema);
        }
        if let Some(notations) = part["oneOf"].as_array() {
            return instance(&notations[0], schema);
        }
        if let Some(value) = part.get("const").or_else(|| part["enum"].get(0)) {
            return value.clone();
        }
        match part["type"].as_str() {
            Some("object") => properties(part)
                .map(|(key, property)| (key.clone(), instance(property, schema)))
                .collect(),
            Some("array") => {
                let length = part["minItems"].as_u64().unwrap_or(0);
                (0..length)
                    .map(|_| instance(&part["items"], schema))
                    .collect()
            }
            Some("number") => part.get("default").cloned().unwrap_or(json!(0.25)),
            Some("boolean") => json!(true),
            _ => panic!("nothing fits {part}"),
        }
    }

    fn properties(part: &Value) -> impl Iterator<Item = (&String, &Value)> {
        part["properties"].as_object().expect("properties").iter()
    }

    /// Reads a scene with an object, or an object of a material, or of a material of a texture.
    fn read(part: &str, value: &Value) -> Result<(String, Vec<String>), String> {
        let schema = scene_schema();
        let mut scene = instance(&schema, &schema);
        let object = match part {
            "Object" => value.clone(),
            "Material" => {
                json!({ "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material": value })
            }
            "Texture" => {
                return read(
                    "Material",
                    &json!({ "kind": "Lambertian", "albedo": value }),
                );
            }
            "Color" => return read("Texture", &json!({ "kind": "SolidColor", "color": value })),
            "ThinFilm" => return read("Material", &json!({ "kind": "Metal", "thin_film": value })),
            "Camera" => {
                scene["camera"] = value.clone();
                return read("", &scene);
            }
            _ => {
                let parsed = SceneFile::parse(value).map_err(|problems| problems[0].to_string())?;
                let warnings = parsed.warnings.iter().map(ToString::to_string);
                return Ok((format!("{:?}", parsed.file), warnings.collect()));
            }
        };
        scene["objects"] = json!([object]);
        read("", &scene)
    }

    /// One variant of a definition: it is read without a warning; without a required key it is not
    /// read, and without any other its default holds.
    fn check_variant(part: &str, variant: &Value, schema: &Value) {
        let whole = instance(variant, schema);
        let (_, warnings) = read(part, &whole).unwrap_or_else(|error| panic!("{whole}: {error}"));
        assert_eq!(warnings, Vec::<String>::new(), "{whole}");
        if !whole.is_object() {
            return;
        }
        let required = variant["required"].as_array();
        let is_required = |key: &str| required.is_some_and(|keys| keys.contains(&json!(key)));
        for (key, property) in properties(variant) {
            let mut less = whole.clone();
            less.as_object_mut().expect("an object").remove(key);
            let outcome = read(part, &less);
            if is_required(key) {
                assert!(outcome.is_err(), "{key} of {part}: {less}");
                continue;
            }
            let (without, warnings) = outcome.unwrap_or_else(|error| panic!("{less}: {error}"));
            assert_eq!(warnings, Vec::<String>::new(), "{less}");
            let mut with = whole.clone();
            with[key] = property
                .get("default")
                .unwrap_or_else(|| panic!("{key} of {part}"))
                .clone();
            let (with, _) = read(part, &with).expect("the default is right");
            // Where a material is written is no part of what it is.
            let anywhere = |text: &str| text.replace("/objects/0/material", "");
            let index = |text: String| text.replace("material: 0", "material: 1");
            if key == "material" {
                // The default is a material of its own when it is written down.
                continue;
            }
            assert_eq!(
                index(anywhere(&without)),
                index(anywhere(&with)),
                "{key} of {part}"
            );
        }
    }

    #[test]
    fn what_the_schema_describes_is_read_as_it_says() {
        let schema = scene_schema();
        for part in ["Object", "Material", "Texture", "Color"] {
            for variant in schema["$defs"][part]["oneOf"].as_array().expect("variants") {
                check_variant(part, variant, &schema);
            }
        }
        for part in ["Camera", "ThinFilm"] {
            check_variant(part, &schema["$defs"][part], &schema);
        }
        check_variant("Scene", &schema, &schema);
        // The other notations of components.
        for (tag, part) in [("srgb", "Rgb"), ("xyz_e", "Xyz"), ("oklch", "Lch")] {
            for notation in schema["$defs"][part]["oneOf"]
                .as_array()
                .expect("notations")
            {
                let color = json!({ tag: instance(notation, &schema) });
                assert!(read("Color", &color).is_ok(), "{color}");
            }
        }
    }

    #[test]
    fn every_property_has_a_title_and_a_description() {
        fn check(part: &Value, place: &str) {
            if let Some(properties) = part["properties"].as_object() {
                for (key, property) in properties {
                    let is_component = place.contains("/Rgb/")
                        || place.contains("/Xyz/")
                        || place.contains("/Lch/");
                    for word in ["title", "description"] {
                        let told = property[word].as_str().is_some_and(|text| !text.is_empty());
                        assert!(
                            told || key == "kind" || is_component,
                            "{word} of {place}/{key}"
                        );
                    }
                }
            }
            for (key, value) in part.as_object().into_iter().flatten() {
                check(value, &format!("{place}/{key}"));
            }
            for value in part.as_array().into_iter().flatten() {
                check(value, place);
            }
        }
        check(&scene_schema(), "");
    }
}
