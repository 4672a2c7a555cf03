//! Everything that shines, and the choice among it.
//!
//! Area lights are found by [`Lights::choose`] and by paths that hit them. The background is
//! found by paths that leave the scene only: it is constant, so the materials' own sampling is
//! as good a density for it as any.

mod nearness;
mod selection;

use glam::Vec3;

use self::nearness::Nearness;
use crate::math::Aabb;

pub use selection::Selection;

/// A shape that shines.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    /// Index of the shape.
    pub shape: u32,
    /// Its luminous power, up to a factor common to all lights.
    pub power: f32,
    /// The box around it.
    pub bounds: Aabb,
    /// The normal of its front, if it is flat and so shines to one side only.
    pub flat_normal: Option<Vec3>,
}

/// All lights of a scene.
#[derive(Debug)]
pub struct Lights {
    /// Shape of each light.
    shapes: Vec<u32>,
    strategy: Strategy,
}

/// How a light is chosen.
#[derive(Debug)]
enum Strategy {
    /// By what it could give where it is asked for.
    Nearness(Nearness),
    /// By its power, where lights are too many to weigh each.
    Power(Selection),
}

/// A light chosen at random.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Index of its shape.
    pub shape: u32,
    /// With which probability it was chosen.
    pub probability: f32,
}

impl Lights {
    /// Lights in an order that is kept.
    #[must_use]
    pub fn new(lights: &[Light]) -> Self {
        let strategy = match Nearness::new(lights) {
            Some(nearness) => Strategy::Nearness(nearness),
            None => {
                let powers: Vec<f32> = lights.iter().map(|light| light.power).collect();
                Strategy::Power(Selection::by_weight(&powers))
            }
        };
        Self {
            shapes: lights.iter().map(|light| light.shape).collect(),
            strategy,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Chooses a light for a place; `None` where none can be seen.
    #[must_use]
    pub fn choose(&self, from: Vec3, u: f32) -> Option<Choice> {
        let (light, probability) = match &self.strategy {
            Strategy::Nearness(nearness) => nearness.weights(from).choose(u),
            Strategy::Power(selection) => selection.choose(u),
        }?;
        Some(Choice {
            shape: self.shapes[light],
            probability,
        })
    }

    /// The probability with which [`Lights::choose`] gives a light at a place.
    #[must_use]
    pub fn probability(&self, light: u32, from: Vec3) -> f32 {
        match &self.strategy {
            Strategy::Nearness(nearness) => nearness.weights(from).probability(light as usize),
            Strategy::Power(selection) => selection.probability(light as usize),
        }
    }
}
