//! Where the worker's messages go: the log (live), or a list (replay).

use crate::log::{Log, LogError, Record, Topic};
use crate::payload::{CameraHealth, Candidate, CloudEvent, DeviceReading, State, StateSnapshot};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// One message of a worker.
#[derive(Debug, Clone)]
pub enum Message {
    /// To the topic `dispatch`.
    Candidate(Box<CloudEvent<Candidate>>),
    /// To the topic `state`.
    State(Box<CloudEvent<StateSnapshot>>),
    /// Takes the memory of a device off the topic `state`: it is watched no more.
    Forgotten(String),
    /// To the topic `health`.
    Health(Box<CloudEvent<CameraHealth>>),
    /// To the topic `readings`: what a camera saw of a device.
    Reading(String, Box<CloudEvent<DeviceReading>>),
    /// So far a camera's input has gone into the messages of this batch. Workers of a cluster commit it with them;
    /// elsewhere the snapshot that says so too is enough.
    Consumed(Consumed),
}

/// How far a camera's input on a topic has been used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumed {
    /// The camera.
    pub camera: String,
    /// Where its input is.
    pub topic: Topic,
    /// The topic's partition.
    pub partition: i32,
    /// The next offset to read.
    pub offset: i64,
}

impl Message {
    /// The camera that it is about.
    pub fn camera(&self) -> &str {
        match self {
            Message::Candidate(event) => &event.data.camera,
            Message::State(event) => &event.data.camera,
            Message::Health(event) => &event.data.camera,
            Message::Reading(camera, _) => camera,
            Message::Forgotten(device) => device,
            Message::Consumed(consumed) => &consumed.camera,
        }
    }

    /// The record for the log, where it makes one.
    pub fn record(&self) -> Option<Record> {
        match self {
            Message::Candidate(event) => Some(record(Topic::Dispatch, &event.data.camera, event)),
            Message::State(event) => Some(record(Topic::State, &event.data.camera, event)),
            Message::Health(event) => Some(record(Topic::Health, &event.data.camera, event)),
            Message::Forgotten(device) => Some(Record::tombstone(Topic::State, device)),
            Message::Reading(_, event) => Some(record(Topic::Readings, &event.data.device, event)),
            Message::Consumed(_) => None,
        }
    }
}

/// Takes messages. Called from the dispatcher's own threads, so it may block.
pub trait Sink: Send + Sync {
    /// Returns when the whole batch is acknowledged.
    ///
    /// # Errors
    /// Nothing of the batch may be taken for acknowledged then; the error says whether to try again.
    fn publish(&self, batch: &[Message]) -> Result<(), LogError>;
}

/// Appends to the log. The console reads it from there, as everybody does.
pub struct LogSink {
    log: Arc<dyn Log>,
    runtime: tokio::runtime::Handle,
}

impl LogSink {
    /// A sink that waits for the log on `runtime`.
    pub fn new(log: Arc<dyn Log>, runtime: tokio::runtime::Handle) -> Self {
        LogSink { log, runtime }
    }
}

impl Sink for LogSink {
    fn publish(&self, batch: &[Message]) -> Result<(), LogError> {
        let records = batch.iter().filter_map(Message::record).collect();
        self.runtime.block_on(self.log.append(records))?;
        Ok(())
    }
}

fn record<T: Serialize>(topic: Topic, key: &str, event: &CloudEvent<T>) -> Record {
    // Our own types have no map keys that JSON lacks, so this cannot fail.
    let payload = serde_json::to_vec(event).unwrap_or_default();
    Record::new(topic, key, payload).with_header("content-type", "application/cloudevents+json")
}

/// Keeps the last word on every candidate: all there is in a replay, a copy
/// beside the log ([`Collector::beside`]) in a run.
#[derive(Debug, Default)]
pub struct Collector {
    candidates: Mutex<BTreeMap<Uuid, CloudEvent<Candidate>>>,
}

impl Collector {
    /// Every candidate that was not withdrawn, in the order they were raised.
    pub fn candidates(&self) -> Vec<CloudEvent<Candidate>> {
        let mut all = self.last_words();
        all.retain(|e| e.data.state != State::Withdrawn);
        all
    }

    /// Every candidate, withdrawn ones too, in the order they were raised.
    pub fn last_words(&self) -> Vec<CloudEvent<Candidate>> {
        let mut all: Vec<_> = self.candidates.lock().values().cloned().collect();
        all.sort_by_key(|e| (e.data.raised_at.event_time(), e.data.camera.clone(), e.data.id));
        all
    }

    /// A sink that hands everything to `sink`, and collects what that has acknowledged.
    pub fn beside(self: &Arc<Self>, sink: Arc<dyn Sink>) -> Arc<dyn Sink> {
        Arc::new(Collecting { sink, collector: self.clone() })
    }

    /// Candidates that the pipeline itself took back.
    pub fn withdrawn(&self) -> usize {
        self.candidates.lock().values().filter(|e| e.data.state == State::Withdrawn).count()
    }
}

impl Sink for Collector {
    fn publish(&self, batch: &[Message]) -> Result<(), LogError> {
        let mut candidates = self.candidates.lock();
        for message in batch {
            if let Message::Candidate(event) = message {
                candidates.insert(event.data.id, (**event).clone());
            }
        }
        Ok(())
    }
}

struct Collecting {
    sink: Arc<dyn Sink>,
    collector: Arc<Collector>,
}

impl Sink for Collecting {
    fn publish(&self, batch: &[Message]) -> Result<(), LogError> {
        self.sink.publish(batch)?;
        self.collector.publish(batch)
    }
}
