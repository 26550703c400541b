//! Street vending (占道经营): a stall that stands in the zone, with its vendor.
//!
//! An umbrella alone is a person in the rain, a tricycle alone a parked or
//! passing carrier: neither is a stall. A tricycle under a sunshade for most of
//! its stay is one. A stall without anybody is abandoned, no vending.

use super::Scene;
use super::case::Case;
use super::lead::{Lead, lead};
use super::zone::{Zone, is_large, is_one_thing, shows_its_foot};
use crate::closer;
use crate::schedule::Schedule;
use crate::stay::{Look, Presence, Stay};
use crate::track::{Family, Seen};
use crate::vocabulary::{BBox, EventTime, Label, Millis, Outcome, Sighting};
use crate::vote::Votes;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of the vending rule. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VendingConfig {
    /// Time it must stand (300 s).
    pub dwell: Millis,
    /// What is a stall by itself (stall).
    pub labels: Vec<Label>,
    /// What is a stall only under an umbrella in most looks (tricycle).
    pub labels_with_umbrella: Vec<Label>,
    /// Least score of a detection with which an object begins (0.15: the nano detector gives a plain stall 0.2 to 0.5).
    pub confidence: f32,
    /// Least mean score of a candidate (0.42: true stalls have 0.48 and more, a bus shelter 0.39, what passes under an umbrella 0.3).
    pub score: f32,
    /// Least width and height, 0..1 of the picture (0: any size).
    pub min_size: [f32; 2],
    /// When trade is permitted here (a night market): the rule sleeps then.
    pub permits: Vec<Schedule>,
    /// Share of its footprint that must lie in the zone (0.4), if its foot point does not.
    pub overlap: f32,
    /// Whether somebody must be with it (true), unless a sunshade hides who is.
    pub vendor: bool,
    /// In this share of the looks somebody must stay within a stall's width (0.15): who only walks past does not stay, and
    /// many a vendor is seen now and then only.
    pub vendor_share: f32,
    /// Least score with which somebody counts as its vendor (0.12: a parasol hides most of one).
    pub vendor_confidence: f32,
    /// Of the last `votes_of` looks, so many must show it (3 of 5).
    pub votes: usize,
    /// See `votes`.
    pub votes_of: usize,
    /// An open candidate is updated at most this often (60 s).
    pub update: Millis,
}

impl Default for VendingConfig {
    fn default() -> Self {
        VendingConfig {
            dwell: 300_000,
            labels: vec![Label::Stall],
            labels_with_umbrella: vec![Label::Tricycle],
            confidence: 0.15,
            score: 0.42,
            min_size: [0.0, 0.0],
            permits: Vec::new(),
            overlap: 0.4,
            vendor: true,
            vendor_share: 0.15,
            vendor_confidence: 0.12,
            votes: 3,
            votes_of: 5,
            update: 60_000,
        }
    }
}

/// Looks at the vendor and the sunshade cover the last dwell in so many slots.
const SLOTS: usize = 30;

/// Somebody who was in the same place in two fifths of the looks from so long to so long ago stays with the stall. Who walks
/// past it, along the camera's view too, is elsewhere by then, and in a crowd seldom just where somebody else was.
const STAYED: (Millis, Millis) = (3_000, 7_000);
const STAYED_IN: f32 = 0.4;
/// Looks that are remembered for it are at least so far apart.
const APART: Millis = 450;
/// What scores less, lies within a stall's outline and is nearly as wide as half of it is the stall's own body, or its
/// goods: a vendor in there is narrower. So is, once it was looked at closely, what is not plain even then.
const SURE_WITHIN: f32 = 0.8;
const BODY: f32 = 0.45;

/// A rack of clothes seen from its end is a bin to the detector in half of the looks; a bin with bags is one in nearly all.
const BIN_LEAD: f32 = -0.15;

/// A sunshade reaches so many of the stall's heights above it: true ones 0.4 and more, a cart's own roof 0.
const ABOVE: f32 = 0.2;

/// The vending rule's memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Vending {
    cases: Vec<Vended>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Vended {
    case: Case,
    votes: Votes,
    vendor: Votes,
    umbrella: Votes,
    /// Over a bin in its place, where it was detected. Snapshots of earlier rules lack it.
    #[serde(default)]
    lead: Lead,
    /// The sunshade over it.
    shade: Option<BBox>,
    /// The last looks, and the people within its reach in them. Snapshots of earlier rules lack it.
    #[serde(default)]
    near: VecDeque<(EventTime, Vec<BBox>)>,
    /// When it was last looked at closely. Snapshots of earlier rules lack it.
    #[serde(default)]
    closer: Option<EventTime>,
    /// Paused time of the stay before this case began.
    paused: Millis,
}

impl Vending {
    pub fn take_cases(&mut self, which: impl Fn(&Case) -> bool) -> Vec<Case> {
        self.cases.extract_if(.., |v| which(&v.case)).map(|v| v.case).collect()
    }

    /// What a closer look may tell more of: every stall that is not raised.
    pub fn doubted(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().map(|v| &v.case).filter(|case| !case.is_open())
    }

    pub fn observe(&mut self, config: &VendingConfig, zone: &mut Zone<'_>, scene: &Scene<'_>, out: &mut Outcome) {
        let at = scene.look.at;
        for over in scene.over {
            for vended in self.cases.extract_if(.., |v| v.case.object == over.stay.object) {
                vended.case.close(over.why.as_str(), out);
            }
        }
        zone.members.update(zone.polygon, config.overlap, scene.stays);
        self.begin_cases(config, zone, scene, out);
        let mut raised: Vec<BBox> = self.cases.iter().filter(|v| v.case.is_open()).map(|v| v.case.last.bbox).collect();
        for vended in &mut self.cases {
            let Some(stay) = scene.stays.iter().find(|s| s.object == vended.case.object) else { continue };
            match stay.presence {
                Presence::Seen | Presence::Held => vended.votes.push(at, true),
                Presence::Missing | Presence::Dormant => vended.votes.push(at, false),
                Presence::Covered => {}
            }
            if matches!(stay.presence, Presence::Missing | Presence::Dormant) {
                continue;
            }
            // A customer who hides the stall is no reason to lose sight of the vendor.
            if let Some(with) = vended.somebody_stays(config, stay, &scene.look) {
                vended.vendor.push(at, with);
            }
            let shade = scene.look.seen.iter().find(|s| is_over(&stay.place, s)).map(|s| s.bbox);
            vended.umbrella.push(at, shade.is_some());
            vended.shade = shade.or(vended.shade);
            if stay.presence == Presence::Seen {
                vended.lead.push(lead(&stay.place, scene.look.seen, Family::Stall, &[Family::Bin]));
            }
            if !stay.is_present() {
                continue;
            }
            vended.case.last = vended.sighting(config, stay);
            vended.case.dwell = stay.last_present.since(vended.case.id.start) - (stay.paused - vended.paused);
            if vended.case.is_open() {
                vended.case.update(at, config.update, out);
                continue;
            }
            if 2 * vended.case.dwell >= config.dwell {
                vended.case.half(at, out);
            }
            let stands = vended.case.dwell >= config.dwell && vended.votes.yes() >= config.votes && stay.is_steady();
            // A bin with bags beside it is a stall to the detector now and then, and more often a bin.
            let sure = stay.labels.mean_score() >= config.score
                && vended.lead.mean() >= BIN_LEAD
                && shows_its_foot(&stay.place)
                && is_large(&stay.place, config.min_size);
            let known = raised.iter().any(|place| is_one_thing(place, &vended.case.last.bbox));
            if stands && sure && !known && vended.is_stall(config, stay) && vended.has_vendor(config) {
                raised.push(vended.case.last.bbox);
                vended.case.raise(at, out);
            }
        }
    }

    fn begin_cases(&mut self, config: &VendingConfig, zone: &mut Zone<'_>, scene: &Scene<'_>, out: &mut Outcome) {
        let wanted = |s: &Stay| config.labels.contains(&s.label()) || config.labels_with_umbrella.contains(&s.label());
        let mut new: Vec<&Stay> = scene
            .stays
            .iter()
            .filter(|s| s.is_present() && wanted(s) && zone.members.contains(s.object))
            .filter(|s| !self.cases.iter().any(|v| v.case.object == s.object))
            .collect();
        new.sort_by(|a, b| a.start.cmp(&b.start).then(a.place.x.total_cmp(&b.place.x)));
        for stay in new {
            let id = zone.names.name(stay.start.max(zone.open_since));
            let slot = config.dwell / SLOTS as Millis;
            self.cases.push(Vended {
                case: Case::begin(id, stay.object, scene.look.at, stay.sighting(), out),
                votes: Votes::new(config.votes_of, 500),
                vendor: Votes::new(SLOTS, slot),
                umbrella: Votes::new(SLOTS, slot),
                lead: Lead::default(),
                shade: None,
                near: VecDeque::new(),
                closer: None,
                paused: stay.paused,
            });
        }
    }
}

impl Vended {
    /// Whether somebody stays within the stall's reach; `None` where the looks before do not reach back far enough.
    fn somebody_stays(&mut self, config: &VendingConfig, stay: &Stay, look: &Look<'_>) -> Option<bool> {
        let at = look.at;
        if look.shows_closely(&stay.place) {
            self.closer = Some(at);
        } else if self.closer.is_some_and(|closer| at.since(closer) <= STAYED.1) {
            // A plain look says nothing against what the closer ones see.
            return None;
        }
        // The look before is kept in any case: a camera may look each ten seconds.
        while self.near.len() > 1 && at.since(self.near[0].0) > STAYED.1 {
            self.near.pop_front();
        }
        let with = |s: &&Seen| s.score >= config.vendor_confidence && is_with(&stay.place, s, self.closer.is_some());
        let here: Vec<BBox> = look.seen.iter().filter(with).map(|s| s.bbox).collect();
        let before = || self.near.iter().filter(|(then, _)| at.since(*then) >= STAYED.0).map(|(_, people)| people);
        let looks = before().count();
        let often = |b: &BBox| before().filter(|people| people.iter().any(|p| p.iou(b) >= 0.5)).count() as f32;
        let stays = here.iter().any(|b| often(b) >= STAYED_IN * looks as f32);
        if self.near.back().is_none_or(|(last, _)| at.since(*last) >= APART) {
            self.near.push_back((at, here));
        }
        (looks > 0).then_some(stays)
    }

    fn is_shaded(&self) -> bool {
        self.umbrella.yes() > self.umbrella.no()
    }

    /// A stall is its goods and the sunshade over them; a tricycle is a vehicle, and its sunshade only tells what it is for.
    fn sighting(&self, config: &VendingConfig, stay: &Stay) -> Sighting {
        let seen = stay.sighting();
        match self.shade {
            Some(shade) if self.is_shaded() && config.labels.contains(&stay.label()) => {
                Sighting { bbox: seen.bbox.union(&shade), ..seen }
            }
            _ => seen,
        }
    }

    fn is_stall(&self, config: &VendingConfig, stay: &Stay) -> bool {
        let shaded = self.is_shaded();
        config.labels.contains(&stay.label()) || (config.labels_with_umbrella.contains(&stay.label()) && shaded)
    }

    /// Somebody is with it; or nobody can tell, for an open sunshade hides whoever sits under it.
    fn has_vendor(&self, config: &VendingConfig) -> bool {
        let looks = self.vendor.yes() + self.vendor.no();
        let stays = looks > 0 && self.vendor.yes() as f32 >= config.vendor_share * looks as f32;
        !config.vendor || self.is_shaded() || stays
    }
}

/// Whether somebody is within a stall's width of it, on about the same ground. `known` says that it was looked at closely.
fn is_with(stall: &BBox, seen: &Seen, known: bool) -> bool {
    let p = &seen.bbox;
    let aside = (stall.x - (p.x + p.w)).max(p.x - (stall.x + stall.w));
    let depth = (p.foot().y - stall.foot().y).abs();
    let wide = p.w >= BODY * stall.w && seen.score < SURE_WITHIN;
    let its_body = stall.intersection(p) >= 0.8 * p.area() && (wide || known && seen.score < closer::SURE);
    seen.family == Family::Person && !its_body && shows_its_foot(p) && aside <= stall.w && depth <= stall.h.max(p.h)
}

/// Whether an umbrella is spread over it. A cart's own roof, which is one to the detector now and then, ends where the
/// cart does and hides nobody beside it.
fn is_over(stall: &BBox, seen: &Seen) -> bool {
    let u = &seen.bbox;
    let shared = (stall.x + stall.w).min(u.x + u.w) - stall.x.max(u.x);
    let reaches = u.y <= stall.y - ABOVE * stall.h && u.foot().y >= stall.y - 0.5 * stall.h;
    seen.family == Family::Umbrella && shared >= 0.3 * stall.w.min(u.w) && reaches
}
