//! What a feed must be told.

use super::{BackoffLimits, RingLimits, StallLimits};
use operators::vocabulary::EventTime;
use std::time::Duration;

/// How fast a source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As the pictures were taken: files by their timestamps, live streams as
    /// they arrive. What does not fit the queue is dropped and counted.
    RealTime,
    /// As fast as the consumer takes it (replay). Nothing is dropped.
    AsFast,
    /// The same, for ever: of a topic that keeps what was not taken yet. Failures are tried again.
    Kept,
}

impl Pace {
    /// Packets wait for the consumer, rather than give way.
    pub fn waits(self) -> bool {
        self != Pace::RealTime
    }
}

/// What decodes pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecodeOn {
    /// The processor.
    #[default]
    Cpu,
    /// The GPU's decoder where there is one.
    Auto,
    /// The GPU's decoder; the processor in its place is told of.
    Cuda,
}

impl std::str::FromStr for DecodeOn {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "cpu" => Ok(DecodeOn::Cpu),
            "auto" => Ok(DecodeOn::Auto),
            "cuda" => Ok(DecodeOn::Cuda),
            _ => Err(()),
        }
    }
}

/// How RTSP carries its packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Interleaved in the RTSP connection: nothing is lost on the way.
    #[default]
    Tcp,
    /// RTP over UDP.
    Udp,
}

/// One camera's feed.
#[derive(Debug, Clone)]
pub struct FeedConfig {
    /// The camera's id, for metrics and log lines.
    pub camera: String,
    /// rtsp, rtsps, http, https, file URL or a path.
    pub url: String,
    /// Recordings: the time of the first picture; `None` is now.
    pub start: Option<EventTime>,
    /// A picture is wanted so often.
    pub sample: Duration,
    /// Most pictures a second in a burst.
    pub burst_fps: u32,
    /// How fast the source is read.
    pub pace: Pace,
    /// Pictures up to here were looked at before this feed began, and are left out.
    pub after: Option<EventTime>,
    /// Recordings: begin again at the end, with event time going on.
    pub repeat: bool,
    /// Recordings that repeat: show at each moment what the clock says; `start` must be known then.
    pub by_the_clock: bool,
    /// Wait so long before the first attempt, so that many feeds do not start at once.
    pub stagger: Duration,
    /// How RTSP carries its packets.
    pub transport: Transport,
    /// Samples that may wait for the consumer.
    pub queue: usize,
    /// What decodes.
    pub decode: DecodeOn,
    /// Bounds of the packet ring.
    pub ring: RingLimits,
    /// Give up connecting after this.
    pub open_timeout: Duration,
    /// When silence is a stall.
    pub stall: StallLimits,
    /// Waits between attempts.
    pub backoff: BackoffLimits,
    /// Seed of the backoff's jitter.
    pub seed: u64,
}

impl FeedConfig {
    /// Defaults: a sample a second in real time, RTSP over TCP.
    pub fn new(camera: impl Into<String>, url: impl Into<String>) -> Self {
        let camera = camera.into();
        // Cameras that lose the same switch get different jitter.
        let seed = camera
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        FeedConfig {
            camera,
            url: url.into(),
            start: None,
            sample: Duration::from_secs(1),
            burst_fps: 5,
            pace: Pace::RealTime,
            after: None,
            repeat: false,
            by_the_clock: false,
            stagger: Duration::ZERO,
            transport: Transport::default(),
            queue: 4,
            decode: DecodeOn::Cpu,
            ring: RingLimits::default(),
            open_timeout: Duration::from_secs(15),
            stall: StallLimits::default(),
            backoff: BackoffLimits::default(),
            seed,
        }
    }

    /// A decoded picture makes a camera online for so long.
    pub(super) fn fresh_for(&self) -> Duration {
        (self.sample * 3).max(self.stall.least)
    }
}
