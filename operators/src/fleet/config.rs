//! Settings of the rules over vehicles. Every default is said beside its field.

use crate::series::{Hold, SeriesConfig};
use crate::vocabulary::Millis;
use serde::{Deserialize, Serialize};

/// What a vehicle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VehicleClass {
    /// Muck and construction waste (渣土车).
    MuckTruck,
    /// Sweeps, washes or sprays roads.
    Sweeper,
    /// Collects refuse.
    RefuseTruck,
    /// Patrols.
    Patrol,
    /// Anything else.
    #[default]
    Other,
}

/// What positions are believed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FixConfig {
    /// A fix that only such a speed explains is a jump, km/h (150).
    pub jump_kmh: f64,
    /// Jumps are longer than this, m (300).
    pub jump_m: f64,
    /// So many jumps in a row that agree with each other are the truth (3).
    pub jump_agree: u32,
    /// Parked with the ignition off, a vehicle is where it parked as long as it wanders less far, m (80).
    pub drift_m: f64,
    /// A vehicle moves from this speed on, km/h (5).
    pub moving_kmh: f32,
    /// Fixes further apart in time say nothing of the way between (60 s).
    pub gap: Millis,
}

impl Default for FixConfig {
    fn default() -> Self {
        FixConfig { jump_kmh: 150.0, jump_m: 300.0, jump_agree: 3, drift_m: 80.0, moving_kmh: 5.0, gap: 60_000 }
    }
}

/// Fences.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FenceConfig {
    /// A vehicle has left when it is further outside than this, m (15).
    pub margin_m: f64,
    /// Inside a fence that forbids it (two fixes, 10 s).
    pub no_entry: Hold,
    /// Outside the area it must keep to (three fixes, 60 s; back for 30 s).
    pub off_area: Hold,
}

impl Default for FenceConfig {
    fn default() -> Self {
        FenceConfig {
            margin_m: 15.0,
            no_entry: Hold { dwell: 10_000, count: 2, ..Hold::default() },
            off_area: Hold { dwell: 60_000, count: 3, clear: 30_000, ..Hold::default() },
        }
    }
}

/// Permitted routes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviationConfig {
    /// Beyond half of the corridor's width, m (50).
    pub tolerance_m: f64,
    /// Three fixes, 60 s; back for 30 s.
    pub hold: Hold,
    /// Longer than this is serious, and said so (15 min).
    pub serious: Millis,
}

impl Default for DeviationConfig {
    fn default() -> Self {
        DeviationConfig {
            tolerance_m: 50.0,
            hold: Hold { dwell: 60_000, count: 3, clear: 30_000, clear_count: 2, ..Hold::default() },
            serious: 900_000,
        }
    }
}

/// Speed by road.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeedConfig {
    /// A fix belongs to a road this near, m (25).
    pub match_m: f64,
    /// And heads along it within so many degrees, either way (35).
    pub heading_deg: f32,
    /// Of roads nearly as near as the nearest, the highest limit holds, m (10).
    pub doubt_m: f64,
    /// Share of the limit that is tolerated (0.1).
    pub tolerance: f32,
    /// Three fixes, 15 s; slower for 15 s.
    pub hold: Hold,
}

impl Default for SpeedConfig {
    fn default() -> Self {
        SpeedConfig {
            match_m: 25.0,
            heading_deg: 35.0,
            doubt_m: 10.0,
            tolerance: 0.1,
            hold: Hold { dwell: 15_000, count: 3, clear: 15_000, gap: 120_000, ..Hold::default() },
        }
    }
}

/// Stops and unloading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopConfig {
    /// Slower than this, km/h (5), …
    pub speed_kmh: f32,
    /// … and within so many metres of where it stopped (60), it stands.
    pub radius_m: f64,
    /// A stop outside permitted places lasts so long (10 min).
    pub dwell: Millis,
    /// Vehicles whose stops are watched (muck trucks).
    pub classes: Vec<VehicleClass>,
    /// From this load down … (0.5)
    pub loaded: f32,
    /// … to this one while it stands is unloading (0.1). So is a lifted body.
    pub empty: f32,
}

impl Default for StopConfig {
    fn default() -> Self {
        StopConfig {
            speed_kmh: 5.0,
            radius_m: 60.0,
            dwell: 600_000,
            classes: vec![VehicleClass::MuckTruck],
            loaded: 0.5,
            empty: 0.1,
        }
    }
}

/// Permits, and what cameras see of vehicles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PermitConfig {
    /// Vehicles that need a permit to drive (muck trucks).
    pub classes: Vec<VehicleClass>,
    /// An empty vehicle needs none, where its load is known (true).
    pub loaded_only: bool,
    /// Driving without a permit (five fixes, 60 s; ends after 10 min of standing or of a permit).
    pub hold: Hold,
    /// A plate counts from this score on (0.8).
    pub plate_score: f32,
    /// A terminal's fix tells of a sighting if it is no further away in time (60 s).
    pub near: Millis,
    /// Its terminal was so near the camera, beside what it may have driven since, m (200): they agree.
    pub near_m: f64,
    /// Further than this, beside the same, m (1,000): they disagree.
    pub far_m: f64,
    /// No fix for so long before and after a sighting: the terminal is silent (10 min).
    pub silent: Millis,
    /// Sightings of an unpermitted vehicle without a terminal this near in time are one candidate (30 min).
    pub passage: Millis,
}

impl Default for PermitConfig {
    fn default() -> Self {
        PermitConfig {
            classes: vec![VehicleClass::MuckTruck],
            loaded_only: true,
            hold: Hold { dwell: 60_000, count: 5, clear: 600_000, ..Hold::default() },
            plate_score: 0.8,
            near: 60_000,
            near_m: 200.0,
            far_m: 1000.0,
            silent: 600_000,
            passage: 1_800_000,
        }
    }
}

/// Coverage of planned work.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverageConfig {
    /// A plan's roads are looked at in pieces of this length, m (20).
    pub piece_m: f64,
    /// A piece is swept by a vehicle that passes this near, m (15), …
    pub reach_m: f64,
    /// … no faster than this, km/h (25), and not with its brushes known to be off.
    pub speed_kmh: f32,
    /// A plan is judged so long after its hours (30 min).
    pub grace: Millis,
    /// Late readings may still complete it for so long afterwards (2 h).
    pub late: Millis,
}

impl Default for CoverageConfig {
    fn default() -> Self {
        CoverageConfig { piece_m: 20.0, reach_m: 15.0, speed_kmh: 25.0, grace: 1_800_000, late: 7_200_000 }
    }
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FleetConfig {
    /// How late readings may be.
    pub series: SeriesConfig,
    /// Wall time ahead of UTC, for schedules (8 h: the protocol's own, without daylight saving).
    pub ahead_of_utc: Millis,
    /// What positions are believed.
    pub fix: FixConfig,
    /// Fences.
    pub fence: FenceConfig,
    /// Permitted routes.
    pub deviation: DeviationConfig,
    /// Speed by road.
    pub speed: SpeedConfig,
    /// Stops and unloading.
    pub stop: StopConfig,
    /// Permits and sightings.
    pub permit: PermitConfig,
    /// Coverage of planned work.
    pub coverage: CoverageConfig,
}

impl Default for FleetConfig {
    fn default() -> Self {
        FleetConfig {
            series: SeriesConfig::default(),
            ahead_of_utc: 28_800_000,
            fix: FixConfig::default(),
            fence: FenceConfig::default(),
            deviation: DeviationConfig::default(),
            speed: SpeedConfig::default(),
            stop: StopConfig::default(),
            permit: PermitConfig::default(),
            coverage: CoverageConfig::default(),
        }
    }
}
