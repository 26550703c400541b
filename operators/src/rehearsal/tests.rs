use super::*;
use crate::rules::{ParkingConfig, RuleConfig};
use crate::testing::{Actor, World, watch, zone};
use crate::vocabulary::{BBox, Detection, LocalTime, Picture, Weekday};
use crate::watch::Suspension;

fn parking(dwell: Millis) -> RuleConfig {
    RuleConfig::IllegalParking(ParkingConfig { dwell, ..ParkingConfig::default() })
}

fn config(dwell: Millis) -> WatchConfig {
    WatchConfig { zones: vec![zone(parking(dwell))], ..WatchConfig::default() }
}

fn bbox(x: f32) -> BBox {
    BBox { x, y: 0.5, w: 0.12, h: 0.12 }
}

/// Three cars that stand 100, 200 and 400 seconds.
fn street() -> World {
    World::without_looks()
        .with(Actor::new(1, Label::Car).visits(bbox(0.1), 60.0, 160.0))
        .with(Actor::new(2, Label::Car).visits(bbox(0.4), 300.0, 500.0))
        .with(Actor::new(3, Label::Car).visits(bbox(0.7), 700.0, 1100.0))
}

/// A picture at a millisecond.
fn shown(at: i64, detections: &[Detection]) -> Picture {
    let local = LocalTime { weekday: Weekday::Mon, minute: 0 };
    Picture { at: EventTime(at), local, detections: detections.to_vec(), closer: None, luma: None }
}

/// What a worker would have kept of it, a picture a second.
fn recalled(world: &World, seconds: i64, limits: RecallLimits) -> Recall {
    let mut recall = Recall::new(limits);
    for t in 0..=seconds {
        let picture = world.picture(t as f32);
        recall.picture(&picture);
    }
    recall
}

#[test]
fn the_present_settings_raise_again_what_the_watch_raised() {
    for dwell in [60_000, 90_000, 150_000, 300_000] {
        let told = street().tell(&mut watch(vec![zone(parking(dwell))]), 1.0, 1200.0);
        let live: Vec<_> = told.raised().iter().map(|c| (c.stay.clone(), c.raised_at)).collect();
        let recall = recalled(&street(), 1200, RecallLimits::default());
        let again: Vec<_> =
            rehearse(&recall.events(), config(dwell)).into_iter().map(|r| (r.stay, r.raised_at)).collect();
        assert_eq!(again, live, "dwell {dwell}");
        assert!(!live.is_empty() || dwell > 400_000);
    }
}

#[test]
fn a_longer_dwell_shows_which_candidates_would_be_gone() {
    let events = recalled(&street(), 1200, RecallLimits::default()).events();
    let found = compare(rehearse(&events, config(60_000)), rehearse(&events, config(300_000)));
    assert_eq!((found.before(), found.after(), found.gone.len(), found.fresh.len()), (3, 1, 2, 0));
    let (old, new) = &found.kept[0];
    assert!(new.raised_at > old.raised_at, "the same car, raised later");
    let back = compare(rehearse(&events, config(300_000)), rehearse(&events, config(60_000)));
    assert_eq!((back.gone.len(), back.fresh.len()), (0, 2));
}

#[test]
fn what_closer_looks_did_not_see_is_not_raised_again() {
    // A shadow that is a truck now and then, and never where it is looked at closely.
    let sign = Actor::new(1, Label::Truck).at(bbox(0.4), 0.0, 400.0).score(0.58).closely(0.05);
    let world = World::without_looks().with(sign).looked_at_closely();
    let (mut live, mut recall, mut part) = (watch(vec![zone(parking(60_000))]), Recall::default(), None);
    let mut raised = Vec::new();
    for t in 0..=300 {
        let picture = world.picture_with(t as f32, part);
        recall.picture(&picture);
        let outcome = live.observe(&picture);
        part = outcome.closer;
        raised.extend(outcome.changes);
    }
    assert_eq!((raised, rehearse(&recall.events(), config(60_000))), (vec![], vec![]));
}

#[test]
fn a_renamed_zone_keeps_its_candidates() {
    let events = recalled(&street(), 1200, RecallLimits::default()).events();
    let mut renamed = config(60_000);
    renamed.zones[0].id = "north kerb".to_owned();
    let found = compare(rehearse(&events, config(60_000)), rehearse(&events, renamed));
    assert_eq!((found.kept.len(), found.gone.len(), found.fresh.len()), (3, 0, 0));
}

#[test]
fn time_in_which_the_rules_held_does_not_count() {
    let world = World::without_looks().with(Actor::new(3, Label::Car).visits(bbox(0.4), 60.0, 400.0));
    let mut recall = Recall::default();
    for t in 0..=420 {
        let picture = world.picture(t as f32);
        match t {
            150 => recall.held(picture.at, Suspension::Dark),
            250 => recall.resumed(picture.at),
            151..250 => {}
            _ => recall.picture(&picture),
        }
    }
    let seen: Vec<_> = recall.events();
    let raised = |dwell| rehearse(&seen, config(dwell)).len();
    assert_eq!(raised(280_000), 0, "340 s at the kerb, but 100 of them unseen");
    assert_eq!((raised(200_000), raised(80_000)), (1, 1), "240 s that were seen, one stay before and after");
}

#[test]
fn the_oldest_goes_first_and_a_hold_before_it_is_still_known() {
    let detection = Detection { label: Label::Car, score: 0.8, bbox: bbox(0.4), condition: None };
    let limits = RecallLimits { span: 100_000, events: 50, detections: 60 };
    let mut recall = Recall::new(limits);
    recall.held(EventTime(0), Suspension::Moved);
    for t in 1..=200 {
        recall.picture(&shown(t * 1000, &[detection; 2]));
    }
    let events = recall.events();
    assert_eq!(events[0], Event::Held { at: EventTime(0), why: Suspension::Moved });
    assert_eq!(events.len(), 31, "thirty pictures of two detections, and the hold");
    assert_eq!(recall.span(), Some((EventTime(171_000), EventTime(200_000))));
    recall.resumed(EventTime(201_000));
    for t in 202..=300 {
        recall.picture(&shown(t * 1000, &[]));
    }
    assert!(matches!(recall.events()[0], Event::Picture { .. }), "the hold is over and forgotten");
    assert!(recall.events().len() <= 50);
}

#[test]
fn a_source_that_begins_again_is_another_story() {
    let mut recall = Recall::default();
    recall.picture(&shown(500_000, &[]));
    recall.picture(&shown(1_000, &[]));
    assert_eq!(recall.span(), Some((EventTime(1_000), EventTime(1_000))));
}

#[test]
fn pictures_that_show_the_same_share_their_detections() {
    let detection = Detection { label: Label::Car, score: 0.8, bbox: bbox(0.4), condition: None };
    let mut recall = Recall::default();
    recall.picture(&shown(1000, &[detection]));
    recall.picture(&shown(2000, &[detection]));
    let events = recall.events();
    let [Event::Picture { detections: a, .. }, Event::Picture { detections: b, .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert!(std::sync::Arc::ptr_eq(a, b));
}
