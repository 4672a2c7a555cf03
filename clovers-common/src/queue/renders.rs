//! The order of live renders, as ids. Rebuilt from the store whenever it is found incomplete.

use std::time::Duration;

use redis::AsyncCommands;

use super::{BlockingPops, Queue, QueueError};
use crate::domain::ids::RenderId;
use crate::store::QueueEntry;

impl Queue {
    /// Puts ids into the queue, or moves those that are in it to their score.
    pub async fn push_renders(&self, entries: &[QueueEntry]) -> Result<(), QueueError> {
        if entries.is_empty() {
            return Ok(());
        }
        let members: Vec<(f64, String)> = entries
            .iter()
            .map(|entry| (entry.score, entry.id.to_string()))
            .collect();
        let mut connection = self.connection.clone();
        let _: i64 = connection
            .zadd_multiple(self.keys.render_queue(), &members)
            .await?;
        Ok(())
    }

    /// Moves an id that is in the queue; one that is not stays out.
    pub async fn reorder_render(&self, entry: QueueEntry) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        redis::cmd("ZADD")
            .arg(self.keys.render_queue())
            .arg("XX")
            .arg(entry.score)
            .arg(entry.id.to_string())
            .exec_async(&mut connection)
            .await?;
        Ok(())
    }

    /// Takes an id out.
    pub async fn remove_render(&self, id: RenderId) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let _: i64 = connection
            .zrem(self.keys.render_queue(), id.to_string())
            .await?;
        Ok(())
    }

    /// How many renders are ahead of it: an estimate, for the queue moves. `None` if the id is not in it.
    pub async fn render_position(&self, id: RenderId) -> Result<Option<u64>, QueueError> {
        let mut connection = self.connection.clone();
        Ok(connection
            .zrank(self.keys.render_queue(), id.to_string())
            .await?)
    }

    /// Those of `entries` whose id is not in the queue.
    pub async fn renders_missing(
        &self,
        entries: &[QueueEntry],
    ) -> Result<Vec<QueueEntry>, QueueError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut ask = redis::cmd("ZMSCORE");
        ask.arg(self.keys.render_queue());
        for entry in entries {
            ask.arg(entry.id.to_string());
        }
        let mut connection = self.connection.clone();
        let scores: Vec<Option<f64>> = ask.query_async(&mut connection).await?;
        let missing = entries
            .iter()
            .zip(scores)
            .filter(|(_, score)| score.is_none())
            .map(|(entry, _)| *entry);
        Ok(missing.collect())
    }

    /// A connection of its own that pops ids.
    pub fn render_pops(&self) -> RenderPops {
        RenderPops {
            pops: BlockingPops::new(&self.client, &self.keys.render_queue()),
        }
    }
}

/// Pops render ids, blocking.
#[derive(Debug)]
pub struct RenderPops {
    pops: BlockingPops,
}

impl RenderPops {
    /// The first id in the queue, `None` if it stays empty for `timeout`.
    ///
    /// # Errors
    ///
    /// If Redis does not answer; the next call connects anew.
    pub async fn pop(&mut self, timeout: Duration) -> Result<Option<RenderId>, QueueError> {
        let Some(member) = self.pops.pop(timeout).await? else {
            return Ok(None);
        };
        member
            .parse()
            .map(Some)
            .map_err(|_| QueueError::Unreadable(member))
    }
}
