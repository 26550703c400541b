//! One device of any kind: which rules read it, and what is known of it.

use super::config::SensorConfig;
use super::{bin, cover, gauge};
use crate::ground::LonLat;
use crate::series::{Entry, Episodes, Look, Rules};
use crate::vocabulary::{EventTime, SensorRule, Values};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is known of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Knowledge {
    /// It never spoke, or has been silent for too long.
    Unknown,
    /// It speaks, and nothing is wrong.
    Fine,
    /// Something is raised and not over.
    Wrong,
}

/// What the rules over a device work with.
pub(super) struct SensorRules<'a> {
    pub config: &'a SensorConfig,
    /// Subject of the rules.
    pub own: &'a Arc<str>,
}

/// What they remember.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct SensorState {
    pub episodes: Episodes,
    pub place: Option<LonLat>,
    pub bin: bin::BinMemory,
    /// It is open, as last measured.
    pub open: Option<bool>,
}

impl SensorState {
    /// Whether a rule has raised something that is not over.
    pub fn has_raised(&self, rule: SensorRule, subject: &str) -> bool {
        self.episodes.open(rule, subject).is_some_and(|e| e.raised.is_some())
    }

    pub fn look(&self, at: EventTime, value: f32, limit: f32, confidence: f32) -> Look {
        Look { at, place: self.place, value, limit, confidence }
    }
}

impl Rules for SensorRules<'_> {
    type State = SensorState;
    type Notes = ();

    fn read(&self, state: &mut SensorState, entry: &Entry, (): &mut ()) {
        // A value that cannot be tells nothing of the device's state.
        if entry.quality.has(crate::vocabulary::Quality::VALUE) {
            return;
        }
        if entry.quality.has_place() {
            state.place = entry.place.or(state.place);
        }
        match &entry.values {
            Values::Bin(report) => bin::report(self, state, entry.at, report),
            Values::Seen(seen) => bin::seen(self, state, entry, seen),
            Values::Cover(report) => cover::report(self, state, entry.at, report),
            Values::Gauge(report) => gauge::report(self, state, entry.at, report),
            Values::Vehicle(_) => {}
        }
    }

    fn episodes(state: &mut SensorState) -> &mut Episodes {
        &mut state.episodes
    }
}

/// Whether a value is over the threshold. Between the two, what is raised stays so; one odd report before it says nothing.
pub(super) fn over(raised: bool, value: f32, on: f32, off: f32) -> bool {
    value >= on || (raised && value > off)
}

/// Between two thresholds the word stays what it was.
pub(super) fn hysteresis(before: Option<bool>, value: f32, on: f32, off: f32) -> Option<bool> {
    if value >= on {
        Some(true)
    } else if value <= off {
        Some(false)
    } else {
        before
    }
}
