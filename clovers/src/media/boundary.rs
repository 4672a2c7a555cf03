//! Where a ray is inside of a closed boundary.
//!
//! A point is inside where the boundary winds around it: each entering crossing counts one up,
//! each leaving one down, and all but 0 is inside. So parts may overlap (a group of balls is
//! their union), a ball of negative radius cuts a hole into one around it, and a mesh turned
//! inside out is as good as any. Nothing is skipped near the start of the ray: balls and boxes
//! are cut as whole lines, and of triangles every crossing ahead is counted up to infinity, where
//! it is outside.

use glam::{DVec3, Vec3};
use smallvec::SmallVec;

use crate::{
    bvh::{BuildParams, Bvh},
    math::{Aabb, Ray, Transform},
    shapes::{MovingSphere, Sphere, Triangle},
};

/// A closed surface, of which only the inside matters.
#[derive(Debug)]
pub struct Boundary {
    solids: Vec<Solid>,
    /// In the order of the leaves of `bvh`.
    triangles: Vec<Triangle>,
    bvh: Bvh,
    bounds: Aabb,
}

/// A convex part of a boundary.
#[derive(Clone, Copy, Debug)]
pub enum Solid {
    /// A ball.
    Sphere(Sphere),
    /// A ball on its way.
    MovingSphere(MovingSphere),
    /// A box.
    Cuboid(Cuboid),
}

/// A box whose edges are parallel to the axes before it is turned and moved.
#[derive(Clone, Copy, Debug)]
pub struct Cuboid {
    /// The corner of smallest coordinates.
    pub low: DVec3,
    /// The corner of largest coordinates.
    pub high: DVec3,
    /// How it got where it is.
    pub transform: Transform,
}

/// Stretches of a ray, from and to, in order and without overlap.
pub type Stretches = SmallVec<[[f32; 2]; 4]>;

/// Where a ray crosses the boundary: the distance, and how the winding number changes.
type Crossings = SmallVec<[(f64, i32); 8]>;

impl Boundary {
    /// A boundary of some parts. The triangles must close a surface.
    #[must_use]
    pub fn new(solids: Vec<Solid>, triangles: &[Triangle]) -> Self {
        let (bvh, order) = Bvh::build(
            triangles.len(),
            |index| (Aabb::around(triangles[index].corners), 1),
            &BuildParams::best(),
        );
        let bounds = solids
            .iter()
            .map(Solid::bounds)
            .fold(bvh.bounds(), Aabb::union);
        Self {
            solids,
            triangles: order
                .iter()
                .map(|&index| triangles[index as usize])
                .collect(),
            bvh,
            bounds,
        }
    }

    /// The box around it.
    #[must_use]
    pub fn bounds(&self) -> Aabb {
        self.bounds
    }

    /// The memory it takes beside itself, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.solids.capacity() * size_of::<Solid>()
            + self.triangles.capacity() * size_of::<Triangle>()
            + self.bvh.memory_bytes()
    }

    /// The stretches of a ray up to `limit` that are inside.
    #[must_use]
    pub fn inside(&self, ray: &Ray, limit: f32) -> Stretches {
        let mut crossings = Crossings::new();
        for solid in &self.solids {
            if let Some((enter, leave, change)) = solid.chord(ray) {
                crossings.push((enter, change));
                crossings.push((leave, -change));
            }
        }
        // How often the boundary winds around the start.
        let mut winding = 0;
        if !self.triangles.is_empty() {
            let (origin, direction, limit) = (ray.origin, ray.direction, f32::INFINITY);
            self.bvh
                .traverse(origin, direction, limit, |first, count, _| {
                    let leaf = first as usize..(first + count) as usize;
                    let crossed = self.triangles[leaf].iter();
                    for (t, enters) in crossed.filter_map(|triangle| triangle.crossing(ray)) {
                        let change = if enters { 1 } else { -1 };
                        crossings.push((f64::from(t), change));
                        winding -= change;
                    }
                    false
                });
        }
        crossings.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));

        let mut stretches = Stretches::new();
        let mut start = 0.0;
        for (t, change) in crossings {
            let t = (t.max(0.0) as f32).min(limit);
            if winding != 0 && t > start {
                match stretches.last_mut() {
                    // Parts that touch give one stretch.
                    Some([_, end]) if *end >= start => *end = t,
                    _ => stretches.push([start, t]),
                }
            }
            winding += change;
            start = t;
        }
        stretches
    }
}

impl Solid {
    fn bounds(&self) -> Aabb {
        match self {
            Self::Sphere(sphere) => sphere.bounds(),
            Self::MovingSphere(moving) => moving.bounds(),
            Self::Cuboid(cuboid) => cuboid.bounds(),
        }
    }

    /// Where a line enters and leaves, if it leaves ahead, and the winding number inside.
    fn chord(&self, ray: &Ray) -> Option<(f64, f64, i32)> {
        let sphere = match self {
            Self::Sphere(sphere) => *sphere,
            Self::MovingSphere(moving) => moving.at(ray.time),
            Self::Cuboid(cuboid) => {
                let [enter, leave] = cuboid.chord(ray)?;
                return (leave > 0.0).then_some((enter, leave, 1));
            }
        };
        let roots = sphere.roots(ray)?;
        let change = if sphere.radius < 0.0 { -1 } else { 1 };
        (roots.far > 0.0).then_some((roots.near, roots.far, change))
    }
}

impl Cuboid {
    fn bounds(&self) -> Aabb {
        let corner = |index: usize| -> Vec3 {
            let pick = |axis: usize| {
                let end = if index >> axis & 1 == 0 {
                    self.low
                } else {
                    self.high
                };
                end[axis]
            };
            let corner = DVec3::new(pick(0), pick(1), pick(2));
            self.transform.point(corner).as_vec3()
        };
        Aabb::around((0..8).map(corner))
    }

    /// The slab test, in the frame in which the box is parallel to the axes.
    fn chord(&self, ray: &Ray) -> Option<[f64; 2]> {
        let origin = self.transform.inverse_point(ray.origin.as_dvec3());
        let direction = self.transform.inverse_vector(ray.direction.as_dvec3());
        let (mut enter, mut leave) = (f64::NEG_INFINITY, f64::INFINITY);
        for axis in 0..3 {
            let (low, high) = (
                self.low[axis] - origin[axis],
                self.high[axis] - origin[axis],
            );
            if direction[axis] == 0.0 {
                if low > 0.0 || high < 0.0 {
                    return None;
                }
                continue;
            }
            let (a, b) = (low / direction[axis], high / direction[axis]);
            enter = enter.max(a.min(b));
            leave = leave.min(a.max(b));
        }
        (enter < leave).then_some([enter, leave])
    }
}

#[cfg(test)]
mod tests {
    use glam::{Vec2, dvec3};

    use super::*;

    fn ball(x: f32, radius: f32) -> Solid {
        Solid::Sphere(Sphere {
            center: Vec3::X * x,
            radius,
            turn: Vec2::X,
        })
    }

    /// A tetrahedron around the origin, 3 corners at x = -1 and one at x = 1.
    fn tetrahedron(flip: bool) -> Vec<Triangle> {
        let corners = [
            Vec3::new(-1.0, 2.0, 0.0),
            Vec3::new(-1.0, -1.0, 2.0),
            Vec3::new(-1.0, -1.0, -2.0),
            Vec3::X,
        ];
        [[0, 1, 2], [0, 3, 1], [1, 3, 2], [2, 3, 0]]
            .map(|[a, b, c]| Triangle {
                corners: if flip { [a, c, b] } else { [a, b, c] }.map(|i| corners[i]),
            })
            .to_vec()
    }

    #[track_caller]
    fn check(boundary: &Boundary, from: Vec3, expected: &[[f32; 2]]) {
        let ray = Ray {
            origin: from,
            direction: Vec3::X,
            time: 0.0,
        };
        let got = boundary.inside(&ray, 50.0);
        assert_eq!(got.len(), expected.len(), "{got:?}");
        for (a, b) in got.iter().flatten().zip(expected.iter().flatten()) {
            assert!((a - b).abs() < 1e-5, "{got:?} is not {expected:?}");
        }
    }

    #[test]
    fn a_ball_is_inside_between_its_crossings_also_from_within() {
        let boundary = Boundary::new(vec![ball(0.0, 2.0)], &[]);
        check(&boundary, Vec3::X * -5.0, &[[3.0, 7.0]]);
        check(&boundary, Vec3::ZERO, &[[0.0, 2.0]]);
        check(&boundary, Vec3::X * 3.0, &[]);
        check(&boundary, Vec3::new(-5.0, 3.0, 0.0), &[]);
        check(&boundary, Vec3::X * -49.0, &[[47.0, 50.0]]);
    }

    #[test]
    fn parts_that_overlap_are_one_and_a_negative_radius_is_a_hole() {
        let both = Boundary::new(vec![ball(0.0, 2.0), ball(3.0, 2.0)], &[]);
        check(&both, Vec3::X * -5.0, &[[3.0, 10.0]]);
        let apart = Boundary::new(vec![ball(6.0, 1.0), ball(0.0, 2.0)], &[]);
        check(&apart, Vec3::X * -5.0, &[[3.0, 7.0], [10.0, 12.0]]);
        let shell = Boundary::new(vec![ball(0.0, 2.0), ball(0.0, -1.0)], &[]);
        check(&shell, Vec3::X * -5.0, &[[3.0, 4.0], [6.0, 7.0]]);
        check(&shell, Vec3::ZERO, &[[1.0, 2.0]]);
    }

    #[test]
    fn meshes_are_inside_whichever_way_they_are_turned() {
        for flip in [false, true] {
            let boundary = Boundary::new(vec![], &tetrahedron(flip));
            check(&boundary, Vec3::X * -5.0, &[[4.0, 6.0]]);
            check(&boundary, Vec3::ZERO, &[[0.0, 1.0]]);
            check(&boundary, Vec3::X * 2.0, &[]);
            // Exactly through the corner at the far end and along its axis, and past it.
            check(&boundary, Vec3::new(-5.0, 3.0, 0.0), &[]);
            // Exactly through an edge of the near face.
            check(&boundary, Vec3::new(-5.0, 0.5, 1.0), &[]);
        }
    }

    #[test]
    fn a_turned_box_is_inside_between_its_sides() {
        let cuboid = Cuboid {
            low: dvec3(-1.0, -1.0, -1.0),
            high: dvec3(1.0, 1.0, 1.0),
            transform: Transform::translation(dvec3(3.0, 0.0, 0.0))
                .after(&Transform::rotation_y(45.0)),
        };
        let boundary = Boundary::new(vec![Solid::Cuboid(cuboid)], &[]);
        let half = 2.0_f32.sqrt();
        check(&boundary, Vec3::ZERO, &[[3.0 - half, 3.0 + half]]);
        check(&boundary, Vec3::X * 3.0, &[[0.0, half]]);
    }
}
