//! A log for tests that can be away.

use crate::log::{Bounds, Cursor, ErrorKind, Log, LogError, LogHealth, Position, Record, Start, Stored, Topic};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;

/// Keeps what is appended; while it is away, appends wait, as Kafka's do.
#[derive(Debug)]
pub struct FakeLog {
    here: watch::Sender<bool>,
    failures: AtomicUsize,
    batches: Mutex<Vec<Vec<Record>>>,
}

impl FakeLog {
    fn new(here: bool, failures: usize) -> Arc<FakeLog> {
        let failures = AtomicUsize::new(failures);
        Arc::new(FakeLog { here: watch::Sender::new(here), failures, batches: Mutex::default() })
    }

    /// It takes everything.
    pub fn well() -> Arc<FakeLog> {
        FakeLog::new(true, 0)
    }

    /// Appends wait until it comes back.
    pub fn away() -> Arc<FakeLog> {
        FakeLog::new(false, 0)
    }

    /// The first appends fail.
    pub fn failing(times: usize) -> Arc<FakeLog> {
        FakeLog::new(true, times)
    }

    /// It takes everything from now on.
    pub fn comes_back(&self) {
        self.here.send_replace(true);
    }

    /// Records there are.
    pub fn len(&self) -> usize {
        self.batches.lock().iter().map(Vec::len).sum()
    }

    /// Bytes of the largest append.
    pub fn largest(&self) -> usize {
        self.batches.lock().iter().map(|batch| batch.iter().map(Record::size).sum()).max().unwrap_or(0)
    }
}

#[async_trait]
impl Log for FakeLog {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Position>, LogError> {
        let mut here = self.here.subscribe();
        let _here_or_gone = here.wait_for(|here| *here).await;
        let less = |left: usize| left.checked_sub(1);
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return Err(LogError::new(ErrorKind::Unreachable, "fake", "no broker answers"));
        }
        self.batches.lock().push(records);
        Ok(Vec::new())
    }

    fn atomic(&self) -> bool {
        true
    }

    async fn read(&self, _: Topic, _: Start) -> Result<Box<dyn Cursor>, LogError> {
        Err(LogError::new(ErrorKind::Internal, "fake", "cannot be read"))
    }

    async fn bounds(&self, _: Topic) -> Result<BTreeMap<i32, Bounds>, LogError> {
        Ok(BTreeMap::new())
    }

    async fn latest(&self, _: Topic) -> Result<BTreeMap<String, Stored>, LogError> {
        Ok(BTreeMap::new())
    }

    async fn latest_of(&self, _: Topic, _: &str) -> Result<Option<Stored>, LogError> {
        Ok(None)
    }

    fn health(&self) -> LogHealth {
        LogHealth::Well
    }

    async fn close(&self) -> Result<(), LogError> {
        Ok(())
    }
}
