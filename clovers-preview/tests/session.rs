//! A preview worker against real servers.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clovers_common::clovers::image::png;
use clovers_common::clovers::scene::NoMeshes;
use clovers_common::clovers::{Control, Film, Mode, Region, Scene, denoise, render};
use clovers_common::config::{QueueConfig, WorkerConfig};
use clovers_common::domain::ids::PreviewId;
use clovers_common::domain::preview::PreviewState;
use clovers_common::domain::render_options::RenderLimits;
use clovers_common::domain::request::RenderRequest;
use clovers_common::queue::Queue;
use clovers_common::store::Store;
use clovers_common::test_support;
use clovers_preview::{Outcome, Worker};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

fn worker(pool: PgPool) -> (Worker, Queue) {
    let config: QueueConfig = test_support::queue_config();
    let queue = Queue::new(&config).unwrap();
    let threads = WorkerConfig {
        threads: 2,
        host: "test-host".to_owned(),
    };
    (
        Worker::new(Store::with_pool(pool), config, &threads).unwrap(),
        queue,
    )
}

fn request(samples: u32) -> Value {
    let mut request = test_support::tiny_request(64, 48);
    request["opts"]["samples"] = json!(samples);
    request
}

async fn begin(queue: &Queue, request: &Value) -> PreviewId {
    let id = PreviewId::new();
    queue
        .begin_preview(id, &request.to_string(), &BTreeMap::new())
        .await
        .unwrap();
    let popped = queue
        .preview_pops()
        .pop(Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(popped, Some(id));
    id
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_is_refined_to_its_last_sample(pool: PgPool) {
    let (worker, queue) = worker(pool);
    let id = begin(&queue, &request(8)).await;
    assert_eq!(
        worker.work_on(id, &CancellationToken::new()).await.unwrap(),
        Outcome::Done
    );
    let Some(PreviewState::Frame(frame)) = queue.preview_state(id).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        (frame.samples, frame.width, frame.height, frame.last),
        (8, 64, 48, true)
    );
    assert!(frame.png.starts_with(b"\x89PNG"));
    assert_eq!(frame.pass, 3, "1, 1, 2 and 4 samples");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_last_frame_is_what_a_render_of_the_same_options_gives(pool: PgPool) {
    let (worker, queue) = worker(pool);
    for opts in [
        json!({"denoise": false}),
        json!({"denoise": false, "sampler": "blue"}),
        json!({}),
        json!({"mode": "normals"}),
    ] {
        let mut request = request(16);
        let all = request["opts"].as_object_mut().unwrap();
        all.extend(opts.as_object().unwrap().clone());
        let id = begin(&queue, &request).await;
        let running = CancellationToken::new();
        assert_eq!(worker.work_on(id, &running).await.unwrap(), Outcome::Done);
        let Some(PreviewState::Frame(frame)) = queue.preview_state(id).await.unwrap() else {
            panic!()
        };
        assert!(frame.last && frame.pass > 1, "{frame:?}");
        assert!(frame.png == rendered_at_once(&request), "{opts}");
    }
}

/// The picture as the command line renders it: all samples in one go, denoised unless told not to.
fn rendered_at_once(request: &Value) -> Vec<u8> {
    let body = request.to_string();
    let request = RenderRequest::parse(body.as_bytes(), &RenderLimits::default()).unwrap();
    let scene = Scene::build(&request.scene, &NoMeshes).unwrap();
    let options = request.options.render;
    let mut film = Film::with_features(Region::whole(&options));
    let control = Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    render(&scene, &options, 0..options.samples, &mut film, &control).unwrap();
    if request.options.denoise == Some(false) || options.mode != Mode::PathTracing {
        return png::encode(&film.picture());
    }
    let features = film.features().expect("they were asked for");
    png::encode(&denoise(&film.picture(), &features))
}

#[sqlx::test(migrations = "../migrations")]
async fn a_newer_request_stops_the_older_one_inside_its_pass(pool: PgPool) {
    let (worker, queue) = worker(pool);
    let mut slow = request(256);
    slow["opts"]["width"] = json!(1920);
    slow["opts"]["height"] = json!(1080);
    let id = begin(&queue, &slow).await;
    let replacing = queue.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        replacing
            .replace_preview(id, &request(1).to_string(), &BTreeMap::new())
            .await
            .unwrap();
    });
    let running = CancellationToken::new();
    let stepped = tokio::time::timeout(Duration::from_secs(20), worker.work_on(id, &running)).await;
    assert_eq!(stepped.expect("it notices").unwrap(), Outcome::Superseded);
    assert_eq!(worker.work_on(id, &running).await.unwrap(), Outcome::Done);
    let Some(PreviewState::Frame(frame)) = queue.preview_state(id).await.unwrap() else {
        panic!()
    };
    assert_eq!((frame.revision, frame.width, frame.last), (2, 64, true));
}

#[sqlx::test(migrations = "../migrations")]
async fn sessions_take_turns_and_go_on_where_they_were(pool: PgPool) {
    let (worker, queue) = worker(pool);
    let (first, running) = (begin(&queue, &request(4)).await, CancellationToken::new());
    let second = PreviewId::new();
    queue
        .begin_preview(second, &request(1).to_string(), &BTreeMap::new())
        .await
        .unwrap();

    assert_eq!(
        worker.work_on(first, &running).await.unwrap(),
        Outcome::Yielded
    );
    let Some(PreviewState::Frame(frame)) = queue.preview_state(first).await.unwrap() else {
        panic!()
    };
    assert_eq!(frame.samples, 1);
    let mut pops = queue.preview_pops();
    let mut next = async || pops.pop(Duration::from_secs(1)).await.unwrap();
    assert_eq!(next().await, Some(second));
    assert_eq!(
        worker.work_on(second, &running).await.unwrap(),
        Outcome::Done
    );
    assert_eq!(next().await, Some(first), "the first waits again");

    let third = PreviewId::new();
    queue
        .begin_preview(third, &request(1).to_string(), &BTreeMap::new())
        .await
        .unwrap();
    assert_eq!(
        worker.work_on(first, &running).await.unwrap(),
        Outcome::Yielded
    );
    let Some(PreviewState::Frame(frame)) = queue.preview_state(first).await.unwrap() else {
        panic!()
    };
    assert_eq!(frame.samples, 2, "it went on where it was");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_cannot_be_rendered_is_told(pool: PgPool) {
    let (worker, queue) = worker(pool);
    let id = begin(&queue, &json!({"scene_file": {}})).await;
    assert_eq!(
        worker.work_on(id, &CancellationToken::new()).await.unwrap(),
        Outcome::Done
    );
    let state = queue.preview_state(id).await.unwrap();
    assert!(
        matches!(state, Some(PreviewState::Failed { .. })),
        "{state:?}"
    );
}
