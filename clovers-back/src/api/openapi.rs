//! The `OpenAPI` 3.1 document, made from the handlers.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};

use super::status_body::PriorityWord;
use crate::error::Problem;

static JSON: LazyLock<Bytes> = LazyLock::new(|| crate::openapi_json().into());

/// What the document says beside the routes.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "clovers-service",
        description = "A render farm: scenes in, physically right pictures out. Every error is an RFC 9457 problem.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(Problem)),
    tags(
        (name = "renders", description = "Finals, rendered by the farm"),
        (name = "pictures", description = "What the farm made"),
        (name = "queue", description = "What is under way"),
        (name = "previews", description = "Quick looks that refine while one edits"),
        (name = "assets", description = "Meshes that scenes name"),
        (name = "examples", description = "Scenes to begin with"),
        (name = "service", description = "About the service itself"),
    ),
)]
pub(crate) struct Document;

/// A scene and how to render it. The same body works for renders and previews.
#[derive(Debug, ToSchema)]
#[schema(as = RenderRequest)]
#[expect(dead_code, reason = "it describes what RenderRequest::parse reads")]
pub(crate) struct RenderRequestBody {
    /// The scene, in the scene format.
    scene_file: Map<String, Value>,
    opts: Option<OptionsBody>,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    priority: Option<PriorityWord>,
}

/// How to render. What is not given has the default.
#[derive(Debug, ToSchema)]
#[schema(as = RenderOptions)]
#[expect(dead_code, reason = "it describes what RenderRequest::parse reads")]
pub(crate) struct OptionsBody {
    #[schema(minimum = 1, default = 1024)]
    width: Option<u32>,
    #[schema(minimum = 1, default = 1024)]
    height: Option<u32>,
    /// Per pixel; at most, when they are taken adaptively. The blue sampler takes a power of two, at most 256.
    #[schema(minimum = 1, default = 64)]
    samples: Option<u32>,
    /// Bounces.
    #[schema(minimum = 1, default = 64)]
    max_depth: Option<u32>,
    mode: Option<ModeWord>,
    sampler: Option<SamplerWord>,
    adaptive: Option<AdaptiveValue>,
    /// Whether noise is taken out of the finished picture, guided by albedo, normals and depth: for few samples. When
    /// absent, previews are denoised and renders are not. At most 3840 x 2160 pixels.
    denoise: Option<bool>,
    /// A whole number below 2^64, as a number or a string of digits.
    #[schema(value_type = Option<Value>)]
    seed: Option<Value>,
    /// Whether to make an OpenEXR file, too.
    exr: Option<bool>,
}

/// What the picture shows: light, which way surfaces face, or how much work a camera ray is: boxes of the hierarchy
/// tested (white is 256), or shapes tested (white is 64).
#[derive(Debug, serde::Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RenderMode)]
#[expect(dead_code, reason = "it describes what RenderRequest::parse reads")]
enum ModeWord {
    PathTracing,
    Normals,
    BvhBoxes,
    BvhPrimitives,
}

/// How samples are spread: each pixel for itself, or from pixel to pixel too, for a finer grain.
#[derive(Debug, serde::Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RenderSampler)]
#[expect(dead_code, reason = "it describes what RenderRequest::parse reads")]
enum SamplerWord {
    Independent,
    Blue,
}

/// Whether to stop where the noise is low before all samples are taken; off when absent. A number is the noise to stop
/// at, relative to the brightness: the root mean square over blocks of 16 x 16 pixels. `true` is 0.03. A block stops at
/// 32 samples or a higher power of two. Previews stop as renders do.
#[derive(Debug, serde::Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RenderAdaptive)]
#[expect(dead_code, reason = "it describes what RenderRequest::parse reads")]
enum AdaptiveValue {
    Flag(bool),
    Threshold(#[schema(inline)] ThresholdNumber),
}

/// The noise to stop at.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(minimum = 0.001, maximum = 0.5)]
struct ThresholdNumber(f64);

/// Answers with this document
#[utoipa::path(get, path = "/openapi.json", tag = "service", responses((status = 200, body = Object)))]
pub(crate) async fn get_openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], JSON.clone()).into_response()
}
