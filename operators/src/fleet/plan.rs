//! What a city draws and permits: fences, routes, roads, permits, plans, vehicles. As imported, before it is indexed.

use super::config::VehicleClass;
use crate::ground::LonLat;
use crate::schedule::Schedule;
use crate::vocabulary::{DAY, EventTime, LocalTime, Millis, Weekday};
use serde::{Deserialize, Serialize};

/// What a fence is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FenceKind {
    /// Nobody may be inside during its hours, but with a permit that names it.
    NoEntry,
    /// Its vehicles must stay inside during its hours.
    KeepIn,
    /// A permitted place to load, unload and stop.
    Site,
    /// A yard: a permitted place to stop, no place to unload.
    Depot,
}

/// An area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fence {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub kind: FenceKind,
    /// Its corners in order.
    pub corners: Vec<LonLat>,
    /// When it holds (always).
    #[serde(default)]
    pub schedule: Schedule,
    /// For which classes (all).
    #[serde(default)]
    pub classes: Vec<VehicleClass>,
    /// For which devices (all; those that keep in must be named).
    #[serde(default)]
    pub vehicles: Vec<String>,
    /// A stay inside may last so long (any).
    #[serde(default)]
    pub max_stay: Option<Millis>,
}

/// A route that permits name: a line and the width of its corridor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetRoute {
    /// Its id.
    pub id: String,
    /// Its points in order.
    pub line: Vec<LonLat>,
    /// Width of the corridor, m.
    pub width_m: f64,
}

/// A road with its limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Road {
    /// Its id.
    pub id: String,
    /// Its points in order.
    pub line: Vec<LonLat>,
    /// km/h.
    pub limit_kmh: f32,
}

/// A permit of a vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permit {
    /// Its id.
    pub id: String,
    /// Device id, or number plate.
    pub vehicle: String,
    /// From when.
    pub from: EventTime,
    /// Until when (exclusive).
    pub until: EventTime,
    /// At which hours (all).
    #[serde(default)]
    pub schedule: Schedule,
    /// On which routes (any).
    #[serde(default)]
    pub routes: Vec<String>,
    /// At which sites it may load and unload (any).
    #[serde(default)]
    pub sites: Vec<String>,
    /// Which forbidden fences it may enter.
    #[serde(default)]
    pub enter: Vec<String>,
}

/// Work that is planned: roads, hours, and how much of them must be swept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// The road segments.
    pub segments: Vec<Vec<LonLat>>,
    /// Days (all).
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// Minute of the day from which it is swept.
    pub from: u16,
    /// Minute of the day until which it is swept; not after `from` means on the next day.
    pub until: u16,
    /// By which devices (every sweeper).
    #[serde(default)]
    pub vehicles: Vec<String>,
    /// Least share of its length, 0..1.
    pub share: f32,
}

impl Plan {
    /// The hours of this plan that hold at a moment, or that were the last to begin before it.
    pub fn window(&self, at: EventTime, ahead: Millis) -> Option<[EventTime; 2]> {
        let midnight = (at.plus(ahead).0).div_euclid(DAY) * DAY - ahead;
        let from = Millis::from(self.from) * 60_000;
        let long = Millis::from(self.until) * 60_000 - from;
        let long = if long > 0 { long } else { long + DAY };
        (0..8).map(|days| EventTime(midnight - days * DAY + from)).find_map(|start| {
            let day = LocalTime::at(start, ahead).weekday;
            let planned = self.days.is_empty() || self.days.contains(&day);
            (start <= at && planned).then(|| [start, start.plus(long)])
        })
    }
}

/// A vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vehicle {
    /// Its terminal's number.
    pub device: String,
    /// Its plate.
    #[serde(default)]
    pub plate: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub class: VehicleClass,
}

/// Everything a city draws and permits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FleetPlan {
    /// Areas.
    pub fences: Vec<Fence>,
    /// Permitted routes.
    pub routes: Vec<FleetRoute>,
    /// Roads with their limits.
    pub roads: Vec<Road>,
    /// Permits.
    pub permits: Vec<Permit>,
    /// Planned work.
    pub plans: Vec<Plan>,
    /// Vehicles.
    pub vehicles: Vec<Vehicle>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
        let hours = 3_600_000;
        let plan = Plan {
            id: "p".into(),
            segments: vec![],
            days: vec![Weekday::Mon],
            from: 22 * 60,
            until: 2 * 60,
            vehicles: vec![],
            share: 0.9,
        };
        // Monday 2026-06-01 22:00 in China.
        let start = EventTime(1_780_322_400_000);
        let window = Some([start, start.plus(4 * hours)]);
        for at in [start, start.plus(3 * hours), start.plus(100 * hours)] {
            assert_eq!(plan.window(at, 8 * hours), window, "{at:?}");
        }
        assert_eq!(
            plan.window(start.plus(-1), 8 * hours),
            Some([start.plus(-7 * DAY), start.plus(-7 * DAY + 4 * hours)])
        );
    }
}
