use clovers_common::domain::ids::WorkerId;
use clovers_common::domain::render::{Priority, RenderState};
use clovers_common::store::WorkerState;
use clovers_common::test_support;
use clovers_common::worker::rescuer::{Rescued, Rescuer};
use sqlx::PgPool;
use std::time::Duration;

use crate::setup::{ENGINE, claim, pixels, store, submit, worker};

#[sqlx::test(migrations = "../migrations")]
async fn a_queue_that_lost_everything_is_filled_again(pool: PgPool) {
    let (store, queue) = (store(pool), test_support::queue());
    let first = submit(&store, 8, 8, Priority::Normal).await;
    let second = submit(&store, 8, 8, Priority::Normal).await;
    queue.push_renders(&[first]).await.unwrap();
    let rescuer = Rescuer::new(store, queue.clone(), WorkerId::new());
    assert_eq!(
        rescuer.rescue(true).await.unwrap(),
        Rescued {
            requeued: 1,
            ..Rescued::default()
        }
    );
    assert_eq!(queue.render_position(second.id).await.unwrap(), Some(1));
    assert_eq!(rescuer.rescue(true).await.unwrap(), Rescued::default());
}

#[sqlx::test(migrations = "../migrations")]
async fn the_tiles_of_a_dead_worker_come_back_and_those_of_a_live_one_stay(pool: PgPool) {
    let (store, queue) = (store(pool), test_support::queue());
    let id = submit(&store, 256, 128, Priority::Normal).await.id;
    let (alive, dead) = (worker(&store).await, worker(&store).await);
    let kept = claim(&store, id, alive).await.unwrap();
    let lost = claim(&store, id, dead).await.unwrap();
    store
        .renew_worker(
            dead,
            "test-host",
            ENGINE,
            WorkerState::Rendering,
            Duration::ZERO,
        )
        .await
        .unwrap();

    let rescuer = Rescuer::new(store.clone(), queue, alive);
    assert_eq!(
        rescuer.rescue(false).await.unwrap().tiles,
        0,
        "nobody is judged right after an outage"
    );
    assert_eq!(rescuer.rescue(true).await.unwrap().tiles, 1);
    assert!(store.claim_holds(kept.fence).await.unwrap());
    assert!(!store.claim_holds(lost.fence).await.unwrap());
    let again = claim(&store, id, alive).await.unwrap();
    assert_eq!(
        (again.fence.tile_no, again.attempt),
        (lost.fence.tile_no, 2)
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_tile_that_kills_every_worker_fails_its_render(pool: PgPool) {
    let (store, queue) = (store(pool.clone()), test_support::queue());
    let id = submit(&store, 8, 8, Priority::Normal).await.id;
    let rescuer = Rescuer::new(store.clone(), queue, WorkerId::new());
    for _ in 0..4 {
        let victim = WorkerId::new();
        claim(&store, id, victim).await.expect("a retry");
        rescuer.rescue(true).await.unwrap();
        sqlx::query("update render_tiles set not_before = now()")
            .execute(&pool)
            .await
            .unwrap();
    }
    let status = store.render_status(id).await.unwrap().unwrap();
    assert_eq!(status.state, RenderState::Failed);
    assert_eq!(status.reason.unwrap(), "tile 0 ended its worker 4 times");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_assembly_nobody_began_is_begun(pool: PgPool) {
    let (store, queue) = (store(pool), test_support::queue());
    let id = submit(&store, 8, 8, Priority::Normal).await.id;
    let worker = worker(&store).await;
    let tile = claim(&store, id, worker).await.unwrap();
    store
        .complete_tile(tile.fence, worker, 1, &pixels(&tile))
        .await
        .unwrap();
    // The worker dies here, before it asks whether that was the last tile.
    let rescued = Rescuer::new(store.clone(), queue.clone(), worker)
        .rescue(true)
        .await
        .unwrap();
    assert_eq!((rescued.assemblies, rescued.requeued), (1, 1));
    assert_eq!(queue.render_position(id).await.unwrap(), Some(0));
}

#[sqlx::test(migrations = "../migrations")]
async fn one_process_at_a_time_holds_a_role(pool: PgPool) {
    let store = store(pool);
    let (first, second) = (WorkerId::new(), WorkerId::new());
    assert!(
        store
            .hold_lease("role", first, Duration::from_secs(60))
            .await
            .unwrap()
    );
    assert!(
        store
            .hold_lease("role", first, Duration::from_secs(60))
            .await
            .unwrap()
    );
    assert!(
        !store
            .hold_lease("role", second, Duration::from_secs(60))
            .await
            .unwrap()
    );
    store.drop_lease("role", first).await.unwrap();
    assert!(
        store
            .hold_lease("role", second, Duration::ZERO)
            .await
            .unwrap()
    );
    assert!(
        store
            .hold_lease("role", first, Duration::ZERO)
            .await
            .unwrap(),
        "a role that ran out is free"
    );
}
