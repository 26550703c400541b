//! What can go wrong between the topics and the store.

use crate::console::store::StoreError;
use crate::log::LogError;
use thiserror::Error;

/// An error of the projection.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The log's.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process moved on meanwhile.
    #[error("another console projects into the same store; this one reads on from where that one is")]
    Overtaken,
    /// The store knows more of a topic than the log holds.
    #[error(
        "the console's store has read topic {topic} up to {next}, and this log ends at {end}: it is another log; \
         run `streetwatch console rebuild CITY.toml`, or name another [console] store"
    )]
    OtherLog {
        /// The topic.
        topic: crate::log::Topic,
        /// Where the store would read on.
        next: i64,
        /// Where the log ends.
        end: i64,
    },
    /// The log went silent before its end.
    #[error("topic {0}: nothing came for a while although there is more; check the broker, then try again")]
    Silent(crate::log::Topic),
}

impl From<sqlx::Error> for ProjectError {
    fn from(error: sqlx::Error) -> Self {
        ProjectError::Store(error.into())
    }
}

impl ProjectError {
    /// Whether it passes by itself.
    pub fn retry(&self) -> bool {
        match self {
            ProjectError::Log(error) => error.retry(),
            ProjectError::Store(error) => error.retry(),
            ProjectError::OtherLog { .. } => false,
            ProjectError::Overtaken | ProjectError::Silent(_) => true,
        }
    }
}
