//! Why a folder of plans was not read or not written.

use crate::registry::{Remark, RowProblem};
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Different remarks kept.
const MOST_REMARKS: usize = 64;

/// Everything that is wrong with a folder, in the order of its files and rows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct PlanProblems(pub Vec<RowProblem>);

impl fmt::Display for PlanProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            let end = if i + 1 < self.0.len() { "\n" } else { "" };
            write!(f, "{problem}{end}")?;
        }
        Ok(())
    }
}

/// Why plans were not written. The files that stand are whole.
#[derive(Debug, Error)]
pub enum SaveError {
    /// Somebody else has changed the folder.
    #[error("{} was changed on disk since it was read; read it again", .0.display())]
    Changed(PathBuf),
    /// They would not be read again.
    #[error("these plans are not right, and nothing was written:\n{0}")]
    Wrong(#[from] PlanProblems),
    /// The disk does not let us.
    #[error("{} cannot be written: {source}; the process needs the right to write its folder", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// What was found while reading.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub problems: Vec<RowProblem>,
    pub remarks: Vec<Remark>,
}

impl Findings {
    /// Something is wrong with a whole file or folder.
    pub fn refuse(&mut self, file: &Path, reason: impl Into<String>) {
        let (file, reason) = (file.to_owned(), reason.into());
        self.problems.push(RowProblem { file, row: 0, is_feature: false, field: String::new(), reason });
    }

    /// Something should be better. The same words about the same file are one remark.
    pub fn remark(&mut self, file: &Path, row: u64, what: String) {
        if let Some(known) = self.remarks.iter_mut().find(|r| r.file == file && r.what == what) {
            known.rows += 1;
        } else if self.remarks.len() < MOST_REMARKS {
            self.remarks.push(Remark { file: file.to_owned(), row, rows: 1, what });
        }
    }
}
