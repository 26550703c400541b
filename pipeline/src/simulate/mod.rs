//! A city's fleet and sensors made up from a seed, with the truth of what happened.
//!
//! ```text
//! town (streets, sites, schools) ─► trucks, sweepers, cameras, fixed ─► what is so, second by second ─► stories: the truth
//!                                                                             └► channel (noise, loss, lateness) ─► readings
//! ```
//! The truth follows from what the simulator made everybody do, never from the rules. What is near a rule's threshold is
//! avoided by margins: an illegal stop lasts 15 min or under 7, a deviation two minutes or half of one, an over-stay 85 min
//! or under 35, water is 20 cm deep or under 13, a cover tilts by 24 degrees or under 12, a plan is swept whole or by under
//! three quarters, over-speed is 35 % or 5 %.

mod cameras;
mod channel;
mod dice;
mod drive;
mod fixed;
mod story;
mod sweepers;
#[cfg(test)]
mod tests;
mod town;
mod trucks;
mod write;

pub use write::{WriteError, write};

use crate::evaluate::{Truth, TruthEvent};
use crate::payload::OffsetTime;
use crate::plans::Plans;
use channel::Terminal;
use dice::Dice;
use jiff::tz::Offset;
use operators::fleet::{Fence, FenceKind, FleetPlan, Road, VehicleClass};
use operators::ground::{LonLat, Metres};
use operators::plausibility::PlausibilityConfig;
use operators::schedule::Schedule;
use operators::vocabulary::{DeviceKind, EventTime, Label, Quality, Reading, Seen, Values};
use story::{Event, Stories};
use sweepers::Warden;
use town::Town;
use trucks::{Deck, Standing, Truck, has_hours};

/// Monday 2026-06-01 06:00 in China.
const START: EventTime = EventTime(1_780_264_800_000);
/// Wall time of the made-up city.
pub(crate) const OFFSET: Offset = jiff::tz::offset(8);

/// What is made up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The same seed makes the same city.
    pub seed: u64,
    /// Vehicles with terminals.
    pub vehicles: usize,
    /// From six in the morning on, hours.
    pub hours: f64,
    /// Share of readings that never come.
    pub lost: f64,
    /// Share of readings that come late, by up to an hour.
    pub late: f64,
    /// Share of readings in which something is wrong.
    pub corrupt: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { seed: 1, vehicles: 40, hours: 6.0, lost: 0.05, late: 0.10, corrupt: 0.02 }
    }
}

impl Settings {
    fn seconds(&self) -> i64 {
        (self.hours * 3600.0) as i64
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// The settings.
    pub settings: Settings,
    /// Fences, routes, roads, permits, plans, vehicles, devices.
    pub plans: Plans,
    /// Readings in the order in which they come in, marked as a gateway marks them.
    pub readings: Vec<Reading>,
    /// What happened.
    pub truth: Truth,
    /// Where the city can be: south-west and north-east.
    pub bounds: [LonLat; 2],
    /// Spans that a person could call either way; there should be none.
    pub doubtful: usize,
}

/// Makes a city up.
pub fn simulate(settings: &Settings) -> World {
    let dice = Dice::new(settings.seed);
    let town = Town::new(&mut dice.part("town"));
    let mut making = Making {
        settings,
        town: &town,
        dice: &dice,
        stories: Stories::default(),
        plans: Plans { plan: streets(&town), ..Plans::default() },
        readings: Vec::new(),
        hours: Vec::new(),
    };
    making.vehicles();
    making.devices();
    making.done()
}

/// Streets, sites, yards, schools.
fn streets(town: &Town) -> FleetPlan {
    let fence = |id: String, kind, corners: &[Metres]| Fence {
        id,
        kind,
        corners: town.places(corners),
        schedule: Schedule::always(),
        classes: vec![],
        vehicles: vec![],
        max_stay: None,
    };
    let mut plan = FleetPlan::default();
    for (id, line, limit_kmh) in town.streets() {
        plan.roads.push(Road { id, line: town.places(&line), limit_kmh });
    }
    for (i, lot) in town.sites.iter().enumerate() {
        plan.fences.push(fence(format!("site-{i:02}"), FenceKind::Site, &town.lot_corners(lot)));
    }
    for (i, lot) in town.yards.iter().enumerate() {
        let yard = fence(format!("yard-{i:02}"), FenceKind::Depot, &town.lot_corners(lot));
        plan.fences.push(Fence { max_stay: Some(3_600_000), ..yard });
    }
    for (i, school) in town.schools.iter().enumerate() {
        let all = town.stands(*school) == Some(town::Stands::School(false));
        let school = fence(format!("school-{i:02}"), FenceKind::NoEntry, &town.school_corners(*school));
        plan.fences.push(Fence {
            classes: if all { vec![] } else { vec![VehicleClass::MuckTruck] },
            schedule: if has_hours(i) { "Mon-Sun 06:00-09:00".parse().unwrap_or_default() } else { Schedule::always() },
            ..school
        });
    }
    plan
}

struct Making<'a> {
    settings: &'a Settings,
    town: &'a Town,
    dice: &'a Dice,
    stories: Stories,
    plans: Plans,
    readings: Vec<Reading>,
    /// Devices, and hours watched.
    hours: Vec<(String, f64)>,
}

impl Making<'_> {
    fn vehicles(&mut self) {
        let Making { settings, town, .. } = *self;
        let trucks_wanted = (settings.vehicles * 13).div_ceil(20);
        let mut dice = self.dice.part("trucks");
        let trucks: Vec<Truck> = (0..trucks_wanted)
            .map(|i| {
                let standing = match i % 13 {
                    0 | 6 => Standing::Black,
                    3 => Standing::Hours,
                    1 | 5 | 9 => Standing::Free,
                    _ => Standing::Routed,
                };
                Truck::new(town, &mut dice, i + 1, standing)
            })
            .collect();
        let cameras = cameras::places(town, &trucks, &mut self.dice.part("cameras"), 12);
        let mut deck = Deck::default();
        let doubles = trucks_wanted.div_ceil(5);
        let mut doubled = 0;
        for truck in &trucks {
            truck.register(town, START, &mut self.plans.plan);
            let mut dice = self.dice.part(&truck.device);
            let actor = truck.act((town, &cameras), settings, &mut dice, &mut deck, &mut self.stories);
            let mut reads = cameras::of_truck(town, &cameras, &mut dice, truck, &actor);
            if doubled < doubles {
                let about = (truck, &actor);
                let done = cameras::double((town, &cameras), &mut dice, about, &mut reads, &mut self.stories);
                doubled += usize::from(done);
            }
            let Truck { device, weighs, feels_lift, .. } = truck;
            let terminal = Terminal { device, weighs: *weighs, feels_lift: *feels_lift, tells_brushes: false };
            self.speak(terminal, &actor.seconds, &mut dice);
            self.seen(&reads, &mut dice);
        }
        for i in 0..trucks_wanted.div_ceil(7) {
            let mut dice = self.dice.part(&format!("stranger-{i}"));
            let at = (town, cameras.as_slice());
            let (device, reads) = cameras::strangers(at, settings.seconds(), &mut dice, &mut self.stories);
            self.seen(&reads, &mut dice);
            self.watched(device);
        }
        let sweepers = settings.vehicles.div_ceil(4);
        let others = settings.vehicles.saturating_sub(trucks_wanted + sweepers);
        for i in 0..sweepers + others {
            let class = match i.checked_sub(sweepers) {
                None => VehicleClass::Sweeper,
                Some(other) if other % 2 == 0 => VehicleClass::RefuseTruck,
                Some(_) => VehicleClass::Patrol,
            };
            let mut dice = self.dice.part(&format!("warden-{i}"));
            let warden = Warden::new(town, settings, &mut dice, i + 1, class);
            warden.register(town, &mut self.plans.plan);
            let actor = warden.act(town, settings, &mut dice, &mut self.stories);
            let device = warden.device.as_str();
            let terminal = Terminal { device, weighs: false, feels_lift: false, tells_brushes: warden.tells };
            self.speak(terminal, &actor.seconds, &mut dice);
            warden.plans().for_each(|id| self.hours.push((format!("plan:{id}"), settings.hours)));
        }
    }

    fn devices(&mut self) {
        let Making { settings, town, .. } = *self;
        let counts = [(DeviceKind::Bin, 30), (DeviceKind::Cover, 24), (DeviceKind::Gauge, 12)];
        for (kind, n) in counts {
            for number in 0..n * settings.vehicles / 40 {
                let (id, mut placed) = fixed::placed(kind, number);
                let mut dice = self.dice.part(&id);
                let side = dice.pick(&town.edges().collect::<Vec<_>>()).copied().unwrap_or((0, 1));
                let place = town.place(town.middle(side, 9.0));
                placed.place = Some(place);
                let stories = &mut self.stories;
                let mut reports = match kind {
                    DeviceKind::Bin => fixed::bin(&id, number, settings, &mut dice, stories),
                    DeviceKind::Cover => fixed::cover(&id, number, settings, &mut dice, stories),
                    _ => fixed::gauge(&id, settings, &mut dice, stories),
                };
                reports.sort_by_key(|r| r.at);
                let (own, seen): (Vec<_>, Vec<_>) = reports.into_iter().partition(|r| r.camera.is_none());
                let reading = |report: fixed::Report| Reading {
                    device: id.clone(),
                    at: START.plus(report.at * 1000),
                    arrived: START.plus(report.at * 1000 + 1500),
                    place: None,
                    camera: report.camera,
                    quality: Quality::GOOD,
                    values: report.values,
                };
                let own = own.into_iter().map(reading).collect();
                self.readings.extend(channel::send(own, settings, false, &mut dice));
                self.readings.extend(seen.into_iter().map(reading));
                self.plans.devices.insert(id.clone(), placed);
                self.watched(id);
            }
        }
    }

    fn speak(&mut self, terminal: Terminal<'_>, seconds: &[drive::Second], dice: &mut Dice) {
        let reports = channel::reports(terminal, self.town, START, seconds, dice);
        self.readings.extend(channel::send(reports, self.settings, true, dice));
        self.watched(terminal.device.to_owned());
    }

    /// Cameras are ours: what they read is neither lost nor wrong, and comes within seconds.
    fn seen(&mut self, reads: &[cameras::Read], dice: &mut Dice) {
        for read in reads {
            let at = START.plus(read.at * 1000);
            let seen = Seen { label: Label::MuckTruck, score: read.score as f32, condition: None };
            self.readings.push(Reading {
                device: read.device.clone(),
                at,
                arrived: at.plus(dice.seconds(2, 12) * 1000),
                place: Some(self.town.place(self.town.at(read.camera))),
                camera: Some(cameras::camera_id(read.camera)),
                quality: Quality::GOOD,
                values: Values::Seen(seen),
            });
        }
    }

    fn watched(&mut self, device: String) {
        self.hours.push((device, self.settings.hours));
    }

    fn done(self) -> World {
        let Making { settings, town, mut stories, plans, mut readings, hours, .. } = self;
        let bounds = {
            let (sw, ne) = (Metres { x: -15_000.0, y: -15_000.0 }, Metres { x: 15_000.0, y: 15_000.0 });
            [town.place(sw), town.place(ne)]
        };
        let gateway = PlausibilityConfig { bounds: Some(bounds), ..PlausibilityConfig::default() };
        readings.iter_mut().for_each(|reading| gateway.mark(reading));
        readings.sort_by(|a, b| (a.arrived, &a.device, a.at).cmp(&(b.arrived, &b.device, b.at)));
        let time = |t: i64| OffsetTime::new(START.plus(t * 1000), OFFSET);
        let told = |events: &mut Vec<Event>| {
            events.sort_by(|a, b| (a.start, &a.device, a.rule).cmp(&(b.start, &b.device, b.rule)));
            let event = |e: &Event| TruthEvent {
                camera: e.device.clone(),
                rule: e.rule.as_str().to_owned(),
                zone: e.zone.clone(),
                start: time(e.start),
                end: time(e.end.max(e.start)),
                bbox: None,
                object: None,
                story: Some(e.story.to_owned()).filter(|s| !s.is_empty()),
            };
            events.iter().map(event).collect::<Vec<_>>()
        };
        let truth = Truth {
            events: told(&mut stories.events),
            lookalikes: told(&mut stories.lookalikes),
            hours: hours.into_iter().collect(),
            watched: Default::default(),
        };
        World { settings: *settings, plans, readings, truth, bounds, doubtful: stories.doubtful.len() }
    }
}
