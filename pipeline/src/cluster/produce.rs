//! Steps of a transaction that librdkafka wants done again.

use crate::log::kafka::Context;
use crate::log::{KafkaAddress, Record};
use rdkafka::error::{KafkaError, RDKafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, ThreadedProducer};
use std::time::{Duration, Instant};

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
