//! One device: its readings, and its candidates as told.

use super::{Entry, Ledger, Pace, Rules, Saved, Series, SeriesConfig, SeriesCounts};
use crate::ground::LonLat;
use crate::vocabulary::{EventTime, Quality, Reading, SensorChange, Values};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The readings of one device and what was told of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Device<S> {
    series: Series<S>,
    ledger: Ledger,
    /// Readings came since the last settle.
    pub waiting: bool,
}

/// A reading that is held, in its place in the order of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held<'a> {
    /// When it was so.
    pub at: EventTime,
    /// Where, WGS-84.
    pub place: Option<LonLat>,
    /// The camera that saw it; none where the device speaks for itself.
    pub camera: Option<&'a str>,
    /// What is wrong with it.
    pub quality: Quality,
    /// What it says.
    pub values: &'a Values,
}

/// A device written out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedDevice<S> {
    series: Saved<S>,
    ledger: Ledger,
}

impl<S: Clone + PartialEq + Default + Serialize + DeserializeOwned> Device<S> {
    pub fn new() -> Device<S> {
        Device { series: Series::new(), ledger: Ledger::new(), waiting: false }
    }

    /// Takes a reading. True where it must be settled before the next.
    pub fn push(&mut self, reading: &Reading, config: &SeriesConfig) -> bool {
        self.series.push(Entry::from(reading), config);
        self.waiting = true;
        self.series.is_full(config)
    }

    /// Nothing before `at` is waited for.
    pub fn advance(&mut self, at: EventTime) {
        self.series.advance(at);
    }

    /// Lets the rules read what is ready, and tells what changed.
    pub fn settle<R: Rules<State = S>>(
        &mut self,
        device: &str,
        rules: &R,
        config: &SeriesConfig,
        notes: &mut R::Notes,
        out: &mut Vec<SensorChange>,
    ) -> bool {
        self.waiting = false;
        let again = self.series.settle(rules, config, notes);
        self.tell::<R>(device, config, again, out);
        self.series.trim::<R>(config);
        again
    }

    fn tell<R: Rules<State = S>>(
        &mut self,
        device: &str,
        config: &SeriesConfig,
        again: bool,
        out: &mut Vec<SensorChange>,
    ) {
        let pace = Pace { now: self.series.watermark(), floor: self.series.floor(), update: config.update, again };
        self.ledger.tell(device, R::episodes(&mut self.series.state), pace, out);
    }

    pub fn save(&self) -> SavedDevice<S> {
        SavedDevice { series: self.series.save(), ledger: self.ledger.clone() }
    }

    /// Goes on from what was written out. What other rules find otherwise is told.
    pub fn load<R: Rules<State = S>>(
        device: &str,
        saved: SavedDevice<S>,
        rules: &R,
        config: &SeriesConfig,
        notes: &mut R::Notes,
        out: &mut Vec<SensorChange>,
    ) -> Device<S> {
        let series = Series::load(saved.series, rules, notes);
        let mut loaded = Device { series, ledger: saved.ledger, waiting: false };
        loaded.tell::<R>(device, config, true, out);
        loaded
    }

    /// Nobody watches it any more: what is open ends.
    pub fn close(&mut self, reason: &'static str, out: &mut Vec<SensorChange>) {
        self.ledger.close(reason, out);
    }

    pub fn state(&self) -> &S {
        &self.series.state
    }

    /// Time of the newest reading of its own.
    pub fn newest(&self) -> Option<EventTime> {
        self.series.newest()
    }

    /// Whether nothing was heard of it since, by itself or by cameras, and nothing is open.
    pub fn is_idle(&self, since: EventTime) -> bool {
        self.series.last().is_none_or(|at| at < since) && !self.ledger.has_open()
    }

    /// The readings that are held, in the order of their times.
    pub fn readings(&self) -> impl Iterator<Item = Held<'_>> {
        self.series.entries().map(|e| Held {
            at: e.at,
            place: e.place,
            camera: e.camera.as_deref(),
            quality: e.quality,
            values: &e.values,
        })
    }

    pub fn counts(&self) -> SeriesCounts {
        self.series.counts()
    }

    /// Readings held.
    pub fn held(&self) -> usize {
        self.series.len()
    }
}
