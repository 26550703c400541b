//! A camera goes on with other settings; the others do not notice.

use super::control::{Control, ReloadError, Reloaded};
use super::testing::{Running, city, running};
use crate::payload::EvidenceKind;
use crossbeam_channel::Receiver;
use operators::rehearsal::{Event, rehearse};
use operators::watch::WatchConfig;
use std::sync::atomic::Ordering;

/// Waits until a camera has asked about so many pictures; counts what others ask meanwhile.
fn wait_for(asked: &Receiver<String>, camera: &str, pictures: usize, others: &mut usize) {
    let mut seen = 0;
    while seen < pictures {
        match asked.recv().expect("cameras run").as_str() {
            id if id == camera => seen += 1,
            _ => *others += 1,
        }
    }
}

fn times(control: &Control, camera: &str) -> Vec<i64> {
    let (events, _) = control.views().get(camera, "home").and_then(|view| view.recalled()).expect("pictures");
    let picture = |event: &Event| matches!(event, Event::Picture { .. }).then(|| event.at().0);
    events.iter().filter_map(picture).collect()
}

#[test]
fn a_reloaded_camera_goes_on_at_its_next_picture_with_its_memory_and_the_other_does_not_notice() {
    let Running { city: runs, control, collector, asked, mut permits, folder } = running("10m");
    let mut others = 0;
    for _ in 0..5 {
        permits["c-001"].send(()).expect("it asks");
    }
    wait_for(&asked, "c-001", 6, &mut others);
    let edited = city(folder.path(), "20s");
    let flag = control.0.running.lock()[&("c-001".to_owned(), "home".to_owned())].leave.clone();
    let reload = {
        let (control, edited) = (control.clone(), edited.clone());
        std::thread::spawn(move || control.reload(&edited, "c-001", "home"))
    };
    // The camera is held in its sixth picture, so it sees the wish before its seventh.
    while !flag.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
    permits.remove("c-001");
    // The other camera is held in its first picture all the while.
    assert_eq!(reload.join().expect("no panic").expect("reloaded"), Reloaded::Running);
    let of_the_other = control.0.running.lock()[&("c-002".to_owned(), "home".to_owned())].leave.load(Ordering::Acquire);
    assert!(!of_the_other && others <= 1, "asked to leave: {of_the_other}, pictures: {others}");
    permits.clear();
    assert_eq!(runs.finish(), 0);

    let (first, second) = (times(&control, "c-001"), times(&control, "c-002"));
    assert_eq!(first, second, "the same pictures, none lost and none twice");
    assert!(first.len() > 25 && first.windows(2).all(|pair| pair[0] < pair[1]));
    let raised = collector.candidates();
    assert_eq!(raised.iter().map(|e| e.data.camera.as_str()).collect::<Vec<_>>(), ["c-001"], "10 m against 20 s");
    let candidate = &raised[0].data;
    assert_eq!(candidate.first_seen.event_time().0, first[0], "it stood there before the reload");
    let manifest = candidate.evidence.iter().find(|item| item.kind == EvidenceKind::Manifest).expect("a manifest");
    let path = url::Url::parse(&manifest.uri).ok().and_then(|url| url.to_file_path().ok()).expect("a file");
    let manifest = std::fs::read_to_string(path).expect("written");
    assert!(manifest.contains(&edited.version), "the configuration that was in force");
}

#[test]
fn what_a_reload_cannot_change_is_refused_and_the_camera_runs_on() {
    let Running { city: runs, control, permits, folder, .. } = running("10m");
    let mut other = (*city(folder.path(), "20s")).clone();
    other.cameras[0].url = "rtsp://192.0.2.1/".to_owned();
    assert!(matches!(control.reload(&other, "c-001", "home"), Err(ReloadError::Restart(_, "url"))));
    assert!(matches!(control.reload(&other, "c-009", "home"), Err(ReloadError::Unknown(..))));
    drop(permits);
    assert_eq!(runs.finish(), 0);
    assert!(times(&control, "c-001").len() > 25);
    let ended = control.reload(&city(folder.path(), "20s"), "c-001", "home");
    assert_eq!(ended.expect("no error"), Reloaded::Ended);
}

#[test]
fn the_last_hour_seen_again_raises_what_was_raised() {
    let Running { city: runs, control, collector, permits, folder, .. } = running("20s");
    drop(permits);
    assert_eq!(runs.finish(), 0);
    let (events, _) = control.views().get("c-001", "home").and_then(|view| view.recalled()).expect("pictures");
    let again = |dwell: &str| {
        let zones = city(folder.path(), dwell).cameras[0].zones.clone();
        rehearse(&events, WatchConfig { zones, ..WatchConfig::default() })
    };
    let live: Vec<_> = collector.candidates().into_iter().map(|e| (e.data.first_seen, e.data.raised_at)).collect();
    let seen: Vec<_> = again("20s").into_iter().map(|r| (r.first_seen, r.raised_at)).collect();
    assert_eq!(live.iter().map(|(a, b)| (a.event_time(), b.event_time())).collect::<Vec<_>>(), seen);
    assert_eq!((seen.len(), again("10m").len()), (1, 0));
}
