//! The side of the benchmark that is written in Rust: it does what it is told on standard input.
//!
//! A line in is a [`commands::Command`] in JSON, a line out its answer, with `error` in it when
//! it failed. Large arrays travel as files of little-endian `f32` or `u32`. So the driver,
//! `bench.py`, can let this engine and its peers take turns.

mod arrays;
mod commands;
mod engine;
mod export;
mod meshes;
mod noise;
mod random;
mod rays;
mod resources;

use std::io::{self, BufRead, Write};

use anyhow::Result;
use serde_json::{Value, json};

use crate::commands::Bench;

fn main() -> Result<()> {
    let mut bench = Bench::default();
    for line in io::stdin().lock().lines() {
        let answer = answer(&mut bench, &line?);
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(bench: &mut Bench, line: &str) -> Value {
    let outcome = serde_json::from_str(line)
        .map_err(anyhow::Error::from)
        .and_then(|command| bench.run(command));
    outcome.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }))
}
