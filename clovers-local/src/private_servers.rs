//! Postgres and Redis as child processes of our own: found, initialised, started, reached through
//! unix sockets in folders that only their user may enter, so that no port is taken and nobody
//! else on the machine can talk to them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::process::Signal;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::Command;

use crate::account::Account;
use crate::child::{ChildSpec, KeptChild};
use crate::terminal::complain;

/// Longest path of a unix socket: `sockaddr_un` holds 108 bytes with the closing zero.
const LONGEST_SOCKET_PATH: usize = 107;
/// Only names the socket file; nothing listens on this port.
const POSTGRES_PORT: u16 = 54320;
const DATABASE: &str = "clovers";

/// What would change how a client talks to our Postgres: libpq's variables, which sqlx reads too.
pub(crate) const FOREIGN_SETTINGS: &[&str] = &[
    "PGAPPNAME",
    "PGDATABASE",
    "PGHOST",
    "PGHOSTADDR",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGSERVICE",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGUSER",
];
const POLL: Duration = Duration::from_millis(20);

/// Whether the servers' data must outlive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A farm's data.
    Kept,
    /// Data of one command, thrown away after it: no syncing, many connections for parallel tests.
    Throwaway,
}

/// A private Postgres, initialised and ready to be started.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    home: PathBuf,
    socket_folder: PathBuf,
    account: Option<Account>,
    durability: Durability,
}

impl Postgres {
    /// Finds Postgres, and makes and initialises its data below `folder`, or elsewhere when the
    /// user it must run as cannot reach that.
    pub(crate) async fn prepare(
        folder: &Path,
        durability: Durability,
        search_path: &OsStr,
    ) -> Result<Postgres> {
        let account = Account::for_postgres()?;
        let home = postgres_home(folder, account.as_ref(), durability).await?;
        let data = home.join("data");
        let programs = find_postgres(search_path, data_version(&data)?).await?;
        let socket_folder = socket_folder(
            &home.join("run"),
            &format!(".s.PGSQL.{POSTGRES_PORT}"),
            account.as_ref(),
        )?;
        let postgres = Postgres {
            programs,
            home,
            socket_folder,
            account,
            durability,
        };
        if !data.join("PG_VERSION").exists() {
            postgres.initialise(&data).await?;
        }
        Ok(postgres)
    }

    /// Where the services find it.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://{DATABASE}@localhost:{POSTGRES_PORT}/{DATABASE}?host={}",
            percent_encode(&self.socket_folder),
        )
    }

    /// The folder that holds its data.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// How to run it.
    pub(crate) fn child(&self, log: PathBuf) -> ChildSpec {
        let data = self.home.join("data");
        let mut args: Vec<OsString> = vec!["-D".into(), data.clone().into()];
        // A list in which quotes keep commas and spaces; a quote itself is doubled.
        let socket_folder = self.socket_folder.to_string_lossy().replace('"', "\"\"");
        let socket_setting = format!("unix_socket_directories=\"{socket_folder}\"").into();
        let mut settings: Vec<OsString> = vec![
            socket_setting,
            format!("port={POSTGRES_PORT}").into(),
            "listen_addresses=".into(),
            "unix_socket_permissions=0700".into(),
        ];
        settings.extend(
            match self.durability {
                Durability::Kept => &["max_connections=200"][..],
                Durability::Throwaway => &[
                    "max_connections=400",
                    "fsync=off",
                    "synchronous_commit=off",
                    "full_page_writes=off",
                    "wal_level=minimal",
                    "max_wal_senders=0",
                    "autovacuum_naptime=1h",
                ],
            }
            .iter()
            .map(OsString::from),
        );
        for setting in settings {
            args.extend(["-c".into(), setting]);
        }
        ChildSpec {
            name: "postgres",
            program: self.programs.join("postgres"),
            args,
            env: vec![("HOME", self.home.clone().into())],
            hidden_env: &[],
            folder: Some(self.home.clone()),
            account: self.account.clone(),
            log,
            needle: data.to_string_lossy().into_owned(),
            // "Fast": open transactions are rolled back, data is written, no waiting for clients.
            stop_signal: Signal::INT,
            stop_grace: Duration::from_secs(30),
            stop_rank: 4,
            kill_signal: Signal::QUIT,
        }
    }

    /// Whether the server that runs as process `pid` accepts connections.
    fn is_ready(&self, pid: u32) -> bool {
        // The server keeps its process number in the first line of this file and its state in
        // the eighth.
        let Ok(text) = fs::read_to_string(self.home.join("data/postmaster.pid")) else {
            return false;
        };
        let mut lines = text.lines();
        lines
            .next()
            .is_some_and(|line| line.trim() == pid.to_string())
            && lines.nth(6).is_some_and(|line| line.trim() == "ready")
    }

    /// Makes a new database cluster with an empty database. It appears whole or not at all.
    async fn initialise(&self, data: &Path) -> Result<()> {
        let fresh = self.home.join("data.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh)
                .with_context(|| format!("removing the unfinished {}", fresh.display()))?;
        }
        let mut initdb = self.tool("initdb");
        initdb
            .args([
                "--username",
                DATABASE,
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--no-locale",
                "--pgdata",
            ])
            .arg(&fresh);
        if self.durability == Durability::Throwaway {
            initdb.arg("--no-sync");
        }
        run(initdb, None)
            .await
            .context("making the database cluster with initdb")?;
        let mut single = self.tool("postgres");
        single
            .args(["--single", "-c", "exit_on_error=true", "-D"])
            .arg(&fresh)
            .arg("postgres");
        if self.durability == Durability::Throwaway {
            single.args(["-c", "fsync=off"]);
        }
        run(single, Some(format!("create database {DATABASE}\n")))
            .await
            .context("making the database")?;
        fs::rename(&fresh, data)?;
        Ok(())
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .current_dir(&self.home)
            .env("HOME", &self.home)
            .kill_on_drop(true)
            .process_group(0);
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }
}

/// A private Redis, ready to be started.
#[derive(Debug)]
pub(crate) struct Redis {
    program: PathBuf,
    home: PathBuf,
    socket: PathBuf,
    durability: Durability,
}

impl Redis {
    /// Finds Redis and makes its data folder below `folder`.
    pub(crate) fn prepare(
        folder: &Path,
        durability: Durability,
        search_path: &OsStr,
    ) -> Result<Redis> {
        let program = std::env::split_paths(search_path)
            .flat_map(|folder| ["redis-server", "valkey-server"].map(|name| folder.join(name)))
            .find(|program| program.is_file())
            .context(
                "there is no redis-server on this machine; on Debian: apt-get install redis-server",
            )?;
        let home = folder.join("redis");
        fs::create_dir_all(&home).with_context(|| format!("making {}", home.display()))?;
        let socket = socket_folder(&home.join("run"), "redis.sock", None)?.join("redis.sock");
        Ok(Redis {
            program,
            home,
            socket,
            durability,
        })
    }

    /// Where the services find it.
    pub(crate) fn url(&self) -> String {
        format!("unix://{}", percent_encode(&self.socket))
    }

    /// How to run it.
    pub(crate) fn child(&self, log: PathBuf) -> ChildSpec {
        let mut args: Vec<OsString> = vec![
            "--port".into(),
            "0".into(),
            "--unixsocket".into(),
            self.socket.clone().into(),
            "--unixsocketperm".into(),
            "700".into(),
            "--dir".into(),
            self.home.clone().into(),
            // Its command line stays as we gave it, so that an orphan is recognised.
            "--set-proc-title".into(),
            "no".into(),
        ];
        match self.durability {
            Durability::Kept => args.extend(["--save".into(), "60 1".into()]),
            Durability::Throwaway => args.extend(["--save".into(), "".into()]),
        }
        ChildSpec {
            name: "redis",
            program: self.program.clone(),
            args,
            env: Vec::new(),
            hidden_env: &[],
            folder: Some(self.home.clone()),
            account: None,
            log,
            needle: self.socket.to_string_lossy().into_owned(),
            // Saves first where `--save` is on.
            stop_signal: Signal::TERM,
            stop_grace: Duration::from_secs(30),
            stop_rank: 3,
            kill_signal: Signal::KILL,
        }
    }

    async fn is_ready(&self) -> bool {
        let ping = async {
            let mut stream = UnixStream::connect(&self.socket).await?;
            stream.write_all(b"PING\r\n").await?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer).await?;
            Ok::<_, std::io::Error>(&answer == b"+PONG")
        };
        matches!(
            tokio::time::timeout(Duration::from_secs(1), ping).await,
            Ok(Ok(true))
        )
    }
}

/// Waits until Postgres accepts connections.
///
/// # Errors
/// When it ends before that, with the end of its log.
pub(crate) async fn wait_for_postgres(postgres: &Postgres, child: &KeptChild) -> Result<()> {
    loop {
        let condition = child.condition();
        if condition.pid.is_some_and(|pid| postgres.is_ready(pid)) {
            return Ok(());
        }
        // Two tries: after a crash the first may meet what is left of the old server.
        ensure!(
            condition.deaths < 2,
            "Postgres does not start; {}",
            child.spec().log_tail()
        );
        tokio::time::sleep(POLL).await;
    }
}

/// Waits until Redis answers.
///
/// # Errors
/// When it ends before that, with the end of its log.
pub(crate) async fn wait_for_redis(redis: &Redis, child: &KeptChild) -> Result<()> {
    while !redis.is_ready().await {
        ensure!(
            child.condition().deaths < 2,
            "Redis does not start; {}",
            child.spec().log_tail()
        );
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// A short name for a path, the same every time.
pub(crate) fn path_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    hex::encode(&digest[..8])
}

/// The folder for Postgres' data, owned by the user it runs as: `folder`/postgres, or, when that
/// user cannot reach this, one under /var/lib/clovers. Nothing of the user's own is changed.
async fn postgres_home(
    folder: &Path,
    account: Option<&Account>,
    durability: Durability,
) -> Result<PathBuf> {
    let near = folder.join("postgres");
    let Some(account) = account else {
        fs::create_dir_all(&near).with_context(|| format!("making {}", near.display()))?;
        return Ok(near);
    };
    let note = folder.join("postgres-data-is-in");
    let noted = fs::read_to_string(&note)
        .ok()
        .map(|text| PathBuf::from(text.trim_end()));
    if noted.is_none() {
        match make_owned_folder(&near, account) {
            Ok(()) if account.can_work_in(&near).await => return Ok(near),
            outcome => {
                // It may only be removed if it is empty, so this cannot cost data.
                let _ = fs::remove_dir(&near);
                ensure!(
                    !near.exists(),
                    "the user {} cannot work in {}, which holds data; let it pass through the folders above",
                    account.name,
                    near.display(),
                );
                if durability == Durability::Throwaway {
                    bail!(
                        "the user {} cannot work in {}",
                        account.name,
                        folder.display()
                    );
                }
                if let Err(error) = outcome {
                    complain(&format!(
                        "{} cannot be given to {}: {error:#}",
                        near.display(),
                        account.name
                    ));
                }
            }
        }
    }
    // The note goes with the data folder when that is moved.
    let far = noted
        .clone()
        .unwrap_or_else(|| Path::new("/var/lib/clovers").join(path_hash(folder)));
    if noted.is_none() && far.exists() {
        // Left by an earlier data folder at the same place: the new one begins afresh.
        let aside = (1..)
            .map(|number| far.with_extension(format!("old{number}")))
            .find(|path| !path.exists())
            .expect("some number is free");
        fs::rename(&far, &aside)?;
        complain(&format!(
            "set earlier data of this folder aside: {}",
            aside.display()
        ));
    }
    fs::create_dir_all("/var/lib/clovers").context("making /var/lib/clovers")?;
    make_owned_folder(&far, account)?;
    ensure!(
        account.can_work_in(&far).await,
        "the user {} can work neither in {} nor in {}",
        account.name,
        near.display(),
        far.display(),
    );
    if noted.is_none() {
        fs::write(&note, format!("{}\n", far.display()))?;
        complain(&format!(
            "Postgres runs as {}, who cannot reach {}; its data is in {}",
            account.name,
            folder.display(),
            far.display(),
        ));
    }
    Ok(far)
}

fn make_owned_folder(folder: &Path, account: &Account) -> Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(|| format!("making {}", folder.display())),
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    chown(folder, Some(account.uid), Some(account.gid))?;
    Ok(())
}

/// A folder for a socket called `file`: `wanted`, or a short one in /tmp where its path would be
/// too long or holds a comma. Only `account` (or we) may enter it.
fn socket_folder(wanted: &Path, file: &str, account: Option<&Account>) -> Result<PathBuf> {
    let fits = wanted.as_os_str().len() + 1 + file.len() <= LONGEST_SOCKET_PATH;
    // Postgres' clients take a comma in a host for the next of several hosts.
    let folder = if fits && !wanted.to_string_lossy().contains(',') {
        wanted.to_owned()
    } else {
        Path::new("/tmp").join(format!("clovers-{}", path_hash(wanted)))
    };
    match fs::create_dir(&folder) {
        Ok(()) => {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
            if let Some(account) = account {
                chown(&folder, Some(account.uid), Some(account.gid))?;
            }
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(|| format!("making {}", folder.display())),
    }
    // In /tmp somebody else could have made it before us.
    let found = fs::symlink_metadata(&folder)?;
    let owner = account.map_or_else(
        || rustix::process::geteuid().as_raw(),
        |account| account.uid,
    );
    ensure!(
        found.is_dir() && found.uid() == owner && found.mode() & 0o077 == 0,
        "{} is not a private folder of ours; remove it",
        folder.display(),
    );
    Ok(folder)
}

/// The major version that wrote this data, if there is data.
fn data_version(data: &Path) -> Result<Option<u32>> {
    match fs::read_to_string(data.join("PG_VERSION")) {
        Ok(text) => Ok(Some(text.trim().parse().context("reading PG_VERSION")?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("looking into {}", data.display())),
    }
}

/// The folder with Postgres' programs: the first of PATH, else the newest of those the
/// distributions use; always one of the version that wrote the data.
async fn find_postgres(search_path: &OsStr, wanted: Option<u32>) -> Result<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(search_path).collect();
    folders.extend(versioned_folders("/usr/lib/postgresql", "", "bin"));
    folders.extend(versioned_folders("/usr", "pgsql-", "bin"));
    folders.extend(versioned_folders("/opt/homebrew/opt", "postgresql@", "bin"));
    let mut seen = Vec::new();
    for folder in folders {
        if !folder.join("initdb").is_file() || !folder.join("postgres").is_file() {
            continue;
        }
        // The real place: the programs look for each other and for their data beside themselves.
        let programs = folder
            .join("postgres")
            .canonicalize()?
            .parent()
            .context("a program has a folder")?
            .to_owned();
        let Some(version) = major_version(&programs.join("postgres")).await else {
            continue;
        };
        if wanted.is_none_or(|wanted| wanted == version) {
            return Ok(programs);
        }
        seen.push(version.to_string());
    }
    match wanted {
        Some(wanted) if !seen.is_empty() => Err(anyhow!(
            "the data was written by Postgres {wanted}, and this machine has only {}; on Debian: apt-get install postgresql-{wanted}",
            seen.join(", "),
        )),
        _ => Err(anyhow!(
            "there are no Postgres server programs (initdb, postgres) on this machine; on Debian: apt-get install postgresql"
        )),
    }
}

fn versioned_folders(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join(below)))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

async fn major_version(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres)
        .arg("--version")
        .output()
        .await
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    let version = text.split_ascii_whitespace().nth(2)?;
    version.split('.').next()?.parse().ok()
}

async fn run(mut command: Command, input: Option<String>) -> Result<()> {
    command
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.as_bytes()).await?;
    }
    let output = child.wait_with_output().await?;
    ensure!(
        output.status.success(),
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    Ok(())
}

/// A path as it stands in the query of a URL.
fn percent_encode(path: &Path) -> String {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|&byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_is_never_longer_than_the_kernel_takes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for length in [1, 40, 80, 200] {
            let home = folder.path().join("d".repeat(length));
            fs::create_dir(&home).expect("a fresh folder");
            let sockets =
                socket_folder(&home.join("run"), "redis.sock", None).expect("a private folder");
            assert!(sockets.join("redis.sock").as_os_str().len() <= LONGEST_SOCKET_PATH);
            let mode = fs::metadata(&sockets).expect("it was made").mode();
            assert_eq!(mode & 0o777, 0o700);
            fs::remove_dir(&sockets).expect("it is empty");
        }
    }

    #[test]
    fn a_path_in_a_url_has_no_character_of_the_url_grammar() {
        assert_eq!(
            percent_encode(Path::new("/a b/c?d&e#f%/ü")),
            "/a%20b/c%3Fd%26e%23f%25/%C3%BC"
        );
    }
}
