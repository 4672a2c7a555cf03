use std::time::Duration;

use clovers_back::AppState;
use clovers_common::clovers::Mesh;
use clovers_common::clovers::scene::MeshRef;
use clovers_common::config::BackConfig;
use clovers_common::domain::render_options::RenderLimits;
use clovers_common::domain::request::RenderRequest;
use clovers_common::store::Store;
use clovers_common::test_support;
use reqwest::StatusCode;
use serde_json::Value;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::harness::{TestApp, check_problem, header};

#[sqlx::test(migrations = "../migrations")]
async fn every_example_can_be_rendered_as_it_is(pool: PgPool) {
    let app = TestApp::start(pool.clone()).await;
    seed(&app, pool).await;
    let list = app.get_json("/examples").await;
    let examples = list["items"].as_array().unwrap();
    assert!(examples.len() >= 8, "{}", examples.len());
    for example in examples {
        assert!(
            ["name", "title", "description"]
                .iter()
                .all(|key| !example[key].as_str().unwrap().is_empty())
        );
        let request = app
            .get_json(&format!("/examples/{}", example["name"].as_str().unwrap()))
            .await;
        assert_eq!(request["name"], example["title"]);
        let answer = app.post("/render?strict=true&dry_run=true", &request).await;
        let status = answer.status();
        assert_eq!(
            status,
            StatusCode::OK,
            "{}: {}",
            example["name"],
            answer.text().await.unwrap()
        );
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_name_of_an_example_is_never_a_path(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for name in [
        "examples",
        "nothing",
        "..%2fCargo",
        "%2e%2e%2fscenes%2fcornell",
        "cornell.json",
        "%00",
    ] {
        check_problem(
            app.get(&format!("/examples/{name}")).await,
            404,
            "not-found",
        )
        .await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_meshes_of_the_examples_are_assets(pool: PgPool) {
    let app = TestApp::start(pool.clone()).await;
    let meshes = seed(&app, pool).await;
    assert!(meshes.iter().any(|mesh| mesh.path == "meshes/trefoil.stl"));
    let listed = app.get_json("/assets?limit=200").await;
    for mesh in meshes {
        let named = |asset: &&Value| asset["name"] == mesh.path;
        let asset = listed["items"].as_array().unwrap().iter().find(named);
        let asset = asset.unwrap_or_else(|| panic!("{} is not listed", mesh.path));
        assert_eq!(asset["format"], mesh.format.to_string().to_lowercase());
        let answer = app
            .get(&format!("/assets/{}", asset["sha256"].as_str().unwrap()))
            .await;
        assert_eq!(header(&answer, "content-type"), "application/octet-stream");
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(asset["bytes"], bytes.len());
        let mesh = Mesh::parse(mesh.format, &bytes).unwrap();
        assert_eq!(asset["triangles"], mesh.triangle_count());
        assert_eq!(asset["bounds"][0], f64::from(mesh.bounds().min.x));
    }
    for unknown in [
        "0".repeat(64),
        "sha256:00".to_owned(),
        "meshes%2ftrefoil.stl".to_owned(),
    ] {
        check_problem(
            app.get(&format!("/assets/{unknown}")).await,
            404,
            "not-found",
        )
        .await;
    }
}

/// Does what the back does when it starts, and waits for it; answers with the meshes that the examples name.
async fn seed(app: &TestApp, pool: PgPool) -> Vec<MeshRef> {
    let config = BackConfig {
        listen_address: ([127, 0, 0, 1], 0).into(),
        ui_dir: None,
        scenes_dir: concat!(env!("CARGO_MANIFEST_DIR"), "/../scenes").into(),
        limits: RenderLimits::default(),
    };
    let store = Store::with_pool(pool);
    let state = AppState::new(
        config,
        store.clone(),
        test_support::queue(),
        CancellationToken::new(),
    );
    state.prepare_in_background();

    let mut meshes = Vec::new();
    for example in app.get_json("/examples").await["items"].as_array().unwrap() {
        let path = format!("/examples/{}", example["name"].as_str().unwrap());
        let body = app.get(&path).await.bytes().await.unwrap();
        let request = RenderRequest::parse(&body, &RenderLimits::default()).unwrap();
        meshes.extend(request.meshes());
    }
    let seeded = async {
        for mesh in &meshes {
            while store.resolve_asset(&mesh.path).await.unwrap().is_none() {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), seeded)
        .await
        .expect("the meshes are kept");
    meshes
}

#[sqlx::test(migrations = "../migrations")]
async fn an_example_is_laid_out_for_people(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let text = app.get("/examples/cornell").await.text().await.unwrap();
    assert!(text.lines().count() > 20, "{text}");
    serde_json::from_str::<Value>(&text).unwrap();
}
