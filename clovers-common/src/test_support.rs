//! For tests, here and in the crates above: real servers, shared, with room of its own for each test.
//!
//! Databases come from `#[sqlx::test]`; Redis is one server with a key prefix per test. `clovers-local servers -- CMD`
//! starts both and tells their addresses.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::config::QueueConfig;
use crate::queue::Queue;

/// A queue nobody else uses.
///
/// # Panics
///
/// If `REDIS_URL` is not set or not usable.
#[must_use]
pub fn queue() -> Queue {
    Queue::new(&queue_config()).expect("REDIS_URL is usable")
}

/// Where a queue is that nobody else uses.
///
/// # Panics
///
/// If `REDIS_URL` is not set.
#[must_use]
pub fn queue_config() -> QueueConfig {
    let config = QueueConfig::from_env().expect("REDIS_URL is set; run the tests by `just test`");
    let prefix = format!("test:{}:", Uuid::now_v7());
    QueueConfig { prefix, ..config }
}

/// A scene that renders in no time: a grey ball before a white sky.
#[must_use]
pub fn tiny_scene() -> Value {
    json!({
        "time_0": 0, "time_1": 1, "background_color": [1, 1, 1],
        "camera": {
            "look_from": [0, 0, -5], "look_at": [0, 0, 0], "up": [0, 1, 0],
            "vertical_fov": 40, "aperture": 0, "focus_distance": 5
        },
        "objects": [{"kind": "Sphere", "center": [0, 0, 0], "radius": 1}]
    })
}

/// A request for [`tiny_scene`] of this size at one sample per pixel.
#[must_use]
pub fn tiny_request(width: u32, height: u32) -> Value {
    json!({
        "scene_file": tiny_scene(),
        "opts": {"width": width, "height": height, "samples": 1, "max_depth": 4},
        "name": "tiny"
    })
}
