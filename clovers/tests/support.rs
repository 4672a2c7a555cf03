//! Scenes from JSON, pictures from scenes.

use std::sync::atomic::AtomicBool;

use clovers::{
    Control, Film, Picture, Region, RenderOptions, Scene, SceneFile, render, scene::NoMeshes,
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
