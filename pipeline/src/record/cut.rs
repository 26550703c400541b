//! Where a stream of packets is cut into segments. Pure.
//!
//! At keyframes, so that each segment decodes by itself: whole GOPs are put together until they span the least
//! length. A GOP that is longer, or larger, than a segment may be is cut into parts, which say so; so is what
//! comes when the encoding changes, the connection was lost, or time has jumped: it does not follow.

use crate::source::MediaPacket;
use operators::vocabulary::{EventTime, Millis};
use std::sync::Arc;

/// Bounds of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutLimits {
    /// Whole GOPs are put together until they span this.
    pub least: Millis,
    /// A GOP is cut into parts of at most this.
    pub longest: Millis,
    /// And of at most so many bytes, unless a single packet is larger.
    pub largest: usize,
    /// And of at most so many packets.
    pub packets: usize,
}

/// The packets of one segment.
#[derive(Debug)]
pub struct Piece {
    /// In decoding order, of one encoding; at least one.
    pub packets: Vec<Arc<MediaPacket>>,
    /// Nothing lies between this piece and the one before.
    pub follows: bool,
    /// From the first packet's picture to the end of the last one.
    pub duration: Millis,
}

impl Piece {
    /// Whether it decodes by itself.
    pub fn keyframe(&self) -> bool {
        self.packets.first().is_some_and(|packet| packet.key)
    }
}

/// A picture is taken to last so long where nothing is known of the rate.
const GAP: Millis = 40;
/// The longest that a single picture is taken to last.
const LONGEST_GAP: Millis = 10_000;

/// Cuts one camera's packets.
#[derive(Debug)]
pub struct Cutter {
    limits: CutLimits,
    packets: Vec<Arc<MediaPacket>>,
    bytes: usize,
    /// What is being gathered follows the piece before it.
    follows: bool,
    /// Generation of the latest packet; `None` when what comes does not follow on.
    generation: Option<u32>,
    /// A keyframe has come since the last break.
    begun: bool,
    skipped: u64,
}

impl Cutter {
    /// Has seen nothing yet.
    pub fn new(limits: CutLimits) -> Self {
        Cutter { limits, packets: Vec::new(), bytes: 0, follows: false, generation: None, begun: false, skipped: 0 }
    }

    /// Takes a packet; returns the piece that it completes, if it does.
    pub fn push(&mut self, packet: Arc<MediaPacket>) -> Option<Piece> {
        let generation = packet.format.generation;
        let mut done = None;
        if self.generation != Some(generation) {
            done = self.finish();
            self.generation = Some(generation);
        }
        if !self.begun && !packet.key {
            self.skipped += 1;
            return done;
        }
        self.begun = true;
        if let Some(first) = self.packets.first() {
            let span = packet.at.since(first.at);
            let whole = packet.key && span >= self.limits.least;
            let full = span >= self.limits.longest
                || self.bytes + packet.size() > self.limits.largest
                || self.packets.len() >= self.limits.packets;
            if whole || full {
                done = self.piece(Some(packet.at));
                self.follows = true;
            }
        }
        self.bytes += packet.size();
        self.packets.push(packet);
        done
    }

    /// What is gathered, as it is; what comes next does not follow.
    pub fn finish(&mut self) -> Option<Piece> {
        let piece = self.piece(None);
        (self.follows, self.generation, self.begun) = (false, None, false);
        piece
    }

    /// Packets left out because no keyframe came before them, since this was last asked.
    pub fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    fn piece(&mut self, next: Option<EventTime>) -> Option<Piece> {
        let packets = std::mem::take(&mut self.packets);
        self.bytes = 0;
        let first = packets.first()?.at;
        let last = packets.iter().map(|packet| packet.at).max()?;
        let gap = match packets.len() as Millis - 1 {
            0 => GAP,
            gaps => last.since(first).max(0) / gaps,
        };
        let gap = gap.clamp(1, LONGEST_GAP);
        let end = next.filter(|next| (1..=LONGEST_GAP).contains(&next.since(last))).unwrap_or(last.plus(gap));
        Some(Piece { follows: self.follows, duration: end.since(first).max(1), packets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::packet;
    use proptest::prelude::*;

    const LIMITS: CutLimits = CutLimits { least: 1_000, longest: 4_000, largest: 10_000, packets: 1_000 };

    /// Packets 200 ms apart, a keyframe each `gop`, of so many bytes, and the generation from which on.
    fn cut(count: i64, gop: i64, size: usize, breaks_at: i64) -> Vec<Piece> {
        let mut cutter = Cutter::new(LIMITS);
        let push = |n| cutter.push(packet(n * 200, n % gop == 0, size, u32::from(n >= breaks_at)));
        let mut pieces: Vec<Piece> = (0..count).filter_map(push).collect();
        pieces.extend(cutter.finish());
        pieces
    }

    fn shape(pieces: &[Piece]) -> Vec<(usize, bool, bool, Millis)> {
        pieces.iter().map(|p| (p.packets.len(), p.keyframe(), p.follows, p.duration)).collect()
    }

    const NEVER: i64 = i64::MAX;

    #[test]
    fn a_gop_that_is_long_enough_is_a_segment() {
        let wanted = [(10, true, false, 2_000), (10, true, true, 2_000), (5, true, true, 1_000)];
        assert_eq!(shape(&cut(25, 10, 10, NEVER)), wanted);
    }

    #[test]
    fn short_gops_are_put_together() {
        assert_eq!(shape(&cut(10, 1, 10, NEVER)), [(5, true, false, 1_000), (5, true, true, 1_000)]);
    }

    #[test]
    fn a_gop_that_is_too_long_or_too_large_is_cut_into_parts_that_say_so() {
        let wanted = [(20, true, false, 4_000), (20, false, true, 4_000), (5, false, true, 1_000)];
        assert_eq!(shape(&cut(45, 100, 10, NEVER)), wanted);
        let pieces = cut(9, 100, 3_000, NEVER);
        assert_eq!(shape(&pieces).iter().map(|s| (s.0, s.1)).collect::<Vec<_>>(), [(3, true), (3, false), (3, false)]);
    }

    #[test]
    fn after_a_break_nothing_follows_and_a_keyframe_is_waited_for() {
        let mut cutter = Cutter::new(LIMITS);
        assert!(cutter.push(packet(0, true, 10, 0)).is_none());
        let done = cutter.push(packet(200, false, 10, 1)).expect("what was before the break");
        assert_eq!((done.packets.len(), done.duration), (1, GAP));
        assert!(cutter.push(packet(400, true, 10, 1)).is_none());
        assert_eq!(cutter.take_skipped(), 1);
        assert!(!cutter.finish().expect("the rest").follows);
    }

    proptest! {
        /// Every packet from the first keyframe on is in exactly one piece, in order, and no piece is over its bounds.
        #[test]
        fn nothing_is_lost_doubled_or_over_its_bounds(
            packets in prop::collection::vec((0i64..900, any::<bool>(), 1usize..6_000, 0u32..20), 1..120)
        ) {
            let mut cutter = Cutter::new(LIMITS);
            let (mut at, mut generation, mut pieces, mut given) = (0, 0, Vec::new(), Vec::new());
            let mut begun = false;
            for (step, key, size, change) in packets {
                at += step;
                if change == 0 { generation += 1; begun = false; }
                begun |= key;
                if begun { given.push(at); }
                pieces.extend(cutter.push(packet(at, key, size, generation)));
            }
            pieces.extend(cutter.finish());
            let out: Vec<i64> = pieces.iter().flat_map(|piece| piece.packets.iter().map(|p| p.at.0)).collect();
            prop_assert_eq!(out, given);
            for piece in &pieces {
                let bytes: usize = piece.packets.iter().map(|p| p.size()).sum();
                prop_assert!(bytes <= LIMITS.largest || piece.packets.len() == 1);
                prop_assert!(piece.keyframe() || piece.follows);
                prop_assert!(piece.duration >= 1);
            }
        }
    }
}
