//! `clovers-cli info`.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, Result};
use clovers::{
    Mesh, MeshFormat, MeshSource, Scene, SceneProblem,
    mesh::Image,
    scene::{Counts, ParsedScene},
};
use indicatif::HumanBytes;
use serde::Serialize;

use crate::{
    args::InfoArgs,
    scene_file::{FileMeshes, Loaded, load, print_problems},
};

pub(crate) fn run(args: &InfoArgs) -> Result<ExitCode> {
    let parsed = match load(&args.input)? {
        Loaded::Scene(parsed) => parsed,
        Loaded::Refused(problems) => {
            print_problems("error", &problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    let meshes = RememberedMeshes {
        files: FileMeshes::beside(&args.input),
        read: RefCell::default(),
    };
    let scene = match Scene::build(&parsed.file, &meshes) {
        Ok(scene) => scene,
        Err(problems) => {
            print_problems("error", &problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    let info = Info::of(*parsed, &scene, &meshes.read.borrow());
    let text = if args.json {
        serde_json::to_string_pretty(&info).context("cannot write the answer")? + "\n"
    } else {
        info.to_string()
    };
    io::stdout()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

type MeshesByName = BTreeMap<(String, MeshFormat), Arc<Mesh>>;

/// Meshes on disk, and which of them were read.
struct RememberedMeshes {
    files: FileMeshes,
    read: RefCell<MeshesByName>,
}

impl MeshSource for RememberedMeshes {
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
        let mesh = self.files.mesh(path, format)?;
        let mut read = self.read.borrow_mut();
        read.insert((path.to_owned(), format), Arc::clone(&mesh));
        Ok(mesh)
    }
}

/// All there is to tell.
#[derive(Serialize)]
struct Info {
    /// As they are written.
    objects: Counts,
    /// What rays are tested with.
    shapes: Counts,
    /// Shapes that shine.
    lights: Counts,
    background_shines: bool,
    materials: Counts,
    textures: Counts,
    media: usize,
    meshes: Vec<MeshInfo>,
    /// `None` where nothing is to be seen.
    bounds: Option<Bounds>,
    camera: Camera,
    shutter: [f32; 2],
    white_level: f32,
    memory_bytes: Memory,
    warnings: Vec<SceneProblem>,
}

#[derive(Serialize)]
struct MeshInfo {
    path: String,
    format: MeshFormat,
    triangles: usize,
    materials: usize,
    images: Vec<ImageSize>,
    memory_bytes: usize,
}

#[derive(Serialize)]
struct ImageSize {
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct Bounds {
    min: [f32; 3],
    max: [f32; 3],
    size: [f32; 3],
}

#[derive(Serialize)]
struct Camera {
    look_from: [f64; 3],
    look_at: [f64; 3],
    up: [f64; 3],
    vertical_fov: f64,
    aperture: f64,
    focus_distance: f64,
}

#[derive(Serialize)]
struct Memory {
    scene: usize,
    /// The scene keeps files that have images; the others go once it is built.
    meshes_while_building: usize,
}

impl Info {
    fn of(parsed: ParsedScene, scene: &Scene, meshes: &MeshesByName) -> Self {
        let file = &parsed.file;
        let bounds = scene.bounds();
        let dropped = meshes.values().filter(|mesh| mesh.appearance().is_none());
        let mesh_info = |((path, format), mesh): (&(String, MeshFormat), &Arc<Mesh>)| MeshInfo {
            path: path.clone(),
            format: *format,
            triangles: mesh.triangle_count(),
            materials: mesh.appearance().map_or(0, |look| look.materials.len()),
            images: mesh
                .appearance()
                .into_iter()
                .flat_map(|look| &look.images)
                .map(|&Image { width, height, .. }| ImageSize { width, height })
                .collect(),
            memory_bytes: mesh.memory_bytes(),
        };
        Self {
            objects: file.object_counts(),
            shapes: scene.shape_counts(),
            lights: scene.light_counts(),
            background_shines: !file.background.is_black(),
            materials: file.material_counts(),
            textures: file.texture_counts(),
            media: scene.media_count(),
            meshes: meshes.iter().map(mesh_info).collect(),
            bounds: (!bounds.is_empty()).then(|| Bounds {
                min: bounds.min.to_array(),
                max: bounds.max.to_array(),
                size: bounds.size().to_array(),
            }),
            camera: Camera {
                look_from: file.camera.look_from.to_array(),
                look_at: file.camera.look_at.to_array(),
                up: file.camera.up.to_array(),
                vertical_fov: file.camera.vertical_fov,
                aperture: file.camera.aperture,
                focus_distance: file.camera.focus_distance,
            },
            shutter: file.shutter,
            white_level: file.white_level,
            memory_bytes: Memory {
                scene: scene.memory_bytes(),
                meshes_while_building: dropped.map(|mesh| mesh.memory_bytes()).sum(),
            },
            warnings: parsed.warnings,
        }
    }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |label: &str, text: &str| writeln!(f, "{label:<12}{text}");
        row("objects", &counted(&self.objects))?;
        row("shapes", &counted(&self.shapes))?;
        let background = if self.background_shines {
            ", and the background"
        } else {
            ""
        };
        row("lights", &(counted(&self.lights) + background))?;
        row("materials", &counted(&self.materials))?;
        row("textures", &counted(&self.textures))?;
        row("media", &self.media.to_string())?;
        let mut label = "meshes";
        for mesh in &self.meshes {
            row(label, &mesh.to_string())?;
            label = "";
        }
        if self.meshes.is_empty() {
            row(label, "0")?;
        }
        match &self.bounds {
            Some(Bounds { min, max, size }) => {
                // Five digits of the largest side.
                let largest = size.iter().copied().fold(0.0, f32::max).max(1e-30);
                let decimals = (4.0 - largest.log10().floor()).max(0.0) as usize;
                let [min, max, size] =
                    [min, max, size].map(|p| point(&p.map(|value| rounded(value, decimals))));
                row("bounds", &format!("{min} to {max}, size {size}"))?;
            }
            None => row("bounds", "nothing is to be seen")?,
        }
        row("camera", &self.camera.to_string())?;
        let [open, close] = self.shutter;
        row("shutter", &format!("{open} to {close}"))?;
        row("white level", &self.white_level.to_string())?;
        row("memory", &self.memory_bytes.to_string())?;
        row("warnings", &self.warnings.len().to_string())?;
        for warning in &self.warnings {
            row("", &warning.to_string())?;
        }
        Ok(())
    }
}

impl fmt::Display for MeshInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            format,
            triangles,
            materials,
            ..
        } = self;
        write!(f, "{path}: {format}, {triangles} triangles")?;
        if *materials > 0 {
            write!(f, ", {materials} materials, {} images", self.images.len())?;
        }
        for ImageSize { width, height } in &self.images {
            write!(f, ", {width} x {height}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Camera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, at) = (point(&self.look_from), point(&self.look_at));
        write!(
            f,
            "from {from} to {at}, {} degrees high, ",
            self.vertical_fov
        )?;
        if self.aperture > 0.0 {
            let distance = self.focus_distance;
            write!(f, "lens of {}, sharp at {distance}", self.aperture)
        } else {
            write!(f, "all sharp")
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", HumanBytes(self.scene as u64))?;
        if self.meshes_while_building > 0 {
            let meshes = HumanBytes(self.meshes_while_building as u64);
            write!(f, ", and {meshes} for meshes while it is built")?;
        }
        Ok(())
    }
}

/// The sum, then each kind.
fn counted(counts: &Counts) -> String {
    let sum: usize = counts.values().sum();
    let kinds: Vec<String> = counts
        .iter()
        .map(|(kind, n)| format!("{n} {kind}"))
        .collect();
    if kinds.is_empty() {
        return sum.to_string();
    }
    format!("{sum}: {}", kinds.join(", "))
}

/// Without zeros at the end.
fn rounded(value: f32, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

fn point(coordinates: &[impl fmt::Display; 3]) -> String {
    let [x, y, z] = coordinates;
    format!("({x}, {y}, {z})")
}
