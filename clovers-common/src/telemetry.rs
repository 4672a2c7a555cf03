//! Logs, metrics, and the listener that serves health and metrics of a process.

use std::future::Future;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

use crate::config::{self, LogFormat};
use crate::queue::Queue;
use crate::store::Store;

/// Starts the log as configured.
///
/// # Errors
///
/// If the configuration is not usable, or a log was started before.
pub fn start_log() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (format, filter) = config::log()?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
}

/// Asks whether the process can do its work; an error tells what is missing.
pub type ReadyCheck =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// For processes whose work needs Postgres; without Redis it only gets slower.
pub fn store_is_ready(store: &Store) -> ReadyCheck {
    let store = store.clone();
    Arc::new(move || {
        let store = store.clone();
        Box::pin(async move { store.check_ready().await.map_err(|error| error.to_string()) })
    })
}

/// For processes whose work needs Redis.
pub fn queue_is_ready(queue: &Queue) -> ReadyCheck {
    let queue = queue.clone();
    Arc::new(move || {
        let queue = queue.clone();
        Box::pin(async move { queue.check_ready().await.map_err(|error| error.to_string()) })
    })
}

/// Serves `/healthz`, `/readyz` and `/metrics` until `shutdown`. An address that cannot be bound is logged, not fatal.
pub fn serve_metrics(address: SocketAddr, ready: ReadyCheck, shutdown: CancellationToken) {
    let metrics = match PrometheusBuilder::new().install_recorder() {
        Ok(metrics) => metrics,
        Err(error) => {
            error!(error = %error, "Cannot collect metrics");
            return;
        }
    };
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route(
            "/metrics",
            get(|State(served): State<Served>| async move { served.metrics.render() }),
        )
        .with_state(Served { metrics, ready });
    tokio::spawn(async move {
        let listener = match TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(error) => {
                error!(error = %error, %address, "Cannot listen for metrics");
                return;
            }
        };
        info!(%address, "Serving health and metrics");
        let served = axum::serve(listener, router)
            .with_graceful_shutdown(shutdown.cancelled_owned())
            .await;
        if let Err(error) = served {
            error!(error = %error, "The metrics listener ended");
        }
    });
}

#[derive(Clone)]
struct Served {
    metrics: PrometheusHandle,
    ready: ReadyCheck,
}

async fn readyz(State(served): State<Served>) -> (StatusCode, String) {
    match (served.ready)().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(missing) => (StatusCode::SERVICE_UNAVAILABLE, format!("{missing}\n")),
    }
}
