//! The rules over all devices, as one: readings in, changes out.

use super::book::Book;
use crate::config::Sensors as Config;
use operators::fleet::{CoverageSnapshot, Fleet, FleetOutcome, Passage, PlanReport, VehicleSnapshot};
use operators::sensors::{SensorOutcome, SensorSnapshot, Sensors, Silence};
use operators::series::{Held, SeriesCounts};
use operators::vocabulary::{DeviceKind, EventTime, Reading, SensorChange};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that readings led to.
#[derive(Debug, Default)]
pub struct Found {
    /// Changes of candidates, in the order in which they became known.
    pub changes: Vec<SensorChange>,
    /// Comings and goings at fences.
    pub passages: Vec<Passage>,
    /// Plans whose hours are over.
    pub reports: Vec<PlanReport>,
    /// Devices that fell silent or speak again.
    pub silences: Vec<Silence>,
}

impl Found {
    fn fleet(&mut self, outcome: FleetOutcome) {
        self.changes.extend(outcome.changes);
        self.passages.extend(outcome.passages);
        self.reports.extend(outcome.reports);
    }

    fn sensors(&mut self, outcome: SensorOutcome) {
        self.changes.extend(outcome.changes);
        self.silences.extend(outcome.silences);
    }
}

/// What the rules remember of one device.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub enum Remembered {
    /// Of a vehicle.
    Vehicle(Box<VehicleSnapshot>),
    /// Of a bin, cover or gauge.
    Device(Box<SensorSnapshot>),
}

/// The rules at work. One owner: not shared between threads.
pub struct Desk {
    book: Arc<Book>,
    fleet: Fleet,
    sensors: Sensors,
}

impl Desk {
    /// No reading yet.
    pub fn new(config: &Config, book: Arc<Book>) -> Desk {
        let fleet = Fleet::new(config.fleet.clone(), book.map.clone());
        Desk { book, fleet, sensors: Sensors::new(config.devices) }
    }

    /// The plans at work.
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// Other plans hold from now on.
    pub fn replan(&mut self, book: Arc<Book>) {
        self.fleet.replan(book.map.clone());
        self.book = book;
    }

    /// Takes readings, in any order; those of one call are judged together.
    pub fn take(&mut self, readings: &[Reading]) -> Found {
        let is_vehicle = |reading: &&Reading| reading.values.kind() == DeviceKind::Vehicle;
        let (vehicles, others): (Vec<_>, Vec<_>) = readings.iter().partition(is_vehicle);
        let owned = |some: Vec<&Reading>| some.into_iter().cloned().collect::<Vec<_>>();
        let mut found = Found::default();
        if vehicles.len() == readings.len() {
            found.fleet(self.fleet.observe(readings));
        } else {
            found.fleet(self.fleet.observe(&owned(vehicles)));
            found.sensors(self.sensors.observe(&owned(others)));
        }
        found
    }

    /// It is `now` for everybody.
    pub fn advance(&mut self, now: EventTime) -> Found {
        let mut found = Found::default();
        found.fleet(self.fleet.advance(now));
        found.sensors(self.sensors.advance(now));
        found
    }

    /// The readings of a device that are held, in the order of their times.
    pub fn readings(&self, device: &str) -> Vec<Held<'_>> {
        self.fleet.readings(device).chain(self.sensors.readings(device)).collect()
    }

    /// What must outlive this process of a device.
    pub fn snapshot(&self, device: &str) -> Option<Remembered> {
        let vehicle = self.fleet.snapshot(device).map(|s| Remembered::Vehicle(s.into()));
        vehicle.or_else(|| self.sensors.snapshot(device).map(|s| Remembered::Device(s.into())))
    }

    /// What must outlive this process of the plans.
    pub fn coverage(&self) -> CoverageSnapshot {
        self.fleet.coverage().clone()
    }

    /// Goes on with a device. What the plans of today find otherwise is told.
    pub fn restore(&mut self, device: &str, remembered: Remembered) -> Found {
        let mut found = Found::default();
        match remembered {
            Remembered::Vehicle(snapshot) => found.fleet(self.fleet.restore(device, *snapshot)),
            Remembered::Device(snapshot) => found.sensors(self.sensors.restore(device, *snapshot)),
        }
        found
    }

    /// Goes on with the plans.
    pub fn restore_coverage(&mut self, snapshot: CoverageSnapshot) {
        self.fleet.restore_coverage(snapshot);
    }

    /// Lets go of vehicles of which nothing was heard since, and of which nothing is open.
    pub fn forget_idle(&mut self, since: EventTime) -> BTreeSet<String> {
        let idle: BTreeSet<String> = self.fleet.idle(since).map(str::to_owned).collect();
        for device in &idle {
            self.fleet.release(device);
        }
        idle
    }

    /// What became of the readings of everybody.
    pub fn counts(&self) -> SeriesCounts {
        let fleet = self.fleet.devices().filter_map(|device| self.fleet.counts(device));
        let sensors = self.sensors.devices().filter_map(|device| self.sensors.counts(device));
        fleet.chain(sensors).fold(SeriesCounts::default(), |a, b| SeriesCounts {
            in_order: a.in_order + b.in_order,
            late: a.late + b.late,
            duplicates: a.duplicates + b.duplicates,
            too_late: a.too_late + b.too_late,
            hurried: a.hurried + b.hurried,
            untimed: a.untimed + b.untimed,
        })
    }

    /// Devices that are watched, and readings that are held.
    pub fn size(&self) -> (usize, usize) {
        let devices = self.fleet.devices().count() + self.sensors.devices().count();
        (devices, self.fleet.held() + self.sensors.held())
    }
}
