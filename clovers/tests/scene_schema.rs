//! The published schema, the scenes and the documents fit each other.

use std::{fs, path::PathBuf, sync::LazyLock};

use clovers::{
    SceneFile,
    scene::{parse_json, scene_schema},
};
use jsonschema::Validator;
use serde_json::{Value, json};

/// Whether a scene has the shape of revision D.
pub(crate) fn is_valid(scene: &Value) -> bool {
    static SCENE: LazyLock<Validator> = LazyLock::new(|| validator(&scene_schema()));
    SCENE.is_valid(scene)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("the schema is one")
}

/// A file of the repository.
fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn fits(validator: &Validator, value: &Value, what: &str) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}: {errors:?}");
}

#[test]
fn the_published_schema_is_the_current_one() {
    let current = serde_json::to_string_pretty(&scene_schema()).expect("it can be written") + "\n";
    assert!(
        read("docs/scene.schema.json") == current,
        "docs/scene.schema.json is out of date; write it anew: ./just schema"
    );
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&scene_schema()));
}

#[test]
fn every_example_fits_the_schema() {
    let list = parse_json(read("scenes/examples.json").as_bytes()).expect("it is JSON");
    let scene_validator = validator(&scene_schema());
    for entry in list.as_array().expect("a list") {
        let path = format!("scenes/{}.json", entry["name"].as_str().expect("a name"));
        let scene = parse_json(read(&path).as_bytes()).expect("it is JSON");
        fits(&scene_validator, &scene, &path);
    }
}

/// The scene of the crate's documentation is JSON inside of Rust.
#[test]
fn the_scene_of_the_readme_fits_the_schema() {
    let text = read("clovers/README.md");
    let (_, json) = text.split_once("serde_json::json!(").expect("a scene");
    let scene = serde_json::Deserializer::from_str(json)
        .into_iter::<Value>()
        .next()
        .expect("a scene")
        .expect("it is JSON");
    fits(&validator(&scene_schema()), &scene, "clovers/README.md");
}

/// Code blocks of a Markdown file that are JSON: what stands after `json`, and the text.
fn snippets(text: &str) -> Vec<(&str, &str)> {
    text.split("\n```")
        .filter_map(|block| {
            let (info, text) = block.split_once('\n')?;
            let what = info.strip_prefix("json")?;
            Some((what.trim(), text))
        })
        .collect()
}

/// A scene with a part in its place.
fn scene_with(what: &str, part: Value) -> Value {
    let mut scene: Value = json!({
        "time_0": 0, "time_1": 1, "background_color": [1, 1, 1],
        "camera": {
            "look_from": [0, 1, 6], "look_at": [0, 0, 0], "up": [0, 1, 0],
            "vertical_fov": 30, "aperture": 0, "focus_distance": 6
        },
        "objects": []
    });
    let of_material = |material: Value| json!({ "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material": material });
    let of_texture =
        |texture: Value| of_material(json!({ "kind": "Lambertian", "albedo": texture }));
    let object = match what {
        "scene" | "old" => return part,
        "camera" => {
            scene["camera"] = part;
            return scene;
        }
        "object" => {
            // Names of materials stand for any.
            let text = part.to_string();
            for name in ["lamp", "gold"] {
                if text.contains(&format!("\"{name}\"")) {
                    scene["materials"] = json!([{ "name": name, "kind": "Lambertian" }]);
                }
            }
            part
        }
        "named-material" => {
            let object = of_material(part["name"].clone());
            scene["materials"] = json!([part]);
            object
        }
        "material" => of_material(part),
        "texture" => of_texture(part),
        "color" => of_texture(json!({ "kind": "SolidColor", "color": part })),
        _ => panic!("no part of a scene: {what}"),
    };
    scene["objects"] = json!([object]);
    scene
}

#[test]
fn every_snippet_of_the_documents_is_right() {
    let schema = scene_schema();
    let part_of_schema = |name: &str| {
        let mut part = schema.clone();
        if let Some(keywords) = part.as_object_mut() {
            keywords.retain(|key, _| key == "$schema" || key == "$defs");
            keywords.insert("$ref".into(), format!("#/$defs/{name}").into());
        }
        validator(&part)
    };
    let text = read("docs/scene-format.md");
    let snippets = snippets(&text);
    assert!(snippets.len() > 25, "{}", snippets.len());
    for (what, text) in snippets {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        match what {
            "old" => assert!(!is_valid(&value), "it is not D"),
            "scene" => fits(&validator(&schema), &value, text),
            "camera" => fits(&part_of_schema("Camera"), &value, text),
            "object" => fits(&part_of_schema("Object"), &value, text),
            "material" => fits(&part_of_schema("Material"), &value, text),
            "named-material" => fits(&part_of_schema("NamedMaterial"), &value, text),
            "texture" => fits(&part_of_schema("Texture"), &value, text),
            "color" => fits(&part_of_schema("Color"), &value, text),
            _ => panic!("no part of a scene: {what}"),
        }
        let parsed = SceneFile::parse(&scene_with(what, value));
        let parsed = parsed.unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        let expected = usize::from(what == "old");
        assert_eq!(
            parsed.warnings.len(),
            expected,
            "{text}: {:?}",
            parsed.warnings
        );
    }
}

#[test]
fn every_kind_is_documented() {
    let text = read("docs/scene-format.md");
    let schema = scene_schema();
    for part in ["Object", "Material", "Texture"] {
        for variant in schema["$defs"][part]["oneOf"].as_array().expect("variants") {
            let properties = variant["properties"].as_object().expect("properties");
            if let Some(kind) = properties["kind"]["const"].as_str() {
                assert!(text.contains(&format!("\"kind\": \"{kind}\"")), "{kind}");
            }
            for key in properties.keys() {
                assert!(text.contains(&format!("`{key}`")), "{key} of {part}");
            }
        }
    }
}
