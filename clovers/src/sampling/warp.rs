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
    use glam::{DVec3, dvec2};

    use super::*;
    use crate::sampling::chi2::{Cap, Total, check_directions, check_square};

    #[test]
    fn the_disc_is_covered_evenly() {
        check_square(
            "disc",
            Total::ONE,
            |random| {
                let p = square_to_disc(random.pair()).as_dvec2();
                let turn = p.to_angle() / std::f64::consts::TAU;
                Some(dvec2(p.length_squared(), turn.rem_euclid(1.0)))
            },
            |_| 1.0,
        );
        assert_eq!(square_to_disc(Vec2::splat(0.5)), Vec2::ZERO);
    }

    #[test]
    fn the_cosine_hemisphere_follows_its_density() {
        check_directions(
            "cosine hemisphere",
            Cap::sphere(),
            Total::ONE,
            |random| Some(square_to_cosine_hemisphere(random.pair()).as_dvec3()),
            |d| f64::from(cosine_hemisphere_pdf(d.z as f32)),
        );
    }

    #[test]
    fn the_sphere_is_covered_evenly() {
        check_directions(
            "sphere",
            Cap::sphere(),
            Total::ONE,
            |random| Some(square_to_sphere(random.pair()).as_dvec3()),
            |_| f64::from(SPHERE_PDF),
        );
        assert!((SPHERE * SPHERE_PDF - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_cone_is_covered_evenly_however_narrow() {
        for limit in [1e-7, 0.01, 1.0, 2.0] {
            check_directions(
                &format!("cone of {limit}"),
                Cap::new(DVec3::Z, f64::from(limit)),
                Total::ONE,
                |random| Some(square_to_cone(random.pair(), limit).as_dvec3()),
                |_| f64::from(cone_pdf(limit)),
            );
        }
        // Nothing beyond its edge.
        check_directions(
            "cone of 0.3 among all directions",
            Cap::new(DVec3::Z, 2.0),
            Total::ONE,
            |random| Some(square_to_cone(random.pair(), 0.3).as_dvec3()),
            |d| {
                if d.z > 0.7 {
                    f64::from(cone_pdf(0.3))
                } else {
                    0.0
                }
            },
        );
    }

    #[test]
    fn a_triangle_is_covered_evenly() {
        check_square(
            "triangle",
            Total::ONE,
            |random| Some(square_to_triangle(random.pair()).as_dvec2()),
            |b| if b.x + b.y <= 1.0 { 2.0 } else { 0.0 },
        );
    }

    #[test]
    fn no_corner_of_the_square_leads_outside() {
        for u in [0.0, 0.5, 1.0 - f32::EPSILON / 2.0] {
            for v in [0.0, 0.5, 1.0 - f32::EPSILON / 2.0] {
                let u = Vec2::new(u, v);
                assert!(square_to_disc(u).length() <= 1.0 + 1e-6);
                for d in [
                    square_to_cosine_hemisphere(u),
                    square_to_sphere(u),
                    square_to_cone(u, 1e-7),
                ] {
                    assert!((d.length() - 1.0).abs() < 1e-5, "{u}: {d}");
                }
                let b = square_to_triangle(u);
                assert!(b.min_element() >= 0.0 && b.element_sum() <= 1.0, "{u}: {b}");
            }
        }
    }
}
