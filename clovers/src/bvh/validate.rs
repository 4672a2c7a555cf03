//! What must hold in every hierarchy, for tests.

use super::{
    Bvh,
    build::DEEPEST,
    node::{Child, Target, WIDTH},
};
use crate::math::Aabb;

impl Bvh {
    /// Checks that every item is in exactly one leaf, that boxes contain what hangs under them,
    /// and that the hierarchy is not deeper than the traversal's stack.
    ///
    /// # Errors
    /// With what does not hold.
    pub fn validate(&self, boxes: &[Aabb], order: &[u32]) -> Result<(), String> {
        let mut seen = vec![false; boxes.len()];
        let mut waiting = vec![(0_u32, 1_usize)];
        while let Some((index, depth)) = waiting.pop() {
            if depth > DEEPEST {
                return Err(format!("deeper than {DEEPEST}"));
            }
            let node = &self.nodes[index as usize];
            for lane in (0..WIDTH).filter(|&lane| node.children[lane] != Child::NOTHING) {
                let bounds = node.child_box(lane);
                match node.children[lane].target() {
                    Target::Inner(child) => {
                        let child_node = &self.nodes[child as usize];
                        for lane in 0..WIDTH {
                            let inside = bounds.contains(&child_node.child_box(lane));
                            if child_node.children[lane] != Child::NOTHING && !inside {
                                return Err(format!("node {child} leaves the box of its parent"));
                            }
                        }
                        waiting.push((child, depth + 1));
                    }
                    Target::Leaf { first, count } => {
                        for slot in first..first + count {
                            let item = order[slot as usize] as usize;
                            if !bounds.contains(&boxes[item]) {
                                return Err(format!("item {item} leaves the box of its leaf"));
                            }
                            if std::mem::replace(&mut seen[item], true) {
                                return Err(format!("item {item} is in two leaves"));
                            }
                        }
                    }
                }
            }
        }
        match seen.iter().position(|seen| !seen) {
            Some(item) => Err(format!("item {item} is in no leaf")),
            None => Ok(()),
        }
    }
}
