//! Real traces through fences, stops and deviation (../shared/data/gps). Skips with a plain line where they are missing.
//!
//! `STREETWATCH_FIGURES=FOLDER cargo test -p streetwatch-operators --test traces -- --nocapture` prints the figures and
//! writes FOLDER/taxis.json and FOLDER/bus.json, of which `python3 operators/tests/traces/map.py FOLDER` draws pictures.
// The figures belong on stdout.
#![allow(clippy::print_stdout)]

mod trace;

use operators::fleet::{
    Fence, FenceKind, Fleet, FleetConfig, FleetMap, FleetPlan, FleetRoute, Permit, StopConfig, Vehicle, VehicleClass,
};
use operators::ground::LonLat;
use operators::schedule::Schedule;
use operators::vocabulary::{EventTime, Reading, SensorChange, SensorRule, Transition};
use std::collections::BTreeMap;
use std::sync::Arc;
use trace::Traces;

const LAST: EventTime = EventTime(4_000_000_000_000);

/// Everything as it was told, one reading at a time in the order of all times.
fn run(plan: FleetPlan, config: &FleetConfig, traces: &Traces) -> Run {
    let map = Arc::new(FleetMap::new(plan, config).expect("a plan"));
    let mut fleet = Fleet::new(config.clone(), map);
    let mut all: Vec<&Reading> = traces.values().flatten().collect();
    all.sort_by(|a, b| (a.at, &a.device).cmp(&(b.at, &b.device)));
    let mut run = Run::default();
    let mut outcomes: Vec<_> = all.iter().map(|r| fleet.observe(std::slice::from_ref(*r))).collect();
    outcomes.push(fleet.advance(LAST));
    for out in outcomes {
        run.changes.extend(out.changes);
        run.passages += out.passages.iter().filter(|p| p.entered).count();
        run.jumps.extend(out.marks.into_iter().map(|m| (m.device, m.at)));
    }
    run
}

#[derive(Default)]
struct Run {
    changes: Vec<SensorChange>,
    passages: usize,
    jumps: Vec<(String, EventTime)>,
}

impl Run {
    /// The last word of each candidate of a rule.
    fn last(&self, rule: SensorRule) -> Vec<&SensorChange> {
        let mut last = BTreeMap::new();
        for change in self.changes.iter().filter(|c| c.rule == rule) {
            last.insert((&change.device, &change.stay), change);
        }
        last.into_values().filter(|c| c.transition != Transition::Withdrawn).collect()
    }
}

fn places(trace: &[Reading]) -> Vec<LonLat> {
    trace.iter().filter_map(|r| r.place).collect()
}

/// Metres from a point to a line, on a plane about the point.
fn off(p: LonLat, line: &[LonLat]) -> f64 {
    let plane = operators::ground::Plane::at(p);
    let segments = line.windows(2).map(|w| {
        let (a, b) = (plane.metres(w[0]), plane.metres(w[1]));
        operators::ground::distance_to_segment(operators::ground::Metres { x: 0.0, y: 0.0 }, a, b).0
    });
    segments.fold(f64::INFINITY, f64::min)
}

fn square(id: &str, kind: FenceKind, c: LonLat, half_m: f64) -> Fence {
    let plane = operators::ground::Plane::at(c);
    let corner = |x: f64, y: f64| plane.place(operators::ground::Metres { x, y });
    let corners = [(-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m)];
    Fence {
        id: id.into(),
        kind,
        corners: corners.map(|(x, y)| corner(x, y)).to_vec(),
        schedule: Schedule::always(),
        classes: vec![],
        vehicles: vec![],
        max_stay: None,
    }
}

/// The busiest kilometre squares.
fn busiest(traces: &Traces, n: usize) -> Vec<LonLat> {
    let mut cells: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for p in traces.values().flat_map(|t| places(t)) {
        *cells.entry(((p.lon * 100.0).round() as i64, (p.lat * 100.0).round() as i64)).or_default() += 1;
    }
    let mut cells: Vec<_> = cells.into_iter().collect();
    cells.sort_by_key(|(cell, count)| (std::cmp::Reverse(*count), *cell));
    cells.iter().take(n).map(|((x, y), _)| LonLat::new(*x as f64 / 100.0, *y as f64 / 100.0)).collect()
}

fn share(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}

/// Writes what a map needs, where a folder is named.
fn draw(name: &str, traces: &Traces, fences: &[Fence], routes: &[FleetRoute], run: &Run) {
    let Some(folder) = std::env::var_os("STREETWATCH_FIGURES").filter(|f| f != "1") else { return };
    let candidates = run.changes.iter().filter(|c| c.transition == Transition::Raised);
    let text = serde_json::json!({
        "traces": traces.values().map(|t| places(t)).collect::<Vec<_>>(),
        "fences": fences.iter().map(|f| (&f.id, &f.corners)).collect::<Vec<_>>(),
        "routes": routes.iter().map(|r| &r.line).collect::<Vec<_>>(),
        "candidates": candidates.map(|c| (c.rule.as_str(), c.place)).collect::<Vec<_>>(),
    });
    let path = std::path::Path::new(&folder).join(format!("{name}.json"));
    std::fs::write(&path, text.to_string()).expect("the folder can be written to");
}

#[test]
fn taxis_come_into_busy_squares_and_stand_where_a_loop_over_their_positions_says_so() {
    let Some(traces) = trace::taxis() else { return };
    let centres = busiest(&traces, 8);
    let fences: Vec<Fence> = centres
        .iter()
        .enumerate()
        .map(|(i, c)| square(&format!("square {i}"), FenceKind::NoEntry, *c, 500.0))
        .collect();
    let vehicle = |device: &String| Vehicle { device: device.clone(), plate: None, class: VehicleClass::Other };
    let plan =
        FleetPlan { fences: fences.clone(), vehicles: traces.keys().map(vehicle).collect(), ..FleetPlan::default() };
    let stop = StopConfig { classes: vec![VehicleClass::Other], dwell: 1_200_000, ..StopConfig::default() };
    let config = FleetConfig { stop, ..FleetConfig::default() };
    let run = run(plan, &config, &traces);
    let fixes: usize = traces.values().map(Vec::len).sum();
    let (stops, inside) = (run.last(SensorRule::IllegalStop), run.last(SensorRule::NoEntry));
    // Every stop, once more by hand: all its positions lie within two radii of where it began, for at least 20 minutes.
    for stop in &stops {
        let from = stop.from.expect("stops have a place");
        let during = traces[&stop.device].iter().filter(|r| (stop.first_seen..=stop.last_seen).contains(&r.at));
        let jumped = |r: &Reading| run.jumps.iter().any(|(d, at)| *d == r.device && *at == r.at);
        let far = during.filter(|r| !jumped(r)).map(|r| r.place.expect("a place").distance_m(from)).fold(0.0, f64::max);
        assert!(far <= 2.0 * 60.0 + 1.0 && stop.dwell >= 1_200_000, "{far} m, {stop:?}");
    }
    // And every square: an entry has a position inside it, a position inside for long has an entry.
    for (fence, centre) in fences.iter().zip(&centres) {
        let is_in = |r: &Reading| {
            let p = r.place.expect("a place");
            let m = operators::ground::Plane::at(*centre).metres(p);
            m.x.abs() < 499.0 && m.y.abs() < 499.0
        };
        for (device, trace) in &traces {
            let both =
                trace.windows(2).any(|w| w.iter().all(is_in) && (10_000..600_000).contains(&w[1].at.since(w[0].at)));
            let raised = inside.iter().any(|c| c.device == *device && c.stay.zone == fence.id);
            let jumps = run.jumps.iter().any(|(d, _)| d == device);
            assert!(!both || raised || jumps, "{device} was in {} and nothing was raised", fence.id);
        }
    }
    let standing: Vec<f64> = stops.iter().map(|s| s.dwell as f64 / 60_000.0).collect();
    let longest = standing.iter().copied().fold(0.0, f64::max);
    println!(
        "taxis: {} vehicles, {fixes} fixes; {} jumps ({:.2} %); {} entries into 8 squares, {} raised; {} stops of 20 minutes \
         and more by {} taxis, the longest {longest:.0} min",
        traces.len(),
        run.jumps.len(),
        share(run.jumps.len(), fixes),
        run.passages,
        inside.len(),
        stops.len(),
        stops.iter().map(|s| &s.device).collect::<std::collections::BTreeSet<_>>().len(),
    );
    assert!(stops.len() > 20 && inside.len() > 20, "{} {}", stops.len(), inside.len());
    draw("taxis", &traces, &fences, &[], &run);
}

#[test]
fn buses_keep_to_their_line_and_leave_it_where_a_loop_over_their_positions_says_so() {
    let Some(traces) = trace::bus_trips() else { return };
    // The line is the longest outbound trip; every trip may drive it, and is watched whether it does.
    let (own, line) = traces
        .iter()
        .filter(|(k, _)| k.ends_with("outbound"))
        .max_by_key(|(_, t)| t.len())
        .map(|(k, t)| (k, places(t)))
        .expect("trips");
    let route = FleetRoute { id: "14".into(), line: line.clone(), width_m: 60.0 };
    let permit = |device: &String| Permit {
        id: format!("permit {device}"),
        vehicle: device.clone(),
        from: EventTime(0),
        until: EventTime(i64::MAX),
        schedule: Schedule::always(),
        routes: vec!["14".into()],
        sites: vec![],
        enter: vec![],
    };
    let plan =
        FleetPlan { routes: vec![route.clone()], permits: traces.keys().map(permit).collect(), ..FleetPlan::default() };
    let run = run(plan, &FleetConfig::default(), &traces);
    let deviations = run.last(SensorRule::Deviation);
    let fixes: usize = traces.values().map(Vec::len).sum();
    let far = traces.values().flat_map(|t| places(t)).filter(|p| off(*p, &line) > 80.0).count();
    for d in &deviations {
        let during = traces[&d.device].iter().filter(|r| (d.first_seen..=d.last_seen).contains(&r.at));
        let offs: Vec<f64> = during.map(|r| off(r.place.expect("a place"), &line)).collect();
        assert!(offs.iter().filter(|o| **o > 79.0).count() >= 3, "{offs:?}");
        println!("  trip {} left the line for {:.0} s, {:.0} m at most", d.device, d.dwell as f64 / 1000.0, d.value);
    }
    println!(
        "bus: {} trips, {fixes} fixes, {far} of them ({:.1} %) further than 80 m from the line of trip {own}; {} deviations \
         of {} trips; {} jumps",
        traces.len(),
        share(far, fixes),
        deviations.len(),
        deviations.iter().map(|d| &d.device).collect::<std::collections::BTreeSet<_>>().len(),
        run.jumps.len(),
    );
    assert!(!deviations.iter().any(|d| d.device == *own), "it cannot leave its own line");
    draw("bus", &traces, &[], &[route], &run);
}
