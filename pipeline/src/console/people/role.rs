//! Roles, and the person who acts.

use crate::console::store::Scope;
use serde::{Deserialize, Serialize};

/// What a person may do; each may do what the ones before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Decides.
    Reviewer,
    /// Decides what was escalated, takes back others' decisions, changes rules and baselines.
    Supervisor,
    /// Manages people.
    Administrator,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Reviewer, Role::Supervisor, Role::Administrator];

    /// The word as the store writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Reviewer => "reviewer",
            Role::Supervisor => "supervisor",
            Role::Administrator => "administrator",
        }
    }

    /// The role of a word.
    pub fn of(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// The person who acts: from a session, or the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Id of the user.
    pub id: String,
    /// Login name; verdicts carry it.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they may see.
    pub scope: Scope,
    /// Network address they come from, for the audit log.
    pub address: String,
}
