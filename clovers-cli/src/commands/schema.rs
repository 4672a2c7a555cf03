//! `clovers-cli schema`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clovers::scene::scene_schema;

pub(crate) fn run() -> Result<ExitCode> {
    let text = serde_json::to_string_pretty(&scene_schema()).context("cannot write the schema")?;
    writeln!(io::stdout(), "{text}").context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}
