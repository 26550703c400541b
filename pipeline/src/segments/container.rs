//! Packets in and out of a segment's bytes: fragmented MP4 with one track and one fragment.
//!
//! Why MP4 and neither MPEG-TS nor Matroska: its head has the parameter sets, so each segment decodes by itself;
//! packets come out as they went in, with their own sizes and key flags and no parser in between; decoding and
//! presentation times are both kept, and exactly (Matroska has no decoding times, MPEG-TS counts in 90 kHz and
//! wraps); it costs about a kilobyte a segment (MPEG-TS 2 to 10 %); and every FFmpeg and every browser reads it.
//!
//! Times in the container are milliseconds of event time after the segment's `start`, so that they come out to
//! the millisecond as the recorder's timeline placed them.

use crate::source::{Format, MediaPacket, RawPacket, SharedParameters};
use bytes::Bytes;
use ffmpeg::ffi;
use ffmpeg::format::context::{Input, StreamIo};
use ffmpeg_next as ffmpeg;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::io::{Cursor, Write};
use std::sync::Arc;
use thiserror::Error;

/// Unit of event time.
pub const MILLISECOND: ffmpeg::Rational = ffmpeg::Rational(1, 1_000);

/// Why packets do not go into a container, or do not come out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContainerError {
    /// There is nothing to pack.
    #[error("no packets")]
    Empty,
    /// The muxer refused.
    #[error("{codec} does not go into MP4: {why}; set the camera to H.264 or H.265")]
    Mux {
        /// Codec.
        codec: &'static str,
        /// FFmpeg's word.
        why: String,
    },
    /// No MP4, or a damaged one.
    #[error("is no MP4 that can be read: {0}")]
    Read(String),
    /// Other streams than one of video.
    #[error("has {0} streams; it must have one, of video")]
    Streams(u32),
    /// No decoder.
    #[error("there is no decoder for {0}")]
    Codec(&'static str),
    /// More packets than a segment may have.
    #[error("has more than {0} packets")]
    TooMany(u32),
    /// A packet without times.
    #[error("packet {0} has no time")]
    NoTime(u32),
}

/// Packs packets of one encoding, in decoding order. Times begin at the first packet's event time.
///
/// # Errors
/// Nothing to pack, or a codec that MP4 does not take.
pub fn pack(packets: &[Arc<MediaPacket>]) -> Result<Vec<u8>, ContainerError> {
    let first = packets.first().ok_or(ContainerError::Empty)?;
    let format = &first.format;
    let fail = |error: ffmpeg::Error| ContainerError::Mux { codec: format.codec(), why: error.to_string() };
    let written = Written::default();
    let io = StreamIo::from_write(written.clone()).map_err(fail)?;
    let mut output = ffmpeg::format::output_to_stream(io, None, Some("mp4")).map_err(fail)?;
    let mut stream = output.add_stream(ffmpeg::encoder::find(ffmpeg::codec::Id::None)).map_err(fail)?;
    stream.set_parameters(format.parameters.get().clone());
    stream.set_time_base(MILLISECOND);
    // SAFETY: the stream was just made and is borrowed exclusively; its codecpar is never null. The tag of the
    // source's container means nothing here.
    unsafe { (*(*stream.as_mut_ptr()).codecpar).codec_tag = 0 };
    let mut options = ffmpeg::Dictionary::new();
    options.set("movflags", "empty_moov+default_base_moof+skip_trailer");
    options.set("fflags", "bitexact");
    output.write_header_with(options).map_err(fail)?;
    let unit = output.stream(0).map_or(MILLISECOND, |stream| stream.time_base());
    for packet in timed(packets, first.at, f64::from(format.time_base) * 1e3) {
        let mut packet = packet;
        packet.rescale_ts(MILLISECOND, unit);
        packet.write(&mut output).map_err(fail)?;
    }
    output.write_trailer().map_err(fail)?;
    // Dropping flushes what FFmpeg still holds.
    drop(output);
    Ok(std::mem::take(&mut *written.0.lock()))
}

/// The packets with times in milliseconds after `start`: presentation as their event time says, decoding as far
/// before it as the camera had it, but always rising, which a muxer insists on.
fn timed(packets: &[Arc<MediaPacket>], start: EventTime, unit_ms: f64) -> impl Iterator<Item = ffmpeg::Packet> {
    let mut last: Option<i64> = None;
    packets.iter().map(move |media| {
        let mut packet = ffmpeg::Packet::clone(&media.packet);
        let shown = media.at.since(start);
        let early = media.packet.pts().zip(media.packet.dts()).map_or(0.0, |(pts, dts)| (pts - dts) as f64 * unit_ms);
        let early = if early.is_finite() { early.clamp(0.0, 60_000.0).round() as i64 } else { 0 };
        let decoded = (shown - early).max(last.map_or(i64::MIN, |last| last + 1));
        last = Some(decoded);
        packet.set_dts(Some(decoded));
        packet.set_pts(Some(shown.max(decoded)));
        packet.set_duration(0);
        packet.set_stream(0);
        packet.set_position(-1);
        packet
    })
}

/// Where the muxer writes.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What comes out of a container.
pub struct Unpacked {
    /// How it is encoded; packets' times are in milliseconds.
    pub format: Format,
    /// Packets in decoding order, with times in milliseconds after the first packet's picture.
    pub packets: Vec<RawPacket>,
}

/// Unpacks a segment's bytes. Nothing but these bytes is read, whatever they refer to; no picture is decoded.
///
/// # Errors
/// No MP4, more than one stream, no decoder for it, more than `most` packets.
pub fn unpack(video: Bytes, reorder: u8, most: u32) -> Result<Unpacked, ContainerError> {
    let mut input = open(video)?;
    let streams = input.nb_streams();
    let stream =
        input.streams().next().filter(|s| streams == 1 && s.parameters().medium() == ffmpeg::media::Type::Video);
    let Some(stream) = stream else { return Err(ContainerError::Streams(streams)) };
    let unit = f64::from(stream.time_base()) * 1e3;
    let mut parameters = stream.parameters().clone();
    if ffmpeg::codec::decoder::find(parameters.id()).is_none() {
        return Err(ContainerError::Codec(parameters.id().name()));
    }
    // SAFETY: an owned copy of the parameters; a plain field. The demultiplexer does not know how far pictures are
    // out of order, which takes decoding.
    unsafe { (*parameters.as_mut_ptr()).video_delay = i32::from(reorder.min(16)) };
    let parameters = SharedParameters::copy_of(&parameters);
    let format = Format { parameters, time_base: MILLISECOND, generation: 0 };
    let mut packets: Vec<RawPacket> = Vec::new();
    let mut origin = None;
    loop {
        let mut packet = ffmpeg::Packet::empty();
        match packet.read(&mut input) {
            Ok(()) if packet.size() == 0 => {}
            Ok(()) => {
                let number = packets.len() as u32;
                if number >= most {
                    return Err(ContainerError::TooMany(most));
                }
                let shown = packet.pts().or(packet.dts()).ok_or(ContainerError::NoTime(number))?;
                let origin = *origin.get_or_insert(shown);
                // Differences of hostile times may not fit; as floats they saturate.
                let after = |time: i64| ((time as f64 - origin as f64) * unit).round() as i64;
                let (shown, decoded) = (after(shown), packet.dts().map(after));
                packet.set_pts(Some(shown));
                packet.set_dts(Some(decoded.unwrap_or(shown)));
                let damaged = packet.is_corrupt();
                packets.push(RawPacket { packet, damaged, place: None });
            }
            Err(ffmpeg::Error::Eof) => break,
            Err(error) => return Err(ContainerError::Read(error.to_string())),
        }
    }
    if packets.is_empty() {
        return Err(ContainerError::Empty);
    }
    Ok(Unpacked { format, packets })
}

/// Opens bytes as MP4, and as nothing else. Unlike `ffmpeg::format::input_from_stream` it decodes nothing to
/// find out more: the keyframe of each segment would be decoded twice.
fn open(video: Bytes) -> Result<Input, ContainerError> {
    crate::source::quiet_ffmpeg();
    let fail = |error: ffmpeg::Error| ContainerError::Read(error.to_string());
    let mut io = StreamIo::from_read_seek(Cursor::new(video)).map_err(fail)?;
    let mut options = ffmpeg::Dictionary::new();
    // References to other files are not followed.
    options.set("protocol_whitelist", "");
    options.set("enable_drefs", "0");
    // SAFETY: the context is made here and given to `avformat_open_input`, which frees it when it fails; the
    // bytes' reader lives in `io`, which the returned input keeps for as long as the context lives.
    unsafe {
        let format = ffi::av_find_input_format(c"mp4".as_ptr());
        let mut context = ffi::avformat_alloc_context();
        if format.is_null() || context.is_null() {
            return Err(ContainerError::Read("FFmpeg has no demultiplexer for MP4, or no memory".to_owned()));
        }
        (*context).pb = io.as_mut_ptr();
        (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO as libc::c_int;
        let mut options = options.disown();
        let opened = ffi::avformat_open_input(&raw mut context, std::ptr::null(), format, &raw mut options);
        drop(ffmpeg::Dictionary::own(options));
        if opened != 0 {
            return Err(fail(ffmpeg::Error::from(opened)));
        }
        Ok(Input::wrap_with_custom_io(context, io))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, packets};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn packets_come_out_as_they_went_in() {
        let packets = packets(0);
        let unpacked = unpack(pack(&packets).expect("packs").into(), 2, 1_000).expect("unpacks");
        assert_eq!(unpacked.packets.len(), packets.len());
        let start = packets[0].at;
        for (out, inside) in unpacked.packets.iter().zip(&packets) {
            assert_eq!(out.packet.pts(), Some(inside.at.since(start)));
            assert_eq!((out.packet.data(), out.packet.is_key()), (inside.packet.data(), inside.key));
            assert!(out.packet.dts() <= out.packet.pts());
        }
        let (ours, theirs) = (&unpacked.format, &packets[0].format);
        assert_eq!((ours.codec(), ours.size(), ours.delay()), (theirs.codec(), theirs.size(), 2));
    }

    #[test]
    fn the_same_packets_give_the_same_bytes() {
        assert_eq!(pack(&packets(0)).expect("packs"), pack(&packets(0)).expect("packs"));
    }

    #[test]
    fn a_codec_that_mp4_does_not_take_is_refused_with_what_to_do() {
        let error = pack(&[testing::packet_of(ffmpeg::codec::Id::DVVIDEO)]).expect_err("dv");
        assert!(error.to_string().contains("H.264 or H.265"), "{error}");
    }

    #[test]
    fn what_is_no_mp4_of_one_video_is_refused_and_files_it_names_are_not_read() {
        for bytes in
            [&b""[..], b"text", b"\0\0\0\x08ftyp", include_bytes!("../source/testdata/tiny.mp4").split_at(900).0]
        {
            assert!(unpack(Bytes::copy_from_slice(bytes), 0, 1_000).is_err(), "{} bytes", bytes.len());
        }
        let playlist = b"ffconcat version 1.0\nfile /etc/passwd\n";
        assert!(unpack(Bytes::from_static(playlist), 0, 10).is_err());
        assert_eq!(unpack(testing::video(0), 0, 3).map(drop), Err(ContainerError::TooMany(3)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        /// Whatever bytes a recorder sends: an error or packets, never more.
        #[test]
        fn a_container_with_any_bytes_replaced_is_read_or_refused(
            places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>(), whole in any::<bool>(),
        ) {
            let mut bytes = testing::video(0).to_vec();
            for (place, byte) in places {
                let at = place.index(bytes.len());
                bytes[at] = byte;
            }
            if !whole {
                bytes.truncate(cut.index(bytes.len()));
            }
            if let Ok(unpacked) = unpack(bytes.into(), 2, 1_000) {
                prop_assert!(!unpacked.packets.is_empty() && unpacked.packets.len() <= 1_000);
            }
        }
    }
}
