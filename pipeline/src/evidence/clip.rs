//! A clip by stream copy: the camera's own packets in an MP4 that browsers play.

use bytes::Bytes;
use ffmpeg_next::{Dictionary, Rational, codec, codec::packet::Packet, encoder, format};
use operators::vocabulary::EventTime;
use std::sync::Arc;
use thiserror::Error;

/// Encoded packets of one video stream, in decoding order.
#[derive(Clone)]
pub struct ClipPackets {
    /// The packets; those before the first keyframe are left out of the clip.
    pub packets: Vec<Arc<Packet>>,
    /// What they are encoded with.
    pub parameters: codec::Parameters,
    /// Unit of the packets' times.
    pub time_base: Rational,
    /// Event time of the first packet.
    pub start: EventTime,
}

impl std::fmt::Debug for ClipPackets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = self.parameters.id();
        write!(f, "ClipPackets {{ {} packets of {id:?} from {:?} }}", self.packets.len(), self.start)
    }
}

/// A finished clip.
#[derive(Debug, Clone)]
pub struct Clip {
    /// The MP4 file.
    pub mp4: Bytes,
    /// Event time of its first picture.
    pub start: EventTime,
}

/// Why there is no clip.
#[derive(Debug, Error)]
pub enum ClipError {
    /// The ring held no keyframe.
    #[error("no keyframe among the {0} packets of the clip; the ring must span more than one GOP")]
    NoKeyframe(usize),
    /// Not a codec that browsers play from MP4.
    #[error("{0:?} video cannot be copied into an MP4 clip; set the camera to H.264 or H.265")]
    Codec(codec::Id),
    /// The muxer refused.
    #[error("the clip could not be written: {0}")]
    Mux(#[from] ffmpeg_next::Error),
    /// The temporary file.
    #[error("the clip's temporary file: {0}")]
    Io(#[from] std::io::Error),
}

/// Copies the packets into an MP4 with the index in front. Nothing is encoded
/// anew; the same packets give the same bytes. Times start at 0.
///
/// # Errors
/// No keyframe, a codec that does not go into MP4, or the muxer or the
/// temporary folder refuses.
pub fn mux(clip: &ClipPackets) -> Result<Clip, ClipError> {
    let id = clip.parameters.id();
    if !matches!(id, codec::Id::H264 | codec::Id::HEVC | codec::Id::AV1) {
        return Err(ClipError::Codec(id));
    }
    let first = clip.packets.iter().position(|p| p.is_key()).ok_or(ClipError::NoKeyframe(clip.packets.len()))?;
    let file = tempfile::Builder::new().prefix("streetwatch-clip-").suffix(".mp4").tempfile()?;
    let mut output = format::output_as(file.path(), "mp4")?;
    let mut stream = output.add_stream(encoder::find(codec::Id::None))?;
    stream.set_parameters(clip.parameters.clone());
    stream.set_time_base(clip.time_base);
    // SAFETY: the stream was just made and is borrowed exclusively; its codecpar is
    // never null. The tag of the source's container means nothing here; Apple's
    // players take H.265 only as 'hvc1'.
    unsafe {
        let tag = if id == codec::Id::HEVC { u32::from_le_bytes(*b"hvc1") } else { 0 };
        (*(*stream.as_mut_ptr()).codecpar).codec_tag = tag;
    }
    let mut options = Dictionary::new();
    options.set("movflags", "+faststart");
    options.set("fflags", "+bitexact");
    output.write_header_with(options)?;
    let unit = output.stream(0).map_or(clip.time_base, |s| s.time_base());
    copy(&decodable(&clip.packets[first..]), clip.time_base, unit, &mut output)?;
    output.write_trailer()?;
    drop(output);
    Ok(Clip { mp4: std::fs::read(file.path())?.into(), start: clip.start.plus(offset_ms(clip, first)) })
}

/// The packets that can be decoded when the first one, a keyframe, is all there
/// was before. In an open GOP (the habit of H.265 encoders) pictures that are
/// shown before the keyframe but sent after it refer to the GOP before.
fn decodable(packets: &[Arc<Packet>]) -> Vec<Arc<Packet>> {
    let shown_first = packets.first().and_then(|p| p.pts());
    let leading = |p: &Packet| p.pts().zip(shown_first).is_some_and(|(pts, key)| pts < key);
    packets.iter().filter(|p| !leading(p)).cloned().collect()
}

/// Writes the packets with times from 0, decoding times strictly rising: cameras
/// repeat and reorder them, and the muxer would give up on that.
fn copy(
    packets: &[Arc<Packet>],
    from: Rational,
    to: Rational,
    output: &mut format::context::Output,
) -> Result<(), ffmpeg_next::Error> {
    // The first picture is shown at 0; decoding times before it go into the edit list.
    let origin = packets.iter().find_map(|p| p.pts().or(p.dts())).unwrap_or(0);
    let mut last: Option<i64> = None;
    for source in packets {
        let Some(time) = source.dts().or(source.pts()) else {
            metrics::counter!("streetwatch_clip_packets_skipped_total", "reason" => "no_time").increment(1);
            continue;
        };
        let mut packet = Packet::clone(source);
        packet.set_dts(Some(time - origin));
        packet.set_pts(Some(source.pts().unwrap_or(time) - origin));
        packet.rescale_ts(from, to);
        let dts = packet.dts().unwrap_or(0).max(last.map_or(i64::MIN, |l| l + 1));
        packet.set_dts(Some(dts));
        packet.set_pts(Some(packet.pts().unwrap_or(dts).max(dts)));
        last = Some(dts);
        packet.set_position(-1);
        packet.set_stream(0);
        packet.write_interleaved(output)?;
    }
    Ok(())
}

/// How long after the first packet given the first one used is shown.
fn offset_ms(clip: &ClipPackets, first: usize) -> i64 {
    let time = |p: &Packet| p.pts().or(p.dts());
    let (Some(from), Some(to)) = (clip.packets.first().and_then(|p| time(p)), time(&clip.packets[first])) else {
        return 0;
    };
    let seconds =
        (to - from) as f64 * f64::from(clip.time_base.numerator()) / f64::from(clip.time_base.denominator().max(1));
    (seconds * 1000.0).round() as i64
}

#[cfg(test)]
#[path = "clip_tests.rs"]
mod tests;
