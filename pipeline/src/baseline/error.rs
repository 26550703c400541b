//! What can be wrong with a baseline, and what to do.

use operators::components::{BaselineError as MedianError, ComparerError};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a baseline cannot be made, kept or found.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// The folder or a file in it.
    #[error("baseline file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what was written.
    #[error("baseline file {}: {what}; build the baseline anew, or put the file back", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// There is none.
    #[error("no {what} of camera {camera} at preset {preset}, {part}: `streetwatch baseline build`, then `approve`")]
    Missing {
        /// `baseline`, or `version 3`.
        what: String,
        /// Camera id.
        camera: String,
        /// Preset.
        preset: String,
        /// Part of the day.
        part: String,
    },
    /// The pictures do not make one.
    #[error("{view}: {source}")]
    Median {
        /// Camera, preset and part of day.
        view: String,
        /// Why.
        source: MedianError,
    },
    /// The components do not fit it.
    #[error("{view}: {source}")]
    Comparer {
        /// Camera, preset and part of day.
        view: String,
        /// Why.
        source: ComparerError,
    },
    /// A source or a picture cannot be read.
    #[error("{0}")]
    Source(String),
    /// A picture does not fit the baseline.
    #[error("{0}")]
    Picture(String),
}
