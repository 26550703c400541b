//! Illegal parking (违停): a vehicle that stands in the zone for the dwell.
//!
//! Half of the dwell is the pre-alarm (a still is kept, nothing is said); the
//! whole dwell confirms. One candidate for one stay.
//!
//! A queue is not parking. A vehicle waits with its confirmation while it is
//! one of a line that formed before our eyes, unless something shows that the
//! line is none: another vehicle drives past it through the zone, or the line
//! moves on and it does not. Two that came at once are such a line: the rest of
//! it may be out of sight. So does a vehicle at a spot with turnover, which
//! is a traffic lane. After `queue_hold` it is parked, line or not. A line that
//! stood there when watching began is taken for what it looks like: parked.

use super::Scene;
use super::case::Case;
use super::zone::{Zone, is_large};
use crate::stay::{Presence, Stay, place};
use crate::track::Track;
use crate::vocabulary::{BBox, EventTime, Label, Millis, Outcome, Point};
use crate::vote::Votes;
use serde::{Deserialize, Serialize};

/// Settings of the parking rule. Times in milliseconds of event time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParkingConfig {
    /// Time it must stand (180 s). The pre-alarm is at half of it.
    pub dwell: Millis,
    /// What parks: cars, buses, trucks, muck trucks. `two-wheeler` for a zone against bicycles.
    pub labels: Vec<Label>,
    /// Least score of a detection with which an object begins (0.25).
    pub confidence: f32,
    /// Least mean score of a candidate (0.33): a far parked car averages 0.38 to 0.6
    /// with the nano detector, traffic glimpsed through a tree 0.30.
    pub score: f32,
    /// Least width and height, 0..1 of the picture (0.01 each).
    pub min_size: [f32; 2],
    /// Share of its footprint that must lie in the zone (0.4), if its foot point does not.
    pub overlap: f32,
    /// Of the last `votes_of` looks, so many must show it (2 of 5: a far car is detected in half of them).
    pub votes: usize,
    /// See `votes`.
    pub votes_of: usize,
    /// An open candidate is updated at most this often (60 s).
    pub update: Millis,
    /// Other vehicles that make a line (2). 0 switches the queue test off.
    pub queue_size: usize,
    /// A line's vehicles arrive within this time of each other (90 s).
    pub queue_arrivals: Millis,
    /// Two that arrive within this time are a line too: the rest of it may stand out of sight (20 s).
    pub queue_pair: Millis,
    /// After this time a vehicle that the line left behind is parked (20 s).
    pub queue_grace: Millis,
    /// After this time at a stand even a queue is parked (120 s).
    pub queue_hold: Millis,
    /// So many short stays at one spot within ten minutes make it a traffic lane (3).
    pub turnover: usize,
}

impl Default for ParkingConfig {
    fn default() -> Self {
        ParkingConfig {
            dwell: 180_000,
            labels: vec![Label::Car, Label::Bus, Label::Truck, Label::MuckTruck],
            confidence: 0.25,
            score: 0.33,
            min_size: [0.01, 0.01],
            overlap: 0.4,
            votes: 2,
            votes_of: 5,
            update: 60_000,
            queue_size: 2,
            queue_arrivals: 90_000,
            queue_pair: 20_000,
            queue_grace: 20_000,
            queue_hold: 120_000,
            turnover: 3,
        }
    }
}

/// How long a short stay counts as turnover.
const TURNOVER_WINDOW: Millis = 600_000;
/// Short stays remembered.
const SHORT_STAYS: usize = 64;
/// Of a vehicle whose mean score is less a closer look may tell more.
const WEAK: f32 = 0.6;
/// The next vehicle of a line is at most so many times as large or small.
const LINE_SIZES: f32 = 2.5;
/// Vehicles of a line are no further apart than this, in their own lengths.
const LINE_GAP: f32 = 2.5;

/// The parking rule's memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Parking {
    cases: Vec<Parked>,
    short: Vec<(EventTime, BBox)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Parked {
    case: Case,
    votes: Votes,
    /// Paused time of the stay before this case began.
    paused: Millis,
    /// Another vehicle drove past it through the zone.
    passed: bool,
    /// The line it stood in.
    line: Vec<u64>,
    /// One of the line came just before or after it. Snapshots of earlier rules lack it.
    #[serde(default)]
    paired: bool,
    /// When most of the line had moved off.
    line_moved: Option<EventTime>,
}

impl Parking {
    pub fn take_cases(&mut self, which: impl Fn(&Case) -> bool) -> Vec<Case> {
        self.cases.extract_if(.., |p| which(&p.case)).map(|p| p.case).collect()
    }

    /// What a closer look may tell more of: weakly seen vehicles.
    pub fn doubted(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().map(|p| &p.case).filter(|case| !case.is_open() && case.last.score < WEAK)
    }

    pub fn observe(&mut self, config: &ParkingConfig, zone: &mut Zone<'_>, scene: &Scene<'_>, out: &mut Outcome) {
        let at = scene.look.at;
        self.close_over(config, scene, out);
        zone.members.update(zone.polygon, config.overlap, scene.stays);
        self.begin_cases(config, zone, scene, out);
        let lines = config.queue_size > 0 && self.cases.iter().any(|p| !p.case.is_open());
        let stopped: Vec<&Stay> =
            if lines { scene.stays.iter().filter(|s| is_queueing(config, s)).collect() } else { Vec::new() };
        for parked in &mut self.cases {
            let Some(stay) = scene.stays.iter().find(|s| s.object == parked.case.object) else { continue };
            match stay.presence {
                Presence::Seen | Presence::Held => parked.votes.push(at, true),
                Presence::Missing | Presence::Dormant => parked.votes.push(at, false),
                Presence::Covered => {}
            }
            if !stay.is_present() {
                continue;
            }
            parked.case.last = stay.sighting();
            parked.case.dwell = stay.last_present.since(parked.case.id.start) - (stay.paused - parked.paused);
            if parked.case.is_open() {
                parked.case.update(at, config.update, out);
                continue;
            }
            parked.watch_line(config, stay, &stopped, zone, scene);
            if 2 * parked.case.dwell >= config.dwell {
                parked.case.half(at, out);
            }
            let enough =
                parked.case.dwell >= config.dwell && parked.votes.yes() >= config.votes && is_solid(config, stay);
            let turnover = self.short.iter().filter(|(_, b)| place::drift(b, &stay.place) < 1.0).count();
            if enough && !parked.waits(config, at, turnover) {
                parked.case.raise(at, out);
            }
        }
        self.short.retain(|(ended, _)| at.since(*ended) <= TURNOVER_WINDOW);
    }

    fn close_over(&mut self, config: &ParkingConfig, scene: &Scene<'_>, out: &mut Outcome) {
        for over in scene.over {
            for parked in self.cases.extract_if(.., |p| p.case.object == over.stay.object) {
                if !parked.case.is_open() && parked.case.dwell < config.dwell {
                    if self.short.len() == SHORT_STAYS {
                        self.short.remove(0);
                    }
                    self.short.push((scene.look.at, over.stay.place));
                }
                parked.case.close(over.why.as_str(), out);
            }
        }
    }

    fn begin_cases(&mut self, config: &ParkingConfig, zone: &mut Zone<'_>, scene: &Scene<'_>, out: &mut Outcome) {
        let mut new: Vec<&Stay> = scene
            .stays
            .iter()
            .filter(|s| s.is_present() && config.labels.contains(&s.label()) && zone.members.contains(s.object))
            .filter(|s| !self.cases.iter().any(|p| p.case.object == s.object))
            .collect();
        new.sort_by(|a, b| a.start.cmp(&b.start).then(a.place.x.total_cmp(&b.place.x)));
        for stay in new {
            let id = zone.names.name(stay.start.max(zone.open_since));
            self.cases.push(Parked {
                case: Case::begin(id, stay.object, scene.look.at, stay.sighting(), out),
                votes: Votes::new(config.votes_of, 500),
                paused: stay.paused,
                passed: false,
                line: Vec::new(),
                paired: false,
                line_moved: None,
            });
        }
    }
}

impl Parked {
    /// Keeps the evidence for and against a queue.
    fn watch_line(
        &mut self,
        config: &ParkingConfig,
        stay: &Stay,
        stopped: &[&Stay],
        zone: &Zone<'_>,
        scene: &Scene<'_>,
    ) {
        let at = scene.look.at;
        // Those of its own line drive past when the light is green.
        let stood_there = |s: &Stay, b: &BBox| self.line.contains(&s.object) && place::drift(&s.place, b) < 1.0;
        let is_of_line =
            |t: &Track| t.history.first().is_some_and(|first| scene.stays.iter().any(|s| stood_there(s, &first.bbox)));
        self.passed |= scene.tracks.iter().any(|t| passes(t, at, &stay.place, zone) && !is_of_line(t));
        // A box that scatters for a look is no departure: only whose stay ended or sleeps has moved on.
        let gone = |o: &&u64| !scene.stays.iter().any(|s| s.object == **o && s.presence != Presence::Dormant);
        if self.line_moved.is_none()
            && !self.line.is_empty()
            && 2 * self.line.iter().filter(gone).count() > self.line.len()
        {
            self.line_moved = Some(at);
        }
        for (other, apart) in line_of(stay, stopped, config.queue_arrivals) {
            // What stands before it and hides it stands beside it, not behind it in a line.
            let beside = stay.place.containment(&other.place) >= 0.5;
            self.paired |= apart <= config.queue_pair && !beside;
            if !self.line.contains(&other.object) && self.line.len() < 32 {
                self.line.push(other.object);
            }
        }
    }

    /// Whether the confirmation waits: a queue, or a traffic lane.
    fn waits(&self, config: &ParkingConfig, at: EventTime, turnover: usize) -> bool {
        if at.since(self.case.id.start) >= config.queue_hold {
            return false;
        }
        let left_behind = self.line_moved.is_some_and(|moved| at.since(moved) >= config.queue_grace);
        let line = config.queue_size > 0 && (self.line.len() >= config.queue_size || self.paired);
        line && !self.passed && !left_behind || (config.turnover > 0 && turnover >= config.turnover)
    }
}

/// Enough real detections, large and sure enough. Looks alone never raise.
fn is_solid(config: &ParkingConfig, stay: &Stay) -> bool {
    stay.is_steady()
        && !stay.is_doubted()
        && stay.labels.mean_score() >= config.score
        && is_large(&stay.place, config.min_size)
}

/// A stopped vehicle that was seen to arrive; traffic glimpsed now and then at one spot is none.
fn is_queueing(config: &ParkingConfig, stay: &Stay) -> bool {
    stay.label().is_motor_vehicle()
        && stay.arrival.is_some()
        && stay.presence != Presence::Dormant
        && is_solid(config, stay)
}

/// The other vehicles of the line in which `stay` stands: near it or near one
/// of the line, and arrived at about its time; with the time between the arrivals.
fn line_of<'a>(stay: &Stay, stopped: &[&'a Stay], arrivals: Millis) -> Vec<(&'a Stay, Millis)> {
    let Some(arrived) = stay.arrival else { return Vec::new() };
    let mut line: Vec<&'a Stay> = Vec::new();
    let mut reached: Vec<&Stay> = vec![stay];
    while let Some(one) = reached.pop() {
        for other in stopped {
            let in_time = other.arrival.is_some_and(|a| a.since(arrived).abs() <= arrivals);
            let known = other.object == stay.object || line.iter().any(|l| l.object == other.object);
            if in_time && !known && are_neighbours(&one.place, &other.place) {
                line.push(other);
                reached.push(other);
            }
        }
    }
    line.into_iter().filter_map(|s| Some((s, s.arrival?.since(arrived).abs()))).collect()
}

/// Whether two may stand one behind the other in a line: close together in sizes of the larger box, and of sizes that
/// perspective explains there, even where one hides half of the other.
fn are_neighbours(a: &BBox, b: &BBox) -> bool {
    let (ca, cb) = (a.centre(), b.centre());
    let apart = ((ca.x - cb.x) / a.w.max(b.w)).hypot((ca.y - cb.y) / a.h.max(b.h));
    let times = |p: f32, q: f32| p.max(q) / p.min(q).max(f32::EPSILON);
    apart <= LINE_GAP && times(a.w, b.w).min(times(a.h, b.h)) <= LINE_SIZES
}

/// Whether a vehicle drives past the place through the zone: its way leads
/// from one side of it to the other, close by.
fn passes(track: &Track, at: EventTime, place: &BBox, zone: &Zone<'_>) -> bool {
    let Some(from) = track.history.first().map(|s| s.bbox.foot()) else { return false };
    if !track.is_seen(at) || track.hits < 3 || !track.label().is_some_and(Label::is_motor_vehicle) {
        return false;
    }
    let (to, foot) = (track.bbox.foot(), place.foot());
    let way = [(to.x - from.x) / place.w, (to.y - from.y) / place.h];
    let mine = [(foot.x - from.x) / place.w, (foot.y - from.y) / place.h];
    let length = way[0].hypot(way[1]);
    if length < 2.0 {
        return false;
    }
    let along = (way[0] * mine[0] + way[1] * mine[1]) / length;
    let aside = ((way[0] * mine[1] - way[1] * mine[0]) / length).abs();
    let share = along / length;
    let nearest = Point { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
    along > 0.5 && along < length - 0.5 && aside <= 2.0 && zone.polygon.contains(nearest)
}
