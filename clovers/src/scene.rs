//! Scenes: the file format, and what the integrator reads.
//!
//! A [`SceneFile`] is a checked scene as its author wrote it, a [`Scene`] is one ready to render.
//! All checks of a scene happen on the way from JSON to [`Scene`].

mod build;
mod error;
pub mod file;
mod json;

use std::sync::Arc;

pub use error::SceneProblem;
pub use file::{MeshRef, ParsedScene, SceneFile};
pub use json::parse_json;

use crate::{
    bvh::Bvh,
    camera::Camera,
    lights::Lights,
    materials::Material,
    math::{Aabb, Ray},
    mesh::{Mesh, MeshFormat},
    shapes::{Hit, Shape, Surface},
    spectrum::SmoothSpectrum,
};

/// Where the meshes of a scene come from. The library never opens files.
pub trait MeshSource {
    /// The mesh that a scene calls `path`.
    ///
    /// # Errors
    /// With a sentence for the author of the scene.
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String>;
}

/// For scenes without meshes: every path is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMeshes;

impl MeshSource for NoMeshes {
    fn mesh(&self, path: &str, _: MeshFormat) -> Result<Arc<Mesh>, String> {
        Err(format!("there is no mesh `{path}`"))
    }
}

/// What stands behind a shape: its material, and its light if it is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Primitive {
    pub(crate) material: u32,
    /// Index into the lights, or [`Primitive::NO_LIGHT`].
    pub(crate) light: u32,
}

impl Primitive {
    pub(crate) const NO_LIGHT: u32 = u32::MAX;
}

/// A scene ready to render: rendering it cannot fail any more.
#[derive(Debug)]
pub struct Scene {
    pub(crate) camera: Camera,
    /// In the order of the leaves of `bvh`.
    pub(crate) shapes: Vec<Shape>,
    /// Beside `shapes`.
    pub(crate) primitives: Vec<Primitive>,
    pub(crate) bvh: Bvh,
    pub(crate) materials: Vec<Material>,
    pub(crate) lights: Lights,
    pub(crate) background: SmoothSpectrum,
    pub(crate) white_level: f32,
}

impl Scene {
    /// Makes a scene ready to render.
    ///
    /// # Errors
    /// When a mesh is missing or broken, or a number leaves the range of the renderer once the
    /// objects stand where they belong.
    pub fn build(file: &SceneFile, meshes: &dyn MeshSource) -> Result<Self, Vec<SceneProblem>> {
        build::build(file, meshes)
    }

    /// The smallest box around all objects.
    #[must_use]
    pub fn bounds(&self) -> Aabb {
        self.bvh.bounds()
    }

    /// How many shapes there are, mesh triangles and box sides counted singly.
    #[must_use]
    pub fn shape_count(&self) -> usize {
        self.shapes.len()
    }

    /// How many of the shapes shine.
    #[must_use]
    pub fn light_count(&self) -> usize {
        self.lights.len()
    }

    /// The nearest hit of a ray. `from` is the shape the ray starts on, if any.
    pub(crate) fn intersect(&self, ray: &Ray, from: Option<u32>) -> Option<(u32, Hit)> {
        let mut nearest = None;
        self.bvh.traverse(ray, f32::INFINITY, |index, limit| {
            let starts_here = from == Some(index);
            let hit = self.shapes[index as usize].intersect(ray, *limit, starts_here);
            if let Some(hit) = hit {
                *limit = hit.t;
                nearest = Some((index, hit));
            }
            false
        });
        nearest
    }

    /// Whether anything but the shapes `from` and `to` stands within `limit` of the ray's start.
    pub(crate) fn is_blocked(&self, ray: &Ray, limit: f32, from: u32, to: u32) -> bool {
        let mut blocked = false;
        self.bvh.traverse(ray, limit, |index, limit| {
            if index != to {
                let starts_here = index == from;
                blocked |= self.shapes[index as usize]
                    .intersect(ray, *limit, starts_here)
                    .is_some();
            }
            blocked
        });
        blocked
    }

    /// All about the surface at a hit.
    pub(crate) fn surface(&self, ray: &Ray, index: u32, hit: &Hit) -> Surface {
        self.shapes[index as usize].surface(ray, hit)
    }
}
