//! Measures the denoiser: `cargo run --release -p clovers --example denoise_speed`.
//!
//! Prints the median time, in milliseconds, to denoise a noisy picture of 640 x 360 pixels on one
//! thread.

#![expect(clippy::print_stdout, reason = "it is a program")]

use std::{sync::atomic::AtomicBool, time::Instant};

use clovers::{
    Control, Film, Region, RenderOptions, Scene, SceneFile, denoise::Denoiser, render,
    scene::NoMeshes,
};

/// More than enough for a median.
const RUNS: usize = 101;

fn main() {
    let json = serde_json::from_str(include_str!("../../scenes/cornell.json")).expect("it is JSON");
    let file = SceneFile::parse(&json).expect("the scene is right").file;
    let scene = Scene::build(&file, &NoMeshes).expect("it needs no meshes");
    let options = RenderOptions {
        width: 640,
        height: 360,
        samples: 2,
        ..RenderOptions::default()
    };
    let mut film = Film::with_features(Region::whole(&options));
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    render(&scene, &options, 0..options.samples, &mut film, &control).expect("nobody cancels");
    let picture = film.picture();
    let features = film.features().expect("they were asked for");

    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread starts");
    let mut times: Vec<f64> = pool.install(|| {
        let mut denoiser = Denoiser::new();
        (0..RUNS)
            .map(|_| {
                let started = Instant::now();
                let clean = denoiser.denoise(&picture, &features);
                assert_eq!(clean.pixels.len(), picture.pixels.len());
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect()
    });
    times.sort_by(f64::total_cmp);
    println!(
        "denoise 640 x 360, one thread: median {:.2} ms, best {:.2} ms of {RUNS} runs",
        times[RUNS / 2],
        times[0],
    );
}
