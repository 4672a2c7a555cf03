//! `clovers-batch`: takes tiles of renders from the farm, renders them, and makes pictures of finished frames.

use anyhow::Context;
use clap::Parser;
use clovers_batch::Worker;
use clovers_common::config::{DatabaseConfig, QueueConfig, WorkerConfig, metrics_address};
use clovers_common::queue::Queue;
use clovers_common::store::Store;
use clovers_common::{shutdown, telemetry};

/// Renders finals, tile by tile. Configured by the environment; see .env.example.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments {} = Arguments::parse();
    telemetry::start_log().map_err(anyhow::Error::from_boxed)?;
    let (database, worker) = (DatabaseConfig::from_env()?, WorkerConfig::from_env()?);
    let store = Store::new(&database)?;
    let queue = Queue::new(&QueueConfig::from_env()?)?;
    let shutdown = shutdown::on_signal().context("cannot listen for signals")?;
    if let Some(address) = metrics_address()? {
        telemetry::serve_metrics(address, telemetry::store_is_ready(&store), shutdown.clone());
    }
    Worker::new(store, queue, &database, &worker)?
        .run(shutdown)
        .await
}
