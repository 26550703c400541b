//! From the topics to the store, and from the outbox to the topic `verdicts`.
//!
//! ```text
//! dispatch, verdicts, health, components, readings ─► intake (one transaction: offset and rows) ─► store
//! store's outbox ─► publish ─► topic verdicts ─► intake: a verdict that is known already
//! ```
//!
//! A record that comes twice, or in another order between topics, gives the same view (a property test says so).

mod error;
mod follow;
mod group;
mod intake;
mod merge;
mod publish;
mod readings;
mod rebuild;
mod refresh;
mod row;
mod running;
#[cfg(test)]
mod tests;
mod urgency;

pub use error::ProjectError;
pub use follow::{Follower, TOPICS, topics};
pub(crate) use group::{DEGREE, NEAR_METRES, metres};
pub(crate) use intake::write_verdict;
pub use intake::{Intake, Taken};
pub use publish::{LogWaiting, Publisher};
pub use rebuild::{Rebuilt, rebuild};
pub(crate) use refresh::{from_report, refresh};
pub use running::Projection;
pub use urgency::urgency;
