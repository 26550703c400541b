//! From the census to a candidate: register, baseline, a cover that disappears, and a change that is accepted.

use serde_json::Value;
use std::path::{Path, PathBuf};
use streetwatch_tests::binary::{self, Finished};
use streetwatch_tests::candidates::{iou, text};
use streetwatch_tests::city::City;
use streetwatch_tests::media;
use streetwatch_tests::street::{self, BIN, COVER, RAILING, Scene};

const COVER_ID: &str = "32011301002000123";
const BIN_ID: &str = "32011303005000007";
const RAILING_ID: &str = "32011302017000001";
const START: &str = "start = \"2026-06-01T10:00:00+08:00\"";

/// A census of the street.
fn census(folder: &Path) -> PathBuf {
    let head =
        "id,name,state,competent_code,competent_name,grid,entered,longitude,latitude,camera,polygon,polyline,width";
    let rest = "完好,320113000000000001,市政处,320113001001001,2026-01-05,118.96,32.13,c-001";
    let rows = [
        format!("{COVER_ID},污水井盖,{rest},\"{COVER}\",,"),
        format!("{BIN_ID},垃圾箱,{rest},\"{BIN}\",,"),
        format!("{RAILING_ID},交通护栏,{rest},,\"{RAILING}\",0.09"),
    ];
    let file = folder.join("census.csv");
    std::fs::write(&file, format!("{head}\n{}\n", rows.join("\n"))).expect("a file");
    file
}

/// A city of one camera that sees the film.
fn city(folder: &Path, film: &Path, camera: &str, zone: &str) -> String {
    let at = folder.display();
    let census = census(folder);
    City::new(folder)
        .replace(
            "model = \"yolox-nano\"\n",
            &format!("district = \"320113\"\ncomponents = [\"{}\"]\n", census.display()),
        )
        .camera("c-001", film.display(), &format!("{START}\ngate = false\n{camera}"))
        .zone("parts", "component", "[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]", zone)
        .table(&format!("[baselines]\nstore = \"{at}/baselines\""))
        .write()
}

fn well(done: &Finished) {
    assert_eq!(done.code, Some(0), "{}\n{}", done.stderr, done.stdout);
}

/// Builds and approves a baseline of twelve pictures of the street as it should be.
fn approve_baseline(folder: &Path, city: &str) {
    let film = street::film(folder, "baseline.mp4", (0..12).map(|_| Scene::default()));
    let film = film.to_str().expect("UTF-8");
    let build = ["baseline", "build", city, "--camera", "c-001", "--part", "day", "--from", film];
    well(&binary::finish(build.into_iter().chain(["--pictures", "12", "--every", "1s"])));
    let approve = ["baseline", "approve", city, "--camera", "c-001", "--by", "Li Wei"];
    well(&binary::finish(approve.into_iter().chain(["--at", "2026-05-30T09:00:00+08:00"])));
}

/// Replays a city; the candidates, and what was printed.
fn replay(city: &str) -> (Vec<Value>, String) {
    let done = binary::finish(["replay", city, "--json"]);
    well(&done);
    (done.json_lines().into_iter().map(|event| event["data"].clone()).collect(), done.stdout)
}

#[test]
fn a_cover_that_disappears_is_one_candidate_and_never_again_once_the_change_is_accepted() {
    if !media::available() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path();
    let film = street::film(folder, "film.mp4", (0..60).map(|t| Scene { cover: t < 20, ..Scene::default() }));
    let city = city(folder, &film, "", "");

    let done = binary::finish(["check", &city]);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains("no approved baseline; `streetwatch baseline build`"), "{}", done.stderr);
    approve_baseline(folder, &city);
    well(&binary::finish(["check", &city]));

    let (candidates, printed) = replay(&city);
    assert_eq!(candidates.len(), 1, "{candidates:#?}");
    let cover = &candidates[0];
    assert_eq!((text(cover, "rule"), text(cover, "component")), ("component", COVER_ID));
    assert_eq!((text(cover, "class_code"), text(cover, "class_name")), ("01002", "污水井盖异常"));
    assert_eq!((text(cover, "zone"), text(cover, "grid")), ("parts", "320113001001001"));
    let finding = &cover["finding"];
    assert_eq!((text(finding, "fault"), &finding["urgent"]), ("missing", &Value::Bool(true)));
    assert_eq!(text(&finding["competent"], "name"), "市政处");
    assert_eq!((&finding["baseline"]["version"], text(&finding["baseline"], "approved_by")), (&1.into(), "Li Wei"));
    assert!(finding["seen"].as_u64().expect("a number") >= 4, "{finding}");
    // It was gone from 10:00:20 on; urgent, so raised within half a minute.
    let raised = text(cover, "raised_at");
    assert!(("2026-06-01T10:00:24+08:00".."2026-06-01T10:00:51+08:00").contains(&raised), "{raised}");
    let bbox: Vec<f64> = cover["object"]["bbox"].as_array().expect("a box").iter().filter_map(Value::as_f64).collect();
    assert!(iou([bbox[0], bbox[1], bbox[2], bbox[3]], [0.35, 0.72, 0.10, 0.14]) > 0.4, "{bbox:?}");
    let kinds: Vec<_> = cover["evidence"].as_array().expect("evidence").iter().map(|e| text(e, "kind")).collect();
    for kind in ["start", "end", "scene", "crop", "clip", "baseline", "overlay", "manifest"] {
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }

    // The reviewer says: this is how it should be now.
    let file = folder.join("candidates.jsonl");
    std::fs::write(&file, printed).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let accept = ["baseline", "accept", &city, text(cover, "id"), "--candidates", file, "--by", "Wang Fang"];
    well(&binary::finish(accept));
    let listed = binary::finish(["baseline", "list", &city]);
    assert!(listed.stdout.contains("v2: v1 with 32011301002000123"), "{}", listed.stdout);
    assert!(listed.stdout.contains("by Wang Fang"), "{}", listed.stdout);
    let gone = street::film(folder, "film.mp4", (0..40).map(|_| Scene { cover: false, ..Scene::default() }));
    assert_eq!(gone, film);
    let (candidates, _) = replay(&city);
    assert_eq!(candidates, Vec::<Value>::new());
    // What was there before would now be the change.
    let shown = folder.join("baseline.jpg");
    well(&binary::finish(["baseline", "show", &city, "--camera", "c-001", "--out", shown.to_str().expect("UTF-8")]));
    assert!(shown.is_file());
}

#[test]
fn a_street_that_only_grows_darker_and_lighter_raises_nothing() {
    if !media::available() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path();
    let light = |t: i32| 1.0 - 0.45 * (0.5 - (f64::from(t) / 10.0).cos() / 2.0) as f32;
    let film = street::film(folder, "film.mp4", (0..60).map(|t| Scene { light: light(t), ..Scene::default() }));
    let city = city(folder, &film, "", "dwell = \"20s\"\nupdate = \"20s\"");
    approve_baseline(folder, &city);
    assert_eq!(replay(&city).0, Vec::<Value>::new());
}

#[test]
fn a_camera_that_is_turned_away_says_so_and_its_components_wait() {
    if !media::available() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path();
    // Turned by a sixth of the picture, with the cover gone: nothing can be said of it.
    let scene = |t| Scene { turned: if t < 10 { 0 } else { 220 }, cover: t < 10, ..Scene::default() };
    let film = street::film(folder, "film.mp4", (0..40).map(scene));
    let city = city(folder, &film, "", "");
    approve_baseline(folder, &city);
    let done = binary::finish(["run", &city, "--once", "--show"]);
    well(&done);
    assert_eq!(done.stdout, "", "no candidate");
    let log = format!("embedded:{}/log", folder.display());
    let health = binary::finish(["topic", "tail", "health", "--from-beginning", "--json", "--log", &log]);
    let moved: Vec<Value> = health
        .json_lines()
        .into_iter()
        .map(|record| record["payload"]["data"].clone())
        .filter(|health| health["state"] == "moved")
        .collect();
    assert!(!moved.is_empty(), "{}", health.stdout);
    assert!(text(&moved[0], "reason").contains("off its baseline"), "{moved:#?}");
    // Said within two samples of the turn at 10:00:10.
    let last = text(&moved[0], "last_picture");
    assert!(last <= "2026-06-01T10:00:12+08:00", "{last}");
}

#[test]
fn what_is_wrong_with_register_and_baseline_is_told_with_what_to_do() {
    if !media::available() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path();
    let film = street::film(folder, "film.mp4", (0..12).map(|_| Scene::default()));
    let city = city(folder, &film, "", "components = [\"32011301002000999\", \"32011303005000007\"]");
    let told = |done: &Finished, code: i32, words: &str| {
        assert_eq!(done.code, Some(code), "{}", done.stderr);
        assert!(done.stderr.contains(words), "no \"{words}\" in: {}", done.stderr);
    };
    told(&binary::finish(["check", &city]), 1, "no component 32011301002000999 is registered");

    // A bad row costs itself only.
    let census = folder.join("bad.csv");
    let rows = format!("id,camera,polygon\n3201,c-001,\n{BIN_ID},c-001,\"{BIN}\"\n{BIN_ID},c-001,\"{BIN}\"\n");
    std::fs::write(&census, rows).expect("a file");
    let census = census.to_str().expect("UTF-8");
    let done = binary::finish(["components", "import", census, "--city", &city]);
    told(&done, 1, "bad.csv:2: id: \"3201\" has 4 digits: an id has 17");
    told(&done, 1, "bad.csv:4: id: 32011303005000007 stands at");
    told(&done, 1, "components imported: 1; rows refused: 2");
    let log = format!("embedded:{}/log", folder.display());
    let tail = binary::finish(["topic", "tail", "components", "--from-beginning", "--json", "--log", &log]);
    assert_eq!(tail.json_lines().len(), 1, "{}", tail.stdout);
    assert_eq!(tail.json_lines()[0]["payload"]["data"]["id"], BIN_ID);

    // Black pictures, pictures of two sizes, too few pictures.
    let black = street::film(folder, "black.mp4", (0..12).map(|_| Scene { light: 0.0, ..Scene::default() }));
    let small = media::Clip { seconds: 12, fps: 1, gop: 1, size: (640, 360), ..media::Clip::default() };
    let small = small.make(folder, "small.mp4");
    let build = |files: &[&Path], pictures: &str| {
        let start = ["baseline", "build", &city, "--camera", "c-001", "--part", "day", "--every", "1s"];
        let files = files.iter().map(|f| f.to_str().expect("UTF-8"));
        let end = ["--without-detector", "--pictures", pictures, "--from"];
        binary::finish(start.into_iter().chain(end).chain(files))
    };
    told(&build(&[&black], "12"), 1, "12 are dark or without contrast");
    told(&build(&[&film, &small], "20"), 1, "a picture of 640x360 among pictures of 1280x720");
    told(&build(&[&film], "3"), 1, "3 of 3 pictures can be used and 5 are needed");
    // A baseline of another resolution.
    well(&build(&[&small], "12"));
    well(&binary::finish(["baseline", "approve", &city, "--camera", "c-001", "--by", "Li Wei"]));
    told(&binary::finish(["check", &city]), 1, "is of 640x360, the camera's pictures are of 1280x720; build a new one");
    told(
        &binary::finish(["baseline", "show", &city, "--camera", "c-001", "--part", "noon"]),
        2,
        "there are: day, night",
    );
    told(&binary::finish(["baseline", "show", &city, "--camera", "c-001", "--version", "7"]), 1, "no version 7 of");
}
