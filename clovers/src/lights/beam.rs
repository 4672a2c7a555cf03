//! Where light leaves a surface.

/// The directions into which a light shines, as seen from its surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beam {
    /// All of the front.
    Front,
    /// Front and back.
    Both,
    /// Directions of the front within an angle of the normal.
    Cone {
        /// Cosine of the angle.
        cos: f32,
        /// Sine of the angle.
        sin: f32,
    },
}

impl Beam {
    /// Directions within so many degrees of the normal; from 90 on all of the front.
    #[must_use]
    pub fn cone(degrees: f32) -> Self {
        if degrees >= 90.0 {
            return Self::Front;
        }
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self::Cone { cos, sin }
    }

    /// Whether a direction, of which the cosine to the normal is given, belongs to it.
    #[must_use]
    pub fn reaches(self, cos_out: f32) -> bool {
        match self {
            Self::Front => cos_out > 0.0,
            Self::Both => cos_out != 0.0,
            Self::Cone { cos, .. } => cos_out >= cos,
        }
    }

    /// The projected solid angle of the directions: the power of a radiance of 1 per area.
    #[must_use]
    pub fn projected_solid_angle(self) -> f32 {
        use std::f32::consts::PI;
        match self {
            Self::Front => PI,
            Self::Both => 2.0 * PI,
            Self::Cone { sin, .. } => PI * sin * sin,
        }
    }
}
