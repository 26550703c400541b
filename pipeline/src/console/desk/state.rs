//! What a candidate is in the console.

use serde::{Deserialize, Serialize};

/// What a candidate is in the console. The pipeline's own word on it is [`crate::payload::State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeskState {
    /// Nobody has decided.
    Waiting,
    /// A supervisor should decide.
    Escalated,
    /// A case.
    Confirmed,
    /// None.
    Rejected,
    /// Part of another candidate.
    Merged,
    /// Taken back by the pipeline before anybody decided.
    Withdrawn,
}

impl DeskState {
    /// Every state.
    pub const ALL: [DeskState; 6] = [
        DeskState::Waiting,
        DeskState::Escalated,
        DeskState::Confirmed,
        DeskState::Rejected,
        DeskState::Merged,
        DeskState::Withdrawn,
    ];

    /// The word as the store writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeskState::Waiting => "waiting",
            DeskState::Escalated => "escalated",
            DeskState::Confirmed => "confirmed",
            DeskState::Rejected => "rejected",
            DeskState::Merged => "merged",
            DeskState::Withdrawn => "withdrawn",
        }
    }

    /// The state of a word.
    pub fn of(word: &str) -> Option<DeskState> {
        DeskState::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether a person can still decide it.
    pub const fn is_open(self) -> bool {
        matches!(self, DeskState::Waiting | DeskState::Escalated)
    }
}
