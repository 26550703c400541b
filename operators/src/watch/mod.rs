//! Everything of one camera at one preset: pictures in, changes out.

use crate::closer::Closer;
use crate::rules::case::Case;
use crate::rules::{Scene, ZoneRule, ZoneState};
use crate::stay::{Look, Stay, StayConfig, Stays};
use crate::track::{Track, TrackConfig, tidy};
use crate::vocabulary::{EventTime, Outcome, Picture};
use serde::{Deserialize, Serialize};

/// What a watch is told to do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WatchConfig {
    /// The zones with their rules.
    pub zones: Vec<ZoneRule>,
    /// Limits of the tracker; the defaults serve.
    #[serde(default)]
    pub track: TrackConfig,
    /// How long a stay holds unseen; the defaults serve.
    #[serde(default)]
    pub stay: StayConfig,
}

/// Why the rules of a view hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suspension {
    /// Too dark to see.
    Dark,
    /// Out of focus, dirty or fogged.
    Blurred,
    /// The picture no longer changes.
    Frozen,
    /// Pictures cannot be decoded.
    Corrupt,
    /// The camera is off its preset.
    Moved,
    /// No pictures come.
    Offline,
}

/// What was not processed, since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refused {
    /// Pictures whose time was not after the last one's.
    pub out_of_order: u64,
    /// Pictures that came while suspended.
    pub suspended: u64,
    /// Detections that were no boxes, or beyond 200 in one picture.
    pub detections: u64,
    /// Tracks not begun because there were too many.
    pub tracks: u64,
    /// Stays not begun because there were too many.
    pub stays: u64,
}

/// The state of one (camera, preset). Not thread-safe by design: one owner each.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    config: WatchConfig,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct State {
    zones: Vec<ZoneState>,
    stays: Stays,
    last: Option<EventTime>,
    suspended: Option<(EventTime, Suspension)>,
    refused: Refused,
    /// Snapshots of earlier versions lack it.
    #[serde(default)]
    closer: Closer,
}

/// A watch written out. Opaque: only [`Watch::restore`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    state: State,
}

/// Version of the snapshot's layout. Another version's stays and cases are not taken over.
const SNAPSHOT_VERSION: u32 = 1;

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(config: WatchConfig) -> Watch {
        let zones = config.zones.iter().cloned().map(ZoneState::new).collect();
        Watch { config: with_birth(config), state: State { zones, ..State::default() } }
    }

    /// Goes on from a snapshot. Zones whose id and rule are unchanged go on,
    /// with their new settings if these differ; the open candidates of zones
    /// that are gone, or that no longer hold their object, end in the outcome.
    pub fn restore(config: WatchConfig, snapshot: Snapshot) -> (Watch, Outcome) {
        let mut out = Outcome::default();
        if snapshot.version != SNAPSHOT_VERSION {
            return (Watch::new(config), out);
        }
        let mut state = snapshot.state;
        let mut old = std::mem::take(&mut state.zones);
        for zone in &config.zones {
            let same = |o: &ZoneState| o.config.id == zone.id && o.config.rule.kind() == zone.rule.kind();
            state.zones.push(match old.iter().position(same) {
                Some(index) => old.remove(index).adopt(zone.clone(), &mut out),
                None => ZoneState::new(zone.clone()),
            });
        }
        for mut gone in old {
            gone.close_all("zone removed", &mut out);
        }
        (Watch { config: with_birth(config), state }, out)
    }

    /// Everything that must outlive this worker.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { version: SNAPSHOT_VERSION, state: self.state.clone() }
    }

    /// Takes one picture. Its time must be after the last one's: others are refused and counted.
    pub fn observe(&mut self, picture: &Picture) -> Outcome {
        let State { zones, stays, last, suspended, refused, closer } = &mut self.state;
        let mut out = Outcome::default();
        if last.is_some_and(|last| picture.at <= last) {
            refused.out_of_order += 1;
            return out;
        }
        if suspended.is_some() {
            refused.suspended += 1;
            return out;
        }
        if last.is_some_and(|last| picture.at.since(last) > self.config.stay.gap_ms) {
            stays.interrupt();
        }
        *last = Some(picture.at);
        let luma = picture.luma.as_ref();
        let aspect = luma.map_or(16.0 / 9.0, |l| l.width() as f32 / l.height() as f32);
        let (seen, unusable) = tidy(&picture.detections, self.config.track.low, aspect);
        refused.detections += unusable;
        let look = Look { at: picture.at, seen: &seen, luma, aspect, closer: picture.closer };
        let over = stays.observe(&look, &self.config.track, &self.config.stay);
        (refused.tracks, refused.stays) = (stays.tracks_full(), stays.full);
        let scene = Scene { look, stays: stays.stays(), tracks: stays.tracks(), over: &over };
        for zone in zones.iter_mut() {
            zone.observe(picture.local, &scene, &mut out);
        }
        let doubted: Vec<&Case> = zones.iter().flat_map(ZoneState::doubted).collect();
        out.closer = closer.choose(picture.at, &doubted);
        out
    }

    /// The rules hold from now on: dwell neither grows nor ends, pictures are
    /// refused. A second reason replaces the first.
    pub fn suspend(&mut self, at: EventTime, why: Suspension) {
        match &mut self.state.suspended {
            Some((_, reason)) => *reason = why,
            none => {
                *none = Some((at, why));
                self.state.stays.interrupt();
            }
        }
    }

    /// The rules go on. What is found again at its place with the same looks
    /// has stood there all the time; for anything else the time between does not count.
    pub fn resume(&mut self, _at: EventTime) {
        self.state.suspended = None;
    }

    /// Since when and why the rules hold, if they do.
    pub fn suspension(&self) -> Option<(EventTime, Suspension)> {
        self.state.suspended
    }

    /// The source has ended. Nothing is raised for being cut off: what was not
    /// raised is forgotten. An open candidate whose object had left ends; the
    /// others stay open, since nobody saw their end, and are told as last seen.
    pub fn finish(&mut self, _at: EventTime) -> Outcome {
        let mut out = Outcome::default();
        self.state.zones.iter_mut().for_each(|zone| zone.finish(self.state.stays.stays(), &mut out));
        out
    }

    /// What was not processed.
    pub fn refused(&self) -> Refused {
        self.state.refused
    }

    /// What stands, for display and tests.
    pub fn stays(&self) -> &[Stay] {
        self.state.stays.stays()
    }

    /// What moves, for display and tests.
    pub fn tracks(&self) -> &[Track] {
        self.state.stays.tracks()
    }

    /// The configuration at work.
    pub fn config(&self) -> &WatchConfig {
        &self.config
    }
}

/// An object may begin at the lowest confidence that any rule asks for.
fn with_birth(mut config: WatchConfig) -> WatchConfig {
    let least = config.zones.iter().map(|z| z.rule.confidence()).reduce(f32::min);
    config.track.birth = least.unwrap_or(config.track.birth);
    config.track.low = config.track.low.min(config.track.birth);
    config
}
