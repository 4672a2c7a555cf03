//! Whatever a scene that parses contains, its film stays finite; and what does not parse does
//! not panic. The renderer's own assertions are on in these tests.

use clovers::{Scene, SceneFile, scene::NoMeshes};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{options, picture};

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
    (color, 0..3, length()).prop_map(|(color, kind, density)| match kind {
        0 => json!({ "kind": "SolidColor", "color": color }),
        1 => json!({ "kind": "SpatialChecker", "even": color, "density": density }),
        _ => json!({ "kind": "SurfaceChecker", "odd": color, "density": density }),
    })
}

fn material() -> impl Strategy<Value = Value> {
    (texture(), 0..6, 0.0..1.0_f64).prop_map(|(texture, kind, number)| match kind {
        0 => json!({ "kind": "Lambertian", "albedo": texture }),
        1 => json!({ "kind": "Metal", "albedo": texture, "fuzz": number }),
        2 => json!({ "kind": "Metal", "albedo": texture, "fuzz": number * 1e-3 }),
        3 => json!({ "kind": "Dielectric", "refractive_index": 0.5 + 2.0 * number }),
        4 => json!({ "kind": "Dispersive", "cauchy_a": 1.0 + number, "cauchy_b": 0.02 * number }),
        _ => json!({ "kind": "DiffuseLight", "emit": texture }),
    })
}

fn object() -> impl Strategy<Value = Value> {
    (
        0..4,
        vector(),
        vector(),
        vector(),
        length(),
        material(),
        0.0..360.0_f64,
    )
        .prop_map(|(kind, a, b, c, radius, material, angle)| {
            let object = match kind {
                0 => {
                    json!({ "kind": "Sphere", "center": a, "radius": radius, "material": material })
                }
                1 => json!({ "kind": "Quad", "q": a, "u": b, "v": c, "material": material }),
                2 => json!({ "kind": "Triangle", "q": a, "u": b, "v": c, "material": material }),
                _ => json!({ "kind": "Boxy", "corner_0": a, "corner_1": b, "material": material }),
            };
            json!({ "kind": "RotateY", "angle": angle, "object": object })
        })
}

fn scene() -> impl Strategy<Value = Value> {
    (
        prop::collection::vec(object(), 1..12),
        vector(),
        vector(),
        0.1..170.0_f64,
        0.0..0.1_f64,
    )
        .prop_map(|(objects, from, at, fov, aperture)| {
            json!({
                "time_0": 0, "time_1": 1, "background_color": [0.5, 0.7, 1],
                "camera": {
                    "look_from": from, "look_at": at, "up": [0.01, 1, 0.02],
                    "vertical_fov": fov, "aperture": aperture, "focus_distance": 1
                },
                "objects": objects
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_film_stays_finite(scene in scene()) {
        let Ok(parsed) = SceneFile::parse(&scene) else {
            return Ok(());
        };
        let built = Scene::build(&parsed.file, &NoMeshes).expect("what parses can be built");
        let picture = picture(&built, &options(6, 8, 24));
        for pixel in picture.pixels {
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
