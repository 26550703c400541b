//! Which packets are decoded so that a picture comes out every interval.
//!
//! - Keyframes often enough (at most 1.25 intervals apart): only the keyframe
//!   nearest to each wanted moment, by itself.
//! - Else the GOP in order, up to the wanted picture; the rest of a GOP that
//!   no wanted picture needs is skipped. Live, it runs along continuously, or
//!   each wanted picture would wait for all those before it.
//! - In a burst: in order from the last keyframe on, thinned to the burst's rate.
//!
//! Until the distance of keyframes is known a stream is taken to have enough;
//! 1.25 intervals without one prove the contrary.

use super::MediaPacket;
use operators::vocabulary::{EventTime, Millis};
use std::collections::VecDeque;
use std::sync::Arc;

/// A packet to decode, and what for.
#[derive(Debug, Clone)]
pub struct Work {
    /// What to decode.
    pub packet: Arc<MediaPacket>,
    /// Its picture is a sample.
    pub wanted: Option<Wanted>,
    /// How it joins what was decoded before.
    pub order: Order,
}

/// Why a picture is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Its moment of the interval has come.
    Sample,
    /// A burst asked for it.
    Burst,
}

/// How a packet joins what was decoded before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A keyframe by itself: decode, drain, forget.
    Alone,
    /// A keyframe from which decoding goes on in order.
    Begin,
    /// Follows the packet before it.
    Follow,
}

/// So many packets of an unneeded GOP are kept in case they are; beyond, they
/// are decoded as they come.
const MOST_PENDING: usize = 3_000;
/// Keyframes may be so much further apart than the interval.
const KEYFRAMES_ENOUGH: f64 = 1.25;

/// Decides packet by packet. Pure; one per feed.
#[derive(Debug)]
pub struct Planner {
    interval: Millis,
    burst_gap: Millis,
    live: bool,
    due: Option<EventTime>,
    burst_due: Option<EventTime>,
    /// The current GOP's packets that were not handed over.
    pending: Vec<Arc<MediaPacket>>,
    /// The current GOP is being decoded in order.
    in_order: bool,
    /// Packets still to hand over so that the decoder lets go of a wanted picture.
    extra: usize,
    last_key: Option<EventTime>,
    gops: VecDeque<Millis>,
    generation: Option<u32>,
    /// No keyframe came since damage, overflow or the start.
    lost: bool,
}

impl Planner {
    /// A picture every `interval`; bursts of one every `burst_gap`; `live`
    /// decodes along instead of catching up at each wanted picture.
    pub fn new(interval: Millis, burst_gap: Millis, live: bool) -> Self {
        Planner {
            interval: interval.max(1),
            burst_gap: burst_gap.max(1),
            live,
            due: None,
            burst_due: None,
            pending: Vec::new(),
            in_order: false,
            extra: 0,
            last_key: None,
            gops: VecDeque::new(),
            generation: None,
            lost: true,
        }
    }

    /// What was handed over in order has been thrown away: wait for a keyframe.
    pub fn overflowed(&mut self) {
        self.pending.clear();
        self.in_order = false;
        self.lost = true;
    }

    /// The usual distance of keyframes, once known.
    pub fn keyframe_interval(&self) -> Option<Millis> {
        self.gops.iter().max().copied()
    }

    /// Takes the next packet in decoding order and says what to decode now.
    pub fn offer(&mut self, packet: Arc<MediaPacket>, burst_until: Option<EventTime>, out: &mut Vec<Work>) {
        if self.generation != Some(packet.format.generation) {
            self.generation = Some(packet.format.generation);
            self.gops.clear();
            self.last_key = None;
            self.overflowed();
        }
        let burst = burst_until.is_some_and(|until| packet.at <= until);
        if !burst {
            self.burst_due = None;
        }
        if packet.key {
            self.keyframe(packet, burst, out);
        } else if !self.lost {
            self.between(packet, burst, out);
        }
    }

    fn keyframe(&mut self, packet: Arc<MediaPacket>, burst: bool, out: &mut Vec<Work>) {
        let at = packet.at;
        if let Some(last) = self.last_key {
            self.gops.push_back(at.since(last).max(1));
            if self.gops.len() > 4 {
                self.gops.pop_front();
            }
        }
        self.last_key = Some(at);
        self.pending.clear();
        self.in_order = false;
        self.extra = 0;
        self.lost = false;
        let slack = self.slack();
        let sample = self.due.is_none_or(|due| at.plus(slack) >= due);
        let wanted = if sample {
            self.passed(at);
            Some(Wanted::Sample)
        } else {
            self.burst_wants(at, burst).then_some(Wanted::Burst)
        };
        if sample && burst {
            self.burst_due = Some(at.plus(self.burst_gap));
        }
        let continues = burst || (self.known_long() && (self.live || !self.rest_unneeded()));
        match (wanted, continues) {
            (_, true) => {
                self.pending.push(packet);
                self.hand_over(wanted, burst, out);
            }
            (Some(_), false) => {
                self.pending.push(Arc::clone(&packet));
                out.push(Work { packet, wanted, order: Order::Alone });
            }
            (None, false) => self.pending.push(packet),
        }
    }

    fn between(&mut self, packet: Arc<MediaPacket>, burst: bool, out: &mut Vec<Work>) {
        let at = packet.at;
        self.pending.push(packet);
        let Some(last_key) = self.last_key else { return };
        let proven_long = self.known_long() || at.since(last_key) as f64 > KEYFRAMES_ENOUGH * self.interval as f64;
        let go = burst
            || self.extra > 0
            || self.pending.len() > MOST_PENDING
            || (proven_long && if self.live { !self.rest_unneeded() } else { self.has_come(at) });
        if go {
            self.hand_over(None, burst, out);
        }
    }

    /// A wanted moment has come, and no keyframe is about to serve it.
    fn has_come(&self, at: EventTime) -> bool {
        let Some(due) = self.due else { return true };
        let slack = self.slack();
        at >= if self.next_key().is_some_and(|key| key.since(due).abs() <= slack) { due.plus(slack) } else { due }
    }

    /// The next wanted picture is the next keyframe.
    fn rest_unneeded(&self) -> bool {
        matches!((self.due, self.next_key()), (Some(due), Some(key)) if due >= key.plus(-self.slack()))
    }

    fn next_key(&self) -> Option<EventTime> {
        Some(self.last_key?.plus(*self.gops.iter().min()?))
    }

    /// Keyframes are known to be too far apart.
    fn known_long(&self) -> bool {
        self.keyframe_interval().is_some_and(|gop| gop as f64 > KEYFRAMES_ENOUGH * self.interval as f64)
    }

    /// How far from its moment a keyframe may lie and still serve it.
    fn slack(&self) -> Millis {
        match self.keyframe_interval() {
            Some(gop) if !self.known_long() => gop.min(self.interval) / 2,
            _ => self.interval / 4,
        }
    }

    /// Hands over what is pending, marking what is wanted of it.
    /// `first`: what the first of it is wanted for, where that is decided.
    fn hand_over(&mut self, first: Option<Wanted>, burst: bool, out: &mut Vec<Work>) {
        let delay = self.pending.first().map_or(0, |packet| packet.format.delay()) + 1;
        for packet in std::mem::take(&mut self.pending) {
            let order = if self.in_order { Order::Follow } else { Order::Begin };
            self.in_order = true;
            self.extra = self.extra.saturating_sub(1);
            let wanted = if packet.key {
                first
            } else if self.due.is_none_or(|due| packet.at >= due) {
                self.passed(packet.at);
                self.burst_due = Some(packet.at.plus(self.burst_gap));
                Some(Wanted::Sample)
            } else {
                self.burst_wants(packet.at, burst).then_some(Wanted::Burst)
            };
            if wanted.is_some() {
                self.extra = delay;
            }
            out.push(Work { packet, wanted, order });
        }
    }

    fn burst_wants(&mut self, at: EventTime, burst: bool) -> bool {
        let wants = burst && self.burst_due.is_none_or(|due| at >= due);
        if wants {
            self.burst_due = Some(at.plus(self.burst_gap));
        }
        wants
    }

    /// The next wanted moment, on the grid that the first picture began.
    fn passed(&mut self, at: EventTime) {
        let due = self.due.unwrap_or(at);
        let steps = (at.since(due).max(0) / self.interval) + 1;
        self.due = Some(due.plus(steps * self.interval));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::packet;
    use super::*;
    use proptest::prelude::*;

    /// Works for `seconds` at 25 pictures a second with a keyframe each `gop` pictures.
    fn works(interval: i64, gop: i64, seconds: i64, live: bool, burst: Option<(i64, i64)>) -> Vec<Work> {
        let mut planner = Planner::new(interval, 200, live);
        let mut out = Vec::new();
        for n in 0..seconds * 25 {
            let until = burst.filter(|(from, _)| n * 40 >= *from).map(|(_, to)| EventTime(to));
            planner.offer(packet(n * 40, n % gop == 0, 100, 0), until, &mut out);
        }
        out
    }

    fn wanted_at(works: &[Work], what: Wanted) -> Vec<i64> {
        works.iter().filter(|work| work.wanted == Some(what)).map(|work| work.packet.at.0).collect()
    }

    #[test]
    fn keyframes_that_come_often_enough_are_all_that_is_decoded() {
        for live in [true, false] {
            let works = works(2_000, 50, 20, live, None);
            assert!(works.iter().all(|work| work.order == Order::Alone));
            assert_eq!(wanted_at(&works, Wanted::Sample), (0..10).map(|n| n * 2_000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn keyframes_more_often_than_wanted_are_skipped() {
        let works = works(2_000, 25, 20, true, None);
        assert_eq!(works.len(), 10);
    }

    #[test]
    fn pictures_between_keyframes_come_when_the_interval_asks_for_them() {
        for live in [true, false] {
            let works = works(1_000, 50, 10, live, None);
            assert_eq!(wanted_at(&works, Wanted::Sample), (0..10).map(|n| n * 1_000).collect::<Vec<_>>(), "{live}");
            // From the second GOP on: 26 pictures and one or two to push the last out, not 50.
            let second = works.iter().filter(|work| (4_000..6_000).contains(&work.packet.at.0)).count();
            assert!((26..=28).contains(&second), "{second} decoded, live: {live}");
        }
    }

    #[test]
    fn a_single_keyframe_serves_for_ever() {
        for live in [true, false] {
            let works = works(1_000, 100_000, 10, live, None);
            assert_eq!(wanted_at(&works, Wanted::Sample), (0..10).map(|n| n * 1_000).collect::<Vec<_>>(), "{live}");
        }
    }

    #[test]
    fn live_decoding_runs_along_instead_of_catching_up() {
        let mut planner = Planner::new(1_000, 200, true);
        let mut most = 0;
        for n in 0..1_000 {
            let mut out = Vec::new();
            planner.offer(packet(n * 40, n % 200 == 0, 100, 0), None, &mut out);
            if n > 400 {
                most = most.max(out.len());
            }
        }
        assert_eq!(most, 1);
    }

    #[test]
    fn a_burst_begins_at_the_last_keyframe_and_is_thinned() {
        for live in [true, false] {
            let works = works(2_000, 50, 12, live, Some((5_000, 7_000)));
            let burst = wanted_at(&works, Wanted::Burst);
            assert!(burst.first().is_some_and(|at| (4_000..=4_400).contains(at)), "{burst:?}");
            assert!(burst.windows(2).all(|pair| pair[1] - pair[0] >= 200));
            assert!(burst.len() >= 12 && burst.iter().all(|at| *at <= 7_000), "{burst:?}");
            assert_eq!(wanted_at(&works, Wanted::Sample), [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
        }
    }

    #[test]
    fn after_an_overflow_nothing_is_decoded_until_a_keyframe() {
        let mut planner = Planner::new(1_000, 200, true);
        let mut out = Vec::new();
        planner.offer(packet(0, true, 100, 0), None, &mut out);
        planner.overflowed();
        out.clear();
        for n in 1..100 {
            planner.offer(packet(n * 40, false, 100, 0), None, &mut out);
        }
        assert!(out.is_empty());
        planner.offer(packet(4_000, true, 100, 0), None, &mut out);
        assert_eq!(out.len(), 1);
    }

    proptest! {
        #[test]
        fn decoding_order_is_always_whole(
            gops in proptest::collection::vec((1i64..80, 10i64..400), 1..12),
            interval in 100i64..5_000, live in any::<bool>(), burst in 0i64..20_000,
        ) {
            let mut planner = Planner::new(interval, 200, live);
            let (mut out, mut at, mut sequence) = (Vec::new(), 0, 0u64);
            for (length, step) in gops {
                for n in 0..length {
                    let mut one = packet(at, n == 0, 10, 0);
                    Arc::get_mut(&mut one).expect("not shared yet").sequence = sequence;
                    planner.offer(one, Some(EventTime(burst)), &mut out);
                    at += step;
                    sequence += 1;
                }
            }
            let mut before: Option<u64> = None;
            for work in &out {
                match work.order {
                    Order::Alone => { prop_assert!(work.packet.key); before = None; }
                    Order::Begin => { prop_assert!(work.packet.key); before = Some(work.packet.sequence); }
                    Order::Follow => {
                        prop_assert_eq!(Some(work.packet.sequence - 1), before);
                        before = Some(work.packet.sequence);
                    }
                }
            }
            let samples: Vec<i64> = wanted_at(&out, Wanted::Sample);
            prop_assert!(samples.windows(2).all(|pair| pair[1] > pair[0]));
        }
    }
}
