//! What the commands answer to right and wrong input, and with which exit code:
//! 0 done, 1 something failed, 2 the configuration is wrong.

use std::path::Path;
use streetwatch_tests::binary::{self, Finished};
use streetwatch_tests::city::City;
use streetwatch_tests::footage::{self, KERB};

/// A city of the street, whose zone starts on line 9.
fn city(folder: &Path, polygon: &str, lines: &str) -> City {
    City::new(folder).camera("street", footage::street().display(), "start = \"2026-06-01T08:00:00+08:00\"").zone(
        "kerb",
        "illegal-parking",
        polygon,
        lines,
    )
}

/// Line, from 1, of the first line of `file` that begins with `key`.
fn line_of(file: &str, key: &str) -> usize {
    let text = std::fs::read_to_string(file).expect("a file");
    text.lines().position(|line| line.starts_with(key)).unwrap_or_else(|| panic!("no {key} in:\n{text}")) + 1
}

fn assert_told(done: &Finished, code: i32, words: &str) {
    assert_eq!((done.code, done.stdout.as_str()), (Some(code), ""), "{}", done.stderr);
    assert!(done.stderr.contains(words), "no \"{words}\" in: {}", done.stderr);
}

#[test]
fn a_wrong_configuration_is_refused_with_file_line_and_key_by_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    for (polygon, lines, key, complaint) in [
        (KERB, "dwel = \"10s\"", "dwel", "unknown key; did you mean `dwell`?"),
        ("[[0.1, 0.1], [0.2, 0.2]]", "", "polygon", "a polygon needs at least 3 points, this one has 2"),
        ("[[0.1, 0.1], [0.9, 0.1], [0.5, 1.5]]", "", "polygon", "lies outside the picture"),
        ("[[-0.1, 0.1], [0.9, 0.1], [0.5, 0.5]]", "", "polygon", "lies outside the picture"),
        (KERB, "dwell = 10", "dwell", "expected a duration in quotes such as \"180s\""),
        (KERB, "schedule = \"Mon-Sun 25:00-26:00\"", "schedule", "25:00"),
    ] {
        let file = city(folder.path(), polygon, lines).write();
        let place = format!("{file}:{}: camera[0].zone[0].{key}: ", line_of(&file, key));
        for command in ["check", "replay", "run"] {
            let done = binary::finish([command, &file]);
            assert_told(&done, 2, &place);
            assert_told(&done, 2, complaint);
        }
    }
}

#[test]
fn all_that_is_wrong_is_listed_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = city(folder.path(), "[[0.1, 0.1], [0.2, 0.2]]", "dwel = \"10s\"").replace("id = \"street\"", "").write();
    let done = binary::finish(["check", &file]);
    assert_eq!(done.code, Some(2));
    let complaints: Vec<_> = done.stderr.lines().filter(|line| line.starts_with(&file)).collect();
    assert_eq!(complaints.len(), 3, "{complaints:#?}");
}

#[test]
fn what_is_no_city_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("CITY.toml");
    let path = file.to_str().expect("UTF-8");
    assert_told(&binary::finish(["check", path]), 2, "CITY.toml:1: cannot be read: No such file");
    std::fs::write(&file, "city = \"never closed\n").expect("a file");
    assert_told(&binary::finish(["check", path]), 2, "CITY.toml:1: is not valid TOML");
    std::fs::write(&file, [0xff, 0xfe, 0x00]).expect("a file");
    assert_told(&binary::finish(["check", path]), 2, "CITY.toml:1: is no UTF-8 text");
}

#[test]
fn check_opens_each_source_and_names_the_line_of_the_bad_ones() {
    if !footage::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.mp4");
    std::fs::write(&text, "no video at all").expect("a file");
    let good = city(folder.path(), KERB, "");
    let done = binary::finish(["check", &good.write()]);
    assert_told(&done, 0, "street: h264, 640x352");
    let bad = good.camera("bad", text.display(), "").replace("/evidence\"", "/text.mp4/evidence\"");
    let file = bad.write();
    let done = binary::finish(["check", &file]);
    let line = line_of(&file, "id = \"bad\"");
    assert_told(&done, 1, &format!("{file}:{line}: camera[1].url: {}: not a media file", text.display()));
    assert_told(&done, 1, &format!("{file}:{}: store: ", line_of(&file, "store")));
    assert_told(&done, 1, "street: h264, 640x352");
}

#[test]
fn a_model_that_cannot_be_trusted_is_refused_by_name_before_anything_runs() {
    if !footage::available() {
        return;
    }
    let weights = binary::workspace().join("../shared/data/models/yolox_nano.onnx");
    let weights = std::fs::read(weights).expect("a file");
    let manifest = binary::workspace().join("models/weights/yolox-nano/model.toml");
    let manifest = std::fs::read_to_string(manifest).expect("a file");
    let digest = manifest.lines().find(|line| line.starts_with("sha256 = ")).expect("a hash").to_owned();
    let noise: Vec<u8> = weights.iter().map(|byte| byte ^ 0x5a).collect();
    let noise_digest = format!("sha256 = \"{}\"", hash(&noise));
    let fewer = manifest.replace(", \"toothbrush\"", "");
    assert_ne!(fewer, manifest);
    for (file, text, complaint) in [
        (&weights[..weights.len() / 2], manifest.clone(), "the file is damaged or another version"),
        (&noise, manifest.replace(&digest, &noise_digest), "cannot be loaded on cpu"),
        (&weights, fewer, "does not fit its manifest"),
        (&weights, manifest.replace("family = \"yolox\"", "family = \"yolo9000\""), "yolo9000"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let model = folder.path().join("model");
        std::fs::create_dir(&model).expect("a folder");
        std::fs::write(model.join("yolox_nano.onnx"), file).expect("a file");
        std::fs::write(model.join("model.toml"), text).expect("a file");
        let named = format!("model = \"{}\"\n", model.display());
        let city = city(folder.path(), KERB, "").replace("model = \"yolox-nano\"\n", &named).write();
        assert_told(&binary::finish(["check", &city]), 1, &format!("{city}:{}: model: ", line_of(&city, "model")));
        for command in ["check", "replay", "run"] {
            assert_told(&binary::finish([command, &city]), 1, complaint);
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn evaluate_scores_what_replay_prints() {
    if !footage::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let replay = binary::finish(["replay", &city(folder.path(), KERB, "dwell = \"10s\"").write(), "--json"]);
    assert_eq!(replay.code, Some(0), "{}", replay.stderr);
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        file.to_str().expect("UTF-8").to_owned()
    };
    let candidates = write("candidates.jsonl", &replay.stdout);
    let event = |bbox: &[f64; 4]| {
        format!(
            r#"{{"camera": "street", "rule": "illegal-parking", "zone": "kerb", "bbox": {bbox:?},
                "start": "2026-06-01T08:00:00+08:00", "end": "2026-06-01T08:00:37+08:00"}}"#
        )
    };
    // Two of the three cars, and one that was never there: two right, one false, one missed.
    let events = [event(&footage::CARS[0]), event(&footage::CARS[2]), event(&[0.1, 0.1, 0.1, 0.1])].join(",");
    let truth = write("truth.json", &format!(r#"{{"events": [{events}], "hours": {{"street": 2.4}}}}"#));
    let done = binary::finish(["evaluate", "--truth", &truth, "--candidates", &candidates, "--json"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let report: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    let total = &report["total"];
    for (word, count) in [("events", 3), ("raised", 3), ("matched", 2), ("missed", 1), ("false", 1)] {
        assert_eq!(total[word], count, "{word} in {total}");
    }
    assert_eq!(total, &report["by_rule"]["illegal-parking"]);
    // 2.4 hours are a tenth of a day.
    let per_day = total["false_per_camera_day"].as_f64().expect("a number");
    assert!((per_day - 10.0).abs() < 1e-6, "{total}");
    let delay = total["delay_s"]["median"].as_f64().expect("a number");
    assert!((10.0..13.0).contains(&delay), "{total}");

    let done = binary::finish(["evaluate", "--truth", &truth, "--candidates", &candidates, "--events"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let totals = "3 events: 2 raised, 1 missed; 0 look-alikes: 0 quiet; 1 false candidate\n";
    assert!(done.stdout.ends_with(totals), "{}", done.stdout);
    assert_eq!(done.stdout.matches("/end.jpg\n").count(), 3, "{}", done.stdout);

    let broken = write("broken.json", "{\"events\": [}");
    let done = binary::finish(["evaluate", "--truth", &broken, "--candidates", &candidates]);
    assert_told(&done, 2, &broken);
    let half = write("half.jsonl", "{\"data\": {\"id\": 1\n");
    let done = binary::finish(["evaluate", "--truth", &truth, "--candidates", &half]);
    assert_told(&done, 2, &half);
}

#[test]
fn topic_tail_refuses_what_is_no_topic_and_no_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = format!("embedded:{}/nowhere", folder.path().display());
    let done = binary::finish(["topic", "tail", "gossip", "--log", &nowhere]);
    assert_told(&done, 2, "gossip");
    assert_told(&done, 2, "dispatch");
    let done = binary::finish(["topic", "tail", "dispatch", "--log", &nowhere]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(1), ""), "{}", done.stderr);
    assert!(done.stderr.contains("nowhere"), "{}", done.stderr);
    assert!(!folder.path().join("nowhere").exists(), "looking at a log made one");
    let done = binary::finish(["topic", "tail", "dispatch", "--log", "carrier-pigeon:coop"]);
    assert_ne!(done.code, Some(0));
    assert!(done.stderr.contains("carrier-pigeon"), "{}", done.stderr);
}
