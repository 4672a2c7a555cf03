//! The shapes a ray can hit. One enum lists them all.

pub mod cuboid;
pub mod moving_sphere;
pub mod quad;
pub mod sphere;
pub mod triangle;

use glam::{Vec2, Vec3};

pub use moving_sphere::MovingSphere;
pub use quad::Quad;
pub use sphere::Sphere;
pub use triangle::Triangle;

use crate::{
    lights::Beam,
    math::{Aabb, Ray},
};

/// A shape in world space.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A sphere.
    Sphere(Sphere),
    /// A sphere on its way along a line.
    MovingSphere(MovingSphere),
    /// A parallelogram; boxes are six of them.
    Quad(Quad),
    /// A triangle, alone or of a mesh.
    Triangle(Triangle),
}

/// Where a ray meets a shape.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// Distance along the ray.
    pub t: f32,
    /// Place on a flat shape: weights of its two sides. Not used by spheres.
    pub place: Vec2,
}

/// All about a point of a surface.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// The point.
    pub point: Vec3,
    /// Bounds the rounding error of the point, per axis.
    pub error: Vec3,
    /// The outward unit normal.
    pub normal: Vec3,
    /// Texture coordinates.
    pub uv: Vec2,
}

/// A point of a shape chosen as seen from somewhere.
#[derive(Clone, Copy, Debug)]
pub struct ShapeSample {
    /// The point.
    pub surface: Surface,
    /// Density per solid angle as seen from there.
    pub pdf: f32,
}

impl Shape {
    /// The nearest hit before `limit`.
    ///
    /// `starts_here` tells that the ray starts on this very shape: then a flat shape cannot be
    /// hit, and a sphere only on its other side. So no distance has to be skipped.
    #[must_use]
    pub fn intersect(&self, ray: &Ray, limit: f32, starts_here: bool) -> Option<Hit> {
        match self {
            Self::Sphere(sphere) => sphere.intersect(ray, limit, starts_here),
            Self::MovingSphere(moving) => moving.at(ray.time).intersect(ray, limit, starts_here),
            Self::Quad(_) | Self::Triangle(_) if starts_here => None,
            Self::Quad(quad) => quad.intersect(ray, limit),
            Self::Triangle(triangle) => triangle.intersect(ray, limit),
        }
    }

    /// The smallest box around it.
    #[must_use]
    pub fn bounds(&self) -> Aabb {
        match self {
            Self::Sphere(sphere) => sphere.bounds(),
            Self::MovingSphere(moving) => moving.bounds(),
            Self::Quad(quad) => quad.bounds(),
            Self::Triangle(triangle) => triangle.bounds(),
        }
    }

    /// All about a hit of [`Shape::intersect`].
    #[must_use]
    pub fn surface(&self, ray: &Ray, hit: &Hit) -> Surface {
        match self {
            Self::Sphere(sphere) => sphere.surface(ray.at(hit.t)),
            Self::MovingSphere(moving) => moving.at(ray.time).surface(ray.at(hit.t)),
            Self::Quad(quad) => quad.surface(hit.place),
            Self::Triangle(triangle) => triangle.surface(hit.place),
        }
    }

    /// The normal of a flat shape.
    #[must_use]
    pub fn flat_normal(&self) -> Option<Vec3> {
        match self {
            Self::Sphere(_) | Self::MovingSphere(_) => None,
            Self::Quad(quad) => Some(quad.surface(Vec2::ZERO).normal),
            Self::Triangle(triangle) => Some(triangle.surface(Vec2::ZERO).normal),
        }
    }

    /// Its area.
    #[must_use]
    pub fn area(&self) -> f32 {
        match self {
            Self::Sphere(sphere) => sphere.area(),
            Self::MovingSphere(moving) => moving.at(0.0).area(),
            Self::Quad(quad) => quad.area(),
            Self::Triangle(triangle) => triangle.area(),
        }
    }

    /// A point of the shape that may shine at `view`, chosen for light transport.
    ///
    /// `None` when no part of it shines there.
    #[must_use]
    pub fn sample(&self, view: &View, u: Vec2) -> Option<ShapeSample> {
        match self {
            Self::Sphere(sphere) => sphere.sample(view, u),
            Self::MovingSphere(moving) => moving.at(view.time).sample(view, u),
            Self::Quad(quad) => quad.sample(view, u),
            Self::Triangle(triangle) => triangle.sample(view, u),
        }
    }

    /// The density with which [`Shape::sample`] chooses the point of `surface`.
    #[must_use]
    pub fn pdf(&self, view: &View, surface: &Surface) -> f32 {
        match self {
            Self::Sphere(sphere) => sphere.pdf(view, surface),
            Self::MovingSphere(moving) => moving.at(view.time).pdf(view, surface),
            Self::Quad(quad) => quad.pdf(view, surface),
            Self::Triangle(triangle) => triangle.pdf(view, surface),
        }
    }
}

/// From where a shining shape is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The place.
    pub from: Vec3,
    /// When.
    pub time: f32,
    /// Where the shape shines.
    pub beam: Beam,
}

/// A density per area as one per solid angle; 0 where the beam does not reach.
fn per_solid_angle(per_area: f32, view: &View, surface: &Surface) -> f32 {
    let way = view.from - surface.point;
    let distance_squared = way.length_squared();
    let cos = way.dot(surface.normal) / distance_squared.sqrt();
    if view.beam.reaches(cos) {
        per_area * distance_squared / cos.abs()
    } else {
        0.0
    }
}
