//! Small notices that something changed. They may be lost: whoever waits for one also looks now and then by itself.

use std::time::Duration;

use futures::StreamExt;
use redis::AsyncCommands;
use tokio::sync::broadcast;
use tracing::{debug, warn};

use super::{Queue, QueueError};
use crate::domain::ids::{PreviewId, RenderId};

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Render(RenderId),
    Preview(PreviewId),
}

impl Notice {
    fn to_message(self) -> String {
        match self {
            Self::Render(id) => format!("render {id}"),
            Self::Preview(id) => format!("preview {id}"),
        }
    }

    fn from_message(message: &str) -> Option<Self> {
        let (kind, id) = message.split_once(' ')?;
        match kind {
            "render" => id.parse().ok().map(Self::Render),
            "preview" => id.parse().ok().map(Self::Preview),
            _ => None,
        }
    }
}

impl Queue {
    /// Tells all listeners; nobody may be listening.
    pub async fn notify(&self, notice: Notice) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let _: i64 = connection
            .publish(self.keys.notices(), notice.to_message())
            .await?;
        Ok(())
    }

    /// Listens from now on, reconnecting by itself for as long as the process lives.
    pub fn listen(&self) -> Notices {
        let (sender, _) = broadcast::channel(1024);
        let (queue, notices) = (
            self.clone(),
            Notices {
                sender: sender.clone(),
            },
        );
        tokio::spawn(async move {
            loop {
                match queue.forward_notices(&sender).await {
                    Ok(()) => debug!("The stream of notices ended; listening anew"),
                    Err(error) => warn!(error = %error, "Cannot listen for notices; trying again"),
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        notices
    }

    async fn forward_notices(&self, sender: &broadcast::Sender<Notice>) -> Result<(), QueueError> {
        let mut subscription = self.client.get_async_pubsub().await?;
        subscription.subscribe(self.keys.notices()).await?;
        let mut messages = subscription.into_on_message();
        while let Some(message) = messages.next().await {
            let payload: String = message.get_payload()?;
            if let Some(notice) = Notice::from_message(&payload) {
                // An error only says that nobody waits now.
                let _ = sender.send(notice);
            }
        }
        Ok(())
    }
}

/// Where the notices of one process arrive.
#[derive(Clone, Debug)]
pub struct Notices {
    sender: broadcast::Sender<Notice>,
}

impl Notices {
    /// Notices from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.sender.subscribe()
    }
}

/// Waits until `wanted` is told, or something may have been missed, or `at_most` has passed.
pub async fn wait_for(
    receiver: &mut broadcast::Receiver<Notice>,
    wanted: Notice,
    at_most: Duration,
) {
    let told = async {
        loop {
            match receiver.recv().await {
                Ok(notice) if notice != wanted => {}
                _ => break,
            }
        }
    };
    // A timeout is as good as a notice: the caller looks again either way.
    let _ = tokio::time::timeout(at_most, told).await;
}
