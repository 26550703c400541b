//! The thread that reads a camera: [`Reader::run`] comes back after every
//! failure, [`Reader::run_once`] is one connection.

use super::backoff::Backoff;
use super::clockwork::{Clockwork, Due};
use super::health::Note;
use super::intake::Intake;
use super::mailbox::Mailbox;
use super::parameters::ParameterWatch;
use super::stall::StallWatch;
use super::tally::Tally;
use super::timeline::{Anchor, Placed, Reanchored, Timeline};
use super::{
    Address, FeedConfig, Format, MediaPacket, OpenRequest, Opener, Pace, RawPacket, Reason, Retry, SourceError,
    StopFlag, StreamInfo,
};
use crate::clock::Clock;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Waits are cut into pieces of this, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(100);
/// A paced source that is later than this has paused; it is not made up for.
const LATE: Duration = Duration::from_secs(2);
/// Pictures of a recording may lie so many samples apart (fewer by night) and keep their times.
const SAMPLES_APART: u32 = 8;
/// So many unreadable pieces in a row end a recording.
const MOST_UNREADABLE: u32 = 50;

/// When pictures of the current connection were decoded: written by the
/// consumer, read here, because only pictures make a connection a good one.
#[derive(Debug, Default, Clone, Copy)]
pub struct Decoding {
    /// The connection's number.
    pub connection: u64,
    /// Monotonic times of its first and latest picture.
    pub span: Option<(Duration, Duration)>,
}

/// How a connection ended.
#[derive(Debug)]
pub enum End {
    /// A recording is over; with what was wrong with its end, if anything.
    Finished(Option<SourceError>),
    /// It broke, or never came about.
    Broke(SourceError),
    /// We were asked to stop.
    Stopped,
}

/// Reads one camera.
pub struct Reader {
    pub(super) config: FeedConfig,
    pub(super) opener: Arc<dyn Opener>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) mailbox: Arc<Mailbox>,
    /// Live only; in replay the consumer has it.
    pub(super) intake: Option<Intake>,
    pub(super) decoding: Arc<Mutex<Decoding>>,
    pub(super) info: Arc<Mutex<Option<StreamInfo>>>,
    pub(super) stop: StopFlag,
    camera: Arc<str>,
    timeline: Timeline,
    stall: StallWatch,
    backoff: Backoff,
    sequence: u64,
    /// Packets read, also those that were left out.
    read: u64,
    generation: u32,
    tally: Arc<Tally>,
    packets: metrics::Counter,
    bytes: metrics::Counter,
    /// Of a recording that is played by the clock.
    clockwork: Option<Clockwork>,
}

/// What a reader shares with its consumer.
pub struct Shared {
    /// Between the two.
    pub mailbox: Arc<Mailbox>,
    /// See [`Decoding`].
    pub decoding: Arc<Mutex<Decoding>>,
    /// What is known of the source.
    pub info: Arc<Mutex<Option<StreamInfo>>>,
    /// Counts for the camera's health.
    pub tally: Arc<Tally>,
    /// Asks the reader to leave.
    pub stop: StopFlag,
}

impl Reader {
    /// A reader that has not begun.
    pub fn new(
        config: FeedConfig,
        opener: Arc<dyn Opener>,
        clock: Arc<dyn Clock>,
        shared: Shared,
        intake: Option<Intake>,
    ) -> Self {
        let start = Anchor::Start(config.start.unwrap_or_else(|| clock.now()));
        let camera: Arc<str> = config.camera.as_str().into();
        let Shared { mailbox, decoding, info, tally, stop } = shared;
        Reader {
            // Whoever wants a picture each half hour may get a recording of just those.
            timeline: Timeline::new(start).pausing(config.sample * SAMPLES_APART),
            stall: StallWatch::new(config.stall),
            backoff: Backoff::new(config.backoff, config.seed),
            packets: metrics::counter!("streetwatch_packets_total", "camera" => config.camera.clone()),
            bytes: metrics::counter!("streetwatch_packet_bytes_total", "camera" => config.camera.clone()),
            sequence: 0,
            read: 0,
            generation: 0,
            clockwork: None,
            config,
            opener,
            clock,
            mailbox,
            intake,
            decoding,
            info,
            tally,
            stop,
            camera,
        }
    }

    /// Reads until the recording is over, nothing can be hoped for, or the
    /// stop flag is set. Closes the mailbox behind itself.
    pub fn run(&mut self) {
        if self.wait(self.config.stagger) {
            self.reconnect();
        }
        self.mailbox.close();
    }

    fn reconnect(&mut self) {
        let address = match Address::parse(&self.config.url) {
            Ok(address) => address,
            Err(error) => return self.note(Note::Failed(error)),
        };
        let first = self.timeline_anchor();
        loop {
            let before = self.read;
            match self.run_once(&address, first) {
                End::Stopped => return,
                // A recording that yields nothing is not repeated: it would spin.
                End::Finished(error) if self.config.repeat && self.read > before => {
                    if let Some(error) = error {
                        self.count_error(error.reason);
                    }
                }
                End::Finished(error) => {
                    if let Some(error) = &error {
                        self.count_error(error.reason);
                        tracing::warn!(camera = %self.camera, %error, "recording");
                    }
                    return self.note(Note::Ended(error));
                }
                End::Broke(error) => {
                    self.count_error(error.reason);
                    if !self.pause(error, address.over_network()) {
                        return;
                    }
                }
            }
        }
    }

    fn timeline_anchor(&self) -> EventTime {
        self.config.start.unwrap_or_else(|| self.clock.now())
    }

    /// After a failure: waits its turn. `false` when there is none.
    fn pause(&mut self, error: SourceError, over_network: bool) -> bool {
        if error.reason == Reason::Stopped || self.stop.is_set() {
            return false;
        }
        let span = self.decoding.lock().span;
        self.backoff.settled_for(span.map_or(Duration::ZERO, |(first, last)| last.saturating_sub(first)));
        let retry = match self.config.pace {
            // A replay is of what is there; waiting for more would hang it.
            Pace::AsFast => Retry::Never,
            Pace::RealTime | Pace::Kept => error.retry(over_network),
        };
        let Some(next_in) = self.backoff.next_wait(retry) else {
            tracing::error!(camera = %self.camera, %error, fault = ?error.fault(), "given up");
            self.note(Note::Failed(error));
            return false;
        };
        let attempt = self.backoff.attempt();
        tracing::warn!(camera = %self.camera, %error, fault = ?error.fault(), attempt, ?next_in, "trying again later");
        metrics::counter!("streetwatch_reconnects_total",
            "camera" => self.config.camera.clone(), "reason" => error.reason.as_str())
        .increment(1);
        self.note(Note::Waiting { attempt, next_in, error });
        self.wait(next_in)
    }

    /// One connection, from opening to goodbye.
    pub fn run_once(&mut self, address: &Address, start: EventTime) -> End {
        if self.stop.is_set() {
            return End::Stopped;
        }
        {
            let mut decoding = self.decoding.lock();
            *decoding = Decoding { connection: decoding.connection + 1, span: None };
        }
        self.note(Note::Connecting);
        let request = OpenRequest {
            camera: Arc::clone(&self.camera),
            address: address.clone(),
            transport: self.config.transport,
            timeout: self.config.open_timeout,
            stop: self.stop.clone(),
        };
        let mut stream = match self.opener.open(&request) {
            Ok(stream) => stream,
            Err(error) if error.reason == Reason::Stopped => return End::Stopped,
            Err(error) => return End::Broke(error),
        };
        let info = stream.info().clone();
        tracing::info!(camera = %self.camera, %address, codec = info.format.codec(), size = ?info.format.size(), "open");
        *self.info.lock() = Some(info.clone());
        self.note(Note::Connected);
        let anchor = self.anchor(&info, start);
        self.timeline.connected(anchor);
        self.stall.connected();
        let mut connection = Connection::new(self.next_format(&info.format), &info, self.clock.monotonic());
        let mut unreadable = 0;
        loop {
            if self.stop.is_set() {
                return End::Stopped;
            }
            match stream.read(self.stall.limit()) {
                Ok(Some(raw)) => {
                    unreadable = 0;
                    if !self.arrived(raw, &mut connection) {
                        return End::Stopped;
                    }
                }
                Ok(None) => return End::Finished(connection.cut_short(address)),
                Err(error) => match error.reason {
                    Reason::Stopped => return End::Stopped,
                    Reason::Damaged if unreadable < MOST_UNREADABLE => {
                        unreadable += 1;
                        connection.damaged = true;
                        self.count_error(error.reason);
                    }
                    _ if info.recorded && !address.over_network() => return End::Finished(Some(error)),
                    Reason::Stalled => {
                        self.stall.stalled();
                        self.note(Note::Stalled(error.clone()));
                        return End::Broke(error);
                    }
                    _ => return End::Broke(error),
                },
            }
        }
    }

    /// Where the times of a connection come from.
    fn anchor(&mut self, info: &StreamInfo, start: EventTime) -> Anchor {
        if !info.recorded {
            return Anchor::Arrival;
        }
        if self.config.by_the_clock && self.clockwork.is_none() {
            self.clockwork = Clockwork::new(start, info.duration);
            if self.clockwork.is_none() {
                tracing::warn!(camera = %self.camera, "the file does not say how long it is: played from its beginning");
            }
        }
        match &mut self.clockwork {
            Some(clockwork) => Anchor::Pass(clockwork.begin(self.clock.now())),
            None => Anchor::Start(start),
        }
    }

    /// Waits until the clock says that it is a packet's turn.
    fn turn(&mut self, stamp: Option<f64>) -> Turn {
        let (Some(clockwork), Some(stamp)) = (&mut self.clockwork, stamp) else { return Turn::Now };
        match clockwork.due(stamp, self.clock.now()) {
            Due::Over => Turn::Over,
            Due::In(how_long) if self.wait(how_long) => Turn::Now,
            Due::In(_) => Turn::Stopped,
        }
    }

    /// One packet. `false` when stopped meanwhile.
    fn arrived(&mut self, raw: RawPacket, connection: &mut Connection) -> bool {
        let stamp = connection.stamp(&raw.packet);
        self.read += 1;
        match self.turn(stamp) {
            Turn::Now => {}
            Turn::Over => {
                // As for one who comes late to a live stream: decoding begins at the next keyframe.
                connection.gap = true;
                return !self.stop.is_set();
            }
            Turn::Stopped => return false,
        }
        if std::mem::take(&mut connection.gap) {
            connection.format = self.next_format(&connection.format);
            if let (Some(clockwork), Some(stamp)) = (&self.clockwork, stamp) {
                self.timeline.connected(Anchor::Pass(clockwork.moment(stamp)));
            }
        }
        let paced = self.clockwork.is_none() && connection.ahead && self.config.pace == Pace::RealTime;
        if paced && !self.hold_back(stamp, connection) {
            return false;
        }
        let now = self.clock.monotonic();
        self.stall.packet(now.saturating_sub(connection.last_arrival));
        connection.last_arrival = now;
        self.packets.increment(1);
        self.tally.packet();
        self.bytes.increment(raw.packet.size() as u64);
        if let Some(format) = raw.place.as_ref().and_then(|place| place.format.as_ref()) {
            connection.format = self.next_format(format);
            connection.parameters = ParameterWatch::default();
        }
        if let Some(parameters) = connection.parameters.changed(&raw.packet, &connection.format) {
            let changed = Format { parameters, ..(*connection.format).clone() };
            connection.format = self.next_format(&changed);
            tracing::info!(camera = %self.camera, size = ?connection.format.size(), "the encoding changed");
        }
        let placed = match &raw.place {
            Some(place) => Placed { at: place.at, reanchored: None },
            None => self.timeline.place(stamp, self.clock.now(), now),
        };
        if let Some(why) = placed.reanchored {
            metrics::counter!("streetwatch_timeline_reanchored_total",
                "camera" => self.config.camera.clone(), "reason" => why.as_str())
            .increment(1);
            if why == Reanchored::Timestamps {
                connection.format = self.next_format(&connection.format);
                connection.pace_from = None;
            }
        }
        let packet = MediaPacket {
            at: placed.at,
            captured: now,
            key: raw.packet.is_key(),
            damaged: raw.damaged || std::mem::take(&mut connection.damaged),
            sequence: self.sequence,
            format: Arc::clone(&connection.format),
            position: raw.place.map(|place| place.position),
            packet: Arc::new(raw.packet),
        };
        self.sequence += 1;
        self.hand_on(Arc::new(packet))
    }

    fn hand_on(&mut self, packet: Arc<MediaPacket>) -> bool {
        let Some(intake) = &mut self.intake else {
            return self.mailbox.push_packet(packet, &self.stop);
        };
        let mut works = Vec::new();
        intake.take(packet, &mut works);
        for work in works {
            let overflow = self.mailbox.push_work(work);
            let dropped = |reason: &'static str, n: u64| {
                if n > 0 {
                    metrics::counter!("streetwatch_samples_dropped_total",
                        "camera" => self.config.camera.clone(), "reason" => reason)
                    .increment(n);
                    self.tally.dropped(reason, n);
                }
            };
            dropped("queue_full", overflow.samples);
            dropped("decoder_behind", overflow.behind);
            if overflow.packets > 0 {
                metrics::counter!("streetwatch_packets_discarded_total", "camera" => self.config.camera.clone())
                    .increment(overflow.packets);
            }
            if overflow.lost {
                intake.planner.overflowed();
                break;
            }
        }
        true
    }

    /// Waits until the packet's picture would have been taken.
    fn hold_back(&mut self, stamp: Option<f64>, connection: &mut Connection) -> bool {
        let Some(stamp) = stamp else { return true };
        let now = self.clock.monotonic().as_secs_f64() * 1e3;
        let (from, begun) = *connection.pace_from.get_or_insert((stamp, now));
        let due = begun + stamp - from;
        if due - now > 10_000.0 || now - due > LATE.as_secs_f64() * 1e3 {
            // A jump in the timestamps, or a pause: go on from here.
            connection.pace_from = Some((stamp, now));
            return true;
        }
        self.wait(Duration::from_secs_f64((due - now).max(0.0) / 1e3))
    }

    fn next_format(&mut self, format: &Format) -> Arc<Format> {
        let generation = self.generation;
        self.generation += 1;
        Arc::new(Format { generation, ..format.clone() })
    }

    /// Waits in pieces. `false` when stopped meanwhile.
    fn wait(&self, how_long: Duration) -> bool {
        let until = self.clock.monotonic() + how_long;
        while !self.stop.is_set() {
            let left = until.saturating_sub(self.clock.monotonic());
            if left.is_zero() {
                return true;
            }
            self.clock.sleep(left.min(NAP));
        }
        false
    }

    fn note(&self, note: Note) {
        if self.mailbox.push_note(note) {
            metrics::counter!("streetwatch_health_notes_dropped_total", "camera" => self.config.camera.clone())
                .increment(1);
        }
    }

    fn count_error(&self, reason: Reason) {
        metrics::counter!("streetwatch_source_errors_total",
            "camera" => self.config.camera.clone(), "reason" => reason.as_str())
        .increment(1);
    }
}

/// Whether a packet of a recording that is played by the clock is handed on.
enum Turn {
    Now,
    Over,
    Stopped,
}

/// What belongs to one connection.
struct Connection {
    format: Arc<Format>,
    parameters: ParameterWatch,
    ahead: bool,
    duration: Option<Duration>,
    unit_ms: f64,
    pace_from: Option<(f64, f64)>,
    last_arrival: Duration,
    stamps: Option<(f64, f64)>,
    damaged: bool,
    /// Packets were left out: what follows does not join on.
    gap: bool,
}

impl Connection {
    fn new(format: Arc<Format>, info: &StreamInfo, now: Duration) -> Self {
        Connection {
            unit_ms: f64::from(format.time_base) * 1e3,
            format,
            parameters: ParameterWatch::default(),
            ahead: info.ahead,
            duration: info.duration.filter(|_| info.recorded),
            pace_from: None,
            last_arrival: now,
            stamps: None,
            damaged: false,
            gap: false,
        }
    }

    /// The packet's presentation time in milliseconds.
    fn stamp(&mut self, packet: &ffmpeg_next::Packet) -> Option<f64> {
        let stamp = packet.pts().or(packet.dts())? as f64 * self.unit_ms;
        let (first, last) = self.stamps.unwrap_or((stamp, stamp));
        self.stamps = Some((first, last.max(stamp)));
        Some(stamp)
    }

    /// What is missing at the end of a recording that says how long it is.
    fn cut_short(&self, address: &Address) -> Option<SourceError> {
        let duration = self.duration?.as_secs_f64();
        let (first, last) = self.stamps?;
        let read = (last - first) / 1e3;
        (duration - read > 1.0 + duration * 0.02).then(|| {
            let detail = format!("{read:.1} s of {duration:.1} s can be read");
            SourceError::new(Reason::Truncated, address.to_string(), detail)
        })
    }
}
