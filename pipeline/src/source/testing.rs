//! Packets and scripted sources for the tests of this module.

use super::{Format, MediaPacket, SharedParameters};
use ffmpeg_next as ffmpeg;
use operators::vocabulary::EventTime;
use std::sync::Arc;
use std::time::Duration;

/// A packet of `size` bytes whose data means nothing.
pub fn packet(at: i64, key: bool, size: usize, generation: u32) -> Arc<MediaPacket> {
    let mut packet = ffmpeg::Packet::new(size);
    packet.set_pts(Some(at));
    packet.set_dts(Some(at));
    if key {
        packet.set_flags(ffmpeg::packet::Flags::KEY);
    }
    let mut parameters = ffmpeg::codec::Parameters::new();
    parameters.set_medium(ffmpeg::media::Type::Video);
    parameters.set_id(ffmpeg::codec::Id::H264);
    let format = Format {
        parameters: SharedParameters::copy_of(&parameters),
        time_base: ffmpeg::Rational(1, 1_000),
        generation,
    };
    Arc::new(MediaPacket {
        packet: Arc::new(packet),
        at: EventTime(at),
        captured: Duration::ZERO,
        key,
        damaged: false,
        sequence: at as u64,
        format: Arc::new(format),
    })
}
