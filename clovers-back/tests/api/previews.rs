use std::time::{Duration, Instant};

use clovers_common::clovers::image::png;
use clovers_common::domain::ids::PreviewId;
use clovers_common::domain::preview::PreviewFrame;
use clovers_common::test_support::{tiny_request, tiny_scene};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{TestApp, check_problem, grey, header};

fn frame(revision: u32, pass: u32, last: bool) -> PreviewFrame {
    PreviewFrame {
        revision,
        pass,
        samples: 1 << pass,
        width: 8,
        height: 6,
        last,
        png: png::encode(&grey(8, 6)),
    }
}

async fn begin(app: &TestApp) -> PreviewId {
    let answer = app.post("/preview", &tiny_request(8, 6)).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let session: Value = answer.json().await.unwrap();
    session["id"].as_str().unwrap().parse().unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_preview_waits_for_a_worker_and_then_shows_its_frames(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = begin(&app).await;
    let path = format!("/preview/{id}");
    assert_eq!(app.get(&path).await.status(), StatusCode::ACCEPTED);
    assert_eq!(
        app.queue
            .preview_pops()
            .pop(Duration::from_millis(50))
            .await
            .unwrap(),
        Some(id)
    );
    assert_eq!(
        app.queue.preview_request(id).await.unwrap().unwrap().body,
        tiny_request(8, 6).to_string()
    );

    assert!(
        app.queue
            .publish_frame(id, &frame(1, 0, false))
            .await
            .unwrap()
    );
    let answer = app.get(&path).await;
    assert_eq!(answer.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "no-store"),
        ("clovers-revision", "1"),
        ("clovers-samples", "1"),
        ("clovers-width", "8"),
        ("clovers-height", "6"),
        ("clovers-final", "false"),
    ] {
        assert_eq!(header(&answer, name), value, "{name}");
    }
    let etag = header(&answer, "etag").to_owned();
    assert_eq!(answer.bytes().await.unwrap(), frame(1, 0, false).png);
    assert_eq!(
        app.get_with(&path, "if-none-match", &etag).await.status(),
        StatusCode::NOT_MODIFIED
    );

    app.queue
        .publish_frame(id, &frame(1, 1, true))
        .await
        .unwrap();
    let answer = app.get_with(&path, "if-none-match", &etag).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "clovers-final"), "true");
    assert_ne!(header(&answer, "etag"), etag);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_preview_costs_no_more_than_it_may(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let request = json!({
        "scene_file": tiny_scene(),
        "opts": {"width": 3840, "height": 2160, "samples": 4096, "max_depth": 128},
    });
    let answer = app.post("/preview", &request).await;
    let location = header(&answer, "location").to_owned();
    let session: Value = answer.json().await.unwrap();
    assert_eq!(
        location,
        format!("/preview/{}", session["id"].as_str().unwrap())
    );
    assert_eq!(
        session,
        json!({"id": session["id"], "revision": 1, "width": 1920, "height": 1080, "samples": 256, "max_depth": 16})
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_blue_preview_keeps_its_samples(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for samples in [1, 64, 256] {
        let request = json!({
            "scene_file": tiny_scene(),
            "opts": {"width": 8, "height": 6, "samples": samples, "sampler": "blue"},
        });
        let answer = app.post("/preview", &request).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        let session: Value = answer.json().await.unwrap();
        assert_eq!(session["samples"], samples);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_frame_of_an_older_request_is_never_shown(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = begin(&app).await;
    let path = format!("/preview/{id}");
    app.queue
        .publish_frame(id, &frame(1, 3, true))
        .await
        .unwrap();
    let replaced = app.send(Method::PUT, &path, &tiny_request(16, 12)).await;
    assert_eq!(replaced.status(), StatusCode::ACCEPTED);
    let session: Value = replaced.json().await.unwrap();
    assert_eq!(
        (&session["id"], &session["revision"]),
        (&json!(id), &json!(2))
    );
    assert_eq!(session["width"], 16);

    assert_eq!(app.get(&path).await.status(), StatusCode::ACCEPTED);
    assert!(
        !app.queue
            .publish_frame(id, &frame(1, 4, true))
            .await
            .unwrap()
    );
    assert_eq!(app.get(&path).await.status(), StatusCode::ACCEPTED);
    app.queue
        .publish_frame(id, &frame(2, 0, false))
        .await
        .unwrap();
    assert_eq!(header(&app.get(&path).await, "clovers-revision"), "2");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refused_change_leaves_the_preview_as_it_was(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = begin(&app).await;
    let refused = app
        .send(
            Method::PUT,
            &format!("/preview/{id}"),
            &json!({"scene_file": {}}),
        )
        .await;
    check_problem(refused, 422, "invalid-scene").await;
    assert_eq!(app.queue.preview_revision(id).await.unwrap(), Some(1));
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_waits_gets_the_next_frame(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = begin(&app).await;
    let path = format!("/preview/{id}");
    let begun = Instant::now();
    let (answer, _) = tokio::join!(app.get_with(&path, "prefer", "wait=30"), async {
        app.queue
            .publish_frame(id, &frame(1, 0, false))
            .await
            .unwrap()
    });
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "preference-applied"), "wait=30");
    let etag = header(&answer, "etag").to_owned();

    let newer = app
        .request(Method::GET, &path)
        .header("prefer", "wait=30")
        .header("if-none-match", &etag)
        .send();
    let (answer, _) = tokio::join!(newer, async {
        app.queue
            .publish_frame(id, &frame(1, 1, false))
            .await
            .unwrap()
    });
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "clovers-samples"), "2");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_scene_that_cannot_be_rendered_is_told(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = begin(&app).await;
    app.queue
        .publish_failure(id, 1, "the mesh is damaged")
        .await
        .unwrap();
    let answer = app.get(&format!("/preview/{id}")).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/preview-failed");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("the mesh is damaged")
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stopped_preview_is_gone_as_is_one_that_never_was(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = begin(&app).await;
    let stopped = app
        .request(Method::DELETE, &format!("/preview/{id}"))
        .send()
        .await
        .unwrap();
    assert_eq!(stopped.status(), StatusCode::NO_CONTENT);
    for id in [
        id.to_string(),
        PreviewId::new().to_string(),
        "none".to_owned(),
    ] {
        let path = format!("/preview/{id}");
        check_problem(app.get(&path).await, 404, "not-found").await;
        check_problem(
            app.get_with(&path, "prefer", "wait=5").await,
            404,
            "not-found",
        )
        .await;
        check_problem(
            app.send(Method::PUT, &path, &tiny_request(8, 8)).await,
            404,
            "not-found",
        )
        .await;
        check_problem(
            app.request(Method::DELETE, &path).send().await.unwrap(),
            404,
            "not-found",
        )
        .await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_preview_names_its_meshes_by_content(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut request = tiny_request(8, 8);
    request["scene_file"]["objects"][0] = json!({"kind": "STL", "path": "cup", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0]});
    let refused = check_problem(app.post("/preview", &request).await, 422, "invalid-scene").await;
    assert_eq!(refused, ["/scene_file/objects/0/path"]);
    app.put_stl("cup", b"a cup").await;
    let session: Value = app.post("/preview", &request).await.json().await.unwrap();
    let id = session["id"].as_str().unwrap().parse().unwrap();
    let pins = app
        .queue
        .preview_request(id)
        .await
        .unwrap()
        .unwrap()
        .asset_pins;
    assert_eq!(
        pins["cup"],
        app.store
            .resolve_asset("cup")
            .await
            .unwrap()
            .unwrap()
            .sha256
    );
}
