//! Scenes from JSON, pictures from scenes.

use std::sync::atomic::AtomicBool;

use clovers::{
    Control, Film, Picture, Region, RenderOptions, Scene, SceneFile, render,
    scene::NoMeshes,
    spectrum::{cie, srgb},
};
use serde_json::{Value, json};

/// A scene that must be right.
pub(crate) fn build(scene: &Value) -> Scene {
    let parsed = SceneFile::parse(scene).expect("the scene is right");
    Scene::build(&parsed.file, &NoMeshes).expect("the scene can be built")
}

/// A scene with `white_level` 1 and a pinhole camera at `from` looking at `at`.
pub(crate) fn scene(background: f64, from: [f64; 3], at: [f64; 3], objects: &Value) -> Value {
    json!({
        "time_0": 0, "time_1": 1, "white_level": 1,
        "background_color": [background, background, background],
        "camera": {
            "look_from": from, "look_at": at, "up": [0.1, 1, 0.2],
            "vertical_fov": 1, "aperture": 0, "focus_distance": 1
        },
        "objects": objects
    })
}

/// A material of one grey given as its linear value.
pub(crate) fn grey(value: f64) -> Value {
    json!({ "kind": "SolidColor", "color": { "xyz_e": [value, value, value] } })
}

/// A light of flat radiance.
pub(crate) fn light(radiance: f64) -> Value {
    json!({ "kind": "DiffuseLight", "emit": grey(radiance) })
}

pub(crate) fn options(side: u32, samples: u32, max_depth: u32) -> RenderOptions {
    RenderOptions {
        width: side,
        height: side,
        samples,
        max_depth,
        ..RenderOptions::default()
    }
}

/// The finished picture.
pub(crate) fn picture(scene: &Scene, options: &RenderOptions) -> Picture {
    let mut film = Film::new(Region::whole(options));
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    render(scene, options, 0..options.samples, &mut film, &control).expect("nobody cancels");
    film.picture()
}

/// The mean colour of a scene's picture.
pub(crate) fn mean(scene: &Value, options: &RenderOptions) -> [f64; 3] {
    let picture = picture(&build(scene), options);
    let mut mean = [0.0; 3];
    for pixel in &picture.pixels {
        assert!(pixel.iter().all(|value| value.is_finite()));
        for (sum, value) in mean.iter_mut().zip(pixel) {
            *sum += f64::from(*value) / picture.pixels.len() as f64;
        }
    }
    mean
}

/// Checks a mean colour against one expected, within a relative tolerance.
#[track_caller]
pub(crate) fn check(got: [f64; 3], expected: [f64; 3], tolerance: f64) {
    let largest = expected.iter().copied().fold(0.0, f64::max).max(1e-3);
    for (a, b) in got.iter().zip(expected) {
        assert!(
            (a - b).abs() <= tolerance * largest,
            "got {got:?}, expected {expected:?} within {tolerance}"
        );
    }
}

/// A mean colour from independent renders, and its standard error.
pub(crate) struct Measured {
    pub(crate) mean: [f64; 3],
    pub(crate) error: [f64; 3],
}

/// Renders with other seeds, each with all samples.
pub(crate) fn measure(scene: &Value, options: &RenderOptions) -> Measured {
    const SEEDS: u64 = 12;
    let scene = build(scene);
    let means: Vec<[f64; 3]> = (0..SEEDS)
        .map(|seed| {
            let options = RenderOptions { seed, ..*options };
            let pixels = picture(&scene, &options).pixels;
            let count = pixels.len() as f64;
            [0, 1, 2].map(|c| pixels.iter().map(|p| f64::from(p[c])).sum::<f64>() / count)
        })
        .collect();
    let n = SEEDS as f64;
    let mean = [0, 1, 2].map(|c| means.iter().map(|m| m[c]).sum::<f64>() / n);
    let error = [0, 1, 2].map(|c| {
        let spread: f64 = means.iter().map(|m| (m[c] - mean[c]).powi(2)).sum();
        (spread / (n * (n - 1.0))).sqrt()
    });
    Measured { mean, error }
}

/// Checks a mean colour against a closed form: no farther away than six standard errors, which
/// themselves are less than half a percent, and 3e-4 for single precision and the size of the
/// pixels.
#[track_caller]
pub(crate) fn check_measured(
    what: &str,
    scene: &Value,
    options: &RenderOptions,
    expected: [f64; 3],
) {
    let Measured { mean, error } = measure(scene, options);
    let largest = expected
        .iter()
        .copied()
        .fold(0.0, |a: f64, b| a.max(b.abs()));
    eprintln!("{what} | {expected:.5?} | {mean:.5?} ± {error:.5?}");
    for c in 0..3 {
        let apart = (mean[c] - expected[c]).abs();
        assert!(
            apart <= 6.0 * error[c] + 3e-4 * largest,
            "{what}: got {mean:?} ± {error:?}, expected {expected:?}"
        );
        assert!(
            error[c] <= 5e-3 * largest,
            "{what} is too noisy to tell: {mean:?} ± {error:?}"
        );
    }
}

/// The linear sRGB colour of a spectrum, by much finer steps than those of the observer's table.
pub(crate) fn color_of(spectrum: impl Fn(f64) -> f64) -> [f64; 3] {
    const STEPS: usize = 8000;
    let mut xyz = [0.0; 3];
    for step in 0..STEPS {
        let nm = 380.0 + 400.0 * (step as f64 + 0.5) / STEPS as f64;
        let value = spectrum(nm) * 400.0 / STEPS as f64;
        for (sum, response) in xyz.iter_mut().zip(cie::observer(nm as f32)) {
            *sum += value * f64::from(response);
        }
    }
    srgb::xyz_e_to_linear(xyz)
}
