//! What lies between the thread that reads a camera and the one that decodes.
//!
//! Bounded. When it is full, a live camera's oldest wanted sample gives way
//! and is counted; a replay waits instead and loses nothing.

use super::health::Note;
use super::plan::{Order, Work};
use super::{MediaPacket, StopFlag};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One thing the reading side has to say.
#[derive(Debug)]
pub enum Item {
    /// Live: a packet to decode.
    Work(Work),
    /// Replay: a packet as read; what to decode of it is decided when it is
    /// taken, so that a burst asked for between two samples starts at the same
    /// packet in every run.
    Packet(Arc<MediaPacket>),
    /// Something about the connection.
    Note(Note),
}

/// What had to give way to a pushed work.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Overflow {
    /// Wanted samples that will not be delivered because too many waited.
    pub samples: u64,
    /// Wanted samples thrown away with packets the decoder never came to.
    pub behind: u64,
    /// Packets thrown away; decoding begins again at a keyframe.
    pub packets: u64,
    /// No keyframe waits: the packets that follow cannot be decoded either.
    pub lost: bool,
}

/// Bounds of the mailbox.
#[derive(Debug, Clone, Copy)]
pub struct MailboxLimits {
    /// Wanted samples waiting (live).
    pub samples: usize,
    /// Packets waiting: live to be decoded in order, replay as read.
    pub packets: usize,
    /// Bytes waiting.
    pub bytes: usize,
}

const MOST_NOTES: usize = 64;

#[derive(Debug, Default)]
struct Inside {
    items: VecDeque<Item>,
    samples: usize,
    packets: usize,
    notes: usize,
    bytes: usize,
    closed: bool,
}

impl Inside {
    fn count(&mut self, item: &Item, sign: isize) {
        let add = |n: &mut usize, by: usize| *n = n.saturating_add_signed(sign * by as isize);
        match item {
            Item::Work(work) => {
                add(&mut self.packets, 1);
                add(&mut self.bytes, work.packet.size());
                add(&mut self.samples, usize::from(work.wanted.is_some()));
            }
            Item::Packet(packet) => {
                add(&mut self.packets, 1);
                add(&mut self.bytes, packet.size());
            }
            Item::Note(_) => add(&mut self.notes, 1),
        }
    }

    fn put(&mut self, item: Item) {
        self.count(&item, 1);
        self.items.push_back(item);
    }

    fn remove(&mut self, at: usize) -> Option<Item> {
        let item = self.items.remove(at)?;
        self.count(&item, -1);
        Some(item)
    }

    /// The oldest wanted sample gives way.
    fn forget_oldest_sample(&mut self) {
        let oldest = self.items.iter().position(|item| matches!(item, Item::Work(w) if w.wanted.is_some()));
        let Some(at) = oldest else { return };
        match &mut self.items[at] {
            Item::Work(work) if work.order != Order::Alone => {
                // What follows refers to it, so it is still decoded, only not delivered.
                work.wanted = None;
                self.samples -= 1;
            }
            _ => drop(self.remove(at)),
        }
    }

    /// Throws away everything before the newest keyframe, or all.
    fn catch_up(&mut self, overflow: &mut Overflow) {
        let starts = |item: &Item| matches!(item, Item::Work(work) if work.order != Order::Follow);
        let newest = self.items.iter().rposition(starts).filter(|at| *at > 0);
        overflow.lost = newest.is_none();
        let upto = newest.unwrap_or(self.items.len());
        let mut kept: VecDeque<Item> = VecDeque::new();
        for (n, item) in std::mem::take(&mut self.items).into_iter().enumerate() {
            match &item {
                Item::Work(work) if n < upto => {
                    overflow.packets += 1;
                    overflow.behind += u64::from(work.wanted.is_some());
                    self.count(&item, -1);
                }
                _ => kept.push_back(item),
            }
        }
        self.items = kept;
    }
}

/// The queue between reading and decoding one camera.
#[derive(Debug)]
pub struct Mailbox {
    limits: MailboxLimits,
    inside: Mutex<Inside>,
    changed: Condvar,
}

impl Mailbox {
    /// An empty mailbox.
    pub fn new(limits: MailboxLimits) -> Self {
        Mailbox { limits, inside: Mutex::default(), changed: Condvar::new() }
    }

    /// Live: never waits. Says what had to give way.
    pub fn push_work(&self, work: Work) -> Overflow {
        let mut overflow = Overflow::default();
        let mut inside = self.inside.lock();
        inside.put(Item::Work(work));
        while inside.samples > self.limits.samples {
            inside.forget_oldest_sample();
            overflow.samples += 1;
        }
        if inside.packets > self.limits.packets || inside.bytes > self.limits.bytes {
            inside.catch_up(&mut overflow);
        }
        self.changed.notify_all();
        overflow
    }

    /// Replay: waits until there is room. `false` when stopped meanwhile.
    pub fn push_packet(&self, packet: Arc<MediaPacket>, stop: &StopFlag) -> bool {
        let mut inside = self.inside.lock();
        while inside.packets >= self.limits.packets || (inside.packets > 0 && inside.bytes >= self.limits.bytes) {
            if stop.is_set() {
                return false;
            }
            self.changed.wait_for(&mut inside, Duration::from_millis(100));
        }
        inside.put(Item::Packet(packet));
        self.changed.notify_all();
        true
    }

    /// Never waits. Of too many notes the oldest goes; `true` when one did.
    pub fn push_note(&self, note: Note) -> bool {
        let mut inside = self.inside.lock();
        inside.put(Item::Note(note));
        let full = inside.notes > MOST_NOTES;
        if full && let Some(at) = inside.items.iter().position(|item| matches!(item, Item::Note(_))) {
            inside.remove(at);
        }
        self.changed.notify_all();
        full
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.inside.lock().closed = true;
        self.changed.notify_all();
    }

    /// The oldest item; waits up to `timeout` of real time.
    pub fn pop(&self, timeout: Duration) -> Popped {
        let until = Instant::now() + timeout;
        let mut inside = self.inside.lock();
        loop {
            if let Some(item) = inside.remove(0) {
                self.changed.notify_all();
                return Popped::Item(item);
            }
            if inside.closed {
                return Popped::Closed;
            }
            if self.changed.wait_until(&mut inside, until).timed_out() && inside.items.is_empty() {
                return if inside.closed { Popped::Closed } else { Popped::Nothing };
            }
        }
    }

    /// Wakes whoever waits, to look at the stop flag.
    pub fn wake(&self) {
        self.changed.notify_all();
    }
}

/// What [`Mailbox::pop`] found.
#[derive(Debug)]
pub enum Popped {
    /// The oldest item.
    Item(Item),
    /// Nothing in time.
    Nothing,
    /// Nothing, and nothing will come.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::super::plan::Wanted;
    use super::super::testing::packet;
    use super::*;

    fn mailbox(samples: usize, packets: usize) -> Mailbox {
        Mailbox::new(MailboxLimits { samples, packets, bytes: 1 << 20 })
    }

    fn work(at: i64, wanted: bool, order: Order) -> Work {
        let packet = packet(at, order != Order::Follow, 100, 0);
        Work { packet, wanted: wanted.then_some(Wanted::Sample), order }
    }

    fn left(mailbox: &Mailbox) -> Vec<(i64, bool)> {
        std::iter::from_fn(|| match mailbox.pop(Duration::ZERO) {
            Popped::Item(Item::Work(work)) => Some((work.packet.at.0, work.wanted.is_some())),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn the_oldest_sample_of_a_live_camera_gives_way_and_is_counted() {
        let mailbox = mailbox(2, 100);
        let dropped: u64 = (0..5).map(|n| mailbox.push_work(work(n, true, Order::Alone)).samples).sum();
        assert_eq!(dropped, 3);
        assert_eq!(left(&mailbox), [(3, true), (4, true)]);
    }

    #[test]
    fn what_others_refer_to_is_still_decoded_when_its_sample_gives_way() {
        let mailbox = mailbox(1, 100);
        mailbox.push_work(work(0, true, Order::Begin));
        mailbox.push_work(work(1, false, Order::Follow));
        assert_eq!(mailbox.push_work(work(2, true, Order::Follow)).samples, 1);
        assert_eq!(left(&mailbox), [(0, false), (1, false), (2, true)]);
    }

    #[test]
    fn a_decoder_that_falls_behind_begins_again_at_a_keyframe() {
        let mailbox = mailbox(10, 6);
        for n in 0..4 {
            mailbox.push_work(work(n, n == 3, if n == 0 { Order::Begin } else { Order::Follow }));
        }
        for n in 4..6 {
            mailbox.push_work(work(n, false, if n == 4 { Order::Begin } else { Order::Follow }));
        }
        let overflow = mailbox.push_work(work(6, false, Order::Follow));
        assert_eq!(overflow, Overflow { samples: 0, behind: 1, packets: 4, lost: false });
        assert_eq!(left(&mailbox), [(4, false), (5, false), (6, false)]);
    }

    #[test]
    fn without_a_keyframe_in_sight_everything_goes_and_the_planner_hears_of_it() {
        let mailbox = mailbox(10, 3);
        let overflows: Vec<Overflow> = (0..4)
            .map(|n| mailbox.push_work(work(n, false, if n == 0 { Order::Begin } else { Order::Follow })))
            .collect();
        assert_eq!(overflows[3], Overflow { samples: 0, behind: 0, packets: 4, lost: true });
        assert!(left(&mailbox).is_empty());
    }

    #[test]
    fn a_replay_waits_until_it_is_stopped() {
        let (mailbox, stop) = (mailbox(1, 1), StopFlag::default());
        assert!(mailbox.push_packet(packet(0, true, 1, 0), &stop));
        stop.set();
        assert!(!mailbox.push_packet(packet(1, true, 1, 0), &stop), "full, and stopped");
        assert!(matches!(mailbox.pop(Duration::ZERO), Popped::Item(Item::Packet(_))));
        mailbox.close();
        assert!(matches!(mailbox.pop(Duration::ZERO), Popped::Closed));
    }
}
