//! A camera's way from sample to candidate.
//!
//! ```text
//! city ── starts ──► camera (a thread each): feed ─► luma ─► quality ─► gate ─► eyes ─► Watch
//!                                                                                  │ Job
//!                                                    └─► components (pictures against baselines) ─┤
//!                    dispatcher (bounded, sharded by camera): stills, clip ─► Sink ◄┘
//! ```

mod camera;
mod candidate;
mod city;
mod components;
mod control;
#[cfg(test)]
mod control_tests;
mod deliver;
mod dispatcher;
mod eyes;
mod fleet;
#[cfg(test)]
mod fleet_tests;
mod health;
mod segments;
mod sightings;
mod sink;
pub mod stages;
mod stills;
#[cfg(test)]
#[allow(missing_docs)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod views;

pub(crate) use city::feed_config;
pub use city::{Known, Mode, Progress, RunningCity, StartError, start};
pub use control::{Control, ReloadError, Reloaded};
pub(crate) use deliver::{Delivery, deliver};
pub use dispatcher::Remembered;
pub use eyes::{Eyes, EyesError, Measure, RunningOn};
pub use fleet::Fleet;
pub use segments::Segments;
pub use sink::{Collector, Consumed, LogSink, Message, Sink};
pub use views::{Latest, Size, View, Views};
