use std::time::Instant;

use clovers_common::test_support::tiny_request;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{TestApp, check_problem, header};

#[sqlx::test(migrations = "../migrations")]
async fn a_live_render_answers_with_its_status_instead(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    for below in ["", "/thumbnail"] {
        let answer = app.get(&format!("/renders/{id}{below}")).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert_eq!(header(&answer, "retry-after"), "1");
        assert_eq!(header(&answer, "cache-control"), "no-store");
        assert_eq!(answer.json::<Value>().await.unwrap()["state"], "queued");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_finished_picture_can_be_cached_for_ever(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    let png = app.finish(id).await;
    let path = format!("/renders/{id}");
    let answer = app.get(&path).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "content-type"), "image/png");
    assert_eq!(header(&answer, "content-length"), png.len().to_string());
    assert_eq!(
        header(&answer, "cache-control"),
        "private, max-age=31536000, immutable"
    );
    let etag = header(&answer, "etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() == 66, "{etag}");
    assert_eq!(answer.bytes().await.unwrap(), png);

    let known = app
        .get_with(&path, "if-none-match", &format!("\"other\", {etag}"))
        .await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header(&known, "etag"), etag);
    assert_eq!(known.bytes().await.unwrap().len(), 0);
    assert_eq!(
        app.get_with(&path, "if-none-match", "\"other\"")
            .await
            .status(),
        StatusCode::OK
    );

    let head = app.request(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(header(&head, "content-length"), png.len().to_string());
    assert_eq!(head.bytes().await.unwrap().len(), 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_part_of_a_picture_is_that_part(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(64, 64).await;
    let png = app.finish(id).await;
    let path = format!("/renders/{id}");
    let size = png.len();
    for (range, expected) in [
        ("bytes=0-9", 0..10),
        ("bytes=10-", 10..size),
        ("bytes=-7", size - 7..size),
        ("bytes=5-999999", 5..size),
    ] {
        let answer = app.get_with(&path, "range", range).await;
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        let content_range = format!("bytes {}-{}/{size}", expected.start, expected.end - 1);
        assert_eq!(header(&answer, "content-range"), content_range);
        assert_eq!(answer.bytes().await.unwrap(), png[expected]);
    }
    let outside = app
        .get_with(&path, "range", &format!("bytes={size}-"))
        .await;
    assert_eq!(header(&outside, "content-range"), format!("bytes */{size}"));
    check_problem(outside, 416, "range-not-satisfiable").await;

    let other = app
        .request(Method::GET, &path)
        .header("range", "bytes=0-3")
        .header("if-range", "\"other\"");
    assert_eq!(other.send().await.unwrap().status(), StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn large_pictures_and_their_ranges_cross_chunks(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let data: Vec<u8> = (0..5_u32 << 18)
        .flat_map(|word| (word.wrapping_mul(2_654_435_761)).to_le_bytes())
        .collect();
    app.put_stl("large", &data).await;
    let sha256 = app
        .store
        .resolve_asset("large")
        .await
        .unwrap()
        .unwrap()
        .sha256;
    let path = format!("/assets/{sha256}");
    assert_eq!(app.get(&path).await.bytes().await.unwrap(), data);
    let chunk = 1 << 20;
    for range in [
        chunk - 3..chunk + 3,
        chunk..chunk + 1,
        0..3 * chunk,
        2 * chunk - 1..data.len(),
    ] {
        let answer = app
            .get_with(
                &path,
                "range",
                &format!("bytes={}-{}", range.start, range.end - 1),
            )
            .await;
        assert_eq!(answer.bytes().await.unwrap(), data[range]);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_thumbnail_is_another_picture(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(8, 8).await;
    let png = app.finish(id).await;
    let thumbnail = app.get(&format!("/renders/{id}/thumbnail")).await;
    assert_eq!(header(&thumbnail, "content-type"), "image/png");
    assert_ne!(thumbnail.bytes().await.unwrap(), png);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_exr_is_there_for_those_who_asked(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut request = tiny_request(8, 8);
    request["opts"]["exr"] = json!(true);
    let (with, without) = (app.submit(&request).await, app.submit_tiny(8, 8).await);
    assert_eq!(
        app.get(&format!("/renders/{with}/exr")).await.status(),
        StatusCode::ACCEPTED
    );
    app.finish(with).await;
    app.finish(without).await;
    let exr = app.get(&format!("/renders/{with}/exr")).await;
    assert_eq!(header(&exr, "content-type"), "image/x-exr");
    assert_eq!(exr.bytes().await.unwrap()[..4], [0x76, 0x2f, 0x31, 0x01]);
    check_problem(
        app.get(&format!("/renders/{without}/exr")).await,
        404,
        "not-found",
    )
    .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_partial_picture_grows_and_then_becomes_the_whole(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let id = app.submit_tiny(300, 8).await;
    let path = format!("/renders/{id}/partial");
    check_problem(app.get(&path).await, 404, "not-found").await;
    app.render_tile(id).await;
    let begun = Instant::now();
    let first = loop {
        // Nothing there is remembered for up to a second, too.
        let answer = app.get(&path).await;
        if answer.status() == StatusCode::OK {
            break answer;
        }
        assert!(begun.elapsed().as_secs() < 10);
    };
    assert_eq!(header(&first, "content-type"), "image/png");
    assert_eq!(header(&first, "cache-control"), "no-store");
    let first = first.bytes().await.unwrap();
    app.render_tile(id).await;
    assert_eq!(
        app.get(&path).await.bytes().await.unwrap(),
        first,
        "made at most once a second"
    );
    app.finish(id).await;
    let done = app.get(&path).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(header(&done, "location"), format!("/renders/{id}"));
}
