//! Muck trucks: rounds from a site to where they unload, with and without permits, and what some of them do besides.

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

impl Day<'_> {
    fn whole(&mut self, settings: &Settings, deck: &mut Deck) {
        let end = settings.seconds();
        let truck = self.truck;
        let wait = self.dice.seconds(60, 900);
        self.actor.stand(wait, |_, _| {});
        self.leg(&truck.yard, &truck.site);
        let mut breaks = 0;
        while self.actor.time() < end - 75 * 60 {
            let is_good = matches!(truck.standing, Standing::Routed | Standing::Free);
            let mut sin = (is_good && self.dice.chance(0.5)).then(|| deck.draw(self.dice));
            if sin == Some(Sin::OverStay) && self.actor.time() > end - 200 * 60 {
                deck.0.insert(0, Sin::OverStay);
                sin = None;
            }
            let done = self.round(sin);
            if let Some(sin) = sin.filter(|_| !done) {
                // Not possible on its way: another truck's turn.
                deck.0.insert(0, sin);
            }
            let tired = self.actor.time() > (breaks + 1) * 9000;
            if (sin == Some(Sin::OverStay) && done) || (tired && self.actor.time() < end - 110 * 60) {
                breaks += 1;
                let long = sin == Some(Sin::OverStay) && done;
                self.rest(long);
            } else {
                self.leg(&truck.tip, &truck.site);
            }
        }
        self.leg(&truck.site, &truck.yard);
        let left = (end - self.actor.time()).clamp(0, 1800);
        self.actor.stand(left, |_, s| s.ignition = false);
    }

    /// From the tip to the yard, a while there, and to the site.
    fn rest(&mut self, long: bool) {
        let truck = self.truck;
        self.leg(&truck.tip, &truck.yard);
        let start = self.actor.time() - 10;
        let stay = if long { self.dice.seconds(85 * 60, 110 * 60) } else { self.dice.seconds(15 * 60, 35 * 60) };
        self.actor.stand(stay, |_, s| s.ignition = false);
        self.actor.now.ignition = true;
        let span = [start, self.actor.time()];
        if long {
            let zone = format!("yard-{:02}", truck.yard_index);
            self.stories.event(&truck.device, SensorRule::OverStay, &zone, span, "stayed in the yard for over an hour");
        } else {
            self.stories.lookalike(&truck.device, SensorRule::OverStay, span, "a break in the yard");
        }
        self.leg(&truck.yard, &truck.site);
    }

    /// Loads, drives to the tip, unloads. False where the sin was not possible.
    fn round(&mut self, sin: Option<Sin>) -> bool {
        let truck = self.truck;
        if truck.standing == Standing::Hours {
            // Not on the road while the permit runs out.
            let now = self.actor.time();
            if (PERMITTED_UNTIL - 50 * 60..PERMITTED_UNTIL + 300).contains(&now) {
                self.actor.stand(PERMITTED_UNTIL + 300 - now, |_, _| {});
            }
        }
        let way = self.way(&truck.site, &truck.tip);
        let sees = |way: &Way| way.0.iter().filter_map(|p| p.node).any(|n| self.cameras.contains(&n));
        if sin == Some(Sin::Silent) && sees(&way) {
            self.silent(&way);
            return true;
        }
        self.load();
        let start = self.actor.time();
        let mut done = true;
        match sin {
            Some(Sin::Deviation) => done = self.detour(&way),
            Some(Sin::NoEntry) => done = self.school(&way),
            Some(Sin::OverSpeed) => done = self.speed(&way),
            Some(Sin::IllegalStop) => done = self.stop(&way),
            Some(Sin::Dumping) => done = self.dump(&way),
            Some(Sin::Silent) => done = false,
            Some(Sin::OverStay) | None => self.harmless(&way),
        }
        if !done {
            self.harmless(&way);
        }
        let is_without = match truck.standing {
            Standing::Black => true,
            Standing::Hours => start > PERMITTED_UNTIL,
            _ => false,
        };
        if is_without {
            let span = [start, self.actor.time()];
            self.stories.event(&truck.device, SensorRule::NoPermit, "vehicle", span, "a load without a permit");
        }
        self.unload();
        done
    }

    fn load(&mut self) {
        let (minutes, full) = (self.dice.seconds(420, 660), self.dice.within(0.75, 0.95));
        self.actor.stand(minutes, |t, s| s.load = full * (t * 1.2).min(1.0));
        self.actor.now.load = full;
    }

    fn unload(&mut self) {
        let minutes = self.dice.seconds(260, 400);
        let full = self.actor.now.load;
        if full > 0.1 {
            self.actor.stand(minutes, |t, s| {
                s.lifted = (0.3..0.7).contains(&t);
                s.load = full * ((0.6 - t) * 4.0).clamp(0.0, 1.0);
            });
            self.stories.lookalike(
                &self.truck.device,
                SensorRule::Dumping,
                [self.actor.time() - minutes, self.actor.time()],
                "unloaded where it may",
            );
        } else {
            self.actor.stand(minutes / 2, |_, _| {});
        }
        (self.actor.now.lifted, self.actor.now.load) = (false, 0.0);
    }

    /// A way that its permit allows.
    fn way(&mut self, from: &Lot, to: &Lot) -> Way {
        let ends = |way: &&Way| {
            let (first, last) = (way.0.first().map(|p| p.p), way.0.last().map(|p| p.p));
            (first, last) == (Some(from.middle), Some(to.middle))
        };
        if let Some(way) = self.truck.routes.iter().find(ends) {
            return way.clone();
        }
        let back: Vec<Way> = self.truck.routes.iter().map(Way::reversed).collect();
        match back.iter().find(ends) {
            Some(way) => way.clone(),
            None => between(self.town, self.dice, from, to, &[]).unwrap_or_default(),
        }
    }

    fn leg(&mut self, from: &Lot, to: &Lot) {
        let way = self.way(from, to);
        let style = Style { jam: self.dice.chance(0.12), ..Style::calm(self.dice) };
        let start = self.actor.time();
        self.actor.drive(&way, &style, self.dice);
        if self.truck.standing == Standing::Black {
            let span = [start, self.actor.time()];
            self.stories.lookalike(
                &self.truck.device,
                SensorRule::NoPermit,
                span,
                "empty, and so without need of a permit",
            );
        }
    }

    /// Drives as others do, and sometimes so that it looks like something.
    fn harmless(&mut self, way: &Way) {
        let (device, start) = (self.truck.device.clone(), self.actor.time());
        let calm = Style::calm(self.dice);
        match self.dice.below(8) {
            0 => {
                self.actor.drive(way, &Style { jam: true, ..calm }, self.dice);
                let span = [start, self.actor.time()];
                self.stories.lookalike(&device, SensorRule::IllegalStop, span, "stood in a jam");
            }
            1 => self.pause(way, &calm),
            2 => {
                let way = self.beside(way);
                self.actor.drive(&way, &calm, self.dice);
                let span = [start, self.actor.time()];
                self.stories.lookalike(&device, SensorRule::Deviation, span, "drove beside the road, in the corridor");
            }
            3 if self.truck.standing == Standing::Routed => {
                let way = self.wrong_turn(way);
                self.actor.drive(&way, &calm, self.dice);
            }
            4 => {
                let hurry = way.straight().map(|(from, to)| (from + 1, to, 1.05));
                self.actor.drive(way, &Style { hurry, ..calm }, self.dice);
                let span = [start, self.actor.time()];
                self.stories.lookalike(&device, SensorRule::OverSpeed, span, "5 % over the limit");
            }
            5 | 6 => {
                let (other, story) = self.past_lawfully(way).unwrap_or_else(|| (way.clone(), ""));
                self.actor.drive(&other, &calm, self.dice);
                if !story.is_empty() {
                    self.stories.lookalike(&device, SensorRule::NoEntry, [start, self.actor.time()], story);
                }
            }
            _ => self.actor.drive(way, &calm, self.dice),
        }
    }

    fn pause(&mut self, way: &Way, calm: &Style) {
        let Some(at) = self.dice.pick(&way.plain(self.town)).copied() else {
            return self.actor.drive(way, calm, self.dice);
        };
        let (first, second) = way.cut(at, -4.0);
        self.actor.drive(&first, calm, self.dice);
        let (start, long) = (self.actor.time(), self.dice.seconds(150, 400));
        self.actor.stand(long, |_, _| {});
        let span = [start, self.actor.time()];
        self.stories.lookalike(&self.truck.device, SensorRule::IllegalStop, span, "a short stop by the road");
        self.actor.drive(&second, calm, self.dice);
    }

    /// A stretch driven 35 m beside the street.
    fn beside(&mut self, way: &Way) -> Way {
        let mut way = way.clone();
        if let Some(at) = self.dice.pick(&way.plain(self.town)).copied() {
            let (first, _) = way.cut(at, 35.0);
            let middle = first.0.last().copied();
            let (a, b) = (way.0[at - 1].p, way.0[at].p);
            let aside = |t: f64, m: Metres| Metres { x: m.x + (b.x - a.x) * t, y: m.y + (b.y - a.y) * t };
            if let Some(middle) = middle {
                let point = |t| Point { p: aside(t, middle.p), limit: 30.0, ..middle };
                way.0.splice(at..at, [point(-0.2), point(0.2)]);
            }
        }
        way
    }

    /// So many metres into a side street, and back.
    fn wrong_turn(&mut self, way: &Way) -> Way {
        let mut way = way.clone();
        let inner: Vec<usize> = (2..way.0.len().saturating_sub(2)).filter(|i| way.0[*i].node.is_some()).collect();
        let Some(at) = self.dice.pick(&inner).copied() else { return way };
        let Some(node) = way.0[at].node else { return way };
        let is_own = |e: Edge| self.truck.routes.iter().any(|r| uses(r, e));
        let free = |n: &Node| !is_own(edge(node, *n)) && is_open(self.town, edge(node, *n));
        let sides: Vec<Node> = self.town.neighbours(node).filter(free).collect();
        if let Some(side) = self.dice.pick(&sides) {
            let (a, b) = (self.town.at(node), self.town.at(*side));
            let t = 110.0 / a.distance(b);
            let p = Metres { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
            let spur = Point { p, limit: 30.0, is_crossing: false, in_tunnel: false, node: None };
            let back = Point { limit: 30.0, is_crossing: false, in_tunnel: false, ..way.0[at] };
            way.0.splice(at + 1..at + 1, [spur, back]);
        }
        way
    }

    /// Leaves its route for another street, at least two blocks long.
    fn detour(&mut self, way: &Way) -> bool {
        for _ in 0..12 {
            let inner: Vec<usize> = (1..way.0.len()).filter(|i| way.0[*i].node.is_some()).collect();
            if inner.len() < 4 {
                return false;
            }
            let from = inner[self.dice.below(inner.len() - 3)];
            let to = from + 2 + self.dice.below(3);
            let (Some(a), Some(b)) = (way.0[from].node, way.0.get(to).and_then(|p| p.node)) else { continue };
            let open = |e: Edge| is_open(self.town, e) && !self.truck.routes.iter().any(|r| uses(r, e));
            let Some(nodes) = self.town.way(self.dice, a, b, open) else { continue };
            let other = spliced(self.town, way, from, to, &nodes);
            if self.is_one_detour(&other) {
                let style = Style { top: 40.0, ..Style::calm(self.dice) };
                self.actor.drive(&other, &style, self.dice);
                return true;
            }
        }
        false
    }

    /// Whether a way leaves the corridors once, for long, or not at all.
    fn is_one_detour(&self, way: &Way) -> bool {
        let mut lengths: Vec<f64> = Vec::new();
        let (mut is_off, step) = (false, 10.0);
        for w in way.0.windows(2) {
            let length = w[0].p.distance(w[1].p);
            let n = (length / step).ceil().max(1.0);
            for k in 0..n as usize {
                let t = (k as f64 + 0.5) / n;
                let p = Metres { x: w[0].p.x + (w[1].p.x - w[0].p.x) * t, y: w[0].p.y + (w[1].p.y - w[0].p.y) * t };
                let off = self.truck.off(p) > REACH;
                match lengths.last_mut().filter(|_| off && is_off) {
                    Some(known) => *known += length / n,
                    None if off => lengths.push(length / n),
                    None => {}
                }
                is_off = off;
            }
        }
        matches!(lengths.as_slice(), [one] if *one >= DETOUR)
    }

    /// Its way, but past a school.
    fn past(&mut self, way: &Way, school: Edge) -> Option<Way> {
        let inner: Vec<usize> = (1..way.0.len()).filter(|i| way.0[*i].node.is_some()).collect();
        let (from, to) = (*inner.first()?, *inner.last()?);
        let (a, b) = (way.0[from].node?, way.0[to].node?);
        for (near, far) in [(school.0, school.1), (school.1, school.0)] {
            let own = |e: Edge| self.truck.standing == Standing::Routed && self.truck.routes.iter().any(|r| uses(r, e));
            // It leaves its route for good, or it would cross it again and again.
            let open = |e: Edge| is_open(self.town, e) && !own(e);
            let (Some(there), Some(back)) =
                (self.town.way(self.dice, a, near, open), self.town.way(self.dice, far, b, open))
            else {
                continue;
            };
            if there.contains(&far) || back.contains(&near) {
                continue;
            }
            let nodes = [there, back].concat();
            let other = spliced(self.town, way, from, to, &nodes);
            if self.truck.standing != Standing::Routed || self.is_one_detour(&other) {
                return Some(other);
            }
        }
        None
    }

    /// Its way past a school that its permit names, or whose hours are well over.
    fn past_lawfully(&mut self, way: &Way) -> Option<(Way, &'static str)> {
        if self.truck.standing == Standing::Routed {
            return None;
        }
        if let Some(school) = self.truck.may_enter {
            return self.past(way, school).map(|way| (way, "past a school, as its permit says"));
        }
        let over = self.actor.time() > SCHOOL_UNTIL + 600;
        let schools: Vec<Edge> =
            self.town.schools.iter().enumerate().filter(|(i, _)| over && has_hours(*i)).map(|(_, e)| *e).collect();
        let school = self.dice.pick(&schools).copied()?;
        self.past(way, school).map(|way| (way, "past a school after its hours"))
    }

    fn school(&mut self, way: &Way) -> bool {
        let mut schools: Vec<usize> = (0..self.town.schools.len()).collect();
        self.dice.shuffle(&mut schools);
        let now = self.actor.time();
        for i in schools {
            let school = self.town.schools[i];
            // Well before its hours are over, or any time where it has none.
            if self.truck.may_enter == Some(school) || (has_hours(i) && now > SCHOOL_UNTIL - 2400) {
                continue;
            }
            if let Some(other) = self.past(way, school) {
                let style = Style { top: 36.0, ..Style::calm(self.dice) };
                self.actor.drive(&other, &style, self.dice);
                return true;
            }
        }
        false
    }

    fn speed(&mut self, way: &Way) -> bool {
        let Some((from, to)) = way.straight() else { return false };
        let length: f64 = way.0[from..=to].windows(2).map(|w| w[0].p.distance(w[1].p)).sum();
        let limit = way.0[to].limit;
        let share = self.dice.within(1.35, 1.55);
        if length / (limit * share / 3.6) < 55.0 {
            return false;
        }
        let style = Style { hurry: Some((from + 1, to, share)), ..Style::calm(self.dice) };
        let start = self.actor.time() as usize;
        self.actor.drive(way, &style, self.dice);
        let street = [way.0[from].p, way.0[to].p];
        let fast = |s: &super::drive::Second| s.speed * 3.6 > limit * 1.1 && distance(&street, s.p) < 3.0;
        let found = spans(&self.actor.seconds[start..], 10, |_, s| fast(s));
        let (Some(a), Some(b)) = (way.0[to - 1].node, way.0[to].node) else { return true };
        let (zone, _) = self.town.street_of(edge(a, b));
        let found = found.iter().map(|[a, b]| [a + start as i64, b + start as i64]).collect();
        let about = (self.truck.device.as_str(), SensorRule::OverSpeed, zone.as_str());
        self.stories.spans(about, found, [5, 40], ["far too fast", "too fast for a moment"]);
        true
    }

    fn stop(&mut self, way: &Way) -> bool {
        let Some(at) = self.dice.pick(&way.plain(self.town)).copied() else { return false };
        let (first, second) = way.cut(at, -4.0);
        let calm = Style::calm(self.dice);
        self.actor.drive(&first, &calm, self.dice);
        let (start, long, off) = (self.actor.time(), self.dice.seconds(900, 2100), self.dice.chance(0.6));
        self.actor.stand(long, |_, s| s.ignition = !off);
        self.actor.now.ignition = true;
        let span = [start, self.actor.time()];
        self.stories.event(&self.truck.device, SensorRule::IllegalStop, "vehicle", span, "stood by the road");
        self.actor.drive(&second, &calm, self.dice);
        true
    }

    fn dump(&mut self, way: &Way) -> bool {
        let Some(at) = self.dice.pick(&way.plain(self.town)).copied() else { return false };
        let left = if self.dice.chance(0.5) { -4.0 } else { 30.0 };
        let (first, second) = way.cut(at, left);
        let calm = Style::calm(self.dice);
        self.actor.drive(&first, &calm, self.dice);
        let (start, long, full) = (self.actor.time(), self.dice.seconds(240, 400), self.actor.now.load);
        self.actor.stand(long, |t, s| {
            s.lifted = (0.3..0.7).contains(&t);
            s.load = full * ((0.6 - t) * 4.0).clamp(0.0, 1.0);
        });
        (self.actor.now.lifted, self.actor.now.load) = (false, 0.0);
        let span = [start + long * 3 / 10, self.actor.time()];
        self.stories.event(&self.truck.device, SensorRule::Dumping, "vehicle", span, "unloaded by the road");
        self.actor.drive(&second, &calm, self.dice);
        true
    }

    /// There and back with its terminal unplugged.
    fn silent(&mut self, way: &Way) {
        let start = self.actor.time();
        self.actor.now.unplugged = true;
        let full = self.dice.within(0.75, 0.95);
        self.actor.stand(800, |t, s| s.load = full * (t * 1.2).min(1.0));
        let calm = Style::calm(self.dice);
        self.actor.drive(way, &calm, self.dice);
        self.unload();
        // Back where it began before the terminal speaks again.
        self.leg(&self.truck.tip, &self.truck.site);
        self.actor.stand(800, |_, _| {});
        self.actor.now.unplugged = false;
        let span = [start, self.actor.time()];
        self.stories.event(
            &self.truck.device,
            SensorRule::TerminalSilent,
            "vehicle",
            span,
            "drove with its terminal out",
        );
        // Out again, so that its next round begins at the site as any other.
        self.leg(&self.truck.site, &self.truck.tip);
    }
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
