//! One stay: an object's time at one place, and the evidence that it is still there.

use super::place::{self, Fit};
use super::{Patch, StayConfig};
use crate::track::{Family, LabelVotes, Seen};
use crate::vocabulary::{BBox, ConditionScore, EventTime, Label, Luma, Millis, Sighting};
use serde::{Deserialize, Serialize};

/// Boxes from which the place's median is taken.
const BOXES: usize = 9;
/// Looks at least as similar as this show the same object.
const SAME: f32 = 0.6;
/// Looks alone, without a detection, must be as similar as this.
const HELD: f32 = 0.7;
/// Looks less similar than this show another object.
const OTHER: f32 = 0.35;
/// Pictures, the first one included, for which one doubtful detection waits for a second.
const DOUBT: u32 = 3;

/// A mean score under which it is faint from afar.
const FAINT: f32 = 0.45;
/// From so many on the closer looks can doubt a stay.
const CLOSE_LOOKS: u32 = 4;

/// What the last picture said of a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// Detected.
    Seen,
    /// Not detected, but its place looks as it did.
    Held,
    /// Something stands or passes in front of it.
    Covered,
    /// Not found.
    Missing,
    /// Gone; kept for a while in case it comes back.
    Dormant,
}

/// One object standing at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// Identity within the watch; the same as the track's before and after.
    pub object: u64,
    /// Its family.
    pub family: Family,
    /// Votes for its label.
    pub labels: LabelVotes,
    /// First picture in which it stood there.
    pub start: EventTime,
    /// When it was seen to arrive; `None` if it stood there when watching began.
    pub arrival: Option<EventTime>,
    /// Last picture that saw it or found its place looking the same.
    pub last_present: EventTime,
    /// Event time that does not count: nobody could say whether it was there.
    pub paused: Millis,
    /// Median of its last boxes.
    pub place: BBox,
    /// What the last picture said.
    pub presence: Presence,
    /// Pictures that detected it.
    pub hits: u32,
    /// Pictures that detected it or found its place looking the same.
    pub found: u32,
    /// Pictures in which nothing covered it, those in which it was away among them.
    pub looks: u32,
    /// The classifier's word in the last picture, if it was detected there.
    pub condition: Option<ConditionScore>,
    /// Closer looks at it that nothing covered, and those that were sure of it. Snapshots of earlier versions lack it.
    #[serde(default)]
    pub(super) closely: (u32, u32),
    pub(super) boxes: Vec<BBox>,
    /// Where it stood at first: the median creeps along with a creeping queue, this does not.
    pub(super) anchor: Option<BBox>,
    pub(super) missing_since: Option<EventTime>,
    pub(super) missing_looks: u32,
    pub(super) covered_looks: u32,
    pub(super) absent_looks: u32,
    /// Pictures within which a second fitting detection ends a long absence.
    pub(super) doubt: u32,
    /// The watch was interrupted since it was last present.
    pub(super) unverified: bool,
    pub(super) dormant_since: Option<EventTime>,
    pub(super) reference: Option<Patch>,
    pub(super) referenced: EventTime,
    pub(super) odd_looks: u32,
    /// How alike its place looked in the last picture without a detection.
    pub(super) likeness: Option<f32>,
    /// Detections on the place that looked like the reference, and that did not.
    pub(super) alike: (u32, u32),
}

impl Stay {
    /// The label voted so far.
    pub fn label(&self) -> Label {
        self.labels.top().unwrap_or(Label::Car)
    }

    /// Whether the last picture showed it there, by detection or by looks.
    pub fn is_present(&self) -> bool {
        matches!(self.presence, Presence::Seen | Presence::Held)
    }

    /// How long it has stood there, interruptions left out.
    pub fn dwell(&self) -> Millis {
        self.last_present.since(self.start) - self.paused
    }

    /// Whether closer looks mostly do not see it plainly, or what is faint from afar not in two of three: a sign over the road is
    /// a truck from afar only. Of the faint parked cars of validation each was seen so in four of five and more.
    pub fn is_doubted(&self) -> bool {
        let (looks, sure) = self.closely;
        let faint = self.labels.mean_score() < FAINT;
        looks >= CLOSE_LOOKS && (4 * sure < looks || faint && 3 * sure < 2 * looks)
    }

    /// Its last sighting.
    pub fn sighting(&self) -> Sighting {
        Sighting { at: self.last_present, bbox: self.place, label: self.label(), score: self.labels.mean_score() }
    }

    /// How alike its place looks; `None` without a reference or a picture, or where either is flat.
    pub(super) fn similarity(&self, luma: Option<&Luma>) -> Option<f32> {
        self.reference.as_ref()?.similarity(luma?)
    }

    /// Whether a detection that sits on the place is this object: not asked
    /// while it is present, then by its looks, then only when seen twice.
    pub(super) fn admits(&mut self, luma: Option<&Luma>) -> bool {
        if self.absent_looks == 0 && !self.unverified {
            return true;
        }
        match self.similarity(luma) {
            Some(s) if s >= SAME => true,
            Some(s) if s < OTHER => false,
            _ if self.absent_looks < 3 => true,
            _ if self.doubt > 0 => true,
            _ => {
                self.doubt = DOUBT;
                false
            }
        }
    }

    /// Whether it came back to where it was: only looks can tell.
    pub(super) fn is_recognised(&self, luma: Option<&Luma>) -> bool {
        self.similarity(luma).is_some_and(|s| s >= SAME)
    }

    /// Whether the looks of its place say that another object stands there.
    pub(super) fn is_another(&self, luma: Option<&Luma>) -> bool {
        self.similarity(luma).is_some_and(|s| s < OTHER)
    }

    /// A detection of this object.
    pub(super) fn see(
        &mut self,
        at: EventTime,
        seen: &Seen,
        clear_view: bool,
        luma: Option<&Luma>,
        config: &StayConfig,
    ) {
        self.settle_gap(at, luma, config);
        self.hits = self.hits.saturating_add(1);
        self.looks = self.looks.saturating_add(1);
        self.labels.push(seen.label, seen.score);
        self.condition = seen.condition;
        self.present(at, Presence::Seen);
        if let Some(Fit::Whole(_)) = place::fit(&self.place, &seen.bbox) {
            if self.boxes.len() == BOXES {
                self.boxes.remove(0);
            }
            self.boxes.push(seen.bbox);
            self.place = place::median(self.boxes.iter().copied());
            if self.anchor.is_none() && self.boxes.len() >= 5 {
                self.anchor = Some(self.place);
            }
        }
        if clear_view {
            self.refresh_reference(at, luma, config);
        }
    }

    /// No detection: looks, cover, or nothing.
    pub(super) fn look(&mut self, at: EventTime, covered: bool, luma: Option<&Luma>, config: &StayConfig) {
        self.condition = None;
        self.likeness = self.similarity(luma);
        if self.likeness.is_some_and(|s| s >= HELD) {
            self.settle_gap(at, luma, config);
            self.looks = self.looks.saturating_add(1);
            self.present(at, Presence::Held);
            return;
        }
        self.absent_looks = self.absent_looks.saturating_add(1);
        self.doubt = self.doubt.saturating_sub(1);
        if covered {
            self.presence = Presence::Covered;
            self.covered_looks += 1;
            // One passing car explains nothing; what stays in front does.
            if self.covered_looks >= 2 {
                (self.missing_since, self.missing_looks) = (None, 0);
            }
            return;
        }
        self.looks = self.looks.saturating_add(1);
        self.covered_looks = 0;
        self.presence = Presence::Missing;
        self.missing_looks = self.missing_looks.saturating_add(1);
        self.missing_since.get_or_insert(at);
    }

    fn present(&mut self, at: EventTime, presence: Presence) {
        self.presence = presence;
        self.last_present = at;
        self.missing_since = None;
        self.found = self.found.saturating_add(1);
        (self.missing_looks, self.covered_looks, self.absent_looks, self.doubt) = (0, 0, 0, 0);
    }

    /// After an interruption: the time between counts if the looks are the same
    /// (or it was short), else it does not.
    fn settle_gap(&mut self, at: EventTime, luma: Option<&Luma>, config: &StayConfig) {
        if std::mem::take(&mut self.unverified) {
            let gap = at.since(self.last_present);
            if gap > config.patience_ms && !self.is_recognised(luma) {
                self.paused += gap;
            }
        }
    }

    fn refresh_reference(&mut self, at: EventTime, luma: Option<&Luma>, config: &StayConfig) {
        let Some(picture) = luma else { return };
        let due = at.since(self.referenced) >= config.refresh_ms || self.odd_looks > 0;
        if self.reference.is_some() && !due {
            return;
        }
        // A detection on a changed place may be a passing car: only three in a row are a change of light.
        let similarity = self.similarity(luma);
        let odd = similarity.is_some_and(|s| s < SAME);
        match similarity {
            Some(_) if odd => self.alike.1 = self.alike.1.saturating_add(1),
            Some(_) => self.alike.0 = self.alike.0.saturating_add(1),
            None => {}
        }
        self.odd_looks = if odd { self.odd_looks + 1 } else { 0 };
        if !odd || self.odd_looks >= 3 {
            self.reference = Patch::cut(picture, &self.place);
            self.odd_looks = 0;
        }
        self.referenced = at;
    }

    /// Misses in a row after which it is gone: what the detector's own hit rate
    /// on this object makes unlikely (under 3 in 100) in all the pictures that it has stood there.
    pub(super) fn tolerance(&self) -> u32 {
        let rate = (self.hits as f32 + 1.0) / (self.looks as f32 + 3.0);
        let chance = 0.03 / self.looks.max(1) as f32;
        let misses = (chance.ln() / (1.0 - rate.clamp(0.05, 0.9)).ln()).ceil();
        (misses as u32).clamp(3, 30)
    }

    /// Whether the misses so far say that it is gone.
    pub(super) fn is_gone(&self, at: EventTime, config: &StayConfig) -> bool {
        if at.since(self.last_present) > config.occlusion_max_ms {
            return true;
        }
        let Some(since) = self.missing_since else { return false };
        let missing = at.since(since);
        // Bins do not drive off; whoever takes one brings it back.
        let patience = if self.family == Family::Bin { 6 * config.patience_ms } else { config.patience_ms };
        // Where looks speak and say "different", fewer misses do.
        let (misses, patience) = match self.likeness {
            Some(_) => ((self.tolerance() / 2).max(3), patience * 2 / 5),
            None => (self.tolerance(), patience),
        };
        self.missing_looks >= misses && missing >= patience
    }

    /// Whether all that was seen here is one object that stands, rather than
    /// many that pass: found often enough, its boxes close together (passing
    /// cars scatter over the whole tolerance), its looks mostly alike.
    pub fn is_steady(&self) -> bool {
        let mut drifts = [0f32; BOXES];
        for (d, b) in drifts.iter_mut().zip(&self.boxes) {
            *d = place::drift(&self.place, b);
        }
        let drifts = &mut drifts[..self.boxes.len()];
        drifts.sort_unstable_by(f32::total_cmp);
        let scatter = drifts.get(drifts.len() / 2).copied().unwrap_or(0.0);
        let often = self.hits >= 4 && 5 * self.found >= 2 * self.looks && 5 * self.hits >= self.looks;
        often && scatter <= 0.1 && self.alike.0 >= self.alike.1
    }

    /// Whether it has crept away from where it stood at first.
    pub(super) fn has_moved(&self) -> bool {
        self.anchor.is_some_and(|a| place::drift(&a, &self.place) > 0.35)
    }
}
