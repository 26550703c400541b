//! One camera on its way into the buffer; a thread of its own.

use super::buffer::Buffer;
use super::clock_quality::system_clock;
use super::cut::{CutLimits, Cutter, Piece};
use super::status::{PARTS, RECORDED, RECORDED_BYTES, REFUSED, Status};
use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::payload::{ClockQuality, Container, MAX_INLINE_BYTES, MAX_PACKETS, RecorderClock, Segment, sha256};
use crate::segments::container;
use crate::segments::damaged;
use crate::source::{PacketEvent, PacketFeed};
use operators::vocabulary::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// How long one wait for a packet lasts, so that a stop is noticed.
const PULL: Duration = Duration::from_millis(200);
/// The state of a camera whose keyframes come.
const RECORDING: &str = "recording";
/// How often the kernel is asked about its clock.
const CLOCK_EVERY: Duration = Duration::from_secs(30);

/// Records one camera.
pub(super) struct CameraRecorder {
    pub city: Arc<City>,
    pub camera: Camera,
    pub session: Uuid,
    pub buffer: Arc<Buffer>,
    pub status: Arc<Status>,
    pub clock: Arc<dyn Clock>,
    pub stop: Arc<AtomicBool>,
    /// The first time of the recording was given by hand, or is that of the file.
    pub given: bool,
    pub sequence: u64,
    pub quality: Option<(Duration, RecorderClock)>,
}

impl CameraRecorder {
    /// Records until the source ends or a stop is asked for. What is gathered then goes into the buffer too.
    pub fn run(mut self, mut feed: PacketFeed) {
        let mut cutter = Cutter::new(limits(&self.city));
        while !self.stop.load(Ordering::Acquire) {
            match feed.next(PULL) {
                PacketEvent::Packet(packet) => {
                    if packet.key {
                        let now = self.clock.monotonic();
                        self.status.camera(&self.camera.id, |camera| {
                            camera.last_keyframe = Some(now);
                            if camera.connection != RECORDING {
                                RECORDING.clone_into(&mut camera.connection);
                            }
                        });
                    }
                    let piece = cutter.push(packet);
                    self.refused("no_keyframe", cutter.take_skipped());
                    self.keep(piece);
                }
                PacketEvent::Health(report) => {
                    let connection = format!("{}: {}", report.health.as_str(), report.reason);
                    tracing::info!(camera = %self.camera.id, connection, "camera");
                    self.status.camera(&self.camera.id, |camera| camera.connection = connection);
                    // A connection begins or ends: what comes does not follow on what came.
                    self.keep(cutter.finish());
                }
                PacketEvent::Idle => {}
                PacketEvent::Ended => {
                    self.status.camera(&self.camera.id, |camera| camera.ended = true);
                    break;
                }
            }
        }
        self.keep(cutter.finish());
        feed.stop();
    }

    fn keep(&mut self, piece: Option<Piece>) {
        let Some(piece) = piece else { return };
        let video = match container::pack(&piece.packets) {
            Ok(video) => video,
            Err(error) => {
                self.refused("codec", 1);
                return self.tell_refused(Some(error.to_string()));
            }
        };
        let segment = self.segment(&piece, &video);
        match self.buffer.put(&segment, &video) {
            Ok(put) => {
                if put.dropped > 0 {
                    self.status.lost("buffer_full", put.dropped);
                    tracing::warn!(dropped = put.dropped, "the buffer is full: the oldest segments were dropped");
                }
            }
            Err(error) => {
                self.status.lost("disk", 1);
                tracing::error!(camera = %self.camera.id, %error, "a segment is lost");
                return self.tell_refused(Some(error.to_string()));
            }
        }
        self.sequence += 1;
        let id = || self.camera.id.clone();
        metrics::counter!(RECORDED, "camera" => id()).increment(1);
        metrics::counter!(RECORDED_BYTES, "camera" => id()).increment(video.len() as u64);
        if !segment.keyframe {
            metrics::counter!(PARTS, "camera" => id()).increment(1);
        }
        self.tell_refused(None);
        self.status.camera(&self.camera.id, |camera| camera.segments += 1);
    }

    fn segment(&mut self, piece: &Piece, video: &[u8]) -> Segment {
        let first = &piece.packets[0];
        let format = &first.format;
        let (width, height) = format.size();
        Segment {
            camera: self.camera.id.clone(),
            session: self.session,
            sequence: self.sequence,
            start: self.camera.time(first.at, &self.city.timezone),
            duration_ms: piece.duration.unsigned_abs(),
            codec: format.codec().to_owned(),
            width,
            height,
            reorder: format.delay() as u8,
            container: Container::Mp4,
            packets: piece.packets.len() as u32,
            keyframe: piece.keyframe(),
            follows: piece.follows,
            damaged: damaged(&piece.packets),
            clock: self.quality(),
            bytes: video.len() as u64,
            sha256: sha256(video),
            data: None,
            uri: None,
        }
    }

    /// How good the times are: given for a recording with a start, else as the system's clock is.
    fn quality(&mut self) -> RecorderClock {
        if self.given {
            return RecorderClock { quality: ClockQuality::Given, error_ms: None };
        }
        let now = self.clock.monotonic();
        match self.quality {
            Some((at, quality)) if now.saturating_sub(at) < CLOCK_EVERY => quality,
            _ => {
                let quality = system_clock();
                self.quality = Some((now, quality));
                quality
            }
        }
    }

    fn refused(&self, reason: &'static str, n: u64) {
        if n > 0 {
            metrics::counter!(REFUSED, "camera" => self.camera.id.clone(), "reason" => reason).increment(n);
        }
    }

    /// Says once that the camera cannot be recorded, and once that it can again.
    fn tell_refused(&self, why: Option<String>) {
        let id = &self.camera.id;
        self.status.camera(id, |camera| {
            match (&camera.refused, &why) {
                (None, Some(why)) => tracing::error!(camera = %id, why, "this camera cannot be recorded"),
                (Some(_), None) => tracing::info!(camera = %id, "this camera is recorded again"),
                _ => {}
            }
            camera.refused = why;
        });
    }
}

fn limits(city: &City) -> CutLimits {
    let record = &city.record;
    // A part fits into a message, so that a store is needed by choice only.
    let largest = (MAX_INLINE_BYTES - (256 << 10)).min(record.buffer_bytes as usize);
    let (least, longest): (Millis, Millis) = (record.length, record.longest);
    CutLimits { least, longest, largest, packets: MAX_PACKETS as usize }
}
