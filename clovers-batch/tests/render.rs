//! A worker against real servers: from a request to a picture, and what it does when it is stopped or superseded.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use clovers_batch::{Outcome, Worker};
use clovers_common::config::{DatabaseConfig, WorkerConfig};
use clovers_common::domain::ids::RenderId;
use clovers_common::domain::render::{Priority, RenderState};
use clovers_common::domain::render_options::RenderLimits;
use clovers_common::domain::request::{REQUEST_FORMAT, RenderRequest};
use clovers_common::domain::tile;
use clovers_common::queue::Queue;
use clovers_common::store::{NewRender, Store, Submitted};
use clovers_common::test_support;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

struct Farm {
    store: Store,
    queue: Queue,
}

impl Farm {
    fn new(pool: PgPool) -> Self {
        Self {
            store: Store::with_pool(pool),
            queue: test_support::queue(),
        }
    }

    fn worker(&self) -> Worker {
        // The heartbeat makes a connection of its own, which tests that step a worker by hand do without.
        let database = DatabaseConfig {
            url: "postgres://nowhere".to_owned(),
            max_connections: 1,
        };
        let config = WorkerConfig {
            threads: 2,
            host: "test-host".to_owned(),
        };
        Worker::new(self.store.clone(), self.queue.clone(), &database, &config).unwrap()
    }

    async fn submit(&self, body: &Value) -> RenderId {
        let body = body.to_string();
        let request = RenderRequest::parse(body.as_bytes(), &RenderLimits::default()).unwrap();
        let options = request.options.render;
        let render = NewRender {
            name: None,
            priority: Priority::Normal,
            request: body.as_bytes(),
            request_format: REQUEST_FORMAT,
            asset_pins: &BTreeMap::new(),
            warnings: &[],
            width: options.width,
            height: options.height,
            samples: options.samples,
            max_depth: options.max_depth,
            exr: request.options.exr,
            tiles: &tile::grid(options.width, options.height),
            idempotency: None,
        };
        match self.store.submit_render(render).await.unwrap() {
            Submitted::Created(entry) => entry.id,
            other => panic!("{other:?}"),
        }
    }

    /// Steps a worker until the render has no more work.
    async fn render(&self, worker: &Worker, id: RenderId) {
        let running = CancellationToken::new();
        while worker.work_on(id, &running).await.unwrap() == Outcome::Done {}
    }

    async fn picture(&self, id: RenderId) -> Vec<u8> {
        let blob = self.store.picture(id).await.unwrap().expect("a picture");
        self.store.whole_blob(blob).await.unwrap()
    }
}

/// A frame of several tiles with light, glass and colours.
fn request() -> Value {
    json!({
        "scene_file": {
            "time_0": 0, "time_1": 1, "background_color": [0.6, 0.7, 1],
            "camera": {
                "look_from": [0, 1, -5], "look_at": [0, 0, 0], "up": [0, 1, 0],
                "vertical_fov": 40, "aperture": 0.1, "focus_distance": 5
            },
            "objects": [
                {"kind": "Sphere", "center": [0, -1001, 0], "radius": 1000},
                {"kind": "Sphere", "center": [-1, 0, 0], "radius": 1,
                 "material": {"kind": "Dispersive", "cauchy_a": 1.5, "cauchy_b": 0.01}},
                {"kind": "Sphere", "center": [1.2, 0, 0], "radius": 1,
                 "material": {"kind": "Lambertian", "albedo": {"kind": "SolidColor", "color": [0.8, 0.2, 0.1]}}}
            ]
        },
        "opts": {"width": 200, "height": 150, "samples": 4, "max_depth": 8, "seed": 3, "exr": true}
    })
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_request_gives_the_same_bytes_whoever_renders_it(pool: PgPool) {
    let farm = Farm::new(pool);
    let (alone, shared) = (farm.submit(&request()).await, farm.submit(&request()).await);
    farm.render(&farm.worker(), alone).await;
    let (first, second) = (farm.worker(), farm.worker());
    let running = CancellationToken::new();
    for worker in [&first, &second, &first] {
        assert_eq!(
            worker.work_on(shared, &running).await.unwrap(),
            Outcome::Done
        );
    }
    farm.render(&second, shared).await;
    assert!(farm.picture(alone).await == farm.picture(shared).await);
    let exr = farm
        .store
        .exr(alone)
        .await
        .unwrap()
        .expect("an EXR was asked for");
    assert!(
        farm.store
            .whole_blob(exr)
            .await
            .unwrap()
            .starts_with(&[0x76, 0x2f, 0x31, 0x01])
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn the_service_and_the_command_line_render_the_same_bytes(pool: PgPool) {
    let farm = Farm::new(pool);
    let id = farm.submit(&request()).await;
    farm.render(&farm.worker(), id).await;

    let folder = tempfile::tempdir().unwrap();
    let (scene, picture) = (
        folder.path().join("scene.json"),
        folder.path().join("picture.png"),
    );
    std::fs::write(&scene, request()["scene_file"].to_string()).unwrap();
    let status = Command::new(command_line())
        .args([
            "render", "-q", "-w", "200", "--height", "150", "-s", "4", "-d", "8", "--seed", "3",
            "-i",
        ])
        .arg(&scene)
        .arg("-o")
        .arg(&picture)
        .status()
        .unwrap();
    assert!(status.success());
    assert!(std::fs::read(&picture).unwrap() == farm.picture(id).await);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_worker_that_stops_hands_its_tile_back(pool: PgPool) {
    let farm = Farm::new(pool);
    let mut slow = request();
    slow["opts"]["samples"] = json!(60_000);
    let id = farm.submit(&slow).await;
    let (worker, stop) = (farm.worker(), CancellationToken::new());
    let stopping = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stopping.cancel();
    });
    let stepped = tokio::time::timeout(Duration::from_secs(5), worker.work_on(id, &stop)).await;
    assert_eq!(
        stepped.expect("it stops within five seconds").unwrap(),
        Outcome::HandedBack
    );
    let entry = farm.store.queue_entry(id).await.unwrap().unwrap();
    assert_eq!(
        farm.store.claimable_renders(-1.0, 10).await.unwrap(),
        [entry]
    );
    assert_eq!(farm.queue.render_position(id).await.unwrap(), Some(0));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_cancelled_render_stops_its_worker(pool: PgPool) {
    let farm = Farm::new(pool);
    let mut slow = request();
    slow["opts"]["samples"] = json!(60_000);
    let id = farm.submit(&slow).await;
    let (worker, store) = (farm.worker(), farm.store.clone());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(store.cancel_render(id).await.unwrap());
    });
    let running = CancellationToken::new();
    let stepped = tokio::time::timeout(Duration::from_secs(10), worker.work_on(id, &running)).await;
    assert_eq!(stepped.expect("it notices").unwrap(), Outcome::Lost);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_request_that_no_longer_parses_fails_with_the_reason(pool: PgPool) {
    let farm = Farm::new(pool.clone());
    let id = farm.submit(&request()).await;
    sqlx::query("update render_tasks set request = $1")
        .bind(b"{}".as_slice())
        .execute(&pool)
        .await
        .unwrap();
    let (worker, running) = (farm.worker(), CancellationToken::new());
    while farm.store.task_status(id).await.unwrap().is_some() {
        worker.work_on(id, &running).await.unwrap();
        sqlx::query("update render_tiles set not_before = now()")
            .execute(&pool)
            .await
            .unwrap();
    }
    let status = farm.store.render_status(id).await.unwrap().unwrap();
    assert_eq!(status.state, RenderState::Failed);
    assert!(status.reason.unwrap().contains("scene_file"));
}

/// The command line's binary, built into the same folder as this test's.
fn command_line() -> std::path::PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test
        .parent()
        .and_then(std::path::Path::parent)
        .unwrap()
        .join("clovers-cli");
    assert!(
        binary.exists(),
        "build it first: cargo build -p clovers-cli"
    );
    binary
}
