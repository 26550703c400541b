//! Muck truck with its load uncovered (渣土车未密闭), passing or standing.
//!
//! The load is voted over at least three pictures. At sparse sampling a passing
//! truck is in one or two, so the rule asks for a burst of full-rate pictures
//! as soon as a muck truck is in the zone. One candidate for one passage: when
//! the truck is lost behind something and found again it goes on.

mod passage;
mod said;
mod truck;

use super::Scene;
use super::case::Case;
use super::zone::{Zone, is_large, stands_in};
use crate::vocabulary::{BBox, EventTime, Millis, Outcome};
use passage::{BLINK, Passage};
use serde::{Deserialize, Serialize};
use truck::{Truck, trucks};

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
    /// Pictures that must say "uncovered" (3), with 0.65 of the weight of all that say anything: near ones weigh more.
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

/// The muck truck rule's memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Muck {
    passages: Vec<Passage>,
    /// The picture before this one. Snapshots of earlier rules lack it.
    #[serde(default)]
    looked: Option<EventTime>,
}

impl Muck {
    pub fn take_cases(&mut self, which: impl Fn(&Case) -> bool) -> Vec<Case> {
        self.passages.iter_mut().filter_map(|p| p.case.take_if(|c| which(c))).collect()
    }

    pub fn observe(&mut self, config: &MuckConfig, zone: &mut Zone<'_>, scene: &Scene<'_>, out: &mut Outcome) {
        let at = scene.look.at;
        // Only what a picture did not show was lost: a camera may look each five seconds.
        let before = self.looked.replace(at);
        let missed = |p: &Passage| before.is_some_and(|before| p.last < before);
        for passage in self.passages.extract_if(.., |p| missed(p) && p.is_a_glimpse(at)) {
            if let Some(case) = passage.case {
                case.close("", out);
            }
        }
        let mut trucks = trucks(scene);
        trucks.retain(|t| stands_in(zone.polygon, &t.bbox, config.overlap) && is_large(&t.bbox, config.min_size));
        trucks.sort_by(|a, b| a.bbox.x.total_cmp(&b.bbox.x));
        for truck in &trucks {
            // What another one hides in part looks smaller than it is.
            let hidden = trucks.iter().any(|t| hides(&t.bbox, &truck.bbox));
            let mut found = self.passage_of(config, truck, &trucks, at, out);
            while let Some(index) = found.filter(|&index| !hidden && self.passages[index].is_the_next(truck, at)) {
                if let Some(case) = self.passages.remove(index).case {
                    case.close("left", out);
                }
                // The next one may be on its way already, under the name that it had until now.
                found = self.passage_of(config, truck, &trucks, at, out);
            }
            let index = match found {
                Some(index) => index,
                None if self.passages.len() < MAX_PASSAGES => {
                    let id = zone.names.name(at);
                    let case = Case::begin(id, truck.object, at, truck.sighting(at), out);
                    self.passages.push(Passage::new(case, truck, at));
                    self.passages.len() - 1
                }
                None => continue,
            };
            let was_missed = missed(&self.passages[index]);
            let Some(since) = self.passages[index].see(config, truck, at, was_missed, out) else { continue };
            let id = zone.names.name(since);
            let case = Case::begin(id, truck.object, at, truck.sighting(at), out);
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

/// Whether `front` stands before a part of `back`.
fn hides(front: &BBox, back: &BBox) -> bool {
    front.foot().y > back.foot().y && front.intersection(back) >= 0.2 * back.area()
}
