//! Every example of `scenes/` parses without a word of warning and renders.

use std::{fs, path::PathBuf, sync::Arc};

use clovers::{Mesh, MeshFormat, MeshSource, Scene, SceneFile, scene::parse_json};
use serde_json::Value;

use crate::support::{options, picture};

fn scenes() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scenes")
}

struct Meshes;

impl MeshSource for Meshes {
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
        let bytes = fs::read(scenes().join(path)).map_err(|error| error.to_string())?;
        Mesh::parse(format, &bytes)
            .map(Arc::new)
            .map_err(|error| error.to_string())
    }
}

fn read(name: &str) -> Value {
    let text = fs::read(scenes().join(name)).expect("the file is there");
    parse_json(&text).expect("the file is JSON")
}

fn names() -> Vec<String> {
    let list = read("examples.json");
    let entries = list.as_array().expect("an array of examples");
    let text = |entry: &Value, key: &str| {
        let text = entry[key].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{key} of {entry}");
        text.to_owned()
    };
    entries
        .iter()
        .map(|entry| {
            text(entry, "title");
            text(entry, "description");
            for key in ["width", "height", "samples", "max_depth"] {
                assert!(
                    entry["opts"][key].as_u64().is_some_and(|n| n > 0),
                    "{key} of {entry}"
                );
            }
            text(entry, "name")
        })
        .collect()
}

pub(crate) fn example(name: &str) -> Scene {
    let parsed = SceneFile::parse(&read(&format!("{name}.json")));
    let file = parsed
        .unwrap_or_else(|problems| panic!("{name}: {problems:?}"))
        .file;
    Scene::build(&file, &Meshes).unwrap_or_else(|problems| panic!("{name}: {problems:?}"))
}

#[test]
fn every_scene_is_listed_once() {
    let mut listed = names();
    listed.sort();
    let mut present: Vec<String> = fs::read_dir(scenes())
        .expect("the folder is there")
        .filter_map(|entry| {
            let name = entry.expect("it can be read").file_name();
            let name = name.to_string_lossy();
            name.strip_suffix(".json").map(str::to_owned)
        })
        .filter(|name| name != "examples")
        .collect();
    present.sort();
    assert_eq!(listed, present);
}

#[test]
fn every_example_parses_without_warnings_and_renders_finite_and_not_black() {
    for name in names() {
        let parsed = SceneFile::parse(&read(&format!("{name}.json")))
            .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        assert_eq!(parsed.warnings, vec![], "{name}");
        let scene = Scene::build(&parsed.file, &Meshes)
            .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        let picture = picture(&scene, &options(32, 16, 32));
        let values: Vec<f32> = picture.pixels.into_iter().flatten().collect();
        assert!(values.iter().all(|value| value.is_finite()), "{name}");
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(mean > 0.005, "{name} is black: {mean}");
    }
}
