//! The `opts` of a request, parsed within limits. Nothing is clamped: what is out of range is refused.

use clovers::render::{Mode, RenderOptions, SamplerKind, Threshold};
use clovers::scene::SceneProblem;
use serde::Serialize;
use serde_json::{Map, Value};

/// What one request may ask for; published at `GET /limits`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RenderLimits {
    pub max_width: u32,
    pub max_height: u32,
    /// Width times height.
    pub max_pixels: u64,
    pub max_samples: u32,
    pub max_depth: u32,
    pub max_body_bytes: usize,
}

impl Default for RenderLimits {
    fn default() -> Self {
        Self {
            max_width: 16_384,
            max_height: 16_384,
            max_pixels: 33_200_000,
            max_samples: 65_536,
            max_depth: 128,
            max_body_bytes: 16 << 20,
        }
    }
}

/// Everything the parser found; `exceeded` are values that are legal but above a limit.
#[derive(Debug, Default)]
pub struct Findings {
    pub errors: Vec<SceneProblem>,
    pub exceeded: Vec<SceneProblem>,
    pub warnings: Vec<SceneProblem>,
}

impl Findings {
    pub fn error(&mut self, pointer: &str, detail: impl Into<String>) {
        push(&mut self.errors, pointer, detail);
    }

    pub fn warn(&mut self, pointer: &str, detail: impl Into<String>) {
        push(&mut self.warnings, pointer, detail);
    }

    fn exceed(&mut self, pointer: &str, detail: impl Into<String>) {
        push(&mut self.exceeded, pointer, detail);
    }
}

/// More than a reader would read are dropped.
const MOST_FINDINGS: usize = 100;

fn push(list: &mut Vec<SceneProblem>, pointer: &str, detail: impl Into<String>) {
    if list.len() < MOST_FINDINGS {
        list.push(problem(pointer, detail));
    }
}

fn problem(pointer: &str, detail: impl Into<String>) -> SceneProblem {
    SceneProblem {
        pointer: pointer.to_owned(),
        detail: detail.into(),
    }
}

/// The options of one render: the renderer's own, and which files to make.
#[derive(Clone, Debug)]
pub struct FrameOptions {
    pub render: RenderOptions,
    /// Whether noise is taken out of the finished picture; previews do unless they are told not to.
    pub denoise: Option<bool>,
    pub exr: bool,
}

/// Denoising takes about 200 bytes for each.
const MOST_PIXELS_TO_DENOISE: u64 = 3840 * 2160;

/// Parses `opts` (absent: all defaults), reporting into `findings`.
pub fn parse(opts: Option<&Value>, limits: &RenderLimits, findings: &mut Findings) -> FrameOptions {
    let empty = Map::new();
    let opts = match opts {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(opts)) => opts,
        Some(_) => {
            findings.error("/opts", "must be an object");
            &empty
        }
    };
    let options = FrameOptions {
        render: RenderOptions {
            width: count(opts, "width", 1024, limits.max_width, findings),
            height: count(opts, "height", 1024, limits.max_height, findings),
            samples: count(opts, "samples", 64, limits.max_samples, findings),
            max_depth: count(opts, "max_depth", 64, limits.max_depth, findings),
            mode: mode(opts, findings),
            sampler: sampler(opts, findings),
            adaptive: adaptive(opts, findings),
            seed: seed(opts, findings),
        },
        denoise: opts
            .contains_key("denoise")
            .then(|| flag(opts, "denoise", findings)),
        exr: flag(opts, "exr", findings),
    };
    let pixels = u64::from(options.render.width) * u64::from(options.render.height);
    if pixels > limits.max_pixels {
        let detail = format!(
            "width times height is {pixels} pixels; at most {} are allowed",
            limits.max_pixels
        );
        findings.exceed("/opts", detail);
    }
    if options.denoise == Some(true) {
        if options.render.mode != Mode::PathTracing {
            findings.error("/opts/denoise", "there is no noise in this mode");
        }
        if pixels > MOST_PIXELS_TO_DENOISE {
            let detail = format!(
                "width times height is {pixels} pixels; at most {MOST_PIXELS_TO_DENOISE} can be denoised"
            );
            findings.exceed("/opts/denoise", detail);
        }
    }
    let (samples, sampler) = (options.render.samples, options.render.sampler);
    if !sampler.takes(samples) {
        findings.error("/opts/samples", blue_samples(samples));
    }
    if opts.contains_key("quiet") {
        flag(opts, "quiet", findings);
    }
    if opts.contains_key("gamma") {
        findings.warn(
            "/opts/gamma",
            "has no effect: pictures are always encoded as sRGB",
        );
    }
    let known = [
        "width",
        "height",
        "samples",
        "max_depth",
        "mode",
        "sampler",
        "adaptive",
        "denoise",
        "seed",
        "exr",
        "quiet",
        "normalmap",
        "gamma",
    ];
    for key in opts.keys().filter(|key| !known.contains(&key.as_str())) {
        findings.error(&format!("/opts/{}", escape(key)), "is not a known option");
    }
    options
}

/// A key as a segment of an RFC 6901 pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn count(
    opts: &Map<String, Value>,
    key: &str,
    default: u32,
    limit: u32,
    findings: &mut Findings,
) -> u32 {
    let Some(value) = opts.get(key) else {
        return default;
    };
    let pointer = format!("/opts/{key}");
    match value.as_u64() {
        Some(0) | None => findings.error(&pointer, "must be a whole number, at least 1"),
        Some(number) if number > u64::from(limit) => {
            findings.exceed(&pointer, format!("is {number}; at most {limit} is allowed"));
        }
        Some(number) => return number as u32,
    }
    default
}

fn flag(opts: &Map<String, Value>, key: &str, findings: &mut Findings) -> bool {
    match opts.get(key) {
        None => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => {
            findings.error(&format!("/opts/{key}"), "must be true or false");
            false
        }
    }
}

fn mode(opts: &Map<String, Value>, findings: &mut Findings) -> Mode {
    // `normalmap` is how older revisions asked for normals.
    let default = if flag(opts, "normalmap", findings) {
        Mode::Normals
    } else {
        Mode::PathTracing
    };
    match opts.get("mode").map(|mode| (mode, mode.as_str())) {
        None => default,
        Some((_, Some("path_tracing"))) => Mode::PathTracing,
        Some((_, Some("normals"))) => Mode::Normals,
        Some((_, Some("bvh_boxes"))) => Mode::BvhBoxes,
        Some((_, Some("bvh_primitives"))) => Mode::BvhPrimitives,
        Some(_) => {
            findings.error(
                "/opts/mode",
                "must be \"path_tracing\", \"normals\", \"bvh_boxes\" or \"bvh_primitives\"",
            );
            default
        }
    }
}

fn sampler(opts: &Map<String, Value>, findings: &mut Findings) -> SamplerKind {
    match opts.get("sampler").map(Value::as_str) {
        None | Some(Some("independent")) => SamplerKind::Independent,
        Some(Some("blue")) => SamplerKind::Blue,
        Some(_) => {
            findings.error("/opts/sampler", "must be \"independent\" or \"blue\"");
            SamplerKind::default()
        }
    }
}

fn adaptive(opts: &Map<String, Value>, findings: &mut Findings) -> Option<Threshold> {
    let threshold = match opts.get("adaptive") {
        None | Some(Value::Bool(false)) => return None,
        Some(Value::Bool(true)) => return Some(Threshold::default()),
        Some(value) => value.as_f64().and_then(Threshold::new),
    };
    if threshold.is_none() {
        let (least, largest) = (Threshold::LEAST, Threshold::LARGEST);
        findings.error(
            "/opts/adaptive",
            format!(
                "must be true, false, or the noise to stop at: a number from {least} to {largest}"
            ),
        );
    }
    threshold
}

/// What to ask for instead of a number of samples that the blue sampler does not take.
fn blue_samples(samples: u32) -> String {
    let most = SamplerKind::MOST_BLUE_SAMPLES;
    let instead = if samples > most {
        format!("at most {most}")
    } else {
        format!(
            "{} or {}",
            1 << samples.ilog2(),
            samples.next_power_of_two()
        )
    };
    format!(
        "is {samples}, but the blue sampler takes a power of two up to {most}: ask for {instead}, or for the \
         sampler \"independent\""
    )
}

fn seed(opts: &Map<String, Value>, findings: &mut Findings) -> u64 {
    let Some(value) = opts.get("seed") else {
        return 0;
    };
    // Numbers above 2^53 do not survive JavaScript, so a string of digits is as good.
    let seed = value
        .as_u64()
        .or_else(|| value.as_str().and_then(|digits| digits.parse().ok()));
    seed.unwrap_or_else(|| {
        findings.error(
            "/opts/seed",
            "must be a whole number from 0 to 18446744073709551615, as a number or a string",
        );
        0
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(opts: &Value, expected_errors: &[&str], expected_exceeded: &[&str]) -> FrameOptions {
        let mut findings = Findings::default();
        let options = parse(Some(opts), &RenderLimits::default(), &mut findings);
        let pointers =
            |found: &[SceneProblem]| found.iter().map(|p| p.pointer.clone()).collect::<Vec<_>>();
        assert_eq!(
            pointers(&findings.errors),
            expected_errors,
            "errors of {opts}"
        );
        assert_eq!(
            pointers(&findings.exceeded),
            expected_exceeded,
            "limits of {opts}"
        );
        options
    }

    #[test]
    fn absent_options_are_the_defaults() {
        let options = check(&json!({}), &[], &[]);
        assert_eq!(
            (
                options.render.width,
                options.render.samples,
                options.render.max_depth
            ),
            (1024, 64, 64)
        );
    }

    #[test]
    fn a_seed_may_be_a_string() {
        assert_eq!(
            check(&json!({"seed": "18446744073709551615"}), &[], &[])
                .render
                .seed,
            u64::MAX
        );
        assert_eq!(check(&json!({"seed": 7}), &[], &[]).render.seed, 7);
        check(&json!({"seed": -1}), &["/opts/seed"], &[]);
    }

    #[test]
    fn wrong_values_are_refused_with_their_pointer() {
        check(&json!({"width": 0}), &["/opts/width"], &[]);
        check(
            &json!({"width": 1.5, "samples": "many"}),
            &["/opts/width", "/opts/samples"],
            &[],
        );
        check(&json!({"mode": "toon"}), &["/opts/mode"], &[]);
        check(&json!({"wdth": 3}), &["/opts/wdth"], &[]);
        check(&json!([]), &["/opts"], &[]);
    }

    #[test]
    fn values_above_a_limit_are_refused_not_clamped() {
        check(&json!({"width": 16_385}), &[], &["/opts/width"]);
        check(&json!({"width": 16_384, "height": 16_384}), &[], &["/opts"]);
        check(
            &json!({"samples": 65_537, "max_depth": 129}),
            &[],
            &["/opts/samples", "/opts/max_depth"],
        );
    }

    #[test]
    fn every_mode_and_sampler_of_the_renderer_can_be_asked_for() {
        for (word, mode) in [
            ("path_tracing", Mode::PathTracing),
            ("normals", Mode::Normals),
            ("bvh_boxes", Mode::BvhBoxes),
            ("bvh_primitives", Mode::BvhPrimitives),
        ] {
            assert_eq!(check(&json!({"mode": word}), &[], &[]).render.mode, mode);
        }
        for (word, sampler) in [
            ("independent", SamplerKind::Independent),
            ("blue", SamplerKind::Blue),
        ] {
            let options = check(&json!({"sampler": word}), &[], &[]);
            assert_eq!(options.render.sampler, sampler);
        }
        let options = check(&json!({}), &[], &[]).render;
        assert_eq!(
            (options.mode, options.sampler),
            (Mode::PathTracing, SamplerKind::Independent)
        );
        check(&json!({"sampler": "red"}), &["/opts/sampler"], &[]);
        check(&json!({"sampler": null}), &["/opts/sampler"], &[]);
    }

    #[test]
    fn adaptive_is_a_yes_a_no_or_a_threshold() {
        let adaptive = |value: Value| check(&json!({"adaptive": value}), &[], &[]).render.adaptive;
        assert_eq!(check(&json!({}), &[], &[]).render.adaptive, None);
        assert_eq!(adaptive(json!(false)), None);
        assert_eq!(adaptive(json!(true)), Some(Threshold::default()));
        for threshold in [Threshold::LEAST, 0.05, Threshold::LARGEST] {
            assert_eq!(adaptive(json!(threshold)), Threshold::new(threshold));
        }
        for bad in [
            json!(0),
            json!(-0.02),
            json!(1),
            json!(1e300),
            json!("0.02"),
            json!("yes"),
            json!(null),
            json!([0.02]),
            json!({"threshold": 0.02}),
        ] {
            check(&json!({"adaptive": bad}), &["/opts/adaptive"], &[]);
        }
        // It goes with everything else.
        for opts in [
            json!({"adaptive": true, "sampler": "blue"}),
            json!({"adaptive": true, "mode": "normals"}),
            json!({"adaptive": true, "samples": 1}),
        ] {
            check(&opts, &[], &[]);
        }
    }

    #[test]
    fn denoise_is_a_yes_or_a_no_for_pictures_with_noise_that_fit() {
        let denoise = |opts: Value| check(&opts, &[], &[]).denoise;
        assert_eq!(denoise(json!({})), None);
        assert_eq!(denoise(json!({"denoise": false})), Some(false));
        assert_eq!(denoise(json!({"denoise": true})), Some(true));
        for bad in [json!(1), json!("yes"), json!(null)] {
            check(&json!({"denoise": bad}), &["/opts/denoise"], &[]);
        }
        check(
            &json!({"denoise": true, "mode": "normals"}),
            &["/opts/denoise"],
            &[],
        );
        check(
            &json!({"denoise": true, "width": 5000, "height": 5000}),
            &[],
            &["/opts/denoise"],
        );
    }

    #[test]
    fn blue_samples_that_are_no_power_of_two_are_refused_with_what_to_ask_for() {
        for samples in [1, 2, 64, 256] {
            check(&json!({"sampler": "blue", "samples": samples}), &[], &[]);
        }
        for (samples, advice) in [
            (3, "2 or 4"),
            (100, "64 or 128"),
            (200, "128 or 256"),
            (257, "at most 256"),
            (512, "at most 256"),
        ] {
            let opts = json!({"sampler": "blue", "samples": samples});
            check(&opts, &["/opts/samples"], &[]);
            let mut findings = Findings::default();
            parse(Some(&opts), &RenderLimits::default(), &mut findings);
            let detail = &findings.errors[0].detail;
            assert!(detail.contains(advice), "{detail}");
        }
        // What is wrong by itself is said once.
        check(
            &json!({"sampler": "blue", "samples": 0}),
            &["/opts/samples"],
            &[],
        );
        check(
            &json!({"sampler": "blue", "samples": 65_537}),
            &[],
            &["/opts/samples"],
        );
        check(&json!({"sampler": "independent", "samples": 100}), &[], &[]);
    }

    #[test]
    fn options_of_older_revisions_are_understood() {
        let options = check(
            &json!({"normalmap": true, "quiet": true, "gamma": 2.0}),
            &[],
            &[],
        );
        assert_eq!(options.render.mode, Mode::Normals);
    }
}
