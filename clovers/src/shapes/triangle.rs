//! Triangles.

use glam::{Vec2, Vec3};

use super::{Hit, ShapeSample, Surface, View, per_solid_angle, quad::unit_normal};
use crate::{
    math::{Aabb, Ray, gamma},
    sampling::warp,
};

/// A triangle by its corners; its front is where (b - a) x (c - a) points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangle {
    /// The corners a, b, c.
    pub corners: [Vec3; 3],
}

impl Triangle {
    /// Watertight intersection in Plücker coordinates.
    ///
    /// For each edge the side on which the ray passes is the sign of a scalar triple product. It
    /// is computed from the sum and the difference of the edge's ends, so the neighbour that
    /// shares the edge computes exactly the negative: no ray slips through between the two.
    pub(super) fn intersect(&self, ray: &Ray, limit: f32) -> Option<Hit> {
        let [a, b, c] = self.corners.map(|corner| corner - ray.origin);
        let side = |from: Vec3, to: Vec3| (from + to).cross(to - from).dot(ray.direction);
        // Twice the volumes opposite of a, b and c.
        let (wa, wb, wc) = (side(b, c), side(c, a), side(a, b));
        let least = wa.min(wb).min(wc);
        let most = wa.max(wb).max(wc);
        if least < 0.0 && most > 0.0 {
            return None;
        }
        let total = wa + wb + wc;
        let normal = (b - a).cross(c - a);
        let t = a.dot(normal) / ray.direction.dot(normal);
        // A ray in the plane makes t not a number and the comparisons false.
        (total != 0.0 && t > 0.0 && t < limit).then(|| Hit {
            t,
            place: Vec2::new(wb, wc) / total,
        })
    }

    /// Where a line crosses the triangle, and whether the ray then enters what is behind its
    /// front; for counting crossings of closed meshes.
    ///
    /// As [`Triangle::intersect`], but an edge or corner that is met exactly belongs to one of
    /// the triangles that share it: where a side is 0 the ray counts as moved by a hair along x,
    /// less along y and less still along z (H. Edelsbrunner and E. Mücke, "Simulation of
    /// Simplicity", 1990).
    pub(crate) fn crossing(&self, ray: &Ray) -> Option<(f32, bool)> {
        let [a, b, c] = self.corners.map(|corner| corner - ray.origin);
        let is_left = |from: Vec3, to: Vec3| {
            let side = (from + to).cross(to - from).dot(ray.direction);
            let change = ray.direction.cross(to - from);
            let first = [side, change.x, change.y, change.z]
                .into_iter()
                .find(|&value| value != 0.0);
            first.is_some_and(|value| value > 0.0)
        };
        let left = is_left(b, c);
        if is_left(c, a) != left || is_left(a, b) != left {
            return None;
        }
        let normal = (b - a).cross(c - a);
        let cos = ray.direction.dot(normal);
        let t = a.dot(normal) / cos;
        (t > 0.0 && t.is_finite()).then_some((t, cos < 0.0))
    }

    pub(super) fn bounds(&self) -> Aabb {
        Aabb::around(self.corners)
    }

    pub(super) fn area(&self) -> f32 {
        let [a, b, c] = self.corners;
        0.5 * (b - a).cross(c - a).length()
    }

    /// In double precision, so that the point leaves the plane by its last rounding only.
    pub(super) fn surface(&self, place: Vec2) -> Surface {
        let [a, b, c] = self.corners;
        let [origin, u, v] = [a, b, c].map(|corner| corner.as_dvec3());
        let (u, v) = (u - origin, v - origin);
        let point = (origin + u * f64::from(place.x) + v * f64::from(place.y)).as_vec3();
        Surface {
            point,
            error: gamma(1) * point.abs(),
            normal: unit_normal(b - a, c - a),
            uv: place,
        }
    }

    pub(super) fn sample(&self, view: &View, u: Vec2) -> Option<ShapeSample> {
        let surface = self.surface(warp::square_to_triangle(u));
        let pdf = self.pdf(view, &surface);
        (pdf > 0.0).then_some(ShapeSample { surface, pdf })
    }

    pub(super) fn pdf(&self, view: &View, surface: &Surface) -> f32 {
        per_solid_angle(1.0 / self.area(), view, surface)
    }
}
