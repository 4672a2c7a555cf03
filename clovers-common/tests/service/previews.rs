use std::collections::BTreeMap;
use std::time::Duration;

use clovers_common::domain::ids::{PreviewId, WorkerId};
use clovers_common::domain::preview::{PreviewFrame, PreviewState};
use clovers_common::queue::{Notice, Queue, wait_for};
use clovers_common::test_support;

fn frame(revision: u32, last: bool) -> PreviewFrame {
    PreviewFrame {
        revision,
        pass: 0,
        samples: 1,
        width: 4,
        height: 3,
        last,
        png: b"not\r\nutf-8 \xff\x00".to_vec(),
    }
}

async fn begin(queue: &Queue) -> PreviewId {
    let id = PreviewId::new();
    assert_eq!(
        queue
            .begin_preview(id, "{}", &BTreeMap::new())
            .await
            .unwrap(),
        1
    );
    id
}

#[tokio::test]
async fn sixty_slider_moves_are_one_entry_in_the_queue() {
    let queue = test_support::queue();
    let id = begin(&queue).await;
    for revision in 2..=60 {
        assert_eq!(
            queue
                .replace_preview(id, "{}", &BTreeMap::new())
                .await
                .unwrap(),
            Some(revision)
        );
    }
    let mut pops = queue.preview_pops();
    assert_eq!(pops.pop(Duration::from_secs(1)).await.unwrap(), Some(id));
    assert!(!queue.previews_wait().await.unwrap());
    assert_eq!(
        queue.preview_request(id).await.unwrap().unwrap().revision,
        60
    );
}

#[tokio::test]
async fn a_frame_of_an_older_request_is_never_shown() {
    let queue = test_support::queue();
    let id = begin(&queue).await;
    assert!(queue.publish_frame(id, &frame(1, false)).await.unwrap());
    let Some(PreviewState::Frame(shown)) = queue.preview_state(id).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        (shown.revision, shown.samples, shown.width, shown.png),
        (1, 1, 4, frame(1, false).png)
    );

    queue
        .replace_preview(id, "{}", &BTreeMap::new())
        .await
        .unwrap();
    assert!(matches!(
        queue.preview_state(id).await.unwrap(),
        Some(PreviewState::Waiting)
    ));
    assert!(!queue.publish_frame(id, &frame(1, true)).await.unwrap());
    assert!(matches!(
        queue.preview_state(id).await.unwrap(),
        Some(PreviewState::Waiting)
    ));
}

#[tokio::test]
async fn a_failure_is_told_and_the_next_request_clears_it() {
    let queue = test_support::queue();
    let id = begin(&queue).await;
    assert!(queue.publish_failure(id, 1, "no light").await.unwrap());
    let state = queue.preview_state(id).await.unwrap();
    assert!(
        matches!(state, Some(PreviewState::Failed { revision: 1, reason }) if reason == "no light")
    );
    queue
        .replace_preview(id, "{}", &BTreeMap::new())
        .await
        .unwrap();
    assert!(matches!(
        queue.preview_state(id).await.unwrap(),
        Some(PreviewState::Waiting)
    ));
}

#[tokio::test]
async fn a_session_that_waits_without_a_worker_is_queued_again() {
    let queue = test_support::queue();
    let id = begin(&queue).await;
    let mut pops = queue.preview_pops();
    pops.pop(Duration::from_secs(1)).await.unwrap();
    // The worker that popped it has died. Looking is enough.
    queue.preview_state(id).await.unwrap();
    assert_eq!(pops.pop(Duration::from_secs(1)).await.unwrap(), Some(id));

    let worker = WorkerId::new();
    assert!(queue.own_preview(id, worker).await.unwrap());
    assert!(!queue.own_preview(id, WorkerId::new()).await.unwrap());
    queue.preview_state(id).await.unwrap();
    assert!(
        !queue.previews_wait().await.unwrap(),
        "an owned session is left to its owner"
    );
    queue.disown_preview(id, WorkerId::new()).await.unwrap();
    assert!(
        !queue.own_preview(id, WorkerId::new()).await.unwrap(),
        "only the owner gives it up"
    );
    queue.disown_preview(id, worker).await.unwrap();
    assert!(queue.own_preview(id, WorkerId::new()).await.unwrap());
}

#[tokio::test]
async fn an_ended_or_unknown_session_has_no_state() {
    let queue = test_support::queue();
    let id = begin(&queue).await;
    assert!(queue.end_preview(id).await.unwrap());
    assert!(!queue.end_preview(id).await.unwrap());
    assert!(queue.preview_state(id).await.unwrap().is_none());
    assert!(!queue.publish_frame(id, &frame(1, true)).await.unwrap());
    assert_eq!(
        queue
            .replace_preview(id, "{}", &BTreeMap::new())
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_notice_wakes_those_who_wait_for_it() {
    let queue = test_support::queue();
    let notices = queue.listen();
    let mut receiver = notices.subscribe();
    let id = PreviewId::new();
    let waiting = tokio::spawn(async move {
        wait_for(&mut receiver, Notice::Preview(id), Duration::from_secs(30)).await;
    });
    // The subscription takes a moment to reach the server, so tell it until somebody has heard.
    for _ in 0..100 {
        queue.notify(Notice::Preview(id)).await.unwrap();
        if waiting.is_finished() {
            break;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::timeout(Duration::from_secs(1), waiting)
        .await
        .unwrap()
        .unwrap();
}
