//! Top-down building by the surface area heuristic with bins.
//!
//! I. Wald, "On fast Construction of SAH-based Bounding Volume Hierarchies", 2007. Ours keeps an
//! explicit stack, and below a certain depth halves by number, so that no input can make the
//! hierarchy deeper than the traversal's stack.

use super::{
    Bvh,
    node::{Child, Node},
};
use crate::math::Aabb;

/// How a hierarchy is built.
#[derive(Clone, Copy, Debug)]
pub struct BuildParams {
    /// Places per axis at which a split is tried, plus one.
    pub bins: usize,
    /// Leaves have at most this many items.
    pub largest_leaf: u32,
    /// Cost of testing two boxes, relative to that of testing an item.
    pub node_cost: f32,
}

impl BuildParams {
    /// For pictures that take long.
    #[must_use]
    pub const fn best() -> Self {
        Self {
            bins: 32,
            largest_leaf: 4,
            node_cost: 0.6,
        }
    }

    /// For previews.
    #[must_use]
    pub const fn fast() -> Self {
        Self {
            bins: 8,
            ..Self::best()
        }
    }
}

/// From this depth on ranges are halved by number: 32 more levels suffice for any `u32` count.
const DEEPEST_BY_AREA: u32 = 44;

/// The deepest a hierarchy can get.
pub(super) const DEEPEST: usize = DEEPEST_BY_AREA as usize + 33;

/// A range of items waiting for its place in the tree.
struct Task {
    first: usize,
    count: usize,
    bounds: Aabb,
    depth: u32,
    /// The node and side it hangs under.
    parent: (usize, usize),
}

impl Bvh {
    /// Builds a hierarchy over boxes.
    ///
    /// Also returns the order of the items in the leaves: item `order[i]` of the input is number
    /// `i` in [`Bvh::traverse`]. The caller sorts its items accordingly.
    #[must_use]
    pub fn build(boxes: &[Aabb], params: &BuildParams) -> (Self, Vec<u32>) {
        let count = u32::try_from(boxes.len()).expect("fewer than 2^32 items");
        let mut order: Vec<u32> = (0..count).collect();
        let bounds = boxes.iter().fold(Aabb::EMPTY, |all, b| all.union(*b));
        let mut nodes = vec![Node::new([Child::NOTHING; 2], [bounds, Aabb::EMPTY])];
        let mut tasks = vec![Task {
            first: 0,
            count: boxes.len(),
            bounds,
            depth: 0,
            parent: (0, 0),
        }];
        while let Some(task) = tasks.pop() {
            let items = &mut order[task.first..task.first + task.count];
            let (node, side) = task.parent;
            let Some(split) = split(boxes, items, &task, params) else {
                nodes[node].children[side] = Child::leaf(task.first as u32, task.count as u32);
                continue;
            };
            let inner = nodes.len();
            nodes[node].children[side] = Child::inner(inner as u32);
            nodes.push(Node::new([Child::NOTHING; 2], [split.left, split.right]));
            tasks.push(Task {
                first: task.first + split.at,
                count: task.count - split.at,
                bounds: split.right,
                depth: task.depth + 1,
                parent: (inner, 1),
            });
            tasks.push(Task {
                first: task.first,
                count: split.at,
                bounds: split.left,
                depth: task.depth + 1,
                parent: (inner, 0),
            });
        }
        (Self { nodes, bounds }, order)
    }
}

/// Items before `at` go left.
struct Split {
    at: usize,
    left: Aabb,
    right: Aabb,
}

#[derive(Clone, Copy)]
struct Bin {
    bounds: Aabb,
    count: u32,
}

/// Splits the items in place, or `None` for a leaf.
fn split(boxes: &[Aabb], items: &mut [u32], task: &Task, params: &BuildParams) -> Option<Split> {
    if items.len() <= 1 {
        return None;
    }
    let must_split = items.len() > params.largest_leaf as usize;
    let by_area = if task.depth < DEEPEST_BY_AREA {
        best_plane(boxes, items, params)
    } else {
        None
    };
    let at = match by_area {
        Some(plane) => {
            let leaf_cost = items.len() as f32;
            let cost =
                params.node_cost + plane.cost / task.bounds.half_area().max(f32::MIN_POSITIVE);
            if !must_split && cost >= leaf_cost {
                return None;
            }
            partition(items, |&item| plane.is_left(&boxes[item as usize]))
        }
        None if must_split => items.len() / 2,
        None => return None,
    };
    let around = |items: &[u32]| {
        items
            .iter()
            .fold(Aabb::EMPTY, |all, &item| all.union(boxes[item as usize]))
    };
    Some(Split {
        at,
        left: around(&items[..at]),
        right: around(&items[at..]),
    })
}

struct Plane {
    axis: usize,
    start: f32,
    bins_per_unit: f32,
    bins: usize,
    /// The first bin on the right.
    split: usize,
    cost: f32,
}

impl Plane {
    fn is_left(&self, bounds: &Aabb) -> bool {
        bin_of(bounds, self.axis, self.start, self.bins_per_unit, self.bins) < self.split
    }
}

fn bin_of(bounds: &Aabb, axis: usize, start: f32, bins_per_unit: f32, bins: usize) -> usize {
    (((bounds.center()[axis] - start) * bins_per_unit) as usize).min(bins - 1)
}

/// The cheapest plane between bins, if the middles of the boxes differ at all.
fn best_plane(boxes: &[Aabb], items: &[u32], params: &BuildParams) -> Option<Plane> {
    let centers = Aabb::around(items.iter().map(|&item| boxes[item as usize].center()));
    // Few items need few bins.
    let count = params.bins.min(4 + 2 * items.len()).max(2);
    let mut best: Option<Plane> = None;
    for axis in 0..3 {
        let start = centers.min[axis];
        let bins_per_unit = count as f32 / (centers.max[axis] - start);
        if !bins_per_unit.is_finite() {
            continue;
        }
        let mut bins = vec![
            Bin {
                bounds: Aabb::EMPTY,
                count: 0
            };
            count
        ];
        for &item in items {
            let bounds = &boxes[item as usize];
            let bin = &mut bins[bin_of(bounds, axis, start, bins_per_unit, count)];
            bin.bounds = bin.bounds.union(*bounds);
            bin.count += 1;
        }
        // Cost of everything right of each plane, then sweep from the left.
        let mut right_costs = vec![0.0; count];
        let (mut bounds, mut number) = (Aabb::EMPTY, 0);
        for split in (1..count).rev() {
            bounds = bounds.union(bins[split].bounds);
            number += bins[split].count;
            right_costs[split] = cost(&bounds, number);
        }
        let (mut bounds, mut number) = (Aabb::EMPTY, 0);
        for split in 1..count {
            bounds = bounds.union(bins[split - 1].bounds);
            number += bins[split - 1].count;
            if number == 0 || number as usize == items.len() {
                continue;
            }
            let cost = cost(&bounds, number) + right_costs[split];
            if best.as_ref().is_none_or(|best| cost < best.cost) {
                best = Some(Plane {
                    axis,
                    start,
                    bins_per_unit,
                    bins: count,
                    split,
                    cost,
                });
            }
        }
    }
    best
}

fn cost(bounds: &Aabb, count: u32) -> f32 {
    if count == 0 {
        0.0
    } else {
        bounds.half_area() * count as f32
    }
}

/// Brings the items for which `is_left` holds to the front; returns their number.
fn partition(items: &mut [u32], is_left: impl Fn(&u32) -> bool) -> usize {
    let mut left = 0;
    for index in 0..items.len() {
        if is_left(&items[index]) {
            items.swap(left, index);
            left += 1;
        }
    }
    left
}
