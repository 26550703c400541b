//! What the looks at a truck say of its load.

use crate::vocabulary::{BBox, Condition, ConditionScore, EventTime, Millis};
use serde::{Deserialize, Serialize};

/// The first look stands for so many milliseconds, any other for the time since the one before, up to the longest.
const FIRST: Millis = 250;
const LONGEST: Millis = 1_000;

/// Votes on a load. A near look counts more: from afar a tub filled to its rim looks as an empty one does. And a burst's
/// many looks count no more than the few of the same time without one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Said {
    /// Looks that said anything.
    pub(super) looks: u32,
    /// Of these, those that said "uncovered".
    pub(super) uncovered: u32,
    /// Score times the cube of the box's size times seconds, of those that said "uncovered" and of all.
    weights: (f32, f32),
    last: Option<EventTime>,
}

impl Said {
    pub(super) fn count(&mut self, said: ConditionScore, bbox: &BBox, at: EventTime) {
        let time = self.last.replace(at).map_or(FIRST, |last| at.since(last).min(LONGEST));
        let weight = said.score * bbox.area().powf(1.5) * time as f32 / 1000.0;
        self.looks = self.looks.saturating_add(1);
        self.weights.1 += weight;
        if said.condition == Condition::LoadUncovered {
            self.uncovered = self.uncovered.saturating_add(1);
            self.weights.0 += weight;
        }
    }

    /// Share of "uncovered", 0..1; 0 before anything was said.
    pub(super) fn share(&self) -> f32 {
        self.weights.0 / self.weights.1.max(f32::MIN_POSITIVE)
    }
}
