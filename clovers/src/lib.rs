#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod math;
pub mod spectrum;

pub mod sampling;

pub mod bvh;
pub mod shapes;

pub mod textures;

pub mod bsdf;

pub mod materials;

pub mod media;

pub mod lights;

pub mod camera;

pub mod mesh;

pub mod scene;

pub mod integrator;

pub mod film;

pub mod image;

pub mod denoise;

pub mod render;

pub use denoise::{Denoiser, Feature, Features, denoise};
pub use film::Film;
pub use image::Picture;
pub use mesh::{Mesh, MeshFormat};
pub use render::{Cancelled, Control, Mode, Region, RenderOptions, SamplerKind, Threshold, render};
pub use scene::{MeshSource, Scene, SceneFile, SceneProblem};

/// Names this build of the renderer: the same request rendered by builds of one fingerprint on the
/// same kind of machine gives the same bytes.
pub const FINGERPRINT: &str = env!("CLOVERS_FINGERPRINT");

/// The CPU features this build uses, separated by commas.
pub const TARGET_FEATURES: &str = env!("CLOVERS_TARGET_FEATURES");
