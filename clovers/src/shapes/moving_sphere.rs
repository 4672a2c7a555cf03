//! Spheres on their way along a line.

use glam::{Vec2, Vec3};

use super::Sphere;
use crate::math::Aabb;

/// A sphere that moves evenly; its radius stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovingSphere {
    /// Its middle as the shutter opens.
    pub center: Vec3,
    /// How far it gets while the shutter is open.
    pub way: Vec3,
    /// The radius, not 0; a negative one turns its front inwards.
    pub radius: f32,
    /// Cosine and sine of the angle by which its texture is turned about the y axis.
    pub turn: Vec2,
}

impl MovingSphere {
    /// The sphere at a share of the time the shutter is open.
    #[must_use]
    pub fn at(&self, time: f32) -> Sphere {
        Sphere {
            center: self.center + time * self.way,
            radius: self.radius,
            turn: self.turn,
        }
    }

    /// Around both ends: it moves along a line, so that contains all between.
    pub(crate) fn bounds(&self) -> Aabb {
        self.at(0.0).bounds().union(self.at(1.0).bounds())
    }
}
