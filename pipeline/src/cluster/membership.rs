//! A worker's place in the group: one consumer of `cameras`, static member, cooperative-sticky.
//!
//! librdkafka tells of rebalances while it is polled and then waits for the answer. Here they are only noted, and
//! answered by the loop when the cameras are ready for it, so that polling never stops. Only a loss acts at once: the
//! leases are gone before the consumer may join again, so that whatever the next generation allows is not said under
//! them.

use super::{GROUP, Lease, Leases};
use crate::log::kafka::{Context, Heard, config, explain, stored};
use crate::log::{KafkaAddress, LogError, Stored, Topic};
use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A worker that does not answer for so long has lost its cameras to others.
const SESSION: Duration = Duration::from_secs(10);

/// What the group decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// These partitions come to this worker.
    Assigned(BTreeSet<i32>),
    /// These shall go to another, once this worker has let go of them.
    Revoked(BTreeSet<i32>),
    /// These are gone: others may run them already.
    Lost(BTreeSet<i32>),
}

/// What a poll brought.
#[derive(Debug)]
pub(super) enum Heeded {
    /// A record of `cameras`.
    Record(Stored),
    /// A partition of `cameras` has been read to its end.
    End(i32),
    /// Something is wrong, for now.
    Trouble(LogError),
    /// This consumer cannot go on.
    Fatal(LogError),
}

/// The consumer.
pub(super) struct Group {
    consumer: BaseConsumer<Place>,
    name: String,
    shown: String,
}

/// Notes what librdkafka tells.
pub(super) struct Place {
    inner: Context,
    leases: Arc<Leases>,
    decisions: Mutex<VecDeque<Decision>>,
    closing: AtomicBool,
}

impl ClientContext for Place {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.inner.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.error(error, reason);
    }
}

impl ConsumerContext for Place {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, err: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions: BTreeSet<i32> = list.elements().iter().map(|e| e.partition()).collect();
        let decision = match err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Decision::Assigned(partitions),
            _ if consumer.assignment_lost() => {
                self.leases.close(&partitions);
                Decision::Lost(partitions)
            }
            _ => Decision::Revoked(partitions),
        };
        tracing::info!(?decision, "the group has decided");
        if !self.closing.load(Ordering::SeqCst) {
            self.decisions.lock().push_back(decision);
        } else if !matches!(decision, Decision::Assigned(_))
            && let Err(error) = consumer.incremental_unassign(list)
        {
            tracing::warn!(%error, "leaving the group");
        }
    }
}

impl Group {
    /// Joins; the first decision comes with a later poll.
    pub fn join(address: &KafkaAddress, id: &str, leases: Arc<Leases>, heard: Arc<Heard>) -> Result<Self, LogError> {
        let shown = address.shown();
        let mut config = config(address);
        config
            .set("group.id", GROUP)
            .set("group.instance.id", id)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", SESSION.as_millis().to_string())
            .set("heartbeat.interval.ms", "1000")
            .set("max.poll.interval.ms", "60000")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "100");
        let place =
            Place { inner: Context { heard }, leases, decisions: Mutex::default(), closing: AtomicBool::new(false) };
        let consumer = BaseConsumer::from_config_and_context(&config, place)
            .map_err(|e| explain(&e, "opening the group's consumer", &shown))?;
        let name = address.topic(Topic::Cameras);
        consumer.subscribe(&[&name]).map_err(|e| explain(&e, "joining the group", &shown).on(Topic::Cameras))?;
        Ok(Group { consumer, name, shown })
    }

    /// Waits for the next thing that happens; librdkafka's callbacks run in here.
    pub fn poll(&self, timeout: Duration) -> Option<Heeded> {
        match self.consumer.poll(timeout)? {
            Ok(message) => {
                self.consumer.context().inner.heard.well();
                Some(Heeded::Record(stored(Topic::Cameras, &message)))
            }
            Err(KafkaError::PartitionEOF(partition)) => {
                self.consumer.context().inner.heard.well();
                Some(Heeded::End(partition))
            }
            Err(error @ KafkaError::MessageConsumptionFatal(_)) => {
                Some(Heeded::Fatal(explain(&error, "as a member of the group", &self.shown)))
            }
            Err(error) => {
                Some(Heeded::Trouble(explain(&error, "following the registry", &self.shown).on(Topic::Cameras)))
            }
        }
    }

    /// What the group has decided since the last call.
    pub fn decision(&self) -> Option<Decision> {
        self.consumer.context().decisions.lock().pop_front()
    }

    /// Whether what this worker thinks it owns may belong to others by now.
    pub fn is_lost(&self) -> bool {
        self.consumer.assignment_lost()
    }

    /// Takes partitions on, and reads them from their beginning.
    pub fn take(&self, partitions: &BTreeSet<i32>) -> Result<(), LogError> {
        let list = self.list(partitions, Offset::Beginning)?;
        self.consumer.incremental_assign(&list).map_err(|e| explain(&e, "taking partitions", &self.shown))
    }

    /// Lets partitions go: from now on another may have them.
    pub fn release(&self, partitions: &BTreeSet<i32>) -> Result<(), LogError> {
        let list = self.list(partitions, Offset::Invalid)?;
        self.consumer.incremental_unassign(&list).map_err(|e| explain(&e, "letting partitions go", &self.shown))
    }

    /// Fetches partitions anew from where they were read to: that gives an end or an error.
    pub fn look_again<'a>(&self, leases: impl Iterator<Item = &'a Arc<Lease>>) {
        let mut list = TopicPartitionList::new();
        for lease in leases {
            let at = if lease.offset() > 0 { Offset::Offset(lease.offset()) } else { Offset::Beginning };
            if let Err(error) = list.add_partition_offset(&self.name, lease.partition(), at) {
                tracing::debug!(%error, "choosing partitions");
            }
        }
        if let Err(error) = self.consumer.seek_partitions(list, Duration::from_secs(1)) {
            tracing::debug!(%error, "fetching anew");
        }
    }

    /// Who this member is, in which generation: what a transaction is fenced by.
    pub fn metadata(&self) -> Option<ConsumerGroupMetadata> {
        self.consumer.group_metadata()
    }

    /// Offsets and notes that were committed last, none of them pending in a transaction.
    pub fn committed(&self, partition: i32, timeout: Duration) -> Result<BTreeMap<i32, String>, LogError> {
        let list = self.list(&[partition].into(), Offset::Invalid)?;
        let found = self.consumer.committed_offsets(list, timeout);
        let found = found.map_err(|e| explain(&e, "asking what was committed", &self.shown))?;
        Ok(found.elements().iter().map(|e| (e.partition(), e.metadata().to_owned())).collect())
    }

    /// Closing the consumer later must not wait for the loop.
    pub fn close(&self) {
        self.consumer.context().closing.store(true, Ordering::SeqCst);
    }

    fn list(&self, partitions: &BTreeSet<i32>, offset: Offset) -> Result<TopicPartitionList, LogError> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            let added = list.add_partition_offset(&self.name, *partition, offset);
            added.map_err(|e| explain(&e, "choosing partitions", &self.shown))?;
        }
        Ok(list)
    }
}
