//! Every key and channel. All stand behind the configured prefix; all but the two queues expire.

use crate::domain::ids::{PreviewId, WorkerId};

#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    /// Sorted set: live render ids by queue score.
    pub(super) fn render_queue(&self) -> String {
        format!("{}render_queue", self.prefix)
    }

    /// Sorted set: sessions that want a worker, by the time they asked.
    pub(super) fn preview_queue(&self) -> String {
        format!("{}preview_queue", self.prefix)
    }

    /// Hash: revision, body and asset pins of the newest request.
    pub(super) fn preview_request(&self, id: PreviewId) -> String {
        format!("{}preview:{id}:request", self.prefix)
    }

    /// Integer: the newest revision.
    pub(super) fn preview_revision(&self, id: PreviewId) -> String {
        format!("{}preview:{id}:rev", self.prefix)
    }

    /// Hash: the newest frame, or why there is none.
    pub(super) fn preview_frame(&self, id: PreviewId) -> String {
        format!("{}preview:{id}:frame", self.prefix)
    }

    /// The worker that renders the session.
    pub(super) fn preview_owner(&self, id: PreviewId) -> String {
        format!("{}preview:{id}:owner", self.prefix)
    }

    /// Hash: what a preview worker says of itself.
    pub(super) fn preview_worker(&self, id: WorkerId) -> String {
        format!("{}preview_worker:{id}", self.prefix)
    }

    /// Sorted set: ids of preview workers by the time they started.
    pub(super) fn preview_workers(&self) -> String {
        format!("{}preview_workers", self.prefix)
    }

    /// Channel: `render ID` or `preview ID`, when something about it changed.
    pub(super) fn notices(&self) -> String {
        format!("{}notices", self.prefix)
    }
}
