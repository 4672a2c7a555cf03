//! The HTTP API: parses and checks requests, keeps them in the store, queues their ids, and serves what the workers
//! make of them. It never renders.

mod api;
mod error;
mod request_log;
mod router;
mod state;
mod ui;

use std::io;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tracing::{info, warn};

pub use self::state::AppState;

/// How long answers that are under way may take to end once the process is asked to stop.
const GRACE: Duration = Duration::from_secs(4);

/// Serves until the state's shutdown.
///
/// # Errors
///
/// If the listener fails.
pub async fn serve(listener: TcpListener, state: AppState) -> io::Result<()> {
    info!(address = %listener.local_addr()?, "Serving the API");
    let shutdown = state.shutdown.clone();
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            warn!(error = %error, "Cannot send small answers at once");
        }
    });
    let served = axum::serve(listener, router::router(state))
        .with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let out_of_patience = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = served.into_future() => served,
        () = out_of_patience => {
            warn!("Some answers did not end in time; leaving them");
            Ok(())
        }
    }
}

/// The `OpenAPI` document, as it is committed and served.
pub fn openapi_json() -> String {
    let mut json =
        serde_json::to_string_pretty(&router::openapi()).expect("the document is plain data");
    json.push('\n');
    json
}
