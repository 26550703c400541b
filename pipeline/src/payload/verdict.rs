//! What a person said about a candidate, for topic `verdicts`.

use super::OffsetTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One decision of one person. The topic's key is the candidate, so the verdicts on one candidate keep their order.
///
/// What a candidate is follows from its verdicts in that order: each is taken when `seen_revision` is what the
/// ones before it have made, or is absent; another is void, since somebody was first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Chosen by the one who decides: a decision that is sent twice is one decision.
    pub id: Uuid,
    /// The candidate; of a reported miss, the id that the new case has.
    pub candidate: Uuid,
    /// What was decided.
    pub action: Action,
    /// Why it was rejected; with `reject` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RejectReason>,
    /// The candidate that it repeats; with the reason `duplicate-of` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<Uuid>,
    /// The candidate that it became a part of; with `merge` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<Uuid>,
    /// The class that it is now filed under; with `change-class` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_code: Option<String>,
    /// That class's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_name: Option<String>,
    /// What the person wrote; with `comment` always, with the others where they wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The verdict that is taken back; with `undo` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Uuid>,
    /// What the cameras' rules did not find; with `report-missed` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
    /// A blind second opinion: it never changes the candidate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second: bool,
    /// Login name of the person.
    pub reviewer: String,
    /// When it was decided, by the console's clock.
    pub at: OffsetTime,
    /// How many verdicts had made the candidate what the person saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_revision: Option<i64>,
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is a case.
    Confirm,
    /// It is none.
    Reject,
    /// It is a case of another class.
    ChangeClass,
    /// It is a part of another candidate.
    Merge,
    /// It is no part of another candidate, or of its group.
    Split,
    /// A supervisor should decide.
    Escalate,
    /// Only words.
    Comment,
    /// The last decision is taken back.
    Undo,
    /// A case that no rule found.
    ReportMissed,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 9] = [
        Action::Confirm,
        Action::Reject,
        Action::ChangeClass,
        Action::Merge,
        Action::Split,
        Action::Escalate,
        Action::Comment,
        Action::Undo,
        Action::ReportMissed,
    ];

    /// The word as payloads and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Confirm => "confirm",
            Action::Reject => "reject",
            Action::ChangeClass => "change-class",
            Action::Merge => "merge",
            Action::Split => "split",
            Action::Escalate => "escalate",
            Action::Comment => "comment",
            Action::Undo => "undo",
            Action::ReportMissed => "report-missed",
        }
    }

    /// The action of a word.
    pub fn of(word: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// Why a candidate is no case: the field's look-alikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RejectReason {
    /// A stall with a permit, or in a permitted place and time.
    LegalStall,
    /// Trade within the shop's own door line.
    InShopTrade,
    /// A vendor who rides past and does not stop to sell.
    RidingVendor,
    /// Traffic that queues.
    QueueingTraffic,
    /// The driver is in the vehicle.
    DriverPresent,
    /// The bin is not full.
    BinNotFull,
    /// The load is covered.
    CoveredLoad,
    /// Something hides it.
    Occluded,
    /// A shadow, a reflection, a change of light.
    LightOrShadow,
    /// The zone or the place is wrong.
    WrongPlace,
    /// Another candidate is about the same thing.
    DuplicateOf,
    /// Something else; the text says what.
    Other,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [RejectReason; 12] = [
        RejectReason::LegalStall,
        RejectReason::InShopTrade,
        RejectReason::RidingVendor,
        RejectReason::QueueingTraffic,
        RejectReason::DriverPresent,
        RejectReason::BinNotFull,
        RejectReason::CoveredLoad,
        RejectReason::Occluded,
        RejectReason::LightOrShadow,
        RejectReason::WrongPlace,
        RejectReason::DuplicateOf,
        RejectReason::Other,
    ];

    /// The word as payloads and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RejectReason::LegalStall => "legal-stall",
            RejectReason::InShopTrade => "in-shop-trade",
            RejectReason::RidingVendor => "riding-vendor",
            RejectReason::QueueingTraffic => "queueing-traffic",
            RejectReason::DriverPresent => "driver-present",
            RejectReason::BinNotFull => "bin-not-full",
            RejectReason::CoveredLoad => "covered-load",
            RejectReason::Occluded => "occluded",
            RejectReason::LightOrShadow => "light-or-shadow",
            RejectReason::WrongPlace => "wrong-place",
            RejectReason::DuplicateOf => "duplicate-of",
            RejectReason::Other => "other",
        }
    }

    /// The reason of a word.
    pub fn of(word: &str) -> Option<RejectReason> {
        RejectReason::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// A case that a person saw in a picture and no rule raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Missed {
    /// The rule that should have found it.
    pub rule: String,
    /// Camera id.
    pub camera: String,
    /// Preset of the camera.
    pub preset: String,
    /// Zone id; empty where it lies in none.
    #[serde(default)]
    pub zone: String,
    /// Class that it is filed under.
    pub class_code: String,
    /// That class's name.
    pub class_name: String,
    /// Grid cell; null where the city gave none.
    #[serde(default)]
    pub grid: Option<String>,
    /// Longitude and latitude; null where the city gave none.
    #[serde(default)]
    pub location: Option<[f64; 2]>,
    /// Time of the picture.
    pub at: OffsetTime,
    /// Left, top, width, height, each 0..1 of the picture.
    #[schemars(inner(range(min = 0, max = 1)))]
    pub bbox: [f32; 4],
    /// Where the picture lies, where it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Its SHA-256, lower-case hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_actions_and_reasons_are_those_of_the_payload() {
        for action in Action::ALL {
            assert_eq!(serde_json::to_value(action).expect("serialises"), action.as_str());
            assert_eq!(Action::of(action.as_str()), Some(action));
        }
        for reason in RejectReason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("serialises"), reason.as_str());
            assert_eq!(RejectReason::of(reason.as_str()), Some(reason));
        }
    }
}
