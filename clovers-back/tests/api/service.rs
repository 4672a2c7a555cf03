use std::fs;

use clovers_common::clovers;
use clovers_common::store::Store;
use clovers_common::test_support;
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::PgPool;

use crate::harness::{TestApp, check_problem, header};

#[sqlx::test(migrations = "../migrations")]
async fn the_limits_are_published(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let limits = app.get_json("/limits").await;
    assert_eq!(limits["max_width"], 16_384);
    assert_eq!(limits["max_body_bytes"], 16 << 20);
    assert_eq!(
        limits["preview"],
        json!({"max_width": 1920, "max_height": 1080, "max_samples": 256, "max_depth": 16})
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_whole_farm_is_ready(pool: PgPool) {
    let app = TestApp::start(pool).await;
    assert_eq!(
        app.get_json("/readyz").await,
        json!({"status": "ready", "postgres": "up", "redis": "up"})
    );
    assert_eq!(app.get("/healthz").await.text().await.unwrap(), "ok\n");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_version_names_the_engine(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let version = app.get_json("/version").await;
    assert_eq!(version["engine"], clovers::FINGERPRINT);
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert!(version["target_features"].is_array());
}

#[sqlx::test(migrations = "../migrations")]
async fn json_is_compressed_for_those_who_can_read_it(pool: PgPool) {
    let app = TestApp::start(pool).await;
    assert_eq!(
        header(&app.get("/openapi.json").await, "content-encoding"),
        ""
    );
    let answer = app
        .get_with("/openapi.json", "accept-encoding", "gzip")
        .await;
    assert_eq!(header(&answer, "content-encoding"), "gzip");
}

#[sqlx::test(migrations = "../migrations")]
async fn nothing_is_sniffed_and_no_other_origin_reads(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for path in ["/limits", "/nothing"] {
        let answer = app
            .get_with(path, "origin", "https://elsewhere.example")
            .await;
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "access-control-allow-origin"), "");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_ui_is_served_beside_the_api(pool: PgPool) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("static")).unwrap();
    fs::write(folder.path().join("index.html"), "<!doctype html>the app").unwrap();
    fs::write(folder.path().join("favicon.svg"), "<svg/>").unwrap();
    fs::write(folder.path().join("static/app-1a2b.js"), "let x = 1;").unwrap();
    fs::write(folder.path().join("secret"), "not for the web").unwrap();
    let ui = Some(folder.path().to_owned());
    let app = TestApp::start_with(Store::with_pool(pool), test_support::queue(), ui).await;

    for page in [
        "/",
        "/studio",
        "/farm",
        "/gallery",
        "/gallery/some-id",
        "/compare",
        "/settings",
        "/?example=cornell",
    ] {
        let answer = app.get(page).await;
        assert_eq!(answer.status(), StatusCode::OK, "{page}");
        assert_eq!(header(&answer, "cache-control"), "no-cache");
        assert!(header(&answer, "content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.text().await.unwrap(), "<!doctype html>the app");
    }
    let script = app.get("/static/app-1a2b.js").await;
    assert_eq!(header(&script, "content-type"), "text/javascript");
    assert_eq!(
        header(&script, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        header(&app.get("/favicon.svg").await, "content-type"),
        "image/svg+xml"
    );

    for outside in [
        "/static/none.js",
        "/static/",
        "/static",
        "/secret",
        "/static/..%2fsecret",
        "/static/%2e%2e/secret",
        "/nothing",
    ] {
        check_problem(app.get(outside).await, 404, "not-found").await;
    }
    let posted = app.request(Method::POST, "/studio").send().await.unwrap();
    check_problem(posted, 405, "method-not-allowed").await;
    assert_eq!(app.get("/limits").await.status(), StatusCode::OK);
}
