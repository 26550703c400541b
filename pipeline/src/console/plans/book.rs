//! The plans as their folder last had them, whole and right.

use crate::plans::{Fingerprint, PlanProblems, Plans, fingerprint, read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// What a folder of plans said at one moment.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// The plans, the last good ones.
    pub plans: Arc<Plans>,
    /// Their version; an edit names the one it saw.
    pub version: String,
    /// What is wrong with the folder now, so that the plans are older ones.
    pub problems: Option<String>,
    /// What should be better.
    pub remarks: Vec<String>,
}

/// Plans are not to be had at all.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A thread of ours broke.
    #[error("the plans could not be read: {0}")]
    Defect(String),
}

/// A folder of plans, read again when one of its files changes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PlanBook(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: Option<PathBuf>,
    last: Mutex<Option<(Fingerprint, Book)>>,
    /// Held while the folder is changed.
    pub writing: tokio::sync::Mutex<()>,
}

impl PlanBook {
    /// Of this folder; `None` where the city has no plans.
    pub fn new(folder: Option<PathBuf>) -> PlanBook {
        PlanBook(Arc::new(Inner { folder, last: Mutex::default(), writing: tokio::sync::Mutex::default() }))
    }

    /// The folder.
    pub fn folder(&self) -> Option<&Path> {
        self.0.folder.as_deref()
    }

    /// The lock of whoever changes the folder.
    pub(super) async fn writing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.writing.lock().await
    }

    /// The plans as they are now. A folder that is not there yet has none; one with problems keeps its last good ones.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn now(&self) -> Result<Book, ReadError> {
        let inner = self.0.clone();
        let read = tokio::task::spawn_blocking(move || inner.look());
        read.await.map_err(|e| ReadError::Defect(e.to_string()))
    }
}

impl Inner {
    fn look(&self) -> Book {
        let Some(folder) = &self.folder else { return Book::default() };
        // Before it is read: a file that changes meanwhile is read again the next time.
        let seen = fingerprint(folder);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, book)) = last.as_ref()
            && *known == seen
        {
            return book.clone();
        }
        let found = if folder.exists() { read(folder) } else { Ok(Default::default()) };
        let book = match found {
            Ok((plans, remarks)) => Book {
                version: plans.version(),
                plans: Arc::new(plans),
                problems: None,
                remarks: remarks.iter().map(ToString::to_string).collect(),
            },
            Err(problems) => older(last.as_ref().map(|(_, book)| book.clone()), &problems),
        };
        *last = Some((seen, book.clone()));
        book
    }
}

fn older(last: Option<Book>, problems: &PlanProblems) -> Book {
    let told: Vec<String> = problems.0.iter().take(20).map(ToString::to_string).collect();
    Book { problems: Some(told.join("\n")), ..last.unwrap_or_default() }
}
