//! `Prefer: wait=N` (RFC 7240): the answer is held back until there is something to tell.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use clovers_common::queue::{Notice, wait_for};
use tokio::time::Instant;

use crate::error::ApiError;
use crate::state::AppState;

const LONGEST_SECONDS: u64 = 60;
/// Notices may be lost, so the waiting look for themselves this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long the client is ready to wait; answered as `Preference-Applied`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    seconds: Option<u64>,
}

impl Wait {
    /// Asks `look` until it answers `Ok` (something to tell), the time is over, or the process stops. Then what it said
    /// last is the answer.
    pub(crate) async fn until<T, F>(
        self,
        state: &AppState,
        about: Notice,
        look: impl Fn() -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<Looked<T>, ApiError>>,
    {
        let deadline = Instant::now() + Duration::from_secs(self.seconds.unwrap_or(0));
        // Subscribed before the first look, so that nothing can happen in between.
        let mut notices = state.notices.subscribe();
        loop {
            let answer = match look().await? {
                Looked::Tell(answer) => return Ok(answer),
                Looked::OnlyIfNothingBetter(answer) => answer,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.shutdown.is_cancelled() {
                return Ok(answer);
            }
            tokio::select! {
                () = wait_for(&mut notices, about, left.min(LOOK_EVERY)) => {}
                () = state.shutdown.cancelled() => {}
            }
        }
    }
}

/// What a look found.
#[derive(Debug)]
pub(crate) enum Looked<T> {
    Tell(T),
    /// Not what the client waits for, but the answer if nothing else happens in time.
    OnlyIfNothingBetter(T),
}

impl<S: Sync> FromRequestParts<S> for Wait {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let preferences = parts
            .headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let seconds = preferences
            .flat_map(|value| value.split(','))
            .filter_map(|preference| preference.split(';').next()?.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
            // A preference that cannot be understood is ignored, as the RFC asks.
            .and_then(|(_, seconds)| seconds.trim().trim_matches('"').parse::<u64>().ok());
        Ok(Self {
            seconds: seconds.map(|seconds| seconds.min(LONGEST_SECONDS)),
        })
    }
}

impl IntoResponseParts for Wait {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        let applied = self
            .seconds
            .and_then(|seconds| HeaderValue::try_from(format!("wait={seconds}")).ok());
        if let Some(applied) = applied {
            parts
                .headers_mut()
                .insert(HeaderName::from_static("preference-applied"), applied);
        }
        Ok(parts)
    }
}
