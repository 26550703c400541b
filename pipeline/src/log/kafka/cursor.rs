//! Reading a topic: every partition of it, assigned by hand, in no group.

use super::super::{Bounds, Cursor, ErrorKind, LogError, Offsets, Position, Start, Stored, Topic};
use super::context::{Context, Heard};
use super::{Client, explain};
use async_trait::async_trait;
use bytes::Bytes;
use operators::vocabulary::EventTime;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// After an error that passes, so that a broken connection does not become a busy loop.
const BREATH: Duration = Duration::from_millis(50);

/// A cursor over one topic of a Kafka cluster. Partitions that are added later are not seen.
pub(super) struct KafkaCursor {
    /// `None` only while dropping.
    consumer: Option<StreamConsumer<Context>>,
    heard: Arc<Heard>,
    topic: Topic,
    shown: String,
    next: Offsets,
    /// Partitions of which not everything has been returned that was there at the start.
    behind: BTreeSet<i32>,
    end_at_open: Offsets,
}

impl std::fmt::Debug for KafkaCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaCursor").field("topic", &self.topic).field("next", &self.next).finish_non_exhaustive()
    }
}

impl KafkaCursor {
    /// Assigns the partitions at their start offsets.
    pub async fn open(client: &Client, topic: Topic, start: Start) -> Result<Self, LogError> {
        let mut bounds = client.bounds(topic).await?;
        let known = bounds.len();
        if let Start::Only(wanted) = &start {
            bounds.retain(|partition, _| wanted.contains_key(partition));
        }
        let mut next = Offsets::new();
        let mut list = TopicPartitionList::new();
        let name = client.name(topic);
        for (&partition, &Bounds { first, end }) in &bounds {
            let (offset, at) = match &start {
                Start::End => (end, Offset::Offset(end)),
                Start::At(offsets) | Start::Only(offsets) => match offsets.get(&partition) {
                    Some(&wanted) => (check(client, topic, partition, wanted, first, end)?, Offset::Offset(wanted)),
                    None => (first, Offset::Beginning),
                },
                Start::Beginning => (first, Offset::Beginning),
            };
            next.insert(partition, offset);
            list.add_partition_offset(&name, partition, at)
                .map_err(|e| explain(&e, "choosing partitions", &client.shown).on(topic))?;
        }
        if let Start::At(offsets) | Start::Only(offsets) = &start
            && let Some((&partition, &offset)) = offsets.iter().find(|(p, _)| !bounds.contains_key(p))
        {
            let message = format!("the topic has {known} partitions");
            return Err(LogError::new(ErrorKind::MissingTopic, &client.shown, message).on(topic).at(partition, offset));
        }
        let mut config = client.config();
        config
            // librdkafka wants a name to assign partitions by hand; no group is joined, nothing is committed.
            .set("group.id", "streetwatch-cursor")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            // A cursor that has lost its place must say so instead of jumping.
            .set("auto.offset.reset", "error")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.message.max.bytes", super::topics::MESSAGE_BYTES.to_string())
            .set("queued.max.messages.kbytes", "32768");
        let consumer: StreamConsumer<Context> = config
            .create_with_context(client.context())
            .map_err(|e| explain(&e, "opening a consumer", &client.shown).on(topic))?;
        consumer.assign(&list).map_err(|e| explain(&e, "assigning partitions", &client.shown).on(topic))?;
        let end_at_open: Offsets = bounds.iter().map(|(&p, b)| (p, b.end)).collect();
        let behind = next.iter().filter(|(p, offset)| **offset < end_at_open[p]).map(|(p, _)| *p).collect();
        let (heard, shown) = (client.heard.clone(), client.shown.clone());
        Ok(KafkaCursor { consumer: Some(consumer), heard, topic, shown, next, behind, end_at_open })
    }

    fn returned(&mut self, partition: i32, offset: i64) {
        self.next.insert(partition, offset + 1);
        if self.end_at_open.get(&partition).is_none_or(|end| offset + 1 >= *end) {
            self.behind.remove(&partition);
        }
    }

    fn where_lost(&self, error: LogError) -> LogError {
        // librdkafka does not say which partition it is; with one there is no doubt.
        match self.next.iter().next() {
            Some((&partition, &offset)) if self.next.len() == 1 => error.on(self.topic).at(partition, offset),
            _ => error.on(self.topic),
        }
    }
}

fn check(client: &Client, topic: Topic, partition: i32, wanted: i64, first: i64, end: i64) -> Result<i64, LogError> {
    let refuse = |kind, message| Err(LogError::new(kind, &client.shown, message).on(topic).at(partition, wanted));
    if wanted < first {
        return refuse(
            ErrorKind::OffsetGone,
            format!("retention has removed this record; the oldest one is at offset {first}"),
        );
    }
    if wanted > end {
        return refuse(
            ErrorKind::OffsetBeyondEnd,
            format!("the partition ends at offset {end}; read from there or from its beginning"),
        );
    }
    Ok(wanted)
}

#[async_trait]
impl Cursor for KafkaCursor {
    async fn next(&mut self, timeout: Duration) -> Result<Option<Stored>, LogError> {
        let deadline = Instant::now() + timeout;
        loop {
            let Some(consumer) = &self.consumer else { return Ok(None) };
            let received = match tokio::time::timeout_at(deadline, consumer.recv()).await {
                Err(_) => return Ok(None),
                Ok(received) => received.map(|message| stored(self.topic, &message)),
            };
            match received {
                Ok(record) => {
                    self.heard.well();
                    self.returned(record.position.partition, record.position.offset);
                    return Ok(Some(record));
                }
                // Control records of transactions lie before the end but are never returned.
                Err(KafkaError::PartitionEOF(partition)) => {
                    self.heard.well();
                    if let (Some(next), Some(end)) = (self.next.get_mut(&partition), self.end_at_open.get(&partition)) {
                        *next = (*next).max(*end);
                    }
                    if self.behind.remove(&partition) && self.behind.is_empty() {
                        return Ok(None);
                    }
                }
                Err(error) => {
                    let explained = explain(&error, "reading", &self.shown);
                    let lost = error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal)
                        || matches!(
                            explained.kind,
                            ErrorKind::OffsetGone | ErrorKind::NotAllowed | ErrorKind::MissingTopic
                        );
                    if lost {
                        return Err(self.where_lost(explained));
                    }
                    metrics::counter!("streetwatch_log_read_retries_total", "reason" => explained.kind.as_str())
                        .increment(1);
                    tracing::debug!(error = %explained, "reading goes on");
                    tokio::time::sleep_until(deadline.min(Instant::now() + BREATH)).await;
                }
            }
        }
    }

    fn position(&self) -> Offsets {
        self.next.clone()
    }

    fn caught_up(&self) -> bool {
        self.behind.is_empty()
    }
}

impl Drop for KafkaCursor {
    fn drop(&mut self) {
        // Closing a consumer waits for its threads: not on tokio's workers.
        let consumer = self.consumer.take();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(consumer));
        }
    }
}

/// A message in our words.
pub(crate) fn stored(topic: Topic, message: &BorrowedMessage<'_>) -> Stored {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        headers.iter().map(|h| (h.key.to_owned(), text(h.value.unwrap_or_default()))).collect()
    });
    Stored {
        position: Position { topic, partition: message.partition(), offset: message.offset() },
        time: EventTime(message.timestamp().to_millis().unwrap_or_default()),
        key: text(message.key().unwrap_or_default()),
        payload: message.payload().map(Bytes::copy_from_slice),
        headers,
    }
}

/// The last record of each key, by reading every partition to its present end.
/// An error ends it when nothing comes for `patience`.
pub(super) async fn latest(
    cursor: &mut KafkaCursor,
    wanted: Option<&str>,
    patience: Duration,
) -> Result<BTreeMap<String, Stored>, LogError> {
    let mut latest = BTreeMap::new();
    while !cursor.caught_up() {
        match cursor.next(patience).await? {
            Some(record) if wanted.is_some_and(|key| key != record.key) => {}
            Some(record) if record.payload.is_none() => {
                latest.remove(&record.key);
            }
            Some(record) => {
                latest.insert(record.key.clone(), record);
            }
            None if cursor.caught_up() => {}
            None => {
                let message = format!("nothing came for {patience:?} although there is more; check the brokers");
                return Err(LogError::new(ErrorKind::Unreachable, &cursor.shown, message).on(cursor.topic));
            }
        }
    }
    Ok(latest)
}
