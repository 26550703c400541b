//! `run` over real RTSP: servers that die and freeze, processes that stop and are killed.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use streetwatch::payload::OffsetTime;
use streetwatch_tests::binary::{Follower, Running, topic};
use streetwatch_tests::candidates::{assert_one_at_each, ids, raised, text};
use streetwatch_tests::city::City;
use streetwatch_tests::footage::{self, CARS, KERB};
use streetwatch_tests::rtsp::RtspServer;
use streetwatch_tests::{media, rtsp};

const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than what comes before the first kill, on a busy machine too.
const DWELL: &str = "dwell = \"20s\"";

fn available() -> bool {
    footage::available() && media::available() && rtsp::available()
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as i64
}

/// A time of a payload, in milliseconds since 1970.
fn millis(value: &Value, key: &str) -> i64 {
    text(value, key).parse::<OffsetTime>().expect("RFC 3339").event_time().0
}

/// A city of RTSP cameras that look at the standing cars.
fn city(folder: &Path, server: &RtspServer, cameras: &[&str]) -> City {
    let add = |city: City, id: &&str| {
        city.camera(id, server.url(id), "stall = \"2s\"").zone("kerb", "illegal-parking", KERB, DWELL)
    };
    cameras.iter().fold(City::new(folder), add).table("[limits]\nsnapshot = \"2s\"")
}

/// Waits until every camera has entered `state` so many times.
fn entered(run: &mut Running, cameras: &[&str], state: &str, times: usize) {
    for camera in cameras {
        run.says(&[&format!("camera={camera} "), &format!("state=\"{state}\"")], times, PATIENCE);
    }
}

/// Ids of candidates printed as raised, each after its acknowledgement: parts of their manifests' paths.
fn printed(stdout: &str) -> Vec<String> {
    let manifests = stdout.lines().filter_map(|line| line.trim().strip_suffix("/manifest.json"));
    manifests.filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect()
}

/// Pictures of one camera that reached the rules.
fn pictures(run: &Running, camera: &str) -> u64 {
    let name = format!("streetwatch_pictures_total{{camera=\"{camera}\"}} ");
    run.metrics().lines().find_map(|line| line.strip_prefix(&name)?.trim().parse().ok()).unwrap_or(0)
}

/// Waits until so many more pictures of each camera were judged.
fn look_at(run: &mut Running, cameras: &[&str], more: u64) {
    for camera in cameras {
        let wanted = pictures(run, camera) + more;
        run.wait("more pictures", PATIENCE, |run| (pictures(run, camera) >= wanted).then_some(()));
    }
}

/// Fails unless `wanted` are among `states` in this order.
fn assert_in_order(states: &[&str], wanted: &[&str]) {
    let mut left = states.iter();
    assert!(wanted.iter().all(|w| left.any(|s| s == w)), "not {wanted:?} in this order: {states:?}");
}

#[test]
fn cameras_come_back_after_two_kills_and_a_freeze_and_nothing_is_raised_twice() {
    if !available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let avc = footage::street_elementary(folder.path(), 12, "avc.h264", "640x352");
    let hevc = footage::street_elementary(folder.path(), 12, "hevc.h265", "640x352");
    let cameras = ["avc", "hevc"];
    let mut server = RtspServer::start(&[("avc", &avc), ("hevc", &hevc)], None);
    let city = city(folder.path(), &server, &cameras);
    let mut run = Running::start(&city, "run");

    // Killed before the dwell is over, and again once the cars were raised.
    run.says(&["running city=test"], 1, PATIENCE);
    let told = Follower::start(&city, "health");
    entered(&mut run, &cameras, "online", 1);
    look_at(&mut run, &cameras, 8);
    let first_kill = now();
    for kill in 1..=2 {
        assert_eq!(printed(&run.stdout()).len(), if kill == 1 { 0 } else { 6 }, "{}", run.stdout());
        server.kill();
        entered(&mut run, &cameras, "reconnecting", kill);
        assert_eq!(run.lines_with(&["state=\"online\""]), 2 * kill, "online without a server:\n{}", run.stderr());
        server.restart();
        entered(&mut run, &cameras, "online", kill + 1);
        run.wait("six raised", PATIENCE, |run| (printed(&run.stdout()).len() >= 6).then_some(()));
    }
    server.freeze();
    entered(&mut run, &cameras, "stalled", 1);
    server.thaw();
    entered(&mut run, &cameras, "online", 4);
    look_at(&mut run, &cameras, 5);

    let (code, stderr) = run.terminate();
    assert_eq!(code, Some(0), "{stderr}");
    for camera in cameras {
        assert!(server.says(&format!("teardown {camera}"), Duration::from_secs(5)), "no goodbye to {camera}");
    }
    let (dispatch, state) = (topic(&city.log(), "dispatch"), topic(&city.log(), "state"));
    let health = told.stop();
    for camera in cameras {
        let raised = raised(&dispatch, camera);
        assert_one_at_each(&raised, &CARS);
        for candidate in &raised {
            assert!(millis(candidate, "first_seen") <= first_kill, "the first kill ended the stay: {candidate}");
        }
        assert_open_candidates_are_remembered(&state, &dispatch, camera);
        let of_camera: Vec<_> = health.iter().filter(|h| h["camera"] == camera).collect();
        let states: Vec<_> = of_camera.iter().map(|h| text(h, "state")).collect();
        let story = ["connecting", "online", "reconnecting", "online", "reconnecting", "online", "stalled", "online"];
        assert_in_order(&states, &story);
        for online in of_camera.iter().filter(|h| h["state"] == "online") {
            let age = millis(online, "at") - millis(online, "last_picture");
            assert!(age < 5_000, "online with a picture {age} ms old: {online}");
        }
    }
}

/// The last snapshot of the camera holds the evidence of each candidate that is still open.
fn assert_open_candidates_are_remembered(state: &[Value], dispatch: &[Value], camera: &str) {
    let last = state.iter().rfind(|s| s["camera"] == camera).expect("a snapshot");
    let known = last["snapshot"]["evidence"].as_object().expect("a table");
    for candidate in raised(dispatch, camera) {
        let final_word = dispatch.iter().rfind(|c| c["id"] == candidate["id"]).expect("itself at least");
        let open = matches!(text(final_word, "state"), "raised" | "updated");
        assert_eq!(known.contains_key(text(&candidate, "id")), open, "{candidate}");
    }
}

#[test]
fn a_stay_outlives_a_restart_and_a_sigkill_and_is_raised_once() {
    if !available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let clip = footage::street_elementary(folder.path(), 12, "clip.h264", "640x352");
    let cameras = ["one", "two"];
    let server = RtspServer::start(&[("one", &clip), ("two", &clip)], None);
    let city = city(folder.path(), &server, &cameras);

    let mut first = Running::start(&city, "first");
    entered(&mut first, &cameras, "online", 1);
    look_at(&mut first, &cameras, 3);
    assert_eq!(printed(&first.stdout()), [""; 0]);
    let (code, stderr) = first.terminate();
    let stopped = now();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("stopped; everything acknowledged is on the log"), "{stderr}");

    // Killed at each acknowledgement, in the middle of those of the other cars.
    let mut acknowledged = BTreeSet::new();
    while acknowledged.len() < 6 {
        let mut run = Running::start(&city, "killed");
        let on_log: BTreeSet<_> = topic_raised(&city).into_iter().collect();
        assert!(acknowledged.is_subset(&on_log), "acknowledged and lost: {acknowledged:?}, on the log: {on_log:?}");
        if on_log.len() >= 6 {
            break;
        }
        run.wait("a raised one", PATIENCE, |run| (!printed(&run.stdout()).is_empty()).then_some(()));
        acknowledged.extend(printed(&run.kill()));
    }

    let mut last = Running::start(&city, "last");
    entered(&mut last, &cameras, "online", 1);
    look_at(&mut last, &cameras, 5);
    let (code, stderr) = last.terminate();
    assert_eq!(code, Some(0), "{stderr}");

    let dispatch = topic(&city.log(), "dispatch");
    let mut all = Vec::new();
    for camera in cameras {
        let raised = raised(&dispatch, camera);
        assert_one_at_each(&raised, &CARS);
        all.extend(raised);
    }
    assert!(acknowledged.is_subset(&ids(&all)), "acknowledged and lost: {acknowledged:?}");
    for candidate in &all {
        assert!(millis(candidate, "first_seen") <= stopped, "the restart ended the stay: {candidate}");
        for item in candidate["evidence"].as_array().expect("a list") {
            let path = text(item, "uri").strip_prefix("file://").expect("a file");
            assert!(Path::new(path).is_file(), "{path} is on the log and not in the store");
        }
    }
}

/// Ids of what was raised, as the log tells them.
fn topic_raised(city: &City) -> Vec<String> {
    let dispatch = topic(&city.log(), "dispatch");
    dispatch.iter().filter(|c| c["state"] == "raised").map(|c| text(c, "id").to_owned()).collect()
}
