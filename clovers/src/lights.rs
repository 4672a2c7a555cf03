//! Everything that shines, and the choice among it.
//!
//! Shining shapes and the background are found by [`Lights::choose`], and by paths that run into
//! them by themselves. Nothing has to be flagged in the scene.

mod beam;
mod nearness;
mod selection;

use std::f32::consts::PI;

use glam::Vec3;

use self::nearness::Nearness;
use crate::math::Aabb;

pub use beam::Beam;
pub use selection::Selection;

/// A shape that shines.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    /// Index of the shape.
    pub shape: u32,
    /// Its luminous power.
    pub power: f32,
    /// The box around it.
    pub bounds: Aabb,
    /// The normal of its front, if it is flat and shines to one side only.
    pub flat_normal: Option<Vec3>,
    /// Where it shines.
    pub beam: Beam,
}

/// All lights of a scene.
#[derive(Debug)]
pub struct Lights {
    lights: Vec<Emitter>,
    strategy: Strategy,
}

/// What is needed of a light once it is chosen.
#[derive(Clone, Copy, Debug)]
struct Emitter {
    shape: u32,
    beam: Beam,
}

/// How a light is chosen. The background comes after the last shape.
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
    /// Which one.
    pub light: Chosen,
    /// With which probability it was chosen.
    pub probability: f32,
}

/// One of the lights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chosen {
    /// The shape of this index, shining into this beam.
    Shape(u32, Beam),
    /// What is all around.
    Background,
}

/// The background is weighed as if this share of it reached every place: the materials' own
/// sampling finds it well, so the choice rather goes to lights that are seldom found otherwise.
const BACKGROUND_SHARE: f32 = 0.25;

impl Lights {
    /// Lights in an order that is kept, in a scene of this size, and the luminance all around.
    #[must_use]
    pub fn new(lights: &[Light], bounds: &Aabb, background: f32) -> Self {
        // Weights of shapes are power over squared distance: pi times the irradiance there.
        let background = BACKGROUND_SHARE * PI * PI * background;
        let strategy = match Nearness::new(lights, background) {
            Some(nearness) => Strategy::Nearness(nearness),
            None => {
                let distance_squared = 0.25 * bounds.size().length_squared();
                let weights = lights.iter().map(|light| light.power);
                let weights = weights.chain([background * distance_squared]);
                Strategy::Power(Selection::by_weight(&weights.collect::<Vec<f32>>()))
            }
        };
        let emitter = |light: &Light| Emitter {
            shape: light.shape,
            beam: light.beam,
        };
        Self {
            lights: lights.iter().map(emitter).collect(),
            strategy,
        }
    }

    /// How many shapes shine.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lights.len()
    }

    /// Whether no shape shines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lights.is_empty()
    }

    /// Where a light shines.
    #[must_use]
    pub fn beam(&self, light: u32) -> Beam {
        self.lights[light as usize].beam
    }

    /// Chooses a light for a place; `None` where none can be seen.
    #[must_use]
    pub fn choose(&self, from: Vec3, u: f32) -> Option<Choice> {
        let (index, probability) = match &self.strategy {
            Strategy::Nearness(nearness) => nearness.weights(from).choose(u),
            Strategy::Power(selection) => selection.choose(u),
        }?;
        let light = match self.lights.get(index) {
            Some(light) => Chosen::Shape(light.shape, light.beam),
            None => Chosen::Background,
        };
        Some(Choice { light, probability })
    }

    /// The probability with which [`Lights::choose`] gives a light at a place.
    #[must_use]
    pub fn probability(&self, light: u32, from: Vec3) -> f32 {
        self.probability_of(light as usize, from)
    }

    /// The probability with which [`Lights::choose`] gives the background at a place.
    #[must_use]
    pub fn background_probability(&self, from: Vec3) -> f32 {
        self.probability_of(self.lights.len(), from)
    }

    fn probability_of(&self, index: usize, from: Vec3) -> f32 {
        match &self.strategy {
            Strategy::Nearness(nearness) => nearness.weights(from).probability(index),
            Strategy::Power(selection) => selection.probability(index),
        }
    }
}
