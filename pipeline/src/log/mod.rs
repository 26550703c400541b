//! Topics: the embedded log and Kafka behind one trait.
//!
//! ```text
//! append ─► Flow (bounded) ─► embedded: writer thread, one SQLite transaction a group
//!                         └─► kafka:    idempotent producer, acks=all
//! read   ─► Cursor (follows the topic; its offsets are the caller's to keep)
//! latest ─► last record of each key of a compacted topic
//! ```
//!
//! Consumer groups of several members are Kafka's alone and not here yet. They
//! fit beside [`Log::read`]: a membership hands out cursors for the partitions
//! it is assigned and commits the [`Offsets`] that [`Cursor::position`] gives.

mod address;
pub mod embedded;
mod error;
mod flow;
pub mod kafka;
mod properties;
mod record;
mod tail;
mod topic;

pub use address::{Address, KafkaAddress};
pub use error::{ErrorKind, Fault, LogError};
pub use record::{Bounds, MAX_BATCH_BYTES, MAX_RECORD_BYTES, Offsets, Position, Record, Start, Stored};
pub use tail::{TailError, TailOptions, tail};
pub use topic::{CleanUp, Retention, Topic, UnknownTopic};

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Topics that keep what they acknowledged.
#[async_trait]
pub trait Log: Send + Sync + std::fmt::Debug {
    /// Appends and resolves when every record is durable; positions in the order of `records`.
    ///
    /// Waits while the log's budget of unacknowledged bytes is used up, and as
    /// long as Kafka's brokers are away. A future that is dropped early may or
    /// may not have appended. Records of one key keep their order within a
    /// batch and between appends that follow each other.
    ///
    /// # Errors
    /// After an error none of the batch is on the log where [`Log::atomic`],
    /// else a part of it may be. Ask [`LogError::retry`] whether to try again.
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Position>, LogError>;

    /// Whether a batch is appended wholly or not at all.
    fn atomic(&self) -> bool;

    /// Opens a cursor. It sees everything that is appended after this returns.
    ///
    /// # Errors
    /// [`ErrorKind::OffsetGone`] or [`ErrorKind::OffsetBeyondEnd`] when `start`
    /// names an offset that the topic does not hold.
    async fn read(&self, topic: Topic, start: Start) -> Result<Box<dyn Cursor>, LogError>;

    /// What each partition of the topic holds now.
    async fn bounds(&self, topic: Topic) -> Result<BTreeMap<i32, Bounds>, LogError>;

    /// The last record of each key of a compacted topic; keys that ended with a tombstone are left out.
    async fn latest(&self, topic: Topic) -> Result<BTreeMap<String, Stored>, LogError>;

    /// The last record of one key of a compacted topic, unless it is a tombstone.
    /// Over Kafka this reads the whole topic: prefer [`Log::latest`] for many keys.
    async fn latest_of(&self, topic: Topic, key: &str) -> Result<Option<Stored>, LogError>;

    /// How the log is doing.
    fn health(&self) -> LogHealth;

    /// Waits until what is on its way is on the log, then lets go of it. Later calls are refused.
    async fn close(&self) -> Result<(), LogError>;
}

/// A place in a topic that moves on as records are read.
#[async_trait]
pub trait Cursor: Send + std::fmt::Debug {
    /// The next record. `None` after `timeout` without one, or when the cursor
    /// has just [caught up](Cursor::caught_up).
    ///
    /// # Errors
    /// [`ErrorKind::OffsetGone`] when retention has overtaken the cursor: what
    /// was not read is lost, and the caller decides where to go on.
    async fn next(&mut self, timeout: Duration) -> Result<Option<Stored>, LogError>;

    /// For each partition the offset after the last record returned; [`Start::At`] goes on there.
    fn position(&self) -> Offsets;

    /// Whether everything has been returned that was on the topic when the cursor was opened.
    fn caught_up(&self) -> bool;
}

/// How a log is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogHealth {
    /// Appends are acknowledged.
    Well,
    /// It retries; nothing acknowledged is lost, and appends wait.
    Waiting {
        /// What it waits for.
        reason: String,
    },
    /// It will not recover by itself.
    Failed {
        /// What happened.
        reason: String,
    },
}

/// Opens a log for writing and reading: `embedded:./data/log` or `kafka:host1:9092,host2:9092`.
///
/// # Errors
/// See [`ErrorKind`]; the message says what to do.
pub async fn open(address: &str) -> Result<Arc<dyn Log>, LogError> {
    match Address::parse(address)? {
        Address::Embedded(directory) => {
            Ok(Arc::new(embedded::EmbeddedLog::open(&directory, embedded::Options::default()).await?))
        }
        Address::Kafka(address) => Ok(Arc::new(kafka::KafkaLog::open(address).await?)),
    }
}

/// Opens a log for reading only, also while another process writes it. Creates nothing.
///
/// # Errors
/// As [`open`]; [`ErrorKind::MissingTopic`] when there is no such log.
pub async fn open_for_reading(address: &str) -> Result<Arc<dyn Log>, LogError> {
    match Address::parse(address)? {
        Address::Embedded(directory) => Ok(Arc::new(embedded::EmbeddedLog::open_for_reading(&directory).await?)),
        Address::Kafka(address) => Ok(Arc::new(kafka::KafkaLog::open_for_reading(address).await?)),
    }
}

/// Refuses what no log takes, before it costs anything. Returns the batch's size.
fn check_sizes(records: &[Record], log: &str) -> Result<usize, LogError> {
    let mut total = 0;
    for record in records {
        let size = record.size();
        if size > MAX_RECORD_BYTES {
            let message = format!(
                "a record of {size} bytes (key {:?}) is over the limit of {MAX_RECORD_BYTES}; store it and append a URI to it",
                record.key.chars().take(64).collect::<String>()
            );
            return Err(LogError::new(ErrorKind::TooLarge, log, message).on(record.topic));
        }
        total += size;
    }
    if total > MAX_BATCH_BYTES {
        let message = format!("a batch of {total} bytes is over the limit of {MAX_BATCH_BYTES}; append it in parts");
        return Err(LogError::new(ErrorKind::TooLarge, log, message));
    }
    Ok(total)
}

fn not_compacted(topic: Topic, log: &str) -> LogError {
    let message = "only a compacted topic (cameras, state, health, components) has a last record of each key; read this one instead";
    LogError::new(ErrorKind::NotCompacted, log, message).on(topic)
}
