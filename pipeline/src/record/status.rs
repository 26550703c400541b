//! What a recorder says of itself, for `/healthz` and `/metrics`.

use super::buffer::Buffer;
use super::sender::Line;
use crate::clock::Clock;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Segments put into the buffer, by camera.
pub(super) const RECORDED: &str = "streetwatch_record_segments_total";
/// Bytes of video put into the buffer, by camera.
pub(super) const RECORDED_BYTES: &str = "streetwatch_record_bytes_total";
/// Parts of GOPs that were too long for one segment, by camera.
pub(super) const PARTS: &str = "streetwatch_record_parts_total";
/// What was not recorded, by camera and reason.
pub(super) const REFUSED: &str = "streetwatch_record_refused_total";
/// Segments lost out of the buffer, by reason.
pub(super) const LOST: &str = "streetwatch_record_lost_total";
/// Segments acknowledged by the log.
pub(super) const SENT: &str = "streetwatch_record_sent_total";
/// Tries to send that failed, by reason.
pub(super) const SEND_FAILURES: &str = "streetwatch_record_send_failures_total";

/// A camera whose last keyframe is older than this is not being recorded.
const FRESH: Duration = Duration::from_secs(60);

/// One camera, as its recorder sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CameraStatus {
    /// The connection's state and why.
    pub connection: String,
    /// Monotonic time of its last keyframe.
    pub last_keyframe: Option<Duration>,
    /// Segments put into the buffer since the start.
    pub segments: u64,
    /// Why its video cannot be recorded, while it cannot.
    pub refused: Option<String>,
    /// The source is over.
    pub ended: bool,
}

impl CameraStatus {
    /// Whether it is being recorded at this moment, or was to its end.
    pub fn is_well(&self, now: Duration) -> bool {
        let fresh = self.last_keyframe.is_some_and(|at| now.saturating_sub(at) <= FRESH);
        self.refused.is_none() && (fresh || (self.ended && self.segments > 0))
    }
}

/// The whole recorder.
#[derive(Debug)]
pub struct Status {
    clock: Arc<dyn Clock>,
    cameras: Mutex<BTreeMap<String, CameraStatus>>,
    line: Mutex<Line>,
    lost: AtomicU64,
    sent: AtomicU64,
}

impl Status {
    /// Knows nothing yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let line = Mutex::new(Line::Waiting { reason: "not opened yet".into(), since: clock.monotonic() });
        let (cameras, lost, sent) = (Mutex::default(), AtomicU64::new(0), AtomicU64::new(0));
        Status { clock, cameras, line, lost, sent }
    }

    /// Changes what is known of a camera.
    pub fn camera(&self, id: &str, change: impl FnOnce(&mut CameraStatus)) {
        change(self.cameras.lock().entry(id.to_owned()).or_default());
    }

    /// Segments were lost out of the buffer.
    pub fn lost(&self, reason: &'static str, segments: u64) {
        if segments > 0 {
            metrics::counter!(LOST, "reason" => reason).increment(segments);
            self.lost.fetch_add(segments, Ordering::Relaxed);
        }
    }

    /// Segments are on the log.
    pub fn sent(&self, segments: u64) {
        metrics::counter!(SENT).increment(segments);
        self.sent.fetch_add(segments, Ordering::Relaxed);
    }

    /// What the line to the log is like; said in the log when it changes.
    pub fn line(&self, reason: Option<String>) {
        let mut line = self.line.lock();
        metrics::gauge!("streetwatch_record_line_up").set(f64::from(u8::from(reason.is_none())));
        match (&mut *line, reason) {
            (Line::Well, None) => {}
            (known, None) => {
                tracing::info!("the log takes segments");
                *known = Line::Well;
            }
            (Line::Waiting { reason: known, .. }, Some(reason)) => *known = reason,
            (known @ Line::Well, Some(reason)) => {
                tracing::warn!(reason, "the log does not take segments; they are kept in the buffer");
                *known = Line::Waiting { reason, since: self.clock.monotonic() };
            }
        }
    }

    /// How many segments were lost since the start.
    pub fn lost_total(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Sets the gauges that say how things are at this moment.
    pub fn gauges(&self, buffer: &Buffer) {
        metrics::gauge!("streetwatch_record_buffer_bytes").set(buffer.bytes() as f64);
        metrics::gauge!("streetwatch_record_buffer_limit_bytes").set(buffer.limit() as f64);
        metrics::gauge!("streetwatch_record_buffer_segments").set(buffer.len() as f64);
        let now = self.clock.monotonic();
        for (id, camera) in self.cameras.lock().iter() {
            metrics::gauge!("streetwatch_record_camera_up", "camera" => id.clone())
                .set(f64::from(u8::from(camera.is_well(now))));
        }
    }

    /// Whether at least one camera is being recorded, and how everything is, in words.
    pub fn tell(&self, buffer: &Buffer) -> (bool, String) {
        let now = self.clock.monotonic();
        let cameras = self.cameras.lock();
        let well = cameras.values().filter(|camera| camera.is_well(now)).count();
        let mut text = format!("{well} of {} cameras recorded\n", cameras.len());
        // Writing into a text cannot fail.
        let _ = match &*self.line.lock() {
            Line::Well => writeln!(text, "line: the log takes segments"),
            Line::Waiting { reason, since } => {
                writeln!(text, "line: broken for {} s: {reason}", now.saturating_sub(*since).as_secs())
            }
        };
        let (lost, sent) = (self.lost_total(), self.sent.load(Ordering::Relaxed));
        let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let _ = writeln!(
            text,
            "buffer: {} segments, {:.1} of {:.0} MB; sent {sent}, lost {lost}",
            buffer.len(),
            megabytes(buffer.bytes()),
            megabytes(buffer.limit()),
        );
        for (id, camera) in cameras.iter() {
            let last = camera.last_keyframe.map(|at| now.saturating_sub(at).as_secs());
            let last = last.map_or_else(|| "no keyframe yet".to_owned(), |s| format!("last keyframe {s} s ago"));
            let refused = camera.refused.as_ref().map_or_else(String::new, |why| format!("; not recorded: {why}"));
            let _ = writeln!(text, "{id}: {}; {} segments, {last}{refused}", camera.connection, camera.segments);
        }
        (well > 0 || cameras.is_empty(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;
    use operators::vocabulary::EventTime;

    #[test]
    fn a_recorder_tells_of_its_cameras_its_line_and_what_was_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let buffer = Buffer::open(folder.path(), 1 << 20).expect("opens");
        let clock = Arc::new(SimulatedClock::starting_at(EventTime(0)));
        let status = Status::new(clock.clone());
        status.camera("c-001", |camera| camera.connection = "connecting: starting".into());
        assert!(!status.tell(&buffer).0);
        status.camera("c-001", |camera| camera.last_keyframe = Some(clock.monotonic()));
        status.line(Some("no broker answers".into()));
        status.lost("buffer_full", 3);
        clock.advance(Duration::from_secs(5));
        let (well, text) = status.tell(&buffer);
        assert!(well);
        for said in ["1 of 1 cameras", "broken for 5 s: no broker answers", "lost 3", "last keyframe 5 s ago"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        clock.advance(FRESH);
        assert!(!status.tell(&buffer).0, "the keyframe is old");
    }
}
