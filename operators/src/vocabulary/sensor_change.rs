//! What the rules over readings say. The same words as those of the cameras' rules.

use super::{EventTime, Millis, StayId, Transition};
use crate::ground::LonLat;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A rule over readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SensorRule {
    /// Inside a fence that forbids it.
    NoEntry,
    /// Outside the area it must keep to.
    OffArea,
    /// Too long at a depot.
    OverStay,
    /// Off its permitted routes.
    Deviation,
    /// Faster than the road allows.
    OverSpeed,
    /// Stands where no stop is permitted.
    IllegalStop,
    /// Unloads where it must not.
    Dumping,
    /// On the road without a permit.
    NoPermit,
    /// A camera read its plate where its terminal is not.
    PlateElsewhere,
    /// A camera saw it while its terminal is silent.
    TerminalSilent,
    /// Planned road was not swept.
    Coverage,
    /// A full bin.
    BinFull,
    /// A hot bin.
    BinFire,
    /// A cover that is open or tilted.
    CoverOpen,
    /// Water at a cover.
    CoverWater,
    /// Water on a road.
    Ponding,
}

impl SensorRule {
    /// Every rule, in declaration order.
    pub const ALL: [SensorRule; 16] = [
        SensorRule::NoEntry,
        SensorRule::OffArea,
        SensorRule::OverStay,
        SensorRule::Deviation,
        SensorRule::OverSpeed,
        SensorRule::IllegalStop,
        SensorRule::Dumping,
        SensorRule::NoPermit,
        SensorRule::PlateElsewhere,
        SensorRule::TerminalSilent,
        SensorRule::Coverage,
        SensorRule::BinFull,
        SensorRule::BinFire,
        SensorRule::CoverOpen,
        SensorRule::CoverWater,
        SensorRule::Ponding,
    ];

    /// The rule as CITY.toml and payloads write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            SensorRule::NoEntry => "no-entry",
            SensorRule::OffArea => "off-area",
            SensorRule::OverStay => "over-stay",
            SensorRule::Deviation => "deviation",
            SensorRule::OverSpeed => "over-speed",
            SensorRule::IllegalStop => "illegal-stop",
            SensorRule::Dumping => "dumping",
            SensorRule::NoPermit => "no-permit",
            SensorRule::PlateElsewhere => "plate-elsewhere",
            SensorRule::TerminalSilent => "terminal-silent",
            SensorRule::Coverage => "coverage",
            SensorRule::BinFull => "bin-full",
            SensorRule::BinFire => "bin-fire",
            SensorRule::CoverOpen => "cover-open",
            SensorRule::CoverWater => "cover-water",
            SensorRule::Ponding => "ponding",
        }
    }

    /// Version of the rule's logic, for a candidate's `rule_version`. Changes when the logic does.
    pub fn version(self) -> String {
        let version = match self {
            SensorRule::BinFire | SensorRule::CoverOpen | SensorRule::CoverWater => 1,
            _ => 2,
        };
        format!("{}/{version}", self.as_str())
    }

    /// Somebody may be hurt within the hour: it bypasses the queue.
    pub const fn is_urgent(self) -> bool {
        matches!(self, SensorRule::CoverOpen | SensorRule::BinFire)
    }
}

/// A change of a candidate, in the order in which it became known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensorChange {
    /// Which device.
    pub device: String,
    /// Which candidate: subject (fence, road, …) as `zone`, rule, and the start as it was first told.
    /// A back-fill may move `first_seen`; this never changes.
    pub stay: StayId,
    /// The rule.
    pub rule: SensorRule,
    /// What happened.
    pub transition: Transition,
    /// When it began, as known now.
    pub first_seen: EventTime,
    /// The deciding reading's time.
    pub raised_at: EventTime,
    /// When it last held.
    pub last_seen: EventTime,
    /// From the first to the last.
    pub dwell: Millis,
    /// Where it began.
    pub from: Option<LonLat>,
    /// Where it last held.
    pub place: Option<LonLat>,
    /// The worst value: km/h, metres off the route, share of fill, degrees, cm.
    pub value: f32,
    /// What the value was compared with.
    pub limit: f32,
    /// How sure, 0..1.
    pub confidence: f32,
    /// Bypasses the queue.
    pub urgent: bool,
    /// What agrees and what does not, in a few words.
    pub notes: Vec<Cow<'static, str>>,
    /// Why it ended or was withdrawn.
    pub reason: Option<Cow<'static, str>>,
}
