//! Bounding volume hierarchy. It knows only boxes and indices and never sees a shape.

mod build;
mod node;
mod traverse;
mod validate;

pub use build::BuildParams;

use self::node::Node;
use crate::math::Aabb;

/// A binary hierarchy over boxes, stored as a flat array.
#[derive(Debug)]
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
}
