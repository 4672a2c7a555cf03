//! The same request gives the same bytes, however it is worked off.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clovers::{
    Cancelled, Control, Film, Mode, Picture, Region, RenderOptions, SamplerKind, Scene, Threshold,
    image::png, render,
};
use serde_json::{Value, json};

use crate::support::{build, grey, light, picture, scene};

fn still() -> Value {
    let mut scene = scene(
        0.3,
        [0.0, 2.0, 9.0],
        [0.0, 0.5, 0.0],
        &json!([
            { "kind": "Quad", "q": [-9, 0, -9], "u": [0, 0, 18], "v": [18, 0, 0],
              "material": { "kind": "Lambertian", "albedo": { "kind": "SpatialChecker", "density": 2 } } },
            { "kind": "Sphere", "center": [-1, 1, 0], "radius": 1, "material": { "kind": "Dispersive" } },
            { "kind": "Boxy", "corner_0": [0.3, 0, -1], "corner_1": [2, 1.5, 1],
              "material": { "kind": "Metal", "albedo": grey(0.8), "fuzz": 0.3 } },
            { "kind": "Sphere", "center": [2, 4, 2], "radius": 0.5, "material": light(20.0) },
            { "kind": "MovingSphere", "center_0": [-2, 3, 1], "center_1": [-1, 2.5, 1], "radius": 0.4,
              "material": { "kind": "Metal", "thin_film": {} } },
            { "kind": "Quad", "q": [-3, 3, 1], "u": [1, 0, 0], "v": [0, 0, 1],
              "material": { "kind": "ConeLight", "spread": 30, "emit": grey(30.0) } },
            { "kind": "ConstantMedium", "density": 0.05, "boundary":
                { "kind": "Boxy", "corner_0": [-9, 0, -9], "corner_1": [9, 5, 12] } },
            { "kind": "ConstantMedium", "density": 0.5, "texture": { "kind": "SpatialChecker" }, "boundary":
                { "kind": "Sphere", "center": [-1, 1, 0], "radius": 1 } }
        ]),
    );
    scene["camera"]["vertical_fov"] = json!(40);
    scene["camera"]["aperture"] = json!(0.3);
    scene["camera"]["focus_distance"] = json!(9);
    scene
}

const OPTIONS: RenderOptions = RenderOptions {
    width: 50,
    height: 37,
    samples: 8,
    max_depth: 12,
    mode: Mode::PathTracing,
    sampler: SamplerKind::Independent,
    adaptive: None,
    seed: 42,
};

/// One for each way to spread samples.
fn each_way() -> [RenderOptions; 4] {
    let blue = RenderOptions {
        sampler: SamplerKind::Blue,
        ..OPTIONS
    };
    // So that some parts stop early and others do not.
    let adaptive = |options| RenderOptions {
        adaptive: Threshold::new(0.15),
        samples: 64,
        ..options
    };
    [OPTIONS, blue, adaptive(OPTIONS), adaptive(blue)]
}

fn quietly<'a>(cancel: &'a AtomicBool) -> Control<'a> {
    Control {
        cancel,
        progress: &|_| {},
    }
}

fn on_threads(threads: usize, scene: &Scene, options: &RenderOptions) -> Picture {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads start")
        .install(|| picture(scene, options))
}

#[test]
fn threads_do_not_matter() {
    let scene = build(&still());
    for options in each_way() {
        let one = on_threads(1, &scene, &options);
        assert_eq!(one, on_threads(3, &scene, &options));
        let two = on_threads(2, &scene, &options);
        assert_eq!(png::encode(&one), png::encode(&two));
        let again = on_threads(1, &build(&still()), &options);
        assert_eq!(one, again, "building is deterministic too");
    }
}

#[test]
fn the_cut_into_regions_does_not_matter() {
    let scene = build(&still());
    for options in each_way() {
        let whole = picture(&scene, &options);
        for size in [(16, 16), (50, 1), (7, 37)] {
            check_cut(&scene, &options, &whole, size);
        }
    }
}

/// Checks that parts of at most this size fit together.
fn check_cut(scene: &Scene, options: &RenderOptions, whole: &Picture, (width, height): (u32, u32)) {
    let never = AtomicBool::new(false);
    for y in (0..options.height).step_by(height as usize) {
        for x in (0..options.width).step_by(width as usize) {
            let region = Region {
                x,
                y,
                width: width.min(options.width - x),
                height: height.min(options.height - y),
            };
            let mut film = Film::new(region);
            let samples = 0..options.samples;
            render(scene, options, samples, &mut film, &quietly(&never)).expect("nobody cancels");
            let part = film.picture();
            for row in 0..region.height {
                let start = ((y + row) * options.width + x) as usize;
                let expected = &whole.pixels[start..start + region.width as usize];
                let start = (row * region.width) as usize;
                assert_eq!(&part.pixels[start..start + region.width as usize], expected);
            }
        }
    }
}

#[test]
fn the_plan_of_passes_does_not_matter() {
    let scene = build(&still());
    let never = AtomicBool::new(false);
    for options in each_way() {
        let mut film = Film::new(Region::whole(&options));
        for end in [1, 2, 4, 8, 13, 16, 31, 32, 64] {
            let pass = film.samples()..end.min(options.samples);
            render(&scene, &options, pass, &mut film, &quietly(&never)).expect("nobody cancels");
        }
        assert_eq!(film.samples(), options.samples);
        assert_eq!(film.picture(), picture(&scene, &options));
        if options.adaptive.is_some() {
            let mean = film.mean_samples();
            assert!((35.0..60.0).contains(&mean), "{mean}");
        }
    }
}

/// A film with features, rendered in passes.
fn film_in_passes(scene: &Scene, options: &RenderOptions, region: Region, ends: &[u32]) -> Film {
    let never = AtomicBool::new(false);
    let mut film = Film::with_features(region);
    let mut start = 0;
    for &end in ends {
        render(scene, options, start..end, &mut film, &quietly(&never)).expect("nobody cancels");
        start = end;
    }
    film
}

#[test]
fn features_do_not_depend_on_threads_cuts_and_passes_and_change_no_colour() {
    let scene = build(&still());
    for options in each_way() {
        let (region, all) = (Region::whole(&options), options.samples);
        let film = film_in_passes(&scene, &options, region, &[all]);
        let whole = film.features().expect("they were asked for");
        assert_eq!(film.picture(), picture(&scene, &options));

        let in_passes = film_in_passes(&scene, &options, region, &[1, 2, 4, all]);
        assert_eq!(in_passes.features().as_ref(), Some(&whole));

        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let alone = pool
            .expect("threads start")
            .install(|| film_in_passes(&scene, &options, region, &[all]).features());
        assert_eq!(alone.as_ref(), Some(&whole));

        let part = Region {
            x: 13,
            y: 5,
            width: 31,
            height: 9,
        };
        let cut = film_in_passes(&scene, &options, part, &[3, all]);
        let cut = cut.features().expect("they were asked for");
        for (row, pixels) in (part.y..).zip(cut.pixels.chunks(part.width as usize)) {
            let start = (row * options.width + part.x) as usize;
            assert_eq!(pixels, &whole.pixels[start..start + part.width as usize]);
        }
    }
    assert_eq!(Film::new(Region::whole(&OPTIONS)).features(), None);
}

#[test]
fn another_seed_gives_another_noise_of_the_same_picture() {
    let scene = build(&still());
    let first = picture(&scene, &OPTIONS);
    let second = picture(
        &scene,
        &RenderOptions {
            seed: 43,
            ..OPTIONS
        },
    );
    assert_ne!(first, second);
    let mean = |picture: &Picture| {
        picture
            .pixels
            .iter()
            .flatten()
            .map(|&v| f64::from(v))
            .sum::<f64>()
            / (3 * picture.pixels.len()) as f64
    };
    assert!((mean(&first) / mean(&second) - 1.0).abs() < 0.05);
}

#[test]
fn a_cancelled_render_stops_at_once_and_progress_counts_every_pixel() {
    let scene = build(&still());
    let pixels = AtomicU64::new(0);
    let cancel = AtomicBool::new(false);
    let control = Control {
        cancel: &cancel,
        progress: &|more| {
            pixels.fetch_add(more, Ordering::Relaxed);
        },
    };
    let mut film = Film::new(Region::whole(&OPTIONS));
    assert_eq!(render(&scene, &OPTIONS, 0..1, &mut film, &control), Ok(()));
    assert_eq!(pixels.load(Ordering::Relaxed), 50 * 37);
    cancel.store(true, Ordering::Relaxed);
    // It would take hours.
    let outcome = render(&scene, &OPTIONS, 1..u32::MAX, &mut film, &control);
    assert_eq!(outcome, Err(Cancelled));
}

#[test]
fn normals_have_no_noise_and_no_light() {
    let scene = build(&still());
    let mode = RenderOptions {
        mode: Mode::Normals,
        ..OPTIONS
    };
    let first = picture(&scene, &mode);
    let second = picture(&scene, &RenderOptions { seed: 1, ..mode });
    assert_eq!(first, second);
    // The floor at the bottom: facing up.
    assert_eq!(first.pixels[(36 * 50 + 25) as usize], [0.5, 1.0, 0.0]);
    // Above the horizon: nothing.
    assert_eq!(first.pixels[0], [0.0; 3]);
}
