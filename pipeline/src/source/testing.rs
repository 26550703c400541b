//! Packets and scripted sources for the tests of this module.

use super::{
    Address, Feed, FeedConfig, FeedEvent, FfmpegOpener, Format, MediaPacket, OpenRequest, Opener, RawPacket, Reason,
    SharedParameters, SourceError, Stream, StreamInfo,
};
use crate::clock::{Clock, SimulatedClock};
use ffmpeg_next as ffmpeg;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
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
        position: None,
    })
}

/// 4 s of 64x48 at 5 pictures a second, a keyframe a second, B-frames.
pub fn tiny() -> tempfile::NamedTempFile {
    file(include_bytes!("testdata/tiny.mp4"))
}

/// A file with these bytes.
pub fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("write");
    file
}

/// One thing a scripted camera does.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// So many pictures, 200 ms apart.
    Pictures(usize),
    /// So many packets that cannot be decoded.
    Rubbish(usize),
    /// So many pictures of which something was lost on the way.
    Damaged(usize),
    /// Nothing more, until the reader loses patience.
    Silence,
    /// The other side ends it.
    Hangs,
}

/// Cameras by script: each connection is an error at opening, or steps. When
/// the script is over the feed is stopped.
pub struct Script {
    itself: Weak<Script>,
    clock: Arc<SimulatedClock>,
    connections: Mutex<VecDeque<Result<Vec<Step>, Reason>>>,
    opened_at: Mutex<Vec<Duration>>,
    feed: Mutex<Option<Feed>>,
    events: Mutex<Vec<FeedEvent>>,
}

impl Script {
    /// Runs the script to its end and gives back all events, and when each
    /// connection was attempted.
    pub fn play(config: FeedConfig, connections: Vec<Result<Vec<Step>, Reason>>) -> (Vec<FeedEvent>, Vec<Duration>) {
        let clock = Arc::new(SimulatedClock::starting_at(EventTime(1_780_000_000_000)));
        let script = Arc::new_cyclic(|itself| Script {
            itself: itself.clone(),
            clock: Arc::clone(&clock),
            connections: Mutex::new(connections.into()),
            opened_at: Mutex::default(),
            feed: Mutex::default(),
            events: Mutex::default(),
        });
        let (mut reader, feed) = Feed::assemble(config, Arc::clone(&script) as Arc<dyn Opener>, clock);
        *script.feed.lock() = Some(feed);
        reader.run();
        script.consume();
        script.feed.lock().take();
        (std::mem::take(&mut script.events.lock()), script.opened_at.lock().clone())
    }

    /// The consumer takes what there is.
    fn consume(&self) {
        let mut feed = self.feed.lock();
        let Some(feed) = feed.as_mut() else { return };
        loop {
            match feed.next(Duration::ZERO) {
                FeedEvent::Idle => return,
                FeedEvent::Ended => return self.events.lock().push(FeedEvent::Ended),
                event => self.events.lock().push(event),
            }
        }
    }
}

impl Opener for Script {
    fn open(&self, request: &OpenRequest) -> Result<Box<dyn Stream>, SourceError> {
        self.consume();
        self.opened_at.lock().push(self.clock.monotonic());
        let Some(next) = self.connections.lock().pop_front() else {
            request.stop.set();
            return Err(SourceError::new(Reason::Stopped, "script", ""));
        };
        let steps = next.map_err(|reason| SourceError::new(reason, "script", ""))?;
        let file = tiny();
        let address = Address::parse(file.path().to_str().expect("UTF-8")).expect("a path");
        let mut recording = FfmpegOpener.open(&OpenRequest { address, ..request.clone() })?;
        let mut packets = Vec::new();
        while let Some(raw) = recording.read(Duration::from_secs(1))? {
            packets.push(raw.packet);
        }
        let info = StreamInfo { recorded: false, ahead: false, duration: None, ..recording.info().clone() };
        Ok(Box::new(Scripted { info, packets, steps: steps.into(), sent: 0, script: self.itself.clone() }))
    }
}

struct Scripted {
    info: StreamInfo,
    packets: Vec<ffmpeg::Packet>,
    steps: VecDeque<Step>,
    sent: usize,
    script: Weak<Script>,
}

impl Scripted {
    /// Time passes, and the consumer takes what has come so far.
    fn pass(&self, time: Duration) {
        if let Some(script) = self.script.upgrade() {
            script.consume();
            script.clock.advance(time);
        }
    }

    fn picture(&mut self) -> RawPacket {
        self.pass(Duration::from_millis(200));
        let mut packet = self.packets[self.sent % self.packets.len()].clone();
        let unit = f64::from(self.info.format.time_base);
        let pass = (self.sent / self.packets.len()) as f64 * 4.0 / unit;
        packet.set_pts(packet.pts().map(|pts| pts + pass as i64));
        self.sent += 1;
        RawPacket { packet, damaged: false, place: None }
    }
}

impl Stream for Scripted {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn read(&mut self, limit: Duration) -> Result<Option<RawPacket>, SourceError> {
        let Some(step) = self.steps.front_mut() else {
            return Err(SourceError::new(Reason::Lost, "script", ""));
        };
        let (left, kind) = match step {
            Step::Pictures(left) | Step::Rubbish(left) | Step::Damaged(left) => {
                *left -= 1;
                (*left, *step)
            }
            other => (0, *other),
        };
        if left == 0 {
            self.steps.pop_front();
        }
        match kind {
            Step::Pictures(_) => Ok(Some(self.picture())),
            Step::Damaged(_) => Ok(Some(RawPacket { damaged: true, ..self.picture() })),
            Step::Rubbish(_) => {
                let mut raw = self.picture();
                if let Some(data) = raw.packet.data_mut() {
                    data.fill(0xa5);
                }
                Ok(Some(raw))
            }
            Step::Silence => {
                self.pass(limit);
                Err(SourceError::new(Reason::Stalled, "script", ""))
            }
            Step::Hangs => Err(SourceError::new(Reason::Lost, "script", "")),
        }
    }
}
