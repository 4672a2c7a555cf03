//! glTF 2.0, as .glb or as JSON with everything embedded, after the specification of the Khronos
//! Group (version 2.0.1).
//!
//! What is drawn: the triangles of all scenes in their rest pose, with their materials. Skins,
//! morph targets, animations, cameras and lights are not read. The JSON is read here, since the
//! crate `gltf` keeps parts of it that are far larger in memory than in the file, and panics on
//! some headers.

mod accessors;
mod document;
mod images;
mod materials;
mod surfaces;

use glam::{DAffine3, DMat3, DMat4, DQuat, DVec3};

use self::{
    accessors::Buffers,
    document::{Document, Node, get},
    materials::Materials,
    surfaces::{Drawable, Surfaces},
};
use super::{Mesh, MeshError, memory::Memory};

/// The most triangles of a file, counting each repetition.
const MOST_TRIANGLES: usize = 20_000_000;

pub(super) fn parse(bytes: &[u8]) -> Result<Mesh, MeshError> {
    let mut memory = Memory::for_file_of(bytes.len());
    let (json, bin) = split(bytes)?;
    let document = Document::parse(json, &mut memory)?;
    let buffers = Buffers::open(&document, bin, &mut memory)?;
    let instances = instances(&document, &mut memory)?;
    let drawables = drawables(&document, &buffers, &instances, &mut memory)?;

    // Some bytes can be drawn very often: all is counted before anything is made of it.
    let drawn = || {
        let of = |instance: &Instance| drawables[instance.mesh as usize].as_slice();
        instances.iter().flat_map(move |instance| {
            of(instance)
                .iter()
                .map(move |drawable| (instance, drawable))
        })
    };
    let mut triangles = 0_usize;
    let mut vertices = 0_usize;
    let mut largest = 0;
    for (_, drawable) in drawn() {
        triangles = triangles.saturating_add(drawable.triangles());
        vertices = vertices.saturating_add(drawable.most_vertices());
        largest = largest.max(drawable.vertices_in_file());
        if triangles > MOST_TRIANGLES {
            return Err(MeshError::Invalid(format!(
                "the file draws more than {MOST_TRIANGLES} triangles"
            )));
        }
    }
    let mut surfaces = Surfaces::with_room(triangles, vertices, largest, &mut memory)?;
    let mut materials = Materials::new(&document, &buffers, &mut memory)?;
    for (_, drawable) in drawn() {
        materials.read(drawable.material)?;
    }
    for (instance, drawable) in drawn() {
        let material = materials.read(drawable.material)?;
        surfaces
            .draw(drawable, &instance.to_world, material)
            .map_err(|error| MeshError::Invalid(format!("mesh {}: {error}", instance.mesh)))?;
    }
    let (materials, images) = materials.finish();
    surfaces.finish(materials, images)
}

/// The JSON of a file, and the binary part of a .glb file.
fn split(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), MeshError> {
    let Some(rest) = bytes.strip_prefix(b"glTF") else {
        return Ok((bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), None));
    };
    let invalid = |detail: &str| MeshError::Invalid(format!("the .glb file {detail}"));
    let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes) as usize;
    let (Some((version, rest)), true) = (rest.split_first_chunk::<4>(), rest.len() >= 8) else {
        return Err(invalid("ends in its header"));
    };
    if number(version) != 2 {
        return Err(invalid(&format!("has version {}, not 2", number(version))));
    }
    // Its length comes next; what is there counts.
    let mut rest = &rest[4..];
    let mut json = None;
    let mut bin = None;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (Some((kind, after)), length) = (after.split_first_chunk::<4>(), number(length)) else {
            break;
        };
        let chunk = after.get(..length).ok_or_else(|| {
            invalid(&format!(
                "declares a part of {length} bytes, but {} are left",
                after.len()
            ))
        })?;
        match (kind, json, bin) {
            (b"JSON", None, _) => json = Some(chunk),
            (b"BIN\0", Some(_), None) => bin = Some(chunk),
            // Others are to be ignored.
            _ => {}
        }
        rest = &after[length..];
    }
    Ok((json.ok_or_else(|| invalid("has no JSON"))?, bin))
}

/// A mesh at a place.
struct Instance {
    mesh: u32,
    to_world: DAffine3,
}

/// All meshes of all scenes. Each node stands at one place only, as the specification asks: then
/// neither a cycle nor a branch that comes again and again is possible.
fn instances(document: &Document<'_>, memory: &mut Memory) -> Result<Vec<Instance>, MeshError> {
    let nodes = &document.nodes;
    let invalid = |detail: String| Err(MeshError::Invalid(detail));
    memory.take::<[Instance; 3]>(nodes.len(), || format!("{} nodes", nodes.len()))?;
    let mut has_parent = vec![false; nodes.len()];
    for node in nodes {
        for &child in &node.children {
            get(nodes, child, "node")?;
            if std::mem::replace(&mut has_parent[child as usize], true) {
                return invalid(format!("node {child} is the child of two nodes"));
            }
        }
    }
    let mut is_root = vec![false; nodes.len()];
    for (index, scene) in document.scenes.iter().enumerate() {
        for &root in &scene.nodes {
            get(nodes, root, "node")?;
            if has_parent[root as usize] {
                return invalid(format!(
                    "scene {index} begins with node {root}, but that is the child of another"
                ));
            }
            is_root[root as usize] = true;
        }
    }
    if document.scenes.is_empty() {
        is_root = has_parent.iter().map(|has_parent| !has_parent).collect();
    }

    let mut instances = Vec::with_capacity(nodes.len());
    let mut pending: Vec<(usize, DAffine3)> = Vec::with_capacity(nodes.len());
    pending.extend(
        (0..nodes.len())
            .rev()
            .filter(|&node| is_root[node])
            .map(|node| (node, DAffine3::IDENTITY)),
    );
    while let Some((index, parent)) = pending.pop() {
        let node = &nodes[index];
        let to_world = parent * local_transform(node);
        if let Some(mesh) = node.mesh {
            get(&document.meshes, mesh, "mesh")?;
            instances.push(Instance { mesh, to_world });
        }
        let children = node.children.iter().rev();
        pending.extend(children.map(|&child| (child as usize, to_world)));
    }
    Ok(instances)
}

fn local_transform(node: &Node) -> DAffine3 {
    if let Some(matrix) = &node.matrix {
        return DAffine3::from_mat4(DMat4::from_cols_array(matrix));
    }
    let rotation = node.rotation.map_or(DQuat::IDENTITY, DQuat::from_array);
    let length = rotation.length();
    let rotation = if length > 0.0 && length.is_finite() {
        rotation / length
    } else {
        DQuat::IDENTITY
    };
    DAffine3 {
        matrix3: DMat3::from_quat(rotation)
            * DMat3::from_diagonal(node.scale.map_or(DVec3::ONE, DVec3::from_array)),
        translation: node.translation.map_or(DVec3::ZERO, DVec3::from_array),
    }
}

/// Beside the meshes, what is drawn of them; nothing of those without an instance.
fn drawables<'a>(
    document: &'a Document<'a>,
    buffers: &'a Buffers<'a>,
    instances: &[Instance],
    memory: &mut Memory,
) -> Result<Vec<Vec<Drawable<'a>>>, MeshError> {
    memory.take::<Vec<Drawable<'_>>>(document.meshes.len(), || "the meshes".into())?;
    let mut drawables: Vec<Vec<_>> = document.meshes.iter().map(|_| Vec::new()).collect();
    for mesh in instances.iter().map(|instance| instance.mesh) {
        let primitives = &document.meshes[mesh as usize].primitives;
        let drawables = &mut drawables[mesh as usize];
        if drawables.capacity() > 0 || primitives.is_empty() {
            // This mesh was met before.
            continue;
        }
        memory.take::<Drawable<'_>>(primitives.len(), || {
            format!("{} primitives", primitives.len())
        })?;
        drawables.reserve_exact(primitives.len());
        for (index, primitive) in primitives.iter().enumerate() {
            let drawable = Drawable::open(document, buffers, primitive).map_err(|error| {
                MeshError::Invalid(format!("mesh {mesh}, primitive {index}: {error}"))
            })?;
            drawables.extend(drawable.filter(|drawable| drawable.triangles() > 0));
        }
    }
    Ok(drawables)
}

#[cfg(test)]
mod tests;
