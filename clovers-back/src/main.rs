use std::io::Write;

use clap::{Parser, Subcommand};
use clovers_back::{AppState, openapi_json, serve};
use clovers_common::config::{self, BackConfig, DatabaseConfig, QueueConfig};
use clovers_common::queue::Queue;
use clovers_common::store::Store;
use clovers_common::{shutdown, telemetry};
use tokio::net::TcpListener;

/// The HTTP API of clovers-service; without a command it serves.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database's schema up to date and leave.
    Migrate,
    /// Print the `OpenAPI` document.
    Openapi,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Some(Command::Openapi) => {
            return Ok(std::io::stdout().write_all(openapi_json().as_bytes())?);
        }
        Some(Command::Migrate) => {
            return Ok(Store::new(&DatabaseConfig::from_env()?)?.migrate().await?);
        }
        None => {}
    }
    telemetry::start_log().map_err(anyhow::Error::from_boxed)?;
    let config = BackConfig::from_env()?;
    let store = Store::new(&DatabaseConfig::from_env()?)?;
    let queue = Queue::new(&QueueConfig::from_env()?)?;
    let shutdown = shutdown::on_signal()?;
    let listener = TcpListener::bind(config.listen_address).await?;
    let state = AppState::new(config, store, queue, shutdown);
    if let Some(address) = config::metrics_address()? {
        telemetry::serve_metrics(address, state.ready_check(), state.shutdown.clone());
    }
    state.prepare_in_background();
    Ok(serve(listener, state).await?)
}
