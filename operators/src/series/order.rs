//! Readings of one device in the order of their times, whatever the order in which they came.

use super::episode::Episodes;
use super::row::Row;
use crate::ground::LonLat;
use crate::vocabulary::{EventTime, Millis, Quality, Reading, Values};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How late readings may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeriesConfig {
    /// A reading waits so long for those before it (30 s).
    pub lateness: Millis,
    /// A reading so much later than the newest still changes what was found (75 min). Later ones are counted, not judged.
    pub horizon: Millis,
    /// Readings kept of one device (4,096). When there are more, the horizon is shorter.
    pub keep: usize,
    /// An open candidate is updated at most this often (5 min).
    pub update: Millis,
}

impl Default for SeriesConfig {
    fn default() -> Self {
        SeriesConfig { lateness: 30_000, horizon: 4_500_000, keep: 4096, update: 300_000 }
    }
}

/// What became of readings, since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SeriesCounts {
    /// Sorted in before the rules saw anything later.
    pub in_order: u64,
    /// Sorted in afterwards: the rules read again.
    pub late: u64,
    /// There already.
    pub duplicates: u64,
    /// Later than the horizon.
    pub too_late: u64,
    /// Judged before their time because too many waited.
    pub hurried: u64,
    /// Without a time that can be used.
    pub untimed: u64,
}

/// A reading without its device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub(crate) struct Entry {
    pub at: EventTime,
    pub camera: Option<Box<str>>,
    pub place: Option<LonLat>,
    pub quality: Quality,
    pub values: Values,
}

impl From<&Reading> for Entry {
    fn from(r: &Reading) -> Entry {
        let camera = r.camera.as_deref().map(Box::from);
        // To the millimetre: what is written out is read back as it was.
        let place = r.place.filter(|p| p.lon.is_finite() && p.lat.is_finite()).map(LonLat::rounded);
        Entry { at: r.at, camera, place, quality: r.quality, values: r.values.clone() }
    }
}

impl Entry {
    fn key(&self) -> (EventTime, Option<&str>) {
        (self.at, self.camera.as_deref())
    }
}

/// Rules over the ordered readings of one device.
pub(crate) trait Rules {
    /// What they remember from one reading to the next.
    type State: Clone + PartialEq + Default + Serialize + DeserializeOwned;
    /// What they say besides episodes.
    type Notes;
    /// Reads the next reading.
    fn read(&self, state: &mut Self::State, entry: &Entry, notes: &mut Self::Notes);
    /// What they found.
    fn episodes(state: &mut Self::State) -> &mut Episodes;
}

/// After so many readings the state is kept, to begin from when a late reading comes.
const EVERY: usize = 64;

/// The readings of one device, and the state of the rules over them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series<S> {
    entries: VecDeque<Entry>,
    /// So many of them the rules have read.
    read: usize,
    /// States to begin from: after so many of the entries. The first is the state before all of them.
    kept: VecDeque<(usize, S)>,
    pub state: S,
    newest: Option<EventTime>,
    watermark: EventTime,
    /// Nothing at or before this is judged any more.
    floor: EventTime,
    /// The first entry that the rules have to read again from.
    redo: Option<usize>,
    counts: SeriesCounts,
}

/// A series written out: the readings and the state before them. The rest follows from these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved<S> {
    entries: VecDeque<Entry>,
    read: usize,
    before: S,
    newest: Option<EventTime>,
    watermark: EventTime,
    floor: EventTime,
    counts: SeriesCounts,
}

impl<S: Clone + PartialEq + Default + Serialize + DeserializeOwned> Series<S> {
    /// Everything that must outlive this worker. Only between a settle and the next push.
    pub fn save(&self) -> Saved<S> {
        Saved {
            entries: self.entries.clone(),
            read: self.read,
            before: self.kept.front().map(|(_, state)| state.clone()).unwrap_or_default(),
            newest: self.newest,
            watermark: self.watermark,
            floor: self.floor,
            counts: self.counts,
        }
    }

    /// Goes on from what was written out: the rules read the readings again. Under other rules they find other things.
    pub fn load<R: Rules<State = S>>(saved: Saved<S>, rules: &R, notes: &mut R::Notes) -> Series<S> {
        let until = saved.read.min(saved.entries.len());
        let mut series = Series {
            entries: saved.entries,
            read: 0,
            kept: VecDeque::from([(0, saved.before.clone())]),
            state: saved.before,
            newest: saved.newest,
            watermark: saved.watermark,
            floor: saved.floor,
            redo: None,
            counts: saved.counts,
        };
        series.read_to(rules, until, notes);
        // What it finds was told, or the ledger is asked to look again.
        R::episodes(&mut series.state).told();
        series
    }

    pub fn new() -> Series<S> {
        Series {
            entries: VecDeque::new(),
            read: 0,
            kept: VecDeque::from([(0, S::default())]),
            state: S::default(),
            newest: None,
            watermark: EventTime(i64::MIN),
            floor: EventTime(i64::MIN),
            redo: None,
            counts: SeriesCounts::default(),
        }
    }

    /// Sorts a reading in. The rules read it at the next [`Series::settle`].
    pub fn push(&mut self, entry: Entry, config: &SeriesConfig) {
        if !entry.quality.has_time() {
            self.counts.untimed += 1;
            return;
        }
        if entry.at <= self.floor {
            self.counts.too_late += 1;
            return;
        }
        // What cameras saw comes by another way, and must not make the device's own readings late.
        if entry.camera.is_none() {
            self.newest = Some(self.newest.map_or(entry.at, |newest| newest.max(entry.at)));
        }
        let is_last = self.entries.back().is_none_or(|last| last.key() < entry.key());
        let index = if is_last { self.entries.len() } else { self.entries.partition_point(|e| e.key() < entry.key()) };
        match self.entries.get_mut(index) {
            Some(there) if there.key() == entry.key() => {
                self.counts.duplicates += 1;
                // Two different readings of one moment: the same one is taken whichever came first.
                if index >= self.read && precedes(there, &entry) {
                    *there = entry;
                }
            }
            _ if index < self.read => {
                self.counts.late += 1;
                self.read += 1;
                let redo = self.redo.map_or(index, |redo| redo.min(index));
                self.redo = Some(redo);
                // States after it are no longer true; the first one never is after anything.
                self.kept.retain(|(after, _)| *after <= redo);
                self.entries.insert(index, entry);
            }
            _ => {
                self.counts.in_order += 1;
                self.entries.insert(index, entry);
            }
        }
        let waiting = self.entries.len() - self.read;
        if waiting > config.keep.max(2 * EVERY) / 2 {
            self.counts.hurried += 1;
            self.watermark = self.watermark.max(self.entries[self.read + waiting / 2].at);
        }
    }

    /// Time has passed for everybody: nothing before `at` is waited for any more.
    pub fn advance(&mut self, at: EventTime) {
        self.watermark = self.watermark.max(at);
    }

    /// Lets the rules read what is ready. Whether a late reading made them read again.
    pub fn settle<R: Rules<State = S>>(&mut self, rules: &R, config: &SeriesConfig, notes: &mut R::Notes) -> bool {
        if let Some(newest) = self.newest {
            self.watermark = self.watermark.max(newest.plus(-config.lateness));
        }
        let again = self.redo.take().is_some();
        if again && let Some((after, state)) = self.kept.back().cloned() {
            self.state = state;
            let until = std::mem::replace(&mut self.read, after);
            self.read_to(rules, until, notes);
        }
        let ready = self.entries.range(self.read..).take_while(|e| e.at <= self.watermark).count();
        self.read_to(rules, self.read + ready, notes);
        again
    }

    fn read_to<R: Rules<State = S>>(&mut self, rules: &R, until: usize, notes: &mut R::Notes) {
        while self.read < until {
            rules.read(&mut self.state, &self.entries[self.read], notes);
            self.read += 1;
            if self.kept.back().is_none_or(|(after, _)| self.read >= after + EVERY) {
                let mut state = self.state.clone();
                R::episodes(&mut state).told();
                self.kept.push_back((self.read, state));
            }
        }
    }

    /// Forgets what is beyond the horizon. Call it after what was found has been told.
    pub fn trim<R: Rules<State = S>>(&mut self, config: &SeriesConfig) {
        let oldest = self.watermark.plus(-config.horizon);
        let mut moved = false;
        while let Some((after, _)) = self.kept.get(1) {
            let after = *after;
            if self.entries[after - 1].at > oldest && self.entries.len() <= config.keep {
                break;
            }
            self.kept.pop_front();
            self.floor = self.entries[after - 1].at;
            self.entries.drain(..after);
            self.read -= after;
            self.kept.iter_mut().for_each(|(a, _)| *a -= after);
            moved = true;
        }
        if moved {
            R::episodes(&mut self.state).settle(self.floor);
            self.kept.iter_mut().for_each(|(_, state)| R::episodes(state).settle(self.floor));
        }
    }

    /// Whether more readings are held than may be, so that they must be settled before more come.
    pub fn is_full(&self, config: &SeriesConfig) -> bool {
        self.entries.len() > config.keep + EVERY
    }

    pub fn newest(&self) -> Option<EventTime> {
        self.newest
    }

    /// Time of the last reading held, whoever it is from.
    pub fn last(&self) -> Option<EventTime> {
        self.entries.back().map(|e| e.at)
    }

    pub fn watermark(&self) -> EventTime {
        self.watermark
    }

    pub fn floor(&self) -> EventTime {
        self.floor
    }

    pub fn counts(&self) -> SeriesCounts {
        self.counts
    }

    /// The readings that are held.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many readings are held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

/// An order of two readings of one moment that does not depend on which came first.
fn precedes(a: &Entry, b: &Entry) -> bool {
    let text = |e: &Entry| format!("{:?} {:?} {:?}", e.quality, e.place, e.values);
    a != b && text(a) < text(b)
}
