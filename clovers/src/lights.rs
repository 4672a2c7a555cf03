//! Everything that shines, and the choice among it.
//!
//! Area lights are found by [`Lights::choose`] and by paths that hit them. The background is
//! found by paths that leave the scene only: it is constant, so the materials' own sampling is
//! as good a density for it as any.

mod selection;

pub use selection::Selection;

/// The shapes that shine.
#[derive(Debug)]
pub struct Lights {
    /// Shape of each light.
    shapes: Vec<u32>,
    selection: Selection,
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
    /// Lights given as (shape, power); their order is kept.
    #[must_use]
    pub fn new(lights: &[(u32, f32)]) -> Self {
        let powers: Vec<f32> = lights.iter().map(|&(_, power)| power).collect();
        Self {
            shapes: lights.iter().map(|&(shape, _)| shape).collect(),
            selection: Selection::by_weight(&powers),
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

    /// Chooses a light by its power.
    #[must_use]
    pub fn choose(&self, u: f32) -> Option<Choice> {
        let (light, probability) = self.selection.choose(u)?;
        Some(Choice {
            shape: self.shapes[light],
            probability,
        })
    }

    /// The probability with which [`Lights::choose`] gives a light.
    #[must_use]
    pub fn probability(&self, light: u32) -> f32 {
        self.selection.probability(light as usize)
    }
}
