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

#[cfg(test)]
mod tests {
    use glam::Vec2;
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::{NoMeshes, SceneFile};

    /// Path tracing without any cleverness: no choice of lights, no weights, no roulette.
    fn plain_radiance(
        scene: &Scene,
        mut ray: Ray,
        wavelengths: &mut Wavelengths,
        sampler: &mut Sampler,
        max_depth: u32,
    ) -> SampledSpectrum {
        let mut radiance = SampledSpectrum::ZERO;
        let mut beta = SampledSpectrum::ONE;
        let mut start = None;
        for depth in 0..=max_depth {
            let Some((index, hit)) = scene.intersect(&ray, start) else {
                return radiance + beta * scene.background.sample(wavelengths);
            };
            let surface = scene.surface(&ray, index, &hit);
            let primitive = scene.primitives[index as usize];
            let material = &scene.materials[primitive.material as usize];
            let cos_out = -surface.normal.dot(ray.direction);
            if let Some(emitted) = material.emission(&surface, cos_out, wavelengths) {
                radiance += beta * emitted;
            }
            let frame = Frame::around(surface.normal);
            let u = ScatterNumbers {
                lobe: sampler.next_1d(),
                direction: sampler.next_2d(),
            };
            let wo = frame.to_local(-ray.direction);
            let scatter = material.sample(wo, &surface, wavelengths, &beta, u);
            let Some(scatter) = scatter.filter(|_| depth < max_depth) else {
                break;
            };
            beta *= scatter.weight;
            let direction = frame.to_world(scatter.wi).normalize();
            ray = Ray {
                origin: offset_origin(surface.point, surface.error, surface.normal, direction),
                direction,
            };
            start = Some(index);
        }
        radiance
    }

    /// Everything at once: all materials, lamps of every shape, inside out, under transforms.
    fn crowded() -> Scene {
        let solid = |rgb: [f64; 3]| json!({ "kind": "SolidColor", "color": rgb });
        let lamp = |rgb| json!({ "kind": "DiffuseLight", "emit": solid(rgb) });
        let quad = |q: [i32; 3], u: [i32; 3], v: [i32; 3], material: Value| json!({ "kind": "Quad", "q": q, "u": u, "v": v, "material": material });
        let diffuse = |rgb| json!({ "kind": "Lambertian", "albedo": solid(rgb) });
        let file = json!({
            "time_0": 0, "time_1": 1, "white_level": 1, "background_color": [0.3, 0.4, 0.5],
            "camera": {
                "look_from": [0, 3, 11], "look_at": [0, 2, 0], "up": [0, 1, 0],
                "vertical_fov": 40, "aperture": 0.1, "focus_distance": 11
            },
            "objects": [
                quad([-4, 0, -4], [0, 0, 8], [8, 0, 0], diffuse([0.8, 0.8, 0.7])),
                quad([-4, 0, -4], [8, 0, 0], [0, 5, 0], json!({ "kind": "Metal", "albedo": solid([0.9, 0.8, 0.7]), "fuzz": 0.4 })),
                quad([-4, 0, 4], [0, 0, -8], [0, 5, 0], diffuse([0.8, 0.3, 0.2])),
                { "kind": "Translate", "offset": [4, 0, 0], "object": { "kind": "RotateY", "angle": 90,
                    "object": quad([-4, 0, 0], [8, 0, 0], [0, 5, 0], json!({ "kind": "Metal", "albedo": solid([0.5, 0.8, 0.7]), "fuzz": 1 })) } },
                quad([-2, 5, -2], [4, 0, 0], [0, 0, 4], json!({ "kind": "DiffuseLight", "emit":
                    { "kind": "SpatialChecker", "even": [1.5, 1.2, 0.9], "odd": [0.3, 0.3, 0.9] } })),
                { "kind": "Sphere", "center": [-2.5, 1, 1], "radius": 0.7, "material": lamp([1.0, 1.3, 0.8]) },
                { "kind": "Triangle", "q": [1, 0.5, 3], "u": [2, 0, 0], "v": [0, 1.5, -1], "material": lamp([1.2, 0.6, 0.6]) },
                { "kind": "RotateY", "angle": 20, "object":
                    { "kind": "Boxy", "corner_0": [2, 0, -2], "corner_1": [3, 1, -1], "material": lamp([0.7, 0.7, 1.1]) } },
                { "kind": "Sphere", "center": [0, 1, 0], "radius": 1, "material": { "kind": "Dielectric" } },
                { "kind": "Sphere", "center": [-1, 3, -1], "radius": 0.8, "material": { "kind": "Dispersive" } },
                { "kind": "Sphere", "center": [1.5, 3, -2], "radius": 0.8, "material": { "kind": "Metal", "albedo": solid([1.0, 0.9, 0.6]), "fuzz": 0.1 } },
                { "kind": "Sphere", "comment": "a lamp around all", "center": [0, 0, 0], "radius": -60, "material": lamp([0.2, 0.25, 0.3]) }
            ]
        });
        let parsed = SceneFile::parse(&file).expect("the scene is right");
        Scene::build(&parsed.file, &NoMeshes).expect("it can be built")
    }

    /// Mean luminance of a pixel and the variance of that mean, from independent batches.
    fn pixel(scene: &Scene, x: u32, y: u32, plain: bool) -> (f64, f64) {
        const BATCHES: u32 = 16;
        const SAMPLES: u32 = 64;
        const DEPTH: u32 = 12;
        let means: Vec<f64> = (0..BATCHES)
            .map(|batch| {
                let sum: f64 = (0..SAMPLES)
                    .map(|sample| {
                        let seed = u64::from(batch) * 2 + u64::from(plain);
                        let mut sampler = Sampler::new(seed, x, y, sample);
                        let mut wavelengths = Wavelengths::sample(sampler.next_2d());
                        let film = Vec2::new(x as f32, y as f32) + sampler.next_2d();
                        let ray =
                            scene
                                .camera
                                .ray(film, Vec2::splat(SIDE as f32), sampler.next_2d());
                        let integrate = if plain { plain_radiance } else { radiance };
                        let light = integrate(scene, ray, &mut wavelengths, &mut sampler, DEPTH);
                        f64::from(wavelengths.xyz_of(light)[1])
                    })
                    .sum();
                sum / f64::from(SAMPLES)
            })
            .collect();
        let mean = means.iter().sum::<f64>() / f64::from(BATCHES);
        let spread: f64 = means.iter().map(|value| (value - mean).powi(2)).sum();
        (mean, spread / f64::from(BATCHES * (BATCHES - 1)))
    }

    const SIDE: u32 = 16;

    #[test]
    fn choosing_lights_changes_the_noise_and_not_the_picture() {
        use rayon::prelude::*;
        let scene = crowded();
        let pairs: Vec<_> = (0..SIDE * SIDE)
            .into_par_iter()
            .map(|i| [false, true].map(|plain| pixel(&scene, i % SIDE, i / SIDE, plain)))
            .collect();
        let (mut clever, mut plain, mut variance) = (0.0, 0.0, 0.0);
        for [(mean, its_variance), (plain_mean, plain_variance)] in pairs {
            clever += mean;
            plain += plain_mean;
            variance += its_variance + plain_variance;
            let z = (mean - plain_mean) / (its_variance + plain_variance).sqrt().max(1e-6);
            // Batches are few, so the tails are those of Student's distribution.
            assert!(
                z.abs() < 7.0,
                "a pixel is off: {mean} and {plain_mean}, z {z}"
            );
        }
        let z = (clever - plain) / variance.sqrt();
        assert!(
            z.abs() < 4.0,
            "the picture is off: {clever} and {plain}, z {z}"
        );
        // The test is worth something: it would see a bias of 1 %.
        assert!(
            variance.sqrt() < 0.0025 * plain,
            "{}",
            variance.sqrt() / plain
        );
    }
}
