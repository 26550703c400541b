//! Where a worker's cameras hand over what they have to say.

use super::devices::DEVICES;
use super::lease::{Lease, Leases};
use crate::log::{ErrorKind, LogError, MAX_RECORD_BYTES, Record, Topic};
use crate::worker::{Consumed, Message, Sink};
use crossbeam_channel::{Sender, bounded};
use std::sync::Arc;

/// What one camera says at once.
pub(super) struct Batch {
    pub lease: Arc<Lease>,
    pub records: Vec<Record>,
    pub consumed: Vec<Consumed>,
    pub answer: Sender<Result<(), LogError>>,
}

/// Where cameras say it. A dispatcher thread waits in here for its answer.
#[derive(Clone)]
pub(super) struct TransactionSink {
    leases: Arc<Leases>,
    teller: Sender<Batch>,
    shown: String,
    /// Says what devices have to say: under one lease, whatever the device.
    devices: bool,
}

impl TransactionSink {
    /// Hands batches to `teller`; `shown` is the log's address.
    pub fn new(leases: Arc<Leases>, teller: Sender<Batch>, shown: String) -> Self {
        TransactionSink { leases, teller, shown, devices: false }
    }

    /// The same for what all devices have to say.
    pub fn of_devices(&self) -> Self {
        TransactionSink { devices: true, ..self.clone() }
    }
}

impl Sink for TransactionSink {
    fn publish(&self, batch: &[Message]) -> Result<(), LogError> {
        let Some(camera) = batch.first().map(Message::camera) else { return Ok(()) };
        let camera = if self.devices { DEVICES } else { camera };
        let fenced = || LogError::new(ErrorKind::Fenced, &self.shown, format!("camera {camera} is another worker's"));
        let lease = self.leases.of(camera).filter(|lease| lease.is_held()).ok_or_else(fenced)?;
        let consumed = batch.iter().filter_map(|m| if let Message::Consumed(c) = m { Some(c.clone()) } else { None });
        let mut records = Vec::with_capacity(batch.len());
        for mut record in batch.iter().filter_map(Message::record) {
            if record.size() > MAX_RECORD_BYTES {
                let message = format!("a record of {} bytes is over the limit of {MAX_RECORD_BYTES}", record.size());
                return Err(LogError::new(ErrorKind::TooLarge, &self.shown, message).on(record.topic));
            }
            if record.topic == Topic::State {
                record = record.to_partition(lease.partition());
            }
            records.push(record);
        }
        let (answer, answered) = bounded(1);
        let closed = || LogError::new(ErrorKind::Closed, &self.shown, "the worker has stopped");
        let batch = Batch { lease, records, consumed: consumed.collect(), answer };
        self.teller.send(batch).map_err(|_| closed())?;
        answered.recv().map_err(|_| closed())?
    }
}
