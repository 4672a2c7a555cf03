//! `clovers-local up` with the real services beside it and the real servers of this machine.
//! The services must have been built: `cargo build --workspace --bins` (`./just test` does).

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// A farm in a folder and on a port of its own.
struct Farm {
    process: Child,
    folder: PathBuf,
}

impl Farm {
    fn start(folder: &Path) -> Farm {
        let process = command(folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("clovers-local starts");
        let farm = Farm {
            process,
            folder: folder.to_owned(),
        };
        // Until it has signed the lock, the folder may tell of an earlier farm.
        let signature = format!("process {},", farm.process.id());
        wait_until("the farm has claimed its folder", || {
            farm.lock().starts_with(&signature)
        });
        wait_until("all five children run and the API is ready", || {
            farm.children().len() == 5 && farm.is_ready()
        });
        farm
    }

    /// The pids of the children, by name.
    fn children(&self) -> HashMap<String, Pid> {
        let list = fs::read_to_string(self.folder.join("children")).unwrap_or_default();
        list.lines()
            .filter_map(|line| {
                let mut words = line.split(' ');
                let name = words.next()?.to_owned();
                Some((name, Pid::from_raw(words.next()?.parse().ok()?)?))
            })
            .collect()
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.folder.join("lock")).unwrap_or_default()
    }

    fn url(&self) -> String {
        let lock = self.lock();
        lock.trim()
            .rsplit(' ')
            .next()
            .expect("an address")
            .to_owned()
    }

    fn is_ready(&self) -> bool {
        let address = self.url().trim_start_matches("http://").to_owned();
        let Ok(mut stream) = TcpStream::connect(&address) else {
            return false;
        };
        let mut answer = String::new();
        let _ = write!(
            stream,
            "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        );
        let _ = stream.read_to_string(&mut answer);
        answer.starts_with("HTTP/1.1 200")
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("it runs");
    }

    /// Asks it to stop and returns its exit code and how long it took.
    fn stop(mut self) -> (Option<i32>, Duration) {
        let asked = Instant::now();
        self.signal(Signal::INT);
        let code = self.process.wait().expect("it ends").code();
        (code, asked.elapsed())
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            // A failed test: leave nothing running. The second signal kills.
            self.signal(Signal::INT);
            std::thread::sleep(Duration::from_millis(200));
            self.signal(Signal::INT);
            let _ = self.process.wait();
        }
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clovers-local"));
    command
        .arg("up")
        // Where the example scenes are.
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env("CLOVERS_DATA_DIR", folder)
        .env("CLOVERS_LISTEN_ADDRESS", "127.0.0.1:0")
        .env("CLOVERS_THREADS", "1")
        // The servers around the tests are not the farm's.
        .env_remove("DATABASE_URL")
        .env_remove("REDIS_URL")
        .env_remove("CLOVERS_UI_DIR");
    command
}

fn data_folder() -> TempDir {
    // Postgres' user must be able to pass when the tests run as root.
    tempfile::Builder::new()
        .prefix("clovers-farm-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir_in("/tmp")
        .expect("a temporary folder")
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG_ENOUGH;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn runs(pid: Pid) -> bool {
    // A zombie that nobody reaps has ended, too.
    test_kill_process(pid).is_ok()
        && fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).is_ok_and(|stat| {
            !stat
                .rsplit_once(") ")
                .is_some_and(|(_, rest)| rest.starts_with('Z'))
        })
}

#[test]
fn a_farm_becomes_ready_and_ctrl_c_leaves_nothing_running() {
    let folder = data_folder();
    let farm = Farm::start(folder.path());
    let children = farm.children();
    for name in ["postgres", "redis", "back", "batch", "preview"] {
        let pid = children[name];
        let group = rustix::process::getpgid(Some(pid)).expect("it runs");
        assert_eq!(group, pid, "{name} leads a process group of its own");
    }
    let (code, took) = farm.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(15), "stopping took {took:?}");
    for (name, pid) in children {
        assert!(!runs(pid), "{name} still runs");
    }
}

#[test]
fn a_second_start_keeps_the_data_and_is_quick() {
    let folder = data_folder();
    Farm::start(folder.path()).stop();
    let system = fs::metadata(folder.path().join("postgres/data/PG_VERSION"))
        .and_then(|version| version.modified())
        .expect("there is a database");
    let started = Instant::now();
    let farm = Farm::start(folder.path());
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        started.elapsed()
    );
    farm.stop();
    let system_then = fs::metadata(folder.path().join("postgres/data/PG_VERSION"))
        .and_then(|version| version.modified())
        .expect("there is a database");
    assert_eq!(system, system_then, "the database was made anew");
}

#[test]
fn a_second_farm_in_the_same_folder_is_told_where_the_first_runs() {
    let folder = data_folder();
    let farm = Farm::start(folder.path());
    let second = command(folder.path())
        .output()
        .expect("clovers-local starts");
    assert_eq!(second.status.code(), Some(1));
    let error = String::from_utf8_lossy(&second.stderr);
    assert!(error.contains(&farm.url()), "{error}");
    assert!(farm.is_ready(), "the first farm was disturbed");
    farm.stop();
}

#[test]
fn a_child_that_dies_is_started_again() {
    let folder = data_folder();
    let farm = Farm::start(folder.path());
    let before = farm.children();
    for name in ["batch", "redis", "back"] {
        kill_process(before[name], Signal::KILL).expect("it runs");
        wait_until("the child runs again", || {
            farm.children()
                .get(name)
                .is_some_and(|&pid| pid != before[name] && runs(pid))
        });
    }
    wait_until("the API is ready again", || farm.is_ready());
    farm.stop();
}

#[test]
fn what_a_killed_farm_left_running_is_stopped_by_the_next() {
    let folder = data_folder();
    let mut farm = Farm::start(folder.path());
    let orphans = farm.children();
    farm.signal(Signal::KILL);
    farm.process.wait().expect("it ends");
    assert!(
        orphans.values().all(|&pid| runs(pid)),
        "they outlive their parent"
    );
    let next = Farm::start(folder.path());
    for (name, pid) in orphans {
        assert!(!runs(pid), "{name} of the killed farm still runs");
    }
    assert_eq!(next.stop().0, Some(0));
}

#[test]
fn a_second_ctrl_c_kills_what_does_not_stop() {
    let folder = data_folder();
    let mut farm = Farm::start(folder.path());
    let children = farm.children();
    // A stopped process hears no SIGTERM.
    kill_process(children["batch"], Signal::STOP).expect("it runs");
    farm.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(500));
    assert!(runs(children["batch"]), "it was given time");
    farm.signal(Signal::INT);
    let asked = Instant::now();
    farm.process.wait().expect("it ends");
    assert!(
        asked.elapsed() < Duration::from_secs(4),
        "killing took {:?}",
        asked.elapsed()
    );
    for (name, pid) in children {
        wait_until(name.as_str(), || !runs(pid));
    }
}
