//! `clovers-local servers -- CMD`: fresh servers for one command, gone when it ends.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};
use tempfile::TempDir;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::ServersSettings;
use crate::child::KeptChild;
use crate::data_folder::DataFolder;
use crate::interrupts::Interrupts;
use crate::private_servers::{
    Durability, FOREIGN_SETTINGS, Postgres, Redis, wait_for_postgres, wait_for_redis,
};
use crate::terminal::complain;

const PREFIX: &str = "clovers-servers-";

/// Runs the command between the start and the stop of fresh servers, and passes on how it ended.
pub(crate) async fn run(settings: &ServersSettings) -> Result<ExitCode> {
    let interrupts = Interrupts::listen()?;
    let (temporary, folder, postgres) = prepare(settings).await?;
    let redis = Redis::prepare(
        folder.path(),
        Durability::Throwaway,
        &settings.search_path.folders,
    )?;

    let mut running = Vec::new();
    let outcome = tokio::select! {
        ready = start(&folder, &postgres, &redis, &interrupts, &mut running) => ready,
        () = interrupts.stop.cancelled() => Err(anyhow::anyhow!("stopped while the servers started")),
    };
    let outcome = match outcome {
        Ok(()) => run_command(settings, &postgres, &redis, &interrupts).await,
        Err(error) => Err(error),
    };
    for child in running.into_iter().rev() {
        child.stop().await;
    }
    drop(folder);
    temporary.close().context("removing the servers' data")?;
    outcome
}

async fn start(
    folder: &DataFolder,
    postgres: &Postgres,
    redis: &Redis,
    interrupts: &Interrupts,
    running: &mut Vec<KeptChild>,
) -> Result<()> {
    for spec in [
        postgres.child(folder.log_file("postgres")?),
        redis.child(folder.log_file("redis")?),
    ] {
        running.push(KeptChild::start(
            spec,
            folder.children().clone(),
            interrupts.kill.clone(),
        ));
    }
    wait_for_postgres(postgres, &running[0]).await?;
    wait_for_redis(redis, &running[1]).await
}

async fn run_command(
    settings: &ServersSettings,
    postgres: &Postgres,
    redis: &Redis,
    interrupts: &Interrupts,
) -> Result<ExitCode> {
    let [program, args @ ..] = &*settings.command else {
        bail!("no command was given");
    };
    let mut command = Command::new(program);
    for name in FOREIGN_SETTINGS.iter().chain(&["CLOVERS_REDIS_PREFIX"]) {
        command.env_remove(name);
    }
    // In our own process group: a Ctrl-C at the terminal reaches the command as well as us.
    let mut child = command
        .args(args)
        .env("DATABASE_URL", postgres.url())
        .env("REDIS_URL", redis.url())
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    let told = CancellationToken::new();
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_code(status?)),
            () = interrupts.stop.cancelled(), if !told.is_cancelled() => {
                told.cancel();
                signal(pid, Signal::TERM);
            }
            () = interrupts.kill.cancelled() => {
                signal(pid, Signal::KILL);
                return Ok(exit_code(child.wait().await?));
            }
        }
    }
}

fn signal(pid: Option<Pid>, signal: Signal) {
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// As a shell would say it: the code, or 128 and the signal's number.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

/// A fresh folder with a Postgres in it, in the first temporary folder that the user Postgres
/// runs as can reach; what killed runs left behind there is cleared away first.
async fn prepare(settings: &ServersSettings) -> Result<(TempDir, DataFolder, Postgres)> {
    let mut refusal = None;
    for parent in [
        std::env::temp_dir(),
        PathBuf::from("/tmp"),
        PathBuf::from("/var/tmp"),
    ] {
        clear_leftovers(&parent);
        match prepare_in(&parent, settings).await {
            Ok(prepared) => return Ok(prepared),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.context("there is no temporary folder")?)
}

async fn prepare_in(
    parent: &Path,
    settings: &ServersSettings,
) -> Result<(TempDir, DataFolder, Postgres)> {
    let temporary = tempfile::Builder::new()
        .prefix(PREFIX)
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in(parent)
        .with_context(|| format!("making a folder in {}", parent.display()))?;
    let folder = DataFolder::open(temporary.path())?;
    let postgres = Postgres::prepare(
        folder.path(),
        Durability::Throwaway,
        &settings.search_path.folders,
    )
    .await?;
    Ok((temporary, folder, postgres))
}

/// Whether the folder's lock is old enough that its maker must have taken it, or died.
fn is_settled(folder: &Path) -> bool {
    fs::metadata(folder.join("lock"))
        .and_then(|lock| lock.modified())
        .is_ok_and(|made| {
            made.elapsed()
                .is_ok_and(|age| age > Duration::from_secs(10))
        })
}

/// Stops and removes the servers of runs that were killed: their folders carry our prefix, belong
/// to us, and nobody holds their lock.
fn clear_leftovers(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    let us = rustix::process::geteuid().as_raw();
    for entry in entries.flatten() {
        let path = entry.path();
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let ours =
            fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir() && found.uid() == us);
        if !named || !ours || !is_settled(&path) {
            continue;
        }
        if let Ok(folder) = DataFolder::open(&path) {
            let stopped = folder.children().stop_orphans();
            if fs::remove_dir_all(&path).is_ok() {
                complain(&format!(
                    "cleared away {}, which a killed run left{}",
                    path.display(),
                    if stopped.is_empty() {
                        String::new()
                    } else {
                        format!(" with {} running", stopped.join(" and "))
                    },
                ));
            }
        }
    }
}
