//! From the topic `readings` to candidates: what vehicles, bins, covers and gauges say.
//!
//! ```text
//! topic readings ─► follow ─► Desk (operators::fleet, operators::sensors) ─► candidate ─► evidence ─► Sink
//! files ──────────► replay ─┘   │ Book: plans folder, made ready for search         (map, track)
//!                               └► memory: what must outlive the process, on topic `state`
//! ```
//! One process at a time reads all devices: planned work is judged by all of a plan's vehicles together, and one core
//! judges more readings than a city sends (docs/SENSORS.md).

mod book;
mod candidate;
mod desk;
mod drawn;
mod evidence;
mod feed;
mod follow;
mod following;
mod memory;
mod replay;
mod running;
mod telling;
#[cfg(test)]
mod tests;

pub use book::{Book, BookError};
pub use desk::{Desk, Found};
pub use feed::{FeedError, feed};
pub use follow::Parts;
pub use memory::PRESET;
pub use replay::{ReplayError, Replayed, replay};
pub use running::{RunningSensors, StartError, start, start_in_cluster};
