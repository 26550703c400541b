//! How long tracks are kept.

use crate::config::City;
use std::time::Duration;

const DAY: u64 = 24 * 3600;

/// How long tracks are kept, and as from when they are thinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Older points are forgotten (90 days).
    pub keep: Duration,
    /// Older days are thinned (7 days).
    pub thin: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { keep: Duration::from_secs(90 * DAY), thin: Duration::from_secs(7 * DAY) }
    }
}

impl Settings {
    /// As a city's file has them.
    pub fn of(_city: &City) -> Settings {
        Settings::default()
    }
}
