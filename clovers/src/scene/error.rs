//! What is wrong with a scene, and where.

use std::fmt;

use super::file::Revision;

/// Something wrong, or worth a warning, at a place of a scene file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SceneProblem {
    /// The place as a JSON pointer (RFC 6901) relative to the scene, "" for the whole.
    pub pointer: String,
    /// A sentence for the author.
    pub detail: String,
}

impl fmt::Display for SceneProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.detail)
        } else {
            write!(f, "{}: {}", self.pointer, self.detail)
        }
    }
}

impl std::error::Error for SceneProblem {}

/// Problems and warnings as they are found, no more than a reader would read.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: Vec<SceneProblem>,
    warnings: Vec<SceneProblem>,
    revision: Revision,
}

/// Beyond this many of a kind the rest is dropped.
const LIMIT: usize = 100;

impl Report {
    pub(super) fn problem(&mut self, pointer: &impl ToString, detail: impl Into<String>) {
        push(&mut self.problems, pointer, detail);
    }

    pub(super) fn warning(&mut self, pointer: &impl ToString, detail: impl Into<String>) {
        push(&mut self.warnings, pointer, detail);
    }

    /// A trait of an old revision was found.
    pub(super) fn saw(&mut self, revision: Revision) {
        self.revision = self.revision.min(revision);
    }

    /// The oldest revision of which a trait was found.
    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    /// A warning of the whole scene, before all others.
    pub(super) fn first_warning(&mut self, detail: &str) {
        let (pointer, detail) = (String::new(), detail.to_owned());
        self.warnings.insert(0, SceneProblem { pointer, detail });
    }

    pub(super) fn is_full(&self) -> bool {
        self.problems.len() > LIMIT
    }

    /// The warnings when there was no problem, else the problems.
    pub(super) fn finish(self) -> Result<Vec<SceneProblem>, Vec<SceneProblem>> {
        if self.problems.is_empty() {
            Ok(self.warnings)
        } else {
            Err(self.problems)
        }
    }
}

fn push(list: &mut Vec<SceneProblem>, pointer: &impl ToString, detail: impl Into<String>) {
    if list.len() < LIMIT {
        list.push(SceneProblem {
            pointer: pointer.to_string(),
            detail: detail.into(),
        });
    } else if list.len() == LIMIT {
        list.push(SceneProblem {
            pointer: String::new(),
            detail: format!("there are more than {LIMIT}; the rest is not listed"),
        });
    }
}
