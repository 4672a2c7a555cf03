//! Scenes: the file format, and what the integrator reads.
//!
//! A [`SceneFile`] is a checked scene as its author wrote it, a [`Scene`] is one ready to render.
//! All checks of a scene happen on the way from JSON to [`Scene`].

mod build;
mod census;
mod error;
pub mod file;
mod geometry;
mod json;
mod schema;

use std::{ops::AddAssign, sync::Arc};

use glam::Vec3;

pub use census::Counts;
pub use error::SceneProblem;
pub use file::{MeshRef, ParsedScene, SceneFile};
pub(crate) use geometry::Geometry;
pub use json::parse_json;
pub use schema::scene_schema;

use crate::{
    bsdf::Bsdf,
    bvh::BuildParams,
    camera::Camera,
    lights::Lights,
    materials::{Material, MaterialKind},
    math::{Aabb, Frame, Ray},
    media::Media,
    mesh::{Mesh, MeshFormat},
    shapes::{Hit, ShapeId, Surface},
    spectrum::{SampledSpectrum, SmoothSpectrum, Wavelengths},
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

/// How much was tested for a ray.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WorkCounts {
    pub(crate) boxes: u32,
    pub(crate) primitives: u32,
}

impl AddAssign for WorkCounts {
    fn add_assign(&mut self, other: Self) {
        self.boxes += other.boxes;
        self.primitives += other.primitives;
    }
}

/// A scene ready to render: rendering it cannot fail any more.
#[derive(Debug)]
pub struct Scene {
    pub(crate) camera: Camera,
    pub(crate) geometry: Geometry,
    pub(crate) materials: Vec<Material>,
    pub(crate) media: Media,
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
        build::build(file, meshes, &BuildParams::best())
    }

    /// As [`Scene::build`], but for a few samples only: it is ready sooner, and rays take longer.
    /// The picture is the same.
    ///
    /// # Errors
    /// As [`Scene::build`].
    pub fn build_fast(
        file: &SceneFile,
        meshes: &dyn MeshSource,
    ) -> Result<Self, Vec<SceneProblem>> {
        build::build(file, meshes, &BuildParams::fast())
    }

    /// The smallest box around all objects.
    #[must_use]
    pub fn bounds(&self) -> Aabb {
        self.geometry.bounds()
    }

    /// How many shapes there are, mesh triangles and box sides counted singly.
    #[must_use]
    pub fn shape_count(&self) -> usize {
        self.geometry.len()
    }

    /// How many of the shapes shine.
    #[must_use]
    pub fn light_count(&self) -> usize {
        self.lights.len()
    }

    /// The distance to what a ray meets first; `None` if it meets nothing.
    #[must_use]
    pub fn nearest(&self, ray: &Ray) -> Option<f32> {
        self.intersect(ray, None).map(|(_, hit)| hit.t)
    }

    /// The nearest hit of a ray. `from` is the shape the ray starts on, if any.
    pub(crate) fn intersect(&self, ray: &Ray, from: Option<ShapeId>) -> Option<(ShapeId, Hit)> {
        self.geometry.intersect(ray, from)
    }

    /// The radiance a point of a shape sends out, towards a direction of which the cosine to the
    /// outward normal is given.
    pub(crate) fn emission(
        &self,
        shape: ShapeId,
        surface: &Surface,
        cos_out: f32,
        wavelengths: &Wavelengths,
    ) -> Option<SampledSpectrum> {
        let material = &self.materials[self.geometry.material(shape) as usize];
        let MaterialKind::MetallicRoughness(pbr) = &material.kind else {
            return material.emission(surface, cos_out, wavelengths);
        };
        let uv = self.geometry.vertex(shape, surface)?.uv;
        pbr.beam()
            .reaches(cos_out)
            .then(|| pbr.emission(uv, wavelengths))?
    }

    /// How a point of a shape scatters towards `wo`, a direction in the world, and in which frame.
    pub(crate) fn scattering(
        &self,
        shape: ShapeId,
        surface: &Surface,
        wo: Vec3,
        wavelengths: &Wavelengths,
    ) -> (Frame, Bsdf) {
        let material = &self.materials[self.geometry.material(shape) as usize];
        if let MaterialKind::MetallicRoughness(pbr) = &material.kind
            && let Some(vertex) = self.geometry.vertex(shape, surface)
        {
            return pbr.bsdf(&vertex, surface.normal, wo, wavelengths);
        }
        let frame = Frame::around(surface.normal);
        let bsdf = material.bsdf(surface, frame.to_local(wo), wavelengths);
        (frame, bsdf)
    }

    /// The normal that shading uses, on the side of `wo`.
    pub(crate) fn facing_normal(&self, shape: ShapeId, surface: &Surface, wo: Vec3) -> Vec3 {
        let normal = match self.geometry.vertex(shape, surface) {
            Some(vertex) => vertex.normal,
            None => surface.normal,
        };
        if surface.normal.dot(wo) < 0.0 {
            -normal
        } else {
            normal
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::{Vec2, Vec3};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{
        scene::geometry::Object,
        shapes::{Quad, Shape, Sphere, Triangle},
    };

    fn vector() -> impl Strategy<Value = Vec3> {
        prop_oneof![
            [-3_i8..=3, -3_i8..=3, -3_i8..=3].prop_map(|v| Vec3::from(v.map(f32::from))),
            [-3.0_f32..3.0, -3.0_f32..3.0, -3.0_f32..3.0].prop_map(Vec3::from),
        ]
    }

    fn shape() -> impl Strategy<Value = Shape> {
        (0..3, vector(), vector(), vector(), 0.01_f32..2.0).prop_map(|(kind, a, b, c, radius)| {
            match kind {
                0 => Shape::Sphere(Sphere {
                    center: a,
                    radius,
                    turn: Vec2::X,
                }),
                1 => Shape::Quad(Quad { q: a, u: b, v: c }),
                _ => Shape::Triangle(Triangle { corners: [a, b, c] }),
            }
        })
    }

    /// A scene of shapes, without going through a file.
    fn scene_of(shapes: &[Shape]) -> Scene {
        let file = json!({
            "time_0": 0, "time_1": 1, "background_color": [0, 0, 0], "objects": [],
            "camera": {
                "look_from": [0, 0, 1], "look_at": [0, 0, 0], "up": [0, 1, 0],
                "vertical_fov": 40, "aperture": 0, "focus_distance": 1
            }
        });
        let file = SceneFile::parse(&file).expect("it is right").file;
        let mut scene = Scene::build(&file, &NoMeshes).expect("it can be built");
        let objects = shapes.iter().map(|shape| Object::Shape(*shape, 0));
        scene.geometry = Geometry::new(objects.collect());
        scene
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_nearest_hit_is_that_of_trying_every_shape(
            shapes in prop::collection::vec(shape(), 0..40),
            origin in vector(),
            target in vector(),
        ) {
            let scene = scene_of(&shapes);
            let direction = (target - origin).normalize_or(Vec3::X);
            let ray = Ray { origin, direction, time: 0.0 };
            let tried = shapes
                .iter()
                .filter_map(|shape| shape.intersect(&ray, f32::INFINITY, false))
                .map(|hit| hit.t)
                .reduce(f32::min);
            let found = scene.nearest(&ray);
            prop_assert_eq!(found, tried);
            let blocked = scene.geometry.is_blocked(&ray, f32::INFINITY, None, None);
            prop_assert_eq!(blocked, tried.is_some());
        }

        #[test]
        fn no_ray_slips_through_the_edge_of_two_triangles(
            a in vector(), b in vector(), c in vector(), d in vector(),
            origin in vector(), along in 0.0_f32..1.0,
        ) {
            // Aimed at the common edge a b of two triangles on either side of it.
            let aim = a.lerp(b, along);
            let direction = (aim - origin).normalize_or_zero();
            let normal = (b - a).cross(direction);
            // The corners c and d lie on different sides of the plane of origin and edge.
            let apart = normal.dot(c - a) * normal.dot(d - a) < -1e-3;
            if !apart || origin.distance(aim) < 1e-3 {
                return Ok(());
            }
            let ray = Ray { origin, direction, time: 0.0 };
            let triangles = [[a, b, c], [b, a, d]].map(|corners| Triangle { corners });
            let hits = triangles.map(|triangle| {
                Shape::Triangle(triangle).intersect(&ray, f32::INFINITY, false).is_some()
            });
            // Rounding may move the aim past an end of the edge, so stay clear of those.
            prop_assert!(hits[0] || hits[1] || !(0.01..0.99).contains(&along));
        }
    }
}
