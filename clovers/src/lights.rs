//! Everything that shines, and the choice among it.
//!
//! Shining shapes are found by [`Lights::choose`], and by paths that run into them by themselves.
//! Nothing has to be flagged in the scene. The background is left to the paths: it is the same all
//! around, so the materials' own sampling finds it as well as anything can.

mod beam;
mod nearness;
mod selection;

use glam::Vec3;

use self::nearness::Nearness;
use crate::{math::Aabb, shapes::ShapeId};

pub use beam::Beam;
pub use selection::Selection;

/// A shape that shines.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    /// The shape.
    pub shape: ShapeId,
    /// Its luminous power.
    pub power: f32,
    /// The box around it.
    pub bounds: Aabb,
    /// The plane it shines away from, if it is flat and shines to one side only.
    pub plane: Option<Plane>,
    /// Where it shines.
    pub beam: Beam,
}

/// A plane.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    /// Any point of it.
    pub point: Vec3,
    /// The direction its front looks to.
    pub normal: Vec3,
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
    shape: ShapeId,
    beam: Beam,
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
    /// Which shape.
    pub shape: ShapeId,
    /// Where it shines.
    pub beam: Beam,
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
                let weights = lights.iter().map(|light| light.power);
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

    /// The memory it takes beside itself, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let strategy = match &self.strategy {
            Strategy::Nearness(nearness) => nearness.memory_bytes(),
            Strategy::Power(selection) => selection.memory_bytes(),
        };
        self.lights.capacity() * size_of::<Emitter>() + strategy
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
        let Emitter { shape, beam } = self.lights[index];
        Some(Choice {
            shape,
            beam,
            probability,
        })
    }

    /// The probability with which [`Lights::choose`] gives a light at a place.
    #[must_use]
    pub fn probability(&self, light: u32, from: Vec3) -> f32 {
        let light = light as usize;
        match &self.strategy {
            Strategy::Nearness(nearness) => nearness.weights(from).probability(light),
            Strategy::Power(selection) => selection.probability(light),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sampling::chi2::check_choices,
        shapes::{Quad, Shape, Triangle},
    };

    fn light(index: usize, shape: &Shape, power: f32) -> Light {
        Light {
            shape: ShapeId::of_object(index as u32),
            power,
            bounds: shape.bounds(),
            plane: shape.plane(),
            beam: Beam::Front,
        }
    }

    /// Quads here and there, looking up or down.
    fn quads(count: usize) -> Vec<Light> {
        let quad = |index: usize| {
            let spread = |factor: f32| (index as f32 * factor).fract() * 10.0 - 5.0;
            let side = Vec3::Z * if index.is_multiple_of(3) { 0.4 } else { -0.4 };
            Shape::Quad(Quad {
                q: Vec3::new(spread(0.618), spread(0.414), spread(0.732)),
                u: side,
                v: Vec3::X * 0.3,
            })
        };
        let power = |index: usize| 0.2 + (index as f32 * 0.236).fract();
        (0..count)
            .map(|index| light(index, &quad(index), power(index)))
            .collect()
    }

    /// Checks choices at a place against the probabilities told for it.
    #[track_caller]
    fn check(what: &str, lights: &[Light], from: Vec3) {
        let choices = Lights::new(lights);
        let count = lights.len() as u32;
        let probabilities: Vec<f64> = (0..count)
            .map(|index| f64::from(choices.probability(index, from)))
            .collect();
        let sum: f64 = probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{what}: {sum}");
        check_choices(what, &probabilities, |random| {
            let choice = choices.choose(from, random.next())?;
            let index = choice.shape.object as usize;
            assert_eq!(choice.probability, probabilities[index] as f32);
            Some(index)
        });
    }

    #[test]
    fn lights_are_chosen_as_often_as_told() {
        let place = Vec3::new(0.3, -0.7, 0.2);
        check("few lights", &quads(20), place);
        check("as many as are weighed", &quads(256), place);
        check("many lights", &quads(300), place);
    }

    #[test]
    fn a_triangle_shines_from_its_plane_on() {
        // The middle of its box lies half a unit before its plane.
        let triangle = Shape::Triangle(Triangle {
            corners: [Vec3::X, Vec3::Y, Vec3::Z],
        });
        let lights = Lights::new(&[light(0, &triangle, 1.0)]);
        let middle = Vec3::splat(1.0 / 3.0);
        assert_eq!(lights.probability(0, 1.01 * middle), 1.0);
        assert_eq!(lights.probability(0, 0.99 * middle), 0.0);
    }
}
