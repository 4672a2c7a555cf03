//! Random numbers, and the ways from the unit square to what is to be sampled.

pub mod mis;
pub mod sampler;
pub mod warp;

pub use sampler::Sampler;
