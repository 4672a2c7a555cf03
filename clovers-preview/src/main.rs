//! `clovers-preview`: renders what people are editing, and refines it while they look.

use anyhow::Context;
use clap::Parser;
use clovers_common::config::{DatabaseConfig, QueueConfig, WorkerConfig, metrics_address};
use clovers_common::queue::Queue;
use clovers_common::store::Store;
use clovers_common::{shutdown, telemetry};
use clovers_preview::Worker;

/// Renders previews. Configured by the environment; see .env.example.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments {} = Arguments::parse();
    telemetry::start_log().map_err(anyhow::Error::from_boxed)?;
    let (queue, worker) = (QueueConfig::from_env()?, WorkerConfig::from_env()?);
    // Only read for meshes.
    let store = Store::new(&DatabaseConfig::from_env()?)?;
    let shutdown = shutdown::on_signal().context("cannot listen for signals")?;
    if let Some(address) = metrics_address()? {
        telemetry::serve_metrics(
            address,
            telemetry::queue_is_ready(&Queue::new(&queue)?),
            shutdown.clone(),
        );
    }
    Worker::new(store, queue, &worker)?.run(shutdown).await
}
