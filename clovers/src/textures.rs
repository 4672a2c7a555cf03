//! What varies over a surface: reflectance or emission.

pub mod image;

use glam::{Vec2, Vec3};

use crate::{
    shapes::Surface,
    spectrum::{Illuminant, SampledSpectrum, SmoothSpectrum, Wavelengths},
};

/// The kinds of textures.
#[derive(Clone, Debug)]
pub enum Texture {
    /// The same everywhere.
    Solid(SmoothSpectrum),
    /// A checker on (u, v): cell sums floor(d u) + floor(d v).
    SurfaceChecker {
        /// Where the sum is even.
        even: SmoothSpectrum,
        /// Where it is odd.
        odd: SmoothSpectrum,
        /// Cells per unit.
        density: f32,
    },
    /// A checker in world space: cell sums of x, y and z.
    SpatialChecker {
        /// Where the sum is even.
        even: SmoothSpectrum,
        /// Where it is odd.
        odd: SmoothSpectrum,
        /// Cells per unit.
        density: f32,
    },
    /// The table of an illuminant, the same everywhere.
    Illuminant {
        /// Which one.
        illuminant: Illuminant,
        /// Factor of the table.
        intensity: f32,
        /// The largest value it may take: 1 as a reflectance.
        limit: f32,
    },
}

impl Texture {
    /// The values at a point of a surface, at a path's wavelengths.
    #[must_use]
    pub fn sample(&self, surface: &Surface, wavelengths: &Wavelengths) -> SampledSpectrum {
        self.sample_at(surface.point, || surface.uv(), wavelengths)
    }

    /// The values at a place of texture coordinates that are asked for if they count.
    #[must_use]
    pub fn sample_at(
        &self,
        point: Vec3,
        uv: impl FnOnce() -> Vec2,
        wavelengths: &Wavelengths,
    ) -> SampledSpectrum {
        match self {
            Self::Solid(spectrum) => spectrum.sample(wavelengths),
            Self::SurfaceChecker { even, odd, density } => {
                let cell = uv() * *density;
                choose(is_odd(cell.x) ^ is_odd(cell.y), even, odd).sample(wavelengths)
            }
            Self::SpatialChecker { even, odd, density } => {
                // Surfaces that lie on a cell boundary belong to the upper cell.
                let cell = point * *density + 1e-4;
                let is_odd = is_odd(cell.x) ^ is_odd(cell.y) ^ is_odd(cell.z);
                choose(is_odd, even, odd).sample(wavelengths)
            }
            Self::Illuminant {
                illuminant,
                intensity,
                limit,
            } => {
                let table = illuminant.sample(wavelengths);
                SampledSpectrum::from_fn(|lane| (table.0[lane] * intensity).clamp(0.0, *limit))
            }
        }
    }

    /// The mean luminance of its colours.
    #[must_use]
    pub fn mean_luminance(&self) -> f32 {
        match self {
            Self::Solid(spectrum) => spectrum.luminance(),
            Self::SurfaceChecker { even, odd, .. } | Self::SpatialChecker { even, odd, .. } => {
                0.5 * (even.luminance() + odd.luminance())
            }
            Self::Illuminant {
                illuminant,
                intensity,
                ..
            } => illuminant.luminance() * intensity.max(0.0),
        }
    }
}

/// Whether the whole number at or below is odd.
fn is_odd(value: f32) -> bool {
    value.floor() as i64 & 1 != 0
}

fn choose<'a>(
    is_odd: bool,
    even: &'a SmoothSpectrum,
    odd: &'a SmoothSpectrum,
) -> &'a SmoothSpectrum {
    if is_odd { odd } else { even }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVEN: SmoothSpectrum = SmoothSpectrum::flat(0.25);
    const ODD: SmoothSpectrum = SmoothSpectrum::flat(0.75);

    fn check(texture: &Texture, point: Vec3, uv: Vec2, expected: SmoothSpectrum) {
        let wavelengths = Wavelengths::sample(Vec2::splat(0.5));
        let got = texture.sample_at(point, || uv, &wavelengths);
        assert_eq!(got, expected.sample(&wavelengths), "{point} {uv}");
    }

    #[test]
    fn spatial_cells_change_at_multiples_of_one_over_the_density() {
        let texture = Texture::SpatialChecker {
            even: EVEN,
            odd: ODD,
            density: 0.01,
        };
        let at = |x, y, z| Vec3::new(x, y, z);
        check(&texture, at(1.0, 1.0, 1.0), Vec2::ZERO, EVEN);
        check(&texture, at(99.0, 1.0, 1.0), Vec2::ZERO, EVEN);
        check(&texture, at(101.0, 1.0, 1.0), Vec2::ZERO, ODD);
        check(&texture, at(-1.0, 1.0, 1.0), Vec2::ZERO, ODD);
        check(&texture, at(-1.0, -1.0, 1.0), Vec2::ZERO, EVEN);
        // On the boundary: the upper cell, also when rounding puts it a little below.
        check(&texture, at(1.0, 1.0, 500.0), Vec2::ZERO, ODD);
        check(&texture, at(1.0, 1.0, 499.999_97), Vec2::ZERO, ODD);
    }

    #[test]
    fn surface_cells_follow_the_texture_coordinates() {
        let texture = Texture::SurfaceChecker {
            even: EVEN,
            odd: ODD,
            density: 4.0,
        };
        check(&texture, Vec3::ZERO, Vec2::new(0.24, 0.0), EVEN);
        check(&texture, Vec3::ZERO, Vec2::new(0.26, 0.0), ODD);
        check(&texture, Vec3::ZERO, Vec2::new(0.26, 0.26), EVEN);
        check(&texture, Vec3::ZERO, Vec2::new(0.76, 0.1), ODD);
    }
}
