use clovers_common::domain::ids::WorkerId;
use clovers_common::domain::render::{Priority, RenderState};
use clovers_common::store::{Claim, TileFailure, TileKind};
use sqlx::PgPool;

use crate::setup::{ENGINE, claim, complete_all_tiles, pictures, pixels, store, submit, worker};

#[sqlx::test(migrations = "../migrations")]
async fn tiles_claimed_at_the_same_time_are_never_the_same(pool: PgPool) {
    let store = store(pool);
    let id = submit(&store, 512, 512, Priority::Normal).await.id;
    let worker = worker(&store).await;
    let claims = (0..16).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { claim(&store, id, worker).await })
    });
    let mut numbers = Vec::new();
    for claimed in claims.collect::<Vec<_>>() {
        numbers.extend(claimed.await.unwrap().map(|tile| tile.fence.tile_no));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..16).collect::<Vec<_>>());
    assert!(claim(&store, id, worker).await.is_none());
}

#[sqlx::test(migrations = "../migrations")]
async fn the_write_of_an_outdated_claim_changes_nothing(pool: PgPool) {
    let store = store(pool.clone());
    let id = submit(&store, 64, 64, Priority::Normal).await.id;
    // This worker never had a lease, so it is dead from the start.
    let (dead, alive) = (WorkerId::new(), worker(&store).await);
    let lost = claim(&store, id, dead).await.unwrap();
    assert_eq!(store.rescue_tiles(10).await.unwrap(), [id]);

    let retried = claim(&store, id, alive).await.unwrap();
    assert_eq!(retried.attempt, 2);
    assert!(
        !store
            .complete_tile(lost.fence, dead, 1, &pixels(&lost))
            .await
            .unwrap()
    );
    assert!(!store.claim_holds(lost.fence).await.unwrap());
    assert!(
        store
            .release_tile(lost.fence, dead)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        store.fail_tile(lost.fence, dead, "late").await.unwrap(),
        TileFailure::Outdated
    );
    assert!(
        store
            .complete_tile(retried.fence, alive, 2, &pixels(&retried))
            .await
            .unwrap()
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_frame_becomes_a_result_with_the_same_id(pool: PgPool) {
    let store = store(pool);
    let id = submit(&store, 200, 100, Priority::Normal).await.id;
    let worker = worker(&store).await;
    assert_eq!(
        store.render_status(id).await.unwrap().unwrap().state,
        RenderState::Queued
    );
    assert!(store.begin_assembly(id).await.unwrap().is_none());

    complete_all_tiles(&store, id, worker).await;
    assert_eq!(
        store.render_status(id).await.unwrap().unwrap().state,
        RenderState::Assembling
    );
    assert!(
        store.begin_assembly(id).await.unwrap().is_none(),
        "an assembly begins once"
    );

    let assembly = claim(&store, id, worker).await.unwrap();
    assert_eq!(
        (assembly.kind, assembly.region.width),
        (TileKind::Assembly, 200)
    );
    assert!(
        store
            .complete_render(assembly.fence, worker, &pictures())
            .await
            .unwrap()
    );
    assert!(
        !store
            .complete_render(assembly.fence, worker, &pictures())
            .await
            .unwrap()
    );

    let status = store.render_status(id).await.unwrap().unwrap();
    assert_eq!(
        (
            status.state,
            status.progress.tiles_done,
            status.progress.pixels_done
        ),
        (RenderState::Done, 2, 20_000)
    );
    let picture = store.picture(id).await.unwrap().unwrap();
    assert_eq!(store.whole_blob(picture).await.unwrap(), b"png bytes");
    let story: Vec<_> = store
        .events_of_render(id)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    let told = [
        "queued",
        "claimed",
        "tile_done",
        "claimed",
        "tile_done",
        "assembling",
        "claimed",
        "done",
    ];
    assert_eq!(story, told);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_tile_that_fails_four_times_fails_the_render_with_the_reason(pool: PgPool) {
    let store = store(pool.clone());
    let id = submit(&store, 64, 64, Priority::Normal).await.id;
    let worker = worker(&store).await;
    for attempt in 1..=4 {
        let tile = claim(&store, id, worker).await.unwrap();
        assert_eq!(tile.attempt, attempt);
        let expected = if attempt < 4 {
            TileFailure::WillRetry
        } else {
            TileFailure::RenderFailed
        };
        assert_eq!(
            store
                .fail_tile(tile.fence, worker, "out of ink")
                .await
                .unwrap(),
            expected
        );
        assert!(claim(&store, id, worker).await.is_none(), "a retry waits");
        sqlx::query("update render_tiles set not_before = now()")
            .execute(&pool)
            .await
            .unwrap();
    }
    let status = store.render_status(id).await.unwrap().unwrap();
    assert_eq!(status.state, RenderState::Failed);
    assert!(status.reason.unwrap().contains("out of ink"));
}

#[sqlx::test(migrations = "../migrations")]
async fn handing_a_tile_back_does_not_count_as_a_failure(pool: PgPool) {
    let store = store(pool);
    let id = submit(&store, 64, 64, Priority::Normal).await.id;
    let worker = worker(&store).await;
    for _ in 0..6 {
        let tile = claim(&store, id, worker).await.unwrap();
        assert_eq!(tile.attempt, 1);
        assert_eq!(
            store
                .release_tile(tile.fence, worker)
                .await
                .unwrap()
                .unwrap()
                .id,
            id
        );
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_render_begun_by_one_engine_is_not_finished_by_another(pool: PgPool) {
    let store = store(pool.clone());
    let entry = submit(&store, 256, 128, Priority::Normal).await;
    let (first, second) = (worker(&store).await, worker(&store).await);
    claim(&store, entry.id, first).await.unwrap();
    let other = store
        .claim_tile(entry.id, second, "engine-b")
        .await
        .unwrap();
    assert!(
        matches!(other, Claim::OtherEngine(found) if found == entry),
        "{other:?}"
    );
    assert_eq!(store.next_claimable_render("engine-b").await.unwrap(), None);

    // While a worker of the first engine lives, nothing is taken from it.
    assert!(store.reset_abandoned_engines().await.unwrap().is_empty());
    sqlx::query("update workers set engine = 'engine-b' where id = $1")
        .bind(second.0)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("update workers set lease_expires_at = now() - interval '1 minute' where id = $1")
        .bind(first.0)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(store.reset_abandoned_engines().await.unwrap(), [entry.id]);
    assert_eq!(
        store.render_status(entry.id).await.unwrap().unwrap().state,
        RenderState::Queued
    );
    assert!(matches!(
        store
            .claim_tile(entry.id, second, "engine-b")
            .await
            .unwrap(),
        Claim::Tile { .. }
    ));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_last_claimable_tile_says_that_there_is_no_more(pool: PgPool) {
    let store = store(pool);
    let entry = submit(&store, 256, 128, Priority::Normal).await;
    let worker = worker(&store).await;
    let Claim::Tile { more, .. } = store.claim_tile(entry.id, worker, ENGINE).await.unwrap() else {
        panic!()
    };
    assert_eq!(more, Some(entry));
    let Claim::Tile { more, .. } = store.claim_tile(entry.id, worker, ENGINE).await.unwrap() else {
        panic!()
    };
    assert_eq!(more, None);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_live_worker_does_not_know_it_holds_is_handed_back(pool: PgPool) {
    let store = store(pool);
    let id = submit(&store, 256, 128, Priority::Normal).await.id;
    let (mine, other) = (worker(&store).await, worker(&store).await);
    let known = claim(&store, id, mine).await.unwrap();
    // Of this claim the answer was lost.
    let lost = claim(&store, id, mine).await.unwrap();
    assert!(
        store.rescue_tiles(10).await.unwrap().is_empty(),
        "the rescuer leaves a live worker's tiles alone"
    );
    assert_eq!(store.release_unheld_tiles(other, &[]).await.unwrap(), 0);
    assert_eq!(
        store
            .release_unheld_tiles(mine, &[known.fence])
            .await
            .unwrap(),
        1
    );
    assert!(store.claim_holds(known.fence).await.unwrap());
    let again = claim(&store, id, other).await.unwrap();
    assert_eq!(
        (again.fence.tile_no, again.attempt),
        (lost.fence.tile_no, 1)
    );
}
