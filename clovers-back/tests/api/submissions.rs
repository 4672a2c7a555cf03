use clovers_common::test_support::{tiny_request, tiny_scene};
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{TestApp, check_problem, header};

#[sqlx::test(migrations = "../migrations")]
async fn a_scene_is_accepted_stored_and_queued(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let answer = app.post("/render", &tiny_request(200, 100)).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let location = header(&answer, "location").to_owned();
    let status: Value = answer.json().await.unwrap();
    let id = status["id"].as_str().unwrap();
    assert_eq!(location, format!("/renders/{id}"));
    assert_eq!(status["state"], "queued");
    assert_eq!(status["position"], 0);
    assert_eq!(
        status["progress"],
        json!({"tiles_done": 0, "tiles_total": 2, "pixels_done": 0, "pixels_total": 20_000})
    );
    assert_eq!(status["links"]["self"], location);
    assert!(status["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(status["warnings"], Value::Null);

    let stored = app
        .store
        .task_status(id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((stored.width, stored.height, stored.samples), (200, 100, 1));
    assert_eq!(app.popped().await, Some(id.parse().unwrap()));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_refused_is_named_by_its_pointer_and_not_queued(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let scene_with = |key: &str, value: Value| {
        let mut request = tiny_request(8, 8);
        request["scene_file"]["objects"][0][key] = value;
        request
    };
    let opts = |opts: Value| json!({"scene_file": tiny_scene(), "opts": opts});
    let mut no_camera = tiny_request(8, 8);
    no_camera["scene_file"]
        .as_object_mut()
        .unwrap()
        .remove("camera");
    let huge_number = tiny_request(8, 8)
        .to_string()
        .replace(r#""radius":1"#, r#""radius":1e39"#);
    let huge_number: Value = serde_json::from_str(&huge_number).unwrap();
    for (body, slug, pointer) in [
        (json!([]), "invalid-request", ""),
        (json!({}), "invalid-request", "/scene_file"),
        (json!({"scene_file": 7}), "invalid-scene", "/scene_file"),
        (
            json!({"scene_file": tiny_scene(), "surprise": 1}),
            "invalid-request",
            "/surprise",
        ),
        (
            json!({"scene_file": tiny_scene(), "name": "a\u{202e}b"}),
            "invalid-request",
            "/name",
        ),
        (
            json!({"scene_file": tiny_scene(), "priority": "now"}),
            "invalid-request",
            "/priority",
        ),
        (
            opts(json!({"surprise": 1})),
            "invalid-request",
            "/opts/surprise",
        ),
        (opts(json!({"width": 0})), "invalid-request", "/opts/width"),
        (
            opts(json!({"width": "wide"})),
            "invalid-request",
            "/opts/width",
        ),
        (
            opts(json!({"height": -1})),
            "invalid-request",
            "/opts/height",
        ),
        (
            opts(json!({"width": 16_385})),
            "limits-exceeded",
            "/opts/width",
        ),
        (
            opts(json!({"width": 10_000, "height": 10_000})),
            "limits-exceeded",
            "/opts",
        ),
        (
            opts(json!({"samples": 65_537})),
            "limits-exceeded",
            "/opts/samples",
        ),
        (
            scene_with("kind", json!("Teapot")),
            "invalid-scene",
            "/scene_file/objects/0/kind",
        ),
        (
            scene_with("radius", json!("big")),
            "invalid-scene",
            "/scene_file/objects/0/radius",
        ),
        (huge_number, "invalid-scene", "/scene_file/objects/0/radius"),
        (no_camera, "invalid-scene", "/scene_file"),
    ] {
        let pointers = check_problem(app.post("/render", &body).await, 422, slug).await;
        assert!(
            pointers.iter().any(|found| found == pointer),
            "{slug} {pointer}: {pointers:?}"
        );
        // A preview of it is refused for the same.
        check_problem(app.post("/preview", &body).await, 422, slug).await;
    }
    assert!(app.nothing_is_queued().await);
}

#[sqlx::test(migrations = "../migrations")]
async fn bytes_that_are_not_json_are_refused(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let deep = format!(
        r#"{{"scene_file": {}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    for body in [
        "",
        "{",
        "nul",
        "{} {}",
        "\u{0}",
        deep.as_str(),
        r#"{"scene_file": NaN}"#,
    ] {
        let sent = app
            .request(Method::POST, "/render")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert_eq!(check_problem(sent, 400, "invalid-json").await, [""]);
    }
    let not_utf8 = app
        .request(Method::POST, "/render")
        .body(&b"{\"name\": \"\xff\"}"[..])
        .send()
        .await
        .unwrap();
    check_problem(not_utf8, 400, "invalid-json").await;
    assert!(app.nothing_is_queued().await);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_body_above_the_limit_is_refused_however_it_comes(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let large = vec![b' '; 17 << 20];
    let chunks: Vec<Result<Vec<u8>, std::io::Error>> = large
        .chunks(1 << 16)
        .map(|chunk| Ok(chunk.to_vec()))
        .collect();
    let streamed = Body::wrap_stream(futures::stream::iter(chunks));
    for body in [large.into(), streamed] {
        let answer = app
            .request(Method::POST, "/render")
            .body(body)
            .send()
            .await
            .unwrap();
        check_problem(answer, 413, "body-too-large").await;
    }
    let to_elsewhere = app
        .request(Method::DELETE, "/limits")
        .body(vec![b' '; 17 << 20])
        .send()
        .await
        .unwrap();
    check_problem(to_elsewhere, 413, "body-too-large").await;
    assert!(app.nothing_is_queued().await);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_body_of_another_media_type_is_refused(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let send = async |content_type: &str| {
        let request = app
            .request(Method::POST, "/render?dry_run=true")
            .header("content-type", content_type);
        request
            .body(tiny_request(8, 8).to_string())
            .send()
            .await
            .unwrap()
    };
    for content_type in [
        "text/plain",
        "application/xml",
        "image/png",
        "multipart/form-data; boundary=x",
    ] {
        check_problem(send(content_type).await, 415, "unsupported-media-type").await;
    }
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/Scene+JSON",
    ] {
        assert_eq!(
            send(content_type).await.status(),
            StatusCode::OK,
            "{content_type}"
        );
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_mesh_must_be_an_asset_of_its_format(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut request = tiny_request(8, 8);
    request["scene_file"]["objects"] = json!([
        {"kind": "STL", "path": "cup.stl", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0]},
        {"kind": "STL", "path": "../../etc/passwd", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0]},
        {"kind": "STL", "path": "a\u{0}b", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0]},
    ]);
    app.put_stl("cup.stl", b"a cup").await;
    let pointers = check_problem(app.post("/render", &request).await, 422, "invalid-scene").await;
    assert_eq!(
        pointers,
        ["/scene_file/objects/1/path", "/scene_file/objects/2/path"]
    );
    assert!(app.nothing_is_queued().await);

    request["scene_file"]["objects"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    let id = app.submit(&request).await;
    let pins = app
        .store
        .render_request(id)
        .await
        .unwrap()
        .unwrap()
        .asset_pins;
    let meant = app
        .store
        .resolve_asset("cup.stl")
        .await
        .unwrap()
        .unwrap()
        .sha256;
    assert_eq!(pins, [("cup.stl".to_owned(), meant.clone())].into());

    // What the name means later does not change what this render means.
    app.put_stl("cup.stl", b"another cup").await;
    assert_eq!(
        app.store
            .render_request(id)
            .await
            .unwrap()
            .unwrap()
            .asset_pins["cup.stl"],
        meant
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn meshes_of_every_format_are_found_and_none_is_taken_for_another(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for format in ["stl", "ply", "gltf"] {
        app.put_mesh(&format!("cup.{format}"), format, format.as_bytes())
            .await;
    }
    let mesh = |kind: &str, path: &str| {
        let mut mesh = json!({"kind": kind, "path": path});
        if kind != "GLTF" {
            mesh["scale"] = json!(1);
            mesh["center"] = json!([0, 0, 0]);
            mesh["rotation"] = json!([0, 0, 0]);
        }
        mesh
    };
    let mut request = tiny_request(8, 8);
    // Inside a medium and a transform, too.
    request["scene_file"]["objects"] = json!([
        mesh("STL", "cup.stl"),
        {"kind": "ConstantMedium", "boundary": mesh("PLY", "cup.ply")},
        {"kind": "Translate", "offset": [0, 1, 0], "object": mesh("GLTF", "cup.gltf")},
    ]);
    let id = app.submit(&request).await;
    let stored = app.store.render_request(id).await.unwrap().unwrap();
    let pinned: Vec<_> = stored.asset_pins.keys().collect();
    assert_eq!(pinned, ["cup.gltf", "cup.ply", "cup.stl"]);

    request["scene_file"]["objects"] = json!([
        mesh("STL", "cup.ply"),
        {"kind": "ConstantMedium", "boundary": mesh("PLY", "cup.gltf")},
        {"kind": "Translate", "offset": [0, 1, 0], "object": mesh("GLTF", "none.gltf")},
        mesh("PLY", "cup.ply"),
    ]);
    for path in ["/render", "/preview"] {
        let pointers = check_problem(app.post(path, &request).await, 422, "invalid-scene").await;
        let refused = [
            "/scene_file/objects/0/path",
            "/scene_file/objects/1/boundary/path",
            "/scene_file/objects/2/object/path",
        ];
        assert_eq!(pointers, refused);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_scene_of_an_older_revision_is_rendered_with_a_warning(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut request = tiny_request(8, 8);
    let mesh = json!({"path": "cup.stl", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0]});
    let light = json!({"Sphere": {
        "center": [0, 9, 0], "radius": 1,
        "material": {"DiffuseLight": {"emit": {"SolidColor": {"color": [1, 1, 1]}}}}
    }});
    request["scene_file"]["objects"] = json!([
        {"Translate": {"object": {"STL": mesh}, "offset": [0, 1, 0]}},
        light,
    ]);
    request["scene_file"]["priority_objects"] = json!([light]);
    let pointers = check_problem(app.post("/render", &request).await, 422, "invalid-scene").await;
    assert_eq!(
        pointers,
        ["/scene_file/objects/0/Translate/object/STL/path"]
    );

    app.put_stl("cup.stl", b"a cup").await;
    let id = app.submit(&request).await;
    let stored = app.store.render_request(id).await.unwrap().unwrap();
    assert!(stored.asset_pins.contains_key("cup.stl"));
    let status = app.get_json(&format!("/renders/{id}/status")).await;
    let warnings = status["warnings"].as_array().unwrap();
    assert!(
        warnings[0]["detail"]
            .as_str()
            .unwrap()
            .contains("revision A"),
        "{warnings:?}"
    );
    assert_eq!(warnings[0]["pointer"], "/scene_file");
    let strict = app.post("/render?strict=true", &request).await;
    check_problem(strict, 422, "warnings").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn every_mode_sampler_and_threshold_is_accepted_and_others_are_refused(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let with = |opts: Value| json!({"scene_file": tiny_scene(), "opts": opts});
    for mode in ["path_tracing", "normals", "bvh_boxes", "bvh_primitives"] {
        for sampler in ["independent", "blue"] {
            let body = with(json!({"mode": mode, "sampler": sampler}));
            let answer = app.post("/render?strict=true&dry_run=true", &body).await;
            assert_eq!(answer.status(), StatusCode::OK, "{mode}, {sampler}");
        }
    }
    for adaptive in [json!(false), json!(true), json!(0.05)] {
        let body = with(json!({"adaptive": adaptive}));
        let answer = app.post("/render?strict=true&dry_run=true", &body).await;
        assert_eq!(answer.status(), StatusCode::OK, "{adaptive}");
    }
    for (opts, pointer) in [
        (json!({"adaptive": 0}), "/opts/adaptive"),
        (json!({"adaptive": 7}), "/opts/adaptive"),
        (json!({"adaptive": "yes"}), "/opts/adaptive"),
        (json!({"mode": "toon"}), "/opts/mode"),
        (json!({"sampler": "red"}), "/opts/sampler"),
        (json!({"sampler": "blue", "samples": 100}), "/opts/samples"),
        (json!({"sampler": "blue", "samples": 512}), "/opts/samples"),
    ] {
        for path in ["/render", "/preview"] {
            let answer = app.post(path, &with(opts.clone())).await;
            assert_eq!(
                check_problem(answer, 422, "invalid-request").await,
                [pointer]
            );
        }
    }
    let problem: Value = app
        .post("/render", &with(json!({"sampler": "blue", "samples": 100})))
        .await
        .json()
        .await
        .unwrap();
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("64 or 128"), "{detail}");
    assert!(app.nothing_is_queued().await);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_suspect_is_warned_about_or_refused_when_strict(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut request = tiny_request(8, 8);
    request["scene_file"]["objects"][0]["material"] = json!("undefined");
    request["scene_file"]["objects"][0]["odd\u{0}key"] = json!(1);
    let pointers = check_problem(
        app.post("/render?strict=true", &request).await,
        422,
        "warnings",
    )
    .await;
    assert!(
        pointers.contains(&"/scene_file/objects/0/material".to_owned()),
        "{pointers:?}"
    );
    assert!(app.nothing_is_queued().await);

    let id = app.submit(&request).await;
    let status = app.get_json(&format!("/renders/{id}/status")).await;
    let warnings = status["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning["pointer"] == "/scene_file/objects/0/material"),
        "{warnings:?}"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_dry_run_only_checks(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let answer = app.post("/render?dry_run=true", &tiny_request(8, 9)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let found: Value = answer.json().await.unwrap();
    assert_eq!(
        found,
        json!({"width": 8, "height": 9, "samples": 1, "max_depth": 4, "warnings": []})
    );
    check_problem(
        app.post("/render?dry_run=true", &json!({})).await,
        422,
        "invalid-request",
    )
    .await;
    check_problem(
        app.post("/render?dry_run=perhaps", &json!({})).await,
        400,
        "invalid-parameter",
    )
    .await;
    assert!(app.nothing_is_queued().await);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_repeated_submission_is_the_same_render(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let send = async |key: &str, width: u32| {
        let request = app
            .request(Method::POST, "/render")
            .header("idempotency-key", key);
        request.json(&tiny_request(width, 8)).send().await.unwrap()
    };
    let first: Value = send("once", 8).await.json().await.unwrap();
    let second = send("once", 8).await;
    assert_eq!(second.status(), StatusCode::ACCEPTED);
    assert_eq!(second.json::<Value>().await.unwrap()["id"], first["id"]);
    check_problem(send("once", 9).await, 422, "idempotency-key-reused").await;
    assert_ne!(
        send("twice", 9).await.json::<Value>().await.unwrap()["id"],
        first["id"]
    );
    assert_eq!(app.store.tasks_in_order(None, 10).await.unwrap().len(), 2);
    for key in ["", " ", "two words", "ä", &"x".repeat(201)] {
        check_problem(send(key, 8).await, 400, "invalid-parameter").await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn simultaneous_submissions_with_one_key_are_one_render(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let send = async || {
        let request = app
            .request(Method::POST, "/render")
            .header("idempotency-key", "race");
        let answer = request.json(&tiny_request(8, 8)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        answer.json::<Value>().await.unwrap()["id"].clone()
    };
    let ids = futures::future::join_all((0..6).map(|_| send())).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(app.store.tasks_in_order(None, 10).await.unwrap().len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn another_site_cannot_submit(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let send = async |site: &str| {
        let request = app
            .request(Method::POST, "/render?dry_run=true")
            .header("sec-fetch-site", site);
        request.json(&tiny_request(8, 8)).send().await.unwrap()
    };
    check_problem(send("cross-site").await, 403, "cross-site").await;
    assert_eq!(send("same-origin").await.status(), StatusCode::OK);
}
