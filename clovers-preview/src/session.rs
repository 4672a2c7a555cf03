//! One session: refine, publish, stop when superseded, yield when others wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use clovers_common::clovers::image::png;
use clovers_common::clovers::render::{Control, Region, RenderOptions, render};
use clovers_common::clovers::{Cancelled, Film};
use clovers_common::domain::ids::PreviewId;
use clovers_common::domain::preview::{PreviewFrame, PreviewRequest};
use clovers_common::queue::QueueError;
use clovers_common::worker::scene_loader::{LoadError, LoadedScene};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::Worker;

/// How often a pass looks whether its request is still the newest.
const REVISION_CHECK: Duration = Duration::from_millis(30);

/// Sessions that keep their film while others have their turn; an older one starts anew.
const KEPT_SESSIONS: usize = 4;

/// How a turn on a session ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All samples are in the last frame, or the failure is told.
    Done,
    /// Another worker has it, or it is gone.
    NotOurs,
    /// A newer request came; the session is queued again.
    Superseded,
    /// Others wait, or the worker stops; the session is queued again.
    Yielded,
}

/// A film on its way to its last sample.
#[derive(Debug)]
pub(crate) struct Refining {
    loaded: Arc<LoadedScene>,
    options: RenderOptions,
    film: Film,
    pass: u32,
}

impl Worker {
    /// Takes one turn on a session. Tests step a worker by this.
    ///
    /// # Errors
    ///
    /// If Redis does not answer.
    pub async fn work_on(
        &self,
        id: PreviewId,
        shutdown: &CancellationToken,
    ) -> Result<Outcome, QueueError> {
        if !self.queue.own_preview(id, self.id).await? {
            return Ok(Outcome::NotOurs);
        }
        self.set_owned(Some(id));
        let worked = self.refine(id, shutdown).await;
        self.set_owned(None);
        self.queue.disown_preview(id, self.id).await?;
        let outcome = worked?;
        if matches!(outcome, Outcome::Superseded | Outcome::Yielded) {
            self.queue.queue_preview(id).await?;
        }
        Ok(outcome)
    }

    async fn refine(
        &self,
        id: PreviewId,
        shutdown: &CancellationToken,
    ) -> Result<Outcome, QueueError> {
        let Some(request) = self.queue.preview_request(id).await? else {
            return Ok(Outcome::NotOurs);
        };
        let revision = request.revision;
        let mut refining = match self.resume(id, revision) {
            Some(refining) => refining,
            None => match self.begin(request).await {
                Ok(refining) => refining,
                Err(LoadError::Store(error)) => {
                    warn!(error = %error, preview.id = %id, "Cannot fetch the meshes of {id} now");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    return Ok(Outcome::Yielded);
                }
                Err(error) => {
                    warn!(error = %error, preview.id = %id, "Cannot render {id}");
                    self.queue
                        .publish_failure(id, revision, &error.to_string())
                        .await?;
                    return self.unless_superseded(id, revision).await;
                }
            },
        };
        loop {
            let Some(refined) = self.pass(id, revision, refining, shutdown).await? else {
                let stopping = shutdown.is_cancelled();
                return Ok(if stopping {
                    Outcome::Yielded
                } else {
                    Outcome::Superseded
                });
            };
            let (next, frame) = match refined {
                Ok(refined) => refined,
                Err(reason) => {
                    self.queue.publish_failure(id, revision, &reason).await?;
                    return self.unless_superseded(id, revision).await;
                }
            };
            refining = next;
            let (last, samples) = (frame.last, frame.samples);
            if !self.queue.publish_frame(id, &frame).await? {
                return self.unless_superseded(id, revision).await;
            }
            if last {
                info!(preview.id = %id, revision, samples, "Refined {id} to its last sample");
                return self.unless_superseded(id, revision).await;
            }
            if self.queue.previews_wait().await? {
                self.suspend(id, revision, refining);
                return Ok(Outcome::Yielded);
            }
        }
    }

    async fn begin(&self, request: PreviewRequest) -> Result<Refining, LoadError> {
        let loaded = self
            .loader
            .load(request.body.into_bytes(), &request.asset_pins)
            .await?;
        let options = self.limits.fit(&loaded.options.render);
        let film = Film::new(Region::whole(&options));
        Ok(Refining {
            loaded: Arc::new(loaded),
            options,
            film,
            pass: 0,
        })
    }

    /// Keeps what a session has so far for its next turn.
    fn suspend(&self, id: PreviewId, revision: u32, refining: Refining) {
        let mut suspended = self
            .suspended
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        suspended.retain(|(kept, _, _)| *kept != id);
        if suspended.len() >= KEPT_SESSIONS {
            suspended.remove(0);
        }
        suspended.push((id, revision, refining));
    }

    fn resume(&self, id: PreviewId, revision: u32) -> Option<Refining> {
        let mut suspended = self
            .suspended
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let at = suspended.iter().position(|(kept, _, _)| *kept == id)?;
        let (_, of_revision, refining) = suspended.remove(at);
        (of_revision == revision).then_some(refining)
    }

    /// A request that came while the last frame was published has found this worker still the owner.
    async fn unless_superseded(&self, id: PreviewId, revision: u32) -> Result<Outcome, QueueError> {
        match self.queue.preview_revision(id).await? {
            Some(newest) if newest != revision => Ok(Outcome::Superseded),
            Some(_) => Ok(Outcome::Done),
            None => Ok(Outcome::NotOurs),
        }
    }

    /// Renders as many samples again as the film has, and encodes the frame; `None` when superseded or stopping.
    async fn pass(
        &self,
        id: PreviewId,
        revision: u32,
        refining: Refining,
        shutdown: &CancellationToken,
    ) -> Result<Option<Result<(Refining, PreviewFrame), String>>, QueueError> {
        let begun = Instant::now();
        let cancel = Arc::new(AtomicBool::new(false));
        let stop = cancel.clone();
        let work = self.pool.run(move || {
            let Refining {
                loaded,
                options,
                mut film,
                pass,
            } = refining;
            let done = film.samples();
            let samples = done..(done.max(1) + done).min(options.samples);
            render(
                &loaded.scene,
                &options,
                samples,
                &mut film,
                &Control {
                    cancel: &stop,
                    progress: &|_| {},
                },
            )?;
            let frame = PreviewFrame {
                revision,
                pass,
                samples: film.samples(),
                width: options.width,
                height: options.height,
                last: film.samples() == options.samples,
                png: png::encode(&film.picture()),
            };
            Ok::<_, Cancelled>((
                Refining {
                    loaded,
                    options,
                    film,
                    pass: pass + 1,
                },
                frame,
            ))
        });
        tokio::pin!(work);
        loop {
            tokio::select! {
                result = &mut work => {
                    return Ok(match result {
                        Ok(Ok(refined)) => {
                            metrics::histogram!("clovers_preview_pass_duration_seconds").record(begun.elapsed());
                            Some(Ok(refined))
                        }
                        Ok(Err(Cancelled)) => None,
                        Err(panicked) => Some(Err(panicked.to_string())),
                    });
                }
                () = shutdown.cancelled() => {
                    cancel.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                () = tokio::time::sleep(REVISION_CHECK) => {
                    if self.queue.preview_revision(id).await? != Some(revision) {
                        cancel.store(true, Ordering::Relaxed);
                        return Ok(None);
                    }
                }
            }
        }
    }
}
