//! The outbox onto the topic `verdicts`: in order, as often as it takes, each verdict under its own id.

use super::ProjectError;
use crate::console::store::{Sql, Store, StoreError};
use crate::log::{Log, LogHealth, Record, Topic};
use serde::Serialize;
use sqlx::Row;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Verdicts of one append.
const BATCH: i64 = 200;
/// Verdicts of other processes on the same store are looked for this often.
const LOOK: Duration = Duration::from_secs(1);

/// How many decisions wait for the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogWaiting {
    /// Verdicts that the log has not acknowledged.
    pub waiting: i64,
    /// When the oldest of them was made, milliseconds since 1970 UTC.
    pub since: Option<i64>,
    /// What the log itself says is wrong, where something is.
    pub reason: Option<String>,
}

/// Moves verdicts from the outbox to the log.
#[derive(Debug, Clone)]
pub struct Publisher {
    log: Arc<dyn Log>,
    store: Store,
}

impl Publisher {
    /// From this store to this log.
    pub fn new(log: Arc<dyn Log>, store: Store) -> Self {
        Publisher { log, store }
    }

    /// How many decisions wait for the log.
    ///
    /// # Errors
    /// What the database says.
    pub async fn waiting(&self) -> Result<LogWaiting, StoreError> {
        let sql = Sql::new("SELECT COUNT(*), MIN(at) FROM outbox");
        let row = sql.maybe(self.store.reader()).await?;
        let (waiting, since) = match row {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => (0, None),
        };
        let reason = match self.log.health() {
            LogHealth::Well => None,
            LogHealth::Waiting { reason } | LogHealth::Failed { reason } => Some(reason),
        };
        Ok(LogWaiting { waiting, since, reason })
    }

    /// Appends the oldest verdicts of the outbox and takes them out once the log has them; how many.
    /// A crash in between appends them again: they are the same verdicts, and the first place counts.
    ///
    /// # Errors
    /// What the log or the database says; then the verdicts wait on.
    pub async fn publish(&self) -> Result<usize, ProjectError> {
        let mut sql = Sql::new("SELECT seq, candidate, payload FROM outbox ORDER BY seq LIMIT ");
        sql.bind(BATCH);
        let rows = sql.all(self.store.reader()).await?;
        let mut records = Vec::new();
        let mut seqs: Vec<i64> = Vec::new();
        for row in &rows {
            seqs.push(row.try_get(0)?);
            let (candidate, payload): (String, String) = (row.try_get(1)?, row.try_get(2)?);
            let record = Record::new(Topic::Verdicts, candidate, payload);
            records.push(record.with_header("content-type", "application/cloudevents+json"));
        }
        if records.is_empty() {
            return Ok(0);
        }
        self.log.append(records).await?;
        let mut sql = Sql::new("DELETE FROM outbox WHERE seq");
        sql.within(seqs.iter().copied());
        let mut tx = self.store.begin().await?;
        sql.run(&mut *tx).await?;
        tx.commit().await?;
        Ok(seqs.len())
    }

    /// Publishes until `stop` says so, then once more.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut changes = self.store.changes();
        let mut wait = Duration::from_millis(250);
        loop {
            changes.mark_unchanged();
            let stopping = *stop.borrow();
            match self.publish().await {
                Ok(0) if stopping => return,
                Ok(0) => {
                    wait = Duration::from_millis(250);
                    tokio::select! {
                        _ = changes.changed() => {}
                        () = tokio::time::sleep(LOOK) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                }
                Ok(_) => wait = Duration::from_millis(250),
                Err(error) if stopping => {
                    tracing::warn!("verdicts stay in the outbox until the next start: {error}");
                    return;
                }
                Err(error) => {
                    tracing::warn!("decisions wait for the log: {error}");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = stop.wait_for(|stop| *stop) => {}
                    }
                    wait = (wait * 2).min(Duration::from_secs(10));
                }
            }
        }
    }
}
