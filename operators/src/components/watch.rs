//! The votes: what many pictures of many hours say of each component of one (camera, preset).
//!
//! A picture that hides a component, or does not tell, does not vote. A fault
//! of an urgent component is raised after a few samples, any other one after
//! hours: a delivery van gone by noon is no candidate.

use super::compare::{Comparison, State, Verdict};
use super::finding::{Fault, Finding};
use super::pose::Pose;
use super::registered::{ComponentId, Registered};
use super::watched::Watched;
use crate::rules::case::Case;
use crate::schedule::Schedule;
use crate::vocabulary::{EventTime, LocalTime, Millis, Outcome, StayId};
use crate::watch::Suspension;
use serde::{Deserialize, Serialize};

/// Settings of the votes. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComponentWatchConfig {
    /// Time between the first and the deciding sight of a fault (2 h).
    pub dwell: Millis,
    /// Of the last `votes_of` votes so many must be for a fault (6 of 8; one vote is an eighth of the dwell).
    pub votes: usize,
    /// See `votes`.
    pub votes_of: usize,
    /// The same time for an urgent component (10 s).
    pub urgent_dwell: Millis,
    /// Of the last `urgent_votes_of` pictures so many must be for a fault of an urgent component (4 of 5).
    pub urgent_votes: usize,
    /// See `urgent_votes`.
    pub urgent_votes_of: usize,
    /// Least score with which a fault votes; a fault less sure does not vote at all (0.5).
    pub score: f32,
    /// A candidate ends when the component was found as it was for this share of the dwell (0.5).
    pub clear: f32,
    /// An open candidate is updated at most this often (1 h).
    pub update: Millis,
    /// A picture in which more than this share of the judged components is faulty, and at least four of them,
    /// tells of the weather or of a torn picture and does not vote (0.5).
    pub doubtful: f32,
    /// So many pictures in a row off the preset suspend the watch, and so many on it resume it (2).
    pub off: u32,
    /// When votes are taken (always). A fault does not end because a schedule closes.
    pub schedule: Schedule,
}

impl Default for ComponentWatchConfig {
    fn default() -> Self {
        ComponentWatchConfig {
            dwell: 7_200_000,
            votes: 6,
            votes_of: 8,
            urgent_dwell: 10_000,
            urgent_votes: 4,
            urgent_votes_of: 5,
            score: 0.5,
            clear: 0.5,
            update: 3_600_000,
            doubtful: 0.5,
            off: 2,
            schedule: Schedule::always(),
        }
    }
}

/// What was not counted, since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NotCounted {
    /// Comparisons whose time was not after the last one's.
    pub out_of_order: u64,
    /// Comparisons that came while suspended.
    pub suspended: u64,
    /// Comparisons in which nearly everything was faulty.
    pub doubtful: u64,
    /// Comparisons outside the schedule.
    pub closed: u64,
    /// Verdicts on components that this watch does not know.
    pub unknown: u64,
}

/// Less of all surroundings found again than this, and the weather has changed the view. Drawn days of sun, rain and fog
/// have 0.86 and more in 19 of 20 pictures, snow 0.54 to 0.71, leaves 0.6 to 0.81.
const CHANGED: f32 = 0.8;
/// A fault of which more than this is found again does not count then.
const MOSTLY: f32 = 0.6;

/// The state of the components of one (camera, preset). Not thread-safe by design: one owner each.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentWatch {
    config: ComponentWatchConfig,
    memory: Memory,
    /// Findings that ended with the last call: their candidates are being told.
    ended: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Memory {
    components: Vec<Watched>,
    last: Option<EventTime>,
    suspended: Option<(EventTime, Suspension)>,
    off: u32,
    on: u32,
    bumped: Option<EventTime>,
    not_counted: NotCounted,
}

/// A watch written out. Opaque: only [`ComponentWatch::restore`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentSnapshot {
    version: u32,
    memory: Memory,
}

/// Version of the snapshot's layout. Another version's cases are not taken over.
const SNAPSHOT_VERSION: u32 = 1;

impl ComponentWatch {
    /// A watch that has seen nothing yet.
    pub fn new(config: ComponentWatchConfig, components: &[Registered]) -> ComponentWatch {
        let components = components.iter().map(|c| Watched::new(&config, c)).collect();
        ComponentWatch { config, memory: Memory { components, ..Memory::default() }, ended: Vec::new() }
    }

    /// Goes on from a snapshot. Components still registered go on; the open
    /// candidates of those that are not end in the outcome.
    pub fn restore(
        config: ComponentWatchConfig,
        components: &[Registered],
        snapshot: ComponentSnapshot,
    ) -> (ComponentWatch, Outcome) {
        let mut out = Outcome::default();
        let mut watch = ComponentWatch::new(config, components);
        if snapshot.version != SNAPSHOT_VERSION {
            return (watch, out);
        }
        let mut memory = snapshot.memory;
        for fresh in &mut watch.memory.components {
            if let Some(index) = memory.components.iter().position(|o| o.id == fresh.id && o.urgent == fresh.urgent) {
                *fresh = memory.components.remove(index);
            }
        }
        for mut gone in std::mem::take(&mut memory.components) {
            watch.ended.extend(gone.close("component no longer registered here", &mut out));
        }
        memory.components = std::mem::take(&mut watch.memory.components);
        watch.memory = memory;
        (watch, out)
    }

    /// Everything that must outlive this worker.
    pub fn snapshot(&self) -> ComponentSnapshot {
        ComponentSnapshot { version: SNAPSHOT_VERSION, memory: self.memory.clone() }
    }

    /// Takes one comparison. Its time must be after the last one's.
    pub fn observe(&mut self, at: EventTime, local: LocalTime, comparison: &Comparison) -> Outcome {
        let mut out = Outcome::default();
        self.ended.clear();
        if self.memory.last.is_some_and(|last| at <= last) {
            self.memory.not_counted.out_of_order += 1;
            return out;
        }
        self.memory.last = Some(at);
        self.memory.look_at_pose(at, self.config.off, &comparison.pose);
        if self.memory.suspended.is_some() || comparison.pose.fit().is_none() {
            self.memory.not_counted.suspended += u64::from(self.memory.suspended.is_some());
            return out;
        }
        if !self.config.schedule.is_open(local) {
            self.memory.not_counted.closed += 1;
            return out;
        }
        if self.is_doubtful(&comparison.verdicts) {
            self.memory.not_counted.doubtful += 1;
            return out;
        }
        let changed = comparison.view().is_some_and(|view| view < CHANGED);
        for verdict in &comparison.verdicts {
            // Snow and leaves make damage of what they lie on, and of what stands before them.
            let is_faint = verdict.likeness >= MOSTLY && !verdict.cut_off;
            if changed && is_faint && !matches!(verdict.state, State::Same | State::Blocked) {
                continue;
            }
            let verdict = &verdict.without_tiles_if(changed && verdict.state == State::Same);
            match self.memory.components.iter_mut().find(|c| c.id == verdict.component) {
                Some(watched) => self.ended.extend(watched.vote(&self.config, at, verdict, &mut out)),
                None => self.memory.not_counted.unknown += 1,
            }
        }
        out
    }

    /// Whether nearly everything is faulty at once. What is known to be faulty tells nothing of the weather.
    fn is_doubtful(&self, verdicts: &[Verdict]) -> bool {
        let is_known = |v: &Verdict| {
            let watched = self.memory.components.iter().find(|c| c.id == v.component);
            watched.and_then(|c| c.case.as_ref()).is_some_and(Case::is_open)
        };
        let is_faulty =
            |v: &&Verdict| !matches!(v.state, State::Blocked) && Fault::of(v.state).is_some() && !is_known(v);
        let faulty = verdicts.iter().filter(is_faulty).count();
        let same = verdicts.iter().filter(|v| v.state == State::Same).count();
        faulty >= 4 && faulty as f32 > self.config.doubtful * (faulty + same) as f32
    }

    /// Comparisons do not count from now on. A second reason replaces the first.
    pub fn suspend(&mut self, at: EventTime, why: Suspension) {
        match &mut self.memory.suspended {
            Some((_, reason)) => *reason = why,
            none => *none = Some((at, why)),
        }
    }

    /// Comparisons count again.
    pub fn resume(&mut self) {
        self.memory.suspended = None;
        (self.memory.off, self.memory.on) = (0, 0);
    }

    /// Since when and why nothing counts. Two pictures off the preset suspend
    /// the watch by itself with [`Suspension::Moved`]; two on it resume it.
    pub fn suspension(&self) -> Option<(EventTime, Suspension)> {
        self.memory.suspended
    }

    /// Since when the camera is bumped, so that every picture is realigned: judged, but worth saying as health.
    pub fn bumped(&self) -> Option<EventTime> {
        self.memory.bumped
    }

    /// A person or a rule accepted how these components look now: a new
    /// baseline holds from here, their candidates end, and their votes begin anew.
    /// No id means all of them.
    pub fn accept(&mut self, components: &[ComponentId]) -> Outcome {
        let mut out = Outcome::default();
        self.ended.clear();
        for watched in &mut self.memory.components {
            if components.is_empty() || components.contains(&watched.id) {
                self.ended.extend(watched.close("accepted as the new baseline", &mut out));
            }
        }
        out
    }

    /// The source has ended: what was not raised is forgotten, the rest is told as last seen.
    pub fn finish(&mut self) -> Outcome {
        let mut out = Outcome::default();
        self.ended.clear();
        for watched in &mut self.memory.components {
            match &watched.case {
                Some(case) if case.is_open() => out.changes.push(case.last_word()),
                _ => drop(watched.close("", &mut out)),
            }
        }
        out
    }

    /// Faults raised and suspected, and those that ended with the last call.
    pub fn findings(&self) -> impl Iterator<Item = Finding> + '_ {
        self.memory.components.iter().filter_map(Watched::finding).chain(self.ended.iter().cloned())
    }

    /// What is known of one stay.
    pub fn finding(&self, stay: &StayId) -> Option<Finding> {
        self.findings().find(|f| f.stay == *stay)
    }

    /// When each component was last seen, as it was or not; `None` when it never was.
    pub fn last_seen(&self) -> impl Iterator<Item = (&ComponentId, Option<EventTime>)> {
        self.memory.components.iter().map(|c| (&c.id, c.seen))
    }

    /// What was not counted.
    pub fn not_counted(&self) -> NotCounted {
        self.memory.not_counted
    }
}

impl Memory {
    /// Off the preset for a few pictures: suspended. Back for as many: resumed.
    fn look_at_pose(&mut self, at: EventTime, needed: u32, pose: &Pose) {
        match pose {
            Pose::Off(_) => (self.off, self.on) = (self.off.saturating_add(1), 0),
            Pose::Aligned(_) | Pose::Realigned(_) => (self.off, self.on) = (0, self.on.saturating_add(1)),
            Pose::Unclear => {}
        }
        match pose {
            Pose::Realigned(_) => drop(self.bumped.get_or_insert(at)),
            Pose::Aligned(_) => self.bumped = None,
            Pose::Off(_) | Pose::Unclear => {}
        }
        let moved = matches!(self.suspended, Some((_, Suspension::Moved)));
        if self.suspended.is_none() && self.off >= needed.max(1) {
            self.suspended = Some((at, Suspension::Moved));
        } else if moved && self.on >= needed.max(1) {
            self.suspended = None;
        }
    }
}
