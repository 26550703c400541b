//! The passage of one muck truck through the zone, also where it was lost on its way.

use super::MuckConfig;
use super::said::Said;
use super::truck::Truck;
use crate::rules::case::Case;
use crate::vocabulary::{BBox, BurstRequest, Condition, EventTime, Millis, Outcome};
use serde::{Deserialize, Serialize};

/// Speed in its own sizes a second from which a truck is driving.
const DRIVING: f32 = 0.1;
/// So many times lower than it was at its nearest, a truck is driving off.
const OFF: f32 = 1.8;
/// So many times lower, it is far away.
const FAR: f32 = 2.5;
/// So many times higher again, in three looks, another one comes: more than boxes of far trucks vary.
const NEARER: f32 = 1.6;
/// Of all that its looks say of the load, by their weights, so much must be "uncovered".
const MOSTLY: f32 = 0.65;
/// A burst's first looks, all of them from afar, are one look: it must be a muck truck for so long.
const LEAST: Millis = 1_200;
/// Seconds for which a driving truck may be missed anywhere.
pub(super) const BLINK: f32 = 2.5;
/// Seconds for which something may hide a driving truck; one that drove on comes out of it, or is not the same.
const HIDDEN: f32 = 12.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Passage {
    /// `None` after its case was closed from outside.
    pub(super) case: Option<Case>,
    pub(super) object: u64,
    pub(super) last: EventTime,
    pub(super) bbox: BBox,
    velocity: [f32; 2],
    /// Snapshots of earlier rules lack it.
    #[serde(default)]
    said: Said,
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
    /// Snapshots of earlier rules lack it.
    #[serde(default)]
    said: Said,
}

impl Passage {
    pub(super) fn new(case: Case, truck: &Truck, at: EventTime) -> Passage {
        Passage {
            object: truck.object,
            case: Some(case),
            last: at,
            bbox: truck.bbox,
            velocity: truck.velocity,
            said: Said::default(),
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
    pub(super) fn is_a_glimpse(&self, at: EventTime) -> bool {
        let raised = self.case.as_ref().is_none_or(Case::is_open);
        !raised && self.said.looks <= 1 && at.since(self.last) as f32 / 1000.0 > BLINK
    }

    /// Whether this truck is the next one: it comes nearer where one that drove off was lost in the distance, or comes in
    /// where one that drove off went out.
    pub(super) fn is_the_next(&mut self, truck: &Truck, at: EventTime) -> bool {
        let h = truck.bbox.h;
        if h > self.tallest {
            (self.tallest, self.shortest, self.nearer) = (h, h, 0);
            return false;
        }
        // One that stands goes nowhere, whatever drove past it under its name. In the distance one that drives off seems to.
        if self.stood.is_some_and(|(place, _)| self.tallest < FAR * place.h && place.iou(&truck.bbox) >= 0.3) {
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
    pub(super) fn still_stands_as(&self, truck: &Truck) -> bool {
        self.stood.zip(truck.stands_since).is_some_and(|((place, until), since)| {
            since.since(until) as f32 / 1000.0 <= BLINK && place.iou(&truck.bbox) >= 0.5
        })
    }

    /// Counts one look. Since when it has been another truck, where the looks since a gap deny what it was raised for.
    pub(super) fn see(
        &mut self,
        config: &MuckConfig,
        truck: &Truck,
        at: EventTime,
        missed: bool,
        out: &mut Outcome,
    ) -> Option<EventTime> {
        let raised = self.case.as_ref().is_some_and(Case::is_open);
        if raised && missed && at.since(self.last) as f32 / 1000.0 > BLINK {
            self.back = Some(Back { since: at, said: Said::default() });
        }
        (self.last, self.bbox, self.velocity) = (at, truck.bbox, truck.velocity);
        if truck.stands_since.is_some() {
            self.stood = Some((truck.bbox, at));
        }
        let load = truck.condition.filter(|c| !c.condition.is_of_bin() && c.score >= config.score);
        if let Some(load) = load {
            self.said.count(load, &truck.bbox, at);
            if let Some(back) = &mut self.back {
                back.said.count(load, &truck.bbox, at);
            }
        }
        // Until its load is known again nobody can tell whether it is the same.
        if let Some(back) = self.back {
            if back.said.looks < config.votes {
                return None;
            }
            self.back = None;
            if back.said.share() < 0.5 {
                return Some(back.since);
            }
        }
        let case = self.case.as_mut()?;
        case.last = truck.sighting(at);
        case.dwell = at.since(case.id.start);
        if case.is_open() {
            case.update(at, config.update, out);
            return None;
        }
        let lasted = case.dwell >= config.dwell.max(LEAST);
        // The deciding picture shows it.
        let shows = load.is_some_and(|c| c.condition == Condition::LoadUncovered);
        if lasted && shows && self.said.uncovered >= config.votes && self.said.share() >= MOSTLY {
            case.raise(at, out);
            return None;
        }
        if self.said.uncovered >= 1 {
            case.half(at, out);
        }
        // Three loads that are not uncovered decide it as well.
        let decided = self.said.looks >= config.votes && 2 * self.said.uncovered < self.said.looks;
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
    pub(super) fn could_be_at(&self, bbox: &BBox, at: EventTime) -> bool {
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
        // One that just came in, or is near, grows fast; one that drove off from the lower edge shrinks faster.
        let alike = if dt <= BLINK { 0.125..5.0 } else { 0.4..2.5 };
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

/// Whether a box is cut by the picture's edge.
fn touches_edge(b: &BBox) -> bool {
    b.x < 0.005 || b.y < 0.005 || b.x + b.w > 0.995 || b.y + b.h > 0.995
}
