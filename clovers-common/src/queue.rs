//! What may be lost: Redis. The only module that speaks to it.
//!
//! It holds the order of live render ids, the previews, and notices that something changed. Losing all of it costs
//! time, never a render: the rescuer fills the queue from the store, and a preview is made again when it is asked for.

mod error;
mod keys;
mod notices;
mod previews;
mod renders;

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client};

pub use self::error::QueueError;
use self::keys::Keys;
pub use self::notices::{Notice, Notices, wait_for};
pub use self::previews::{PreviewPops, PreviewWorker, SESSION_TTL};
pub use self::renders::RenderPops;
use crate::config::QueueConfig;

/// A handle to Redis; cheap to clone. It connects when it is first used and reconnects by itself.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    connection: ConnectionManager,
    keys: Keys,
}

impl Queue {
    /// # Errors
    ///
    /// If the URL is not one of a Redis server.
    pub fn new(config: &QueueConfig) -> Result<Self, QueueError> {
        let client = Client::open(config.url.as_str())?;
        let timeouts = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(Duration::from_secs(5)))
            .set_max_delay(Duration::from_secs(2))
            .set_number_of_retries(1);
        let connection = client.get_connection_manager_lazy(timeouts)?;
        Ok(Self {
            client,
            connection,
            keys: Keys::new(&config.prefix),
        })
    }

    /// # Errors
    ///
    /// If Redis does not answer.
    pub async fn check_ready(&self) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        Ok(redis::cmd("PING").exec_async(&mut connection).await?)
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Queue")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// A connection of its own for blocking pops: on a shared one they would hold up all other commands.
struct BlockingPops {
    client: Client,
    key: String,
    connection: Option<MultiplexedConnection>,
}

impl BlockingPops {
    fn new(client: &Client, key: &str) -> Self {
        Self {
            client: client.clone(),
            key: key.to_owned(),
            connection: None,
        }
    }

    /// The member with the lowest score, `None` if there is none for `timeout`.
    async fn pop(&mut self, timeout: Duration) -> Result<Option<String>, QueueError> {
        let popped = self.try_pop(timeout).await;
        if popped.is_err() {
            self.connection = None;
        }
        popped
    }

    async fn try_pop(&mut self, timeout: Duration) -> Result<Option<String>, QueueError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(Duration::from_secs(2)))
                    .set_response_timeout(Some(timeout + Duration::from_secs(5)));
                none.insert(
                    self.client
                        .get_multiplexed_async_connection_with_config(&config)
                        .await?,
                )
            }
        };
        let popped: Option<(String, String, f64)> = redis::cmd("BZPOPMIN")
            .arg(&self.key)
            .arg(timeout.as_secs_f64())
            .query_async(connection)
            .await?;
        Ok(popped.map(|(_, member, _)| member))
    }
}

impl std::fmt::Debug for BlockingPops {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("BlockingPops")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
