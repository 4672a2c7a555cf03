//! Path tracing with next-event estimation.
//!
//! J. Kajiya, "The Rendering Equation", 1986; light and material sampling combined by multiple
//! importance sampling (E. Veach, 1997); the loop is laid out as in pbrt-v4, section 14.2.2, and
//! media are sampled by their free flight, which is known in closed form.

use glam::{Vec2, Vec3};

use crate::{
    bsdf::Bsdf,
    integrator::first_hit::FirstHit,
    lights::Choice,
    math::{Frame, Ray, gamma, ray::offset_origin},
    sampling::{Sampler, mis::power_heuristic},
    scene::Scene,
    shapes::{ShapeId, Surface, View},
    spectrum::{LANES, SampledSpectrum, Wavelengths},
};

/// Scattering events before Russian roulette may end a path.
const ROULETTE_FROM: u32 = 3;

/// The last scattering event, for weighing a light that the path then runs into by itself.
struct Previous {
    point: Vec3,
    /// Density of the direction the path took, per solid angle; `None` when no light could have
    /// been chosen there.
    pdf: Option<f32>,
}

/// The radiance a ray brings to the camera, at the path's wavelengths.
///
/// A path has at most `max_depth` scattering events; light met after the last one counts.
/// What it sees first is noted in `first_hit`, if asked for.
#[must_use]
pub fn radiance(
    scene: &Scene,
    mut ray: Ray,
    wavelengths: &mut Wavelengths,
    sampler: &mut Sampler,
    max_depth: u32,
    mut first_hit: Option<&mut FirstHit>,
) -> SampledSpectrum {
    let mut radiance = SampledSpectrum::ZERO;
    let mut beta = SampledSpectrum::ONE;
    let mut start = None;
    let mut previous = Previous {
        point: ray.origin,
        pdf: None,
    };
    for depth in 0.. {
        // Find what the ray meets: a surface, or a medium before it.
        let hit = scene.intersect(&ray, start);
        if let Some(first_hit) = &mut first_hit {
            first_hit.see(scene, &ray, hit.as_ref());
        }
        let reach = hit.map_or(f32::INFINITY, |(_, hit)| hit.t);
        let vertex = if let Some(collision) = scene.media.collide(&ray, reach, sampler) {
            if depth == max_depth {
                break;
            }
            if let Some(first_hit) = &mut first_hit {
                first_hit.settle();
            }
            let point = ray.at(collision.t);
            let phase = collision.medium.phase(point, wavelengths);
            Vertex::in_medium(scene, &ray, point, Bsdf::Isotropic(phase))
        } else {
            // Add the light of the background.
            let Some((shape, hit)) = hit else {
                radiance += beta * scene.background.sample(wavelengths);
                break;
            };
            // Add emitted light.
            let surface = scene.geometry.surface(&ray, shape, &hit);
            let cos_out = -surface.normal.dot(ray.direction);
            if let Some(emitted) = scene.emission(shape, &surface, cos_out, wavelengths) {
                let weight = previous.pdf.map_or(1.0, |pdf| {
                    let light_pdf = light_pdf(scene, shape, previous.point, ray.time, &surface);
                    power_heuristic(pdf, light_pdf)
                });
                radiance += beta * emitted * weight;
            }
            if depth == max_depth {
                break;
            }
            let (frame, bsdf) = scene.scattering(shape, &surface, -ray.direction, wavelengths);
            Vertex::on_surface(scene, &ray, shape, surface, frame, bsdf)
        };

        // Sample a light.
        if vertex.bsdf.is_rough() {
            radiance += beta * vertex.direct_light(wavelengths, sampler);
        }

        // Sample the scattering function.
        let u = vertex.bsdf.numbers(sampler);
        let wo = vertex.wo;
        let Some(scatter) = vertex.bsdf.sample(wo, wavelengths, &beta, u) else {
            break;
        };
        beta *= scatter.weight;
        previous = Previous {
            point: vertex.point,
            pdf: scatter.pdf,
        };
        ray = vertex.ray(vertex.frame.to_world(scatter.wi).normalize());
        start = vertex.shape;

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

/// The density with which [`Vertex::direct_light`] chooses a point of a shape.
fn light_pdf(scene: &Scene, shape: ShapeId, from: Vec3, time: f32, surface: &Surface) -> f32 {
    let Some(light) = scene.geometry.light(shape) else {
        return 0.0;
    };
    let view = View {
        from,
        time,
        beam: scene.lights.beam(light),
    };
    scene.lights.probability(light, from) * scene.geometry.shape(shape).pdf(&view, surface)
}

/// A scattering event.
struct Vertex<'a> {
    scene: &'a Scene,
    point: Vec3,
    time: f32,
    /// The surface and its shape; none in a medium.
    surface: Option<Surface>,
    shape: Option<ShapeId>,
    frame: Frame,
    /// Where the path comes from, in the frame.
    wo: Vec3,
    bsdf: Bsdf,
}

impl<'a> Vertex<'a> {
    fn in_medium(scene: &'a Scene, ray: &Ray, point: Vec3, bsdf: Bsdf) -> Self {
        let frame = Frame::around(Vec3::Z);
        Self {
            scene,
            point,
            time: ray.time,
            surface: None,
            shape: None,
            frame,
            wo: frame.to_local(-ray.direction),
            bsdf,
        }
    }

    fn on_surface(
        scene: &'a Scene,
        ray: &Ray,
        shape: ShapeId,
        surface: Surface,
        frame: Frame,
        bsdf: Bsdf,
    ) -> Self {
        Self {
            scene,
            point: surface.point,
            time: ray.time,
            wo: frame.to_local(-ray.direction),
            surface: Some(surface),
            shape: Some(shape),
            frame,
            bsdf,
        }
    }

    /// The ray that leaves along a direction.
    fn ray(&self, direction: Vec3) -> Ray {
        let origin = self.surface.as_ref().map_or(self.point, |surface| {
            offset_origin(surface.point, surface.error, surface.normal, direction)
        });
        Ray {
            origin,
            direction,
            time: self.time,
        }
    }

    /// Light that comes straight from one light chosen at random.
    fn direct_light(&self, wavelengths: &Wavelengths, sampler: &mut Sampler) -> SampledSpectrum {
        let (u_light, u_point) = (sampler.next_1d(), sampler.next_2d());
        let light = self.scene.lights.choose(self.point, u_light);
        let light = light.and_then(|choice| {
            let view = View {
                from: self.point,
                time: self.time,
                beam: choice.beam,
            };
            let Choice {
                shape, probability, ..
            } = choice;
            self.shape_light(shape, &view, probability, u_point, wavelengths)
        });
        light.unwrap_or(SampledSpectrum::ZERO)
    }

    fn shape_light(
        &self,
        shape: ShapeId,
        view: &View,
        probability: f32,
        u: Vec2,
        wavelengths: &Wavelengths,
    ) -> Option<SampledSpectrum> {
        let Self { scene, point, .. } = *self;
        if self.shape == Some(shape) {
            // A flat light never lights itself; a sphere turned inwards is black inside.
            return None;
        }
        let sample = scene.geometry.shape(shape).sample(view, u)?;

        // What the vertex makes of light from there.
        let direction = (sample.surface.point - point).try_normalize()?;
        let wi = self.frame.to_local(direction);
        let scattered = self.bsdf.eval(self.wo, wi);
        if scattered.pdf <= 0.0 || scattered.value.is_black() {
            return None;
        }

        // What the light sends this way.
        let cos_out = -sample.surface.normal.dot(direction);
        let emitted = scene.emission(shape, &sample.surface, cos_out, wavelengths)?;

        // Whether anything stands between; both ends are left out by name, so the length needs
        // room for rounding only.
        let origin = self.ray(direction).origin;
        let way = sample.surface.point - origin;
        let distance = way.length();
        let ray = Ray {
            origin,
            direction: way.try_normalize()?,
            time: self.time,
        };
        let limit = distance * (1.0 - 2.0 * gamma(8));
        let passes = self.passes(&ray, limit, Some(shape))?;
        let pdf = probability * sample.pdf;
        let weight = power_heuristic(pdf, scattered.pdf) / pdf;
        let light = scattered.value * emitted * (weight * passes);
        debug_assert!(light.is_finite(), "{light:?}");
        Some(light)
    }

    /// The share of light that passes along a ray from here; `None` where something blocks it.
    fn passes(&self, ray: &Ray, limit: f32, to: Option<ShapeId>) -> Option<f32> {
        let blocked = self.scene.geometry.is_blocked(ray, limit, self.shape, to);
        (!blocked).then(|| self.scene.media.transmittance(ray, limit))
    }
}
