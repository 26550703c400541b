//! The seam between reading and FFmpeg: [`Opener`] and [`Stream`].
//! Tests put scripted ones here.

use super::parameters::extradata;
use super::{Address, SourceError, Transport};
use ffmpeg_next as ffmpeg;
use operators::vocabulary::EventTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Opens a source.
pub trait Opener: Send + Sync {
    /// Connects and finds the video stream. Leaves at once when `request.stop` is set.
    ///
    /// # Errors
    /// Why it cannot be opened; nothing is left open then.
    fn open(&self, request: &OpenRequest) -> Result<Box<dyn Stream>, SourceError>;
}

/// An open source. Dropping it says goodbye to the other side (TEARDOWN).
pub trait Stream: Send {
    /// What was found at opening.
    fn info(&self) -> &StreamInfo;

    /// The next packet of the video stream, in decoding order; `None` at the
    /// end of a recording.
    ///
    /// # Errors
    /// [`super::Reason::Stalled`] when nothing came for `limit`,
    /// [`super::Reason::Stopped`] when asked to stop, else what broke.
    fn read(&mut self, limit: Duration) -> Result<Option<RawPacket>, SourceError>;
}

/// What to open, and how.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// The camera, for log lines.
    pub camera: Arc<str>,
    /// Where.
    pub address: Address,
    /// How RTSP carries its packets.
    pub transport: Transport,
    /// Give up connecting after this.
    pub timeout: Duration,
    /// Set when the feed is to stop.
    pub stop: StopFlag,
}

/// Asks the reading side to leave.
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was asked.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What is known of a source once it is open.
#[derive(Debug, Clone)]
pub struct StreamInfo {
    /// Everything a decoder or a muxer must know.
    pub format: Arc<Format>,
    /// Pictures a second as the container says; 0 when it does not.
    pub frame_rate: f64,
    /// Length of a recording; `None` for live streams.
    pub duration: Option<Duration>,
    /// Has an end and its own timestamps (a file), rather than going on for ever.
    pub recorded: bool,
    /// Delivered faster than real time (files, HLS segments), so that
    /// [`super::Pace::RealTime`] must hold it back by its timestamps.
    pub ahead: bool,
}

/// How a stretch of packets is encoded. A change (resolution, parameters,
/// reconnect, a jump in time) makes a new one: clips never run across.
#[derive(Debug, Clone)]
pub struct Format {
    /// Codec parameters, extradata included.
    pub parameters: SharedParameters,
    /// Unit of the packets' pts and dts.
    pub time_base: ffmpeg::Rational,
    /// Counts up with each change within a feed.
    pub generation: u32,
}

impl Format {
    /// "h264", "hevc", …
    pub fn codec(&self) -> &'static str {
        self.parameters.get().id().name()
    }

    /// Width and height in pixels as the container says; 0 when unknown.
    pub fn size(&self) -> (u32, u32) {
        // SAFETY: the pointer is valid while the parameters live; plain reads.
        unsafe {
            let raw = self.parameters.get().as_ptr();
            ((*raw).width.max(0) as u32, (*raw).height.max(0) as u32)
        }
    }

    /// Whether a decoder and a muxer need not know that the one gave way to the other.
    pub fn is_like(&self, other: &Format) -> bool {
        let same = |a: &Format, b: &Format| (a.codec(), a.size(), a.delay()) == (b.codec(), b.size(), b.delay());
        same(self, other) && self.time_base == other.time_base && extradata(self) == extradata(other)
    }

    /// Pictures that the decoder may hold back to put them in order.
    pub fn delay(&self) -> usize {
        // SAFETY: as above.
        unsafe { (*self.parameters.get().as_ptr()).video_delay.clamp(0, 16) as usize }
    }
}

/// Codec parameters that several threads may read.
#[derive(Clone)]
pub struct SharedParameters(ffmpeg::codec::Parameters);

// SAFETY: an owned copy that is only ever read after construction; FFmpeg's
// readers of AVCodecParameters take it as const.
unsafe impl Sync for SharedParameters {}

impl SharedParameters {
    /// Takes an owned copy. A plain `stream.parameters()` must not be kept: it
    /// keeps the whole input open, and with it the camera's RTSP session.
    pub fn copy_of(parameters: &ffmpeg::codec::Parameters) -> Self {
        SharedParameters(parameters.clone())
    }

    /// The parameters.
    pub fn get(&self) -> &ffmpeg::codec::Parameters {
        &self.0
    }
}

impl std::fmt::Debug for SharedParameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedParameters({:?})", self.0.id())
    }
}

/// A packet as it was read.
pub struct RawPacket {
    /// The encoded data.
    pub packet: ffmpeg::Packet,
    /// Something before or in it was lost.
    pub damaged: bool,
    /// Its place, from a stream that knows it; `None` leaves it to the timeline.
    pub place: Option<Place>,
}

/// A packet's place, where a recorder has already found it.
#[derive(Debug, Clone)]
pub struct Place {
    /// Event time of its picture.
    pub at: EventTime,
    /// From this packet on the stream is encoded like this, or does not join on to what came before.
    pub format: Option<Format>,
    /// Where on the topic reading must begin so that it comes again.
    pub position: SegmentPosition,
}

/// Where on the topic `segments` something lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SegmentPosition {
    /// Partition.
    pub partition: i32,
    /// Offset of its segment, or of the one with the keyframe it needs.
    pub offset: i64,
}

/// A packet placed in time, shared by ring, plan and decoder.
pub struct MediaPacket {
    /// The encoded data.
    pub packet: Arc<ffmpeg::Packet>,
    /// Event time of its picture.
    pub at: EventTime,
    /// Monotonic time of its arrival.
    pub captured: Duration,
    /// Decoding can begin here.
    pub key: bool,
    /// Something before or in it was lost: no verdicts until the next keyframe.
    pub damaged: bool,
    /// Counts the feed's packets.
    pub sequence: u64,
    /// How it is encoded.
    pub format: Arc<Format>,
    /// Where on the topic `segments` it came from.
    pub position: Option<SegmentPosition>,
}

impl MediaPacket {
    /// Bytes of encoded data.
    pub fn size(&self) -> usize {
        self.packet.size()
    }
}

impl std::fmt::Debug for MediaPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = if self.key { " key" } else { "" };
        write!(f, "packet {} at {}{key}, {} bytes", self.sequence, self.at.0, self.size())
    }
}
