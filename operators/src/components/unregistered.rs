//! Something that stands for days where nothing is registered: an unregistered
//! sign, a new structure.
//!
//! A slow median, cell by cell: a cell is new where most of its last looks, at
//! most one an hour, showed edges that the baseline does not have, or lacked
//! those it has: a smooth wall hides more than it brings. One picture
//! never decides, nor does an afternoon.

use super::baseline::{Baseline, pixels};
use super::cells::{self, Grid, Group};
use super::clear::Ground;
use super::compare::{Comparison, State};
use super::fetch;
use super::finding::{Finding, RULE};
use super::grey::Grey;

use super::map::Map;
use super::pose::Pose;
use super::raster;
use super::registered::Registered;
use super::standing::Standing;
use crate::rules::case::Names;
use crate::vocabulary::{BBox, EventTime, Millis, Outcome, Point, Polygon, StayId};
use serde::{Deserialize, Serialize};

/// Settings of the watch for newcomers. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewcomersConfig {
    /// How long it must stand once it is in the median, seen in most looks of that time (2 days).
    pub dwell: Millis,
    /// Pictures closer together than this are one look (1 h).
    pub slot: Millis,
    /// Looks over which the median runs, at most 32 (24).
    pub looks: u32,
    /// Least area, 0..1 of the picture (0.002).
    pub min_area: f32,
    /// A picture in which more than this share of the watched cells is new tells of weather or light, and is no look (0.15).
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
            doubtful: 0.15,
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

/// Side of a cell, pixels of the small picture.
const CELL: usize = 4;
/// A cell is lit otherwise where its brightness, as a share of the baseline's, is this many times that of the picture, or
/// that much less.
const OTHERWISE: f32 = 1.3;
/// Least brightness of a cell, grey levels.
const LEAST: f32 = 8.0;

/// The memory of what is new in one (camera, preset). Not thread-safe by design: one owner each.
#[derive(Debug, Clone, PartialEq)]
pub struct Newcomers {
    config: NewcomersConfig,
    areas: Vec<Area>,
    size: (usize, usize),
    ground: Ground,
    /// Mean brightness of the baseline's cells.
    levels: Vec<f32>,
    columns: usize,
    /// For each cell the area that watches it.
    watched: Vec<Option<usize>>,
    memory: Memory,
    ended: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Memory {
    /// For each cell its last looks, the latest in the lowest bit, and how many there were.
    cells: Vec<(u32, u8)>,
    /// Of the same looks those in which the cell was lit otherwise than all about explains.
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

/// Version of the snapshot's layout.
const SNAPSHOT_VERSION: u32 = 1;

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
        let (size, base) = small(baseline.grey())?;
        let (columns, rows) = (base.width / CELL, base.height / CELL);
        let grid = (columns as f32, rows as f32);
        let watcher = |n: usize| {
            let (x, y) = ((n % columns) as f32, (n / columns) as f32);
            let p = Point { x: (x + 0.5) / grid.0, y: (y + 0.5) / grid.1 };
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
        let (ground, levels) = (Ground::of(&base), levels(&base));
        let areas = areas.to_vec();
        Some(Newcomers { config, areas, size, ground, levels, columns, watched, memory, ended: Vec::new() })
    }

    /// Goes on from a snapshot taken under the same areas and picture size;
    /// else its open candidates end, and the memory begins anew.
    pub fn restore(&mut self, snapshot: NewcomersSnapshot) -> Outcome {
        let mut out = Outcome::default();
        if snapshot.version != SNAPSHOT_VERSION {
            return out;
        }
        if snapshot.areas == self.areas && snapshot.memory.cells.len() == self.watched.len() {
            self.memory = snapshot.memory;
            // Memories of before component/5 have none.
            self.memory.other.resize(self.watched.len(), 0);
            return out;
        }
        snapshot.memory.standing.into_iter().for_each(|s| s.case.close("area changed", &mut out));
        out
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
        let Some((size, now)) = small(grey).filter(|(size, _)| *size == self.size) else { return out };
        let h = fit.transform.in_pixels(now.width, now.height);
        let aligned = fetch::fetch_at([0, 0, now.width as i32, now.height as i32], &now, &h);
        let (new, alike) = self.ground.new_edges(&aligned);
        let lost = self.ground.lost_edges(&alike);
        let back = fit.transform.inverse();
        // A component that stands elsewhere is known, and so no newcomer there.
        let moved = comparison.verdicts.iter().filter(|v| v.state == State::Displaced).map(|v| about(&v.found));
        let movers: Vec<BBox> = movers.iter().copied().chain(moved).map(|b| back.apply_to(&b)).collect();
        let hidden = pixels(&movers, self.columns, self.watched.len() / self.columns);
        let looks: Vec<Option<bool>> = (0..self.watched.len())
            .map(|n| {
                let (x, y) = (n % self.columns, n / self.columns);
                let is_hidden = hidden.iter().any(|b| x >= b[0] && x < b[2] && y >= b[1] && y < b[3]);
                let rows = (y * CELL..(y + 1) * CELL).flat_map(|v| (x * CELL..(x + 1) * CELL).map(move |u| (u, v)));
                let many = rows.filter(|(u, v)| new[v * size.0 + u] || lost[v * size.0 + u]).count();
                (self.watched[n].is_some() && !is_hidden).then_some(3 * many >= CELL * CELL)
            })
            .collect();
        let told = looks.iter().flatten().count();
        let is_new = looks.iter().flatten().filter(|new| **new).count();
        let gone = lost.iter().filter(|lost| **lost).count();
        if is_new as f32 > self.config.doubtful * told as f32
            || gone as f32 > self.config.faded * self.ground.plain() as f32
        {
            self.memory.doubtful += 1;
            return out;
        }
        self.memory.last = Some(at);
        let other = self.lit_otherwise(&aligned, &looks);
        let memory = self.memory.cells.iter_mut().zip(&mut self.memory.other);
        for ((cell, bits), (look, other)) in memory.zip(looks.into_iter().zip(other)) {
            if let Some(new) = look {
                *cell = (cell.0 << 1 | u32::from(new), cell.1.saturating_add(1).min(32));
                *bits = *bits << 1 | u32::from(other);
            }
        }
        self.follow(at, &mut out);
        out
    }

    /// For each cell whether it is brighter or darker than the light of the picture explains.
    fn lit_otherwise(&self, now: &Map, looks: &[Option<bool>]) -> Vec<bool> {
        let shares: Vec<f32> = levels(now).iter().zip(&self.levels).map(|(now, base)| now / base).collect();
        let mut told: Vec<f32> = shares.iter().zip(looks).filter(|(_, look)| look.is_some()).map(|(s, _)| *s).collect();
        let middle = told.len() / 2;
        let usual = if told.is_empty() { 1.0 } else { *told.select_nth_unstable_by(middle, f32::total_cmp).1 };
        shares.iter().map(|s| *s > OTHERWISE * usual || OTHERWISE * *s < usual).collect()
    }

    /// Cases follow the groups of cells that are new in the median.
    fn follow(&mut self, at: EventTime, out: &mut Outcome) {
        let Memory { cells, other, .. } = &self.memory;
        let grid = Grid { cells, other, watched: &self.watched, columns: self.columns };
        let mut groups = cells::groups(&grid, &self.config);
        let still = |s: &mut Standing| groups.iter().any(|g| s.holds(&g.bbox));
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
        let Some((_, base)) = small(baseline.grey()).filter(|(size, _)| *size == self.size) else { return out };
        (self.ground, self.levels) = (Ground::of(&base), levels(&base));
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

/// Mean brightness of each cell.
fn levels(map: &Map) -> Vec<f32> {
    let (columns, rows) = (map.width / CELL, map.height / CELL);
    let cell = |n: usize| {
        let (x, y) = (n % columns * CELL, n / columns * CELL);
        let sum: f32 = (y..y + CELL).map(|v| map.data[v * map.width + x..][..CELL].iter().sum::<f32>()).sum();
        (sum / (CELL * CELL) as f32).max(LEAST)
    };
    (0..columns * rows).map(cell).collect()
}

/// The small picture in which newcomers are looked for, and its size.
fn small(grey: &Grey) -> Option<((usize, usize), Map)> {
    let luma = grey.for_pose()?;
    let size = (luma.width(), luma.height());
    Some((size, Map::of(size, luma.data()).smoothed()))
}
