//! Collects what encloses a medium: only the inside of its boundary counts.

use glam::{DVec3, Vec3};

use super::placing::{Placing, mesh_placement, moving_sphere, sphere, triangle};
use crate::{
    math::Transform,
    media::{
        Boundary,
        boundary::{Cuboid, Solid},
    },
    mesh::{Mesh, MeshFormat},
    scene::file::{Object, ObjectKind, TextureDescription},
    shapes::Triangle,
};

/// A medium where it belongs; its albedo is still as its author wrote it.
pub(super) struct PlacedMedium<'a> {
    pub(super) boundary: Boundary,
    pub(super) density: f32,
    pub(super) texture: &'a TextureDescription,
}

/// What encloses a medium.
#[derive(Default)]
struct Outline {
    solids: Vec<Solid>,
    triangles: Vec<Triangle>,
}

impl Outline {
    /// The triangles of a mesh where `place` puts them.
    fn add_mesh(&mut self, mesh: &Mesh, place: impl Fn(DVec3) -> DVec3) {
        let triangles = mesh
            .triangles()
            .iter()
            .map(|corners| Triangle::new(corners.map(|corner| place(corner.as_dvec3()).as_vec3())));
        self.triangles.extend(triangles.filter(Triangle::has_area));
    }
}

impl<'a> Placing<'a> {
    pub(super) fn place_medium(
        &mut self,
        boundary: &'a Object,
        density: f32,
        texture: &'a TextureDescription,
        transform: &Transform,
    ) {
        let mut outline = Outline::default();
        self.outline(boundary, transform, &mut outline);
        let Outline { solids, triangles } = outline;
        // The areas of a closed surface, as vectors, sum up to nothing.
        let (mut sum, mut total) = (DVec3::ZERO, 0.0);
        for triangle in &triangles {
            let [a, b, c] = triangle.corners.map(Vec3::as_dvec3);
            let area = 0.5 * (b - a).cross(c - a);
            sum += area;
            total += area.length();
        }
        if sum.length() > 1e-3 * total {
            self.report.problem(
                &boundary.pointer,
                "a medium needs a closed boundary: a ball, a box, or a mesh without holes",
            );
            return;
        }
        let enclosing = Boundary::new(solids, &triangles);
        if !self.is_within(boundary, &enclosing.bounds()) {
            return;
        }
        if density > 0.0 {
            self.media.push(PlacedMedium {
                boundary: enclosing,
                density,
                texture,
            });
        }
    }

    /// Collects what encloses a medium.
    fn outline(&mut self, object: &'a Object, transform: &Transform, outline: &mut Outline) {
        match &object.kind {
            ObjectKind::Sphere { center, radius } => {
                let sphere = sphere(*center, *radius, transform);
                outline.solids.push(Solid::Sphere(sphere));
            }
            ObjectKind::MovingSphere {
                centers,
                times,
                radius,
            } => {
                let moving = moving_sphere(*centers, *times, *radius, self.file.shutter, transform);
                outline.solids.push(Solid::MovingSphere(moving));
            }
            ObjectKind::Boxy { corner_0, corner_1 } => {
                outline.solids.push(Solid::Cuboid(Cuboid {
                    low: corner_0.min(*corner_1),
                    high: corner_0.max(*corner_1),
                    transform: *transform,
                }));
            }
            ObjectKind::Quad { q, u, v } => {
                let corners = [*q, *q + *u, *q + *u + *v, *q + *v];
                let [a, b, c, d] = corners.map(|corner| transform.point(corner).as_vec3());
                for corners in [[a, b, c], [a, c, d]] {
                    outline.triangles.push(Triangle { corners });
                }
            }
            ObjectKind::Triangle { q, u, v } => {
                outline.triangles.push(triangle([*q, *u, *v], transform));
            }
            ObjectKind::Mesh(placement) => {
                let placed = mesh_placement(placement, transform);
                if let Some(mesh) = self.load(object, &placement.path, placement.format) {
                    outline.add_mesh(&mesh, |corner| placed.point(corner));
                }
            }
            ObjectKind::Gltf { path } => {
                if let Some(mesh) = self.load(object, path, MeshFormat::Gltf) {
                    outline.add_mesh(&mesh, |corner| transform.point(corner));
                }
            }
            ObjectKind::Translate { object, offset } => {
                let inner = transform.after(&Transform::translation(*offset));
                self.outline(object, &inner, outline);
            }
            ObjectKind::RotateY { object, angle } => {
                let inner = transform.after(&Transform::rotation_y(*angle));
                self.outline(object, &inner, outline);
            }
            ObjectKind::ObjectList { objects } => {
                for object in objects {
                    self.outline(object, transform, outline);
                }
            }
            ObjectKind::ConstantMedium { .. } => self.report.problem(
                &object.pointer,
                "a medium cannot be the boundary of a medium",
            ),
        }
    }
}
