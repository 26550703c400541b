//! The rules at work on records of the topic, for one process's time: readings in, changes told ([`super::telling`]).

use super::book::Book;
use super::desk::{Desk, Found};
use super::follow::{Files, Follower, LOOK, Parts, TOGETHER};
use super::memory::{DeviceMemory, Evidence, Left, Position};
use crate::config::Sensors;
use crate::log::{Offsets, Stored};
use crate::payload::{CloudEvent, DeviceReading};
use crate::plans;
use crate::telemetry::names;
use crate::worker::Delivery;
use operators::vocabulary::{EventTime, Reading};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often it is a later time for everybody.
const TURN: Duration = Duration::from_secs(1);
/// Vehicles that are silent for so long and of which nothing is open are let go.
const IDLE: i64 = 86_400_000;

/// How far one device's readings are in its memory.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// For each partition that it is in the offset after its newest reading.
    pub next: Offsets,
    /// For each the first reading that is in no memory on the log.
    pub unsaved: Offsets,
    /// Monotonic time since which there is one.
    pub since: Option<Duration>,
}

/// One process's following.
pub(super) struct Following<'a> {
    pub(super) follower: &'a Follower,
    pub(super) parts: &'a Parts,
    pub(super) config: &'a Sensors,
    pub(super) desk: Desk,
    pub(super) devices: BTreeMap<String, Progress>,
    pub(super) evidence: BTreeMap<String, Evidence>,
    pub(super) of_plans: Evidence,
    /// Devices whose memory is still on the log, and is of no use any more.
    pub(super) forgotten: BTreeSet<String>,
    /// What the records said that were read: for each partition the offset after the last.
    pub(super) read: BTreeMap<i32, i64>,
    /// The newest arrival, and the monotonic time at which it was read.
    pub(super) newest: Option<(EventTime, Duration)>,
    pub(super) turned: Duration,
    pub(super) looked: Duration,
    pub(super) placed: Duration,
    pub(super) fingerprint: plans::Fingerprint,
}

impl<'a> Following<'a> {
    /// Goes on at a position, with no device yet.
    pub fn new(
        follower: &'a Follower,
        config: &'a Sensors,
        book: Arc<Book>,
        position: &Position,
        fingerprint: plans::Fingerprint,
    ) -> Following<'a> {
        let parts = &follower.parts;
        let now = parts.clock.monotonic();
        Following {
            follower,
            parts,
            config,
            desk: Desk::new(config, book),
            devices: BTreeMap::new(),
            evidence: BTreeMap::new(),
            of_plans: position.evidence.clone(),
            forgotten: BTreeSet::new(),
            read: position.offsets.clone(),
            newest: position.newest.map(|at| (at, now)),
            turned: now,
            looked: now,
            placed: now,
            fingerprint,
        }
    }

    /// Takes over what an earlier process left. What the plans of today find otherwise is told.
    pub fn restore(&mut self, left: Left) -> Delivery {
        self.desk.restore_coverage(left.position.coverage);
        let mut changes = Vec::new();
        for (device, memory) in left.devices {
            let DeviceMemory { next, rules, evidence } = memory;
            self.devices.insert(device.clone(), Progress { next, ..Progress::default() });
            self.evidence.insert(device.clone(), evidence);
            changes.extend(self.desk.restore(&device, rules).changes);
        }
        let (devices, readings) = self.desk.size();
        tracing::info!(devices, readings, told = changes.len(), "rules over readings go on");
        self.tell(changes)
    }

    /// Judges records, and tells and keeps what is due.
    pub fn step(&mut self, records: &[Stored]) -> Delivery {
        let now = self.parts.clock.monotonic();
        let readings = self.readings(records, now);
        let mut found = self.desk.take(&readings);
        if now.saturating_sub(self.turned) >= TURN || records.len() >= TOGETHER {
            self.turned = now;
            self.turn(now, &mut found);
        }
        if now.saturating_sub(self.looked) >= LOOK {
            self.looked = now;
            self.look();
        }
        let last = records.is_empty() && self.is_fed();
        if let (true, Some((newest, _))) = (last, self.newest) {
            // No more comes: what waits for late readings need wait no more, and plans whose hours are over are judged.
            self.advance(newest.plus(self.config.fleet.coverage.grace), &mut found);
        }
        self.note(&found);
        let delivery = self.tell(found.changes);
        if delivery != Delivery::Acknowledged {
            return delivery;
        }
        if last && let Some(files) = &self.follower.files {
            files.judged.store(true, Ordering::Release);
        }
        self.save_due(now)
    }

    /// The files are on the topic to the last, and it has not been told yet that they are judged.
    fn is_fed(&self) -> bool {
        let done = |files: &Arc<Files>| files.fed.load(Ordering::Acquire) && !files.judged.load(Ordering::Acquire);
        self.follower.files.as_ref().is_some_and(done)
    }

    /// The readings of records that are not in a device's memory yet.
    fn readings(&mut self, records: &[Stored], now: Duration) -> Vec<Reading> {
        let mut readings = Vec::with_capacity(records.len());
        for record in records {
            let (partition, offset) = (record.position.partition, record.position.offset);
            self.read.insert(partition, offset + 1);
            let reading = match read(record) {
                Ok(reading) => self.desk.book().known(reading, &self.parts.city),
                Err((reason, why)) => {
                    metrics::counter!(names::RECORDS_REFUSED, "topic" => "readings", "reason" => reason).increment(1);
                    tracing::warn!(key = record.key, partition, offset, why, "a reading cannot be used");
                    continue;
                }
            };
            let progress = self.devices.entry(reading.device.clone()).or_default();
            if progress.next.get(&partition).is_some_and(|next| offset < *next) {
                continue;
            }
            progress.next.insert(partition, offset + 1);
            progress.unsaved.entry(partition).or_insert(offset);
            progress.since.get_or_insert(now);
            if self.newest.is_none_or(|(newest, _)| newest < reading.arrived) {
                self.newest = Some((reading.arrived, now));
            }
            metrics::counter!(names::READINGS, "kind" => reading.values.kind().as_str()).increment(1);
            readings.push(reading);
        }
        readings
    }

    /// The time for everybody: the newest arrival, and what has passed since. So files of another year are judged as
    /// they came.
    pub(super) fn time(&self, now: Duration) -> Option<EventTime> {
        let speed = self.follower.files.as_ref().map_or(1, |files| i64::from(files.speed));
        self.newest.map(|(at, read)| at.plus(now.saturating_sub(read).as_millis() as i64 * speed))
    }

    fn turn(&mut self, now: Duration, found: &mut Found) {
        let Some(time) = self.time(now) else { return };
        self.advance(time, found);
        let (counts, (devices, readings)) = (self.desk.counts(), self.desk.size());
        metrics::gauge!(names::DEVICES).set(devices as f64);
        metrics::gauge!(names::READINGS_HELD).set(readings as f64);
        for (outcome, count) in [
            ("late", counts.late),
            ("duplicate", counts.duplicates),
            ("too-late", counts.too_late),
            ("hurried", counts.hurried),
            ("untimed", counts.untimed),
        ] {
            metrics::gauge!(names::READINGS_OUTCOME, "outcome" => outcome).set(count as f64);
        }
    }

    fn advance(&mut self, time: EventTime, found: &mut Found) {
        let later = self.desk.advance(time);
        found.changes.extend(later.changes);
        found.reports.extend(later.reports);
        found.silences.extend(later.silences);
        for device in self.desk.forget_idle(time.plus(-IDLE)) {
            self.devices.remove(&device);
            self.evidence.remove(&device);
            self.forgotten.insert(device);
        }
    }

    /// Takes other plans, once they are whole.
    fn look(&mut self) {
        let fingerprint = plans::fingerprint(&self.config.plans);
        if fingerprint == self.fingerprint {
            return;
        }
        self.fingerprint = fingerprint;
        match Book::open(self.config) {
            Ok(book) if book.version == self.desk.book().version => {}
            Ok(book) => {
                tracing::info!(version = book.version, "other plans hold from now on");
                self.desk.replan(Arc::new(book));
            }
            Err(error) => tracing::error!(%error, "the plans folder is wrong; the last good plans hold"),
        }
    }

    fn note(&self, found: &Found) {
        for silence in &found.silences {
            let state = if silence.over { "speaks again" } else { "is silent: what it watches is unknown" };
            tracing::info!(device = silence.device, since = silence.since.0, state, "device");
        }
        for report in &found.reports {
            tracing::info!(plan = report.plan, share = report.share, by_hour = ?report.by_hour, heard = report.heard, "plan");
            metrics::gauge!(names::PLAN_SHARE, "plan" => report.plan.clone()).set(f64::from(report.share));
        }
    }
}

/// The reading of a record; else a word for the metric, and what is wrong.
fn read(record: &Stored) -> Result<Reading, (&'static str, String)> {
    let payload = record.payload.as_ref().ok_or_else(|| ("empty", "it has no payload".to_owned()))?;
    let event: CloudEvent<DeviceReading> =
        serde_json::from_slice(payload).map_err(|error| ("unreadable", error.to_string()))?;
    event.data.reading().map_err(|error| ("unknown-word", error.to_string()))
}
