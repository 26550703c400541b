//! What the comparison of a camera remembers, for the topic `state`.

use operators::components::{ComponentSnapshot, NewcomersSnapshot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The watches of a camera's zones, and the baselines that they know.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ComponentMemory {
    /// By id of the zone of components.
    pub zones: BTreeMap<String, ComponentSnapshot>,
    /// By id of the zone of unregistered change.
    pub changes: BTreeMap<String, NewcomersSnapshot>,
    /// The newest approved version that was taken into account, by part of the day.
    pub versions: BTreeMap<String, u32>,
}
