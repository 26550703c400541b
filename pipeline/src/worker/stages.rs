//! Where a camera's CPU time goes, by stage.
//!
//! CPU time of the thread, not wall time: with more threads than cores the
//! wall clock would charge a stage for its neighbours.

use crate::telemetry::names;
use std::time::Duration;

/// A stage of a picture's way on the camera's thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Decoding, inside the feed.
    Decode,
    /// Shrinking to the small grey picture.
    Luma,
    /// Quality and gate.
    Gate,
    /// Letterbox and normalisation.
    Prepare,
    /// Waiting costs nothing here: inference runs on the engine's threads.
    Detect,
    /// Tracker and rules.
    Rules,
    /// Comparison with the baseline.
    Compare,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Stage::Decode => "decode",
            Stage::Luma => "luma",
            Stage::Gate => "gate",
            Stage::Prepare => "prepare",
            Stage::Detect => "detect",
            Stage::Rules => "rules",
            Stage::Compare => "compare",
        }
    }
}

/// Runs `work` and adds its CPU time to the stage's counter.
pub fn timed<T>(stage: Stage, work: impl FnOnce() -> T) -> T {
    let before = thread_cpu();
    let done = work();
    let spent = thread_cpu().saturating_sub(before);
    metrics::counter!(names::STAGE_CPU, "stage" => stage.name()).increment(spent.as_micros() as u64);
    done
}

/// Lets this thread give way to others: the cameras' decoding must not hold up
/// the candidates that a decided picture led to.
pub fn give_way() {
    // SAFETY: plain system call; on Linux 0 means the calling thread, and
    // raising one's own nice value is always allowed.
    if unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 5) } != 0 {
        tracing::debug!("the thread's priority could not be lowered");
    }
}

/// CPU time this thread has used.
pub fn thread_cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock id is valid on Linux and `time` lives across the call.
    let ok = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if ok == 0 { Duration::new(time.tv_sec as u64, time.tv_nsec as u32) } else { Duration::ZERO }
}
