//! Top-down building by the surface area heuristic with bins, eight children at a time.
//!
//! I. Wald, "On fast Construction of SAH-based Bounding Volume Hierarchies", 2007. A node opens
//! the largest of its parts until it has eight (I. Wald et al., "Getting Rid of Packets", 2008).
//! Below a certain depth ranges are halved by number, so that no input can make the hierarchy
//! deeper than the traversal's stack. Leaves hold what is tested at once. Large ranges are built in parallel; the result does not
//! depend on the threads.

use rayon::prelude::*;
use smallvec::SmallVec;
use wide::{f32x4, i32x4};

use super::{
    Bvh,
    node::{Child, LARGEST_LEAF, Node, WIDTH},
};
use crate::math::Aabb;

/// How a hierarchy is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildParams {
    /// Parts of each axis between which splits are tried, at most 32.
    pub bins: usize,
    /// Whether splits are tried along the longest axis only.
    pub longest_axis_only: bool,
}

impl BuildParams {
    /// For pictures that take long.
    #[must_use]
    pub const fn best() -> Self {
        Self {
            bins: 32,
            longest_axis_only: false,
        }
    }

    /// For previews.
    #[must_use]
    pub const fn fast() -> Self {
        Self {
            bins: 8,
            longest_axis_only: true,
        }
    }
}

/// Weight of what fills a leaf.
pub const FULL: u32 = LARGEST_LEAF as u32;

/// From this depth on ranges are halved by number: 11 more levels suffice for any `u32` count.
const DEEPEST_BY_AREA: usize = 20;

/// The most nodes on the way from the root to a leaf.
pub(super) const DEEPEST: usize = DEEPEST_BY_AREA + 12;

/// Ranges from this size on are shared among threads.
const SHARED_FROM: usize = 8192;

const MOST_BINS: usize = 32;

/// A box and its item, laid out for vector registers.
#[derive(Clone, Copy)]
struct Entry {
    /// The corner of smallest coordinates; the fourth lane is the item.
    low: f32x4,
    /// The corner of largest coordinates; the fourth lane is the weight.
    high: f32x4,
}

impl Entry {
    fn new(item: u32, bounds: &Aabb, weight: u32) -> Self {
        debug_assert!((1..=FULL).contains(&weight));
        let lanes = |v: glam::Vec3, bits: u32| f32x4::from([v.x, v.y, v.z, f32::from_bits(bits)]);
        Self {
            low: lanes(bounds.min, item),
            high: lanes(bounds.max, weight),
        }
    }

    fn item(&self) -> u32 {
        self.low.to_array()[3].to_bits()
    }

    fn weight(&self) -> u32 {
        self.high.to_array()[3].to_bits()
    }

    /// Twice the middle.
    fn middle(&self) -> f32x4 {
        self.low + self.high
    }
}

/// A box whose fourth lane means nothing.
#[derive(Clone, Copy)]
struct Extent {
    low: f32x4,
    high: f32x4,
}

impl Extent {
    const EMPTY: Self = Self {
        low: f32x4::new([f32::INFINITY; 4]),
        high: f32x4::new([f32::NEG_INFINITY; 4]),
    };

    fn include(&mut self, low: f32x4, high: f32x4) {
        self.low = self.low.fast_min(low);
        self.high = self.high.fast_max(high);
    }

    fn half_area(&self) -> f32 {
        let [x, y, z, _] = (self.high - self.low).to_array();
        x * y + y * z + z * x
    }

    fn aabb(&self) -> Aabb {
        let corner = |v: f32x4| {
            let [x, y, z, _] = v.to_array();
            glam::Vec3::new(x, y, z)
        };
        Aabb {
            min: corner(self.low),
            max: corner(self.high),
        }
    }
}

/// What is known of a range of entries.
#[derive(Clone, Copy)]
struct Summary {
    bounds: Extent,
    /// Around twice the middles.
    middles: Extent,
    weight: u32,
}

impl Summary {
    const EMPTY: Self = Self {
        bounds: Extent::EMPTY,
        middles: Extent::EMPTY,
        weight: 0,
    };

    fn add(&mut self, entry: &Entry) {
        self.bounds.include(entry.low, entry.high);
        let middle = entry.middle();
        self.middles.include(middle, middle);
        self.weight += entry.weight();
    }

    fn merge(mut self, other: Self) -> Self {
        self.bounds.include(other.bounds.low, other.bounds.high);
        self.middles.include(other.middles.low, other.middles.high);
        self.weight += other.weight;
        self
    }

    fn of(entries: &[Entry]) -> Self {
        let of = |entries: &[Entry]| {
            entries.iter().fold(Self::EMPTY, |mut all, entry| {
                all.add(entry);
                all
            })
        };
        if entries.len() < SHARED_FROM {
            of(entries)
        } else {
            let parts = entries.par_chunks(SHARED_FROM).map(of);
            parts.reduce(|| Self::EMPTY, Self::merge)
        }
    }
}

impl Bvh {
    /// Builds a hierarchy over items, given the box of each and its weight, from 1 to [`FULL`]:
    /// a leaf holds items of [`FULL`] at most.
    ///
    /// Also returns the order of the items in the leaves: item `order[i]` is number `i` in
    /// [`Bvh::traverse`].
    ///
    /// # Panics
    /// From 2^28 items on.
    #[must_use]
    pub fn build(
        count: usize,
        item: impl Fn(usize) -> (Aabb, u32) + Sync,
        params: &BuildParams,
    ) -> (Self, Vec<u32>) {
        assert!(count < 1 << 28, "fewer than 2^28 items");
        let mut entries: Vec<Entry> = (0..count)
            .into_par_iter()
            .with_min_len(SHARED_FROM)
            .map(|index| {
                let (bounds, weight) = item(index);
                Entry::new(index as u32, &bounds, weight)
            })
            .collect();
        let summary = Summary::of(&entries);
        let mut nodes = Vec::new();
        let builder = Builder { params };
        builder.node(&mut entries, 0, summary, 0, &mut nodes);
        nodes.shrink_to_fit();
        let order = entries.iter().map(Entry::item).collect();
        let bounds = if count == 0 {
            Aabb::EMPTY
        } else {
            summary.bounds.aabb()
        };
        (Self { nodes, bounds }, order)
    }
}

struct Builder<'a> {
    params: &'a BuildParams,
}

/// A part of a node's range.
struct Part {
    first: usize,
    count: usize,
    summary: Summary,
}

impl Part {
    fn is_leaf(&self) -> bool {
        self.summary.weight <= FULL
    }
}

impl Builder<'_> {
    /// Adds the node of a range, and all below it, behind the other nodes. The range begins at
    /// entry `start` of all.
    fn node(
        &self,
        entries: &mut [Entry],
        start: usize,
        summary: Summary,
        depth: usize,
        nodes: &mut Vec<Node>,
    ) {
        let mut parts: SmallVec<[Part; WIDTH]> = SmallVec::new();
        if !entries.is_empty() {
            parts.push(Part {
                first: 0,
                count: entries.len(),
                summary,
            });
        }
        while parts.len() < WIDTH {
            // Open the part that most rays meet; in hopeless depths the one with most items.
            let size = |part: &Part| {
                if depth < DEEPEST_BY_AREA {
                    part.summary.bounds.half_area()
                } else {
                    part.count as f32
                }
            };
            let open = (0..parts.len())
                .filter(|&index| !parts[index].is_leaf())
                .max_by(|&a, &b| size(&parts[a]).total_cmp(&size(&parts[b])));
            let Some(open) = open else { break };
            let Part {
                first,
                count,
                summary,
            } = parts[open];
            let range = &mut entries[first..first + count];
            let (at, left, right) = self.split(range, &summary, depth);
            parts[open] = Part {
                first,
                count: at,
                summary: left,
            };
            parts.push(Part {
                first: first + at,
                count: count - at,
                summary: right,
            });
        }
        parts.sort_unstable_by_key(|part| part.first);

        let place = nodes.len();
        nodes.push(Node::new([]));
        let mut children: SmallVec<[(Child, Aabb); WIDTH]> = SmallVec::new();
        if entries.len() < SHARED_FROM {
            for part in &parts {
                let child = if part.is_leaf() {
                    Child::leaf(start + part.first, part.count)
                } else {
                    let child = Child::inner(nodes.len());
                    let range = &mut entries[part.first..part.first + part.count];
                    self.node(range, start + part.first, part.summary, depth + 1, nodes);
                    child
                };
                children.push((child, part.summary.bounds.aabb()));
            }
        } else {
            let mut rest = entries;
            let mut ranges = Vec::new();
            for part in &parts {
                let (range, behind) = rest.split_at_mut(part.count);
                rest = behind;
                ranges.push((part, range));
            }
            let below: Vec<Vec<Node>> = ranges
                .into_par_iter()
                .map(|(part, range)| {
                    let mut nodes = Vec::new();
                    if !part.is_leaf() {
                        let first = start + part.first;
                        self.node(range, first, part.summary, depth + 1, &mut nodes);
                    }
                    nodes
                })
                .collect();
            for (part, below) in parts.iter().zip(below) {
                let child = if part.is_leaf() {
                    Child::leaf(start + part.first, part.count)
                } else {
                    Child::inner(nodes.len())
                };
                children.push((child, part.summary.bounds.aabb()));
                let offset = nodes.len();
                nodes.extend(below.into_iter().map(|mut node| {
                    node.children = node.children.map(|child| child.moved_by(offset));
                    node
                }));
            }
        }
        nodes[place] = Node::new(children);
    }

    /// Splits entries in place; tells how many are left and what is known of both sides.
    fn split(
        &self,
        entries: &mut [Entry],
        summary: &Summary,
        depth: usize,
    ) -> (usize, Summary, Summary) {
        if depth < DEEPEST_BY_AREA
            && let Some(plane) = self.best_plane(entries, summary)
        {
            return partition(entries, &plane);
        }
        let at = entries.len() / 2;
        let (left, right) = entries.split_at(at);
        (at, Summary::of(left), Summary::of(right))
    }

    /// The cheapest plane between bins, if the middles of the boxes differ at all.
    fn best_plane(&self, entries: &[Entry], summary: &Summary) -> Option<Plane> {
        // Few items need few bins.
        let count = self.params.bins.min(4 + entries.len() / 2);
        let extent = (summary.middles.high - summary.middles.low).to_array();
        // A little less than the number of bins, so that the last middle is in the last one.
        let scale = extent.map(|extent| {
            let scale = count as f32 * 0.999_99 / extent;
            if scale.is_finite() { scale } else { 0.0 }
        });
        let mut axes: SmallVec<[usize; 3]> = (0..3).filter(|&axis| scale[axis] > 0.0).collect();
        if self.params.longest_axis_only {
            let longest = axes
                .iter()
                .copied()
                .max_by(|&a, &b| extent[a].total_cmp(&extent[b]));
            axes = longest.into_iter().collect();
        }
        let grid = Grid {
            start: summary.middles.low,
            scale: f32x4::new([scale[0], scale[1], scale[2], 0.0]),
        };
        if axes.is_empty() {
            return None;
        }
        let fill = |entries: &[Entry]| {
            let mut bins = Bins::new(count);
            if let [axis] = axes[..] {
                bins.fill_axis(entries, &grid, axis);
            } else {
                bins.fill(entries, &grid);
            }
            bins
        };
        let bins = if entries.len() < 8 * SHARED_FROM {
            fill(entries)
        } else {
            let parts: Vec<Bins> = entries
                .par_chunks(entries.len().div_ceil(8))
                .map(fill)
                .collect();
            parts
                .into_iter()
                .reduce(|mut all, part| {
                    all.merge(&part);
                    all
                })
                .expect("there are entries")
        };
        let mut best: Option<(f32, usize, usize)> = None;
        for axis in axes {
            if let Some((cost, split)) = bins.cheapest(axis)
                && best.is_none_or(|(least, ..)| cost < least)
            {
                best = Some((cost, axis, split));
            }
        }
        best.map(|(_, axis, split)| Plane {
            grid,
            axis,
            split: split as i32,
        })
    }
}

/// How middles are sorted into bins.
#[derive(Clone, Copy)]
struct Grid {
    start: f32x4,
    scale: f32x4,
}

impl Grid {
    /// The bin along each axis.
    #[inline(always)]
    fn bin(&self, entry: &Entry) -> i32x4 {
        ((entry.middle() - self.start) * self.scale).fast_trunc_int()
    }
}

struct Plane {
    grid: Grid,
    axis: usize,
    /// The first bin on the right.
    split: i32,
}

#[derive(Clone, Copy)]
struct Bin {
    bounds: Extent,
    weight: u32,
}

/// Entries sorted into bins along each axis.
struct Bins {
    count: usize,
    axes: [[Bin; MOST_BINS]; 3],
}

impl Bins {
    fn new(count: usize) -> Self {
        let empty = Bin {
            bounds: Extent::EMPTY,
            weight: 0,
        };
        Self {
            count,
            axes: [[empty; MOST_BINS]; 3],
        }
    }

    fn fill(&mut self, entries: &[Entry], grid: &Grid) {
        for entry in entries {
            let place = grid.bin(entry).to_array();
            for (bins, place) in self.axes.iter_mut().zip(place) {
                let bin = &mut bins[place as usize % MOST_BINS];
                bin.bounds.include(entry.low, entry.high);
                bin.weight += entry.weight();
            }
        }
    }

    fn fill_axis(&mut self, entries: &[Entry], grid: &Grid, axis: usize) {
        let bins = &mut self.axes[axis];
        for entry in entries {
            let place = grid.bin(entry).to_array()[axis];
            let bin = &mut bins[place as usize % MOST_BINS];
            bin.bounds.include(entry.low, entry.high);
            bin.weight += entry.weight();
        }
    }

    fn merge(&mut self, other: &Self) {
        for (bins, others) in self.axes.iter_mut().zip(&other.axes) {
            for (bin, other) in bins.iter_mut().zip(others) {
                bin.bounds.include(other.bounds.low, other.bounds.high);
                bin.weight += other.weight;
            }
        }
    }

    /// The least cost of a split along an axis, and the first bin on its right.
    fn cheapest(&self, axis: usize) -> Option<(f32, usize)> {
        let bins = &self.axes[axis][..self.count];
        // Cost of everything right of each plane, then sweep from the left.
        let mut right = [0.0; MOST_BINS];
        let (mut bounds, mut weight) = (Extent::EMPTY, 0);
        for split in (1..self.count).rev() {
            bounds.include(bins[split].bounds.low, bins[split].bounds.high);
            weight += bins[split].weight;
            right[split] = cost(&bounds, weight);
        }
        let total = weight + bins[0].weight;
        let mut best = None;
        let (mut bounds, mut weight) = (Extent::EMPTY, 0);
        for split in 1..self.count {
            bounds.include(bins[split - 1].bounds.low, bins[split - 1].bounds.high);
            weight += bins[split - 1].weight;
            if weight == 0 || weight == total {
                continue;
            }
            let cost = cost(&bounds, weight) + right[split];
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, split));
            }
        }
        best
    }
}

/// Tests of items of a weight, by the share of rays that make them.
fn cost(bounds: &Extent, weight: u32) -> f32 {
    if weight == 0 {
        0.0
    } else {
        bounds.half_area() * weight as f32
    }
}

/// Brings the entries left of a plane to the front.
fn partition(entries: &mut [Entry], plane: &Plane) -> (usize, Summary, Summary) {
    let is_left = |entry: &Entry| plane.grid.bin(entry).to_array()[plane.axis] < plane.split;
    let (mut left, mut right) = (Summary::EMPTY, Summary::EMPTY);
    let (mut low, mut high) = (0, entries.len());
    loop {
        while low < high && is_left(&entries[low]) {
            left.add(&entries[low]);
            low += 1;
        }
        while low < high && !is_left(&entries[high - 1]) {
            right.add(&entries[high - 1]);
            high -= 1;
        }
        if low >= high {
            return (low, left, right);
        }
        entries.swap(low, high - 1);
    }
}
