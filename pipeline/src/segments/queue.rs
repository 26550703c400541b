//! The records of each camera between the hub's reader and the camera's own thread. Bounded.
//!
//! A camera whose queue stays full is cut loose: it gets nothing more from here and reads the topic by itself
//! ([`super::hub`]), so that it holds nobody up. When it has caught up with the reader it joins again.

use crate::log::{Offsets, Stored};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Records that may wait for one camera.
const RECORDS: usize = 8;
/// Bytes that may wait for one camera, unless a single record is larger.
const BYTES: usize = 12 << 20;

/// What happened to a delivered record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivered {
    /// Its camera has had it, or reads for itself.
    NotNeeded,
    /// It waits for its camera.
    Queued,
    /// No camera of this process is fed from this key.
    Unknown,
    /// Its camera did not make room in time and reads for itself from now on.
    CutLoose,
}

#[derive(Debug, Default)]
struct Queue {
    records: VecDeque<Stored>,
    bytes: usize,
    /// Offsets before these are not wanted.
    from: Offsets,
    /// From here on the camera reads for itself; `None` while the hub feeds it.
    loose: Option<Offsets>,
}

impl Queue {
    fn is_full(&self, more: usize) -> bool {
        self.records.len() >= RECORDS || (!self.records.is_empty() && self.bytes + more > BYTES)
    }
}

#[derive(Debug, Default)]
struct Inside {
    /// By the records' key, then by ticket: two presets of a camera look at the same segments.
    queues: BTreeMap<String, BTreeMap<u32, Queue>>,
    tickets: u32,
    /// Where the hub's reader will go on.
    next: Offsets,
    ended: bool,
}

/// One camera's place among the queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The records' key.
    pub key: String,
    number: u32,
}

impl Inside {
    fn queue(&mut self, ticket: &Ticket) -> Option<&mut Queue> {
        self.queues.get_mut(&ticket.key)?.get_mut(&ticket.number)
    }
}

/// The queues of all cameras of a hub.
#[derive(Debug, Default)]
pub struct Queues {
    inside: Mutex<Inside>,
    changed: Condvar,
}

/// What a camera finds in its queue.
#[derive(Debug)]
pub enum Found {
    /// The next record.
    Record(Stored),
    /// Nothing in time.
    Nothing,
    /// Nothing, and nothing will come.
    Ended,
    /// It must read for itself from here on.
    Loose(Offsets),
}

impl Queues {
    /// Where the hub's reader begins: at the earliest place that a camera wants, else at these.
    pub fn begin(&self, mut next: Offsets) -> Offsets {
        let mut inside = self.inside.lock();
        for (partition, from) in inside.queues.values().flat_map(BTreeMap::values).flat_map(|queue| &queue.from) {
            next.entry(*partition).and_modify(|at| *at = (*at).min(*from));
        }
        inside.next.clone_from(&next);
        next
    }

    /// How many cameras were ever added.
    pub fn added(&self) -> u32 {
        self.inside.lock().tickets
    }

    /// A camera is fed from here on with what lies at or after `from`. One that joins while the reader is
    /// already beyond that reads for itself first.
    pub fn add(&self, key: &str, from: Offsets) -> Ticket {
        let mut inside = self.inside.lock();
        let passed =
            from.iter().any(|(partition, offset)| inside.next.get(partition).is_some_and(|next| next > offset));
        let loose = passed.then(|| from.clone());
        inside.tickets += 1;
        let ticket = Ticket { key: key.to_owned(), number: inside.tickets };
        let queue = Queue { from, loose, ..Queue::default() };
        inside.queues.entry(key.to_owned()).or_default().insert(ticket.number, queue);
        ticket
    }

    /// A camera needs nothing any more.
    pub fn remove(&self, ticket: &Ticket) {
        let mut inside = self.inside.lock();
        if let Some(of_key) = inside.queues.get_mut(&ticket.key) {
            of_key.remove(&ticket.number);
            if of_key.is_empty() {
                inside.queues.remove(&ticket.key);
            }
        }
        self.changed.notify_all();
    }

    /// Hands a record to its camera, or to each that looks at it; waits up to `patience` for room (`None`: as long as
    /// it takes), or until `stopped` says so. Says the worst that happened.
    pub fn deliver(&self, record: &Stored, patience: Option<Duration>, stopped: impl Fn() -> bool) -> Delivered {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut inside = self.inside.lock();
        let numbers: Vec<u32> = inside.queues.get(&record.key).map(|q| q.keys().copied().collect()).unwrap_or_default();
        let mut worst = if numbers.is_empty() { Delivered::Unknown } else { Delivered::NotNeeded };
        for number in numbers {
            let ticket = Ticket { key: record.key.clone(), number };
            let delivered = self.deliver_to(&mut inside, &ticket, record, until, &stopped);
            worst = worst.max(delivered);
        }
        inside.next.insert(record.position.partition, record.position.offset + 1);
        self.changed.notify_all();
        worst
    }

    fn deliver_to(
        &self,
        inside: &mut MutexGuard<'_, Inside>,
        ticket: &Ticket,
        record: &Stored,
        until: Option<Instant>,
        stopped: &impl Fn() -> bool,
    ) -> Delivered {
        let (partition, offset) = (record.position.partition, record.position.offset);
        let size = record.payload.as_ref().map_or(0, bytes::Bytes::len);
        loop {
            let Some(queue) = inside.queue(ticket) else { return Delivered::NotNeeded };
            if queue.loose.is_some() || queue.from.get(&partition).is_some_and(|from| offset < *from) {
                return Delivered::NotNeeded;
            }
            if !queue.is_full(size) {
                queue.bytes += size;
                queue.records.push_back(record.clone());
                return Delivered::Queued;
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                queue.loose = Some(Offsets::from([(partition, offset)]));
                return Delivered::CutLoose;
            }
            if stopped() {
                return Delivered::NotNeeded;
            }
            self.wait(inside, Duration::from_millis(100));
        }
    }

    /// The reader has come to the end and goes no further.
    pub fn end(&self) {
        self.inside.lock().ended = true;
        self.changed.notify_all();
    }

    /// The camera's next record; waits up to `timeout`.
    pub fn take(&self, ticket: &Ticket, timeout: Duration) -> Found {
        let until = Instant::now() + timeout;
        let mut inside = self.inside.lock();
        loop {
            let ended = inside.ended;
            let Some(queue) = inside.queue(ticket) else { return Found::Ended };
            if let Some(record) = queue.records.pop_front() {
                queue.bytes -= record.payload.as_ref().map_or(0, bytes::Bytes::len);
                self.changed.notify_all();
                return Found::Record(record);
            }
            if let Some(loose) = &queue.loose {
                return Found::Loose(loose.clone());
            }
            if ended {
                return Found::Ended;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Found::Nothing;
            }
            self.wait(&mut inside, left);
        }
    }

    /// A camera that reads for itself has come to `position`. `true` when it is where the reader is: then it is
    /// fed from here again.
    pub fn join(&self, ticket: &Ticket, position: &Offsets) -> bool {
        let mut inside = self.inside.lock();
        let caught_up = position.iter().all(|(partition, at)| inside.next.get(partition).is_none_or(|next| at >= next));
        if caught_up && let Some(queue) = inside.queue(ticket) {
            queue.loose = None;
            queue.from.extend(position.iter().map(|(partition, offset)| (*partition, *offset)));
            return true;
        }
        false
    }

    /// A camera that reads for itself has lost its cursor: it begins again at `from`.
    pub fn cut(&self, ticket: &Ticket, from: Offsets) {
        if let Some(queue) = self.inside.lock().queue(ticket) {
            queue.loose = Some(from);
        }
    }

    fn wait(&self, inside: &mut MutexGuard<'_, Inside>, at_most: Duration) {
        let _timed_out = self.changed.wait_for(inside, at_most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Position, Topic};
    use bytes::Bytes;
    use operators::vocabulary::EventTime;

    fn record(key: &str, offset: i64, size: usize) -> Stored {
        Stored {
            position: Position { topic: Topic::Segments, partition: 0, offset },
            time: EventTime(0),
            key: key.to_owned(),
            payload: Some(Bytes::from(vec![0; size])),
            headers: Vec::new(),
        }
    }

    fn queues(from: i64) -> (Queues, Ticket) {
        let queues = Queues::default();
        let ticket = queues.add("c", Offsets::from([(0, from)]));
        queues.add("another", Offsets::from([(0, 0)]));
        assert_eq!(queues.begin(Offsets::from([(0, 100)])), Offsets::from([(0, 0)]));
        (queues, ticket)
    }

    fn deliver(queues: &Queues, offset: i64) -> Delivered {
        queues.deliver(&record("c", offset, 10), Some(Duration::ZERO), || false)
    }

    fn offsets(queues: &Queues, ticket: &Ticket) -> Vec<i64> {
        std::iter::from_fn(|| match queues.take(ticket, Duration::ZERO) {
            Found::Record(record) => Some(record.position.offset),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn a_camera_gets_its_own_from_its_own_beginning_on() {
        let (queues, c) = queues(2);
        let told: Vec<_> = (0..4).map(|offset| deliver(&queues, offset)).collect();
        assert_eq!(told, [Delivered::NotNeeded, Delivered::NotNeeded, Delivered::Queued, Delivered::Queued]);
        assert_eq!(queues.deliver(&record("other", 4, 1), None, || false), Delivered::Unknown);
        assert_eq!(offsets(&queues, &c), [2, 3]);
    }

    #[test]
    fn a_camera_that_does_not_keep_up_is_cut_loose_and_joins_again_without_a_gap_or_a_double() {
        let (queues, c) = queues(0);
        let many = RECORDS as i64;
        assert!((0..many).all(|offset| deliver(&queues, offset) == Delivered::Queued));
        assert_eq!(deliver(&queues, many), Delivered::CutLoose);
        assert_eq!(deliver(&queues, many + 1), Delivered::NotNeeded);
        assert_eq!(offsets(&queues, &c), (0..many).collect::<Vec<_>>());
        let Found::Loose(from) = queues.take(&c, Duration::ZERO) else { panic!("loose") };
        assert_eq!(from, Offsets::from([(0, many)]));
        assert!(!queues.join(&c, &Offsets::from([(0, many + 1)])), "one is still missing");
        assert!(queues.join(&c, &Offsets::from([(0, many + 3)])), "ahead of the reader by one");
        assert_eq!(deliver(&queues, many + 2), Delivered::NotNeeded, "it has read that by itself");
        assert_eq!(deliver(&queues, many + 3), Delivered::Queued);
        assert_eq!(offsets(&queues, &c), [many + 3]);
    }

    #[test]
    fn a_camera_added_later_reads_what_has_passed_by_itself() {
        let (queues, _) = queues(0);
        deliver(&queues, 0);
        let late = queues.add("late", Offsets::from([(0, 0)]));
        assert!(matches!(queues.take(&late, Duration::ZERO), Found::Loose(_)));
        let now = queues.add("now", Offsets::from([(0, 1)]));
        assert!(matches!(queues.take(&now, Duration::ZERO), Found::Nothing));
    }

    #[test]
    fn two_presets_of_a_camera_both_get_its_segments_and_one_that_hangs_does_not_hold_the_other() {
        let (queues, first) = queues(0);
        let second = queues.add("c", Offsets::from([(0, 0)]));
        let many = RECORDS as i64;
        for offset in 0..=many {
            deliver(&queues, offset);
            assert_eq!(offsets(&queues, &first), [offset]);
        }
        assert_eq!(offsets(&queues, &second), (0..many).collect::<Vec<_>>());
        assert!(matches!(queues.take(&second, Duration::ZERO), Found::Loose(_)));
        queues.remove(&second);
        assert_eq!(deliver(&queues, many + 1), Delivered::Queued);
    }

    #[test]
    fn large_records_fill_a_queue_too_and_one_always_fits() {
        let (queues, _) = queues(0);
        let large = |offset| queues.deliver(&record("c", offset, BYTES), Some(Duration::ZERO), || false);
        assert_eq!((large(0), large(1)), (Delivered::Queued, Delivered::CutLoose));
    }

    #[test]
    fn the_end_comes_after_what_waits() {
        let (queues, c) = queues(0);
        deliver(&queues, 0);
        queues.end();
        assert_eq!(offsets(&queues, &c), [0]);
        assert!(matches!(queues.take(&c, Duration::ZERO), Found::Ended));
    }
}
