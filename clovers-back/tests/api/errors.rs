use clovers_common::config::{DatabaseConfig, QueueConfig};
use clovers_common::queue::Queue;
use clovers_common::store::Store;
use clovers_common::test_support::{self, tiny_request};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use sqlx::PgPool;

use crate::harness::{TestApp, check_problem, header};

/// Nothing listens on this port.
const NOWHERE: &str = "127.0.0.1:1";

#[sqlx::test(migrations = "../migrations")]
async fn an_unknown_path_is_a_problem(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for path in [
        "/",
        "/nothing",
        "/render/",
        "/renders/",
        "/static/x.js",
        "/gallery",
        "/renders/a/b/c",
        "/docs",
    ] {
        check_problem(app.get(path).await, 404, "not-found").await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_wrong_method_is_told_the_right_ones(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for (method, path, allowed) in [
        (Method::GET, "/render", "POST"),
        (Method::DELETE, "/queue", "GET,HEAD"),
        (Method::POST, "/renders/x", "GET,HEAD,PATCH,DELETE"),
        (Method::from_bytes(b"BREW").unwrap(), "/limits", "GET,HEAD"),
    ] {
        let answer = app.request(method, path).send().await.unwrap();
        assert_eq!(header(&answer, "allow"), allowed, "{path}");
        check_problem(answer, 405, "method-not-allowed").await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_request_keeps_the_id_it_came_with(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = "0197a1b2-0000-7000-8000-000000000001";
    let answer = app.get_with("/nothing", "x-request-id", id).await;
    assert_eq!(header(&answer, "x-request-id"), id);
    check_problem(answer, 404, "not-found").await;

    let answer = app
        .get_with("/nothing", "x-request-id", "from-the-proxy:7")
        .await;
    assert_eq!(header(&answer, "x-request-id"), "from-the-proxy:7");
    let instance = answer.json::<Value>().await.unwrap()["instance"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(instance.len(), "urn:uuid:".len() + 36);

    for unusable in ["", "two words", &"x".repeat(129)] {
        let answer = app.get_with("/healthz", "x-request-id", unusable).await;
        assert_eq!(header(&answer, "x-request-id").len(), 36, "{unusable}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn without_redis_renders_are_accepted_and_previews_are_not(pool: PgPool) {
    let config = QueueConfig {
        url: format!("redis://{NOWHERE}"),
        prefix: String::new(),
    };
    let app = TestApp::start_with(Store::with_pool(pool), Queue::new(&config).unwrap(), None).await;
    let ready = app.get_json("/readyz").await;
    assert_eq!(
        (&ready["status"], &ready["redis"]),
        (&"degraded".into(), &"down".into())
    );

    let id = app.submit_tiny(8, 8).await;
    assert_eq!(
        app.get_json("/queue").await["items"][0]["id"],
        id.to_string()
    );
    let cancelled = app
        .request(Method::POST, &format!("/renders/{id}/cancel"))
        .send()
        .await
        .unwrap();
    assert_eq!(cancelled.status(), StatusCode::OK);

    let preview = app.post("/preview", &tiny_request(8, 8)).await;
    assert_eq!(header(&preview, "retry-after"), "2");
    check_problem(preview, 503, "queue-unavailable").await;
}

#[tokio::test]
async fn without_postgres_the_process_lives_and_says_so() {
    let config = DatabaseConfig {
        url: format!("postgres://nobody@{NOWHERE}/nothing"),
        max_connections: 1,
    };
    let app = TestApp::start_with(Store::new(&config).unwrap(), test_support::queue(), None).await;
    assert_eq!(app.get("/healthz").await.status(), StatusCode::OK);
    check_problem(app.get("/readyz").await, 503, "store-unavailable").await;
    let answer = app.post("/render", &tiny_request(8, 8)).await;
    assert_eq!(header(&answer, "retry-after"), "2");
    check_problem(answer, 503, "store-unavailable").await;
    // Neither needs it.
    assert_eq!(app.get("/examples").await.status(), StatusCode::OK);
    assert_eq!(
        app.post("/preview", &tiny_request(8, 8)).await.status(),
        StatusCode::ACCEPTED
    );
}
