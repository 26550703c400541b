//! What can go wrong with the store: whose fault, and what to do.

use thiserror::Error;

/// An error of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The address cannot be understood. The user's fault.
    #[error("console store {shown:?}: {why}; write \"sqlite:./data/console.db\" or \"postgres://user@host/database\"")]
    Address {
        /// The address without what may be secret.
        shown: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database cannot be opened.
    #[error("console store {shown}: cannot be opened: {source}; check the path or the server, and who may write there")]
    Open {
        /// The address without what may be secret.
        shown: String,
        /// What the database says.
        source: sqlx::Error,
    },
    /// The store was made by a later version of this program.
    #[error(
        "console store {shown}: has {found:?}, which this version does not know; run the newer streetwatch, or rebuild into an empty store"
    )]
    Newer {
        /// The address without what may be secret.
        shown: String,
        /// The migration that is not known here.
        found: String,
    },
    /// A migration failed.
    #[error("console store: migration {name}, statement {statement}: {source}")]
    Migration {
        /// The migration's name.
        name: &'static str,
        /// Which of its statements, from 1.
        statement: usize,
        /// What the database says.
        source: sqlx::Error,
    },
    /// A query failed: the database is away, full, or has been meddled with.
    #[error("console store: {0}; nothing was written; try again, and look at the database if it stays")]
    Query(#[from] sqlx::Error),
    /// A row holds what this program never writes.
    #[error("console store: {what} cannot be read: {why}; run `streetwatch console rebuild`")]
    Row {
        /// Which row.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl StoreError {
    /// Whether the same call can succeed later without anybody changing anything.
    pub fn retry(&self) -> bool {
        match self {
            StoreError::Query(error) => {
                matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed)
                    || is_busy(error)
            }
            _ => false,
        }
    }
}

/// Whether the database asks to try the transaction again: SQLite's "busy", PostgreSQL's deadlock and
/// serialisation failures.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    matches!(error.code().as_deref(), Some("5" | "517" | "40001" | "40P01"))
}
