//! Random numbers, and the ways from the unit square to what is to be sampled.

#[cfg(test)]
pub(crate) mod chi2;
pub mod mis;
#[cfg(test)]
pub(crate) mod random;
pub mod sampler;
pub mod warp;

pub use sampler::Sampler;
