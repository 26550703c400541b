//! A made-up town: straight roads of metres, trucks that drive along them.

use super::*;
use crate::ground::{LonLat, Metres, Plane};
use crate::schedule::Schedule;
use crate::vocabulary::{
    EventTime, Label, Motion, Quality, Reading, Seen, SensorChange, SensorRule, Transition, Values,
};
use std::sync::Arc;

/// Monday 2026-06-01 08:00 in China.
pub const MORNING: i64 = 1_780_272_000_000;
pub const TRUCK: &str = "13900000001";
pub const SWEEPER: &str = "13900000002";

pub fn place(x: f64, y: f64) -> LonLat {
    Plane::at(LonLat::new(118.9, 32.1)).place(Metres { x, y }).rounded()
}

pub fn line(points: &[[f64; 2]]) -> Vec<LonLat> {
    points.iter().map(|[x, y]| place(*x, *y)).collect()
}

pub fn square(x: f64, y: f64, half: f64) -> Vec<LonLat> {
    line(&[[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]])
}

pub fn fence(id: &str, kind: FenceKind, corners: Vec<LonLat>) -> Fence {
    Fence {
        id: id.into(),
        kind,
        corners,
        schedule: Schedule::always(),
        classes: vec![],
        vehicles: vec![],
        max_stay: None,
    }
}

pub fn permit(routes: &[&str]) -> Permit {
    Permit {
        id: "permit".into(),
        vehicle: TRUCK.into(),
        from: EventTime(0),
        until: EventTime(i64::MAX),
        schedule: Schedule::always(),
        routes: routes.iter().map(|r| (*r).to_owned()).collect(),
        sites: vec![],
        enter: vec![],
    }
}

/// A muck truck with a permit for anywhere, a sweeper; a site at the origin, a forbidden square at 3 km, a road east
/// with a limit of 40 as far as 10 km, the truck's route on it as far as 2 km, and a plan on it as far as 1 km.
pub fn town() -> FleetPlan {
    let vehicle =
        |device: &str, plate: &str, class| Vehicle { device: device.into(), plate: Some(plate.into()), class };
    FleetPlan {
        fences: vec![
            fence("site", FenceKind::Site, square(0.0, 0.0, 100.0)),
            fence("school", FenceKind::NoEntry, square(3000.0, 0.0, 200.0)),
        ],
        routes: vec![FleetRoute { id: "east".into(), line: line(&[[0.0, 0.0], [2000.0, 0.0]]), width_m: 30.0 }],
        roads: vec![Road { id: "road".into(), line: line(&[[0.0, 0.0], [10_000.0, 0.0]]), limit_kmh: 40.0 }],
        permits: vec![permit(&[])],
        plans: vec![],
        vehicles: vec![
            vehicle(TRUCK, "苏A12345", VehicleClass::MuckTruck),
            vehicle(SWEEPER, "苏A54321", VehicleClass::Sweeper),
        ],
    }
}

pub fn at(seconds: i64) -> EventTime {
    EventTime(MORNING + seconds * 1000)
}

pub fn report(device: &str, seconds: i64, (x, y): (f64, f64), motion: Motion) -> Reading {
    Reading {
        device: device.into(),
        at: at(seconds),
        arrived: at(seconds),
        place: Some(place(x, y)),
        camera: None,
        quality: Quality::GOOD,
        values: Values::Vehicle(motion),
    }
}

/// A camera read a plate.
pub fn seen(map: &FleetMap, plate: &str, seconds: i64, (x, y): (f64, f64)) -> Reading {
    Reading {
        device: map.device_of(plate),
        camera: Some("c-001".into()),
        values: Values::Seen(Seen { label: Label::MuckTruck, score: 0.95, condition: None }),
        ..report("", seconds, (x, y), Motion::default())
    }
}

/// A drive along points: `(x, y)` and the speed on the way to it; a speed of 0 stands for `stand` seconds.
pub struct Drive {
    pub device: &'static str,
    pub readings: Vec<Reading>,
    pub motion: Motion,
    seconds: i64,
    x: f64,
    y: f64,
}

impl Drive {
    pub fn from(device: &'static str, seconds: i64, (x, y): (f64, f64)) -> Drive {
        let motion = Motion { ignition: Some(true), heading: Some(90.0), ..Motion::default() };
        Drive { device, readings: vec![], motion, seconds, x, y }
    }

    /// Drives there, a report each 10 s.
    pub fn to(mut self, (x, y): (f64, f64), kmh: f64) -> Drive {
        let length = (x - self.x).hypot(y - self.y);
        let steps = (length / (kmh / 3.6 * 10.0)).ceil().max(1.0) as i64;
        let heading = (x - self.x).atan2(y - self.y).to_degrees().rem_euclid(360.0);
        let (from_x, from_y) = (self.x, self.y);
        for i in 1..=steps {
            let t = i as f64 / steps as f64;
            (self.x, self.y) = (from_x + (x - from_x) * t, from_y + (y - from_y) * t);
            self.seconds += 10;
            let motion = Motion { speed_kmh: Some(kmh as f32), heading: Some(heading as f32), ..self.motion };
            self.readings.push(report(self.device, self.seconds, (self.x, self.y), motion));
        }
        self
    }

    /// Stands, a report each 30 s.
    pub fn stands(mut self, seconds: i64) -> Drive {
        for _ in 0..seconds / 30 {
            self.seconds += 30;
            let motion = Motion { speed_kmh: Some(0.0), ..self.motion };
            self.readings.push(report(self.device, self.seconds, (self.x, self.y), motion));
        }
        self
    }

    /// Says nothing.
    pub fn silent(mut self, seconds: i64) -> Drive {
        self.seconds += seconds;
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Motion)) -> Drive {
        change(&mut self.motion);
        self
    }
}

pub fn map(plan: FleetPlan) -> Arc<FleetMap> {
    Arc::new(FleetMap::new(plan, &FleetConfig::default()).expect("a plan"))
}

pub fn fleet(plan: FleetPlan) -> Fleet {
    Fleet::new(FleetConfig::default(), map(plan))
}

/// What readings lead to, one after the other, and time going on for an hour after the last.
pub fn tell(fleet: &mut Fleet, readings: &[Reading]) -> Vec<SensorChange> {
    let mut told: Vec<SensorChange> =
        readings.iter().flat_map(|r| fleet.observe(std::slice::from_ref(r)).changes).collect();
    let last = readings.iter().map(|r| r.at).max().unwrap_or_default();
    told.extend(fleet.advance(last.plus(3_600_000)).changes);
    told
}

/// Rule and transition of each change but updates.
pub fn words(told: &[SensorChange]) -> Vec<(SensorRule, Transition)> {
    told.iter().filter(|c| c.transition != Transition::Updated).map(|c| (c.rule, c.transition)).collect()
}

/// The raise of a rule, of which there must be one.
pub fn raised(told: &[SensorChange], rule: SensorRule) -> &SensorChange {
    let mut found = told.iter().filter(|c| c.rule == rule && c.transition == Transition::Raised);
    let first = found.next().unwrap_or_else(|| panic!("no {rule:?} in {told:#?}"));
    assert!(found.next().is_none(), "more than one {rule:?} in {told:#?}");
    first
}
