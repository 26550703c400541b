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
            ProjectError::Overtaken | ProjectError::Silent(_) => true,
        }
    }
}
