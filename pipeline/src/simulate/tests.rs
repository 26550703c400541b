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
