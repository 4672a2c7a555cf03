//! The scene file format: the contract with authors. Key names are stable.
//!
//! [`SceneFile::parse`] reads any JSON value, reports everything that is wrong with it at its
//! place, and leaves numbers that are finite in single precision and geometry that has a size.

mod color;
mod fields;
mod materials;
pub(super) mod objects;
mod revisions;

use glam::{DVec3, dvec3};
use serde_json::Value;

pub use color::Color;
pub use materials::{MaterialDescription, MaterialKind, TextureDescription};
pub use objects::{MeshPlacement, Object, ObjectKind};

use self::{
    fields::{Fields, Node},
    materials::MaterialNames,
};
pub(super) use revisions::Revision;
#[cfg(test)]
pub(super) use {
    materials::{
        COMMON_KEYS as MATERIAL_KEYS, KINDS as MATERIAL_KINDS, TEXTURE_KINDS, THIN_FILM_KEYS,
    },
    objects::{COMMON_KEYS as OBJECT_KEYS, KINDS as OBJECT_KINDS},
    revisions::Kind,
};

use super::{SceneProblem, error::Report};
use crate::mesh::MeshFormat;

/// The exposure of files that do not give one.
pub const DEFAULT_WHITE_LEVEL: f32 = 3.741;

/// A scene as its author wrote it, checked.
#[derive(Clone, Debug)]
pub struct SceneFile {
    /// When the shutter opens and closes.
    pub shutter: [f32; 2],
    /// The radiance all around.
    pub background: Color,
    /// The eye.
    pub camera: CameraDescription,
    /// What is to be seen.
    pub objects: Vec<Object>,
    /// Every material the objects refer to: named ones, inline ones, and the grey default first.
    pub materials: Vec<MaterialDescription>,
    /// The radiance of a flat spectrum that is shown as white.
    pub white_level: f32,
}

/// A camera as its author wrote it.
#[derive(Clone, Copy, Debug)]
pub struct CameraDescription {
    /// The eye.
    pub look_from: DVec3,
    /// The target.
    pub look_at: DVec3,
    /// A hint which way is up.
    pub up: DVec3,
    /// The whole vertical field of view in degrees.
    pub vertical_fov: f64,
    /// The diameter of the lens, 0 for a pinhole.
    pub aperture: f64,
    /// Distance of the plane of focus along the view axis.
    pub focus_distance: f64,
}

/// A scene, and what its author should know although it can be rendered.
#[derive(Clone, Debug)]
pub struct ParsedScene {
    /// The scene.
    pub file: SceneFile,
    /// Unknown keys, undefined or unused materials, a scene without light.
    pub warnings: Vec<SceneProblem>,
}

/// A place in a scene that names a mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshRef {
    /// JSON pointer to the `path` key.
    pub pointer: String,
    /// The name.
    pub path: String,
    /// The format its bytes are in.
    pub format: MeshFormat,
}

impl SceneFile {
    /// Reads a scene file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each at its place (at most about a hundred).
    pub fn parse(value: &Value) -> Result<ParsedScene, Vec<SceneProblem>> {
        let mut report = Report::default();
        let file = read(value, &mut report);
        let warnings = report.finish()?;
        let file = file.ok_or_else(|| {
            vec![SceneProblem {
                pointer: String::new(),
                detail: "this is not a scene".into(),
            }]
        })?;
        Ok(ParsedScene { file, warnings })
    }

    /// Every place that names a mesh, in the order of the file.
    #[must_use]
    pub fn meshes(&self) -> Vec<MeshRef> {
        let mut meshes = Vec::new();
        objects::visit(&self.objects, &mut |object| {
            let (path, format) = match &object.kind {
                ObjectKind::Mesh(placement) => (&placement.path, placement.format),
                ObjectKind::Gltf { path } => (path, MeshFormat::Gltf),
                _ => return,
            };
            meshes.push(MeshRef {
                pointer: format!("{}/path", object.pointer),
                path: path.clone(),
                format,
            });
        });
        meshes
    }
}

pub(super) const SCENE_KEYS: &[&str] = &[
    "time_0",
    "time_1",
    "background_color",
    "camera",
    "objects",
    "materials",
    "white_level",
];

fn read(value: &Value, report: &mut Report) -> Option<SceneFile> {
    let root = Node::root(value);
    let fields = Fields::of(&root, report)?;
    if fields.has("scene_file") && !fields.has("objects") {
        report.problem(
            &root.path,
            "this is an envelope, not a scene: give what stands under its key `scene_file`",
        );
        return None;
    }
    fields.warn_of_unknown(SCENE_KEYS, &["priority_objects"], report);

    let time_0 = fields.number("time_0", report);
    let time_1 = fields.number("time_1", report);
    let background = fields
        .required("background_color", report)
        .and_then(|node| color::background(&node, report));
    let camera = fields
        .required("camera", report)
        .and_then(|node| camera(&node, report));
    let white_level = fields
        .number_or("white_level", f64::from(DEFAULT_WHITE_LEVEL), report)
        .filter(|&level| {
            let positive = level as f32 > 0.0;
            if !positive {
                report.problem(&fields.path("white_level"), "must be greater than 0");
            }
            positive
        });

    let mut names = MaterialNames::read(fields.optional("materials").as_ref(), report);
    let objects = fields
        .required("objects", report)
        .and_then(|node| objects::list(&node, 1, &mut names, report));
    let priority_objects = match fields.optional("priority_objects") {
        Some(node) => {
            report.saw(Revision::B);
            objects::list(&node, 1, &mut names, report)
        }
        None => Some(Vec::new()),
    };
    let materials = names.finish(report);

    let (mut objects, priority_objects) = (objects?, priority_objects?);
    if !priority_objects.is_empty() {
        revisions::join(&mut objects, priority_objects);
    }
    let file = SceneFile {
        shutter: [time_0? as f32, time_1? as f32],
        background: background?,
        camera: camera?,
        objects,
        materials,
        white_level: white_level? as f32,
    };
    if file.background.is_black() && !file.has_emitter() {
        report.warning(
            &root.path,
            "nothing in this scene shines: no object is a light and the background is black",
        );
    }
    report.revision().warn(report);
    Some(file)
}

impl SceneFile {
    fn has_emitter(&self) -> bool {
        let mut found = false;
        objects::visit_surfaces(&self.objects, &mut |object| {
            found |= match object.kind {
                // Whether its own materials shine is known when its bytes are read.
                ObjectKind::Gltf { .. } => true,
                _ => self.materials[object.material].is_emitter(),
            };
        });
        found
    }
}

pub(super) const CAMERA_KEYS: &[&str] = &[
    "look_from",
    "look_at",
    "up",
    "vertical_fov",
    "aperture",
    "focus_distance",
];

fn camera(node: &Node<'_>, report: &mut Report) -> Option<CameraDescription> {
    let fields = Fields::of(node, report)?;
    fields.warn_of_unknown(CAMERA_KEYS, &[], report);
    let look_from = fields.vector("look_from", report);
    let look_at = fields.vector("look_at", report);
    let up = fields.vector("up", report);
    let vertical_fov = fields.number("vertical_fov", report);
    let aperture = fields.number("aperture", report);
    let focus_distance = fields.number("focus_distance", report);

    let mut sound = true;
    let mut refuse = |key: &str, detail: &str| {
        report.problem(&fields.path(key), detail);
        sound = false;
    };
    if let (Some(from), Some(at)) = (look_from, look_at) {
        let back = narrowed(from) - narrowed(at);
        if back == DVec3::ZERO {
            refuse("look_at", "must differ from `look_from`");
        } else if let Some(up) = up {
            let right = narrowed(up).cross(back);
            if narrowed(up) == DVec3::ZERO {
                refuse("up", "must not be zero");
            } else if right.length() <= 1e-6 * up.length() * back.length() {
                refuse("up", "must not be parallel to the view direction");
            }
        }
    }
    if let Some(fov) = vertical_fov
        && !(fov as f32 > 0.0 && (fov as f32) < 180.0)
    {
        refuse("vertical_fov", "must lie between 0 and 180 degrees");
    }
    if aperture.is_some_and(|aperture| aperture < 0.0) {
        refuse("aperture", "must not be negative");
    }
    if aperture.is_some_and(|aperture| aperture > 0.0)
        && focus_distance.is_some_and(|distance| distance as f32 <= 0.0)
    {
        refuse(
            "focus_distance",
            "must be greater than 0 when the aperture is",
        );
    }
    let camera = CameraDescription {
        look_from: look_from?,
        look_at: look_at?,
        up: up?,
        vertical_fov: vertical_fov?,
        aperture: aperture?,
        focus_distance: focus_distance?,
    };
    sound.then_some(camera)
}

/// What is left of a vector in single precision.
fn narrowed(v: DVec3) -> DVec3 {
    dvec3(
        f64::from(v.x as f32),
        f64::from(v.y as f32),
        f64::from(v.z as f32),
    )
}
