//! From a checked file to a scene ready to render.

mod media;
mod placing;
mod spectra;

use super::{Geometry, MeshSource, Scene, SceneFile, SceneProblem};
use crate::{
    bvh::BuildParams,
    camera::Camera,
    lights::{Beam, Light, Lights},
    materials::{Material, MaterialKind},
    math::Transform,
    media::{ConstantMedium, Media},
};

use self::{placing::Placing, spectra::Spectra};

pub(super) fn build(
    file: &SceneFile,
    meshes: &dyn MeshSource,
    params: &BuildParams,
) -> Result<Scene, Vec<SceneProblem>> {
    let mut spectra = Spectra::default();
    let mut placing = Placing::new(file, meshes, params);
    for object in &file.objects {
        placing.place(object, &Transform::IDENTITY);
    }
    placing.report.finish()?;
    let mut geometry = Geometry::new(placing.objects);

    let described = file.materials.iter();
    let materials: Vec<Material> = described
        .map(|description| spectra.material(description))
        .chain(placing.gltf_materials)
        .collect();
    let media = placing.media.into_iter();
    let media = media.map(|medium| ConstantMedium {
        boundary: medium.boundary,
        density: medium.density,
        albedo: spectra.albedo(medium.texture),
    });
    let media = Media::new(media.collect());
    let background = spectra.emission(&file.background);
    let lights = collect_lights(&mut geometry, &materials);
    Ok(Scene {
        camera: Camera::new(&file.camera),
        geometry,
        materials,
        media,
        lights,
        background,
        white_level: file.white_level,
    })
}

/// Finds every shape that shines, with its power. A shape that shines so little that this misses
/// it is still found by paths that run into it.
fn collect_lights(geometry: &mut Geometry, materials: &[Material]) -> Lights {
    // Radiance and beam of each material, where it is the same all over a shape.
    let emitters: Vec<Option<(f32, Beam)>> = materials
        .iter()
        .map(|material| match &material.kind {
            MaterialKind::Light { emit, beam } => Some((emit.mean_luminance(), *beam)),
            MaterialKind::MetallicRoughness(pbr) if pbr.is_dark() => Some((0.0, pbr.beam())),
            MaterialKind::MetallicRoughness(_) => None,
            MaterialKind::Lambertian { .. }
            | MaterialKind::Metal { .. }
            | MaterialKind::Dielectric { .. }
            | MaterialKind::Dispersive { .. }
            | MaterialKind::Isotropic { .. } => Some((0.0, Beam::Front)),
        })
        .collect();
    let mut lights: Vec<Light> = Vec::new();
    for id in geometry.ids() {
        let material = geometry.material(id) as usize;
        let (luminance, beam) = emitters[material].unwrap_or_else(|| {
            match (&materials[material].kind, geometry.corners(id)) {
                (MaterialKind::MetallicRoughness(pbr), Some(corners)) => {
                    (pbr.mean_luminance(corners), pbr.beam())
                }
                _ => (0.0, Beam::Front),
            }
        });
        if luminance <= 0.0 {
            continue;
        }
        let shape = geometry.shape(id);
        let power = luminance * shape.area() * beam.projected_solid_angle();
        if power > 0.0 && power.is_finite() {
            lights.push(Light {
                shape: id,
                power,
                bounds: shape.bounds(),
                plane: shape.plane().filter(|_| beam != Beam::Both),
                beam,
            });
        }
    }
    for (index, light) in (0..).zip(&lights) {
        geometry.set_light(light.shape, index);
    }
    Lights::new(&lights)
}
