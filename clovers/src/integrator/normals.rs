//! The normals of what is seen, as colours.

use crate::{math::Ray, scene::Scene};

/// The facing unit normal n as linear sRGB: (0.5 - 0.5 n.x, 0.5 + 0.5 n.y, max(0, -n.z)); black
/// where nothing is hit.
#[must_use]
pub fn normal_color(scene: &Scene, ray: &Ray) -> [f32; 3] {
    let Some((shape, hit)) = scene.intersect(ray, None) else {
        return [0.0; 3];
    };
    let n = scene.facing_normal(
        shape,
        &scene.geometry.surface(ray, shape, &hit),
        -ray.direction,
    );
    [0.5 - 0.5 * n.x, 0.5 + 0.5 * n.y, (-n.z).max(0.0)]
}
