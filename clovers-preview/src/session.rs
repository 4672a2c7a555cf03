//! One session: refine, publish, stop when superseded, yield when others wait.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clovers_common::clovers::image::{Picture, png};
use clovers_common::clovers::render::{Control, Mode, Region, RenderOptions, render};
use clovers_common::clovers::{Cancelled, Film, denoise};
use clovers_common::domain::ids::PreviewId;
use clovers_common::domain::preview::{PreviewFrame, PreviewRequest};
use clovers_common::queue::QueueError;
use clovers_common::worker::scene_loader::{LoadError, LoadedScene};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::Worker;

/// How often a pass looks whether its request is still the newest.
const REVISION_CHECK: Duration = Duration::from_millis(30);

/// Sessions that keep their film while others have their turn.
const KEPT_SESSIONS: usize = 8;

/// How long a pass may take, once it is known what a sample costs.
const PASS_BUDGET: Duration = Duration::from_millis(500);

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

/// Stops the pass when the one who waits for it leaves, for whatever reason.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A film on its way to its last sample.
#[derive(Debug)]
pub(crate) struct Refining {
    loaded: Arc<LoadedScene>,
    options: RenderOptions,
    film: Film,
    pass: u32,
    /// What the last pass took for each of its samples.
    per_sample: Duration,
}

impl Refining {
    /// Samples of the next pass: as many again as there are, but no more than fit into [`PASS_BUDGET`], so that the
    /// other sessions are not kept waiting.
    fn next_samples(&self) -> Range<u32> {
        let done = self.film.samples();
        let affordable = PASS_BUDGET
            .as_nanos()
            .checked_div(self.per_sample.as_nanos());
        let affordable = affordable.map_or(u32::MAX, |samples| {
            u32::try_from(samples).unwrap_or(u32::MAX)
        });
        let more = done.clamp(1, affordable.max(1));
        done..(done + more).min(self.options.samples)
    }
}

/// The picture of a film, without its noise where the film tells what that needs.
fn shown(film: &Film) -> Picture {
    let picture = film.picture();
    match film.features() {
        Some(features) => denoise(&picture, &features),
        None => picture,
    }
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
            None => match tokio::select! {
                begun = self.begin(request) => begun,
                () = shutdown.cancelled() => return Ok(Outcome::Yielded),
            } {
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
                self.suspend(id, revision, refining).await?;
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
        // Noise is taken out of previews unless somebody wants to see it.
        let has_noise = options.mode == Mode::PathTracing;
        let film = if has_noise && loaded.options.denoise != Some(false) {
            Film::with_features(Region::whole(&options))
        } else {
            Film::new(Region::whole(&options))
        };
        Ok(Refining {
            loaded: Arc::new(loaded),
            options,
            film,
            pass: 0,
            per_sample: Duration::ZERO,
        })
    }

    /// Keeps what a session has so far for its next turn. Those that are gone or superseded make room; if none is,
    /// the one with the fewest samples starts anew, so that the others come to their end.
    async fn suspend(
        &self,
        id: PreviewId,
        revision: u32,
        refining: Refining,
    ) -> Result<(), QueueError> {
        self.suspended().push((id, revision, refining));
        let kept: Vec<_> = self
            .suspended()
            .iter()
            .map(|(id, revision, _)| (*id, *revision))
            .collect();
        for (id, revision) in kept {
            if self.queue.preview_revision(id).await? != Some(revision) {
                self.suspended().retain(|(kept, _, _)| *kept != id);
            }
        }
        let mut suspended = self.suspended();
        if suspended.len() > KEPT_SESSIONS {
            suspended.sort_by_key(|(_, _, refining)| refining.film.samples());
            suspended.remove(0);
        }
        Ok(())
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

    fn suspended(&self) -> MutexGuard<'_, Vec<(PreviewId, u32, Refining)>> {
        self.suspended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        mut refining: Refining,
        shutdown: &CancellationToken,
    ) -> Result<Option<Result<(Refining, PreviewFrame), String>>, QueueError> {
        let begun = Instant::now();
        let cancel = Arc::new(AtomicBool::new(false));
        let stop = cancel.clone();
        let _cancel = CancelOnDrop(cancel);
        let work = self.pool.run(move || {
            let (begun, samples) = (Instant::now(), refining.next_samples());
            let control = Control {
                cancel: &stop,
                progress: &|_| {},
            };
            let Refining {
                loaded,
                options,
                film,
                ..
            } = &mut refining;
            render(&loaded.scene, options, samples.clone(), film, &control)?;
            refining.per_sample = begun.elapsed() / samples.len().max(1) as u32;
            let Refining {
                options,
                film,
                pass,
                ..
            } = &refining;
            let frame = PreviewFrame {
                revision,
                pass: *pass,
                samples: film.samples(),
                width: options.width,
                height: options.height,
                last: film.samples() == options.samples,
                png: png::encode(&shown(film)),
            };
            refining.pass += 1;
            Ok::<_, Cancelled>((refining, frame))
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
                () = shutdown.cancelled() => return Ok(None),
                () = tokio::time::sleep(REVISION_CHECK) => {
                    if self.queue.preview_revision(id).await? != Some(revision) {
                        return Ok(None);
                    }
                }
            }
        }
    }
}
