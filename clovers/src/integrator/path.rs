//! Path tracing with next-event estimation.
//!
//! J. Kajiya, "The Rendering Equation", 1986; light and material sampling combined by multiple
//! importance sampling (E. Veach, 1997); the loop is laid out as in pbrt-v4, section 14.2.2.

use glam::Vec3;

use crate::{
    materials::{Material, ScatterNumbers},
    math::{Frame, Ray, gamma, ray::offset_origin},
    sampling::{Sampler, mis::power_heuristic},
    scene::{Primitive, Scene},
    shapes::Surface,
    spectrum::{LANES, SampledSpectrum, Wavelengths},
};

/// Scattering events before Russian roulette may end a path.
const ROULETTE_FROM: u32 = 3;

/// The last scattering event, for weighing a light that the path then hits by itself.
struct Previous {
    point: Vec3,
    /// `None` when the light could not have been chosen there.
    pdf: Option<f32>,
}

/// The radiance a ray brings to the camera, at the path's wavelengths.
///
/// A path has at most `max_depth` scattering events; light met after the last one counts.
#[must_use]
pub fn radiance(
    scene: &Scene,
    mut ray: Ray,
    wavelengths: &mut Wavelengths,
    sampler: &mut Sampler,
    max_depth: u32,
) -> SampledSpectrum {
    let mut radiance = SampledSpectrum::ZERO;
    let mut beta = SampledSpectrum::ONE;
    let mut start = None;
    let mut previous = Previous {
        point: ray.origin,
        pdf: None,
    };
    for depth in 0.. {
        // Find what the ray meets.
        let Some((index, hit)) = scene.intersect(&ray, start) else {
            radiance += beta * scene.background.sample(wavelengths);
            break;
        };
        let surface = scene.surface(&ray, index, &hit);
        let primitive = scene.primitives[index as usize];
        let material = &scene.materials[primitive.material as usize];

        // Add emitted light.
        let cos_out = -surface.normal.dot(ray.direction);
        if let Some(emitted) = material.emission(&surface, cos_out, wavelengths) {
            let weight = previous.pdf.map_or(1.0, |pdf| {
                let light_pdf = light_pdf(scene, index, primitive, previous.point, &surface);
                power_heuristic(pdf, light_pdf)
            });
            radiance += beta * emitted * weight;
        }
        if depth == max_depth {
            break;
        }

        // Sample a light.
        let frame = Frame::around(surface.normal);
        let wo = frame.to_local(-ray.direction);
        if material.is_rough() {
            let vertex = Vertex {
                scene,
                index,
                surface: &surface,
                frame: &frame,
                wo,
                material,
            };
            radiance += beta * vertex.direct_light(wavelengths, sampler);
        }

        // Sample the material.
        let u = ScatterNumbers {
            lobe: sampler.next_1d(),
            direction: sampler.next_2d(),
        };
        let Some(scatter) = material.sample(wo, &surface, wavelengths, &beta, u) else {
            break;
        };
        beta *= scatter.weight;
        let direction = frame.to_world(scatter.wi).normalize();
        previous = Previous {
            point: surface.point,
            pdf: scatter.pdf,
        };
        ray = Ray {
            origin: offset_origin(surface.point, surface.error, surface.normal, direction),
            direction,
        };
        start = Some(index);

        // Russian roulette, by what is left of the brightest wavelength.
        if depth >= ROULETTE_FROM {
            let lanes = if wavelengths.is_hero_only() {
                LANES as f32
            } else {
                1.0
            };
            let survival = (beta.max_value() / lanes).min(1.0);
            if survival < 1.0 {
                if sampler.next_1d() >= survival {
                    break;
                }
                beta *= 1.0 / survival;
            }
        }
        if beta.is_black() {
            break;
        }
    }
    debug_assert!(radiance.is_finite(), "{radiance:?}");
    radiance
}

/// The density with which [`Vertex::direct_light`] chooses a point of a light.
fn light_pdf(
    scene: &Scene,
    index: u32,
    primitive: Primitive,
    from: Vec3,
    surface: &Surface,
) -> f32 {
    if primitive.light == Primitive::NO_LIGHT {
        return 0.0;
    }
    scene.lights.probability(primitive.light, from)
        * scene.shapes[index as usize].pdf(from, surface)
}

/// A scattering event.
struct Vertex<'a> {
    scene: &'a Scene,
    index: u32,
    surface: &'a Surface,
    frame: &'a Frame,
    wo: Vec3,
    material: &'a Material,
}

impl Vertex<'_> {
    /// Light that comes straight from one light chosen at random.
    fn direct_light(&self, wavelengths: &Wavelengths, sampler: &mut Sampler) -> SampledSpectrum {
        let (u_light, u_point) = (sampler.next_1d(), sampler.next_2d());
        self.light_sample(u_light, u_point, wavelengths)
            .unwrap_or(SampledSpectrum::ZERO)
    }

    fn light_sample(
        &self,
        u_light: f32,
        u_point: glam::Vec2,
        wavelengths: &Wavelengths,
    ) -> Option<SampledSpectrum> {
        let Self { scene, surface, .. } = self;
        let choice = scene.lights.choose(surface.point, u_light)?;
        if choice.shape == self.index {
            // A flat light never lights itself; a sphere turned inwards is black inside.
            return None;
        }
        let sample = scene.shapes[choice.shape as usize].sample(surface.point, u_point)?;

        // What the material makes of light from there.
        let direction = (sample.surface.point - surface.point).try_normalize()?;
        let wi = self.frame.to_local(direction);
        let scattered = self.material.eval(self.wo, wi, surface, wavelengths);
        if scattered.pdf <= 0.0 || scattered.value.is_black() {
            return None;
        }

        // What the light sends this way.
        let primitive = scene.primitives[choice.shape as usize];
        let cos_out = -sample.surface.normal.dot(direction);
        let emitted = scene.materials[primitive.material as usize].emission(
            &sample.surface,
            cos_out,
            wavelengths,
        )?;

        // Whether anything stands between; both ends are left out by name, so the length needs
        // room for rounding only.
        let origin = offset_origin(surface.point, surface.error, surface.normal, direction);
        let way = sample.surface.point - origin;
        let distance = way.length();
        let ray = Ray {
            origin,
            direction: way.try_normalize()?,
        };
        let limit = distance * (1.0 - 2.0 * gamma(8));
        if scene.is_blocked(&ray, limit, self.index, choice.shape) {
            return None;
        }
        let pdf = choice.probability * sample.pdf;
        let weight = power_heuristic(pdf, scattered.pdf) / pdf;
        let light = scattered.value * emitted * weight;
        debug_assert!(light.is_finite(), "{light:?}");
        Some(light)
    }
}
