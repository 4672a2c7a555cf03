//! One node: the boxes of both children side by side, so that one pass tests both.

use glam::Vec4;

use crate::math::Aabb;

/// Marks a child that is a node and not a leaf.
const INNER: u32 = u32::MAX;

/// Two children.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Per axis: least of the left, least of the right, most of the left, most of the right.
    pub(super) slabs: [Vec4; 3],
    pub(super) children: [Child; 2],
}

/// A node, or a run of leaf items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Child {
    first: u32,
    count: u32,
}

/// What a [`Child`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Inner(u32),
    Leaf { first: u32, count: u32 },
}

impl Child {
    pub(super) const NOTHING: Self = Self { first: 0, count: 0 };

    pub(super) fn inner(node: u32) -> Self {
        Self {
            first: node,
            count: INNER,
        }
    }

    pub(super) fn leaf(first: u32, count: u32) -> Self {
        debug_assert_ne!(count, INNER);
        Self { first, count }
    }

    pub(super) fn target(self) -> Target {
        if self.count == INNER {
            Target::Inner(self.first)
        } else {
            Target::Leaf {
                first: self.first,
                count: self.count,
            }
        }
    }
}

impl Node {
    pub(super) fn new(children: [Child; 2], boxes: [Aabb; 2]) -> Self {
        let mut node = Self {
            slabs: [Vec4::ZERO; 3],
            children,
        };
        for (side, bounds) in boxes.into_iter().enumerate() {
            node.set_box(side, bounds);
        }
        node
    }

    pub(super) fn set_box(&mut self, side: usize, bounds: Aabb) {
        // An empty box would turn inside out in the slab test: put it where it does no harm.
        let bounds = if bounds.is_empty() {
            Aabb::around([glam::Vec3::splat(f32::MAX)])
        } else {
            bounds
        };
        // A little room all around: a ray along a face, with a direction component of 0, meets
        // the box, and so it does not slip through the common edge of two boxes.
        let reach = bounds.min.abs().max(bounds.max.abs()).max_element();
        let room = if reach < f32::MAX {
            4.0 * f32::EPSILON * reach
        } else {
            0.0
        };
        for axis in 0..3 {
            self.slabs[axis][side] = bounds.min[axis] - room;
            self.slabs[axis][side + 2] = bounds.max[axis] + room;
        }
    }

    pub(super) fn child_box(&self, side: usize) -> Aabb {
        let corner =
            |at: usize| glam::Vec3::new(self.slabs[0][at], self.slabs[1][at], self.slabs[2][at]);
        Aabb {
            min: corner(side),
            max: corner(side + 2),
        }
    }
}
