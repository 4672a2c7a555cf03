//! From a checked file to a scene ready to render.

mod media;
mod placing;
mod spectra;

use super::{MeshSource, Primitive, Scene, SceneFile, SceneProblem};
use crate::{
    bvh::{BuildParams, Bvh},
    camera::Camera,
    lights::{Beam, Light, Lights},
    materials::{Material, MaterialKind},
    math::{Aabb, Transform},
    media::{ConstantMedium, Media},
    mesh::Vertex,
    shapes::Shape,
};

use self::{placing::Placing, spectra::Spectra};

pub(super) fn build(file: &SceneFile, meshes: &dyn MeshSource) -> Result<Scene, Vec<SceneProblem>> {
    let mut spectra = Spectra::default();
    let mut placing = Placing::new(file, meshes);
    for object in &file.objects {
        placing.place(object, &Transform::IDENTITY);
    }
    placing.report.finish()?;
    let shapes = placing.shapes;

    // The shapes take the order of the leaves.
    let boxes: Vec<Aabb> = shapes.iter().map(Shape::bounds).collect();
    let (bvh, order) = Bvh::build(&boxes, &BuildParams::best());
    drop(boxes);
    let mut primitives: Vec<Primitive> = order
        .iter()
        .map(|&item| placing.primitives[item as usize])
        .collect();
    drop(placing.primitives);
    let shapes: Vec<Shape> = order.iter().map(|&item| shapes[item as usize]).collect();

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
    let placed = Placed {
        shapes: &shapes,
        vertices: &placing.vertices,
        corners: &placing.corners,
    };
    let lights = collect_lights(
        &placed,
        &mut primitives,
        &materials,
        &bvh.bounds(),
        background.luminance(),
    );
    Ok(Scene {
        camera: Camera::new(&file.camera),
        shapes,
        primitives,
        bvh,
        materials,
        vertices: placing.vertices,
        corners: placing.corners,
        media,
        lights,
        background,
        white_level: file.white_level,
    })
}

/// Finds every shape that shines, with its power. A shape that shines so little that this misses
/// it is still found by paths that run into it.
fn collect_lights(
    placed: &Placed<'_>,
    primitives: &mut [Primitive],
    materials: &[Material],
    bounds: &Aabb,
    background: f32,
) -> Lights {
    // Radiance and beam of each material that is the same all over a shape.
    let emitters: Vec<(f32, Beam)> = materials
        .iter()
        .map(|material| match &material.kind {
            MaterialKind::Light { emit, beam } => (emit.mean_luminance(), *beam),
            MaterialKind::Lambertian { .. }
            | MaterialKind::Metal { .. }
            | MaterialKind::Dielectric { .. }
            | MaterialKind::Dispersive { .. }
            | MaterialKind::Isotropic { .. }
            | MaterialKind::MetallicRoughness(_) => (0.0, Beam::Front),
        })
        .collect();
    let mut lights = Vec::new();
    for (index, (shape, primitive)) in placed.shapes.iter().zip(primitives).enumerate() {
        let material = primitive.material as usize;
        let (luminance, beam) = match (&materials[material].kind, primitive.corners()) {
            (MaterialKind::MetallicRoughness(pbr), Some(corners)) => {
                let corners = placed.corners[corners as usize];
                let corners = corners.map(|vertex| &placed.vertices[vertex as usize]);
                (pbr.mean_luminance(corners), pbr.beam())
            }
            _ => emitters[material],
        };
        let power = luminance * shape.area() * beam.projected_solid_angle();
        if power > 0.0 && power.is_finite() {
            primitive.light = lights.len() as u32;
            lights.push(Light {
                shape: index as u32,
                power,
                bounds: shape.bounds(),
                plane: shape.plane().filter(|_| beam != Beam::Both),
                beam,
            });
        }
    }
    Lights::new(&lights, bounds, background)
}

/// Shapes where they stand, and the vertices of those that have any.
struct Placed<'a> {
    shapes: &'a [Shape],
    vertices: &'a [Vertex],
    corners: &'a [[u32; 3]],
}
