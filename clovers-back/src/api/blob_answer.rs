//! Stored bytes as an answer: validators, conditions and ranges (RFC 9110), reading only what is sent.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clovers_common::store::{Blob, BlobId, Store};

use crate::error::ApiError;

/// What is stored never changes, but it is not everybody's.
pub(crate) const FOREVER: HeaderValue =
    HeaderValue::from_static("private, max-age=31536000, immutable");

/// Answers with a blob, or the part of it that the client asks for.
pub(crate) async fn serve_blob(
    store: &Store,
    id: BlobId,
    asked: &HeaderMap,
    cache: HeaderValue,
) -> Result<Response, ApiError> {
    let blob = store
        .blob(id)
        .await?
        .ok_or(ApiError::NotFound("It has just been removed."))?;
    let etag = format!("\"{}\"", hex::encode(&blob.sha256));
    if matches_etag(asked.get(header::IF_NONE_MATCH), &etag) {
        return Ok((
            StatusCode::NOT_MODIFIED,
            [(header::CACHE_CONTROL, cache)],
            [(header::ETAG, etag)],
        )
            .into_response());
    }
    // A range of something else than the client has begun with would not fit.
    let same = asked
        .get(header::IF_RANGE)
        .is_none_or(|condition| condition.as_bytes() == etag.as_bytes());
    let range = asked
        .get(header::RANGE)
        .filter(|_| same)
        .and_then(|range| range.to_str().ok());
    let mut response = match range.map_or(Asked::Whole, |range| asked_range(range, blob.bytes)) {
        Asked::Whole => stream(store, &blob, 0..blob.bytes),
        Asked::Part(range) => {
            let content_range = format!("bytes {}-{}/{}", range.start, range.end - 1, blob.bytes);
            let part = stream(store, &blob, range);
            (
                StatusCode::PARTIAL_CONTENT,
                [(header::CONTENT_RANGE, content_range)],
                part,
            )
                .into_response()
        }
        Asked::Outside => return Err(ApiError::RangeNotSatisfiable { size: blob.bytes }),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.extend([(
        header::ETAG,
        HeaderValue::try_from(etag).expect("hexadecimal digits in quotes"),
    )]);
    Ok(response)
}

/// Whether a condition such as `If-None-Match` names the tag; weak tags compare as strong ones, as it asks.
pub(crate) fn matches_etag(condition: Option<&HeaderValue>, etag: &str) -> bool {
    let Some(condition) = condition.and_then(|condition| condition.to_str().ok()) else {
        return false;
    };
    condition
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn stream(store: &Store, blob: &Blob, range: Range<u64>) -> Response {
    let length = range.end - range.start;
    let headers = [
        (header::CONTENT_TYPE, blob.media_type.clone()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    (headers, Body::from_stream(store.read_blob(blob.id, range))).into_response()
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Outside,
}

/// One range of bytes. What is not understood, or asks for several, is answered with the whole, as the RFC allows.
fn asked_range(range: &str, size: u64) -> Asked {
    let Some((first, last)) = range
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Asked::Whole;
    };
    let number = |digits: &str| {
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse::<u64>().ok()
        } else {
            None
        }
    };
    let range = match (
        first.is_empty(),
        number(first),
        last.is_empty(),
        number(last),
    ) {
        // The last bytes.
        (true, _, false, Some(count)) => size.saturating_sub(count)..size,
        (false, Some(first), true, _) => first..size,
        (false, Some(first), false, Some(last)) if first <= last => {
            first..last.saturating_add(1).min(size)
        }
        _ => return Asked::Whole,
    };
    if range.is_empty() {
        Asked::Outside
    } else {
        Asked::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        assert_eq!(asked_range("bytes=0-3", 10), Asked::Part(0..4));
        assert_eq!(asked_range("bytes=4-", 10), Asked::Part(4..10));
        assert_eq!(asked_range("bytes=-3", 10), Asked::Part(7..10));
        assert_eq!(asked_range("bytes=-30", 10), Asked::Part(0..10));
        assert_eq!(
            asked_range("bytes=8-18446744073709551615", 10),
            Asked::Part(8..10)
        );
    }

    #[test]
    fn a_range_without_bytes_is_outside() {
        assert_eq!(asked_range("bytes=10-", 10), Asked::Outside);
        assert_eq!(asked_range("bytes=12-20", 10), Asked::Outside);
        assert_eq!(asked_range("bytes=-0", 10), Asked::Outside);
        assert_eq!(asked_range("bytes=0-", 0), Asked::Outside);
    }

    #[test]
    fn what_is_no_single_range_is_ignored() {
        for range in [
            "bytes=5-2",
            "bytes=0-1,3-4",
            "bytes=",
            "bytes=-",
            "lines=0-1",
            "bytes=+1-2",
            "bytes=a-b",
        ] {
            assert_eq!(asked_range(range, 10), Asked::Whole, "{range}");
        }
    }

    #[test]
    fn any_of_the_tags_may_match() {
        let matches =
            |condition| matches_etag(Some(&HeaderValue::from_static(condition)), "\"abc\"");
        assert!(matches("\"x\", W/\"abc\""));
        assert!(matches("*"));
        assert!(!matches("\"ab\""));
        assert!(!matches("abc"));
    }
}
