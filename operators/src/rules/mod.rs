//! The rules: what of all that stands and moves in a zone is a candidate.
//!
//! Each rule is one file with its configuration, its state and its one
//! `observe`. They share the case (raised, updated, ended), the zone test and
//! the scene; they share no layer above that.

mod belief;
mod bin;
pub(crate) mod case;
mod lead;
mod muck;
mod parking;
mod vending;
mod zone;

pub use bin::BinConfig;
pub use muck::MuckConfig;
pub use parking::ParkingConfig;
pub use vending::VendingConfig;
pub(crate) use zone::ZoneState;

use crate::schedule::Schedule;
use crate::stay::{Look, Over, Stay};
use crate::track::Track;
use crate::vocabulary::Polygon;
use serde::{Deserialize, Serialize};

/// A rule and its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleConfig {
    /// A vehicle that stands where it must not.
    IllegalParking(ParkingConfig),
    /// A stall with its vendor.
    StreetVending(VendingConfig),
    /// A bin over its rim, or waste beside it.
    BinOverflow(BinConfig),
    /// A muck truck with its load uncovered.
    MuckTruck(MuckConfig),
}

impl RuleConfig {
    /// The rule of this name with its default settings.
    pub fn of_kind(kind: &str) -> Option<RuleConfig> {
        Some(match kind {
            "illegal-parking" => RuleConfig::IllegalParking(ParkingConfig::default()),
            "street-vending" => RuleConfig::StreetVending(VendingConfig::default()),
            "bin-overflow" => RuleConfig::BinOverflow(BinConfig::default()),
            "muck-truck" => RuleConfig::MuckTruck(MuckConfig::default()),
            _ => return None,
        })
    }

    /// The rule as CITY.toml writes it.
    pub const fn kind(&self) -> &'static str {
        match self {
            RuleConfig::IllegalParking(_) => "illegal-parking",
            RuleConfig::StreetVending(_) => "street-vending",
            RuleConfig::BinOverflow(_) => "bin-overflow",
            RuleConfig::MuckTruck(_) => "muck-truck",
        }
    }

    /// Version of the rule's logic, for a candidate's `rule_version`. Changes when the logic does.
    pub const fn version(&self) -> &'static str {
        match self {
            RuleConfig::IllegalParking(_) => "illegal-parking/7",
            RuleConfig::StreetVending(_) => "street-vending/8",
            RuleConfig::BinOverflow(_) => "bin-overflow/8",
            RuleConfig::MuckTruck(_) => "muck-truck/6",
        }
    }

    /// The least detection score with which an object may begin for this rule.
    pub(crate) fn confidence(&self) -> f32 {
        match self {
            RuleConfig::IllegalParking(c) => c.confidence,
            RuleConfig::StreetVending(c) => c.confidence,
            RuleConfig::BinOverflow(c) => c.confidence,
            RuleConfig::MuckTruck(c) => c.confidence,
        }
    }
}

/// A rule at work in a zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZoneRule {
    /// Zone id, unique within the camera and preset for each rule.
    pub id: String,
    /// The zone.
    pub polygon: Polygon,
    /// When it is watched.
    pub schedule: Schedule,
    /// What is watched for.
    pub rule: RuleConfig,
}

/// One picture as the rules see it.
pub(crate) struct Scene<'a> {
    pub look: Look<'a>,
    pub stays: &'a [Stay],
    pub tracks: &'a [Track],
    /// Stays that ended with this picture.
    pub over: &'a [Over],
}
