//! The sample city with the shipped models: every event raised, nothing besides.

use std::path::Path;
use streetwatch_tests::binary;

/// demo/CITY.toml with its fleet, its log and evidence below `folder`.
fn city(folder: &Path) -> String {
    let demo = binary::workspace().join("demo");
    let text = std::fs::read_to_string(demo.join("CITY.toml")).expect("the sample city");
    let (at, clips) = (folder.display(), demo.join("clips"));
    let fleet = folder.join("fleet");
    let of = ["simulate", "--seed", "3", "--vehicles", "12", "--hours", "3.25", "--out"];
    let made = binary::finish(of.into_iter().chain(fleet.to_str()));
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let text = text
        .replace("./data/demo/", &format!("{at}/"))
        .replace("\"clips/", &format!("\"{}/", clips.canonicalize().expect("clips").display()));
    let file = folder.join("CITY.toml");
    std::fs::write(&file, text).expect("a file");
    file.to_str().expect("UTF-8").to_owned()
}

#[test]
fn every_event_of_the_sample_city_is_raised_and_nothing_besides() {
    let folder = tempfile::tempdir().expect("a folder");
    let replayed = binary::finish(["replay", &city(folder.path()), "--json"]);
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    let candidates = folder.path().join("candidates.jsonl");
    std::fs::write(&candidates, &replayed.stdout).expect("a file");

    let truth = binary::workspace().join("demo/truth.json");
    let fleet = folder.path().join("fleet/truth.json");
    let [truth, fleet, candidates] = [&truth, &fleet, &candidates].map(|p| p.to_str().expect("UTF-8"));
    let of = ["evaluate", "--truth", truth, "--truth", fleet, "--candidates", candidates, "--events"];
    let compared = binary::finish(of);
    assert_eq!(compared.code, Some(0), "{}", compared.stderr);
    let totals = compared.stdout.lines().rfind(|line| !line.is_empty()).expect("totals");
    assert!(totals.contains(", 0 missed;") && totals.ends_with("; 0 false candidates"), "{}", compared.stdout);

    // Every rule is in it, and every candidate can be looked at.
    let raised: Vec<_> = replayed.json_lines().into_iter().map(|event| event["data"].clone()).collect();
    for rule in ["illegal-parking", "street-vending", "bin-overflow", "muck-truck", "dumping", "cover-open"] {
        assert!(raised.iter().any(|c| c["rule"] == rule), "no {rule}");
    }
    let of_cameras = raised.iter().filter(|c| c["sensor"].is_null());
    for candidate in of_cameras {
        let stills = candidate["evidence"].as_array().expect("evidence");
        let kinds: Vec<_> = stills.iter().filter_map(|e| e["kind"].as_str()).collect();
        assert!(["start", "end", "crop", "clip"].iter().all(|k| kinds.contains(k)), "{kinds:?}");
    }
}
