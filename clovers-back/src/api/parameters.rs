//! What comes in paths, queries and headers.

use std::fmt::Write as _;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use clovers_common::domain::ids::RenderId;
use uuid::Uuid;

use crate::error::ApiError;

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// A query string, refused with a problem.
#[derive(Debug, FromRequestParts)]
#[from_request(via(Query), rejection(ApiError))]
pub(crate) struct Parameters<T>(pub(super) T);

/// The part of the path that names one thing, refused with a problem.
#[derive(Debug, FromRequestParts)]
#[from_request(via(Path), rejection(ApiError))]
pub(crate) struct Named<T>(pub(super) T);

/// A page's size within its bounds.
pub(crate) fn page_size(limit: Option<i64>) -> Result<i64, ApiError> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(ApiError::InvalidParameter(format!(
            "`limit` must be from 1 to {MAX_LIMIT}"
        ))),
    }
}

/// Where a page of finished renders begins, as clients carry it.
pub(crate) fn results_cursor((at, id): (DateTime<Utc>, RenderId)) -> String {
    format!("{:x}-{}", at.timestamp_micros(), id.0.simple())
}

pub(crate) fn parse_results_cursor(cursor: &str) -> Result<(DateTime<Utc>, RenderId), ApiError> {
    let parse = || {
        let (at, id) = cursor.split_once('-')?;
        let at = DateTime::from_timestamp_micros(i64::from_str_radix(at, 16).ok()?)?;
        Some((at, RenderId(Uuid::try_parse(id).ok()?)))
    };
    parse().ok_or_else(unknown_cursor)
}

/// Where a page of the queue begins, as clients carry it. Scores are whole numbers that doubles hold exactly.
pub(crate) fn queue_cursor(score: f64) -> String {
    let mut cursor = String::new();
    write!(cursor, "{:016x}", score.to_bits()).expect("a string takes everything");
    cursor
}

pub(crate) fn parse_queue_cursor(cursor: &str) -> Result<f64, ApiError> {
    let score = u64::from_str_radix(cursor, 16).ok().map(f64::from_bits);
    score
        .filter(|score| score.is_finite())
        .ok_or_else(unknown_cursor)
}

fn unknown_cursor() -> ApiError {
    ApiError::InvalidParameter("`cursor` is not one that a list answered with".to_owned())
}

/// The `Idempotency-Key`, if there is one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    key.map(Some).ok_or_else(|| {
        ApiError::InvalidParameter(
            "`Idempotency-Key` must have 1 to 200 visible ASCII characters".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip() {
        let at = DateTime::from_timestamp_micros(1_780_000_000_123_456).unwrap();
        let id = RenderId::new();
        assert_eq!(
            parse_results_cursor(&results_cursor((at, id))).unwrap(),
            (at, id)
        );
        let score = 1_125_899_906_842_627.0;
        assert_eq!(
            parse_queue_cursor(&queue_cursor(score)).unwrap().to_bits(),
            score.to_bits()
        );
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for cursor in [
            "",
            "-",
            "x-y",
            "7fffffffffffffff-00000000000000000000000000000000",
            "12-34",
            "é",
        ] {
            assert!(parse_results_cursor(cursor).is_err(), "{cursor}");
        }
        for cursor in ["", "hello", "7ff8000000000000", "-1"] {
            assert!(parse_queue_cursor(cursor).is_err(), "{cursor}");
        }
    }
}
