//! Scenes and their meshes on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use clovers::{
    Mesh, MeshFormat, MeshSource, SceneFile, SceneProblem,
    scene::{ParsedScene, parse_json},
};

/// A scene file that could be read.
pub(crate) enum Loaded {
    Scene(Box<ParsedScene>),
    Refused(Vec<SceneProblem>),
}

/// Reads and checks a scene file.
pub(crate) fn load(path: &Path) -> Result<Loaded> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let outcome = parse_json(&text)
        .map_err(|problem| vec![problem])
        .and_then(|value| SceneFile::parse(&value));
    Ok(match outcome {
        Ok(parsed) => Loaded::Scene(Box::new(parsed)),
        Err(problems) => Loaded::Refused(problems),
    })
}

/// Prints one line per problem or warning.
pub(crate) fn print_problems(label: &str, problems: &[SceneProblem]) {
    for problem in problems {
        eprintln!("{label}: {problem}");
    }
}

/// Meshes by path: relative to the working directory, to the scene file's, and to that one's
/// parent.
#[derive(Debug)]
pub(crate) struct FileMeshes {
    folders: Vec<PathBuf>,
}

impl FileMeshes {
    pub(crate) fn beside(scene: &Path) -> Self {
        let beside = scene.parent().unwrap_or(Path::new(""));
        let above = if beside == Path::new("") {
            PathBuf::from("..")
        } else {
            beside.join("..")
        };
        Self {
            folders: vec![PathBuf::new(), beside.to_owned(), above],
        }
    }
}

impl MeshSource for FileMeshes {
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
        let mut tried: Vec<PathBuf> = Vec::new();
        for folder in &self.folders {
            let place = folder.join(path);
            if tried.contains(&place) {
                continue;
            }
            match fs::read(&place) {
                Ok(bytes) => {
                    return Mesh::parse(format, &bytes)
                        .map(Arc::new)
                        .map_err(|error| format!("{} is broken: {error}", place.display()));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => tried.push(place),
                Err(error) => return Err(format!("cannot read {}: {error}", place.display())),
            }
        }
        let tried: Vec<String> = tried
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        Err(format!("there is no such file; tried {}", tried.join(", ")))
    }
}
