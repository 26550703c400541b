//! `replay` on real footage: the standing cars, and nothing else.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use streetwatch_tests::binary;
use streetwatch_tests::candidates::{assert_one_at_each, ids, text};
use streetwatch_tests::city::City;
use streetwatch_tests::footage::{self, CARS, KERB};

const START: &str = "start = \"2026-06-01T08:00:00+08:00\"";
const RULES: [&str; 4] = ["illegal-parking", "street-vending", "bin-overflow", "muck-truck"];

/// The street with one zone of ten seconds' dwell.
fn street(folder: &Path, polygon: &str, lines: &str) -> City {
    City::new(folder).camera("street", footage::street().display(), &format!("{START}\n{lines}")).zone(
        "kerb",
        "illegal-parking",
        polygon,
        "dwell = \"10s\"",
    )
}

/// Candidates of a replay that must succeed.
fn replay(city: &City) -> Vec<Value> {
    let done = binary::finish(["replay", &city.write(), "--json"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    done.json_lines().into_iter().map(|event| event["data"].clone()).collect()
}

fn file_of(uri: &str) -> PathBuf {
    PathBuf::from(uri.strip_prefix("file://").expect("a file"))
}

fn hash(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(!bytes.is_empty(), "{} is empty", path.display());
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn each_standing_car_is_raised_once_with_evidence_and_no_passing_car() {
    if !footage::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let found = replay(&street(folder.path(), KERB, ""));
    assert_one_at_each(&found, &CARS);
    for candidate in &found {
        assert_eq!((text(candidate, "rule"), text(candidate, "class_code")), ("illegal-parking", "09009"));
        assert_eq!(text(candidate, "first_seen"), "2026-06-01T08:00:00+08:00");
        assert!(text(candidate, "raised_at") < "2026-06-01T08:00:13", "{candidate}");
        // They drive off one after the other from second 20 on; others roll over their places until 26.
        assert_eq!((text(candidate, "state"), text(candidate, "reason")), ("ended", "left"), "{candidate}");
        assert!((19.0..27.0).contains(&candidate["dwell_s"].as_f64().expect("a number")), "{candidate}");
        let evidence = candidate["evidence"].as_array().expect("a list");
        let kinds: BTreeSet<_> = evidence.iter().map(|item| text(item, "kind")).collect();
        for kind in ["start", "middle", "end", "crop", "clip", "manifest"] {
            assert!(kinds.contains(kind), "no {kind} in {kinds:?}");
        }
        for item in evidence {
            assert_eq!(hash(&file_of(text(item, "uri"))), text(item, "sha256"), "{item}");
        }
        let manifest = evidence.iter().find(|item| item["kind"] == "manifest").expect("there");
        assert_manifest(&file_of(text(manifest, "uri")), candidate, evidence.len() - 1);
    }
}

/// The manifest names the candidate, and the hash of each of its `files`.
fn assert_manifest(path: &Path, candidate: &Value, files: usize) {
    let manifest: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    assert_eq!(manifest["candidate"], candidate["id"]);
    assert_eq!(manifest["model"], candidate["model"]);
    assert_eq!(manifest["missing"].as_array().map(Vec::len), Some(0), "{manifest}");
    let listed = manifest["files"].as_array().expect("a list");
    assert_eq!(listed.len(), files);
    for file in listed {
        assert_eq!(hash(&path.with_file_name(text(file, "name"))), text(file, "sha256"), "{file}");
    }
}

#[test]
fn the_same_cars_have_the_same_ids_however_the_zone_is_drawn_and_sampled() {
    if !footage::available() {
        return;
    }
    let wider = "[[0.36, 0.24], [0.58, 0.26], [0.72, 0.40], [0.72, 0.54], [0.50, 0.52], [0.36, 0.42]]";
    let around = "[[0.38, 0.26], [0.70, 0.26], [0.70, 0.50], [0.38, 0.50]]";
    let variants = [
        ("again", KERB, ""),
        ("without the gate", KERB, "gate = false"),
        ("every two seconds", KERB, "sample = \"2s\""),
        ("a wider polygon", wider, ""),
        ("a box around", around, ""),
        ("a box around, every two seconds", around, "sample = \"2s\""),
    ];
    let folders: Vec<_> = (0..=variants.len()).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let first = ids(&replay(&street(folders[0].path(), KERB, "")));
    assert_eq!(first.len(), CARS.len());
    for ((name, polygon, lines), folder) in variants.into_iter().zip(&folders[1..]) {
        let found = replay(&street(folder.path(), polygon, lines));
        assert_eq!(ids(&found), first, "{name}");
        assert_one_at_each(&found, &CARS);
    }
}

#[test]
fn people_with_bags_on_a_paving_raise_nothing_under_any_rule() {
    if !footage::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let everywhere = "[[0.01, 0.01], [0.99, 0.01], [0.99, 0.99], [0.01, 0.99]]";
    let mut city = City::new(folder.path()).camera("paving", footage::pedestrians().display(), START);
    for rule in RULES {
        // Muck trucks are judged in passing: any dwell they were given would only make them rarer.
        let dwell = if rule == "muck-truck" { "" } else { "dwell = \"3s\"" };
        city = city.zone("paving", rule, everywhere, dwell);
    }
    let done = binary::finish(["replay", &city.write(), "--json"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{}", done.stderr);
    assert!(done.stderr.contains("candidates: 0; cameras: 1; 8 s of video"), "{}", done.stderr);
    // Nobody may take the silence of a blind rule for a clean street.
    let blind = done.stderr.lines().filter(|line| line.contains("will never raise")).count();
    assert_eq!(blind, 3, "{}", done.stderr);
}
