//! Vehicles: location frames decoded, and fences, routes and stops judged, a CPU-second; the same rules in Python with
//! shapely beside ours.

use operators::fleet::{
    Fence, FenceKind, Fleet, FleetConfig, FleetMap, FleetPlan, FleetRoute, Permit, Vehicle, VehicleClass,
};
use operators::ground::{LonLat, Metres, Plane};
use operators::schedule::Schedule;
use operators::vocabulary::{EventTime, Motion, Quality, Reading, SensorRule, Transition, Values};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use streetwatch::gateway::jt808::{Batch, Deframer, Edition, Extra, Header, Location, Message, Phone, frames};
use streetwatch::gateway::reading::{Cues, reading};
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{cpu, places, quick};

/// Monday 2026-06-01 08:00 in China.
const MORNING: i64 = 1_780_272_000_000;
const FENCES: usize = 10_000;
const ROUTES: usize = 2_000;
/// Side of the city, m.
const SIDE: f64 = 40_000.0;

fn rounds() -> usize {
    if quick() { 2 } else { 7 }
}

/// CPU seconds of one run on this thread.
fn timed(work: impl FnOnce()) -> f64 {
    let before = cpu::thread_cpu();
    work();
    (cpu::thread_cpu() - before).as_secs_f64()
}

fn rates(n: usize, mut work: impl FnMut()) -> Spread {
    work();
    Spread::of((0..rounds()).map(|_| n as f64 / timed(&mut work)).collect())
}

// ---------------------------------------------------------------------------------------------------------- decoding

fn location(rng: &mut SmallRng) -> Location {
    Location {
        alarms: 0,
        status: 0b11 | 0b11 << 8,
        latitude: rng.random_range(31_900_000..32_300_000),
        longitude: rng.random_range(118_600_000..119_100_000),
        altitude: 20,
        speed: rng.random_range(0..900),
        direction: rng.random_range(0..360),
        at: EventTime(MORNING + rng.random_range(0..86_400) * 1000),
        extras: vec![
            Extra::Mileage(rng.random_range(0..1_000_000)),
            Extra::RecorderSpeed(rng.random_range(0..900)),
            Extra::VehicleSignals(1),
            Extra::Rssi(25),
            Extra::Satellites(11),
        ],
        cut_off: vec![],
    }
}

fn header(edition: Edition, n: u32) -> Header {
    Header {
        id: 0,
        edition,
        protocol: u8::from(edition == Edition::Y2019),
        encryption: 0,
        phone: Phone::new(&format!("139{n:08}"), edition).expect("digits"),
        serial: n as u16,
        part: None,
    }
}

fn decode(stream: &[u8], mut take: impl FnMut(&Header, Message)) {
    let mut deframer = Deframer::new();
    // As a socket gives it.
    for piece in stream.chunks(4096) {
        deframer.push(piece, |frame| {
            let frame = frame.expect("a whole frame");
            take(&frame.header, Message::decode(&frame.header, frame.body).expect("a message"));
        });
    }
}

fn decoding(report: &mut Report) {
    let n = if quick() { 5_000 } else { 200_000 };
    for edition in [Edition::Y2013, Edition::Y2019] {
        let mut rng = SmallRng::seed_from_u64(1);
        let frame =
            |i: u32| frames(&header(edition, i % 1000), &Message::Location(location(&mut rng))).expect("fits").concat();
        let stream: Vec<u8> = (0..n as u32).flat_map(frame).collect();
        let bytes = stream.len() / n;
        let plain = rates(n, || decode(black_box(&stream), |_, message| drop(black_box(message))));
        let what = format!("location frames of {edition:?}, {bytes} bytes, 5 items: decoded");
        report.row(&what, plain.median(), "1/CPU-s", Some(plain.range()), Target::Least(500_000.0));
        let said = rates(n, || {
            decode(black_box(&stream), |header, message| {
                let Message::Location(location) = message else { return };
                let device = header.phone.number();
                black_box(reading(&device, &location, &Cues::default(), location.at));
            });
        });
        report.row("  and said as readings", said.median(), "1/CPU-s", Some(said.range()), Target::None);
    }
    let mut rng = SmallRng::seed_from_u64(2);
    let batches = n / 10;
    let batch = |i: u32| {
        let items = (0..10).map(|_| location(&mut rng)).collect();
        let message = Message::Batch(Batch { back_fill: true, items, bad: vec![] });
        frames(&header(Edition::Y2019, i % 1000), &message).expect("fits").concat()
    };
    let stream: Vec<u8> = (0..batches as u32).flat_map(batch).collect();
    let items = rates(batches * 10, || decode(black_box(&stream), |_, message| drop(black_box(message))));
    report.row("items of batches of 10: decoded", items.median(), "1/CPU-s", Some(items.range()), Target::None);
}

// --------------------------------------------------------------------------------------------------------- operators

fn plane() -> Plane {
    Plane::at(LonLat::new(118.8, 32.0))
}

fn place(x: f64, y: f64) -> LonLat {
    plane().place(Metres { x, y })
}

/// A city of squares and octagons, routes of twenty segments, and a truck for each two routes.
fn city(rng: &mut SmallRng) -> (FleetPlan, Vec<Vec<Metres>>) {
    let anywhere = |rng: &mut SmallRng| (rng.random_range(0.0..SIDE), rng.random_range(0.0..SIDE));
    let fences = (0..FENCES).map(|i| {
        let ((x, y), r, corners) = (anywhere(rng), rng.random_range(20.0..120.0), [4, 8][i % 2]);
        let corner = |k: usize| {
            let a = std::f64::consts::TAU * k as f64 / corners as f64;
            place(x + r * a.cos(), y + r * a.sin())
        };
        Fence {
            id: format!("f{i}"),
            kind: if i % 4 == 0 { FenceKind::Site } else { FenceKind::NoEntry },
            corners: (0..corners).map(corner).collect(),
            schedule: Schedule::always(),
            classes: vec![],
            vehicles: vec![],
            max_stay: None,
        }
    });
    let fences = fences.collect();
    let lines: Vec<Vec<Metres>> = (0..ROUTES)
        .map(|_| {
            let (mut x, mut y) = anywhere(rng);
            let mut heading: f64 = rng.random_range(0.0..std::f64::consts::TAU);
            (0..21)
                .map(|_| {
                    heading += rng.random_range(-0.5..0.5);
                    (x, y) =
                        ((x + 400.0 * heading.cos()).clamp(0.0, SIDE), (y + 400.0 * heading.sin()).clamp(0.0, SIDE));
                    Metres { x, y }
                })
                .collect()
        })
        .collect();
    let route = |(i, line): (usize, &Vec<Metres>)| FleetRoute {
        id: format!("r{i}"),
        line: line.iter().map(|p| place(p.x, p.y)).collect(),
        width_m: 30.0,
    };
    let device = |i: usize| format!("139{i:08}");
    let permit = |i: usize| Permit {
        id: format!("p{i}"),
        vehicle: device(i),
        from: EventTime(0),
        until: EventTime(i64::MAX),
        schedule: Schedule::always(),
        routes: vec![format!("r{}", 2 * i), format!("r{}", 2 * i + 1)],
        sites: vec![],
        enter: vec![],
    };
    let plan = FleetPlan {
        fences,
        routes: lines.iter().enumerate().map(route).collect(),
        permits: (0..ROUTES / 2).map(permit).collect(),
        vehicles: (0..ROUTES / 2)
            .map(|i| Vehicle { device: device(i), plate: None, class: VehicleClass::MuckTruck })
            .collect(),
        ..FleetPlan::default()
    };
    (plan, lines)
}

/// Trucks drive their routes to and fro, a report each 10 s with a few metres of noise; some stop, some leave the route.
fn readings(rng: &mut SmallRng, lines: &[Vec<Metres>], each: usize) -> Vec<Reading> {
    let vehicles = lines.len() / 2;
    let mut all = Vec::with_capacity(vehicles * each);
    for v in 0..vehicles {
        let line = &lines[2 * v];
        let (mut along, mut off, mut stand, mut forth) = (0.0f64, 0.0f64, 0u32, true);
        for i in 0..each {
            let moving = stand == 0;
            stand = stand.saturating_sub(1);
            if moving && rng.random_bool(0.004) {
                stand = rng.random_range(3..120);
            }
            if rng.random_bool(0.002) {
                off = if off == 0.0 { rng.random_range(80.0..300.0) } else { 0.0 };
            }
            let kmh = if moving { rng.random_range(25.0..50.0) } else { 0.0 };
            along += if forth { kmh / 3.6 * 10.0 / 400.0 } else { -kmh / 3.6 * 10.0 / 400.0 };
            let last = (line.len() - 1) as f64 - 1e-6;
            (along, forth) = (along.clamp(0.0, last), if along >= last { false } else { forth || along <= 0.0 });
            let (a, b) = (line[along as usize], line[along as usize + 1]);
            let t = along.fract();
            let wobble = |rng: &mut SmallRng| rng.random_range(-6.0..6.0);
            let (x, y) = (a.x + (b.x - a.x) * t + wobble(rng), a.y + (b.y - a.y) * t + off + wobble(rng));
            let at = EventTime(MORNING + (i as i64 * 10 + v as i64 % 10) * 1000);
            let motion = Motion {
                speed_kmh: Some(kmh as f32),
                heading: Some((b.x - a.x).atan2(b.y - a.y).to_degrees().rem_euclid(360.0) as f32),
                ignition: Some(true),
                ..Motion::default()
            };
            all.push(Reading {
                device: format!("139{v:08}"),
                at,
                arrived: at,
                place: Some(place(x, y).rounded()),
                camera: None,
                quality: Quality::GOOD,
                values: Values::Vehicle(motion),
            });
        }
    }
    all.sort_by_key(|r| r.at);
    all
}

/// 5 % are lost; of every truck's hours some come together, up to an hour late.
fn late(rng: &mut SmallRng, all: &[Reading]) -> Vec<Reading> {
    let mut tunnel: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut arrivals: Vec<(i64, usize)> = Vec::new();
    for (i, reading) in all.iter().enumerate() {
        if rng.random_bool(0.05) {
            continue;
        }
        let at = reading.at.0;
        let (from, until) = tunnel.get(reading.device.as_str()).copied().unwrap_or_default();
        // Of each hour and a half about nine minutes come when they are over, or much later.
        if at >= until && rng.random_bool(1.0 / 500.0) {
            tunnel.insert(&reading.device, (at, at + 540_000));
        }
        let delay = if (from..until).contains(&at) { until - at + (until / 1000 % 3) * 1_000_000 } else { 0 };
        arrivals.push((at + delay, i));
    }
    arrivals.sort_unstable();
    arrivals.into_iter().map(|(_, i)| all[i].clone()).collect()
}

fn raised(mut fleet: Fleet, readings: &[Reading], batch: usize) -> BTreeMap<SensorRule, usize> {
    let mut counts = BTreeMap::new();
    let batches = readings.chunks(batch).map(Some).chain([None]);
    for piece in batches {
        // At the end time goes on, so that the last readings are judged too.
        let out = match piece {
            Some(piece) => fleet.observe(piece),
            None => fleet.advance(EventTime(MORNING + 86_400_000)),
        };
        for change in out.changes {
            match change.transition {
                Transition::Raised => *counts.entry(change.rule).or_insert(0) += 1,
                Transition::Withdrawn => *counts.entry(change.rule).or_insert(1) -= 1,
                Transition::Updated | Transition::Ended => {}
            }
        }
    }
    counts
}

fn in_words(counts: &BTreeMap<SensorRule, usize>) -> String {
    counts.iter().map(|(rule, n)| format!("{} {n}", rule.as_str())).collect::<Vec<_>>().join(", ")
}

fn judging(report: &mut Report) {
    let mut rng = SmallRng::seed_from_u64(7);
    let (plan, lines) = city(&mut rng);
    let each = if quick() { 30 } else { 600 };
    let all = readings(&mut rng, &lines, each);
    let map = Arc::new(FleetMap::new(plan.clone(), &FleetConfig::default()).expect("a plan"));
    let fleet = || Fleet::new(FleetConfig::default(), map.clone());
    report.note(&format!("{FENCES} fences, {ROUTES} routes, {} trucks, {} readings", ROUTES / 2, all.len()));
    let mut run = |what: &str, readings: &[Reading], batch: usize, target: Target| {
        let mut counts = BTreeMap::new();
        let rate = rates(readings.len(), || counts = raised(fleet(), black_box(readings), batch));
        report.row(what, rate.median(), "1/CPU-s", Some(rate.range()), target);
        report.note(&format!("  raised: {}", in_words(&counts)));
    };
    run("readings in order, one at a time", &all, 1, Target::Least(300_000.0));
    run("readings in order, 1,000 at a time", &all, 1000, Target::None);
    let late = late(&mut rng, &all);
    run("5 % lost, a tenth late by up to an hour, 1,000 at a time", &late, 1000, Target::None);
    let mut full = fleet();
    all.chunks(1000).for_each(|piece| drop(full.observe(piece)));
    let device = all[0].device.as_str();
    let size = full.snapshot(device).map_or(0, |s| serde_json::to_vec(&s).map_or(0, |v| v.len()));
    report.note(&format!(
        "  held: {} readings of a vehicle; its snapshot as JSON: {size} bytes",
        full.held() / (ROUTES / 2)
    ));
    if let Err(why) = beside_python(report, &plan, &all) {
        report.skipped(&format!("the Python side: {why}"));
    }
}

// ------------------------------------------------------------------------------------------------------- Python beside

fn python() -> Result<PathBuf, String> {
    let python = places::root().join(".cache/venv-bench/bin/python");
    match Command::new(&python).args(["-c", "import shapely"]).output() {
        Ok(output) if output.status.success() => Ok(python),
        Ok(_) => Err("the Python environment lacks shapely; run `make bench` where pip can reach it".to_owned()),
        Err(_) => Err("no Python environment in .cache/venv-bench; run `make bench`".to_owned()),
    }
}

/// Both read the same plan and the same readings, in metres; loading is not counted.
fn beside_python(report: &mut Report, plan: &FleetPlan, all: &[Reading]) -> Result<(), String> {
    let python = python()?;
    let metres = |p: &LonLat| {
        let m = plane().metres(*p);
        [m.x, m.y]
    };
    let some = &all[..all.len().min(if quick() { 5_000 } else { 60_000 })];
    let row = |r: &Reading| {
        let Values::Vehicle(m) = &r.values else { return json!(null) };
        let [x, y] = r.place.as_ref().map(metres).unwrap_or_default();
        json!([r.device, r.at.0, x, y, m.speed_kmh])
    };
    let world = json!({
        "fences": plan.fences.iter().map(|f| json!({
            "id": f.id, "site": f.kind == FenceKind::Site, "corners": f.corners.iter().map(metres).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "routes": plan.routes.iter().map(|r| json!({
            "id": r.id, "line": r.line.iter().map(metres).collect::<Vec<_>>(), "width": r.width_m,
        })).collect::<Vec<_>>(),
        "permits": plan.permits.iter().map(|p| (p.vehicle.clone(), json!(p.routes))).collect::<serde_json::Map<_, _>>(),
        "readings": some.iter().map(row).collect::<Vec<_>>(),
    });
    let folder = tempfile::tempdir_in(places::results()).map_err(|e| e.to_string())?;
    let file = folder.path().join("world.json");
    std::fs::write(&file, world.to_string()).map_err(|e| e.to_string())?;
    let map = Arc::new(FleetMap::new(plan.clone(), &FleetConfig::default()).map_err(|e| e.to_string())?);
    let mut counts = BTreeMap::new();
    let ours = rates(some.len(), || counts = raised(Fleet::new(FleetConfig::default(), map.clone()), some, 1));
    let theirs = (0..if quick() { 1 } else { 3 }).map(|_| run_python(&python, &file)).collect::<Result<Vec<_>, _>>()?;
    let rate = Spread::of(theirs.iter().map(|(cpu, _)| some.len() as f64 / cpu).collect());
    report.row(
        &format!("Python with shapely, {} of them", some.len()),
        rate.median(),
        "1/CPU-s",
        Some(rate.range()),
        Target::None,
    );
    report.note(&format!("  raised: {}", theirs.first().map(|t| t.1.as_str()).unwrap_or_default()));
    report.row("ours, the same readings", ours.median(), "1/CPU-s", Some(ours.range()), Target::None);
    report.note(&format!("  raised: {}", in_words(&counts)));
    report.row("ratio", ours.median() / rate.median(), "x", None, Target::None);
    Ok(())
}

fn run_python(python: &Path, world: &Path) -> Result<(f64, String), String> {
    let script = places::root().join("benches/python/fleet.py");
    let output = Command::new(python).arg(script).arg(world).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line: Option<serde_json::Value> = text.lines().last().and_then(|l| serde_json::from_str(l).ok());
    let told = || format!("fleet.py: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    let line = line.ok_or_else(told)?;
    let cpu = line["cpu_s"].as_f64().ok_or_else(told)?;
    Ok((cpu, line["raised"].as_str().unwrap_or_default().to_owned()))
}

fn main() {
    let mut report = Report::new("fleet", "location frames decoded; fences, routes and stops judged");
    decoding(&mut report);
    judging(&mut report);
}
