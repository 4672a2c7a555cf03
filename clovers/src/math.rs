//! What glam lacks: rays, boxes, shading frames, rigid transforms. Imports nothing of ours.

pub mod aabb;
pub mod frame;
pub mod ray;
pub mod transform;

pub use aabb::Aabb;
pub use frame::Frame;
pub use ray::Ray;
pub use transform::Transform;

/// Half the distance between 1 and the next `f32`.
const UNIT_ROUNDOFF: f32 = f32::EPSILON * 0.5;

/// A bound of the relative error after `n` roundings (Higham; pbrt-v4, section 6.8.1).
#[must_use]
pub const fn gamma(n: u32) -> f32 {
    let nu = n as f32 * UNIT_ROUNDOFF;
    nu / (1.0 - nu)
}
