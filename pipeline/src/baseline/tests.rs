#![allow(clippy::unwrap_used)]
//! Stories of the store: versions, approvals, damage, and accepted changes.

use super::testing::{build_one, person, sign, street, taken, view};
use super::*;
use crate::evidence::jpeg;
use crate::evidence::raster::{Area, Raster};
use crate::payload::{Candidate, OffsetTime, examples};
use operators::components::{Comparer, Grey, State};
use operators::vocabulary::BBox;
use std::path::Path;

#[test]
fn the_newest_approved_version_holds_and_the_old_ones_stay() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    assert_eq!(store.approved(&view("day")).unwrap(), None);
    let first = build_one(&store, "day", true, 1.0, false).stored;
    assert_eq!((first.record.version, first.approval.clone()), (1, None));
    assert_eq!(store.approved(&view("day")).unwrap(), None, "built is not approved");
    store.approve(&first, &person("Li Wei")).unwrap();
    let second = build_one(&store, "day", true, 0.9, false).stored;
    let held = store.approved(&view("day")).unwrap().unwrap();
    assert_eq!((second.record.version, held.record.version), (2, 1));
    let again = store.approve(&held, &person("Somebody Else")).unwrap();
    assert_eq!(again.approval.unwrap().by.to_string(), "Li Wei", "the first word stands");
    store.approve(&second, &person("Li Wei")).unwrap();
    assert_eq!(store.approved(&view("day")).unwrap().unwrap().record.version, 2);
    let all: Vec<_> = store.versions(&view("day")).unwrap().iter().map(|v| v.record.version).collect();
    assert_eq!((all, store.versions(&view("night")).unwrap().len()), (vec![1, 2], 0));
    assert!(store.version(&view("day"), Some(9)).unwrap_err().to_string().contains("no version 9 of camera c-001"));
}

#[test]
fn a_median_forgets_what_passed_and_what_a_mover_covers() {
    let home = tempfile::tempdir().unwrap();
    let mut pictures = Pictures::default();
    let bbox = BBox::new(0.1, 0.1, 0.2, 0.2);
    for n in 0..9 {
        let mut picture = street(true, 1.0, n);
        let passes = n % 4 == 0;
        if passes {
            picture.fill(Area { left: 64, top: 36, width: 128, height: 72 }, [255, 0, 0]);
        }
        pictures.add(&taken(&picture, n as i64), if passes { vec![bbox] } else { vec![] }).unwrap();
    }
    let registered = [sign()];
    let (from, built_at) = (vec![], examples::after_eight(0));
    let request = BuildRequest { view: view("day"), from, built_at, registered: &registered, by_rule: false };
    let store = Store::new(home.path());
    let stored = build(&store, &request, &pictures).unwrap().stored;
    let [r, g, _] = store.picture(&stored).unwrap().pixel(120, 60);
    assert!(r.abs_diff(g) < 12, "no red is left: {r} {g}");
    assert_eq!(store.open(&stored).unwrap().pictures(), 9);
    assert_eq!((stored.record.from, stored.record.until), (examples::after_eight(0), examples::after_eight(8)));
}

#[test]
fn a_file_that_was_changed_or_cut_is_never_compared_with() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    let stored = build_one(&store, "day", true, 1.0, false).stored;
    let grey = stored.folder.join("grey.pgm");
    let whole = std::fs::read(&grey).unwrap();
    assert!(whole.starts_with(b"P5\n640 360\n255\n"), "any viewer opens it");
    for bytes in [&whole[..whole.len() / 2], &[]] {
        std::fs::write(&grey, bytes).unwrap();
        let error = store.open(&stored).unwrap_err().to_string();
        assert!(error.contains("grey.pgm") && error.contains("build the baseline anew"), "{error}");
    }
    std::fs::write(stored.folder.join("baseline.json"), "{").unwrap();
    assert!(store.version(&view("day"), None).unwrap_err().to_string().contains("baseline.json"));
}

#[test]
fn the_rule_approves_what_is_the_same_and_leaves_the_first_and_a_change_to_people() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    let first = build_one(&store, "day", true, 1.0, true);
    assert!(first.not_by_rule.unwrap().contains("a person approves the first"));
    store.approve(&first.stored, &person("Li Wei")).unwrap();
    let same = build_one(&store, "day", true, 0.8, true);
    assert_eq!(same.not_by_rule, None);
    assert_eq!(same.stored.approval.unwrap().by.to_string(), "rule same-as-approved");
    let gone = build_one(&store, "day", false, 1.0, true);
    assert!(gone.not_by_rule.unwrap().contains("component 32011303006000001"));
    assert_eq!(gone.stored.approval, None);
    assert_eq!(store.approved(&view("day")).unwrap().unwrap().record.version, 2);
}

/// The candidate of a sign that was taken down, and the picture that shows it.
fn taken_down(folder: &Path) -> (Candidate, std::path::PathBuf) {
    let picture = folder.join("scene.jpg");
    std::fs::write(&picture, jpeg::encode(&street(false, 0.9, 3), 95).unwrap()).unwrap();
    let mut candidate = examples::candidate();
    candidate.rule = "component".into();
    candidate.component = Some("32011303006000001".into());
    candidate.object.bbox = [0.4, 0.4, 0.1, 0.2];
    (candidate, picture)
}

#[test]
fn an_accepted_change_becomes_the_new_baseline_and_is_not_judged_where_nobody_saw_it() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path().join("store"));
    for (part, light) in [("day", 1.0), ("night", 0.5)] {
        let stored = build_one(&store, part, true, light, false).stored;
        store.approve(&stored, &person("Li Wei")).unwrap();
    }
    let (candidate, picture) = taken_down(home.path());
    let registered = [sign()];
    let accepted = Accepted {
        candidate: &candidate,
        picture: &picture,
        part: "day",
        other_parts: vec!["night".into(), "dusk".into()],
        registered: &registered,
        by: "Wang Fang",
        at: examples::after_eight(600),
    };
    let versions = accept(&store, &accepted).unwrap();
    let said: Vec<_> =
        versions.iter().map(|v| (v.record.part.as_str(), v.record.version, v.record.unjudged.len())).collect();
    assert_eq!(said, [("day", 2, 0), ("night", 2, 1)], "dusk has no baseline that could be wrong");
    let day = store.open(&store.approved(&view("day")).unwrap().unwrap()).unwrap();
    let comparer = Comparer::new(&day, &registered, Default::default()).unwrap();
    let now = taken(&street(false, 1.0, 5), 0).frame;
    let planes = now.planes();
    let grey = Grey::from_plane(640, 360, planes.y_stride, planes.y).unwrap();
    // A bare wall has few looks of its own: it may not be told, but it is never a fault again.
    let state = comparer.compare(&grey, &[]).verdicts[0].state;
    assert!(matches!(state, State::Same | State::CannotJudge), "{state:?}");
    let (before, after) = (versions[0].record.pictures, store.version(&view("day"), Some(1)).unwrap());
    assert_eq!(before, after.record.pictures, "the old version is still there");
    // What lies around the change is as it was.
    let (old, new) = (store.open(&after).unwrap(), &day);
    let row = |b: &operators::components::Baseline, y: usize| b.grey().row(y).to_vec();
    assert_eq!(row(&old, 20), row(new, 20));
    assert_ne!(row(&old, 180), row(new, 180));
}

#[test]
fn a_picture_of_another_view_or_size_is_not_accepted() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path().join("store"));
    let (candidate, picture) = taken_down(home.path());
    let registered = [sign()];
    let accepted = |picture: &Path| {
        let at: OffsetTime = examples::after_eight(600);
        let (part, other_parts, by) = ("day", vec![], "Wang Fang");
        accept(&store, &Accepted { candidate: &candidate, picture, part, other_parts, registered: &registered, by, at })
    };
    assert!(accepted(&picture).unwrap_err().to_string().contains("no approved baseline of camera c-001"));
    let stored = build_one(&store, "day", true, 1.0, false).stored;
    store.approve(&stored, &person("Li Wei")).unwrap();
    let small = home.path().join("small.jpg");
    std::fs::write(&small, jpeg::encode(&Raster::filled(320, 180, [90; 3]), 90).unwrap()).unwrap();
    assert!(accepted(&small).unwrap_err().to_string().contains("is of 320x180, the baseline of 640x360"));
    assert!(accepted(&home.path().join("none.jpg")).unwrap_err().to_string().contains("none.jpg"));
    assert_eq!(store.versions(&view("day")).unwrap().len(), 1, "nothing was added");
}
