//! `clovers-local servers -- CMD` with the real Postgres and Redis of this machine.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

fn servers() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clovers-local"));
    command.args(["servers", "--"]);
    command
}

/// Runs a shell line between private servers.
fn run(line: &str) -> Output {
    servers()
        .args(["sh", "-c", line])
        .output()
        .expect("clovers-local starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The folder of the servers, out of a line `DATABASE_URL`.
fn socket_folder(url: &str) -> &Path {
    let (_, folder) = url.split_once("?host=").expect("a unix socket");
    Path::new(folder)
}

#[test]
fn a_command_finds_both_servers_in_its_environment() {
    // Postgres and Redis speak different languages; that the sockets are there and accept is
    // enough, since clovers-local waited until both answered.
    let output = run(
        r#"test -S "${DATABASE_URL#*\?host=}/.s.PGSQL.54320" && test -S "${REDIS_URL#unix://}" && echo both"#,
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(said(&output), "both");
}

#[test]
fn the_users_own_servers_are_ignored() {
    let output = servers()
        .args([
            "sh",
            "-c",
            "echo $DATABASE_URL $REDIS_URL $PGHOST $CLOVERS_REDIS_PREFIX",
        ])
        .env("DATABASE_URL", "postgres://the-users-own")
        .env("REDIS_URL", "redis://the-users-own")
        .env("PGHOST", "the-users-own")
        .env("CLOVERS_REDIS_PREFIX", "the-users-own")
        .output()
        .expect("clovers-local starts");
    assert!(!said(&output).contains("the-users-own"), "{output:?}");
}

#[test]
fn the_exit_code_of_the_command_is_passed_on() {
    assert_eq!(run("exit 7").status.code(), Some(7));
    assert_eq!(run("kill -TERM $$").status.code(), Some(128 + 15));
}

#[test]
fn nothing_is_left_when_the_command_ends() {
    let output = run("echo $DATABASE_URL");
    let url = said(&output);
    let folder = socket_folder(&url);
    assert!(folder.is_absolute(), "{output:?}");
    assert!(!folder.exists(), "{} is still there", folder.display());
}

#[test]
fn two_commands_at_once_have_servers_of_their_own() {
    let threads = [(); 2].map(|()| {
        std::thread::spawn(|| {
            let output = run("echo $DATABASE_URL; sleep 0.5");
            assert!(output.status.success(), "{output:?}");
            said(&output)
        })
    });
    let both = threads.map(|thread| thread.join().expect("it ran"));
    assert_ne!(both[0], both[1]);
}

#[test]
fn an_unknown_command_is_named() {
    let output = servers()
        .arg("no-such-program-of-clovers")
        .output()
        .expect("clovers-local starts");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("no-such-program-of-clovers"), "{error}");
}

#[test]
fn a_signal_is_handed_to_the_command_and_the_servers_stop() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let note = folder.path().join("url");
    let mut child = servers()
        .args(["sh", "-c", r#"trap 'exit 9' TERM; echo $DATABASE_URL >"$0.new"; mv "$0.new" "$0"; while :; do sleep 0.05; done"#])
        .arg(&note)
        .spawn()
        .expect("clovers-local starts");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !note.exists() {
        assert!(Instant::now() < deadline, "the command never ran");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(9));
    let url = std::fs::read_to_string(&note).expect("the command wrote it");
    assert!(!socket_folder(url.trim()).exists());
}
