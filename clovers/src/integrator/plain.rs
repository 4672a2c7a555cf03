//! Path tracing without any cleverness, for tests only.
//!
//! No light is chosen, nothing is weighed, no path is ended by chance. Media are crossed by delta
//! tracking (E. Woodcock et al., 1965), and random numbers are only random. It shares the scene's
//! intersections and the scattering functions with the real integrator, and nothing else.

use glam::{Vec2, Vec3};

use crate::{
    bsdf::{Bsdf, ScatterNumbers},
    camera::CameraSample,
    math::{Frame, Ray, ray::offset_origin},
    media::ConstantMedium,
    sampling::{random::Random, warp},
    scene::Scene,
    spectrum::{SampledSpectrum, Wavelengths, srgb},
};

/// One sample of a pixel: linear sRGB after `white_level`.
pub(crate) fn sample(
    scene: &Scene,
    (x, y): (u32, u32),
    size: Vec2,
    max_depth: u32,
    random: &mut Random,
) -> [f64; 3] {
    let mut wavelengths = Wavelengths::sample(random.pair());
    let film = Vec2::new(x as f32, y as f32) + random.pair();
    let on_camera = CameraSample {
        lens: random.pair(),
        time: random.next(),
    };
    let ray = scene.camera.ray(film, size, on_camera);
    let light = radiance(scene, ray, &mut wavelengths, max_depth, random);
    let white = f64::from(scene.white_level);
    let xyz = wavelengths.xyz_of(light);
    srgb::xyz_e_to_linear(xyz.map(|value| f64::from(value) / white))
}

fn radiance(
    scene: &Scene,
    mut ray: Ray,
    wavelengths: &mut Wavelengths,
    max_depth: u32,
    random: &mut Random,
) -> SampledSpectrum {
    let mut radiance = SampledSpectrum::ZERO;
    let mut beta = SampledSpectrum::ONE;
    let mut start = None;
    for _ in 0..=max_depth {
        let hit = scene.intersect(&ray, start);
        let reach = hit.map_or(f32::INFINITY, |(_, hit)| hit.t);
        if let Some((t, medium)) = collide(scene, &ray, reach, random) {
            let point = ray.at(t);
            beta *= medium.phase(point, wavelengths).albedo;
            ray = Ray {
                origin: point,
                direction: warp::square_to_sphere(random.pair()),
                time: ray.time,
            };
            start = None;
            continue;
        }
        let Some((shape, hit)) = hit else {
            return radiance + beta * scene.background.sample(wavelengths);
        };
        let surface = scene.geometry.surface(&ray, shape, &hit);
        let cos_out = -surface.normal.dot(ray.direction);
        if let Some(emitted) = scene.emission(shape, &surface, cos_out, wavelengths) {
            radiance += beta * emitted;
        }
        let (frame, bsdf) = scene.scattering(shape, &surface, -ray.direction, wavelengths);
        let wo = frame.to_local(-ray.direction);
        let Some((weight, direction)) = scatter(&bsdf, &frame, wo, wavelengths, &beta, random)
        else {
            break;
        };
        beta *= weight;
        ray = Ray {
            origin: offset_origin(surface.point, surface.error, surface.normal, direction),
            direction,
            time: ray.time,
        };
        start = Some(shape);
        if beta.is_black() {
            break;
        }
    }
    radiance
}

fn scatter(
    bsdf: &Bsdf,
    frame: &Frame,
    wo: Vec3,
    wavelengths: &mut Wavelengths,
    beta: &SampledSpectrum,
    random: &mut Random,
) -> Option<(SampledSpectrum, Vec3)> {
    let u = ScatterNumbers {
        lobe: random.next(),
        direction: random.pair(),
    };
    let scatter = bsdf.sample(wo, wavelengths, beta, u)?;
    Some((scatter.weight, frame.to_world(scatter.wi).normalize()))
}

/// Steps of a medium as dense as all together; at each, one of them or none is met.
fn collide<'a>(
    scene: &'a Scene,
    ray: &Ray,
    reach: f32,
    random: &mut Random,
) -> Option<(f32, &'a ConstantMedium)> {
    let densest: f32 = scene.media.iter().map(|medium| medium.density).sum();
    // Beyond all media there is nothing to meet.
    let end = scene.media.iter().fold(0.0_f32, |end, medium| {
        let bounds = medium.boundary.bounds();
        end.max((bounds.center() - ray.origin).length() + bounds.size().length())
    });
    if densest == 0.0 {
        return None;
    }
    let mut t = 0.0;
    loop {
        t -= (1.0 - random.next()).ln() / densest;
        if t >= reach.min(end) {
            return None;
        }
        // Which media are here is asked along another ray than that of the path.
        let here = Ray {
            origin: ray.at(t),
            direction: warp::square_to_sphere(random.pair()),
            time: ray.time,
        };
        let mut left = random.next() * densest;
        for medium in scene.media.iter() {
            let inside = medium.boundary.inside(&here, f32::INFINITY);
            if inside.first().is_some_and(|[enter, _]| *enter == 0.0) {
                left -= medium.density;
                if left < 0.0 {
                    return Some((t, medium));
                }
            }
        }
    }
}
