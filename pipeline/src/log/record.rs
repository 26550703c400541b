//! What goes on a topic and what comes back.

use super::Topic;
use bytes::Bytes;
use operators::vocabulary::EventTime;
use std::collections::BTreeMap;

/// Largest record (key, payload and headers together) that any log takes.
///
/// A GOP of four seconds at 8 Mb/s fits; Kafka topics are created to match.
pub const MAX_RECORD_BYTES: usize = 8 << 20;

/// Largest batch of one append, in the same measure.
pub const MAX_BATCH_BYTES: usize = 32 << 20;

/// A record to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it goes.
    pub topic: Topic,
    /// Records of one key keep their order.
    pub key: String,
    /// What it says; `None` is a tombstone, which removes the key from a compacted topic.
    pub payload: Option<Bytes>,
    /// Names and values beside the payload, such as the content type.
    pub headers: Vec<(String, String)>,
    /// Where in its topic, where the key's hash must not decide. The embedded log has one partition and ignores it.
    pub partition: Option<i32>,
}

impl Record {
    /// A record without headers.
    pub fn new(topic: Topic, key: impl Into<String>, payload: impl Into<Bytes>) -> Self {
        Record { topic, key: key.into(), payload: Some(payload.into()), headers: Vec::new(), partition: None }
    }

    /// A record that removes `key` from a compacted topic.
    pub fn tombstone(topic: Topic, key: impl Into<String>) -> Self {
        Record { topic, key: key.into(), payload: None, headers: Vec::new(), partition: None }
    }

    /// The same record with one more header.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same record for this partition of its topic.
    pub fn to_partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Bytes of key, payload and headers.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.key.len() + self.payload.as_ref().map_or(0, Bytes::len) + headers
    }
}

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Its topic.
    pub topic: Topic,
    /// Its partition; the embedded log has only partition 0.
    pub partition: i32,
    /// Its place in the partition, from 0. Never given out twice.
    pub offset: i64,
}

/// A record as it lies on the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it lies.
    pub position: Position,
    /// When it was appended: the log's wall time. The event's own time is in the payload.
    pub time: EventTime,
    /// Its key. A foreign producer's missing key reads as empty.
    pub key: String,
    /// Its payload; `None` is a tombstone.
    pub payload: Option<Bytes>,
    /// Its headers.
    pub headers: Vec<(String, String)>,
}

/// For each partition the next offset to read. What a consumer keeps to go on later.
pub type Offsets = BTreeMap<i32, i64>;

/// Where a cursor starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record there is.
    Beginning,
    /// After the newest record there is now.
    End,
    /// At these offsets; partitions that are not named start at their beginning.
    At(Offsets),
}

/// What a partition holds: offsets `first..end`. Compaction may leave gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Oldest offset that can be read.
    pub first: i64,
    /// Offset that the next record gets.
    pub end: i64,
}
