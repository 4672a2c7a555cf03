//! Iterative traversal, near child first.

use glam::{Vec3, Vec4, Vec4Swizzles};

use super::{
    Bvh,
    build::DEEPEST,
    node::{Node, Target},
};
use crate::math::{Ray, gamma};

/// What the slab test needs of a ray.
struct Slabs {
    origin: Vec3,
    inverse: Vec3,
}

impl Bvh {
    /// Visits the items whose boxes the ray meets before `limit`, about from near to far.
    ///
    /// `visit` gets the number of an item and the limit, which it may lower to that of a hit; it
    /// returns true to end the traversal. Returns how many boxes were tested.
    pub fn traverse(
        &self,
        ray: &Ray,
        mut limit: f32,
        mut visit: impl FnMut(u32, &mut f32) -> bool,
    ) -> u32 {
        let mut boxes = 0;
        // A direction component of 0 would give 0 * infinity on the face of a box: a tiny one
        // of the same sign keeps the product 0 there and infinite elsewhere.
        let inverse = ray.direction.to_array().map(|d| {
            1.0 / if d.abs() < 1e-20 {
                1e-20_f32.copysign(d)
            } else {
                d
            }
        });
        let slabs = Slabs {
            origin: ray.origin,
            inverse: Vec3::from(inverse),
        };
        // Nodes that wait, with the distance of their boxes.
        let mut stack = [(0_u32, 0.0_f32); DEEPEST];
        let mut waiting = 0;
        let mut current = 0;
        loop {
            let node = &self.nodes[current as usize];
            boxes += 2;
            let (nears, meets) = meet(node, &slabs, limit);
            let first = usize::from(nears[1] < nears[0]);
            let mut next = None;
            for side in [first, 1 - first] {
                // A leaf before may have lowered the limit.
                if !meets[side] || nears[side] > limit {
                    continue;
                }
                match node.children[side].target() {
                    Target::Leaf { first, count } => {
                        for item in first..first + count {
                            if visit(item, &mut limit) {
                                return boxes;
                            }
                        }
                    }
                    Target::Inner(child) if next.is_none() => next = Some(child),
                    Target::Inner(child) => {
                        stack[waiting] = (child, nears[side]);
                        waiting += 1;
                    }
                }
            }
            current = match next {
                Some(child) => child,
                None => loop {
                    if waiting == 0 {
                        return boxes;
                    }
                    waiting -= 1;
                    let (node, near) = stack[waiting];
                    if near <= limit {
                        break node;
                    }
                },
            };
        }
    }
}

/// Where the ray enters both boxes, and whether it meets them before `limit`.
///
/// The far end is widened by the rounding errors (T. Ize, "Robust BVH Ray Traversal", 2013).
fn meet(node: &Node, ray: &Slabs, limit: f32) -> ([f32; 2], [bool; 2]) {
    const WIDER: f32 = 1.0 + 2.0 * gamma(3);
    let mut near = Vec4::ZERO;
    let mut far = Vec4::INFINITY;
    for axis in 0..3 {
        let t = (node.slabs[axis] - ray.origin[axis]) * ray.inverse[axis];
        let swapped = t.zwxy();
        near = near.max(t.min(swapped));
        far = far.min(t.max(swapped));
    }
    let far = far * WIDER;
    let meets = near.cmple(far.min(Vec4::splat(limit)));
    ([near.x, near.y], [meets.test(0), meets.test(1)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        bvh::{BuildParams, Bvh},
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
                let (bvh, order) = Bvh::build(&boxes, &params);
                prop_assert_eq!(bvh.validate(&boxes, &order), Ok(()));
                let mut visited = vec![0; boxes.len()];
                bvh.traverse(&ray, f32::INFINITY, |slot, _| {
                    visited[order[slot as usize] as usize] += 1;
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
            let (bvh, order) = Bvh::build(&boxes, &BuildParams::best());
            assert_eq!(bvh.validate(&boxes, &order), Ok(()));
        }
    }
}
