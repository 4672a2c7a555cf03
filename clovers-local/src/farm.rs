//! The whole farm: started in the order of what needs what, watched, stopped in the opposite one.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::UpSettings;
use crate::child::{ChildSpec, KeptChild};
use crate::data_folder::{DataFolder, write_private};
use crate::interrupts::Interrupts;
use crate::log_lines::LogFollower;
use crate::private_servers::{
    Durability, FOREIGN_SETTINGS, Postgres, Redis, wait_for_postgres, wait_for_redis,
};
use crate::terminal::say;

const POLL: Duration = Duration::from_millis(50);
/// After this long without readiness the terminal hears why.
const PATIENCE: Duration = Duration::from_secs(10);
/// A service that died so often before it was ever ready will not become so.
const DEATHS_BEFORE_GIVING_UP: u32 = 3;

/// Starts the farm, keeps it running until a signal asks it to stop, and stops it.
pub(crate) async fn up(settings: &UpSettings) -> Result<ExitCode> {
    let interrupts = Interrupts::listen()?;
    let mut folder = DataFolder::open(&settings.data_dir)?;
    let address = free_address_or(settings.listen_address, &mut folder).await?;
    let mut farm = Farm {
        interrupts: interrupts.clone(),
        address,
        url: format!("http://{}", reachable(address)),
        running: Vec::new(),
        followers: JoinSet::new(),
        postgres_home: None,
    };
    folder.sign_lock(&farm.url)?;

    let outcome = tokio::select! {
        started = farm.start(settings, &folder) => match started {
            Ok(()) => {
                farm.watch(settings.reload).await;
                Ok(())
            }
            Err(error) => Err(error),
        },
        () = interrupts.stop.cancelled() => Ok(()),
    };
    farm.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

#[derive(Debug)]
struct Farm {
    interrupts: Interrupts,
    address: SocketAddr,
    url: String,
    running: Vec<KeptChild>,
    followers: JoinSet<()>,
    /// Where the private Postgres, if any, keeps its data.
    postgres_home: Option<PathBuf>,
}

/// One of our own binaries, to be started.
#[derive(Debug)]
struct Service {
    name: &'static str,
    program: PathBuf,
    stop_rank: u8,
    metrics: SocketAddr,
    env: Vec<(&'static str, OsString)>,
}

/// The servers the services are told to use.
#[derive(Debug)]
struct ServerUrls {
    database: String,
    redis: String,
}

impl Farm {
    async fn start(&mut self, settings: &UpSettings, folder: &DataFolder) -> Result<()> {
        let started = Instant::now();
        let programs = Programs::beside_us()?;
        let urls = self.start_servers(settings, folder).await?;
        let metrics = free_metrics_addresses::<3>()?;

        // The API first: it brings the database up to date, which the workers wait for.
        let ui = settings.ui_dir.join("index.html").is_file();
        let mut env = vec![("CLOVERS_LISTEN_ADDRESS", self.address.to_string().into())];
        if ui {
            env.push(("CLOVERS_UI_DIR", settings.ui_dir.clone().into()));
        }
        let back = Service {
            name: "back",
            program: programs.back,
            stop_rank: 0,
            metrics: metrics[0],
            env,
        };
        self.start_service(folder, &urls, back)?;
        self.wait_for_service(0, self.address).await?;
        for (name, program, metrics) in [
            ("batch", programs.batch, metrics[1]),
            ("preview", programs.preview, metrics[2]),
        ] {
            let worker = Service {
                name,
                program,
                stop_rank: 1,
                metrics,
                env: Vec::new(),
            };
            self.start_service(folder, &urls, worker)?;
        }
        self.wait_for_service(1, metrics[1]).await?;
        self.wait_for_service(2, metrics[2]).await?;

        // Only now: what the services say while they wait for each other is no news.
        for child in self.running.iter().filter(|child| child.is_service()) {
            let ChildSpec { name, log, .. } = child.spec();
            self.followers
                .spawn(LogFollower::new(name, log.clone(), settings.verbose).follow());
        }
        let url = &self.url;
        let [back, batch, preview] = metrics;
        say(&format!(
            "\nThe farm is ready after {:.1} s:  {url}",
            started.elapsed().as_secs_f64()
        ));
        if !ui {
            say(&format!(
                "  The UI is not built ({} is missing), so there is only the API.",
                settings.ui_dir.join("index.html").display()
            ));
        }
        if let Some(home) = &self.postgres_home
            && !home.starts_with(folder.path())
        {
            say(&format!("  Postgres' data  {}", home.display()));
        }
        say(&format!(
            "  Data and logs   {}\n  Metrics         back http://{back}/metrics, batch http://{batch}/metrics, preview http://{preview}/metrics\n  Try             curl -s {url}/examples/cornell | curl -s {url}/render -H 'content-type: application/json' --data-binary @-\nCtrl-C stops everything; the data stays.\n",
            folder.path().display(),
        ));
        Ok(())
    }

    /// Starts the private servers that are needed, both at once, and waits until they answer.
    async fn start_servers(
        &mut self,
        settings: &UpSettings,
        folder: &DataFolder,
    ) -> Result<ServerUrls> {
        let search_path = &settings.search_path.folders;
        let given = |url: &Option<String>| url.clone().filter(|url| !url.is_empty());
        let (database, redis) = (given(&settings.database_url), given(&settings.redis_url));

        let postgres = match &database {
            Some(_) => None,
            None => {
                let postgres =
                    Postgres::prepare(folder.path(), Durability::Kept, search_path).await?;
                self.postgres_home = Some(postgres.home().to_owned());
                Some((
                    self.start_child(folder, postgres.child(folder.log_file("postgres")?)),
                    postgres,
                ))
            }
        };
        let private_redis = match &redis {
            Some(_) => None,
            None => {
                let redis = Redis::prepare(folder.path(), Durability::Kept, search_path)?;
                Some((
                    self.start_child(folder, redis.child(folder.log_file("redis")?)),
                    redis,
                ))
            }
        };
        if let Some((child, postgres)) = &postgres {
            wait_for_postgres(postgres, &self.running[*child]).await?;
        }
        if let Some((child, redis)) = &private_redis {
            wait_for_redis(redis, &self.running[*child]).await?;
        }
        let private_urls = (
            postgres.map(|(_, postgres)| postgres.url()),
            private_redis.map(|(_, redis)| redis.url()),
        );
        // For `psql` and `redis-cli` while the farm runs.
        let mut note = String::new();
        for (name, url) in [
            ("DATABASE_URL", &private_urls.0),
            ("REDIS_URL", &private_urls.1),
        ] {
            if let Some(url) = url {
                note += &format!("{name}='{url}'\n");
            }
        }
        write_private(&folder.path().join("servers.env"), &note)?;
        Ok(ServerUrls {
            database: database.or(private_urls.0).context("there is a database")?,
            redis: redis.or(private_urls.1).context("there is a Redis")?,
        })
    }

    fn start_service(
        &mut self,
        folder: &DataFolder,
        urls: &ServerUrls,
        service: Service,
    ) -> Result<()> {
        let Service {
            name,
            program,
            stop_rank,
            metrics,
            mut env,
        } = service;
        let log = folder.log_file(name)?;
        env.extend([
            // Its log goes to a file.
            ("NO_COLOR", "1".into()),
            ("DATABASE_URL", urls.database.clone().into()),
            ("REDIS_URL", urls.redis.clone().into()),
            ("CLOVERS_METRICS_ADDRESS", metrics.to_string().into()),
        ]);
        let needle = program.to_string_lossy().into_owned();
        self.start_child(
            folder,
            ChildSpec {
                name,
                program,
                args: Vec::new(),
                env,
                hidden_env: if self.postgres_home.is_some() {
                    FOREIGN_SETTINGS
                } else {
                    &[]
                },
                folder: None,
                account: None,
                log,
                needle,
                stop_signal: Signal::TERM,
                stop_grace: Duration::from_secs(8),
                stop_rank,
                kill_signal: Signal::KILL,
            },
        );
        Ok(())
    }

    /// Starts a child and returns its place in `running`.
    fn start_child(&mut self, folder: &DataFolder, spec: ChildSpec) -> usize {
        let list = folder.children().clone();
        self.running
            .push(KeptChild::start(spec, list, self.interrupts.kill.clone()));
        self.running.len() - 1
    }

    /// Waits until the service started as the `index`th says at `address` that it is ready.
    async fn wait_for_service(&self, index: usize, address: SocketAddr) -> Result<()> {
        let servers = self
            .running
            .iter()
            .filter(|child| !child.is_service())
            .count();
        let child = &self.running[servers + index];
        let name = child.spec().name;
        let started = Instant::now();
        let mut said = false;
        loop {
            let answer = ask_readyz(reachable(address)).await;
            if matches!(answer, Ok((200, _))) {
                return Ok(());
            }
            ensure!(
                child.condition().deaths < DEATHS_BEFORE_GIVING_UP,
                "{name} does not start; {}",
                child.spec().log_tail(),
            );
            if started.elapsed() > PATIENCE && !said {
                said = true;
                let why = match answer {
                    Ok((status, body)) => format!("/readyz says {status}: {body}"),
                    Err(error) => format!("{error:#}"),
                };
                say(&format!("Still waiting for {name} ({why})"));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits for the signal to stop; the children are kept running by themselves.
    async fn watch(&self, reload: bool) {
        tokio::select! {
            () = self.interrupts.stop.cancelled() => {}
            () = self.restart_what_is_rebuilt(), if reload => {}
        }
    }

    /// Restarts each service whose binary was written anew, once it is no longer being written.
    async fn restart_what_is_rebuilt(&self) {
        let seen = |child: &KeptChild| -> Option<SystemTime> {
            child.spec().program.metadata().ok()?.modified().ok()
        };
        let services: Vec<&KeptChild> = self
            .running
            .iter()
            .filter(|child| child.is_service())
            .collect();
        let mut running: Vec<_> = services.iter().map(|child| seen(child)).collect();
        let mut last = running.clone();
        loop {
            tokio::time::sleep(Duration::from_millis(400)).await;
            for (index, child) in services.iter().enumerate() {
                let now = seen(child);
                if now.is_some() && now != running[index] && now == last[index] {
                    say(&format!("{} was rebuilt; restarting it", child.spec().name));
                    child.restart();
                    running[index] = now;
                }
                last[index] = now;
            }
        }
    }

    /// Stops all that runs, rank by rank: the API, the workers, Redis, Postgres.
    async fn stop(mut self) {
        if !self.running.is_empty() {
            say("\nStopping the farm; Ctrl-C again kills it.");
        }
        self.running.sort_by_key(|child| child.spec().stop_rank);
        while let Some(rank) = self.running.first().map(|child| child.spec().stop_rank) {
            let later = self
                .running
                .iter()
                .position(|child| child.spec().stop_rank > rank)
                .unwrap_or(self.running.len());
            let rest = self.running.split_off(later);
            let now = std::mem::replace(&mut self.running, rest);
            for child in &now {
                child.ask_to_stop();
            }
            for child in now {
                child.stop().await;
            }
        }
        self.followers.shutdown().await;
    }
}

/// The services' binaries.
#[derive(Debug)]
struct Programs {
    back: PathBuf,
    batch: PathBuf,
    preview: PathBuf,
}

impl Programs {
    /// They stand in the folder of our own binary.
    fn beside_us() -> Result<Programs> {
        let us = std::env::current_exe().context("finding our own binary")?;
        let folder = us.parent().context("our binary is in a folder")?;
        let find = |name: &str| {
            let program = folder.join(name);
            ensure!(
                program.is_file(),
                "{} is missing; build it: cargo build --workspace --bins",
                program.display()
            );
            Ok(program)
        };
        Ok(Programs {
            back: find("clovers-back")?,
            batch: find("clovers-batch")?,
            preview: find("clovers-preview")?,
        })
    }
}

/// Stops what a killed farm left behind, and makes sure that the address is free then; port 0
/// becomes a free one.
async fn free_address_or(address: SocketAddr, folder: &mut DataFolder) -> Result<SocketAddr> {
    let children = folder.children().clone();
    let stopped = tokio::task::spawn_blocking(move || children.stop_orphans()).await?;
    if !stopped.is_empty() {
        say(&format!(
            "Stopped what an earlier, killed farm left running: {}",
            stopped.join(", ")
        ));
    }
    match TcpListener::bind(address) {
        Ok(listener) => Ok(listener.local_addr()?),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(error).with_context(|| {
            format!("something else listens on {address}; choose another address, or port 0 for a free one: CLOVERS_LISTEN_ADDRESS=127.0.0.1:0 ./just up")
        }),
        Err(error) => Err(error).with_context(|| format!("listening on {address}")),
    }
}

/// Free loopback ports, all different.
fn free_metrics_addresses<const COUNT: usize>() -> Result<[SocketAddr; COUNT]> {
    let mut held = Vec::new();
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); COUNT];
    for address in &mut addresses {
        let listener = TcpListener::bind(*address).context("finding a free port")?;
        *address = listener.local_addr()?;
        held.push(listener);
    }
    Ok(addresses)
}

/// Where a browser on this machine finds what listens on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Status and body of `GET /readyz`.
async fn ask_readyz(address: SocketAddr) -> Result<(u16, String)> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(64 << 10).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), exchange)
        .await
        .context("no answer")??;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = answer
        .split_once("\r\n\r\n")
        .map_or("", |(_, body)| body.trim());
    Ok((status.context("the answer is not HTTP")?, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_all_interfaces_is_reached_by_loopback() {
        for (listen, reach) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(
                reachable(listen.parse().expect("an address")).to_string(),
                reach
            );
        }
    }

    #[test]
    fn metrics_ports_differ() {
        let [one, two, three] = free_metrics_addresses().expect("ports are free");
        assert!(one != two && two != three && one != three);
    }
}
