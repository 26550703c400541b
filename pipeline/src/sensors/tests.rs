//! A truck with a route, a bin and a cover, from readings on the log to candidates on the log.

use super::{Book, Parts, RunningSensors, start};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, City};
use crate::evidence::{EvidenceRecorder, store};
use crate::log::{self, Log, Record, Start, Topic};
use crate::payload::{Candidate, CloudEvent, DeviceReading, EvidenceKind, State};
use crate::worker::LogSink;
use jiff::tz::Offset;
use operators::ground::LonLat;
use operators::vocabulary::{BinReport, CoverReport, EventTime, Motion, Quality, Reading, Values};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TRUCK: &str = "13900000001";
/// Monday 2026-06-01 08:00 in China.
const MORNING: i64 = 1_780_272_000_000;
/// Degrees of a metre at 32 degrees north.
const EAST: f64 = 1.0 / 94_400.0;
const NORTH: f64 = 1.0 / 111_195.0;

fn plans(folder: &Path, width: u32) {
    let route = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"id":"r-1","width_m":{width}}},
        "geometry":{{"type":"LineString","coordinates":[[118.9,32.1],[118.95,32.1]]}}}}]}}"#
    );
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("routes.geojson"), route).expect("written");
    std::fs::write(folder.join("vehicles.csv"), format!("device,plate,class,name\n{TRUCK},苏A12345,muck-truck,\n"))
        .expect("written");
    let permit = "id,vehicle,from,until,schedule,routes,sites,enter\n\
                  p-1,苏A12345,2026-01-01T00:00:00+08:00,2027-01-01T00:00:00+08:00,,r-1,,\n";
    std::fs::write(folder.join("permits.csv"), permit).expect("written");
    let devices = "device,kind,component,name,lon,lat,grid,camera,zone\n\
                   cover-1,cover,32011301002000001,Station Road,118.91,32.1,320113001001001,,\n\
                   bin-1,bin,,,118.92,32.1,,,\n";
    std::fs::write(folder.join("devices.csv"), devices).expect("written");
}

fn reading(device: &str, second: i64, place: Option<LonLat>, values: Values) -> Reading {
    let at = EventTime(MORNING + second * 1000);
    let quality = Quality::GOOD;
    Reading { device: device.into(), at, arrived: at.plus(800), place, camera: None, quality, values }
}

/// Along the route at 36 km/h; from the fifth minute to the tenth 400 m north of it.
fn drive(seconds: std::ops::Range<i64>) -> Vec<Reading> {
    let fix = |second: i64| {
        let off = if (300..600).contains(&second) { 400.0 } else { 0.0 };
        let place = LonLat::new(118.9 + second as f64 * 4.0 * EAST, 32.1 + off * NORTH);
        let motion = Motion { speed_kmh: Some(36.0), heading: Some(90.0), ignition: Some(true), ..Motion::default() };
        reading(TRUCK, second, Some(place), Values::Vehicle(motion))
    };
    seconds.step_by(10).map(fix).collect()
}

fn tilted(second: i64, degrees: f32) -> Reading {
    reading("cover-1", second, None, Values::Cover(CoverReport { tilt_deg: Some(degrees), ..CoverReport::default() }))
}

fn filled(second: i64, fill: f32) -> Reading {
    reading("bin-1", second, None, Values::Bin(BinReport { fill: Some(fill), ..BinReport::default() }))
}

struct Town {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    parts: usize,
}

impl Town {
    fn new() -> Town {
        let folder = tempfile::tempdir().expect("a folder");
        plans(&folder.path().join("plans"), 20);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runs");
        let address = format!("embedded:{}", folder.path().join("log").display());
        let log = runtime.block_on(log::open(&address)).expect("a log");
        Town { folder, runtime, log, clock: Arc::new(SystemClock::default()), parts: 0 }
    }

    /// A process of its own that judges these readings and ends.
    fn judge(&mut self, readings: &[Reading]) {
        let running = self.begin(readings);
        let deadline = Instant::now() + Duration::from_secs(60);
        while !running.ended() {
            assert!(Instant::now() < deadline, "judges for too long");
            std::thread::yield_now();
        }
        assert_eq!(running.stop().expect("ends well"), 0);
    }

    fn begin(&mut self, readings: &[Reading]) -> RunningSensors {
        self.parts += 1;
        let name = format!("part-{}.jsonl", self.parts);
        let mut text = String::new();
        for reading in readings {
            let payload = DeviceReading::new(reading, Offset::constant(8));
            writeln!(text, "{}", serde_json::to_string(&payload).expect("serialises")).expect("written");
        }
        std::fs::write(self.folder.path().join(&name), text).expect("written");
        let city = self.city(&name);
        let store = Arc::new(store::open(&self.folder.path().join("evidence").to_string_lossy()).expect("a store"));
        let evidence = Arc::new(EvidenceRecorder::new(store, self.clock.clone()));
        let sink = Arc::new(LogSink::new(self.log.clone(), self.runtime.handle().clone()));
        let config = city.sensors.clone().expect("has sensors");
        let (log, clock, runtime) = (self.log.clone(), self.clock.clone(), self.runtime.handle().clone());
        start(Parts { city, log, sink, evidence, clock, runtime }, &config).expect("starts")
    }

    fn city(&self, readings: &str) -> Arc<City> {
        let file = self.folder.path().join("CITY.toml");
        let text = format!(
            "city = \"demo\"\nlog = \"embedded:{0}/log\"\nstore = \"{0}/evidence\"\n[sensors]\nplans = \"plans\"\n\
             readings = [\"{readings}\"]\nspeed = 10000\n",
            self.folder.path().display()
        );
        Arc::new(config::parse(&file, &text).expect("a city"))
    }

    fn told(&self) -> Vec<Candidate> {
        let read = async {
            let mut cursor = self.log.read(Topic::Dispatch, Start::Beginning).await.expect("a cursor");
            let mut told = Vec::new();
            while let Some(record) = cursor.next(Duration::from_millis(50)).await.expect("reads") {
                let event: CloudEvent<Candidate> =
                    serde_json::from_slice(&record.payload.expect("a payload")).expect("a candidate");
                told.push(event.data);
            }
            told
        };
        self.runtime.block_on(read)
    }
}

#[test]
fn a_truck_that_leaves_its_route_is_told_once_with_a_map_and_ended_by_another_process_under_the_same_id() {
    let mut town = Town::new();
    town.judge(&drive(0..450));
    let told = town.told();
    assert_eq!((told[0].state, told.iter().filter(|c| c.state != State::Updated).count()), (State::Raised, 1));
    let raised = &told[0];
    assert_eq!((raised.rule.as_str(), raised.camera.as_str(), raised.preset.as_str()), ("deviation", TRUCK, ""));
    let sensor = raised.sensor.as_ref().expect("of a sensor");
    assert_eq!((sensor.plate.as_deref(), sensor.unit.as_str()), (Some("苏A12345"), "m"));
    assert!(sensor.value > 300.0 && sensor.limit < 100.0, "{sensor:?}");
    let kinds: Vec<_> = raised.evidence.iter().map(|item| item.kind).collect();
    assert_eq!(kinds, [EvidenceKind::Map, EvidenceKind::Track, EvidenceKind::Manifest]);

    town.judge(&drive(450..900));
    let told = town.told();
    assert_eq!(told.iter().filter(|c| c.state == State::Raised).count(), 1, "{told:#?}");
    let last = told.last().expect("told");
    assert_eq!((last.id, last.state, last.evidence.len()), (raised.id, State::Ended, 3));
    assert!((last.dwell_s - 290.0).abs() < 30.0, "{}", last.dwell_s);
}

#[test]
fn readings_that_are_sent_again_and_those_that_nobody_can_read_change_nothing() {
    let mut town = Town::new();
    let poison = [&b"no json"[..], br#"{"specversion":"1.0","id":"1","source":"/x","type":"t","data":{}}"#];
    let records = poison.map(|bytes| Record::new(Topic::Readings, TRUCK, bytes.to_vec()));
    town.runtime.block_on(town.log.append(records.to_vec())).expect("appended");
    town.judge(&drive(0..900));
    let states =
        |told: Vec<Candidate>| told.iter().map(|c| c.state).filter(|s| *s != State::Updated).collect::<Vec<_>>();
    assert_eq!(states(town.told()), [State::Raised, State::Ended]);
    town.judge(&drive(0..900));
    assert_eq!(states(town.told()), [State::Raised, State::Ended]);
}

#[test]
fn a_tilted_cover_is_urgent_is_filed_as_the_component_it_is_and_a_full_bin_has_its_class() {
    let mut town = Town::new();
    town.judge(&[tilted(0, 2.0), tilted(60, 40.0), filled(100, 0.5), filled(200, 0.9), filled(300, 0.95)]);
    let told = town.told();
    let of = |rule: &str| told.iter().find(|c| c.rule == rule).expect(rule);
    let cover = of("cover-open");
    assert_eq!((cover.class_code.as_str(), cover.grid.as_deref()), ("01002", Some("320113001001001")));
    assert!(cover.sensor.as_ref().is_some_and(|s| s.urgent && s.name.as_deref() == Some("Station Road")));
    assert_eq!(cover.location, Some([118.91, 32.1]));
    assert_eq!(of("bin-full").class_code, "06042");
}

#[test]
fn a_vehicle_that_was_not_heard_for_a_day_and_of_which_nothing_is_open_leaves_no_memory_behind() {
    let mut town = Town::new();
    town.judge(&drive(0..100));
    let kept = |town: &Town| {
        let latest = town.runtime.block_on(town.log.latest(Topic::State)).expect("reads");
        latest.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(kept(&town), [TRUCK, "@sensors"]);
    town.judge(&[filled(25 * 3600, 0.1), filled(25 * 3600 + 60, 0.1)]);
    assert_eq!(kept(&town), ["@sensors", "bin-1"]);
}

#[test]
fn plans_that_are_wrong_are_refused_and_say_where() {
    let mut town = Town::new();
    let folder = town.folder.path().join("plans");
    std::fs::write(folder.join("permits.csv"), "id,vehicle,from,until,schedule,routes,sites,enter\np,x,soon,,,,,\n")
        .expect("written");
    let city = town.city("none.jsonl");
    let error = Book::open(city.sensors.as_ref().expect("has sensors")).expect_err("wrong").to_string();
    assert!(error.contains("permits.csv") && error.contains("from"), "{error}");
    plans(&folder, 2_000);
    // A corridor of two kilometres: what was off it is on it.
    town.judge(&drive(0..900));
    assert_eq!(town.told().len(), 0);
}
