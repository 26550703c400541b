//! Reading: connections of their own, off tokio's workers, woken by the writer.

use super::super::{Bounds, Cursor, ErrorKind, LogError, Offsets, Position, Start, Stored, Topic};
use super::schema::{self, TopicRow};
use super::writer::closed;
use async_trait::async_trait;
use bytes::Bytes;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

/// Reads at one time, at most; further ones wait.
const CONNECTIONS: usize = 4;
/// A cursor reads ahead this much.
const AHEAD_RECORDS: i64 = 256;
const AHEAD_BYTES: usize = 1 << 20;
/// How often a reader in another process than the writer looks for news.
const POLL: Duration = Duration::from_millis(100);

const COLUMNS: &str = "\"offset\", time, key, payload, headers";

/// A few connections for reading, opened when needed.
#[derive(Debug)]
pub(super) struct Readers {
    directory: PathBuf,
    shown: String,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub fn new(directory: PathBuf, shown: String) -> Self {
        Readers { directory, shown, idle: Mutex::default(), permits: Arc::new(Semaphore::new(CONNECTIONS)) }
    }

    /// Refuses further reads and lets go of the file.
    pub fn close(&self) {
        self.permits.close();
        self.idle.lock().clear();
    }

    /// Runs `work` in one read transaction on a blocking thread.
    pub async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LogError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| closed(&self.shown))?;
        let readers = self.clone();
        let read = move || {
            let _permit = permit;
            let idle = readers.idle.lock().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => schema::open_for_reading(&readers.directory, &readers.shown)?,
            };
            let answer = connection.unchecked_transaction().and_then(|transaction| {
                let answer = work(&connection)?;
                transaction.finish()?;
                Ok(answer)
            });
            // A connection that failed is not used again.
            let answer = answer.map_err(|e| schema::explain(e, &readers.shown))?;
            if !readers.permits.is_closed() {
                readers.idle.lock().push(connection);
            }
            Ok(answer)
        };
        let panicked = |e| LogError::new(ErrorKind::Internal, &self.shown, format!("a reader ended early: {e}"));
        tokio::task::spawn_blocking(read).await.map_err(panicked)?
    }

    pub async fn bounds(self: &Arc<Self>, topic: Topic) -> Result<BTreeMap<i32, Bounds>, LogError> {
        let row = self.with(move |connection| schema::topic_row(connection, topic)).await.map_err(|e| e.on(topic))?;
        Ok(BTreeMap::from([(0, Bounds { first: row.first, end: row.next })]))
    }

    pub async fn latest(self: &Arc<Self>, topic: Topic) -> Result<BTreeMap<String, Stored>, LogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {topic} WHERE payload IS NOT NULL
             AND \"offset\" IN (SELECT \"offset\" FROM {topic}_latest)"
        );
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([], |row| stored(topic, row))?;
            rows.map(|row| row.map(|r| (r.key.clone(), r))).collect()
        })
        .await
        .map_err(|e| e.on(topic))
    }

    pub async fn latest_of(self: &Arc<Self>, topic: Topic, key: &str) -> Result<Option<Stored>, LogError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {topic} WHERE \"offset\" = (SELECT \"offset\" FROM {topic}_latest WHERE key = ?1)"
        );
        let key = key.to_owned();
        self.with(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query_map([key], |row| stored(topic, row))?;
            Ok(rows.next().transpose()?.filter(|r| r.payload.is_some()))
        })
        .await
        .map_err(|e| e.on(topic))
    }

    /// `ends` is the writer's word on new records; without one the cursor looks by itself.
    pub async fn cursor(
        self: &Arc<Self>,
        topic: Topic,
        start: Start,
        ends: Option<watch::Receiver<i64>>,
    ) -> Result<EmbeddedCursor, LogError> {
        let row = self.with(move |connection| schema::topic_row(connection, topic)).await.map_err(|e| e.on(topic))?;
        let mut from_beginning = false;
        let next = match start {
            Start::End => row.next,
            Start::At(offsets) | Start::Only(offsets) if offsets.contains_key(&0) => {
                let wanted = offsets.get(&0).copied().unwrap_or_default();
                if wanted < row.first {
                    return Err(gone(&self.shown, topic, wanted, row.first));
                }
                if wanted > row.next {
                    let message =
                        format!("the topic ends at offset {}; read from there or from its beginning", row.next);
                    return Err(LogError::new(ErrorKind::OffsetBeyondEnd, &self.shown, message)
                        .on(topic)
                        .at(0, wanted));
                }
                wanted
            }
            // There is no other partition to read.
            Start::Only(_) => row.next,
            Start::Beginning | Start::At(_) => {
                from_beginning = true;
                row.first
            }
        };
        let readers = self.clone();
        let buffer = VecDeque::new();
        Ok(EmbeddedCursor { readers, topic, next, end_at_open: row.next, from_beginning, buffer, ends })
    }
}

fn gone(shown: &str, topic: Topic, wanted: i64, first: i64) -> LogError {
    let message = format!("retention has removed this record; the oldest one is at offset {first}");
    LogError::new(ErrorKind::OffsetGone, shown, message).on(topic).at(0, wanted)
}

/// A cursor over one topic of the embedded log.
#[derive(Debug)]
pub(super) struct EmbeddedCursor {
    readers: Arc<Readers>,
    topic: Topic,
    /// Offset after the last record returned.
    next: i64,
    end_at_open: i64,
    /// Nothing has been read yet, and the reader asked for whatever is oldest.
    from_beginning: bool,
    buffer: VecDeque<Stored>,
    ends: Option<watch::Receiver<i64>>,
}

impl EmbeddedCursor {
    /// Reads ahead. Afterwards the buffer is empty only when nothing lies at or after `next`.
    async fn fill(&mut self) -> Result<(), LogError> {
        let (topic, from, anything) = (self.topic, self.next, self.from_beginning);
        let (row, records) =
            self.readers.with(move |c| read_ahead(c, topic, from, anything)).await.map_err(|e| e.on(topic))?;
        if row.first > from && !anything {
            return Err(gone(&self.readers.shown, topic, from, row.first));
        }
        if records.is_empty() {
            // What lay between was compacted away.
            self.next = self.next.max(row.next);
        }
        self.from_beginning = false;
        self.buffer = records;
        Ok(())
    }
}

fn read_ahead(
    connection: &Connection,
    topic: Topic,
    from: i64,
    anything: bool,
) -> rusqlite::Result<(TopicRow, VecDeque<Stored>)> {
    let row = schema::topic_row(connection, topic)?;
    let mut records = VecDeque::new();
    if row.first > from && !anything {
        return Ok((row, records));
    }
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {topic} WHERE \"offset\" >= ?1 ORDER BY \"offset\" LIMIT {AHEAD_RECORDS}"
    ))?;
    let mut rows = statement.query([from])?;
    let mut bytes = 0;
    while bytes < AHEAD_BYTES
        && let Some(found) = rows.next()?
    {
        let record = stored(topic, found)?;
        bytes += record.key.len() + record.payload.as_ref().map_or(0, Bytes::len);
        records.push_back(record);
    }
    Ok((row, records))
}

#[async_trait]
impl Cursor for EmbeddedCursor {
    async fn next(&mut self, timeout: Duration) -> Result<Option<Stored>, LogError> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(record) = self.buffer.pop_front() {
                self.next = record.position.offset + 1;
                return Ok(Some(record));
            }
            let was_caught_up = self.caught_up();
            self.fill().await?;
            if !self.buffer.is_empty() {
                continue;
            }
            if !was_caught_up && self.caught_up() {
                return Ok(None);
            }
            let next = self.next;
            match &mut self.ends {
                Some(ends) => match tokio::time::timeout_at(deadline, ends.wait_for(|end| *end > next)).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(_)) => return Err(closed(&self.readers.shown)),
                    Err(_) => return Ok(None),
                },
                None if Instant::now() + POLL > deadline => {
                    tokio::time::sleep_until(deadline).await;
                    return Ok(None);
                }
                None => tokio::time::sleep(POLL).await,
            }
        }
    }

    fn position(&self) -> Offsets {
        Offsets::from([(0, self.next)])
    }

    fn caught_up(&self) -> bool {
        self.next >= self.end_at_open
    }
}

fn stored(topic: Topic, row: &Row<'_>) -> rusqlite::Result<Stored> {
    let position = Position { topic, partition: 0, offset: row.get(0)? };
    let payload = match row.get_ref(3)? {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(Bytes::copy_from_slice(bytes)),
        // A person who edits the table with sqlite3 may leave a number.
        ValueRef::Integer(number) => Some(Bytes::from(number.to_string())),
        ValueRef::Real(number) => Some(Bytes::from(number.to_string())),
    };
    let headers: Option<String> = row.get(4)?;
    let headers = match headers {
        Some(text) => serde_json::from_str(&text)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(e)))?,
        None => Vec::new(),
    };
    Ok(Stored { position, time: EventTime(row.get(1)?), key: row.get(2)?, payload, headers })
}
