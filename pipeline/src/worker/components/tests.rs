#![allow(clippy::unwrap_used)]
//! Stories of one camera's components: raised once, remembered, accepted, held.

use super::{Book, ComponentMemory, ComponentStage, Look, Told};
use crate::baseline::testing::{build_one, person, sign, street, taken, view};
use crate::baseline::{Accepted, Store, accept};
use crate::config::{self, City};
use crate::evidence::jpeg;
use crate::evidence::raster::{Area, Raster};
use crate::payload::{Component, ComponentNature, ComponentView, Outline, examples};
use crate::registry::Registry;
use operators::components::Form;
use operators::vocabulary::{Outcome, Transition};
use std::path::Path;
use std::sync::Arc;

/// A city of one camera whose sign is watched impatiently.
fn city(folder: &Path) -> City {
    let text = format!(
        r#"
city = "demo"
[baselines]
store = "{}"
parts = ["day 06:00-12:00", "night 12:00-06:00"]
[[camera]]
id = "c-001"
url = "/clips/a.mp4"
start = "2026-06-01T08:00:00+08:00"
[[camera.zone]]
id = "signs"
rule = "component"
dwell = "40s"
votes = "3/4"
[[camera.zone]]
id = "yard"
rule = "unregistered-change"
polygon = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]
dwell = "60s"
slot = "10s"
looks = 6
"#,
        folder.display()
    );
    config::parse(Path::new("city.toml"), &text).unwrap()
}

fn registry() -> Registry {
    let sign = sign();
    let Form::Area(polygon) = &sign.form else { panic!() };
    let outline = Outline::Polygon(polygon.points().to_vec());
    let view = ComponentView { camera: "c-001".into(), preset: "home".into(), outline, width: None };
    Registry::new([Component {
        id: sign.id.0.clone(),
        class_code: "03006".into(),
        nature: ComponentNature::Face,
        urgent: false,
        views: vec![view],
        ..examples::component()
    }])
}

/// A camera at work, one picture each ten seconds.
struct Camera {
    city: City,
    stage: ComponentStage,
    told: Told,
}

impl Camera {
    fn start(folder: &Path, registry: &Registry, memory: Option<ComponentMemory>) -> (Camera, Outcome) {
        let city = city(folder);
        let book = Book::new(&city, registry);
        let camera = Arc::new(city.cameras[0].clone());
        let (stage, outcome) = ComponentStage::new(&city, &camera, book.zones(&camera), memory).unwrap();
        (Camera { city, stage, told: Told::default() }, outcome)
    }

    /// The transitions that pictures led to; `from` and `to` in seconds after eight.
    fn watch(&mut self, picture: impl Fn(i64) -> Raster, from: i64, to: i64) -> Vec<Transition> {
        let mut transitions = Vec::new();
        for seconds in (from..to).step_by(10) {
            let taken = taken(&picture(seconds), seconds);
            let local = self.city.cameras[0].time(taken.at, &self.city.timezone).wall();
            let (outcome, told) = self.stage.observe(taken.at, local, &taken.frame.planes(), &[]);
            if !outcome.changes.is_empty() {
                self.told = told;
            }
            transitions.extend(outcome.changes.iter().map(|c| c.transition));
        }
        transitions
    }
}

fn approved(folder: &Path) -> Store {
    let store = Store::new(folder);
    let stored = build_one(&store, "day", true, 1.0, false).stored;
    store.approve(&stored, &person("Li Wei")).unwrap();
    store
}

fn whole(seconds: i64) -> Raster {
    street(true, 1.0, seconds as usize)
}

fn gone(seconds: i64) -> Raster {
    street(false, 0.9, seconds as usize)
}

#[test]
fn a_sign_that_is_gone_is_raised_once_with_what_it_was_compared_with() {
    let home = tempfile::tempdir().unwrap();
    approved(home.path());
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(whole, 0, 60), []);
    assert_eq!(camera.watch(gone, 60, 200), [Transition::Raised]);
    let finding = &camera.told.findings[0];
    assert!(finding.seen >= 3 && finding.looks >= finding.seen, "{finding:?}");
    let baseline = camera.told.baseline.as_ref().unwrap();
    assert_eq!((baseline.version, baseline.approved_by.as_str()), (1, "Li Wei"));
    let compared = camera.told.compared.values().next().unwrap();
    assert!(compared.overlay.is_some() && compared.form.is_some());
    assert_eq!(*camera.stage.look(), Look::Fine);
}

#[test]
fn a_restart_goes_on_with_the_open_candidate_and_raises_nothing_twice() {
    let home = tempfile::tempdir().unwrap();
    approved(home.path());
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(gone, 0, 100), [Transition::Raised]);
    let memory = serde_json::to_string(&camera.stage.memory()).unwrap();
    let (mut camera, ended) = Camera::start(home.path(), &registry(), Some(serde_json::from_str(&memory).unwrap()));
    assert_eq!(ended.changes, []);
    assert_eq!(camera.watch(gone, 100, 300), []);
    assert_eq!(camera.watch(whole, 300, 400), [Transition::Ended]);
}

#[test]
fn a_component_that_leaves_the_register_ends_its_candidate() {
    let home = tempfile::tempdir().unwrap();
    approved(home.path());
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(gone, 0, 100), [Transition::Raised]);
    let (_, ended) = Camera::start(home.path(), &Registry::default(), Some(camera.stage.memory()));
    assert_eq!(ended.changes.iter().map(|c| c.transition).collect::<Vec<_>>(), [Transition::Ended]);
}

#[test]
fn a_change_that_is_accepted_while_it_runs_ends_within_a_minute_and_never_alarms_again() {
    let home = tempfile::tempdir().unwrap();
    let store = approved(home.path());
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(gone, 0, 100), [Transition::Raised]);
    let picture = home.path().join("scene.jpg");
    std::fs::write(&picture, jpeg::encode(&gone(5), 95).unwrap()).unwrap();
    let mut candidate = examples::candidate();
    (candidate.component, candidate.object.bbox) = (Some(sign().id.0), [0.4, 0.4, 0.1, 0.2]);
    let registered = [sign()];
    let accepted = Accepted {
        candidate: &candidate,
        picture: &picture,
        part: "day",
        other_parts: vec![],
        registered: &registered,
        by: "Wang Fang",
        at: examples::after_eight(100),
    };
    accept(&store, &accepted).unwrap();
    assert_eq!(camera.watch(gone, 100, 170), [Transition::Ended]);
    assert_eq!(camera.watch(gone, 170, 600), []);
    // A later start knows it too.
    let (mut camera, ended) = Camera::start(home.path(), &registry(), Some(camera.stage.memory()));
    assert_eq!((ended.changes.len(), camera.watch(gone, 600, 900)), (0, vec![]));
}

#[test]
fn without_a_baseline_or_with_one_of_another_size_nothing_is_judged_and_health_says_why() {
    let home = tempfile::tempdir().unwrap();
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(gone, 0, 200), []);
    let note = |camera: &Camera| format!("{:?}", camera.stage.look());
    assert!(note(&camera).contains("no usable approved baseline for day"), "{}", note(&camera));
    approved(home.path());
    let small = |_| Raster::filled(320, 180, [90; 3]);
    assert_eq!(camera.watch(small, 200, 300), []);
    assert!(note(&camera).contains("is of 640x360, the pictures are of 320x180"), "{}", note(&camera));
    // The right size again: judged from then on.
    assert_eq!(camera.watch(gone, 300, 450), [Transition::Raised]);
}

#[test]
fn each_part_of_the_day_has_its_own_baseline() {
    let home = tempfile::tempdir().unwrap();
    let store = approved(home.path());
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(whole, 0, 60), []);
    // From noon on there is none yet.
    let noon = 4 * 3600;
    assert_eq!(camera.watch(gone, noon, noon + 200), []);
    assert!(matches!(camera.stage.look(), Look::Noted(why) if why.contains("for night")));
    let stored = build_one(&store, "night", true, 0.6, false).stored;
    store.approve(&stored, &person("Li Wei")).unwrap();
    assert_eq!(camera.watch(|n| street(true, 0.6, n as usize), noon + 200, noon + 400), []);
    assert_eq!(*camera.stage.look(), Look::Fine);
    assert_eq!(camera.stage.memory().versions.len(), 2);
}

#[test]
fn a_damaged_baseline_costs_the_comparison_only() {
    let home = tempfile::tempdir().unwrap();
    let store = approved(home.path());
    let stored = store.approved(&view("day")).unwrap().unwrap();
    std::fs::write(stored.folder.join("spread.pgm"), "P5\n1 1\n255\nx").unwrap();
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(gone, 0, 200), []);
    assert!(matches!(camera.stage.look(), Look::Noted(_)));
}

/// The whole street with a hut that nobody registered.
fn hut(seconds: i64) -> Raster {
    let mut picture = whole(seconds);
    picture.fill(Area { left: 60, top: 220, width: 130, height: 100 }, [235; 3]);
    for plank in 0..12 {
        picture.fill(Area { left: 60, top: 222 + plank * 8, width: 130, height: 3 }, [60; 3]);
    }
    picture.fill(Area { left: 110, top: 250, width: 30, height: 70 }, [20; 3]);
    picture
}

#[test]
fn a_hut_that_stays_is_an_unregistered_change_until_it_is_accepted() {
    let home = tempfile::tempdir().unwrap();
    let store = approved(home.path());
    let (mut camera, _) = Camera::start(home.path(), &registry(), None);
    assert_eq!(camera.watch(whole, 0, 100), []);
    assert_eq!(camera.watch(hut, 100, 130), [], "a picture or two never decide");
    assert_eq!(camera.watch(hut, 130, 300), [Transition::Raised]);
    let finding = camera.told.findings.iter().find(|f| f.stay.zone == "yard").unwrap().clone();
    assert_eq!((finding.stay.rule.as_str(), finding.fault.as_str()), ("unregistered-change", "unregistered"));
    let compared = &camera.told.compared[&finding.stay];
    assert!(compared.form.is_none() && compared.found.x < 0.15 && compared.found.y > 0.5, "{:?}", compared.found);
    // A restart goes on with it.
    let (mut camera, ended) = Camera::start(home.path(), &registry(), Some(camera.stage.memory()));
    assert_eq!((ended.changes.len(), camera.watch(hut, 300, 400)), (0, vec![]));
    // Somebody got a permit: the hut is part of the view from now on.
    let picture = home.path().join("scene.jpg");
    std::fs::write(&picture, jpeg::encode(&hut(7), 95).unwrap()).unwrap();
    let mut candidate = examples::candidate();
    candidate.object.bbox = finding.last.bbox.into();
    let registered = [sign()];
    let accepted = Accepted {
        candidate: &candidate,
        picture: &picture,
        part: "day",
        other_parts: vec!["night".into()],
        registered: &registered,
        by: "Wang Fang",
        at: examples::after_eight(400),
    };
    assert_eq!(accept(&store, &accepted).unwrap().len(), 1);
    assert_eq!(camera.watch(hut, 400, 470), [Transition::Ended]);
    let again = camera.watch(hut, 470, 900);
    assert_eq!(again, [], "{:#?} after {:#?}", camera.told.findings, finding);
}
