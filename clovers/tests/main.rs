//! The renderer from outside: scene files in, pictures out.

mod support;

mod adaptive;
mod denoise;
mod determinism;
mod direct_light;
mod examples;
mod furnace;
mod glass;
mod media;
mod motion;
mod revisions;
mod robustness;
mod scene_format;
mod scene_schema;
mod textures;
mod thin_film;
