//! One reader of the topic for all cameras of a process (or of a partition), rather than one each: a partition
//! holds many cameras, and each reader would read all of it.
//!
//! The reader waits for a camera whose queue is full, but not for long: then that camera reads for itself from
//! there on, until it has caught up. A camera that hangs costs the others two seconds once.

use super::queue::{Delivered, Found, Queues, Ticket};
use super::stream::SegmentOpener;
use crate::evidence::EvidenceReader;
use crate::log::{Bounds, Cursor, ErrorKind, Log, LogError, Offsets, Start, Stored, Topic};
use crate::source::SegmentPosition;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;

/// How long the reader waits for a camera that makes no room.
const PATIENCE: Duration = Duration::from_secs(2);
/// One wait for a record, so that a stop is noticed.
const WAIT: Duration = Duration::from_millis(300);
/// After an error, before the next try.
const BREATH: Duration = Duration::from_secs(1);

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
    /// The cameras that are known at the start. Others can be [added](Hub::opener) later.
    pub wanted: Vec<Wanted>,
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
pub(super) struct Shared {
    log: Arc<dyn Log>,
    runtime: Handle,
    config: HubConfig,
    queues: Queues,
    /// Places of wanted cameras that nobody has taken yet.
    waiting: Mutex<Vec<(Wanted, Ticket)>>,
    stop: AtomicBool,
}

impl Hub {
    /// Begins to read for the cameras that are wanted, at the earliest place that one of them needs.
    ///
    /// # Errors
    /// The log cannot be read, or the system gives no thread.
    pub async fn open(log: Arc<dyn Log>, config: HubConfig) -> Result<Hub, HubError> {
        let bounds = log.bounds(Topic::Segments).await?;
        let (queues, waiting, stop) = (Queues::default(), Mutex::default(), AtomicBool::new(false));
        let shared = Shared { log, runtime: Handle::current(), config, queues, waiting, stop };
        let starts: Vec<Offsets> = shared.config.wanted.iter().map(|wanted| shared.start(wanted, &bounds)).collect();
        let mut begin: Offsets = shared.chosen(&bounds).map(|(partition, bounds)| (partition, bounds.end)).collect();
        for (partition, offset) in starts.iter().flatten() {
            begin.entry(*partition).and_modify(|at| *at = (*at).min(*offset));
        }
        shared.queues.begin(begin.clone());
        for (wanted, start) in shared.config.wanted.iter().zip(starts) {
            let ticket = shared.queues.add(&wanted.key, start);
            shared.waiting.lock().push((wanted.clone(), ticket));
        }
        let shared = Arc::new(shared);
        let reading = shared.clone();
        let thread = std::thread::Builder::new().name("segments".into()).spawn(move || reading.run(begin))?;
        Ok(Hub { shared, thread: Some(thread) })
    }

    /// A camera's segments as a source. Blocking; not on tokio's workers. `after` is the time of the last picture
    /// that was looked at before, with the position it belongs to.
    ///
    /// # Errors
    /// A camera that was not named at the start has to ask the log where it stands.
    pub fn opener(
        self: &Arc<Self>,
        wanted: Wanted,
        after: Option<EventTime>,
        store: Option<EvidenceReader>,
        now: Arc<dyn crate::clock::Clock>,
    ) -> Result<SegmentOpener, HubError> {
        let shared = &self.shared;
        let waiting = {
            let mut waiting = shared.waiting.lock();
            let at = waiting.iter().position(|(known, _)| *known == wanted);
            at.map(|at| waiting.swap_remove(at).1)
        };
        let ticket = match waiting {
            Some(ticket) => ticket,
            None => {
                let bounds = shared.runtime.block_on(shared.log.bounds(Topic::Segments))?;
                shared.queues.add(&wanted.key, shared.start(&wanted, &bounds))
            }
        };
        Ok(SegmentOpener::new(self.clone(), ticket, after, store, now))
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

    fn run(&self, mut from: Offsets) {
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
