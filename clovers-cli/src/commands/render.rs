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

/// A film takes 24 bytes for each, so this is about 6 GB.
const MOST_PIXELS: u64 = 1 << 28;

/// Denoising takes about 200 bytes for each.
const MOST_PIXELS_TO_DENOISE: u64 = 1 << 25;

pub(crate) fn run(args: &RenderArgs) -> Result<ExitCode> {
    // All that can be refused is refused before the long work begins.
    let image_file = ImageFile::at(&args.output)?;
    let pixels = u64::from(args.width) * u64::from(args.height);
    let (most, what) = if args.denoise {
        (MOST_PIXELS_TO_DENOISE, "cannot be denoised")
    } else {
        (MOST_PIXELS, "do not fit in memory")
    };
    ensure!(
        pixels <= most,
        "{} x {} are {pixels} pixels; more than {most} {what}",
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
        seed: args.seed,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .context("cannot start the threads; try fewer with --threads")?;
    let started = Instant::now();
    let picture = pool.install(|| render(&scene, &options, args));
    let elapsed = started.elapsed();

    image_file.write(&picture)?;
    if !args.quiet {
        eprintln!(
            "{}: {} x {}, {} samples, {:.2} s",
            args.output.display(),
            options.width,
            options.height,
            options.samples,
            elapsed.as_secs_f64(),
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn render(scene: &Scene, options: &RenderOptions, args: &RenderArgs) -> Picture {
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
    match film.features() {
        Some(features) => clovers::denoise(&film.picture(), &features),
        None => film.picture(),
    }
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
