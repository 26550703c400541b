//! What is true of a camera's stream, told in transitions.
//!
//! Nothing says online without a recently decoded picture: the state follows
//! from what was decoded and when, never from the connection alone.

use super::{Reason, SourceError};
use operators::vocabulary::EventTime;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A camera's state, as far as its stream goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Connecting, or connected without a picture yet.
    Connecting,
    /// A picture was decoded recently.
    Online,
    /// Connected, but no packet or no picture comes any more.
    Stalled,
    /// Waiting before the next attempt.
    Reconnecting {
        /// Failures since it was last well, 1 for the first.
        attempt: u32,
        /// From the report's time on.
        next_in: Duration,
        /// What failed.
        reason: Reason,
    },
    /// Pictures come, but too many are damaged.
    Corrupt,
    /// The recording is over.
    Ended,
    /// Given up; only a change of configuration or file helps.
    Failed {
        /// What failed.
        reason: Reason,
    },
}

impl Health {
    /// The word used in metrics and payloads.
    pub fn as_str(&self) -> &'static str {
        match self {
            Health::Connecting => "connecting",
            Health::Online => "online",
            Health::Stalled => "stalled",
            Health::Reconnecting { .. } => "reconnecting",
            Health::Corrupt => "corrupt",
            Health::Ended => "ended",
            Health::Failed { .. } => "failed",
        }
    }
}

/// A state, since when, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthReport {
    /// The state.
    pub health: Health,
    /// Wall time at which it was entered.
    pub since: EventTime,
    /// Why, in words; never empty.
    pub reason: Arc<str>,
}

/// What the reading side tells about the connection.
#[derive(Debug, Clone)]
pub enum Note {
    /// An attempt to connect begins.
    Connecting,
    /// Connected; pictures may follow.
    Connected,
    /// Nothing arrives any more.
    Stalled(SourceError),
    /// The connection is gone; the next attempt comes later.
    Waiting {
        /// Failures so far.
        attempt: u32,
        /// The wait.
        next_in: Duration,
        /// What failed.
        error: SourceError,
    },
    /// The recording is over; with what was wrong with its end, if anything.
    Ended(Option<SourceError>),
    /// Given up.
    Failed(SourceError),
}

/// Of so many wanted pictures …
const WINDOW: usize = 8;
/// … so many damaged ones are a state of the camera, not an accident.
const CORRUPT_FROM: usize = 4;

/// Turns notes and decoded pictures into states; remembers the last.
#[derive(Debug)]
pub struct HealthBook {
    report: HealthReport,
    /// A picture older than this does not make a camera online.
    fresh_for: Duration,
    connected: bool,
    last_picture: Option<Duration>,
    connected_at: Duration,
    /// The last wanted pictures: damaged or not.
    recent: VecDeque<bool>,
}

impl HealthBook {
    /// A camera that is about to be connected.
    pub fn new(now: EventTime, fresh_for: Duration) -> Self {
        HealthBook {
            report: HealthReport { health: Health::Connecting, since: now, reason: "starting".into() },
            fresh_for,
            connected: false,
            last_picture: None,
            connected_at: Duration::ZERO,
            recent: VecDeque::new(),
        }
    }

    /// The current state.
    pub fn report(&self) -> &HealthReport {
        &self.report
    }

    /// The reading side says something. Returns the new state when it changed.
    pub fn note(&mut self, note: &Note, now: EventTime, monotonic: Duration) -> Option<HealthReport> {
        self.connected = matches!(note, Note::Connected);
        let (health, reason) = match note {
            Note::Connecting => (Health::Connecting, "connecting".to_owned()),
            Note::Connected => {
                self.last_picture = None;
                self.connected_at = monotonic;
                self.recent.clear();
                (Health::Connecting, "connected, no picture yet".to_owned())
            }
            Note::Stalled(error) => (Health::Stalled, error.to_string()),
            Note::Waiting { attempt, next_in, error } => {
                let reason = error.reason;
                (Health::Reconnecting { attempt: *attempt, next_in: *next_in, reason }, error.to_string())
            }
            Note::Ended(None) => (Health::Ended, "the recording is over".to_owned()),
            Note::Ended(Some(error)) => (Health::Ended, format!("the recording is over, not cleanly: {error}")),
            Note::Failed(error) => (Health::Failed { reason: error.reason }, error.to_string()),
        };
        self.enter(health, &reason, now)
    }

    /// A wanted picture came out of the decoder, or was too damaged to.
    pub fn picture(&mut self, damaged: bool, now: EventTime, monotonic: Duration) -> Option<HealthReport> {
        self.recent.push_back(damaged);
        if self.recent.len() > WINDOW {
            self.recent.pop_front();
        }
        if !damaged {
            self.last_picture = Some(monotonic);
        }
        if !self.connected {
            // What was still queued of a connection that is gone.
            return None;
        }
        let bad = self.recent.iter().filter(|damaged| **damaged).count();
        let corrupt = match self.report.health {
            Health::Corrupt => bad > 1,
            _ => bad >= CORRUPT_FROM || (bad >= 3 && bad == self.recent.len()),
        };
        match (corrupt, damaged) {
            (true, _) => {
                let reason = format!("{bad} of the last {} pictures were damaged", self.recent.len());
                self.enter(Health::Corrupt, &reason, now)
            }
            (false, false) => self.enter(Health::Online, "pictures are decoded", now),
            (false, true) => None,
        }
    }

    /// Time passed. Online expires without pictures.
    pub fn tick(&mut self, now: EventTime, monotonic: Duration) -> Option<HealthReport> {
        if !self.connected || matches!(self.report.health, Health::Stalled) {
            return None;
        }
        let silent = monotonic.saturating_sub(self.last_picture.unwrap_or(self.connected_at));
        if silent <= self.fresh_for || matches!(self.report.health, Health::Corrupt) {
            return None;
        }
        let reason = format!("no picture was decoded for {} s", silent.as_secs());
        self.enter(Health::Stalled, &reason, now)
    }

    fn enter(&mut self, health: Health, reason: &str, now: EventTime) -> Option<HealthReport> {
        let repeated = matches!(health, Health::Reconnecting { .. });
        if self.report.health == health && !repeated {
            return None;
        }
        self.report = HealthReport { health, since: now, reason: reason.into() };
        Some(self.report.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Duration = Duration::from_secs(6);

    fn second(n: u64) -> (EventTime, Duration) {
        (EventTime(n as i64 * 1_000), Duration::from_secs(n))
    }

    fn online() -> HealthBook {
        let mut book = HealthBook::new(EventTime(0), FRESH);
        book.note(&Note::Connected, EventTime(0), Duration::ZERO);
        book.picture(false, EventTime(0), Duration::ZERO);
        book
    }

    #[test]
    fn a_connection_alone_is_not_online() {
        let mut book = HealthBook::new(EventTime(0), FRESH);
        book.note(&Note::Connected, EventTime(0), Duration::ZERO);
        assert_eq!(book.report().health, Health::Connecting);
        book.picture(false, EventTime(0), Duration::ZERO);
        assert_eq!(book.report().health, Health::Online);
    }

    #[test]
    fn online_expires_without_pictures_and_comes_back_with_one() {
        let mut book = online();
        let (now, monotonic) = second(7);
        assert_eq!(book.tick(now, monotonic).expect("a transition").health, Health::Stalled);
        assert_eq!(book.tick(now, monotonic), None, "told once");
        assert_eq!(book.picture(false, now, monotonic).expect("a transition").health, Health::Online);
    }

    #[test]
    fn a_picture_left_over_from_a_lost_connection_does_not_make_it_online() {
        let mut book = online();
        let error = SourceError::new(Reason::Lost, "cam", "");
        book.note(&Note::Waiting { attempt: 1, next_in: FRESH, error }, EventTime(1), FRESH);
        assert_eq!(book.picture(false, EventTime(2), FRESH), None);
        assert_eq!(book.report().health.as_str(), "reconnecting");
    }

    #[test]
    fn one_damaged_picture_is_an_accident_and_many_are_a_state() {
        let mut book = online();
        assert_eq!(book.picture(true, EventTime(1), FRESH), None);
        for _ in 0..4 {
            book.picture(true, EventTime(2), FRESH);
        }
        assert_eq!(book.report().health, Health::Corrupt);
        for _ in 0..8 {
            book.picture(false, EventTime(3), FRESH);
        }
        assert_eq!(book.report().health, Health::Online);
    }
}
