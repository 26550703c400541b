//! The one thread that writes: it groups what waits into one transaction.

use super::super::flow::Share;
use super::super::{ErrorKind, LogError, Position, Record, Topic};
use super::checkpoint::Checkpointer;
use super::maintenance::Maintenance;
use super::schema::{self, TopicRow};
use crate::clock::Clock;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use std::fs::File;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{oneshot, watch};

/// A group is committed at the latest with this many records or bytes.
const GROUP_RECORDS: usize = 4096;
const GROUP_BYTES: usize = 8 << 20;

/// What the writer is asked to do, in order.
pub(super) enum Command {
    Append(Append),
    /// Does all clean-up that is due now.
    Maintain(oneshot::Sender<Result<u64, LogError>>),
    /// Ends after everything before it.
    Close(Option<oneshot::Sender<()>>),
}

/// A batch that waits to be written.
pub(super) struct Append {
    pub records: Vec<Record>,
    pub bytes: usize,
    pub reply: oneshot::Sender<Result<Vec<Position>, LogError>>,
    /// Held until the batch is answered.
    pub share: Share,
}

/// What readers are told: for each topic the offset after its last record.
pub(super) type Ends = [watch::Sender<i64>; Topic::ALL.len()];

pub(super) struct Writer {
    pub connection: Connection,
    pub topics: [TopicRow; Topic::ALL.len()],
    pub clock: Arc<dyn Clock>,
    pub ends: Arc<Ends>,
    pub maintenance: Maintenance,
    pub checkpointer: Checkpointer,
    /// Why the last append failed; `None` when it succeeded.
    pub trouble: Arc<Mutex<Option<String>>>,
    pub shown: String,
    /// Held as long as the writer lives: nobody else writes this log.
    pub lock: File,
}

impl Writer {
    /// Works until it is closed or nobody can send any more.
    pub fn run(mut self, commands: Receiver<Command>) {
        let mut left_over = None;
        let mut next_step = Instant::now() + self.maintenance.pause();
        let farewell = loop {
            let command = match left_over.take() {
                Some(command) => Ok(command),
                None => commands.recv_deadline(next_step),
            };
            match command {
                Ok(Command::Append(first)) => left_over = self.group(first, &commands),
                Ok(Command::Maintain(reply)) => {
                    let _ = reply.send(self.maintain_all());
                }
                Ok(Command::Close(reply)) => break reply,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            if Instant::now() >= next_step {
                let more = self.maintenance_step();
                next_step = Instant::now() + if more { self.maintenance.breath() } else { self.maintenance.pause() };
            }
        };
        let Writer { connection, checkpointer, lock, shown, .. } = self;
        checkpointer.stop();
        // The last connection to close folds the write-ahead log into the file.
        if let Err((_, error)) = connection.close() {
            tracing::warn!(log = shown, %error, "closing the log; its records are safe in the write-ahead log");
        }
        drop(lock);
        if let Some(reply) = farewell {
            let _ = reply.send(());
        }
    }

    /// Commits `first` and what waits behind it; returns a command that is no append.
    fn group(&mut self, first: Append, commands: &Receiver<Command>) -> Option<Command> {
        let (mut records, mut bytes) = (first.records.len(), first.bytes);
        let mut group = vec![first];
        let mut other = None;
        while records < GROUP_RECORDS && bytes < GROUP_BYTES {
            match commands.try_recv() {
                Ok(Command::Append(next)) => {
                    records += next.records.len();
                    bytes += next.bytes;
                    group.push(next);
                }
                Ok(command) => {
                    other = Some(command);
                    break;
                }
                Err(_) => break,
            }
        }
        self.commit(group, bytes);
        other
    }

    fn commit(&mut self, group: Vec<Append>, bytes: usize) {
        let before = self.topics;
        match self.transaction(|writer| writer.insert(&group)) {
            Ok(positions) => {
                *self.trouble.lock() = None;
                for (batch, positions) in group.into_iter().zip(positions) {
                    // The share goes back first, so that an answered caller finds room.
                    drop(batch.share);
                    let _ = batch.reply.send(Ok(positions));
                }
                for topic in Topic::ALL {
                    let (was, is) = (before[topic.index()].next, self.topics[topic.index()].next);
                    if was != is {
                        let count = (is - was) as u64;
                        metrics::counter!("streetwatch_log_appended_total", "topic" => topic.as_str()).increment(count);
                        self.maintenance.appended(topic, count);
                        self.ends[topic.index()].send_replace(is);
                    }
                }
                metrics::counter!("streetwatch_log_commits_total").increment(1);
                self.checkpointer.written(bytes);
            }
            Err(error) => {
                let error = schema::explain(error, &self.shown);
                metrics::counter!("streetwatch_log_append_failures_total", "reason" => error.kind.as_str())
                    .increment(group.len() as u64);
                tracing::error!(%error, batches = group.len(), "nothing of this group was appended");
                *self.trouble.lock() = Some(error.message.clone());
                for batch in group {
                    drop(batch.share);
                    let _ = batch.reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// Runs `work` in a write transaction. After an error neither the file nor `topics` have changed.
    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Writer) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let before = self.topics;
        let result = self.connection.execute_batch("BEGIN IMMEDIATE").and_then(|()| work(self)).and_then(|value| {
            for topic in Topic::ALL {
                let row = self.topics[topic.index()];
                if row != before[topic.index()] {
                    schema::update_topic_row(&self.connection, topic, row)?;
                }
            }
            self.connection.execute_batch("COMMIT")?;
            Ok(value)
        });
        if result.is_err() {
            self.topics = before;
            if !self.connection.is_autocommit()
                && let Err(error) = self.connection.execute_batch("ROLLBACK")
            {
                tracing::error!(log = self.shown, %error, "rolling back");
            }
        }
        result
    }

    fn insert(&mut self, group: &[Append]) -> rusqlite::Result<Vec<Vec<Position>>> {
        let now = self.clock.now().0;
        let mut answers = Vec::with_capacity(group.len());
        for batch in group {
            let mut positions = Vec::with_capacity(batch.records.len());
            for record in &batch.records {
                let row = &mut self.topics[record.topic.index()];
                let offset = row.next;
                let headers = encode_headers(&record.headers);
                let payload = match &record.payload {
                    Some(bytes) => ToSqlOutput::Borrowed(readable(bytes)),
                    None => ToSqlOutput::from(Null),
                };
                self.connection.prepare_cached(insert_sql(record.topic))?.execute((
                    offset,
                    &record.key,
                    now,
                    payload,
                    headers,
                ))?;
                if let Some(upsert) = latest_sql(record.topic) {
                    self.connection.prepare_cached(upsert)?.execute((&record.key, offset))?;
                }
                row.next += 1;
                row.bytes += record.size() as i64;
                positions.push(Position { topic: record.topic, partition: 0, offset });
            }
            answers.push(positions);
        }
        Ok(answers)
    }

    fn maintain_all(&mut self) -> Result<u64, LogError> {
        let mut removed = 0;
        self.maintenance.begin_again();
        loop {
            let step = self.clean_up_step().map_err(|e| schema::explain(e, &self.shown))?;
            removed += step.removed;
            if !step.more {
                return Ok(removed);
            }
        }
    }

    /// One bounded step; a failure is counted and tried again later. Returns whether more is due at once.
    fn maintenance_step(&mut self) -> bool {
        match self.clean_up_step() {
            Ok(step) => step.more,
            Err(error) => {
                let error = schema::explain(error, &self.shown);
                metrics::counter!("streetwatch_log_cleanup_failures_total", "reason" => error.kind.as_str())
                    .increment(1);
                tracing::warn!(%error, "cleaning up failed, will be tried again");
                // One topic's trouble does not keep the others waiting.
                self.maintenance.next_topic()
            }
        }
    }
}

/// Text where it is text, so that `sqlite3` and its JSON functions can read it.
fn readable(bytes: &[u8]) -> ValueRef<'_> {
    match std::str::from_utf8(bytes) {
        // SQLite's own functions end a text at a NUL.
        Ok(text) if !bytes.contains(&0) => ValueRef::Text(text.as_bytes()),
        _ => ValueRef::Blob(bytes),
    }
}

fn encode_headers(headers: &[(String, String)]) -> Option<String> {
    // A list of pairs of strings always serialises.
    if headers.is_empty() { None } else { serde_json::to_string(headers).ok() }
}

const fn insert_sql(topic: Topic) -> &'static str {
    match topic {
        Topic::Cameras => "INSERT INTO cameras VALUES (?1, ?2, ?3, ?4, ?5)",
        Topic::Segments => "INSERT INTO segments VALUES (?1, ?2, ?3, ?4, ?5)",
        Topic::Readings => "INSERT INTO readings VALUES (?1, ?2, ?3, ?4, ?5)",
        Topic::State => "INSERT INTO state VALUES (?1, ?2, ?3, ?4, ?5)",
        Topic::Dispatch => "INSERT INTO dispatch VALUES (?1, ?2, ?3, ?4, ?5)",
        Topic::Verdicts => "INSERT INTO verdicts VALUES (?1, ?2, ?3, ?4, ?5)",
        Topic::Health => "INSERT INTO health VALUES (?1, ?2, ?3, ?4, ?5)",
        Topic::Components => "INSERT INTO components VALUES (?1, ?2, ?3, ?4, ?5)",
    }
}

/// Notes where the last record of a key lies, on a compacted topic.
const fn latest_sql(topic: Topic) -> Option<&'static str> {
    match topic {
        Topic::Cameras => Some("INSERT OR REPLACE INTO cameras_latest VALUES (?1, ?2)"),
        Topic::State => Some("INSERT OR REPLACE INTO state_latest VALUES (?1, ?2)"),
        Topic::Health => Some("INSERT OR REPLACE INTO health_latest VALUES (?1, ?2)"),
        Topic::Components => Some("INSERT OR REPLACE INTO components_latest VALUES (?1, ?2)"),
        Topic::Segments | Topic::Readings | Topic::Dispatch | Topic::Verdicts => None,
    }
}

/// For a command that comes after the end.
pub(super) fn closed(shown: &str) -> LogError {
    LogError::new(ErrorKind::Closed, shown, "the log has been closed")
}
