//! Overflowing bin (垃圾满溢): a bin whose state is voted over minutes.
//!
//! Waste above the rim or beside the bin votes for; a normal bin, an open lid
//! and a fallen bin (a component fault) vote against; a bin behind people does
//! not vote at all. An open lid that sticks out over the rim is taken for waste
//! in half of the looks, waste for an open lid hardly ever: where a fifth of the
//! looks say lid, it is one. The stay of a candidate is that of the overflow, not of the
//! bin, which stands there all year.

use super::Scene;
use super::belief::Belief;
use super::case::Case;
use super::lead::{Lead, lead};
use super::zone::{Zone, is_large};
use crate::stay::{Presence, Stay};
use crate::track::{Family, Seen};
use crate::vocabulary::{BBox, Condition, EventTime, Millis, Outcome, Sighting};
use crate::vote::Votes;
use serde::{Deserialize, Serialize};

/// Settings of the bin rule. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BinConfig {
    /// Time the overflow must last (120 s).
    pub dwell: Millis,
    /// Time the normal state must last before the candidate ends (60 s).
    pub clear: Millis,
    /// What counts as overflow (over the rim, waste beside).
    pub conditions: Vec<Condition>,
    /// Least score of a detection with which an object begins (0.25).
    pub confidence: f32,
    /// Least mean score of the detections of a bin that may be raised (0.3): a bag or a shadow is a bin now and then.
    pub bin_score: f32,
    /// By so much the detector must on average be surer of a bin than of a stall, a tricycle or waste in its very place
    /// (0): goods on a table look like a full bin.
    pub bin_lead: f32,
    /// A classifier's word counts from this score on (0.4).
    pub score: f32,
    /// Least width and height, 0..1 of the picture (0: any size).
    pub min_size: [f32; 2],
    /// Share of its footprint that must lie in the zone (0.4), if its foot point does not.
    pub overlap: f32,
    /// Of the last `votes_of` votes, so many must be for it (4 of 6; one vote is an eighth of the dwell).
    pub votes: usize,
    /// See `votes`.
    pub votes_of: usize,
    /// An open candidate is updated at most this often (60 s).
    pub update: Millis,
}

impl Default for BinConfig {
    fn default() -> Self {
        BinConfig {
            dwell: 120_000,
            clear: 60_000,
            conditions: vec![Condition::BinOverRim, Condition::BinWasteBeside],
            confidence: 0.25,
            bin_score: 0.3,
            bin_lead: 0.0,
            score: 0.4,
            min_size: [0.0, 0.0],
            overlap: 0.4,
            votes: 4,
            votes_of: 6,
            update: 60_000,
        }
    }
}

/// What looks like a full bin and stands as long: goods on a table, a heap of bags.
const RIVALS: [Family; 2] = [Family::Stall, Family::Waste];
/// A detection that scores less is a guess: it hides no bin.
const SURE: f32 = 0.25;

/// One look in so many that says "lid open" says what the others took for waste (5): of 1,554 looks at
/// overflowing bins of validation two said so, of 173 at open lids 113.
const LID: u32 = 5;
/// Of so many last votes (16, two dwells).
const LIDS: usize = 16;

/// The bin rule's memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Bins {
    bins: Vec<BinState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct BinState {
    object: u64,
    place: BBox,
    votes: Votes,
    /// "Lid open", yes, against overflow. Snapshots of earlier rules lack it.
    #[serde(default = "no_lids")]
    lids: Votes,
    /// First vote of the overflow, or of the suspicion of one.
    case: Option<Case>,
    /// Since when the votes say normal.
    normal_since: Option<EventTime>,
    /// Whether the looks still speak for what is suspected. Snapshots of earlier rules lack it.
    #[serde(default)]
    belief: Belief,
    score: (f32, u32),
    /// Over its rivals in its place, where it was detected. Snapshots of earlier rules lack it.
    #[serde(default)]
    lead: Lead,
    /// Whether a picture told its state before. Snapshots of earlier rules lack it: theirs was.
    #[serde(default = "yes")]
    asked: bool,
}

const fn yes() -> bool {
    true
}

fn no_lids() -> Votes {
    Votes::new(LIDS, slot(&BinConfig::default()))
}

/// Pictures closer together than this share a vote: an eighth of the dwell.
fn slot(config: &BinConfig) -> Millis {
    (config.dwell / 8).max(1)
}

impl Bins {
    pub fn take_cases(&mut self, which: impl Fn(&Case) -> bool) -> Vec<Case> {
        self.bins.iter_mut().filter_map(|b| b.case.take_if(|c| which(c))).collect()
    }

    /// What a closer look may tell more of: every suspicion.
    pub fn doubted(&self) -> impl Iterator<Item = &Case> {
        self.bins.iter().filter_map(|b| b.case.as_ref()).filter(|case| !case.is_open())
    }

    pub fn observe(&mut self, config: &BinConfig, zone: &mut Zone<'_>, scene: &Scene<'_>, out: &mut Outcome) {
        for over in scene.over {
            for bin in self.bins.extract_if(.., |b| b.object == over.stay.object) {
                if let Some(case) = bin.case {
                    case.close("the bin is gone", out);
                }
            }
        }
        zone.members.update(zone.polygon, config.overlap, scene.stays);
        let mut bins: Vec<&Stay> =
            scene.stays.iter().filter(|s| s.family == Family::Bin && zone.members.contains(s.object)).collect();
        bins.retain(|s| is_large(&s.place, config.min_size));
        bins.sort_by(|a, b| a.place.x.total_cmp(&b.place.x));
        let over_rim: Vec<(u64, BBox)> =
            bins.iter().filter(|s| is_over_rim(config, s)).map(|s| (s.object, s.place)).collect();
        for stay in bins {
            // What falls from a full bin lies beside the next one, and tells nothing of that.
            let beside = stay.condition.is_some_and(|c| c.condition == Condition::BinWasteBeside);
            let explained = beside
                && over_rim.iter().any(|(o, b)| {
                    *o != stay.object && (b.intersection(&stay.place) > 0.0 || is_next_to(b, &stay.place))
                });
            // A candidate may be open for it already, under another box.
            let raised = |b: &BinState| b.case.as_ref().is_some_and(Case::is_open) && b.object != stay.object;
            let known = self.bins.iter().any(|b| {
                raised(b) && (is_one_bin(&b.place, &stay.place) || beside && is_next_to(&b.place, &stay.place))
            });
            let state = match self.bins.iter_mut().position(|b| b.object == stay.object) {
                Some(index) => &mut self.bins[index],
                None => {
                    self.bins.push(BinState {
                        object: stay.object,
                        place: stay.place,
                        votes: Votes::new(config.votes_of, slot(config)),
                        lids: Votes::new(LIDS, slot(config)),
                        case: None,
                        normal_since: None,
                        belief: Belief::default(),
                        score: (0.0, 0),
                        lead: Lead::default(),
                        asked: false,
                    });
                    let last = self.bins.len() - 1;
                    &mut self.bins[last]
                }
            };
            state.place = stay.place;
            let lead = lead(&stay.place, scene.look.seen, Family::Bin, &RIVALS);
            if stay.presence == Presence::Seen {
                state.lead.push(lead);
            }
            // Where another thing leads, the picture says nothing of a bin that did not lead before.
            let leads = lead >= 0.0 || state.lead.mean() > 0.0;
            if let Some(word) = judge(config, stay, scene.look.seen).filter(|_| leads && !explained) {
                let enough = state.vote(config, zone, stay, scene.look.at, word, out);
                if let Some(case) = state.case.as_mut().filter(|_| enough && !known) {
                    case.raise(scene.look.at, out);
                }
            }
        }
    }
}

impl BinState {
    /// Counts one picture; whether the overflow has lasted and is sure enough to be raised.
    fn vote(
        &mut self,
        config: &BinConfig,
        zone: &mut Zone<'_>,
        stay: &Stay,
        at: EventTime,
        Word { overflows, score, chance }: Word,
        out: &mut Outcome,
    ) -> bool {
        let first = !std::mem::replace(&mut self.asked, true);
        self.votes.push(at, overflows);
        let lid = stay.condition.is_some_and(|c| c.condition == Condition::BinLidOpen);
        if overflows || lid {
            self.lids.push(at, lid);
        }
        self.belief.push(at, chance, slot(config));
        if overflows {
            self.score = (self.score.0 + score, self.score.1.saturating_add(1));
        }
        let mean = if self.score.1 > 0 { self.score.0 / self.score.1 as f32 } else { 0.0 };
        let sighting = Sighting { at, bbox: stay.place, label: stay.label(), score: mean };
        let Some(case) = &mut self.case else {
            if overflows {
                // As it was when it was first asked, so it was since it was first seen.
                let since = if first { stay.start.max(zone.open_since) } else { at };
                self.begin(zone, since, sighting, out);
            }
            return false;
        };
        let mostly = self.votes.yes() > self.votes.no();
        // One odd look long after the last is somebody passing, no overflow that lasted until now.
        let lasts = at.since(case.last.at) <= config.dwell / 4;
        if overflows && (mostly || lasts) {
            case.last = sighting;
            case.dwell = at.since(case.id.start);
        }
        // Normal must persist; a majority of votes for the overflow starts that wait again.
        if mostly {
            self.normal_since = None;
        } else if !overflows {
            self.normal_since.get_or_insert(at);
        }
        let normal = self.normal_since.map_or(0, |since| at.since(since));
        if case.is_open() {
            if normal >= config.clear && self.votes.no() >= config.votes.min(config.votes_of) {
                self.end("cleared", out);
            } else if overflows {
                case.update(at, config.update, out);
            }
            return false;
        }
        if !overflows {
            // The looks refute what was suspected; what they say later is another one.
            if self.belief.is_refuted() {
                self.end("", out);
            }
            return false;
        }
        if 2 * case.dwell >= config.dwell {
            case.half(at, out);
        }
        // A bin is there whenever it can be seen; who bends over a post, or behind a tree, is one for a while.
        let sure = stay.labels.mean_score() >= config.bin_score
            && self.lead.mean() >= config.bin_lead
            && 2 * stay.hits >= stay.looks;
        let (lid, waste) = self.lids.pictures();
        sure && case.dwell >= config.dwell && self.votes.yes() >= config.votes && LID * lid < lid + waste
    }

    fn begin(&mut self, zone: &mut Zone<'_>, since: EventTime, sighting: Sighting, out: &mut Outcome) {
        self.normal_since = None;
        self.case = Some(Case::begin(zone.names.name(since), self.object, sighting.at, sighting, out));
    }

    fn end(&mut self, reason: &str, out: &mut Outcome) {
        if let Some(case) = self.case.take() {
            case.close(reason, out);
        }
        self.votes.clear();
        self.lids.clear();
        self.normal_since = None;
        self.score = (0.0, 0);
    }
}

/// What one picture says of the bin.
struct Word {
    overflows: bool,
    /// How surely, 0..1.
    score: f32,
    /// How likely it is an overflow after this word alone, 0..1.
    chance: f32,
}

/// What this picture says of the bin: overflowing or not, and how surely.
/// `None` where it says nothing: not detected, or somebody in front of it.
fn judge(config: &BinConfig, stay: &Stay, seen: &[Seen]) -> Option<Word> {
    let bin = &stay.place;
    let people = seen
        .iter()
        .filter(|s| s.score >= SURE)
        .filter(|s| matches!(s.family, Family::Person | Family::Vehicle | Family::TwoWheeler | Family::Stall))
        .filter(|s| s.bbox.foot().y >= bin.foot().y - 0.1 * bin.h)
        // A heap at the bin is a stall to the detector now and then; it is what is looked for, not something before it.
        .filter(|s| s.family != Family::Stall || !seen.iter().any(|w| is_waste_too(s, w)))
        // A box around the bin itself is the bin by another name, not something before it.
        .filter(|s| bin.iou(&s.bbox) < 0.5)
        .map(|s| bin.intersection(&s.bbox))
        .sum::<f32>();
    if stay.presence != Presence::Seen || people >= 0.15 * bin.area() {
        return None;
    }
    match stay.condition {
        Some(c) if c.condition.is_of_bin() => {
            let overflows = config.conditions.contains(&c.condition);
            let chance = match c.condition {
                _ if overflows => c.score,
                // What is not normal may be full.
                Condition::BinNormal => 1.0 - c.score,
                _ => 0.0,
            };
            (c.score >= config.score).then_some(Word { overflows, score: c.score, chance })
        }
        // No classifier: waste at the bin is waste beside it.
        _ if config.conditions.contains(&Condition::BinWasteBeside) => {
            let waste = seen.iter().filter(|s| s.family == Family::Waste && is_at(bin, &s.bbox));
            let best = waste.map(|s| s.score).fold(0.0, f32::max);
            let overflows = best > 0.0;
            Some(Word { overflows, score: best, chance: if overflows { 1.0 } else { 0.0 } })
        }
        _ => None,
    }
}

/// Whether this picture shows waste over its rim.
fn is_over_rim(config: &BinConfig, stay: &Stay) -> bool {
    let word = stay.condition.filter(|c| c.condition == Condition::BinOverRim && c.score >= config.score);
    stay.presence == Presence::Seen && word.is_some()
}

/// Whether `waste` is the same thing as `stall`.
fn is_waste_too(stall: &Seen, waste: &Seen) -> bool {
    waste.family == Family::Waste && waste.score >= SURE && waste.bbox.iou(&stall.bbox) >= 0.5
}

/// Whether two boxes are one bin: with and without its bags, its lid or what hangs over its rim.
fn is_one_bin(a: &BBox, b: &BBox) -> bool {
    a.containment(b) >= 0.4
}

/// Whether two bins stand so close that waste between them lies beside both: one heap is one candidate.
fn is_next_to(a: &BBox, b: &BBox) -> bool {
    let aside = (a.x - (b.x + b.w)).max(b.x - (a.x + a.w));
    let near = aside <= 0.6 * a.w.max(b.w);
    near && (a.foot().y - b.foot().y).abs() <= 0.5 * a.h.max(b.h)
}

/// Whether waste lies at the bin: its box touches the bin's, widened by half a width.
fn is_at(bin: &BBox, waste: &BBox) -> bool {
    let near = BBox { x: bin.x - 0.5 * bin.w, y: bin.y - 0.25 * bin.h, w: 2.0 * bin.w, h: 1.5 * bin.h };
    near.intersection(waste) > 0.0
}
