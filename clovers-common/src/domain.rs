//! The words of the service as types. Everything here is plain data: no database, no Redis, no clock.

pub mod ids;
pub mod preview;
pub mod render;
pub mod render_options;
pub mod request;
pub mod tile;
pub mod tile_pixels;
