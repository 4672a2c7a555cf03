//! Adaptive sampling: it stops where it may, goes on where it must, and does not darken pictures.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clovers::{Control, Film, Mode, Region, RenderOptions, SamplerKind, Scene, Threshold, render};
use serde_json::{Value, json};

use crate::{
    examples::example,
    support::{build, grey, light, options, scene},
};

fn adaptive(side: u32, samples: u32, threshold: f64) -> RenderOptions {
    RenderOptions {
        adaptive: Threshold::new(threshold),
        ..options(side, samples, 12)
    }
}

fn film(scene: &Scene, options: &RenderOptions) -> Film {
    let mut film = Film::new(Region::whole(options));
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    render(scene, options, 0..options.samples, &mut film, &control).expect("nobody cancels");
    film
}

/// Nothing but a light around all.
fn flat() -> Scene {
    build(&scene(0.5, [0.0, 0.0, 9.0], [0.0; 3], &json!([])))
}

/// A floor under a small bright lamp, with a ball of glass that throws a caustic on it: bright,
/// small and rarely found.
fn caustic() -> Value {
    let mut scene = scene(
        0.02,
        [0.0, 3.0, 6.0],
        [0.0, 0.3, 0.0],
        &json!([
            { "kind": "Quad", "q": [-9, 0, -9], "u": [0, 0, 18], "v": [18, 0, 0],
              "material": { "kind": "Lambertian", "albedo": grey(0.7) } },
            { "kind": "Sphere", "center": [0, 1, 0], "radius": 0.8, "material": { "kind": "Dispersive" } },
            { "kind": "Sphere", "center": [2, 5, -1], "radius": 0.25, "material": light(60.0) }
        ]),
    );
    scene["camera"]["vertical_fov"] = json!(45);
    scene
}

#[test]
fn a_flat_picture_stops_as_early_as_it_may() {
    for sampler in [SamplerKind::Independent, SamplerKind::Blue] {
        let options = RenderOptions {
            sampler,
            ..adaptive(40, 256, 0.03)
        };
        let film = film(&flat(), &options);
        assert_eq!(film.mean_samples(), 32.0);
        assert_eq!(film.samples(), 256);
    }
}

#[test]
fn pictures_without_noise_are_what_they_are_without_it() {
    let scene = build(&caustic());
    for mode in [Mode::Normals, Mode::BvhBoxes, Mode::BvhPrimitives] {
        let on = RenderOptions {
            mode,
            ..adaptive(40, 64, 0.03)
        };
        let off = RenderOptions {
            adaptive: None,
            ..on
        };
        let stopped = film(&scene, &on);
        assert_eq!(stopped.mean_samples(), 32.0);
        assert_eq!(stopped.picture(), film(&scene, &off).picture());
    }
}

#[test]
fn a_noisy_picture_goes_on_to_the_last_sample_and_is_that_without_it() {
    let scene = build(&caustic());
    let on = adaptive(40, 64, Threshold::LEAST);
    let off = RenderOptions {
        adaptive: None,
        ..on
    };
    let full = film(&scene, &on);
    assert_eq!(full.mean_samples(), 64.0);
    assert_eq!(full.picture(), film(&scene, &off).picture());
}

#[test]
fn fewer_samples_than_it_takes_to_stop_are_all_taken() {
    for samples in [1, 15, 31] {
        let film = film(&flat(), &adaptive(20, samples, 0.5));
        assert_eq!(film.mean_samples(), f64::from(samples));
    }
}

#[test]
fn a_lower_threshold_takes_more_samples() {
    let scene = build(&caustic());
    let mean = |threshold| film(&scene, &adaptive(64, 256, threshold)).mean_samples();
    let means = [mean(0.3), mean(0.1), mean(0.01)];
    assert!(means.is_sorted() && means[0] < means[2], "{means:?}");
}

#[test]
fn progress_counts_the_pixels_of_the_region_and_no_others() {
    let options = adaptive(40, 32, 0.03);
    // In the middle of four blocks.
    let region = Region {
        x: 13,
        y: 14,
        width: 10,
        height: 7,
    };
    let pixels = AtomicU64::new(0);
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|more| {
            pixels.fetch_add(more, Ordering::Relaxed);
        },
    };
    let mut film = Film::new(region);
    assert_eq!(
        render(&flat(), &options, 0..32, &mut film, &control),
        Ok(())
    );
    assert_eq!(pixels.load(Ordering::Relaxed), 70);
    assert_eq!(film.picture().pixels.len(), 70);
}

/// By how much stopping early changes the mean of the picture, relative to it: the mean over seeds
/// and its standard error. And the samples it took.
fn bias(scene: &Scene, on: &RenderOptions, seeds: u64) -> (f64, f64, f64) {
    let off = RenderOptions {
        adaptive: None,
        ..*on
    };
    let total = |film: &Film| -> f64 {
        let pixels = film.picture().pixels;
        pixels.iter().flatten().map(|&v| f64::from(v)).sum()
    };
    let (mut all, mut samples, mut differences) = (0.0, 0.0, Vec::new());
    let n = seeds as f64;
    for seed in 0..seeds {
        let stopped = film(scene, &RenderOptions { seed, ..*on });
        let full = total(&film(scene, &RenderOptions { seed, ..off }));
        samples += stopped.mean_samples() / n;
        all += full / n;
        // The same seed takes the same samples, so that a difference tells much.
        differences.push(total(&stopped) - full);
    }
    let mean = differences.iter().sum::<f64>() / n;
    let spread: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    let error = (spread / (n * (n - 1.0))).sqrt();
    (mean / all, error / all, samples)
}

#[test]
fn stopping_early_changes_the_mean_of_an_example_with_caustics_by_less_than_a_thousandth() {
    let options = RenderOptions {
        height: 54,
        ..adaptive(96, 128, Threshold::default().value())
    };
    let (bias, error, samples) = bias(&example("still_life"), &options, 12);
    eprintln!("{samples:.0} samples, bias {bias:.5} ± {error:.5}");
    assert!(samples < 120.0, "{samples}");
    assert!(bias.abs() + 2.0 * error < 1e-3, "{bias} ± {error}");
}

#[test]
fn even_a_caustic_that_few_paths_find_is_darkened_by_less_than_half_a_percent() {
    let options = adaptive(64, 128, Threshold::default().value());
    let (bias, error, samples) = bias(&build(&caustic()), &options, 12);
    eprintln!("{samples:.0} samples, bias {bias:.5} ± {error:.5}");
    assert!(bias.abs() + 2.0 * error < 5e-3, "{bias} ± {error}");
}
