//! Meshes of a scene as plain arrays, for renderers that do not read their formats.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    arrays::{write, write_f32, write_u32},
    engine::MeshData,
};

/// Writes a mesh to files that begin with `stem`; returns which there are.
pub(crate) fn write_mesh(mesh: &MeshData, stem: &Path) -> Result<Value> {
    let name = |part: &str| {
        let mut name = stem.as_os_str().to_owned();
        name.push(part);
        std::path::PathBuf::from(name)
    };
    let triangles = name(".triangles");
    let corners = mesh.triangles.iter().flatten();
    write_f32(&triangles, corners.flat_map(|corner| corner.to_array()))?;
    let Some(looks) = &mesh.looks else {
        return Ok(json!({ "triangles": triangles }));
    };
    let [vertices, corners, material_of] = [".vertices", ".corners", ".materials"].map(name);
    write_f32(&vertices, looks.vertices.iter().flatten().copied())?;
    write_u32(&corners, looks.corners.iter().flatten().copied())?;
    write_u32(&material_of, looks.material_of.iter().copied())?;
    let mut images = Vec::new();
    for (index, (width, height, texels)) in looks.images.iter().enumerate() {
        let file = name(&format!(".image{index}"));
        write(&file, texels.iter().flatten().copied())?;
        images.push(json!({ "width": width, "height": height, "texels": file }));
    }
    Ok(json!({
        "triangles": triangles,
        "vertices": vertices,
        "corners": corners,
        "material_of": material_of,
        "materials": looks.materials,
        "images": images,
    }))
}
