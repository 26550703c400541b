#![allow(clippy::unwrap_used)]
//! What the one who draws the plans is told, and that what is written is read again.

use super::*;
use operators::fleet::{Fence, FenceKind, FleetRoute, Permit, Plan, Road, Vehicle, VehicleClass};
use operators::ground::to_gcj02;
use operators::schedule::Schedule;
use operators::vocabulary::{EventTime, Weekday};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What a folder of these files is told, without the folder's own name.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    let problems = load(folder.path()).expect_err("refused");
    let own = format!("{}/", folder.path().display());
    problems.to_string().lines().map(|line| line.replace(&own, "")).collect()
}

fn collection(features: &[(&str, &str)]) -> String {
    let feature = |(properties, geometry): &(&str, &str)| {
        format!("{{\"type\":\"Feature\",\"properties\":{properties},\"geometry\":{geometry}}}")
    };
    let features: Vec<String> = features.iter().map(feature).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","))
}

const SQUARE: &str =
    r#"{"type":"Polygon","coordinates":[[[118.9,32.1],[118.91,32.1],[118.91,32.11],[118.9,32.11],[118.9,32.1]]]}"#;
const WAY: &str = r#"{"type":"LineString","coordinates":[[118.9,32.1],[118.95,32.1,7.5]]}"#;

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(118.9 + lon, 32.1 + lat).rounded()
}

fn plans() -> Plans {
    let square = vec![at(0.0, 0.0), at(0.01, 0.0), at(0.01, 0.01)];
    let fence = Fence {
        id: "school".into(),
        kind: FenceKind::NoEntry,
        corners: square,
        schedule: "Mon-Fri 07:00-09:00".parse().unwrap(),
        classes: vec![VehicleClass::MuckTruck],
        vehicles: vec![],
        max_stay: Some(5_400_000),
    };
    let permit = Permit {
        id: "p1".into(),
        vehicle: "苏A12345".into(),
        from: EventTime(1_780_272_000_000),
        until: EventTime(i64::MAX),
        schedule: Schedule::always(),
        routes: vec!["east".into()],
        sites: vec!["school".into()],
        enter: vec![],
    };
    let plan = Plan {
        id: "night".into(),
        segments: vec![vec![at(0.0, 0.0), at(0.01, 0.0)], vec![at(0.0, 0.1), at(0.01, 0.1)]],
        days: vec![Weekday::Mon, Weekday::Sun],
        from: 22 * 60,
        until: 1440,
        vehicles: vec!["139".into()],
        share: 0.9,
    };
    let vehicle = |device: &str, plate: Option<&str>, class| Vehicle {
        device: device.into(),
        plate: plate.map(str::to_owned),
        class,
    };
    let device = PlacedDevice {
        kind: DeviceKind::Bin,
        component: Some("32011303005000007".into()),
        place: Some(at(0.0, 0.0)),
        grid: Some("320113001001001".into()),
        seen_by: Some(("c-1".into(), "bins".into())),
    };
    Plans {
        plan: FleetPlan {
            fences: vec![fence],
            routes: vec![FleetRoute { id: "east".into(), line: vec![at(0.0, 0.0), at(0.05, 0.0)], width_m: 25.5 }],
            roads: vec![Road { id: "road".into(), line: vec![at(0.0, 0.0), at(0.05, 0.0)], limit_kmh: 40.0 }],
            permits: vec![permit],
            plans: vec![plan],
            vehicles: vec![
                vehicle("138", Some("苏A12345"), VehicleClass::MuckTruck),
                vehicle("139", None, VehicleClass::Sweeper),
            ],
        },
        devices: BTreeMap::from([("bin-1".to_owned(), device)]),
        names: BTreeMap::from([
            ("school".to_owned(), "学校, \"north\"".to_owned()),
            ("138".to_owned(), "一号".to_owned()),
        ]),
    }
}

#[test]
fn what_is_written_is_read_again_and_written_only_where_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut plans = plans();
    assert_eq!(save(folder.path(), &plans).unwrap().len(), 7);
    let (again, remarks) = read(folder.path()).unwrap();
    assert_eq!((&again, remarks.len()), (&plans, 0));
    assert_eq!(again.version(), plans.version());
    assert!(save(folder.path(), &plans).unwrap().is_empty(), "nothing has changed");
    let seen = plans.version();
    plans.plan.roads[0].limit_kmh = 60.0;
    let before = fingerprint(folder.path());
    assert_eq!(replace(folder.path(), &seen, &plans).unwrap(), [folder.path().join("roads.geojson")]);
    assert!(matches!(replace(folder.path(), &seen, &plans), Err(SaveError::Changed(_))), "read before the last edit");
    plans.plan.roads.clear();
    save(folder.path(), &plans).unwrap();
    assert_ne!(fingerprint(folder.path()), before);
    assert_eq!(load(folder.path()).unwrap().plan.roads, []);
}

#[test]
fn plans_that_would_not_be_read_again_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut plans = plans();
    plans.plan.permits[0].routes.push("west".into());
    let error = save(folder.path(), &plans).expect_err("wrong").to_string();
    assert!(error.contains("permits.csv:2: routes: there is no route \"west\""), "{error}");
    assert_eq!(fingerprint(folder.path()), Fingerprint::default());
}

#[test]
fn every_problem_is_told_with_file_row_field_and_what_to_do() {
    let line = r#"{"type":"LineString","coordinates":[[32.1,118.9],[32.1,118.95]]}"#;
    let holes = r#"{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]],[[1,1],[2,1],[2,2],[1,1]]]}"#;
    let fences = collection(&[
        (r#"{"id":"a","kind":"no-enter"}"#, SQUARE),
        (r#"{"kind":"keep-in","max_stay":"long"}"#, SQUARE),
        (r#"{"id":"c","kind":"site"}"#, WAY),
        (r#"{"id":"d","kind":"site"}"#, holes),
        (r#"{"id":"e","kind":"site","schedule":"Mon-Fry"}"#, "null"),
    ]);
    let roads = collection(&[(r#"{"id":"r","limit_kmh":40}"#, line), (r#"{"id":"s"}"#, WAY)]);
    let plans = collection(&[(r#"{"id":"p","from":"25:00","until":"24:00","days":["Mon","Frx"],"share":"90"}"#, WAY)]);
    let vehicles = "device,plate,class\n1,苏A1,truck\n1;2,苏A2,\n3,,sweeper\n3,,sweeper\n";
    let devices = "device,kind,lon,lat,camera\nb,bin,118.9,,c\n,lid,,,\n";
    let said = told(&[
        ("fences.geojson", &fences),
        ("roads.geojson", &roads),
        ("plans.geojson", &plans),
        ("vehicles.csv", vehicles),
        ("devices.csv", devices),
        ("permits.csv", "vehicle,from\n1,2\n"),
        ("routes.geojson", "{"),
    ]);
    let expected = [
        "devices.csv:2: camera: camera and zone belong together",
        "devices.csv:2: lon: longitude and latitude belong together",
        "devices.csv:3: device: is missing",
        "devices.csv:3: kind: \"lid\" is none of bin, cover, gauge",
        "fences.geojson: feature 1: kind: \"no-enter\" is none of no-entry, keep-in, site, depot",
        "fences.geojson: feature 2: id: is missing",
        "fences.geojson: feature 2: vehicles: is missing",
        "fences.geojson: feature 2: max_stay: \"long\" is no span of time; write it like 2h",
        "fences.geojson: feature 3: geometry: is LineString; a fence is a Polygon",
        "fences.geojson: feature 4: geometry: has holes",
        "fences.geojson: feature 5: schedule: schedule \"Mon-Fry\"",
        "fences.geojson: feature 5: geometry: is missing: draw a Polygon",
        "permits.csv: no column is called `id`",
        "plans.geojson: feature 1: days: \"Frx\" is none of Mon",
        "plans.geojson: feature 1: from: \"25:00\" is no time of day",
        "plans.geojson: feature 1: share: \"90\" is no number from 0 to 1",
        "roads.geojson: feature 1: geometry: point 0 (longitude 32.1, latitude 118.9) is no place on earth; is it latitude",
        "roads.geojson: feature 2: limit_kmh: is missing",
        "routes.geojson: is no JSON",
        "vehicles.csv:2: class: \"truck\" is none of muck-truck",
        "vehicles.csv:3: device: \"1;2\" has a `;`",
        "vehicles.csv:5: device: \"3\" stands in row 4 too",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for expected in expected {
        assert!(said.iter().any(|line| line.starts_with(expected)), "{expected} in {said:#?}");
    }
}

#[test]
fn names_of_what_is_not_there_and_plates_given_twice_are_told() {
    let permits = "id,vehicle,routes,sites,enter\np,苏A1,r;s,home,\nq,1,,,\n";
    let vehicles = "device,plate\n1,苏A1\n2,苏A1\n";
    let said = told(&[("permits.csv", permits), ("vehicles.csv", vehicles), ("devices.csv", "device,kind\n1,bin\n")]);
    let expected = [
        "permits.csv:2: routes: there is no route \"r\"",
        "permits.csv:2: routes: there is no route \"s\"",
        "permits.csv:2: sites: there is no fence \"home\"",
        "vehicles.csv:2: device: is a bin, cover or gauge",
        "vehicles.csv:3: plate: 苏A1 is the plate of 1 too",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn files_and_fields_that_are_not_ours_are_remarked_and_cost_nothing() {
    let roads = collection(&[
        (r##"{"id":"r","limit_kmh":40,"stroke":"#f00"}"##, WAY),
        (r##"{"id":"s","limit_kmh":40,"stroke":"#f00"}"##, WAY),
    ]);
    let folder = folder(&[("roads.geojson", &roads), ("fence.geojson", ""), (".notes", "")]);
    let (plans, remarks) = read(folder.path()).unwrap();
    let said: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    assert_eq!((plans.plan.roads.len(), said.len()), (2, 2), "{said:#?}");
    assert!(said[0].contains("fence.geojson") && said[0].contains("is none of fences.geojson"), "{said:#?}");
    assert!(said[1].ends_with("roads.geojson:1: `stroke` is no field: read over, and not written again (2 rows)"));
    assert!(load(Path::new("nowhere")).is_err());
}

#[test]
fn the_datum_of_chinese_maps_is_converted_when_read() {
    let (a, b) = (at(0.0, 0.0), at(0.05, 0.0));
    let [a2, b2]: [[f64; 2]; 2] = [to_gcj02(a).into(), to_gcj02(b).into()];
    let way = format!("{{\"type\":\"LineString\",\"coordinates\":[{a2:?},{b2:?}]}}");
    let text = collection(&[(r#"{"id":"r"}"#, &way)]).replacen('{', "{\"datum\":\"gcj02\",", 1);
    let folder = folder(&[("routes.geojson", &text)]);
    let line = load(folder.path()).unwrap().plan.routes[0].line.clone();
    assert!(line[0].distance_m(a) < 0.01 && line[1].distance_m(b) < 0.01, "{line:?}");
    assert!(told(&[("routes.geojson", &text.replace("gcj02", "bd09"))])[0].contains("`datum` is neither"));
}

#[test]
fn an_import_says_what_is_new_what_is_other_and_keeps_the_rest() {
    let target = tempfile::tempdir().unwrap();
    save(target.path(), &plans()).unwrap();
    let source = folder(&[(
        "more.csv",
        "id,limit_kmh,name,shape\nroad,40,,\"LINESTRING (118.9 32.1, 118.95 32.1)\"\nnew,30,新路,\"LINESTRING (118.9 32.1, 118.9 32.2)\"\n",
    )]);
    let file = source.path().join("more.csv");
    let imported = import(PlanKind::Roads, &file, target.path()).unwrap();
    assert_eq!(
        (imported.added.as_slice(), imported.same.as_slice()),
        (&["new".to_owned()][..], &["road".to_owned()][..])
    );
    assert!(imported.changed.is_empty(), "{imported:?}");
    replace(target.path(), &imported.seen, &imported.plans).unwrap();
    let standing = load(target.path()).unwrap();
    assert_eq!((standing.plan.roads.len(), standing.name_of("new"), standing.plan.fences.len()), (2, "新路", 1));
    let vehicles = folder(&[("v.csv", "device,plate,class,name\n138,苏A12345,muck-truck,二号\n")]);
    let imported = import(PlanKind::Vehicles, &vehicles.path().join("v.csv"), target.path()).unwrap();
    assert_eq!((imported.changed.as_slice(), imported.plans.name_of("138")), (&["138".to_owned()][..], "二号"));
    assert!(import(PlanKind::Roads, Path::new("none.csv"), target.path()).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_any_file_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "\\PC{0,200}") {
        for kind in PlanKind::ALL {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let folder = tempfile::tempdir().unwrap();
                fs::write(folder.path().join(kind.file_name()), bytes).unwrap();
                let _read = load(folder.path());
            }
        }
    }

    #[test]
    fn no_edit_of_good_files_makes_them_panic_or_be_taken_by_half(
        which in 0..7usize, at in 0..400usize, cut in 0..30usize, put in "[-0-9a-z\"\\[\\]{},;:.\n ]{0,6}"
    ) {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), &plans()).unwrap();
        let file = folder.path().join(PlanKind::ALL[which].file_name());
        let mut text = fs::read_to_string(&file).unwrap();
        let (from, to) = (at.min(text.len()), (at + cut).min(text.len()));
        if text.is_char_boundary(from) && text.is_char_boundary(to) {
            text.replace_range(from..to, &put);
            fs::write(&file, text).unwrap();
            if let Ok(plans) = load(folder.path()) {
                // What is read can be written, and is then the same.
                let again = tempfile::tempdir().unwrap();
                save(again.path(), &plans).unwrap();
                prop_assert_eq!(load(again.path()).unwrap(), plans);
            }
        }
    }
}
