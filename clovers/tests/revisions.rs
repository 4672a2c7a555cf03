//! Scene files of every revision are read, and mean the same.

use clovers::{
    Scene, SceneFile, SceneProblem,
    scene::{
        NoMeshes,
        file::{Object, ObjectKind},
        parse_json,
    },
};
use serde_json::{Value, json};

use crate::support::{options, picture};

/// What no revision changed, with these keys added.
fn scene(keys: &Value) -> Value {
    let mut scene = json!({
        "time_0": 0, "time_1": 1, "background_color": [0.1, 0.1, 0.2],
        "camera": {
            "look_from": [0, 3, 12], "look_at": [0, 1, 0], "up": [0, 1, 0],
            "vertical_fov": 40, "aperture": 0, "focus_distance": 10
        }
    });
    let more = keys.as_object().expect("keys").clone();
    scene.as_object_mut().expect("an object").extend(more);
    scene
}

/// Kinds are keys, materials inline; lights and glass are repeated, the ball of glass only there.
fn revision_a() -> Value {
    let lamp = json!({ "Quad": { "q": [-1, 4, -1], "u": [2, 0, 0], "v": [0, 0, 2],
        "material": { "DiffuseLight": { "emit": { "SolidColor": { "color": [4, 4, 4] } } } } } });
    let ball = json!({ "Sphere": { "center": [2, 1, 0], "radius": 1,
        "material": { "Dielectric": { "refractive_index": 1.5 } } } });
    let moved_lamp = json!({ "Quad": { "q": [-1, 1, -2], "u": [2, 0, 0], "v": [0, 0, 2],
        "material": { "DiffuseLight": { "emit": { "SolidColor": { "color": [4, 4, 4] } } } } } });
    scene(&json!({
        "objects": [
            { "Sphere": { "center": [0, -1000, 0], "radius": 1000,
                "material": { "Lambertian": { "albedo": { "SpatialChecker":
                    { "even": [0.9, 0.9, 0.9], "odd": [0.2, 0.3, 0.1] } } } } } },
            { "ObjectList": { "objects": [
                lamp,
                { "Boxy": { "corner_0": [-3, 0, -1], "corner_1": [-1, 2, 1],
                    "material": { "Metal": { "albedo": { "SolidColor": { "color": [0.8, 0.6, 0.2] } }, "fuzz": 0.1 } } } }
            ] } },
            { "ConstantMedium": {
                "boundary": { "Sphere": { "center": [2, 1, 0], "radius": 1 } },
                "density": 0.5, "texture": { "SolidColor": { "color": [0.9, 0.3, 0.3] } } } }
        ],
        "priority_objects": [
            { "Translate": { "offset": [0, 3, 1], "object": moved_lamp } },
            ball
        ]
    }))
}

/// Kinds are inside; otherwise as A.
fn revision_b() -> Value {
    let emit = json!({ "kind": "SolidColor", "color": [4, 4, 4] });
    let lamp = json!({ "kind": "Quad", "q": [-1, 4, -1], "u": [2, 0, 0], "v": [0, 0, 2],
        "material": { "kind": "DiffuseLight", "emit": emit } });
    let metal = json!({ "kind": "SolidColor", "color": [0.8, 0.6, 0.2] });
    let checker =
        json!({ "kind": "SpatialChecker", "even": [0.9, 0.9, 0.9], "odd": [0.2, 0.3, 0.1] });
    let ball = json!({ "kind": "Sphere", "center": [2, 1, 0], "radius": 1,
        "material": { "kind": "Dielectric", "refractive_index": 1.5 } });
    scene(&json!({
        "objects": [
            { "kind": "Sphere", "center": [0, -1000, 0], "radius": 1000,
              "material": { "kind": "Lambertian", "albedo": checker } },
            { "kind": "ObjectList", "objects": [
                lamp,
                { "kind": "Boxy", "corner_0": [-3, 0, -1], "corner_1": [-1, 2, 1],
                  "material": { "kind": "Metal", "albedo": metal, "fuzz": 0.1 } }
            ] },
            { "kind": "ConstantMedium", "boundary": { "kind": "Sphere", "center": [2, 1, 0], "radius": 1 },
              "density": 0.5, "texture": { "kind": "SolidColor", "color": [0.9, 0.3, 0.3] } },
            ball
        ],
        "priority_objects": [lamp, ball]
    }))
}

/// Materials have names, `priority` stands on the object.
fn revision_c() -> Value {
    scene(&json!({
        "objects": [
            { "kind": "Sphere", "center": [0, -1000, 0], "radius": 1000, "material": "floor" },
            { "kind": "ObjectList", "objects": [
                { "kind": "Quad", "q": [-1, 4, -1], "u": [2, 0, 0], "v": [0, 0, 2], "material": "lamp", "priority": true },
                { "kind": "Boxy", "corner_0": [-3, 0, -1], "corner_1": [-1, 2, 1], "material": "brass" }
            ] },
            { "kind": "ConstantMedium", "boundary": { "kind": "Sphere", "center": [2, 1, 0], "radius": 1 },
              "density": 0.5, "texture": { "kind": "SolidColor", "color": [0.9, 0.3, 0.3] } },
            { "kind": "Sphere", "center": [2, 1, 0], "radius": 1, "material": "glass", "priority": true }
        ],
        "materials": [
            { "name": "floor", "kind": "Lambertian", "albedo":
                { "kind": "SpatialChecker", "even": [0.9, 0.9, 0.9], "odd": [0.2, 0.3, 0.1] } },
            { "name": "lamp", "kind": "DiffuseLight", "emit": { "kind": "SolidColor", "color": [4, 4, 4] } },
            { "name": "brass", "kind": "Metal", "albedo": { "kind": "SolidColor", "color": [0.8, 0.6, 0.2] }, "fuzz": 0.1 },
            { "name": "glass", "kind": "Dielectric", "refractive_index": 1.5 }
        ]
    }))
}

/// Colours have tags, some materials are inline.
fn revision_d() -> Value {
    let mut scene = revision_c();
    scene["materials"][1]["emit"]["color"] = json!({ "srgb": [4, 4, 4] });
    scene["materials"][3]["thin_film"] = json!(null);
    let mut floor = scene["materials"][0].clone();
    floor.as_object_mut().expect("a material").remove("name");
    scene["objects"][0]["material"] = floor;
    scene["materials"]
        .as_array_mut()
        .expect("materials")
        .remove(0);
    scene
}

/// All a file says, without places and names: every object with its material.
fn meaning(file: &SceneFile) -> String {
    fn tell(objects: &[Object], file: &SceneFile, text: &mut String) {
        for object in objects {
            let material = &file.materials[object.material];
            *text += &format!(
                "{} priority {} of {:?} {:?}: ",
                object.kind.name(),
                object.priority,
                material.kind,
                material.thin_film
            );
            match &object.kind {
                ObjectKind::Translate { object, offset } => {
                    *text += &format!("by {offset}\n");
                    tell(std::slice::from_ref(object), file, text);
                }
                ObjectKind::ConstantMedium {
                    boundary,
                    density,
                    texture,
                } => {
                    *text += &format!("{density} {texture:?} in\n");
                    tell(std::slice::from_ref(boundary), file, text);
                }
                ObjectKind::ObjectList { objects } => {
                    *text += &format!("{}\n", objects.len());
                    tell(objects, file, text);
                }
                leaf => *text += &format!("{leaf:?}\n"),
            }
        }
    }
    let mut text = format!(
        "{:?} {:?} {:?} {}\n",
        file.shutter, file.background, file.camera, file.white_level
    );
    tell(&file.objects, file, &mut text);
    text
}

fn parse(scene: &Value) -> (SceneFile, Vec<SceneProblem>) {
    let parsed = SceneFile::parse(scene).expect("it is read");
    (parsed.file, parsed.warnings)
}

/// The only warning names the revision.
#[track_caller]
fn warns_of(scene: &Value, revision: &str) {
    let warnings = parse(scene).1;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].pointer, "");
    assert!(
        warnings[0]
            .detail
            .starts_with(&format!("this file is of revision {revision} ")),
        "{warnings:?}"
    );
}

#[test]
fn every_revision_says_and_shows_the_same() {
    let revisions = [revision_a(), revision_b(), revision_c(), revision_d()];
    let expected = parse(&revisions[3]).0;
    let draw = |file: &SceneFile| {
        let scene = Scene::build(file, &NoMeshes).expect("it can be built");
        picture(&scene, &options(24, 4, 8)).pixels
    };
    let pixels = draw(&expected);
    for scene in &revisions {
        let file = parse(scene).0;
        assert_eq!(meaning(&file), meaning(&expected));
        assert_eq!(draw(&file), pixels);
    }
}

#[test]
fn old_revisions_are_named_once_and_new_ones_are_not() {
    warns_of(&revision_a(), "A");
    warns_of(&revision_b(), "B");
    assert_eq!(parse(&revision_c()).1, vec![]);
    assert_eq!(parse(&revision_d()).1, vec![]);
    // One kind as a key makes it A, whatever the rest is.
    let mut mixed = revision_d();
    mixed["materials"][1] = json!({ "name": "brass", "comment": "polished",
        "Metal": { "albedo": { "SolidColor": { "color": { "hex": "#ca3" } } } } });
    warns_of(&mixed, "A");
}

/// The only problem stands at `pointer` and its sentence contains `part`.
#[track_caller]
fn refuses(change: impl Fn(&mut Value), pointer: &str, part: &str) {
    let mut scene = revision_a();
    change(&mut scene);
    let problems = SceneFile::parse(&scene).expect_err("it is refused");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].pointer, pointer, "{problems:?}");
    assert!(problems[0].detail.contains(part), "{problems:?}");
}

#[test]
fn places_are_those_of_the_file_as_it_is_written() {
    refuses(
        |s| s["objects"][0]["Sphere"]["center"] = json!(1),
        "/objects/0/Sphere/center",
        "three numbers",
    );
    refuses(
        |s| s["objects"][0]["Sphere"] = json!({ "radius": 1 }),
        "/objects/0/Sphere",
        "`center` is missing",
    );
    refuses(
        |s| s["objects"][0] = json!({ "Spere": {} }),
        "/objects/0/Spere",
        "unknown kind `Spere`",
    );
    refuses(
        |s| s["objects"][0] = json!({ "Sphere": 1 }),
        "/objects/0/Sphere",
        "expected an object, found a number",
    );
    refuses(
        |s| s["objects"][0] = json!({ "object": {} }),
        "/objects/0",
        "`kind` is missing",
    );
    refuses(
        |s| s["objects"][0] = json!({ "Sphere": {}, "Quad": {} }),
        "/objects/0",
        "`kind` is missing",
    );
    refuses(
        |s| {
            s["objects"][0]["Sphere"]["material"]["Lambertian"]["albedo"]["SpatialChecker"]["odd"] =
                json!("red");
        },
        "/objects/0/Sphere/material/Lambertian/albedo/SpatialChecker/odd",
        "expected a colour",
    );
    refuses(
        |s| s["objects"][0]["Sphere"]["material"] = json!({ "Gold": {} }),
        "/objects/0/Sphere/material/Gold",
        "unknown kind `Gold`",
    );
    refuses(
        |s| s["priority_objects"][0]["Translate"]["object"]["Quad"]["v"] = json!([0, 0, 0]),
        "/priority_objects/0/Translate/object/Quad",
        "no area",
    );
    refuses(
        |s| s["priority_objects"] = json!({}),
        "/priority_objects",
        "an array of objects",
    );
    // A key that means nothing is told of at its place too.
    let mut scene = revision_a();
    scene["objects"][0]["Sphere"]["size"] = json!(1);
    scene["objects"][0]["material"] = json!("outside");
    let places: Vec<String> = parse(&scene).1.into_iter().map(|w| w.pointer).collect();
    assert_eq!(
        places,
        ["", "/objects/0/material", "/objects/0/Sphere/size"]
    );
}

#[test]
fn meshes_are_named_at_their_place() {
    let mut scene = revision_a();
    let mesh = json!({ "STL": { "path": "a.stl", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0] } });
    let turned = json!({ "RotateY": { "angle": 30, "object": mesh } });
    scene["objects"][0] = turned.clone();
    // The same once more, and one that stands elsewhere.
    scene["priority_objects"][0] = turned;
    scene["priority_objects"][1] = mesh;
    let pointers: Vec<String> = parse(&scene)
        .0
        .meshes()
        .into_iter()
        .map(|mesh| mesh.pointer)
        .collect();
    assert_eq!(
        pointers,
        [
            "/objects/0/RotateY/object/STL/path",
            "/priority_objects/1/STL/path"
        ]
    );
}

/// How many objects a file has that are no group, as `kind` and whether they are flagged.
fn leaves(objects: &Value, priority_objects: &Value) -> Vec<(&'static str, bool)> {
    fn collect(objects: &[Object], leaves: &mut Vec<(&'static str, bool)>) {
        for object in objects {
            match &object.kind {
                ObjectKind::ObjectList { objects } => collect(objects, leaves),
                ObjectKind::Translate { object, .. } | ObjectKind::RotateY { object, .. } => {
                    collect(std::slice::from_ref(object), leaves);
                }
                leaf => leaves.push((leaf.name(), object.priority)),
            }
        }
    }
    let file = parse(&scene(
        &json!({ "objects": objects, "priority_objects": priority_objects }),
    ))
    .0;
    let mut leaves = Vec::new();
    collect(&file.objects, &mut leaves);
    leaves
}

#[test]
fn what_stands_at_the_very_same_place_is_there_once() {
    let ball = |x: f64| json!({ "kind": "Sphere", "center": [x, 0, 0], "radius": 1 });
    let moved = |x: f64, object: Value| json!({ "kind": "Translate", "offset": [x, 0, 0], "object": object });
    let turned = |object: Value| json!({ "kind": "RotateY", "angle": 90, "object": object });
    let list = |objects: &[Value]| json!({ "kind": "ObjectList", "objects": objects });

    assert_eq!(
        leaves(&json!([ball(1.0)]), &json!([ball(1.0)])),
        [("Sphere", true)]
    );
    assert_eq!(
        leaves(&json!([ball(1.0)]), &json!([ball(1.5)])),
        [("Sphere", false), ("Sphere", true)]
    );
    // Twice in the hints, never among the objects.
    assert_eq!(leaves(&json!([]), &json!([ball(1.0), ball(1.0)])).len(), 1);
    // Twice among the objects is what the author wanted.
    assert_eq!(
        leaves(&json!([ball(1.0), ball(1.0)]), &json!([ball(1.0)])).len(),
        2
    );
    // However it got there, up to what single precision cannot tell apart.
    assert_eq!(
        leaves(
            &json!([moved(0.1, moved(0.2, ball(0.0)))]),
            &json!([ball(0.3)])
        )
        .len(),
        1
    );
    assert_eq!(
        leaves(
            &json!([list(&[list(&[ball(2.0)])])]),
            &json!([turned(turned(ball(-2.0)))])
        )
        .len(),
        1
    );
    // Of a group only what is new remains.
    assert_eq!(
        leaves(
            &json!([ball(1.0), ball(2.0)]),
            &json!([list(&[ball(2.0), moved(1.0, ball(2.0))])])
        ),
        [("Sphere", false), ("Sphere", true), ("Sphere", false)]
    );
    // A box is the same from either corner, but not when it is turned.
    let cuboid = |low: f64, high: f64| json!({ "kind": "Boxy", "corner_0": [low, low, low], "corner_1": [high, high, high] });
    assert_eq!(
        leaves(&json!([cuboid(-1.0, 2.0)]), &json!([cuboid(2.0, -1.0)])).len(),
        1
    );
    assert_eq!(
        leaves(
            &json!([cuboid(-1.0, 1.0)]),
            &json!([turned(cuboid(-1.0, 1.0))])
        )
        .len(),
        2
    );
    // A medium is not what encloses it, and twice the same fog would be twice as dense.
    let fog = |density: f64| json!({ "kind": "ConstantMedium", "density": density, "boundary": ball(1.0) });
    assert_eq!(leaves(&json!([fog(0.5)]), &json!([fog(0.5)])).len(), 1);
    assert_eq!(
        leaves(&json!([fog(0.5)]), &json!([ball(1.0), fog(0.25)])).len(),
        3
    );
}

#[test]
fn revision_a_nests_64_levels_deep_and_no_deeper() {
    let nested = |levels: usize| {
        let color = json!({ "oklch": { "l": 0.5, "chroma": 0, "hue": 0 } });
        let mut object = json!({ "Sphere": { "center": [0, 0, 0], "radius": 1,
            "material": { "Lambertian": { "albedo": { "SolidColor": { "color": color } } } } } });
        for _ in 1..levels {
            object = json!({ "ObjectList": { "objects": [object] } });
        }
        scene(&json!({ "objects": [object] }))
    };
    let text = serde_json::to_vec(&json!({ "scene_file": nested(64) })).expect("it can be written");
    let envelope = parse_json(&text).expect("it is not too deep");
    warns_of(&envelope["scene_file"], "A");
    let problems = SceneFile::parse(&nested(65)).expect_err("it is too deep");
    assert!(problems[0].detail.contains("64 levels"), "{problems:?}");
    let inner = "/ObjectList/objects/0".repeat(64);
    assert_eq!(problems[0].pointer, format!("/objects/0{inner}"));
}
