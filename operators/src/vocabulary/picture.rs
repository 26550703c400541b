//! What is known of one picture when the rules look at it.

use super::{BBox, Condition, EventTime, Label, LocalTime, Luma};
use serde::{Deserialize, Serialize};

/// A classifier's word on a detected object.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConditionScore {
    /// The most likely condition.
    pub condition: Condition,
    /// Its probability, 0..1.
    pub score: f32,
}

/// One object in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// What it is.
    pub label: Label,
    /// Detector's confidence, 0..1.
    pub score: f32,
    /// Where it is.
    pub bbox: BBox,
    /// Its condition, where a classifier looked at the crop.
    pub condition: Option<ConditionScore>,
}

/// One picture of one (camera, preset), ready for the rules.
#[derive(Debug, Clone)]
pub struct Picture {
    /// When the camera took it.
    pub at: EventTime,
    /// The same moment as wall time at the camera, for schedules.
    pub local: LocalTime,
    /// What stands in it: from the detector, or, where the gate found the
    /// picture unchanged, what the last inference found.
    pub detections: Vec<Detection>,
    /// The part that was looked at closely, where one was ([`crate::closer`]).
    pub closer: Option<BBox>,
    /// The small grey picture, for appearance. `None` in tests and sources without one.
    pub luma: Option<Luma>,
}
