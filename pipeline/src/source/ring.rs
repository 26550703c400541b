//! The last seconds of a camera as encoded packets, for clips with pre-roll.

use super::{Format, MediaPacket};
use ffmpeg_next as ffmpeg;
use operators::vocabulary::EventTime;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Bounds of a [`PacketRing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingLimits {
    /// Keep so much event time; a GOP that still reaches into it is kept whole.
    pub span: Duration,
    /// Keep at most so many bytes of packets.
    pub bytes: usize,
}

impl Default for RingLimits {
    fn default() -> Self {
        RingLimits { span: Duration::from_secs(60), bytes: 48 << 20 }
    }
}

/// Packets from a keyframe on, ready for a stream copy.
pub struct Clip {
    /// In decoding order, the first a keyframe; one encoding throughout.
    pub packets: Vec<Arc<ffmpeg::Packet>>,
    /// What the muxer must know.
    pub parameters: ffmpeg::codec::Parameters,
    /// Unit of the packets' pts and dts.
    pub time_base: ffmpeg::Rational,
    /// Event time of the first picture.
    pub first: EventTime,
    /// Event time of the last picture.
    pub last: EventTime,
    /// All that was asked for is in it: nothing had left the ring, had not
    /// come yet, or lay beyond a change of encoding.
    pub complete: bool,
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (first, last, complete) = (self.first.0, self.last.0, self.complete);
        write!(f, "Clip({} packets, {first} to {last}, complete: {complete})", self.packets.len())
    }
}

struct Gop {
    packets: Vec<Arc<MediaPacket>>,
    bytes: usize,
    last: EventTime,
}

/// Bounded by event time and by bytes; whole GOPs leave at the front. A GOP
/// that alone exceeds the bytes is dropped, and nothing is kept until the next
/// keyframe: half a GOP cannot be played.
pub struct PacketRing {
    limits: RingLimits,
    gops: VecDeque<Gop>,
    bytes: usize,
}

impl PacketRing {
    /// An empty ring.
    pub fn new(limits: RingLimits) -> Self {
        PacketRing { limits, gops: VecDeque::new(), bytes: 0 }
    }

    /// Adds a packet. Packets before the first keyframe are not kept.
    pub fn push(&mut self, packet: Arc<MediaPacket>) {
        let (size, at) = (packet.size(), packet.at);
        if packet.key {
            self.gops.push_back(Gop { packets: vec![packet], bytes: size, last: at });
        } else {
            let Some(gop) = self.gops.back_mut() else { return };
            gop.packets.push(packet);
            gop.bytes += size;
            gop.last = gop.last.max(at);
        }
        self.bytes += size;
        let oldest = at.plus(-(self.limits.span.as_millis() as i64));
        while self.bytes > self.limits.bytes || (self.gops.len() > 1 && self.gops[0].last < oldest) {
            match self.gops.pop_front() {
                Some(gop) => self.bytes -= gop.bytes,
                None => break,
            }
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Event time of the oldest and the newest picture held.
    pub fn span(&self) -> Option<(EventTime, EventTime)> {
        let first = self.gops.front()?.packets.first()?.at;
        Some((first, self.gops.iter().map(|gop| gop.last).max()?))
    }

    /// The packets from the keyframe at or before `from` up to `to`. Where the
    /// encoding changes in between, the part that covers most of it. `None`
    /// when the ring holds nothing of it.
    pub fn clip(&self, from: EventTime, to: EventTime) -> Option<Clip> {
        let generation_of = |gop: &Gop| gop.packets[0].format.generation;
        let mut best: Option<(i64, usize, usize)> = None;
        let mut start = 0;
        while start < self.gops.len() {
            let generation = generation_of(&self.gops[start]);
            let length = self.gops.iter().skip(start).take_while(|gop| generation_of(gop) == generation).count();
            let run = start..start + length;
            let begins = self.gops[run.start].packets[0].at.max(from);
            let ends = self.gops[run.end - 1].last.min(to);
            if ends >= begins && best.is_none_or(|(cover, ..)| ends.since(begins) > cover) {
                best = Some((ends.since(begins), run.start, run.end));
            }
            start = run.end;
        }
        let (_, start, end) = best?;
        // Not beyond the run: one keyframe at or before `from`, else its first.
        let before = (start..end).rev().find(|&n| self.gops[n].packets[0].at <= from).unwrap_or(start);
        let mut chosen: Vec<&Arc<MediaPacket>> = Vec::new();
        for gop in self.gops.range(before..end) {
            if gop.packets[0].at > to {
                break;
            }
            // In decoding order up to the last packet that shows by `to`: what
            // a kept picture refers to always comes before it.
            let upto = gop.packets.iter().rposition(|packet| packet.at <= to).map_or(0, |n| n + 1);
            chosen.extend(&gop.packets[..upto]);
        }
        let format: &Format = &chosen.first()?.format;
        let first = chosen.first()?.at;
        let last = chosen.iter().map(|packet| packet.at).max()?;
        let newest = self.gops[end - 1].last;
        Some(Clip {
            packets: chosen.iter().map(|packet| Arc::clone(&packet.packet)).collect(),
            parameters: format.parameters.get().clone(),
            time_base: format.time_base,
            first,
            last,
            complete: first <= from && newest >= to,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::packet;
    use super::*;
    use proptest::prelude::*;

    fn ring(seconds: u64, bytes: usize) -> PacketRing {
        PacketRing::new(RingLimits { span: Duration::from_secs(seconds), bytes })
    }

    /// 2 s GOPs at 5 pictures a second, 100 bytes each.
    fn filled(seconds: i64, mut ring: PacketRing) -> PacketRing {
        for n in 0..seconds * 5 {
            ring.push(packet(n * 200, n % 10 == 0, 100, u32::from(n * 200 >= 20_000)));
        }
        ring
    }

    #[test]
    fn whole_gops_leave_at_the_front() {
        let ring = filled(18, ring(6, 1 << 20));
        let (first, last) = ring.span().expect("not empty");
        assert_eq!((first.0, last.0), (10_000, 17_800));
    }

    #[test]
    fn a_clip_begins_at_the_keyframe_before_and_says_whether_it_is_complete() {
        let ring = filled(18, ring(60, 1 << 20));
        let clip = ring.clip(EventTime(5_000), EventTime(9_000)).expect("held");
        assert_eq!((clip.first.0, clip.last.0, clip.complete, clip.packets.len()), (4_000, 9_000, true, 26));
        assert!(!ring.clip(EventTime(5_000), EventTime(30_000)).expect("held").complete, "not come yet");
        assert!(!ring.clip(EventTime(-5_000), EventTime(3_000)).expect("held").complete, "before the ring");
        assert!(ring.clip(EventTime(40_000), EventTime(50_000)).is_none());
    }

    #[test]
    fn a_clip_never_runs_across_a_change_of_encoding() {
        let ring = filled(30, ring(60, 1 << 20));
        let clip = ring.clip(EventTime(18_000), EventTime(29_000)).expect("held");
        assert_eq!((clip.first.0, clip.last.0, clip.complete), (20_000, 29_000, false));
        let clip = ring.clip(EventTime(10_000), EventTime(21_000)).expect("held");
        assert_eq!((clip.first.0, clip.last.0, clip.complete), (10_000, 19_800, false));
    }

    #[test]
    fn a_gop_larger_than_the_ring_is_not_kept_in_halves() {
        let mut ring = ring(60, 250);
        for n in 0..5 {
            ring.push(packet(n * 200, n == 0, 100, 0));
        }
        assert_eq!((ring.bytes(), ring.span()), (0, None));
    }

    proptest! {
        #[test]
        fn bounds_hold_and_clips_begin_with_a_keyframe(
            steps in proptest::collection::vec((0i64..500, any::<bool>(), 1usize..200, 0u32..3), 1..200),
            from in 0i64..20_000, length in 0i64..20_000,
        ) {
            let mut ring = ring(10, 4_000);
            let (mut at, mut generation) = (0, 0);
            for (advance, key, size, change) in steps {
                at += advance;
                if change == 0 && key { generation += 1; }
                ring.push(packet(at, key, size, generation));
                prop_assert!(ring.bytes() <= 4_000);
            }
            if let Some(clip) = ring.clip(EventTime(from), EventTime(from + length)) {
                prop_assert!(clip.packets[0].is_key());
                prop_assert!(clip.last.0 <= from + length);
            }
        }
    }
}
