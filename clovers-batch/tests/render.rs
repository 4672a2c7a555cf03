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
use clovers_common::store::{NewAsset, NewRender, Store, Submitted};
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
        self.submit_pinned(body, &BTreeMap::new()).await
    }

    async fn submit_pinned(&self, body: &Value, pins: &BTreeMap<String, String>) -> RenderId {
        let body = body.to_string();
        let request = RenderRequest::parse(body.as_bytes(), &RenderLimits::default()).unwrap();
        let options = request.options.render;
        let render = NewRender {
            name: None,
            priority: Priority::Normal,
            request: body.as_bytes(),
            request_format: REQUEST_FORMAT,
            asset_pins: pins,
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

    /// Keeps a mesh; answers with its content's name.
    async fn keep(&self, name: &str, format: &str, data: &[u8]) -> String {
        let asset = NewAsset {
            name,
            format,
            data,
            triangles: 1,
            bounds: [-1.0, -1.0, 0.0, 1.0, 1.0, 0.0],
        };
        self.store.put_asset(asset).await.unwrap();
        let asset = self.store.resolve_asset(name).await.unwrap();
        asset.expect("it is kept").sha256
    }

    /// Steps a worker until a render has failed; answers with the reason.
    async fn failure(&self, pool: &PgPool, id: RenderId) -> String {
        let (worker, running) = (self.worker(), CancellationToken::new());
        while self.store.task_status(id).await.unwrap().is_some() {
            worker.work_on(id, &running).await.unwrap();
            sqlx::query("update render_tiles set not_before = now()")
                .execute(pool)
                .await
                .unwrap();
        }
        let status = self.store.render_status(id).await.unwrap().unwrap();
        assert_eq!(status.state, RenderState::Failed);
        status.reason.expect("a reason")
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

/// Several tiles of fog around a ball in flight, spread as blue noise.
fn fog_and_motion() -> Value {
    let mut request = request();
    request["scene_file"]["objects"][1] = json!({
        "kind": "MovingSphere", "center_0": [-1.5, 0, 0], "center_1": [-0.5, 0.6, 0], "radius": 0.8,
        "material": {"kind": "Lambertian", "albedo": {"kind": "SolidColor", "color": [0.2, 0.4, 0.8]}}
    });
    let fog = json!({
        "kind": "ConstantMedium", "density": 0.3,
        "boundary": {"kind": "Sphere", "center": [0, 0, 0], "radius": 3},
        "texture": {"kind": "SolidColor", "color": [0.9, 0.9, 0.8]}
    });
    request["scene_file"]["objects"]
        .as_array_mut()
        .unwrap()
        .push(fog);
    request["opts"]["samples"] = json!(8);
    request["opts"]["sampler"] = json!("blue");
    request
}

#[sqlx::test(migrations = "../migrations")]
async fn the_service_and_the_command_line_render_the_same_bytes(pool: PgPool) {
    let farm = Farm::new(pool);
    let mut boxes = fog_and_motion();
    boxes["opts"]["mode"] = json!("bvh_boxes");
    let mut adaptive = request();
    adaptive["opts"]["samples"] = json!(64);
    adaptive["opts"]["adaptive"] = json!(0.05);
    let mut denoised = request();
    denoised["opts"]["denoise"] = json!(true);
    let mut both = adaptive.clone();
    both["opts"]["denoise"] = json!(true);
    let mut pictures = Vec::new();
    for request in [request(), fog_and_motion(), boxes, adaptive, denoised, both] {
        let (width, height) = (200, 150);
        assert!(tile::grid(width, height).len() > 1, "one tile is no test");
        let id = farm.submit(&request).await;
        farm.render(&farm.worker(), id).await;
        let picture = farm.picture(id).await;
        assert!(picture == from_the_command_line(&request), "{request}");
        assert!(!pictures.contains(&picture), "{request}");
        pictures.push(picture);
    }
}

/// What the command line makes of the same scene and options.
fn from_the_command_line(request: &Value) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (scene, picture) = (
        folder.path().join("scene.json"),
        folder.path().join("picture.png"),
    );
    std::fs::write(&scene, request["scene_file"].to_string()).unwrap();
    let mut command = Command::new(command_line());
    command.args(["render", "-q"]);
    for (key, value) in request["opts"].as_object().unwrap() {
        if key == "exr" {
            continue;
        }
        if key == "denoise" {
            command.arg("--denoise");
            continue;
        }
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        command.args([format!("--{}", key.replace('_', "-")), value]);
    }
    command.arg("-i").arg(&scene).arg("-o").arg(&picture);
    assert!(command.status().unwrap().success(), "{command:?}");
    std::fs::read(&picture).unwrap()
}

/// One triangle in each format.
fn triangles() -> [(&'static str, &'static str, Vec<u8>); 3] {
    let stl = "solid\nfacet normal 0 0 -1\nouter loop\nvertex -1 -1 0\nvertex 0 1 0\nvertex 1 -1 0\n\
               endloop\nendfacet\nendsolid\n";
    let ply = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n\
               element face 1\nproperty list uchar int vertex_indices\nend_header\n\
               -1 -1 0\n0 1 0\n1 -1 0\n3 0 1 2\n";
    // The corners as 32-bit floats.
    let corners = "AACAvwAAgL8AAAAAAAAAAAAAgD8AAAAAAACAPwAAgL8AAAAA";
    let gltf = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{
            "bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3",
            "min": [-1, -1, 0], "max": [1, 1, 0]
        }],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{
            "byteLength": 36,
            "uri": format!("data:application/octet-stream;base64,{corners}")
        }]
    });
    [
        ("STL", "stl", stl.into()),
        ("PLY", "ply", ply.into()),
        ("GLTF", "gltf", gltf.to_string().into()),
    ]
}

/// A request that shows one mesh.
fn mesh_request(kind: &str, path: &str) -> Value {
    let mut request = request();
    let mut mesh = json!({"kind": kind, "path": path});
    if kind != "GLTF" {
        mesh["scale"] = json!(1);
        mesh["center"] = json!([0, 0, 0]);
        mesh["rotation"] = json!([0, 0, 0]);
    }
    request["scene_file"]["objects"] = json!([mesh]);
    request["opts"] = json!({"width": 32, "height": 24, "samples": 1, "mode": "normals"});
    request
}

#[sqlx::test(migrations = "../migrations")]
async fn a_mesh_of_each_format_is_the_same_to_see(pool: PgPool) {
    let farm = Farm::new(pool);
    let worker = farm.worker();
    let mut pictures = Vec::new();
    for (kind, format, data) in triangles() {
        let name = format!("triangle.{format}");
        let pins = [(name.clone(), farm.keep(&name, format, &data).await)].into();
        let id = farm.submit_pinned(&mesh_request(kind, &name), &pins).await;
        farm.render(&worker, id).await;
        pictures.push(farm.picture(id).await);
    }
    assert!(pictures.iter().all(|picture| *picture == pictures[0]));
    let mut nothing = mesh_request("STL", "none");
    nothing["scene_file"]["objects"] = json!([]);
    let empty = farm.submit(&nothing).await;
    farm.render(&worker, empty).await;
    assert!(farm.picture(empty).await != pictures[0], "it is seen");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_mesh_kept_by_a_worker_is_not_taken_for_one_of_another_format(pool: PgPool) {
    let farm = Farm::new(pool.clone());
    let [_, (_, _, ply), _] = triangles();
    let pins = [("cup".to_owned(), farm.keep("cup", "ply", &ply).await)].into();
    let worker = farm.worker();
    let right = farm.submit_pinned(&mesh_request("PLY", "cup"), &pins).await;
    farm.render(&worker, right).await;
    farm.picture(right).await;
    // The edge refuses this; a worker must not render it by luck either.
    let wrong = farm.submit_pinned(&mesh_request("STL", "cup"), &pins).await;
    let running = CancellationToken::new();
    assert_eq!(
        worker.work_on(wrong, &running).await.unwrap(),
        Outcome::Failed
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_broken_mesh_fails_its_render_with_the_reason(pool: PgPool) {
    let farm = Farm::new(pool.clone());
    for (kind, format, data) in triangles() {
        let name = format!("broken.{format}");
        let broken = &data[..data.len() - 30];
        let pins = [(name.clone(), farm.keep(&name, format, broken).await)].into();
        let id = farm.submit_pinned(&mesh_request(kind, &name), &pins).await;
        let reason = farm.failure(&pool, id).await;
        for part in ["/scene_file/objects/0/path", &name, kind] {
            assert!(reason.contains(part), "{part}: {reason}");
        }
    }
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
    let reason = farm.failure(&pool, id).await;
    assert!(reason.contains("scene_file"), "{reason}");
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
