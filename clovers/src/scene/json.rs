//! JSON text to a value, with a bound on its nesting.

use serde_json::Value;

use super::SceneProblem;

/// Deep enough for 64 levels of objects in the oldest revision, where a list inside a list takes
/// three brackets, with room for the rest.
const DEEPEST: usize = 224;

/// Parses JSON text of any size whose nesting is bounded.
///
/// `serde_json` by itself refuses more than 128 levels, fewer than the scene format allows
/// (64 nested `ObjectList`s make 130, in revision A 194), so the depth is measured here first.
///
/// # Errors
/// When the text is not JSON, or nested too deep.
pub fn parse_json(text: &[u8]) -> Result<Value, SceneProblem> {
    let whole = |detail: String| SceneProblem {
        pointer: String::new(),
        detail,
    };
    if depth(text) > DEEPEST {
        return Err(whole(format!("nested deeper than {DEEPEST} levels")));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let value = serde::Deserialize::deserialize(&mut deserializer);
    value
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| whole(format!("not JSON: {error}")))
}

/// How deep brackets nest, outside of strings.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for &byte in text {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
        } else {
            match byte {
                b'"' => in_string = true,
                b'[' | b'{' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_bounded_and_brackets_in_strings_do_not_count() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse_json(nested(DEEPEST).as_bytes()).is_ok());
        assert!(parse_json(nested(10_000).as_bytes()).is_err());
        assert!(parse_json("[".repeat(1_000_000).as_bytes()).is_err());
        let text = format!(r#"["\"{}"]"#, "[".repeat(1000));
        assert!(parse_json(text.as_bytes()).is_ok());
        assert!(parse_json(b"{} x").is_err());
    }
}
