//! Preview sessions: the newest request wins, a frame of an older one is never shown, and all of it expires.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use redis::{AsyncCommands, Script};

use super::{BlockingPops, Notice, Queue, QueueError};
use crate::domain::ids::{PreviewId, WorkerId};
use crate::domain::preview::{PreviewFrame, PreviewRequest, PreviewState};

/// A session is forgotten this long after it was last read or written.
pub const SESSION_TTL: Duration = Duration::from_secs(60);
const OWNER_TTL: Duration = Duration::from_secs(1);
const WORKER_TTL: Duration = Duration::from_secs(2);

/// Takes the next revision and stores its request, so that revisions and requests cannot cross.
/// KEYS: revision, request, queue. ARGV: body, pins, TTL in ms, now in ms, id, revision that must exist (or "").
static SUBMIT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if ARGV[6] ~= '' and redis.call('exists', KEYS[1]) == 0 then return 0 end
        local revision = redis.call('incr', KEYS[1])
        redis.call('hset', KEYS[2], 'revision', revision, 'body', ARGV[1], 'pins', ARGV[2])
        redis.call('pexpire', KEYS[1], ARGV[3])
        redis.call('pexpire', KEYS[2], ARGV[3])
        redis.call('zadd', KEYS[3], 'NX', ARGV[4], ARGV[5])
        return revision
        ",
    )
});

/// Shows a frame (or a failure) if its revision is still the newest.
/// A frame that has refined further than this one stays.
/// KEYS: revision, frame, request. ARGV: revision, TTL in ms, samples, then the fields of the hash.
static PUBLISH: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
        local shown = redis.call('hmget', KEYS[2], 'revision', 'samples')
        if shown[1] == ARGV[1] and tonumber(shown[2] or 0) > tonumber(ARGV[3]) then return 1 end
        redis.call('del', KEYS[2])
        redis.call('hset', KEYS[2], 'revision', ARGV[1], unpack(ARGV, 4))
        for _, key in ipairs(KEYS) do redis.call('pexpire', key, ARGV[2]) end
        return 1
        ",
    )
});

/// Gives a session up if it is still the caller's. KEYS: owner. ARGV: worker.
static DISOWN: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0",
    )
});

/// Keeps a session if it is still the caller's. KEYS: owner. ARGV: worker, TTL in ms.
static KEEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0",
    )
});

/// A live preview worker, as the queue page lists it.
#[derive(Clone, Debug)]
pub struct PreviewWorker {
    pub id: WorkerId,
    pub host: String,
    pub state: String,
    pub engine: String,
    pub since: DateTime<Utc>,
}

impl Queue {
    /// Begins a session with its first request; answers its revision.
    pub async fn begin_preview(
        &self,
        id: PreviewId,
        body: &str,
        pins: &BTreeMap<String, String>,
    ) -> Result<u32, QueueError> {
        self.submit_preview(id, body, pins, "").await
    }

    /// Replaces a session's request; answers the new revision, `None` if the session is gone.
    pub async fn replace_preview(
        &self,
        id: PreviewId,
        body: &str,
        pins: &BTreeMap<String, String>,
    ) -> Result<Option<u32>, QueueError> {
        let revision = self.submit_preview(id, body, pins, "must exist").await?;
        Ok((revision > 0).then_some(revision))
    }

    async fn submit_preview(
        &self,
        id: PreviewId,
        body: &str,
        pins: &BTreeMap<String, String>,
        condition: &str,
    ) -> Result<u32, QueueError> {
        let pins = serde_json::to_string(pins)
            .map_err(|error| QueueError::Unreadable(error.to_string()))?;
        let mut connection = self.connection.clone();
        let revision = SUBMIT
            .key(self.keys.preview_revision(id))
            .key(self.keys.preview_request(id))
            .key(self.keys.preview_queue())
            .arg(body)
            .arg(pins)
            .arg(milliseconds(SESSION_TTL))
            .arg(now_ms())
            .arg(id.to_string())
            .arg(condition)
            .invoke_async(&mut connection)
            .await?;
        if revision > 0 {
            self.notify(Notice::Preview(id)).await?;
        }
        Ok(revision)
    }

    /// What a session has to show; `None` if it is unknown or has expired. Looking keeps it alive, and a session
    /// that waits without a worker is queued again.
    pub async fn preview_state(&self, id: PreviewId) -> Result<Option<PreviewState>, QueueError> {
        let mut connection = self.connection.clone();
        let (revision, mut frame, owned): (Option<u32>, BTreeMap<String, Vec<u8>>, bool) =
            redis::pipe()
                .get(self.keys.preview_revision(id))
                .hgetall(self.keys.preview_frame(id))
                .exists(self.keys.preview_owner(id))
                .pexpire(self.keys.preview_revision(id), milliseconds(SESSION_TTL))
                .ignore()
                .pexpire(self.keys.preview_request(id), milliseconds(SESSION_TTL))
                .ignore()
                .pexpire(self.keys.preview_frame(id), milliseconds(SESSION_TTL))
                .ignore()
                .query_async(&mut connection)
                .await?;
        let Some(revision) = revision else {
            return Ok(None);
        };
        let newest = number(&frame, "revision") == Some(revision);
        let finished =
            newest && (frame.contains_key("reason") || number(&frame, "last") == Some(1));
        if !finished && !owned {
            self.queue_preview(id).await?;
        }
        if !newest {
            // An older frame stays hidden: what is shown is always of the newest request.
            return Ok(Some(PreviewState::Waiting));
        }
        if let Some(reason) = frame.remove("reason") {
            let reason = String::from_utf8_lossy(&reason).into_owned();
            return Ok(Some(PreviewState::Failed { revision, reason }));
        }
        let field = |name| {
            number(&frame, name)
                .ok_or_else(|| QueueError::Unreadable(format!("frame of {id}: {name}")))
        };
        let (pass, samples, width, height, last) = (
            field("pass")?,
            field("samples")?,
            field("width")?,
            field("height")?,
            field("last")? == 1,
        );
        let png = frame.remove("png").unwrap_or_default();
        Ok(Some(PreviewState::Frame(PreviewFrame {
            revision,
            pass,
            samples,
            width,
            height,
            last,
            png,
        })))
    }

    /// Forgets a session; false if there was none.
    pub async fn end_preview(&self, id: PreviewId) -> Result<bool, QueueError> {
        let mut connection = self.connection.clone();
        let (removed, _): (i64, i64) = redis::pipe()
            .del(&[
                self.keys.preview_revision(id),
                self.keys.preview_request(id),
                self.keys.preview_frame(id),
            ])
            .zrem(self.keys.preview_queue(), id.to_string())
            .query_async(&mut connection)
            .await?;
        self.notify(Notice::Preview(id)).await?;
        Ok(removed > 0)
    }

    /// Asks for a worker; a session that has asked already keeps its place.
    pub async fn queue_preview(&self, id: PreviewId) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        redis::cmd("ZADD")
            .arg(self.keys.preview_queue())
            .arg("NX")
            .arg(now_ms())
            .arg(id.to_string())
            .exec_async(&mut connection)
            .await?;
        Ok(())
    }

    /// Whether other sessions wait for a worker.
    pub async fn previews_wait(&self) -> Result<bool, QueueError> {
        let mut connection = self.connection.clone();
        let waiting: i64 = connection.zcard(self.keys.preview_queue()).await?;
        Ok(waiting > 0)
    }

    /// Makes a worker the owner of a session; false while another one is.
    pub async fn own_preview(&self, id: PreviewId, worker: WorkerId) -> Result<bool, QueueError> {
        let mut connection = self.connection.clone();
        let set: Option<String> = redis::cmd("SET")
            .arg(self.keys.preview_owner(id))
            .arg(worker.to_string())
            .arg("NX")
            .arg("PX")
            .arg(milliseconds(OWNER_TTL))
            .query_async(&mut connection)
            .await?;
        Ok(set.is_some())
    }

    /// Gives a session up.
    pub async fn disown_preview(&self, id: PreviewId, worker: WorkerId) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let _: i64 = DISOWN
            .key(self.keys.preview_owner(id))
            .arg(worker.to_string())
            .invoke_async(&mut connection)
            .await?;
        Ok(())
    }

    /// The newest request of a session.
    pub async fn preview_request(
        &self,
        id: PreviewId,
    ) -> Result<Option<PreviewRequest>, QueueError> {
        let mut connection = self.connection.clone();
        let (revision, body, pins): (Option<u32>, Option<String>, Option<String>) = connection
            .hmget(self.keys.preview_request(id), &["revision", "body", "pins"])
            .await?;
        let (Some(revision), Some(body), Some(pins)) = (revision, body, pins) else {
            return Ok(None);
        };
        let asset_pins = serde_json::from_str(&pins)
            .map_err(|error| QueueError::Unreadable(error.to_string()))?;
        Ok(Some(PreviewRequest {
            revision,
            body,
            asset_pins,
        }))
    }

    /// The newest revision of a session, `None` when it is gone.
    pub async fn preview_revision(&self, id: PreviewId) -> Result<Option<u32>, QueueError> {
        let mut connection = self.connection.clone();
        Ok(connection.get(self.keys.preview_revision(id)).await?)
    }

    /// Shows a frame; false if its request is no longer the newest.
    pub async fn publish_frame(
        &self,
        id: PreviewId,
        frame: &PreviewFrame,
    ) -> Result<bool, QueueError> {
        let last = u32::from(frame.last);
        let numbers = [
            ("pass", frame.pass),
            ("samples", frame.samples),
            ("width", frame.width),
            ("height", frame.height),
            ("last", last),
        ];
        let mut publish = PUBLISH.prepare_invoke();
        publish
            .key(self.keys.preview_revision(id))
            .key(self.keys.preview_frame(id))
            .key(self.keys.preview_request(id))
            .arg(frame.revision)
            .arg(milliseconds(SESSION_TTL))
            .arg(frame.samples);
        for (name, value) in numbers {
            publish.arg(name).arg(value);
        }
        publish.arg("png").arg(&frame.png[..]);
        self.show(id, &publish).await
    }

    /// Tells why a revision has no picture; false if it is no longer the newest.
    pub async fn publish_failure(
        &self,
        id: PreviewId,
        revision: u32,
        reason: &str,
    ) -> Result<bool, QueueError> {
        let mut publish = PUBLISH.prepare_invoke();
        publish
            .key(self.keys.preview_revision(id))
            .key(self.keys.preview_frame(id))
            .key(self.keys.preview_request(id))
            .arg(revision)
            .arg(milliseconds(SESSION_TTL))
            .arg(u32::MAX)
            .arg("reason")
            .arg(reason);
        self.show(id, &publish).await
    }

    async fn show(
        &self,
        id: PreviewId,
        publish: &redis::ScriptInvocation<'_>,
    ) -> Result<bool, QueueError> {
        let mut connection = self.connection.clone();
        let shown: i64 = publish.invoke_async(&mut connection).await?;
        if shown == 1 {
            self.notify(Notice::Preview(id)).await?;
        }
        Ok(shown == 1)
    }

    /// Says that a preview worker lives, and keeps what it owns. The heartbeat calls this.
    pub async fn renew_preview_worker(
        &self,
        worker: &PreviewWorker,
        owned: Option<PreviewId>,
    ) -> Result<(), QueueError> {
        let key = self.keys.preview_worker(worker.id);
        let facts = [
            ("host", worker.host.clone()),
            ("engine", worker.engine.clone()),
            (
                "state",
                if owned.is_some() { "rendering" } else { "idle" }.to_owned(),
            ),
            ("since", worker.since.to_rfc3339()),
        ];
        let mut renew = redis::pipe();
        renew
            .hset_multiple(&key, &facts)
            .ignore()
            .pexpire(&key, milliseconds(WORKER_TTL))
            .ignore()
            .zadd(
                self.keys.preview_workers(),
                worker.id.to_string(),
                worker.since.timestamp_millis(),
            )
            .ignore();
        let mut connection = self.connection.clone();
        if let Some(id) = owned {
            let _: i64 = KEEP
                .key(self.keys.preview_owner(id))
                .arg(worker.id.to_string())
                .arg(milliseconds(OWNER_TTL))
                .invoke_async(&mut connection)
                .await?;
        }
        Ok(renew.exec_async(&mut connection).await?)
    }

    /// Forgets a preview worker that stops.
    pub async fn remove_preview_worker(&self, id: WorkerId) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let mut remove = redis::pipe();
        remove
            .del(self.keys.preview_worker(id))
            .ignore()
            .zrem(self.keys.preview_workers(), id.to_string())
            .ignore();
        Ok(remove.exec_async(&mut connection).await?)
    }

    /// The preview workers that live, oldest first; those that died are swept.
    pub async fn preview_workers(&self) -> Result<Vec<PreviewWorker>, QueueError> {
        let mut connection = self.connection.clone();
        let ids: Vec<String> = connection
            .zrange(self.keys.preview_workers(), 0, -1)
            .await?;
        let mut workers = Vec::with_capacity(ids.len());
        for member in ids {
            let Ok(id) = member.parse::<WorkerId>() else {
                continue;
            };
            let mut facts: BTreeMap<String, String> =
                connection.hgetall(self.keys.preview_worker(id)).await?;
            let mut fact = |name| facts.remove(name).unwrap_or_default();
            match DateTime::parse_from_rfc3339(&fact("since")) {
                Ok(since) => workers.push(PreviewWorker {
                    id,
                    host: fact("host"),
                    state: fact("state"),
                    engine: fact("engine"),
                    since: since.to_utc(),
                }),
                Err(_) => {
                    connection
                        .zrem::<_, _, ()>(self.keys.preview_workers(), member)
                        .await?;
                }
            }
        }
        Ok(workers)
    }

    /// A connection of its own that pops sessions.
    pub fn preview_pops(&self) -> PreviewPops {
        PreviewPops {
            pops: BlockingPops::new(&self.client, &self.keys.preview_queue()),
        }
    }
}

/// Pops session ids, blocking.
#[derive(Debug)]
pub struct PreviewPops {
    pops: BlockingPops,
}

impl PreviewPops {
    /// The session that has waited longest, `None` if none asks for `timeout`.
    ///
    /// # Errors
    ///
    /// If Redis does not answer; the next call connects anew.
    pub async fn pop(&mut self, timeout: Duration) -> Result<Option<PreviewId>, QueueError> {
        let Some(member) = self.pops.pop(timeout).await? else {
            return Ok(None);
        };
        member
            .parse()
            .map(Some)
            .map_err(|_| QueueError::Unreadable(member))
    }
}

fn number(frame: &BTreeMap<String, Vec<u8>>, name: &str) -> Option<u32> {
    std::str::from_utf8(frame.get(name)?).ok()?.parse().ok()
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Only the order in the preview queue hangs on this, so the process's own clock is good enough.
fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}
