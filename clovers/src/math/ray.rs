//! A half line.

use glam::Vec3;

/// A half line from `origin` along `direction`, which has unit length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it starts.
    pub origin: Vec3,
    /// Where it goes, of unit length.
    pub direction: Vec3,
    /// When, as a share of the time the shutter is open: what moves is seen where it is then.
    pub time: f32,
}

impl Ray {
    /// The point at distance `t`.
    #[must_use]
    pub fn at(&self, t: f32) -> Vec3 {
        self.origin + self.direction * t
    }
}

/// Moves the start of a ray off a surface point, by no more than the error of that point.
///
/// After pbrt-v4, section 6.8.6: `error` bounds the rounding error of `point` per component; the
/// start moves along `normal` (to the side of `direction`) until the box of possible points lies
/// behind it, and then one more float away. It scales with the geometry, so there is no epsilon.
#[must_use]
pub fn offset_origin(point: Vec3, error: Vec3, normal: Vec3, direction: Vec3) -> Vec3 {
    let offset = normal * normal.abs().dot(error).copysign(direction.dot(normal));
    let moved = point + offset;
    // At least to the next float, where the point moves at all along an axis.
    let further = (moved.abs() * f32::EPSILON + f32::MIN_POSITIVE).copysign(offset);
    moved + Vec3::select(offset.cmpeq(Vec3::ZERO), Vec3::ZERO, further)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_origin_lies_on_the_side_of_the_direction_at_every_scale() {
        for scale in [1e-3_f32, 1.0, 1e3, 1e6] {
            let point = Vec3::new(0.3, 0.7, -0.2) * scale;
            let normal = Vec3::new(1.0, 2.0, 3.0).normalize();
            let error = point.abs() * crate::math::gamma(7);
            for direction in [normal, -normal] {
                let moved = offset_origin(point, error, normal, direction);
                assert!((moved - point).dot(direction) > 0.0);
                assert!((moved - point).length() < 1e-5 * scale);
            }
        }
    }
}
