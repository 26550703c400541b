//! What verdicts teach: how right each rule is, what could be set better, pictures to train on, and how far two
//! reviewers agree.

mod export;
mod precision;
mod proposal;
mod second;
mod settle;
#[cfg(test)]
mod tests;

pub use export::{ExportError, Exported, Pictures, export};
pub use precision::{Precision, Span};
pub use proposal::{Advice, Example, Proposal, propose};
pub use second::{Agreement, SecondOrder, agreement_of};

use super::desk::Desk;

/// What verdicts teach, over a desk's store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feedback {
    desk: Desk,
}

impl Feedback {
    /// Over this desk.
    pub fn new(desk: Desk) -> Self {
        Feedback { desk }
    }

    /// The desk.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }
}
