//! What can be wrong with the two files.

use std::{
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why an evaluation is not possible.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("{}line {line}: {what}", file.as_ref().map(|f| format!("{}: ", f.display())).unwrap_or_default())]
    Line {
        /// The file, where it is known.
        file: Option<PathBuf>,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The truth is JSON of the right shape but makes no sense.
    #[error("{}{key}: {what}", file.as_ref().map(|f| format!("{}: ", f.display())).unwrap_or_default())]
    Key {
        /// The file, where it is known.
        file: Option<PathBuf>,
        /// Where in the file, e.g. `events[3].end`.
        key: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl EvaluateError {
    pub(super) fn in_file(mut self, path: &Path) -> Self {
        match &mut self {
            EvaluateError::Read { .. } => {}
            EvaluateError::Line { file, .. } | EvaluateError::Key { file, .. } => *file = Some(path.to_owned()),
        }
        self
    }
}
