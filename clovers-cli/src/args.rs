//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clovers::{Mode, SamplerKind, Threshold};

/// Renders scene files of the clovers format, spectrally and physically right.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example: clovers-cli render -i scenes/cornell.json -o cornell.png -w 640 --height 360 -s 64"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Render a scene to a PNG or EXR picture
    Render(RenderArgs),
    /// Check a scene and list everything that is wrong with it
    Validate(ValidateArgs),
    /// Tell what is in a scene: objects, lights, materials, meshes, size, memory
    Info(InfoArgs),
    /// Print the JSON Schema of scene files, for editors that complete and check while typing
    Schema,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RenderArgs {
    /// Scene file (JSON)
    #[arg(short, long, value_name = "SCENE.json")]
    pub(crate) input: PathBuf,

    /// Picture to write; the extension chooses the format: .png (8 bit sRGB) or .exr (half float, linear sRGB)
    #[arg(short, long, value_name = "OUT.png|OUT.exr")]
    pub(crate) output: PathBuf,

    /// Width in pixels
    #[arg(short, long, value_name = "W", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) width: u32,

    /// Height in pixels
    #[arg(long, value_name = "H", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) height: u32,

    /// Samples per pixel; powers of two have the least noise
    #[arg(short, long, value_name = "SAMPLES", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) samples: u32,

    /// Most scattering events of a path; 0 shows only what shines
    #[arg(short = 'd', long, value_name = "DEPTH", default_value_t = 64)]
    pub(crate) max_depth: u32,

    /// Another seed gives another noise, the same seed the same bytes
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Threads to render with; 0 takes every core. The picture does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,

    /// What to render
    #[arg(long, value_enum, default_value_t)]
    pub(crate) mode: ModeArg,

    /// How samples are spread over the picture
    #[arg(long, value_enum, default_value_t)]
    pub(crate) sampler: SamplerArg,

    /// Take out noise, guided by albedo, normals and depth: for few samples, up to 64 or so
    #[arg(long)]
    pub(crate) denoise: bool,

    /// Stop where the noise is low before all samples are taken. THRESHOLD is the noise to stop at, relative to the
    /// brightness, from 0.001 to 0.5 [default: 0.03]
    #[arg(
        long,
        value_name = "THRESHOLD",
        num_args = 0..=1,
        default_missing_value = "0.03",
        allow_negative_numbers = true,
        value_parser = threshold,
    )]
    pub(crate) adaptive: Option<Threshold>,

    /// No progress bar, no summary and no warnings
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ValidateArgs {
    /// Scene file (JSON)
    #[arg(short, long, value_name = "SCENE.json")]
    pub(crate) input: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InfoArgs {
    /// Scene file (JSON)
    #[arg(short, long, value_name = "SCENE.json")]
    pub(crate) input: PathBuf,

    /// As JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ModeArg {
    /// The picture
    #[default]
    #[value(name = "path_tracing", alias = "path-tracing")]
    PathTracing,
    /// Surface normals as colours
    Normals,
    /// Heat map: boxes of the hierarchy tested for each camera ray; white is 256
    #[value(name = "bvh_boxes", alias = "bvh-boxes")]
    BvhBoxes,
    /// Heat map: shapes tested for each camera ray; white is 64
    #[value(name = "bvh_primitives", alias = "bvh-primitives")]
    BvhPrimitives,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SamplerArg {
    /// Each pixel for itself
    #[default]
    Independent,
    /// From pixel to pixel too, for a finer grain; takes a power of two samples, at most 256
    Blue,
}

impl From<SamplerArg> for SamplerKind {
    fn from(sampler: SamplerArg) -> Self {
        match sampler {
            SamplerArg::Independent => Self::Independent,
            SamplerArg::Blue => Self::Blue,
        }
    }
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::PathTracing => Self::PathTracing,
            ModeArg::Normals => Self::Normals,
            ModeArg::BvhBoxes => Self::BvhBoxes,
            ModeArg::BvhPrimitives => Self::BvhPrimitives,
        }
    }
}

fn threshold(text: &str) -> Result<Threshold, String> {
    let (least, largest) = (Threshold::LEAST, Threshold::LARGEST);
    text.parse()
        .ok()
        .and_then(Threshold::new)
        .ok_or_else(|| format!("the threshold is a number from {least} to {largest}"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn adaptive_alone_takes_the_threshold_of_the_library() {
        let args = |words: &[&str]| {
            let fixed = ["clovers-cli", "render", "-i", "a.json", "-o", "a.png"];
            let args = Args::try_parse_from(fixed.iter().chain(words)).expect("it is right");
            let Command::Render(args) = args.command else {
                unreachable!("it is a render");
            };
            args.adaptive
        };
        assert_eq!(args(&[]), None);
        assert_eq!(args(&["--adaptive"]), Some(Threshold::default()));
        assert_eq!(args(&["--adaptive", "0.1"]), Threshold::new(0.1));
        assert_eq!(args(&["--adaptive", "--quiet"]), Some(Threshold::default()));
    }

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
