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

#[cfg(test)]
mod tests {
    use glam::{Vec2, Vec3};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{
        bvh::BuildParams,
        shapes::{Quad, Sphere, Triangle},
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
        let boxes: Vec<Aabb> = shapes.iter().map(Shape::bounds).collect();
        let (bvh, order) = Bvh::build(&boxes, &BuildParams::best());
        scene.bvh = bvh;
        scene.shapes = order.iter().map(|&item| shapes[item as usize]).collect();
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
            let ray = Ray { origin, direction };
            let tried = shapes
                .iter()
                .filter_map(|shape| shape.intersect(&ray, f32::INFINITY, false))
                .map(|hit| hit.t)
                .reduce(f32::min);
            let found = scene.intersect(&ray, None).map(|(_, hit)| hit.t);
            prop_assert_eq!(found, tried);
            let nothing = u32::MAX;
            let blocked = scene.is_blocked(&ray, f32::INFINITY, nothing, nothing);
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
            let ray = Ray { origin, direction };
            let triangles = [[a, b, c], [b, a, d]].map(|corners| Triangle { corners });
            let hits = triangles.map(|triangle| {
                Shape::Triangle(triangle).intersect(&ray, f32::INFINITY, false).is_some()
            });
            // Rounding may move the aim past an end of the edge, so stay clear of those.
            prop_assert!(hits[0] || hits[1] || !(0.01..0.99).contains(&along));
        }
    }
}
