//! Shapes side by side, so that one pass of vector instructions tests a ray with all of them.

use glam::{DVec3, Vec2, Vec3};
use wide::{f32x8, f64x4};

use super::{Hit, Quad, Sphere, Triangle};
use crate::math::Ray;

/// Lanes of a pack that a ray hits.
#[derive(Clone, Copy)]
pub(crate) struct PackHits {
    mask: u32,
    t: [f32; 8],
    place: [[f32; 8]; 2],
}

impl PackHits {
    const NONE: Self = Self {
        mask: 0,
        t: [0.0; 8],
        place: [[0.0; 8]; 2],
    };

    pub(crate) fn is_empty(&self) -> bool {
        self.mask == 0
    }

    /// The lanes, with the distance to each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, f32)> {
        let Self { mut mask, t, .. } = *self;
        std::iter::from_fn(move || {
            let lane = mask.trailing_zeros() as usize;
            (lane < 8).then(|| {
                mask &= mask - 1;
                (lane, t[lane])
            })
        })
    }

    /// The hit of a pack of one, if it lies before `limit`.
    pub(super) fn nearest_before(&self, limit: f32) -> Option<Hit> {
        let (lane, t) = self.iter().next()?;
        let place = self.place(lane);
        (t < limit).then_some(Hit { t, place })
    }

    /// Where on a flat shape it is hit, as [`Hit::place`].
    pub(crate) fn place(&self, lane: usize) -> Vec2 {
        Vec2::new(self.place[0][lane], self.place[1][lane])
    }
}

/// A ray made ready for triangles: the axis along which it goes fastest becomes z, and space is
/// sheared so that the ray runs along it.
pub(crate) struct Sheared {
    axes: [usize; 3],
    origin: [f32x8; 3],
    /// What x and y lose for each unit of z.
    shear: [f32x8; 2],
    /// Distance along the ray for each unit of z.
    scale: f32x8,
}

impl Sheared {
    /// The direction need not have unit length: distances are multiples of it.
    #[inline(always)]
    pub(crate) fn new(origin: Vec3, direction: Vec3) -> Self {
        let size = direction.abs();
        let z = if size.x > size.y && size.x > size.z {
            0
        } else if size.y > size.z {
            1
        } else {
            2
        };
        let axes = [(z + 1) % 3, (z + 2) % 3, z];
        let scale = 1.0 / direction[z];
        Self {
            axes,
            origin: axes.map(|axis| f32x8::splat(origin[axis])),
            shear: [axes[0], axes[1]].map(|axis| f32x8::splat(direction[axis] * scale)),
            scale: f32x8::splat(scale),
        }
    }
}

/// Eight triangles; missing ones are points, which no ray hits.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct TrianglePack {
    /// Corner by corner, axis by axis.
    corners: [[f32x8; 3]; 3],
}

impl TrianglePack {
    /// # Panics
    /// When there are more than eight.
    pub(crate) fn new(triangles: impl IntoIterator<Item = Triangle>) -> Self {
        let mut corners = [[[0.0; 8]; 3]; 3];
        for (lane, triangle) in triangles.into_iter().enumerate() {
            for (lanes, corner) in corners.iter_mut().zip(triangle.corners) {
                for (axis, lanes) in lanes.iter_mut().enumerate() {
                    lanes[lane] = corner[axis];
                }
            }
        }
        Self {
            corners: corners.map(|lanes| lanes.map(f32x8::from)),
        }
    }

    /// Watertight intersection: S. Woop, C. Benthin and I. Wald, "Watertight Ray/Triangle
    /// Intersection", JCGT 2(1), 2013.
    ///
    /// The side of an edge on which the ray passes is a difference of two products; the neighbour
    /// that shares the edge computes the same products and subtracts them the other way around,
    /// so no ray slips through between the two. Where a side is 0 both are hit.
    #[inline(always)]
    pub(crate) fn intersect(&self, ray: &Sheared, limit: f32) -> PackHits {
        let [kx, ky, kz] = ray.axes;
        let sheared = |corner: &[f32x8; 3]| {
            let z = corner[kz] - ray.origin[2];
            let x = z.mul_neg_add(ray.shear[0], corner[kx] - ray.origin[0]);
            let y = z.mul_neg_add(ray.shear[1], corner[ky] - ray.origin[1]);
            [x, y, z]
        };
        let [a, b, c] = &self.corners;
        let (a, b, c) = (sheared(a), sheared(b), sheared(c));
        // Not fused: both products must be rounded alike.
        let u = c[0] * b[1] - c[1] * b[0];
        let v = a[0] * c[1] - a[1] * c[0];
        let w = b[0] * a[1] - b[1] * a[0];
        let least = u.fast_min(v).fast_min(w);
        let most = u.fast_max(v).fast_max(w);
        let zero = f32x8::ZERO;
        let inside = least.simd_ge(zero) | most.simd_le(zero);
        if inside.to_bitmask() == 0 {
            return PackHits::NONE;
        }
        let total = u + v + w;
        let inverse = f32x8::ONE / total;
        let z = u.mul_add(a[2], v.mul_add(b[2], w * c[2]));
        let t = z * ray.scale * inverse;
        // A ray in the plane makes t infinite or not a number.
        let hits = inside & t.simd_gt(zero) & t.simd_le(f32x8::splat(limit)) & !total.simd_eq(zero);
        PackHits {
            mask: hits.to_bitmask(),
            t: t.to_array(),
            place: [(v * inverse).to_array(), (w * inverse).to_array()],
        }
    }
}

/// Eight parallelograms; missing ones have no area, so no ray hits them.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct QuadPack {
    q: [f32x8; 3],
    u: [f32x8; 3],
    v: [f32x8; 3],
}

impl QuadPack {
    /// # Panics
    /// When there are more than eight.
    pub(crate) fn new(quads: impl IntoIterator<Item = Quad>) -> Self {
        let mut lanes = [[[0.0; 8]; 3]; 3];
        for (lane, quad) in quads.into_iter().enumerate() {
            for (lanes, vector) in lanes.iter_mut().zip([quad.q, quad.u, quad.v]) {
                for (axis, lanes) in lanes.iter_mut().enumerate() {
                    lanes[lane] = vector[axis];
                }
            }
        }
        let [q, u, v] = lanes.map(|lanes| lanes.map(f32x8::from));
        Self { q, u, v }
    }

    /// Intersection by Cramer's rule (T. Möller and B. Trumbore, "Fast, Minimum Storage
    /// Ray-Triangle Intersection", 1997), with the limits of a parallelogram.
    #[inline(always)]
    pub(crate) fn intersect(&self, ray: &Ray, limit: f32) -> PackHits {
        let splat = |v: Vec3| v.to_array().map(f32x8::splat);
        let (origin, direction) = (splat(ray.origin), splat(ray.direction));
        let p = cross(&direction, &self.v);
        let inverse = f32x8::ONE / dot(&self.u, &p);
        let s: [f32x8; 3] = std::array::from_fn(|axis| origin[axis] - self.q[axis]);
        let a = dot(&s, &p) * inverse;
        let r = cross(&s, &self.u);
        let b = dot(&direction, &r) * inverse;
        let t = dot(&self.v, &r) * inverse;
        // Comparisons are false for the not-a-number of a parallel ray.
        let (zero, one) = (f32x8::ZERO, f32x8::ONE);
        let hits = a.simd_ge(zero)
            & a.simd_le(one)
            & b.simd_ge(zero)
            & b.simd_le(one)
            & t.simd_gt(zero)
            & t.simd_le(f32x8::splat(limit));
        let mask = hits.to_bitmask();
        if mask == 0 {
            return PackHits::NONE;
        }
        PackHits {
            mask,
            t: t.to_array(),
            place: [a.to_array(), b.to_array()],
        }
    }
}

#[inline(always)]
fn cross(a: &[f32x8; 3], b: &[f32x8; 3]) -> [f32x8; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

#[inline(always)]
fn dot(a: &[f32x8; 3], b: &[f32x8; 3]) -> f32x8 {
    a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]))
}

/// Four spheres, in double precision; missing ones have a square of the radius below 0.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct SpherePack {
    center: [f64x4; 3],
    radius_squared: f64x4,
}

/// Spheres of a pack.
pub(crate) const SPHERES: usize = 4;

impl SpherePack {
    /// # Panics
    /// When there are more than four.
    pub(crate) fn new(spheres: impl IntoIterator<Item = Sphere>) -> Self {
        let mut center = [[0.0; SPHERES]; 3];
        let mut radius_squared = [-1.0; SPHERES];
        for (lane, sphere) in spheres.into_iter().enumerate() {
            for (axis, lanes) in center.iter_mut().enumerate() {
                lanes[lane] = f64::from(sphere.center[axis]);
            }
            radius_squared[lane] = f64::from(sphere.radius).powi(2);
        }
        Self {
            center: center.map(f64x4::from),
            radius_squared: f64x4::from(radius_squared),
        }
    }

    /// As [`Sphere::intersect`], of rays that start on none of them.
    #[inline(always)]
    pub(crate) fn intersect(&self, ray: &Ray, limit: f32) -> PackHits {
        let direction: DVec3 = Sphere::unit_direction(ray);
        let origin = ray.origin.as_dvec3();
        let f: [f64x4; 3] =
            std::array::from_fn(|axis| f64x4::splat(origin[axis]) - self.center[axis]);
        let d = direction.to_array().map(f64x4::splat);
        let dot = |a: &[f64x4; 3], b: &[f64x4; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let b = -dot(&f, &d);
        let nearest: [f64x4; 3] = std::array::from_fn(|axis| f[axis] + b * d[axis]);
        let discriminant = self.radius_squared - dot(&nearest, &nearest);
        let zero = f64x4::ZERO;
        let meets = discriminant.simd_ge(zero);
        if meets.to_bitmask() == 0 {
            return PackHits::NONE;
        }
        let half_chord = discriminant.fast_max(zero).sqrt();
        let goes_away = b.simd_le(zero);
        let outer = goes_away.bitselect(b - half_chord, b + half_chord);
        let inner = (dot(&f, &f) - self.radius_squared) / outer;
        let near = goes_away.bitselect(outer, inner);
        let far = goes_away.bitselect(inner, outer);
        let t = near.simd_gt(zero).bitselect(near, far);
        let (meets, double) = (meets.to_bitmask(), t.to_array());
        let mut hits = PackHits::NONE;
        for (lane, t) in double.into_iter().enumerate() {
            let t = t as f32;
            if meets >> lane & 1 != 0 && t > 0.0 && t <= limit {
                hits.mask |= 1 << lane;
                hits.t[lane] = t;
            }
        }
        hits
    }
}
