//! Everything that can be answered instead of what was asked for, as RFC 9457 problems. The only place with status
//! codes of errors, and the place where their private causes are logged, once.

use std::error::Error;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clovers_common::clovers::scene::SceneProblem;
use clovers_common::domain::request::RequestError;
use clovers_common::queue::QueueError;
use clovers_common::store::StoreError;
use serde::Serialize;
use tracing::{error, warn};
use utoipa::ToSchema;

use crate::request_log;

/// An error answer. What it tells the client is in its fields; a cause it wraps goes to the log only.
#[derive(Debug)]
pub(crate) enum ApiError {
    InvalidJson(SceneProblem),
    InvalidRequest(Vec<SceneProblem>),
    InvalidScene(Vec<SceneProblem>),
    LimitsExceeded(Vec<SceneProblem>),
    /// Warnings, where the client asked that they be errors.
    Warnings(Vec<SceneProblem>),
    /// A query parameter or header that cannot be understood.
    InvalidParameter(String),
    BodyUnreadable,
    BodyTooSlow,
    BodyTooLarge {
        most: usize,
    },
    UnsupportedMediaType,
    CrossSite,
    UnknownPath,
    MethodNotAllowed,
    /// The path is known, what it names is not.
    NotFound(&'static str),
    IdempotencyKeyReused,
    RenderFailed {
        reason: String,
    },
    RenderCancelled,
    RenderFinished,
    RenderNotEnded,
    PreviewFailed {
        revision: u32,
        reason: String,
    },
    RangeNotSatisfiable {
        size: u64,
    },
    Store(StoreError),
    /// The store did not even say that it cannot.
    StoreSilent,
    Queue(QueueError),
    Internal(String),
}

/// An answer of status 4xx or 5xx.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `/problems/` and a stable word for this kind of problem.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    /// `urn:uuid:` and the id of the request.
    instance: String,
    /// What is wrong, and where; empty when no part of the body is to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Pointed>,
}

/// Something to be said about one place of the body.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Pointed {
    /// RFC 6901 pointer into the body.
    pub(crate) pointer: String,
    pub(crate) detail: String,
}

impl From<SceneProblem> for Pointed {
    fn from(SceneProblem { pointer, detail }: SceneProblem) -> Self {
        Self { pointer, detail }
    }
}

/// What a kind of error is to the outside.
struct Facts {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
}

impl ApiError {
    fn facts(&self) -> Facts {
        let facts = |status, slug, title| Facts {
            status,
            slug,
            title,
        };
        match self {
            Self::InvalidJson(_) => facts(
                StatusCode::BAD_REQUEST,
                "invalid-json",
                "The body is not JSON",
            ),
            Self::InvalidRequest(_) => facts(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-request",
                "The request is not valid",
            ),
            Self::InvalidScene(_) => facts(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-scene",
                "The scene is not valid",
            ),
            Self::LimitsExceeded(_) => facts(
                StatusCode::UNPROCESSABLE_ENTITY,
                "limits-exceeded",
                "The request exceeds a limit",
            ),
            Self::Warnings(_) => facts(
                StatusCode::UNPROCESSABLE_ENTITY,
                "warnings",
                "The request has warnings, and they were to be errors",
            ),
            Self::InvalidParameter(_) => facts(
                StatusCode::BAD_REQUEST,
                "invalid-parameter",
                "A parameter is not valid",
            ),
            Self::BodyUnreadable => facts(
                StatusCode::BAD_REQUEST,
                "unreadable-body",
                "The body broke off",
            ),
            Self::BodyTooSlow => facts(
                StatusCode::REQUEST_TIMEOUT,
                "body-too-slow",
                "The body did not come in time",
            ),
            Self::BodyTooLarge { .. } => facts(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The body is too large",
            ),
            Self::UnsupportedMediaType => facts(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The body is of another media type",
            ),
            Self::CrossSite => facts(
                StatusCode::FORBIDDEN,
                "cross-site",
                "The request comes from another site",
            ),
            Self::UnknownPath | Self::NotFound(_) => {
                facts(StatusCode::NOT_FOUND, "not-found", "Not found")
            }
            Self::MethodNotAllowed => facts(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "This path does not know the method",
            ),
            Self::IdempotencyKeyReused => facts(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The idempotency key was used before",
            ),
            Self::RenderFailed { .. } => {
                facts(StatusCode::CONFLICT, "render-failed", "The render failed")
            }
            Self::RenderCancelled => facts(
                StatusCode::CONFLICT,
                "render-cancelled",
                "The render was cancelled",
            ),
            Self::RenderFinished => facts(
                StatusCode::CONFLICT,
                "render-finished",
                "The render is finished",
            ),
            Self::RenderNotEnded => facts(
                StatusCode::CONFLICT,
                "render-not-ended",
                "The render has neither failed nor been cancelled",
            ),
            Self::PreviewFailed { .. } => {
                facts(StatusCode::CONFLICT, "preview-failed", "The preview failed")
            }
            Self::RangeNotSatisfiable { .. } => facts(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range-not-satisfiable",
                "The range lies outside",
            ),
            Self::StoreSilent => facts(
                StatusCode::SERVICE_UNAVAILABLE,
                "store-unavailable",
                "The database does not answer",
            ),
            Self::Store(error) if error.is_unavailable() => facts(
                StatusCode::SERVICE_UNAVAILABLE,
                "store-unavailable",
                "The database does not answer",
            ),
            Self::Queue(_) => facts(
                StatusCode::SERVICE_UNAVAILABLE,
                "queue-unavailable",
                "The queue does not answer",
            ),
            Self::Store(_) | Self::Internal(_) => facts(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side",
            ),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::InvalidJson(problem) => problem.detail.clone(),
            Self::InvalidRequest(errors)
            | Self::InvalidScene(errors)
            | Self::LimitsExceeded(errors)
            | Self::Warnings(errors) => match errors.as_slice() {
                [] => String::new(),
                [only] => only.to_string(),
                [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
            },
            Self::InvalidParameter(detail) => detail.clone(),
            Self::BodyUnreadable => "The connection ended before the body did.".to_owned(),
            Self::BodyTooSlow => "Nothing more came for half a minute.".to_owned(),
            Self::BodyTooLarge { most } => format!("A body may have {most} bytes."),
            Self::UnsupportedMediaType => "Send JSON, as application/json.".to_owned(),
            Self::CrossSite => "A page of another site may not change anything here.".to_owned(),
            Self::UnknownPath => "There is nothing at this path.".to_owned(),
            Self::MethodNotAllowed => "The header Allow lists those it knows.".to_owned(),
            Self::NotFound(what) => (*what).to_owned(),
            Self::IdempotencyKeyReused => {
                "The same key came with another body within 24 hours.".to_owned()
            }
            Self::RenderFailed { reason } => reason.clone(),
            Self::RenderCancelled => {
                "Someone cancelled it; its partial picture is kept.".to_owned()
            }
            Self::RenderFinished => "What is finished does not change any more.".to_owned(),
            Self::RenderNotEnded => {
                "Only a failed or cancelled render can be tried again.".to_owned()
            }
            Self::PreviewFailed { revision, reason } => format!("Revision {revision}: {reason}"),
            Self::RangeNotSatisfiable { size } => format!("There are {size} bytes."),
            Self::Store(error) if error.is_unavailable() => {
                "Please try again in a moment.".to_owned()
            }
            Self::StoreSilent | Self::Queue(_) => "Please try again in a moment.".to_owned(),
            Self::Store(_) | Self::Internal(_) => {
                "The log tells more under the id of this request.".to_owned()
            }
        }
    }

    fn into_errors(self) -> Vec<Pointed> {
        match self {
            Self::InvalidJson(problem) => vec![problem.into()],
            Self::InvalidRequest(errors)
            | Self::InvalidScene(errors)
            | Self::LimitsExceeded(errors)
            | Self::Warnings(errors) => errors.into_iter().map(Pointed::from).collect(),
            _ => Vec::new(),
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Store(error) if error.is_unavailable() => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("2")))
            }
            Self::StoreSilent | Self::Queue(_) => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("2")))
            }
            Self::RangeNotSatisfiable { size } => HeaderValue::try_from(format!("bytes */{size}"))
                .ok()
                .map(|range| (header::CONTENT_RANGE, range)),
            _ => None,
        }
    }

    fn log_cause(&self) {
        match self {
            Self::Store(cause) if cause.is_unavailable() => {
                warn!(error = %cause, cause = cause.cause(), "The store is not available");
            }
            Self::StoreSilent => warn!("The store does not answer"),
            Self::Store(cause) => error!(error = %cause, cause = cause.cause(), "The store failed"),
            Self::Queue(cause) => {
                warn!(error = %cause, cause = cause.source().map(ToString::to_string), "The queue is not available");
            }
            Self::Internal(cause) => error!(error = cause, "A request failed"),
            _ => {}
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log_cause();
        let Facts {
            status,
            slug,
            title,
        } = self.facts();
        let (detail, header) = (self.detail(), self.header());
        let problem = Problem {
            kind: format!("/problems/{slug}"),
            title,
            status: status.as_u16(),
            detail,
            instance: format!("urn:uuid:{}", request_log::request_uuid()),
            errors: self.into_errors(),
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(header);
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Malformed(problem) => Self::InvalidJson(problem),
            RequestError::Invalid(problems) => Self::InvalidRequest(problems),
            RequestError::InvalidScene(problems) => Self::InvalidScene(problems),
            RequestError::LimitsExceeded(problems) => Self::LimitsExceeded(problems),
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::InvalidParameter(rejection.body_text())
    }
}

/// An id that is none names nothing.
impl From<PathRejection> for ApiError {
    fn from(_: PathRejection) -> Self {
        Self::NotFound("There is nothing of this id.")
    }
}
