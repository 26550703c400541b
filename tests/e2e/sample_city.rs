//! The sample city with the shipped models: every event raised, nothing besides.

use std::path::Path;
use streetwatch_tests::binary;

/// demo/CITY.toml with its log and evidence below `folder`.
fn city(folder: &Path) -> String {
    let demo = binary::workspace().join("demo");
    let text = std::fs::read_to_string(demo.join("CITY.toml")).expect("the sample city");
    let mut text = text.replace("./data/demo/", &format!("{}/", folder.display()));
    for part in ["clips", "fleet"] {
        let there = demo.join(part).canonicalize().expect("a part of the sample city");
        text = text.replace(&format!("\"{part}/"), &format!("\"{}/", there.display()));
    }
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

    let [truth, fleet] = ["truth.json", "fleet/truth.json"].map(|name| binary::workspace().join("demo").join(name));
    let [truth, fleet, candidates] = [&truth, &fleet, &candidates].map(|path| path.to_str().expect("UTF-8"));
    let compared =
        binary::finish(["evaluate", "--truth", truth, "--truth", fleet, "--candidates", candidates, "--events"]);
    assert_eq!(compared.code, Some(0), "{}", compared.stderr);
    let totals = compared.stdout.lines().rfind(|line| !line.is_empty()).expect("totals");
    assert!(totals.contains(", 0 missed;") && totals.ends_with("; 0 false candidates"), "{}", compared.stdout);

    // Every rule is in it, and every candidate can be looked at.
    let raised: Vec<_> = replayed.json_lines().into_iter().map(|event| event["data"].clone()).collect();
    for rule in ["illegal-parking", "street-vending", "bin-overflow", "muck-truck"] {
        assert!(raised.iter().any(|c| c["rule"] == rule), "no {rule}");
    }
    for rule in ["deviation", "over-speed", "dumping", "no-permit", "coverage", "bin-full", "cover-open"] {
        let candidate = raised.iter().find(|c| c["rule"] == rule).expect(rule);
        let kinds: Vec<_> = candidate["evidence"].as_array().expect("evidence").iter().map(|e| &e["kind"]).collect();
        assert_eq!(kinds, ["map", "track", "manifest"], "{rule}");
    }
    for candidate in raised.iter().filter(|c| c.get("sensor").is_none()) {
        let stills = candidate["evidence"].as_array().expect("evidence");
        let kinds: Vec<_> = stills.iter().filter_map(|e| e["kind"].as_str()).collect();
        assert!(["start", "end", "crop", "clip"].iter().all(|k| kinds.contains(k)), "{kinds:?}");
    }
}
