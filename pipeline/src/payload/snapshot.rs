//! What the operators remember, for topic `state`.

use super::OffsetTime;
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
    /// The operators' snapshot; only they read it.
    pub snapshot: serde_json::Value,
}
