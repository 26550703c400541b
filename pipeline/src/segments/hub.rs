//! One reader of the topic for all cameras of a process (or of a partition), rather than one each: a partition
//! holds many cameras, and each reader would read all of it.
//!
//! The reader waits for a camera whose queue is full, but not for long: then that camera reads for itself from
//! there on, until it has caught up. A camera that hangs costs the others two seconds once.

use super::queue::{Delivered, Found, Queues, Ticket};
use super::stream::SegmentOpener;
use crate::clock::Clock;
use crate::evidence::EvidenceReader;
use crate::log::{Bounds, Cursor, ErrorKind, Log, LogError, Offsets, Start, Stored, Topic};
use crate::source::SegmentPosition;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How long the reader waits for a camera that makes no room.
const PATIENCE: Duration = Duration::from_secs(2);
/// One wait for a record, so that a stop is noticed.
const WAIT: Duration = Duration::from_millis(300);
/// After an error, before the next try.
const BREATH: Duration = Duration::from_secs(1);

/// At the start, one look at whether all cameras are there.
const GLANCE: Duration = Duration::from_millis(10);
/// Cameras that keep coming are not waited for any longer.
const LONGEST_SETTLE: Duration = Duration::from_secs(10);

/// How far a hub reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// On and on.
    Stopped,
    /// To where the topic ends now.
    End,
}

/// Whose segments, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The records' key: a camera's id.
    pub key: String,
    /// Where reading goes on; `None` where [`HubConfig::otherwise`] says.
    pub from: Option<SegmentPosition>,
}

/// How a hub reads.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// Only these partitions; `None` for all.
    pub partitions: Option<Vec<i32>>,
    /// Where a camera begins of which no position is known.
    pub otherwise: Start,
    /// How far it reads.
    pub until: Until,
    /// Reading begins when no camera has been added for so long: those of a process come together, and one reader
    /// can begin where the earliest of them needs it.
    pub settle: Duration,
}

impl HubConfig {
    /// Of all partitions, with the usual patience at the start.
    pub fn new(otherwise: Start, until: Until) -> Self {
        HubConfig { partitions: None, otherwise, until, settle: Duration::from_millis(500) }
    }
}

/// Why segments cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The system gave no thread.
    #[error("no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// The reader and the cameras' queues. The thread ends when this and every opener of it are gone.
#[derive(Debug)]
pub struct Hub {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    log: Arc<dyn Log>,
    runtime: Handle,
    config: HubConfig,
    queues: Queues,
    stop: AtomicBool,
}

impl Hub {
    /// Begins to read once cameras have been added, at the earliest place that one of them needs.
    ///
    /// # Errors
    /// The log cannot be read, or the system gives no thread.
    pub async fn open(log: Arc<dyn Log>, config: HubConfig) -> Result<Hub, HubError> {
        let bounds = log.bounds(Topic::Segments).await?;
        let (queues, stop) = (Queues::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared { log, runtime: Handle::current(), config, queues, stop });
        let ends = shared.chosen(&bounds).map(|(partition, bounds)| (partition, bounds.end)).collect();
        let reading = shared.clone();
        let thread = std::thread::Builder::new().name("segments".into()).spawn(move || reading.run(ends))?;
        Ok(Hub { shared, thread: Some(thread) })
    }

    /// A camera's segments as a source. Blocking; not on tokio's workers.
    ///
    /// # Errors
    /// The log does not tell what the topic holds.
    pub fn opener(
        self: &Arc<Self>,
        wanted: &Wanted,
        store: Option<EvidenceReader>,
        clock: Arc<dyn Clock>,
    ) -> Result<SegmentOpener, HubError> {
        let shared = &self.shared;
        let bounds = shared.runtime.block_on(shared.log.bounds(Topic::Segments))?;
        let ticket = shared.queues.add(&wanted.key, shared.start(wanted, &bounds));
        Ok(SegmentOpener::new(self.clone(), ticket, store, clock))
    }

    /// Whether more may always come.
    pub(super) fn is_endless(&self) -> bool {
        self.shared.config.until == Until::Stopped
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.shared.runtime
    }

    /// The next record of a camera; waits up to `timeout`. `own` is its own cursor, while it has one.
    pub(super) fn next(
        &self,
        ticket: &Ticket,
        own: &mut Option<Box<dyn Cursor>>,
        timeout: Duration,
    ) -> Result<Next, LogError> {
        let shared = &self.shared;
        if own.is_none() {
            match shared.queues.take(ticket, timeout) {
                Found::Record(record) => return Ok(Next::Record(record)),
                Found::Nothing => return Ok(Next::Nothing),
                Found::Ended => return Ok(Next::Ended),
                Found::Loose(from) => *own = Some(shared.runtime.block_on(shared.cursor(from))?),
            }
        }
        let Some(cursor) = own else { return Ok(Next::Nothing) };
        let found = shared.runtime.block_on(cursor.next(timeout));
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                let from = cursor.position();
                *own = None;
                // The queue still says that it is loose; from where it has come to, not from where it was cut off.
                shared.queues.cut(ticket, from);
                return if error.kind == ErrorKind::OffsetGone { Ok(Next::Nothing) } else { Err(error) };
            }
        };
        let position = cursor.position();
        if shared.queues.join(ticket, &position) {
            *own = None;
        }
        Ok(found.filter(|record| record.key == ticket.key).map_or(Next::Nothing, Next::Record))
    }

    pub(super) fn forget(&self, ticket: &Ticket) {
        self.shared.queues.remove(ticket);
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the reader of segments had panicked: this is our defect");
        }
    }
}

/// What a camera gets.
pub(super) enum Next {
    Record(Stored),
    Nothing,
    Ended,
}

impl Shared {
    /// The partitions that are read.
    fn chosen(&self, bounds: &BTreeMap<i32, Bounds>) -> impl Iterator<Item = (i32, Bounds)> {
        let chosen = |partition: &i32| self.config.partitions.as_ref().is_none_or(|some| some.contains(partition));
        bounds.iter().filter(move |(partition, _)| chosen(partition)).map(|(partition, bounds)| (*partition, *bounds))
    }

    /// From where a camera wants each partition. Where its position is known, what lies in other partitions is not of
    /// before.
    fn start(&self, wanted: &Wanted, bounds: &BTreeMap<i32, Bounds>) -> Offsets {
        let of = |(partition, bounds): (i32, Bounds)| {
            let offset = match (&wanted.from, &self.config.otherwise) {
                (Some(from), _) if from.partition == partition => from.offset,
                (Some(_), _) | (None, Start::End) => bounds.end,
                (None, Start::At(offsets) | Start::Only(offsets)) => {
                    offsets.get(&partition).copied().unwrap_or(bounds.first)
                }
                (None, Start::Beginning) => bounds.first,
            };
            if offset < bounds.first || offset > bounds.end {
                lost(Some(&wanted.key), partition, offset, bounds);
                return (partition, bounds.first);
            }
            (partition, offset)
        };
        self.chosen(bounds).map(of).collect()
    }

    /// Until no camera has been added for a while, but not for ever.
    fn settle(&self) {
        let (mut known, mut since, begun) = (0, Instant::now(), Instant::now());
        let over = |since: Instant| since.elapsed() >= self.config.settle || begun.elapsed() >= LONGEST_SETTLE;
        while !self.stop.load(Ordering::Acquire) {
            let added = self.queues.added();
            if added != known {
                (known, since) = (added, Instant::now());
            } else if known > 0 && over(since) {
                return;
            }
            std::thread::sleep(GLANCE);
        }
    }

    fn run(&self, ends: Offsets) {
        self.settle();
        let mut from = self.queues.begin(ends);
        let stopped = || self.stop.load(Ordering::Acquire);
        while !stopped() {
            match self.runtime.block_on(self.cursor(from.clone())) {
                Ok(cursor) => match self.follow(cursor, &mut from) {
                    Ok(()) => return self.queues.end(),
                    Err(error) => self.trouble(&error),
                },
                Err(error) => self.trouble(&error),
            }
        }
        self.queues.end();
    }

    /// Hands records on until the end, if there is one, or until stopped.
    fn follow(&self, mut cursor: Box<dyn Cursor>, from: &mut Offsets) -> Result<(), LogError> {
        let stopped = || self.stop.load(Ordering::Acquire);
        // A recording that is looked at again can wait; live cameras must not wait for one of them.
        let patience = (self.config.until == Until::Stopped).then_some(PATIENCE);
        while !stopped() {
            if self.config.until == Until::End && cursor.caught_up() {
                return Ok(());
            }
            let found = self.runtime.block_on(cursor.next(WAIT))?;
            *from = cursor.position();
            let Some(record) = found else { continue };
            let key = &record.key;
            match self.queues.deliver(&record, patience, stopped) {
                Delivered::Queued | Delivered::NotNeeded => {}
                Delivered::Unknown => {
                    metrics::counter!(super::stream::SKIPPED, "camera" => "", "reason" => "unknown_camera")
                        .increment(1);
                    tracing::debug!(camera = key, "a segment of a camera that is not fed from segments here");
                }
                Delivered::CutLoose => {
                    metrics::counter!("streetwatch_segments_cut_loose_total", "camera" => key.clone()).increment(1);
                    tracing::warn!(
                        camera = key,
                        "does not keep up with its segments; it reads for itself until it has caught up"
                    );
                }
            }
        }
        Ok(())
    }

    /// A cursor at these offsets; where retention was faster, at the oldest there are.
    async fn cursor(&self, mut from: Offsets) -> Result<Box<dyn Cursor>, LogError> {
        let bounds = self.log.bounds(Topic::Segments).await?;
        for (partition, bounds) in &bounds {
            if let Some(offset) =
                from.get_mut(partition).filter(|offset| **offset < bounds.first || **offset > bounds.end)
            {
                lost(None, *partition, *offset, *bounds);
                *offset = bounds.first;
            }
        }
        self.log.read(Topic::Segments, Start::Only(from)).await
    }

    fn trouble(&self, error: &LogError) {
        metrics::counter!("streetwatch_segments_read_failures_total", "reason" => error.kind.as_str()).increment(1);
        tracing::warn!(%error, "segments cannot be read; trying again");
        let pieces = BREATH.as_millis() / WAIT.as_millis();
        for _ in 0..=pieces {
            if !self.stop.load(Ordering::Acquire) {
                std::thread::sleep(WAIT);
            }
        }
    }
}

fn lost(key: Option<&str>, partition: i32, offset: i64, bounds: Bounds) {
    metrics::counter!("streetwatch_segments_retention_losses_total").increment(1);
    tracing::warn!(
        camera = key.unwrap_or_default(),
        partition,
        offset,
        first = bounds.first,
        end = bounds.end,
        "the segments from here on have left the topic; going on at the oldest there are"
    );
}
