//! Why a decision was not taken: each told apart, so that the page can say what to do.

use super::DeskState;
use crate::console::people::Role;
use crate::console::store::StoreError;
use crate::payload::Action;
use thiserror::Error;

/// Who was first, and what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Login name.
    pub by: String,
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// What they did.
    pub action: Action,
}

/// Why a decision was not taken. Nothing was written.
#[derive(Debug, Error)]
pub enum Refused {
    /// There is no such candidate, or it lies in a district that the person may not see.
    #[error("there is no such candidate")]
    NotFound,
    /// The person's role is not enough.
    #[error("this needs the role {}", .needs.as_str())]
    Role {
        /// The least role that is enough.
        needs: Role,
    },
    /// The candidate changed after the person saw it.
    #[error("the candidate has changed since it was shown; look again")]
    Stale {
        /// What its revision is now.
        revision: i64,
        /// Who changed it.
        first: Option<First>,
    },
    /// Somebody else is looking at it.
    #[error("{by} is deciding this candidate")]
    Claimed {
        /// Their name.
        by: String,
        /// Until when, unless they renew; milliseconds since 1970 UTC.
        until: i64,
    },
    /// It has been decided: to decide anew, undo first.
    #[error("this candidate has been decided already")]
    Decided {
        /// What it is.
        state: DeskState,
        /// Who decided.
        first: Option<First>,
    },
    /// The pipeline itself took the candidate back.
    #[error("the pipeline has withdrawn this candidate")]
    Withdrawn,
    /// The request makes no sense; the text says why.
    #[error("{0}")]
    Invalid(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Refused::Store(error.into())
    }
}

impl Refused {
    /// A short word for metrics and the API.
    pub const fn word(&self) -> &'static str {
        match self {
            Refused::NotFound => "not-found",
            Refused::Role { .. } => "role",
            Refused::Stale { .. } => "stale",
            Refused::Claimed { .. } => "claimed",
            Refused::Decided { .. } => "decided",
            Refused::Withdrawn => "withdrawn",
            Refused::Invalid(_) => "invalid",
            Refused::Store(_) => "store",
        }
    }
}
