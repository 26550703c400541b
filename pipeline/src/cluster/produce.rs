//! Steps of a transaction that librdkafka wants done again.

use crate::log::kafka::Context;
use crate::log::{KafkaAddress, Record};
use crossbeam_channel::bounded;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a step may take beyond its own timeout.
const GRACE: Duration = Duration::from_secs(3);
/// One step of a transaction is tried for so long.
const PATIENCE: Duration = Duration::from_secs(15);
const BREATH: Duration = Duration::from_millis(100);
/// The producer's queue is full: it empties as fast as the brokers take it.
const QUEUE_FULL: Duration = Duration::from_millis(20);

/// Once more while librdkafka says that this may help, unless it is given up. Not for ever: a producer may wait for
/// brokers that have been back for long, and only another one gets through to them.
pub(super) fn patiently(
    mut step: impl FnMut() -> Result<(), KafkaError>,
    give_up: &dyn Fn() -> bool,
) -> Result<(), KafkaError> {
    let begun = Instant::now();
    loop {
        let again = |error: &RDKafkaError| error.is_retriable() && !give_up() && begun.elapsed() < PATIENCE;
        match step() {
            Err(KafkaError::Transaction(error)) if again(&error) => std::thread::sleep(BREATH),
            done => return done,
        }
    }
}

/// The producer's offsets did not come back: it is of no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stuck;

/// [`Producer::send_offsets_to_transaction`], on a thread of its own that is left behind where it does not come back:
/// librdkafka 2.12 waits for ever, whatever the timeout, for a group coordinator that is gone (its issues 5456 and 5511).
/// The thread keeps its producer. The next producer of the same name fences it, so whatever it still does is refused.
///
/// # Errors
/// [`Stuck`], or within what the producer says.
pub(super) fn send_offsets(
    producer: &Arc<ThreadedProducer<Context>>,
    offsets: &TopicPartitionList,
    metadata: &Arc<ConsumerGroupMetadata>,
    step: Duration,
) -> Result<Result<(), KafkaError>, Stuck> {
    let (say, said) = bounded(1);
    let (producer, offsets, metadata) = (producer.clone(), offsets.clone(), metadata.clone());
    let work = move || {
        let sent = producer.send_offsets_to_transaction(&offsets, &metadata, step);
        // First: whoever hears the answer holds the producer alone then.
        drop(producer);
        drop(say.send(sent));
    };
    let spawned = std::thread::Builder::new().name("offsets".into()).spawn(work);
    match spawned.map(|_| said.recv_timeout(step + GRACE)) {
        Ok(Ok(sent)) => Ok(sent),
        Ok(Err(_)) | Err(_) => Err(Stuck),
    }
}

/// Hands a record to the producer; waits while its queue is full.
pub(super) fn send(
    producer: &ThreadedProducer<Context>,
    address: &KafkaAddress,
    record: &Record,
) -> Result<(), KafkaError> {
    let name = address.topic(record.topic);
    let headers = record
        .headers
        .iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
    let mut message: BaseRecord<'_, str, [u8]> = BaseRecord::to(&name).key(record.key.as_str()).headers(headers);
    if let Some(payload) = &record.payload {
        message = message.payload(payload);
    }
    if let Some(partition) = record.partition {
        message = message.partition(partition);
    }
    loop {
        match producer.send(message) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                message = back;
                std::thread::sleep(QUEUE_FULL);
            }
            Err((error, _)) => return Err(error),
        }
    }
}
