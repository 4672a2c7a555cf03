//! The shapes a ray can hit. One enum lists them all.

pub mod cuboid;
pub mod moving_sphere;
pub(crate) mod packs;
pub mod quad;
pub mod sphere;
pub mod triangle;

use glam::{Vec2, Vec3};

pub use moving_sphere::MovingSphere;
pub use quad::Quad;
pub use sphere::Sphere;
pub use triangle::Triangle;

use crate::{
    lights::{Beam, Plane},
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

/// Names a shape of a scene. Ids have the order of the scene file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShapeId {
    /// Which object of the scene it belongs to.
    pub object: u32,
    /// Which triangle of a mesh it is; 0 for a shape that is an object by itself.
    pub triangle: u32,
}

impl ShapeId {
    /// The shape that is an object by itself.
    #[must_use]
    pub fn of_object(object: u32) -> Self {
        Self {
            object,
            triangle: 0,
        }
    }
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
    /// Where on the shape it is.
    pub place: Place,
}

/// Where a point is on its shape. What is costly to know is worked out when it is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Weights of the two sides of a flat shape.
    Flat(Vec2),
    /// On a sphere, which is turned about the y axis by an angle of this cosine and sine.
    Sphere {
        /// Cosine and sine.
        turn: Vec2,
    },
}

impl Surface {
    /// The texture coordinates.
    #[must_use]
    pub fn uv(&self) -> Vec2 {
        match self.place {
            Place::Flat(uv) => uv,
            Place::Sphere { turn } => sphere::uv(self.normal, turn),
        }
    }
}

impl From<Surface> for Plane {
    fn from(Surface { point, normal, .. }: Surface) -> Self {
        Self { point, normal }
    }
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

    /// The plane of a flat shape.
    #[must_use]
    pub fn plane(&self) -> Option<Plane> {
        match self {
            Self::Sphere(_) | Self::MovingSphere(_) => None,
            Self::Quad(quad) => Some(quad.surface(Vec2::splat(0.5)).into()),
            Self::Triangle(triangle) => Some(triangle.surface(Vec2::splat(1.0 / 3.0)).into()),
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

#[cfg(test)]
mod tests {
    use glam::{DVec3, Vec3};

    use super::*;
    use crate::sampling::chi2::{Cap, Total, check_directions};

    const FRONT: Beam = Beam::Front;

    /// Checks the directions to sampled points as seen from a place, those that light comes from.
    #[track_caller]
    fn check(what: &str, shape: &Shape, from: Vec3, beam: Beam, total: Total) {
        let time = 0.4;
        let view = View { from, time, beam };
        let shines = |surface: &Surface| {
            let way = (from - surface.point).normalize();
            beam.reaches(way.dot(surface.normal))
        };
        // A cap around the shape, or all directions from among it.
        let bounds = match shape {
            Shape::MovingSphere(moving) => Shape::Sphere(moving.at(time)).bounds(),
            _ => shape.bounds(),
        };
        let to_center = (bounds.center() - from).as_dvec3();
        let mut sin = 0.51 * f64::from(bounds.size().length()) / to_center.length();
        if let (Shape::Sphere(sphere), Beam::Cone { sin: narrow, .. }) = (shape, beam)
            && sphere.radius > 0.0
        {
            sin = 1.01 * f64::from(sphere.radius * narrow) / to_center.length();
        }
        // Not quite around its middle, so that no rim follows an edge of the bins.
        sin *= 1.1;
        let cap = if sin < 1.0 {
            let (aside, _) = to_center.any_orthonormal_pair();
            let aside = aside * (0.05 * sin * to_center.length());
            Cap::new(to_center + aside, 1.0 - (1.0 - sin * sin).sqrt())
        } else {
            Cap::sphere()
        };
        check_directions(
            what,
            cap,
            total,
            |random| {
                let sample = shape.sample(&view, random.pair())?;
                let pdf = shape.pdf(&view, &sample.surface);
                assert!((sample.pdf - pdf).abs() <= 1e-4 * pdf, "{what}: {pdf}");
                let way = sample.surface.point.as_dvec3() - from.as_dvec3();
                shines(&sample.surface).then_some(way)
            },
            |direction: DVec3| {
                let ray = Ray {
                    origin: from,
                    direction: direction.as_vec3().normalize(),
                    time,
                };
                let Some(hit) = shape.intersect(&ray, f32::INFINITY, false) else {
                    return 0.0;
                };
                let surface = shape.surface(&ray, &hit);
                if shines(&surface) {
                    f64::from(shape.pdf(&view, &surface))
                } else {
                    0.0
                }
            },
        );
    }

    fn ball(radius: f32) -> Shape {
        Shape::Sphere(Sphere {
            center: Vec3::new(1.0, 2.0, 3.0),
            radius,
            turn: Vec2::X,
        })
    }

    /// A place at a distance from the middle of the ball.
    fn at(distance: f32) -> Vec3 {
        Vec3::new(1.0, 2.0, 3.0) + distance * Vec3::new(0.6, -0.3, 0.5).normalize()
    }

    #[test]
    fn points_of_a_sphere_follow_their_density() {
        let all = Total::ONE;
        check("a sphere far away", &ball(2.0), at(300.0), FRONT, all);
        check("a sphere", &ball(2.0), at(5.0), FRONT, all);
        check("a sphere nearby", &ball(2.0), at(2.01), FRONT, all);
        check("a sphere at hand", &ball(2.0), at(2.000_2), FRONT, all);
        check("a sphere from inside", &ball(-2.0), at(1.2), FRONT, all);
        check("a sphere from its middle", &ball(-2.0), at(0.0), FRONT, all);
        // A little room is left around narrow beams.
        let room = Total::Share(1.0 / 1.001);
        check(
            "a cone of a sphere",
            &ball(2.0),
            at(5.0),
            Beam::cone(20.0),
            room,
        );
        check("a narrow one", &ball(2.0), at(9.0), Beam::cone(1.0), room);
        check("a wide one", &ball(2.0), at(2.5), Beam::cone(89.0), all);
        check("one nearby", &ball(2.0), at(2.01), Beam::cone(30.0), room);
        // By area: the part that does not reach the place is lost.
        check(
            "one inside",
            &ball(-2.0),
            at(1.2),
            Beam::cone(30.0),
            Total::UpToOne,
        );
    }

    #[test]
    fn a_sphere_shines_to_its_front_only() {
        for (radius, distance) in [(2.0, 1.0), (-2.0, 3.0)] {
            let view = View {
                from: at(distance),
                time: 0.0,
                beam: FRONT,
            };
            assert!(ball(radius).sample(&view, Vec2::splat(0.3)).is_none());
        }
    }

    #[test]
    fn points_of_a_moving_sphere_follow_their_density_at_every_time() {
        let moving = Shape::MovingSphere(MovingSphere {
            center: Vec3::new(1.0, 2.0, 3.0),
            way: Vec3::new(5.0, -3.0, 1.0),
            radius: 1.5,
            turn: Vec2::X,
        });
        check("a moving sphere", &moving, at(6.0), FRONT, Total::ONE);
        let room = Total::Share(1.0 / 1.001);
        check("a moving cone", &moving, at(6.0), Beam::cone(40.0), room);
    }

    #[test]
    fn points_of_a_quad_follow_their_density() {
        let quad = Shape::Quad(Quad {
            q: Vec3::new(-1.0, 0.5, -1.0),
            u: Vec3::new(0.4, 0.3, 2.5),
            v: Vec3::new(3.0, -0.2, 0.3),
        });
        let all = Total::ONE;
        let above = Vec3::new(0.5, 3.0, 0.4);
        check("a quad", &quad, above, FRONT, all);
        check(
            "a quad from aside",
            &quad,
            Vec3::new(4.0, 1.5, 3.0),
            FRONT,
            all,
        );
        check("a quad nearby", &quad, Vec3::new(0.5, 0.7, 0.4), FRONT, all);
        check("a quad of two sides", &quad, -above, Beam::Both, all);
        let below = View {
            from: Vec3::new(0.5, -3.0, 0.4),
            time: 0.0,
            beam: FRONT,
        };
        assert!(quad.sample(&below, Vec2::splat(0.3)).is_none());

        // Beams narrower than the quad, about as wide and wider; the foot inside, at the edge,
        // in a corner and outside.
        for degrees in [2.0, 20.0, 60.0] {
            for (place, from) in [
                ("inside", above),
                ("at the edge", Vec3::new(-0.55, 3.0, 0.2)),
                ("at a corner", Vec3::new(-1.1, 3.0, -1.2)),
                ("outside", Vec3::new(-1.2, 3.0, 0.2)),
            ] {
                let view = View {
                    from,
                    time: 0.0,
                    beam: Beam::cone(degrees),
                };
                if degrees < 20.0 && ["at a corner", "outside"].contains(&place) {
                    // Out of the beam altogether.
                    assert!(quad.sample(&view, Vec2::splat(0.5)).is_none());
                    continue;
                }
                let what = format!("a beam of {degrees} degrees, {place}");
                check(&what, &quad, from, view.beam, Total::UpToOne);
            }
        }
    }

    #[test]
    fn points_of_a_triangle_follow_their_density() {
        let triangle = Shape::Triangle(Triangle {
            corners: [
                Vec3::new(0.0, 0.3, 2.5),
                Vec3::new(2.0, 0.1, -0.5),
                Vec3::new(-1.0, 0.5, -1.0),
            ],
        });
        let all = Total::ONE;
        let above = Vec3::new(0.5, 3.0, 0.4);
        check("a triangle", &triangle, above, FRONT, all);
        check(
            "a triangle nearby",
            &triangle,
            Vec3::new(0.3, 0.6, 0.2),
            FRONT,
            all,
        );
        let far = Vec3::new(100.0, 300.0, 40.0);
        check("a triangle far away", &triangle, far, FRONT, all);
        let cone = Beam::cone(25.0);
        check(
            "a beam of a triangle",
            &triangle,
            above,
            cone,
            Total::UpToOne,
        );
    }
}
