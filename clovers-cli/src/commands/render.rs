//! `clovers-cli render`.

use std::{
    process::ExitCode,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clovers::{Control, Film, Region, RenderOptions, SamplerKind, Scene};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    args::RenderArgs,
    image_file::ImageFile,
    scene_file::{FileMeshes, Loaded, load, print_problems},
};

/// A film takes 24 bytes for each, so this is about 6 GB.
const MOST_PIXELS: u64 = 1 << 28;

pub(crate) fn run(args: &RenderArgs) -> Result<ExitCode> {
    // All that can be refused is refused before the long work begins.
    let image_file = ImageFile::at(&args.output)?;
    let pixels = u64::from(args.width) * u64::from(args.height);
    ensure!(
        pixels <= MOST_PIXELS,
        "{} x {} are {pixels} pixels; more than {MOST_PIXELS} do not fit in memory",
        args.width,
        args.height,
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
    let film = pool.install(|| render(&scene, &options, args.quiet));
    let elapsed = started.elapsed();

    image_file.write(&film.picture())?;
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

fn render(scene: &Scene, options: &RenderOptions, quiet: bool) -> Film {
    let mut film = Film::new(Region::whole(options));
    let bar = progress_bar(options, quiet);
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|pixels| bar.inc(pixels),
    };
    // Nobody sets the flag, so the render ends by itself.
    let outcome = clovers::render(scene, options, 0..options.samples, &mut film, &control);
    debug_assert!(outcome.is_ok());
    bar.finish_and_clear();
    film
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
