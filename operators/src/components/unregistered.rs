//! Something that stands for days where nothing is registered: an unregistered
//! sign, a new structure.

use super::baseline::Baseline;
use super::compare::Comparison;
use super::grey::Grey;
use super::registered::Registered;
use super::watch::Finding;
use crate::vocabulary::{BBox, EventTime, Millis, Outcome, Polygon, StayId};
use serde::{Deserialize, Serialize};

/// Settings of the watch for newcomers. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewcomersConfig {
    /// How long it must stand (2 days).
    pub dwell: Millis,
    /// Pictures closer together than this are one look, decided by their majority (1 h).
    pub slot: Millis,
    /// Least area, 0..1 of the picture (0.002).
    pub min_area: f32,
    /// An open candidate is updated at most this often (6 h).
    pub update: Millis,
}

impl Default for NewcomersConfig {
    fn default() -> Self {
        NewcomersConfig { dwell: 2 * 86_400_000, slot: 3_600_000, min_area: 0.002, update: 6 * 3_600_000 }
    }
}

/// A watched area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its id, as the zone of a candidate.
    pub id: String,
    /// Where nothing new may stand.
    pub polygon: Polygon,
}

/// The memory of what is new in one (camera, preset).
#[derive(Debug, Clone, PartialEq)]
pub struct Newcomers {
    config: NewcomersConfig,
}

/// A memory written out. Opaque: only [`Newcomers::restore`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewcomersSnapshot {
    version: u32,
}

impl Newcomers {
    /// A memory of nothing yet, against this baseline.
    pub fn new(
        config: NewcomersConfig,
        _baseline: &Baseline,
        _areas: &[Area],
        _registered: &[Registered],
    ) -> Newcomers {
        Newcomers { config }
    }

    /// Goes on from a snapshot taken under the same areas and baseline size; else it begins anew.
    pub fn restore(&mut self, _snapshot: NewcomersSnapshot) -> Outcome {
        Outcome::default()
    }

    /// Everything that must outlive this worker.
    pub fn snapshot(&self) -> NewcomersSnapshot {
        NewcomersSnapshot { version: 1 }
    }

    /// Takes one picture and the comparison made of it.
    pub fn observe(&mut self, _at: EventTime, _grey: &Grey, _movers: &[BBox], _comparison: &Comparison) -> Outcome {
        Outcome::default()
    }

    /// A new baseline shows what stands there as it should be: its candidates end, its memory begins anew.
    pub fn rebase(&mut self, _at: EventTime, _baseline: &Baseline) -> Outcome {
        Outcome::default()
    }

    /// What stands there, raised and suspected, and what ended with the last call.
    pub fn findings(&self) -> impl Iterator<Item = Finding> + '_ {
        std::iter::empty()
    }

    /// What is known of one stay.
    pub fn finding(&self, stay: &StayId) -> Option<Finding> {
        self.findings().find(|f| f.stay == *stay)
    }

    /// The configuration at work.
    pub fn config(&self) -> &NewcomersConfig {
        &self.config
    }
}
