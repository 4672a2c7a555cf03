//! Direct light of every kind of emitter against closed forms.

use serde_json::{Value, json};

use crate::support::{check, check_measured, grey, light, mean, options, scene};

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

/// A light that shines within an angle of its normal.
fn cone_light(spread: f64, radiance: f64) -> Value {
    json!({ "kind": "ConeLight", "spread": spread, "emit": grey(radiance) })
}

/// Checks the floor at a place, albedo 0.8.
#[track_caller]
fn check_floor(what: &str, x: f64, lamp: &Value, expected: f64) {
    let mut scene = over_floor(&diffuse(0.8), lamp);
    scene["camera"]["look_from"] = json!([x + 0.01, 1, 0]);
    scene["camera"]["look_at"] = json!([x, 0, 0]);
    scene["camera"]["vertical_fov"] = json!(0.05);
    check_measured(what, &scene, &options(16, 64, 1), [expected; 3]);
}

#[test]
fn cones_of_a_large_panel_give_the_squared_sine_of_their_spread() {
    // Each floor point sees the panel shine within a disc around its foot.
    let sine_squared = |degrees: f64| degrees.to_radians().sin().powi(2);
    let quad = |a: f64, spread: f64| json!({ "kind": "Quad", "q": [-a, 4, -a], "u": [2.0 * a, 0, 0], "v": [0, 0, 2.0 * a], "material": cone_light(spread, 3.0) });
    for spread in [1.0, 20.0, 60.0] {
        let expected = 0.8 * 3.0 * sine_squared(spread);
        check_floor(
            &format!("a panel of {spread} degrees"),
            0.0,
            &quad(8.0, spread),
            expected,
        );
    }
    // Wider than the panel: all of it shines here.
    let whole = 0.8 * 3.0 * square_form_factor(1.0, 4.0);
    check_floor(
        "a spread wider than the panel",
        0.0,
        &quad(1.0, 60.0),
        whole,
    );
    check_floor("a spread of 90 degrees", 0.0, &quad(1.0, 90.0), whole);
    check_floor("a spread of 180 degrees", 0.0, &quad(1.0, 180.0), whole);
    // The beam of 20 degrees ends 4 tan 20 = 1.456 beyond the edge; on the edge it is halved.
    let expected = 0.8 * 3.0 * sine_squared(20.0);
    check_floor("inside the beam", 6.5, &quad(8.0, 20.0), expected);
    check_floor(
        "below the edge of the panel",
        8.0,
        &quad(8.0, 20.0),
        0.5 * expected,
    );
    check_floor("outside the beam", 9.47, &quad(8.0, 20.0), 0.0);

    let moved = json!({ "kind": "Translate", "offset": [0, 1, 0], "object":
        { "kind": "RotateY", "angle": 33, "object": {
            "kind": "Quad", "q": [-8, 3, -8], "u": [16, 0, 0], "v": [0, 0, 16], "material": cone_light(20.0, 3.0) } } });
    check_floor("a panel moved and turned", 0.3, &moved, expected);
    let triangle = |q: [f64; 3], side: f64| json!({ "kind": "Triangle", "q": q, "u": [side, 0, 0], "v": [0, 0, side], "material": cone_light(20.0, 3.0) });
    let halves = json!({ "kind": "ObjectList", "objects": [triangle([-8.0, 4.0, -8.0], 16.0), triangle([8.0, 4.0, 8.0], -16.0)] });
    check_floor("a panel of triangles", 0.1, &halves, expected);
    // Of a box the bottom shines down here, its sides miss the place.
    let boxy = json!({ "kind": "Boxy", "corner_0": [-8, 4, -8], "corner_1": [8, 4.5, 8], "material": cone_light(20.0, 3.0) });
    check_floor("a box", 0.0, &boxy, expected);
}

#[test]
fn cones_of_a_ball_shine_from_around_its_nearest_point() {
    let ball = |radius: f64, height: f64, spread: f64| json!({ "kind": "Sphere", "center": [0, height, 0], "radius": radius, "material": cone_light(spread, 500.0) });
    // By the law of sines the shining part is seen within asin(r / d sin spread).
    for (radius, height, spread) in [(0.5, 30.0, 30.0_f64), (2.0, 4.0, 50.0), (3.0, 4.0, 5.0)] {
        let sine = radius / height * spread.to_radians().sin();
        let what = format!("a ball of radius {radius} and {spread} degrees");
        check_floor(
            &what,
            0.0,
            &ball(radius, height, spread),
            0.8 * 500.0 * sine * sine,
        );
    }
    // Inside, all of a ball turned inwards shines at its middle.
    let mut inside = ball(-9.0, 0.0, 3.0);
    inside["material"] = cone_light(3.0, 2.0);
    let mut scene = over_floor(&diffuse(0.8), &inside);
    scene["camera"]["look_from"] = json!([0.001, 1, 0]);
    scene["camera"]["vertical_fov"] = json!(0.01);
    check_measured(
        "the middle of a ball",
        &scene,
        &options(16, 64, 1),
        [1.6; 3],
    );
}

#[test]
fn a_cone_light_is_seen_to_shine_within_its_spread_only() {
    for (degrees, expected) in [
        (0.0, 3.0),
        (24.9, 3.0),
        (25.1, 0.0),
        (80.0, 0.0),
        (180.0, 0.0),
    ] {
        let (sin, cos) = f64::to_radians(degrees).sin_cos();
        let lamp = json!([{ "kind": "Quad", "q": [-5, -5, 0], "u": [10, 0, 0], "v": [0, 10, 0], "material": cone_light(25.0, 3.0) }]);
        let mut scene = scene(0.0, [9.0 * sin, 0.0, 9.0 * cos], [0.0; 3], &lamp);
        scene["camera"]["vertical_fov"] = json!(0.01);
        let what = format!("a cone light from {degrees} degrees");
        check_measured(&what, &scene, &options(8, 32, 1), [expected; 3]);
    }
}

#[test]
fn a_background_lights_a_floor_as_much_as_is_not_hidden() {
    // A black square over the floor hides its form factor, of the sky or of a lamp around all.
    let lid = json!({ "kind": "Quad", "q": [-1.5, 4, -1.5], "u": [3, 0, 0], "v": [0, 0, 3], "material": diffuse(0.0) });
    let expected = 0.8 * (1.0 - square_form_factor(1.5, 4.0));
    let mut sky = over_floor(&diffuse(0.8), &lid);
    sky["background_color"] = json!([1, 1, 1]);
    sky["camera"]["vertical_fov"] = json!(0.05);
    check_measured(
        "a lid under the sky",
        &sky,
        &options(16, 64, 1),
        [expected; 3],
    );
    let mirror = json!({ "kind": "Metal", "albedo": grey(0.8), "fuzz": 1 });
    sky["objects"][0]["material"] = mirror;
    sky["camera"]["look_from"] = json!([0.0001, 2, 0]);
    check_measured(
        "over a fuzzy mirror",
        &sky,
        &options(16, 64, 1),
        [expected; 3],
    );
    // With a lamp as well, both are chosen sometimes.
    sky["objects"][0]["material"] = diffuse(0.8);
    sky["objects"][1]["material"] = light(3.0);
    let expected = expected + 0.8 * 3.0 * square_form_factor(1.5, 4.0);
    check_measured(
        "a lamp under the sky",
        &sky,
        &options(16, 64, 1),
        [expected; 3],
    );
    // An isotropic sheet is lit from both sides.
    sky["objects"][0]["material"] = json!({ "kind": "Isotropic", "albedo": grey(0.8) });
    let solid_angle =
        4.0 * (1.5_f64 * 1.5 / (1.5 * 1.5 + 16.0)).asin() / (4.0 * std::f64::consts::PI);
    let expected = 0.8 * (1.0 - solid_angle + 3.0 * solid_angle);
    check_measured(
        "an isotropic sheet",
        &sky,
        &options(16, 64, 1),
        [expected; 3],
    );
}
