//! Many workers, none of them precious: cameras are given out by a Kafka consumer group.
//!
//! ```text
//! cameras apply ─► topic cameras ─► group (cooperative-sticky): who owns partition p of `cameras` owns p of `state`
//!                                     │ assigned                              ▲ revoked: drained, snapshot committed
//!                                     ▼                                       │ lost: stopped at once, nothing said
//!                       restore `state` p ─► Fleet begins p's cameras ─► Transactions (fenced by the generation)
//! ```
//! - [`worker`] is from start to end, [`partitions`] the loop, [`membership`] the consumer; [`lifecycle`] starts and ends
//!   cameras on a thread of its own.
//! - [`devices`] has vehicles, bins, covers and gauges with the owner of the first partition.
//! - [`sink`] takes and [`transactions`] says what cameras have to say, several at once, and commits the group's offsets with it.
//! - [`registry`] reads cameras, [`placement`] and [`diff`] put them onto the topic; all three are pure.
//! - [`probe`] answers `/healthz`, `/readyz` and `/metrics`.

mod devices;
pub mod diff;
mod lease;
mod lifecycle;
mod membership;
mod partitions;
pub mod placement;
pub mod probe;
mod produce;
pub mod registry;
mod requirements;
mod restore;
mod sink;
pub mod status;
#[cfg(test)]
mod tests;
mod transactions;
pub mod worker;

pub use devices::{Devices, MakeDevices};
pub use lease::{Lease, Leases};
pub use lifecycle::Crew;
pub use status::Status;
pub use worker::{MakeCrew, Parts, WorkerError, run};

/// The consumer group of all workers of a log.
pub const GROUP: &str = "streetwatch-workers";
