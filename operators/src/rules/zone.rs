//! A zone's state: its opening, who is in it, and its rule's cases.

use super::case::{Case, Names};
use super::{RuleConfig, Scene, ZoneRule, bin, muck, parking, vending};
use crate::stay::{Presence, Stay, Why};
use crate::vocabulary::{BBox, EventTime, LocalTime, Outcome, Polygon};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// Whether a box stands in the polygon: its foot point lies inside, or at
/// least `overlap` of its lower half (its footprint on the ground) does. What
/// the picture's lower edge cuts off stands further down: only what is next to
/// that edge tells where.
pub(crate) fn stands_in(polygon: &Polygon, b: &BBox, overlap: f32) -> bool {
    let share = if shows_its_foot(b) { 0.5 } else { 0.1 };
    let footprint = BBox { y: b.y + (1.0 - share) * b.h, h: share * b.h, ..*b };
    polygon.contains(b.foot()) || polygon.covers(&footprint) >= overlap
}

/// Whether its foot is in the picture: of what the lower edge cuts off nobody can say where it stands.
pub(crate) fn shows_its_foot(b: &BBox) -> bool {
    b.foot().y < 0.995
}

/// Whether a box is at least so wide and high, 0..1 of the picture.
pub(crate) fn is_large(b: &BBox, min_size: [f32; 2]) -> bool {
    b.w >= min_size[0] && b.h >= min_size[1]
}

/// Whether two boxes are one thing seen in two ways: a bin with and without its bags, a stall with and without its parasol.
pub(crate) fn is_one_thing(a: &BBox, b: &BBox) -> bool {
    a.containment(b) >= 0.7
}

/// Which stays stand in the zone: in most of the pictures that showed them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Members {
    tallies: Vec<Tally>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tally {
    object: u64,
    place: BBox,
    inside_now: bool,
    inside: u32,
    looks: u32,
}

impl Members {
    /// Counts this picture for every stay that was seen in it.
    pub fn update(&mut self, polygon: &Polygon, overlap: f32, stays: &[Stay]) {
        self.tallies.retain(|t| stays.iter().any(|s| s.object == t.object));
        for (i, stay) in stays.iter().enumerate().filter(|(_, s)| s.is_present()) {
            // Stays and tallies mostly run in step.
            let hint = self.tallies.get(i).is_some_and(|t| t.object == stay.object).then_some(i);
            let known = hint.or_else(|| self.tallies.iter().position(|t| t.object == stay.object));
            match known.map(|k| &mut self.tallies[k]) {
                Some(t) => {
                    if t.place != stay.place {
                        t.place = stay.place;
                        t.inside_now = stands_in(polygon, &stay.place, overlap);
                    }
                    t.looks = t.looks.saturating_add(1);
                    t.inside = t.inside.saturating_add(u32::from(t.inside_now));
                }
                None => {
                    let inside = stands_in(polygon, &stay.place, overlap);
                    let (object, place) = (stay.object, stay.place);
                    self.tallies.push(Tally { object, place, inside_now: inside, inside: u32::from(inside), looks: 1 });
                }
            }
        }
    }

    pub fn contains(&self, object: u64) -> bool {
        self.tallies.iter().any(|t| t.object == object && 2 * t.inside > t.looks)
    }
}

/// What one zone remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ZoneState {
    pub config: ZoneRule,
    names: Names,
    members: Members,
    /// Since when the schedule is open; nothing before it counts.
    open_since: Option<EventTime>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Parking(parking::Parking),
    Vending(vending::Vending),
    Bin(bin::Bins),
    Muck(muck::Muck),
}

/// What a rule works with in one picture.
pub(crate) struct Zone<'a> {
    pub polygon: &'a Polygon,
    pub names: &'a mut Names,
    pub members: &'a mut Members,
    pub open_since: EventTime,
}

impl ZoneState {
    pub fn new(config: ZoneRule) -> ZoneState {
        let kind = match &config.rule {
            RuleConfig::IllegalParking(_) => Kind::Parking(parking::Parking::default()),
            RuleConfig::StreetVending(_) => Kind::Vending(vending::Vending::default()),
            RuleConfig::BinOverflow(_) => Kind::Bin(bin::Bins::default()),
            RuleConfig::MuckTruck(_) => Kind::Muck(muck::Muck::default()),
        };
        let names = Names::new(&config.id, config.rule.kind());
        ZoneState { config, names, members: Members::default(), open_since: None, kind }
    }

    pub fn observe(&mut self, local: LocalTime, scene: &Scene<'_>, out: &mut Outcome) {
        let permitted =
            matches!(&self.config.rule, RuleConfig::StreetVending(c) if c.permits.iter().any(|p| p.is_open(local)));
        if permitted || !self.config.schedule.is_open(local) {
            self.close_all(if permitted { "permitted at this hour" } else { "schedule closed" }, out);
            self.open_since = None;
            return;
        }
        let open_since = *self.open_since.get_or_insert(scene.look.at);
        let ZoneState { config, names, members, kind, .. } = self;
        let mut zone = Zone { polygon: &config.polygon, names, members, open_since };
        match (kind, &config.rule) {
            (Kind::Parking(state), RuleConfig::IllegalParking(c)) => state.observe(c, &mut zone, scene, out),
            (Kind::Vending(state), RuleConfig::StreetVending(c)) => state.observe(c, &mut zone, scene, out),
            (Kind::Bin(state), RuleConfig::BinOverflow(c)) => state.observe(c, &mut zone, scene, out),
            (Kind::Muck(state), RuleConfig::MuckTruck(c)) => state.observe(c, &mut zone, scene, out),
            // A snapshot whose state and rule differ was never written by us; `adopt` starts such a zone afresh.
            _ => {}
        }
    }

    /// Closes every case: open candidates end with `reason`.
    pub fn close_all(&mut self, reason: &str, out: &mut Outcome) {
        self.take_cases(|_| true).into_iter().for_each(|case| case.close(reason, out));
        self.members = Members::default();
    }

    /// The source has ended: what was not raised is forgotten; of what was
    /// raised, what had left ends, and the rest is told as last seen.
    pub fn finish(&mut self, stays: &[Stay], out: &mut Outcome) {
        let left = |case: &Case| stays.iter().any(|s| s.object == case.object && s.presence == Presence::Dormant);
        for case in self.take_cases(|case| !case.is_open() || left(case)) {
            case.close(Why::Left.as_str(), out);
        }
        let last_words = RefCell::new(&mut out.changes);
        self.take_cases(|case| {
            last_words.borrow_mut().push(case.last_word());
            false
        });
    }

    /// Goes on under a changed configuration of the same zone and rule; cases
    /// that no longer stand in the zone close.
    pub fn adopt(mut self, config: ZoneRule, out: &mut Outcome) -> ZoneState {
        let fits = matches!(
            (&self.kind, &config.rule),
            (Kind::Parking(_), RuleConfig::IllegalParking(_))
                | (Kind::Vending(_), RuleConfig::StreetVending(_))
                | (Kind::Bin(_), RuleConfig::BinOverflow(_))
                | (Kind::Muck(_), RuleConfig::MuckTruck(_))
        );
        if !fits {
            self.close_all("rule changed", out);
            return ZoneState::new(config);
        }
        if self.config.polygon != config.polygon {
            let outside = self.take_cases(|case| !stands_in(&config.polygon, &case.last.bbox, 0.4));
            outside.into_iter().for_each(|case| case.close("zone changed", out));
            self.members = Members::default();
        }
        self.config = config;
        self
    }

    /// Suspicions of which a closer look may tell more. A muck truck passes too fast for one.
    pub fn doubted(&self) -> Vec<&Case> {
        match &self.kind {
            Kind::Parking(p) => p.doubted().collect(),
            Kind::Vending(v) => v.doubted().collect(),
            Kind::Bin(b) => b.doubted().collect(),
            Kind::Muck(_) => Vec::new(),
        }
    }

    fn take_cases(&mut self, which: impl Fn(&Case) -> bool) -> Vec<Case> {
        match &mut self.kind {
            Kind::Parking(p) => p.take_cases(which),
            Kind::Vending(v) => v.take_cases(which),
            Kind::Bin(b) => b.take_cases(which),
            Kind::Muck(m) => m.take_cases(which),
        }
    }
}
