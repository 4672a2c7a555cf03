//! The API as clients meet it: the real router on a port of its own, real Postgres and Redis.

mod errors;
mod examples;
mod harness;
mod openapi;
mod pictures;
mod previews;
mod queue;
mod renders;
mod service;
mod submissions;
