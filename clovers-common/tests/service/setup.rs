//! What the tests here share.

use std::collections::BTreeMap;

use clovers_common::clovers::Picture;
use clovers_common::domain::ids::{RenderId, WorkerId};
use clovers_common::domain::render::Priority;
use clovers_common::domain::request::REQUEST_FORMAT;
use clovers_common::domain::{tile, tile_pixels};
use clovers_common::store::{
    Claim, ClaimedTile, NewRender, Pictures, QueueEntry, Store, Submitted, WorkerState,
};
use clovers_common::worker::LEASE;
use sqlx::PgPool;

pub(crate) const ENGINE: &str = "engine-a";

pub(crate) fn store(pool: PgPool) -> Store {
    Store::with_pool(pool)
}

pub(crate) async fn submit(
    store: &Store,
    width: u32,
    height: u32,
    priority: Priority,
) -> QueueEntry {
    match submit_with_key(store, width, height, priority, None).await {
        Submitted::Created(entry) => entry,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn submit_with_key(
    store: &Store,
    width: u32,
    height: u32,
    priority: Priority,
    idempotency: Option<(&str, [u8; 32])>,
) -> Submitted {
    let render = NewRender {
        name: Some("test"),
        priority,
        request: b"{ \"as\": \"it came\" }",
        request_format: REQUEST_FORMAT,
        asset_pins: &BTreeMap::new(),
        warnings: &[],
        width,
        height,
        samples: 1,
        max_depth: 1,
        exr: false,
        tiles: &tile::grid(width, height),
        idempotency,
    };
    store.submit_render(render).await.unwrap()
}

/// A worker with a current lease.
pub(crate) async fn worker(store: &Store) -> WorkerId {
    let id = WorkerId::new();
    store
        .renew_worker(id, "test-host", ENGINE, WorkerState::Idle, LEASE)
        .await
        .unwrap();
    id
}

pub(crate) async fn claim(store: &Store, id: RenderId, worker: WorkerId) -> Option<ClaimedTile> {
    match store.claim_tile(id, worker, ENGINE).await.unwrap() {
        Claim::Tile { tile, .. } => Some(tile),
        Claim::Nothing | Claim::OtherEngine(_) => None,
    }
}

pub(crate) fn pixels(tile: &ClaimedTile) -> Vec<u8> {
    let (width, height) = (tile.region.width, tile.region.height);
    let pixels = vec![[0.25, 0.5, 0.75]; (width * height) as usize];
    let picture = Picture {
        width,
        height,
        pixels,
    };
    tile_pixels::encode(&picture, None)
}

pub(crate) fn pictures() -> Pictures {
    Pictures {
        png: b"png bytes".to_vec(),
        thumbnail: b"thumbnail bytes".to_vec(),
        exr: None,
    }
}

/// Claims and completes every tile, and begins the assembly.
pub(crate) async fn complete_all_tiles(store: &Store, id: RenderId, worker: WorkerId) {
    while let Some(tile) = claim(store, id, worker).await {
        assert!(
            store
                .complete_tile(tile.fence, worker, tile.attempt, &pixels(&tile))
                .await
                .unwrap()
        );
    }
    store
        .begin_assembly(id)
        .await
        .unwrap()
        .expect("all tiles are done");
}
