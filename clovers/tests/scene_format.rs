//! What a scene file may say, and where it is told it is wrong.

use clovers::{Mesh, MeshFormat, MeshSource, Scene, SceneFile, scene::NoMeshes};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::scene_schema::is_valid;

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
                          "material": { "kind": "DiffuseLight", "emit": { "kind": "SolidColor", "color": [7, 7, 7] } } } } } ] },
            { "kind": "MovingSphere", "center_0": [0, 0, 0], "center_1": [0, 1, 0], "radius": -0.5, "time_0": 0.5, "time_1": 2, "material": "fog" },
            { "kind": "PLY", "path": "b.ply", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0], "material": "cone" },
            { "kind": "GLTF", "path": "c.glb", "priority": true },
            { "kind": "ConstantMedium", "density": 0.5, "texture": { "kind": "SpatialChecker" }, "boundary":
                { "kind": "Translate", "offset": [0, 1, 0], "object":
                    { "kind": "Boxy", "corner_0": [0, 0, 0], "corner_1": [1, 1, 1] } } }
        ],
        "materials": [
            { "name": "diffuse", "kind": "Lambertian", "albedo": { "kind": "SurfaceChecker", "even": { "hex": "#abc" }, "density": 4 } },
            { "name": "metal", "kind": "Metal", "albedo": { "kind": "SpatialChecker", "odd": [0.1, 0.2, 0.3] }, "fuzz": 0.2 },
            { "name": "glass", "kind": "Dielectric", "refractive_index": 1.4, "color": { "x": 0.9, "y": 0.85, "z": 0.75 }, "thin_film": null },
            { "name": "prism", "kind": "Dispersive" },
            { "name": "fog", "kind": "Isotropic", "albedo": { "kind": "IlluminantFL3_15", "intensity": 0.01 },
              "thin_film": { "refractive_index": 1.3, "thickness": 400 } },
            { "name": "cone", "kind": "ConeLight", "spread": 25, "emit": { "kind": "IlluminantD65" } }
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
    let parsed = SceneFile::parse(&scene);
    // What is read is what the schema describes.
    assert!(parsed.is_err() || is_valid(&scene), "{scene}");
    parsed.map(|parsed| pairs(parsed.warnings)).map_err(pairs)
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

/// It is refused, and the schema does not describe it either.
#[track_caller]
fn has_no_shape(change: impl Fn(&mut Value), pointer: &str, part: &str) {
    let mut scene = complete();
    change(&mut scene);
    assert!(!is_valid(&scene), "the schema describes it");
    refuses(change, pointer, part);
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
    has_no_shape(|s| remove(s, "time_0"), "", "`time_0` is missing");
    has_no_shape(|s| remove(s, "camera"), "", "`camera` is missing");
    has_no_shape(|s| remove(&mut s["camera"], "up"), "/camera", "`up`");
    has_no_shape(
        |s| remove(&mut s["objects"][0], "radius"),
        "/objects/0",
        "`radius`",
    );
    has_no_shape(
        |s| remove(&mut s["objects"][0], "kind"),
        "/objects/0",
        "`kind`",
    );
    has_no_shape(
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
    has_no_shape(
        |s| *s = json!([1]),
        "",
        "expected an object, found an array",
    );
    has_no_shape(|s| s["objects"] = json!({}), "/objects", "an array");
    has_no_shape(
        |s| s["objects"][0] = json!(7),
        "/objects/0",
        "an object, found a number",
    );
    has_no_shape(
        |s| s["objects"][0]["radius"] = json!("1"),
        "/objects/0/radius",
        "a number, found a text",
    );
    has_no_shape(
        |s| s["objects"][0]["center"] = json!([1, 2]),
        "/objects/0/center",
        "found 2",
    );
    has_no_shape(
        |s| s["objects"][0]["center"] = json!({ "x": 1, "y": 2, "z": 3 }),
        "/objects/0/center",
        "array",
    );
    has_no_shape(
        |s| s["objects"][0]["center"][2] = json!(null),
        "/objects/0/center/2",
        "null",
    );
    has_no_shape(
        |s| s["objects"][0]["priority"] = json!(1),
        "/objects/0/priority",
        "true or false",
    );
    has_no_shape(
        |s| s["objects"][0]["material"] = json!(5),
        "/objects/0/material",
        "name of a material",
    );
    has_no_shape(
        |s| s["objects"][0]["kind"] = json!(5),
        "/objects/0/kind",
        "a text",
    );
}

#[test]
fn unknown_kinds_are_refused_at_their_place() {
    has_no_shape(
        |s| s["objects"][0]["kind"] = json!("Spere"),
        "/objects/0/kind",
        "unknown kind `Spere`",
    );
    has_no_shape(
        |s| s["materials"][0]["kind"] = json!("Gold"),
        "/materials/0/kind",
        "unknown kind",
    );
    has_no_shape(
        |s| s["materials"][0]["albedo"]["kind"] = json!("IlluminantD66"),
        "/materials/0/albedo/kind",
        "unknown kind",
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
fn a_moving_sphere_is_at_two_places_at_two_times() {
    let refuses = |key: &str, value: Value, pointer: &str, part: &str| {
        refuses(|s| s["objects"][5][key] = value.clone(), pointer, part);
    };
    refuses("radius", json!(0), "/objects/5/radius", "zero");
    refuses("radius", json!(2e9), "/objects/5/radius", "1e9");
    refuses(
        "center_1",
        json!([0, 0]),
        "/objects/5/center_1",
        "three numbers",
    );
    refuses("center_0", json!([0, 2e9, 0]), "/objects/5/center_0", "1e9");
    refuses("time_0", json!(2), "/objects/5/time_1", "`time_0`");
    refuses("time_1", json!(null), "/objects/5/time_1", "null");
    // What is not given is not to blame.
    let only_time_0 = |s: &mut Value| {
        remove(&mut s["objects"][5], "time_1");
        s["objects"][5]["time_0"] = json!(1);
    };
    self::refuses(only_time_0, "/objects/5/time_0", "`time_1`, which is 1");
    missing(5, &["center_0", "center_1", "radius"]);
    without(5, &["time_0", "time_1"]);
}

/// An object cannot do without these keys.
#[track_caller]
fn missing(object: usize, keys: &[&str]) {
    for key in keys {
        has_no_shape(
            |s| remove(&mut s["objects"][object], key),
            &format!("/objects/{object}"),
            &format!("`{key}` is missing"),
        );
    }
}

/// An object can do without any of these keys.
#[track_caller]
fn without(object: usize, keys: &[&str]) {
    for key in keys {
        let changed = parse(|s| remove(&mut s["objects"][object], key));
        assert_eq!(changed, Ok(vec![]), "{key}");
    }
}

#[test]
fn a_medium_has_a_boundary_and_a_density() {
    refuses(
        |s| s["objects"][8]["density"] = json!(-1),
        "/objects/8/density",
        "negative",
    );
    refuses(
        |s| s["objects"][8]["density"] = json!(1e39),
        "/objects/8/density",
        "single precision",
    );
    refuses(
        |s| s["objects"][8]["texture"] = json!([1, 1, 1]),
        "/objects/8/texture",
        "expected an object",
    );
    refuses(
        |s| s["objects"][8]["boundary"]["object"]["corner_1"] = json!(1),
        "/objects/8/boundary/object/corner_1",
        "three numbers",
    );
    warns(
        |s| s["objects"][8]["material"] = json!("fog"),
        "/objects/8/material",
        "no effect",
    );
    missing(8, &["boundary"]);
    without(8, &["density", "texture"]);
    for density in [0.0, 1e-45, 3e38] {
        assert_eq!(
            parse(|s| s["objects"][8]["density"] = json!(density)),
            Ok(vec![])
        );
    }
}

#[test]
fn a_texture_around_a_medium_is_ignored_as_ever() {
    let turned = |s: &mut Value| {
        let mut medium = s["objects"][8].clone();
        remove(&mut medium, "texture");
        s["objects"][8] = json!({ "kind": "RotateY", "angle": 15, "object": medium,
            "texture": { "kind": "SolidColor", "color": [1, 1, 1] } });
    };
    warns(turned, "/objects/8/texture", "unknown key");
}

#[test]
fn what_encloses_a_medium_does_not_shine() {
    let dark = |boundary: Value| {
        move |s: &mut Value| {
            s["background_color"] = json!([0, 0, 0]);
            s["materials"] = json!([]);
            s["objects"] = json!([{ "kind": "ConstantMedium", "boundary": boundary }]);
        }
    };
    let lamp = json!({ "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material":
        { "kind": "DiffuseLight", "emit": { "kind": "SolidColor", "color": [1, 1, 1] } } });
    warns(dark(lamp), "", "nothing in this scene shines");
    let file = json!({ "kind": "GLTF", "path": "a.glb" });
    warns(dark(file), "", "nothing in this scene shines");
}

/// Building it fails at one place with one sentence.
#[track_caller]
fn cannot_be_built(object: &Value, pointer: &str, part: &str) {
    let mut scene = complete();
    scene["objects"] = json!([object]);
    let file = SceneFile::parse(&scene).expect("it is read").file;
    let problems = Scene::build(&file, &NoMeshes).expect_err("it cannot be built");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].pointer, pointer, "{problems:?}");
    assert!(problems[0].detail.contains(part), "{problems:?}");
}

#[test]
fn only_what_is_closed_encloses_a_medium() {
    let ball = json!({ "kind": "Sphere", "center": [0, 0, 0], "radius": 1 });
    let medium = |boundary: Value| json!({ "kind": "ConstantMedium", "boundary": boundary });
    cannot_be_built(
        &medium(medium(ball.clone())),
        "/objects/0/boundary",
        "a medium cannot be the boundary of a medium",
    );
    let quad = json!({ "kind": "Quad", "q": [0, 0, 0], "u": [1, 0, 0], "v": [0, 1, 0] });
    cannot_be_built(&medium(quad.clone()), "/objects/0/boundary", "closed");
    let with_hole = json!({ "kind": "ObjectList", "objects": [ball, quad] });
    cannot_be_built(&medium(with_hole), "/objects/0/boundary", "closed");
}

#[test]
fn places_out_of_reach_are_refused_when_the_scene_is_built() {
    let far = "farther from the origin than 4e9";
    // It leaves with nearly the speed of numbers.
    let racing = json!({ "kind": "MovingSphere", "center_0": [0, 0, 0], "center_1": [1, 0, 0],
        "radius": 1, "time_0": 0.5, "time_1": 0.500_000_1 });
    let mut scene = complete();
    scene["objects"] = json!([racing]);
    let mut build = |time_1: f64| {
        scene["time_1"] = json!(time_1);
        let file = SceneFile::parse(&scene).expect("it is read").file;
        Scene::build(&file, &NoMeshes)
            .map(|scene| scene.bounds())
            .map_err(|problems| problems[0].clone())
    };
    assert!(build(1.0).is_ok());
    for time_1 in [1e3, 1e30, 3e38] {
        let problem = build(time_1).expect_err("it is too far away");
        assert_eq!(problem.pointer, "/objects/0");
        assert!(problem.detail.contains(far), "{problem}");
    }
    // One that rests stays where it is, whenever.
    scene["objects"][0]["center_1"] = json!([0, 0, 0]);
    let mut build = |time_1: f64| {
        scene["time_1"] = json!(time_1);
        let file = SceneFile::parse(&scene).expect("it is read").file;
        Scene::build(&file, &NoMeshes).expect("it rests").bounds()
    };
    assert_eq!(build(3e38), build(1.0));

    let mut distant = json!({ "kind": "Sphere", "center": [0, 0, 0], "radius": 1 });
    for _ in 0..5 {
        distant = json!({ "kind": "Translate", "offset": [1e9, 0, 0], "object": distant });
    }
    let inner = "/object".repeat(5);
    cannot_be_built(&distant, &format!("/objects/0{inner}"), far);
    let medium = json!({ "kind": "ConstantMedium", "boundary": distant });
    cannot_be_built(&medium, "/objects/0/boundary", far);
}

#[test]
fn a_medium_in_a_mesh_out_of_reach_is_refused() {
    let mesh = json!({ "kind": "STL", "path": "a.stl", "scale": 1e9, "center": [0, 0, 0], "rotation": [0, 0, 0] });
    let mut scene = complete();
    scene["objects"] = json!([{ "kind": "ConstantMedium", "boundary": mesh }]);
    let file = SceneFile::parse(&scene).expect("it is read").file;
    let corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
        .map(|corner| glam::Vec3::from(corner.map(|c| c as f32 * 1e30)));
    let faces = [[0, 2, 1], [0, 3, 2], [0, 1, 3], [1, 2, 3]];
    let tetrahedron = faces.map(|face| face.map(|i: usize| corners[i]));
    let mesh = Mesh::from_triangles(tetrahedron.to_vec());
    let problems = Scene::build(&file, &OneMesh(Ok(Arc::new(mesh)))).expect_err("it is too far");
    assert_eq!(problems[0].pointer, "/objects/0/boundary");
    assert!(problems[0].detail.contains("4e9"), "{problems:?}");
}

#[test]
fn meshes_need_a_name_and_a_place() {
    missing(6, &["path", "scale", "center", "rotation"]);
    missing(7, &["path"]);
    refuses(
        |s| s["objects"][6]["path"] = json!(""),
        "/objects/6/path",
        "must name a mesh",
    );
    refuses(
        |s| s["objects"][7]["path"] = json!(["c.glb"]),
        "/objects/7/path",
        "a text",
    );
    refuses(
        |s| s["objects"][6]["rotation"] = json!(90),
        "/objects/6/rotation",
        "three numbers",
    );
    refuses(
        |s| s["objects"][6]["scale"] = json!(0),
        "/objects/6/scale",
        "zero",
    );
    warns(
        |s| s["objects"][7]["scale"] = json!(2),
        "/objects/7/scale",
        "unknown key",
    );
    warns(
        |s| s["objects"][7]["material"] = json!("fog"),
        "/objects/7/material",
        "no effect",
    );
}

#[test]
fn a_cone_of_light_has_a_spread() {
    for spread in [0.0, -10.0, 180.1, 1e-60] {
        refuses(
            |s| s["materials"][5]["spread"] = json!(spread),
            "/materials/5/spread",
            "at most 180 degrees",
        );
    }
    for key in ["spread", "emit"] {
        refuses(
            |s| remove(&mut s["materials"][5], key),
            "/materials/5",
            &format!("`{key}` is missing"),
        );
    }
    assert_eq!(
        parse(|s| s["materials"][5]["spread"] = json!(180)),
        Ok(vec![])
    );
}

#[test]
fn illuminants_have_an_intensity() {
    for intensity in [-0.1, 1e10] {
        refuses(
            |s| s["materials"][5]["emit"]["intensity"] = json!(intensity),
            "/materials/5/emit/intensity",
            "within 0 and 1e9",
        );
    }
    refuses(
        |s| s["materials"][5]["emit"]["kind"] = json!("IlluminantFL3_16"),
        "/materials/5/emit/kind",
        "unknown kind `IlluminantFL3_16`",
    );
    warns(
        |s| s["materials"][5]["emit"]["color"] = json!([1, 1, 1]),
        "/materials/5/emit/color",
        "unknown key",
    );
    assert_eq!(
        parse(|s| remove(&mut s["materials"][4]["albedo"], "intensity")),
        Ok(vec![])
    );
}

#[test]
fn a_thin_film_has_an_index_and_a_thickness() {
    let film = |value: Value| move |s: &mut Value| s["materials"][4]["thin_film"] = value.clone();
    let place = |key: &str| format!("/materials/4/thin_film{key}");
    for thickness in [-1.0, 2e6] {
        refuses(
            film(json!({ "thickness": thickness })),
            &place("/thickness"),
            "nanometres",
        );
    }
    for index in [0.0, -1.5, 101.0] {
        refuses(
            film(json!({ "refractive_index": index })),
            &place("/refractive_index"),
            "0.01 and 100",
        );
    }
    refuses(film(json!(500)), &place(""), "expected an object");
    for right in [json!(null), json!({}), json!({ "thickness": 0 })] {
        assert_eq!(parse(film(right)), Ok(vec![]));
    }
    // One file says it like this; the default holds.
    let misspelt = json!({ "refraction_index": 1.2 });
    warns(
        film(misspelt.clone()),
        &place("/refraction_index"),
        "unknown key",
    );
    let read = |film: Value| {
        let mut scene = complete();
        scene["materials"][4]["thin_film"] = film;
        let file = SceneFile::parse(&scene).expect("it is read").file;
        file.materials[5].thin_film.expect("it has a film")
    };
    assert_eq!(read(misspelt), read(json!({})));
    assert_eq!(
        read(json!({})),
        read(json!({ "refractive_index": 1.5, "thickness": 500 }))
    );
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
        "/materials/6/name",
        "earlier",
    );
    warns(
        |s| {
            s["background_color"] = json!([0, 0, 0]);
            s["objects"] = json!([]);
            s["materials"] = json!([]);
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
    let meshes: Vec<(&str, &str, MeshFormat)> = meshes
        .iter()
        .map(|mesh| (mesh.pointer.as_str(), mesh.path.as_str(), mesh.format))
        .collect();
    assert_eq!(
        meshes,
        [
            (place, "a.stl", MeshFormat::Stl),
            ("/objects/6/path", "b.ply", MeshFormat::Ply),
            ("/objects/7/path", "c.glb", MeshFormat::Gltf),
        ]
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
