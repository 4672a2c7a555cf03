//! The services' log files on the terminal: new lines as they come, the important ones only.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use crate::terminal::say;

const POLL: Duration = Duration::from_millis(150);

/// Follows one log file from its present end.
#[derive(Debug)]
pub(crate) struct LogFollower {
    name: &'static str,
    path: PathBuf,
    offset: u64,
    unfinished: Vec<u8>,
    verbose: bool,
}

impl LogFollower {
    pub(crate) fn new(name: &'static str, path: PathBuf, verbose: bool) -> LogFollower {
        let offset = path.metadata().map_or(0, |log| log.len());
        LogFollower {
            name,
            path,
            offset,
            unfinished: Vec::new(),
            verbose,
        }
    }

    /// Says each new line, until the task is aborted.
    pub(crate) async fn follow(mut self) {
        loop {
            tokio::time::sleep(POLL).await;
            for line in self.new_lines().unwrap_or_default() {
                if self.verbose || is_important(&line) {
                    say(&format!("{:8}| {}", self.name, without_time(&line)));
                }
            }
        }
    }

    fn new_lines(&mut self) -> std::io::Result<Vec<String>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        // A flood of lines is read over several rounds.
        let read = file.take(1 << 20).read_to_end(&mut self.unfinished)?;
        self.offset += read as u64;
        let Some(end) = self.unfinished.iter().rposition(|&byte| byte == b'\n') else {
            return Ok(Vec::new());
        };
        let rest = self.unfinished.split_off(end + 1);
        let text = std::mem::replace(&mut self.unfinished, rest);
        Ok(String::from_utf8_lossy(&text)
            .lines()
            .map(without_colours)
            .collect())
    }
}

/// A line without the colours that a terminal would show.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, escaped)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = escaped
            .find(|character: char| character.is_ascii_alphabetic())
            .map_or("", |end| &escaped[end + 1..]);
    }
    plain + rest
}

/// Everything but what is plainly of level INFO or lower; so a panic's lines are important.
fn is_important(line: &str) -> bool {
    const QUIET: [&str; 3] = ["INFO", "DEBUG", "TRACE"];
    if line.starts_with('{') {
        return !QUIET
            .iter()
            .any(|level| line.contains(&format!("\"level\":\"{level}\"")));
    }
    !line
        .split_ascii_whitespace()
        .take(2)
        .any(|word| QUIET.contains(&word))
}

fn without_time(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if time.ends_with('Z') && time.contains('T') && time.contains(':') => {
            rest.trim_start()
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_low_levels_are_unimportant() {
        for (line, important) in [
            (
                "2026-01-01T00:00:00.1Z  INFO clovers_back: Listening",
                false,
            ),
            (
                "2026-01-01T00:00:00.1Z  WARN clovers_back: INFO is missing",
                true,
            ),
            ("thread 'main' panicked at src/main.rs:1:1:", true),
            (r#"{"timestamp":"x","level":"DEBUG","message":"m"}"#, false),
            (r#"{"timestamp":"x","level":"ERROR","message":"m"}"#, true),
            ("", true),
        ] {
            assert_eq!(is_important(line), important, "{line}");
        }
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(
            without_colours("\u{1b}[2mtime\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m said"),
            "time  INFO said"
        );
        assert_eq!(without_colours("plain"), "plain");
        assert_eq!(without_colours("cut \u{1b}[3"), "cut ");
    }

    #[test]
    fn lines_come_whole_even_when_written_in_pieces() {
        use std::io::Write;
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        let mut follower = LogFollower::new("back", file.path().to_owned(), true);
        for (written, expected) in [
            ("one\ntw", vec!["one"]),
            ("o", vec![]),
            ("\n\n", vec!["two", ""]),
        ] {
            file.write_all(written.as_bytes()).expect("it is writable");
            assert_eq!(follower.new_lines().expect("it is readable"), expected);
        }
    }
}
