//! What is wrong with a configuration: file, line, key, and what to do.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// The key's path, such as `camera[0].zone[1].dwell`; empty for the whole file.
    pub key: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file.display(), self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with one file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Gathers problems while a file is read, so that one run lists them all.
pub(super) struct Collector<'a> {
    file: &'a Path,
    /// Where each line ends: a city may have ten thousand cameras, each with its line.
    ends: Vec<usize>,
    found: RefCell<Vec<Problem>>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(file: &'a Path, text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Collector { file, ends, found: RefCell::new(Vec::new()) }
    }

    pub(super) fn add(&self, span: Option<Range<usize>>, key: impl Into<String>, message: impl Into<String>) {
        let line = self.line(span.map_or(0, |s| s.start));
        self.found.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line,
            key: key.into(),
            message: message.into(),
        });
    }

    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, Problems> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|p| p.line);
        match value {
            Some(value) if found.is_empty() => Ok(value),
            _ => Err(Problems(found)),
        }
    }

    /// The line, from 1, of a byte offset.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }
}
