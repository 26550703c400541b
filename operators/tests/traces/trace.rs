//! The traces of ../shared/data/gps as readings. Nothing in them says a speed, so it follows from the positions.

use operators::ground::LonLat;
use operators::vocabulary::{EventTime, Motion, Quality, Reading, Values};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Positions of vehicles by their ids, in the order of their times.
pub type Traces = BTreeMap<String, Vec<Reading>>;

fn file(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = ["../shared", "../../shared"].map(|s| root.join(s).join("data/gps").join(name));
    let found = found.into_iter().find(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: ../shared/data/gps/{name} is not here");
    }
    found
}

/// `2020-07-18 09:07:17`, so many hours ahead of UTC.
fn time(text: &str, ahead: i64) -> EventTime {
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().expect("a number");
    let (y, m, d) = (number(0..4), number(5..7), number(8..10));
    // Days from civil (Hinnant).
    let (y, m) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d - 1 - 719_468;
    let seconds = number(11..13) * 3600 + number(14..16) * 60 + number(17..19);
    EventTime((days * 86_400 + seconds - ahead * 3600) * 1000)
}

fn reading(device: &str, at: EventTime, place: LonLat, heading: Option<f32>) -> Reading {
    let motion = Motion { heading, ..Motion::default() };
    Reading {
        device: device.to_owned(),
        at,
        arrived: at,
        place: Some(place),
        camera: None,
        quality: Quality::GOOD,
        values: Values::Vehicle(motion),
    }
}

fn traces(name: &str, row: impl Fn(&[&str]) -> (String, Reading)) -> Option<Traces> {
    let text = std::fs::read_to_string(file(name)?).expect("a text");
    let mut traces = Traces::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').map(|f| f.trim_matches('"')).collect();
        let (key, reading) = row(&fields);
        traces.entry(key).or_default().push(reading);
    }
    traces.values_mut().for_each(|t| t.sort_by_key(|r| r.at));
    Some(traces)
}

/// 475 taxis of one day in Jiangsu.
pub fn taxis() -> Option<Traces> {
    traces("china-taxis.csv", |f| {
        let place = LonLat::new(f[0].parse().expect("longitude"), f[1].parse().expect("latitude"));
        (f[3].to_owned(), reading(f[3], time(f[2], 8), place, None))
    })
}

/// One bus route in the afternoon: trips by `trip/direction`. A trip is a device of its own here.
pub fn bus_trips() -> Option<Traces> {
    traces("bus-route14.csv", |f| {
        let place = LonLat::new(f[5].parse().expect("longitude"), f[4].parse().expect("latitude"));
        let trip = format!("{}/{}", f[2], f[10]);
        (trip.clone(), reading(&trip, time(f[3], 0), place, f[6].parse().ok()))
    })
}
