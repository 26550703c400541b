#![allow(clippy::unwrap_used)]
//! That the made-up city can be believed: motion, margins, files.

use super::*;
use crate::evaluate::{Compared, RaisedCandidate, RaisedObject, table};
use crate::payload::State;
use operators::fleet::{Fleet, FleetConfig, FleetMap};
use operators::sensors::{SensorConfig, Sensors};
use operators::vocabulary::{BBox, Motion, SensorChange, Transition};
use std::collections::BTreeMap;
use std::sync::Arc;

fn small() -> Settings {
    Settings { seed: 5, vehicles: 8, hours: 3.0, ..Settings::default() }
}

#[test]
fn the_same_seed_makes_the_same_city_and_another_makes_another() {
    let world = simulate(&small());
    assert_eq!(world, simulate(&small()));
    assert_ne!(world.readings, simulate(&Settings { seed: 6, ..small() }).readings);
}

#[test]
fn without_any_flaw_vehicles_move_as_vehicles_do() {
    let world = simulate(&Settings { lost: 0.0, late: 0.0, corrupt: 0.0, ..small() });
    let mut last: BTreeMap<&str, (&Reading, Motion)> = BTreeMap::new();
    let mut moved = 0;
    for reading in &world.readings {
        let (Values::Vehicle(motion), Some(place)) = (&reading.values, reading.place) else { continue };
        let speed = motion.speed_kmh.unwrap();
        assert!((0.0..100.0).contains(&speed), "{reading:?}");
        if let Some((before, _)) = last.insert(&reading.device, (reading, *motion))
            && reading.quality.is_good()
            && before.quality.is_good()
        {
            let (seconds, metres) =
                (reading.at.since(before.at) as f64 / 1000.0, place.distance_m(before.place.unwrap()));
            assert!(seconds > 600.0 || metres < 27.0 * seconds + 160.0, "{before:?} {reading:?}");
            moved += usize::from(metres > 30.0);
        }
    }
    assert!(moved > 1000, "{moved}");
}

#[test]
fn nothing_that_happens_is_near_a_threshold() {
    for seed in 1..=3 {
        let world = simulate(&Settings { seed, ..small() });
        assert_eq!(world.doubtful, 0, "seed {seed}");
    }
}

#[test]
fn it_is_written_as_files_that_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let world = simulate(&small());
    write(&world, folder.path()).unwrap();
    assert_eq!(crate::plans::load(&folder.path().join("plans")).unwrap(), world.plans);
    let truth = crate::evaluate::read_truth(&folder.path().join("truth.json")).unwrap();
    assert_eq!(truth, world.truth);
    let readings = std::fs::read_to_string(folder.path().join("readings.jsonl")).unwrap();
    assert_eq!(readings.lines().count(), world.readings.len());
    let first: crate::payload::DeviceReading = serde_json::from_str(readings.lines().next().unwrap()).unwrap();
    assert_eq!(first.reading().unwrap(), world.readings[0]);
}

/// What the rules tell of a city, as `evaluate` reads it.
fn found(world: &World) -> Vec<RaisedCandidate> {
    let map = FleetMap::new(world.plans.plan.clone(), &FleetConfig::default()).unwrap();
    let mut fleet = Fleet::new(FleetConfig::default(), Arc::new(map));
    let mut sensors = Sensors::new(SensorConfig::default());
    let mut told: Vec<SensorChange> = Vec::new();
    let mut now = world.readings[0].arrived;
    fn at(fleet: &mut Fleet, sensors: &mut Sensors, told: &mut Vec<SensorChange>, now: EventTime) {
        told.extend(fleet.advance(now).changes);
        told.extend(sensors.advance(now).changes);
    }
    for reading in &world.readings {
        while reading.arrived > now {
            at(&mut fleet, &mut sensors, &mut told, now);
            now = now.plus(60_000);
        }
        let one = std::slice::from_ref(reading);
        match reading.values.kind() {
            DeviceKind::Vehicle => told.extend(fleet.observe(one).changes),
            _ => told.extend(sensors.observe(one).changes),
        }
    }
    // Time goes on until every plan is judged.
    (1..36).for_each(|i| at(&mut fleet, &mut sensors, &mut told, now.plus(i * 300_000)));
    let time = |at| OffsetTime::new(at, OFFSET);
    let candidate = |c: SensorChange| RaisedCandidate {
        id: format!("{} {} {} {} {}", c.device, c.stay.rule, c.stay.zone, c.stay.start.0, c.stay.ordinal),
        rule: c.rule.as_str().to_owned(),
        camera: c.device,
        zone: c.stay.zone,
        first_seen: time(c.first_seen),
        raised_at: time(c.raised_at),
        last_seen: time(c.last_seen),
        state: match c.transition {
            Transition::Raised => State::Raised,
            Transition::Updated => State::Updated,
            Transition::Ended => State::Ended,
            Transition::Withdrawn => State::Withdrawn,
        },
        object: RaisedObject { label: String::new(), score: None, bbox: BBox::default() },
        dwell_s: c.dwell as f64 / 1000.0,
        evidence: vec![],
    };
    let last: BTreeMap<String, RaisedCandidate> =
        told.into_iter().map(candidate).map(|c: RaisedCandidate| (c.id.clone(), c)).collect();
    last.into_values().collect()
}

#[test]
fn the_rules_find_what_happened_and_little_besides() {
    let worlds = [11, 12].map(|seed| simulate(&Settings { seed, vehicles: 20, hours: 4.0, ..Settings::default() }));
    let compared = worlds.map(|world| {
        let candidates = found(&world);
        Compared::new(world.truth, candidates)
    });
    let report = Compared::together(compared.into()).report;
    let (recall, precision) = (report.total.recall.unwrap(), report.total.precision.unwrap());
    assert!(recall >= 0.97 && precision >= 0.97, "{}", table(&report));
    let rules = report.by_rule.values().filter(|score| score.events > 0).count();
    assert_eq!(rules, 16, "{}", table(&report));
}

#[test]
fn what_is_lost_late_and_wrong_is_what_was_asked_for() {
    let flawed = simulate(&Settings { vehicles: 20, ..small() });
    let clean = simulate(&Settings { vehicles: 20, lost: 0.0, late: 0.0, corrupt: 0.0, ..small() });
    let own = |world: &World| world.readings.iter().filter(|r| r.camera.is_none()).count() as f64;
    // One in a hundred comes twice.
    let lost = 1.0 - own(&flawed) / own(&clean);
    assert!((0.035..0.065).contains(&lost), "{lost}");
    let share = |of: &dyn Fn(&Reading) -> bool| flawed.readings.iter().filter(|r| of(r)).count() as f64 / own(&flawed);
    let late = share(&|r| r.quality.has_time() && (60_000..=3_660_000).contains(&r.arrived.since(r.at)));
    assert!((0.06..0.14).contains(&late), "{late}");
    // Places some streets away are wrong too, and only the rules can tell.
    let marked = share(&|r| r.quality != Quality::GOOD && r.quality != Quality::NO_FIX);
    assert!((0.012..0.025).contains(&marked), "{marked}");
}
