//! What is wrong with a component, and how often it was seen.

use super::compare::State;
use crate::vocabulary::{EventTime, Sighting, StayId};
use serde::{Deserialize, Serialize};

/// The rule as CITY.toml writes it.
pub const RULE: &str = "component";
/// Version of the rule's logic, for a candidate's `rule_version`. Changes when the logic does.
pub const RULE_VERSION: &str = "component/12";

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It is gone (丢失).
    Missing,
    /// It stands elsewhere, or tilted (移位, 倾斜).
    Displaced,
    /// It is broken (破损).
    Damaged,
    /// Something stands on what must be free (占用).
    Blocked,
    /// Something stands that is registered nowhere.
    Unregistered,
}

impl Fault {
    /// The word that payloads and tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Fault::Missing => "missing",
            Fault::Displaced => "displaced",
            Fault::Damaged => "damaged",
            Fault::Blocked => "blocked",
            Fault::Unregistered => "unregistered",
        }
    }

    /// What a verdict says is wrong, if it does.
    pub(super) const fn of(state: State) -> Option<Fault> {
        match state {
            State::Missing => Some(Fault::Missing),
            State::Displaced => Some(Fault::Displaced),
            State::Damaged => Some(Fault::Damaged),
            State::Blocked => Some(Fault::Blocked),
            State::Same | State::Occluded | State::CannotJudge => None,
        }
    }
}

/// What is known of a fault, raised or suspected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Names it: zone is the component's id (for something unregistered the area's), rule is [`RULE`].
    pub stay: StayId,
    /// What most pictures say is wrong.
    pub fault: Fault,
    /// Pictures that showed a fault.
    pub seen: u32,
    /// Pictures that showed the component, from the first that showed a fault.
    pub looks: u32,
    /// When the candidate was raised, if it was.
    pub raised: Option<EventTime>,
    /// The last picture that showed the fault.
    pub last: Sighting,
}
