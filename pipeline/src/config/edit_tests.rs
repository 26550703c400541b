#![allow(clippy::unwrap_used)]
//! What an edit does to a file that people also write by hand.

use super::describe::{RULES, describe};
use super::edit::{Edit, EditError, ZoneForm, edited};
use super::{Edited, parse};
use operators::rules::RuleConfig;
use proptest::prelude::*;
use std::path::Path;

const CITY: &str = r#"# Our city.
city = "demo"   # its name

[[camera]]
id = "c-001"
url = "rtsp://192.0.2.10/stream"   # north gate

# The kerb at the school.
[[camera.zone]]
id = "kerb"
polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]]
rule = "illegal-parking"
dwell = "180s"   # as the bureau wants it

[[camera.zone]]
id = "market"
polygon = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]]
rule = "street-vending"

[[camera]]
id = "c-002"
url = "rtsp://192.0.2.11/stream"
"#;

fn form(rule: &str, settings: &[(&str, &str)]) -> ZoneForm {
    ZoneForm {
        id: "kerb".into(),
        rule: rule.into(),
        polygon: "0.1, 0.5\n0.9, 0.5\n0.9, 0.9".into(),
        settings: settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    }
}

fn kerb(settings: &[(&str, &str)]) -> Edit {
    let zone = Some(("kerb".to_owned(), "illegal-parking".to_owned()));
    Edit::Save { zone, form: form("illegal-parking", settings) }
}

fn apply(edit: &Edit) -> Result<Edited, EditError> {
    edited(Path::new("city.toml"), CITY, "c-001", "home", edit)
}

fn refused(edit: &Edit) -> Vec<(String, String)> {
    match apply(edit) {
        Err(EditError::Refused(problems)) => problems.into_iter().map(|p| (p.key, p.message)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_setting_changes_one_line_and_its_comment_stays() {
    let done = apply(&kerb(&[("dwell", "5m"), ("score", "0.33"), ("labels", "car bus truck muck-truck")])).unwrap();
    let expected = CITY.replace(r#"dwell = "180s""#, r#"dwell = "5m""#);
    assert_eq!(done.text, expected);
    let RuleConfig::IllegalParking(parking) = &done.city.cameras[0].zones[0].rule else { panic!("parking") };
    assert_eq!(parking.dwell, 300_000);
}

#[test]
fn a_form_that_changes_nothing_leaves_the_file_to_the_byte() {
    let city = parse(Path::new("city.toml"), CITY).unwrap();
    let camera = &city.cameras[0];
    let settings = describe("illegal-parking", camera.any_zone("kerb", "illegal-parking"), None, &city.baselines.parts);
    let all: Vec<_> = settings.iter().map(|s| (s.key, s.value.as_str())).collect();
    assert_eq!(apply(&kerb(&all)).unwrap().text, CITY);
}

#[test]
fn an_emptied_field_or_the_default_takes_the_key_out() {
    for text in ["", "  ", "180s"] {
        let with = CITY.replace("180s", "4m");
        let done = edited(Path::new("city.toml"), &with, "c-001", "home", &kerb(&[("dwell", text)])).unwrap();
        assert!(!done.text.contains("dwell"), "{}", done.text);
    }
}

#[test]
fn every_kind_of_setting_is_written_as_its_key_takes_it() {
    let done = apply(&kerb(&[
        ("score", "0.5"),
        ("queue_size", "0"),
        ("votes", "3/6"),
        ("size", "0.02, 0.03"),
        ("labels", "two-wheeler"),
        ("schedule", "Mon-Fri 07:00-22:00"),
        ("class", "09009"),
    ]));
    let text = done.unwrap().text;
    for line in [
        "score = 0.5",
        "queue_size = 0",
        "votes = \"3/6\"",
        "size = [0.02, 0.03]",
        "labels = [\"two-wheeler\"]",
        "schedule = \"Mon-Fri 07:00-22:00\"",
        "class = \"09009\"",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_wrong_value_is_told_at_its_field_in_the_words_of_the_files_check() {
    for (key, text, needle) in [
        ("dwell", "soon", "no duration"),
        ("score", "often", "expected a number"),
        ("score", "1.5", "out of range: 0 to 1"),
        ("queue_size", "2.5", "expected a number"),
        ("votes", "7/5", "no vote"),
        ("size", "large", "expected two numbers"),
        ("labels", "car tank", "\"tank\" is none of"),
        ("schedule", "Mon-Fry", "\"Fry\" is no day"),
        ("class", "99999", "no matter of the class table"),
    ] {
        let found = refused(&kerb(&[(key, text)]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == key && found[0].1.contains(needle), "{key} = {text}: {found:?}");
    }
}

#[test]
fn an_outline_that_is_none_is_told_at_the_outline() {
    for (polygon, needle) in [
        ("0.1, 0.5\n0.9, 0.5", "at least 3 points"),
        ("0.1, 0.5\nhere\n0.9, 0.9", "expected a list of points"),
        ("", "points"),
    ] {
        let mut form = form("illegal-parking", &[]);
        form.polygon = polygon.into();
        let zone = Some(("kerb".to_owned(), "illegal-parking".to_owned()));
        let found = refused(&Edit::Save { zone, form });
        assert_eq!(found[0].0, "polygon", "{found:?}");
        assert!(found[0].1.contains(needle), "{polygon:?}: {found:?}");
    }
}

#[test]
fn a_new_zone_comes_behind_the_cameras_others() {
    let mut new = form("bin-overflow", &[("dwell", "3m")]);
    new.id = "bins".into();
    let done = apply(&Edit::Save { zone: None, form: new }).unwrap();
    let camera = &done.city.cameras[0];
    assert_eq!(camera.zones.iter().map(|z| z.id.as_str()).collect::<Vec<_>>(), ["kerb", "market", "bins"]);
    assert!(done.city.cameras[1].zones.is_empty(), "{}", done.text);
    assert!(done.text.starts_with(CITY.split("[[camera]]\nid = \"c-002\"").next().unwrap().trim_end()));
}

#[test]
fn a_camera_without_zones_gets_its_first() {
    let edit = Edit::Save { zone: None, form: form("illegal-parking", &[]) };
    let done = edited(Path::new("city.toml"), CITY, "c-002", "home", &edit).unwrap();
    assert_eq!((done.city.cameras[0].zones.len(), done.city.cameras[1].zones.len()), (2, 1), "{}", done.text);
}

#[test]
fn a_zone_goes_with_its_comment_and_nothing_else_does() {
    let done = apply(&Edit::Delete { id: "kerb".into(), rule: "illegal-parking".into() }).unwrap();
    assert!(!done.text.contains("school") && !done.text.contains("bureau"), "{}", done.text);
    assert!(done.text.contains("# north gate") && done.text.contains("# its name"));
    assert_eq!(done.city.cameras[0].zones.len(), 1);
}

#[test]
fn a_list_of_inline_tables_is_edited_too() {
    let inline = r#"
city = "demo"
camera = [
  { id = "c-001", url = "rtsp://192.0.2.10/stream", zone = [{ id = "kerb", rule = "illegal-parking", polygon = [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]] }] },
]
"#;
    let done = edited(Path::new("city.toml"), inline, "c-001", "home", &kerb(&[("dwell", "60s")])).unwrap();
    assert!(done.text.contains("dwell = \"60s\""), "{}", done.text);
    let mut new = form("bin-overflow", &[]);
    new.id = "bins".into();
    let more = edited(Path::new("city.toml"), &done.text, "c-001", "home", &Edit::Save { zone: None, form: new });
    assert_eq!(more.unwrap().city.cameras[0].zones.len(), 2);
}

#[test]
fn what_is_not_there_is_told_apart() {
    let gone = Edit::Delete { id: "lawn".into(), rule: "illegal-parking".into() };
    assert!(matches!(apply(&gone), Err(EditError::NoZone)));
    let elsewhere = edited(Path::new("city.toml"), CITY, "c-001", "night", &kerb(&[]));
    assert!(matches!(elsewhere, Err(EditError::NoCamera)));
    let broken = edited(Path::new("city.toml"), "city = 1", "c-001", "home", &kerb(&[]));
    assert!(matches!(broken, Err(EditError::Broken(_))));
    let twice = Edit::Save { zone: None, form: form("illegal-parking", &[]) };
    let found = refused(&twice);
    assert!(found[0].0 == "id" && found[0].1.contains("twice"), "{found:?}");
}

#[test]
fn every_rule_can_be_drawn_as_a_form_and_its_own_values_pass_the_check() {
    let city = parse(Path::new("city.toml"), CITY).unwrap();
    for rule in RULES {
        let settings = describe(rule, None, None, &city.baselines.parts);
        assert!(settings.iter().any(|s| s.key == "dwell") && settings.iter().all(|s| s.value == s.default), "{rule}");
        let mut new = form(rule, &[]);
        new.id = "new".into();
        // Written out one by one, as somebody would who changes each and changes it back.
        new.settings = settings.iter().map(|s| (s.key.to_owned(), s.value.clone())).collect();
        let done = apply(&Edit::Save { zone: None, form: new }).unwrap_or_else(|e| panic!("{rule}: {e:?}"));
        assert!(done.city.cameras[0].any_zone("new", rule).is_some(), "{rule}");
    }
}

proptest! {
    #[test]
    fn no_form_makes_the_editor_panic_or_break_the_file(
        id in ".{0,12}", polygon in "[0-9., \n-]{0,40}", key in 0usize..16, text in ".{0,20}",
    ) {
        let city = parse(Path::new("city.toml"), CITY).unwrap();
        let settings = describe("illegal-parking", None, None, &city.baselines.parts);
        let key = settings[key % settings.len()].key.to_owned();
        let form = ZoneForm { id, rule: "illegal-parking".into(), polygon, settings: vec![(key, text)] };
        let zone = Some(("kerb".to_owned(), "illegal-parking".to_owned()));
        if let Ok(done) = apply(&Edit::Save { zone, form }) {
            prop_assert!(parse(Path::new("city.toml"), &done.text).is_ok());
            prop_assert!(done.text.contains("# The kerb at the school."));
        }
    }
}
