//! Axis-aligned boxes.

use glam::Vec3;

/// An axis-aligned box; [`Aabb::EMPTY`] contains nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aabb {
    /// The corner of smallest coordinates.
    pub min: Vec3,
    /// The corner of largest coordinates.
    pub max: Vec3,
}

impl Aabb {
    /// The box that contains nothing and is neutral in [`Aabb::union`].
    pub const EMPTY: Self = Self {
        min: Vec3::INFINITY,
        max: Vec3::NEG_INFINITY,
    };

    /// The smallest box around some points.
    #[must_use]
    pub fn around(points: impl IntoIterator<Item = Vec3>) -> Self {
        points.into_iter().fold(Self::EMPTY, Self::including)
    }

    /// The smallest box around this one and a point.
    #[must_use]
    pub fn including(self, point: Vec3) -> Self {
        Self {
            min: self.min.min(point),
            max: self.max.max(point),
        }
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Whether it contains no point at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.min.cmpgt(self.max).any()
    }

    /// Its middle; meaningless for an empty box.
    #[must_use]
    pub fn center(&self) -> Vec3 {
        self.min + 0.5 * (self.max - self.min)
    }

    /// Its extent along each axis, 0 for an empty box.
    #[must_use]
    pub fn size(&self) -> Vec3 {
        (self.max - self.min).max(Vec3::ZERO)
    }

    /// Half the area of its surface, the weight of the surface area heuristic.
    #[must_use]
    pub fn half_area(&self) -> f32 {
        let size = self.size();
        size.x * size.y + size.y * size.z + size.z * size.x
    }

    /// Whether `other` lies inside it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.min.cmple(other.min).all() && self.max.cmpge(other.max).all()
    }
}
