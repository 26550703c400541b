//! Something that stands for days where nothing is registered: an unregistered
//! sign, a new structure.
//!
//! A slow median, cell by cell: a cell is new where look after look, at most one
//! an hour, shows something else than the baseline: other edges, not another
//! light. One picture never decides, nor does an afternoon.

use super::baseline::{Baseline, pixels};
use super::cells::{Cell, Cells, gone, usual_light};
use super::compare::{Comparison, State, Verdict};
use super::finding::{Finding, RULE};
use super::grey::Grey;
use super::groups::{self, Grid, Group};
use super::pose::{Fit, Pose};
use super::raster;
use super::registered::Registered;
use super::standing::Standing;
use crate::rules::case::Names;
use crate::vocabulary::{BBox, EventTime, Millis, Outcome, Polygon, StayId};
use serde::{Deserialize, Serialize};

/// Settings of the watch for newcomers. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewcomersConfig {
    /// How long it must stand once it is in the median, seen in most looks of that time (2 days).
    pub dwell: Millis,
    /// Pictures closer together than this are one look (1 h).
    pub slot: Millis,
    /// Looks over which the median runs, at most 32: what is new is so in the last half of them without a break (24).
    pub looks: u32,
    /// Least area, 0..1 of the picture (0.002).
    pub min_area: f32,
    /// A picture in which more than this share of the watched cells seems new tells of weather or light, and is no look (0.2).
    pub doubtful: f32,
    /// Nor is one in which more than this share of the ground's plain edges is gone: snow, or fog (0.2).
    pub faded: f32,
    /// An open candidate is updated at most this often (6 h).
    pub update: Millis,
}

impl Default for NewcomersConfig {
    fn default() -> Self {
        let hour = 3_600_000;
        NewcomersConfig {
            dwell: 48 * hour,
            slot: hour,
            looks: 24,
            min_area: 0.002,
            doubtful: 0.2,
            faded: 0.2,
            update: 6 * hour,
        }
    }
}

/// A watched area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its id, as the zone of a candidate.
    pub id: String,
    /// Where nothing new may stand.
    pub polygon: Polygon,
}

/// A cell shows something new from this much evidence, and from this much what may be of the same thing.
const NEW: f32 = 0.63;
const PERHAPS: f32 = 0.43;

/// The memory of what is new in one (camera, preset). Not thread-safe by design: one owner each.
#[derive(Debug, Clone, PartialEq)]
pub struct Newcomers {
    config: NewcomersConfig,
    areas: Vec<Area>,
    baseline: Cells,
    /// For each cell the area that watches it.
    watched: Vec<Option<usize>>,
    memory: Memory,
    ended: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Memory {
    /// For each cell its last looks, the latest in the lowest bit, and how many there were.
    cells: Vec<(u32, u8)>,
    /// Of the same looks those in which the cell may be of something new.
    #[serde(default)]
    other: Vec<u32>,
    last: Option<EventTime>,
    names: Vec<Names>,
    standing: Vec<Standing>,
    doubtful: u64,
}

/// A memory written out. Opaque: only [`Newcomers::restore`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewcomersSnapshot {
    version: u32,
    areas: Vec<Area>,
    memory: Memory,
}

/// Version of the snapshot's layout, and the one before: its looks were taken otherwise, and only what stands is believed.
const SNAPSHOT_VERSION: u32 = 2;
const OTHER_LOOKS: u32 = 1;

impl Newcomers {
    /// A memory of nothing yet, against this baseline. What lies within a
    /// component's outline is that component's matter and not watched here.
    /// `None` for a baseline under 32 pixels at the small scale.
    pub fn new(
        config: NewcomersConfig,
        baseline: &Baseline,
        areas: &[Area],
        registered: &[Registered],
    ) -> Option<Newcomers> {
        let baseline = Cells::of(baseline.grey())?;
        let (columns, rows) = (baseline.columns, baseline.rows);
        let grid = (columns as f32, rows as f32);
        let watcher = |n: usize| {
            let (x, y) = ((n % columns) as f32, (n / columns) as f32);
            let p = baseline.centre(n);
            let taken = registered.iter().any(|r| raster::covers(&r.form, grid, x, y, 1.0));
            areas.iter().position(|a| a.polygon.contains(p)).filter(|_| !taken)
        };
        let watched: Vec<Option<usize>> = (0..columns * rows).map(watcher).collect();
        let memory = Memory {
            cells: vec![(0, 0); watched.len()],
            other: vec![0; watched.len()],
            names: areas.iter().map(|a| Names::new(&a.id, RULE)).collect(),
            ..Memory::default()
        };
        let areas = areas.to_vec();
        Some(Newcomers { config, areas, baseline, watched, memory, ended: Vec::new() })
    }

    /// Goes on from a snapshot of this version or the one before, taken under the same areas and picture size;
    /// else its open candidates end, and the memory begins anew.
    pub fn restore(&mut self, snapshot: NewcomersSnapshot) -> Outcome {
        let mut out = Outcome::default();
        let is_known = [SNAPSHOT_VERSION, OTHER_LOOKS].contains(&snapshot.version);
        if is_known && snapshot.areas == self.areas && snapshot.memory.cells.len() == self.watched.len() {
            self.memory = snapshot.memory;
            if snapshot.version == OTHER_LOOKS {
                self.believe_what_stands();
            }
            return out;
        }
        let why = if is_known { "area changed" } else { "memory of another version" };
        snapshot.memory.standing.into_iter().for_each(|s| s.case.close(why, &mut out));
        out
    }

    /// As if every look had shown what is known to stand, and no look anything else.
    fn believe_what_stands(&mut self) {
        let stands = |n: usize| self.memory.standing.iter().any(|s| s.covers(self.baseline.centre(n)));
        let bits: Vec<u32> = (0..self.watched.len()).map(|n| if stands(n) { u32::MAX } else { 0 }).collect();
        self.memory.cells = bits.iter().map(|bits| (*bits, if *bits == 0 { 0 } else { 32 })).collect();
        self.memory.other = bits;
    }

    /// Everything that must outlive this worker.
    pub fn snapshot(&self) -> NewcomersSnapshot {
        NewcomersSnapshot { version: SNAPSHOT_VERSION, areas: self.areas.clone(), memory: self.memory.clone() }
    }

    /// Takes one picture and the comparison made of it; at most one a slot counts.
    pub fn observe(&mut self, at: EventTime, grey: &Grey, movers: &[BBox], comparison: &Comparison) -> Outcome {
        let mut out = Outcome::default();
        self.ended.clear();
        let too_early = self.memory.last.is_some_and(|last| at.since(last) < self.config.slot);
        // A bumped picture is realigned near enough for a component, not for every edge of the view.
        let Pose::Aligned(fit) = &comparison.pose else { return out };
        if too_early {
            return out;
        }
        let Some(cells) = self.baseline.compare(grey, &fit.transform) else { return out };
        let told = self.told(cells, movers, comparison, fit);
        let usual = usual_light(&told);
        let evidence: Vec<Option<f32>> = told.iter().map(|cell| cell.map(|cell| cell.evidence(usual))).collect();
        let many = evidence.iter().flatten().count() as f32;
        let perhaps = evidence.iter().flatten().filter(|evidence| **evidence > PERHAPS).count() as f32;
        if perhaps > self.config.doubtful * many || gone(&told) > self.config.faded {
            self.memory.doubtful += 1;
            return out;
        }
        self.memory.last = Some(at);
        for ((cell, other), evidence) in self.memory.cells.iter_mut().zip(&mut self.memory.other).zip(evidence) {
            if let Some(evidence) = evidence {
                *cell = (cell.0 << 1 | u32::from(evidence > NEW), cell.1.saturating_add(1).min(32));
                *other = *other << 1 | u32::from(evidence > PERHAPS);
            }
        }
        self.follow(at, &mut out);
        out
    }

    /// The cells that the picture tells of: watched, and nothing known stands before them.
    fn told(&self, cells: Vec<Cell>, movers: &[BBox], comparison: &Comparison, fit: &Fit) -> Vec<Option<Cell>> {
        let (columns, back) = (self.baseline.columns, fit.transform.inverse());
        // What stands where a component went, or was, is that component's matter: its lid, its post, its shadow.
        let changed = |v: &&Verdict| matches!(v.state, State::Displaced | State::Missing);
        let known = comparison.verdicts.iter().filter(changed).map(|v| about(&v.found));
        let boxes: Vec<BBox> = movers.iter().copied().chain(known).map(|b| back.apply_to(&b)).collect();
        let hidden = pixels(&boxes, columns, self.baseline.rows);
        let is_told = |n: usize| {
            let (x, y) = (n % columns, n / columns);
            let is_hidden = hidden.iter().any(|b| x >= b[0] && x < b[2] && y >= b[1] && y < b[3]);
            self.watched[n].is_some() && !is_hidden
        };
        cells.into_iter().enumerate().map(|(n, cell)| is_told(n).then_some(cell)).collect()
    }

    /// Cases follow the groups of cells that are new in the median.
    fn follow(&mut self, at: EventTime, out: &mut Outcome) {
        let Memory { cells, other, .. } = &self.memory;
        let grid = Grid { cells, other, watched: &self.watched, columns: self.baseline.columns };
        let remaining = groups::remaining(&grid, &self.config);
        let mut groups = groups::new(&grid, &self.config);
        let still = |s: &mut Standing| remaining.iter().any(|g| s.holds(&g.bbox));
        for standing in self.memory.standing.extract_if(.., |s| !still(s)) {
            self.ended.push(standing.finding());
            standing.case.close("gone", out);
        }
        for standing in &mut self.memory.standing {
            let parts: Vec<Group> = groups.extract_if(.., |g| standing.holds(&g.bbox)).collect();
            standing.see(at, &parts, &self.config, out);
        }
        for group in groups {
            let id = self.memory.names[group.area].name(at);
            self.memory.standing.push(Standing::begin(id, at, &group, out));
        }
    }

    /// A person accepted what stands there: a new baseline shows it, its candidates end, and the memory begins anew.
    pub fn accept(&mut self, baseline: &Baseline) -> Outcome {
        let mut out = Outcome::default();
        self.ended.clear();
        let same = |new: &Cells| (new.columns, new.rows) == (self.baseline.columns, self.baseline.rows);
        let Some(baseline) = Cells::of(baseline.grey()).filter(same) else { return out };
        self.baseline = baseline;
        self.memory.cells.fill((0, 0));
        self.memory.other.fill(0);
        for standing in std::mem::take(&mut self.memory.standing) {
            self.ended.push(standing.finding());
            standing.case.close("accepted as the new baseline", &mut out);
        }
        out
    }

    /// What stands there, raised and suspected, and what ended with the last call.
    pub fn findings(&self) -> impl Iterator<Item = Finding> + '_ {
        self.memory.standing.iter().map(Standing::finding).chain(self.ended.iter().cloned())
    }

    /// What is known of one stay.
    pub fn finding(&self, stay: &StayId) -> Option<Finding> {
        self.findings().find(|f| f.stay == *stay)
    }

    /// Pictures that were no look because too much was new in them.
    pub fn doubtful(&self) -> u64 {
        self.memory.doubtful
    }
}

/// A box and half of it more to each side: what stands there throws a shadow.
fn about(b: &BBox) -> BBox {
    BBox::new(b.x - b.w / 2.0, b.y - b.h / 2.0, 2.0 * b.w, 2.0 * b.h)
}
