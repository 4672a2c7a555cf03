//! Reading JSON values with their place at hand.

use std::fmt;

use glam::{DVec3, dvec3};
use serde_json::{Map, Value};

use crate::scene::error::Report;

/// Lengths and coordinates beyond this leave no room for their products in single precision.
pub(super) const LARGEST_COORDINATE: f64 = 1e9;

/// The way from the root to a value; prints as a JSON pointer.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// A value and its place.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) path: Path<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: Path {
                parent: None,
                step: Step::Root,
            },
        }
    }

    /// Reports that the value is not what was expected.
    pub(super) fn refuse(&self, expected: &str, report: &mut Report) {
        report.problem(
            &self.path,
            format!("expected {expected}, found {}", kind_of(self.value)),
        );
    }

    pub(super) fn number(&self, report: &mut Report) -> Option<f64> {
        let Some(number) = self.value.as_f64() else {
            self.refuse("a number", report);
            return None;
        };
        if (number as f32).is_finite() {
            Some(number)
        } else {
            report.problem(&self.path, "is too large for single precision");
            None
        }
    }

    pub(super) fn text(&self, report: &mut Report) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.refuse("a text", report);
        }
        text
    }

    /// The members of an array.
    pub(super) fn items(&self, expected: &str, report: &mut Report) -> Option<&'a [Value]> {
        let items = self.value.as_array();
        if items.is_none() {
            self.refuse(expected, report);
        }
        items.map(Vec::as_slice)
    }

    pub(super) fn item(&'a self, index: usize, value: &'a Value) -> Self {
        Self {
            value,
            path: Path {
                parent: Some(&self.path),
                step: Step::Index(index),
            },
        }
    }

    /// Three numbers.
    pub(super) fn triple(&self, report: &mut Report) -> Option<[f64; 3]> {
        const EXPECTED: &str = "an array of three numbers";
        let items = self.items(EXPECTED, report)?;
        if items.len() != 3 {
            report.problem(
                &self.path,
                format!("expected {EXPECTED}, found {}", items.len()),
            );
            return None;
        }
        let mut triple = [None; 3];
        for (index, value) in items.iter().enumerate() {
            triple[index] = self.item(index, value).number(report);
        }
        Some([triple[0]?, triple[1]?, triple[2]?])
    }

    /// A point or vector within the range of the renderer.
    pub(super) fn vector(&self, report: &mut Report) -> Option<DVec3> {
        let [x, y, z] = self.triple(report)?;
        let vector = dvec3(x, y, z);
        if vector.abs().max_element() > LARGEST_COORDINATE {
            report.problem(&self.path, "coordinates must lie within -1e9 and 1e9");
            return None;
        }
        Some(vector)
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Keys that carry words for people; nobody is warned of them.
fn is_free_text(key: &str) -> bool {
    matches!(
        key,
        "comment"
            | "comments"
            | "name"
            | "title"
            | "description"
            | "note"
            | "notes"
            | "author"
            | "license"
    ) || key.starts_with('_')
}

/// The keys of an object.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    place: &'a Path<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(node: &'a Node<'a>, report: &mut Report) -> Option<Self> {
        let map = node.value.as_object();
        if map.is_none() {
            node.refuse("an object", report);
        }
        Some(Self {
            map: map?,
            place: &node.path,
        })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// All keys with their values.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.map.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn place(&self) -> &'a Path<'a> {
        self.place
    }

    pub(super) fn path<'b>(&self, key: &'b str) -> Path<'b>
    where
        'a: 'b,
    {
        Path {
            parent: Some(self.place),
            step: Step::Key(key),
        }
    }

    pub(super) fn optional<'b>(&self, key: &'b str) -> Option<Node<'b>>
    where
        'a: 'b,
    {
        self.map.get(key).map(|value| Node {
            value,
            path: self.path(key),
        })
    }

    pub(super) fn required<'b>(&self, key: &'b str, report: &mut Report) -> Option<Node<'b>>
    where
        'a: 'b,
    {
        let node = self.optional(key);
        if node.is_none() {
            report.problem(self.place, format!("the key `{key}` is missing"));
        }
        node
    }

    pub(super) fn number(&self, key: &str, report: &mut Report) -> Option<f64> {
        self.required(key, report)?.number(report)
    }

    pub(super) fn number_or(&self, key: &str, default: f64, report: &mut Report) -> Option<f64> {
        match self.optional(key) {
            Some(node) => node.number(report),
            None => Some(default),
        }
    }

    pub(super) fn vector(&self, key: &str, report: &mut Report) -> Option<DVec3> {
        self.required(key, report)?.vector(report)
    }

    /// Warns of keys that mean nothing here.
    pub(super) fn warn_of_unknown(&self, known: &[&str], more: &[&str], report: &mut Report) {
        for key in self.map.keys() {
            let key = key.as_str();
            if !known.contains(&key) && !more.contains(&key) && !is_free_text(key) {
                report.warning(&self.path(key), "unknown key, ignored");
            }
        }
    }
}
