//! What the rules say: candidates raised, updated, ended, withdrawn.

use super::{BBox, EventTime, Label, Millis};
use serde::{Deserialize, Serialize};

/// Names one stay (an object's time at one place) within a camera and preset.
/// Stable across snapshots and replays: it derives from zone, rule, the event
/// time at which the stay began, and an ordinal among stays that began in the
/// same picture of the same zone (by place, left to right).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StayId {
    /// Zone id.
    pub zone: String,
    /// Rule kind as CITY.toml writes it.
    pub rule: String,
    /// When the stay began.
    pub start: EventTime,
    /// 0 for the first stay that began in that picture, 1 for the next, …
    pub ordinal: u32,
}

/// Where a candidate is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transition {
    /// The rule made up its mind; sent once.
    Raised,
    /// Still going on; sent at a bounded rate.
    Updated,
    /// The object left or the state returned to normal; the last word.
    Ended,
    /// Found to be wrong by the pipeline itself; the last word.
    Withdrawn,
}

/// The object at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// Event time.
    pub at: EventTime,
    /// Where it was.
    pub bbox: BBox,
    /// The label voted so far.
    pub label: Label,
    /// Confidence of the label, 0..1: mean score of the pictures that saw it.
    pub score: f32,
}

/// A change of a candidate, in the order it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Which stay it is about.
    pub stay: StayId,
    /// What happened.
    pub transition: Transition,
    /// First time the object stood there.
    pub first_seen: EventTime,
    /// When the candidate was raised: the deciding picture's time.
    pub raised_at: EventTime,
    /// Last time the object was seen there.
    pub last: Sighting,
    /// How long it has stood there, `last_seen - first_seen`.
    pub dwell: Millis,
    /// Reason in a few words, for `Withdrawn` and `Ended`.
    pub reason: Option<String>,
}

/// Which still of a stay a picture can serve as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// The stay began.
    Start,
    /// Half of the dwell is over (pre-alarm).
    Middle,
    /// The deciding picture.
    End,
}

/// Asks the pipeline to keep this picture for a stay that may become a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeepStill {
    /// The stay.
    pub stay: StayId,
    /// What the picture shows of it.
    pub moment: Moment,
    /// The object in this picture.
    pub sighting: Sighting,
}

/// Asks the pipeline for pictures at full rate for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurstRequest {
    /// Until this event time.
    pub until: EventTime,
}

/// Everything one picture led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Changes of candidates, in order.
    pub changes: Vec<Change>,
    /// Pictures to keep for stays that may become candidates.
    pub keep: Vec<KeepStill>,
    /// Stays that ended without ever being raised: their stills can go.
    pub forget: Vec<StayId>,
    /// The longest burst that any rule asked for.
    pub burst: Option<BurstRequest>,
    /// The part of the next picture to look at once more, closely ([`crate::closer`]).
    pub closer: Option<BBox>,
}
