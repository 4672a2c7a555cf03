//! Fog against Beer and Lambert, and single scattering against its integral.

use serde_json::{Value, json};

use crate::support::{check_measured, grey, light, options, scene};

const EYE: [f64; 3] = [-10.0, 0.03, 0.05];
const AHEAD: [f64; 3] = [0.0, 0.03, 0.05];

fn medium(density: f64, albedo: f64, boundary: &Value) -> Value {
    json!({ "kind": "ConstantMedium", "density": density, "texture": grey(albedo), "boundary": boundary })
}

/// A medium that absorbs only.
fn smoke(density: f64, boundary: &Value) -> Value {
    medium(density, 0.0, boundary)
}

fn ball(x: f64, radius: f64) -> Value {
    json!({ "kind": "Sphere", "center": [x, 0.03, 0.05], "radius": radius })
}

fn boxy(low: [f64; 3], high: [f64; 3]) -> Value {
    json!({ "kind": "Boxy", "corner_0": low, "corner_1": high })
}

/// A box as six loose quads, whichever way each looks.
fn six_quads(low: [f64; 3], high: [f64; 3], inside_out: bool) -> Value {
    let [x, y, z] = low;
    let [dx, dy, dz] = [high[0] - x, high[1] - y, high[2] - z];
    let quad = |q: [f64; 3], u: [f64; 3], v: [f64; 3]| {
        let (u, v) = if inside_out { (v, u) } else { (u, v) };
        json!({ "kind": "Quad", "q": q, "u": u, "v": v })
    };
    json!({ "kind": "ObjectList", "objects": [
        quad(low, [0.0, dy, 0.0], [dx, 0.0, 0.0]),
        quad([x, y, z + dz], [dx, 0.0, 0.0], [0.0, dy, 0.0]),
        quad(low, [dx, 0.0, 0.0], [0.0, 0.0, dz]),
        quad([x, y + dy, z], [0.0, 0.0, dz], [dx, 0.0, 0.0]),
        quad(low, [0.0, 0.0, dz], [0.0, dy, 0.0]),
        quad([x + dx, y, z], [0.0, dy, 0.0], [0.0, 0.0, dz]),
    ] })
}

/// Checks how much of the background, of radiance 1, is seen straight ahead.
#[track_caller]
fn check_passed(what: &str, objects: &Value, expected: f64) {
    let mut scene = scene(1.0, EYE, AHEAD, objects);
    scene["camera"]["vertical_fov"] = json!(0.01);
    check_measured(what, &scene, &options(16, 64, 16), [expected; 3]);
}

#[test]
fn smoke_dims_by_the_exponential_of_what_is_crossed() {
    let cube = boxy([-1.0; 3], [1.0; 3]);
    let turned =
        |angle: f64, object: &Value| json!({ "kind": "RotateY", "angle": angle, "object": object });
    let moved = |offset: [f64; 3], object: &Value| json!({ "kind": "Translate", "offset": offset, "object": object });
    let slanted = 2.0 / 30f64.to_radians().cos();
    for (what, boundary, length) in [
        ("smoke in a ball", ball(0.0, 1.5), 3.0),
        ("in a ball turned inside out", ball(0.0, -1.5), 3.0),
        ("in a box", cube.clone(), 2.0),
        ("in a turned box", turned(30.0, &cube), slanted),
        (
            "in a box moved, turned and moved",
            moved(
                [0.1, 0.2, 0.0],
                &turned(60.0, &moved([0.0, 0.0, 0.1], &cube)),
            ),
            slanted,
        ),
        ("in six quads", six_quads([-1.0; 3], [1.0; 3], false), 2.0),
        (
            "in six quads inside out",
            six_quads([-1.0; 3], [1.0; 3], true),
            2.0,
        ),
        (
            "in six quads, turned",
            turned(-30.0, &six_quads([-1.0; 3], [1.0; 3], false)),
            slanted,
        ),
        (
            "in a hollow ball",
            json!({ "kind": "ObjectList", "objects": [ball(0.0, 1.5), ball(0.0, -1.0)] }),
            1.0,
        ),
        (
            "in balls apart",
            json!({ "kind": "ObjectList", "objects": [ball(3.0, 0.5), ball(0.0, 1.0)] }),
            3.0,
        ),
        (
            "in balls that overlap",
            json!({ "kind": "ObjectList", "objects": [ball(0.0, 1.0), ball(1.0, 1.0)] }),
            3.0,
        ),
        (
            "in a box and a mesh that overlap",
            json!({ "kind": "ObjectList", "objects": [cube, six_quads([0.0; 3], [2.0; 3], false)] }),
            3.0,
        ),
        ("around the eye", ball(-10.0, 2.0), 2.0),
        (
            "around the eye, in quads",
            six_quads([-11.0, -1.0, -1.0], [-8.0, 1.0, 1.0], false),
            2.0,
        ),
        ("behind the eye", ball(-14.0, 2.0), 0.0),
    ] {
        let objects = json!([smoke(0.4, &boundary)]);
        check_passed(what, &objects, f64::exp(-0.4 * length));
    }
    // The whole may be turned as well as its boundary.
    let whole = json!([turned(30.0, &smoke(0.4, &boxy([-1.0; 3], [1.0; 3])))]);
    check_passed(
        "in a box turned as a whole",
        &whole,
        f64::exp(-0.4 * slanted),
    );
}

#[test]
fn media_that_overlap_add_up() {
    let objects = json!([
        smoke(0.1, &ball(0.0, 2.0)),
        smoke(0.15, &ball(1.0, 2.0)),
        smoke(0.01, &boxy([-20.0; 3], [20.0; 3])),
    ]);
    check_passed("three media", &objects, f64::exp(-0.4 - 0.6 - 0.3));
    let one = json!([smoke(0.15, &ball(0.0, 2.0)), smoke(0.15, &ball(0.0, 2.0))]);
    check_passed("one medium twice", &one, f64::exp(-1.2));
}

#[test]
fn a_glass_ball_full_of_smoke_reflects_passes_and_absorbs() {
    let glass = |index: f64| {
        let mut glass = ball(0.0, 1.5);
        glass["material"] = json!({ "kind": "Dielectric", "refractive_index": index });
        json!([glass, smoke(0.4, &ball(0.0, 1.5))])
    };
    let inside = f64::exp(-0.4 * 3.0);
    check_passed("smoke in glass of index 1", &glass(1.0), inside);
    // To and fro along the middle: r is reflected at each face.
    let r: f64 = 0.04;
    let expected = r + (1.0 - r) * inside * (1.0 - r) / (1.0 - r * inside);
    check_passed("smoke in glass of index 1.5", &glass(1.5), expected);
    // The eye in the middle of the smoke in the glass.
    let mut objects = glass(1.5);
    objects[0]["center"] = json!([-10, 0.03, 0.05]);
    objects[1] = smoke(0.4, &ball(-10.0, 1.5));
    let expected = f64::exp(-0.6) * (1.0 - r) / (1.0 - r * inside);
    check_passed("the eye in smoke in glass", &objects, expected);
    // The eye within glass within fog: the far half of the ball, and the fog around it.
    let mut objects = glass(1.5);
    objects[0]["center"] = json!([-10, 0.03, 0.05]);
    objects[1] = smoke(0.1, &boxy([-20.0, -9.0, -9.0], [-5.0, 9.0, 9.0]));
    let (half, whole) = (f64::exp(-0.15), f64::exp(-0.3));
    // Ahead the fog ends 3.5 beyond the ball, behind 8.5.
    let (ahead, back) = (f64::exp(-0.35), f64::exp(-0.85));
    let leaves = half * (1.0 - r) / (1.0 - r * r * whole * whole);
    let expected = leaves * (ahead + r * whole * back);
    check_passed("the eye in glass in fog", &objects, expected);
}

#[test]
fn lights_are_seen_and_light_through_smoke() {
    let mut scene = scene(
        0.0,
        EYE,
        AHEAD,
        &json!([
            { "kind": "Quad", "q": [5, -9, -9], "u": [0, 0, 18], "v": [0, 18, 0], "material": light(2.0) },
            smoke(0.2, &boxy([-20.0; 3], [20.0; 3])),
        ]),
    );
    check_measured(
        "a lamp in smoke",
        &scene,
        &options(16, 64, 4),
        [2.0 * f64::exp(-3.0); 3],
    );

    // A small lamp high over a floor, a layer of smoke between it and the eye.
    let floor = json!({ "kind": "Lambertian", "albedo": grey(0.8) });
    scene["objects"] = json!([
        { "kind": "Quad", "q": [-50, 0, -50], "u": [0, 0, 100], "v": [100, 0, 0], "material": floor },
        { "kind": "Sphere", "center": [0, 20, 0], "radius": 0.01, "material": light(1e6) },
        smoke(0.3, &boxy([-200.0, 3.0, -200.0], [200.0, 6.0, 200.0])),
        smoke(0.4, &ball(0.0, -0.5)),
    ]);
    scene["objects"][3]["boundary"]["center"] = json!([0, 10, 0]);
    scene["camera"]["look_from"] = json!([0.05, 2, 0]);
    scene["camera"]["look_at"] = json!([0, 0, 0]);
    scene["camera"]["vertical_fov"] = json!(0.1);
    let expected = 0.8 * 1e6 * (0.01 / 20.0) * (0.01 / 20.0) * f64::exp(-0.9 - 0.4);
    check_measured(
        "a floor under smoke",
        &scene,
        &options(16, 64, 1),
        [expected; 3],
    );
}

#[test]
fn white_fog_vanishes_in_a_white_field() {
    for (what, boundary, density) in [
        ("white fog in a ball", ball(0.0, 1.0), 1.5),
        ("in a box", boxy([-1.0; 3], [1.0; 3]), 1.5),
        ("in quads", six_quads([-1.0; 3], [1.0; 3], false), 3.0),
        ("around the eye", ball(-9.0, 3.0), 0.5),
    ] {
        let glass = json!({ "kind": "Sphere", "center": [0.2, 0, 0], "radius": 0.5, "material": { "kind": "Dielectric" } });
        let mut scene = scene(
            1.0,
            EYE,
            AHEAD,
            &json!([medium(density, 1.0, &boundary), glass]),
        );
        scene["camera"]["vertical_fov"] = json!(20);
        // In three free paths of fog, next to nothing scatters more than 128 times.
        check_measured(what, &scene, &options(16, 16, 128), [1.0; 3]);
    }
}

/// The integral of a function by the middles of many steps.
fn integral(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    const STEPS: usize = 2000;
    let step = (to - from) / STEPS as f64;
    (0..STEPS)
        .map(|i| f(from + step * (i as f64 + 0.5)))
        .sum::<f64>()
        * step
}

/// The mean of exp(-density * way out of a ball) over all directions, at a distance from its
/// middle.
fn mean_escape(radius: f64, density: f64, distance: f64) -> f64 {
    0.5 * integral(-1.0, 1.0, |cos| {
        let across = radius * radius - distance * distance * (1.0 - cos * cos);
        (-density * (across.max(0.0).sqrt() - distance * cos)).exp()
    })
}

#[test]
fn light_scattered_once_in_a_ball_is_that_of_its_integral() {
    let (radius, density) = (1.0, 0.8);
    // Along the middle of the ball.
    let scattered = |albedo: &dyn Fn(f64) -> f64| {
        integral(-radius, radius, |x| {
            let here = density * (-density * (x + radius)).exp();
            albedo(x) * here * mean_escape(radius, density, x.abs())
        })
    };
    let passed = (-2.0 * density * radius).exp();
    let objects = json!([medium(density, 0.6, &ball(0.0, radius))]);
    let mut scene = scene(1.0, EYE, AHEAD, &objects);
    scene["camera"]["vertical_fov"] = json!(0.01);
    let expected = passed + scattered(&|_| 0.6);
    check_measured("scattered once", &scene, &options(16, 64, 1), [expected; 3]);

    // The checker counts at the scattering point, in the world, whatever is moved. Cells are half
    // as wide as the ball; y and z lie in cells 0.
    scene["objects"] = json!([{ "kind": "Translate", "offset": [0, 0.03, 0.05], "object": {
        "kind": "ConstantMedium", "density": density,
        "texture": { "kind": "SpatialChecker", "density": 2, "even": { "xyz_e": [1, 1, 1] }, "odd": { "xyz_e": [0.1, 0.1, 0.1] } },
        "boundary": { "kind": "Sphere", "center": [0, 0, 0], "radius": radius } } }]);
    let checker = |x: f64| {
        if (2.0 * x).floor().rem_euclid(2.0) == 0.0 {
            1.0
        } else {
            0.1
        }
    };
    let expected = passed + scattered(&checker);
    check_measured(
        "a checker in fog",
        &scene,
        &options(16, 64, 1),
        [expected; 3],
    );
}

#[test]
fn fog_lit_from_aside_shines_as_its_integral() {
    let (radius, density, albedo) = (0.2, 6.0, 0.7);
    let objects = json!([
        medium(density, albedo, &ball(0.0, radius)),
        { "kind": "Sphere", "center": [0, 4000, 0.05], "radius": 0.2, "material": light(3e9) },
    ]);
    let mut scene = scene(0.0, EYE, AHEAD, &objects);
    scene["camera"]["vertical_fov"] = json!(0.001);
    // So far away that its light is parallel.
    let solid_angle = std::f64::consts::PI * (0.2 / 3999.97_f64).powi(2);
    let phase = 0.25 / std::f64::consts::PI;
    let expected = integral(-radius, radius, |x| {
        let way = (radius * radius - x * x).sqrt();
        density * albedo * phase * 3e9 * solid_angle * (-density * (x + radius + way)).exp()
    });
    check_measured(
        "fog lit from aside",
        &scene,
        &options(16, 128, 1),
        [expected; 3],
    );
}

#[test]
fn a_ball_of_smoke_that_passes_by_dims_for_as_long_as_it_is_there() {
    // The smoke is on the line of sight a fifth of the time; how much of it changes.
    let boundary = json!({ "kind": "MovingSphere", "center_0": [0, 0.03, -4.95], "center_1": [0, 0.03, 5.05], "radius": 1 });
    let expected = integral(0.0, 1.0, |time| {
        let aside = 10.0 * time - 5.0;
        (-1.4 * (1.0 - aside * aside).max(0.0).sqrt()).exp()
    });
    check_passed(
        "smoke on its way",
        &json!([smoke(0.7, &boundary)]),
        expected,
    );
}
