//! Components of one camera: each picture against the baseline of its part of the day.
//!
//! ```text
//! planes ─► Grey ─┐
//! movers ─────────┼─► Comparer (baseline of this part) ─► Comparison ─┬─► ComponentWatch, one a zone
//! store ─► Loaded ┘                                                   ├─► Newcomers, one a zone of unregistered change
//!                                                                     └─► Look: pose for health
//! ```
//! Runs on the camera's own thread, like everything else of its pictures.

mod book;
mod loaded;
mod memory;
mod stage;
#[cfg(test)]
mod tests;
mod told;
mod versions;

pub(super) use book::{Book, Place, point_of};
pub(super) use memory::ComponentMemory;
pub(super) use stage::{ComponentStage, Look, merge};
pub(super) use told::Told;
