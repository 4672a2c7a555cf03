//! Fog, smoke, milk: homogeneous media between surfaces.
//!
//! Media overlap freely: their extinctions add up. A ray meets the next collision of each medium
//! by itself, after a distance of exponential distribution, and the nearest one counts; the
//! minimum of independent exponentials is that of their sum. So no order among media matters, and
//! no path has to remember in which of them it is: each ray finds its stretches inside anew.

pub mod boundary;

use glam::Vec3;

pub use boundary::Boundary;

use crate::{
    bsdf::Isotropic,
    bvh::{BuildParams, Bvh},
    math::{Aabb, Ray},
    sampling::Sampler,
    spectrum::Wavelengths,
    textures::Texture,
};

/// A medium of the same density everywhere.
#[derive(Debug)]
pub struct ConstantMedium {
    /// What encloses it.
    pub boundary: Boundary,
    /// Extinction per unit of length, the same for all wavelengths.
    pub density: f32,
    /// Share of the extinguished light that is scattered.
    pub albedo: Texture,
}

impl ConstantMedium {
    /// How light scatters at a point of it.
    #[must_use]
    pub fn phase(&self, point: Vec3, wavelengths: &Wavelengths) -> Isotropic {
        Isotropic {
            albedo: self.albedo.sample(point, glam::Vec2::ZERO, wavelengths),
        }
    }
}

/// All media of a scene.
#[derive(Debug)]
pub struct Media {
    /// In the order of the leaves of `bvh`.
    media: Vec<ConstantMedium>,
    bvh: Bvh,
}

/// Where light is extinguished.
#[derive(Clone, Copy, Debug)]
pub struct Collision<'a> {
    /// Distance along the ray.
    pub t: f32,
    /// What extinguishes it.
    pub medium: &'a ConstantMedium,
}

impl Media {
    /// Media in any order.
    #[must_use]
    pub fn new(media: Vec<ConstantMedium>) -> Self {
        let boxes: Vec<Aabb> = media.iter().map(|m| m.boundary.bounds()).collect();
        let (bvh, order) = Bvh::build(&boxes, &BuildParams::best());
        let mut media: Vec<Option<ConstantMedium>> = media.into_iter().map(Some).collect();
        let media = order
            .iter()
            .filter_map(|&index| media[index as usize].take())
            .collect();
        Self { media, bvh }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.media.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.media.is_empty()
    }

    /// The media, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &ConstantMedium> {
        self.media.iter()
    }

    /// Samples the first collision of a ray before `limit`.
    #[must_use]
    pub fn collide(&self, ray: &Ray, limit: f32, sampler: &mut Sampler) -> Option<Collision<'_>> {
        if self.is_empty() {
            return None;
        }
        let mut first = None;
        self.bvh.traverse(ray, limit, |index, limit| {
            let medium = &self.media[index as usize];
            let stretches = medium.boundary.inside(ray, *limit);
            if stretches.is_empty() {
                return false;
            }
            let mut free = -(1.0 - sampler.next_1d()).ln() / medium.density;
            for &[enter, leave] in &stretches {
                if free < leave - enter {
                    let t = enter + free;
                    if t < *limit {
                        *limit = t;
                        first = Some(Collision { t, medium });
                    }
                    break;
                }
                free -= leave - enter;
            }
            false
        });
        first
    }

    /// The share of light that passes along a ray up to `limit`.
    #[must_use]
    pub fn transmittance(&self, ray: &Ray, limit: f32) -> f32 {
        if self.is_empty() {
            return 1.0;
        }
        let mut depth = 0.0;
        self.bvh.traverse(ray, limit, |index, _| {
            let medium = &self.media[index as usize];
            let length: f32 = medium
                .boundary
                .inside(ray, limit)
                .iter()
                .map(|[enter, leave]| leave - enter)
                .sum();
            depth += medium.density * length;
            false
        });
        (-depth).exp()
    }
}
