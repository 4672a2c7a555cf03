//! Glass against Fresnel and Snell.

use serde_json::json;

use crate::support::{check, light, mean, options, scene};

/// Share that both faces of a slab pass, all inner reflections included.
fn slab_transmittance(degrees: f64, n: f64) -> f64 {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let cos_t = (1.0 - sin * sin / (n * n)).sqrt();
    let perpendicular = ((cos - n * cos_t) / (cos + n * cos_t)).powi(2);
    let parallel = ((n * cos - cos_t) / (n * cos + cos_t)).powi(2);
    // Unpolarised at each face, as the renderer has it.
    let r = 0.5 * (perpendicular + parallel);
    (1.0 - r) / (1.0 + r)
}

#[test]
fn a_slab_passes_what_fresnel_says_at_0_and_60_degrees() {
    for material in [
        json!({ "kind": "Dielectric", "refractive_index": 1.5 }),
        json!({ "kind": "Dispersive", "cauchy_a": 1.5, "cauchy_b": 0 }),
    ] {
        for degrees in [0.0_f64, 60.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let objects = json!([
                { "kind": "Boxy", "corner_0": [-500, 0, -500], "corner_1": [500, 1, 500], "material": material },
                { "kind": "Quad", "q": [-5000, -3, -5000], "u": [0, 0, 10_000], "v": [10_000, 0, 0], "material": light(1.0) }
            ]);
            let mut scene = scene(0.0, [10.0 * sin, 10.0 * cos, 0.0], [0.0; 3], &objects);
            scene["camera"]["vertical_fov"] = json!(0.01);
            let expected = slab_transmittance(degrees, 1.5);
            check(mean(&scene, &options(64, 64, 64)), [expected; 3], 6e-3);
        }
    }
}

#[test]
fn every_interaction_multiplies_by_the_colour() {
    // Index 1: light goes straight through both sides of a ball, 0.6 each.
    let objects = json!([{
        "kind": "Sphere", "center": [0, 0, 0], "radius": 3,
        "material": { "kind": "Dielectric", "refractive_index": 1, "color": [0.6, 0.6, 0.6] }
    }]);
    let scene = scene(1.0, [0.0, 0.0, 10.0], [0.0; 3], &objects);
    check(mean(&scene, &options(8, 64, 16)), [0.36; 3], 2e-3);
}

#[test]
fn a_bubble_of_negative_radius_is_vacuum_in_glass() {
    // A shell of no thickness refracts nothing: the bubble undoes the ball.
    let glass = json!({ "kind": "Dielectric", "refractive_index": 1.5 });
    let objects = json!([
        { "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material": glass },
        { "kind": "Sphere", "center": [0, 0, 0], "radius": -0.999_9, "material": glass },
        { "kind": "Quad", "q": [-50, -50, -20], "u": [100, 0, 0], "v": [0, 100, 0],
          "material": { "kind": "DiffuseLight", "emit":
            { "kind": "SpatialChecker", "even": { "xyz_e": [1, 1, 1] }, "odd": { "xyz_e": [0, 0, 0] }, "density": 0.5 } } }
    ]);
    // Seen through the middle of an even cell of the checker.
    let mut scene = scene(0.0, [1.0, 1.0, 10.0], [1.0, 1.0, -20.0], &objects);
    scene["objects"][0]["center"] = json!([1, 1, 0]);
    scene["objects"][1]["center"] = json!([1, 1, 0]);
    let r: f64 = 0.04;
    // Four faces: two thin slabs one behind the other.
    let slab = 2.0 * r / (1.0 + r);
    let expected = (1.0 - slab) / (1.0 + slab);
    check(mean(&scene, &options(32, 64, 64)), [expected; 3], 6e-3);
}

#[test]
fn total_reflection_keeps_all_light_inside() {
    // From inside of glass at 60 degrees nothing gets out: the field outside is not seen, the
    // lamp inside is, by reflection.
    let objects = json!([
        { "kind": "Quad", "q": [-500, 0, -500], "u": [0, 0, 1000], "v": [1000, 0, 0],
          "material": { "kind": "Dielectric", "refractive_index": 1.5 } },
        { "kind": "Quad", "q": [-500, -30, -500], "u": [0, 0, 1000], "v": [1000, 0, 0], "material": light(0.5) }
    ]);
    let from = [-10.0 * 60f64.to_radians().tan(), -10.0, 0.0];
    let scene = scene(1.0, from, [0.0; 3], &objects);
    check(mean(&scene, &options(8, 64, 16)), [0.5; 3], 2e-3);
}
