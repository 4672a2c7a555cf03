//! The folder that holds everything one farm keeps on disk, and the claim on it: a lock held
//! while a farm runs, and the list of its child processes, so that the children of a killed
//! `clovers-local` are found again.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

use crate::child::{ChildSpec, signal_group};

/// How long an orphan may take to stop before it is killed.
const ORPHAN_GRACE: Duration = Duration::from_secs(15);

/// An open data folder. While it lives, no other process can open the same one.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    lock: File,
    children: ChildList,
}

impl DataFolder {
    /// Opens the folder, making it if needed.
    ///
    /// # Errors
    /// When another process holds it: the message names that process and its address.
    pub(crate) fn open(path: &Path) -> Result<DataFolder> {
        if !path.exists() {
            fs::create_dir_all(path)
                .with_context(|| format!("making the folder {}", path.display()))?;
            // Ours, made just now: other users may pass through it, whatever the umask, because
            // Postgres runs as one of them when we are root.
            fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        }
        let path = path
            .canonicalize()
            .with_context(|| format!("finding the folder {}", path.display()))?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .with_context(|| format!("opening the lock in {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = lock.read_to_string(&mut holder);
                let holder = holder.trim();
                bail!(
                    "a farm already runs in {}: {}\nStop that one (Ctrl-C there), or start another beside it with a folder and an address of its own:\n  CLOVERS_DATA_DIR=.clovers-2 CLOVERS_LISTEN_ADDRESS=127.0.0.1:0 ./just up",
                    path.display(),
                    if holder.is_empty() {
                        "it is just starting"
                    } else {
                        holder
                    },
                );
            }
            Err(fs::TryLockError::Error(error)) => {
                return Err(error).context("locking the data folder");
            }
        }
        // What the last holder wrote is no longer true.
        lock.set_len(0)?;
        let children = ChildList::read(path.join("children"));
        Ok(DataFolder {
            path,
            lock,
            children,
        })
    }

    /// Its absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The list of this folder's child processes.
    pub(crate) fn children(&self) -> &ChildList {
        &self.children
    }

    /// Writes into the lock file who we are, for the next who tries to open the folder.
    pub(crate) fn sign_lock(&mut self, address: &str) -> Result<()> {
        self.lock.set_len(0)?;
        self.lock.rewind()?;
        writeln!(self.lock, "process {}, {address}", std::process::id())?;
        Ok(())
    }

    /// The log file of the child called `name`; an earlier one larger than 16 MiB is set aside.
    pub(crate) fn log_file(&self, name: &str) -> Result<PathBuf> {
        let logs = self.path.join("logs");
        fs::create_dir_all(&logs)?;
        let log = logs.join(format!("{name}.log"));
        if fs::metadata(&log).is_ok_and(|log| log.len() > 16 << 20) {
            fs::rename(&log, logs.join(format!("{name}.old.log")))?;
        }
        Ok(log)
    }
}

/// The child processes that run for a data folder, kept in a file so that they can be found again
/// when their parent was killed.
#[derive(Clone, Debug)]
pub(crate) struct ChildList {
    file: PathBuf,
    entries: Arc<Mutex<BTreeMap<String, Entry>>>,
}

/// One line of the list. A process counts as ours only if its start time and its command line
/// match too, since numbers are used again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    pid: i32,
    started: u64,
    stop_signal: i32,
    stop_rank: u8,
    needle: String,
}

impl ChildList {
    fn read(file: PathBuf) -> ChildList {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let entries = text.lines().filter_map(parse_line).collect();
        ChildList {
            file,
            entries: Arc::new(Mutex::new(entries)),
        }
    }

    /// Notes that `spec` now runs as process `pid`.
    pub(crate) fn add(&self, spec: &ChildSpec, pid: u32) {
        let pid = pid.cast_signed();
        let entry = Entry {
            pid,
            started: process_start(pid).unwrap_or(0),
            stop_signal: spec.stop_signal.as_raw(),
            stop_rank: spec.stop_rank,
            needle: spec.needle.clone(),
        };
        self.change(|entries| {
            entries.insert(spec.name.to_owned(), entry);
        });
    }

    /// Notes that the child called `name` has ended.
    pub(crate) fn remove(&self, name: &str) {
        self.change(|entries| {
            entries.remove(name);
        });
    }

    /// Stops what an earlier `clovers-local` left running, in the order in which it would have;
    /// returns the names of what it stopped. Blocks.
    pub(crate) fn stop_orphans(&self) -> Vec<String> {
        let entries = self
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut orphans: Vec<(String, Entry)> = entries
            .into_iter()
            .filter(|(_, entry)| entry.runs())
            .collect();
        orphans.sort_by_key(|(_, entry)| entry.stop_rank);
        for (_, orphan) in &orphans {
            let (Some(pid), Some(stop)) = (
                Pid::from_raw(orphan.pid),
                Signal::from_named_raw(orphan.stop_signal),
            ) else {
                continue;
            };
            let _ = rustix::process::kill_process(pid, stop);
            let deadline = Instant::now() + ORPHAN_GRACE;
            while orphan.runs() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
            if orphan.runs() {
                signal_group(orphan.pid, Signal::KILL);
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        self.change(BTreeMap::clear);
        orphans.into_iter().map(|(name, _)| name).collect()
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Entry>)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut entries);
        let text: String = entries
            .iter()
            .map(|(name, entry)| format_line(name, entry))
            .collect();
        let fresh = self.file.with_extension("new");
        // A lost note costs only the search for orphans; it must not stop a running farm.
        let _ = write_private(&fresh, &text).and_then(|()| fs::rename(&fresh, &self.file));
    }
}

impl Entry {
    fn runs(&self) -> bool {
        process_start(self.pid).is_some_and(|started| started == self.started)
            && command_line(self.pid).is_some_and(|line| line.contains(&self.needle))
    }
}

fn format_line(name: &str, entry: &Entry) -> String {
    let Entry {
        pid,
        started,
        stop_signal,
        stop_rank,
        needle,
    } = entry;
    format!("{name} {pid} {started} {stop_signal} {stop_rank} {needle}\n")
}

fn parse_line(line: &str) -> Option<(String, Entry)> {
    let mut words = line.splitn(6, ' ');
    let name = words.next()?.to_owned();
    let entry = Entry {
        pid: words.next()?.parse().ok().filter(|&pid| pid > 1)?,
        started: words.next()?.parse().ok()?,
        stop_signal: words.next()?.parse().ok()?,
        stop_rank: words.next()?.parse().ok()?,
        needle: words.next().filter(|needle| !needle.is_empty())?.to_owned(),
    };
    Some((name, entry))
}

/// When the process started, in the kernel's ticks since boot; `None` when it is gone or a zombie.
fn process_start(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn command_line(pid: i32) -> Option<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
}

/// Writes a file that only its owner reads: it may hold a URL with a password.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_child_list_reads_back_as_written() {
        let entry = Entry {
            pid: 4711,
            started: 99,
            stop_signal: 15,
            stop_rank: 2,
            needle: "/a folder/clovers-back".to_owned(),
        };
        let line = format_line("back", &entry);
        assert_eq!(
            parse_line(line.trim_end()),
            Some(("back".to_owned(), entry))
        );
    }

    #[test]
    fn a_broken_line_of_the_child_list_is_skipped() {
        for line in [
            "",
            "back",
            "back x 1 15 0 n",
            "back 1 1 15 0 init",
            "back 0 1 15 0 all",
            "back 12 1 15 0 ",
        ] {
            assert_eq!(parse_line(line), None, "{line:?}");
        }
    }

    #[test]
    fn a_process_is_ours_only_with_its_start_time_and_command_line() {
        let pid = std::process::id().cast_signed();
        let started = process_start(pid).expect("we run");
        let entry = |started, needle: &str| Entry {
            pid,
            started,
            stop_signal: 15,
            stop_rank: 0,
            needle: needle.to_owned(),
        };
        let us = command_line(pid).expect("we run");
        assert!(entry(started, us.split(' ').next().expect("a program")).runs());
        assert!(!entry(started + 1, "").runs());
        assert!(!entry(started, "a program of another name").runs());
    }

    #[test]
    fn a_second_opening_of_the_folder_names_the_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut first = DataFolder::open(folder.path()).expect("it is free");
        first
            .sign_lock("http://127.0.0.1:9999")
            .expect("it is ours");
        let refusal = DataFolder::open(folder.path())
            .expect_err("it is taken")
            .to_string();
        assert!(refusal.contains("http://127.0.0.1:9999"), "{refusal}");
        assert!(
            refusal.contains(&format!("process {}", std::process::id())),
            "{refusal}"
        );
        drop(first);
        DataFolder::open(folder.path()).expect("it is free again");
    }
}
