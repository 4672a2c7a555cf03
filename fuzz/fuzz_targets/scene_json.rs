//! Scenes without meshes: read, built, and rendered as a very small picture if they are small.

#![no_main]

use std::sync::atomic::AtomicBool;

use clovers::{
    Control, Film, Region, RenderOptions, Scene, SceneFile, render,
    scene::{NoMeshes, parse_json},
};

/// The most shapes of a scene that is rendered, so that an input takes milliseconds.
const FEW: usize = 200;

libfuzzer_sys::fuzz_target!(|input: &[u8]| clovers_fuzz::bounded(input, scene));

fn scene(input: &[u8]) {
    let Ok(json) = parse_json(input) else { return };
    let Ok(parsed) = SceneFile::parse(&json) else {
        return;
    };
    let Ok(scene) = Scene::build(&parsed.file, &NoMeshes) else {
        return;
    };
    if scene.shape_count() > FEW {
        return;
    }
    let options = RenderOptions {
        width: 4,
        height: 4,
        samples: 1,
        max_depth: 8,
        ..RenderOptions::default()
    };
    let mut film = Film::new(Region::whole(&options));
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    render(&scene, &options, 0..1, &mut film, &control).expect("nobody cancels");
    for pixel in &film.picture().pixels {
        assert!(pixel.iter().all(|value| value.is_finite()), "{pixel:?}");
    }
}
