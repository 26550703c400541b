//! What a view looks like when all is well: built, shown, approved, kept.
//!
//! ```text
//! sources, pictures ─► pictures ─► build (median, movers masked) ─► Store: version, not approved
//!                                                                      │ approve (a person, or by rule)
//! candidate accepted in review ─► accept (patch) ──────────────────────┤
//!                                                                      ▼
//!                                        worker: the newest approved of the part of day
//! ```
//!
//! A version is never changed and never removed: what a candidate was compared
//! with can be looked at for as long as the folder is kept.

mod accept;
mod build;
mod error;
mod fit;
mod pictures;
mod record;
mod show;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use accept::{Accepted, accept};
pub use build::{BuildRequest, Built, Pictures, build, movers, passers};
pub use error::BaselineError;
pub use fit::fit;
pub use pictures::{Taken, from_camera, from_files};
pub use record::{Approval, Approver, BaselineRecord, Origin};
pub use show::show;
pub use store::{Store, StoredBaseline, View};
