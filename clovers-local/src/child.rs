//! A child process that is kept running: started in a process group of its own, restarted with
//! backoff when it dies, stopped by a signal and, when that does not help, killed.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::data_folder::ChildList;
use crate::terminal::complain;

const FIRST_RESTART_DELAY: Duration = Duration::from_millis(250);
const LONGEST_RESTART_DELAY: Duration = Duration::from_secs(15);
/// A child that lived this long was healthy: its next restart is quick again.
const HEALTHY_AFTER: Duration = Duration::from_secs(30);

/// What to run and how to stop it.
#[derive(Clone, Debug)]
pub(crate) struct ChildSpec {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// Variables of ours that it must not see.
    pub(crate) hidden_env: &'static [&'static str],
    pub(crate) folder: Option<PathBuf>,
    pub(crate) account: Option<Account>,
    pub(crate) log: PathBuf,
    /// A part of its command line that no other program's has.
    pub(crate) needle: String,
    /// Asks it to stop cleanly.
    pub(crate) stop_signal: Signal,
    /// How long it may take to stop cleanly before it is killed.
    pub(crate) stop_grace: Duration,
    /// Children with a smaller rank stop first.
    pub(crate) stop_rank: u8,
    /// Ends it at once. Not always SIGKILL: Postgres' children are in groups of their own, and
    /// SIGQUIT makes it take them along.
    pub(crate) kill_signal: Signal,
}

impl ChildSpec {
    fn spawn(&self) -> Result<Child> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .with_context(|| format!("opening {}", self.log.display()))?;
        let mut command = Command::new(&self.program);
        for name in self.hidden_env {
            command.env_remove(name);
        }
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            // Straight into the file, without a pipe: the child survives our own death unharmed.
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))
    }

    /// The last lines of its log, for an error message.
    pub(crate) fn log_tail(&self) -> String {
        let text = read_end(&self.log, 8 << 10).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(12)..].join("\n  ");
        format!("the end of {}:\n  {tail}", self.log.display())
    }
}

fn read_end(path: &Path, bytes: u64) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

/// How a kept child is doing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    /// Its process now, if it runs.
    pub(crate) pid: Option<u32>,
    /// How often it ended without being asked.
    pub(crate) deaths: u32,
}

/// A child that is kept running until it is told to stop.
#[derive(Debug)]
pub(crate) struct KeptChild {
    spec: ChildSpec,
    stop: CancellationToken,
    restart: Arc<Notify>,
    condition: watch::Receiver<Condition>,
    keeper: JoinHandle<()>,
}

impl KeptChild {
    /// Starts it and keeps it. `kill`, once cancelled, ends it without grace.
    pub(crate) fn start(spec: ChildSpec, list: ChildList, kill: CancellationToken) -> KeptChild {
        let stop = CancellationToken::new();
        let restart = Arc::new(Notify::new());
        let (report, condition) = watch::channel(Condition::default());
        let orders = Orders {
            stop: stop.clone(),
            restart: restart.clone(),
            kill,
        };
        let keeper = tokio::spawn(keep(spec.clone(), list, report, orders));
        KeptChild {
            spec,
            stop,
            restart,
            condition,
            keeper,
        }
    }

    pub(crate) fn spec(&self) -> &ChildSpec {
        &self.spec
    }

    /// Whether it is one of our own binaries, not a server.
    pub(crate) fn is_service(&self) -> bool {
        self.spec.stop_rank <= 1
    }

    pub(crate) fn condition(&self) -> Condition {
        self.condition.borrow().clone()
    }

    /// Stops it and starts it again; does not wait.
    pub(crate) fn restart(&self) {
        self.restart.notify_one();
    }

    /// Asks it to stop; does not wait.
    pub(crate) fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let _ = self.keeper.await;
    }
}

/// What a keeper may be told.
#[derive(Debug)]
struct Orders {
    stop: CancellationToken,
    restart: Arc<Notify>,
    kill: CancellationToken,
}

async fn keep(spec: ChildSpec, list: ChildList, report: watch::Sender<Condition>, orders: Orders) {
    let mut delay = FIRST_RESTART_DELAY;
    while !orders.stop.is_cancelled() {
        let started = Instant::now();
        let ending = match spec.spawn() {
            Err(error) => format!("could not start ({error:#})"),
            Ok(mut child) => {
                let pid = child.id();
                if let Some(pid) = pid {
                    list.add(&spec, pid);
                }
                report.send_modify(|condition| condition.pid = pid);
                let ended = tokio::select! {
                    ended = child.wait() => ended,
                    () = orders.stop.cancelled() => {
                        end(&spec, &mut child, &orders.kill).await;
                        list.remove(spec.name);
                        return;
                    }
                    () = orders.restart.notified() => {
                        end(&spec, &mut child, &orders.kill).await;
                        list.remove(spec.name);
                        continue;
                    }
                };
                list.remove(spec.name);
                describe(ended)
            }
        };
        report.send_modify(|condition| {
            condition.pid = None;
            condition.deaths += 1;
        });
        if started.elapsed() >= HEALTHY_AFTER {
            delay = FIRST_RESTART_DELAY;
        }
        complain(&format!(
            "{} {ending}; starting it again in {} ms (its log: {})",
            spec.name,
            delay.as_millis(),
            spec.log.display(),
        ));
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = orders.stop.cancelled() => return,
        }
        delay = (delay * 2).min(LONGEST_RESTART_DELAY);
    }
}

/// Ends a running child: softly, then hard.
async fn end(spec: &ChildSpec, child: &mut Child, kill: &CancellationToken) {
    let Some(pid) = child.id().map(u32::cast_signed) else {
        return;
    };
    if !kill.is_cancelled() {
        signal_one(pid, spec.stop_signal);
        tokio::select! {
            _ = child.wait() => return,
            () = kill.cancelled() => {}
            () = tokio::time::sleep(spec.stop_grace) => {
                complain(&format!(
                    "{} did not stop within {} s; killing it",
                    spec.name,
                    spec.stop_grace.as_secs(),
                ));
            }
        }
    }
    if spec.kill_signal != Signal::KILL {
        signal_one(pid, spec.kill_signal);
        let _ = tokio::time::timeout(Duration::from_secs(2), child.wait()).await;
    }
    signal_group(pid, Signal::KILL);
    let _ = child.wait().await;
}

fn describe(ended: std::io::Result<ExitStatus>) -> String {
    match ended {
        Ok(status) => format!("ended by itself ({status})"),
        Err(error) => format!("was lost ({error})"),
    }
}

fn signal_one(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        // The process may just have ended; that is what was wanted.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Sends a signal to a process and all its group, which it leads.
pub(crate) fn signal_group(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}
