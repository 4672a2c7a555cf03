//! What the person at the terminal sees. A closed terminal never stops the farm, so every failed
//! write is ignored.

use std::io::Write;

/// Says a line on standard output.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Says a line on standard error, with our name before it.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "clovers-local: {line}");
}
