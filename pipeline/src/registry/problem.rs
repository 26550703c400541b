//! What is wrong with a census: the file, the row, the field, and what to do.

use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The file.
    pub file: PathBuf,
    /// Line of a CSV file, from 1; number of a GeoJSON feature, from 1; 0 for the whole file.
    pub row: u64,
    /// Which of the two.
    pub is_feature: bool,
    /// The field; empty for the whole row.
    pub field: String,
    /// What is wrong and what to do.
    pub reason: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, self.is_feature) {
            (0, _) => write!(f, "{}: ", self.file.display())?,
            (row, true) => write!(f, "{}: feature {row}: ", self.file.display())?,
            (row, false) => write!(f, "{}:{row}: ", self.file.display())?,
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.reason)
    }
}

/// Something that should be better, in rows that were kept all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The file.
    pub file: PathBuf,
    /// The first row it is true of.
    pub row: u64,
    /// In how many rows.
    pub rows: u64,
    /// What it is.
    pub what: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.row, self.what)?;
        if self.rows > 1 { write!(f, " ({} rows)", self.rows) } else { Ok(()) }
    }
}

/// A file of which nothing can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {reason}", file.display())]
pub struct FileError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong and what to do.
    pub reason: String,
}
