//! Parallelograms.

use glam::{Vec2, Vec3};

use super::{Hit, Place, ShapeSample, Surface, View, packs::QuadPack, per_solid_angle};
use crate::{
    lights::Beam,
    math::{Aabb, Ray, gamma},
};

/// The parallelogram q + a u + b v with a, b in [0, 1]; its front is where u x v points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quad {
    /// A corner.
    pub q: Vec3,
    /// One side.
    pub u: Vec3,
    /// The other.
    pub v: Vec3,
}

impl Quad {
    pub(super) fn intersect(&self, ray: &Ray, limit: f32) -> Option<Hit> {
        QuadPack::new([*self])
            .intersect(ray, limit)
            .nearest_before(limit)
    }

    /// The corners.
    #[must_use]
    pub fn corners(&self) -> [Vec3; 4] {
        [
            self.q,
            self.q + self.u,
            self.q + self.v,
            self.q + self.u + self.v,
        ]
    }

    pub(super) fn bounds(&self) -> Aabb {
        Aabb::around(self.corners())
    }

    pub(super) fn area(&self) -> f32 {
        self.u.cross(self.v).length()
    }

    /// In double precision, so that the point leaves the plane by its last rounding only, also
    /// on a floor that reaches far.
    pub(super) fn surface(&self, place: Vec2) -> Surface {
        let [q, u, v] = [self.q, self.u, self.v].map(|vector| vector.as_dvec3());
        let point = (q + u * f64::from(place.x) + v * f64::from(place.y)).as_vec3();
        Surface {
            point,
            error: gamma(1) * point.abs(),
            normal: unit_normal(self.u, self.v),
            place: Place::Flat(place),
        }
    }

    /// By area; of a narrow beam the part around the foot of `view` from which it may shine there.
    pub(super) fn sample(&self, view: &View, u: Vec2) -> Option<ShapeSample> {
        let (low, high) = self.part(view)?;
        let surface = self.surface(low + u * (high - low));
        let pdf = self.pdf(view, &surface);
        (pdf > 0.0).then_some(ShapeSample { surface, pdf })
    }

    pub(super) fn pdf(&self, view: &View, surface: &Surface) -> f32 {
        let Some((low, high)) = self.part(view) else {
            return 0.0;
        };
        let share = (high - low).element_product();
        per_solid_angle(1.0 / (self.area() * share), view, surface)
    }

    /// The weights of both sides between which points may shine at `view`.
    fn part(&self, view: &View) -> Option<(Vec2, Vec2)> {
        let Beam::Cone { cos, sin } = view.beam else {
            return Some((Vec2::ZERO, Vec2::ONE));
        };
        // The beam reaches `view` from a disc around its foot on the plane; the weights change by
        // the length of the other side over the area for each unit of length.
        let scaled_normal = self.u.cross(self.v);
        let area = scaled_normal.length();
        let normal = scaled_normal / area;
        let way = view.from - self.q;
        let height = way.dot(normal);
        if height <= 0.0 {
            return None;
        }
        let foot = way - height * normal;
        let a = foot.cross(self.v).dot(normal) / area;
        let b = self.u.cross(foot).dot(normal) / area;
        let radius = 1.001 * height * sin / cos.max(1e-6);
        let reach = Vec2::new(self.v.length(), self.u.length()) * (radius / area) + 1e-6;
        let low = (Vec2::new(a, b) - reach).clamp(Vec2::ZERO, Vec2::ONE);
        let high = (Vec2::new(a, b) + reach).clamp(Vec2::ZERO, Vec2::ONE);
        low.cmplt(high).all().then_some((low, high))
    }
}

/// The unit vector of u x v, also where the sides are so short that their product underflows.
pub(super) fn unit_normal(u: Vec3, v: Vec3) -> Vec3 {
    let normal = u.cross(v);
    let length_squared = normal.length_squared();
    if length_squared > 1e-30 && length_squared < 1e30 {
        normal / length_squared.sqrt()
    } else {
        u.normalize().cross(v.normalize()).normalize()
    }
}
