//! Rigid transforms of the scene format: turns about the y axis and moves, in double precision.

use glam::{DVec3, dvec3};

/// A rotation about the world y axis followed by a translation; such transforms are closed under
/// composition, so any nesting of `Translate` and `RotateY` is one of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    /// Cosine and sine of the angle.
    pub cos_sin: [f64; 2],
    /// What is added after the rotation.
    pub offset: DVec3,
}

impl Transform {
    /// Leaves everything where it is.
    pub const IDENTITY: Self = Self {
        cos_sin: [1.0, 0.0],
        offset: DVec3::ZERO,
    };

    /// A move.
    #[must_use]
    pub fn translation(offset: DVec3) -> Self {
        Self {
            offset,
            ..Self::IDENTITY
        }
    }

    /// A turn about the y axis: x' = x cos a + z sin a, z' = -x sin a + z cos a.
    ///
    /// Whole quarter turns are exact.
    #[must_use]
    pub fn rotation_y(degrees: f64) -> Self {
        let turn = degrees.rem_euclid(360.0);
        let cos_sin = if turn == 0.0 {
            [1.0, 0.0]
        } else if turn == 90.0 {
            [0.0, 1.0]
        } else if turn == 180.0 {
            [-1.0, 0.0]
        } else if turn == 270.0 {
            [0.0, -1.0]
        } else {
            let (sin, cos) = turn.to_radians().sin_cos();
            [cos, sin]
        };
        Self {
            cos_sin,
            offset: DVec3::ZERO,
        }
    }

    /// First `inner`, then this.
    #[must_use]
    pub fn after(&self, inner: &Self) -> Self {
        let [c0, s0] = self.cos_sin;
        let [c1, s1] = inner.cos_sin;
        Self {
            cos_sin: [c0 * c1 - s0 * s1, s0 * c1 + c0 * s1],
            offset: self.point(inner.offset),
        }
    }

    /// Where a point goes.
    #[must_use]
    pub fn point(&self, p: DVec3) -> DVec3 {
        self.vector(p) + self.offset
    }

    /// Where a point comes from.
    #[must_use]
    pub fn inverse_point(&self, p: DVec3) -> DVec3 {
        self.inverse_vector(p - self.offset)
    }

    /// Where a direction or difference comes from.
    #[must_use]
    pub fn inverse_vector(&self, v: DVec3) -> DVec3 {
        let [cos, sin] = self.cos_sin;
        dvec3(v.x * cos - v.z * sin, v.y, v.x * sin + v.z * cos)
    }

    /// Where a direction or difference goes.
    #[must_use]
    pub fn vector(&self, v: DVec3) -> DVec3 {
        let [cos, sin] = self.cos_sin;
        dvec3(v.x * cos + v.z * sin, v.y, -v.x * sin + v.z * cos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_transforms_act_inside_out() {
        let turn = Transform::rotation_y(90.0);
        let shift = Transform::translation(dvec3(1.0, 2.0, 3.0));
        assert_eq!(turn.point(DVec3::Z), DVec3::X);
        assert_eq!(shift.after(&turn).point(DVec3::Z), dvec3(2.0, 2.0, 3.0));
        let both = Transform::rotation_y(30.0).after(&shift);
        let expected = Transform::rotation_y(30.0).point(shift.point(DVec3::X));
        assert!((both.point(DVec3::X) - expected).length() < 1e-12);
        assert!((both.inverse_point(expected) - DVec3::X).length() < 1e-12);
    }
}
