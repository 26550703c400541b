//! Muck truck with its load uncovered (渣土车未密闭), passing or standing.
//!
//! The load is voted over at least three pictures. At sparse sampling a passing
//! truck is in one or two, so the rule asks for a burst of full-rate pictures
//! as soon as a muck truck is in the zone. One candidate for one passage: when
//! the truck is lost behind something and found again it goes on.

use super::Scene;
use super::case::Case;
use super::zone::{Zone, is_large, stands_in};
use crate::stay::Presence;
use crate::track::{Family, Track};
use crate::vocabulary::{BBox, BurstRequest, Condition, ConditionScore, EventTime, Label, Millis, Outcome, Sighting};
use serde::{Deserialize, Serialize};

/// Settings of the muck truck rule. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MuckConfig {
    /// Time it must be in the zone (0: passing is enough).
    pub dwell: Millis,
    /// Least score of a detection with which an object begins (0.25).
    pub confidence: f32,
    /// A classifier's word on the load counts from this score on (0.5).
    pub score: f32,
    /// Pictures that must say "uncovered" (3), and most of those that say anything.
    pub votes: u32,
    /// Length of one burst (3 s).
    pub burst: Millis,
    /// At most so many bursts for one truck (4).
    pub burst_max: u32,
    /// A truck lost for this long is gone (30 s).
    pub rejoin: Millis,
    /// An open candidate is updated at most this often (60 s).
    pub update: Millis,
    /// Least width and height, 0..1 of the picture (0: any size).
    pub min_size: [f32; 2],
    /// Share of its footprint that must lie in the zone (0.4), if its foot point does not.
    pub overlap: f32,
}

impl Default for MuckConfig {
    fn default() -> Self {
        MuckConfig {
            dwell: 0,
            confidence: 0.25,
            score: 0.5,
            votes: 3,
            burst: 3_000,
            burst_max: 4,
            rejoin: 30_000,
            update: 60_000,
            min_size: [0.0, 0.0],
            overlap: 0.4,
        }
    }
}

/// Passages remembered at once.
const MAX_PASSAGES: usize = 64;
/// Speed in its own sizes a second from which a truck is driving.
const DRIVING: f32 = 0.1;
/// So many times lower than it was at its nearest, a truck is driving off.
const OFF: f32 = 1.8;
/// So many times lower, it is far away.
const FAR: f32 = 2.5;
/// So many times higher again, in three looks, another one comes: more than boxes of far trucks vary.
const NEARER: f32 = 1.6;
/// A detection that scores this much is a muck truck, whatever its track was taken for before.
const SURE: f32 = 0.85;
/// Of all that its looks say of the load, by their scores, so much must be "uncovered".
const MOSTLY: f32 = 0.65;
/// Seconds for which a driving truck may be missed anywhere.
const BLINK: f32 = 2.5;

/// Seconds for which something may hide a driving truck; one that drove on comes out of it, or is not the same.
const HIDDEN: f32 = 12.0;

/// The muck truck rule's memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Muck {
    passages: Vec<Passage>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Passage {
    /// `None` after its case was closed from outside.
    case: Option<Case>,
    object: u64,
    last: EventTime,
    bbox: BBox,
    velocity: [f32; 2],
    uncovered: u32,
    loads: u32,
    /// Scores of those that said "uncovered", and of all. Snapshots of earlier rules lack them.
    #[serde(default)]
    scores: (f32, f32),
    bursts: u32,
    burst_until: EventTime,
    /// Where it stood last, and until when.
    stood: Option<(BBox, EventTime)>,
    /// Its greatest height, the least since, and the looks in a row in which it was nearer again. Snapshots of earlier
    /// rules lack these three.
    #[serde(default)]
    tallest: f32,
    #[serde(default)]
    shortest: f32,
    #[serde(default)]
    nearer: u32,
    /// Since it came back, raised, after a gap. Snapshots of earlier rules lack it.
    #[serde(default)]
    back: Option<Back>,
}

/// What the looks at a truck that came back say of its load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Back {
    since: EventTime,
    loads: u32,
    /// Of those that said "uncovered", and of all.
    scores: (f32, f32),
}

/// A muck truck in this picture.
struct Truck {
    object: u64,
    bbox: BBox,
    velocity: [f32; 2],
    score: f32,
    condition: Option<ConditionScore>,
    /// Since when it stands, if it does.
    stands_since: Option<EventTime>,
}

impl Muck {
    pub fn take_cases(&mut self, which: impl Fn(&Case) -> bool) -> Vec<Case> {
        self.passages.iter_mut().filter_map(|p| p.case.take_if(|c| which(c))).collect()
    }

    pub fn observe(&mut self, config: &MuckConfig, zone: &mut Zone<'_>, scene: &Scene<'_>, out: &mut Outcome) {
        let at = scene.look.at;
        for passage in self.passages.extract_if(.., |p| p.is_a_glimpse(at)) {
            if let Some(case) = passage.case {
                case.close("", out);
            }
        }
        let mut trucks = trucks(scene);
        trucks.retain(|t| stands_in(zone.polygon, &t.bbox, config.overlap) && is_large(&t.bbox, config.min_size));
        trucks.sort_by(|a, b| a.bbox.x.total_cmp(&b.bbox.x));
        for truck in &trucks {
            let found = self.passage_of(config, truck, &trucks, at, out);
            // What another one hides in part looks smaller than it is.
            let hidden = trucks.iter().any(|t| hides(&t.bbox, &truck.bbox));
            let next = found.filter(|&index| !hidden && self.passages[index].is_the_next(truck, at));
            if let Some(case) = next.and_then(|index| self.passages.remove(index).case) {
                case.close("left", out);
            }
            let index = match found.filter(|_| next.is_none()) {
                Some(index) => index,
                None if self.passages.len() < MAX_PASSAGES => {
                    let id = zone.names.name(at);
                    let case = Case::begin(id, truck.object, at, sighting(truck, at), out);
                    self.passages.push(Passage::new(case, truck, at));
                    self.passages.len() - 1
                }
                None => continue,
            };
            let Some(since) = self.passages[index].see(config, truck, at, out) else { continue };
            let id = zone.names.name(since);
            let case = Case::begin(id, truck.object, at, sighting(truck, at), out);
            let before = std::mem::replace(&mut self.passages[index], Passage::new(case, truck, at));
            if let Some(case) = before.case {
                case.close("left", out);
            }
        }
        for mut gone in self.passages.extract_if(.., |p| at.since(p.last) > config.rejoin) {
            if let Some(case) = gone.case.take() {
                case.close("left", out);
            }
        }
    }

    /// The passage this truck belongs to: by its identity, or because one was
    /// lost about where it appears.
    fn passage_of(
        &mut self,
        config: &MuckConfig,
        truck: &Truck,
        all: &[Truck],
        at: EventTime,
        out: &mut Outcome,
    ) -> Option<usize> {
        if let Some(index) = self.passages.iter().position(|p| p.object == truck.object) {
            return Some(self.one_of_two(index, truck, all, at, out));
        }
        // Another truck drove past one that stands, and the tracker went with it.
        if let Some(index) = self.passages.iter().position(|p| p.still_stands_as(truck)) {
            self.passages[index].object = truck.object;
            return Some(index);
        }
        // Of several that were lost here, the one that was lost last.
        let lost = |p: &Passage| !all.iter().any(|t| t.object == p.object) && at.since(p.last) <= config.rejoin;
        let here = self.passages.iter().enumerate().filter(|(_, p)| lost(p) && p.could_be_at(&truck.bbox, at));
        let (found, _) = here.max_by_key(|(_, p)| p.last)?;
        self.passages[found].object = truck.object;
        Some(found)
    }

    /// Two boxes of one truck can begin two passages. Where the box of the one that was raised is lost and the other's
    /// covers its place, that one goes on and the other is dropped; else `index` is the truck's.
    fn one_of_two(&mut self, index: usize, truck: &Truck, all: &[Truck], at: EventTime, out: &mut Outcome) -> usize {
        let is_open = |p: &Passage| p.case.as_ref().is_some_and(Case::is_open);
        let raised = self.passages.iter().position(|p| {
            let lost = !all.iter().any(|t| t.object == p.object) && at.since(p.last) as f32 / 1000.0 <= BLINK;
            lost && is_open(p) && p.object != truck.object && p.bbox.iou(&truck.bbox) >= 0.5
        });
        let Some(raised) = raised.filter(|_| !is_open(&self.passages[index])) else { return index };
        self.passages[raised].object = truck.object;
        if let Some(case) = self.passages.remove(index).case {
            case.close("", out);
        }
        raised - usize::from(index < raised)
    }
}

impl Passage {
    fn new(case: Case, truck: &Truck, at: EventTime) -> Passage {
        Passage {
            object: truck.object,
            case: Some(case),
            last: at,
            bbox: truck.bbox,
            velocity: truck.velocity,
            uncovered: 0,
            loads: 0,
            scores: (0.0, 0.0),
            bursts: 0,
            burst_until: at,
            stood: None,
            tallest: truck.bbox.h,
            shortest: truck.bbox.h,
            nearer: 0,
            back: None,
        }
    }

    /// Whether it was hardly seen and then lost: a second box of another truck, or a name that another one takes over.
    fn is_a_glimpse(&self, at: EventTime) -> bool {
        let raised = self.case.as_ref().is_none_or(Case::is_open);
        !raised && self.loads <= 1 && at.since(self.last) as f32 / 1000.0 > BLINK
    }

    /// Whether this truck is the next one: it comes nearer where one that drove off was lost in the distance, or comes in
    /// where one that drove off went out.
    fn is_the_next(&mut self, truck: &Truck, at: EventTime) -> bool {
        let h = truck.bbox.h;
        if h > self.tallest {
            (self.tallest, self.shortest, self.nearer) = (h, h, 0);
            return false;
        }
        // One that stands goes nowhere, whatever drove past it under its name.
        if self.stood.is_some_and(|(place, _)| place.iou(&truck.bbox) >= 0.3) {
            return false;
        }
        let went_out = at.since(self.last) as f32 / 1000.0 > BLINK && self.tallest >= OFF * self.bbox.h;
        if went_out && h >= 0.9 * self.bbox.h {
            return true;
        }
        self.shortest = self.shortest.min(h);
        let nearer = self.tallest >= FAR * self.shortest && h >= NEARER * self.shortest;
        self.nearer = if nearer { self.nearer + 1 } else { 0 };
        self.nearer >= 3
    }

    /// Whether `truck` stands where this one stood a moment ago.
    fn still_stands_as(&self, truck: &Truck) -> bool {
        self.stood.zip(truck.stands_since).is_some_and(|((place, until), since)| {
            since.since(until) as f32 / 1000.0 <= BLINK && place.iou(&truck.bbox) >= 0.5
        })
    }

    /// Counts one look. Since when it has been another truck, where the looks since a gap deny what it was raised for.
    fn see(&mut self, config: &MuckConfig, truck: &Truck, at: EventTime, out: &mut Outcome) -> Option<EventTime> {
        let raised = self.case.as_ref().is_some_and(Case::is_open);
        if raised && at.since(self.last) as f32 / 1000.0 > BLINK {
            self.back = Some(Back { since: at, loads: 0, scores: (0.0, 0.0) });
        }
        (self.last, self.bbox, self.velocity) = (at, truck.bbox, truck.velocity);
        if truck.stands_since.is_some() {
            self.stood = Some((truck.bbox, at));
        }
        if let Some(c) = truck.condition.filter(|c| !c.condition.is_of_bin() && c.score >= config.score) {
            self.loads = self.loads.saturating_add(1);
            let uncovered = c.condition == Condition::LoadUncovered;
            self.uncovered = self.uncovered.saturating_add(u32::from(uncovered));
            let score = if uncovered { c.score } else { 0.0 };
            self.scores = (self.scores.0 + score, self.scores.1 + c.score);
            if let Some(back) = &mut self.back {
                back.loads += 1;
                back.scores = (back.scores.0 + score, back.scores.1 + c.score);
            }
        }
        // Until its load is known again nobody can tell whether it is the same.
        if let Some(back) = self.back {
            if back.loads < config.votes {
                return None;
            }
            self.back = None;
            if 2.0 * back.scores.0 < back.scores.1 {
                return Some(back.since);
            }
        }
        let case = self.case.as_mut()?;
        case.last = sighting(truck, at);
        case.dwell = at.since(case.id.start);
        if case.is_open() {
            case.update(at, config.update, out);
            return None;
        }
        let lasted = case.dwell >= config.dwell;
        if lasted && self.uncovered >= config.votes && self.scores.0 >= MOSTLY * self.scores.1 {
            case.raise(at, out);
            return None;
        }
        if self.uncovered >= 1 {
            case.half(at, out);
        }
        // Three loads that are not uncovered decide it as well.
        let decided = self.loads >= config.votes && 2 * self.uncovered < self.loads;
        if !decided && self.bursts < config.burst_max && at >= self.burst_until {
            self.bursts += 1;
            self.burst_until = at.plus(config.burst);
            let longest = out.burst.map_or(self.burst_until, |b| b.until.max(self.burst_until));
            out.burst = Some(BurstRequest { until: longest });
        }
        None
    }

    /// Whether it can have come to `bbox`: about its size, and not further from
    /// where it was or was heading than two lengths. One that was driving when
    /// it was lost comes out ahead, and not at all if it drove out of the
    /// picture: what appears where it came from is the next truck.
    fn could_be_at(&self, bbox: &BBox, at: EventTime) -> bool {
        let dt = at.since(self.last) as f32 / 1000.0;
        let ahead = |seconds: f32| BBox {
            x: self.bbox.x + self.velocity[0] * seconds,
            y: self.bbox.y + self.velocity[1] * seconds,
            ..self.bbox
        };
        let near = |b: &BBox| {
            let (p, q) = (b.centre(), bbox.centre());
            ((p.x - q.x) / b.w.max(bbox.w)).hypot((p.y - q.y) / b.h.max(bbox.h)) <= 2.0
        };
        let ratio = bbox.area() / self.bbox.area().max(f32::EPSILON);
        // One that just came in, or is near, grows fast.
        let alike = if dt <= BLINK { 0.125..8.0 } else { 0.4..2.5 };
        if !alike.contains(&ratio) || !(near(&self.bbox) || near(&ahead(dt))) {
            return false;
        }
        let driving = (self.velocity[0] / self.bbox.w).hypot(self.velocity[1] / self.bbox.h) >= DRIVING;
        if !driving || dt <= BLINK {
            return true;
        }
        let (from, to, soon) = (self.bbox.centre(), bbox.centre(), ahead(1.0).centre());
        let onward = (to.x - from.x) * self.velocity[0] + (to.y - from.y) * self.velocity[1] > 0.0;
        let in_picture = (0.0..=1.0).contains(&soon.x) && (0.0..=1.0).contains(&soon.y) && !touches_edge(&self.bbox);
        onward && in_picture && dt <= HIDDEN
    }
}

/// Whether `front` stands before a part of `back`.
fn hides(front: &BBox, back: &BBox) -> bool {
    front.foot().y > back.foot().y && front.intersection(back) >= 0.2 * back.area()
}

/// Whether a box is cut by the picture's edge.
fn touches_edge(b: &BBox) -> bool {
    b.x < 0.005 || b.y < 0.005 || b.x + b.w > 0.995 || b.y + b.h > 0.995
}

fn sighting(truck: &Truck, at: EventTime) -> Sighting {
    Sighting { at, bbox: truck.bbox, label: Label::MuckTruck, score: truck.score }
}

/// Muck trucks detected in this picture, standing and moving.
fn trucks(scene: &Scene<'_>) -> Vec<Truck> {
    let at = scene.look.at;
    let standing = scene.stays.iter().filter(|s| s.family == Family::Vehicle && s.presence == Presence::Seen);
    let standing = standing.filter(|s| s.label() == Label::MuckTruck).map(|s| Truck {
        object: s.object,
        bbox: s.place,
        velocity: [0.0; 2],
        score: s.labels.mean_score(),
        condition: s.condition,
        stands_since: Some(s.start),
    });
    // A car that comes where a truck was lost inherits the truck's name for a while, but is not seen as one; and what was
    // a truck in the distance is seen to be a muck truck when it is near.
    let seen_as = |t: &Track| {
        let here = scene.look.seen.iter().find(|s| s.bbox == t.bbox && s.family == Family::Vehicle);
        here.map(|s| (s.label, s.score))
    };
    let is_muck = |t: &&Track| match seen_as(t) {
        Some((Label::MuckTruck, score)) => score >= SURE || t.label() == Some(Label::MuckTruck),
        Some((Label::Truck, _)) | None => t.label() == Some(Label::MuckTruck),
        Some(_) => false,
    };
    let moving =
        scene.tracks.iter().filter(|t| t.is_seen(at) && t.family == Family::Vehicle).filter(is_muck).map(|t| Truck {
            object: t.object,
            bbox: t.bbox,
            velocity: t.velocity,
            score: t.labels.mean_score(),
            condition: t.condition,
            stands_since: None,
        });
    standing.chain(moving).collect()
}
