//! What must outlive the process, on the topic `state`: each device's memory with how far its readings are in it, and
//! where reading goes on.

use super::candidate::time;
use super::desk::Remembered;
use crate::config::City;
use crate::log::{Log, LogError, Offsets, Topic};
use crate::payload::{CloudEvent, EvidenceItem, State, StateSnapshot};
use crate::telemetry::names;
use crate::worker::Message;
use operators::fleet::CoverageSnapshot;
use operators::vocabulary::EventTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Stands where a camera's snapshot has its preset: no camera's preset has such a name.
pub const PRESET: &str = "@sensors";
/// Key of the record that says where reading goes on.
const POSITION: &str = "@sensors";
/// Version of what is kept.
const VERSION: u32 = 1;

/// Evidence of candidates that are open, or ended not long ago: late readings may say that they go on after all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Evidence(BTreeMap<Uuid, Kept>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    items: Vec<EvidenceItem>,
    ended: Option<EventTime>,
}

/// So long after its end a candidate can go on at most; the horizon of late readings is far shorter.
const ENDED: i64 = 86_400_000;

impl Evidence {
    /// A candidate was raised.
    pub fn raised(&mut self, id: Uuid, items: Vec<EvidenceItem>) {
        self.0.insert(id, Kept { items, ended: None });
    }

    /// A candidate is in this state at `at`: its evidence.
    pub fn of(&mut self, id: Uuid, state: State, at: EventTime) -> Vec<EvidenceItem> {
        let items = self.0.get_mut(&id).map(|kept| {
            kept.ended = state.is_final().then_some(at);
            kept.items.clone()
        });
        self.0.retain(|_, kept| kept.ended.is_none_or(|ended| at.since(ended) < ENDED));
        items.unwrap_or_default()
    }
}

/// Of one device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DeviceMemory {
    /// Its readings before these offsets of `readings` are in here. A vehicle has two partitions where cameras read its
    /// plate: its terminal's, and its plate's.
    pub next: Offsets,
    /// The rules' memory.
    pub rules: Remembered,
    /// Evidence of its open candidates.
    pub evidence: Evidence,
}

/// Of everybody.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Position {
    /// Reading goes on here: everything before is in the devices' memories.
    pub offsets: Offsets,
    /// The newest arrival that was read.
    pub newest: Option<EventTime>,
    /// The plans' memory.
    pub coverage: CoverageSnapshot,
    /// Evidence of open candidates of plans.
    pub evidence: Evidence,
}

/// What an earlier process left.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub position: Position,
    pub devices: BTreeMap<String, DeviceMemory>,
}

/// Reads it. What another version left is not taken over: those devices start afresh.
///
/// # Errors
/// The log does not answer.
pub(super) async fn recall(log: &dyn Log) -> Result<Left, LogError> {
    let mut left = Left::default();
    for (key, stored) in log.latest(Topic::State).await? {
        let Some(payload) = stored.payload else { continue };
        let Ok(CloudEvent { data, .. }) = serde_json::from_slice::<CloudEvent<StateSnapshot>>(&payload) else {
            continue;
        };
        if data.preset != PRESET {
            continue;
        }
        let is_position = key == POSITION;
        let read = (data.version == VERSION).then_some(data.snapshot);
        let taken = match (read, is_position) {
            (Some(snapshot), true) => serde_json::from_value(snapshot).map(|position| left.position = position).is_ok(),
            (Some(snapshot), false) => {
                serde_json::from_value(snapshot).map(|memory| left.devices.insert(key.clone(), memory)).is_ok()
            }
            (None, _) => false,
        };
        if !taken {
            metrics::counter!(names::RECORDS_REFUSED, "topic" => "state", "reason" => "unreadable").increment(1);
            tracing::warn!(device = key, "a snapshot is of another version: the device starts afresh");
        }
    }
    Ok(left)
}

/// The message that keeps a device's memory.
pub(super) fn of_device(city: &City, device: &str, at: EventTime, memory: &DeviceMemory) -> Message {
    message(city, device, at, memory)
}

/// The message that keeps where reading goes on.
pub(super) fn of_position(city: &City, at: EventTime, position: &Position) -> Message {
    message(city, POSITION, at, position)
}

fn message(city: &City, key: &str, at: EventTime, memory: &impl Serialize) -> Message {
    let state = StateSnapshot {
        camera: key.to_owned(),
        preset: PRESET.to_owned(),
        at: time(city, at),
        version: VERSION,
        segments: None,
        // Plain data with text keys: it always serialises.
        snapshot: serde_json::to_value(memory).unwrap_or_default(),
    };
    Message::State(Box::new(CloudEvent::state(&city.name, state)))
}
