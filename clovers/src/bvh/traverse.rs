//! Iterative traversal: all rays go to the nearest box first, rays that look for any hit too.
//!
//! Eight boxes are tested at once by the slab test. Boxes that wait are kept on a stack as one
//! integer each, the bits of their distance above those of the child: distances are not negative,
//! so the integers order as the distances do (as in Embree; I. Wald et al., "Embree: A Kernel
//! Framework for Efficient CPU Ray Tracing", 2014).

use std::mem::MaybeUninit;

use glam::{Vec3, Vec4};
use wide::f32x8;

use super::{
    Bvh,
    build::DEEPEST,
    node::{Child, Node, Target, WIDTH},
};
use crate::math::gamma;

/// What the slab test needs of a ray.
struct Slabs {
    origin: [f32x8; 3],
    inverse: [f32x8; 3],
    /// Per axis, which end of a box the ray enters by: 1 where it comes from above.
    enters: [usize; 3],
}

impl Slabs {
    #[inline(always)]
    fn new(origin: Vec3, direction: Vec3) -> Self {
        // A direction component of 0 would give 0 * infinity on the face of a box: a tiny one
        // of the same sign keeps the product 0 there and huge elsewhere.
        let tiny = Vec4::splat(1e-20);
        let direction = direction.extend(1.0);
        let inverse = direction.abs().max(tiny).copysign(direction).recip();
        let inverse = inverse.truncate().to_array();
        Self {
            origin: origin.to_array().map(f32x8::splat),
            inverse: inverse.map(f32x8::splat),
            enters: inverse.map(|d| (d.to_bits() >> 31) as usize),
        }
    }

    /// Where the ray enters the boxes of a node, and a bit for each that it meets up to `limit`.
    ///
    /// The far end is widened by the rounding errors (T. Ize, "Robust BVH Ray Traversal", 2013),
    /// the limit too, so that what lies exactly there is met.
    #[inline(always)]
    fn meet(&self, node: &Node, limit: f32) -> (f32x8, u32) {
        const WIDER: f32 = 1.0 + 2.0 * gamma(3);
        let plane = |axis: usize, end: usize| {
            (node.slabs[axis][end & 1] - self.origin[axis]) * self.inverse[axis]
        };
        let [x, y, z] = self.enters;
        let near = plane(0, x)
            .fast_max(plane(1, y))
            .fast_max(plane(2, z).fast_max(f32x8::ZERO));
        let far = plane(0, x ^ 1)
            .fast_min(plane(1, y ^ 1))
            .fast_min(plane(2, z ^ 1).fast_min(f32x8::splat(limit)));
        let meets = near.simd_le(far * f32x8::splat(WIDER));
        (near, meets.to_bitmask())
    }
}

/// A box that waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting(u64);

impl Waiting {
    #[inline(always)]
    fn new(near: f32, child: Child) -> Self {
        Self(u64::from(near.to_bits()) << 32 | u64::from(child.bits()))
    }

    fn near(self) -> f32 {
        f32::from_bits((self.0 >> 32) as u32)
    }

    fn child(self) -> Child {
        Child::from_bits(self.0 as u32)
    }
}

/// Boxes that wait, the next one on top.
struct Stack {
    entries: [MaybeUninit<Waiting>; Self::SIZE],
    len: usize,
}

impl Stack {
    /// At every level all children but one may wait.
    const SIZE: usize = DEEPEST * (WIDTH - 1) + 1;

    #[inline(always)]
    fn new() -> Self {
        Self {
            entries: [const { MaybeUninit::uninit() }; Self::SIZE],
            len: 0,
        }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "entries below `len` have been written")]
    fn pop(&mut self) -> Option<Waiting> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: `len` was in range when the entry was pushed, which wrote it.
        Some(unsafe { self.entries.get_unchecked(self.len).assume_init() })
    }

    /// Puts an entry below those from `bottom` on that are nearer.
    #[inline(always)]
    #[expect(
        unsafe_code,
        reason = "saves a test for each box; `Bvh::build` bounds the depth"
    )]
    fn insert(&mut self, bottom: usize, waiting: Waiting) {
        debug_assert!(self.len < Self::SIZE);
        let mut place = self.len;
        // SAFETY: as in `push` and `pop`; `place` goes from `len` down to `bottom` at most.
        unsafe {
            while place > bottom {
                let below = self.entries.get_unchecked(place - 1).assume_init();
                if below >= waiting {
                    break;
                }
                self.entries.get_unchecked_mut(place).write(below);
                place -= 1;
            }
            self.entries.get_unchecked_mut(place).write(waiting);
        }
        self.len += 1;
    }
}

impl Bvh {
    /// Visits the leaves whose boxes a ray meets up to `limit`, about from near to far.
    ///
    /// `visit` gets the leaf's first item, their number, and the limit, which it may lower to that
    /// of a hit; it returns true to end the traversal. The direction need not have unit length:
    /// distances are multiples of it. Returns how many nodes were visited.
    #[inline]
    pub fn traverse(
        &self,
        origin: Vec3,
        direction: Vec3,
        mut limit: f32,
        mut visit: impl FnMut(u32, u32, &mut f32) -> bool,
    ) -> u32 {
        let slabs = Slabs::new(origin, direction);
        let mut stack = Stack::new();
        let mut nodes = 0;
        let mut current = Child::inner(0);
        loop {
            match current.target() {
                Target::Inner(index) => {
                    nodes += 1;
                    let node = &self.nodes[index as usize];
                    if let Some(nearest) = open(node, &slabs, limit, &mut stack) {
                        current = nearest.child();
                        continue;
                    }
                }
                Target::Leaf { first, count } => {
                    if visit(first, count, &mut limit) {
                        return nodes;
                    }
                }
            }
            current = loop {
                let Some(top) = stack.pop() else {
                    return nodes;
                };
                if top.near() <= limit {
                    break top.child();
                }
            };
        }
    }
}

/// The nearest child that a ray meets; the others wait on the stack.
#[inline(always)]
fn open(node: &Node, slabs: &Slabs, limit: f32, stack: &mut Stack) -> Option<Waiting> {
    let (near, mut mask) = slabs.meet(node, limit);
    if mask == 0 {
        return None;
    }
    let nears = near.to_array();
    let mut next = || {
        let lane = mask.trailing_zeros() as usize & (WIDTH - 1);
        mask &= mask - 1;
        (Waiting::new(nears[lane], node.children[lane]), mask != 0)
    };
    let (mut nearest, mut more) = next();
    let bottom = stack.len;
    while more {
        let other;
        (other, more) = next();
        let farther = if other < nearest {
            std::mem::replace(&mut nearest, other)
        } else {
            other
        };
        stack.insert(bottom, farther);
    }
    Some(nearest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        bvh::{BuildParams, Bvh, FULL},
        math::{Aabb, Ray},
    };
    use glam::Vec3;

    fn point() -> impl Strategy<Value = Vec3> {
        // Whole numbers make shared faces, flat boxes and axis-parallel rays likely.
        prop_oneof![
            [-4_i8..=4, -4_i8..=4, -4_i8..=4].prop_map(|v| Vec3::from(v.map(f32::from))),
            [-4.0_f32..4.0, -4.0_f32..4.0, -4.0_f32..4.0].prop_map(Vec3::from),
        ]
    }

    /// A plain slab test in double precision.
    fn meets(bounds: &Aabb, ray: &Ray) -> bool {
        let (mut near, mut far) = (0.0_f64, f64::INFINITY);
        for axis in 0..3 {
            let (o, d) = (f64::from(ray.origin[axis]), f64::from(ray.direction[axis]));
            let (low, high) = (f64::from(bounds.min[axis]), f64::from(bounds.max[axis]));
            if d == 0.0 {
                if o < low || o > high {
                    return false;
                }
                continue;
            }
            let (a, b) = ((low - o) / d, (high - o) / d);
            near = near.max(a.min(b));
            far = far.min(a.max(b));
        }
        near <= far
    }

    proptest! {
        #[test]
        fn every_box_that_a_ray_meets_is_visited_once(
            corners in prop::collection::vec((point(), point()), 0..80),
            origin in point(),
            target in point(),
        ) {
            let boxes: Vec<Aabb> = corners.iter().map(|&(a, b)| Aabb::around([a, b])).collect();
            let direction = (target - origin).normalize_or(Vec3::X);
            let ray = Ray { origin, direction, time: 0.0 };
            for params in [BuildParams::best(), BuildParams::fast()] {
                let item = |index: usize| (boxes[index], 1 + index as u32 % FULL);
                let (bvh, order) = Bvh::build(boxes.len(), item, &params);
                prop_assert_eq!(bvh.validate(&boxes, &order), Ok(()));
                let mut visited = vec![0; boxes.len()];
                let limit = f32::INFINITY;
                bvh.traverse(ray.origin, ray.direction, limit, |first, count, _| {
                    for &item in &order[first as usize..(first + count) as usize] {
                        visited[item as usize] += 1;
                    }
                    false
                });
                for (bounds, &times) in boxes.iter().zip(&visited) {
                    prop_assert!(times <= 1);
                    prop_assert!(times == 1 || !meets(bounds, &ray));
                }
            }
        }
    }

    #[test]
    fn a_thousand_equal_boxes_and_a_geometric_row_stay_within_the_stack() {
        let equal = vec![Aabb::around([Vec3::ZERO, Vec3::ONE]); 1000];
        let row: Vec<Aabb> = (0..250)
            .map(|i| Aabb::around([Vec3::X * 2.0_f32.powi(i / 2 - 60)]))
            .collect();
        for boxes in [equal, row] {
            let item = |index: usize| (boxes[index], 1);
            let (bvh, order) = Bvh::build(boxes.len(), item, &BuildParams::best());
            assert_eq!(bvh.validate(&boxes, &order), Ok(()));
        }
    }
}
