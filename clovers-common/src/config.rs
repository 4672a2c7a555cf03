//! Configuration: the only place that reads the environment. `.env.example` lists every variable.

use std::env;
use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use crate::domain::render_options::RenderLimits;

/// A variable that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set; see .env.example")]
    Missing(&'static str),
    #[error("{name}={value:?} is not usable: {reason}")]
    Unusable {
        name: &'static str,
        value: String,
        reason: String,
    },
}

/// Where Postgres is.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    pub url: String,
    pub max_connections: u32,
}

impl DatabaseConfig {
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            url: required("DATABASE_URL")?,
            max_connections: parsed("CLOVERS_DATABASE_CONNECTIONS")?.unwrap_or(10),
        })
    }
}

/// Where Redis is, and what stands before every key.
#[derive(Clone, Debug)]
pub struct QueueConfig {
    pub url: String,
    pub prefix: String,
}

impl QueueConfig {
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            url: required("REDIS_URL")?,
            prefix: text("CLOVERS_REDIS_PREFIX").unwrap_or_default(),
        })
    }
}

/// What the back needs beside the database and the queue.
#[derive(Clone, Debug)]
pub struct BackConfig {
    pub listen_address: SocketAddr,
    /// The built UI; without it the back serves the API alone.
    pub ui_dir: Option<PathBuf>,
    /// The example scenes and their meshes.
    pub scenes_dir: PathBuf,
    pub limits: RenderLimits,
}

impl BackConfig {
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut limits = RenderLimits::default();
        if let Some(bytes) = parsed("CLOVERS_MAX_BODY_BYTES")? {
            limits.max_body_bytes = bytes;
        }
        Ok(Self {
            listen_address: parsed("CLOVERS_LISTEN_ADDRESS")?
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            ui_dir: text("CLOVERS_UI_DIR").map(PathBuf::from),
            scenes_dir: text("CLOVERS_SCENES_DIR")
                .map_or_else(|| PathBuf::from("scenes"), PathBuf::from),
            limits,
        })
    }
}

/// What a worker needs beside the database and the queue.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Render threads; all cores by default.
    pub threads: usize,
    /// What the queue page calls this machine.
    pub host: String,
}

impl WorkerConfig {
    pub fn from_env() -> Result<Self, ConfigError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            threads: parsed::<NonZeroUsize>("CLOVERS_THREADS")?.map_or(cores, NonZeroUsize::get),
            host: host(),
        })
    }
}

/// Where a process serves its health and metrics; unset means nowhere.
pub fn metrics_address() -> Result<Option<SocketAddr>, ConfigError> {
    parsed("CLOVERS_METRICS_ADDRESS")
}

/// How a process writes its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// The log's format and its filter directives.
pub fn log() -> Result<(LogFormat, String), ConfigError> {
    let format = match text("CLOVERS_LOG_FORMAT").as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(other) => {
            return Err(ConfigError::Unusable {
                name: "CLOVERS_LOG_FORMAT",
                value: other.to_owned(),
                reason: "it must be `text` or `json`".to_owned(),
            });
        }
    };
    Ok((
        format,
        text("RUST_LOG").unwrap_or_else(|| "info".to_owned()),
    ))
}

fn host() -> String {
    text("HOSTNAME").unwrap_or_else(|| {
        rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned()
    })
}

fn required(name: &'static str) -> Result<String, ConfigError> {
    text(name).ok_or(ConfigError::Missing(name))
}

fn parsed<T: FromStr<Err: Display>>(name: &'static str) -> Result<Option<T>, ConfigError> {
    text(name)
        .map(|value| {
            value
                .parse()
                .map_err(|error: T::Err| ConfigError::Unusable {
                    name,
                    value,
                    reason: error.to_string(),
                })
        })
        .transpose()
}

/// A variable that is set and not empty: compose passes unset ones as empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
