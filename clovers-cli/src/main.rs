//! The clovers renderer on the command line.

mod args;
mod commands;
mod image_file;
mod scene_file;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Render(args) => commands::render::run(&args),
        Command::Validate(args) => commands::validate::run(&args),
        Command::Info(args) => commands::info::run(&args),
        Command::Schema => commands::schema::run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
