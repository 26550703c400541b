//! What stands, and since when.
//!
//! A stay belongs to an object at a place: not to a zone, not to a label, not
//! to a track's number. It outlives identity switches (a detection on the place
//! is the object, unless its looks or its path say otherwise), missed
//! detections (the place still looks the same; or the misses are no more than
//! this object's own hit rate explains), something in front of it (covered,
//! not gone) and light changes. It does not outlive a look at the empty place,
//! nor another object that comes to stand there.

mod assign;
mod patch;
mod piece;
pub(crate) mod place;
mod stand;

pub use patch::Patch;
pub use stand::{Presence, Stay};

use crate::closer::is_shown_by;
use crate::track::{Family, Seen, Track, TrackConfig, Tracker};
use crate::vocabulary::{BBox, EventTime, Luma, Millis};
use piece::{belongs_to, is_in_front};
use serde::{Deserialize, Serialize};

/// A closer look scores what stands there at least so: parked cars in four of five looks and more, a round sign that is one from
/// afar in 8 of 14.
const PLAIN: f32 = 0.4;

/// How long a stay holds without being seen. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StayConfig {
    /// Standing begins when two pictures at least this far apart show it at one place (1.9 s).
    pub stand_ms: Millis,
    /// Shortest time of misses after which a stay can end; two fifths of it where looks say "different", six times it for bins (10 s).
    pub patience_ms: Millis,
    /// Longest time something in front may hide it (5 min).
    pub occlusion_max_ms: Millis,
    /// An object gone can come back to its place with the same looks within this time and go on (2 min).
    pub rejoin_ms: Millis,
    /// Pictures further apart are an interruption: the time between counts only for what looks the same after it (60 s).
    pub gap_ms: Millis,
    /// Reference looks are compared with a detection, and renewed, at most this often (10 s).
    pub refresh_ms: Millis,
    /// An arrival counts as observed when the view was watched this long before (10 s).
    pub settle_ms: Millis,
    /// At most this many stays; further ones are not begun, and counted (128).
    pub max_stays: usize,
}

impl Default for StayConfig {
    fn default() -> Self {
        StayConfig {
            stand_ms: 1_900,
            patience_ms: 10_000,
            occlusion_max_ms: 300_000,
            rejoin_ms: 120_000,
            gap_ms: 60_000,
            refresh_ms: 10_000,
            settle_ms: 10_000,
            max_stays: 128,
        }
    }
}

/// Why a stay is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Its place was seen empty, or it was seen driving off.
    Left,
    /// Another object stands in its place.
    Replaced,
    /// It crept away.
    Moved,
}

impl Why {
    /// In a few words, for a candidate's reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Why::Left => "left",
            Why::Replaced => "another object stands there",
            Why::Moved => "moved on",
        }
    }
}

/// A stay that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Over {
    /// The stay as it was.
    pub stay: Stay,
    /// Why it is over.
    pub why: Why,
}

/// One picture, tidied.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Event time.
    pub at: EventTime,
    /// Its objects.
    pub seen: &'a [Seen],
    /// The small grey picture.
    pub luma: Option<&'a Luma>,
    /// Width over height of the picture.
    pub aspect: f32,
    /// The part that was looked at closely.
    pub closer: Option<BBox>,
}

impl Look<'_> {
    /// Whether this place was looked at closely.
    pub fn shows_closely(&self, place: &BBox) -> bool {
        self.closer.is_some_and(|part| is_shown_by(&part, place))
    }
}

/// Every stay of one view, and the tracks from which they come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stays {
    stays: Vec<Stay>,
    tracker: Tracker,
    /// First picture since watching began or was last interrupted.
    watching_since: Option<EventTime>,
    /// Stays not begun because there were too many.
    pub full: u64,
}

impl Stays {
    /// The stays, in the order they began.
    pub fn stays(&self) -> &[Stay] {
        &self.stays
    }

    /// What moves, or is not yet known to stand.
    pub fn tracks(&self) -> &[Track] {
        self.tracker.tracks()
    }

    /// Tracks not begun because there were too many.
    pub fn tracks_full(&self) -> u64 {
        self.tracker.full
    }

    /// The view was interrupted: nothing is known until each stay is found again.
    pub fn interrupt(&mut self) {
        self.tracker.clear();
        self.watching_since = None;
        for stay in &mut self.stays {
            stay.unverified = true;
            (stay.missing_since, stay.missing_looks) = (None, 0);
        }
    }

    /// Takes one picture; returns the stays that are over.
    pub fn observe(&mut self, look: &Look<'_>, tracking: &TrackConfig, config: &StayConfig) -> Vec<Over> {
        self.watching_since.get_or_insert(look.at);
        let mut over = Vec::new();
        let (of_stay, of_track) = self.associate(look, tracking);
        let mut taken = vec![false; look.seen.len()];
        of_stay.iter().chain(&of_track).flatten().for_each(|&d| taken[d] = true);

        for (index, matched) in of_stay.iter().enumerate() {
            self.look_at_stay(index, *matched, look, config);
        }
        for (index, matched) in of_track.iter().enumerate() {
            match matched {
                Some(d) => self.tracker.see(index, look.at, &look.seen[*d]),
                None => self.tracker.miss(index),
            }
        }
        for (seen, _) in look.seen.iter().zip(&taken).filter(|(s, taken)| !**taken && s.score >= tracking.birth) {
            if !self.stays.iter().any(|s| belongs_to(s, seen, look.aspect)) {
                let left = self.driven_off_from(look.at, seen);
                self.tracker.begin(tracking, look.at, seen, left);
            }
        }
        self.see_departures(look.at);
        self.close(look, config, &mut over);
        self.promote(look, config, &mut over);
        self.tracker.prune(tracking, look.at);
        over
    }

    fn look_at_stay(&mut self, index: usize, matched: Option<usize>, look: &Look<'_>, config: &StayConfig) {
        let stay = &mut self.stays[index];
        let cover: f32 = look
            .seen
            .iter()
            .enumerate()
            .filter(|(d, s)| Some(*d) != matched && is_in_front(&stay.place, &s.bbox))
            .map(|(_, s)| stay.place.intersection(&s.bbox))
            .sum::<f32>()
            / stay.place.area().max(f32::EPSILON);
        let covered = cover >= 0.3;
        if stay.presence == Presence::Dormant {
            stay.condition = None;
            // What comes back now and then to where nobody saw it for long was not standing there.
            if !covered {
                stay.looks = stay.looks.saturating_add(1);
            }
            return;
        }
        if look.shows_closely(&stay.place) && (matched.is_some() || !covered) {
            let sure = matched.is_some_and(|d| look.seen[d].score >= PLAIN);
            stay.closely = (stay.closely.0.saturating_add(1), stay.closely.1.saturating_add(u32::from(sure)));
        }
        match matched {
            Some(d) => stay.see(look.at, &look.seen[d], cover < 0.1, look.luma, config),
            None => stay.look(look.at, covered, look.luma, config),
        }
    }

    /// The stay that a new track may have driven off from: of its family and
    /// size, not found in this picture, and near enough.
    fn driven_off_from(&self, at: EventTime, seen: &Seen) -> Option<u64> {
        self.stays
            .iter()
            .filter(|s| s.family == seen.family && s.presence == Presence::Missing)
            .filter(|s| (0.4..2.5).contains(&(seen.bbox.area() / s.place.area())))
            .map(|s| (place::drift(&s.place, &seen.bbox), at.since(s.last_present), s.object))
            .filter(|(apart, since, _)| *apart <= (1.0 + 1.5 * (*since as f32 / 1000.0)).min(4.0))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(.., object)| object)
    }

    /// A stay not found, and a track that grew away from it: it drove off.
    fn see_departures(&mut self, at: EventTime) {
        let Stays { stays, tracker, .. } = self;
        for track in tracker.tracks_mut().iter_mut().filter(|t| t.left.is_some()) {
            let Some(stay) = stays.iter_mut().find(|s| Some(s.object) == track.left) else {
                track.left = None;
                continue;
            };
            if stay.presence != Presence::Missing {
                track.left = None;
            } else if track.is_seen(at) && track.hits >= 2 && stay.missing_looks >= (stay.tolerance() / 2).max(2) {
                let first = track.history.first().map_or(0.0, |s| place::drift(&stay.place, &s.bbox));
                if place::drift(&stay.place, &track.bbox) > first.max(0.5) {
                    stay.presence = Presence::Dormant;
                    stay.dormant_since = Some(at);
                    track.labels.absorb(&stay.labels);
                    track.left = None;
                }
            }
        }
    }

    /// Ends stays that are gone or have moved; wakes those that are back.
    fn close(&mut self, look: &Look<'_>, config: &StayConfig, over: &mut Vec<Over>) {
        let mut index = 0;
        while index < self.stays.len() {
            let stay = &mut self.stays[index];
            let absent = matches!(stay.presence, Presence::Missing | Presence::Covered);
            if absent && stay.is_gone(look.at, config) {
                stay.presence = Presence::Dormant;
                stay.dormant_since = Some(look.at);
            } else if stay.presence == Presence::Dormant && stay.similarity(look.luma).is_some_and(|s| s >= 0.8) {
                stay.dormant_since = None;
                stay.look(look.at, false, look.luma, config);
            }
            // Without looks nothing could tell it from another object, so it does not wait.
            let expired = stay.dormant_since.is_some_and(|since| {
                stay.reference.is_none() || look.luma.is_none() || look.at.since(since) > config.rejoin_ms
            });
            let why = if expired {
                Some(Why::Left)
            } else if stay.has_moved() {
                Some(Why::Moved)
            } else {
                None
            };
            match why {
                Some(why) => over.push(Over { stay: self.stays.remove(index), why }),
                None => index += 1,
            }
        }
    }

    /// Tracks that stand become stays.
    fn promote(&mut self, look: &Look<'_>, config: &StayConfig, over: &mut Vec<Over>) {
        let mut standing: Vec<(u64, f32)> = Vec::new();
        for t in self.tracker.tracks().iter().filter(|t| t.is_seen(look.at) && t.hits >= 2) {
            let run = t.standing();
            let missed: u32 = run.iter().skip(1).map(|s| s.missed).sum();
            // Two sightings with many misses between are two passers-by.
            let often = run.len() >= 2 && missed as usize <= run.len();
            if often && look.at.since(run[0].at) >= config.stand_ms {
                standing.push((t.object, t.bbox.area()));
            }
        }
        // The larger box first: it is the object, the smaller its piece.
        standing.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for (object, _) in standing {
            let Some(track) = self.tracker.tracks().iter().find(|t| t.object == object) else { continue };
            let came = track.standing().len() < track.history.len();
            let stay = begin(track, came, self.watching_since, look, config);
            self.tracker.remove(object);
            self.settle(stay, came, look, config, over);
        }
    }

    /// Takes in a new stay, unless it is one known already; ends those it
    /// replaces. `came` says that it was seen to come from elsewhere.
    fn settle(&mut self, new: Stay, came: bool, look: &Look<'_>, config: &StayConfig, over: &mut Vec<Over>) {
        let as_seen = Seen {
            label: new.label(),
            family: new.family,
            score: new.labels.mean_score(),
            bbox: new.place,
            condition: new.condition,
        };
        let mut index = 0;
        while index < self.stays.len() {
            let old = &mut self.stays[index];
            let same_place = old.family == new.family && place::stands_at(&old.place, &new.place, 0.3);
            if same_place && !old.is_present() {
                // Back from where it was; or never gone, only missed for longer than usual.
                let same_object = match old.dormant_since {
                    Some(_) => old.is_recognised(look.luma),
                    // A bin does not come by itself: its box shifts while somebody passes.
                    None => (!came || old.family == Family::Bin) && !old.is_another(look.luma),
                };
                if same_object {
                    old.dormant_since = None;
                    old.see(look.at, &as_seen, true, look.luma, config);
                    return;
                }
                over.push(Over { stay: self.stays.remove(index), why: Why::Replaced });
                continue;
            }
            if same_place || belongs_to(old, &as_seen, look.aspect) {
                return;
            }
            index += 1;
        }
        if self.stays.len() >= config.max_stays {
            self.full += 1;
            return;
        }
        self.stays.push(new);
    }
}

/// A stay from a track that stands.
fn begin(track: &Track, came: bool, watching_since: Option<EventTime>, look: &Look<'_>, config: &StayConfig) -> Stay {
    let run = track.standing();
    let start = run.first().map_or(track.first, |s| s.at);
    let watched = watching_since.is_some_and(|since| start.since(since) >= config.settle_ms);
    let looks = run.len() + run.iter().skip(1).map(|s| s.missed as usize).sum::<usize>();
    let boxes: Vec<BBox> = run.iter().rev().take(9).rev().map(|s| s.bbox).collect();
    let place = place::median(boxes.iter().copied());
    Stay {
        object: track.object,
        family: track.family,
        labels: track.labels.clone(),
        start,
        arrival: (watched || came).then_some(start),
        last_present: look.at,
        paused: 0,
        place,
        presence: Presence::Seen,
        hits: run.len() as u32,
        found: run.len() as u32,
        looks: looks as u32,
        condition: track.condition,
        boxes,
        anchor: None,
        missing_since: None,
        missing_looks: 0,
        covered_looks: 0,
        absent_looks: 0,
        doubt: 0,
        unverified: false,
        dormant_since: None,
        reference: look.luma.and_then(|l| Patch::cut(l, &place)),
        referenced: look.at,
        odd_looks: 0,
        likeness: None,
        alike: (0, 0),
        closely: (0, 0),
    }
}
