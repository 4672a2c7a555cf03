//! The request body of renders and previews, parsed whole before anything is stored.

use clovers::scene::{MeshRef, SceneFile, SceneProblem, parse_json};
use serde_json::{Map, Value};

use super::render::Priority;
use super::render_options::{self, Findings, FrameOptions, RenderLimits, escape};

/// Stored beside each request; a worker that does not know so high a number leaves the render to one that does.
/// It grows when requests gain what older builds would take for a mistake, and every build reads the earlier ones.
/// 2: `sampler`, the work modes, the scene format with media, motion, all revisions and mesh formats. 3: `adaptive`, `denoise`.
pub const REQUEST_FORMAT: i16 = 3;

const MAX_NAME_CHARS: usize = 200;

/// A request within the limits, ready to render once its meshes are there.
#[derive(Debug)]
pub struct RenderRequest {
    pub scene: SceneFile,
    pub options: FrameOptions,
    pub name: Option<String>,
    pub priority: Priority,
    /// Legal but suspect, with pointers into the body.
    pub warnings: Vec<SceneProblem>,
}

/// Why a body is refused. Pointers are into the body.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("the body is not JSON")]
    Malformed(SceneProblem),
    #[error("the request is not valid")]
    Invalid(Vec<SceneProblem>),
    #[error("the scene is not valid")]
    InvalidScene(Vec<SceneProblem>),
    #[error("the request exceeds a limit")]
    LimitsExceeded(Vec<SceneProblem>),
}

impl RenderRequest {
    /// Parses the bytes of a body.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, not only the first.
    pub fn parse(body: &[u8], limits: &RenderLimits) -> Result<Self, RequestError> {
        let value = parse_json(body).map_err(RequestError::Malformed)?;
        let Value::Object(envelope) = &value else {
            let detail = "must be an object with the key `scene_file`".to_owned();
            return Err(RequestError::Invalid(vec![SceneProblem {
                pointer: String::new(),
                detail,
            }]));
        };
        let mut findings = Findings::default();
        let options = render_options::parse(envelope.get("opts"), limits, &mut findings);
        let name = name(envelope, &mut findings);
        let priority = priority(envelope, &mut findings);
        unknown_fields(envelope, &mut findings);

        let scene = match envelope.get("scene_file") {
            None => {
                findings.error("/scene_file", "is missing");
                None
            }
            Some(scene) => match SceneFile::parse(scene) {
                Ok(parsed) => {
                    findings
                        .warnings
                        .extend(parsed.warnings.into_iter().map(in_scene_file));
                    Some(parsed.file)
                }
                Err(problems) => {
                    findings
                        .errors
                        .extend(problems.into_iter().map(in_scene_file));
                    None
                }
            },
        };

        if scene.is_none() && envelope.contains_key("scene_file") {
            return Err(RequestError::InvalidScene(findings.errors));
        }
        match scene {
            Some(scene) if findings.errors.is_empty() => {
                if findings.exceeded.is_empty() {
                    Ok(Self {
                        scene,
                        options,
                        name,
                        priority,
                        warnings: findings.warnings,
                    })
                } else {
                    Err(RequestError::LimitsExceeded(findings.exceeded))
                }
            }
            _ => Err(RequestError::Invalid(findings.errors)),
        }
    }

    /// The meshes the scene names, with pointers into the body.
    pub fn meshes(&self) -> Vec<MeshRef> {
        let place = |mesh: MeshRef| MeshRef {
            pointer: format!("/scene_file{}", mesh.pointer),
            ..mesh
        };
        self.scene.meshes().into_iter().map(place).collect()
    }
}

/// Moves a problem of the scene to its place in the body.
pub fn in_scene_file(problem: SceneProblem) -> SceneProblem {
    SceneProblem {
        pointer: format!("/scene_file{}", problem.pointer),
        ..problem
    }
}

/// Checks a name that people will read: 1 to 200 characters, none of which could disguise the text around it.
///
/// # Errors
///
/// What is wrong with it, as half a sentence.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME_CHARS {
        return Err("must have 1 to 200 characters");
    }
    if name.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        return Err("must not hold control or text-direction characters");
    }
    Ok(())
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn name(envelope: &Map<String, Value>, findings: &mut Findings) -> Option<String> {
    match envelope.get("name") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => match check_name(name) {
            Ok(()) => Some(name.clone()),
            Err(detail) => {
                findings.error("/name", detail);
                None
            }
        },
        Some(_) => {
            findings.error("/name", "must be a string");
            None
        }
    }
}

fn priority(envelope: &Map<String, Value>, findings: &mut Findings) -> Priority {
    let Some(value) = envelope.get("priority") else {
        return Priority::default();
    };
    value
        .as_str()
        .and_then(|word| word.parse().ok())
        .unwrap_or_else(|| {
            findings.error("/priority", "must be \"low\", \"normal\" or \"high\"");
            Priority::default()
        })
}

fn unknown_fields(envelope: &Map<String, Value>, findings: &mut Findings) {
    if !envelope.contains_key("scene_file")
        && envelope.contains_key("camera")
        && envelope.contains_key("objects")
    {
        findings.error("", "this is a bare scene: send it as {\"scene_file\": …}");
        return;
    }
    for key in envelope
        .keys()
        .filter(|key| !["scene_file", "opts", "name", "priority"].contains(&key.as_str()))
    {
        let detail = if key == "webhook" {
            "is not supported yet"
        } else {
            "is not a known field"
        };
        findings.error(&format!("/{}", escape(key)), detail);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::render_options::RenderLimits;

    fn scene() -> Value {
        json!({
            "time_0": 0, "time_1": 1, "background_color": [1, 1, 1],
            "camera": {"look_from": [0, 0, -5], "look_at": [0, 0, 0], "up": [0, 1, 0], "vertical_fov": 40,
                       "aperture": 0, "focus_distance": 5},
            "objects": [{"kind": "Sphere", "center": [0, 0, 0], "radius": 1}]
        })
    }

    /// The pointers of what a body is refused for; none if it is accepted.
    fn check(body: &Value, expected: &[&str]) {
        let found =
            match RenderRequest::parse(body.to_string().as_bytes(), &RenderLimits::default()) {
                Ok(_) => vec![],
                Err(RequestError::Malformed(problem)) => vec![problem],
                Err(
                    RequestError::Invalid(problems)
                    | RequestError::InvalidScene(problems)
                    | RequestError::LimitsExceeded(problems),
                ) => problems,
            };
        let pointers: Vec<_> = found
            .iter()
            .map(|problem| problem.pointer.as_str())
            .collect();
        assert_eq!(pointers, expected, "{found:?}");
    }

    #[test]
    fn a_plain_scene_is_accepted() {
        check(&json!({"scene_file": scene()}), &[]);
        check(
            &json!({"scene_file": scene(), "name": "Spheres — 3", "priority": "high"}),
            &[],
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_its_pointer() {
        let mut bad_radius = scene();
        bad_radius["objects"][0]["radius"] = json!("big");
        check(
            &json!({"scene_file": bad_radius}),
            &["/scene_file/objects/0/radius"],
        );
        check(&json!({"opts": {}}), &["/scene_file"]);
        check(
            &json!({"scene_file": scene(), "name": "evil\u{202e}name"}),
            &["/name"],
        );
        check(
            &json!({"scene_file": scene(), "priority": "now"}),
            &["/priority"],
        );
        check(&json!({"scene_file": scene(), "a/b": 1}), &["/a~1b"]);
        check(&json!([1, 2]), &[""]);
    }

    #[test]
    fn a_bare_scene_is_told_how_to_be_sent() {
        check(&scene(), &["", "/scene_file"]);
    }
}
