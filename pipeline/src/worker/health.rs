//! One camera's health: what its stream does, and what its pictures look like.

use super::components::Look;
use crate::payload::CameraState;
use crate::source;
use operators::quality::Quality;
use operators::vocabulary::{EventTime, Millis};
use operators::watch::Suspension;

/// The state to show, why, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The state.
    pub state: CameraState,
    /// Why, in words.
    pub reason: String,
    /// Wall time at which it was entered.
    pub since: EventTime,
}

/// Merges the stream's health with the pictures' quality. The stream comes
/// first: a picture says nothing once none come.
#[derive(Debug)]
pub struct HealthMerge {
    stream: source::HealthReport,
    quality: Quality,
    quality_since: EventTime,
    look: Look,
    look_since: EventTime,
    /// How old the pictures are, where that is worth a word.
    behind: Option<String>,
    shown: Option<Shown>,
    /// Connections after the first.
    pub reconnects: u64,
}

impl HealthMerge {
    /// Before anything is known.
    pub fn new(stream: source::HealthReport) -> Self {
        let quality_since = stream.since;
        HealthMerge {
            quality: Quality::Good,
            quality_since,
            look: Look::Fine,
            look_since: quality_since,
            behind: None,
            shown: None,
            reconnects: 0,
            stream,
        }
    }

    /// What to show before anything has changed.
    pub fn first(&mut self) -> Option<Shown> {
        self.merge()
    }

    /// The stream's state changed; returns what to show if that changes.
    pub fn stream(&mut self, report: source::HealthReport) -> Option<Shown> {
        if matches!(report.health, source::Health::Reconnecting { .. }) {
            self.reconnects += 1;
        }
        self.stream = report;
        self.merge()
    }

    /// A picture was judged at wall time `now`; returns what to show if that changes.
    pub fn picture(&mut self, quality: Quality, now: EventTime) -> Option<Shown> {
        if quality != self.quality {
            self.quality = quality;
            self.quality_since = now;
        }
        self.merge()
    }

    /// A picture was compared with the baseline at wall time `now`; returns what to show if that changes.
    pub fn look(&mut self, look: &Look, now: EventTime) -> Option<Shown> {
        if *look != self.look {
            self.look = look.clone();
            self.look_since = now;
        }
        self.merge()
    }

    /// The latest picture was taken so long ago; returns what to show if that changes.
    pub fn behind(&mut self, behind: Millis) -> Option<Shown> {
        self.behind = rounded(behind);
        self.merge()
    }

    /// Why the rules must hold, if they must.
    pub fn suspension(&self) -> Option<Suspension> {
        match (&self.stream.health, self.quality) {
            (source::Health::Corrupt, _) => Some(Suspension::Corrupt),
            (source::Health::Stalled | source::Health::Reconnecting { .. } | source::Health::Failed { .. }, _) => {
                Some(Suspension::Offline)
            }
            (_, Quality::Good) if matches!(self.look, Look::Off(_)) => Some(Suspension::Moved),
            (_, Quality::Good) => None,
            (_, Quality::Dark) => Some(Suspension::Dark),
            (_, Quality::Blurred) => Some(Suspension::Blurred),
            (_, Quality::Frozen) => Some(Suspension::Frozen),
        }
    }

    fn merge(&mut self) -> Option<Shown> {
        let from_stream = |state| (state, self.stream.reason.to_string(), self.stream.since);
        let (state, reason, since) = match &self.stream.health {
            source::Health::Connecting => from_stream(CameraState::Connecting),
            source::Health::Stalled => from_stream(CameraState::Stalled),
            source::Health::Reconnecting { .. } => from_stream(CameraState::Reconnecting),
            source::Health::Corrupt => from_stream(CameraState::Corrupt),
            source::Health::Ended => from_stream(CameraState::Ended),
            source::Health::Failed { .. } => from_stream(CameraState::Failed),
            source::Health::Online => match self.quality {
                Quality::Good => match &self.look {
                    Look::Fine => match &self.behind {
                        Some(behind) => (CameraState::Online, format!("behind by {behind}"), self.stream.since),
                        None => from_stream(CameraState::Online),
                    },
                    Look::Noted(why) => (CameraState::Online, why.clone(), self.look_since),
                    Look::Off(why) => (CameraState::Moved, why.clone(), self.look_since),
                },
                Quality::Dark => (CameraState::Dark, "too dark to judge".to_owned(), self.quality_since),
                Quality::Blurred => (CameraState::Blurred, "far less sharp than usual".to_owned(), self.quality_since),
                Quality::Frozen => {
                    (CameraState::Frozen, "the same picture again and again".to_owned(), self.quality_since)
                }
            },
        };
        let next = Shown { state, reason, since };
        let news = self.shown.as_ref().is_none_or(|s| s.state != next.state || s.reason != next.reason);
        news.then(|| {
            self.shown = Some(next.clone());
            next
        })
    }
}

/// How far behind, in steps so coarse that health is not told with every picture; `None` below a minute.
fn rounded(behind: Millis) -> Option<String> {
    match behind.unsigned_abs() / 60_000 {
        0 => None,
        minutes @ 1..10 => Some(format!("{minutes} min")),
        minutes @ 10..60 => Some(format!("{} min", minutes / 10 * 10)),
        minutes @ 60..1_440 => Some(format!("{} h", minutes / 60)),
        minutes => Some(format!("{} days", minutes / 1_440)),
    }
}
