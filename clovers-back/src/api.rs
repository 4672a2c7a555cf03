//! The handlers: each takes typed input, asks the store or the queue, and answers.

pub(crate) mod assets;
mod blob_answer;
pub(crate) mod examples;
pub(crate) mod health;
pub(crate) mod limits;
mod long_poll;
pub(crate) mod openapi;
mod parameters;
pub(crate) mod previews;
pub(crate) mod queue;
pub(crate) mod render_images;
pub(crate) mod renders;
pub(crate) mod request_body;
mod status_body;
mod submission;
