//! One node: the boxes of eight children side by side, so that one pass tests all of them.

use glam::Vec3;
use wide::f32x8;

use crate::math::Aabb;

/// Children of a node.
pub(super) const WIDTH: usize = 8;

/// Up to eight children; those that are missing have boxes that no ray meets.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Node {
    /// Per axis, where the boxes begin and where they end.
    pub(super) slabs: [[f32x8; 2]; 3],
    pub(super) children: [Child; WIDTH],
}

/// A node, or a run of leaf items, in 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Child(u32);

/// What a [`Child`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Inner(u32),
    Leaf { first: u32, count: u32 },
}

/// Marks a leaf.
const LEAF: u32 = 1 << 31;
const COUNT_SHIFT: u32 = 28;
const FIRST_MASK: u32 = (1 << COUNT_SHIFT) - 1;

/// The most items of a leaf.
pub(super) const LARGEST_LEAF: usize = 8;

impl Child {
    /// A leaf without items.
    pub(super) const NOTHING: Self = Self(u32::MAX);

    pub(super) fn inner(node: usize) -> Self {
        debug_assert!(node < LEAF as usize);
        Self(node as u32)
    }

    /// A leaf of 1 to 8 items.
    ///
    /// # Panics
    /// From 2^28 items on.
    pub(super) fn leaf(first: usize, count: usize) -> Self {
        debug_assert!((1..=LARGEST_LEAF).contains(&count));
        assert!(first < FIRST_MASK as usize, "fewer than 2^28 items");
        Self(LEAF | ((count - 1) as u32) << COUNT_SHIFT | first as u32)
    }

    pub(super) fn is_leaf(self) -> bool {
        self.0 & LEAF != 0
    }

    pub(super) fn target(self) -> Target {
        if self.is_leaf() {
            Target::Leaf {
                first: self.0 & FIRST_MASK,
                count: (self.0 >> COUNT_SHIFT & 7) + 1,
            }
        } else {
            Target::Inner(self.0)
        }
    }

    pub(super) fn bits(self) -> u32 {
        self.0
    }

    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The same node once `nodes` others stand before it.
    pub(super) fn moved_by(self, nodes: usize) -> Self {
        if self.is_leaf() {
            self
        } else {
            Self::inner(self.0 as usize + nodes)
        }
    }
}

impl Node {
    /// A node of at most eight children.
    pub(super) fn new(children: impl IntoIterator<Item = (Child, Aabb)>) -> Self {
        // Inside out: where such a box begins is beyond where it ends, for rays of any direction.
        let mut slabs = [[[f32::INFINITY; WIDTH], [f32::NEG_INFINITY; WIDTH]]; 3];
        let mut targets = [Child::NOTHING; WIDTH];
        for (lane, (child, bounds)) in children.into_iter().enumerate() {
            targets[lane] = child;
            let room = room(&bounds);
            for (axis, [begins, ends]) in slabs.iter_mut().enumerate() {
                begins[lane] = bounds.min[axis] - room;
                ends[lane] = bounds.max[axis] + room;
            }
        }
        Self {
            slabs: slabs.map(|ends| ends.map(f32x8::from)),
            children: targets,
        }
    }

    pub(super) fn child_box(&self, lane: usize) -> Aabb {
        let corner = |end: usize| {
            let axis = |axis: usize| self.slabs[axis][end].to_array()[lane];
            Vec3::new(axis(0), axis(1), axis(2))
        };
        Aabb {
            min: corner(0),
            max: corner(1),
        }
    }
}

/// A little room all around a box: a ray along a face, with a direction component of 0, meets it,
/// and so it does not slip through the common edge of two boxes.
fn room(bounds: &Aabb) -> f32 {
    let reach = bounds.min.abs().max(bounds.max.abs()).max_element();
    if reach < f32::MAX {
        4.0 * f32::EPSILON * reach
    } else {
        0.0
    }
}
