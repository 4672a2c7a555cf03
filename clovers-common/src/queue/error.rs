//! What can go wrong between a process and Redis.

/// A failed question to the queue.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis does not answer, or answers with an error; either way the caller can only go on without it.
    #[error("Redis is not reachable")]
    Unavailable(#[from] redis::RedisError),
    /// A value under one of our keys that this build cannot read.
    #[error("a queued value cannot be read: {0}")]
    Unreadable(String),
}
