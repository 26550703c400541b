//! What cameras have to say, in Kafka transactions.
//!
//! ```text
//! dispatcher threads ─► Batch (candidates and the snapshot that knows of them) ─► Teller: up to 500 records or 20 ms
//!       ▲ acknowledged, refused (try again), fenced                                  │ one transaction, with the group's
//!       └───────────────────────────────────────────────────────────────────────────┘ offsets and generation
//! ```
//! - **Fencing.** The group's metadata is taken *first* and the leases are looked at *after*: a generation in which
//!   the partition is another's begins only after its lease is gone. So a commit goes through only in a generation in
//!   which this worker owned the partition. All records are on the log before the offsets are sent, so whoever takes
//!   over can tell from the topic's end what is undecided (see `restore`).
//! - **An answer that got lost.** After a fatal error it is not known whether the commit took place. Each transaction
//!   notes its tag beside the offsets; the next producer has that decided and compares.
//! - Health goes out in the same way: a zombie's last word must not stand over the new owner's.

use super::Leases;
use super::membership::Group;
use super::produce::{Stuck, patiently, send, send_offsets};
use super::sink::{Batch, TransactionSink};
use super::status::Status;
use crate::log::kafka::{Context, MESSAGE_BYTES, explain, producer_config};
use crate::log::{ErrorKind, KafkaAddress, LogError, Topic};
use crate::telemetry::names;
use crossbeam_channel::{Receiver, bounded};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A transaction takes no more records than this, but for one batch.
const MOST: usize = 500;
/// And waits so long for more.
const LINGER: Duration = Duration::from_millis(20);
/// How long one step of a transaction may take before it is tried again.
const STEP: Duration = Duration::from_secs(5);
/// The brokers abort a transaction that is left open for so long: whoever takes over waits for that.
const OPEN_FOR: Duration = Duration::from_secs(10);
const BREATH: Duration = Duration::from_millis(100);
/// Batches that may wait; a dispatcher thread waits for the answer, so there are never more than those.
const WAITING: usize = 64;

/// Tells what waits until its sink is gone.
pub(super) struct Teller {
    pub address: KafkaAddress,
    pub id: String,
    pub group: Arc<Group>,
    pub status: Arc<Status>,
    /// The process is stopping: what does not go through is given back.
    pub stopping: Arc<AtomicBool>,
}

struct AtWork {
    teller: Teller,
    shown: String,
    producer: Option<Arc<ThreadedProducer<Context>>>,
    /// Tells this process's transactions from those of others by the same name.
    process: Uuid,
    number: u64,
    /// A transaction of which it is not known whether it was committed: its tag.
    unknown: Option<String>,
    /// Topics of the transaction that failed last: one that needs none of them proves nothing.
    failed: BTreeSet<Topic>,
}

/// How an attempt failed.
struct Failed {
    error: LogError,
    /// The group is between two generations, or the commit's outcome has to be found out: at once again.
    again: bool,
    /// A record of these is refused for good.
    refused: bool,
}

impl Teller {
    /// Starts the thread.
    pub fn start(self, leases: Arc<Leases>) -> std::io::Result<(TransactionSink, std::thread::JoinHandle<()>)> {
        let (sender, batches) = bounded(WAITING);
        let shown = self.address.shown();
        let sink = TransactionSink::new(leases, sender, shown.clone());
        let (process, number) = (Uuid::now_v7(), 0);
        let mut work =
            AtWork { teller: self, shown, producer: None, process, number, unknown: None, failed: BTreeSet::new() };
        let thread = std::thread::Builder::new().name("transactions".into()).spawn(move || work.run(&batches))?;
        Ok((sink, thread))
    }
}

impl AtWork {
    fn run(&mut self, batches: &Receiver<Batch>) {
        // At once: what an earlier process of this name left open is aborted, and nobody waits for that.
        if let Err(failed) = self.connect() {
            self.teller.status.trouble("transactions", failed.error.to_string());
        }
        while let Ok(first) = batches.recv() {
            let (mut records, mut waiting) = (first.records.len(), vec![first]);
            let until = Instant::now() + LINGER;
            while records < MOST {
                let Ok(next) = batches.recv_deadline(until) else { break };
                records += next.records.len();
                waiting.push(next);
            }
            self.tell(waiting);
        }
    }

    /// Answers every batch.
    fn tell(&mut self, mut batches: Vec<Batch>) {
        let begun = Instant::now();
        loop {
            // In this order: see the module's text.
            let metadata = self.teller.group.metadata().map(Arc::new);
            batches = self.held(batches);
            if batches.is_empty() {
                self.unknown = None;
                return self.went_well(&BTreeSet::from(Topic::ALL));
            }
            let Err(failed) = self.attempt(&batches, metadata.as_ref()) else {
                metrics::counter!(names::TRANSACTIONS, "outcome" => "committed").increment(1);
                metrics::histogram!(names::TRANSACTION_TIME).record(begun.elapsed().as_secs_f64());
                self.went_well(&topics(&batches));
                return answer(batches, &Ok(()));
            };
            metrics::counter!(names::TRANSACTIONS, "outcome" => "aborted").increment(1);
            if failed.refused && batches.len() > 1 {
                return batches.into_iter().for_each(|one| self.tell(vec![one]));
            }
            // While it is not known whether these were said, they must not be mixed with others.
            let again = failed.again || self.unknown.is_some();
            if again && !self.teller.stopping.load(Ordering::SeqCst) {
                tracing::debug!(error = %failed.error, "a transaction is tried again");
                std::thread::sleep(BREATH);
                continue;
            }
            self.unknown = None;
            let mut error = failed.error;
            if !failed.refused {
                self.failed = topics(&batches);
                let names: Vec<_> = self.failed.iter().map(|topic| topic.as_str()).collect();
                self.teller.status.trouble("transactions", format!("{error} (topics {})", names.join(", ")));
                // Whatever keeps a worker from saying it now, it is not lost.
                error.kind = ErrorKind::Unreachable;
            }
            return answer(batches, &Err(error));
        }
    }

    fn went_well(&mut self, topics: &BTreeSet<Topic>) {
        if self.failed.is_subset(topics) {
            self.failed.clear();
            self.teller.status.well("transactions");
        }
    }

    /// Those whose lease is held; the others are answered.
    fn held(&self, batches: Vec<Batch>) -> Vec<Batch> {
        let (held, gone): (Vec<_>, Vec<_>) = batches.into_iter().partition(|batch| batch.lease.is_held());
        if !gone.is_empty() {
            metrics::counter!(names::TRANSACTIONS, "outcome" => "fenced").increment(1);
            let error = LogError::new(ErrorKind::Fenced, &self.shown, "the partition is another worker's");
            answer(gone, &Err(error));
        }
        held
    }

    fn attempt(&mut self, batches: &[Batch], metadata: Option<&Arc<ConsumerGroupMetadata>>) -> Result<(), Failed> {
        self.connect()?;
        if let Some(tag) = self.unknown.take() {
            // The new producer has had it decided.
            if self.was_committed(&tag, batches).inspect_err(|_| self.unknown = Some(tag.clone()))? {
                return Ok(());
            }
        }
        let Some(metadata) = metadata else {
            let message = "there is no place in the group";
            return Err(Failed { error: self.error(message), again: true, refused: false });
        };
        self.number += 1;
        let tag = format!("{}/{}/{}", self.teller.id, self.process, self.number);
        let offsets = self.offsets(batches, &tag)?;
        let Some(producer) = &self.producer else { return Err(self.internal()) };
        let stopping = self.teller.stopping.clone();
        // Waiting for brokers helps nobody once others own the cameras.
        let give_up = || stopping.load(Ordering::SeqCst) || batches.iter().all(|batch| !batch.lease.is_held());
        let mut stuck = None;
        let sent = producer.begin_transaction().and_then(|()| {
            for record in batches.iter().flat_map(|batch| &batch.records) {
                send(producer, &self.teller.address, record)?;
            }
            producer.flush(STEP)?;
            let offsets = || {
                send_offsets(producer, &offsets, metadata, STEP).unwrap_or_else(|Stuck| {
                    stuck = Some(Stuck);
                    Ok(())
                })
            };
            patiently(offsets, &give_up)
        });
        if let Some(Stuck) = stuck {
            // Nothing of it can be committed: no commit was asked for. Another producer aborts it.
            self.producer = None;
            metrics::counter!(names::TRANSACTIONS, "outcome" => "stuck").increment(1);
            let error = self.error("the offsets did not come back; going on with another producer");
            return Err(Failed { error, again: true, refused: false });
        }
        if let Err(error) = sent {
            return Err(self.abort(&error, &give_up));
        }
        match patiently(|| producer.commit_transaction(STEP), &give_up) {
            Ok(()) => Ok(()),
            Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => {
                Err(self.abort(&KafkaError::Transaction(error), &give_up))
            }
            Err(error) => {
                self.producer = None;
                self.unknown = Some(tag);
                let error = explain(&error, "committing", &self.shown);
                Err(Failed { error, again: true, refused: false })
            }
        }
    }

    /// Sees to it that there is a producer whose earlier transactions are decided.
    fn connect(&mut self) -> Result<(), Failed> {
        if self.producer.is_some() {
            return Ok(());
        }
        let fail = |shown: &str, error: &KafkaError| {
            let error = explain(error, "opening the transactional producer", shown);
            Failed { error, again: false, refused: false }
        };
        let mut config = producer_config(&self.teller.address);
        config
            .set("transactional.id", &self.teller.id)
            .set("transaction.timeout.ms", OPEN_FOR.as_millis().to_string())
            .set("request.timeout.ms", "5000")
            .set("linger.ms", "0")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", MESSAGE_BYTES.to_string());
        let context = Context { heard: self.teller.status.heard() };
        let producer: ThreadedProducer<Context> =
            ThreadedProducer::from_config_and_context(&config, context).map_err(|e| fail(&self.shown, &e))?;
        producer.init_transactions(STEP).map_err(|e| fail(&self.shown, &e))?;
        self.producer = Some(Arc::new(producer));
        Ok(())
    }

    fn was_committed(&self, tag: &str, batches: &[Batch]) -> Result<bool, Failed> {
        let Some(batch) = batches.first() else { return Ok(false) };
        let partition = batch.lease.partition();
        let found = self.teller.group.committed(partition, STEP);
        let found = found.map_err(|error| Failed { error, again: true, refused: false })?;
        Ok(found.get(&partition).is_some_and(|noted| noted == tag))
    }

    fn offsets(&self, batches: &[Batch], tag: &str) -> Result<TopicPartitionList, Failed> {
        let mut list = TopicPartitionList::new();
        let mut add = |topic: Topic, partition: i32, offset: i64| {
            let name = self.teller.address.topic(topic);
            let mut entry = match list.find_partition(&name, partition) {
                Some(entry) => entry,
                None => list.add_partition(&name, partition),
            };
            entry.set_metadata(tag);
            entry.set_offset(Offset::Offset(offset))
        };
        for batch in batches {
            let added = add(Topic::Cameras, batch.lease.partition(), batch.lease.offset());
            let consumed = batch.consumed.iter().map(|c| add(c.topic, c.partition, c.offset));
            for added in std::iter::once(added).chain(consumed.collect::<Vec<_>>()) {
                added.map_err(|e| Failed {
                    error: explain(&e, "noting offsets", &self.shown),
                    again: false,
                    refused: true,
                })?;
            }
        }
        Ok(list)
    }

    /// Takes an unfinished transaction back.
    fn abort(&mut self, error: &KafkaError, give_up: &dyn Fn() -> bool) -> Failed {
        use RDKafkaErrorCode::{
            FencedInstanceId, IllegalGeneration, InvalidMessage, InvalidMessageSize, MessageSizeTooLarge,
            RebalanceInProgress, UnknownMemberId,
        };
        let code = error.rdkafka_error_code();
        let fatal = matches!(error, KafkaError::Transaction(e) if e.is_fatal());
        let aborted = match &self.producer {
            Some(producer) if !fatal => patiently(|| producer.abort_transaction(STEP), give_up).is_ok(),
            _ => false,
        };
        if !aborted {
            // Nothing of it can be committed: no commit was asked for.
            self.producer = None;
        }
        let between =
            matches!(code, Some(IllegalGeneration | UnknownMemberId | FencedInstanceId | RebalanceInProgress));
        let refused = matches!(code, Some(MessageSizeTooLarge | InvalidMessage | InvalidMessageSize));
        // The code alone: librdkafka's words have times in them, and would be news each time.
        let said = code.map_or_else(|| error.clone(), KafkaError::Global);
        Failed { error: explain(&said, "in a transaction", &self.shown), again: between || fatal, refused }
    }

    fn error(&self, message: &str) -> LogError {
        LogError::new(ErrorKind::Unreachable, &self.shown, message)
    }

    fn internal(&self) -> Failed {
        Failed { error: self.error("no producer"), again: true, refused: false }
    }
}

fn topics(batches: &[Batch]) -> BTreeSet<Topic> {
    batches.iter().flat_map(|batch| &batch.records).map(|record| record.topic).collect()
}

fn answer(batches: Vec<Batch>, answer: &Result<(), LogError>) {
    for batch in batches {
        // Whoever asked may have gone with its thread.
        drop(batch.answer.send(answer.clone()));
    }
}
