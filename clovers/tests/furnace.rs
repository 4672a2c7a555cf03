//! Known radiance: whatever only scatters is invisible in a uniform field, and lights have the
//! colour asked for.

use serde_json::{Value, json};

use crate::support::{build, check, check_measured, grey, mean, options, picture, scene};

const EYE: [f64; 3] = [0.0, 0.0, 10.0];
const TARGET: [f64; 3] = [0.3, 0.2, 0.0];

/// Spheres and boxes of one material, close together, in a field of radiance 1.
fn crowd(material: &Value) -> Value {
    let mut scene = scene(
        1.0,
        EYE,
        TARGET,
        &json!([
            { "kind": "Sphere", "center": [0.9, 0, 0], "radius": 1, "material": "it" },
            { "kind": "Sphere", "center": [-1.3, 0.2, 0.5], "radius": 1, "material": "it" },
            { "kind": "Translate", "offset": [0.2, -1.2, 0.3], "object":
                { "kind": "RotateY", "angle": 20, "object":
                    { "kind": "Boxy", "corner_0": [-1, -1, -1], "corner_1": [1, 0.1, 1], "material": "it" } } },
            { "kind": "Triangle", "q": [-2, 1.1, -1], "u": [4, 0.2, 0], "v": [0, 0.3, 2], "material": "it" }
        ]),
    );
    scene["camera"]["vertical_fov"] = json!(20);
    let mut material = material.clone();
    material["name"] = json!("it");
    scene["materials"] = json!([material]);
    scene
}

#[test]
fn white_things_vanish_in_a_white_field() {
    for (material, tolerance) in [
        (json!({ "kind": "Lambertian", "albedo": grey(1.0) }), 1e-3),
        (json!({ "kind": "Metal", "albedo": grey(1.0) }), 1e-3),
        (
            json!({ "kind": "Dielectric", "refractive_index": 1.5 }),
            1e-3,
        ),
        (
            json!({ "kind": "Dielectric", "refractive_index": 0.7 }),
            1e-3,
        ),
        // One wavelength a path: the colour has noise.
        (
            json!({ "kind": "Dispersive", "cauchy_a": 1.5, "cauchy_b": 0.02 }),
            1e-2,
        ),
    ] {
        let got = mean(&crowd(&material), &options(32, 64, 128));
        check(got, [1.0; 3], tolerance);
    }
}

#[test]
fn an_empty_scene_shows_the_background() {
    let empty = scene(1.0, EYE, TARGET, &json!([]));
    let picture = picture(&build(&empty), &options(8, 64, 4));
    for pixel in picture.pixels {
        for value in pixel {
            assert!((value - 1.0).abs() < 1e-3, "{pixel:?}");
        }
    }
}

#[test]
fn a_diffuse_ball_in_a_uniform_field_shows_its_albedo() {
    for rgb in [[0.5, 0.5, 0.5], [0.8, 0.1, 0.05], [0.0, 0.2, 0.7]] {
        let ball = json!([{
            "kind": "Sphere", "center": [0, 0, 0], "radius": 2,
            "material": { "kind": "Lambertian", "albedo":
                { "kind": "SolidColor", "color": { "lin_srgb": rgb } } }
        }]);
        let got = mean(&scene(1.0, EYE, TARGET, &ball), &options(8, 64, 4));
        check(got, rgb, 3e-3);
    }
}

#[test]
fn a_lamp_has_the_colour_asked_for_in_every_notation() {
    let decode = |c: f64| {
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    for (color, expected) in [
        (json!([1, 1, 1]), [1.0; 3]),
        (json!([4, 7, 2]), [4.0, 7.0, 2.0].map(decode)),
        (json!([25, 0, 0]), [decode(25.0), 0.0, 0.0]),
        (
            json!({ "srgb": [0.2, 0.5, 0.9] }),
            [0.2, 0.5, 0.9].map(decode),
        ),
        (
            json!({ "hex": "#ff8000" }),
            [1.0, decode(128.0 / 255.0), 0.0],
        ),
        (json!({ "hex": "0F8" }), [0.0, 1.0, decode(136.0 / 255.0)]),
        (
            json!({ "lin_srgb": { "red": 3, "green": 0.5, "blue": 0 } }),
            [3.0, 0.5, 0.0],
        ),
        (json!({ "xyz_e": [2, 2, 2] }), [2.0; 3]),
        (
            json!({ "xyz_d65": { "x": 0.950_470, "y": 1, "z": 1.088_830 } }),
            [1.0; 3],
        ),
        // Oklch of sRGB red.
        (
            json!({ "oklch": [0.627_955, 0.257_683, 29.2339] }),
            [1.0, 0.0, 0.0],
        ),
    ] {
        let lamp = json!([{
            "kind": "Quad", "q": [-5, -5, 0], "u": [10, 0, 0], "v": [0, 10, 0],
            "material": { "kind": "DiffuseLight", "emit": { "kind": "SolidColor", "color": color } }
        }]);
        let mut scene = scene(0.0, EYE, TARGET, &lamp);
        check(mean(&scene, &options(8, 256, 4)), expected, 2e-3);
        scene["white_level"] = json!(3.741);
        check(
            mean(&scene, &options(8, 256, 4)),
            expected.map(|value| value / 3.741),
            2e-3,
        );
        // Its back is black.
        scene["camera"]["look_from"] = json!([0, 0, -10]);
        check(mean(&scene, &options(4, 16, 4)), [0.0; 3], 0.0);
    }
}

#[test]
fn a_fuzzy_mirror_loses_what_its_lobe_sends_below_the_surface() {
    for (fuzz, degrees) in [(0.3_f64, 75.0_f64), (0.8, 60.0), (1.0, 45.0), (1.0, 0.0)] {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let floor = json!([{
            "kind": "Quad", "q": [-50, 0, -50], "u": [0, 0, 100], "v": [100, 0, 0],
            "material": { "kind": "Metal", "albedo": grey(1.0), "fuzz": fuzz }
        }]);
        let scene = scene(1.0, [10.0 * sin, 10.0 * cos, 0.0], [0.0; 3], &floor);
        // The share of the sphere of radius fuzz around the mirror direction that is above:
        // heights on a sphere are uniform.
        let expected = (0.5 * (1.0 + cos / fuzz)).min(1.0);
        check(mean(&scene, &options(16, 64, 4)), [expected; 3], 5e-3);
    }
}

#[test]
fn depth_counts_scattering_events() {
    // Between a floor and a plate above part of it, both mirrors of one half.
    let objects = json!([
        { "kind": "Quad", "q": [-50, 0, -50], "u": [0, 0, 100], "v": [100, 0, 0],
          "material": { "kind": "Metal", "albedo": grey(0.5) } },
        { "kind": "Quad", "q": [0, 4, -5], "u": [5, 0, 0], "v": [0, 0, 10],
          "material": { "kind": "Metal", "albedo": grey(0.5) } },
    ]);
    let mut scene = scene(1.0, [10.0, 3.0, 0.0], [7.0, 0.0, 0.0], &objects);
    // Down to the floor, up to the plate, down again and out: three events, 1/8.
    for (depth, expected) in [(0, 0.0), (1, 0.0), (2, 0.0), (3, 0.125), (9, 0.125)] {
        scene["camera"]["vertical_fov"] = json!(0.5);
        check(mean(&scene, &options(4, 16, depth)), [expected; 3], 2e-3);
    }
}

#[test]
fn in_a_white_room_with_one_wall_missing_all_is_white() {
    let wall = |q: [i32; 3], u: [i32; 3], v: [i32; 3]| json!({ "kind": "Quad", "q": q, "u": u, "v": v, "material": "it" });
    let ball =
        json!({ "kind": "Sphere", "center": [0.5, -0.4, 0], "radius": 0.5, "material": "it" });
    let fog = json!({ "kind": "ConstantMedium", "density": 0.4, "texture": grey(1.0), "boundary":
        { "kind": "Sphere", "center": [0, 0, 0], "radius": 0.9 } });
    for (what, material) in [
        (
            "diffuse",
            json!({ "kind": "Lambertian", "albedo": grey(1.0) }),
        ),
        ("mirrors", json!({ "kind": "Metal", "albedo": grey(1.0) })),
        ("glass", json!({ "kind": "Dielectric" })),
        ("dispersive", json!({ "kind": "Dispersive" })),
        (
            "isotropic",
            json!({ "kind": "Isotropic", "albedo": grey(1.0) }),
        ),
    ] {
        let mut scene = scene(
            1.0,
            [0.3, 0.1, -0.95],
            [0.0, -0.3, 1.0],
            &json!([
                wall([-1, -1, -1], [0, 0, 2], [2, 0, 0]),
                wall([-1, 1, -1], [2, 0, 0], [0, 0, 2]),
                wall([-1, -1, -1], [0, 2, 0], [0, 0, 2]),
                wall([1, -1, -1], [0, 0, 2], [0, 2, 0]),
                wall([-1, -1, 1], [0, 2, 0], [2, 0, 0]),
                ball,
                fog
            ]),
        );
        scene["camera"]["vertical_fov"] = json!(60);
        let mut material = material;
        material["name"] = json!("it");
        scene["materials"] = json!([material]);
        // Some six events lead out; 128 leave less than a millionth inside, but for mirrors, of
        // which some send the path to and fro for long.
        let what = format!("a room of {what}");
        check_measured(&what, &scene, &options(16, 32, 128), [1.0; 3]);
    }
}
