//! What the driver can ask for.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use clovers::Scene;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    arrays::{read_f32, write_f32, write_u32},
    engine::{self, Picture, Preset},
    export,
    meshes::{self, IndexedMesh},
    noise,
    rays::{self, Rays},
    resources::{self, measure},
};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    /// Tells what build this is.
    Describe,
    /// Makes a mesh of about that many triangles and, unless told otherwise, a scene of it.
    MakeMesh {
        mesh: String,
        about: u32,
        /// Where vertices and indices are written.
        files: Option<[PathBuf; 2]>,
    },
    /// Makes rays for a mesh.
    MakeRays {
        mesh: String,
        kind: RayKind,
        size: u32,
        /// Where origins and directions are written.
        files: Option<[PathBuf; 2]>,
    },
    /// Traces the rays of a mesh.
    Trace {
        mesh: String,
        kind: RayKind,
        /// Where distances are written.
        distances: Option<PathBuf>,
    },
    /// Compares the distances in two files.
    Compare { files: [PathBuf; 2] },
    /// Builds the hierarchy of a mesh once more.
    Build { mesh: String, preset: Preset },
    /// Makes a mesh and a scene of it, and tells what memory that takes. Only a process that did
    /// nothing before gives a true answer.
    Memory { about: u32 },
    /// Opens a scene file.
    OpenScene { path: PathBuf },
    /// Renders the scene that is open.
    Render {
        #[serde(flatten)]
        picture: Picture,
        file: PathBuf,
    },
    /// Tells how noisy renders are.
    Noise { files: Vec<PathBuf> },
    /// Writes a mesh of a scene to files that begin with `stem`.
    ExportMesh {
        path: String,
        kind: String,
        stem: PathBuf,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RayKind {
    /// From the camera, one per pixel.
    Primary,
    /// From where those hit, in all directions.
    Bounce,
}

/// What was made so far.
#[derive(Default)]
pub(crate) struct Bench {
    meshes: HashMap<String, (IndexedMesh, Scene)>,
    rays: HashMap<(String, RayKind), Rays>,
    scene: Option<Scene>,
}

impl Bench {
    pub(crate) fn run(&mut self, command: Command) -> Result<Value> {
        match command {
            Command::Describe => Ok(engine::describe()),
            Command::MakeMesh { mesh, about, files } => self.make_mesh(mesh, about, files.as_ref()),
            Command::MakeRays {
                mesh,
                kind,
                size,
                files,
            } => self.make_rays(mesh, kind, size, files.as_ref()),
            Command::Trace {
                mesh,
                kind,
                distances,
            } => self.trace(mesh, kind, distances.as_deref()),
            Command::Compare { files } => compare(&files),
            Command::Build { mesh, preset } => {
                let (mesh, _) = self.mesh(&mesh)?;
                Ok(json!(engine::build_hierarchy(mesh, preset)?))
            }
            Command::Memory { about } => memory(about),
            Command::OpenScene { path } => {
                self.scene = None;
                let (scene, taken) = measure(|| engine::open_scene(&path));
                self.scene = Some(scene?);
                Ok(json!(taken))
            }
            Command::Render { picture, file } => {
                let scene = self.scene.as_ref().context("no scene is open")?;
                let (pixels, taken) = engine::render(scene, picture)?;
                write_f32(&file, pixels)?;
                Ok(json!(taken))
            }
            Command::Noise { files } => {
                let pictures: Result<Vec<_>> = files.iter().map(|file| read_f32(file)).collect();
                Ok(json!(noise::noise(&pictures?)?))
            }
            Command::ExportMesh { path, kind, stem } => {
                export::write_mesh(&engine::mesh_data(&path, &kind)?, &stem)
            }
        }
    }

    fn mesh(&self, name: &str) -> Result<&(IndexedMesh, Scene)> {
        let mesh = self.meshes.get(name);
        mesh.with_context(|| format!("there is no mesh {name}"))
    }

    fn make_mesh(
        &mut self,
        name: String,
        about: u32,
        files: Option<&[PathBuf; 2]>,
    ) -> Result<Value> {
        let mesh = meshes::knot(about);
        if let Some([vertices, indices]) = files {
            write_f32(vertices, mesh.vertices.iter().flat_map(|v| v.to_array()))?;
            write_u32(indices, mesh.triangles.iter().flatten().copied())?;
        }
        let triangles = mesh.triangles.len();
        let (scene, taken) =
            measure(|| engine::scene_of_mesh(&engine::parsed_mesh(&mesh), Preset::Quality));
        self.meshes.insert(name, (mesh, scene?));
        Ok(json!({ "triangles": triangles, "scene": taken }))
    }

    fn make_rays(
        &mut self,
        mesh: String,
        kind: RayKind,
        size: u32,
        files: Option<&[PathBuf; 2]>,
    ) -> Result<Value> {
        let rays = match kind {
            RayKind::Primary => rays::primary(size),
            RayKind::Bounce => rays::bounce(&self.mesh(&mesh)?.0, size, 1),
        };
        if let Some([origins, directions]) = files {
            write_f32(origins, rays.origins.iter().flat_map(|v| v.to_array()))?;
            write_f32(
                directions,
                rays.directions.iter().flat_map(|v| v.to_array()),
            )?;
        }
        let count = rays.origins.len();
        self.rays.insert((mesh, kind), rays);
        Ok(json!({ "rays": count }))
    }

    fn trace(&self, mesh: String, kind: RayKind, file: Option<&Path>) -> Result<Value> {
        let (_, scene) = self.mesh(&mesh)?;
        let rays = self.rays.get(&(mesh, kind)).context("there are no rays")?;
        let mut distances = vec![0.0; rays.origins.len()];
        let ((), taken) = measure(|| engine::trace(scene, rays, &mut distances));
        let hits = distances.iter().filter(|t| t.is_finite()).count();
        if let Some(file) = file {
            write_f32(file, distances)?;
        }
        Ok(json!({ "taken": taken, "hits": hits }))
    }
}

/// Distances beyond this mean that nothing was hit.
const NOTHING: f32 = 1e30;
/// Distances differ when this share of them does.
const TOLERANCE: f32 = 1e-3;

fn compare(files: &[PathBuf; 2]) -> Result<Value> {
    let [ours, theirs] = [read_f32(&files[0])?, read_f32(&files[1])?];
    ensure!(ours.len() == theirs.len(), "not as many distances");
    let (mut hit_or_miss, mut apart) = (0, 0);
    for (&a, &b) in ours.iter().zip(&theirs) {
        match (a < NOTHING, b < NOTHING) {
            (true, true) => apart += usize::from((a - b).abs() > TOLERANCE * b),
            (false, false) => {}
            _ => hit_or_miss += 1,
        }
    }
    Ok(json!({ "rays": ours.len(), "hit_or_miss": hit_or_miss, "apart": apart }))
}

fn memory(about: u32) -> Result<Value> {
    let indexed = meshes::knot(about);
    let mesh: Arc<_> = engine::parsed_mesh(&indexed);
    let triangles = indexed.triangles.len();
    drop(indexed);
    resources::forget_peak()?;
    let before = resources::memory("VmRSS")?;
    let scene = engine::scene_of_mesh(&mesh, Preset::Quality)?;
    let peak = resources::memory("VmHWM")?;
    let after = resources::memory("VmRSS")?;
    Ok(json!({
        "triangles": triangles,
        "scene_bytes": engine::memory_bytes(&scene),
        "resident_before": before,
        "resident_after": after,
        "resident_peak": peak,
    }))
}
