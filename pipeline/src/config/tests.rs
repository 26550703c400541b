#![allow(clippy::unwrap_used)]
//! What a person who edits CITY.toml is told.

use super::parse;
use operators::rules::RuleConfig;
use proptest::prelude::*;
use std::path::Path;

const GOOD: &str = r#"
city = "demo"
log = "embedded:./data/log"
store = "./data/evidence"
codes = "gbt-47678.5-2026"

[[camera]]
id = "c-001"
name = "North gate"
url = "rtsp://192.0.2.10/stream"
location = [118.96, 32.13]
grid = "320113001001001"
sample = "1s"
preset = "home"

[[camera.zone]]
id = "kerb"
polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]
rule = "illegal-parking"
dwell = "180s"
schedule = "Mon-Sun 07:00-22:00"
"#;

/// The problems as a person reads them.
fn problems(text: &str) -> Vec<String> {
    parse(Path::new("city.toml"), text).err().map_or(vec![], |p| p.0.iter().map(ToString::to_string).collect())
}

fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

fn only(text: &str) -> String {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap()
}

#[test]
fn the_contract_reads_and_its_defaults_are_the_rules_own() {
    let city = parse(Path::new("city.toml"), GOOD).unwrap();
    let camera = &city.cameras[0];
    assert_eq!((city.name.as_str(), camera.id.as_str(), camera.sample), ("demo", "c-001", 1000));
    let RuleConfig::IllegalParking(parking) = &camera.zones[0].rule else { panic!("{:?}", camera.zones) };
    assert_eq!(parking, &operators::rules::ParkingConfig::default());
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_likely_one() {
    let text = with("dwell = \"180s\"", "dwel = \"180s\"");
    assert_eq!(only(&text), "city.toml:20: camera[0].zone[0].dwel: unknown key; did you mean `dwell`?");
    let text = with("city = \"demo\"", "city = \"demo\"\nturbo = true");
    assert!(only(&text).starts_with("city.toml:3: turbo: unknown key; known here: city, log"));
}

#[test]
fn a_polygon_of_two_points_or_outside_the_picture_is_refused() {
    let square = "[[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]";
    let two = only(&with(square, "[[0.1, 0.5], [0.9, 0.5]]"));
    assert!(two.starts_with("city.toml:18: camera[0].zone[0].polygon: a polygon needs at least 3 points"), "{two}");
    let outside = only(&with(square, "[[0.1, 0.5], [1.9, 0.5], [0.9, 0.9]]"));
    assert!(outside.contains("city.toml:18") && outside.contains("outside the picture"), "{outside}");
    let pixels = only(&with(square, "\"everything\""));
    assert!(pixels.contains("expected a list of points"), "{pixels}");
}

#[test]
fn everything_that_is_wrong_is_listed_in_one_go() {
    let text = GOOD
        .replace("dwell = \"180s\"", "dwell = \"ten\"")
        .replace("sample = \"1s\"", "sample = 1")
        .replace("rtsp://", "gopher://")
        .replace("118.96, 32.13", "32.13, 118.96")
        .replace("Mon-Sun 07:00-22:00", "Mon-Son 07:00-22:00")
        .replace("gbt-47678.5-2026", "gbt-1");
    let found = problems(&text);
    for part in ["codes: no class table", "`gopher` is not supported", "are they swapped?", "expected a duration"] {
        assert!(found.iter().any(|p| p.contains(part)), "{part}: {found:#?}");
    }
    for part in ["camera[0].zone[0].dwell: \"ten\" is no duration", "camera[0].zone[0].schedule"] {
        assert!(found.iter().any(|p| p.contains(part)), "{part}: {found:#?}");
    }
    assert_eq!(found.len(), 6, "{found:#?}");
}

#[test]
fn a_camera_or_zone_that_stands_there_twice_is_refused() {
    let twice = format!("{GOOD}\n[[camera]]\nid = \"c-001\"\nurl = \"rtsp://192.0.2.11/x\"\n");
    assert!(only(&twice).contains("camera \"c-001\" with this preset stands there twice"));
    let zone = GOOD.split_once("[[camera.zone]]").unwrap().1;
    assert!(
        only(&format!("{GOOD}\n[[camera.zone]]{zone}")).contains("zone \"kerb\" with this rule stands there twice")
    );
}

#[test]
fn a_start_belongs_to_files_and_needs_an_offset() {
    let live = only(&with("sample = \"1s\"", "start = \"2026-06-01T08:00:00+08:00\""));
    assert!(live.contains("only files have a start"), "{live}");
    let file = with("rtsp://192.0.2.10/stream", "/clips/a.mp4");
    let naive = only(&file.replace("sample = \"1s\"", "start = \"2026-06-01T08:00:00\""));
    assert!(naive.contains("camera[0].start") && naive.contains("+08:00"), "{naive}");
}

#[test]
fn a_file_is_played_by_the_clock_only_where_it_repeats_from_a_known_start() {
    let lines = "repeat = true\nplay = \"clock\"\nstart = \"2026-06-01T08:00:00+08:00\"\nresolution = [640, 360]";
    let file = with("rtsp://192.0.2.10/stream", "/clips/a.mp4").replace("sample = \"1s\"", lines);
    let city = parse(Path::new("city.toml"), &file).unwrap();
    assert_eq!((city.cameras[0].by_the_clock, city.cameras[0].resolution), (true, [640, 360]));
    assert!(only(&file.replace("repeat = true\n", "")).contains("camera[0].play: \"clock\" is for files with"));
    assert!(only(&file.replace("\"clock\"", "\"backwards\"")).contains("no way to play"));
    assert!(only(&file.replace("[640, 360]", "[640, 0.5]")).contains("camera[0].resolution"));
}

#[test]
fn a_worker_of_a_cluster_needs_no_camera_and_all_else_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("CITY.toml");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        super::load_for_cluster(&file)
    };
    let city = read("city = \"x\"\nlog = \"kafka:h:9092\"\n[limits]\ncapacity = 3.5").unwrap();
    assert_eq!((city.cameras.len(), city.limits.capacity), (0, 3.5));
    let problems = read("city = \"x\"\n[limits]\ncapacity = 0\nturbo = 1").unwrap_err().to_string();
    assert!(problems.contains("limits.capacity") && problems.contains("limits.turbo"), "{problems}");
}

#[test]
fn votes_permits_and_sizes_are_taken_and_checked() {
    let good = with("dwell = \"180s\"", "votes = \"3/6\"\nsize = [0.02, 0.03]\nconfidence = 0.4");
    let city = parse(Path::new("city.toml"), &good).unwrap();
    let RuleConfig::IllegalParking(parking) = &city.cameras[0].zones[0].rule else { panic!() };
    assert_eq!((parking.votes, parking.votes_of, parking.min_size), (3, 6, [0.02, 0.03]));
    assert!(only(&with("dwell = \"180s\"", "votes = \"6/3\"")).contains("2 of the last 5 looks"));
    let vending = with("rule = \"illegal-parking\"", "rule = \"street-vending\"\npermits = [\"Sat 18:00-23:00\"]");
    assert_eq!(problems(&vending), Vec::<String>::new());
}

#[test]
fn a_class_of_its_own_belongs_to_one_rule_of_a_zone_and_must_stand_in_the_table() {
    let text = with("dwell = \"180s\"", "class = \"09010\"");
    let city = parse(Path::new("city.toml"), &text).unwrap();
    let class = |rule| city.cameras[0].classes.get(&("kerb".to_owned(), rule)).map(String::as_str);
    assert_eq!((class("illegal-parking"), class("street-vending")), (Some("09010"), None));
    assert!(only(&with("dwell = \"180s\"", "class = \"99999\"")).contains("is no matter of the class table"));
}

#[test]
fn a_zone_of_components_needs_no_polygon_and_takes_its_own_keys() {
    let square = "polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]\n";
    let keys = "dwell = \"4h\"\nvotes = \"5/7\"\nurgent_dwell = \"20s\"\nurgent_votes = \"3/4\"\ncomponents = [\"1\"]";
    let text = GOOD.replace(square, "").replace("illegal-parking", "component").replace("dwell = \"180s\"", keys);
    let city = parse(Path::new("city.toml"), &text).unwrap();
    let zone = &city.cameras[0].component_zones[0];
    assert_eq!(
        (zone.id.as_str(), zone.polygon.as_ref(), zone.components.clone()),
        ("kerb", None, Some(vec!["1".into()]))
    );
    let watch = &zone.watch;
    assert_eq!((watch.dwell, watch.votes, watch.votes_of), (4 * 3_600_000, 5, 7));
    assert_eq!((watch.urgent_dwell, watch.urgent_votes, watch.urgent_votes_of), (20_000, 3, 4));
    assert!(only(&text.replace("components = [\"1\"]", "components = []")).contains("names no component"));
    assert!(only(&text.replace("[\"1\"]", "[\"1\", \"1\"]")).contains("1 stands there twice"));
    assert!(only(&text.replace("urgent_votes", "urgent_vote")).contains("did you mean `urgent_votes`?"));
    let outside = text.replace("rule = ", "polygon = [[0.1, 0.5], [1.9, 0.5], [0.9, 0.9]]\nrule = ");
    assert!(only(&outside).contains("outside the picture"));
}

#[test]
fn a_zone_of_unregistered_change_names_its_kind_and_its_part_of_the_day() {
    let text = GOOD.replace("illegal-parking", "unregistered-change").replace("schedule = \"Mon-Sun 07:00-22:00\"", "");
    let text = text.replace("dwell = \"180s\"", "dwell = \"3d\"\nkind = \"sign\"\npart = \"night\"");
    let city = parse(Path::new("city.toml"), &text).unwrap();
    let zone = &city.cameras[0].change_zones[0];
    assert_eq!((zone.problem, zone.part.as_str(), zone.watch.dwell), ("illegal-outdoor-ad", "night", 3 * 86_400_000));
    assert!(only(&text.replace("\"sign\"", "\"tree\"")).contains("neither \"structure\" nor \"sign\""));
    assert!(only(&text.replace("\"night\"", "\"dawn\"")).contains("there are: day, night"));
}

#[test]
fn district_register_and_parts_of_the_day_are_taken_and_checked() {
    let more = "city = \"demo\"\ndistrict = \"320113\"\ncomponents = [\"/c/census.csv\"]\n\
                baselines = { store = \"/b\", parts = [\"day 06:30-18:30\", \"night\"] }";
    let text = with("city = \"demo\"", more);
    let city = parse(Path::new("city.toml"), &text).unwrap();
    assert_eq!((city.district.as_deref(), city.components.len()), (Some("320113"), 1));
    let part = |hour: u16| {
        let local =
            operators::vocabulary::LocalTime { weekday: operators::vocabulary::Weekday::Mon, minute: hour * 60 };
        city.baselines.part(local).map(|p| p.name.as_str())
    };
    assert_eq!((part(12), part(23)), (Some("day"), Some("night")));
    assert!(only(&text.replace("320113\"", "3201130\"")).contains("is no division"));
    assert!(only(&text.replace("\"night\"", "\"day 1:00-2:00\"")).contains("\"day\" stands there twice"));
    assert!(only(&text.replace("day 06:30", "Day 06:30")).contains("names no part of the day"));
    assert!(only(&text.replace("18:30", "28:30")).contains("28:30"));
}

#[test]
fn text_that_is_no_toml_says_where() {
    assert!(only("city = \"demo\"\n[[camera]\n").starts_with("city.toml:2: is not valid TOML"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = parse(Path::new("city.toml"), &text);
    }

    #[test]
    fn no_edit_of_a_good_file_makes_the_reader_panic(at in 0..GOOD.len(), cut in 0..40usize, put in "\\PC{0,12}") {
        let mut text = GOOD.to_owned();
        let end = (at + cut).min(text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(end) {
            text.replace_range(at..end, &put);
        }
        if let Err(found) = parse(Path::new("city.toml"), &text) {
            prop_assert!(!found.0.is_empty());
        }
    }
}

#[test]
fn the_console_has_a_store_of_its_own_and_a_wrong_one_is_not_shown_since_it_may_hold_a_password() {
    let city = "city = \"x\"\n[[camera]]\nid = \"c\"\nurl = \"rtsp://192.0.2.1/s\"\n";
    let read = |console: &str| parse(Path::new("CITY.toml"), &format!("{city}{console}"));
    assert_eq!(read("").expect("reads").console.store, "sqlite:./data/console.db");
    let given = "[console]\nstore = \"postgres://u:p@h/d\"\nclaim = \"5m\"\ndouble_review = 10\n";
    let console = read(given).expect("reads").console;
    assert_eq!((console.store.as_str(), console.claim, console.double_review), ("postgres://u:p@h/d", 300_000, 10.0));
    let wrong = "[console]\nstore = \"mysql://u:hunter2@h\"\nclaim = \"2s\"\ndouble_review = 101\ncolour = 1\n";
    let problems = read(wrong).expect_err("four problems").to_string();
    for key in ["console.store", "console.claim", "console.double_review", "console.colour"] {
        assert!(problems.contains(key), "{key}: {problems}");
    }
    assert!(!problems.contains("hunter2"), "{problems}");
}
