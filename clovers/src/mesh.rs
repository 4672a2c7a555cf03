//! Triangle meshes from bytes. No file is ever opened here.

mod appearance;
mod gltf;
mod memory;
mod ply;
mod stl;
mod tree;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use glam::Vec3;

pub use appearance::{
    Appearance, Image, NormalTexture, PbrMaterial, TextureRef, UvTransform, Vertex, Wrap,
};

pub(crate) use tree::TriangleTree;

use crate::{bvh::BuildParams, math::Aabb};

/// How a mesh is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MeshFormat {
    /// STL, binary or text.
    Stl,
    /// PLY, binary or text.
    Ply,
    /// glTF 2.0, everything in one file.
    Gltf,
}

impl MeshFormat {
    /// The name of its kind in a scene file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stl => "STL",
            Self::Ply => "PLY",
            Self::Gltf => "GLTF",
        }
    }
}

impl fmt::Display for MeshFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why bytes are not a mesh.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// The bytes are not of that format, or are damaged.
    #[error("{0}")]
    Invalid(String),
}

/// Triangles as a file has them: not yet placed in a scene.
#[derive(Clone, Debug)]
pub struct Mesh {
    triangles: Vec<[Vec3; 3]>,
    bounds: Aabb,
    appearance: Option<Box<Appearance>>,
    /// Made once, for all scenes that show the mesh.
    tree: OnceLock<Arc<TriangleTree>>,
}

impl PartialEq for Mesh {
    fn eq(&self, other: &Self) -> bool {
        self.triangles == other.triangles && self.appearance == other.appearance
    }
}

impl Mesh {
    /// Reads a mesh.
    ///
    /// Counts in the file are checked against its length before anything is allocated: never more
    /// than ten times the length of `bytes` and 64 MiB are in use.
    ///
    /// # Errors
    /// When the bytes are not a whole mesh of that format with finite corners.
    pub fn parse(format: MeshFormat, bytes: &[u8]) -> Result<Self, MeshError> {
        match format {
            MeshFormat::Stl => stl::parse(bytes).map(Self::from_triangles),
            MeshFormat::Ply => ply::parse(bytes).map(Self::from_triangles),
            MeshFormat::Gltf => gltf::parse(bytes),
        }
    }

    /// A mesh of these triangles.
    #[must_use]
    pub fn from_triangles(triangles: Vec<[Vec3; 3]>) -> Self {
        let bounds = Aabb::around(triangles.iter().flatten().copied());
        Self {
            triangles,
            bounds,
            appearance: None,
            tree: OnceLock::new(),
        }
    }

    /// A mesh of these triangles, which look like this.
    ///
    /// # Panics
    /// When the parts do not fit together: lists of another length, or an index that leads nowhere.
    #[must_use]
    pub fn with_appearance(triangles: Vec<[Vec3; 3]>, appearance: Appearance) -> Self {
        appearance.assert_fits(triangles.len());
        Self {
            appearance: Some(Box::new(appearance)),
            ..Self::from_triangles(triangles)
        }
    }

    /// The triangles, corners counter-clockwise as seen from the front.
    #[must_use]
    pub fn triangles(&self) -> &[[Vec3; 3]] {
        &self.triangles
    }

    /// How many triangles there are.
    #[must_use]
    pub fn triangle_count(&self) -> usize {
        self.triangles.len()
    }

    /// How they look, where the file tells it.
    #[must_use]
    pub fn appearance(&self) -> Option<&Appearance> {
        self.appearance.as_deref()
    }

    /// The triangles made ready for rays; the first call takes its time.
    pub(crate) fn tree(&self, params: &BuildParams) -> Arc<TriangleTree> {
        let tree = self
            .tree
            .get_or_init(|| Arc::new(TriangleTree::new(&self.triangles, params)));
        Arc::clone(tree)
    }

    /// The memory it takes, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.triangles.capacity() * size_of::<[Vec3; 3]>()
            + self.tree.get().map_or(0, |tree| tree.memory_bytes())
            + self.appearance().map_or(0, Appearance::memory_bytes)
    }

    /// The smallest box around them.
    #[must_use]
    pub fn bounds(&self) -> Aabb {
        self.bounds
    }
}
