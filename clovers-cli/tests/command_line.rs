//! The program from outside.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const SCENE: &str = r#"{
  "time_0": 0, "time_1": 1, "background_color": [0.5, 0.7, 1],
  "camera": {
    "look_from": [0, 1, 6], "look_at": [0, 0, 0], "up": [0, 1, 0],
    "vertical_fov": 30, "aperture": 0, "focus_distance": 6
  },
  "objects": [{ "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material": "nowhere" }]
}"#;

/// A folder with a scene in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn with(scene: &str) -> Self {
        let folder = TempDir::new().expect("a folder for the test");
        fs::write(folder.path().join("scene.json"), scene).expect("the scene is written");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_clovers-cli"))
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .output()
            .expect("the program starts")
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .expect("the folder is there")
            .map(|entry| {
                let name = entry.expect("it can be read").file_name();
                name.to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// It fails, and says what to do.
#[track_caller]
fn fails(scene: &str, line: &str, part: &str) {
    let place = Place::with(scene);
    let output = place.run(line);
    assert!(!output.status.success());
    assert!(errors(&output).contains(part), "{}", errors(&output));
    assert_eq!(place.files(), ["scene.json"], "nothing is left behind");
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("the picture is there")
}

#[test]
fn the_extension_chooses_the_format_and_only_the_picture_is_left() {
    let place = Place::with(SCENE);
    for (name, magic) in [("out.png", b"\x89PNG"), ("out.EXR", b"\x76\x2f\x31\x01")] {
        let output = place.run(&format!(
            "render -i scene.json -o {name} -w 16 --height 9 -s 2 -d 4"
        ));
        assert!(output.status.success(), "{}", errors(&output));
        assert!(errors(&output).contains("16 x 9, 2 samples"));
        assert!(errors(&output).contains("/objects/0/material: there is no material `nowhere`"));
        assert!(read(&place.path(name)).starts_with(magic));
    }
    assert_eq!(place.files(), ["out.EXR", "out.png", "scene.json"]);
}

#[test]
fn threads_do_not_change_a_byte_and_seeds_do() {
    let place = Place::with(SCENE);
    for (name, options) in [
        ("a.png", "--threads 1"),
        ("b.png", "--threads 3"),
        ("c.png", "--seed 7"),
        ("d.png", "--mode normals"),
    ] {
        let output = place.run(&format!(
            "render -q -i scene.json -o {name} -w 40 --height 40 -s 4 {options}"
        ));
        assert!(output.status.success());
        assert_eq!(errors(&output), "", "quiet is quiet");
    }
    let [a, b, c, d] = ["a.png", "b.png", "c.png", "d.png"].map(|name| read(&place.path(name)));
    assert_eq!(a, b);
    assert_ne!(a, c);
    assert_ne!(a, d);
}

#[test]
fn denoising_changes_the_picture_in_both_formats_and_not_by_threads() {
    let place = Place::with(SCENE);
    for (name, options) in [
        ("a.png", ""),
        ("b.png", "--denoise --threads 1"),
        ("c.png", "--denoise --threads 3"),
        ("a.exr", ""),
        ("b.exr", "--denoise"),
    ] {
        let output = place.run(&format!(
            "render -q -i scene.json -o {name} -w 40 --height 30 -s 2 {options}"
        ));
        assert!(output.status.success(), "{}", errors(&output));
    }
    let [a, b, c] = ["a.png", "b.png", "c.png"].map(|name| read(&place.path(name)));
    assert_ne!(a, b);
    assert_eq!(b, c);
    let [a, b] = ["a.exr", "b.exr"].map(|name| read(&place.path(name)));
    assert_ne!(a, b);
}

#[test]
fn a_sound_scene_is_valid_with_its_warnings() {
    let place = Place::with(SCENE);
    let output = place.run("validate -i scene.json");
    assert!(output.status.success());
    assert!(errors(&output).contains("warning: /objects/0/material"));
    assert!(errors(&output).contains("is sound: 1 shapes, 0 of them lights, 1 warnings"));
}

fn prints(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn info_tells_what_is_in_a_scene() {
    let objects = r#""objects": [
    { "kind": "ObjectList", "objects": [
      { "kind": "Boxy", "corner_0": [0, 0, 0], "corner_1": [1, 2, 1], "priority": true },
      { "kind": "PLY", "path": "a.ply", "scale": 2, "center": [0, 0, 0], "rotation": [0, 0, 0], "material": "lamp" }
    ] },
    { "kind": "ConstantMedium", "boundary": { "kind": "Sphere", "center": [0, 0, 0], "radius": 1 } }
  ],
  "materials": [{ "name": "lamp", "kind": "DiffuseLight", "emit": { "kind": "IlluminantD65", "intensity": 0.01 } }]"#;
    let (before, _) = SCENE.split_once("\"objects\"").expect("objects");
    let place = Place::with(&format!("{before}{objects}, \"extra\": 1 }}"));
    let mesh = "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n\
        element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n";
    fs::write(place.path("a.ply"), mesh).expect("the mesh is written");

    let output = place.run("info -i scene.json");
    assert!(output.status.success(), "{}", errors(&output));
    let text = prints(&output);
    for line in [
        "objects     5: 1 Boxy, 1 ConstantMedium, 1 ObjectList, 1 PLY, 1 Sphere",
        "shapes      8: 6 Quad, 2 Triangle",
        "lights      2: 2 DiffuseLight, and the background",
        "materials   2: 1 DiffuseLight, 1 Lambertian",
        "textures    3: 1 IlluminantD65, 2 SolidColor",
        "media       1",
        "meshes      a.ply: PLY, 2 triangles",
        "bounds      (0, 0, 0) to (2, 2, 1), size (2, 2, 1)",
        "camera      from (0, 1, 6) to (0, 0, 0), 30 degrees high, all sharp",
        "warnings    1",
        "            /extra: unknown key, ignored",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }

    let output = place.run("info --json -i scene.json");
    let info: serde_json::Value = serde_json::from_str(&prints(&output)).expect("it is JSON");
    assert_eq!(info["objects"]["Sphere"], 1);
    assert_eq!(info["shapes"]["Triangle"], 2);
    assert_eq!(info["meshes"][0]["format"], "PLY");
    assert_eq!(info["meshes"][0]["triangles"], 2);
    assert_eq!(info["warnings"][0]["pointer"], "/extra");
    assert!(info["memory_bytes"]["scene"].as_u64() > Some(500));
    assert!(info["memory_bytes"]["meshes_while_building"].as_u64() > Some(72));

    fails("[]", "info -i scene.json", "expected an object");
    fails(
        &SCENE.replace(
            "\"kind\": \"Sphere\", ",
            "\"kind\": \"GLTF\", \"path\": \"no.glb\", ",
        ),
        "info -i scene.json",
        "/objects/0/path: there is no such file",
    );
}

#[test]
fn the_schema_is_printed_whole() {
    let output = Place::with(SCENE).run("schema");
    assert!(output.status.success());
    let text = prints(&output);
    assert!(text.ends_with("}\n"));
    let schema: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(schema, clovers::scene::scene_schema());
}

#[test]
fn an_adaptive_render_stops_where_the_noise_is_low_on_any_number_of_threads() {
    let place = Place::with(SCENE);
    let render = "render -i scene.json -w 40 --height 40 -s 64 -d 4";
    let output = place.run(&format!("{render} -o a.png --adaptive 0.5 --threads 1"));
    assert!(output.status.success(), "{}", errors(&output));
    let said = errors(&output);
    assert!(said.contains("32.0 of 64 samples on average"), "{said}");
    for (name, options) in [
        ("b.png", "--adaptive 0.5 --threads 3"),
        ("c.png", ""),
        ("d.png", "--adaptive 0.001"),
        ("e.png", "--adaptive"),
    ] {
        let output = place.run(&format!("{render} -q -o {name} {options}"));
        assert!(output.status.success(), "{}", errors(&output));
    }
    let [a, b, c] = ["a.png", "b.png", "c.png"].map(|name| read(&place.path(name)));
    assert_eq!(a, b);
    assert_ne!(a, c);
}

#[test]
fn what_cannot_be_done_is_refused_before_any_work() {
    let render = "render -i scene.json -o out.png -w 8 --height 8";
    fails(
        SCENE,
        "render -i scene.json -o out.jpg",
        "end its name in .png or .exr",
    );
    fails(
        SCENE,
        "render -i scene.json -o nowhere/out.png",
        "create it first",
    );
    fails(
        SCENE,
        "render -i other.json -o out.png",
        "cannot read other.json",
    );
    fails(SCENE, "render -i scene.json -o out.png -w 0", "1..=65536");
    fails(
        SCENE,
        "render -i scene.json -o out.png -w 65536 --height 65536",
        "do not fit in memory",
    );
    fails(
        SCENE,
        "render -i scene.json -o out.png -w 8192 --height 8192 --denoise",
        "cannot be denoised",
    );
    fails(
        SCENE,
        &format!("{render} --mode normals --denoise"),
        "no noise in this mode",
    );
    for threshold in ["0", "-0.1", "0.6", "nan", "inf", "low"] {
        fails(
            SCENE,
            &format!("{render} --adaptive {threshold}"),
            "the threshold is a number from 0.001 to 0.5",
        );
    }
    fails("{", render, "not JSON");
    fails(&"[".repeat(100_000), render, "nested deeper");
    fails(
        r#"{ "scene_file": {}, "opts": {} }"#,
        render,
        "`scene_file`",
    );
    let no_radius = SCENE.replace(r#""radius": 1,"#, "");
    fails(
        &no_radius,
        render,
        "/objects/0: the key `radius` is missing",
    );
    fails(
        &no_radius,
        "validate -i scene.json",
        "/objects/0: the key `radius`",
    );
    let cloud = SCENE.replace("Sphere", "Cloud");
    fails(
        &cloud,
        "validate -i scene.json",
        "/objects/0/kind: unknown kind `Cloud`",
    );
}

#[test]
fn meshes_are_found_beside_the_scene_and_above_it() {
    let mesh = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n";
    let scene = SCENE.replace(
        r#""kind": "Sphere", "center": [0, 0, 0], "radius": 1,"#,
        r#""kind": "STL", "path": "a.stl", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0],"#,
    );
    fails(
        &scene,
        "validate -i scene.json",
        "/objects/0/path: there is no such file",
    );
    let place = Place::with("");
    fs::create_dir_all(place.path("deep/scenes")).expect("folders are made");
    fs::write(place.path("deep/scenes/scene.json"), &scene).expect("the scene is written");
    for folder in ["deep/scenes", "deep", "."] {
        let at = place.path(folder).join("a.stl");
        fs::write(&at, mesh).expect("the mesh is written");
        let output = place.run("validate -i deep/scenes/scene.json");
        assert!(output.status.success(), "{}", errors(&output));
        fs::remove_file(&at).expect("the mesh is removed");
    }
    fs::write(place.path("a.stl"), "solid a\nvertex").expect("a broken mesh is written");
    let output = place.run("validate -i deep/scenes/scene.json");
    assert!(
        errors(&output).contains("is broken: line 2"),
        "{}",
        errors(&output)
    );
}
