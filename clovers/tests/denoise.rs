//! Noise goes, all else stays.

use std::{ops::Range, sync::atomic::AtomicBool};

use clovers::{
    Control, Denoiser, Feature, Features, Film, Picture, Region, RenderOptions, Scene, SceneFile,
    denoise, render, scene::NoMeshes, spectrum::srgb,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{build, grey, light, scene};

/// A picture with its features, all from functions of column and row.
fn made(
    (width, height): (u32, u32),
    samples: u32,
    color: impl Fn(u32, u32) -> [f32; 3],
    feature: impl Fn(u32, u32) -> Feature,
) -> (Picture, Features) {
    let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let picture = Picture {
        width,
        height,
        pixels: places().map(|(x, y)| color(x, y)).collect(),
    };
    let features = Features {
        width,
        height,
        samples,
        pixels: places().map(|(x, y)| feature(x, y)).collect(),
    };
    (picture, features)
}

/// A grey wall in front of the camera.
const WALL: Feature = Feature {
    albedo: [0.5; 3],
    normal: [0.0, 0.0, 1.0],
    closeness: 0.2,
    variance: 0.0,
};

/// Noise between 0.5 and 1.5, of mean 1.
fn noise(x: u32, y: u32) -> f32 {
    let mut hash = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    for _ in 0..3 {
        hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    }
    0.5 + (hash >> 8) as f32 / (1 << 24) as f32
}

fn rendered(scene: &Scene, options: &RenderOptions) -> (Picture, Features) {
    let mut film = Film::with_features(Region::whole(options));
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    render(scene, options, 0..options.samples, &mut film, &control).expect("nobody cancels");
    let features = film.features().expect("they were asked for");
    (film.picture(), features)
}

fn cornell() -> Scene {
    let json: Value =
        serde_json::from_str(include_str!("../../scenes/cornell.json")).expect("it is JSON");
    let file = SceneFile::parse(&json).expect("the scene is right").file;
    Scene::build(&file, &NoMeshes).expect("it needs no meshes")
}

fn small(samples: u32) -> RenderOptions {
    RenderOptions {
        width: 96,
        height: 96,
        samples,
        max_depth: 16,
        ..RenderOptions::default()
    }
}

fn mean(picture: &Picture) -> f64 {
    let sum: f64 = picture.pixels.iter().flatten().map(|&v| f64::from(v)).sum();
    sum / (3 * picture.pixels.len()) as f64
}

/// Root mean square of the differences as they are shown, of 1.
fn shown_error(picture: &Picture, reference: &Picture) -> f64 {
    let shown = |value: f32| srgb::encode(f64::from(value.clamp(0.0, 1.0)));
    let values = picture.pixels.iter().flatten();
    let squares = values
        .zip(reference.pixels.iter().flatten())
        .map(|(a, b)| (shown(*a) - shown(*b)).powi(2));
    (squares.sum::<f64>() / (3 * picture.pixels.len()) as f64).sqrt()
}

#[test]
fn the_error_of_few_samples_falls_and_the_light_stays() {
    const SEEDS: u64 = 16;
    let scene = cornell();
    let reference = {
        let options = RenderOptions {
            seed: 99,
            ..small(256)
        };
        rendered(&scene, &options).0
    };
    // The reference has noise of its own, which no denoiser takes out.
    // This scene is full of fireflies; where their light belongs is a guess that adds 1 % to it.
    for (samples, most, most_change) in [(1, 0.6, 0.02), (4, 0.7, 0.015), (16, 0.85, 0.015)] {
        let (mut light_before, mut light_after) = (0.0, 0.0);
        for seed in 0..SEEDS {
            let options = RenderOptions {
                seed,
                ..small(samples)
            };
            let (noisy, features) = rendered(&scene, &options);
            let clean = denoise(&noisy, &features);
            let (before, after) = (
                shown_error(&noisy, &reference),
                shown_error(&clean, &reference),
            );
            assert!(after < most * before, "{samples}: {before} to {after}");
            light_before += mean(&noisy);
            light_after += mean(&clean);
        }
        let change = light_after / light_before - 1.0;
        eprintln!("{samples} samples: {change:.4} more light");
        assert!(change.abs() < most_change, "{samples} samples: {change}");
    }
}

#[test]
fn threads_and_earlier_pictures_do_not_matter() {
    let (noisy, features) = rendered(&cornell(), &small(2));
    let on_threads = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads start")
            .install(|| denoise(&noisy, &features))
    };
    let alone = on_threads(1);
    assert_eq!(alone, on_threads(3));
    let mut denoiser = Denoiser::new();
    for size in [(96, 96), (13, 70)] {
        let (picture, features) = made(size, 1, |x, y| [9.0 * noise(x, y); 3], |_, _| WALL);
        let _ = denoiser.denoise(&picture, &features);
        assert_eq!(
            denoiser.denoise(&picture, &features),
            denoise(&picture, &features)
        );
    }
    assert_eq!(denoiser.denoise(&noisy, &features), alone);
}

#[test]
fn an_even_picture_stays_as_it_is() {
    for samples in [1, 2, 64] {
        let color = [0.7, 0.2, 3.0];
        let (picture, features) = made((50, 37), samples, |_, _| color, |_, _| WALL);
        for pixel in denoise(&picture, &features).pixels {
            for (got, expected) in pixel.into_iter().zip(color) {
                assert!((got - expected).abs() < 1e-5 * expected, "{pixel:?}");
            }
        }
    }
}

#[test]
fn textures_stay_sharp_while_the_light_on_them_is_smoothed() {
    let albedo = |x: u32, y: u32| {
        if (x + y).is_multiple_of(2) {
            [0.8, 0.1, 0.3]
        } else {
            [0.1, 0.9, 0.3]
        }
    };
    let (picture, features) = made(
        (64, 48),
        1,
        |x, y| albedo(x, y).map(|value| value * noise(x, y)),
        |x, y| Feature {
            albedo: albedo(x, y),
            ..WALL
        },
    );
    let clean = denoise(&picture, &features);
    let lights = clean.pixels.iter().zip(&features.pixels);
    let off: Vec<f32> = lights
        .flat_map(|(pixel, feature)| [0, 1, 2].map(|c| pixel[c] / feature.albedo[c] - 1.0))
        .collect();
    let squares: f32 = off.iter().map(|off| off * off).sum();
    let deviation = (squares / off.len() as f32).sqrt();
    // That of the noise is 0.29, and the squares of the texture are eight times brighter.
    assert!(deviation < 0.1, "{deviation}");
    assert!(off.iter().all(|off| off.abs() < 0.4));
}

/// Noise on both sides of an edge in the middle, as bright as 1 and 3: no light goes across.
#[track_caller]
fn check_edge(left: Feature, right: Feature) {
    let size = (64, 48);
    let is_left = |x: u32| x < 32;
    let (picture, features) = made(
        size,
        1,
        |x, y| [if is_left(x) { 1.0 } else { 3.0 } * noise(x, y); 3],
        |x, _| if is_left(x) { left } else { right },
    );
    let clean = denoise(&picture, &features);
    for column in 0..size.0 {
        let expected = if is_left(column) { 1.0 } else { 3.0 };
        let pixels = clean.pixels.iter().skip(column as usize);
        let column_mean =
            pixels.step_by(size.0 as usize).map(|p| p[0]).sum::<f32>() / size.1 as f32;
        let off = column_mean / expected - 1.0;
        assert!(off.abs() < 0.1, "{off} at column {column}");
    }
}

#[test]
fn no_light_goes_across_edges_of_normals_and_depth() {
    let turned = Feature {
        normal: [1.0, 0.0, 0.0],
        ..WALL
    };
    check_edge(WALL, turned);
    let near = Feature {
        closeness: 0.4,
        ..WALL
    };
    check_edge(WALL, near);
}

#[test]
fn what_shines_and_the_background_stay_as_they_are() {
    let lamp = |x: u32, y: u32| (20..30).contains(&x) && (10..20).contains(&y);
    let (picture, features) = made(
        (50, 37),
        1,
        |x, y| {
            if lamp(x, y) {
                [40.0, 30.0 * noise(x, y), 20.0]
            } else if y < 8 {
                [0.1 * noise(x, y), 0.2, 0.9]
            } else {
                [noise(x, y); 3]
            }
        },
        |x, y| {
            if lamp(x, y) || y < 8 {
                Feature::NOTHING
            } else {
                WALL
            }
        },
    );
    let clean = denoise(&picture, &features);
    let mut changed = 0;
    for (index, (before, after)) in picture.pixels.iter().zip(&clean.pixels).enumerate() {
        let (x, y) = (index as u32 % 50, index as u32 / 50);
        if lamp(x, y) || y < 8 {
            assert_eq!(before, after, "{x}, {y}");
        } else {
            assert!(after[0] < 1.5, "{x}, {y}: the lamp leaks: {after:?}");
            changed += u32::from(before != after);
        }
    }
    assert!(changed > 1000);
}

#[test]
fn the_light_of_a_firefly_goes_to_its_surroundings() {
    let (picture, features) = made(
        (80, 60),
        1,
        |x, y| {
            [if (x, y) == (40, 30) {
                500.0
            } else {
                noise(x, y)
            }; 3]
        },
        |_, _| WALL,
    );
    let clean = denoise(&picture, &features);
    let brightest = clean.pixels.iter().map(|p| p[0]).fold(0.0, f32::max);
    assert!(brightest < 3.0, "{brightest}");
    let (before, after) = (mean(&picture), mean(&clean));
    assert!((after / before - 1.0).abs() < 0.01, "{before} to {after}");
}

#[test]
fn the_less_noise_there_is_the_less_is_changed() {
    let (picture, features) = rendered(&cornell(), &small(16));
    let mut changed_before = f64::INFINITY;
    // As if the picture, with all its noise, were one of so many samples.
    for samples in [1 << 4, 1 << 7, 1 << 10, 1 << 14, 1 << 20] {
        let mut features = features.clone();
        features.samples = samples;
        for feature in &mut features.pixels {
            feature.variance *= 16.0 / samples as f32;
        }
        let changed = shown_error(&denoise(&picture, &features), &picture);
        eprintln!("{samples} | {changed:.5}");
        assert!(changed < changed_before, "{samples}: {changed}");
        changed_before = changed;
    }
    // Half a step of eight bits.
    assert!(changed_before < 0.5 / 255.0, "{changed_before}");
}

#[test]
fn any_size_is_denoised() {
    for size in [
        (1, 1),
        (1, 9),
        (9, 1),
        (2, 2),
        (7, 5),
        (8, 8),
        (17, 33),
        (161, 3),
        (321, 2),
        (3, 200),
        (0, 0),
    ] {
        for samples in [1, 4] {
            let color = |x, y| [noise(x, y), 0.5, 2.0 * noise(y, x)];
            let (picture, features) = made(size, samples, color, |_, _| WALL);
            let clean = denoise(&picture, &features);
            assert_eq!((clean.width, clean.height), size);
            assert_eq!(clean.pixels.len(), picture.pixels.len());
            for pixel in &clean.pixels {
                assert!(pixel.iter().all(|v| (0.4..3.1).contains(v)), "{pixel:?}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "of one size")]
fn features_of_another_size_are_refused() {
    let (picture, _) = made((4, 2), 1, |_, _| [1.0; 3], |_, _| WALL);
    let (_, features) = made((2, 4), 1, |_, _| [1.0; 3], |_, _| WALL);
    let _ = denoise(&picture, &features);
}

/// The features of a picture of one object in front of the camera.
fn features_of(objects: &Value, background: f64) -> Features {
    let mut scene = scene(background, [0.0, 0.0, 5.0], [0.0, 0.0, 0.0], objects);
    scene["camera"]["vertical_fov"] = json!(40);
    let options = RenderOptions {
        width: 15,
        height: 15,
        samples: 4,
        max_depth: 4,
        ..RenderOptions::default()
    };
    rendered(&build(&scene), &options).1
}

fn close(a: [f32; 3], b: [f32; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.05)
}

#[test]
fn features_tell_what_is_seen_first() {
    let wall = |z: f64, material: Value| json!({ "kind": "Quad", "q": [-9, -9, z], "u": [18, 0, 0], "v": [0, 18, 0], "material": material });
    let paint = json!({ "kind": "Lambertian", "albedo": grey(0.3) });
    let middle = |features: &Features| features.pixels[7 * 15 + 7];

    // A wall, from either side.
    for from in [1.0, -1.0] {
        let mut quad = wall(0.0, paint.clone());
        quad["u"] = json!([18.0 * from, 0, 0]);
        quad["q"] = json!([-9.0 * from, -9, 0]);
        let seen = middle(&features_of(&json!([quad]), 0.5));
        assert!(close(seen.albedo, [0.3; 3]), "{seen:?}");
        assert!(close(seen.normal, [0.0, 0.0, 1.0]), "{seen:?}");
        assert!((seen.closeness - 0.2).abs() < 0.01, "{seen:?}");
    }

    // Nothing, and a light.
    let seen = middle(&features_of(&json!([]), 0.5));
    assert_eq!(
        Feature {
            variance: 0.0,
            ..seen
        },
        Feature::NOTHING
    );
    let seen = middle(&features_of(&json!([wall(0.0, light(3.0))]), 0.5));
    assert!(close(seen.albedo, [1.0; 3]) && close(seen.normal, [0.0; 3]));
    assert!((seen.closeness - 0.2).abs() < 0.01, "{seen:?}");

    // A mirror shows the wall behind the camera, and glass shows itself.
    let mirror = json!({ "kind": "Metal", "albedo": grey(0.5), "fuzz": 0 });
    let behind = wall(10.0, paint);
    let seen = middle(&features_of(&json!([wall(0.0, mirror), behind]), 0.5));
    assert!(close(seen.albedo, [0.15; 3]), "{seen:?}");
    assert!((seen.closeness - 1.0 / 15.0).abs() < 0.005, "{seen:?}");
    let glass = json!({ "kind": "Dielectric" });
    let seen = middle(&features_of(&json!([wall(0.0, glass)]), 0.5));
    assert!(close(seen.albedo, [1.0; 3]) && close(seen.normal, [0.0, 0.0, 1.0]));

    // Dense fog hides all but itself.
    let fog = json!({ "kind": "ConstantMedium", "density": 50,
        "boundary": { "kind": "Boxy", "corner_0": [-9, -9, 1], "corner_1": [9, 9, 2] } });
    let seen = middle(&features_of(&json!([fog, wall(0.0, light(3.0))]), 0.5));
    assert!(close(seen.albedo, [1.0; 3]) && close(seen.normal, [0.0, 0.0, 1.0]));
    assert!(seen.closeness < 1e-3, "{seen:?}");
}

/// Numbers that do come up, and some that should not.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -1.0_f32..4.0,
        1 => prop::sample::select(vec![
            0.0, -0.0, 1e-30, 1e30, -1e30, f32::MAX, f32::MIN_POSITIVE, f32::NAN, f32::INFINITY,
            f32::NEG_INFINITY,
        ]),
    ]
}

fn any_feature() -> impl Strategy<Value = Feature> {
    (
        [number(), number(), number()],
        [number(), number(), number()],
        number(),
        number(),
    )
        .prop_map(|(albedo, normal, closeness, variance)| Feature {
            albedo,
            normal,
            closeness,
            variance,
        })
}

/// As many rows and columns around a pixel as four passes reach.
const REACH: usize = 15;

fn around(place: usize, length: usize) -> Range<usize> {
    place.saturating_sub(REACH)..(place + REACH + 1).min(length)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_goes_in_only_numbers_come_out(
        width in 1_usize..40,
        samples in 0_u32..6,
        colors in prop::collection::vec([number(), number(), number()], 1..200),
        features in prop::collection::vec(any_feature(), 1..200),
    ) {
        let height = colors.len().div_ceil(width);
        let (picture, features) = made(
            (width as u32, height as u32),
            samples,
            |x, y| colors[(y as usize * width + x as usize) % colors.len()],
            |x, y| features[(y as usize * width + x as usize) % features.len()],
        );
        for pixel in denoise(&picture, &features).pixels {
            prop_assert!(pixel.iter().all(|value| value.is_finite()), "{pixel:?}");
        }
    }

    #[test]
    fn no_pixel_leaves_the_range_of_those_around_it(
        width in 1_usize..90,
        height in 1_usize..50,
        samples in prop::sample::select(vec![1_u32, 2, 8, 32]),
        steep in 0.0_f32..0.02,
        turn in 0.0_f32..0.2,
        variance in 0.0_f32..0.5,
    ) {
        // Brightness drifts, and there is no firefly: those may give more than that.
        let color = |x: u32, y: u32| [(steep * x as f32).exp() * noise(x, y); 3];
        let (picture, features) = made(
            (width as u32, height as u32),
            samples,
            color,
            |x, y| Feature {
                albedo: [1.0; 3],
                normal: [(turn * x as f32).sin(), 0.0, (turn * x as f32).cos()],
                closeness: 0.2 + 0.001 * y as f32,
                variance,
            },
        );
        let clean = denoise(&picture, &features);
        for (index, pixel) in clean.pixels.iter().enumerate() {
            let (rows, columns) = (around(index / width, height), around(index % width, width));
            let near = rows.flat_map(|y| columns.clone().map(move |x| y * width + x));
            let (mut least, mut most) = (f32::INFINITY, 0.0_f32);
            for value in near.map(|place| picture.pixels[place][0]) {
                (least, most) = (least.min(value), most.max(value));
            }
            let value = pixel[0];
            prop_assert!(value >= least * (1.0 - 1e-5) && value <= most * (1.0 + 1e-5));
        }
    }
}
