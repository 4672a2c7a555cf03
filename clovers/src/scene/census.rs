//! What is in a scene, in numbers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Primitive, Scene, SceneFile,
    file::{ObjectKind, TextureDescription, objects},
};
use crate::{
    lights::Beam,
    materials::{Material, MaterialKind},
    mesh::{Mesh, Vertex},
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
        for shape in &self.shapes {
            let kind = match shape {
                Shape::Sphere(_) => "Sphere",
                Shape::MovingSphere(_) => "MovingSphere",
                Shape::Quad(_) => "Quad",
                Shape::Triangle(_) => "Triangle",
            };
            *counts.entry(kind).or_default() += 1;
        }
        counts
    }

    /// The shapes that shine: `DiffuseLight`, `ConeLight` (with a spread of less than 90 degrees)
    /// and `GLTF`.
    #[must_use]
    pub fn light_counts(&self) -> Counts {
        let mut counts = Counts::new();
        for primitive in &self.primitives {
            let Some(light) = primitive.light() else {
                continue;
            };
            let material = &self.materials[primitive.material as usize];
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

    /// The memory it takes in bytes, with the glTF files it keeps for their images.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let kept: BTreeMap<*const Mesh, &Mesh> = self
            .materials
            .iter()
            .filter_map(|material| match &material.kind {
                MaterialKind::MetallicRoughness(pbr) => Some(pbr.mesh()),
                _ => None,
            })
            .map(|mesh| (Arc::as_ptr(mesh), mesh.as_ref()))
            .collect();
        size_of::<Self>()
            + self.shapes.capacity() * size_of::<Shape>()
            + self.primitives.capacity() * size_of::<Primitive>()
            + self.vertices.capacity() * size_of::<Vertex>()
            + self.corners.capacity() * size_of::<[u32; 3]>()
            + self.materials.capacity() * size_of::<Material>()
            + self.bvh.memory_bytes()
            + self.media.memory_bytes()
            + self.lights.memory_bytes()
            + kept.values().map(|mesh| mesh.memory_bytes()).sum::<usize>()
    }
}
