//! From linear sRGB to spectra, cheaply enough to do it at every texel.
//!
//! I. Mallett and C. Yuksel, "Spectral Primary Decomposition for Rendering with sRGB
//! Reflectance", EGSR 2019: three smooth spectra in [0, 1], which add up to 1 and have the
//! colours of the primaries, mixed by the components. The colour asked for comes back exactly and
//! greys are flat. Ours are relative to equal energy, made by `scripts/make_srgb_basis.py`. They
//! change faster than [`SmoothSpectrum`](super::SmoothSpectrum), which suits few colours better.

use std::sync::LazyLock;

use super::{SampledSpectrum, Wavelengths, table};

/// The spectrum of a colour in linear sRGB at a path's wavelengths.
///
/// Components are 0 or more. The values lie between the smallest and the largest of them: in
/// [0, 1] if these are.
#[must_use]
pub fn sample(rgb: [f32; 3], wavelengths: &Wavelengths) -> SampledSpectrum {
    let basis = &*BASIS;
    SampledSpectrum::from_fn(|lane| mix(basis, rgb, wavelengths.nm()[lane]))
}

/// The value of that spectrum at a wavelength in nanometres.
#[must_use]
pub fn at(rgb: [f32; 3], nm: f32) -> f32 {
    mix(&BASIS, rgb, nm)
}

/// Entries of the table: every 5 nm from 380 to 780.
const ENTRIES: usize = 81;

/// The spectra of red and green.
type Basis = [[f32; 2]; ENTRIES];

static BASIS: LazyLock<Basis> = LazyLock::new(|| {
    let mut basis = [[0.0; 2]; ENTRIES];
    for (entry, row) in basis
        .iter_mut()
        .zip(table::rows(include_str!("data/srgb_basis.csv")))
    {
        for (value, column) in entry.iter_mut().zip(row.skip(1)) {
            *value = column.parse().expect("the table holds numbers");
        }
    }
    basis
});

fn mix(basis: &Basis, [r, g, b]: [f32; 3], nm: f32) -> f32 {
    let (index, fraction) = table::place(nm, ENTRIES);
    let (low, high) = (basis[index], basis[index + 1]);
    let red = low[0] + fraction * (high[0] - low[0]);
    let green = low[1] + fraction * (high[1] - low[1]);
    // Blue is 1 - red - green; in this form greys are flat to the last bit.
    let value = b + (r - b) * red + (g - b) * green;
    // Rounding must not leave the range; `clamp` would panic at components that are not numbers.
    value.max(r.min(g).min(b)).min(r.max(g).max(b))
}

#[cfg(test)]
mod tests {
    use glam::Vec2;

    use super::super::delta_e::{delta_e_2000, lab};
    use super::super::{cie, srgb};
    use super::*;

    fn colour_of(rgb: [f32; 3]) -> [f64; 3] {
        cie::integrate(|nm| f64::from(at(rgb, nm as f32)))
    }

    /// Every colour of a grid in the sRGB cube, encoded evenly.
    fn cube() -> impl Iterator<Item = [f32; 3]> {
        const N: u32 = 12;
        let component = |v| srgb::decode(f64::from(v) / f64::from(N)) as f32;
        (0..(N + 1).pow(3))
            .map(move |i| [i % (N + 1), i / (N + 1) % (N + 1), i / (N + 1).pow(2)].map(component))
    }

    #[test]
    fn every_srgb_colour_makes_the_round_trip() {
        for rgb in cube() {
            let asked = srgb::linear_to_xyz_e(rgb.map(f64::from));
            let error = delta_e_2000(lab(asked), lab(colour_of(rgb)));
            assert!(error < 1e-3, "{rgb:?}: {error}");
        }
    }

    #[test]
    fn colours_brighter_than_white_make_it_too() {
        let rgb = [25.0, 0.5, 3.0];
        let got = srgb::xyz_e_to_linear(colour_of(rgb));
        for (a, b) in got.iter().zip(rgb) {
            assert!((a - f64::from(b)).abs() < 1e-5, "{got:?} is not {rgb:?}");
        }
    }

    #[test]
    fn reflectances_stay_in_range() {
        for rgb in cube() {
            for nm in 380..=780 {
                let value = at(rgb, nm as f32);
                assert!((0.0..=1.0).contains(&value), "{rgb:?} at {nm} nm: {value}");
            }
        }
    }

    #[test]
    fn greys_are_exactly_flat() {
        let wavelengths = Wavelengths::sample(Vec2::new(0.3, 0.7));
        for grey in [0.0, 0.1, 1.0 / 3.0, 1.0, 7.3] {
            assert_eq!(sample([grey; 3], &wavelengths), SampledSpectrum::flat(grey));
        }
    }

    #[test]
    fn the_basis_is_smooth() {
        for pair in BASIS.windows(2) {
            let [red, green] = [0, 1].map(|i| pair[1][i] - pair[0][i]);
            for step in [red, green, red + green] {
                assert!(step.abs() < 0.12, "{pair:?}");
            }
        }
    }

    #[test]
    fn a_sample_has_the_values_at_its_wavelengths() {
        let wavelengths = Wavelengths::sample(Vec2::new(0.6, 0.2));
        let rgb = [0.2, 0.7, 0.05];
        let expected = wavelengths.nm().map(|nm| at(rgb, nm));
        assert_eq!(sample(rgb, &wavelengths).0, expected);
    }
}
