//! sRGB: its transfer curve, and the way between linear sRGB (D65) and XYZ relative to E.
//!
//! Primaries and curve: IEC 61966-2-1. Adaptation: Bradford (K. Lam 1985; formulas as in
//! B. Lindbloom's collection). All matrices are derived here in double precision and scaled so
//! that white goes to white exactly.

use std::sync::LazyLock;

use glam::{DMat3, DVec3, dvec3};

/// D65 as sRGB has it, by its chromaticity (0.3127, 0.3290).
const WHITE_D65: DVec3 = dvec3(0.3127 / 0.3290, 1.0, (1.0 - 0.3127 - 0.3290) / 0.3290);

static LINEAR_TO_XYZ_E: LazyLock<DMat3> = LazyLock::new(|| {
    let primary = |x: f64, y: f64| dvec3(x / y, 1.0, (1.0 - x - y) / y);
    let primaries = DMat3::from_cols(
        primary(0.64, 0.33),
        primary(0.30, 0.60),
        primary(0.15, 0.06),
    );
    let amounts = primaries.inverse() * WHITE_D65;
    rows_to_one(adapt_d65_to_e() * primaries * DMat3::from_diagonal(amounts))
});

static XYZ_E_TO_LINEAR: LazyLock<DMat3> = LazyLock::new(|| rows_to_one(LINEAR_TO_XYZ_E.inverse()));

static D65_TO_E: LazyLock<DMat3> = LazyLock::new(adapt_d65_to_e);

fn adapt_d65_to_e() -> DMat3 {
    let cone = DMat3::from_cols(
        dvec3(0.8951, -0.7502, 0.0389),
        dvec3(0.2664, 1.7135, -0.0685),
        dvec3(-0.1614, 0.0367, 1.0296),
    );
    let gain = (cone * DVec3::ONE) / (cone * WHITE_D65);
    cone.inverse() * DMat3::from_diagonal(gain) * cone
}

/// Scales each row to sum 1, so that (1, 1, 1) stays (1, 1, 1) to the last bit or two.
fn rows_to_one(m: DMat3) -> DMat3 {
    let sums = m * DVec3::ONE;
    DMat3::from_diagonal(sums.recip()) * m
}

/// Linear sRGB to XYZ relative to equal energy.
#[must_use]
pub fn linear_to_xyz_e(rgb: [f64; 3]) -> [f64; 3] {
    (*LINEAR_TO_XYZ_E * DVec3::from(rgb)).into()
}

/// XYZ relative to equal energy to linear sRGB.
#[must_use]
pub fn xyz_e_to_linear(xyz: [f64; 3]) -> [f64; 3] {
    (*XYZ_E_TO_LINEAR * DVec3::from(xyz)).into()
}

/// XYZ relative to D65 white to XYZ relative to equal energy.
#[must_use]
pub fn xyz_d65_to_xyz_e(xyz: [f64; 3]) -> [f64; 3] {
    (*D65_TO_E * DVec3::from(xyz)).into()
}

/// Encoded to linear; above 1 the same power law goes on.
#[must_use]
pub fn decode(c: f64) -> f64 {
    if c <= 0.04045 {
        c / 12.92
    } else {
        ((c + 0.055) / 1.055).powf(2.4)
    }
}

/// Linear to encoded.
#[must_use]
pub fn encode(c: f64) -> f64 {
    if c <= 0.003_130_8 {
        c * 12.92
    } else {
        1.055 * c.powf(1.0 / 2.4) - 0.055
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(got: [f64; 3], expected: [f64; 3], tolerance: f64) {
        for (a, b) in got.iter().zip(expected) {
            assert!((a - b).abs() < tolerance, "{got:?} is not {expected:?}");
        }
    }

    #[test]
    fn white_is_white_both_ways() {
        check(linear_to_xyz_e([1.0; 3]), [1.0; 3], 1e-15);
        check(xyz_e_to_linear([1.0; 3]), [1.0; 3], 1e-15);
        check(xyz_d65_to_xyz_e(WHITE_D65.into()), [1.0; 3], 1e-12);
    }

    #[test]
    fn the_two_matrices_are_inverse() {
        let rgb = [0.2, 0.7, 0.05];
        check(xyz_e_to_linear(linear_to_xyz_e(rgb)), rgb, 1e-12);
    }

    #[test]
    fn components_above_one_use_the_same_power_law() {
        check(
            [decode(4.0), decode(1.0), decode(2.0)],
            [25.3147, 1.0, 4.9538],
            1e-4,
        );
        for c in [0.0, 0.01, 0.04045, 0.2, 1.0] {
            assert!((encode(decode(c)) - c).abs() < 1e-6);
        }
    }
}
