//! Packets and segments for the tests of this module: the tiny clip, as a recorder would send it.

use super::container;
use crate::clock::SystemClock;
use crate::payload::{CloudEvent, Segment, examples, sha256};
use crate::record::{CutLimits, Cutter};
use crate::source::testing::tiny;
use crate::source::{FeedConfig, FfmpegOpener, Format, MediaPacket, Pace, PacketEvent, PacketFeed, SharedParameters};
use bytes::Bytes;
use ffmpeg_next as ffmpeg;
use operators::vocabulary::EventTime;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How the tiny clip is read: 4 s of 5 pictures a second, a keyframe a second, from eight o'clock on.
pub fn config(path: &std::path::Path) -> FeedConfig {
    let mut config = FeedConfig::new("c-001", path.to_str().expect("UTF-8"));
    (config.pace, config.start, config.sample) = (Pace::AsFast, Some(examples::EIGHT), Duration::from_millis(400));
    config
}

/// The packets of the tiny clip, so many milliseconds after eight.
pub fn packets(after: i64) -> Vec<Arc<MediaPacket>> {
    let file = tiny();
    let mut config = config(file.path());
    config.start = Some(examples::EIGHT.plus(after));
    let feed = PacketFeed::start(config, Arc::new(FfmpegOpener), Arc::new(SystemClock::default()));
    let mut feed = feed.expect("a thread");
    let mut packets = Vec::new();
    loop {
        match feed.next(Duration::from_secs(10)) {
            PacketEvent::Packet(packet) => packets.push(packet),
            PacketEvent::Ended => return packets,
            _ => {}
        }
    }
}

/// A keyframe of ten bytes that mean nothing.
pub fn packet_of(id: ffmpeg::codec::Id) -> Arc<MediaPacket> {
    let mut packet = ffmpeg::Packet::new(10);
    packet.set_flags(ffmpeg::packet::Flags::KEY);
    let mut parameters = ffmpeg::codec::Parameters::new();
    parameters.set_medium(ffmpeg::media::Type::Video);
    parameters.set_id(id);
    let parameters = SharedParameters::copy_of(&parameters);
    let format = Format { parameters, time_base: container::MILLISECOND, generation: 0 };
    Arc::new(MediaPacket {
        packet: Arc::new(packet),
        at: EventTime(0),
        captured: Duration::ZERO,
        key: true,
        damaged: false,
        sequence: 0,
        format: Arc::new(format),
        position: None,
    })
}

/// The whole tiny clip in one container.
pub fn video(after: i64) -> Bytes {
    container::pack(&packets(after)).expect("packs").into()
}

/// The tiny clip as a recorder cuts it, a second each.
pub fn segments(session: u128, after: i64, limits: CutLimits) -> Vec<Segment> {
    let mut cutter = Cutter::new(limits);
    let mut pieces: Vec<_> = packets(after).into_iter().filter_map(|packet| cutter.push(packet)).collect();
    pieces.extend(cutter.finish());
    let segment = |(sequence, piece): (usize, crate::record::Piece)| {
        let video = container::pack(&piece.packets).expect("packs");
        let first = &piece.packets[0];
        let (width, height) = first.format.size();
        let segment = Segment {
            session: Uuid::from_u128(session),
            sequence: sequence as u64,
            start: examples::after_eight(0).with_time(first.at),
            duration_ms: piece.duration.unsigned_abs(),
            width,
            height,
            packets: piece.packets.len() as u32,
            keyframe: piece.keyframe(),
            follows: piece.follows,
            bytes: video.len() as u64,
            sha256: sha256(&video),
            ..examples::segment()
        };
        segment.with_data(&video)
    };
    pieces.into_iter().enumerate().map(segment).collect()
}

/// Whole GOPs.
pub const GOPS: CutLimits = CutLimits { least: 1_000, longest: 10_000, largest: 1 << 20, packets: 1_000 };
/// Two packets each: most of them parts of a GOP.
pub const PARTS: CutLimits = CutLimits { packets: 2, ..GOPS };

/// The message on the topic.
pub fn message(segment: &Segment) -> Vec<u8> {
    serde_json::to_vec(&CloudEvent::segment("demo", segment.clone())).expect("serialises")
}
