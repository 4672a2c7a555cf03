//! Puts objects where they belong in the world.

use std::{collections::BTreeMap, sync::Arc};

use glam::{DMat3, DVec3, EulerRot, Vec2, Vec3};

use super::media::PlacedMedium;
use crate::{
    bvh::BuildParams,
    materials::{Material, MaterialKind, PbrSurface},
    math::{Aabb, Transform},
    mesh::{Mesh, MeshFormat},
    scene::{
        MeshSource, SceneFile,
        error::Report,
        file::{MeshPlacement, Object, ObjectKind},
        geometry::{self, PlacedMesh, Placement},
    },
    shapes::{MovingSphere, Quad, Shape, Sphere, Triangle, cuboid},
};

/// Beyond this products of coordinates leave single precision.
const LARGEST_COORDINATE: f32 = 4e9;

/// What is placed so far.
pub(super) struct Placing<'a> {
    pub(super) file: &'a SceneFile,
    meshes: &'a dyn MeshSource,
    loaded: BTreeMap<(&'a str, MeshFormat), Result<Arc<Mesh>, String>>,
    params: &'a BuildParams,
    pub(super) objects: Vec<geometry::Object>,
    /// Materials of glTF files, which come after those of the scene file.
    pub(super) gltf_materials: Vec<Material>,
    /// Where the materials of a glTF file begin.
    gltf_of: BTreeMap<&'a str, u32>,
    pub(super) media: Vec<PlacedMedium<'a>>,
    pub(super) report: Report,
}

impl<'a> Placing<'a> {
    pub(super) fn new(
        file: &'a SceneFile,
        meshes: &'a dyn MeshSource,
        params: &'a BuildParams,
    ) -> Self {
        Self {
            file,
            meshes,
            loaded: BTreeMap::new(),
            params,
            objects: Vec::new(),
            gltf_materials: Vec::new(),
            gltf_of: BTreeMap::new(),
            media: Vec::new(),
            report: Report::default(),
        }
    }

    pub(super) fn place(&mut self, object: &'a Object, transform: &Transform) {
        match &object.kind {
            ObjectKind::Sphere { center, radius } => {
                let sphere = sphere(*center, *radius, transform);
                self.add(object, Shape::Sphere(sphere));
            }
            ObjectKind::MovingSphere {
                centers,
                times,
                radius,
            } => {
                let moving = moving_sphere(*centers, *times, *radius, self.file.shutter, transform);
                self.add(object, Shape::MovingSphere(moving));
            }
            ObjectKind::Quad { q, u, v } => {
                self.add(object, Shape::Quad(quad([*q, *u, *v], transform)));
            }
            ObjectKind::Triangle { q, u, v } => {
                let triangle = triangle([*q, *u, *v], transform);
                self.add(object, Shape::Triangle(triangle));
            }
            ObjectKind::Boxy { corner_0, corner_1 } => {
                for side in cuboid::sides(*corner_0, *corner_1) {
                    self.add(object, Shape::Quad(quad(side, transform)));
                }
            }
            ObjectKind::Mesh(placement) => self.place_mesh(object, placement, transform),
            ObjectKind::Gltf { path } => self.place_gltf(object, path, transform),
            ObjectKind::ConstantMedium {
                boundary,
                density,
                texture,
            } => self.place_medium(boundary, *density as f32, texture, transform),
            ObjectKind::Translate {
                object: child,
                offset,
            } => {
                let inner = transform.after(&Transform::translation(*offset));
                self.place(child, &inner);
            }
            ObjectKind::RotateY {
                object: child,
                angle,
            } => {
                let inner = transform.after(&Transform::rotation_y(*angle));
                self.place(child, &inner);
            }
            ObjectKind::ObjectList { objects } => {
                for child in objects {
                    self.place(child, transform);
                }
            }
        }
    }

    fn place_mesh(
        &mut self,
        object: &'a Object,
        placement: &'a MeshPlacement,
        transform: &Transform,
    ) {
        let Some(mesh) = self.load(object, &placement.path, placement.format) else {
            return;
        };
        if placement.scale != 0.0 {
            let placed = mesh_placement(placement, transform);
            self.add_mesh(object, mesh, placed, object.material as u32);
        }
    }

    /// The mesh of a path; each is asked for once.
    pub(super) fn load(
        &mut self,
        object: &Object,
        path: &'a str,
        format: MeshFormat,
    ) -> Option<Arc<Mesh>> {
        let meshes = self.meshes;
        let loaded = self
            .loaded
            .entry((path, format))
            .or_insert_with(|| meshes.mesh(path, format));
        match loaded {
            Ok(mesh) => Some(Arc::clone(mesh)),
            Err(error) => {
                let pointer = format!("{}/path", object.pointer);
                self.report.problem(&pointer, error.clone());
                None
            }
        }
    }

    fn place_gltf(&mut self, object: &'a Object, path: &'a str, transform: &Transform) {
        let Some(mesh) = self.load(object, path, MeshFormat::Gltf) else {
            return;
        };
        if mesh.appearance().is_none() {
            let pointer = format!("{}/path", object.pointer);
            self.report
                .problem(&pointer, "this mesh is not a glTF file");
            return;
        }
        let first_material = *self.gltf_of.entry(path).or_insert_with(|| {
            let first = self.file.materials.len() + self.gltf_materials.len();
            let surfaces = (0..).map_while(|index| PbrSurface::new(&mesh, index));
            self.gltf_materials.extend(surfaces.map(|pbr| Material {
                kind: MaterialKind::MetallicRoughness(Box::new(pbr)),
                thin_film: None,
            }));
            first as u32
        });
        let placed = Placement::new(DMat3::IDENTITY, 1.0, DVec3::ZERO, transform);
        self.add_mesh(object, mesh, placed, first_material);
    }

    fn add_mesh(&mut self, object: &Object, mesh: Arc<Mesh>, placement: Placement, material: u32) {
        let placed = PlacedMesh::new(mesh, self.params, placement, material);
        if placed.len() > 0 {
            self.add_object(object, geometry::Object::Mesh(Box::new(placed)));
        }
    }

    fn add(&mut self, object: &Object, shape: Shape) {
        let material = object.material as u32;
        self.add_object(object, geometry::Object::Shape(shape, material));
    }

    /// Adds an object, or reports that it lies outside of the range of the renderer.
    fn add_object(&mut self, object: &Object, placed: geometry::Object) {
        if self.is_within(object, &placed.bounds()) {
            self.objects.push(placed);
        }
    }

    pub(super) fn is_within(&mut self, object: &Object, bounds: &Aabb) -> bool {
        let within = |corner: Vec3| corner.abs().max_element() <= LARGEST_COORDINATE;
        let is_within = bounds.is_empty() || (within(bounds.min) && within(bounds.max));
        if !is_within {
            self.report.problem(
                &object.pointer,
                "lies farther from the origin than 4e9, once it stands where it belongs",
            );
        }
        is_within
    }
}

/// How a mesh gets into the world.
pub(super) fn mesh_placement(placement: &MeshPlacement, transform: &Transform) -> Placement {
    let [x, y, z] = placement.rotation.to_array().map(f64::to_radians);
    // First about x, then y, then z.
    let rotation = DMat3::from_euler(EulerRot::ZYX, z, y, x);
    Placement::new(rotation, placement.scale, placement.center, transform)
}

pub(super) fn sphere(center: DVec3, radius: f64, transform: &Transform) -> Sphere {
    Sphere {
        center: transform.point(center).as_vec3(),
        radius: radius as f32,
        turn: Vec2::from(transform.cos_sin.map(|value| value as f32)),
    }
}

/// The centres hold at `times`; what counts is where they are as the shutter opens and closes.
pub(super) fn moving_sphere(
    centers: [DVec3; 2],
    times: [f64; 2],
    radius: f64,
    shutter: [f32; 2],
    transform: &Transform,
) -> MovingSphere {
    // Far from its two times it is farther away than numbers reach; that is refused by its bounds.
    let farthest = DVec3::splat(1e30);
    let at = |time: f32| {
        let share = (f64::from(time) - times[0]) / (times[1] - times[0]);
        (centers[0] + share * (centers[1] - centers[0])).clamp(-farthest, farthest)
    };
    let [open, close] = shutter.map(at);
    let Sphere {
        center,
        radius,
        turn,
    } = sphere(open, radius, transform);
    MovingSphere {
        center,
        way: transform.vector(close - open).as_vec3(),
        radius,
        turn,
    }
}

pub(super) fn triangle([q, u, v]: [DVec3; 3], transform: &Transform) -> Triangle {
    let corners = [q, q + u, q + v];
    Triangle {
        corners: corners.map(|corner| transform.point(corner).as_vec3()),
    }
}

fn quad([q, u, v]: [DVec3; 3], transform: &Transform) -> Quad {
    Quad {
        q: transform.point(q).as_vec3(),
        u: transform.vector(u).as_vec3(),
        v: transform.vector(v).as_vec3(),
    }
}
