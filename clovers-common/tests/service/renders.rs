use clovers_common::domain::ids::RenderId;
use clovers_common::domain::render::{Priority, RenderState};
use clovers_common::store::{NewAsset, Submitted};
use clovers_common::test_support;
use futures::TryStreamExt;
use sqlx::PgPool;

use crate::setup::{
    claim, complete_all_tiles, pictures, pixels, store, submit, submit_with_key, worker,
};

#[sqlx::test(migrations = "../migrations")]
async fn urgent_renders_come_first_and_equals_in_the_order_they_came(pool: PgPool) {
    let (store, queue) = (store(pool), test_support::queue());
    let mut expected = Vec::new();
    for priority in [
        Priority::Low,
        Priority::Normal,
        Priority::High,
        Priority::Normal,
    ] {
        expected.push(submit(&store, 8, 8, priority).await);
    }
    queue.push_renders(&expected).await.unwrap();
    expected.sort_by(|a, b| a.score.total_cmp(&b.score));
    assert_eq!(
        expected
            .iter()
            .map(|e| e.score < 9_007_199_254_740_992.0)
            .collect::<Vec<_>>(),
        [true; 4]
    );

    let in_store = store.tasks_in_order(None, 10).await.unwrap();
    let in_store: Vec<_> = in_store
        .into_iter()
        .map(|(status, _)| status.priority)
        .collect();
    assert_eq!(
        in_store,
        [
            Priority::High,
            Priority::Normal,
            Priority::Normal,
            Priority::Low
        ]
    );
    let mut pops = queue.render_pops();
    for (position, entry) in expected.iter().enumerate() {
        assert_eq!(
            queue.render_position(entry.id).await.unwrap(),
            Some(position as u64)
        );
    }
    for entry in &expected {
        assert_eq!(
            pops.pop(std::time::Duration::from_secs(1)).await.unwrap(),
            Some(entry.id)
        );
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_idempotency_key_never_makes_a_second_render(pool: PgPool) {
    let store = store(pool.clone());
    let submit = |body| submit_with_key(&store, 8, 8, Priority::Normal, Some(("key", [body; 32])));
    let Submitted::Created(first) = submit(1).await else {
        panic!()
    };
    assert_eq!(submit(1).await, Submitted::Repeated(first.id));
    assert_eq!(submit(2).await, Submitted::KeyReused);
    let tasks: i64 = sqlx::query_scalar("select count(*) from render_tasks")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(tasks, 1);

    sqlx::query("update idempotency_keys set created_at = now() - interval '25 hours'")
        .execute(&pool)
        .await
        .unwrap();
    assert!(
        matches!(submit(2).await, Submitted::Created(_)),
        "a key is kept for a day"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_cancelled_render_is_never_finished(pool: PgPool) {
    let store = store(pool);
    let id = submit(&store, 256, 128, Priority::Normal).await.id;
    let worker = worker(&store).await;
    let done = claim(&store, id, worker).await.unwrap();
    store
        .complete_tile(done.fence, worker, 1, &pixels(&done))
        .await
        .unwrap();
    let held = claim(&store, id, worker).await.unwrap();

    assert!(store.cancel_render(id).await.unwrap());
    assert!(!store.cancel_render(id).await.unwrap());
    assert!(
        !store
            .complete_tile(held.fence, worker, 1, &pixels(&held))
            .await
            .unwrap()
    );
    assert!(store.begin_assembly(id).await.unwrap().is_none());
    let status = store.render_status(id).await.unwrap().unwrap();
    assert_eq!(
        (status.state, status.progress.tiles_done),
        (RenderState::Cancelled, 1)
    );
    let partial = store
        .kept_partial(id)
        .await
        .unwrap()
        .expect("the done tile is kept as a picture");
    assert!(
        store
            .whole_blob(partial)
            .await
            .unwrap()
            .starts_with(b"\x89PNG")
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn results_are_paged_newest_first_without_gaps(pool: PgPool) {
    let store = store(pool.clone());
    let worker = worker(&store).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let id = submit(&store, 8, 8, Priority::Normal).await.id;
        complete_all_tiles(&store, id, worker).await;
        let assembly = claim(&store, id, worker).await.unwrap();
        store
            .complete_render(assembly.fence, worker, &pictures())
            .await
            .unwrap();
        ids.insert(0, id);
    }
    // Equal times are the hard case.
    sqlx::query("update render_results set finished_at = date_trunc('minute', now())")
        .execute(&pool)
        .await
        .unwrap();
    let (mut seen, mut before): (Vec<RenderId>, _) = (Vec::new(), None);
    loop {
        let page = store
            .results_page(Some(RenderState::Done), before, 2)
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|item| item.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids);
    assert!(
        store
            .results_page(Some(RenderState::Failed), None, 2)
            .await
            .unwrap()
            .items
            .is_empty()
    );

    assert!(store.delete_result(ids[0]).await.unwrap());
    assert!(!store.delete_result(ids[0]).await.unwrap());
    let blobs: i64 = sqlx::query_scalar("select count(*) from blobs")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(blobs, 8, "a removed render leaves no pictures behind");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_large_blob_is_read_in_any_range(pool: PgPool) {
    let store = store(pool);
    let data: Vec<u8> = (0..2_500_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let asset = NewAsset {
        name: "a.stl",
        format: "stl",
        data: &data,
        triangles: 1,
        bounds: [0.0; 6],
    };
    assert!(store.put_asset(asset).await.unwrap());
    let blob = store.resolve_asset("a.stl").await.unwrap().unwrap().blob_id;
    assert_eq!(store.blob(blob).await.unwrap().unwrap().bytes, 2_500_000);
    assert!(store.whole_blob(blob).await.unwrap() == data);
    for range in [
        0..1,
        0..2_500_000,
        1_048_575..1_048_577,
        1_048_576..2_097_152,
        2_499_999..2_500_000,
    ] {
        let chunks: Vec<_> = store
            .read_blob(blob, range.clone())
            .try_collect()
            .await
            .unwrap();
        let expected = &data[range.start as usize..range.end as usize];
        assert!(chunks.concat() == expected, "{range:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_name_means_its_newest_content_and_a_hash_always_the_same(pool: PgPool) {
    let store = store(pool);
    let put = |name, data| {
        store.put_asset(NewAsset {
            name,
            format: "stl",
            data,
            triangles: 0,
            bounds: [0.0; 6],
        })
    };
    assert!(put("ball.stl", b"one").await.unwrap());
    let one = store.resolve_asset("ball.stl").await.unwrap().unwrap();
    assert!(put("ball.stl", b"two").await.unwrap());
    assert!(
        !put("copy.stl", b"two").await.unwrap(),
        "content is kept once"
    );
    let two = store.resolve_asset("ball.stl").await.unwrap().unwrap();
    assert_ne!(one, two);
    assert_eq!(store.resolve_asset("copy.stl").await.unwrap().unwrap(), two);
    assert_eq!(
        store
            .resolve_asset(&format!("sha256:{}", one.sha256))
            .await
            .unwrap()
            .unwrap(),
        one
    );
    for unknown in ["none.stl", "sha256:00", "sha256:zz", "../../etc/passwd"] {
        assert_eq!(
            store.resolve_asset(unknown).await.unwrap(),
            None,
            "{unknown}"
        );
    }
}
