//! What the operators remember, for topic `state`.

use super::OffsetTime;
use crate::source::SegmentPosition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Envelope of an operators' snapshot. The topic is compacted by camera: a
/// worker that is given the camera restores the last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateSnapshot {
    /// Camera id.
    pub camera: String,
    /// Preset the state belongs to.
    pub preset: String,
    /// Event time of the last picture that went into it.
    pub at: OffsetTime,
    /// Version of the snapshot's own layout: one that is not known is not restored.
    pub version: u32,
    /// Where on the topic `segments` reading goes on, for a camera that is fed from it: at this segment, whose pictures
    /// up to `at` are in the snapshot already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<SegmentPosition>,
    /// The operators' snapshot; only they read it.
    pub snapshot: serde_json::Value,
}
