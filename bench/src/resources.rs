//! What this process uses of the machine.

use std::{fs, time::Instant};

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

/// How long something took.
#[derive(Clone, Copy, serde::Serialize)]
pub(crate) struct Taken {
    /// By the clock on the wall.
    pub(crate) seconds: f64,
    /// Of this thread on a processor: what others on the machine do hardly changes it.
    pub(crate) thread_seconds: f64,
    /// Of all threads of the process on processors.
    pub(crate) cpu_seconds: f64,
}

pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    let cpu = || [ClockId::ThreadCPUTime, ClockId::ProcessCPUTime].map(seconds_of);
    let (started, before) = (Instant::now(), cpu());
    let result = work();
    let (after, seconds) = (cpu(), started.elapsed().as_secs_f64());
    let taken = Taken {
        seconds,
        thread_seconds: after[0] - before[0],
        cpu_seconds: after[1] - before[1],
    };
    (result, taken)
}

fn seconds_of(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The memory of this process in bytes by a name in `/proc/self/status`: `VmRSS` is what it has,
/// `VmHWM` the most it had since [`forget_peak`].
pub(crate) fn memory(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("no /proc on this system")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| {
        line.trim_matches([':', ' ', '\t', 'k', 'B'])
            .parse::<u64>()
            .ok()
    });
    Ok(1024 * kib.with_context(|| format!("there is no {name} in /proc/self/status"))?)
}

/// From now on `VmHWM` is the most since now.
pub(crate) fn forget_peak() -> Result<()> {
    fs::write("/proc/self/clear_refs", "5").context("cannot reset the peak of memory")
}
