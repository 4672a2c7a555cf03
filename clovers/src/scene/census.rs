//! What is in a scene, in numbers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Scene, SceneFile,
    file::{ObjectKind, TextureDescription, objects},
    geometry::Object,
};
use crate::{
    lights::Beam,
    materials::{Material, MaterialKind},
    mesh::Mesh,
    shapes::Shape,
};

/// How many there are of each kind, by its name in a scene file.
pub type Counts = BTreeMap<&'static str, usize>;

impl SceneFile {
    /// Objects as they are written, those inside of others too.
    #[must_use]
    pub fn object_counts(&self) -> Counts {
        let mut counts = Counts::new();
        objects::visit(&self.objects, &mut |object| {
            *counts.entry(object.kind.name()).or_default() += 1;
        });
        counts
    }

    /// Materials that a surface has; those of glTF files are not known here.
    #[must_use]
    pub fn material_counts(&self) -> Counts {
        let mut counts = Counts::new();
        for material in self.used_materials() {
            let kind = self.materials[material].kind.name();
            *counts.entry(kind).or_default() += 1;
        }
        counts
    }

    /// Textures of these materials and of media.
    #[must_use]
    pub fn texture_counts(&self) -> Counts {
        let mut counts = Counts::new();
        let mut count = |texture: &TextureDescription| {
            *counts.entry(texture.name()).or_default() += 1;
        };
        for material in self.used_materials() {
            self.materials[material]
                .kind
                .texture()
                .into_iter()
                .for_each(&mut count);
        }
        objects::visit(&self.objects, &mut |object| {
            if let ObjectKind::ConstantMedium { texture, .. } = &object.kind {
                count(texture);
            }
        });
        counts
    }

    fn used_materials(&self) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        objects::visit_surfaces(&self.objects, &mut |object| {
            if !matches!(object.kind, ObjectKind::Gltf { .. }) {
                used.insert(object.material);
            }
        });
        used
    }
}

impl Scene {
    /// The shapes that rays are tested with: `Sphere`, `MovingSphere`, `Quad` and `Triangle`, box
    /// sides and mesh triangles counted singly.
    #[must_use]
    pub fn shape_counts(&self) -> Counts {
        let mut counts = Counts::new();
        for object in self.geometry.objects() {
            let (kind, count) = match object {
                Object::Shape(Shape::Sphere(_), _) => ("Sphere", 1),
                Object::Shape(Shape::MovingSphere(_), _) => ("MovingSphere", 1),
                Object::Shape(Shape::Quad(_), _) => ("Quad", 1),
                Object::Shape(Shape::Triangle(_), _) => ("Triangle", 1),
                Object::Mesh(placed) => ("Triangle", placed.len()),
            };
            *counts.entry(kind).or_default() += count;
        }
        counts
    }

    /// The shapes that shine: `DiffuseLight`, `ConeLight` (with a spread of less than 90 degrees)
    /// and `GLTF`.
    #[must_use]
    pub fn light_counts(&self) -> Counts {
        let mut counts = Counts::new();
        for id in self.geometry.ids() {
            let Some(light) = self.geometry.light(id) else {
                continue;
            };
            let material = &self.materials[self.geometry.material(id) as usize];
            let kind = match (&material.kind, self.lights.beam(light)) {
                (MaterialKind::MetallicRoughness(_), _) => "GLTF",
                (_, Beam::Cone { .. }) => "ConeLight",
                (_, Beam::Front | Beam::Both) => "DiffuseLight",
            };
            *counts.entry(kind).or_default() += 1;
        }
        counts
    }

    /// How many media there are that are not empty.
    #[must_use]
    pub fn media_count(&self) -> usize {
        self.media.len()
    }

    /// The memory it takes in bytes, with the meshes it shows.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let kept: BTreeMap<*const Mesh, &Mesh> = self
            .geometry
            .meshes()
            .map(|mesh| (Arc::as_ptr(mesh), mesh.as_ref()))
            .collect();
        size_of::<Self>()
            + self.geometry.memory_bytes()
            + self.materials.capacity() * size_of::<Material>()
            + self.media.memory_bytes()
            + self.lights.memory_bytes()
            + kept.values().map(|mesh| mesh.memory_bytes()).sum::<usize>()
    }
}
