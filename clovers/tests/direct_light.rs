//! Direct light of every kind of emitter against closed forms.

use serde_json::{Value, json};

use crate::support::{check, grey, light, mean, options, scene};

/// A floor seen from above at the origin, and a lamp over it.
fn over_floor(floor: &Value, lamp: &Value) -> Value {
    scene(
        0.0,
        [0.01, 2.0, 0.0],
        [0.0; 3],
        &json!([
            { "kind": "Quad", "q": [-50, 0, -50], "u": [0, 0, 100], "v": [100, 0, 0], "material": floor },
            lamp
        ]),
    )
}

fn diffuse(albedo: f64) -> Value {
    json!({ "kind": "Lambertian", "albedo": grey(albedo) })
}

/// The form factor of a square of half side `a` at height `h`, from the point under its middle
/// (J. Howell, "A Catalog of Radiation Heat Transfer Configuration Factors", B-3, four times).
fn square_form_factor(a: f64, h: f64) -> f64 {
    let x = a / h;
    let root = (1.0 + x * x).sqrt();
    4.0 / std::f64::consts::TAU * 2.0 * (x / root) * (x / root).atan()
}

#[test]
fn a_ball_over_a_floor_gives_the_square_of_its_radius_over_its_distance() {
    // Full fuzz seen from above is a cosine lobe around the normal, just like diffuse.
    let mirror = json!({ "kind": "Metal", "albedo": grey(0.6), "fuzz": 1 });
    for floor in [diffuse(0.6), mirror] {
        for (radius, height) in [(1.0, 5.0), (0.01, 3.0), (3.0, 4.0)] {
            let lamp = json!({
                "kind": "Sphere", "center": [0, height, 0], "radius": radius, "material": light(2.0)
            });
            let mut scene = over_floor(&floor, &lamp);
            scene["camera"]["look_from"] = json!([0.001, 0.9, 0]);
            scene["camera"]["vertical_fov"] = json!(0.1);
            let expected = 0.6 * 2.0 * (radius / height) * (radius / height);
            check(mean(&scene, &options(16, 64, 1)), [expected; 3], 0.01);
        }
    }
}

#[test]
fn a_square_over_a_floor_gives_its_form_factor_also_under_transforms() {
    let (a, h) = (1.5, 4.0);
    let expected = 0.8 * 3.0 * square_form_factor(a, h);
    let quad = |q: [f64; 3]| json!({ "kind": "Quad", "q": q, "u": [2.0 * a, 0, 0], "v": [0, 0, 2.0 * a], "material": light(3.0) });
    let triangle = |q: [f64; 3], side: f64| json!({ "kind": "Triangle", "q": q, "u": [side, 0, 0], "v": [0, 0, side], "material": light(3.0) });
    for lamp in [
        quad([-a, h, -a]),
        json!({ "kind": "Translate", "offset": [-a, 1, -a], "object": quad([0.0, h - 1.0, 0.0]) }),
        json!({ "kind": "RotateY", "angle": 90, "object":
            { "kind": "ObjectList", "objects": [
                { "kind": "Translate", "offset": [-a, 0, -a], "object": quad([0.0, h, 0.0]) } ] } }),
        json!({ "kind": "ObjectList", "objects": [
            triangle([-a, h, -a], 2.0 * a), triangle([a, h, a], -2.0 * a) ] }),
        json!({ "kind": "Boxy", "corner_0": [-a, h, -a], "corner_1": [a, h + 0.1, a], "material": light(3.0) }),
    ] {
        let mut scene = over_floor(&diffuse(0.8), &lamp);
        scene["camera"]["vertical_fov"] = json!(0.2);
        // u x v of the quads points down, so they shine on the floor.
        check(mean(&scene, &options(16, 256, 1)), [expected; 3], 0.01);
    }
}

#[test]
fn a_lamp_turned_away_gives_nothing() {
    for lamp in [
        json!({ "kind": "Quad", "q": [-1, 4, -1], "u": [0, 0, 2], "v": [2, 0, 0], "material": light(3.0) }),
        json!({ "kind": "Sphere", "center": [0, 4, 0], "radius": -1, "material": light(3.0) }),
    ] {
        let scene = over_floor(&diffuse(0.8), &lamp);
        check(mean(&scene, &options(4, 64, 1)), [0.0; 3], 0.0);
    }
}

#[test]
fn inside_a_luminous_sphere_a_diffuse_ball_shows_its_albedo() {
    let objects = json!([
        { "kind": "Sphere", "center": [0, 0, 0], "radius": -30, "material": light(1.0) },
        { "kind": "Sphere", "center": [0, 0, 0], "radius": 1, "material": diffuse(0.7) }
    ]);
    let scene = scene(0.0, [0.0, 3.0, 10.0], [0.0; 3], &objects);
    check(mean(&scene, &options(16, 64, 1)), [0.7; 3], 5e-3);
}

#[test]
fn a_coplanar_lamp_lights_nothing_of_its_own_plane() {
    // The lamp lies in the ceiling itself; the floor gets its form factor all the same.
    let lamp = json!({ "kind": "ObjectList", "objects": [
        { "kind": "Quad", "q": [-1, 4, -1], "u": [2, 0, 0], "v": [0, 0, 2], "material": light(3.0) },
        { "kind": "Quad", "q": [-9, 4, -9], "u": [18, 0, 0], "v": [0, 0, 8], "material": diffuse(0.0) },
        { "kind": "Quad", "q": [-9, 4, 1], "u": [18, 0, 0], "v": [0, 0, 8], "material": diffuse(0.0) },
    ] });
    let mut scene = over_floor(&diffuse(0.8), &lamp);
    scene["camera"]["vertical_fov"] = json!(0.2);
    let expected = 0.8 * 3.0 * square_form_factor(1.0, 4.0);
    check(mean(&scene, &options(16, 256, 1)), [expected; 3], 0.01);
}

#[test]
fn the_scale_of_a_scene_does_not_matter() {
    let mut reference = None;
    for scale in [1.0, 1e-3, 1e6] {
        let s = |v: [f64; 3]| v.map(|value| value * scale);
        // A ball resting on a floor, away from the origin: its contact shadow must not leak.
        let objects = json!([
            { "kind": "Quad", "q": s([-40.0, 7.0, -40.0]), "u": s([0.0, 0.0, 100.0]), "v": s([100.0, 0.0, 0.0]), "material": diffuse(0.8) },
            { "kind": "Sphere", "center": s([10.0, 8.0, 3.0]), "radius": scale, "material": diffuse(0.0) },
            { "kind": "Sphere", "center": s([13.0, 17.0, 3.0]), "radius": 2.0 * scale, "material": light(9.0) }
        ]);
        let mut scene = scene(0.0, s([18.0, 12.0, 12.0]), s([10.0, 7.0, 3.0]), &objects);
        scene["camera"]["vertical_fov"] = json!(30);
        let got = mean(&scene, &options(48, 64, 4));
        check(got, *reference.get_or_insert(got), 1e-3);
    }
}

#[test]
fn into_how_many_pieces_a_lamp_is_cut_does_not_matter() {
    // Few lights are weighed at each place, many are chosen by power: two ways to one picture.
    let picture = |pieces: u32| {
        let side = 3.0 / f64::from(pieces);
        let mut objects = vec![
            json!({ "kind": "Quad", "q": [-9, 0, -9], "u": [0, 0, 18], "v": [18, 0, 0], "material": diffuse(0.7) }),
            json!({ "kind": "Quad", "q": [-9, 0, -3], "u": [18, 0, 0], "v": [0, 9, 0],
                    "material": { "kind": "Metal", "albedo": grey(0.8), "fuzz": 0.3 } }),
            json!({ "kind": "Sphere", "center": [1, 1, 0], "radius": 1,
                    "material": { "kind": "Metal", "albedo": grey(0.9), "fuzz": 0.1 } }),
            json!({ "kind": "Sphere", "center": [-1.2, 1, 0.5], "radius": 1, "material": { "kind": "Dielectric" } }),
        ];
        for i in 0..pieces {
            for j in 0..pieces {
                let (x, z) = (-1.5 + side * f64::from(i), -1.0 + side * f64::from(j));
                objects.push(json!({
                    "kind": "Quad", "q": [x, 3.5, z], "u": [side, 0, 0], "v": [0, 0, side], "material": light(4.0)
                }));
            }
        }
        let mut scene = scene(0.05, [0.0, 3.0, 9.0], [0.0, 1.0, 0.0], &json!(objects));
        scene["camera"]["vertical_fov"] = json!(35);
        mean(&scene, &options(48, 128, 8))
    };
    let whole = picture(1);
    check(picture(3), whole, 0.01);
    check(picture(20), whole, 0.01);
}
