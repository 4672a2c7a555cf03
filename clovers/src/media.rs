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
    bvh::{BuildParams, Bvh, FULL},
    math::Ray,
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
            albedo: self
                .albedo
                .sample_at(point, || glam::Vec2::ZERO, wavelengths),
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
        let whole = |index: usize| (media[index].boundary.bounds(), FULL);
        let (bvh, order) = Bvh::build(media.len(), whole, &BuildParams::best());
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

    /// The memory it takes beside itself, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let boundaries = self.media.iter().map(|m| m.boundary.memory_bytes());
        self.media.capacity() * size_of::<ConstantMedium>()
            + self.bvh.memory_bytes()
            + boundaries.sum::<usize>()
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
        let (origin, direction) = (ray.origin, ray.direction);
        self.bvh
            .traverse(origin, direction, limit, |index, _, limit| {
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
        let (origin, direction) = (ray.origin, ray.direction);
        self.bvh.traverse(origin, direction, limit, |index, _, _| {
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

#[cfg(test)]
mod tests {
    use glam::Vec2;

    use super::*;
    use crate::{
        media::boundary::Solid,
        sampling::{
            chi2::{Total, check_choices, check_numbers},
            random::Random,
        },
        shapes::Sphere,
        spectrum::SmoothSpectrum,
    };

    /// Where the ray of these tests ends.
    const LIMIT: f32 = 10.0;

    fn ray() -> Ray {
        Ray {
            origin: Vec3::X,
            direction: Vec3::X,
            time: 0.0,
        }
    }

    /// A medium that the ray crosses on some stretches, given by where they begin and end.
    fn medium(density: f32, stretches: &[[f32; 2]]) -> ConstantMedium {
        let solids = stretches.iter().map(|[enter, leave]| {
            Solid::Sphere(Sphere {
                center: Vec3::X * (1.0 + 0.5 * (enter + leave)),
                radius: 0.5 * (leave - enter),
                turn: Vec2::X,
            })
        });
        ConstantMedium {
            boundary: Boundary::new(solids.collect(), &[]),
            density,
            albedo: Texture::Solid(SmoothSpectrum::flat(0.5)),
        }
    }

    fn collide(media: &Media, random: &mut Random) -> Option<(f32, f32)> {
        let seed = u64::from(random.next().to_bits()) << 32 | u64::from(random.next().to_bits());
        let mut sampler = Sampler::independent(seed, 0, 0, 0);
        let collision = media.collide(&ray(), LIMIT, &mut sampler)?;
        Some((collision.t, collision.medium.density))
    }

    /// Checks where a ray is stopped, given the density of each medium and its stretches.
    #[track_caller]
    fn check(what: &str, parts: &[(f32, &[[f32; 2]])]) {
        let media = Media::new(parts.iter().map(|(d, s)| medium(*d, s)).collect());
        let extinction = |t: f64| -> f64 {
            let inside = |s: &[[f32; 2]]| s.iter().any(|s| f64::from(s[0]) < t && t < s[1].into());
            let here = parts.iter().filter(|(_, stretches)| inside(stretches));
            here.map(|(density, _)| f64::from(*density)).sum()
        };
        // Balls of a medium that overlap count once.
        let depth_of = |density: f32, stretches: &[[f32; 2]], t: f64| -> f64 {
            let mut sorted: Vec<[f64; 2]> = stretches.iter().map(|s| s.map(f64::from)).collect();
            sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let (mut length, mut end) = (0.0, 0.0);
            for [enter, leave] in sorted {
                length += (leave.min(t) - enter.max(end)).max(0.0);
                end = leave.max(end);
            }
            f64::from(density) * length
        };
        let depth = |t: f64| -> f64 { parts.iter().map(|(d, s)| depth_of(*d, s, t)).sum() };
        let limit = f64::from(LIMIT);
        let passed = (-depth(limit)).exp();
        let transmittance = f64::from(media.transmittance(&ray(), LIMIT));
        assert!((transmittance - passed).abs() < 1e-6, "{transmittance}");
        check_numbers(
            what,
            Total::Share(1.0 - passed),
            |random| Some(f64::from(collide(&media, random)?.0) / limit),
            |x| limit * extinction(x * limit) * (-depth(x * limit)).exp(),
        );
    }

    #[test]
    fn light_is_extinguished_after_the_distance_the_density_says() {
        check("one ball", &[(0.4, &[[2.0, 6.0]])]);
        check("from inside", &[(0.4, &[[-1.0, 6.0]])]);
        check("beyond the end", &[(0.4, &[[4.0, 16.0]])]);
        check("thick", &[(20.0, &[[2.0, 6.0]])]);
        check("two overlap", &[(0.3, &[[1.0, 6.0]]), (0.5, &[[4.0, 9.0]])]);
        check(
            "one in another",
            &[(0.2, &[[-3.0, 9.0]]), (0.9, &[[4.0, 5.0]])],
        );
        check("two stretches", &[(0.4, &[[7.0, 9.0], [1.0, 3.0]])]);
        check("a union", &[(0.4, &[[1.0, 5.0], [3.0, 8.0]])]);
        check(
            "three",
            &[
                (0.1, &[[0.5, 9.5]]),
                (0.2, &[[1.0, 3.0], [6.0, 8.0]]),
                (0.3, &[[2.0, 7.0]]),
            ],
        );
    }

    #[test]
    fn a_medium_extinguishes_its_share_of_what_all_do() {
        let media = Media::new(vec![
            medium(0.3, &[[0.0, 10.0]]),
            medium(0.5, &[[0.0, 10.0]]),
        ]);
        let both = 1.0 - (-0.8_f64 * 10.0).exp();
        let shares = [0.3, 0.5].map(|density| both * density / 0.8);
        check_choices("which medium", &shares, |random| {
            let (_, density) = collide(&media, random)?;
            Some(usize::from(density == 0.5))
        });
    }
}
