//! Vehicles: fences, routes, roads, stops, permits and planned work, beside what cameras saw of them.
//!
//! [`FleetPlan`] is what a city draws and permits, [`FleetMap`] the same made ready for search, [`Fleet`] the vehicles
//! under it. Each rule is a file that reads one fix; order, lateness and what was told are [`crate::series`]'s.

mod build;
mod config;
mod coverage;
mod dumping;
mod fences;
mod fix;
mod map;
mod permit;
mod plan;
mod route;
mod sighting;
mod speed;
mod stop;
mod sweep;
mod through;
mod vehicle;
mod watch;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod testing;

pub use build::MapError;
pub use config::{
    CoverageConfig, DeviationConfig, FenceConfig, FixConfig, FleetConfig, PermitConfig, SpeedConfig, StopConfig,
    VehicleClass,
};
pub use coverage::{CoverageSnapshot, PlanReport};
pub use map::FleetMap;
pub use plan::{Fence, FenceKind, FleetPlan, FleetRoute, Permit, Plan, Road, Vehicle};
pub use watch::{Fleet, FleetOutcome, Mark, Passage, VehicleSnapshot};
