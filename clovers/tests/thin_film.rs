//! Thin films against their formula, integrated with the observer.

use std::f64::consts::TAU;

use clovers::{
    materials::ThinFilm,
    spectrum::{SampledSpectrum, Wavelengths},
};
use glam::Vec2;
use serde_json::{Value, json};

use crate::support::{check_measured, color_of, grey, options, scene};

const INDEX: f64 = 1.4;
const NANOMETRES: f64 = 420.0;

/// What a film makes of a reflectance, at an angle to the normal and a wavelength.
fn tinted(albedo: f64, degrees: f64, nm: f64) -> f64 {
    let inside = (degrees.to_radians().sin() / INDEX).asin();
    let waves = 2.0 * INDEX * NANOMETRES * inside.cos() / nm;
    (albedo * (1.0 + (TAU * waves).cos())).min(1.0)
}

#[test]
fn a_film_tints_by_its_formula_at_every_angle_and_wavelength() {
    let film = ThinFilm {
        refractive_index: INDEX as f32,
        thickness_nm: NANOMETRES as f32,
    };
    for step in 0..100 {
        let wavelengths = Wavelengths::sample(Vec2::new(0.3, step as f32 / 100.0));
        for degrees in [0.0_f64, 20.0, 45.0, 70.0, 89.0, 120.0, 180.0] {
            for albedo in [0.3_f32, 1.0] {
                let cos = degrees.to_radians().cos() as f32;
                let got = film.tint(SampledSpectrum::flat(albedo), cos, &wavelengths);
                for (value, nm) in got.0.into_iter().zip(wavelengths.nm()) {
                    let expected = tinted(albedo.into(), degrees, f64::from(*nm));
                    assert!((f64::from(value) - expected).abs() < 1e-4, "{degrees} {nm}");
                }
            }
        }
    }
}

/// A floor with a film, seen at an angle in a field of radiance 1.
fn floor(material: &Value, degrees: f64) -> Value {
    let mut material = material.clone();
    material["thin_film"] = json!({ "refractive_index": INDEX, "thickness": NANOMETRES });
    let (sin, cos) = degrees.to_radians().sin_cos();
    let floor = json!([{
        "kind": "Quad", "q": [-50, 0, -50], "u": [0, 0, 100], "v": [100, 0, 0], "material": material
    }]);
    let mut scene = scene(1.0, [10.0 * sin, 10.0 * cos, 0.0], [0.0; 3], &floor);
    scene["camera"]["vertical_fov"] = json!(0.01);
    scene
}

#[test]
fn every_material_with_a_film_has_the_colour_of_the_clamped_product() {
    for (what, material, albedo) in [
        (
            "diffuse",
            json!({ "kind": "Lambertian", "albedo": grey(0.3) }),
            0.3,
        ),
        (
            "bright diffuse",
            json!({ "kind": "Lambertian", "albedo": grey(0.9) }),
            0.9,
        ),
        (
            "mirror",
            json!({ "kind": "Metal", "albedo": grey(0.8) }),
            0.8,
        ),
        (
            "isotropic",
            json!({ "kind": "Isotropic", "albedo": grey(0.7) }),
            0.7,
        ),
        (
            "glass",
            json!({ "kind": "Dielectric", "color": [0.6, 0.6, 0.6] }),
            0.6,
        ),
        ("clear glass", json!({ "kind": "Dielectric" }), 1.0),
        ("dispersive", json!({ "kind": "Dispersive" }), 1.0),
    ] {
        for degrees in [0.0, 35.0, 70.0] {
            // One event: what is scattered or refracted meets the field.
            let expected = color_of(|nm| tinted(albedo, degrees, nm));
            let what = format!("{what} under a film at {degrees} degrees");
            check_measured(
                &what,
                &floor(&material, degrees),
                &options(16, 64, 1),
                expected,
            );
        }
    }
}

#[test]
fn a_fuzzy_mirror_with_a_film_loses_what_goes_below_as_well() {
    for (fuzz, degrees) in [(0.4_f64, 70.0_f64), (1.0, 30.0)] {
        let material = json!({ "kind": "Metal", "albedo": grey(0.8), "fuzz": fuzz });
        let above = (0.5 * (1.0 + degrees.to_radians().cos() / fuzz)).min(1.0);
        let expected = color_of(|nm| above * tinted(0.8, degrees, nm));
        let what = format!("fuzz {fuzz} under a film at {degrees} degrees");
        check_measured(
            &what,
            &floor(&material, degrees),
            &options(16, 64, 1),
            expected,
        );
    }
}
