//! One camera, from its URL to samples.

use super::decode::{Decoded, Decoder};
use super::health::{HealthBook, Note};
use super::intake::{BurstUntil, Intake};
use super::mailbox::{Item, Mailbox, MailboxLimits, Popped};
use super::plan::{Wanted, Work};
use super::reader::{Decoding, Reader, Shared};
use super::tally::{FeedCounts, Tally};
use super::{
    Clip, DecodeOn, FeedConfig, FfmpegOpener, Frame, Health, HealthReport, Opener, Pace, PacketRing, Reason,
    SegmentPosition, SourceError, StopFlag, StreamInfo, avlog,
};
use crate::clock::{Clock, SystemClock};
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One picture that was wanted.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When the camera took it. Strictly increasing within a feed.
    pub at: EventTime,
    /// The picture.
    pub frame: Frame,
    /// Monotonic time at which its packet arrived, for the delay metric.
    pub captured: Duration,
    /// Counts the feed's samples.
    pub sequence: u64,
    /// Only a burst wanted it.
    pub burst: bool,
    /// Where on the topic `segments` reading must begin so that it comes again.
    pub position: Option<SegmentPosition>,
}

/// What a feed has to say.
#[derive(Debug)]
pub enum FeedEvent {
    /// A picture.
    Sample(Sample),
    /// The state of the stream changed.
    Health(HealthReport),
    /// From the next sample on pictures have another size (width, height).
    Resized {
        /// Event time of the first such picture.
        at: EventTime,
        /// Before.
        from: (usize, usize),
        /// Now.
        to: (usize, usize),
    },
    /// Nothing more will come: a recording is over, or the feed has given up.
    Ended,
    /// Nothing came in time.
    Idle,
}

/// One camera's feed: a thread that reads, and [`Feed::next`], which decodes
/// on the thread that calls it.
pub struct Feed {
    camera: Arc<str>,
    clock: Arc<dyn Clock>,
    mailbox: Arc<Mailbox>,
    ring: Arc<Mutex<PacketRing>>,
    burst: Arc<BurstUntil>,
    decoding: Arc<Mutex<Decoding>>,
    info: Arc<Mutex<Option<StreamInfo>>>,
    tally: Arc<Tally>,
    stop: StopFlag,
    /// Replay only.
    intake: Option<Intake>,
    decode_on: DecodeOn,
    decoder: Option<Decoder>,
    works: VecDeque<Work>,
    ready: VecDeque<FeedEvent>,
    book: HealthBook,
    size: Option<(usize, usize)>,
    last: Option<EventTime>,
    after: Option<EventTime>,
    sequence: u64,
    samples: metrics::Counter,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Feed {
    /// Starts the reading thread.
    ///
    /// # Errors
    /// [`Reason::Internal`] when the system gives no thread.
    pub fn start(config: FeedConfig, opener: Arc<dyn Opener>, clock: Arc<dyn Clock>) -> Result<Feed, SourceError> {
        let (mut reader, mut feed) = Feed::assemble(config, opener, clock);
        let mailbox = Arc::clone(&feed.mailbox);
        let camera = Arc::clone(&feed.camera);
        let run = move || {
            // However the thread ends, nobody waits for it for ever.
            let _closing = CloseOnDrop(mailbox);
            avlog::enter(&camera);
            reader.run();
        };
        // The kernel keeps 15 characters of a thread's name.
        let thread = std::thread::Builder::new().name(format!("read {}", feed.camera)).spawn(run);
        let failed = |error: std::io::Error| SourceError::new(Reason::Internal, &*feed.camera, error.to_string());
        feed.thread = Some(thread.map_err(failed)?);
        Ok(feed)
    }

    /// Both sides without a thread between them.
    pub(super) fn assemble(config: FeedConfig, opener: Arc<dyn Opener>, clock: Arc<dyn Clock>) -> (Reader, Feed) {
        let live = !config.pace.waits();
        let limits =
            MailboxLimits { samples: config.queue.max(1), packets: if live { 600 } else { 64 }, bytes: 32 << 20 };
        let mailbox = Arc::new(Mailbox::new(limits));
        let ring = Arc::new(Mutex::new(PacketRing::new(config.ring)));
        let burst = Arc::new(BurstUntil::default());
        let (decoding, info) = (Arc::<Mutex<Decoding>>::default(), Arc::<Mutex<Option<StreamInfo>>>::default());
        let (tally, stop) = (Arc::<Tally>::default(), StopFlag::default());
        let intake = Intake::new(&config, Arc::clone(&ring), Arc::clone(&burst));
        let (reading, taking) = if live { (Some(intake), None) } else { (None, Some(intake)) };
        let feed = Feed {
            camera: config.camera.as_str().into(),
            book: HealthBook::new(clock.now(), config.fresh_for()),
            samples: metrics::counter!("streetwatch_samples_total", "camera" => config.camera.clone()),
            clock: Arc::clone(&clock),
            mailbox: Arc::clone(&mailbox),
            ring,
            burst,
            decoding: Arc::clone(&decoding),
            info: Arc::clone(&info),
            tally: Arc::clone(&tally),
            stop: stop.clone(),
            intake: taking,
            decode_on: config.decode,
            decoder: None,
            works: VecDeque::new(),
            ready: VecDeque::new(),
            size: None,
            last: config.after,
            after: config.after,
            sequence: 0,
            thread: None,
        };
        let reader = Reader::new(config, opener, clock, Shared { mailbox, decoding, info, tally, stop }, reading);
        (reader, feed)
    }

    /// The next event; waits up to `timeout` of real time for one. Decodes on
    /// this thread.
    pub fn next(&mut self, timeout: Duration) -> FeedEvent {
        avlog::enter(&self.camera);
        let until = Instant::now() + timeout;
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            if let Some(work) = self.works.pop_front() {
                self.decode(work);
                continue;
            }
            match self.mailbox.pop(until.saturating_duration_since(Instant::now()).min(Duration::from_millis(500))) {
                Popped::Item(Item::Work(work)) => self.works.push_back(work),
                Popped::Item(Item::Packet(packet)) => {
                    let mut works = Vec::new();
                    if let Some(intake) = &mut self.intake {
                        intake.take(packet, &mut works);
                    }
                    self.works.extend(works);
                }
                Popped::Item(Item::Note(note)) => self.note(&note),
                Popped::Closed => {
                    self.drain();
                    return self.ready.pop_front().unwrap_or(FeedEvent::Ended);
                }
                Popped::Nothing => {
                    let report = self.book.tick(self.clock.now(), self.clock.monotonic());
                    self.tell(report);
                    if self.ready.is_empty() && Instant::now() >= until {
                        return FeedEvent::Idle;
                    }
                }
            }
        }
    }

    /// Asks for pictures at the burst's rate up to `until`, from the last
    /// keyframe on.
    pub fn burst(&self, until: EventTime) {
        self.burst.extend(until);
    }

    /// The encoded packets from the keyframe at or before `from` up to `to`,
    /// for a stream copy; `None` when nothing of it is held. Ask when a sample
    /// at or after `to` has come.
    pub fn clip(&self, from: EventTime, to: EventTime) -> Option<Clip> {
        self.ring.lock().clip(from, to)
    }

    /// The state of the stream, now.
    pub fn health(&mut self) -> HealthReport {
        let report = self.book.tick(self.clock.now(), self.clock.monotonic());
        self.tell(report);
        self.book.report().clone()
    }

    /// What is known of the source; `None` until it was open once.
    pub fn info(&self) -> Option<StreamInfo> {
        self.info.lock().clone()
    }

    /// Counts since the start.
    pub fn counts(&self) -> FeedCounts {
        self.tally.counts()
    }

    /// Says goodbye to the camera and waits for the reading thread. What a
    /// name server or a dead disk holds up cannot be cut short.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        self.stop.set();
        self.mailbox.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(camera = %self.camera, "the reading thread had panicked");
        }
    }

    fn note(&mut self, note: &Note) {
        if !matches!(note, Note::Connecting) {
            // A connection begins or ends: what is inside belongs to the old one.
            self.drain();
        }
        let report = self.book.note(note, self.clock.now(), self.clock.monotonic());
        self.tell(report);
    }

    fn tell(&mut self, report: Option<HealthReport>) {
        let Some(report) = report else { return };
        metrics::counter!("streetwatch_health_transitions_total",
            "camera" => self.camera.to_string(), "to" => report.health.as_str())
        .increment(1);
        metrics::gauge!("streetwatch_camera_online", "camera" => self.camera.to_string())
            .set(f64::from(u8::from(report.health == Health::Online)));
        self.ready.push_back(FeedEvent::Health(report));
    }

    fn decode(&mut self, work: Work) {
        let format = &work.packet.format;
        if self.decoder.as_ref().is_none_or(|decoder| decoder.generation() != format.generation) {
            let format = Arc::clone(format);
            self.drain();
            match Decoder::new(&format, self.decode_on) {
                Ok(decoder) => self.decoder = Some(decoder),
                Err(error) => {
                    tracing::warn!(camera = %self.camera, %error, "decoder");
                    if work.wanted.is_some() {
                        self.dropped("no_decoder");
                    }
                    return;
                }
            }
        }
        let mut out = Vec::new();
        if let Some(decoder) = &mut self.decoder {
            decoder.decode(work, &mut out);
        }
        self.deliver(out);
    }

    fn drain(&mut self) {
        let mut out = Vec::new();
        if let Some(decoder) = &mut self.decoder {
            decoder.drain(&mut out);
        }
        self.deliver(out);
    }

    fn deliver(&mut self, decoded: Vec<Decoded>) {
        for one in decoded {
            let now = self.clock.monotonic();
            let report = self.book.picture(one.frame.is_none(), self.clock.now(), now);
            self.tell(report);
            let Some(frame) = one.frame else {
                self.dropped("corrupt");
                continue;
            };
            {
                let mut decoding = self.decoding.lock();
                let first = decoding.span.map_or(now, |(first, _)| first);
                decoding.span = Some((first, now));
            }
            let at = one.packet.at;
            if self.after.is_some_and(|after| at <= after) {
                metrics::counter!("streetwatch_samples_seen_before_total", "camera" => self.camera.to_string())
                    .increment(1);
                continue;
            }
            if self.last.is_some_and(|last| at <= last) {
                self.dropped("out_of_order");
                continue;
            }
            self.last = Some(at);
            let size = (frame.width(), frame.height());
            if let Some(from) = self.size.replace(size).filter(|from| *from != size) {
                self.ready.push_back(FeedEvent::Resized { at, from, to: size });
            }
            self.samples.increment(1);
            let sequence = self.sequence;
            self.sequence += 1;
            let burst = one.wanted == Wanted::Burst;
            let (captured, position) = (one.packet.captured, one.packet.position);
            self.ready.push_back(FeedEvent::Sample(Sample { at, frame, captured, sequence, burst, position }));
        }
    }

    fn dropped(&self, reason: &'static str) {
        metrics::counter!("streetwatch_samples_dropped_total",
            "camera" => self.camera.to_string(), "reason" => reason)
        .increment(1);
        self.tally.dropped(reason, 1);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shut_down();
    }
}

pub(super) struct CloseOnDrop(pub(super) Arc<Mailbox>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Decodes a recording's keyframes, at most one `every` so often, on the way
/// that samples take. For the benchmark against `ffmpeg -skip_frame nokey`.
///
/// # Errors
/// Why the recording cannot be read.
pub fn decode_keyframes(path: &Path, every: Duration) -> Result<u64, SourceError> {
    let mut config = FeedConfig::new("keyframes", path.to_string_lossy());
    config.sample = every;
    config.pace = Pace::AsFast;
    config.start = Some(EventTime(0));
    let mut feed = Feed::start(config, Arc::new(FfmpegOpener), Arc::new(SystemClock::default()))?;
    let mut pictures = 0;
    loop {
        match feed.next(Duration::from_secs(60)) {
            FeedEvent::Sample(_) => pictures += 1,
            FeedEvent::Health(HealthReport { health: Health::Failed { reason }, reason: why, .. }) => {
                return Err(SourceError::new(reason, path.to_string_lossy(), &*why));
            }
            FeedEvent::Ended => return Ok(pictures),
            FeedEvent::Idle => {
                return Err(SourceError::new(Reason::Timeout, path.to_string_lossy(), "no picture in a minute"));
            }
            _ => {}
        }
    }
}
