//! How a worker is: for `/healthz` and `/readyz`, for people and for metrics.

use crate::clock::Clock;
use crate::log::LogHealth;
use crate::log::kafka::Heard;
use crate::telemetry::names;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// The loop counts as stuck when it did not turn for so long.
const STUCK: Duration = Duration::from_secs(30);

/// How a worker is.
#[derive(Debug)]
pub struct Status {
    clock: Arc<dyn Clock>,
    heard: Arc<Heard>,
    turned: AtomicU64,
    joined: AtomicBool,
    troubles: Mutex<BTreeMap<&'static str, String>>,
}

impl Status {
    /// A worker that has not begun.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let status = Status {
            turned: AtomicU64::new(0),
            clock,
            heard: Arc::default(),
            joined: AtomicBool::new(false),
            troubles: Mutex::default(),
        };
        status.turn();
        status
    }

    /// Where librdkafka's clients say how the brokers are.
    pub(crate) fn heard(&self) -> Arc<Heard> {
        self.heard.clone()
    }

    /// The loop has turned once more.
    pub fn turn(&self) {
        self.turned.store(self.clock.monotonic().as_millis() as u64, Ordering::Relaxed);
        metrics::gauge!(names::WORKER_READY).set(f64::from(u8::from(self.ready().is_ok())));
    }

    /// Whether the group has given this worker its share, which may be none.
    pub fn joined(&self, joined: bool) {
        if self.joined.swap(joined, Ordering::Relaxed) != joined {
            tracing::info!(joined, "group");
        }
    }

    /// Something keeps the worker from its work. Said once while it stays the same.
    pub fn trouble(&self, about: &'static str, what: String) {
        let mut troubles = self.troubles.lock();
        if troubles.get(about) != Some(&what) {
            tracing::error!(about, "{what}");
            metrics::gauge!(names::WORKER_TROUBLE, "about" => about).set(1.0);
            troubles.insert(about, what);
        }
    }

    /// It does not any more.
    pub fn well(&self, about: &'static str) {
        if self.troubles.lock().remove(about).is_some() {
            tracing::info!(about, "over");
            metrics::gauge!(names::WORKER_TROUBLE, "about" => about).set(0.0);
        }
    }

    /// Whether the process lives and its loop turns.
    ///
    /// # Errors
    /// How long it has not.
    pub fn alive(&self) -> Result<(), String> {
        let now = self.clock.monotonic();
        let silent = now.saturating_sub(Duration::from_millis(self.turned.load(Ordering::Relaxed)));
        if silent > STUCK { Err(format!("the loop has not turned for {} s", silent.as_secs())) } else { Ok(()) }
    }

    /// Whether the worker has its place in the group and reaches the log.
    ///
    /// # Errors
    /// What keeps it from that, a line each.
    pub fn ready(&self) -> Result<(), String> {
        let mut lines: Vec<String> =
            self.troubles.lock().iter().map(|(about, what)| format!("{about}: {what}")).collect();
        match self.heard.health() {
            LogHealth::Well => {}
            LogHealth::Waiting { reason } | LogHealth::Failed { reason } => lines.push(format!("log: {reason}")),
        }
        if lines.is_empty() && !self.joined.load(Ordering::Relaxed) {
            lines.push("group: not joined yet".to_owned());
        }
        if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;
    use operators::vocabulary::EventTime;

    #[test]
    fn a_worker_is_ready_when_it_has_joined_and_nothing_is_wrong_and_alive_while_it_turns() {
        let clock = Arc::new(SimulatedClock::starting_at(EventTime(0)));
        let status = Status::new(clock.clone());
        assert_eq!(status.ready(), Err("group: not joined yet".to_owned()));
        status.joined(true);
        assert_eq!(status.ready(), Ok(()));
        status.trouble("topics", "topic state is missing".into());
        assert_eq!(status.ready(), Err("topics: topic state is missing".to_owned()));
        status.well("topics");
        assert_eq!((status.ready(), status.alive()), (Ok(()), Ok(())));
        clock.advance(Duration::from_secs(31));
        assert!(status.alive().is_err_and(|said| said.contains("31 s")));
        status.turn();
        assert_eq!(status.alive(), Ok(()));
    }
}
