use std::time::{Duration, Instant};

use clovers_common::domain::ids::RenderId;
use clovers_common::queue::Notice;
use clovers_common::test_support::tiny_request;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{TestApp, check_problem, header};

#[sqlx::test(migrations = "../migrations")]
async fn the_status_follows_a_render_to_its_end(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(200, 8).await;
    let path = format!("/renders/{id}/status");
    app.render_tile(id).await;
    let status = app.get_json(&path).await;
    assert_eq!(status["state"], "rendering");
    assert_eq!(
        status["progress"],
        json!({"tiles_done": 1, "tiles_total": 2, "pixels_done": 128 * 8, "pixels_total": 1600})
    );
    assert!(status["eta_ms"].is_u64(), "{status}");
    assert!(status["started_at"].is_string());
    assert!(status["links"]["cancel"].is_string());

    app.finish(id).await;
    let status = app.get_json(&path).await;
    assert_eq!(status["state"], "done");
    assert!(status["render_ms"].is_u64(), "{status}");
    assert_eq!(status["progress"]["tiles_done"], 2);
    for absent in ["position", "eta_ms", "reason"] {
        assert_eq!(status[absent], Value::Null, "{absent}");
    }
    assert_eq!(status["links"]["cancel"], Value::Null);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_story_is_told_from_queued_to_done(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    app.finish(id).await;
    let story = app.get_json(&format!("/renders/{id}/events")).await;
    let kinds: Vec<&str> = story["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "queued",
            "claimed",
            "tile_done",
            "assembling",
            "claimed",
            "done"
        ]
    );
    assert_eq!(story["items"][1]["worker"], app.worker.to_string());
}

#[sqlx::test(migrations = "../migrations")]
async fn the_request_is_kept_byte_for_byte(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let body = format!(
        "\n {}   ",
        tiny_request(8, 8)
            .to_string()
            .replace("[1,1,1]", "[1.0, 1e0 ,1]")
    );
    let answer = app
        .request(Method::POST, "/render")
        .body(body.clone())
        .send()
        .await
        .unwrap();
    let id: RenderId = answer.json::<Value>().await.unwrap()["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    for _ in ["live", "finished"] {
        let answer = app.get(&format!("/renders/{id}/request")).await;
        assert_eq!(header(&answer, "content-type"), "application/json");
        assert_eq!(answer.text().await.unwrap(), body);
        app.post(&format!("/renders/{id}/cancel"), &json!({})).await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_unknown_render_is_not_found_anywhere(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for id in [
        RenderId::new().to_string(),
        "7".to_owned(),
        "..%2f..%2fetc".to_owned(),
        "%00".to_owned(),
    ] {
        for (method, below) in [
            (Method::GET, ""),
            (Method::GET, "/status"),
            (Method::GET, "/thumbnail"),
            (Method::GET, "/partial"),
            (Method::GET, "/exr"),
            (Method::GET, "/request"),
            (Method::GET, "/events"),
            (Method::POST, "/cancel"),
            (Method::POST, "/retry"),
            (Method::DELETE, ""),
        ] {
            let answer = app
                .request(method, &format!("/renders/{id}{below}"))
                .send()
                .await
                .unwrap();
            check_problem(answer, 404, "not-found").await;
        }
        let change = app
            .send(
                Method::PATCH,
                &format!("/renders/{id}"),
                &json!({"name": "x"}),
            )
            .await;
        check_problem(change, 404, "not-found").await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_cancelled_render_keeps_what_was_done_and_leaves_the_queue(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(200, 8).await;
    app.render_tile(id).await;
    let cancelled = app.post(&format!("/renders/{id}/cancel"), &json!({})).await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    let status: Value = cancelled.json().await.unwrap();
    assert_eq!(status["state"], "cancelled");
    assert_eq!(status["progress"]["tiles_done"], 1);
    assert!(status["links"]["retry"].is_string());
    assert!(app.nothing_is_queued().await);

    let partial = app.get(&format!("/renders/{id}/partial")).await;
    assert_eq!(header(&partial, "content-type"), "image/png");
    assert_eq!(header(&partial, "cache-control"), "no-store");
    for below in ["", "/thumbnail", "/exr"] {
        check_problem(
            app.get(&format!("/renders/{id}{below}")).await,
            409,
            "render-cancelled",
        )
        .await;
    }
    let again = app.post(&format!("/renders/{id}/cancel"), &json!({})).await;
    check_problem(again, 409, "render-finished").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_failed_render_tells_its_reason(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    app.store
        .fail_render(id, "the moon was full")
        .await
        .unwrap();
    assert_eq!(
        app.get_json(&format!("/renders/{id}/status")).await["reason"],
        "the moon was full"
    );
    let answer = app.get(&format!("/renders/{id}")).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/render-failed");
    assert_eq!(problem["detail"], "the moon was full");
}

#[sqlx::test(migrations = "../migrations")]
async fn only_what_ended_without_a_picture_is_retried(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut request = tiny_request(8, 8);
    request["scene_file"]["objects"][0] = json!({"kind": "STL", "path": "cup", "scale": 1, "center": [0, 0, 0], "rotation": [0, 0, 0]});
    app.put_stl("cup", b"a cup").await;
    let id = app.submit(&request).await;
    let path = format!("/renders/{id}/retry");
    check_problem(app.post(&path, &json!({})).await, 409, "render-not-ended").await;
    app.store.fail_render(id, "bad luck").await.unwrap();
    app.queue.remove_render(id).await.unwrap();
    app.put_stl("cup", b"another cup").await;

    let answer = app.post(&path, &json!({})).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let location = header(&answer, "location").to_owned();
    let status: Value = answer.json().await.unwrap();
    let again: RenderId = status["id"].as_str().unwrap().parse().unwrap();
    assert_ne!(again, id);
    assert_eq!(location, format!("/renders/{again}"));
    assert_eq!(status["name"], "tiny");
    let (old, new) = (
        app.store.render_request(id).await.unwrap(),
        app.store.render_request(again).await.unwrap(),
    );
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!((old.request, old.asset_pins), (new.request, new.asset_pins));
    assert_eq!(app.popped().await, Some(again));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_deleted_render_is_gone(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (live, done) = (app.submit_tiny(8, 8).await, app.submit_tiny(8, 8).await);
    app.finish(done).await;
    for id in [live, done] {
        let path = format!("/renders/{id}");
        let deleted = app.request(Method::DELETE, &path).send().await.unwrap();
        assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
        check_problem(app.get(&path).await, 404, "not-found").await;
        let again = app.request(Method::DELETE, &path).send().await.unwrap();
        check_problem(again, 404, "not-found").await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_live_render_is_renamed_and_reordered(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (first, second) = (app.submit_tiny(8, 8).await, app.submit_tiny(8, 8).await);
    let path = format!("/renders/{second}");
    let changed = app
        .send(
            Method::PATCH,
            &path,
            &json!({"priority": "high", "name": "me first"}),
        )
        .await;
    assert_eq!(changed.status(), StatusCode::OK);
    let status: Value = changed.json().await.unwrap();
    assert_eq!(
        (&status["priority"], &status["name"]),
        (&json!("high"), &json!("me first"))
    );
    assert_eq!(status["position"], 0);
    assert_eq!(
        [app.popped().await, app.popped().await],
        [Some(second), Some(first)]
    );

    let unnamed = app
        .send(Method::PATCH, &path, &json!({"name": null}))
        .await
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(
        (&unnamed["priority"], &unnamed["name"]),
        (&json!("high"), &Value::Null)
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_is_checked_whole(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    let path = format!("/renders/{id}");
    for (change, pointer) in [
        (json!([]), ""),
        (json!({"state": "done"}), "/state"),
        (json!({"name": ""}), "/name"),
        (json!({"name": 3}), "/name"),
        (json!({"name": "x\u{0}"}), "/name"),
        (json!({"priority": "urgent", "name": "fine"}), "/priority"),
    ] {
        let refused = app.send(Method::PATCH, &path, &change).await;
        assert_eq!(
            check_problem(refused, 422, "invalid-request").await,
            [pointer]
        );
    }
    assert_eq!(
        app.get_json(&format!("{path}/status")).await["name"],
        "tiny"
    );
    app.finish(id).await;
    check_problem(
        app.send(Method::PATCH, &path, &json!({"name": "late"}))
            .await,
        409,
        "render-finished",
    )
    .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_waits_is_answered_when_it_ends(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    let path = format!("/renders/{id}/status");
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(
        app.get_with(&path, "prefer", "respond-async, wait=30"),
        async {
            // It ends, and nobody tells: the waiting look for themselves.
            app.finish(id).await;
        }
    );
    assert_eq!(header(&answer, "preference-applied"), "wait=30");
    assert_eq!(answer.json::<Value>().await.unwrap()["state"], "done");
    assert!(begun.elapsed() < Duration::from_secs(10));

    let id = app.submit_tiny(8, 8).await;
    let path = format!("/renders/{id}/status");
    let (answer, ()) = tokio::join!(app.get_with(&path, "prefer", "wait=30"), async {
        app.store.cancel_render(id).await.unwrap();
        app.queue.notify(Notice::Render(id)).await.unwrap();
    });
    assert_eq!(answer.json::<Value>().await.unwrap()["state"], "cancelled");
}

#[sqlx::test(migrations = "../migrations")]
async fn waiting_ends_when_its_time_is_over(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    let path = format!("/renders/{id}/status");
    let begun = Instant::now();
    let answer = app.get_with(&path, "prefer", "wait=1").await;
    assert_eq!(answer.json::<Value>().await.unwrap()["state"], "queued");
    assert!(begun.elapsed() >= Duration::from_secs(1));
    for nonsense in [
        "wait=soon",
        "wait",
        "wait=-1",
        "=;,",
        "wait=99999999999999999999",
    ] {
        let begun = Instant::now();
        assert_eq!(
            app.get_with(&path, "prefer", nonsense).await.status(),
            StatusCode::OK
        );
        assert!(begun.elapsed() < Duration::from_secs(1), "{nonsense}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn waiting_ends_when_the_process_stops(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    let path = format!("/renders/{id}/status");
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(app.get_with(&path, "prefer", "wait=60"), async {
        // Sent later, answered first: by then the other one has most likely arrived.
        app.get("/readyz").await;
        app.shutdown.cancel();
    });
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(begun.elapsed() < Duration::from_secs(5));
}
