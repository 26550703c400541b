//! Readings on their way to the log: a bounded buffer and one sender.
//!
//! When the buffer is full nothing more is taken ([`Outbox::offer`] says so):
//! the terminal gets no answer and sends again, the MQTT broker keeps what is
//! not acknowledged. What is taken is sent until the log has it.

use crate::log::{ErrorKind, Log, Record};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Bytes of one append.
const BATCH: usize = 4 << 20;
/// Waiting items that are looked at together.
const AT_ONCE: usize = 4096;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Called once, when the log has all records that were offered with it.
pub type Receipt = Box<dyn FnOnce() + Send>;

struct Item {
    records: Vec<Record>,
    bytes: usize,
    receipt: Receipt,
}

/// The way into the buffer.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
    items: mpsc::UnboundedSender<Item>,
}

struct Shared {
    limit: usize,
    bytes: AtomicUsize,
    closed: AtomicBool,
    /// Something has left the buffer.
    room: Notify,
    /// Why the log takes nothing, while it does not.
    trouble: Mutex<Option<String>>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("bytes", &self.bytes()).field("limit", &self.shared.limit).finish()
    }
}

impl Outbox {
    /// A buffer of so many bytes before a log. The sender is a task of its own, which ends when all ways in are dropped.
    pub fn start(log: Arc<dyn Log>, limit: usize) -> Outbox {
        let (items, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            limit,
            bytes: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            room: Notify::new(),
            trouble: Mutex::default(),
        });
        tokio::spawn(send(log, waiting, shared.clone()));
        Outbox { shared, items }
    }

    /// Takes records; `receipt` is called when all of them are on the log. `false` where there is no room.
    pub fn offer(&self, records: Vec<Record>, receipt: Receipt) -> bool {
        let bytes = records.iter().map(Record::size).sum();
        self.fits(bytes) && self.items.send(Item { records, bytes, receipt }).is_ok()
    }

    /// The same, but waits for room. After [`Outbox::drain`] it waits for ever.
    pub async fn put(&self, records: Vec<Record>, receipt: Receipt) {
        let bytes = records.iter().map(Record::size).sum();
        self.until(|| self.fits(bytes)).await;
        // The sender ends with the log.
        let _sent = self.items.send(Item { records, bytes, receipt });
    }

    /// Takes so many bytes of the room, if there are any; one item fits into an empty buffer whatever its size.
    fn fits(&self, bytes: usize) -> bool {
        let more = |used: usize| (used == 0 || used + bytes <= self.shared.limit).then_some(used + bytes);
        !self.shared.closed.load(Ordering::SeqCst)
            && self.shared.bytes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    /// Resolves when something is so; looks each time when something has left the buffer.
    async fn until(&self, is_so: impl Fn() -> bool) {
        loop {
            let room = self.shared.room.notified();
            tokio::pin!(room);
            // From here on nothing that leaves is missed.
            room.as_mut().enable();
            if is_so() {
                return;
            }
            room.await;
        }
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        self.shared.bytes.load(Ordering::SeqCst)
    }

    /// Whether more than nine tenths are used.
    pub fn is_nearly_full(&self) -> bool {
        self.bytes() > self.shared.limit / 10 * 9
    }

    /// Why the log takes nothing.
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble.lock().clone()
    }

    /// Takes nothing more, and waits until the log has what was taken; returns the bytes that it has not.
    pub async fn drain(&self, patience: Duration) -> usize {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Either way what is left is told.
        let _in_time = tokio::time::timeout(patience, self.until(|| self.bytes() == 0)).await;
        self.bytes()
    }
}

async fn send(log: Arc<dyn Log>, mut waiting: mpsc::UnboundedReceiver<Item>, shared: Arc<Shared>) {
    let mut items = Vec::new();
    while waiting.recv_many(&mut items, AT_ONCE).await > 0 {
        let mut taken = std::mem::take(&mut items).into_iter().peekable();
        while taken.peek().is_some() {
            let (mut batch, mut receipts, mut bytes) = (Vec::new(), Vec::new(), 0);
            while let Some(item) = taken.next_if(|item| bytes == 0 || bytes + item.bytes <= BATCH) {
                bytes += item.bytes;
                batch.extend(item.records);
                receipts.push(item.receipt);
            }
            if !deliver(log.as_ref(), batch, &shared).await {
                return;
            }
            receipts.into_iter().for_each(|receipt| receipt());
            shared.bytes.fetch_sub(bytes, Ordering::SeqCst);
            shared.room.notify_waiters();
        }
    }
}

/// Appends until the log has it. `false` when the log is closed.
async fn deliver(log: &dyn Log, records: Vec<Record>, shared: &Shared) -> bool {
    let mut pause = FIRST_PAUSE;
    for part in parts(records) {
        loop {
            let Err(error) = log.append(part.clone()).await else { break };
            *shared.trouble.lock() = Some(error.to_string());
            if error.kind == ErrorKind::Closed {
                return false;
            }
            // Also what only people can mend is waited for: nothing that was taken is let go of.
            metrics::counter!("streetwatch_gateway_append_retries_total", "reason" => error.kind.as_str()).increment(1);
            tracing::warn!(%error, "readings wait for the log");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        shared.trouble.lock().take();
    }
    true
}

/// Appends of a bounded size: one message may hold tens of thousands of reports.
fn parts(records: Vec<Record>) -> Vec<Vec<Record>> {
    let (mut parts, mut bytes) = (vec![Vec::new()], 0);
    for record in records {
        let size = record.size();
        if bytes > 0 && bytes + size > BATCH {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(last) = parts.last_mut() {
            last.push(record);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::testing::FakeLog;
    use super::*;
    use crate::log::Topic;

    fn record(bytes: usize) -> Record {
        Record::new(Topic::Readings, "", vec![0u8; bytes])
    }

    fn counter() -> (Arc<AtomicUsize>, impl Fn() -> Receipt) {
        let count = Arc::<AtomicUsize>::default();
        let of = count.clone();
        (count, move || {
            let count = of.clone();
            Box::new(move || {
                count.fetch_add(1, Ordering::SeqCst);
            })
        })
    }

    #[tokio::test]
    async fn a_receipt_is_given_only_when_the_log_has_the_record() {
        let log = FakeLog::away();
        let outbox = Outbox::start(log.clone(), 1000);
        let (given, receipt) = counter();
        assert!(outbox.offer(vec![record(400)], receipt()) && outbox.offer(vec![record(400)], receipt()));
        assert!(!outbox.offer(vec![record(400)], receipt()), "full");
        tokio::task::yield_now().await;
        assert_eq!((given.load(Ordering::SeqCst), outbox.bytes(), log.len()), (0, 800, 0));
        log.comes_back();
        assert_eq!(outbox.drain(Duration::from_secs(20)).await, 0);
        assert_eq!((given.load(Ordering::SeqCst), log.len()), (2, 2));
        assert!(!outbox.offer(vec![record(1)], receipt()), "it has been closed");
    }

    #[tokio::test]
    async fn an_append_that_fails_is_tried_again_and_told_meanwhile() {
        let log = FakeLog::failing(1);
        let outbox = Outbox::start(log.clone(), 1000);
        let (given, receipt) = counter();
        assert!(outbox.offer(vec![record(10)], receipt()));
        let trouble = loop {
            tokio::task::yield_now().await;
            if let Some(trouble) = outbox.trouble() {
                break trouble;
            }
        };
        assert!(trouble.contains("no broker") && given.load(Ordering::SeqCst) == 0, "{trouble}");
        assert_eq!(outbox.drain(Duration::from_secs(60)).await, 0);
        assert_eq!((given.load(Ordering::SeqCst), log.len(), outbox.trouble()), (1, 1, None));
    }

    #[tokio::test]
    async fn a_message_larger_than_an_append_goes_in_parts_and_alone_if_need_be() {
        let log = FakeLog::well();
        let outbox = Outbox::start(log.clone(), 1000);
        let (given, receipt) = counter();
        assert!(
            outbox.offer((0..5).map(|_| record(1 << 20)).collect(), receipt()),
            "larger than the buffer, but it is empty"
        );
        assert_eq!(outbox.drain(Duration::from_secs(20)).await, 0);
        assert_eq!((given.load(Ordering::SeqCst), log.len()), (1, 5));
        assert!(log.largest() <= BATCH);
    }
}
