//! Objects on the move: association after ByteTrack (Zhang et al., 2022), with
//! gates in seconds and box sizes, so that one picture in ten seconds and
//! twenty-five in one go through the same code.
//!
//! What stands still is no longer tracked: see [`crate::stay`].

mod assign;
mod family;
mod tidy;

pub use assign::{FORBIDDEN, assign};
pub use family::{Family, LabelVotes};
pub(crate) use tidy::stand_on_the_same_ground;
pub use tidy::{Seen, tidy};

use crate::stay::place;
use crate::vocabulary::{BBox, ConditionScore, EventTime, Label, Millis};
use serde::{Deserialize, Serialize};

/// Spots kept of a track.
const HISTORY: usize = 12;
/// Spots closer together than this are not kept: a burst must not push the past out.
const SPACING: Millis = 200;
/// A track without a second sighting is extrapolated no further than this, seconds.
const BLIND: f32 = 2.5;

/// Limits of the tracker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackConfig {
    /// Detections under this score are ignored (0.1, as ByteTrack).
    pub low: f32,
    /// Only detections from this score on begin a track (0.25: a nano detector
    /// sees far cars at 0.26 to 0.6).
    pub birth: f32,
    /// A track that is not seen lives this long, or four pictures if they take longer (4 s).
    pub survive_ms: Millis,
    /// At most this many tracks; births beyond are dropped and counted (64).
    pub max_tracks: usize,
}

impl Default for TrackConfig {
    fn default() -> Self {
        TrackConfig { low: 0.1, birth: 0.25, survive_ms: 4_000, max_tracks: 64 }
    }
}

/// Where a track was once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Event time.
    pub at: EventTime,
    /// Its box.
    pub bbox: BBox,
    /// Pictures before this one that did not show it.
    pub missed: u32,
}

/// One object on the move, or not yet known to stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Identity, kept when it comes to a stand and when it drives off again.
    pub object: u64,
    /// Its family.
    pub family: Family,
    /// Votes for its label.
    pub labels: LabelVotes,
    /// Its last box.
    pub bbox: BBox,
    /// Velocity of the centre, picture widths and heights a second.
    pub velocity: [f32; 2],
    /// First sighting.
    pub first: EventTime,
    /// Last sighting.
    pub last: EventTime,
    /// Pictures that showed it.
    pub hits: u32,
    /// Pictures in a row that did not.
    pub missed: u32,
    /// Spots, oldest first.
    pub history: Vec<Spot>,
    /// The classifier's word in the last picture, if it showed it.
    pub condition: Option<ConditionScore>,
    /// The stay it may have driven off from.
    pub left: Option<u64>,
}

impl Track {
    /// The label voted so far.
    pub fn label(&self) -> Option<Label> {
        self.labels.top()
    }

    /// Whether the picture at `at` showed it.
    pub fn is_seen(&self, at: EventTime) -> bool {
        self.last == at
    }

    /// Speed in its own sizes a second.
    pub fn speed(&self) -> f32 {
        (self.velocity[0] / self.bbox.w).hypot(self.velocity[1] / self.bbox.h)
    }

    /// Its box at `at`, extrapolated for at most two and a half seconds.
    pub fn predicted(&self, at: EventTime) -> BBox {
        let dt = seconds(at.since(self.last)).min(BLIND);
        BBox { x: self.bbox.x + self.velocity[0] * dt, y: self.bbox.y + self.velocity[1] * dt, ..self.bbox }
    }

    /// Cost 0..1 of taking `bbox` for this track at `at`; `None` outside the gate.
    fn cost(&self, at: EventTime, bbox: &BBox) -> Option<f32> {
        let dt = seconds(at.since(self.last));
        // Unknown speed needs a wide gate; after long without sight only the same place is believed.
        let reach = match (self.hits, dt) {
            (1, dt) if dt <= BLIND => 0.6 + 2.0 * dt,
            (_, dt) if dt <= BLIND => 0.6 + dt,
            _ => 0.6,
        }
        .min(4.0);
        let ratio = bbox.area() / self.bbox.area().max(f32::EPSILON);
        if !(0.33..=3.0).contains(&ratio) {
            return None;
        }
        let predicted = if dt <= BLIND { self.predicted(at) } else { self.bbox };
        let (a, b) = (predicted.centre(), bbox.centre());
        let apart = ((a.x - b.x) / predicted.w.max(bbox.w)).hypot((a.y - b.y) / predicted.h.max(bbox.h));
        (apart <= reach).then(|| 0.5 * apart / reach + 0.5 * (1.0 - predicted.iou(bbox)))
    }

    fn see(&mut self, at: EventTime, seen: &Seen) {
        let dt = seconds(at.since(self.last)).max(0.02);
        let (old, new) = (self.bbox.centre(), seen.bbox.centre());
        let measured = [(new.x - old.x) / dt, (new.y - old.y) / dt];
        let trust = if self.hits == 1 { 1.0 } else { 0.5 };
        for (v, m) in self.velocity.iter_mut().zip(measured) {
            *v += trust * (m - *v);
        }
        self.bbox = seen.bbox;
        self.last = at;
        self.hits = self.hits.saturating_add(1);
        let missed = std::mem::take(&mut self.missed);
        self.condition = seen.condition;
        self.labels.push(seen.label, seen.score);
        if self.history.last().is_none_or(|s| at.since(s.at) >= SPACING) {
            if self.history.len() == HISTORY {
                self.history.remove(0);
            }
            self.history.push(Spot { at, bbox: seen.bbox, missed });
        }
    }

    /// The spots, newest last, at which it has stood without a break: the
    /// longest run up to now that stays around its own median. A single spot if it moves.
    pub fn standing(&self) -> &[Spot] {
        let h = &self.history;
        let Some(last) = h.last() else { return h };
        for from in 0..h.len() - 1 {
            // Two spots have their mean between them, so each may drift half as far.
            let width = if h.len() - from == 2 { 0.1 } else { 0.2 };
            if !place::stands_at(&h[from].bbox, &last.bbox, 2.0 * width) {
                continue;
            }
            let boxes = h[from..].iter().map(|s| s.bbox);
            let middle = place::median(boxes.clone());
            if boxes.into_iter().all(|b| place::stands_at(&middle, &b, width)) {
                return &h[from..];
            }
        }
        &h[h.len() - 1..]
    }
}

/// Every track of one view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tracker {
    tracks: Vec<Track>,
    next: u64,
    /// Births dropped because there were too many tracks.
    pub full: u64,
}

impl Tracker {
    /// The tracks, oldest first.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    pub(crate) fn tracks_mut(&mut self) -> &mut [Track] {
        &mut self.tracks
    }

    /// Cost of giving `bbox` to track `index`; `None` if it cannot be.
    pub(crate) fn cost(&self, index: usize, at: EventTime, family: Family, bbox: &BBox) -> Option<f32> {
        let track = &self.tracks[index];
        (track.family == family).then(|| track.cost(at, bbox)).flatten()
    }

    pub(crate) fn see(&mut self, index: usize, at: EventTime, seen: &Seen) {
        self.tracks[index].see(at, seen);
    }

    pub(crate) fn miss(&mut self, index: usize) {
        let track = &mut self.tracks[index];
        track.missed = track.missed.saturating_add(1);
        track.condition = None;
    }

    /// Begins a track, unless there are too many.
    pub(crate) fn begin(&mut self, config: &TrackConfig, at: EventTime, seen: &Seen, left: Option<u64>) {
        if self.tracks.len() >= config.max_tracks {
            self.full += 1;
            return;
        }
        let mut labels = LabelVotes::default();
        labels.push(seen.label, seen.score);
        self.tracks.push(Track {
            object: self.next,
            family: seen.family,
            labels,
            bbox: seen.bbox,
            velocity: [0.0; 2],
            first: at,
            last: at,
            hits: 1,
            missed: 0,
            history: vec![Spot { at, bbox: seen.bbox, missed: 0 }],
            condition: seen.condition,
            left,
        });
        self.next += 1;
    }

    pub(crate) fn remove(&mut self, object: u64) {
        self.tracks.retain(|t| t.object != object);
    }

    /// Lets go of tracks that were not seen for too long.
    pub(crate) fn prune(&mut self, config: &TrackConfig, at: EventTime) {
        self.tracks.retain(|t| {
            let age = at.since(t.last);
            age <= config.survive_ms || (t.missed <= 4 && age <= 45_000)
        });
    }

    /// Forgets every track: the view was interrupted.
    pub(crate) fn clear(&mut self) {
        self.tracks.clear();
    }
}

fn seconds(span: Millis) -> f32 {
    span as f32 / 1000.0
}
