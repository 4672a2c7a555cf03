//! Triangles.

use glam::{DVec3, Vec2, Vec3};

use super::{
    Hit, Place, ShapeSample, Surface, View,
    packs::{Sheared, TrianglePack},
    per_solid_angle,
};
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
    pub(crate) fn new(corners: [Vec3; 3]) -> Self {
        Self { corners }
    }

    /// Whether it can be hit; meshes are full of such that cannot.
    pub(crate) fn has_area(&self) -> bool {
        let [a, b, c] = self.corners.map(Vec3::as_dvec3);
        (b - a).cross(c - a) != DVec3::ZERO
    }

    pub(super) fn intersect(&self, ray: &Ray, limit: f32) -> Option<Hit> {
        let sheared = Sheared::new(ray.origin, ray.direction);
        let hits = TrianglePack::new([*self]).intersect(&sheared, limit);
        hits.nearest_before(limit)
    }

    /// Where a line crosses the triangle, and whether the ray then enters what is behind its
    /// front; for counting crossings of closed meshes.
    ///
    /// An edge or corner that is met exactly belongs to one of
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

    pub(super) fn surface(&self, place: Vec2) -> Surface {
        let (point, normal) = self.exact_surface(place);
        let point = point.as_vec3();
        Surface {
            point,
            error: gamma(1) * point.abs(),
            normal: normal.as_vec3(),
            place: Place::Flat(place),
        }
    }

    /// A point and the unit normal there, in double precision: so the point leaves the plane by
    /// its last rounding only.
    pub(crate) fn exact_surface(&self, place: Vec2) -> (DVec3, DVec3) {
        let [a, b, c] = self.corners.map(|corner| corner.as_dvec3());
        let (u, v) = (b - a, c - a);
        let point = a + u * f64::from(place.x) + v * f64::from(place.y);
        (point, u.cross(v).normalize())
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
