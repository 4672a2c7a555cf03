//! Spectra from 380 to 780 nm, the observer, and the way between colours and spectra.

pub mod cie;
#[cfg(test)]
mod delta_e;
pub mod illuminants;
pub mod rgb_upsampling;
pub mod sampled;
pub mod srgb;
pub mod srgb_basis;
mod table;
pub mod wavelengths;

pub use illuminants::Illuminant;
pub use rgb_upsampling::SmoothSpectrum;
pub use sampled::{LANES, SampledSpectrum};
pub use wavelengths::Wavelengths;

/// The shortest wavelength rendered, in nanometres.
pub const SHORTEST_NM: f32 = 380.0;
/// The longest wavelength rendered, in nanometres.
pub const LONGEST_NM: f32 = 780.0;
