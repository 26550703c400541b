//! How long tracks are kept.

use crate::config::City;
use operators::vocabulary::{DAY, Millis};

/// How long tracks are kept, and as from when they are thinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Older points are forgotten (90 days).
    pub keep: Millis,
    /// Older days are thinned (7 days).
    pub thin: Millis,
    /// Readings come from files: the newest of them tells the time, not the clock.
    pub by_files: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { keep: 90 * DAY, thin: 7 * DAY, by_files: false }
    }
}

impl Settings {
    /// As a city's file has them.
    pub fn of(city: &City) -> Settings {
        let sensors = city.sensors.as_ref();
        sensors.map_or_else(Settings::default, |s| Settings {
            keep: s.tracks,
            thin: s.thin,
            by_files: !s.readings.is_empty(),
        })
    }
}

/// Whether a city has vehicles or devices that report.
pub fn has_devices(city: &City) -> bool {
    city.sensors.is_some() || city.gateway.is_some()
}
