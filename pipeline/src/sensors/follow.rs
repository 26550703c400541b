//! The topic `readings`, followed for as long as this process speaks for the devices.
//!
//! What is told goes out in one batch with the memory of the devices that it is about, so that another process goes on
//! exactly there: a candidate that was told is known, one that was not is found again. Readings that changed nothing are
//! in no memory for a while; where reading goes on is before the first of them.

use super::book::Book;
use super::following::Following;
use super::memory;
use crate::clock::Clock;
use crate::config::{City, Sensors};
use crate::evidence::EvidenceRecorder;
use crate::log::{Cursor, ErrorKind, Log, LogError, Offsets, Start, Stored, Topic};
use crate::plans;
use crate::telemetry::names;
use crate::worker::{Delivery, Sink};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Records that are judged together, at most; late ones cost least so.
pub(super) const TOGETHER: usize = 1_000;
/// How long to wait for the next record.
const WAIT: Duration = Duration::from_millis(250);
/// How long until the log is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often the plans folder is looked at.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// How following ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// A stop was asked for, and everything is on the log.
    Stopped,
    /// Another process speaks for the devices.
    Fenced,
    /// So many batches could not be delivered.
    Lost(u64),
}

/// What following is made of.
#[derive(Clone)]
pub struct Parts {
    /// The city.
    pub city: Arc<City>,
    /// Where the readings are, and the memory of an earlier process.
    pub log: Arc<dyn Log>,
    /// Where candidates and memory go.
    pub sink: Arc<dyn Sink>,
    /// Writes evidence.
    pub evidence: Arc<EvidenceRecorder>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Waits for the log.
    pub runtime: tokio::runtime::Handle,
}

/// Following, not begun. Blocking: a thread of its own.
pub(super) struct Follower {
    /// What it is made of.
    pub parts: Parts,
    /// Asks to stop.
    pub stop: Arc<AtomicBool>,
    /// What the city draws and permits, to begin with; `None` to wait until it is whole.
    pub book: Option<Arc<Book>>,
    /// Files that are put onto the topic meanwhile, in place of a gateway.
    pub files: Option<Arc<Files>>,
}

/// Files that are put onto the topic while it is followed.
#[derive(Debug)]
pub(super) struct Files {
    /// Time in them passes so many times faster.
    pub speed: u32,
    /// The last of them is on the topic.
    pub fed: AtomicBool,
    /// All of it is judged.
    pub judged: AtomicBool,
}

impl Follower {
    /// Follows until asked to stop, or until another process speaks for the devices. `config` is the city's.
    ///
    /// # Errors
    /// The log fails for good.
    pub fn run(self, config: &Sensors) -> Result<Ended, LogError> {
        let fingerprint = plans::fingerprint(&config.plans);
        let Some(book) = self.begun_with(config) else { return Ok(Ended::Stopped) };
        let left = self.patiently(|| self.parts.runtime.block_on(memory::recall(self.parts.log.as_ref())))?;
        let mut cursor = self.patiently(|| self.parts.runtime.block_on(self.cursor(&left.position.offsets)))?;
        let mut following = Following::new(&self, config, book, &left.position, fingerprint);
        let mut delivery = following.restore(left);
        let mut lost = 0;
        while delivery != Delivery::Fenced && !self.stop.load(Ordering::Acquire) {
            match self.parts.runtime.block_on(gather(cursor.as_mut())) {
                Ok(records) => {
                    delivery = following.step(&records);
                    lost += u64::from(delivery == Delivery::Lost);
                }
                Err(error) if error.kind == ErrorKind::OffsetGone => {
                    cursor = self.patiently(|| self.parts.runtime.block_on(self.cursor(&following.read)))?;
                }
                Err(error) if error.retry() => self.breathe(&error),
                Err(error) => return Err(error),
            }
        }
        if delivery != Delivery::Fenced {
            delivery = following.save_all();
            lost += u64::from(delivery == Delivery::Lost);
        }
        Ok(match delivery {
            Delivery::Fenced => Ended::Fenced,
            _ if lost > 0 => Ended::Lost(lost),
            _ => Ended::Stopped,
        })
    }

    /// The plans to begin with. Without them nothing is judged: an empty folder would make every open candidate end.
    fn begun_with(&self, config: &Sensors) -> Option<Arc<Book>> {
        let mut book = self.book.clone();
        while book.is_none() && !self.stop.load(Ordering::Acquire) {
            match Book::open(config) {
                Ok(whole) => book = Some(Arc::new(whole)),
                Err(error) => {
                    let hint = "`streetwatch plans check` lists what is wrong";
                    tracing::error!(%error, "no reading is judged until the plans are whole; {hint}");
                    self.parts.clock.sleep(LOOK);
                }
            }
        }
        book
    }

    /// Tries until the log answers, or a stop is asked for.
    fn patiently<T>(&self, mut attempt: impl FnMut() -> Result<T, LogError>) -> Result<T, LogError> {
        loop {
            match attempt() {
                Err(error) if error.retry() && !self.stop.load(Ordering::Acquire) => self.breathe(&error),
                done => return done,
            }
        }
    }

    fn breathe(&self, error: &LogError) {
        tracing::warn!(%error, "readings cannot be followed; trying again");
        self.parts.clock.sleep(AGAIN);
    }

    async fn cursor(&self, from: &Offsets) -> Result<Box<dyn Cursor>, LogError> {
        // Retention may have passed what was not read: then from the oldest that there is.
        let mut offsets = from.clone();
        for (partition, bounds) in self.parts.log.bounds(Topic::Readings).await? {
            if let Some(offset) = offsets.get_mut(&partition) {
                if *offset < bounds.first {
                    let lost = bounds.first - *offset;
                    tracing::warn!(partition, lost, "readings were deleted by retention before they were read");
                    metrics::counter!(names::RECORDS_REFUSED, "topic" => "readings", "reason" => "retention")
                        .increment(lost.unsigned_abs());
                }
                *offset = (*offset).clamp(bounds.first, bounds.end);
            }
        }
        self.parts.log.read(Topic::Readings, Start::At(offsets)).await
    }
}

/// What has come by now, or the next record.
async fn gather(cursor: &mut dyn Cursor) -> Result<Vec<Stored>, LogError> {
    let mut records = Vec::new();
    let mut wait = WAIT;
    while records.len() < TOGETHER {
        let Some(record) = cursor.next(wait).await? else { break };
        records.push(record);
        wait = Duration::ZERO;
    }
    Ok(records)
}
