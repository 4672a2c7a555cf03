//! Objects of a scene file.

use glam::{DVec3, dvec3};

use super::{
    fields::{Fields, LARGEST_COORDINATE, Node},
    materials::{self, MaterialNames, TextureDescription},
    revisions::{self, Kind},
};
use crate::{mesh::MeshFormat, scene::error::Report};

/// How deep objects may nest.
const DEEPEST: u32 = 64;

/// An object as its author wrote it.
#[derive(Clone, Debug)]
pub struct Object {
    /// JSON pointer to the object.
    pub pointer: String,
    /// The hint for importance sampling; it changes nothing, since every emitter is sampled.
    pub priority: bool,
    /// Index into the materials of the file; groups and transforms ignore it.
    pub material: usize,
    /// What it is.
    pub kind: ObjectKind,
}

/// The kinds of objects.
#[derive(Clone, Debug)]
pub enum ObjectKind {
    /// A sphere; turned inside out by a negative radius.
    Sphere {
        /// Its middle.
        center: DVec3,
        /// Its radius.
        radius: f64,
    },
    /// A sphere on its way along a line.
    MovingSphere {
        /// Its middle at each of the two times.
        centers: [DVec3; 2],
        /// When it is there.
        times: [f64; 2],
        /// Its radius.
        radius: f64,
    },
    /// The parallelogram q + a u + b v.
    Quad {
        /// A corner.
        q: DVec3,
        /// One side.
        u: DVec3,
        /// The other.
        v: DVec3,
    },
    /// Half of the parallelogram, a + b <= 1.
    Triangle {
        /// A corner.
        q: DVec3,
        /// One side.
        u: DVec3,
        /// The other.
        v: DVec3,
    },
    /// An axis-aligned box.
    Boxy {
        /// Any corner.
        corner_0: DVec3,
        /// The one opposite.
        corner_1: DVec3,
    },
    /// A triangle mesh.
    Mesh(MeshPlacement),
    /// A glTF file with its own materials.
    Gltf {
        /// Its name.
        path: String,
    },
    /// A homogeneous medium; only the outline of the boundary matters.
    ConstantMedium {
        /// What encloses it.
        boundary: Box<Object>,
        /// Extinction per unit of length.
        density: f64,
        /// Single-scattering albedo.
        texture: TextureDescription,
    },
    /// The child, moved.
    Translate {
        /// The child.
        object: Box<Object>,
        /// By how much.
        offset: DVec3,
    },
    /// The child, turned about the y axis.
    RotateY {
        /// The child.
        object: Box<Object>,
        /// By how many degrees.
        angle: f64,
    },
    /// A group.
    ObjectList {
        /// Its members.
        objects: Vec<Object>,
    },
}

/// The kinds by themselves.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) enum Tag {
    Sphere,
    MovingSphere,
    Quad,
    Triangle,
    Boxy,
    Stl,
    Ply,
    Gltf,
    ConstantMedium,
    Translate,
    RotateY,
    ObjectList,
}

/// Every kind of object with its keys.
#[rustfmt::skip]
pub(in crate::scene) const KINDS: &[Kind<Tag>] = &[
    Kind { name: "Sphere", tag: Tag::Sphere, keys: &["center", "radius"] },
    Kind { name: "MovingSphere", tag: Tag::MovingSphere, keys: &["center_0", "center_1", "radius", "time_0", "time_1"] },
    Kind { name: "Quad", tag: Tag::Quad, keys: &["q", "u", "v"] },
    Kind { name: "Triangle", tag: Tag::Triangle, keys: &["q", "u", "v"] },
    Kind { name: "Boxy", tag: Tag::Boxy, keys: &["corner_0", "corner_1"] },
    Kind { name: "STL", tag: Tag::Stl, keys: &["path", "scale", "center", "rotation"] },
    Kind { name: "PLY", tag: Tag::Ply, keys: &["path", "scale", "center", "rotation"] },
    Kind { name: "GLTF", tag: Tag::Gltf, keys: &["path"] },
    Kind { name: "ConstantMedium", tag: Tag::ConstantMedium, keys: &["boundary", "density", "texture"] },
    Kind { name: "Translate", tag: Tag::Translate, keys: &["object", "offset"] },
    Kind { name: "RotateY", tag: Tag::RotateY, keys: &["object", "angle"] },
    Kind { name: "ObjectList", tag: Tag::ObjectList, keys: &["objects"] },
];

/// What every object can say.
pub(in crate::scene) const COMMON_KEYS: &[&str] = &["kind", "material", "priority"];

impl ObjectKind {
    /// The name of the kind in a scene file.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sphere { .. } => "Sphere",
            Self::MovingSphere { .. } => "MovingSphere",
            Self::Quad { .. } => "Quad",
            Self::Triangle { .. } => "Triangle",
            Self::Boxy { .. } => "Boxy",
            Self::Mesh(placement) => placement.format.name(),
            Self::Gltf { .. } => "GLTF",
            Self::ConstantMedium { .. } => "ConstantMedium",
            Self::Translate { .. } => "Translate",
            Self::RotateY { .. } => "RotateY",
            Self::ObjectList { .. } => "ObjectList",
        }
    }
}

/// Which mesh stands where.
#[derive(Clone, Debug)]
pub struct MeshPlacement {
    /// The format of its bytes.
    pub format: MeshFormat,
    /// Its name.
    pub path: String,
    /// Factor of all coordinates.
    pub scale: f64,
    /// Added after scaling and rotation.
    pub center: DVec3,
    /// Degrees about x, then y, then z.
    pub rotation: DVec3,
}

/// Calls `visitor` for every object, parents first.
pub(in crate::scene) fn visit<'a>(objects: &'a [Object], visitor: &mut impl FnMut(&'a Object)) {
    for object in objects {
        visitor(object);
        match &object.kind {
            ObjectKind::Translate { object, .. }
            | ObjectKind::RotateY { object, .. }
            | ObjectKind::ConstantMedium {
                boundary: object, ..
            } => visit(std::slice::from_ref(object), visitor),
            ObjectKind::ObjectList { objects } => visit(objects, visitor),
            ObjectKind::Sphere { .. }
            | ObjectKind::Quad { .. }
            | ObjectKind::Triangle { .. }
            | ObjectKind::MovingSphere { .. }
            | ObjectKind::Boxy { .. }
            | ObjectKind::Mesh(_)
            | ObjectKind::Gltf { .. } => {}
        }
    }
}

/// Calls `visitor` for every object that has a surface, which boundaries of media have not.
pub(in crate::scene) fn visit_surfaces<'a>(
    objects: &'a [Object],
    visitor: &mut impl FnMut(&'a Object),
) {
    for object in objects {
        match &object.kind {
            ObjectKind::Translate { object, .. } | ObjectKind::RotateY { object, .. } => {
                visit_surfaces(std::slice::from_ref(object), visitor);
            }
            ObjectKind::ObjectList { objects } => visit_surfaces(objects, visitor),
            ObjectKind::ConstantMedium { .. } => {}
            ObjectKind::Sphere { .. }
            | ObjectKind::Quad { .. }
            | ObjectKind::Triangle { .. }
            | ObjectKind::MovingSphere { .. }
            | ObjectKind::Boxy { .. }
            | ObjectKind::Mesh(_)
            | ObjectKind::Gltf { .. } => visitor(object),
        }
    }
}

/// A list of objects; `None` when any of it was refused.
pub(super) fn list(
    node: &Node<'_>,
    level: u32,
    names: &mut MaterialNames,
    report: &mut Report,
) -> Option<Vec<Object>> {
    let items = node.items("an array of objects", report)?;
    let mut objects = Vec::with_capacity(items.len());
    for (index, value) in items.iter().enumerate() {
        if report.is_full() {
            return None;
        }
        objects.extend(object(&node.item(index, value), level, names, report));
    }
    (objects.len() == items.len()).then_some(objects)
}

fn object(
    node: &Node<'_>,
    level: u32,
    names: &mut MaterialNames,
    report: &mut Report,
) -> Option<Object> {
    if level > DEEPEST {
        report.problem(
            &node.path,
            format!("objects nest deeper than {DEEPEST} levels"),
        );
        return None;
    }
    let (tag, body) = revisions::tagged(node, KINDS, COMMON_KEYS, report)?;
    let fields = Fields::of(&body, report)?;
    let kind = match tag {
        Tag::Sphere => sphere(&fields, report),
        Tag::MovingSphere => moving_sphere(&fields, report),
        Tag::Quad => sides(&fields, "quad", report).map(|[q, u, v]| ObjectKind::Quad { q, u, v }),
        Tag::Triangle => {
            sides(&fields, "triangle", report).map(|[q, u, v]| ObjectKind::Triangle { q, u, v })
        }
        Tag::Boxy => boxy(&fields, report),
        Tag::Stl => mesh(MeshFormat::Stl, &fields, report),
        Tag::Ply => mesh(MeshFormat::Ply, &fields, report),
        Tag::Gltf => mesh_path(&fields, report).map(|path| ObjectKind::Gltf { path }),
        Tag::ConstantMedium => constant_medium(&fields, level, names, report),
        Tag::Translate => {
            let object = child("object", &fields, level, names, report);
            let offset = fields.vector("offset", report);
            object
                .zip(offset)
                .map(|(object, offset)| ObjectKind::Translate { object, offset })
        }
        Tag::RotateY => {
            let object = child("object", &fields, level, names, report);
            let angle = fields.number("angle", report);
            object
                .zip(angle)
                .map(|(object, angle)| ObjectKind::RotateY { object, angle })
        }
        Tag::ObjectList => fields
            .required("objects", report)
            .and_then(|node| list(&node, level + 1, names, report))
            .map(|objects| ObjectKind::ObjectList { objects }),
    };
    let priority = match fields.optional("priority") {
        None => Some(false),
        Some(flag) => {
            if !flag.value.is_boolean() {
                flag.refuse("true or false", report);
            }
            flag.value.as_bool()
        }
    };
    let material_node = fields.optional("material");
    let material = names.resolve(material_node.as_ref(), report);
    if let (
        Some(
            ObjectKind::Translate { .. }
            | ObjectKind::RotateY { .. }
            | ObjectKind::ObjectList { .. }
            | ObjectKind::ConstantMedium { .. }
            | ObjectKind::Gltf { .. },
        ),
        Some(node),
    ) = (&kind, &material_node)
    {
        report.warning(&node.path, "has no effect on an object of this kind");
    }
    Some(Object {
        pointer: body.path.to_string(),
        priority: priority?,
        material,
        kind: kind?,
    })
}

fn child(
    key: &str,
    fields: &Fields<'_>,
    level: u32,
    names: &mut MaterialNames,
    report: &mut Report,
) -> Option<Box<Object>> {
    let node = fields.required(key, report)?;
    object(&node, level + 1, names, report).map(Box::new)
}

/// A length that is not zero, also in single precision.
fn length(fields: &Fields<'_>, key: &str, report: &mut Report) -> Option<f64> {
    let value = fields.number(key, report)?;
    if value as f32 == 0.0 || value.abs() > LARGEST_COORDINATE {
        report.problem(
            &fields.path(key),
            "must not be zero, nor beyond -1e9 and 1e9",
        );
        return None;
    }
    Some(value)
}

fn sphere(fields: &Fields<'_>, report: &mut Report) -> Option<ObjectKind> {
    let center = fields.vector("center", report);
    let radius = length(fields, "radius", report);
    Some(ObjectKind::Sphere {
        center: center?,
        radius: radius?,
    })
}

fn moving_sphere(fields: &Fields<'_>, report: &mut Report) -> Option<ObjectKind> {
    let centers = ["center_0", "center_1"].map(|key| fields.vector(key, report));
    let radius = length(fields, "radius", report);
    let time_0 = fields.number_or("time_0", 0.0, report);
    let time_1 = fields.number_or("time_1", 1.0, report);
    let times = [time_0?, time_1?];
    if times[0] as f32 == times[1] as f32 {
        let (wrong, other) = if fields.has("time_1") {
            ("time_1", "`time_0`, which is 0 where it is not given")
        } else {
            ("time_0", "`time_1`, which is 1 where it is not given")
        };
        report.problem(&fields.path(wrong), format!("must differ from {other}"));
        return None;
    }
    Some(ObjectKind::MovingSphere {
        centers: [centers[0]?, centers[1]?],
        times,
        radius: radius?,
    })
}

fn constant_medium(
    fields: &Fields<'_>,
    level: u32,
    names: &mut MaterialNames,
    report: &mut Report,
) -> Option<ObjectKind> {
    let boundary = child("boundary", fields, level, names, report);
    let density = fields.number_or("density", 0.1, report);
    let texture = materials::reflectance(fields, "texture", report);
    let density = density?;
    if density < 0.0 {
        report.problem(&fields.path("density"), "must not be negative");
        return None;
    }
    Some(ObjectKind::ConstantMedium {
        boundary: boundary?,
        density,
        texture: texture?,
    })
}

/// Corner and two sides that span an area.
fn sides(fields: &Fields<'_>, name: &str, report: &mut Report) -> Option<[DVec3; 3]> {
    let q = fields.vector("q", report);
    let u = fields.vector("u", report);
    let v = fields.vector("v", report);
    let (q, u, v) = (q?, u?, v?);
    // Computed as the renderer will see it.
    let [nu, nv] = [u, v].map(|side| side.as_vec3().as_dvec3());
    let area = nu.cross(nv).length();
    if area <= 1e-7 * nu.length() * nv.length() || area as f32 == 0.0 {
        report.problem(
            fields.place(),
            format!("this {name} has no area: `u` and `v` are zero or parallel"),
        );
        return None;
    }
    Some([q, u, v])
}

fn boxy(fields: &Fields<'_>, report: &mut Report) -> Option<ObjectKind> {
    let corner_0 = fields.vector("corner_0", report);
    let corner_1 = fields.vector("corner_1", report);
    let (corner_0, corner_1) = (corner_0?, corner_1?);
    let size = (corner_1.as_vec3() - corner_0.as_vec3()).abs();
    if size.min_element() == 0.0 {
        let [x, y, z] = (corner_1 - corner_0).to_array();
        report.problem(
            fields.place(),
            format!("this box has no volume: its sides are {x}, {y} and {z}"),
        );
        return None;
    }
    Some(ObjectKind::Boxy { corner_0, corner_1 })
}

fn mesh_path(fields: &Fields<'_>, report: &mut Report) -> Option<String> {
    let node = fields.required("path", report)?;
    let path = node.text(report)?;
    if path.is_empty() {
        report.problem(&node.path, "must name a mesh");
        return None;
    }
    Some(path.to_owned())
}

fn mesh(format: MeshFormat, fields: &Fields<'_>, report: &mut Report) -> Option<ObjectKind> {
    let path = mesh_path(fields, report);
    let scale = length(fields, "scale", report);
    let center = fields.vector("center", report);
    let rotation = fields
        .required("rotation", report)
        .and_then(|node| node.triple(report));
    let [x, y, z] = rotation?;
    Some(ObjectKind::Mesh(MeshPlacement {
        format,
        path: path?,
        scale: scale?,
        center: center?,
        rotation: dvec3(x, y, z),
    }))
}
