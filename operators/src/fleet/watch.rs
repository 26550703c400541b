//! All vehicles of a worker: readings in, changes out.

use super::config::{FleetConfig, VehicleClass};
use super::coverage::{CoverageSnapshot, PlanReport, Work};
use super::map::{FleetMap, Profile};
use super::vehicle::{Notes, VehicleRules, VehicleState};
use crate::series::{Device, Held, SavedDevice, SeriesCounts};
use crate::vocabulary::{EventTime, Quality, Reading, SensorChange};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A vehicle came into a fence or left it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Passage {
    /// Which vehicle.
    pub device: String,
    /// Which fence.
    pub fence: String,
    /// When.
    pub at: EventTime,
    /// It entered; else it left.
    pub entered: bool,
}

/// A mark of a reading that only the readings before it could tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// Which vehicle.
    pub device: String,
    /// Time of the reading.
    pub at: EventTime,
    /// The words of the marks.
    pub marks: Vec<String>,
}

/// Everything that readings led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FleetOutcome {
    /// Changes of candidates.
    pub changes: Vec<SensorChange>,
    /// Comings and goings. Told again where late readings made the rules read again: the latest word holds.
    pub passages: Vec<Passage>,
    /// Readings that are marked now.
    pub marks: Vec<Mark>,
    /// Plans whose hours are over.
    pub reports: Vec<PlanReport>,
}

/// One vehicle written out. Opaque: only [`Fleet::restore`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VehicleSnapshot {
    version: u32,
    device: SavedDevice<VehicleState>,
}

/// Version of the snapshot's layout. Another version's candidates are not taken over.
const SNAPSHOT_VERSION: u32 = 1;

#[derive(Debug, Clone)]
struct Watched {
    profile: Profile,
    device: Device<VehicleState>,
}

/// The vehicles of one worker. Not thread-safe by design: one owner each.
#[derive(Debug, Clone)]
pub struct Fleet {
    config: FleetConfig,
    map: Arc<FleetMap>,
    vehicles: HashMap<String, Watched>,
    coverage: CoverageSnapshot,
    own: Arc<str>,
}

impl Fleet {
    /// No vehicle is known yet.
    pub fn new(config: FleetConfig, map: Arc<FleetMap>) -> Fleet {
        let (vehicles, coverage) = (HashMap::new(), CoverageSnapshot::default());
        Fleet { config, map, vehicles, coverage, own: "vehicle".into() }
    }

    /// Takes readings, in any order. Those of one call are judged together, so late ones cost least in one batch.
    /// Readings without a usable time are counted, not judged.
    pub fn observe(&mut self, readings: &[Reading]) -> FleetOutcome {
        let mut out = FleetOutcome::default();
        for reading in readings {
            let watched = match self.vehicles.get_mut(&reading.device) {
                Some(watched) => watched,
                None => {
                    let profile = self.map.profile(&reading.device);
                    self.vehicles.entry(reading.device.clone()).or_insert(Watched { profile, device: Device::new() })
                }
            };
            if watched.device.push(reading, &self.config.series) {
                self.settle(&reading.device, &mut out);
            }
        }
        match readings {
            [one] => self.settle(&one.device, &mut out),
            // In the order of the readings, so that the same ones always lead to the same words.
            many => many.iter().for_each(|r| self.settle(&r.device, &mut out)),
        }
        out
    }

    /// It is `now` for everybody: nothing that would have come by then is waited for, and plans that are over are judged.
    pub fn advance(&mut self, now: EventTime) -> FleetOutcome {
        let mut out = FleetOutcome::default();
        let until = now.plus(-self.config.series.lateness);
        let mut devices: Vec<String> = self.vehicles.keys().cloned().collect();
        devices.sort_unstable();
        for device in &devices {
            if let Some(watched) = self.vehicles.get_mut(device) {
                watched.device.advance(until);
                watched.device.waiting = true;
            }
            self.settle(device, &mut out);
        }
        if !self.map.plans.is_empty() {
            let states = self.vehicles.values().map(|w| w.device.state());
            let heard = self.vehicles.iter().filter(|(_, w)| w.profile.class == VehicleClass::Sweeper);
            let work = Work {
                swept: states.flat_map(|s| &s.swept).collect(),
                heard: heard.filter_map(|(d, w)| Some((d.as_str(), w.device.newest()?))).collect(),
            };
            self.coverage.judge(&self.map, &self.config, now, &work, (&mut out.changes, &mut out.reports));
        }
        out
    }

    /// Another plan holds from now on. What is open under rules that no longer hold is told by the next readings.
    pub fn replan(&mut self, map: Arc<FleetMap>) {
        for (device, watched) in &mut self.vehicles {
            watched.profile = map.profile(device);
        }
        self.map = map;
    }

    /// Everything of one vehicle that must outlive this worker.
    pub fn snapshot(&self, device: &str) -> Option<VehicleSnapshot> {
        let watched = self.vehicles.get(device)?;
        Some(VehicleSnapshot { version: SNAPSHOT_VERSION, device: watched.device.save() })
    }

    /// Everything of the plans that must outlive this worker.
    pub fn coverage(&self) -> &CoverageSnapshot {
        &self.coverage
    }

    /// Goes on with a vehicle from its snapshot. What the plan of today finds otherwise in it is told.
    pub fn restore(&mut self, device: &str, snapshot: VehicleSnapshot) -> FleetOutcome {
        let mut out = FleetOutcome::default();
        if snapshot.version == SNAPSHOT_VERSION {
            let profile = self.map.profile(device);
            let rules = VehicleRules { map: &self.map, config: &self.config, profile: &profile, own: &self.own };
            let series = &self.config.series;
            let mut notes = Notes::default();
            let loaded = Device::load(device, snapshot.device, &rules, series, &mut notes, &mut out.changes);
            self.vehicles.insert(device.to_owned(), Watched { profile, device: loaded });
        }
        out
    }

    /// Goes on with the plans from their snapshot.
    pub fn restore_coverage(&mut self, snapshot: CoverageSnapshot) {
        self.coverage = snapshot;
    }

    /// A vehicle goes to another worker: its state is written out and forgotten here.
    pub fn release(&mut self, device: &str) -> Option<VehicleSnapshot> {
        let snapshot = self.snapshot(device);
        self.vehicles.remove(device);
        snapshot
    }

    /// A vehicle is no longer watched: what is open ends.
    pub fn retire(&mut self, device: &str, reason: &'static str) -> FleetOutcome {
        let mut out = FleetOutcome::default();
        if let Some(mut watched) = self.vehicles.remove(device) {
            watched.device.close(reason, &mut out.changes);
        }
        out
    }

    /// Devices that are watched, in no order.
    pub fn devices(&self) -> impl Iterator<Item = &str> {
        self.vehicles.keys().map(String::as_str)
    }

    /// Devices of which nothing was heard since, and of which nothing is open: they can be released, or plates that
    /// were read wrong once would be held for ever.
    pub fn idle(&self, since: EventTime) -> impl Iterator<Item = &str> {
        self.vehicles.iter().filter(move |(_, w)| w.device.is_idle(since)).map(|(device, _)| device.as_str())
    }

    /// The readings of a vehicle that are held, in the order of their times.
    pub fn readings(&self, device: &str) -> impl Iterator<Item = Held<'_>> {
        self.vehicles.get(device).into_iter().flat_map(|w| w.device.readings())
    }

    /// What became of a vehicle's readings.
    pub fn counts(&self, device: &str) -> Option<SeriesCounts> {
        self.vehicles.get(device).map(|w| w.device.counts())
    }

    /// Readings held of all vehicles.
    pub fn held(&self) -> usize {
        self.vehicles.values().map(|w| w.device.held()).sum()
    }

    /// The plan at work.
    pub fn map(&self) -> &Arc<FleetMap> {
        &self.map
    }

    fn settle(&mut self, name: &str, out: &mut FleetOutcome) {
        let Some(Watched { profile, device }) = self.vehicles.get_mut(name) else { return };
        if !device.waiting {
            return;
        }
        let rules = VehicleRules { map: &self.map, config: &self.config, profile, own: &self.own };
        let mut notes = Notes::default();
        device.settle(name, &rules, &self.config.series, &mut notes, &mut out.changes);
        let passage = |(fence, at, entered): (Arc<str>, EventTime, bool)| Passage {
            device: name.to_owned(),
            fence: fence.to_string(),
            at,
            entered,
        };
        out.passages.extend(notes.passages.into_iter().map(passage));
        let mark = |(at, quality): (EventTime, Quality)| Mark {
            device: name.to_owned(),
            at,
            marks: quality.words().map(str::to_owned).collect(),
        };
        out.marks.extend(notes.marks.into_iter().map(mark));
    }
}
