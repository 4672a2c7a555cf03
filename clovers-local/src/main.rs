//! The whole farm on one machine, without containers: private Postgres and Redis, the API, one
//! batch worker with all cores and one preview worker, as child processes behind one URL.
//!
//! What this crate does not do: it renders nothing, speaks neither SQL nor Redis' language beyond
//! one `PING`, and knows the services only by their binaries' names, their environment variables
//! and `/readyz`. It builds without the rest of the workspace, because `just sqlx-prepare` needs
//! its servers in order to compile the rest.

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

mod account;
mod child;
mod data_folder;
mod farm;
mod interrupts;
mod log_lines;
mod private_servers;
mod servers;
mod terminal;

#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: UpSettings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the whole farm, watch it, stop it on Ctrl-C (the default)
    Up(UpSettings),
    /// Run a command with fresh, throwaway Postgres and Redis servers of its own
    ///
    /// The command finds them in `DATABASE_URL` and `REDIS_URL`, whatever these were before. The
    /// servers and their data are gone when it ends; its exit code is passed on.
    Servers(ServersSettings),
}

const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";
const DEFAULT_DATA_DIR: &str = ".clovers";
const DEFAULT_UI_DIR: &str = "clovers-front/dist";

/// Where the farm listens, keeps its data and finds its servers.
#[derive(Debug, Args)]
struct UpSettings {
    /// Address of the API and the UI; port 0 picks a free one
    #[arg(long, env = "CLOVERS_LISTEN_ADDRESS", value_parser = listen_address, default_value = DEFAULT_ADDRESS)]
    listen_address: SocketAddr,
    /// Folder of the private servers' data, the logs and the lock
    #[arg(long, env = "CLOVERS_DATA_DIR", value_parser = data_dir, default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
    /// Use this Postgres instead of a private one
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Use this Redis instead of a private one
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// The built UI, served by the API
    #[arg(long, env = "CLOVERS_UI_DIR", value_parser = ui_dir, default_value = DEFAULT_UI_DIR)]
    ui_dir: PathBuf,
    /// Show every log line on the terminal, not only warnings and errors
    #[arg(long, short)]
    verbose: bool,
    /// Restart a service when its binary is built anew
    #[arg(long)]
    reload: bool,
    #[command(flatten)]
    search_path: SearchPath,
}

#[derive(Debug, Args)]
struct ServersSettings {
    /// The command and its arguments
    #[arg(required = true, last = true, value_name = "CMD")]
    command: Vec<OsString>,
    #[command(flatten)]
    search_path: SearchPath,
}

/// Where programs are looked for, as the shell does it.
#[derive(Debug, Args)]
struct SearchPath {
    #[arg(long = "search-path", env = "PATH", default_value = "", hide = true)]
    folders: OsString,
}

/// An empty variable counts as unset, as everywhere in clovers.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let text = if text.is_empty() {
        DEFAULT_ADDRESS
    } else {
        text
    };
    text.parse()
        .map_err(|_| "it must be an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

fn data_dir(text: &str) -> Result<PathBuf, Infallible> {
    Ok(PathBuf::from(if text.is_empty() {
        DEFAULT_DATA_DIR
    } else {
        text
    }))
}

fn ui_dir(text: &str) -> Result<PathBuf, Infallible> {
    Ok(PathBuf::from(if text.is_empty() {
        DEFAULT_UI_DIR
    } else {
        text
    }))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("the async runtime starts");
    let outcome = runtime.block_on(async {
        match cli.command {
            None => farm::up(&cli.up).await,
            Some(Command::Up(settings)) => farm::up(&settings).await,
            Some(Command::Servers(settings)) => servers::run(&settings).await,
        }
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
