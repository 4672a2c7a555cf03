//! What a scene file may say, and where it is told it is wrong.

use clovers::{Mesh, MeshFormat, MeshSource, Scene, SceneFile, scene::NoMeshes};
use serde_json::{Value, json};
use std::sync::Arc;

/// A right scene with one object and one material of each kind.
fn complete() -> Value {
    json!({
        "comment": "every kind once",
        "time_0": 0, "time_1": 1, "background_color": { "red": 0.7, "green": 0.8, "blue": 1 },
        "camera": {
            "look_from": [0, 0, 5], "look_at": [0, 0, 0], "up": [0, 1, 0],
            "vertical_fov": 40, "aperture": 0, "focus_distance": 10, "comment": "the eye"
        },
        "objects": [
            { "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material": "diffuse" },
            { "kind": "Quad", "q": [0, 0, 0], "u": [1, 0, 0], "v": [0, 1, 0], "material": "metal" },
            { "kind": "Triangle", "q": [0, 0, 0], "u": [1, 0, 0], "v": [0, 1, 0], "material": "glass" },
            { "kind": "Boxy", "corner_0": [0, 0, 0], "corner_1": [1, 1, 1], "material": "prism", "priority": true },
            { "kind": "ObjectList", "objects": [
                { "kind": "Translate", "offset": [1, 2, 3], "object":
                    { "kind": "RotateY", "angle": 30, "object":
                        { "kind": "STL", "path": "a.stl", "scale": 2, "center": [0, 0, 0], "rotation": [0, 90, 0],
                          "material": { "kind": "DiffuseLight", "emit": { "kind": "SolidColor", "color": [7, 7, 7] } } } } } ] }
        ],
        "materials": [
            { "name": "diffuse", "kind": "Lambertian", "albedo": { "kind": "SurfaceChecker", "even": { "hex": "#abc" }, "density": 4 } },
            { "name": "metal", "kind": "Metal", "albedo": { "kind": "SpatialChecker", "odd": [0.1, 0.2, 0.3] }, "fuzz": 0.2 },
            { "name": "glass", "kind": "Dielectric", "refractive_index": 1.4, "color": { "x": 0.9, "y": 0.85, "z": 0.75 }, "thin_film": null },
            { "name": "prism", "kind": "Dispersive" }
        ]
    })
}

/// Pointers and sentences.
type Places = Vec<(String, String)>;

/// Parses the complete scene after a change.
fn parse(change: impl Fn(&mut Value)) -> Result<Places, Places> {
    let mut scene = complete();
    change(&mut scene);
    let pairs = |list: Vec<clovers::SceneProblem>| {
        list.into_iter()
            .map(|problem| (problem.pointer, problem.detail))
            .collect()
    };
    SceneFile::parse(&scene)
        .map(|parsed| pairs(parsed.warnings))
        .map_err(pairs)
}

/// The only problem stands at `pointer` and its sentence contains `part`.
#[track_caller]
fn refuses(change: impl Fn(&mut Value), pointer: &str, part: &str) {
    match parse(change) {
        Err(problems) => {
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].0, pointer, "{problems:?}");
            assert!(problems[0].1.contains(part), "{problems:?}");
        }
        Ok(warnings) => panic!("accepted with {warnings:?}"),
    }
}

/// It is accepted, with one warning at `pointer` whose sentence contains `part`.
#[track_caller]
fn warns(change: impl Fn(&mut Value), pointer: &str, part: &str) {
    let warnings = parse(change).expect("it is accepted");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].0, pointer, "{warnings:?}");
    assert!(warnings[0].1.contains(part), "{warnings:?}");
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().expect("an object").remove(key);
}

#[test]
fn a_right_scene_has_no_warnings() {
    assert_eq!(parse(|_| ()), Ok(vec![]));
}

#[test]
fn missing_keys_are_reported_at_their_parent() {
    refuses(|s| remove(s, "time_0"), "", "`time_0` is missing");
    refuses(|s| remove(s, "camera"), "", "`camera` is missing");
    refuses(|s| remove(&mut s["camera"], "up"), "/camera", "`up`");
    refuses(
        |s| remove(&mut s["objects"][0], "radius"),
        "/objects/0",
        "`radius`",
    );
    refuses(
        |s| remove(&mut s["objects"][0], "kind"),
        "/objects/0",
        "`kind`",
    );
    refuses(
        |s| {
            remove(
                &mut s["objects"][4]["objects"][0]["object"]["object"],
                "scale",
            );
        },
        "/objects/4/objects/0/object/object",
        "`scale`",
    );
}

#[test]
fn wrong_types_are_reported_at_their_place() {
    refuses(
        |s| *s = json!([1]),
        "",
        "expected an object, found an array",
    );
    refuses(|s| s["objects"] = json!({}), "/objects", "an array");
    refuses(
        |s| s["objects"][0] = json!(7),
        "/objects/0",
        "an object, found a number",
    );
    refuses(
        |s| s["objects"][0]["radius"] = json!("1"),
        "/objects/0/radius",
        "a number, found a text",
    );
    refuses(
        |s| s["objects"][0]["center"] = json!([1, 2]),
        "/objects/0/center",
        "found 2",
    );
    refuses(
        |s| s["objects"][0]["center"] = json!({ "x": 1, "y": 2, "z": 3 }),
        "/objects/0/center",
        "array",
    );
    refuses(
        |s| s["objects"][0]["center"][2] = json!(null),
        "/objects/0/center/2",
        "null",
    );
    refuses(
        |s| s["objects"][0]["priority"] = json!(1),
        "/objects/0/priority",
        "true or false",
    );
    refuses(
        |s| s["objects"][0]["material"] = json!(5),
        "/objects/0/material",
        "name of a material",
    );
    refuses(
        |s| s["objects"][0]["kind"] = json!(5),
        "/objects/0/kind",
        "a text",
    );
}

#[test]
fn unknown_kinds_are_refused_at_their_place() {
    refuses(
        |s| s["objects"][0]["kind"] = json!("Spere"),
        "/objects/0/kind",
        "unknown kind `Spere`",
    );
    refuses(
        |s| s["materials"][0]["kind"] = json!("Gold"),
        "/materials/0/kind",
        "unknown kind",
    );
    refuses(
        |s| s["materials"][0]["albedo"]["kind"] = json!("IlluminantD66"),
        "/materials/0/albedo/kind",
        "unknown kind",
    );
    refuses(
        |s| s["priority_objects"] = json!([]),
        "/priority_objects",
        "not supported yet",
    );
}

#[test]
fn numbers_stay_finite_in_single_precision() {
    refuses(
        |s| s["objects"][0]["radius"] = json!(1e39),
        "/objects/0/radius",
        "single precision",
    );
    refuses(
        |s| s["objects"][0]["center"][1] = json!(-1e300),
        "/objects/0/center/1",
        "single precision",
    );
    refuses(
        |s| s["objects"][0]["center"] = json!([1e10, 0, 0]),
        "/objects/0/center",
        "1e9",
    );
    refuses(
        |s| s["camera"]["vertical_fov"] = json!(1e39),
        "/camera/vertical_fov",
        "single precision",
    );
    refuses(
        |s| s["background_color"]["red"] = json!(1e30),
        "/background_color",
        "brighter",
    );
}

#[test]
fn things_without_size_are_refused() {
    refuses(
        |s| s["objects"][0]["radius"] = json!(0),
        "/objects/0/radius",
        "zero",
    );
    refuses(
        |s| s["objects"][0]["radius"] = json!(1e-60),
        "/objects/0/radius",
        "zero",
    );
    refuses(
        |s| s["objects"][1]["u"] = json!([0, 0, 0]),
        "/objects/1",
        "no area",
    );
    refuses(
        |s| s["objects"][1]["u"] = json!([0, 3, 0]),
        "/objects/1",
        "no area",
    );
    refuses(
        |s| s["objects"][2]["v"] = json!([1e-40, 0, 0]),
        "/objects/2",
        "no area",
    );
    refuses(
        |s| s["objects"][3]["corner_1"] = json!([1, 0, 1]),
        "/objects/3",
        "no volume",
    );
    let mesh =
        |s: &mut Value| s["objects"][4]["objects"][0]["object"]["object"]["scale"] = json!(0);
    refuses(mesh, "/objects/4/objects/0/object/object/scale", "zero");
}

#[test]
fn cameras_that_see_nothing_are_refused() {
    refuses(
        |s| s["camera"]["look_at"] = json!([0, 0, 5]),
        "/camera/look_at",
        "differ",
    );
    refuses(
        |s| s["camera"]["up"] = json!([0, 0, -3]),
        "/camera/up",
        "parallel",
    );
    refuses(
        |s| s["camera"]["up"] = json!([0, 0, 0]),
        "/camera/up",
        "zero",
    );
    for fov in [0.0, -10.0, 180.0, 400.0] {
        refuses(
            |s| s["camera"]["vertical_fov"] = json!(fov),
            "/camera/vertical_fov",
            "between 0 and 180",
        );
    }
    refuses(
        |s| s["camera"]["aperture"] = json!(-0.1),
        "/camera/aperture",
        "negative",
    );
    refuses(
        |s| {
            s["camera"]["aperture"] = json!(1);
            s["camera"]["focus_distance"] = json!(0);
        },
        "/camera/focus_distance",
        "greater than 0",
    );
    refuses(
        |s| s["white_level"] = json!(0),
        "/white_level",
        "greater than 0",
    );
    refuses(
        |s| s["white_level"] = json!(-1),
        "/white_level",
        "greater than 0",
    );
}

#[test]
fn colours_are_read_in_their_notations_only() {
    let color =
        |value: Value| move |s: &mut Value| s["materials"][0]["albedo"]["odd"] = value.clone();
    for right in [
        json!([0.1, 0.2, 0.3]),
        json!({ "hex": "fff" }),
        json!({ "oklch": { "l": 0.5, "chroma": 0.1, "hue": 30 } }),
        json!({ "xyz_e": { "x": 0.5, "y": 0.5, "z": 0.5 } }),
        json!({ "lin_srgb": [0, 0, 1], "comment": "blue" }),
    ] {
        assert_eq!(parse(color(right)), Ok(vec![]));
    }
    let place = "/materials/0/albedo/odd";
    refuses(color(json!("red")), place, "expected a colour");
    refuses(
        color(json!({ "red": 1, "green": 1, "blue": 1 })),
        place,
        "expected a colour",
    );
    refuses(color(json!([1, 2, 3, 4])), place, "found 4");
    refuses(
        color(json!({ "rgb": [1, 2, 3] })),
        &format!("{place}/rgb"),
        "notation",
    );
    refuses(
        color(json!({ "hex": "#11223344" })),
        &format!("{place}/hex"),
        "3 or 6",
    );
    refuses(
        color(json!({ "hex": "#ggg" })),
        &format!("{place}/hex"),
        "3 or 6",
    );
    refuses(
        color(json!({ "xyz_e": [1, 0, 1] })),
        &format!("{place}/xyz_e"),
        "luminance",
    );
    refuses(
        color(json!({ "oklch": { "l": 1, "chroma": 0 } })),
        &format!("{place}/oklch"),
        "`hue`",
    );
}

#[test]
fn what_can_be_rendered_all_the_same_is_a_warning() {
    warns(
        |s| s["objects"][4]["objects"][0]["object"]["object"]["material"] = json!("nope"),
        "/objects/4/objects/0/object/object/material",
        "there is no material `nope`",
    );
    // The material that was named before is not used any more.
    let unused = |s: &mut Value| remove(&mut s["objects"][0], "material");
    warns(unused, "/materials/0", "no object uses");
    warns(
        |s| s["camera"]["lens"] = json!(1),
        "/camera/lens",
        "unknown key",
    );
    warns(|s| s["a/b~c"] = json!(1), "/a~1b~0c", "unknown key");
    warns(
        |s| s["objects"][1]["texture"] = json!({}),
        "/objects/1/texture",
        "unknown key",
    );
    warns(
        |s| s["materials"][1]["fuzz"] = json!(1.5),
        "/materials/1/fuzz",
        "limited",
    );
    warns(
        |s| s["materials"][0]["albedo"]["odd"] = json!([0.5, 1.2, 0.5]),
        "/materials/0/albedo",
        "no surface is that bright",
    );
    warns(
        |s| s["materials"][2]["color"] = json!([2, 2, 2]),
        "/materials/2/color",
        "no surface is that bright",
    );
    warns(
        |s| s["objects"][4]["material"] = json!("metal"),
        "/objects/4/material",
        "no effect",
    );
    warns(
        |s| {
            let again = s["materials"][0].clone();
            s["materials"].as_array_mut().expect("an array").push(again);
        },
        "/materials/4/name",
        "earlier",
    );
    warns(
        |s| {
            s["background_color"] = json!([0, 0, 0]);
            s["objects"][4]["objects"] = json!([]);
        },
        "",
        "nothing in this scene shines",
    );
    assert_eq!(
        parse(|s| s["objects"][0]["comment"] = json!("free text")),
        Ok(vec![])
    );
}

#[test]
fn an_undefined_material_is_grey() {
    let mut named = complete();
    named["objects"][0]["material"] = json!("nope");
    let mut none = complete();
    remove(&mut none["objects"][0], "material");
    let kind = |scene: &Value| {
        let file = SceneFile::parse(scene).expect("it is accepted").file;
        format!("{:?}", file.materials[file.objects[0].material].kind)
    };
    assert_eq!(kind(&named), kind(&none));
    assert!(kind(&named).contains("Lambertian"));
}

#[test]
fn all_problems_are_reported_at_once_up_to_a_limit() {
    let problems = parse(|s| {
        remove(s, "time_1");
        s["camera"]["aperture"] = json!("wide");
        s["objects"][0]["radius"] = json!(0);
        s["objects"][3]["kind"] = json!("Box");
        s["materials"][2]["refractive_index"] = json!(-1);
    })
    .expect_err("it is refused");
    let places: Vec<&str> = problems
        .iter()
        .map(|(pointer, _)| pointer.as_str())
        .collect();
    assert_eq!(
        places,
        [
            "",
            "/camera/aperture",
            "/materials/2/refractive_index",
            "/objects/0/radius",
            "/objects/3/kind"
        ]
    );
    let many = parse(|s| s["objects"] = vec![json!({ "kind": "?" }); 100_000].into())
        .expect_err("it is refused");
    assert!(many.len() <= 101, "{}", many.len());
}

/// `levels` objects, each inside the other.
fn nested(levels: usize, list: bool) -> Value {
    let mut object = json!({ "kind": "Sphere", "center": [0, 0, 0], "radius": 1 });
    for _ in 1..levels {
        object = if list {
            json!({ "kind": "ObjectList", "objects": [object] })
        } else {
            json!({ "kind": "RotateY", "angle": 1, "object": object })
        };
    }
    object
}

#[test]
fn objects_nest_64_levels_deep_and_no_deeper() {
    for list in [true, false] {
        let accepted = parse(|s| s["objects"][0] = nested(64, list)).expect("64 are accepted");
        assert_eq!(
            accepted.len(),
            1,
            "the first material is not used any more: {accepted:?}"
        );
        let refused = parse(|s| s["objects"][0] = nested(65, list)).expect_err("65 are not");
        assert!(refused[0].1.contains("64 levels"), "{refused:?}");
    }
    // As text it is not too deep either.
    let mut scene = complete();
    scene["objects"][0] = nested(64, true);
    let text = serde_json::to_vec(&scene).expect("it can be written");
    assert_eq!(clovers::scene::parse_json(&text), Ok(scene));
}

#[test]
fn an_envelope_is_recognised() {
    let envelope = json!({ "scene_file": complete(), "opts": {} });
    refuses(|s| *s = envelope.clone(), "", "scene_file");
}

#[test]
fn an_empty_scene_is_a_scene() {
    let mut scene = complete();
    scene["objects"] = json!([]);
    scene["materials"] = json!([]);
    let parsed = SceneFile::parse(&scene).expect("it is accepted");
    assert_eq!(parsed.warnings, vec![]);
    Scene::build(&parsed.file, &NoMeshes).expect("it can be built");
}

struct OneMesh(Result<Arc<Mesh>, String>);

impl MeshSource for OneMesh {
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
        assert_eq!((path, format), ("a.stl", MeshFormat::Stl));
        self.0.clone()
    }
}

#[test]
fn meshes_are_asked_for_by_their_path() {
    let file = SceneFile::parse(&complete()).expect("it is right").file;
    let place = "/objects/4/objects/0/object/object/path";
    let meshes = file.meshes();
    assert_eq!(meshes.len(), 1);
    assert_eq!(
        (meshes[0].pointer.as_str(), meshes[0].path.as_str()),
        (place, "a.stl")
    );

    let mut scene = complete();
    scene["objects"] = json!([scene["objects"][4]]);
    let file = SceneFile::parse(&scene).expect("it is right").file;
    let place = place.replace("/objects/4", "/objects/0");
    let problems = Scene::build(&file, &OneMesh(Err("gone".into()))).expect_err("it is missing");
    assert_eq!(
        (problems[0].pointer.as_str(), problems[0].detail.as_str()),
        (place.as_str(), "gone")
    );

    let corner = glam::Vec3::new;
    let at = |far: f32| {
        vec![[
            corner(0.0, 0.0, 0.0),
            corner(far, 0.0, 0.0),
            corner(0.0, 1.0, 0.0),
        ]]
    };
    let mesh = Mesh::from_triangles(at(1.0));
    let scene = Scene::build(&file, &OneMesh(Ok(Arc::new(mesh)))).expect("it can be built");
    // Scaled by 2, turned by 90 degrees about y (x goes to -z), then by 30, then moved.
    let turn = 30f32.to_radians();
    let expected = corner(1.0, 2.0, 3.0) + 2.0 * corner(-turn.sin(), 0.0, -turn.cos());
    assert!((scene.bounds().min.z - expected.z).abs() < 1e-5);

    let far = Mesh::from_triangles(at(1e30));
    let problems = Scene::build(&file, &OneMesh(Ok(Arc::new(far)))).expect_err("it is too far");
    assert_eq!(problems[0].pointer, "/objects/0/objects/0/object/object");
}
