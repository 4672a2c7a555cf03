//! What moves is seen where it is, for as long as it is there.

use clovers::SamplerKind;
use serde_json::{Value, json};

use crate::support::{check_measured, grey, light, options, scene};

/// A black ball of radius 1 that crosses the view at a height, from x = -5 to 5 between the times
/// 0 and 1, and how long it covers a field of radiance 1.
#[track_caller]
fn check_covered(what: &str, scene: &Value, share: f64) {
    for sampler in [SamplerKind::Independent, SamplerKind::Blue] {
        let options = clovers::RenderOptions {
            sampler,
            ..options(16, 64, 4)
        };
        let what = format!("{what}, {sampler:?}");
        check_measured(&what, scene, &options, [1.0 - share; 3]);
    }
}

fn crossing(height: f64, object: impl Fn(Value) -> Value) -> Value {
    let ball = json!({
        "kind": "MovingSphere", "center_0": [-5, height, 0], "center_1": [5, height, 0], "radius": 1,
        "material": { "kind": "Lambertian", "albedo": grey(0.0) }
    });
    let mut scene = scene(1.0, [0.0, 0.0, 10.0], [0.0; 3], &json!([object(ball)]));
    scene["camera"]["vertical_fov"] = json!(0.001);
    scene
}

#[test]
fn a_ball_covers_what_it_passes_for_its_share_of_the_time() {
    check_covered("through its middle", &crossing(0.0, |ball| ball), 0.2);
    check_covered("a shorter chord", &crossing(0.6, |ball| ball), 0.16);
    check_covered("passing by", &crossing(1.01, |ball| ball), 0.0);
    check_covered(
        "under transforms",
        &crossing(0.0, |mut ball| {
            // Turned by a quarter it would come along the view.
            ball["center_0"] = json!([0, -2, -5]);
            ball["center_1"] = json!([0, -2, 5]);
            json!({ "kind": "Translate", "offset": [0, 2, 0], "object":
                { "kind": "RotateY", "angle": 90, "object": ball } })
        }),
        0.2,
    );
}

#[test]
fn the_shutter_and_the_times_of_the_ball_tell_when_it_is_where() {
    let with = |shutter: [f64; 2], times: [f64; 2]| {
        let mut scene = crossing(0.0, |mut ball| {
            ball["time_0"] = json!(times[0]);
            ball["time_1"] = json!(times[1]);
            ball
        });
        scene["time_0"] = json!(shutter[0]);
        scene["time_1"] = json!(shutter[1]);
        scene
    };
    let own = [0.0, 1.0];
    check_covered("half the time", &with([0.25, 0.75], own), 0.4);
    check_covered("from the middle on", &with([0.5, 1.0], own), 0.2);
    check_covered("twice the time", &with([-0.5, 1.5], own), 0.1);
    check_covered("twice as slow", &with([0.0, 2.0], [0.0, 2.0]), 0.2);
    // From the middle of its way to one fifth of it beyond.
    check_covered("other times", &with([3.25, 3.75], [2.0, 4.5]), 0.5);
    check_covered("backwards", &with([0.5, 1.0], [1.0, 0.0]), 0.2);
    check_covered("a moment when it is there", &with([0.55, 0.55], own), 1.0);
    check_covered("a moment when it is not", &with([0.35, 0.35], own), 0.0);
}

#[test]
fn a_lamp_that_moves_gives_the_mean_of_what_it_gives() {
    let lit = |from: [f64; 3], to: [f64; 3]| {
        let floor = json!({ "kind": "Lambertian", "albedo": grey(0.7) });
        let mut scene = scene(
            0.0,
            [0.01, 1.5, 0.0],
            [0.0; 3],
            &json!([
                { "kind": "Quad", "q": [-50, 0, -50], "u": [0, 0, 100], "v": [100, 0, 0], "material": floor },
                { "kind": "MovingSphere", "center_0": from, "center_1": to, "radius": 0.5, "material": light(5.0) },
            ]),
        );
        scene["camera"]["vertical_fov"] = json!(0.05);
        scene
    };
    // A ball overhead gives r^2 / d^2 of its radiance; the mean over d from 3 to 6 is 1 / (3 6).
    let expected = 0.7 * 5.0 * 0.25 / 18.0;
    let up = lit([0.0, 3.0, 0.0], [0.0, 6.0, 0.0]);
    check_measured("a lamp that rises", &up, &options(16, 64, 1), [expected; 3]);
    // From aside r^2 h / d^3; the mean over x from -X to X is r^2 / (h sqrt(h^2 + X^2)).
    let expected = 0.7 * 5.0 * 0.25 / (4.0 * 41f64.sqrt());
    let across = lit([-5.0, 4.0, 0.0], [5.0, 4.0, 0.0]);
    check_measured(
        "a lamp that crosses",
        &across,
        &options(16, 64, 1),
        [expected; 3],
    );
}

#[test]
fn a_lamp_that_moves_is_seen_where_it_is() {
    let mut scene = crossing(0.0, |mut ball| {
        ball["material"] = light(3.0);
        ball
    });
    scene["background_color"] = json!([0, 0, 0]);
    check_measured("a lamp that passes", &scene, &options(16, 64, 1), [0.6; 3]);
}

#[test]
fn white_balls_that_move_vanish_in_a_white_field() {
    let moving = |to: [f64; 3], material: Value| json!({ "kind": "MovingSphere", "center_0": [0.5, 0, 0], "center_1": to, "radius": 0.8, "material": material });
    let objects = json!([
        moving(
            [2.0, 1.0, 0.0],
            json!({ "kind": "Lambertian", "albedo": grey(1.0) })
        ),
        moving([-2.0, 0.0, 1.0], json!({ "kind": "Dielectric" })),
        moving(
            [-1.0, -2.0, 1.0],
            json!({ "kind": "Metal", "albedo": grey(1.0) })
        ),
        moving(
            [0.0, 2.0, -3.0],
            json!({ "kind": "Isotropic", "albedo": grey(1.0) })
        ),
    ]);
    let mut scene = scene(1.0, [0.0, 0.0, 10.0], [0.0; 3], &objects);
    scene["camera"]["vertical_fov"] = json!(30);
    check_measured(
        "white balls that move",
        &scene,
        &options(16, 16, 128),
        [1.0; 3],
    );
}
