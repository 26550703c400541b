//! Muck trucks: rounds from a site to where they unload, with and without permits, and what some of them do besides.

mod day;
mod sins;

use super::Settings;
use super::dice::Dice;
use super::drive::{Actor, Point, Style, Way};
use super::story::{Stories, spans};
use super::town::{Edge, Lot, Node, Stands, Town, contains, distance, edge};
use operators::fleet::{FleetPlan, FleetRoute, Permit, Vehicle, VehicleClass};
use operators::ground::Metres;
use operators::vocabulary::{EventTime, SensorRule};

/// Width of the corridors, m.
pub(super) const WIDTH: f64 = 30.0;
/// Beyond this a truck is off its route, m: half of the corridor, and 50 m.
const REACH: f64 = WIDTH / 2.0 + 50.0;
/// A detour that is one: so many metres of it beyond the corridors. At 40 km/h that is two minutes and more.
const DETOUR: f64 = 1500.0;
/// Permits with hours end at this second (08:30).
const PERMITTED_UNTIL: i64 = 9000;
/// Schools with hours are closed to trucks until this second (09:00).
pub(super) const SCHOOL_UNTIL: i64 = 10_800;

/// How a truck stands to the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A permit with routes.
    Routed,
    /// A permit for any way.
    Free,
    /// A permit until half past eight.
    Hours,
    /// None.
    Black,
}

/// What a truck does that it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sin {
    Deviation,
    NoEntry,
    OverSpeed,
    IllegalStop,
    Dumping,
    OverStay,
    Silent,
}

const SINS: [Sin; 7] =
    [Sin::Deviation, Sin::NoEntry, Sin::OverSpeed, Sin::IllegalStop, Sin::Dumping, Sin::OverStay, Sin::Silent];

/// Sins dealt so that each comes as often as any other.
#[derive(Debug, Default)]
pub(super) struct Deck(Vec<Sin>);

impl Deck {
    fn draw(&mut self, dice: &mut Dice) -> Sin {
        if self.0.is_empty() {
            self.0 = [SINS, SINS].concat();
            dice.shuffle(&mut self.0);
        }
        self.0.pop().unwrap_or(Sin::IllegalStop)
    }
}

/// A truck.
#[derive(Debug, Clone)]
pub(super) struct Truck {
    pub device: String,
    pub plate: String,
    pub standing: Standing,
    pub weighs: bool,
    pub feels_lift: bool,
    may_enter: Option<Edge>,
    site: Lot,
    tip: Lot,
    yard: Lot,
    sites: [usize; 2],
    yard_index: usize,
    /// From yard to site, site to tip, tip to yard: of those with routes.
    routes: Vec<Way>,
}

/// A plate as they are in Nanjing.
pub(super) fn plate(dice: &mut Dice) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
    let signs: String = (0..5).map(|_| char::from(SIGNS[dice.below(SIGNS.len())])).collect();
    format!("苏A{signs}")
}

impl Truck {
    pub fn new(town: &Town, dice: &mut Dice, number: usize, standing: Standing) -> Truck {
        let far = |a: &Lot, b: &Lot| a.middle.distance(b.middle);
        let site_index = dice.below(town.sites.len());
        let site = town.sites[site_index];
        let away: Vec<usize> = (0..town.sites.len()).filter(|i| far(&town.sites[*i], &site) > 2200.0).collect();
        let tip_index = dice.pick(&away).copied().unwrap_or((site_index + 1) % town.sites.len());
        let yard_index = dice.below(town.yards.len());
        let (weighs, feels_lift) = match dice.below(6) {
            0 if standing == Standing::Routed => (false, true),
            1 => (true, false),
            _ => (true, true),
        };
        let mut truck = Truck {
            device: format!("1390000{number:04}"),
            plate: plate(dice),
            standing,
            weighs,
            feels_lift,
            may_enter: (standing == Standing::Free && dice.chance(0.3)).then(|| town.schools[dice.below(4)]),
            site,
            tip: town.sites[tip_index],
            yard: town.yards[yard_index],
            sites: [site_index, tip_index],
            yard_index,
            routes: Vec::new(),
        };
        if standing == Standing::Routed {
            let legs = [(truck.yard, truck.site), (truck.site, truck.tip), (truck.tip, truck.yard)];
            truck.routes = legs.iter().filter_map(|(a, b)| between(town, dice, a, b, &[])).collect();
        }
        truck
    }

    /// What a city knows of it.
    pub fn register(&self, town: &Town, start: EventTime, plan: &mut FleetPlan) {
        let vehicle =
            Vehicle { device: self.device.clone(), plate: Some(self.plate.clone()), class: VehicleClass::MuckTruck };
        plan.vehicles.push(vehicle);
        if self.standing == Standing::Black {
            return;
        }
        let name = |i: usize| format!("route-{}-{}", &self.device[7..], ["out", "haul", "home"][i.min(2)]);
        for (i, way) in self.routes.iter().enumerate() {
            plan.routes.push(FleetRoute { id: name(i), line: town.places(&way.points()), width_m: WIDTH });
        }
        let hours = if self.standing == Standing::Hours { "Mon-Sun 05:00-08:30" } else { "" };
        plan.permits.push(Permit {
            id: format!("permit-{}", &self.device[7..]),
            vehicle: if self.weighs { self.plate.clone() } else { self.device.clone() },
            from: start.plus(-30 * 86_400_000),
            until: start.plus(330 * 86_400_000),
            schedule: hours.parse().unwrap_or_default(),
            routes: (0..self.routes.len()).map(name).collect(),
            sites: self.sites.iter().map(|i| format!("site-{i:02}")).collect(),
            enter: self.may_enter.iter().filter_map(|e| school_id(town, *e)).collect(),
        });
    }

    /// Crossings on its routes.
    pub fn crossings(&self) -> impl Iterator<Item = Node> + '_ {
        self.routes.iter().flat_map(|way| way.0.iter().filter_map(|p| p.node))
    }

    /// Its day.
    pub fn act(
        &self,
        (town, cameras): (&Town, &[Node]),
        settings: &Settings,
        dice: &mut Dice,
        deck: &mut Deck,
        stories: &mut Stories,
    ) -> Actor {
        let mut day = Day { truck: self, town, cameras, actor: Actor::at(self.yard.middle), dice, stories };
        day.whole(settings, deck);
        let actor = day.actor;
        self.observe(town, &actor, stories);
        actor
    }

    /// What follows from where it drove, whatever it had in mind.
    fn observe(&self, town: &Town, actor: &Actor, stories: &mut Stories) {
        for (i, school) in town.schools.iter().enumerate() {
            if self.may_enter == Some(*school) {
                continue;
            }
            let corners = town.school_corners(*school);
            let closed = |t: i64| !has_hours(i) || t < SCHOOL_UNTIL;
            let found = spans(&actor.seconds, 5, |t, s| closed(t) && contains(&corners, s.p));
            let about = (self.device.as_str(), SensorRule::NoEntry, format!("school-{i:02}"));
            stories.spans((about.0, about.1, &about.2), found, [0, 25], ["drove past a school", ""]);
        }
        if self.standing == Standing::Routed {
            let lots: Vec<Vec<Metres>> = [self.site, self.tip, self.yard].iter().map(|l| town.lot_corners(l)).collect();
            let off = |s: &super::drive::Second| {
                self.off(s.p) > REACH && !lots.iter().any(|lot| contains(lot, s.p)) && !s.unplugged
            };
            let found = spans(&actor.seconds, 20, |_, s| off(s));
            let words = ["took another way than its permit's", "took a wrong turn and came back"];
            stories.spans((&self.device, SensorRule::Deviation, "vehicle"), found, [45, 110], words);
        }
    }

    /// How far a point is from all its routes.
    fn off(&self, p: Metres) -> f64 {
        self.routes.iter().map(|r| distance(&r.points(), p)).fold(f64::INFINITY, f64::min)
    }
}

/// A school's id.
fn school_id(town: &Town, school: Edge) -> Option<String> {
    town.schools.iter().position(|s| *s == school).map(|i| format!("school-{i:02}"))
}

/// Every third school is closed to trucks in the morning only.
pub(super) fn has_hours(school: usize) -> bool {
    school % 3 == 2
}

/// Where trucks may drive.
fn is_open(town: &Town, side: Edge) -> bool {
    !matches!(town.stands(side), Some(Stands::School(_)))
}

/// A way from lot to lot, not along `closed`.
fn between(town: &Town, dice: &mut Dice, from: &Lot, to: &Lot, closed: &[Edge]) -> Option<Way> {
    let open = |e: Edge| is_open(town, e) && e != from.edge && e != to.edge && !closed.contains(&e);
    let mut best: Option<(f64, Way)> = None;
    for a in [from.edge.0, from.edge.1] {
        for b in [to.edge.0, to.edge.1] {
            let Some(nodes) = town.way(dice, a, b, open) else { continue };
            let way = Way::between(town, Some(from), &nodes, Some(to));
            let length: f64 = way.0.windows(2).map(|w| w[0].p.distance(w[1].p)).sum();
            if best.as_ref().is_none_or(|(known, _)| length < *known) {
                best = Some((length, way));
            }
        }
    }
    best.map(|(_, way)| way)
}

/// A truck's day as it goes on.
struct Day<'a> {
    truck: &'a Truck,
    town: &'a Town,
    cameras: &'a [Node],
    actor: Actor,
    dice: &'a mut Dice,
    stories: &'a mut Stories,
}

/// Whether a way goes along a block's side.
fn uses(way: &Way, side: Edge) -> bool {
    way.0.windows(2).any(|w| match (w[0].node, w[1].node) {
        (Some(a), Some(b)) => edge(a, b) == side,
        _ => false,
    })
}

/// A way whose points `from..=to` are replaced by other crossings.
fn spliced(town: &Town, way: &Way, from: usize, to: usize, nodes: &[Node]) -> Way {
    let mut points = way.0.clone();
    let mut other = Way::along(town, nodes).0;
    if let (Some(first), Some(old)) = (other.first_mut(), points.get(from)) {
        (first.limit, first.in_tunnel) = (old.limit, old.in_tunnel);
    }
    points.splice(from..=to, other);
    Way(points)
}
