//! From the buffer to the log, in order; a segment leaves the buffer when it is acknowledged.
//!
//! Nothing here gives up: a log or a store that is away is tried again for as long as it takes. Only what the
//! log can never take (too large) and files that a power cut left torn are dropped, and counted.

use super::buffer::{Buffer, Entry};
use super::status::{SEND_FAILURES, Status};
use crate::clock::Clock;
use crate::config::City;
use crate::evidence::store::{self, EvidenceStore, FileStore};
use crate::log::{self, ErrorKind, Log, LogError, LogHealth, Position, Record, Topic};
use crate::payload::{CloudEvent, Segment};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Segments sent at once.
const BATCH: usize = 16;
/// Bytes sent at once; in base64 they stay below what one append takes.
const BATCH_BYTES: u64 = 16 << 20;
/// The first wait after a failure; doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);
/// An append that takes longer is worth a word.
const SLOW: Duration = Duration::from_secs(5);
/// One wait for a segment, so that a stop is noticed.
const PULL: Duration = Duration::from_millis(300);
/// How long a registry of cameras is believed.
const REGISTRY_FOR: Duration = Duration::from_secs(600);

/// The line to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The log takes segments.
    Well,
    /// It does not.
    Waiting {
        /// Why.
        reason: String,
        /// Monotonic time since when.
        since: Duration,
    },
}

/// Sends what is in the buffer; a thread of its own.
pub(super) struct Sender {
    pub city: Arc<City>,
    pub buffer: Arc<Buffer>,
    pub status: Arc<Status>,
    pub clock: Arc<dyn Clock>,
    pub runtime: Handle,
    pub stop: watch::Receiver<bool>,
    pub log: Option<Arc<dyn Log>>,
    pub store: Option<EvidenceStore>,
    /// Partition of each registered camera, and when that was asked.
    pub partitions: Option<(Duration, BTreeMap<String, i32>)>,
}

/// Why a batch is not on the log.
enum Failed {
    Stopping,
    Later {
        reason: &'static str,
        why: String,
    },
    /// Never, if sent together; alone it may be.
    TooLarge(LogError),
}

impl Sender {
    /// Sends until a stop is asked for.
    pub fn run(mut self) {
        let mut wait = FIRST;
        while !self.stopping() {
            self.buffer.wait(PULL);
            let batch = self.buffer.oldest(BATCH, BATCH_BYTES);
            if batch.is_empty() {
                continue;
            }
            match self.send(&batch) {
                Ok(()) => {
                    self.status.line(None);
                    wait = FIRST;
                }
                Err(Failed::Stopping) => break,
                Err(Failed::TooLarge(_)) => self.one_by_one(&batch),
                Err(Failed::Later { reason, why }) => {
                    metrics::counter!(SEND_FAILURES, "reason" => reason).increment(1);
                    self.status.line(Some(why));
                    self.pause(wait);
                    wait = (wait * 2).min(LONGEST);
                }
            }
        }
        if let Some(log) = self.log.take() {
            let closing = async { tokio::time::timeout(Duration::from_secs(2), log.close()).await };
            // What was not acknowledged is in the buffer still.
            let _unacknowledged_stays = self.runtime.block_on(closing);
        }
    }

    /// Of a batch that is too large, each by itself; one that is too large alone is dropped.
    fn one_by_one(&mut self, batch: &[Entry]) {
        for entry in batch {
            if let Err(Failed::TooLarge(error)) = self.send(std::slice::from_ref(entry)) {
                tracing::error!(%error, "a segment that the log can never take is dropped");
                self.status.lost("too_large", 1);
                self.buffer.remove(*entry);
            }
        }
    }

    fn send(&mut self, batch: &[Entry]) -> Result<(), Failed> {
        let log = self.open()?;
        let mut records = Vec::with_capacity(batch.len());
        for entry in batch {
            match self.buffer.read(*entry) {
                Ok(Some((segment, video))) => records.push(self.record(segment, video)?),
                // It had to go while the line was broken, and was counted then.
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "a segment is lost");
                    self.status.lost("damaged", 1);
                    self.buffer.remove(*entry);
                }
            }
        }
        let sent = records.len() as u64;
        match self.append(log.as_ref(), records) {
            None => Err(Failed::Stopping),
            Some(Ok(_)) => {
                batch.iter().for_each(|entry| self.buffer.remove(*entry));
                self.status.sent(sent);
                Ok(())
            }
            Some(Err(error)) if error.kind == ErrorKind::TooLarge => Err(Failed::TooLarge(error)),
            Some(Err(error)) => {
                if !error.retry() {
                    // A client that failed for good is made anew.
                    self.log = None;
                }
                Err(Failed::Later { reason: error.kind.as_str(), why: error.to_string() })
            }
        }
    }

    /// Appends, and says meanwhile when that takes long; `None` when a stop was asked for.
    fn append(&self, log: &dyn Log, records: Vec<Record>) -> Option<Result<Vec<Position>, LogError>> {
        let (mut stop, status) = (self.stop.clone(), self.status.clone());
        self.runtime.block_on(async {
            let mut appending = log.append(records);
            loop {
                tokio::select! {
                    appended = &mut appending => return Some(appended),
                    _ = stop.wait_for(|stop| *stop) => return None,
                    () = tokio::time::sleep(SLOW) => status.line(Some(match log.health() {
                        LogHealth::Waiting { reason } | LogHealth::Failed { reason } => reason,
                        LogHealth::Well => "no acknowledgement comes".to_owned(),
                    })),
                }
            }
        })
    }

    /// The log, opened when it is needed: a recorder starts, and records, without it.
    fn open(&mut self) -> Result<Arc<dyn Log>, Failed> {
        let log = match &self.log {
            Some(log) => log.clone(),
            None => {
                let mut stop = self.stop.clone();
                let opened = self.runtime.block_on(async {
                    tokio::select! {
                        opened = log::open(&self.city.log) => Some(opened),
                        _ = stop.wait_for(|stop| *stop) => None,
                    }
                });
                let opened = opened.ok_or(Failed::Stopping)?.map_err(later)?;
                self.log = Some(opened.clone());
                opened
            }
        };
        let now = self.clock.monotonic();
        if self.partitions.as_ref().is_none_or(|(at, _)| now.saturating_sub(*at) > REGISTRY_FOR) {
            let registered = self.runtime.block_on(log.latest(Topic::Cameras)).map_err(later)?;
            let partitions =
                registered.into_iter().map(|(camera, record)| (camera, record.position.partition)).collect();
            self.partitions = Some((now, partitions));
        }
        Ok(log)
    }

    /// A segment as a record; its video goes into the store first where it is too large for a message.
    fn record(&mut self, segment: Segment, video: Vec<u8>) -> Result<Record, Failed> {
        let camera = segment.camera.clone();
        let segment = if video.len() > self.city.record.inline_bytes {
            let path = path(&segment);
            let uri = self.store()?.put_all(&[(path, video.into())]).pop();
            let away = |why: String| Failed::Later { reason: "store", why };
            segment
                .with_uri(uri.ok_or_else(|| away("the store gave no answer".into()))?.map_err(|e| away(e.to_string()))?)
        } else {
            segment.with_data(&video)
        };
        let event = CloudEvent::segment(&self.city.name, segment);
        // Our own types have no map keys that JSON lacks, so this cannot fail.
        let payload = serde_json::to_vec(&event).unwrap_or_default();
        let record = Record::new(Topic::Segments, &camera, payload);
        let record = record.with_header("content-type", "application/cloudevents+json");
        // Who owns a camera's partition of `cameras` reads the same partition of `segments`.
        let partition = self.partitions.as_ref().and_then(|(_, of)| of.get(&camera).copied());
        Ok(match partition {
            Some(partition) => record.to_partition(partition),
            None => record,
        })
    }

    fn store(&mut self) -> Result<&EvidenceStore, Failed> {
        let store = match self.store.take() {
            Some(store) => store,
            None => store::open(&self.city.store)
                .map_err(|error| Failed::Later { reason: "store", why: error.to_string() })?,
        };
        Ok(self.store.insert(store))
    }

    fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits in pieces, so that a stop is noticed.
    fn pause(&self, how_long: Duration) {
        let until = self.clock.monotonic() + how_long;
        while !self.stopping() && self.clock.monotonic() < until {
            self.clock.sleep(PULL.min(how_long));
        }
    }
}

fn later(error: LogError) -> Failed {
    Failed::Later { reason: error.kind.as_str(), why: error.to_string() }
}

/// Where a segment's video lies in the store: the same for the same segment, so that one put twice is one file.
fn path(segment: &Segment) -> String {
    let day = segment.start.to_string();
    let day = day.get(..10).unwrap_or("unknown").replace('-', "/");
    format!("segments/{day}/{}/{}-{:08}.mp4", segment.camera, segment.session, segment.sequence)
}
