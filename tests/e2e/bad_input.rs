//! What is wrong with a source is told, counted, and disturbs nobody else.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use streetwatch_tests::binary::{self, Finished, Running};
use streetwatch_tests::candidates::{assert_one_at_each, raised, text};
use streetwatch_tests::city::City;
use streetwatch_tests::footage::{self, CARS, KERB};
use streetwatch_tests::rtsp::{Login, RtspServer};
use streetwatch_tests::{media, rtsp};

const PATIENCE: Duration = Duration::from_secs(60);
const DWELL: &str = "dwell = \"10s\"";

fn kerb(city: City) -> City {
    city.zone("kerb", "illegal-parking", KERB, DWELL)
}

/// The street as MPEG-TS: 8 s of it, then the same in half as many pixels again.
fn changing_size(folder: &Path) -> PathBuf {
    let small = footage::street_elementary(folder, 8, "small.h264", "640x352");
    let large = footage::street_elementary(folder, 16, "large.h264", "960x528");
    let both = folder.join("both.h264");
    let parts = [small, large].map(|part| std::fs::read(part).expect("a file"));
    std::fs::write(&both, parts.concat()).expect("a file");
    let both = both.to_str().expect("UTF-8");
    media::ffmpeg(folder, &["-framerate", "10", "-i", both, "-c", "copy"], "both.ts")
}

/// The street with its index first, so that it can be read as far as it goes.
fn cut_off(folder: &Path, part: f64) -> PathBuf {
    let street = footage::street();
    let street = street.to_str().expect("UTF-8");
    let whole = media::ffmpeg(folder, &["-i", street, "-c", "copy", "-movflags", "+faststart"], "whole.mp4");
    media::truncated(&whole, part)
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("bound").port()
}

/// The last record of a camera.
fn last<'a>(health: &'a [Value], camera: &str) -> &'a Value {
    health.iter().rfind(|h| h["camera"] == camera).unwrap_or_else(|| panic!("nothing of {camera}: {health:#?}"))
}

#[test]
fn bad_sources_are_told_and_counted_and_their_neighbour_goes_on_raising() {
    if !footage::available() || !media::available() || !rtsp::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("text.mp4"), "This is no video, whatever its name says.\n".repeat(50)).expect("a file");
    let clip = media::Clip::default().make(folder.path(), "locked.h264");
    let login = Login { user: "viewer", password: "right", digest: false };
    let server = RtspServer::start(&[("locked", &clip)], Some(login));
    let refused = format!("rtsp://127.0.0.1:{}/x", closed_port());
    let street = std::fs::read(footage::street()).expect("a file");
    std::fs::write(file("headless.mp4"), &street[..street.len() / 2]).expect("a file");

    let mut city = kerb(City::new(folder.path()).camera("healthy", footage::street().display(), ""));
    city = kerb(city.camera("resized", changing_size(folder.path()).display(), ""));
    city = city
        .camera("text", file("text.mp4").display(), "")
        .camera("sound", media::audio_only(folder.path()).display(), "")
        .camera("headless", file("headless.mp4").display(), "")
        .camera("cut", cut_off(folder.path(), 0.4).display(), "")
        .camera("missing", file("nowhere.mp4").display(), "")
        .camera("locked", server.url_as("locked", "viewer", "hunter2"), "")
        .camera("refused", &refused, "");
    let mut run = Running::start(&city, "run");
    let six = |run: &Running| run.stdout().lines().filter(|line| line.starts_with("raised ")).count() >= 6;
    run.wait("six raised", PATIENCE, |run| six(run).then_some(()));
    run.says(&["camera=cut ", "state=\"ended\""], 1, PATIENCE);
    let metrics = run.metrics();

    for (camera, state, words) in [
        ("text", "failed", "not a media file"),
        ("sound", "failed", "no video stream (only audio)"),
        ("headless", "failed", "the file is cut off"),
        ("cut", "ended", "the file is cut off"),
        ("missing", "failed", "not found"),
        ("locked", "reconnecting", "user name or password refused (401)"),
        ("refused", "reconnecting", "connection refused"),
    ] {
        let last = last(&run.topic("health"), camera).clone();
        assert_eq!(text(&last, "state"), state, "{last}");
        assert!(text(&last, "reason").contains(words), "{last}");
        // What, where, and what to do.
        assert!(text(&last, "reason").contains("; "), "no advice: {last}");
        let counted = format!("streetwatch_source_errors_total{{camera=\"{camera}\"");
        assert!(metrics.contains(&counted), "not counted: {camera}\n{metrics}");
    }
    assert_eq!(run.lines_with(&["camera=resized", "picture size changed"]), 1, "{}", run.stderr());
    let (dispatch, health) = (run.topic("dispatch"), run.topic("health"));
    assert_one_at_each(&raised(&dispatch, "healthy"), &CARS);
    assert_one_at_each(&raised(&dispatch, "resized"), &CARS);
    let (code, stderr) = run.terminate();
    assert_eq!(code, Some(0), "{stderr}");
    for told in [&stderr, &serde_json::to_string(&health).expect("JSON")] {
        assert!(!told.contains("hunter2"), "the password is told:\n{told}");
    }
}

#[test]
fn candidates_go_on_without_evidence_when_the_store_is_full() {
    if !footage::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let small = folder.path().join("small");
    std::fs::create_dir(&small).expect("a folder");
    // A file system of 100 KB in a namespace of its own, which ends with the process.
    let launcher = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        unshare.arg("mount -t tmpfs -o size=100k none \"$0\" && exec \"$@\"").arg(&small);
        unshare
    };
    if !launcher().arg("true").output().is_ok_and(|tried| tried.status.success()) {
        eprintln!("skipped: no small file system can be mounted here");
        return;
    }
    let start = "start = \"2026-06-01T08:00:00+08:00\"";
    let city = kerb(City::new(folder.path()).camera("street", footage::street().display(), start));
    let city = city.replace("/evidence\"", "/small/evidence\"");
    let replay = binary::command_under(launcher(), ["replay", &city.write(), "--json"]).output();
    let done = Finished::from(replay.expect("streetwatch starts"));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let found: Vec<_> = done.json_lines().into_iter().map(|event| event["data"].clone()).collect();
    assert_one_at_each(&found, &CARS);
    let complaints = done.stderr.lines().filter(|line| line.contains("disk_full")).count();
    let written: usize = found.iter().map(|c| c["evidence"].as_array().expect("a list").len()).sum();
    // Seven files for each of three candidates: written, or complained about.
    assert_eq!((complaints > 0, complaints + written), (true, 3 * 7), "{}", done.stderr);
}
