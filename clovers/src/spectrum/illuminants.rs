//! The CIE's illuminants that a scene can name: daylight, white LEDs and fluorescent lamps.
//!
//! The tables come from CIE 15 by way of the package `colour-science` (BSD-3-Clause) and
//! `scripts/export_cie.py`. They have an entry every 5 nm and are linear in between. Values are
//! as published: D50 and D65 are 100 at 560 nm, each lamp has a level of its own. Nothing here
//! adapts a white: D65 looks bluish beside the equal-energy spectrum, which is our white.

use std::sync::LazyLock;

use super::{LONGEST_NM, SHORTEST_NM, SampledSpectrum, Wavelengths, cie, table};

/// Declares the illuminants, each called what the scene format calls it after `Illuminant`.
macro_rules! illuminants {
    ($($kind:ident)*) => {
        /// The kinds of illuminants.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Illuminant {
            $(
                #[doc = concat!("`Illuminant", stringify!($kind), "` in a scene file.")]
                $kind,
            )*
        }

        impl Illuminant {
            /// Every kind, in the order of the scene format.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name in a scene file, as in `IlluminantD65`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!("Illuminant", stringify!($kind)),)*
                }
            }
        }
    };
}

illuminants! {
    D50 D65
    LedB1 LedB2 LedB3 LedB4 LedB5 LedBH1 LedRGB1 LedV1 LedV2
    FL1 FL2 FL3 FL4 FL5 FL6 FL7 FL8 FL9 FL10 FL11 FL12
    FL3_1 FL3_2 FL3_3 FL3_4 FL3_5 FL3_6 FL3_7 FL3_8 FL3_9 FL3_10 FL3_11 FL3_12 FL3_13 FL3_14 FL3_15
}

impl Illuminant {
    /// The illuminant of a name in a scene file.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The values at a path's wavelengths.
    #[must_use]
    pub fn sample(self, wavelengths: &Wavelengths) -> SampledSpectrum {
        let entries = self.entries();
        SampledSpectrum::from_fn(|lane| interpolate(entries, wavelengths.nm()[lane]))
    }

    /// The value at a wavelength in nanometres; 0 outside 380 to 780 nm.
    #[must_use]
    pub fn at(self, nm: f32) -> f32 {
        interpolate(self.entries(), nm)
    }

    /// The colour of the spectrum as a radiance: XYZ relative to equal energy.
    #[must_use]
    pub fn color(self) -> [f64; 3] {
        cie::integrate(|nm| f64::from(self.at(nm as f32)))
    }

    /// The luminance (Y) of the spectrum as a radiance.
    #[must_use]
    pub fn luminance(self) -> f32 {
        self.color()[1] as f32
    }

    fn entries(self) -> &'static [f32; ENTRIES] {
        &TABLES[self as usize]
    }
}

/// Entries of each table: every 5 nm from 380 to 780.
const ENTRIES: usize = 81;

/// The tables, in the order of [`Illuminant::ALL`].
static TABLES: LazyLock<Vec<[f32; ENTRIES]>> = LazyLock::new(|| {
    let mut rows = table::rows(include_str!("data/illuminants.csv")).map(Iterator::collect);
    let names: Vec<&str> = rows.next().expect("the first row names the columns");
    let rows: Vec<Vec<&str>> = rows.collect();
    assert_eq!(rows.len(), ENTRIES, "an illuminant's entries");
    let tables = Illuminant::ALL.iter().map(|kind| {
        let column = names
            .iter()
            .position(|name| kind.name().strip_prefix("Illuminant") == Some(name))
            .expect("every illuminant has a column");
        std::array::from_fn(|entry| {
            rows[entry][column]
                .parse()
                .expect("the table holds numbers")
        })
    });
    tables.collect()
});

fn interpolate(entries: &[f32; ENTRIES], nm: f32) -> f32 {
    if !(SHORTEST_NM..=LONGEST_NM).contains(&nm) {
        return 0.0;
    }
    let (index, fraction) = table::place(nm, ENTRIES);
    let (low, high) = (entries[index], entries[index + 1]);
    low + fraction * (high - low)
}

#[cfg(test)]
mod tests {
    use glam::Vec2;

    use super::*;

    /// Section 6 of the scene format, spelled out.
    const NAMES: &str = "
        IlluminantD50 IlluminantD65
        IlluminantLedB1 IlluminantLedB2 IlluminantLedB3 IlluminantLedB4 IlluminantLedB5
        IlluminantLedBH1 IlluminantLedRGB1 IlluminantLedV1 IlluminantLedV2
        IlluminantFL1 IlluminantFL2 IlluminantFL3 IlluminantFL4 IlluminantFL5 IlluminantFL6
        IlluminantFL7 IlluminantFL8 IlluminantFL9 IlluminantFL10 IlluminantFL11 IlluminantFL12
        IlluminantFL3_1 IlluminantFL3_2 IlluminantFL3_3 IlluminantFL3_4 IlluminantFL3_5
        IlluminantFL3_6 IlluminantFL3_7 IlluminantFL3_8 IlluminantFL3_9 IlluminantFL3_10
        IlluminantFL3_11 IlluminantFL3_12 IlluminantFL3_13 IlluminantFL3_14 IlluminantFL3_15";

    #[test]
    fn the_names_are_those_of_the_scene_format() {
        let names: Vec<_> = Illuminant::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names, NAMES.split_whitespace().collect::<Vec<_>>());
        for (&kind, name) in Illuminant::ALL.iter().zip(names) {
            assert_eq!(Illuminant::from_name(name), Some(kind));
        }
        assert_eq!(Illuminant::from_name("D65"), None);
        assert_eq!(Illuminant::from_name("IlluminantA"), None);
    }

    #[test]
    fn daylight_is_100_at_560_nm() {
        assert_eq!(Illuminant::D50.at(560.0), 100.0);
        assert_eq!(Illuminant::D65.at(560.0), 100.0);
    }

    #[test]
    fn values_are_linear_between_entries_and_0_outside_the_table() {
        let d65 = Illuminant::D65;
        assert_eq!(d65.at(380.0), 49.9755);
        assert!((d65.at(382.5) - 0.5 * (49.9755 + 52.3118)).abs() < 1e-4);
        assert!(d65.at(780.0) > 0.0);
        assert_eq!([d65.at(379.9), d65.at(780.1)], [0.0; 2]);
    }

    #[test]
    fn a_sample_has_the_values_at_its_wavelengths() {
        let wavelengths = Wavelengths::sample(Vec2::new(0.3, 0.7));
        for &kind in Illuminant::ALL {
            let expected = wavelengths.nm().map(|nm| kind.at(nm));
            assert_eq!(kind.sample(&wavelengths).0, expected);
        }
    }

    /// Chromaticities as published in CIE 15, by way of `CCS_ILLUMINANTS` of `colour-science` 0.4.7.
    #[test]
    fn chromaticities_are_the_published_ones() {
        check(Illuminant::D50, 0.3457, 0.3585);
        check(Illuminant::D65, 0.3127, 0.3290);
        check(Illuminant::LedB1, 0.4560, 0.4078);
        check(Illuminant::LedB2, 0.4357, 0.4012);
        check(Illuminant::LedB3, 0.3756, 0.3723);
        check(Illuminant::LedB4, 0.3422, 0.3502);
        check(Illuminant::LedB5, 0.3118, 0.3236);
        check(Illuminant::LedBH1, 0.4474, 0.4066);
        check(Illuminant::LedRGB1, 0.4557, 0.4211);
        check(Illuminant::LedV1, 0.4548, 0.4044);
        check(Illuminant::LedV2, 0.3781, 0.3775);
        check(Illuminant::FL1, 0.3131, 0.3371);
        check(Illuminant::FL2, 0.3721, 0.3751);
        check(Illuminant::FL7, 0.3129, 0.3292);
        check(Illuminant::FL11, 0.3805, 0.3769);
        check(Illuminant::FL12, 0.4370, 0.4042);
        check(Illuminant::FL3_1, 0.4407, 0.4033);
        check(Illuminant::FL3_10, 0.3455, 0.3560);
        check(Illuminant::FL3_15, 0.3127, 0.3288);
    }

    fn check(kind: Illuminant, x: f64, y: f64) {
        let xyz = kind.color();
        let sum: f64 = xyz.iter().sum();
        let got = [xyz[0] / sum, xyz[1] / sum];
        let apart = (got[0] - x).abs().max((got[1] - y).abs());
        assert!(apart < 3e-4, "{kind:?}: {got:?} is not [{x}, {y}]");
    }

    #[test]
    fn luminance_is_that_of_the_raw_spectrum() {
        // D65 is about 100 where the eye is most sensitive.
        assert!((Illuminant::D65.luminance() - 98.89).abs() < 0.01);
    }
}
