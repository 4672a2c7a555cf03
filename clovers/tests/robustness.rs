//! Whatever a scene that parses contains, its film stays finite; and what does not parse does
//! not panic. The renderer's own assertions are on in these tests.

use std::sync::Arc;

use clovers::{
    Mesh, MeshFormat, MeshSource, Mode, Picture, RenderOptions, SamplerKind, Scene, SceneFile,
    mesh::{Appearance, Image, NormalTexture, PbrMaterial, TextureRef, Vertex, Wrap},
    spectrum::Illuminant,
};
use glam::{Vec2, Vec3};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{check_measured, grey, light, options, picture, scene as scene_from};

/// Lengths of all sizes that the format allows, whole numbers among them.
fn length() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-3_i32..=3).prop_map(f64::from),
        (-6.0..6.0_f64, any::<bool>()).prop_map(|(power, negative)| {
            let length = 10f64.powf(power);
            if negative { -length } else { length }
        }),
    ]
}

/// A length that is not 0.
fn size() -> impl Strategy<Value = f64> {
    length().prop_map(|length| if length == 0.0 { 1.0 } else { length })
}

fn vector() -> impl Strategy<Value = Value> {
    [length(), length(), length()].prop_map(|v| json!(v))
}

fn texture() -> impl Strategy<Value = Value> {
    let color = prop_oneof![
        [0.0..1.0_f64, 0.0..1.0, 0.0..1.0].prop_map(|rgb| json!(rgb)),
        Just(json!([1, 1, 1])),
        Just(json!([0, 0, 1])),
        Just(json!([4000, 0, 2])),
        (0.0..1.0_f64, 0.0..0.4_f64, 0.0..360.0_f64)
            .prop_map(|(l, c, h)| json!({ "oklch": [l, c, h] })),
    ];
    let illuminant = prop::sample::select(Illuminant::ALL);
    (color, 0..4, length(), illuminant).prop_map(|(color, kind, density, illuminant)| match kind {
        0 => json!({ "kind": "SolidColor", "color": color }),
        1 => json!({ "kind": "SpatialChecker", "even": color, "density": density }),
        2 => json!({ "kind": "SurfaceChecker", "odd": color, "density": density }),
        _ => json!({ "kind": illuminant.name(), "intensity": density.abs() }),
    })
}

fn thin_film() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(Value::Null),
        1 => (0.01..3.0_f64, prop_oneof![Just(0.0), 1.0..2000.0, Just(1e6)]).prop_map(
            |(index, thickness)| json!({ "refractive_index": index, "thickness": thickness })
        ),
    ]
}

fn material() -> impl Strategy<Value = Value> {
    (texture(), 0..9, 0.0..1.0_f64, thin_film()).prop_map(|(texture, kind, number, film)| {
        let mut material = match kind {
            0 => json!({ "kind": "Lambertian", "albedo": texture }),
            1 => json!({ "kind": "Metal", "albedo": texture, "fuzz": number }),
            2 => json!({ "kind": "Metal", "albedo": texture, "fuzz": number * 1e-3 }),
            3 => json!({ "kind": "Dielectric", "refractive_index": 0.5 + 2.0 * number }),
            4 => {
                json!({ "kind": "Dispersive", "cauchy_a": 1.0 + number, "cauchy_b": 0.02 * number })
            }
            5 => json!({ "kind": "Isotropic", "albedo": texture }),
            6 => json!({ "kind": "ConeLight", "spread": 1e-3 + 180.0 * number, "emit": texture }),
            7 => json!({ "kind": "ConeLight", "spread": 1e-3 + number, "emit": texture }),
            _ => json!({ "kind": "DiffuseLight", "emit": texture }),
        };
        material["thin_film"] = film;
        material
    })
}

/// What encloses something.
const CLOSED: std::ops::Range<u32> = 0..5;
/// That, and what does not.
const ALL: std::ops::Range<u32> = 0..7;

fn shape(kinds: std::ops::Range<u32>) -> impl Strategy<Value = Value> {
    (
        kinds,
        [vector(), vector(), vector()],
        [size(), size()],
        0..MESHES,
        material(),
    )
        .prop_map(|(kind, [a, b, c], [radius, other], mesh, material)| {
            let mut shape = match kind {
                0 => json!({ "kind": "Sphere", "center": a, "radius": radius }),
                1 => json!({ "kind": "Boxy", "corner_0": a, "corner_1": b }),
                2 => json!({
                    "kind": "MovingSphere", "center_0": a, "center_1": b, "radius": radius, "time_1": other
                }),
                3 => json!({
                    "kind": "STL", "path": mesh.to_string(), "center": a, "scale": radius, "rotation": b
                }),
                4 => return json!({ "kind": "GLTF", "path": mesh.to_string() }),
                5 => json!({ "kind": "Quad", "q": a, "u": b, "v": c }),
                _ => json!({ "kind": "Triangle", "q": a, "u": b, "v": c }),
            };
            shape["material"] = material;
            shape
        })
}

/// Something turned, in a list or not, perhaps moved.
fn group(kinds: std::ops::Range<u32>) -> impl Strategy<Value = Value> {
    let leaf = (shape(kinds), 0.0..360.0_f64)
        .prop_map(|(shape, angle)| json!({ "kind": "RotateY", "angle": angle, "object": shape }));
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3)
                .prop_map(|objects| json!({ "kind": "ObjectList", "objects": objects })),
            (inner, vector())
                .prop_map(|(object, offset)| json!({ "kind": "Translate", "offset": offset, "object": object })),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    let medium = |boundary: &Value, density: f64, texture: &Value| json!({ "kind": "ConstantMedium", "boundary": boundary, "density": density, "texture": texture });
    prop_oneof![
        3 => group(ALL),
        1 => (group(CLOSED), size(), texture())
            .prop_map(move |(boundary, density, texture)| medium(&boundary, density.abs(), &texture)),
        // A medium in the very thing that is around it.
        1 => (group(CLOSED), size(), texture()).prop_map(move |(object, density, texture)| {
            let medium = medium(&object, density.abs(), &texture);
            json!({ "kind": "ObjectList", "objects": [object, medium] })
        }),
    ]
}

/// How many meshes there are.
const MESHES: usize = 4;

/// Small closed meshes with triangles that have no area, and how they look as glTF.
struct Meshes;

impl MeshSource for Meshes {
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
        let index: usize = path.parse().map_err(|_| "no such mesh")?;
        let corners = [Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::Z * 0.5];
        let mut corners_of = vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
        if index % 2 == 1 {
            corners_of.extend([[0, 0, 1], [2, 2, 2]]);
        }
        let triangles: Vec<[Vec3; 3]> = corners_of.iter().map(|t| t.map(|i| corners[i])).collect();
        let mesh = match format {
            MeshFormat::Gltf => {
                let appearance = appearance(index, &corners_of);
                Mesh::with_appearance(triangles, appearance)
            }
            _ => Mesh::from_triangles(triangles),
        };
        Ok(Arc::new(mesh))
    }
}

/// Four vertices whose normals look anywhere, textures and a normal map that bends far.
fn appearance(index: usize, corners: &[[usize; 3]]) -> Appearance {
    let texture = |image: u32| {
        Some(TextureRef {
            image,
            uv_set: 0,
            wrap: [Wrap::Repeat, Wrap::Mirror],
            transform: None,
        })
    };
    let vertex = |normal: Vec3, uv: f32| Vertex {
        normal,
        tangent: normal.any_orthonormal_vector().extend(-1.0),
        uv: [Vec2::new(uv, 3.0 * uv); 2],
    };
    Appearance {
        vertices: vec![
            vertex(Vec3::X, 0.0),
            vertex(Vec3::NEG_Y, 1e4),
            vertex(Vec3::Z, -0.5),
            vertex(Vec3::NEG_Z, 0.3),
        ],
        corners: corners.iter().map(|t| t.map(|i| i as u32)).collect(),
        material_of: vec![0; corners.len()],
        materials: vec![PbrMaterial {
            base_color: [1.0, 0.0, 0.5],
            base_color_texture: texture(0),
            metallic: [0.0, 1.0, 0.5, 1.0][index],
            roughness: [0.0, 0.0, 0.3, 1.0][index],
            metallic_roughness_texture: texture(1).filter(|_| index > 1),
            normal_texture: texture(1).map(|texture| NormalTexture {
                texture,
                scale: 5.0,
            }),
            emissive: if index == 2 {
                [1e4, 0.0, 0.0]
            } else {
                [0.0; 3]
            },
            emissive_texture: texture(0),
            double_sided: index == 2,
        }],
        images: vec![
            Image {
                width: 2,
                height: 1,
                texels: vec![[0, 0, 0, 255], [255, 255, 0, 0]],
            },
            Image {
                width: 1,
                height: 2,
                texels: vec![[255, 0, 255, 255], [0, 255, 0, 255]],
            },
        ],
    }
}

fn scene() -> impl Strategy<Value = Value> {
    (
        prop::collection::vec(object(), 1..12),
        vector(),
        vector(),
        0.1..170.0_f64,
        0.0..0.1_f64,
        [0.0..1.0_f64, 1.0..3.0],
        any::<bool>(),
    )
        .prop_map(|(objects, from, at, fov, aperture, shutter, sky)| {
            let sky = if sky { [0.5, 0.7, 1.0] } else { [0.0; 3] };
            json!({
                "time_0": shutter[0], "time_1": shutter[1], "background_color": sky,
                "camera": {
                    "look_from": from, "look_at": at, "up": [0.01, 1, 0.02],
                    "vertical_fov": fov, "aperture": aperture, "focus_distance": 1
                },
                "objects": objects
            })
        })
}

proptest! {
    #[test]
    fn the_film_stays_finite(
        scene in scene(),
        mode in prop_oneof![
            12 => Just(Mode::PathTracing), 1 => Just(Mode::Normals),
            1 => Just(Mode::BvhBoxes), 1 => Just(Mode::BvhPrimitives),
        ],
        sampler in prop_oneof![Just(SamplerKind::Independent), Just(SamplerKind::Blue)],
    ) {
        let Ok(parsed) = SceneFile::parse(&scene) else {
            return Ok(());
        };
        // What stands too far away once it is scaled, or does not close, is refused now.
        let Ok(built) = Scene::build(&parsed.file, &Meshes) else {
            return Ok(());
        };
        let options = RenderOptions { mode, sampler, ..options(6, 8, 24) };
        for pixel in picture(&built, &options).pixels {
            for value in pixel {
                prop_assert!(value.is_finite());
            }
        }
    }

    #[test]
    fn no_json_value_makes_the_parser_panic(
        scene in scene(),
        pick in any::<prop::sample::Index>(),
        with in prop_oneof![
            Just(json!(null)), Just(json!(-1e308)), Just(json!([])), Just(json!({})),
            Just(json!("x")), Just(json!([1, 2, 3])), Just(json!(0)), Just(json!(true)),
        ],
    ) {
        // Replaces any one value by something else.
        let mut pointers = Vec::new();
        collect(&scene, String::new(), &mut pointers);
        let mut scene = scene;
        if let Some(value) = scene.pointer_mut(pick.get::<String>(&pointers)) {
            *value = with;
        }
        if let Err(problems) = SceneFile::parse(&scene) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(scene.pointer(&problem.pointer).is_some(), "{}", problem);
            }
        }
    }
}

/// The place of every value.
fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{index}"), pointers);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                collect(item, format!("{pointer}/{key}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(pointer);
}

#[test]
fn everything_looks_the_same_at_every_scale() {
    let mut reference: Option<Picture> = None;
    for scale in [1.0, 1e-3, 1e6] {
        let s = |v: [f64; 3]| v.map(|value| value * scale);
        let scene = json!({
            "time_0": 0, "time_1": 1, "background_color": [0.3, 0.3, 0.4],
            "camera": {
                "look_from": s([8.0, 4.0, 9.0]), "look_at": s([0.0, 1.0, 0.0]), "up": [0.01, 1, 0.02],
                "vertical_fov": 40, "aperture": 0.1 * scale, "focus_distance": 12.0 * scale
            },
            "objects": [
                { "kind": "Quad", "q": s([-40.0, 0.0, -40.0]), "u": s([0.0, 0.0, 80.0]), "v": s([80.0, 0.0, 0.0]) },
                { "kind": "MovingSphere", "center_0": s([0.0, 1.0, 0.0]), "center_1": s([1.0, 1.0, 0.5]), "radius": scale,
                  "material": { "kind": "Dielectric" } },
                { "kind": "STL", "path": "1", "center": s([-3.0, 0.0, 1.0]), "scale": 3.0 * scale, "rotation": [10, 20, 30],
                  "material": { "kind": "Metal", "fuzz": 0.2, "thin_film": {} } },
                { "kind": "Quad", "q": s([-2.0, 6.0, -2.0]), "u": s([4.0, 0.0, 0.0]), "v": s([0.0, 0.0, 4.0]),
                  "material": { "kind": "ConeLight", "spread": 25, "emit": { "kind": "IlluminantFL2", "intensity": 3 } } },
                { "kind": "ConstantMedium", "density": 0.05 / scale, "boundary":
                    { "kind": "Boxy", "corner_0": s([-10.0, 0.0, -10.0]), "corner_1": s([10.0, 5.0, 10.0]) } },
                { "kind": "ConstantMedium", "density": 1.0 / scale, "boundary":
                    { "kind": "STL", "path": "1", "center": s([2.0, 0.5, 3.0]), "scale": 2.0 * scale, "rotation": [0, 0, 0] } },
            ]
        });
        let parsed = SceneFile::parse(&scene).expect("the scene is right");
        let built = Scene::build(&parsed.file, &Meshes).expect("it can be built");
        let got = picture(&built, &options(32, 64, 16));
        let reference = reference.get_or_insert_with(|| got.clone());
        // The paths are the same but where rounding turns them aside.
        let (mut apart, mut sum) = (0.0, 0.0);
        for (a, b) in got
            .pixels
            .iter()
            .flatten()
            .zip(reference.pixels.iter().flatten())
        {
            apart += f64::from((a - b).abs());
            sum += f64::from(*b);
        }
        eprintln!("scale {scale}: mean difference {}", apart / sum);
        assert!(apart < 2e-3 * sum, "scale {scale}: {apart} of {sum}");
    }
}

#[test]
fn grazing_views_and_lamps_leave_no_trace() {
    let floor = |material: Value| json!({ "kind": "Quad", "q": [-50, 0, -50], "u": [0, 0, 100], "v": [100, 0, 0], "material": material });
    let white = json!({ "kind": "Lambertian", "albedo": grey(1.0) });
    let glossy = json!({ "kind": "Metal", "albedo": grey(1.0) });
    for material in [white.clone(), glossy] {
        // A ten-thousandth of a radian above the floor.
        let mut scene = scene_from(1.0, [10.0, 1e-3, 0.0], [0.0; 3], &json!([floor(material)]));
        scene["camera"]["vertical_fov"] = json!(1e-3);
        check_measured("a grazing view", &scene, &options(8, 64, 4), [1.0; 3]);
    }
    // A lamp that stands on the floor, a hair away: half of it is seen at the edge.
    let lamp = json!({ "kind": "Quad", "q": [0, 0, -50], "u": [0, 100, 0], "v": [0, 0, 100], "material": light(1.0) });
    for x in [1e-3, 1e-2] {
        let mut scene = scene_from(
            0.0,
            [x, 1.0, 0.0],
            [x, 0.0, 0.0],
            &json!([floor(white.clone()), lamp]),
        );
        scene["camera"]["vertical_fov"] = json!(1e-4);
        check_measured("a lamp at the edge", &scene, &options(8, 256, 1), [0.5; 3]);
    }
}
