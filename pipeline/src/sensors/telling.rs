//! What the rules found goes onto the log, in one batch with the memory of whom it is about and with where reading goes on.

use super::candidate::candidate;
use super::desk::Desk;
use super::evidence;
use super::following::{Following, Progress};
use super::memory::{self, DeviceMemory, Evidence, Position};
use crate::config::City;
use crate::evidence::EvidenceRecorder;
use crate::payload::{Candidate, CloudEvent, State};
use crate::telemetry::names;
use crate::worker::{Delivery, Message, deliver};
use operators::vocabulary::{EventTime, SensorChange};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often where reading goes on is written, where nothing else is.
const POSITION_EVERY: Duration = Duration::from_secs(30);
/// Devices whose memory goes into one batch.
const DEVICES: usize = 32;
/// Devices whose memory leaves the log with one batch.
const FORGOTTEN: usize = 256;

/// The candidate of a change with its evidence: made where it is raised, the same from then on.
pub(super) fn told(
    city: &City,
    desk: &Desk,
    recorder: &EvidenceRecorder,
    kept: &mut Evidence,
    change: &SensorChange,
) -> Candidate {
    let book = desk.book();
    let mut candidate = candidate(city, book, change);
    if candidate.state == State::Raised {
        let files = evidence::files(book, &candidate, change, &desk.readings(&change.device));
        let version = format!("{} {}", city.version, book.version);
        candidate.evidence = recorder.record_files(&candidate, &version, files.made, files.missing).items;
        kept.raised(candidate.id, candidate.evidence.clone());
    } else {
        candidate.evidence = kept.of(candidate.id, candidate.state, candidate.last_seen.event_time());
    }
    candidate
}

impl Following<'_> {
    /// Tells changes, each batch with the memory of whom it is about.
    pub fn tell(&mut self, changes: Vec<SensorChange>) -> Delivery {
        let mut by_device: BTreeMap<String, Vec<SensorChange>> = BTreeMap::new();
        for change in changes {
            by_device.entry(change.device.clone()).or_default().push(change);
        }
        let devices: Vec<String> = by_device.keys().cloned().collect();
        let mut all = Delivery::Acknowledged;
        for some in devices.chunks(DEVICES) {
            let mut batch = Vec::new();
            for change in some.iter().filter_map(|device| by_device.remove(device)).flatten() {
                batch.push(self.candidate(&change));
            }
            // What can never be said of one device must not keep the others' words.
            match self.save(&some.iter().cloned().collect(), batch) {
                Delivery::Acknowledged => {}
                Delivery::Lost => all = Delivery::Lost,
                Delivery::Fenced => return Delivery::Fenced,
            }
        }
        all
    }

    fn candidate(&mut self, change: &SensorChange) -> Message {
        let city = &self.parts.city;
        let kept = match change.device.strip_prefix("plan:") {
            Some(_) => &mut self.of_plans,
            None => self.evidence.entry(change.device.clone()).or_default(),
        };
        let candidate = told(city, &self.desk, &self.parts.evidence, kept, change);
        let (rule, transition) = (candidate.rule.clone(), candidate.state.as_str());
        metrics::counter!(names::CANDIDATES, "rule" => rule, "transition" => transition).increment(1);
        Message::Candidate(Box::new(CloudEvent::candidate(&city.name, candidate)))
    }

    /// Devices whose readings have waited long enough for a place on the log, and where reading goes on.
    pub fn save_due(&mut self, now: Duration) -> Delivery {
        let longest = Duration::from_millis(self.config.snapshot.unsigned_abs());
        let is_due = |p: &Progress| p.since.is_some_and(|since| now.saturating_sub(since) >= longest);
        let due: BTreeSet<String> =
            self.devices.iter().filter(|(_, p)| is_due(p)).map(|(d, _)| d.clone()).take(DEVICES).collect();
        if due.is_empty() && now.saturating_sub(self.placed) < POSITION_EVERY {
            return Delivery::Acknowledged;
        }
        self.save(&due, Vec::new())
    }

    /// Keeps everything: the process ends.
    pub fn save_all(&mut self) -> Delivery {
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
        // One that has come back since is kept.
        let watched = &self.devices;
        self.forgotten.retain(|device| !watched.contains_key(device));
        batch.extend(self.forgotten.iter().take(FORGOTTEN).cloned().map(Message::Forgotten));
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
        let delivery = deliver(self.parts.sink.as_ref(), self.parts.clock.as_ref(), &self.follower.stop, &batch);
        if delivery == Delivery::Acknowledged {
            self.placed = now;
            for message in &batch {
                if let Message::Forgotten(device) = message {
                    self.forgotten.remove(device);
                }
            }
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
