//! A district with vehicles, bins and plans, and a day of readings: a truck with a stop, a tunnel and bad fixes.

use std::path::Path;
use streetwatch::log::{Record, Topic};
use streetwatch::payload::{
    Candidate, CloudEvent, DeviceReading, EvidenceItem, ModelRef, Object, OffsetTime, ReadingKind, ReadingValues,
    SensorFinding, State, candidate_id,
};

/// The truck's terminal.
pub const TRUCK: &str = "13800000001";
/// Its plate.
pub const PLATE: &str = "苏A12345";
/// Longitude and latitude of the district's south-western corner.
const CORNER: [f64; 2] = [118.90, 32.05];

/// A place so many metres east and north of the corner.
pub fn at(east: f64, north: f64) -> [f64; 2] {
    let round = |v: f64| (v * 1e7).round() / 1e7;
    [round(CORNER[0] + east / 94_300.0), round(CORNER[1] + north / 111_200.0)]
}

/// A moment of the first of June 2026, so many seconds after eight in the morning.
pub fn moment(seconds: i64) -> OffsetTime {
    let (h, m, s) = (8 + seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("2026-06-01T{h:02}:{m:02}:{s:02}+08:00").parse().expect("a time")
}

fn feature(properties: &str, kind: &str, points: &[[f64; 2]]) -> String {
    let list = serde_json::to_string(points).expect("serialises");
    let coordinates = if kind == "Polygon" { format!("[{list}]") } else { list };
    format!(
        r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#
    )
}

fn collection(features: &[String]) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
}

fn square(east: f64, north: f64, side: f64) -> Vec<[f64; 2]> {
    let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, 0.0)];
    corners.iter().map(|(x, y)| at(east + x, north + y)).collect()
}

/// Writes the plans of the district.
pub fn plans(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).expect("written");
    let streets = [("Station Road", 0.0), ("Canal Street", 1000.0), ("Market Lane", 2000.0), ("Ring Road", 3000.0)];
    let mut roads: Vec<String> = (1..)
        .zip(streets)
        .map(|(n, (name, north))| {
            let about = format!(r#"{{"id":"e{n}","name":"{name}","limit_kmh":50}}"#);
            feature(&about, "LineString", &[at(0.0, north), at(2500.0, north), at(5000.0, north)])
        })
        .collect();
    roads.extend((1..).zip([0.0, 1250.0, 2500.0, 3750.0, 5000.0]).map(|(n, east)| {
        feature(&format!(r#"{{"id":"n{n}","limit_kmh":40}}"#), "LineString", &[at(east, 0.0), at(east, 3000.0)])
    }));
    write("roads.geojson", collection(&roads));
    let fences = [
        (
            r#"{"id":"school","name":"No. 2 School","kind":"no-entry","schedule":"Mon-Fri 07:00-18:00","classes":["muck-truck"]}"#,
            square(1400.0, 1150.0, 600.0),
        ),
        (r#"{"id":"site-1","name":"River site","kind":"site"}"#, square(3600.0, 2050.0, 500.0)),
        (r#"{"id":"yard","name":"Truck yard","kind":"depot","max_stay":"12h"}"#, square(-150.0, -350.0, 450.0)),
    ];
    write("fences.geojson", collection(&fences.map(|(about, ring)| feature(about, "Polygon", &ring))));
    let route = [at(0.0, 0.0), at(2500.0, 0.0), at(2500.0, 2000.0), at(3750.0, 2000.0)];
    write(
        "routes.geojson",
        collection(&[feature(r#"{"id":"r-1","name":"Yard to river","width_m":60}"#, "LineString", &route)]),
    );
    let sweep = [at(1250.0, 3000.0), at(5000.0, 3000.0)];
    let plan = r#"{"id":"sweep-1","name":"Ring Road sweep","from":"05:00","until":"09:00","share":0.9}"#;
    write("plans.geojson", collection(&[feature(plan, "LineString", &sweep)]));
    write(
        "vehicles.csv",
        format!(
            "device,plate,class,name\n{TRUCK},{PLATE},muck-truck,\n13800000002,苏A22222,sweeper,Sweeper 2\n13800000003,苏A33333,muck-truck,\n"
        ),
    );
    write(
        "permits.csv",
        format!(
            "id,vehicle,from,until,schedule,routes,sites,enter\np-1,{TRUCK},2026-05-01T00:00:00+08:00,2026-09-01T00:00:00+08:00,Mon-Sat 06:00-20:00,r-1,site-1,\n"
        ),
    );
    let place = |[lon, lat]: [f64; 2]| format!("{lon},{lat}");
    write(
        "devices.csv",
        format!(
            "device,kind,component,name,lon,lat,grid,camera,zone\nbin-1,bin,,Bin at the market,{},320113001001001,,\nbin-2,bin,,Bin at the station,{},320113001001001,,\ncover-1,cover,,Cover Canal Street 7,{},320113001001002,,\ngauge-1,gauge,,Underpass,{},320199001001001,,\n",
            place(at(2450.0, 2030.0)),
            place(at(600.0, 30.0)),
            place(at(3000.0, 1000.0)),
            place(at(4400.0, 980.0)),
        ),
    );
}

fn reading(
    device: &str,
    kind: ReadingKind,
    seconds: i64,
    location: Option<[f64; 2]>,
    values: ReadingValues,
) -> DeviceReading {
    let (at, arrived) = (moment(seconds), moment(seconds + 1));
    DeviceReading { device: device.into(), kind, at, arrived, location, quality: Vec::new(), values, seen: None }
}

/// A way along corners at a speed, a fix every ten seconds.
fn drive(device: &str, from: i64, kmh: f64, corners: &[(f64, f64)]) -> Vec<DeviceReading> {
    let mut made = Vec::new();
    let (mut seconds, step) = (from, kmh / 3.6 * 10.0);
    for pair in corners.windows(2) {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        let long = (x1 - x0).hypot(y1 - y0);
        let heading = ((x1 - x0).atan2(y1 - y0).to_degrees() + 360.0) % 360.0;
        let mut gone = 0.0;
        while gone < long {
            // The needle and the fix tremble a little, the same on every run.
            let tremble = f64::from((seconds * 37 % 11) as i32 - 5);
            let share = gone / long;
            let place = at(x0 + (x1 - x0) * share + tremble * 0.6, y0 + (y1 - y0) * share - tremble * 0.6);
            let values = ReadingValues {
                speed_kmh: Some((kmh + tremble) as f32),
                heading: Some(heading as f32),
                ignition: Some(true),
                load: Some(0.9),
                ..ReadingValues::default()
            };
            made.push(reading(device, ReadingKind::Vehicle, seconds, Some(place), values));
            seconds += 10;
            gone += step;
        }
    }
    made
}

fn stand(device: &str, from: i64, minutes: i64, (x, y): (f64, f64)) -> Vec<DeviceReading> {
    let values =
        ReadingValues { speed_kmh: Some(0.0), ignition: Some(true), load: Some(0.1), ..ReadingValues::default() };
    let one = |n: i64| {
        reading(device, ReadingKind::Vehicle, from + n * 20, Some(at(x + (n % 3) as f64 * 3.0, y)), values.clone())
    };
    (0..minutes * 3).map(one).collect()
}

/// The readings of the day.
pub fn readings() -> Vec<DeviceReading> {
    let out = [(0.0, 0.0), (2500.0, 0.0), (2500.0, 1000.0)];
    let mut all = drive(TRUCK, 0, 45.0, &out);
    // A tunnel: nothing for seven minutes.
    all.extend(drive(TRUCK, 720, 30.0, &[(2500.0, 1700.0), (2500.0, 2000.0), (3750.0, 2000.0), (3800.0, 2200.0)]));
    all.extend(stand(TRUCK, 1000, 14, (3800.0, 2200.0)));
    // Back by the school, too fast.
    let back =
        [(3800.0, 2200.0), (3750.0, 2000.0), (3750.0, 1000.0), (1700.0, 1000.0), (1700.0, 1300.0), (1250.0, 1300.0)];
    all.extend(drive(TRUCK, 1860, 68.0, &back));
    all.extend(drive(TRUCK, 2200, 18.0, &[(1250.0, 1300.0), (1250.0, 0.0), (300.0, 0.0)]));
    for (n, mark) in [(14, "jump"), (18, "no-fix"), (19, "no-fix"), (160, "drift")] {
        all[n].quality = vec![mark.to_owned()];
        all[n].location = all[n].location.map(|[lon, lat]| [lon + 0.004, lat - 0.002]);
    }
    let sweeper = drive("13800000002", 600, 12.0, &[(1250.0, 3000.0), (4200.0, 3000.0)]);
    all.extend(
        sweeper
            .into_iter()
            .map(|r| DeviceReading { values: ReadingValues { working: Some(true), load: None, ..r.values }, ..r }),
    );
    let fill = |share: f32| ReadingValues { fill: Some(share), battery: Some(0.8), ..ReadingValues::default() };
    all.push(reading("bin-1", ReadingKind::Bin, 2400, None, fill(0.92)));
    all.push(reading("bin-2", ReadingKind::Bin, 2300, None, fill(0.35)));
    let open = ReadingValues { tilt_deg: Some(41.0), open: Some(true), ..ReadingValues::default() };
    all.push(reading("cover-1", ReadingKind::Cover, 2350, None, open));
    all.sort_by_key(|r| r.arrived.event_time());
    all
}

/// A candidate that the truck's readings raised: a stop where none is permitted.
pub fn candidate(evidence: Vec<EvidenceItem>) -> Candidate {
    let start = moment(1000).event_time();
    let stay = operators::vocabulary::StayId { zone: "vehicle".into(), rule: "illegal-stop".into(), start, ordinal: 0 };
    Candidate {
        id: candidate_id(TRUCK, "", &stay),
        rule: "illegal-stop".into(),
        class_code: "06011".into(),
        class_name: "乱倒乱堆渣土".into(),
        class_table: Some("gbt-47678.5-2026".into()),
        camera: TRUCK.into(),
        preset: String::new(),
        zone: "vehicle".into(),
        grid: None,
        location: Some(at(3800.0, 2200.0)),
        component: None,
        finding: None,
        sensor: Some(SensorFinding {
            kind: "vehicle".into(),
            plate: Some(PLATE.into()),
            class: Some("muck-truck".into()),
            name: None,
            place: Some("Ring Road".into()),
            value: 14.0,
            limit: 5.0,
            unit: "min".into(),
            urgent: false,
            notes: vec!["read by camera c-001".into(), "camera and terminal agree".into()],
        }),
        first_seen: moment(1000),
        raised_at: moment(1300),
        last_seen: moment(1840),
        state: State::Ended,
        reason: Some("moved on".into()),
        object: Object { label: "muck-truck".into(), score: 0.9, bbox: [0.0; 4], plate: Some(PLATE.into()) },
        dwell_s: 840.0,
        evidence,
        model: ModelRef { name: "none".into(), version: String::new(), sha256: String::new() },
        rule_version: "illegal-stop/1".into(),
    }
}

/// All of it as records of the topics.
pub fn records(candidate: Candidate) -> Vec<Record> {
    let as_json = |event: &serde_json::Value| serde_json::to_vec(event).expect("serialises");
    let reading = |r: DeviceReading| {
        let key = r.device.clone();
        let event = serde_json::to_value(CloudEvent::reading("sample", r)).expect("serialises");
        Record::new(Topic::Readings, key, as_json(&event))
    };
    let mut all: Vec<Record> = readings().into_iter().map(reading).collect();
    let key = candidate.camera.clone();
    let event = serde_json::to_value(CloudEvent::candidate("sample", candidate)).expect("serialises");
    all.push(Record::new(Topic::Dispatch, key, as_json(&event)));
    all
}

/// A city of the district; its plans are in `plans` beside it.
pub fn city(folder: &Path) -> String {
    let at_folder = folder.display();
    let [lon, lat] = at(2480.0, 1960.0);
    format!(
        "city = \"sample\"\nlog = \"embedded:{at_folder}/log\"\nstore = \"{at_folder}/evidence\"\nlisten = \"127.0.0.1:0\"\n\
         [sensors]\nplans = \"plans\"\nreadings = [\"readings.jsonl\"]\n\
         [[camera]]\nid = \"c-001\"\nname = \"Market Lane\"\nurl = \"rtsp://192.0.2.1/s\"\ngrid = \"320113001001001\"\nlocation = [{lon}, {lat}]\n"
    )
}
