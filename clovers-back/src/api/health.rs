//! Whether the service lives, can work, and what it is.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use clovers_common::clovers;
use serde::Serialize;
use tokio::time::timeout;
use tracing::warn;
use utoipa::ToSchema;

use super::renders::NO_STORE;
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// Whoever asks wants to know now.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the service can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`, or `degraded` while Redis is down: renders are accepted and served, previews are not.
    status: &'static str,
    postgres: &'static str,
    redis: &'static str,
}

/// What is running.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    version: &'static str,
    /// The commit it was built from, if the build was told.
    git_revision: Option<&'static str>,
    /// Which build of the renderer it is; the same fingerprint makes the same pictures.
    engine: &'static str,
    /// What the build expects of the processor.
    target_features: Vec<&'static str>,
}

/// Says that the process lives
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Tells whether the service can do its work
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses(
        (status = 200, body = Readiness),
        (status = 503, description = "Postgres is down or not migrated yet", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Response, ApiError> {
    let (store, queue) = tokio::join!(
        timeout(PATIENCE, state.store.check_ready()),
        timeout(PATIENCE, state.queue.check_ready())
    );
    store.map_err(|_| ApiError::StoreSilent)??;
    let redis_up = matches!(queue, Ok(Ok(())));
    if !redis_up {
        warn!("Redis does not answer");
    }
    let (status, redis) = if redis_up {
        ("ready", "up")
    } else {
        ("degraded", "down")
    };
    Ok((
        NO_STORE,
        Json(Readiness {
            status,
            postgres: "up",
            redis,
        }),
    )
        .into_response())
}

/// Tells what is running
#[utoipa::path(get, path = "/version", tag = "service", responses((status = 200, body = Version)))]
pub(crate) async fn version() -> Json<Version> {
    Json(Version {
        version: env!("CARGO_PKG_VERSION"),
        git_revision: option_env!("CLOVERS_GIT_REVISION"),
        engine: clovers::FINGERPRINT,
        target_features: target_features(),
    })
}

fn target_features() -> Vec<&'static str> {
    let mut features = Vec::new();
    macro_rules! list {
        ($($feature:literal)*) => { $(if cfg!(target_feature = $feature) { features.push($feature); })* };
    }
    list!("sse2" "sse4.2" "avx" "avx2" "fma" "bmi2" "avx512f" "neon");
    features
}
