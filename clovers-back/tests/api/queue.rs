use std::time::Duration;

use clovers_common::domain::ids::WorkerId;
use clovers_common::domain::render::RenderState;
use clovers_common::queue::PreviewWorker;
use clovers_common::store::WorkerState;
use clovers_common::test_support::tiny_request;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ENGINE, TestApp, check_problem};

fn ids(list: &Value) -> Vec<String> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn the_queue_goes_by_priority_then_by_time(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut expected = Vec::new();
    for priority in ["low", "normal", "high", "high"] {
        let mut request = tiny_request(8, 8);
        request["priority"] = json!(priority);
        expected.push(app.submit(&request).await.to_string());
    }
    let expected = [2, 3, 1, 0].map(|index: usize| expected[index].clone());
    let queue = app.get_json("/queue").await;
    assert_eq!(ids(&queue), expected);
    let positions: Vec<&Value> = queue["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["position"])
        .collect();
    assert_eq!(positions, [0, 1, 2, 3]);
    assert_eq!(queue["next_cursor"], Value::Null);
    for id in expected {
        assert_eq!(app.popped().await.unwrap().to_string(), id);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_of_the_queue_follow_each_other(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(app.submit_tiny(8, 8).await.to_string());
    }
    let first = app.get_json("/queue?limit=3").await;
    let second = app
        .get_json(&format!(
            "/queue?limit=3&cursor={}",
            first["next_cursor"].as_str().unwrap()
        ))
        .await;
    assert_eq!([ids(&first), ids(&second)].concat(), expected);
    assert_eq!(second["next_cursor"], Value::Null);
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_of_finished_renders_follow_each_other_newest_first(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut expected = Vec::new();
    for number in 0..7 {
        let id = app.submit_tiny(8, 8).await;
        if number % 3 == 0 {
            app.store.cancel_render(id).await.unwrap();
        } else {
            app.finish(id).await;
        }
        expected.insert(0, id.to_string());
    }
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.get_json(&format!("/renders?limit=3{cursor}")).await;
        found.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, expected);

    let cancelled = app.get_json("/renders?state=cancelled").await;
    assert_eq!(ids(&cancelled).len(), 3);
    assert!(
        cancelled["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["state"] == "cancelled")
    );
    assert_eq!(ids(&app.get_json("/renders?state=failed").await).len(), 0);
    assert_eq!(
        app.store
            .results_page(Some(RenderState::Done), None, 9)
            .await
            .unwrap()
            .items
            .len(),
        4
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn what_no_list_answered_with_is_refused_as_a_cursor(pool: PgPool) {
    let app = TestApp::start(pool).await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=many",
        "cursor=",
        "cursor=%00",
        "cursor=7-7",
        "cursor=zzz",
    ] {
        check_problem(
            app.get(&format!("/renders?{query}")).await,
            400,
            "invalid-parameter",
        )
        .await;
        check_problem(
            app.get(&format!("/queue?{query}")).await,
            400,
            "invalid-parameter",
        )
        .await;
    }
    for state in ["queued", "rendering", "", "DONE"] {
        check_problem(
            app.get(&format!("/renders?state={state}")).await,
            400,
            "invalid-parameter",
        )
        .await;
    }
    check_problem(app.get("/assets?limit=0").await, 400, "invalid-parameter").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn workers_of_both_kinds_are_listed(pool: PgPool) {
    let app = TestApp::start(pool).await;
    assert_eq!(app.get_json("/queue").await["workers"], json!([]));
    let lease = Duration::from_secs(15);
    app.store
        .renew_worker(app.worker, "here", ENGINE, WorkerState::Idle, lease)
        .await
        .unwrap();
    let preview = PreviewWorker {
        id: WorkerId::new(),
        host: "there".to_owned(),
        state: String::new(),
        engine: ENGINE.to_owned(),
        since: std::time::SystemTime::now().into(),
    };
    app.queue
        .renew_preview_worker(&preview, None)
        .await
        .unwrap();
    let workers = app.get_json("/queue").await["workers"].clone();
    let facts = |worker: &Value| {
        ["kind", "host", "state", "engine"].map(|key| worker[key].as_str().unwrap().to_owned())
    };
    assert_eq!(facts(&workers[0]), ["batch", "here", "idle", ENGINE]);
    assert_eq!(facts(&workers[1]), ["preview", "there", "idle", ENGINE]);
    assert!(workers[0]["since"].as_str().unwrap().ends_with('Z'));
}
