//! Bounding volume hierarchy. It knows only boxes and indices and never sees a shape.

mod build;
mod node;
mod traverse;
mod validate;

pub use build::{BuildParams, FULL};

use self::node::{Child, Node, Target};
use crate::math::Aabb;

/// A hierarchy over boxes with up to eight children a node, stored as a flat array.
#[derive(Clone, Debug)]
pub struct Bvh {
    nodes: Vec<Node>,
    bounds: Aabb,
}

impl Bvh {
    /// The box around everything.
    #[must_use]
    pub fn bounds(&self) -> Aabb {
        self.bounds
    }

    /// The memory it takes in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
    }

    /// Replaces the items of each leaf by others, which then are what [`Bvh::traverse`] visits:
    /// `pack` gets the first item and their number and returns the same of what replaces them.
    pub fn repack(&mut self, mut pack: impl FnMut(usize, usize) -> (usize, usize)) {
        for node in &mut self.nodes {
            for child in &mut node.children {
                if *child == Child::NOTHING {
                    continue;
                }
                if let Target::Leaf { first, count } = child.target() {
                    let (first, count) = pack(first as usize, count as usize);
                    *child = Child::leaf(first, count);
                }
            }
        }
    }
}
