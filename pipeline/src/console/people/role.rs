//! Roles, and the person who acts.

use crate::console::store::Scope;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a person may do; each may do what the ones before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
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

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no role.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is no role; write viewer, reviewer, supervisor or administrator")]
pub struct NoRole(String);

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(word: &str) -> Result<Self, NoRole> {
        Role::of(word).ok_or_else(|| NoRole(word.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_do_what_the_ones_before_it_may() {
        assert!(Role::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn every_role_reads_back_from_its_word_and_nothing_else_does() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().expect("its own word"), role);
        }
        let error = "root".parse::<Role>().expect_err("no role").to_string();
        assert!(error.contains("administrator"), "{error}");
    }
}
