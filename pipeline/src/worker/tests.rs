#![allow(clippy::unwrap_used)]
//! From changes to acknowledged messages, and what a camera's health says.

use super::camera::Shared;
use super::components::Look;
use super::dispatcher::{Dispatcher, Job, News};
use super::eyes::Eyes;
use super::health::HealthMerge;
use super::sink::{Message, Sink};
use super::views::Views;
use crate::clock::SimulatedClock;
use crate::config;
use crate::evidence::{EvidenceRecorder, store};
use crate::log::{ErrorKind, LogError};
use crate::payload::{CameraState, ModelRef, State};
use crate::source::{Health, HealthReport};
use models::{Detector, InferError, Planes, Prepared};
use operators::quality::Quality;
use operators::vocabulary::{BBox, Change, Detection, EventTime, Label, Sighting, StayId, Transition};
use operators::watch::Suspension;
use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const CITY: &str = r#"
city = "demo"
[[camera]]
id = "c-001"
url = "rtsp://192.0.2.10/stream"
[[camera.zone]]
id = "kerb"
polygon = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]
rule = "illegal-parking"
"#;

struct Blind;

impl Detector for Blind {
    fn prepare(&self, _: &Planes<'_>) -> Result<Prepared, InferError> {
        Err(InferError::Stopped)
    }
    fn detect(&self, _: &str, _: Prepared) -> Result<Vec<Detection>, InferError> {
        Err(InferError::Stopped)
    }
}

/// Refuses with the given errors, one after the other, then takes everything.
#[derive(Default)]
struct Moody {
    refusals: Mutex<Vec<ErrorKind>>,
    taken: Mutex<Vec<Message>>,
}

impl Sink for Moody {
    fn publish(&self, batch: &[Message]) -> Result<(), LogError> {
        if let Some(kind) = self.refusals.lock().pop() {
            return Err(LogError::new(kind, "test", "not now"));
        }
        self.taken.lock().extend_from_slice(batch);
        Ok(())
    }
}

fn change(transition: Transition, seconds: i64) -> Change {
    let at = EventTime(seconds * 1000);
    Change {
        stay: StayId { zone: "kerb".into(), rule: "illegal-parking".into(), start: EventTime(0), ordinal: 0 },
        transition,
        first_seen: EventTime(0),
        raised_at: EventTime(180_000),
        last: Sighting { at, bbox: BBox::new(0.4, 0.4, 0.1, 0.1), label: Label::Car, score: 0.5 },
        dwell: seconds * 1000,
        reason: None,
    }
}

/// Sends the changes one after the other; returns what was taken and how many messages were lost.
fn dispatch(sink: Arc<Moody>, changes: &[Change]) -> (Vec<Message>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SimulatedClock::starting_at(EventTime(0)));
    let model = ModelRef { name: "blind".into(), version: "1".into(), sha256: "0".repeat(64) };
    let shared = Arc::new(Shared {
        city: Arc::new(config::parse(Path::new("city.toml"), CITY).unwrap()),
        eyes: Arc::new(Eyes::around(Arc::new(Blind), model)),
        clock: clock.clone(),
        book: Default::default(),
        devices: Default::default(),
        views: Views::default(),
        stop: AtomicBool::new(false),
        live: true,
    });
    let recorder = EvidenceRecorder::new(Arc::new(store::open(&folder.path().to_string_lossy()).unwrap()), clock);
    let mut dispatcher = Dispatcher::start(shared.clone(), recorder, sink.clone()).unwrap();
    let sender = dispatcher.sender("c-001");
    let camera = Arc::new(shared.city.cameras[0].clone());
    for change in changes {
        sender.send(Job::News(Box::new(News {
            camera: camera.clone(),
            at: change.last.at,
            changes: vec![change.clone()],
            told: None,
            clip: None,
            snapshot: None,
            captured: None,
            configuration: "test".into(),
        })));
    }
    drop(sender);
    let lost = dispatcher.finish();
    (std::mem::take(&mut *sink.taken.lock()), lost)
}

fn states(messages: &[Message]) -> Vec<State> {
    let candidate = |m: &Message| match m {
        Message::Candidate(event) => Some(event.data.state),
        _ => None,
    };
    messages.iter().filter_map(candidate).collect()
}

#[test]
fn a_log_that_refuses_for_a_while_gets_everything_once_and_in_order() {
    let sink = Arc::new(Moody { refusals: Mutex::new(vec![ErrorKind::NoRoom; 7]), ..Moody::default() });
    let changes = [change(Transition::Raised, 180), change(Transition::Updated, 240), change(Transition::Ended, 250)];
    let (taken, lost) = dispatch(sink, &changes);
    assert_eq!((states(&taken), lost), (vec![State::Raised, State::Updated, State::Ended], 0));
}

#[test]
fn what_the_log_can_never_take_is_counted_as_lost_and_the_next_goes_on() {
    let sink = Arc::new(Moody { refusals: Mutex::new(vec![ErrorKind::TooLarge]), ..Moody::default() });
    let (taken, lost) = dispatch(sink, &[change(Transition::Raised, 180), change(Transition::Ended, 250)]);
    assert_eq!((states(&taken), lost), (vec![State::Ended], 1));
}

#[test]
fn a_candidate_has_its_class_and_an_ended_one_carries_the_evidence_of_its_raising() {
    let (taken, _) = dispatch(Arc::default(), &[change(Transition::Raised, 180), change(Transition::Ended, 250)]);
    let [Message::Candidate(raised), Message::Candidate(ended)] = taken.as_slice() else { panic!("{taken:?}") };
    assert_eq!((raised.data.class_code.as_str(), raised.data.id), ("09009", ended.data.id));
    assert!(!raised.data.evidence.is_empty(), "at least the manifest says what is missing");
    assert_eq!(raised.data.evidence, ended.data.evidence);
}

fn report(health: Health) -> HealthReport {
    HealthReport { health, since: EventTime(5), reason: "because".into() }
}

#[test]
fn a_dark_picture_shows_only_while_pictures_come_and_holds_the_rules() {
    let mut merge = HealthMerge::new(report(Health::Connecting));
    assert_eq!(merge.stream(report(Health::Online)).unwrap().state, CameraState::Online);
    let dark = merge.picture(Quality::Dark, EventTime(60)).unwrap();
    assert_eq!((dark.state, dark.since), (CameraState::Dark, EventTime(60)));
    assert_eq!(merge.picture(Quality::Dark, EventTime(61)), None, "said once");
    assert_eq!(merge.suspension(), Some(Suspension::Dark));
    assert_eq!(merge.stream(report(Health::Stalled)).unwrap().state, CameraState::Stalled);
    assert_eq!(merge.suspension(), Some(Suspension::Offline));
    merge.stream(report(Health::Online));
    assert_eq!(merge.picture(Quality::Good, EventTime(90)).unwrap().state, CameraState::Online);
    assert_eq!(merge.suspension(), None);
}

#[test]
fn a_camera_that_shows_what_was_is_online_and_says_how_far_behind_in_coarse_steps() {
    let mut merge = HealthMerge::new(report(Health::Online));
    assert_eq!(merge.behind(59_000).unwrap().reason, "because");
    let told: Vec<_> = [125_000, 130_000, 185_000, 7_300_000, 7_900_000, 900_000, 180_000_000, 5_000]
        .into_iter()
        .filter_map(|behind| merge.behind(behind))
        .map(|shown| (shown.state, shown.reason))
        .collect();
    let online = |reason: String| (CameraState::Online, reason);
    let steps = ["2 min", "3 min", "2 h", "10 min", "2 days"].map(|behind| format!("behind by {behind}"));
    let steps: Vec<String> = steps.into_iter().chain(["because".to_owned()]).collect();
    assert_eq!(told, steps.into_iter().map(online).collect::<Vec<_>>());
}

#[test]
fn a_camera_off_its_baseline_is_moved_and_a_bumped_one_is_online_with_a_word() {
    let mut merge = HealthMerge::new(report(Health::Online));
    let bumped = merge.look(&Look::Noted("bumped".into()), EventTime(10)).unwrap();
    assert_eq!((bumped.state, bumped.reason.as_str()), (CameraState::Online, "bumped"));
    assert_eq!(merge.suspension(), None);
    let off = merge.look(&Look::Off("turned".into()), EventTime(20)).unwrap();
    assert_eq!((off.state, off.since), (CameraState::Moved, EventTime(20)));
    assert_eq!(merge.suspension(), Some(Suspension::Moved));
    assert_eq!(merge.look(&Look::Off("turned".into()), EventTime(30)), None, "said once");
    assert_eq!(merge.picture(Quality::Dark, EventTime(40)).unwrap().state, CameraState::Dark);
    merge.picture(Quality::Good, EventTime(50));
    assert_eq!(merge.look(&Look::Fine, EventTime(60)).unwrap().state, CameraState::Online);
    assert_eq!(merge.suspension(), None);
}
