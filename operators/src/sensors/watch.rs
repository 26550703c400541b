//! All bins, covers and gauges of a worker: readings in, changes out.

use super::config::SensorConfig;
use super::device::{Knowledge, SensorRules, SensorState};
use crate::series::{Device, Held, SavedDevice, SeriesConfig, SeriesCounts};
use crate::vocabulary::{DeviceKind, EventTime, Millis, Reading, SensorChange};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A device fell silent, or speaks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Which device.
    pub device: String,
    /// Its last word before the silence.
    pub since: EventTime,
    /// It speaks again; else it is silent.
    pub over: bool,
}

/// Everything that readings led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SensorOutcome {
    /// Changes of candidates.
    pub changes: Vec<SensorChange>,
    /// Devices that fell silent or speak again. Silent is unknown: nothing that is open ends by it.
    pub silences: Vec<Silence>,
}

/// One device written out. Opaque: only [`Sensors::restore`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensorSnapshot {
    version: u32,
    kind: DeviceKind,
    silent: bool,
    device: SavedDevice<SensorState>,
}

/// Version of the snapshot's layout. Another version's candidates are not taken over.
const SNAPSHOT_VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq)]
struct Watched {
    kind: DeviceKind,
    silent: bool,
    device: Device<SensorState>,
}

/// The bins, covers and gauges of one worker. Not thread-safe by design: one owner each.
#[derive(Debug, Clone)]
pub struct Sensors {
    config: SensorConfig,
    devices: BTreeMap<String, Watched>,
    own: Arc<str>,
    now: Option<EventTime>,
}

impl Sensors {
    /// No device has spoken yet.
    pub fn new(config: SensorConfig) -> Sensors {
        Sensors { config, devices: BTreeMap::new(), own: "device".into(), now: None }
    }

    /// Takes readings, in any order.
    pub fn observe(&mut self, readings: &[Reading]) -> SensorOutcome {
        let mut out = SensorOutcome::default();
        for reading in readings {
            let kind = reading.values.kind();
            let series = series_of(&self.config, kind);
            let new = || Watched { kind, silent: false, device: Device::new() };
            let watched = self.devices.entry(reading.device.clone()).or_insert_with(new);
            let before = watched.device.newest();
            let full = watched.device.push(reading, &series);
            if watched.silent && watched.device.newest() > before {
                watched.silent = false;
                let since = before.unwrap_or(reading.at);
                out.silences.push(Silence { device: reading.device.clone(), since, over: true });
            }
            if full {
                self.settle(&reading.device, &mut out);
            }
        }
        readings.iter().for_each(|r| self.settle(&r.device, &mut out));
        out
    }

    /// It is `now` for everybody: nothing that would have come by then is waited for, and who said nothing for long is silent.
    pub fn advance(&mut self, now: EventTime) -> SensorOutcome {
        let mut out = SensorOutcome::default();
        self.now = self.now.max(Some(now));
        let names: Vec<String> = self.devices.keys().cloned().collect();
        for name in names {
            if let Some(watched) = self.devices.get_mut(&name) {
                let series = series_of(&self.config, watched.kind);
                watched.device.advance(now.plus(-series.lateness));
                watched.device.waiting = true;
                let silent_from = |at: &EventTime| now.since(*at) > 2 * period_of(&self.config, watched.kind);
                if let Some(since) = watched.device.newest().filter(|at| !watched.silent && silent_from(at)) {
                    watched.silent = true;
                    out.silences.push(Silence { device: name.clone(), since, over: false });
                }
            }
            self.settle(&name, &mut out);
        }
        out
    }

    /// What is known of a device.
    pub fn knowledge(&self, device: &str) -> Knowledge {
        match self.devices.get(device) {
            Some(w) if w.device.state().episodes.raised().any(|e| e.ended.is_none()) => Knowledge::Wrong,
            Some(w) if !w.silent && w.device.newest().is_some() => Knowledge::Fine,
            _ => Knowledge::Unknown,
        }
    }

    /// Everything of one device that must outlive this worker.
    pub fn snapshot(&self, device: &str) -> Option<SensorSnapshot> {
        let Watched { kind, silent, device } = self.devices.get(device)?;
        Some(SensorSnapshot { version: SNAPSHOT_VERSION, kind: *kind, silent: *silent, device: device.save() })
    }

    /// A device goes to another worker: its state is written out and forgotten here.
    pub fn release(&mut self, device: &str) -> Option<SensorSnapshot> {
        let snapshot = self.snapshot(device);
        self.devices.remove(device);
        snapshot
    }

    /// Goes on with a device from its snapshot. What the settings of today find otherwise in it is told.
    pub fn restore(&mut self, device: &str, snapshot: SensorSnapshot) -> SensorOutcome {
        let mut out = SensorOutcome::default();
        if snapshot.version == SNAPSHOT_VERSION {
            let SensorSnapshot { kind, silent, device: saved, .. } = snapshot;
            let rules = SensorRules { config: &self.config, own: &self.own };
            let series = series_of(&self.config, kind);
            let loaded = Device::load(device, saved, &rules, &series, &mut (), &mut out.changes);
            self.devices.insert(device.to_owned(), Watched { kind, silent, device: loaded });
        }
        out
    }

    /// A device is no longer watched: what is open ends.
    pub fn retire(&mut self, device: &str, reason: &'static str) -> SensorOutcome {
        let mut out = SensorOutcome::default();
        if let Some(mut watched) = self.devices.remove(device) {
            watched.device.close(reason, &mut out.changes);
        }
        out
    }

    /// The readings of a device that are held, in the order of their times.
    pub fn readings(&self, device: &str) -> impl Iterator<Item = Held<'_>> {
        self.devices.get(device).into_iter().flat_map(|w| w.device.readings())
    }

    /// What became of a device's readings.
    pub fn counts(&self, device: &str) -> Option<SeriesCounts> {
        self.devices.get(device).map(|w| w.device.counts())
    }

    /// Devices that are watched.
    pub fn devices(&self) -> impl Iterator<Item = &str> {
        self.devices.keys().map(String::as_str)
    }

    /// Readings held of all devices.
    pub fn held(&self) -> usize {
        self.devices.values().map(|w| w.device.held()).sum()
    }

    fn settle(&mut self, name: &str, out: &mut SensorOutcome) {
        let Some(watched) = self.devices.get_mut(name).filter(|w| w.device.waiting) else { return };
        let rules = SensorRules { config: &self.config, own: &self.own };
        let series = series_of(&self.config, watched.kind);
        watched.device.settle(name, &rules, &series, &mut (), &mut out.changes);
    }
}

/// Covers wait for nothing.
fn series_of(config: &SensorConfig, kind: DeviceKind) -> SeriesConfig {
    match kind {
        DeviceKind::Cover => SeriesConfig { lateness: config.cover.lateness, ..config.series },
        _ => config.series,
    }
}

fn period_of(config: &SensorConfig, kind: DeviceKind) -> Millis {
    match kind {
        DeviceKind::Bin => config.bin.period,
        DeviceKind::Cover => config.cover.period,
        DeviceKind::Gauge => config.gauge.period,
        DeviceKind::Vehicle => Millis::MAX / 4,
    }
}
