//! The local shading frame.

use glam::Vec3;

/// An orthonormal basis whose third axis is a surface normal.
///
/// Built without branches or square roots: T. Duff et al., "Building an Orthonormal Basis,
/// Revisited", JCGT 6(1), 2017.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    x: Vec3,
    y: Vec3,
    z: Vec3,
}

impl Frame {
    /// A frame around the unit vector `z`.
    #[must_use]
    pub fn around(z: Vec3) -> Self {
        let sign = 1.0_f32.copysign(z.z);
        let a = -1.0 / (sign + z.z);
        let b = z.x * z.y * a;
        Self {
            x: Vec3::new(1.0 + sign * z.x * z.x * a, sign * b, -sign * z.x),
            y: Vec3::new(b, sign + z.y * z.y * a, -z.y),
            z,
        }
    }

    /// World to local.
    #[must_use]
    pub fn to_local(self, v: Vec3) -> Vec3 {
        Vec3::new(v.dot(self.x), v.dot(self.y), v.dot(self.z))
    }

    /// Local to world.
    #[must_use]
    pub fn to_world(self, v: Vec3) -> Vec3 {
        self.x * v.x + self.y * v.y + self.z * v.z
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_orthonormal_and_right_handed() {
        for z in [
            Vec3::X,
            Vec3::NEG_Y,
            Vec3::Z,
            Vec3::NEG_Z,
            Vec3::new(0.1, -0.7, 0.3).normalize(),
        ] {
            let frame = Frame::around(z);
            assert!((frame.x.cross(frame.y) - frame.z).length() < 1e-6);
            let v = Vec3::new(0.3, -2.0, 0.7);
            assert!((frame.to_world(frame.to_local(v)) - v).length() < 1e-6);
        }
    }
}
