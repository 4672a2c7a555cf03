//! Spheres.

use std::f32::consts::{FRAC_1_PI, PI};

use glam::{DVec3, Vec2, Vec3};

use super::{Hit, Place, ShapeSample, Surface, View, per_solid_angle};
use crate::{
    lights::Beam,
    math::{Aabb, Frame, Ray, gamma},
    sampling::warp,
};

/// A sphere; a negative radius turns its front inwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sphere {
    /// Its middle.
    pub center: Vec3,
    /// Its radius, not 0.
    pub radius: f32,
    /// Cosine and sine of the angle by which its texture is turned about the y axis.
    pub turn: Vec2,
}

impl Sphere {
    pub(super) fn intersect(&self, ray: &Ray, limit: f32, starts_here: bool) -> Option<Hit> {
        let Roots {
            near,
            far,
            goes_away,
        } = self.roots(ray)?;
        let t = if starts_here {
            // The near root is the start itself; the other lies ahead only if the ray goes in.
            if goes_away {
                return None;
            }
            far
        } else if near > 0.0 {
            near
        } else {
            far
        };
        let t = t as f32;
        (t > 0.0 && t < limit).then_some(Hit {
            t,
            place: Vec2::ZERO,
        })
    }

    /// Where the line of a ray enters and leaves the ball.
    ///
    /// The quadratic is arranged so that distant spheres keep their digits (E. Haines et al.,
    /// "Precision Improvements for Ray/Sphere Intersection", Ray Tracing Gems, 2019, chapter 7),
    /// and in double precision so that huge ones do: the ground of many a scene is a sphere.
    pub(crate) fn roots(&self, ray: &Ray) -> Option<Roots> {
        let direction = Self::unit_direction(ray);
        let f = ray.origin.as_dvec3() - self.center.as_dvec3();
        let b = -f.dot(direction);
        let radius_squared = f64::from(self.radius) * f64::from(self.radius);
        let nearest = f + b * direction;
        let discriminant = radius_squared - nearest.length_squared();
        if discriminant < 0.0 {
            return None;
        }
        let outer = b + discriminant.sqrt().copysign(b);
        let inner = (f.length_squared() - radius_squared) / outer;
        let goes_away = b <= 0.0;
        let (near, far) = if goes_away {
            (outer, inner)
        } else {
            (inner, outer)
        };
        Some(Roots {
            near,
            far,
            goes_away,
        })
    }

    /// Directions have unit length in single precision only; this one has it in double.
    pub(super) fn unit_direction(ray: &Ray) -> DVec3 {
        let direction = ray.direction.as_dvec3();
        direction * (1.5 - 0.5 * direction.length_squared())
    }

    pub(crate) fn bounds(&self) -> Aabb {
        let radius = Vec3::splat(self.radius.abs());
        // Rounding must not leave the outermost points outside.
        let slack = gamma(2) * (self.center.abs() + radius);
        Aabb {
            min: self.center - radius - slack,
            max: self.center + radius + slack,
        }
    }

    pub(super) fn area(&self) -> f32 {
        4.0 * PI * self.radius * self.radius
    }

    /// The surface at the point nearest to `near`, which lies about on it.
    pub(super) fn surface(&self, near: Vec3) -> Surface {
        let center = self.center.as_dvec3();
        let outward = (near.as_dvec3() - center).normalize_or(DVec3::Y);
        let point = (center + outward * f64::from(self.radius.abs())).as_vec3();
        let outward = outward.as_vec3();
        let normal = if self.radius < 0.0 { -outward } else { outward };
        Surface {
            point,
            // The last rounding is the only one that counts.
            error: gamma(1) * point.abs(),
            normal,
            place: Place::Sphere { turn: self.turn },
        }
    }

    /// From outside: a direction of the cone the shining part fills, by solid angle (pbrt-v4,
    /// section 6.2.4). From inside, or when it shines on both sides: a point by area.
    pub(super) fn sample(&self, view: &View, u: Vec2) -> Option<ShapeSample> {
        match self.strategy(view) {
            Strategy::None => None,
            Strategy::Area => {
                let outward = warp::square_to_sphere(u);
                let surface = self.surface(self.center + outward * self.radius.abs());
                let pdf = self.pdf(view, &surface);
                (pdf > 0.0).then_some(ShapeSample { surface, pdf })
            }
            Strategy::Cone { drop } => {
                let to_center = (self.center - view.from).normalize();
                let local = warp::square_to_cone(u, drop);
                let ray = Ray {
                    origin: view.from,
                    direction: Frame::around(to_center).to_world(local).normalize(),
                    time: view.time,
                };
                // By intersection, in double precision: angles at the middle are too small to
                // tell when the sphere is huge and near. At the rim rounding may pass it by.
                let t = match self.roots(&ray) {
                    Some(roots) => roots.near as f32,
                    None => (self.center - view.from).dot(ray.direction),
                };
                Some(ShapeSample {
                    surface: self.surface(ray.at(t)),
                    pdf: warp::cone_pdf(drop),
                })
            }
        }
    }

    pub(super) fn pdf(&self, view: &View, surface: &Surface) -> f32 {
        match self.strategy(view) {
            Strategy::None => 0.0,
            Strategy::Area => per_solid_angle(1.0 / self.area(), view, surface),
            Strategy::Cone { drop } => warp::cone_pdf(drop),
        }
    }

    fn strategy(&self, view: &View) -> Strategy {
        let distance_squared = view.from.distance_squared(self.center);
        let radius_squared = self.radius * self.radius;
        let outside = distance_squared > radius_squared * (1.0 + 4.0 * f32::EPSILON);
        if view.beam != Beam::Both && outside != (self.radius > 0.0) {
            return Strategy::None;
        }
        if !outside {
            return Strategy::Area;
        }
        let sin_squared = radius_squared / distance_squared;
        // By the law of sines the rays at the edge of a narrow beam arrive under an angle whose
        // sine is that of the beam times the ratio.
        let reached = match view.beam {
            Beam::Cone { sin, .. } => (sin_squared * sin * sin * 1.001).min(sin_squared),
            Beam::Front | Beam::Both => sin_squared,
        };
        Strategy::Cone {
            // 1 - cos without cancellation.
            drop: reached / (1.0 + (1.0 - reached).max(0.0).sqrt()),
        }
    }
}

/// Texture coordinates where a sphere has this normal; it is turned about the y axis by an angle of
/// this cosine and sine.
pub(super) fn uv(normal: Vec3, turn: Vec2) -> Vec2 {
    let (cos, sin) = turn.into();
    let x = normal.x * cos - normal.z * sin;
    let z = normal.x * sin + normal.z * cos;
    Vec2::new(
        0.5 - z.atan2(x) * (0.5 * FRAC_1_PI),
        0.5 + normal.y.clamp(-1.0, 1.0).asin() * FRAC_1_PI,
    )
}

/// Where a line meets a sphere, as distances from the start of a ray.
pub(crate) struct Roots {
    pub(crate) near: f64,
    pub(crate) far: f64,
    /// Whether the ray starts beyond the middle of the chord.
    goes_away: bool,
}

/// How a point of a sphere is chosen.
enum Strategy {
    /// It cannot be seen to shine.
    None,
    /// By area.
    Area,
    /// In a cone around its middle.
    Cone {
        /// 1 - cosine of the cone's half angle.
        drop: f32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const BALL: Sphere = Sphere {
        center: Vec3::new(1.0, 2.0, 3.0),
        radius: 2.0,
        turn: Vec2::new(1.0, 0.0),
    };

    fn view(from: Vec3) -> View {
        View {
            from,
            time: 0.0,
            beam: Beam::Front,
        }
    }

    #[test]
    fn a_sample_lies_on_the_sphere_within_its_cone() {
        let from = Vec3::new(5.0, 6.0, 3.0);
        for i in 0..100 {
            let u = Vec2::new((i % 10) as f32 / 10.0, (i / 10) as f32 / 10.0);
            let sample = BALL.sample(&view(from), u).expect("it is seen");
            assert!((sample.surface.point.distance(BALL.center) - 2.0).abs() < 1e-5);
            let direction = (sample.surface.point - from).normalize();
            let hit = BALL.intersect(
                &Ray {
                    origin: from,
                    direction,
                    time: 0.0,
                },
                f32::INFINITY,
                false,
            );
            let distance = sample.surface.point.distance(from);
            // Near the rim a ray may pass by rounding.
            assert!(hit.is_none_or(|hit| (hit.t - distance).abs() < 1e-2));
            assert!((sample.pdf - BALL.pdf(&view(from), &sample.surface)).abs() < 1e-6);
        }
    }

    #[test]
    fn close_to_the_surface_it_fills_half_of_all_directions() {
        let from = BALL.center + Vec3::X * 2.000_01;
        let sample = BALL
            .sample(&view(from), Vec2::splat(0.5))
            .expect("it is seen");
        assert!((1.0 / sample.pdf - 2.0 * PI).abs() < 0.03 * 2.0 * PI);
    }

    #[test]
    fn a_ground_of_a_million_units_is_flat_to_the_eye() {
        let ground = Sphere {
            center: Vec3::NEG_Y * 1e6,
            radius: 1e6,
            turn: Vec2::X,
        };
        for x in [0.0, 0.3, 1.0, 2.5] {
            let ray = Ray {
                origin: Vec3::new(x, 1.0, 0.0),
                direction: Vec3::new(0.6, -0.8, 0.0),
                time: 0.0,
            };
            let hit = ground.intersect(&ray, f32::INFINITY, false);
            let hit = hit.expect("it is below");
            assert!((hit.t - 1.25).abs() < 1e-5, "{}", hit.t);
            let surface = ground.surface(ray.at(hit.t));
            assert!(surface.point.y.abs() < 1e-5, "{}", surface.point);
            assert!(surface.error.y < 1e-6);
        }
    }

    #[test]
    fn a_ray_that_starts_on_it_hits_only_the_other_side() {
        let origin = BALL.center + Vec3::X * 2.0;
        let inward = Ray {
            origin,
            direction: Vec3::NEG_X,
            time: 0.0,
        };
        let hit = BALL.intersect(&inward, f32::INFINITY, true);
        assert!(hit.is_some_and(|hit| (hit.t - 4.0).abs() < 1e-6));
        let outward = Ray {
            origin,
            direction: Vec3::X,
            time: 0.0,
        };
        assert!(BALL.intersect(&outward, f32::INFINITY, true).is_none());
    }

    #[test]
    fn texture_coordinates_are_those_of_the_format() {
        let uv = |x, y, z| BALL.surface(BALL.center + Vec3::new(x, y, z)).uv();
        assert!((uv(1.0, 0.0, 0.0) - Vec2::new(0.5, 0.5)).length() < 1e-6);
        assert!((uv(0.0, 0.0, 1.0) - Vec2::new(0.25, 0.5)).length() < 1e-6);
        assert!((uv(0.0, 1.0, 0.0).y - 1.0).abs() < 1e-6);
    }
}
