//! A camera's segments as a source: [`Opener`] and [`Stream`] over a [`Hub`].

use super::hub::{Hub, Next};
use super::order::{Joins, Order};
use super::queue::Ticket;
use super::read::{self, Away, Packets, SkipReason, Skipped};
use crate::clock::Clock;
use crate::evidence::EvidenceReader;
use crate::log::{Cursor, LogError, Stored};
use crate::payload::{ClockQuality, Segment};
use crate::source::{
    Format, OpenRequest, Opener, Place, RawPacket, Reason, SegmentPosition, SourceError, StopFlag, Stream, StreamInfo,
};
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Segments left out, by camera and reason.
pub(super) const SKIPPED: &str = "streetwatch_segments_skipped_total";
/// One wait for a record, so that a stop is noticed.
const WAIT: Duration = Duration::from_millis(200);
/// After the store or the log did not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Opens a camera's segments. What was read stays read: a stream that is opened again goes on where the last one was.
pub struct SegmentOpener {
    source: Arc<Mutex<Source>>,
    /// Silence while reading is an error after a time.
    impatient: bool,
}

/// A camera's place in the topic, and what came out of it so far.
struct Source {
    hub: Arc<Hub>,
    key: String,
    ticket: Ticket,
    own: Option<Box<dyn Cursor>>,
    order: Order,
    store: Option<EvidenceReader>,
    clock: Arc<dyn Clock>,
    /// The encoding of the latest packets.
    format: Option<Format>,
    /// The segment with the latest keyframe.
    beginning: Option<SegmentPosition>,
    clock_quality: Option<ClockQuality>,
    ready: VecDeque<RawPacket>,
}

impl SegmentOpener {
    pub(super) fn new(hub: Arc<Hub>, ticket: Ticket, store: Option<EvidenceReader>, clock: Arc<dyn Clock>) -> Self {
        let source = Source {
            hub,
            key: ticket.key.clone(),
            ticket,
            own: None,
            order: Order::default(),
            store,
            clock,
            format: None,
            beginning: None,
            clock_quality: None,
            ready: VecDeque::new(),
        };
        SegmentOpener { source: Arc::new(Mutex::new(source)), impatient: false }
    }

    /// Silence while reading is an error, for one who looks once and leaves.
    pub fn impatient(self) -> Self {
        SegmentOpener { impatient: true, ..self }
    }
}

impl Opener for SegmentOpener {
    /// Waits for the first segment: before it nothing is known of the pictures.
    fn open(&self, request: &OpenRequest) -> Result<Box<dyn Stream>, SourceError> {
        let fail = |reason, detail: &str| Err(SourceError::new(reason, request.address.to_string(), detail));
        let mut source = self.source.lock();
        // A replay waits for the topic's end: there may be much of other cameras before the first segment.
        let until = source.hub.is_endless().then(|| Instant::now() + request.timeout);
        loop {
            if let (Some(format), false) = (&source.format, source.ready.is_empty()) {
                let format = Arc::new(format.clone());
                let info = StreamInfo { format, frame_rate: 0.0, duration: None, recorded: false, ahead: false };
                let (source, stop, impatient) = (self.source.clone(), request.stop.clone(), self.impatient);
                return Ok(Box::new(SegmentStream { source, info, stop, first: true, impatient }));
            }
            if request.stop.is_set() {
                return fail(Reason::Stopped, "");
            }
            match source.advance(&request.stop) {
                Advanced::More | Advanced::Nothing => {}
                Advanced::Ended => return fail(Reason::NotFound, "the topic `segments` holds nothing of this camera"),
            }
            if until.is_some_and(|until| Instant::now() > until) {
                return fail(Reason::Timeout, "no segment of this camera has come yet; is its recorder running?");
            }
        }
    }
}

struct SegmentStream {
    source: Arc<Mutex<Source>>,
    info: StreamInfo,
    stop: StopFlag,
    /// The first packet's format is the one that was told at opening.
    first: bool,
    impatient: bool,
}

impl Stream for SegmentStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// Silence is not an error here: there is no connection that could be made anew. That no picture comes any more
    /// is said by the feed's health all the same.
    fn read(&mut self, limit: Duration) -> Result<Option<RawPacket>, SourceError> {
        let until = self.impatient.then(|| Instant::now() + limit);
        let mut source = self.source.lock();
        loop {
            let left = |reason| Err(SourceError::new(reason, format!("segments:{}", source.key), ""));
            if self.stop.is_set() {
                return left(Reason::Stopped);
            }
            if until.is_some_and(|until| Instant::now() > until) {
                return left(Reason::Stalled);
            }
            if let Some(mut raw) = source.ready.pop_front() {
                if std::mem::take(&mut self.first)
                    && let Some(place) = &mut raw.place
                {
                    place.format = None;
                }
                return Ok(Some(raw));
            }
            if let Advanced::Ended = source.advance(&self.stop) {
                return Ok(None);
            }
        }
    }
}

enum Advanced {
    More,
    Nothing,
    Ended,
}

impl Source {
    /// Takes the next record in; its packets are ready then.
    fn advance(&mut self, stop: &StopFlag) -> Advanced {
        let record = match self.hub.next(&self.ticket, &mut self.own, WAIT) {
            Ok(Next::Record(record)) => record,
            Ok(Next::Nothing) => return Advanced::Nothing,
            Ok(Next::Ended) => return Advanced::Ended,
            Err(error) => {
                self.log_trouble(&error);
                return Advanced::Nothing;
            }
        };
        match self.take(&record, stop) {
            Ok(()) => {
                metrics::counter!("streetwatch_segments_total", "camera" => self.key.clone()).increment(1);
                Advanced::More
            }
            Err(skipped) => {
                self.skipped(&record, &skipped);
                Advanced::Nothing
            }
        }
    }

    fn take(&mut self, record: &Stored, stop: &StopFlag) -> Result<(), Skipped> {
        let segment = read::message(record, self.clock.now())?;
        let joins = self.order.judge(&segment)?;
        let video = loop {
            match self.hub.runtime().block_on(read::video(&segment, self.store.as_ref())) {
                Ok(video) => break video?,
                Err(_) if stop.is_set() => return Ok(()),
                Err(Away(why)) => {
                    metrics::counter!("streetwatch_segments_store_retries_total", "camera" => self.key.clone())
                        .increment(1);
                    tracing::warn!(camera = self.key, why, "the store does not give a segment's video; trying again");
                    self.clock.sleep(AGAIN_AFTER);
                }
            }
        };
        let packets = read::packets(&segment, video)?;
        let position = SegmentPosition { partition: record.position.partition, offset: record.position.offset };
        self.tell_clock(&segment);
        if joins.missing > 0 {
            metrics::counter!("streetwatch_segments_missing_total", "camera" => self.key.clone())
                .increment(joins.missing);
            tracing::warn!(camera = self.key, missing = joins.missing, from = %segment.start, "segments are missing before this one");
        }
        self.order.taken(&segment, packets.until);
        if segment.keyframe {
            self.beginning = Some(position);
        }
        self.hand_out(packets, &joins, position);
        Ok(())
    }

    /// Each packet with its place. Where something lies between, or the encoding is another, a new stretch begins.
    fn hand_out(&mut self, packets: Packets, joins: &Joins, position: SegmentPosition) {
        let fresh = packets.unpacked.format;
        let same = self.format.as_ref().is_some_and(|format| format.is_like(&fresh));
        let mut format = (!joins.directly || !same).then(|| fresh.clone());
        self.format = Some(fresh);
        let position = self.beginning.unwrap_or(position);
        for mut raw in packets.unpacked.packets {
            let at = EventTime(raw.packet.pts().unwrap_or_default());
            raw.place = Some(Place { at, format: format.take(), position });
            self.ready.push_back(raw);
        }
    }

    fn skipped(&self, record: &Stored, skipped: &Skipped) {
        let reason = skipped.reason;
        metrics::counter!(SKIPPED, "camera" => self.key.clone(), "reason" => reason.as_str()).increment(1);
        let (partition, offset, detail) = (record.position.partition, record.position.offset, &skipped.detail);
        // A line that broke sends things again; that is how nothing is lost.
        if reason == SkipReason::Repeated {
            tracing::debug!(camera = self.key, partition, offset, detail, "a segment came again");
        } else {
            tracing::warn!(
                camera = self.key,
                partition,
                offset,
                reason = reason.as_str(),
                detail,
                "a segment is left out"
            );
        }
    }

    /// Says it once when the recorder's clock is not kept right.
    fn tell_clock(&mut self, segment: &Segment) {
        let quality = segment.clock.quality;
        if self.clock_quality.replace(quality) != Some(quality) {
            let bad = quality == ClockQuality::Unsynchronised;
            metrics::gauge!("streetwatch_segments_clock_unsynchronised", "camera" => self.key.clone())
                .set(f64::from(u8::from(bad)));
            if bad {
                tracing::warn!(camera = self.key, "its recorder's clock is not synchronised: event times may be off");
            }
        }
    }

    fn log_trouble(&self, error: &LogError) {
        metrics::counter!("streetwatch_segments_read_failures_total", "reason" => error.kind.as_str()).increment(1);
        tracing::warn!(camera = self.key, %error, "segments cannot be read; trying again");
        self.clock.sleep(AGAIN_AFTER);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.hub.forget(&self.ticket);
    }
}
