//! Settings of the rules over bins, covers and gauges. Every default is said beside its field.

use crate::series::{Hold, SeriesConfig};
use crate::vocabulary::Millis;
use serde::{Deserialize, Serialize};

/// Bins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BinSensorConfig {
    /// Full from this fill on (0.85), …
    pub full: f32,
    /// … until it is down to this (0.6).
    pub emptied: f32,
    /// Two reports that it is full, one that it is not.
    pub hold: Hold,
    /// Two looks of a camera make its word (2).
    pub looks: u32,
    /// A camera's look counts from this score on (0.5).
    pub score: f32,
    /// A camera's word holds so long (30 min).
    pub camera_fresh: Millis,
    /// A sensor's word holds so long (4 h).
    pub sensor_fresh: Millis,
    /// Hot from this temperature on (60 degrees Celsius), …
    pub hot_c: f32,
    /// … until it has cooled to this (45).
    pub cool_c: f32,
    /// A bin is expected to report every so often (1 h). Silent for twice as long, it is unknown.
    pub period: Millis,
}

impl Default for BinSensorConfig {
    fn default() -> Self {
        BinSensorConfig {
            full: 0.85,
            emptied: 0.6,
            hold: Hold { count: 2, gap: 14_400_000, ..Hold::default() },
            looks: 2,
            score: 0.5,
            camera_fresh: 1_800_000,
            sensor_fresh: 14_400_000,
            hot_c: 60.0,
            cool_c: 45.0,
            period: 3_600_000,
        }
    }
}

/// Covers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverConfig {
    /// Open from this tilt on, degrees (15), …
    pub tilt_deg: f32,
    /// … until it lies this level again (8).
    pub level_deg: f32,
    /// One report opens it, since many devices report once and sleep; two in a row close it.
    pub hold: Hold,
    /// Two reports of water.
    pub water: Hold,
    /// A cover's reports wait for none before them (0): it is urgent.
    pub lateness: Millis,
    /// A cover is expected to report every so often (12 h). Silent for twice as long, it is unknown.
    pub period: Millis,
}

impl Default for CoverConfig {
    fn default() -> Self {
        CoverConfig {
            tilt_deg: 15.0,
            level_deg: 8.0,
            hold: Hold { clear_count: 2, gap: i64::MAX, ..Hold::default() },
            water: Hold { count: 2, clear_count: 2, gap: 86_400_000, ..Hold::default() },
            lateness: 0,
            period: 43_200_000,
        }
    }
}

/// Gauges of water on roads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaugeConfig {
    /// Ponding from this depth on, cm (15), …
    pub raise_cm: f32,
    /// … until it has gone down to this (8).
    pub clear_cm: f32,
    /// Two reports of it; two and 10 min without.
    pub hold: Hold,
    /// A gauge is expected to report every so often (10 min). Silent for twice as long, it is unknown.
    pub period: Millis,
}

impl Default for GaugeConfig {
    fn default() -> Self {
        GaugeConfig {
            raise_cm: 15.0,
            clear_cm: 8.0,
            hold: Hold { count: 2, clear: 600_000, clear_count: 2, gap: 3_600_000, ..Hold::default() },
            period: 600_000,
        }
    }
}

/// All of it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SensorConfig {
    /// How late readings may be.
    pub series: SeriesConfig,
    /// Bins.
    pub bin: BinSensorConfig,
    /// Covers.
    pub cover: CoverConfig,
    /// Gauges.
    pub gauge: GaugeConfig,
}
