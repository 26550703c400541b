//! Reading the state of partitions that have just come.
//!
//! The worker that had them may have died within a transaction, or may be a zombie whose commit is still on its way.
//! Whatever it could still commit lies on the topic before its end as of now (a transaction's records are on the log
//! before its offsets are accepted, and those are accepted in the generation before this one only). So this waits until
//! everything up to that end is decided, and then reads what is committed.

use crate::log::kafka::{Context, Heard, config, explain, stored};
use crate::log::{ErrorKind, KafkaAddress, LogError, Stored, Topic};
use crate::payload::{CloudEvent, StateSnapshot};
use crate::sensors;
use crate::telemetry::names;
use crate::worker::Remembered;
use parking_lot::Mutex;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(200);
/// A transaction is decided in less than this, whatever happened to its worker.
const UNDECIDED: Duration = Duration::from_secs(60);

/// Reads `state`.
pub(super) struct Restorer {
    address: KafkaAddress,
    heard: Arc<Heard>,
    name: String,
    shown: String,
    /// Ask for ends: of everything, and of what is decided. They stay connected.
    asking: Mutex<Option<[BaseConsumer<Context>; 2]>>,
}

/// The newest snapshot of each camera.
pub(super) type Memories = BTreeMap<String, Remembered>;

impl Restorer {
    /// Nothing is connected yet.
    pub fn new(address: KafkaAddress, heard: Arc<Heard>) -> Self {
        let (name, shown) = (address.topic(Topic::State), address.shown());
        Restorer { address, heard, name, shown, asking: Mutex::new(None) }
    }

    /// What is committed about the cameras of these partitions. Leaves with an empty answer when `wanted` says no.
    ///
    /// # Errors
    /// The brokers do not answer, or a transaction stays undecided; try again.
    pub fn restore(&self, partitions: &BTreeSet<i32>, wanted: &dyn Fn() -> bool) -> Result<Memories, LogError> {
        self.wait_until_decided(partitions, wanted)?;
        let reader = self.client(&[
            ("group.id", "streetwatch-restore"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("enable.partition.eof", "true"),
            ("auto.offset.reset", "earliest"),
            ("fetch.wait.max.ms", "50"),
        ])?;
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            let added = list.add_partition_offset(&self.name, *partition, Offset::Beginning);
            added.map_err(|e| self.explain(&e))?;
        }
        reader.assign(&list).map_err(|e| self.explain(&e))?;
        let (mut latest, mut left) = (BTreeMap::new(), partitions.clone());
        let mut moved = Instant::now();
        while !left.is_empty() && wanted() {
            match reader.poll(AGAIN) {
                Some(Ok(message)) => {
                    moved = Instant::now();
                    let record = stored(Topic::State, &message);
                    latest.insert(record.key.clone(), record);
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    moved = Instant::now();
                    left.remove(&partition);
                }
                Some(Err(error)) if !self.explain(&error).retry() => return Err(self.explain(&error)),
                _ if moved.elapsed() > PATIENCE => {
                    let message = format!("nothing came for {PATIENCE:?} although there is more; check the brokers");
                    return Err(LogError::new(ErrorKind::Unreachable, &self.shown, message).on(Topic::State));
                }
                _ => {}
            }
        }
        Ok(latest.into_iter().filter_map(|(camera, record)| Some((camera, read(record)?))).collect())
    }

    fn wait_until_decided(&self, partitions: &BTreeSet<i32>, wanted: &dyn Fn() -> bool) -> Result<(), LogError> {
        let decided = self.ask_until_decided(partitions, wanted);
        if decided.is_err() {
            // A client that was told of the topic while a broker was gone may hold to it for minutes ("unknown
            // partition"); another asks anew.
            *self.asking.lock() = None;
        }
        decided
    }

    fn ask_until_decided(&self, partitions: &BTreeSet<i32>, wanted: &dyn Fn() -> bool) -> Result<(), LogError> {
        let end_of = |client: &BaseConsumer<Context>, partition| {
            let marks = client.fetch_watermarks(&self.name, partition, PATIENCE);
            marks.map(|(_, end)| end).map_err(|e| self.explain(&e))
        };
        let mut asking = self.asking.lock();
        let [any, decided] = match asking.take() {
            Some(clients) => asking.insert(clients),
            None => asking.insert([self.client(&[("isolation.level", "read_uncommitted")])?, self.client(&[])?]),
        };
        for partition in partitions {
            let end = end_of(any, *partition)?;
            let begun = Instant::now();
            while end_of(decided, *partition)? < end {
                if !wanted() {
                    return Ok(());
                }
                if begun.elapsed() > UNDECIDED {
                    let message =
                        format!("a transaction has not been decided for {UNDECIDED:?}; see the brokers' logs");
                    let error = LogError::new(ErrorKind::Unreachable, &self.shown, message);
                    return Err(error.on(Topic::State));
                }
                std::thread::sleep(AGAIN);
            }
        }
        Ok(())
    }

    fn client(&self, settings: &[(&str, &str)]) -> Result<BaseConsumer<Context>, LogError> {
        let mut config: ClientConfig = config(&self.address);
        for (name, value) in settings {
            config.set(*name, *value);
        }
        BaseConsumer::from_config_and_context(&config, Context { heard: self.heard.clone() })
            .map_err(|e| self.explain(&e))
    }

    fn explain(&self, error: &KafkaError) -> LogError {
        explain(error, "reading the state of cameras", &self.shown).on(Topic::State)
    }
}

/// A snapshot; `None` for a tombstone and, with a word, for what cannot be read: that camera starts afresh.
fn read(record: Stored) -> Option<Remembered> {
    let payload = record.payload?;
    let found = serde_json::from_slice::<CloudEvent<StateSnapshot>>(&payload).map_err(|e| e.to_string());
    if found.as_ref().is_ok_and(|event| event.data.preset == sensors::PRESET) {
        return None;
    }
    let found = found.and_then(|event| Remembered::read(event.data).ok_or("it is of another version".to_owned()));
    match found {
        Ok((_, memory)) => Some(memory),
        Err(why) => {
            metrics::counter!(names::RECORDS_REFUSED, "topic" => "state", "reason" => "unreadable").increment(1);
            let position = record.position;
            tracing::warn!(camera = record.key, ?position, why, "a snapshot cannot be used: the camera starts afresh");
            None
        }
    }
}
