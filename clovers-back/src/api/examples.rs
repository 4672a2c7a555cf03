//! The example scenes: read once at the start, and their meshes kept as assets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use clovers_common::clovers::{Mesh, MeshFormat};
use clovers_common::domain::render_options::RenderLimits;
use clovers_common::domain::request::RenderRequest;
use clovers_common::store::{Backoff, NewAsset, Store};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use utoipa::ToSchema;

use super::openapi::RenderRequestBody;
use super::parameters::Named;
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// What `GET /examples` lists.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExampleList<'a> {
    #[schema(value_type = Vec<Example>)]
    items: &'a [Example],
    /// Always null: all examples are on the first page.
    next_cursor: Option<String>,
}

/// An example scene.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Example {
    name: String,
    title: String,
    description: String,
}

/// Lists the examples
#[utoipa::path(get, path = "/examples", tag = "examples", responses((status = 200, body = ExampleList)))]
pub(crate) async fn list_examples(State(state): State<AppState>) -> Response {
    Json(ExampleList {
        items: &state.examples.list,
        next_cursor: None,
    })
    .into_response()
}

/// Answers with an example, ready to be submitted
#[utoipa::path(
    get, path = "/examples/{name}", tag = "examples", params(("name" = String, Path)),
    responses(
        (status = 200, body = RenderRequestBody),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_example(
    State(state): State<AppState>,
    Named(name): Named<String>,
) -> Result<Response, ApiError> {
    let request = state
        .examples
        .requests
        .get(&name)
        .ok_or(ApiError::NotFound("There is no example of this name."))?;
    Ok((
        [(header::CONTENT_TYPE, "application/json")],
        request.clone(),
    )
        .into_response())
}

/// All examples, by name and in the order of their list.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    list: Vec<Example>,
    requests: BTreeMap<String, Bytes>,
    meshes: Vec<ExampleMesh>,
}

#[derive(Debug, PartialEq, Eq)]
struct ExampleMesh {
    name: String,
    format: MeshFormat,
    file: PathBuf,
}

/// An entry of `examples.json`.
#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(flatten)]
    example: Example,
    #[serde(default)]
    opts: serde_json::Value,
}

impl Examples {
    /// Reads `examples.json` and the scenes it lists. An example that cannot be used is left out, and logged.
    pub(crate) fn load(folder: &Path, limits: &RenderLimits) -> Self {
        let mut examples = Self::default();
        let entries = match entries(folder) {
            Ok(entries) => entries,
            Err(error) => {
                warn!(folder = %folder.display(), error = format!("{error:#}"), "There are no examples to show");
                return examples;
            }
        };
        for entry in entries {
            let name = entry.example.name.clone();
            if let Err(error) = examples.add(folder, limits, entry) {
                warn!(
                    example = name,
                    error = format!("{error:#}"),
                    "Leaving out the example {name}"
                );
            }
        }
        examples
    }

    fn add(
        &mut self,
        folder: &Path,
        limits: &RenderLimits,
        Entry { example, opts }: Entry,
    ) -> Result<()> {
        let scene = fs::read_to_string(inside(folder, &format!("{}.json", example.name))?)?;
        let body = request_body(&example.title, &opts, &scene)?;
        let request =
            RenderRequest::parse(body.as_bytes(), limits).map_err(|error| anyhow!("{error:?}"))?;
        for mesh in request.meshes() {
            let mesh = ExampleMesh {
                file: inside(folder, &mesh.path)?,
                name: mesh.path,
                format: mesh.format,
            };
            if !self.meshes.contains(&mesh) {
                self.meshes.push(mesh);
            }
        }
        self.requests.insert(example.name.clone(), body.into());
        self.list.push(example);
        Ok(())
    }

    /// Keeps the meshes that the examples name as assets of these names.
    pub(crate) async fn seed_meshes(&self, store: &Store) {
        for mesh in &self.meshes {
            if let Err(error) = seed(store, mesh).await {
                warn!(
                    asset = mesh.name,
                    error = format!("{error:#}"),
                    "Cannot keep the mesh {}",
                    mesh.name
                );
            }
        }
    }
}

/// The request, laid out as the scene's author laid it out, for it is read by people.
fn request_body(title: &str, opts: &serde_json::Value, scene: &str) -> Result<String> {
    let (title, opts) = (serde_json::to_string(title)?, serde_json::to_string(opts)?);
    // A line break can only stand between values: in JSON strings they are escaped.
    let scene = scene.trim().replace('\n', "\n  ");
    Ok(format!(
        "{{\n  \"name\": {title},\n  \"opts\": {opts},\n  \"scene_file\": {scene}\n}}\n"
    ))
}

fn entries(folder: &Path) -> Result<Vec<Entry>> {
    let list = fs::read(folder.join("examples.json")).context("reading examples.json")?;
    serde_json::from_slice(&list).context("parsing examples.json")
}

/// A file below the folder: the names come from our own list, but a slip in it should not reach elsewhere.
fn inside(folder: &Path, name: &str) -> Result<PathBuf> {
    let plain = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    ensure!(
        plain && !name.is_empty(),
        "`{name}` is not a file below the folder of examples"
    );
    Ok(folder.join(name))
}

async fn seed(store: &Store, mesh: &ExampleMesh) -> Result<()> {
    let (file, format) = (mesh.file.clone(), mesh.format);
    let (data, parsed) = tokio::task::spawn_blocking(move || {
        let data = fs::read(file)?;
        let parsed = Mesh::parse(format, &data)?;
        anyhow::Ok((data, parsed))
    })
    .await??;
    let (min, max) = (parsed.bounds().min, parsed.bounds().max);
    let mut backoff = Backoff::default();
    loop {
        let asset = NewAsset {
            name: &mesh.name,
            format: &format.to_string().to_lowercase(),
            data: &data,
            triangles: parsed.triangle_count() as u64,
            bounds: [min.x, min.y, min.z, max.x, max.y, max.z].map(f64::from),
        };
        match store.put_asset(asset).await {
            Ok(new) => {
                info!(asset = mesh.name, new, "The mesh {} is kept", mesh.name);
                return Ok(());
            }
            Err(error) if error.is_unavailable() => backoff.wait().await,
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Examples {
        Examples::load(
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenes")),
            &RenderLimits::default(),
        )
    }

    #[test]
    fn every_listed_example_is_served() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenes"));
        assert_eq!(shipped().list.len(), entries(folder).unwrap().len());
    }

    #[test]
    fn every_mesh_of_an_example_is_there_and_readable() {
        for mesh in shipped().meshes {
            Mesh::parse(mesh.format, &fs::read(&mesh.file).unwrap()).unwrap();
        }
    }

    #[test]
    fn a_name_never_leads_out_of_the_folder() {
        for name in ["../secret", "/etc/passwd", "a/../../b", "", "."] {
            assert!(inside(Path::new("scenes"), name).is_err(), "{name}");
        }
        assert!(inside(Path::new("scenes"), "meshes/x.stl").is_ok());
    }

    #[test]
    fn a_missing_folder_means_no_examples() {
        assert!(
            Examples::load(Path::new("does/not/exist"), &RenderLimits::default())
                .list
                .is_empty()
        );
    }
}
