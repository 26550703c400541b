//! The topic `readings`, followed for as long as this process speaks for the devices.
//!
//! What is told goes out in one batch with the memory of the devices that it is about, so that another process goes on
//! exactly there: a candidate that was told is known, one that was not is found again. Readings that changed nothing are
//! in no memory for a while; where reading goes on is before the first of them.

use super::book::Book;
use super::candidate::candidate;
use super::desk::{Desk, Found};
use super::evidence;
use super::memory::{self, DeviceMemory, Evidence, Left, Position};
use crate::clock::Clock;
use crate::config::{City, Sensors};
use crate::evidence::EvidenceRecorder;
use crate::log::{Cursor, ErrorKind, Log, LogError, Offsets, Start, Stored, Topic};
use crate::payload::{CloudEvent, DeviceReading, State};
use crate::plans;
use crate::telemetry::names;
use crate::worker::{Delivery, Message, Sink, deliver};
use operators::vocabulary::{EventTime, Reading, SensorChange};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Records that are judged together, at most; late ones cost least so.
const TOGETHER: usize = 1_000;
/// How long to wait for the next record.
const WAIT: Duration = Duration::from_millis(250);
/// How long until the log is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often it is a later time for everybody.
const TURN: Duration = Duration::from_secs(1);
/// How often the plans folder is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often where reading goes on is written, where nothing else is.
const POSITION_EVERY: Duration = Duration::from_secs(30);
/// Devices whose memory goes into one batch.
const DEVICES: usize = 32;
/// Vehicles that are silent for so long and of which nothing is open are let go.
const IDLE: i64 = 86_400_000;

/// How following ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// A stop was asked for, and everything is on the log.
    Stopped,
    /// Another process speaks for the devices.
    Fenced,
    /// So many batches could not be delivered.
    Lost(u64),
}

/// Everything that following needs. Blocking: a thread of its own.
pub struct Follower {
    /// The city.
    pub city: Arc<City>,
    /// Where the readings are, and the memory of an earlier process.
    pub log: Arc<dyn Log>,
    /// Where candidates and memory go.
    pub sink: Arc<dyn Sink>,
    /// Writes evidence.
    pub evidence: EvidenceRecorder,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Waits for the log.
    pub runtime: tokio::runtime::Handle,
    /// Asks to stop.
    pub stop: Arc<AtomicBool>,
    /// What the city draws and permits, to begin with; `None` to wait until it is whole.
    pub book: Option<Arc<Book>>,
    /// Files that are put onto the topic meanwhile, in place of a gateway.
    pub files: Option<Arc<Files>>,
}

/// Files that are put onto the topic while it is followed.
#[derive(Debug)]
pub struct Files {
    /// Time in them passes so many times faster.
    pub speed: u32,
    /// The last of them is on the topic.
    pub fed: AtomicBool,
    /// All of it is judged.
    pub judged: AtomicBool,
}

/// How far one device's readings are in its memory.
#[derive(Debug, Default)]
struct Progress {
    /// For each partition that it is in the offset after its newest reading.
    next: Offsets,
    /// For each the first reading that is in no memory on the log.
    unsaved: Offsets,
    /// Monotonic time since which there is one.
    since: Option<Duration>,
}

/// One process's following.
struct Following<'a> {
    parts: &'a Follower,
    config: &'a Sensors,
    desk: Desk,
    devices: BTreeMap<String, Progress>,
    evidence: BTreeMap<String, Evidence>,
    of_plans: Evidence,
    /// What the records said that were read: for each partition the offset after the last.
    read: BTreeMap<i32, i64>,
    /// The newest arrival, and the monotonic time at which it was read.
    newest: Option<(EventTime, Duration)>,
    turned: Duration,
    looked: Duration,
    placed: Duration,
    fingerprint: plans::Fingerprint,
}

impl Follower {
    /// Follows until asked to stop, or until another process speaks for the devices. `config` is the city's.
    ///
    /// # Errors
    /// The log fails for good.
    pub fn run(self, config: &Sensors) -> Result<Ended, LogError> {
        let fingerprint = plans::fingerprint(&config.plans);
        let Some(book) = self.begun_with(config) else { return Ok(Ended::Stopped) };
        let left = self.patiently(|| self.runtime.block_on(memory::recall(self.log.as_ref())))?;
        let mut cursor = self.patiently(|| self.runtime.block_on(self.cursor(&left.position.offsets)))?;
        let now = self.clock.monotonic();
        let mut following = Following {
            parts: &self,
            config,
            desk: Desk::new(config, book),
            devices: BTreeMap::new(),
            evidence: BTreeMap::new(),
            of_plans: left.position.evidence.clone(),
            read: left.position.offsets.clone(),
            newest: left.position.newest.map(|at| (at, now)),
            turned: now,
            looked: now,
            placed: now,
            fingerprint,
        };
        let mut delivery = following.restore(left);
        let mut lost = 0;
        while delivery != Delivery::Fenced && !self.stop.load(Ordering::Acquire) {
            match self.runtime.block_on(gather(cursor.as_mut())) {
                Ok(records) => {
                    delivery = following.step(&records);
                    lost += u64::from(delivery == Delivery::Lost);
                }
                Err(error) if error.kind == ErrorKind::OffsetGone => {
                    cursor = self.patiently(|| self.runtime.block_on(self.cursor(&following.read)))?;
                }
                Err(error) if error.retry() => self.breathe(&error),
                Err(error) => return Err(error),
            }
        }
        if delivery != Delivery::Fenced {
            delivery = following.save_all();
            lost += u64::from(delivery == Delivery::Lost);
        }
        Ok(match delivery {
            Delivery::Fenced => Ended::Fenced,
            _ if lost > 0 => Ended::Lost(lost),
            _ => Ended::Stopped,
        })
    }

    /// The plans to begin with. Without them nothing is judged: an empty folder would make every open candidate end.
    fn begun_with(&self, config: &Sensors) -> Option<Arc<Book>> {
        let mut book = self.book.clone();
        while book.is_none() && !self.stop.load(Ordering::Acquire) {
            match Book::open(config) {
                Ok(whole) => book = Some(Arc::new(whole)),
                Err(error) => {
                    let hint = "`streetwatch plans check` lists what is wrong";
                    tracing::error!(%error, "no reading is judged until the plans are whole; {hint}");
                    self.clock.sleep(LOOK);
                }
            }
        }
        book
    }

    /// Tries until the log answers, or a stop is asked for.
    fn patiently<T>(&self, mut attempt: impl FnMut() -> Result<T, LogError>) -> Result<T, LogError> {
        loop {
            match attempt() {
                Err(error) if error.retry() && !self.stop.load(Ordering::Acquire) => self.breathe(&error),
                done => return done,
            }
        }
    }

    fn breathe(&self, error: &LogError) {
        tracing::warn!(%error, "readings cannot be followed; trying again");
        self.clock.sleep(AGAIN);
    }

    async fn cursor(&self, from: &Offsets) -> Result<Box<dyn Cursor>, LogError> {
        // Retention may have passed what was not read: then from the oldest that there is.
        let mut offsets = from.clone();
        for (partition, bounds) in self.log.bounds(Topic::Readings).await? {
            if let Some(offset) = offsets.get_mut(&partition) {
                if *offset < bounds.first {
                    let lost = bounds.first - *offset;
                    tracing::warn!(partition, lost, "readings were deleted by retention before they were read");
                    metrics::counter!(names::RECORDS_REFUSED, "topic" => "readings", "reason" => "retention")
                        .increment(lost.unsigned_abs());
                }
                *offset = (*offset).clamp(bounds.first, bounds.end);
            }
        }
        self.log.read(Topic::Readings, Start::At(offsets)).await
    }
}

/// What has come by now, or the next record.
async fn gather(cursor: &mut dyn Cursor) -> Result<Vec<Stored>, LogError> {
    let mut records = Vec::new();
    let mut wait = WAIT;
    while records.len() < TOGETHER {
        let Some(record) = cursor.next(wait).await? else { break };
        records.push(record);
        wait = Duration::ZERO;
    }
    Ok(records)
}

impl Following<'_> {
    fn restore(&mut self, left: Left) -> Delivery {
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

    fn step(&mut self, records: &[Stored]) -> Delivery {
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
        if last && let Some(files) = &self.parts.files {
            files.judged.store(true, Ordering::Release);
        }
        self.save_due(now)
    }

    /// The files are on the topic to the last, and it has not been told yet that they are judged.
    fn is_fed(&self) -> bool {
        let done = |files: &Arc<Files>| files.fed.load(Ordering::Acquire) && !files.judged.load(Ordering::Acquire);
        self.parts.files.as_ref().is_some_and(done)
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
    fn time(&self, now: Duration) -> Option<EventTime> {
        let speed = self.parts.files.as_ref().map_or(1, |files| i64::from(files.speed));
        self.newest.map(|(at, read)| at.plus(now.saturating_sub(read).as_millis() as i64 * speed))
    }

    fn turn(&mut self, now: Duration, found: &mut Found) {
        let Some(time) = self.time(now) else { return };
        self.advance(time, found);
        for device in self.desk.forget_idle(time.plus(-IDLE)) {
            self.devices.remove(&device);
            self.evidence.remove(&device);
        }
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

    /// Tells changes, each batch with the memory of whom it is about.
    fn tell(&mut self, changes: Vec<SensorChange>) -> Delivery {
        let mut by_device: BTreeMap<String, Vec<SensorChange>> = BTreeMap::new();
        for change in changes {
            by_device.entry(change.device.clone()).or_default().push(change);
        }
        let devices: Vec<String> = by_device.keys().cloned().collect();
        for some in devices.chunks(DEVICES) {
            let mut batch = Vec::new();
            for change in some.iter().filter_map(|device| by_device.remove(device)).flatten() {
                batch.push(self.candidate(&change));
            }
            let delivery = self.save(&some.iter().cloned().collect(), batch);
            if delivery != Delivery::Acknowledged {
                return delivery;
            }
        }
        Delivery::Acknowledged
    }

    fn candidate(&mut self, change: &SensorChange) -> Message {
        let (city, book) = (&self.parts.city, self.desk.book().clone());
        let mut candidate = candidate(city, &book, change);
        let kept = match change.device.strip_prefix("plan:") {
            Some(_) => &mut self.of_plans,
            None => self.evidence.entry(change.device.clone()).or_default(),
        };
        if candidate.state == State::Raised {
            let files = evidence::files(&book, &candidate, change, &self.desk.readings(&change.device));
            let version = format!("{} {}", city.version, book.version);
            candidate.evidence =
                self.parts.evidence.record_files(&candidate, &version, files.made, files.missing).items;
            kept.raised(candidate.id, candidate.evidence.clone());
        } else {
            candidate.evidence = kept.of(candidate.id, candidate.state, candidate.last_seen.event_time());
        }
        let (rule, transition) = (candidate.rule.clone(), candidate.state.as_str());
        metrics::counter!(names::CANDIDATES, "rule" => rule, "transition" => transition).increment(1);
        Message::Candidate(Box::new(CloudEvent::candidate(&city.name, candidate)))
    }

    /// Devices whose readings have waited long enough for a place on the log, and where reading goes on.
    fn save_due(&mut self, now: Duration) -> Delivery {
        let longest = Duration::from_millis(self.config.snapshot.unsigned_abs());
        let is_due = |p: &Progress| p.since.is_some_and(|since| now.saturating_sub(since) >= longest);
        let due: BTreeSet<String> =
            self.devices.iter().filter(|(_, p)| is_due(p)).map(|(d, _)| d.clone()).take(DEVICES).collect();
        if due.is_empty() && now.saturating_sub(self.placed) < POSITION_EVERY {
            return Delivery::Acknowledged;
        }
        self.save(&due, Vec::new())
    }

    fn save_all(&mut self) -> Delivery {
        let unsaved = |p: &Progress| p.since.is_some();
        let all: Vec<String> = self.devices.iter().filter(|(_, p)| unsaved(p)).map(|(d, _)| d.clone()).collect();
        for some in all.chunks(DEVICES) {
            let delivery = self.save(&some.iter().cloned().collect(), Vec::new());
            if delivery != Delivery::Acknowledged {
                return delivery;
            }
        }
        self.save(&BTreeSet::new(), Vec::new())
    }

    /// Puts a batch onto the log with the memory of these devices, and with where reading goes on.
    fn save(&mut self, devices: &BTreeSet<String>, mut batch: Vec<Message>) -> Delivery {
        let now = self.parts.clock.monotonic();
        let at = self.time(now).unwrap_or(EventTime(0));
        let city = &self.parts.city;
        let mut saved = Vec::new();
        for device in devices {
            let (Some(progress), Some(rules)) = (self.devices.get_mut(device), self.desk.snapshot(device)) else {
                continue;
            };
            let evidence = self.evidence.get(device).cloned().unwrap_or_default();
            let memory = DeviceMemory { next: progress.next.clone(), rules, evidence };
            batch.push(memory::of_device(city, device, at, &memory));
            saved.push((device.clone(), std::mem::take(&mut progress.unsaved), progress.since.take()));
        }
        let position = Position {
            offsets: self.low_water(),
            newest: self.newest.map(|(at, _)| at),
            coverage: self.desk.coverage(),
            evidence: self.of_plans.clone(),
        };
        batch.push(memory::of_position(city, at, &position));
        let delivery = deliver(self.parts.sink.as_ref(), self.parts.clock.as_ref(), &self.parts.stop, &batch);
        if delivery == Delivery::Acknowledged {
            self.placed = now;
        } else {
            for (device, unsaved, since) in saved {
                let progress = self.devices.entry(device).or_default();
                (progress.unsaved, progress.since) = (unsaved, since);
            }
        }
        delivery
    }

    /// Reading goes on before the first reading that is in no memory.
    fn low_water(&self) -> BTreeMap<i32, i64> {
        let mut offsets = self.read.clone();
        for progress in self.devices.values() {
            for (partition, first) in &progress.unsaved {
                let offset = offsets.entry(*partition).or_insert(*first);
                *offset = (*offset).min(*first);
            }
        }
        offsets
    }
}

/// The reading of a record; else a word for the metric, and what is wrong.
fn read(record: &Stored) -> Result<Reading, (&'static str, String)> {
    let payload = record.payload.as_ref().ok_or_else(|| ("empty", "it has no payload".to_owned()))?;
    let event: CloudEvent<DeviceReading> =
        serde_json::from_slice(payload).map_err(|error| ("unreadable", error.to_string()))?;
    event.data.reading().map_err(|error| ("unknown-word", error.to_string()))
}
