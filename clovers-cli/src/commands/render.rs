//! `clovers-cli render`.

use std::{
    process::ExitCode,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clovers::{Control, Film, Mode, Picture, Region, RenderOptions, SamplerKind, Scene};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    args::RenderArgs,
    image_file::ImageFile,
    scene_file::{FileMeshes, Loaded, load, print_problems},
};

/// What a film may take: 24 bytes for each pixel, twice as many if it is adaptive.
const MOST_FILM_BYTES: u64 = 6 << 30;

/// Denoising takes about 200 bytes for each.
const MOST_PIXELS_TO_DENOISE: u64 = 1 << 25;

pub(crate) fn run(args: &RenderArgs) -> Result<ExitCode> {
    // All that can be refused is refused before the long work begins.
    let image_file = ImageFile::at(&args.output)?;
    let pixels = u64::from(args.width) * u64::from(args.height);
    let most_pixels = if args.denoise {
        MOST_PIXELS_TO_DENOISE
    } else {
        MOST_FILM_BYTES / if args.adaptive.is_some() { 48 } else { 24 }
    };
    let what = if args.denoise {
        "cannot be denoised"
    } else {
        "do not fit in memory"
    };
    ensure!(
        pixels <= most_pixels,
        "{} x {} are {pixels} pixels; more than {most_pixels} {what}",
        args.width,
        args.height,
    );
    ensure!(
        !args.denoise || Mode::from(args.mode) == Mode::PathTracing,
        "there is no noise in this mode; leave out --denoise",
    );
    ensure!(
        SamplerKind::from(args.sampler).takes(args.samples),
        "the blue sampler takes a power of two samples up to {}, not {}",
        SamplerKind::MOST_BLUE_SAMPLES,
        args.samples,
    );
    let parsed = match load(&args.input)? {
        Loaded::Scene(parsed) => parsed,
        Loaded::Refused(problems) => {
            print_problems("error", &problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    if !args.quiet {
        print_problems("warning", &parsed.warnings);
    }
    let scene = match Scene::build(&parsed.file, &FileMeshes::beside(&args.input)) {
        Ok(scene) => scene,
        Err(problems) => {
            print_problems("error", &problems);
            return Ok(ExitCode::FAILURE);
        }
    };

    let options = RenderOptions {
        width: args.width,
        height: args.height,
        samples: args.samples,
        max_depth: args.max_depth,
        mode: args.mode.into(),
        sampler: args.sampler.into(),
        adaptive: args.adaptive,
        seed: args.seed,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .context("cannot start the threads; try fewer with --threads")?;
    let started = Instant::now();
    let (picture, samples) = pool.install(|| render(&scene, &options, args));
    let elapsed = started.elapsed();

    image_file.write(&picture)?;
    if !args.quiet {
        eprintln!(
            "{}: {} x {}, {}, {:.2} s",
            args.output.display(),
            options.width,
            options.height,
            samples_taken(samples, &options),
            elapsed.as_secs_f64(),
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn samples_taken(mean: f64, options: &RenderOptions) -> String {
    match options.adaptive {
        None => format!("{} samples", options.samples),
        Some(_) => format!("{mean:.1} of {} samples on average", options.samples),
    }
}

/// The picture, and how many samples its pixels have on average.
fn render(scene: &Scene, options: &RenderOptions, args: &RenderArgs) -> (Picture, f64) {
    let region = Region::whole(options);
    let mut film = if args.denoise {
        Film::with_features(region)
    } else {
        Film::new(region)
    };
    let bar = progress_bar(options, args.quiet);
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|pixels| bar.inc(pixels),
    };
    // Nobody sets the flag, so the render ends by itself.
    let outcome = clovers::render(scene, options, 0..options.samples, &mut film, &control);
    debug_assert!(outcome.is_ok());
    bar.finish_and_clear();
    let picture = match film.features() {
        Some(features) => clovers::denoise(&film.picture(), &features),
        None => film.picture(),
    };
    (picture, film.mean_samples())
}

/// A bar over the pixels; hidden when nobody looks.
fn progress_bar(options: &RenderOptions, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::from(options.width) * u64::from(options.height));
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {elapsed} / {eta} left");
    bar.set_style(style.expect("the template is right"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
