//! Who may come in, and what they may do.
//!
//! ```text
//! password ─► throttle ─► user ─► session (token) ─► role, districts ─► every handler
//! provider ─► oidc ────────┘         one-time links ─► passwords        every refusal ─► audit
//! ```

mod admin;
pub mod audit;
mod links;
mod oidc;
#[cfg(test)]
mod oidc_tests;
pub mod password;
mod role;
mod session;
mod sign_in;
pub mod throttle;
pub mod token;
mod user;

pub use admin::{Change, UserError};
pub use links::{KnownLink, LinkError};
pub use oidc::{Arrival, Departure, Oidc, OidcConfig, OidcError};
pub use role::{Actor, NoRole, Role};
pub use session::{LONGEST, Session};
pub use sign_in::SignIn;
pub use user::User;

use crate::clock::Clock;
use crate::console::store::{Store, StoreError};
use audit::Entry;
use operators::vocabulary::EventTime;
use std::sync::Arc;
use throttle::Throttle;

/// Why nobody could be let in or out: not the user's fault.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no randomness.
    #[error(transparent)]
    Randomness(#[from] token::NoRandomness),
}

/// Everything about people: the rules over what the store keeps.
#[derive(Debug, Clone)]
pub struct People {
    store: Store,
    clock: Arc<dyn Clock>,
    throttle: Arc<Throttle>,
}

impl People {
    /// People of a store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let throttle = Arc::new(Throttle::new(clock.clone()));
        People { store, clock, throttle }
    }

    /// Writes a line to the audit log.
    ///
    /// # Errors
    /// The store is away.
    pub async fn record(&self, entry: Entry) -> Result<(), StoreError> {
        self.store.append_audit(entry, self.now()).await
    }

    fn now(&self) -> EventTime {
        self.clock.now()
    }
}
