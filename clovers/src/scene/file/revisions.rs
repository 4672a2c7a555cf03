//! The revisions of the scene format: which there are, and how the older ones are read.
//!
//! | revision | written | an object, a material, a texture | materials | to be sampled directly |
//! |---|---|---|---|---|
//! | A | until mid 2022 | `{ "Sphere": { … } }` | inline | repeated in `priority_objects` |
//! | B | until autumn 2023 | `{ "kind": "Sphere", … }` | inline | first as in A, later `"priority": true` |
//! | C | autumn 2023 | as in B | named in `materials` | `"priority": true` |
//! | D | now | as in B | named or inline | `"priority": true` |
//!
//! C is a part of D, and so is B without `priority_objects`. So two things are left to convert:
//! [`tagged`] finds a kind wherever it stands, and [`join`] makes `priority_objects` objects. Both
//! are told by the form alone, so that files which mix the revisions are read too. Every place in
//! a message is one in the file as it was written.

use std::collections::BTreeSet;

use glam::{DVec3, dvec3};

use super::{
    fields::{Fields, Node},
    objects::{Object, ObjectKind},
};
use crate::{math::Transform, scene::error::Report};

/// The oldest revision a file shows a trait of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::scene) enum Revision {
    /// Kinds are keys.
    A,
    /// There is a list `priority_objects`.
    B,
    /// As written today.
    #[default]
    D,
}

impl Revision {
    /// Tells the author of an old file how it is written today.
    pub(super) fn warn(self, report: &mut Report) {
        let detail = match self {
            Self::A => {
                "this file is of revision A (kinds as keys, `priority_objects`); it is read, write D: \
                 `\"kind\": \"Sphere\"` inside of the object, `\"priority\": true` on it"
            }
            Self::B => {
                "this file is of revision B (`priority_objects` beside `objects`); it is read, write D: \
                 `\"priority\": true` on the object itself"
            }
            Self::D => return,
        };
        report.first_warning(detail);
    }
}

/// A kind as the format knows it.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) struct Kind<T> {
    /// As a file names it.
    pub(in crate::scene) name: &'static str,
    pub(in crate::scene) tag: T,
    /// All its keys, but for those that all kinds have.
    pub(in crate::scene) keys: &'static [&'static str],
}

/// Finds out of which kind something is, and where its keys stand: in the object that says `kind`,
/// or, in revision A, in the one behind the only key.
///
/// Reports a kind that is missing or unknown, and warns of keys that are neither of this kind nor
/// among those `common` to all.
pub(super) fn tagged<'a, T: Copy>(
    node: &'a Node<'a>,
    kinds: &[Kind<T>],
    common: &[&str],
    report: &mut Report,
) -> Option<(T, Node<'a>)> {
    let fields = Fields::of(node, report)?;
    let (name, body, place) = match key_of_a_kind(&fields, kinds) {
        Some(name) if !fields.has("kind") => {
            report.saw(Revision::A);
            fields.warn_of_unknown(&[name], &[], report);
            let body = fields.required(name, report)?;
            (name, body, body.path)
        }
        _ => {
            let kind = fields.required("kind", report)?;
            (kind.text(report)?, *node, kind.path)
        }
    };
    let Some(kind) = kinds.iter().find(|kind| kind.name == name) else {
        report.problem(&place, format!("unknown kind `{name}`"));
        return None;
    };
    Fields::of(&body, report)?.warn_of_unknown(kind.keys, common, report);
    Some((kind.tag, body))
}

/// The only key that is, or could be, the name of a kind.
fn key_of_a_kind<'a, T>(fields: &Fields<'a>, kinds: &[Kind<T>]) -> Option<&'a str> {
    let mut names = fields.entries().filter(|(key, value)| {
        let is_known = kinds.iter().any(|kind| kind.name == *key);
        // No other key of the format begins with a capital letter.
        is_known || (key.starts_with(|c: char| c.is_ascii_uppercase()) && value.is_object())
    });
    let (name, _) = names.next()?;
    names.next().is_none().then_some(name)
}

/// Adds the members of `priority_objects` to the objects, and flags them.
///
/// Most of them stand among the objects already. What takes the very same place there, as single
/// precision tells, is flagged where it stands and left out here; groups and transforms count by
/// what is in them.
pub(super) fn join(objects: &mut Vec<Object>, priority_objects: Vec<Object>) {
    let root = Transform::IDENTITY;
    let mut known = BTreeSet::new();
    for object in objects.iter() {
        visit_leaves(object, &root, &mut |leaf, transform| {
            known.insert(footprint(leaf, transform));
        });
    }
    let mut repeated = BTreeSet::new();
    let mut additional = priority_objects;
    additional.retain_mut(|object| {
        object.priority = true;
        retain_leaves(object, &root, &mut |leaf, transform| {
            let footprint = footprint(leaf, transform);
            if known.contains(&footprint) {
                repeated.insert(footprint);
                return false;
            }
            known.insert(footprint)
        })
    });
    for object in objects.iter_mut() {
        retain_leaves(object, &root, &mut |leaf, transform| {
            leaf.priority |= repeated.contains(&footprint(leaf, transform));
            true
        });
    }
    objects.append(&mut additional);
}

/// Calls `visitor` for all that is neither a group nor a transform, with its way into the world.
fn visit_leaves(
    object: &Object,
    transform: &Transform,
    visitor: &mut impl FnMut(&Object, &Transform),
) {
    let inner = inner(object, transform);
    match &object.kind {
        ObjectKind::Translate { object, .. } | ObjectKind::RotateY { object, .. } => {
            visit_leaves(object, &inner, visitor);
        }
        ObjectKind::ObjectList { objects } => {
            for object in objects {
                visit_leaves(object, &inner, visitor);
            }
        }
        _ => visitor(object, transform),
    }
}

/// Takes the leaves that `keep` refuses out of an object, with the groups and transforms that are
/// empty then; tells whether anything remains.
fn retain_leaves(
    object: &mut Object,
    transform: &Transform,
    keep: &mut impl FnMut(&mut Object, &Transform) -> bool,
) -> bool {
    let inner = inner(object, transform);
    match &mut object.kind {
        ObjectKind::Translate { object, .. } | ObjectKind::RotateY { object, .. } => {
            retain_leaves(object, &inner, keep)
        }
        ObjectKind::ObjectList { objects } => {
            let was_empty = objects.is_empty();
            objects.retain_mut(|object| retain_leaves(object, &inner, keep));
            was_empty || !objects.is_empty()
        }
        _ => keep(object, transform),
    }
}

/// How what is in an object gets into the world.
fn inner(object: &Object, transform: &Transform) -> Transform {
    match object.kind {
        ObjectKind::Translate { offset, .. } => transform.after(&Transform::translation(offset)),
        ObjectKind::RotateY { angle, .. } => transform.after(&Transform::rotation_y(angle)),
        _ => *transform,
    }
}

/// What is equal of two objects that take the very same place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Footprint {
    kind: &'static str,
    /// Of meshes.
    path: String,
    /// Bits of points and lengths in the world.
    numbers: Vec<u32>,
    /// What encloses a medium.
    boundary: BTreeSet<Footprint>,
}

fn footprint(leaf: &Object, transform: &Transform) -> Footprint {
    let kind = leaf.kind.name();
    let mut path = String::new();
    let mut boundary = BTreeSet::new();
    let point = |p: DVec3| transform.point(p).to_array();
    let vector = |v: DVec3| transform.vector(v).to_array();
    let numbers: Vec<[f64; 3]> = match &leaf.kind {
        ObjectKind::Sphere { center, radius } => vec![point(*center), [*radius; 3]],
        ObjectKind::MovingSphere {
            centers,
            times,
            radius,
        } => vec![
            point(centers[0]),
            point(centers[1]),
            [times[0], times[1], *radius],
        ],
        ObjectKind::Quad { q, u, v } | ObjectKind::Triangle { q, u, v } => {
            vec![point(*q), vector(*u), vector(*v)]
        }
        ObjectKind::Boxy { corner_0, corner_1 } => {
            let low = corner_0.min(*corner_1);
            let size = corner_0.max(*corner_1) - low;
            vec![
                point(low),
                vector(dvec3(size.x, 0.0, 0.0)),
                vector(dvec3(0.0, size.y, 0.0)),
                vector(dvec3(0.0, 0.0, size.z)),
            ]
        }
        ObjectKind::Mesh(placement) => {
            path.clone_from(&placement.path);
            vec![
                [placement.scale; 3],
                placement.rotation.to_array(),
                point(placement.center),
                vector(DVec3::X),
            ]
        }
        ObjectKind::Gltf { path: name } => {
            path.clone_from(name);
            vec![point(DVec3::ZERO), vector(DVec3::X)]
        }
        ObjectKind::ConstantMedium {
            boundary: object,
            density,
            ..
        } => {
            visit_leaves(object, transform, &mut |leaf, transform| {
                boundary.insert(footprint(leaf, transform));
            });
            vec![[*density; 3]]
        }
        ObjectKind::Translate { .. }
        | ObjectKind::RotateY { .. }
        | ObjectKind::ObjectList { .. } => unreachable!("it is no leaf"),
    };
    // Adding 0 makes one zero of the two.
    let bits = |number: f64| (number as f32 + 0.0).to_bits();
    Footprint {
        kind,
        path,
        numbers: numbers.into_iter().flatten().map(bits).collect(),
        boundary,
    }
}
