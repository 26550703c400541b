//! Somebody who is signed in.

use super::role::{Actor, Role};
use super::token::Token;
use crate::console::store::Scope;
use std::time::Duration;

/// A session ends this long after it began, whatever happens.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// A session ends this long after its last request: a shift, with its breaks.
pub const IDLE: Duration = Duration::from_secs(9 * 60 * 60);
/// How often a session's last request is written down.
pub const TOUCH: Duration = Duration::from_secs(60);

/// Somebody who is signed in, as every handler sees them.
#[derive(Debug, Clone)]
pub struct Session {
    /// The user's id.
    pub user: String,
    /// The user's name.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// Which districts the user sees.
    pub scope: Scope,
    /// The secret of the cookie.
    pub(super) token: Token,
}

impl Session {
    /// The person, for what they do at the desk.
    pub fn actor(&self, address: &str) -> Actor {
        Actor {
            id: self.user.clone(),
            login: self.name.clone(),
            name: self.name.clone(),
            role: self.role,
            scope: self.scope.clone(),
            address: address.to_owned(),
        }
    }

    /// What this session's forms must carry.
    pub fn csrf(&self) -> String {
        self.token.csrf()
    }

    /// Whether a form carried it.
    pub fn csrf_matches(&self, sent: &str) -> bool {
        self.token.csrf_matches(sent)
    }
}
