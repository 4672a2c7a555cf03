//! Glass against Fresnel and Snell.

use clovers::{
    bsdf::{Bsdf, Dispersive, ScatterNumbers},
    spectrum::{SampledSpectrum, Wavelengths},
};
use glam::{Vec2, Vec3};
use serde_json::json;

use crate::support::{check, check_measured, color_of, light, mean, options, scene};

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

/// Cauchy's formula, in nanometres and square micrometres.
fn cauchy(a: f64, b: f64, nm: f64) -> f64 {
    a + b / (nm * nm * 1e-6)
}

#[test]
fn every_wavelength_is_refracted_by_its_own_index() {
    let glass = Bsdf::Dispersive(Dispersive {
        cauchy_a: 1.4,
        cauchy_b: 0.03,
        color: SampledSpectrum::ONE,
    });
    let (sin, cos) = 65f32.to_radians().sin_cos();
    for step in 0..200 {
        let mut wavelengths = Wavelengths::sample(Vec2::new(0.6, step as f32 / 200.0));
        let hero = f64::from(wavelengths.nm()[0]);
        let u = ScatterNumbers {
            lobe: 0.999,
            direction: Vec2::ZERO,
        };
        let scatter = glass
            .sample(
                Vec3::new(sin, 0.0, cos),
                &mut wavelengths,
                &SampledSpectrum::ONE,
                u,
            )
            .expect("it enters");
        let expected = -f64::from(sin) / cauchy(1.4, 0.03, hero);
        assert!((f64::from(scatter.wi.x) - expected).abs() < 1e-6, "{hero}");
        assert!(wavelengths.is_hero_only() && scatter.wi.z < 0.0);
    }
}

#[test]
fn a_slab_sets_every_wavelength_off_by_its_own_angle() {
    let (a, b) = (1.5, 0.05);
    // Light comes down at 60 degrees, meets the slab at the origin and the ground 3 below it.
    let sin = 60f64.to_radians().sin();
    let edge_at = |nm: f64, pass: f64| {
        let inside = (sin / cauchy(a, b, nm)).asin().tan();
        // Odd passes through the slab, of thickness 5, and then the gap.
        -(pass * 5.0 * inside + 3.0 * 60f64.to_radians().tan())
    };
    // Of the passes that go straight only wavelengths beyond 560 nm reach the lamp.
    let edge = edge_at(560.0, 1.0);
    let expected = color_of(|nm| {
        let r = face_reflectance(60.0, cauchy(a, b, nm));
        let t = 1.0 - r;
        (0..6_i32)
            .filter(|&turns| edge_at(nm, f64::from(2 * turns + 1)) < edge)
            .map(|turns| t * t * r.powi(2 * turns))
            .sum()
    });
    let objects = json!([
        { "kind": "Boxy", "corner_0": [-500, -5, -500], "corner_1": [500, 0, 500],
          "material": { "kind": "Dispersive", "cauchy_a": a, "cauchy_b": b } },
        { "kind": "Quad", "q": [edge, -8, -5000], "u": [-10_000, 0, 0], "v": [0, 0, 10_000], "material": light(1.0) }
    ]);
    let from = [10.0 * sin, 10.0 * 60f64.to_radians().cos(), 0.0];
    let mut scene = scene(0.0, from, [0.0; 3], &objects);
    scene["camera"]["vertical_fov"] = json!(1e-4);
    let what = "half the spectrum through a slab";
    check_measured(what, &scene, &options(16, 256, 64), expected);
}

/// Unpolarised reflectance of one face.
fn face_reflectance(degrees: f64, n: f64) -> f64 {
    let passed = slab_transmittance(degrees, n);
    (1.0 - passed) / (1.0 + passed)
}
