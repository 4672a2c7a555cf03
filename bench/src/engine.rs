//! Every call into the renderer: when its interface changes, this file does.

use std::{
    fs,
    hint::black_box,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use anyhow::{Context, Result, anyhow};
use clovers::{
    Control, Film, Mesh, MeshFormat, MeshSource, Region, RenderOptions, Scene, SceneFile,
    SceneProblem,
    math::Ray,
    mesh::{PbrMaterial, TextureRef, Vertex},
    scene::parse_json,
};
use glam::Vec3;
use serde_json::{Value, json};

use crate::{
    meshes::IndexedMesh,
    rays::Rays,
    resources::{Taken, measure},
};

/// What build of the renderer this is.
pub(crate) fn describe() -> Value {
    json!({
        "fingerprint": clovers::FINGERPRINT,
        "target_features": clovers::TARGET_FEATURES,
        "threads": rayon::current_num_threads(),
    })
}

/// How a hierarchy is built.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Preset {
    /// For finals.
    Quality,
    /// For previews.
    Fast,
}

/// Builds the hierarchy of a mesh on all cores.
pub(crate) fn build_hierarchy(mesh: &IndexedMesh, preset: Preset) -> Result<Taken> {
    let mesh = parsed_mesh(mesh);
    let (built, taken) = measure(|| scene_of_mesh(&mesh, preset));
    black_box(built?);
    Ok(taken)
}

/// A mesh in the form in which parsing a file leaves it.
pub(crate) fn parsed_mesh(mesh: &IndexedMesh) -> Arc<Mesh> {
    Arc::new(Mesh::from_triangles(mesh.corners().collect()))
}

/// A scene of one mesh where it is, grey in grey.
pub(crate) fn scene_of_mesh(mesh: &Arc<Mesh>, preset: Preset) -> Result<Scene> {
    struct One<'a>(&'a Arc<Mesh>);
    impl MeshSource for One<'_> {
        fn mesh(&self, _: &str, _: MeshFormat) -> Result<Arc<Mesh>, String> {
            Ok(Arc::clone(self.0))
        }
    }
    let text = json!({
        "time_0": 0, "time_1": 1, "background_color": [1, 1, 1],
        "camera": {
            "look_from": [0, 0, 9], "look_at": [0, 0, 0], "up": [0, 1, 0],
            "vertical_fov": 40, "aperture": 0, "focus_distance": 1
        },
        "objects": [{
            "kind": "STL", "path": "mesh", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0]
        }],
    });
    let file = SceneFile::parse(&text).map_err(|all| problems(&all))?.file;
    let built = match preset {
        Preset::Quality => Scene::build(&file, &One(mesh)),
        Preset::Fast => Scene::build_fast(&file, &One(mesh)),
    };
    built.map_err(|all| problems(&all))
}

/// Bytes that a scene takes, with the mesh it shows.
pub(crate) fn memory_bytes(scene: &Scene) -> usize {
    scene.memory_bytes()
}

/// The distances of the nearest hits, infinite for none; on this thread, one ray after another.
pub(crate) fn trace(scene: &Scene, rays: &Rays, distances: &mut [f32]) {
    let rays = rays.origins.iter().zip(&rays.directions);
    for ((&origin, &direction), distance) in rays.zip(distances) {
        let ray = Ray {
            origin,
            direction,
            time: 0.0,
        };
        *distance = scene.nearest(&ray).unwrap_or(f32::INFINITY);
    }
}

/// Reads a scene file and makes it ready to render. Its meshes are named by the paths of their
/// files.
pub(crate) fn open_scene(path: &Path) -> Result<Scene> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let value = parse_json(&text).map_err(|problem| anyhow!("{problem}"))?;
    let file = SceneFile::parse(&value).map_err(|all| problems(&all))?.file;
    Scene::build(&file, &Files).map_err(|all| problems(&all))
}

/// How a picture is rendered.
#[derive(Clone, Copy, serde::Deserialize)]
pub(crate) struct Picture {
    width: u32,
    height: u32,
    samples: u32,
    max_depth: u32,
    seed: u64,
}

/// The picture in linear sRGB, row by row, and how long rendering it took.
pub(crate) fn render(scene: &Scene, picture: Picture) -> Result<(Vec<f32>, Taken)> {
    let options = RenderOptions {
        width: picture.width,
        height: picture.height,
        samples: picture.samples,
        max_depth: picture.max_depth,
        seed: picture.seed,
        ..RenderOptions::default()
    };
    let mut film = Film::new(Region::whole(&options));
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| (),
    };
    let (outcome, taken) =
        measure(|| clovers::render(scene, &options, 0..options.samples, &mut film, &control));
    outcome?;
    Ok((film.picture().pixels.into_flattened(), taken))
}

/// A mesh of a scene for renderers that do not read its format.
pub(crate) struct MeshData {
    pub(crate) triangles: Vec<[Vec3; 3]>,
    pub(crate) looks: Option<Looks>,
}

/// What a glTF file tells of its surfaces.
pub(crate) struct Looks {
    /// Normal, tangent and texture coordinates of all corners: 3 + 4 + 2 numbers each.
    pub(crate) vertices: Vec<[f32; 9]>,
    /// Beside the triangles: their vertices and their material.
    pub(crate) corners: Vec<[u32; 3]>,
    pub(crate) material_of: Vec<u32>,
    pub(crate) materials: Value,
    /// Width, height and texels.
    pub(crate) images: Vec<(u32, u32, Vec<[u8; 4]>)>,
}

/// Reads a mesh that a scene file names.
pub(crate) fn mesh_data(path: &str, kind: &str) -> Result<MeshData> {
    let format = match kind {
        "STL" => MeshFormat::Stl,
        "PLY" => MeshFormat::Ply,
        "GLTF" => MeshFormat::Gltf,
        other => return Err(anyhow!("{other} is not a kind of mesh")),
    };
    let mesh = Files.mesh(path, format).map_err(|error| anyhow!(error))?;
    let looks = mesh.appearance().map(|appearance| Looks {
        vertices: appearance.vertices.iter().map(vertex_numbers).collect(),
        corners: appearance.corners.clone(),
        material_of: appearance.material_of.clone(),
        materials: appearance.materials.iter().map(pbr_material).collect(),
        images: appearance
            .images
            .iter()
            .map(|image| (image.width, image.height, image.texels.clone()))
            .collect(),
    });
    Ok(MeshData {
        triangles: mesh.triangles().to_vec(),
        looks,
    })
}

fn vertex_numbers(vertex: &Vertex) -> [f32; 9] {
    let [nx, ny, nz] = vertex.normal.to_array();
    let [tx, ty, tz, tw] = vertex.tangent.to_array();
    let [u, v] = vertex.uv[0].to_array();
    [nx, ny, nz, tx, ty, tz, tw, u, v]
}

fn pbr_material(material: &PbrMaterial) -> Value {
    let texture = |texture: &TextureRef| {
        json!({
            "image": texture.image,
            "plain": texture.uv_set == 0 && texture.transform.is_none(),
        })
    };
    let texture_of = |reference: &Option<TextureRef>| reference.as_ref().map(texture);
    json!({
        "base_color": material.base_color,
        "base_color_texture": texture_of(&material.base_color_texture),
        "metallic": material.metallic,
        "roughness": material.roughness,
        "metallic_roughness_texture": texture_of(&material.metallic_roughness_texture),
        "normal_texture": material.normal_texture.map(|normal| texture(&normal.texture)),
        "normal_scale": material.normal_texture.map(|normal| normal.scale),
        "emissive": material.emissive,
        "emissive_texture": texture_of(&material.emissive_texture),
        "double_sided": material.double_sided,
    })
}

/// Meshes by the paths of their files.
struct Files;

impl MeshSource for Files {
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
        let bytes = fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?;
        Mesh::parse(format, &bytes)
            .map(Arc::new)
            .map_err(|error| format!("{path} is broken: {error}"))
    }
}

fn problems(all: &[SceneProblem]) -> anyhow::Error {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    anyhow!(all.join("; "))
}
