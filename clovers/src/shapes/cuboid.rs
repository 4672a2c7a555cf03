//! Axis-aligned boxes as six parallelograms with outward normals.

use glam::{DVec3, dvec3};

/// The sides of the box of two opposite corners, each as (q, u, v), in the order +z, +x, -z, -x,
/// +y, -y.
#[must_use]
pub fn sides(corner_0: DVec3, corner_1: DVec3) -> [[DVec3; 3]; 6] {
    let (low, high) = (corner_0.min(corner_1), corner_0.max(corner_1));
    let size = high - low;
    let [dx, dy, dz] = [
        dvec3(size.x, 0.0, 0.0),
        dvec3(0.0, size.y, 0.0),
        dvec3(0.0, 0.0, size.z),
    ];
    [
        [dvec3(low.x, low.y, high.z), dx, dy],
        [dvec3(high.x, low.y, high.z), -dz, dy],
        [dvec3(high.x, low.y, low.z), -dx, dy],
        [low, dz, dy],
        [dvec3(low.x, high.y, high.z), dx, -dz],
        [low, dx, dz],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_normals_point_outward() {
        let (a, b) = (dvec3(1.0, 5.0, -2.0), dvec3(3.0, 2.0, 4.0));
        let middle = (a + b) / 2.0;
        for [q, u, v] in sides(a, b) {
            assert!(u.cross(v).dot(q + (u + v) / 2.0 - middle) > 0.0);
        }
    }
}
