//! A camera as the registry has it, for topic `cameras`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One camera with all its presets. The topic is compacted by camera: the last one holds, a tombstone removes it.
/// The record's partition says which worker runs the camera; its state lies in the same partition of `state`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CameraConfig {
    /// Camera id.
    pub camera: String,
    /// SHA-256 of the settings, in hex: the configuration version that evidence names.
    pub version: String,
    /// Cores that it is thought to cost; places new cameras, and says when a worker is full.
    pub cost: f64,
    /// The camera's `[[camera]]` tables of CITY.toml, one for each preset, key by key (docs/CONFIGURATION.md).
    /// The `url` may hold a password.
    pub settings: Vec<Map<String, Value>>,
}
