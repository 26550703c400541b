//! Messages that come in several frames.
//!
//! What is incomplete is bounded by number, bytes and time; the oldest gives
//! way and is counted. The clock is handed in.

use super::header::{Header, Phone};
use operators::vocabulary::{EventTime, Millis};
use std::collections::HashMap;

/// How much may be incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartsConfig {
    /// Messages at a time (1,024).
    pub messages: usize,
    /// Parts of one message (1,024).
    pub parts: u16,
    /// Bytes in all (16 MiB).
    pub bytes: usize,
    /// From the first part to the last (60 s).
    pub wait: Millis,
}

impl Default for PartsConfig {
    fn default() -> Self {
        PartsConfig { messages: 1024, parts: 1024, bytes: 16 << 20, wait: 60_000 }
    }
}

/// What was not reassembled, since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartsCounts {
    /// Parts that were there already.
    pub duplicates: u64,
    /// Parts whose number cannot be, or of messages with too many.
    pub refused: u64,
    /// Incomplete messages that waited too long.
    pub expired: u64,
    /// Incomplete messages that gave way to others.
    pub crowded_out: u64,
    /// Incomplete messages in whose place the terminal began another one.
    pub replaced: u64,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reassembled {
    /// The last part that was missing: the whole body.
    Whole(Vec<u8>),
    /// More parts are missing.
    Waiting,
    /// It was there already.
    Duplicate,
    /// It cannot be a part of anything that may be kept.
    Refused,
}

/// A message that waits for parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Its id.
    pub id: u16,
    /// Serial of its first part.
    pub serial: u16,
    /// Parts that have not come, from 1; the first of them where there are many.
    pub missing: Vec<u16>,
}

/// Puts parts together, of any number of terminals.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    config: PartsConfig,
    /// A terminal sends one message of a kind at a time.
    open: HashMap<(Phone, u16), Open>,
    bytes: usize,
    begun: u64,
    counts: PartsCounts,
}

#[derive(Debug, Clone)]
struct Open {
    since: EventTime,
    /// Order among those that began at the same time.
    number: u64,
    /// Serial of the first part, if serials count on; and of any part, if all have the same.
    first: u16,
    same: u16,
    pieces: Vec<Option<Box<[u8]>>>,
    missing: usize,
    bytes: usize,
    /// When the last part came, or was asked for.
    moved: EventTime,
    asked: u8,
}

/// How often missing parts are asked for.
const ASK: u8 = 3;
/// Parts that are asked for at a time: what one byte can count.
const ASK_FOR: usize = 255;

/// What a piece costs beside its bytes.
const OVERHEAD: usize = size_of::<Option<Box<[u8]>>>();

impl Parts {
    /// Nothing is incomplete yet.
    pub fn new(config: PartsConfig) -> Parts {
        Parts { config, ..Parts::default() }
    }

    /// Takes one frame's body. A frame that is no part is whole at once.
    pub fn push(&mut self, header: &Header, body: &[u8], now: EventTime) -> Reassembled {
        let Some(part) = header.part else { return Reassembled::Whole(body.to_vec()) };
        self.expire(now);
        let fits = (1..=part.total).contains(&part.index) && part.total <= self.config.parts;
        if !fits || OVERHEAD * usize::from(part.total) + body.len() > self.config.bytes {
            self.counts.refused += 1;
            return Reassembled::Refused;
        }
        let key = (header.phone, header.id);
        let first = header.serial.wrapping_sub(part.index - 1);
        let total = usize::from(part.total);
        let is_other = |o: &Open| o.pieces.len() != total || (o.first != first && o.same != header.serial);
        if self.open.get(&key).is_some_and(is_other) {
            self.counts.replaced += 1;
            self.close(&key);
        }
        if !self.open.contains_key(&key) {
            let bytes = OVERHEAD * total;
            let open = Open {
                since: now,
                number: self.begun,
                first,
                same: header.serial,
                pieces: vec![None; total],
                missing: total,
                bytes,
                moved: now,
                asked: 0,
            };
            self.begun += 1;
            self.bytes += bytes;
            self.open.insert(key, open);
        }
        let Some(open) = self.open.get_mut(&key) else { return Reassembled::Refused };
        let piece = &mut open.pieces[usize::from(part.index) - 1];
        if piece.is_some() {
            self.counts.duplicates += 1;
            return Reassembled::Duplicate;
        }
        *piece = Some(body.into());
        open.missing -= 1;
        open.moved = now;
        open.bytes += body.len();
        self.bytes += body.len();
        if open.missing == 0 {
            let whole = self.close(&key).map(|o| o.pieces.into_iter().flatten().flatten().collect());
            return Reassembled::Whole(whole.unwrap_or_default());
        }
        self.make_room(&key);
        if self.open.contains_key(&key) { Reassembled::Waiting } else { Reassembled::Refused }
    }

    /// Gives up what has waited too long.
    pub fn expire(&mut self, now: EventTime) {
        let wait = self.config.wait;
        let late: Vec<_> = self.open.iter().filter(|(_, o)| now.since(o.since) > wait).map(|(k, _)| *k).collect();
        for key in late {
            self.counts.expired += 1;
            self.close(&key);
        }
    }

    /// Messages of a terminal to which no part has come for so long. Each is told three times at most.
    pub fn overdue(&mut self, phone: Phone, now: EventTime, after: Millis) -> Vec<Overdue> {
        self.expire(now);
        let mine = self.open.iter_mut().filter(|((of, _), _)| *of == phone);
        let late = mine.filter(|(_, o)| o.asked < ASK && now.since(o.moved) >= after);
        let told = late.map(|((_, id), open)| {
            (open.asked, open.moved) = (open.asked + 1, now);
            let gaps = (1u16..).zip(&open.pieces).filter(|(_, piece)| piece.is_none()).map(|(index, _)| index);
            Overdue { id: *id, serial: open.first, missing: gaps.take(ASK_FOR).collect() }
        });
        told.collect()
    }

    /// A terminal has left: what it began will not be finished.
    pub fn forget(&mut self, phone: Phone) {
        let gone: Vec<_> = self.open.keys().filter(|(p, _)| *p == phone).copied().collect();
        gone.iter().for_each(|key| drop(self.close(key)));
    }

    /// Bytes of incomplete messages.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Incomplete messages.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether nothing is incomplete.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// What was not reassembled.
    pub fn counts(&self) -> PartsCounts {
        self.counts
    }

    fn close(&mut self, key: &(Phone, u16)) -> Option<Open> {
        let open = self.open.remove(key)?;
        self.bytes -= open.bytes;
        Some(open)
    }

    /// The oldest gives way, and of the same age the one that began first; the newest last of all.
    fn make_room(&mut self, newest: &(Phone, u16)) {
        while self.open.len() > self.config.messages.max(1) || self.bytes > self.config.bytes {
            let others = self.open.iter().filter(|(k, _)| *k != newest);
            let oldest = others.min_by_key(|(_, o)| (o.since, o.number)).map_or(*newest, |(k, _)| *k);
            self.counts.crowded_out += 1;
            self.close(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Edition, Part};
    use super::*;

    fn header(phone: &str, serial: u16, total: u16, index: u16) -> Header {
        Header {
            id: 0x0801,
            edition: Edition::Y2013,
            protocol: 0,
            encryption: 0,
            phone: Phone::new(phone, Edition::Y2013).expect("digits"),
            serial,
            part: Some(Part { total, index }),
        }
    }

    fn push(
        parts: &mut Parts,
        phone: &str,
        serial: u16,
        (total, index): (u16, u16),
        body: &str,
        at: i64,
    ) -> Reassembled {
        parts.push(&header(phone, serial, total, index), body.as_bytes(), EventTime(at))
    }

    #[test]
    fn parts_in_any_order_and_twice_make_one_message() {
        let mut parts = Parts::default();
        assert_eq!(push(&mut parts, "1", 12, (3, 3), "c", 0), Reassembled::Waiting);
        assert_eq!(push(&mut parts, "1", 10, (3, 1), "a", 1), Reassembled::Waiting);
        assert_eq!(push(&mut parts, "2", 11, (3, 2), "x", 2), Reassembled::Waiting);
        assert_eq!(push(&mut parts, "1", 10, (3, 1), "A", 3), Reassembled::Duplicate);
        assert_eq!(push(&mut parts, "1", 11, (3, 2), "b", 4), Reassembled::Whole(b"abc".to_vec()));
        assert_eq!((parts.len(), parts.counts().duplicates), (1, 1));
    }

    #[test]
    fn terminals_that_give_all_parts_one_serial_are_understood_and_serials_wrap() {
        let mut parts = Parts::default();
        push(&mut parts, "1", 7, (2, 2), "b", 0);
        assert_eq!(push(&mut parts, "1", 7, (2, 1), "a", 1), Reassembled::Whole(b"ab".to_vec()));
        push(&mut parts, "1", 0, (2, 2), "b", 2);
        assert_eq!(push(&mut parts, "1", 65_535, (2, 1), "a", 3), Reassembled::Whole(b"ab".to_vec()));
    }

    #[test]
    fn another_message_of_the_kind_takes_the_place_of_an_unfinished_one() {
        let mut parts = Parts::default();
        push(&mut parts, "1", 10, (2, 1), "a", 0);
        assert_eq!(push(&mut parts, "1", 41, (2, 2), "d", 1), Reassembled::Waiting);
        assert_eq!(push(&mut parts, "1", 40, (2, 1), "c", 2), Reassembled::Whole(b"cd".to_vec()));
        assert_eq!((parts.counts().replaced, parts.bytes()), (1, 0));
    }

    #[test]
    fn missing_parts_are_told_three_times_and_no_more() {
        let mut parts = Parts::default();
        let phone = Phone::new("1", Edition::Y2013).expect("digits");
        push(&mut parts, "1", 10, (4, 1), "a", 0);
        push(&mut parts, "1", 12, (4, 3), "c", 1_000);
        push(&mut parts, "2", 10, (4, 1), "a", 0);
        assert_eq!(parts.overdue(phone, EventTime(5_999), 5_000), []);
        for round in 0..3 {
            let overdue = parts.overdue(phone, EventTime(6_000 + 5_000 * round), 5_000);
            assert_eq!(overdue, [Overdue { id: 0x0801, serial: 10, missing: vec![2, 4] }]);
        }
        assert_eq!(parts.overdue(phone, EventTime(30_000), 5_000), []);
        push(&mut parts, "1", 11, (4, 2), "b", 31_000);
        assert_eq!(push(&mut parts, "1", 13, (4, 4), "d", 31_000), Reassembled::Whole(b"abcd".to_vec()));
    }

    #[test]
    fn a_message_that_is_never_finished_is_given_up_after_its_time() {
        let mut parts = Parts::default();
        push(&mut parts, "1", 1, (2, 1), "a", 0);
        parts.expire(EventTime(60_000));
        assert_eq!(parts.len(), 1);
        assert_eq!(push(&mut parts, "1", 2, (2, 2), "b", 60_001), Reassembled::Waiting);
        assert_eq!(parts.counts().expired, 1);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_gives_way() {
        let config = PartsConfig { messages: 3, bytes: 1000, parts: 10, wait: 60_000 };
        let mut parts = Parts::new(config);
        for (n, phone) in ["1", "2", "3", "4"].into_iter().enumerate() {
            assert_eq!(push(&mut parts, phone, 1, (2, 1), "a", n as i64), Reassembled::Waiting);
        }
        assert_eq!((parts.len(), parts.counts().crowded_out), (3, 1));
        assert_eq!(push(&mut parts, "1", 2, (2, 2), "b", 9), Reassembled::Waiting, "its first part is gone");
        let long = "x".repeat(900);
        assert_eq!(push(&mut parts, "5", 1, (2, 1), &long, 10), Reassembled::Waiting);
        assert!(parts.bytes() <= 1000 && parts.len() <= 3);
        assert_eq!(push(&mut parts, "6", 1, (11, 1), "", 11), Reassembled::Refused, "too many parts");
        assert_eq!(push(&mut parts, "6", 1, (2, 3), "", 11), Reassembled::Refused, "part 3 of 2");
        assert_eq!(push(&mut parts, "6", 1, (0, 0), "", 11), Reassembled::Refused, "part 0 of 0");
    }
}
