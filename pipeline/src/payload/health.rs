//! What a camera's feed is doing, for topic `health`.

use super::OffsetTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// State of one camera at one preset. The topic is compacted by camera: the
/// last one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CameraHealth {
    /// Camera id.
    pub camera: String,
    /// Preset the camera is thought to stand at.
    pub preset: String,
    /// What it is doing.
    pub state: CameraState,
    /// Why, in words for an operator; null where the state says it all.
    #[serde(default)]
    pub reason: Option<String>,
    /// When this was found.
    pub at: OffsetTime,
    /// Since when the state has held.
    pub since: OffsetTime,
    /// Time of the last picture that was decoded; null before the first.
    #[serde(default)]
    pub last_picture: Option<OffsetTime>,
    /// Counts since the feed started.
    pub counts: HealthCounts,
}

/// What a camera's feed is doing. Only `online` and `ended` are well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CameraState {
    /// Opening the source for the first time.
    Connecting,
    /// Pictures come and are good.
    Online,
    /// Connected, but no picture for longer than this camera's habit.
    Stalled,
    /// The connection is lost; waiting before the next try, or trying.
    Reconnecting,
    /// Too dark to judge; rules are suspended.
    Dark,
    /// Too blurred to judge; rules are suspended.
    Blurred,
    /// The same picture again and again; rules are suspended.
    Frozen,
    /// The camera does not look where it did: off its preset, bumped or zoomed; rules are suspended.
    Moved,
    /// Pictures come damaged; rules are suspended.
    Corrupt,
    /// A file that reached its end.
    Ended,
    /// Given up: what is wrong needs a person.
    Failed,
}

impl CameraState {
    /// The word as payloads and metrics write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            CameraState::Connecting => "connecting",
            CameraState::Online => "online",
            CameraState::Stalled => "stalled",
            CameraState::Reconnecting => "reconnecting",
            CameraState::Dark => "dark",
            CameraState::Blurred => "blurred",
            CameraState::Frozen => "frozen",
            CameraState::Moved => "moved",
            CameraState::Corrupt => "corrupt",
            CameraState::Ended => "ended",
            CameraState::Failed => "failed",
        }
    }
}

/// Counts of a feed since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HealthCounts {
    /// Packets read.
    pub packets: u64,
    /// Pictures decoded.
    pub pictures: u64,
    /// Samples dropped because a queue was full.
    pub dropped: u64,
    /// Pictures dropped because they were damaged.
    pub corrupt: u64,
    /// Times the connection was lost.
    pub reconnects: u64,
}
