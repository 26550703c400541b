//! Bins, covers and gauges: what they measure, beside what cameras saw of them.
//!
//! One device is one [`crate::series`]; each kind has its rules in a file. Silence is told as such: a device that says
//! nothing is unknown, and nothing that is open ends by it.

mod bin;
mod config;
mod cover;
mod device;
mod gauge;
mod watch;

#[cfg(test)]
mod stories;

pub use config::{BinSensorConfig, CoverConfig, GaugeConfig, SensorConfig};
pub use device::Knowledge;
pub use watch::{SensorOutcome, SensorSnapshot, Sensors, Silence};
