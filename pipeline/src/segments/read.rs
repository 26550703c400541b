//! From a record to packets that can be believed, or the reason why it is left out.

use super::container::{self, ContainerError, Unpacked};
use super::order::NotNew;
use crate::evidence::{EvidenceReader, ReadError};
use crate::log::{MAX_RECORD_BYTES, Stored};
use crate::payload::{Body, ClockQuality, CloudEvent, MAX_PACKETS, MAX_SEGMENT_BYTES, Segment, SegmentError};
use crate::source::{MediaPacket, RawPacket};
use bytes::Bytes;
use futures::TryStreamExt;
use operators::vocabulary::EventTime;

/// How far a recorder's clock may be ahead of ours.
const MOST_AHEAD_MS: i64 = 60 * 60 * 1000;
/// A picture may lie so far outside the time that its segment says it spans.
const MOST_OUTSIDE_MS: i64 = 30_000;

/// Why a segment was left out; the words of the metric's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// No segment's message.
    Unreadable,
    /// The message is of another camera than its key.
    OtherCamera,
    /// Larger or longer than a segment may be.
    TooLarge,
    /// No decoder.
    UnknownCodec,
    /// The video is not what was recorded, or no MP4.
    Damaged,
    /// Its figures and its video contradict each other.
    Contradictory,
    /// Its time has not come.
    Future,
    /// It was here before.
    Repeated,
    /// All of it lies before what was already looked at.
    Late,
    /// It goes on with a GOP of which the beginning is not here.
    NoKeyframe,
    /// The store has no such file, or may not be read.
    Missing,
}

impl SkipReason {
    /// The word in the metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            SkipReason::Unreadable => "unreadable",
            SkipReason::OtherCamera => "other_camera",
            SkipReason::TooLarge => "too_large",
            SkipReason::UnknownCodec => "unknown_codec",
            SkipReason::Damaged => "damaged",
            SkipReason::Contradictory => "contradictory",
            SkipReason::Future => "future",
            SkipReason::Repeated => "repeated",
            SkipReason::Late => "late",
            SkipReason::NoKeyframe => "no_keyframe",
            SkipReason::Missing => "missing",
        }
    }
}

/// A segment that is left out: why, and in words.
#[derive(Debug)]
pub struct Skipped {
    /// Why.
    pub reason: SkipReason,
    /// In words.
    pub detail: String,
}

fn skip(reason: SkipReason, detail: impl std::fmt::Display) -> Skipped {
    Skipped { reason, detail: detail.to_string() }
}

impl From<NotNew> for Skipped {
    fn from(why: NotNew) -> Self {
        match why {
            NotNew::Repeated => skip(SkipReason::Repeated, "it was here before"),
            NotNew::Late => skip(SkipReason::Late, "it lies before what was already looked at"),
            NotNew::NoKeyframe => skip(SkipReason::NoKeyframe, "the beginning of its GOP is not here"),
        }
    }
}

impl From<SegmentError> for Skipped {
    fn from(error: SegmentError) -> Self {
        let reason = match error {
            SegmentError::Body(_) | SegmentError::Base64(_) => SkipReason::Unreadable,
            SegmentError::Hash { .. } => SkipReason::Damaged,
            SegmentError::TooLarge { .. } => SkipReason::TooLarge,
        };
        skip(reason, error)
    }
}

impl From<ContainerError> for Skipped {
    fn from(error: ContainerError) -> Self {
        let reason = match error {
            ContainerError::Codec(_) => SkipReason::UnknownCodec,
            ContainerError::TooMany(_) => SkipReason::Contradictory,
            _ => SkipReason::Damaged,
        };
        skip(reason, error)
    }
}

/// The segment that a record holds, its figures within bounds. Its video has not been looked at.
///
/// # Errors
/// Why there is none.
pub fn message(record: &Stored, now: EventTime) -> Result<Segment, Skipped> {
    let payload = record.payload.as_deref().unwrap_or_default();
    if payload.len() > MAX_RECORD_BYTES {
        return Err(skip(SkipReason::TooLarge, format!("a record of {} bytes", payload.len())));
    }
    let event: CloudEvent<Segment> = serde_json::from_slice(payload).map_err(|e| skip(SkipReason::Unreadable, e))?;
    let segment = event.data;
    if segment.camera != record.key {
        return Err(skip(SkipReason::OtherCamera, format!("it is of camera {:?}", short(&segment.camera))));
    }
    segment.check()?;
    let ahead = segment.start.event_time().since(now);
    if ahead > MOST_AHEAD_MS && segment.clock.quality != ClockQuality::Given {
        return Err(skip(
            SkipReason::Future,
            format!("it begins {} s from now; set the recorder's clock", ahead / 1000),
        ));
    }
    Ok(segment)
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Video that cannot be had now, and may be later.
#[derive(Debug)]
pub struct Away(pub String);

/// The segment's video, verified; from the store where it lies there.
///
/// # Errors
/// It is not what was recorded, or not there; [`Away`] where the store does not answer.
pub async fn video(segment: &Segment, store: Option<&EvidenceReader>) -> Result<Result<Bytes, Skipped>, Away> {
    let bytes: Bytes = match segment.body() {
        Err(error) => return Ok(Err(error.into())),
        Ok(Body::Inline(bytes)) => bytes.into(),
        Ok(Body::Stored(uri)) => match fetch(&uri, segment.bytes, store).await {
            Ok(bytes) => bytes,
            Err(Fetch::Skip(skipped)) => return Ok(Err(skipped)),
            Err(Fetch::Away(why)) => return Err(Away(why)),
        },
    };
    Ok(segment.verify(&bytes).map(|()| bytes).map_err(Skipped::from))
}

enum Fetch {
    Skip(Skipped),
    Away(String),
}

async fn fetch(uri: &str, size: u64, store: Option<&EvidenceReader>) -> Result<Bytes, Fetch> {
    let missing = |why: &str| Fetch::Skip(skip(SkipReason::Missing, format!("{}: {why}", short(uri))));
    let Some(store) = store else { return Err(missing("there is no store")) };
    let opened = match store.get(uri, None).await {
        Ok(opened) => opened,
        Err(ReadError::Unavailable(error)) if !refused(&error) => return Err(Fetch::Away(error.to_string())),
        Err(error) => return Err(missing(&error.to_string())),
    };
    if opened.size != size || size > MAX_SEGMENT_BYTES {
        let detail = format!("the file has {} bytes, the message says {size}", opened.size);
        return Err(Fetch::Skip(skip(SkipReason::Damaged, detail)));
    }
    let parts: Vec<Bytes> = opened.bytes.try_collect().await.map_err(|e| Fetch::Away(e.to_string()))?;
    Ok(parts.concat().into())
}

/// Whether the store will never give it, however often it is asked.
fn refused(error: &object_store::Error) -> bool {
    use object_store::Error as E;
    matches!(error, E::PermissionDenied { .. } | E::Unauthenticated { .. } | E::NotFound { .. })
}

/// A segment's packets, each with its event time.
pub struct Packets {
    /// How they are encoded.
    pub unpacked: Unpacked,
    /// Event time of the latest picture.
    pub until: EventTime,
}

/// Unpacks the verified video and compares it with what the message says of it.
///
/// # Errors
/// It is no video, or contradicts its message.
pub fn packets(segment: &Segment, video: Bytes) -> Result<Packets, Skipped> {
    let mut unpacked = container::unpack(video, segment.reorder, MAX_PACKETS)?;
    let contradicts = |what: String| Err(skip(SkipReason::Contradictory, what));
    if unpacked.packets.len() as u64 != u64::from(segment.packets) {
        return contradicts(format!("{} packets, the message says {}", unpacked.packets.len(), segment.packets));
    }
    if unpacked.packets[0].packet.is_key() != segment.keyframe {
        return contradicts("the first packet and the message differ on whether it is a keyframe".to_owned());
    }
    let start = segment.start.event_time();
    let span = -MOST_OUTSIDE_MS..=segment.duration_ms as i64 + MOST_OUTSIDE_MS;
    let mut until = start;
    for RawPacket { packet, .. } in &mut unpacked.packets {
        let (Some(shown), Some(decoded)) = (packet.pts(), packet.dts()) else {
            return contradicts("a packet has no time".to_owned());
        };
        if !span.contains(&shown) {
            return contradicts(format!("a picture {shown} ms after the start, of {} ms in all", segment.duration_ms));
        }
        // From here on times are event time itself, so that they go on from one segment to the next.
        packet.set_pts(Some(start.0 + shown));
        packet.set_dts(Some(start.0.saturating_add(decoded)));
        until = until.max(start.plus(shown));
    }
    for &number in &segment.damaged {
        if let Some(packet) = unpacked.packets.get_mut(number as usize) {
            packet.damaged = true;
        }
    }
    Ok(Packets { unpacked, until })
}

/// Numbers of the packets in or before which something was lost.
pub fn damaged(packets: &[std::sync::Arc<MediaPacket>]) -> Vec<u32> {
    packets.iter().enumerate().filter(|(_, packet)| packet.damaged).map(|(number, _)| number as u32).collect()
}
