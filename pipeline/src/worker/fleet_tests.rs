//! Cameras that come and go in one process.

use super::testing::{city, free_eyes};
use super::{Fleet, Message, Sink};
use crate::clock::SystemClock;
use crate::evidence::{EvidenceRecorder, store};
use crate::log::LogError;
use crate::registry::Registry;
use parking_lot::Mutex;
use std::sync::Arc;

/// Keeps of which camera a snapshot was said.
#[derive(Default)]
struct Said(Mutex<Vec<String>>);

impl Sink for Said {
    fn publish(&self, batch: &[Message]) -> Result<(), LogError> {
        let states = batch.iter().filter(|message| matches!(message, Message::State(_)));
        self.0.lock().extend(states.map(|message| message.camera().to_owned()));
        Ok(())
    }
}

#[test]
fn a_camera_that_ends_has_said_its_memory_and_another_one_runs_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (city, (eyes, asked)) = (city(folder.path(), "10m"), free_eyes());
    let clock = Arc::new(SystemClock::default());
    let evidence = Arc::new(store::open(&folder.path().to_string_lossy()).expect("a store"));
    let (evidence, said) = (EvidenceRecorder::new(evidence, clock.clone()), Arc::<Said>::default());
    let fleet =
        Fleet::start(city.clone(), eyes, evidence, said.clone(), clock, Registry::default(), None).expect("threads");
    for camera in &city.cameras {
        fleet.begin(camera, 0, "1", None).expect("begins");
    }
    let looked_at = |camera: &str| while asked.recv().expect("cameras run") != camera {};
    looked_at("c-001");
    looked_at("c-002");

    fleet.end(&["c-001".to_owned()].into());
    let last = said.0.lock().iter().rev().find(|camera| *camera == "c-001").cloned();
    assert_eq!((last.as_deref(), fleet.len()), (Some("c-001"), 1), "said before `end` returned");
    looked_at("c-002");

    // Other zones, same source; and a camera that does not run begins.
    fleet.change(&city.cameras[1], 0, "2").expect("changes");
    fleet.change(&city.cameras[0], 0, "2").expect("begins");
    looked_at("c-001");
    assert_eq!(fleet.len(), 2);
    let before = said.0.lock().len();
    assert_eq!(fleet.stop(), 0);
    assert!(said.0.lock().len() >= before + 2, "the memory of each");
}
