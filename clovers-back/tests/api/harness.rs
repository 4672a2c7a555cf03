//! A farm of its own for each test: an API, and workers played by the test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clovers_back::{AppState, serve};
use clovers_common::clovers::Picture;
use clovers_common::clovers::image::{exr, png};
use clovers_common::config::BackConfig;
use clovers_common::domain::ids::{RenderId, WorkerId};
use clovers_common::domain::render_options::RenderLimits;
use clovers_common::domain::tile_pixels;
use clovers_common::queue::Queue;
use clovers_common::store::{Claim, ClaimedTile, NewAsset, Pictures, Store};
use clovers_common::test_support;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) const ENGINE: &str = "test engine";

pub(crate) struct TestApp {
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) shutdown: CancellationToken,
    /// The worker that the test plays.
    pub(crate) worker: WorkerId,
    address: String,
    client: Client,
}

impl TestApp {
    pub(crate) async fn start(pool: PgPool) -> Self {
        Self::start_with(Store::with_pool(pool), test_support::queue(), None).await
    }

    pub(crate) async fn start_with(store: Store, queue: Queue, ui_dir: Option<PathBuf>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let config = BackConfig {
            listen_address: listener.local_addr().unwrap(),
            ui_dir,
            scenes_dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenes"),
            limits: RenderLimits::default(),
        };
        let state = AppState::new(config, store.clone(), queue.clone(), shutdown.clone());
        tokio::spawn(serve(listener, state));
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            store,
            queue,
            shutdown,
            worker: WorkerId::new(),
            address,
            client,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.address))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn get_with(&self, path: &str, header: &str, value: &str) -> Response {
        self.request(Method::GET, path)
            .header(header, value)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn get_json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "GET {path}");
        answer.json().await.unwrap()
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Response {
        self.request(method, path).json(body).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Method::POST, path, body).await
    }

    /// Submits a request that is accepted.
    pub(crate) async fn submit(&self, body: &Value) -> RenderId {
        let answer = self.post("/render", body).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        let status: Value = answer.json().await.unwrap();
        status["id"].as_str().unwrap().parse().unwrap()
    }

    /// Submits a picture of this size.
    pub(crate) async fn submit_tiny(&self, width: u32, height: u32) -> RenderId {
        self.submit(&test_support::tiny_request(width, height))
            .await
    }

    /// Whether neither Postgres nor Redis has anything to render.
    pub(crate) async fn nothing_is_queued(&self) -> bool {
        let tasks = self.store.tasks_in_order(None, 1).await.unwrap();
        tasks.is_empty() && self.popped().await.is_none()
    }

    /// What a batch worker would begin with.
    pub(crate) async fn popped(&self) -> Option<RenderId> {
        self.queue
            .render_pops()
            .pop(Duration::from_millis(50))
            .await
            .unwrap()
    }

    pub(crate) async fn claim(&self, id: RenderId) -> ClaimedTile {
        match self
            .store
            .claim_tile(id, self.worker, ENGINE)
            .await
            .unwrap()
        {
            Claim::Tile { tile, .. } => tile,
            other => panic!("nothing to claim: {other:?}"),
        }
    }

    /// Renders one tile, as a batch worker does.
    pub(crate) async fn render_tile(&self, id: RenderId) {
        let tile = self.claim(id).await;
        let pixels = tile_pixels::encode(&grey(tile.region.width, tile.region.height), None);
        assert!(
            self.store
                .complete_tile(tile.fence, self.worker, tile.attempt, &pixels)
                .await
                .unwrap()
        );
    }

    /// Renders all that is left of a picture; answers with its PNG.
    pub(crate) async fn finish(&self, id: RenderId) -> Vec<u8> {
        let status = self.store.task_status(id).await.unwrap().unwrap();
        for _ in status.progress.tiles_done..status.progress.tiles_total {
            self.render_tile(id).await;
        }
        self.store
            .begin_assembly(id)
            .await
            .unwrap()
            .expect("all tiles are done");
        let assembly = self.claim(id).await;
        let picture = grey(
            u32::try_from(status.width).unwrap(),
            u32::try_from(status.height).unwrap(),
        );
        let pictures = Pictures {
            png: png::encode(&picture),
            thumbnail: png::encode(&grey(2, 2)),
            exr: status.exr.then(|| exr::encode(&picture)),
        };
        assert!(
            self.store
                .complete_render(assembly.fence, self.worker, &pictures)
                .await
                .unwrap()
        );
        pictures.png
    }

    /// Keeps some bytes as a mesh in STL.
    pub(crate) async fn put_stl(&self, name: &str, data: &[u8]) {
        self.put_mesh(name, "stl", data).await;
    }

    /// Keeps some bytes as a mesh.
    pub(crate) async fn put_mesh(&self, name: &str, format: &str, data: &[u8]) {
        let asset = NewAsset {
            name,
            format,
            data,
            triangles: 1,
            bounds: [0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
        };
        self.store.put_asset(asset).await.unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) fn grey(width: u32, height: u32) -> Picture {
    Picture {
        width,
        height,
        pixels: vec![[0.2; 3]; width as usize * height as usize],
    }
}

pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Holds an answer to the form of a problem; answers with its pointers.
pub(crate) async fn check_problem(answer: Response, status: u16, slug: &str) -> Vec<String> {
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    assert_eq!(answer.status(), status);
    let request_id = header(&answer, "x-request-id").to_owned();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["instance"], format!("urn:uuid:{request_id}"));
    assert!(!problem["title"].as_str().unwrap().is_empty());
    assert!(!problem["detail"].as_str().unwrap().is_empty(), "{problem}");
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect()
}
