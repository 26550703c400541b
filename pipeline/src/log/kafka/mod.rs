//! The log on a Kafka cluster: idempotent producer, acks=all, nothing given up by a timer.
//!
//! While the brokers are away appends wait, up to a budget of bytes, and then
//! their callers wait; [`Log::health`] says so. Idempotence holds as long as
//! this client lives: a caller that appends again after a crash may double.

mod context;
mod cursor;
mod error;
#[cfg(test)]
mod tests;
mod topics;

pub(crate) use context::{Context, Heard};
pub(crate) use cursor::stored;
pub(crate) use error::explain;
pub(crate) use topics::MESSAGE_BYTES;
pub use topics::{Created, create};

use super::flow::Flow;
use super::{
    Bounds, Cursor, ErrorKind, KafkaAddress, Log, LogError, LogHealth, Position, Record, Start, Stored, Topic,
    check_sizes, not_compacted,
};
use async_trait::async_trait;
use cursor::KafkaCursor;
use rdkafka::ClientConfig;
use rdkafka::client::Client as MetadataClient;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use topics::PATIENCE;

/// Unacknowledged bytes before callers wait.
const BUDGET: usize = 64 << 20;
/// Appends count as stuck when none is finished for this long.
const STUCK: Duration = Duration::from_secs(5);
/// How long closing waits for what is on its way.
const FAREWELL: Duration = Duration::from_secs(30);
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(20);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A log on a Kafka cluster.
pub struct KafkaLog {
    client: Client,
    flow: Flow,
    /// `None` when opened for reading.
    producer: Option<FutureProducer<Context>>,
}

impl std::fmt::Debug for KafkaLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaLog").field("log", &self.client.shown).finish_non_exhaustive()
    }
}

/// What the parts of the Kafka log share.
struct Client {
    address: KafkaAddress,
    shown: String,
    heard: Arc<Heard>,
    /// Asks for metadata and watermarks only.
    asking: Arc<BaseConsumer<Context>>,
    /// How long an answer may take.
    patience: Duration,
}

impl KafkaLog {
    /// Connects and creates the topics that are missing.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`], [`ErrorKind::NotAllowed`], [`ErrorKind::Rejected`], [`ErrorKind::Address`].
    pub async fn open(address: KafkaAddress) -> Result<Self, LogError> {
        let client = Client::new(address)?;
        let existing = client.ready().await?;
        topics::ensure(&client, &existing).await?;
        let mut config = producer_config(&client.address);
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // No timer gives a record up; see the module's text.
            .set("message.timeout.ms", "0")
            .set("request.timeout.ms", "10000")
            .set("linger.ms", "2")
            .set("compression.type", "lz4")
            // The partitioner of Kafka's own clients, so that others find a key where we put it.
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", topics::MESSAGE_BYTES.to_string())
            .set("queue.buffering.max.messages", "1000000")
            .set("queue.buffering.max.kbytes", (2 * BUDGET / 1024).to_string());
        let producer: FutureProducer<Context> = config
            .create_with_context(client.context())
            .map_err(|e| explain(&e, "opening a producer", &client.shown))?;
        Ok(KafkaLog { client, flow: Flow::new("kafka", BUDGET), producer: Some(producer) })
    }

    /// Connects for reading; creates nothing.
    ///
    /// # Errors
    /// As [`KafkaLog::open`].
    pub async fn open_for_reading(address: KafkaAddress) -> Result<Self, LogError> {
        let client = Client::new(address)?;
        client.ready().await?;
        Ok(KafkaLog { client, flow: Flow::new("kafka", BUDGET), producer: None })
    }

    async fn send(&self, producer: &FutureProducer<Context>, record: &Record) -> Result<DeliveryFuture, LogError> {
        let name = self.client.name(record.topic);
        let headers = (!record.headers.is_empty()).then(|| {
            record
                .headers
                .iter()
                .fold(OwnedHeaders::new_with_capacity(record.headers.len()), |headers, (key, value)| {
                    headers.insert(Header { key, value: Some(value) })
                })
        });
        let mut message = FutureRecord {
            topic: &name,
            partition: record.partition,
            payload: record.payload.as_deref(),
            key: Some(record.key.as_bytes()),
            timestamp: None,
            headers,
        };
        loop {
            match producer.send_result(message) {
                Ok(delivery) => return Ok(delivery),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    metrics::counter!("streetwatch_kafka_queue_full_total").increment(1);
                    message = back;
                    tokio::time::sleep(QUEUE_FULL_PAUSE).await;
                }
                Err((error, _)) => return Err(self.append_failed(&error, record.topic)),
            }
        }
    }

    fn append_failed(&self, error: &KafkaError, topic: Topic) -> LogError {
        let error = explain(error, "appending", &self.client.shown).on(topic);
        metrics::counter!("streetwatch_log_append_failures_total", "reason" => error.kind.as_str()).increment(1);
        error
    }
}

#[async_trait]
impl Log for KafkaLog {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Position>, LogError> {
        let shown = &self.client.shown;
        let Some(producer) = &self.producer else {
            let message = "the log was opened for reading; open it for writing";
            return Err(LogError::new(ErrorKind::ReadOnly, shown, message));
        };
        let bytes = check_sizes(&records, shown)?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let _share = self.flow.enter(bytes, shown).await?;
        let mut deliveries = Vec::with_capacity(records.len());
        let mut failure = None;
        for record in &records {
            match self.send(producer, record).await {
                Ok(delivery) => deliveries.push((record.topic, delivery)),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        let mut positions = Vec::with_capacity(records.len());
        // Every delivery is awaited, also after a failure: then the share of the budget is free.
        for (topic, delivery) in deliveries {
            match delivery.await {
                Ok(Ok(delivered)) => {
                    self.client.heard.well();
                    metrics::counter!("streetwatch_log_appended_total", "topic" => topic.as_str()).increment(1);
                    positions.push(Position { topic, partition: delivered.partition, offset: delivered.offset });
                }
                Ok(Err((error, _))) => failure = Some(self.append_failed(&error, topic)),
                Err(_) => failure = Some(self.append_failed(&KafkaError::Canceled, topic)),
            }
        }
        match failure {
            None => Ok(positions),
            Some(mut error) => {
                let part = format!(" ({} of {} records were appended)", positions.len(), records.len());
                error.message.push_str(&part);
                Err(error)
            }
        }
    }

    fn atomic(&self) -> bool {
        false
    }

    async fn read(&self, topic: Topic, start: Start) -> Result<Box<dyn Cursor>, LogError> {
        Ok(Box::new(KafkaCursor::open(&self.client, topic, start).await?))
    }

    async fn bounds(&self, topic: Topic) -> Result<BTreeMap<i32, Bounds>, LogError> {
        self.client.bounds(topic).await
    }

    async fn latest(&self, topic: Topic) -> Result<BTreeMap<String, Stored>, LogError> {
        if !topic.is_compacted() {
            return Err(not_compacted(topic, &self.client.shown));
        }
        let mut cursor = KafkaCursor::open(&self.client, topic, Start::Beginning).await?;
        cursor::latest(&mut cursor, None, PATIENCE).await
    }

    async fn latest_of(&self, topic: Topic, key: &str) -> Result<Option<Stored>, LogError> {
        if !topic.is_compacted() {
            return Err(not_compacted(topic, &self.client.shown));
        }
        let mut cursor = KafkaCursor::open(&self.client, topic, Start::Beginning).await?;
        Ok(cursor::latest(&mut cursor, Some(key), PATIENCE).await?.remove(key))
    }

    fn health(&self) -> LogHealth {
        let heard = self.client.heard.health();
        let stuck = self.flow.stuck_for();
        if heard == LogHealth::Well && stuck > STUCK {
            return LogHealth::Waiting { reason: format!("no append has been acknowledged for {} s", stuck.as_secs()) };
        }
        heard
    }

    async fn close(&self) -> Result<(), LogError> {
        self.flow.close();
        let Some(producer) = self.producer.clone() else { return Ok(()) };
        let flushed = tokio::task::spawn_blocking(move || {
            let result = producer.flush(FAREWELL);
            (result, producer.in_flight_count())
        });
        match flushed.await {
            Ok((Ok(()), _)) => Ok(()),
            Ok((Err(error), left)) => {
                let doing = format!("closing with {left} records that were not acknowledged");
                Err(explain(&error, &doing, &self.client.shown))
            }
            Err(error) => Err(LogError::new(ErrorKind::Internal, &self.client.shown, format!("closing: {error}"))),
        }
    }
}

impl Client {
    fn new(address: KafkaAddress) -> Result<Self, LogError> {
        let shown = address.shown();
        let heard = Arc::new(Heard::default());
        let config = config(&address);
        let asking = BaseConsumer::from_config_and_context(&config, Context { heard: heard.clone() })
            .map_err(|e| explain(&e, "opening a client", &shown))?;
        Ok(Client { address, shown, heard, asking: Arc::new(asking), patience: PATIENCE })
    }

    fn config(&self) -> ClientConfig {
        config(&self.address)
    }

    fn context(&self) -> Context {
        Context { heard: self.heard.clone() }
    }

    fn name(&self, topic: Topic) -> String {
        self.address.topic(topic)
    }

    /// Asks the cluster something, off tokio's workers, again while the answer is one that passes:
    /// a partition that was just created or is changing brokers has no leader for a moment.
    async fn ask<T: Send + 'static>(
        &self,
        doing: &str,
        question: impl Fn(&MetadataClient<Context>) -> Result<T, KafkaError> + Send + Sync + 'static,
    ) -> Result<T, LogError> {
        let deadline = Instant::now() + self.patience;
        let question = Arc::new(question);
        loop {
            let (asking, question) = (self.asking.clone(), question.clone());
            let answer = tokio::task::spawn_blocking(move || {
                // Serves librdkafka's log and error events.
                while asking.poll(Duration::ZERO).is_some() {}
                let answer = question(asking.client());
                while asking.poll(Duration::ZERO).is_some() {}
                answer
            })
            .await
            .map_err(|e| LogError::new(ErrorKind::Internal, &self.shown, format!("{doing}: {e}")))?;
            match answer.map_err(|e| explain(&e, doing, &self.shown)) {
                Err(error) if error.retry() && Instant::now() < deadline => {
                    metrics::counter!("streetwatch_log_read_retries_total", "reason" => error.kind.as_str())
                        .increment(1);
                    tokio::time::sleep(ASK_AGAIN_AFTER).await;
                }
                answer => return answer,
            }
        }
    }

    /// Names of the topics of which every partition has a leader.
    async fn ready(&self) -> Result<Vec<String>, LogError> {
        let patience = self.patience;
        self.ask("asking for the topics", move |client| {
            let metadata = client.fetch_metadata(None, patience)?;
            let ready = metadata.topics().iter().filter(|topic| {
                topic.error().is_none()
                    && !topic.partitions().is_empty()
                    && topic.partitions().iter().all(|p| p.leader() >= 0)
            });
            Ok(ready.map(|topic| topic.name().to_owned()).collect())
        })
        .await
    }

    async fn bounds(&self, topic: Topic) -> Result<BTreeMap<i32, Bounds>, LogError> {
        let (name, patience) = (self.name(topic), self.patience);
        let bounds: BTreeMap<i32, Bounds> = self
            .ask("asking for the offsets", move |client| {
                let metadata = client.fetch_metadata(Some(&name), patience)?;
                let found = metadata.topics().first();
                let Some(found) = found.filter(|topic| topic.error().is_none()) else { return Ok(BTreeMap::new()) };
                let mut bounds = BTreeMap::new();
                for partition in found.partitions() {
                    let marks = client.fetch_watermarks(&name, partition.id(), patience);
                    // The partition was there a moment ago: it has no leader while brokers come back.
                    let (first, end) = marks.map_err(|error| match error.rdkafka_error_code() {
                        Some(RDKafkaErrorCode::UnknownPartition) => {
                            KafkaError::MetadataFetch(RDKafkaErrorCode::LeaderNotAvailable)
                        }
                        _ => error,
                    })?;
                    bounds.insert(partition.id(), Bounds { first, end });
                }
                Ok(bounds)
            })
            .await
            .map_err(|e| e.on(topic))?;
        if bounds.is_empty() {
            let message = "the topic does not exist; create it, or open the log for writing";
            return Err(LogError::new(ErrorKind::MissingTopic, &self.shown, message).on(topic));
        }
        Ok(bounds)
    }
}

/// What every client of the log has in common.
pub(crate) fn config(address: &KafkaAddress) -> ClientConfig {
    let mut config = ClientConfig::new();
    for (name, value) in &address.properties {
        config.set(name, value);
    }
    config
        .set("bootstrap.servers", address.brokers.join(","))
        .set("client.id", "streetwatch")
        // Asking about a topic must not create it with the broker's defaults.
        .set("allow.auto.create.topics", "false")
        .set("socket.timeout.ms", "10000")
        .set("socket.keepalive.enable", "true")
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "5000")
        .set("isolation.level", "read_committed");
    config
}

/// The same for a client that writes.
pub(crate) fn producer_config(address: &KafkaAddress) -> ClientConfig {
    let mut config = config(address);
    // It is the readers', and librdkafka warns of it.
    config.remove("isolation.level");
    config
}
