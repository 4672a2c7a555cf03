//! From the unit square to discs, hemispheres, spheres, cones and triangles, each with its density.

use std::f32::consts::{FRAC_1_PI, FRAC_PI_2, FRAC_PI_4, PI, TAU};

use glam::{Vec2, Vec3};

/// The unit disc, by area. Concentric squares become circles (P. Shirley and K. Chiu, 1997).
#[must_use]
pub fn square_to_disc(u: Vec2) -> Vec2 {
    let p = 2.0 * u - Vec2::ONE;
    if p == Vec2::ZERO {
        return Vec2::ZERO;
    }
    let (radius, angle) = if p.x.abs() > p.y.abs() {
        (p.x, FRAC_PI_4 * (p.y / p.x))
    } else {
        (p.y, FRAC_PI_2 - FRAC_PI_4 * (p.x / p.y))
    };
    radius * Vec2::from_angle(angle)
}

/// The hemisphere around +z, by projected solid angle: the density is cos / pi.
#[must_use]
pub fn square_to_cosine_hemisphere(u: Vec2) -> Vec3 {
    let disc = square_to_disc(u);
    let z = (1.0 - disc.length_squared()).max(0.0).sqrt();
    disc.extend(z)
}

/// Density of [`square_to_cosine_hemisphere`] per solid angle.
#[must_use]
pub fn cosine_hemisphere_pdf(cos: f32) -> f32 {
    cos.max(0.0) * FRAC_1_PI
}

/// The unit sphere, by area.
#[must_use]
pub fn square_to_sphere(u: Vec2) -> Vec3 {
    let z = 1.0 - 2.0 * u.x;
    let radius = (1.0 - z * z).max(0.0).sqrt();
    (radius * Vec2::from_angle(TAU * u.y)).extend(z)
}

/// Density of [`square_to_sphere`].
pub const SPHERE_PDF: f32 = 0.25 * FRAC_1_PI;

/// Directions around +z whose 1 - cosine is at most `one_minus_cos`, by solid angle.
///
/// The limit is given as 1 - cosine so that narrow cones keep their precision.
#[must_use]
pub fn square_to_cone(u: Vec2, one_minus_cos: f32) -> Vec3 {
    let drop = u.x * one_minus_cos;
    let sin = (drop * (2.0 - drop)).max(0.0).sqrt();
    (sin * Vec2::from_angle(TAU * u.y)).extend(1.0 - drop)
}

/// Density of [`square_to_cone`] per solid angle.
#[must_use]
pub fn cone_pdf(one_minus_cos: f32) -> f32 {
    1.0 / (TAU * one_minus_cos)
}

/// Barycentric weights of the second and third corner of a triangle, by area, without a fold or
/// a square root (E. Heitz, "A Low-Distortion Map Between Triangle and Square", 2019).
#[must_use]
pub fn square_to_triangle(u: Vec2) -> Vec2 {
    if u.y > u.x {
        let x = 0.5 * u.x;
        Vec2::new(x, u.y - x)
    } else {
        let y = 0.5 * u.y;
        Vec2::new(u.x - y, y)
    }
}

/// The solid angle of a whole sphere.
pub const SPHERE: f32 = 4.0 * PI;

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of an even set of points in `bins` against the expected ones.
    fn check(bins: usize, share: impl Fn(usize) -> f64, bin: impl Fn(Vec2) -> usize) {
        const N: usize = 1 << 18;
        let mut counts = vec![0.0; bins];
        for i in 0..N {
            // An additive recurrence fills the square evenly, off any grid of the bins.
            let step = |factor: f64| ((i as f64 + 0.5) * factor).fract() as f32;
            let u = Vec2::new(step(0.754_877_666_246_693), step(0.569_840_290_998_053_2));
            counts[bin(u)] += 1.0 / N as f64;
        }
        for (index, count) in counts.iter().enumerate() {
            let expected = share(index);
            assert!(
                (count - expected).abs() < 0.02 * expected + 2e-4,
                "bin {index}: {count}, expected {expected}"
            );
        }
    }

    /// Bins of azimuth by height, each of the same share under a uniform height.
    fn polar_bin(azimuth: Vec2, height: f32) -> usize {
        let turn = (azimuth.to_angle() / TAU).rem_euclid(1.0);
        (turn * 8.0).min(7.0) as usize * 8 + (height * 8.0).clamp(0.0, 7.0) as usize
    }

    #[test]
    fn the_disc_is_covered_evenly() {
        check(
            64,
            |_| 1.0 / 64.0,
            |u| {
                let p = square_to_disc(u);
                assert!(p.length() <= 1.0 + 1e-6);
                polar_bin(p, p.length_squared())
            },
        );
    }

    #[test]
    fn the_cosine_hemisphere_follows_its_density() {
        check(
            64,
            |_| 1.0 / 64.0,
            |u| {
                let d = square_to_cosine_hemisphere(u);
                assert!((d.length() - 1.0).abs() < 1e-5);
                // cos^2 is uniform when the density is cos / pi.
                polar_bin(d.truncate(), d.z * d.z)
            },
        );
        let n = 10_000;
        let integral: f64 = (0..n)
            .map(|i| f64::from(cosine_hemisphere_pdf((i as f32 + 0.5) / n as f32)))
            .sum::<f64>()
            / f64::from(n)
            * f64::from(TAU);
        assert!((integral - 1.0).abs() < 1e-4);
    }

    #[test]
    fn the_sphere_is_covered_evenly() {
        check(
            64,
            |_| 1.0 / 64.0,
            |u| {
                let d = square_to_sphere(u);
                assert!((d.length() - 1.0).abs() < 1e-5);
                polar_bin(d.truncate(), 0.5 + 0.5 * d.z)
            },
        );
        assert!((SPHERE * SPHERE_PDF - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_cone_is_covered_evenly_however_narrow() {
        for limit in [1e-7, 0.01, 1.0, 2.0] {
            check(
                64,
                |_| 1.0 / 64.0,
                |u| {
                    let d = square_to_cone(u, limit);
                    assert!((d.length() - 1.0).abs() < 1e-5);
                    let sin_squared = d.truncate().length_squared();
                    let drop = if d.z > 0.0 {
                        sin_squared / (1.0 + d.z)
                    } else {
                        1.0 - d.z
                    };
                    polar_bin(d.truncate(), drop / limit)
                },
            );
            assert!((cone_pdf(limit) * TAU * limit - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_triangle_is_covered_evenly() {
        // Cells of the square, of which the diagonal ones are cut in half.
        check(
            36,
            |index| {
                let (i, j) = (index % 6, index / 6);
                match (i + j).cmp(&5) {
                    std::cmp::Ordering::Less => 2.0 / 36.0,
                    std::cmp::Ordering::Equal => 1.0 / 36.0,
                    std::cmp::Ordering::Greater => 0.0,
                }
            },
            |u| {
                let b = square_to_triangle(u);
                assert!(b.x >= 0.0 && b.y >= 0.0 && b.x + b.y <= 1.0);
                (b.x * 6.0) as usize + 6 * (b.y * 6.0) as usize
            },
        );
    }
}
