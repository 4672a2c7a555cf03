//! Where the cells of checkers are, and the colours of illuminants.

use clovers::spectrum::Illuminant;
use serde_json::{Value, json};

use crate::support::{check_measured, color_of, grey, options, scene};

fn checker(kind: &str, density: f64) -> Value {
    json!({ "kind": "Lambertian", "albedo": { "kind": kind, "density": density,
        "even": { "xyz_e": [0.9, 0.9, 0.9] }, "odd": { "xyz_e": [0.2, 0.2, 0.2] } } })
}

/// Checks the reflectance seen at a point, from somewhere.
#[track_caller]
fn check_cell(what: &str, object: &Value, from: [f64; 3], at: [f64; 3], even: bool) {
    let mut scene = scene(1.0, from, at, &json!([object]));
    scene["camera"]["vertical_fov"] = json!(1e-4);
    let expected = if even { 0.9 } else { 0.2 };
    let what = format!("{what}: {at:?}");
    check_measured(&what, &scene, &options(8, 32, 1), [expected; 3]);
}

#[test]
fn cells_of_a_spatial_checker_count_in_the_world() {
    let wall = |z: f64| json!({ "kind": "Quad", "q": [0, 0, z], "u": [0, 600, 0], "v": [600, 0, 0], "material": checker("SpatialChecker", 0.01) });
    let moved = json!({ "kind": "Translate", "offset": [300, 100, 20], "object":
        { "kind": "RotateY", "angle": 10, "object": wall(60.0) } });
    let from = |at: [f64; 3]| [at[0], at[1], -800.0];
    // Cells 1 + 1 + 0, and a hair on both sides of where they change.
    for (x, y, even) in [
        (150.0, 150.0, true),
        (199.9, 150.0, true),
        (200.1, 150.0, false),
        (200.1, 199.9, false),
        (200.1, 200.1, true),
    ] {
        let at = [x, y, 50.0];
        check_cell("a wall", &wall(50.0), from(at), at, even);
    }
    // On the boundary of cells: the upper one, z = 5.
    let at = [150.0, 150.0, 500.0];
    check_cell("a wall between cells", &wall(500.0), from(at), at, false);
    let back = [150.0, 150.0, 1500.0];
    check_cell("its back", &wall(500.0), back, at, false);
    // The turned wall at x = 450: cells 4 + 2 and that of its depth.
    let z = 20.0 + 60.0 / 10f64.to_radians().cos() - 150.0 * 10f64.to_radians().tan();
    let at = [450.0, 250.0, z];
    check_cell("a wall moved and turned", &moved, from(at), at, true);
}

#[test]
fn cells_of_a_surface_checker_turn_with_the_surface() {
    let quad = |q: [f64; 3]| json!({ "kind": "Quad", "q": q, "u": [2, 0, 0], "v": [0, 2, 0], "material": checker("SurfaceChecker", 4.0) });
    let turned = json!({ "kind": "RotateY", "angle": 180, "object": quad([0.0; 3]) });
    // Cells are half a unit wide.
    for (x, y, even) in [
        (0.25, 0.25, true),
        (0.499, 0.25, true),
        (0.501, 0.25, false),
        (0.501, 0.501, true),
        (1.999, 0.25, false),
    ] {
        let at = [x, y, 0.0];
        check_cell("a quad", &quad([0.0; 3]), [x, y, 5.0], at, even);
        let at = [-x, y, 0.0];
        check_cell("a turned quad", &turned, [-x, y, -5.0], at, even);
    }
    // On a ball: u = 1/2 - atan2(z, x) / tau, v = 1/2 + asin(y) / pi, of eight cells each.
    let ball = json!({ "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material": checker("SurfaceChecker", 8.0) });
    let at = |longitude: f64, latitude: f64| {
        let (sin, cos) = longitude.to_radians().sin_cos();
        let (y, r) = latitude.to_radians().sin_cos();
        [r * cos, y, r * sin]
    };
    for (longitude, latitude, even) in [
        // u = 0.4375 and v = 0.5625: cells 3 and 4.
        (22.5, 11.25, false),
        (22.5, -11.25, true),
        (44.9, 11.25, false),
        (45.1, 11.25, true),
        (22.5, 22.4, false),
        (22.5, 22.6, true),
    ] {
        let point = at(longitude, latitude);
        let from = point.map(|value| 5.0 * value);
        check_cell("a ball", &ball, from, point, even);
        let (sin, cos) = 70f64.to_radians().sin_cos();
        let turn = |[x, y, z]: [f64; 3]| [x * cos + z * sin, y, -x * sin + z * cos];
        let turned = json!({ "kind": "RotateY", "angle": 70, "object": ball });
        check_cell("a turned ball", &turned, turn(from), turn(point), even);
    }
}

#[test]
fn a_lamp_with_an_illuminant_has_the_colour_of_its_table() {
    for (illuminant, intensity) in [
        (Illuminant::D65, 0.01),
        (Illuminant::D50, 0.02),
        (Illuminant::LedB3, 0.05),
        (Illuminant::LedRGB1, 0.1),
        (Illuminant::FL2, 0.1),
        (Illuminant::FL3_12, 0.02),
    ] {
        let emit = json!({ "kind": illuminant.name(), "intensity": intensity });
        let spectrum = |nm: f64| intensity * f64::from(illuminant.at(nm as f32));
        for (kind, spread) in [("DiffuseLight", 0.0), ("ConeLight", 30.0)] {
            let lamp = json!([{
                "kind": "Quad", "q": [-5, -5, 0], "u": [10, 0, 0], "v": [0, 10, 0],
                "material": { "kind": kind, "spread": spread, "emit": emit }
            }]);
            let scene = scene(0.0, [0.0, 0.0, 10.0], [0.3, 0.2, 0.0], &lamp);
            let what = format!("{kind} of {}", illuminant.name());
            check_measured(&what, &scene, &options(8, 64, 1), color_of(spectrum));
        }
        // As a reflectance it is never more than 1.
        let floor = json!([{
            "kind": "Sphere", "center": [0, 0, 0], "radius": 3,
            "material": { "kind": "Lambertian", "albedo": { "kind": illuminant.name(), "intensity": 2.0 * intensity } }
        }]);
        let scene = scene(1.0, [0.0, 0.0, 10.0], [0.3, 0.2, 0.0], &floor);
        let what = format!("a ball of {}", illuminant.name());
        let expected = color_of(|nm| (2.0 * spectrum(nm)).min(1.0));
        check_measured(&what, &scene, &options(8, 64, 1), expected);
    }
}

#[test]
fn the_default_texture_is_a_half() {
    let objects = json!([{ "kind": "Sphere", "center": [0, 0, 0], "radius": 3, "material": { "kind": "Lambertian" } }]);
    let half = scene(1.0, [0.0, 0.0, 10.0], [0.3, 0.2, 0.0], &objects);
    check_measured("the default", &half, &options(8, 64, 1), [0.5; 3]);
    let mut given = half;
    given["objects"][0]["material"]["albedo"] = grey(0.5);
    check_measured("given", &given, &options(8, 64, 1), [0.5; 3]);
}
