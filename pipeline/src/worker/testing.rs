//! A small city at work for tests: two cameras whose detector goes one picture at a time.

use super::city::{Known, Mode, start};
use super::control::Control;
use super::{Collector, Eyes};
use crate::clock::SystemClock;
use crate::config::{self, City};
use crate::evidence::{EvidenceRecorder, store};
use crate::payload::ModelRef;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use models::preprocess::Placement;
use models::{Detector, InferError, Planes, Prepared};
use operators::vocabulary::{BBox, Detection, Label};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Sees a car that stands, in each picture for which it is given leave; without limit once nobody holds it any more.
struct Stepper {
    asked: Sender<String>,
    leave: BTreeMap<String, Receiver<()>>,
}

impl Detector for Stepper {
    fn prepare(&self, _: &Planes<'_>) -> Result<Prepared, InferError> {
        Ok(Prepared::detached(Vec::new(), Placement { x: 0.0, y: 0.0, w: 1.0, h: 1.0 }))
    }

    fn detect(&self, camera: &str, _: Prepared) -> Result<Vec<Detection>, InferError> {
        let _nobody_listens_at_the_end = self.asked.send(camera.to_owned());
        let _given_or_unlimited = self.leave[camera].recv();
        let bbox = BBox::new(0.4, 0.5, 0.1, 0.1);
        Ok(vec![Detection { label: Label::Car, score: 0.8, bbox, condition: None }])
    }
}

/// Two cameras that show the same half minute; the dwell of the first one's zone.
pub fn city(folder: &Path, first: &str) -> Arc<City> {
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/clips/c-008.mp4");
    let camera = |id: &str, dwell: &str| {
        format!(
            "[[camera]]\nid = \"{id}\"\nurl = \"{}\"\nstart = \"2026-06-01T08:00:00+08:00\"\nsample = \"1s\"\n\
             grid = \"320113001001001\"\ngate = false\nfrozen = \"off\"\n[[camera.zone]]\nid = \"kerb\"\nrule = \"illegal-parking\"\n\
             polygon = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]\ndwell = \"{dwell}\"\n",
            clip.display()
        )
    };
    let text = format!(
        "city = \"demo\"\nlog = \"embedded:{0}/log\"\nstore = \"{0}\"\n{1}{2}",
        folder.display(),
        camera("c-001", first),
        camera("c-002", "10m")
    );
    let file = folder.join("CITY.toml");
    std::fs::write(&file, &text).expect("written");
    Arc::new(config::parse(&file, &text).expect("a city"))
}

/// The two cameras at work. A camera looks at a picture for each leave it is given, and freely once its sender is gone.
pub struct Running {
    pub city: super::RunningCity,
    pub control: Control,
    pub collector: Arc<Collector>,
    pub asked: Receiver<String>,
    pub permits: BTreeMap<String, Sender<()>>,
    pub folder: tempfile::TempDir,
}

/// Eyes that nobody holds, and what they are asked.
pub fn free_eyes() -> (Arc<Eyes>, Receiver<String>) {
    let (asked, heard) = unbounded();
    let nobody_holds = |id: &str| (id.to_owned(), bounded(0).1);
    let leave = ["c-001", "c-002"].map(nobody_holds).into();
    let model = ModelRef { name: "stepper".into(), version: "1".into(), sha256: "0".repeat(64) };
    (Arc::new(Eyes::around(Arc::new(Stepper { asked, leave }), model)), heard)
}

/// Starts both, each held in its first picture.
pub fn running(dwell: &str) -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let (asked, heard) = unbounded();
    let (mut permits, mut leave) = (BTreeMap::new(), BTreeMap::new());
    for id in ["c-001", "c-002"] {
        let (give, take) = bounded(64);
        permits.insert(id.to_owned(), give);
        leave.insert(id.to_owned(), take);
    }
    let model = ModelRef { name: "stepper".into(), version: "1".into(), sha256: "0".repeat(64) };
    let eyes = Arc::new(Eyes::around(Arc::new(Stepper { asked, leave }), model));
    let clock = Arc::new(SystemClock::default());
    let evidence = Arc::new(store::open(&folder.path().to_string_lossy()).expect("a store"));
    let evidence = EvidenceRecorder::new(evidence, clock.clone());
    let collector = Arc::new(Collector::default());
    let city = city(folder.path(), dwell);
    let city = start(city, Mode::Replay, eyes, evidence, collector.clone(), clock, Known::default()).expect("runs");
    Running { control: city.control(), city, collector, asked: heard, permits, folder }
}
