//! Snapshots, interruptions, changed configurations, disorder.

use crate::rules::{MuckConfig, ParkingConfig, RuleConfig, VendingConfig};
use crate::testing::{Actor, Told, World, watch, zone};
use crate::vocabulary::*;
use crate::watch::{Suspension, Watch, WatchConfig};

const KERB: BBox = BBox::new(0.45, 0.5, 0.12, 0.14);

fn rule() -> RuleConfig {
    RuleConfig::IllegalParking(ParkingConfig { dwell: 120_000, ..ParkingConfig::default() })
}

fn parked(looks: u64, from: f32, until: f32) -> Actor {
    Actor::new(looks, Label::Car).at(KERB, from, until)
}

/// Watches for a minute, is suspended until `until`, then watches on to `end`.
fn interrupted(world: &World, until: f32, end: f32) -> Told {
    let mut watch = watch(vec![zone(rule())]);
    let mut told = world.tell(&mut watch, 2.0, 60.0);
    watch.suspend(EventTime(60_000), Suspension::Dark);
    assert_eq!(watch.suspension(), Some((EventTime(60_000), Suspension::Dark)));
    told.take(watch.observe(&world.picture(62.0)));
    assert_eq!(watch.refused().suspended, 1);
    watch.resume(EventTime((until * 1000.0) as i64));
    let after = world.tell_from(&mut watch, until, 2.0, end);
    told.changes.extend(after.changes);
    told.forget.extend(after.forget);
    told
}

#[test]
fn time_in_the_dark_counts_for_what_looks_the_same_after_it() {
    let told = interrupted(&World::with_looks().with(parked(1, 0.0, 999.0)), 300.0, 310.0);
    assert_eq!(told.raised().len(), 1);
    assert!(told.raised()[0].dwell >= 300_000);
}

#[test]
fn time_in_the_dark_does_not_count_without_looks() {
    let told = interrupted(&World::without_looks().with(parked(1, 0.0, 999.0)), 300.0, 400.0);
    assert_eq!(told.raised().len(), 1);
    let raised = told.raised()[0];
    assert!((355_000..=370_000).contains(&raised.raised_at.0) && raised.dwell < 130_000, "{raised:?}");
    assert_eq!(told.ended().len(), 0);
}

#[test]
fn another_car_after_the_dark_starts_anew() {
    let world = World::with_looks().with(parked(1, 0.0, 100.0)).with(parked(2, 200.0, 999.0));
    let told = interrupted(&world, 300.0, 415.0);
    assert_eq!(told.changes, []);
}

#[test]
fn a_source_that_paused_without_a_word_is_an_interruption_too() {
    let world = World::without_looks().with(parked(1, 0.0, 999.0));
    let mut watch = watch(vec![zone(rule())]);
    let mut told = world.tell(&mut watch, 2.0, 60.0);
    told.changes.extend(world.tell_from(&mut watch, 300.0, 2.0, 340.0).changes);
    assert_eq!(told.changes, []);
}

#[test]
fn pictures_out_of_order_are_refused_and_counted() {
    let world = World::without_looks().with(parked(1, 0.0, 999.0));
    let mut watch = watch(vec![zone(rule())]);
    world.tell(&mut watch, 2.0, 60.0);
    let before = watch.snapshot();
    assert_eq!(watch.observe(&world.picture(60.0)), Outcome::default());
    assert_eq!(watch.observe(&world.picture(10.0)), Outcome::default());
    assert_eq!(watch.refused().out_of_order, 2);
    assert_eq!(watch.stays(), Watch::restore(watch.config().clone(), before).0.stays());
}

#[test]
fn the_end_of_the_source_raises_nothing_and_tells_what_stands_as_last_seen() {
    let world = World::without_looks().with(parked(1, 0.0, 999.0)).with(Actor::new(2, Label::Car).at(
        BBox { x: 0.7, ..KERB },
        100.0,
        999.0,
    ));
    let mut watch = watch(vec![zone(rule())]);
    assert_eq!(world.tell(&mut watch, 2.0, 200.0).raised().len(), 1);
    let out = watch.finish(EventTime(200_000));
    assert_eq!((out.changes.len(), out.forget.len()), (1, 1));
    assert_eq!((out.changes[0].transition, out.changes[0].last.at), (Transition::Updated, EventTime(200_000)));
}

#[test]
fn the_end_of_the_source_ends_what_was_seen_to_leave() {
    let world = World::with_looks().with(parked(1, 0.0, 150.0));
    let mut watch = watch(vec![zone(rule())]);
    assert_eq!(world.tell(&mut watch, 2.0, 200.0).raised().len(), 1);
    let out = watch.finish(EventTime(200_000));
    assert_eq!((out.changes.len(), out.changes[0].transition), (1, Transition::Ended));
    let gone_after = out.changes[0].last.at;
    assert!((146_000..=150_000).contains(&gone_after.0), "{gone_after:?}");
}

/// Takes fields out of a snapshot, wherever they are.
fn without(value: &mut serde_json::Value, fields: &[&str]) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|key, _| !fields.contains(&key.as_str()));
            map.values_mut().for_each(|v| without(v, fields));
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|v| without(v, fields)),
        _ => {}
    }
}

#[test]
fn a_snapshot_of_the_rules_before_goes_on_and_raises_nothing_twice() {
    let muck = Actor::new(2, Label::MuckTruck).at(BBox::new(0.1, 0.2, 0.2, 0.2), 0.0, 999.0);
    let muck = muck.is(0.0, Condition::LoadUncovered);
    let stall = Actor::new(3, Label::Stall).at(BBox::new(0.7, 0.5, 0.1, 0.15), 0.0, 999.0);
    let vendor = Actor::new(4, Label::Person).at(BBox::new(0.81, 0.5, 0.04, 0.15), 0.0, 999.0);
    let world = World::with_looks().with(parked(1, 0.0, 999.0)).with(muck).with(stall).with(vendor);
    let zones = vec![
        zone(rule()),
        zone(RuleConfig::MuckTruck(MuckConfig::default())),
        zone(RuleConfig::StreetVending(VendingConfig { dwell: 120_000, ..VendingConfig::default() })),
    ];
    let mut before = watch(zones.clone());
    let raised = world.tell(&mut before, 2.0, 200.0).raised().len();
    assert!(raised >= 3, "{raised}");
    let mut written = serde_json::to_value(before.snapshot()).expect("a snapshot is written");
    without(&mut written, &["paired", "stood", "shade"]);
    let read = serde_json::from_value(written).expect("a snapshot of the rules before is read");
    let config = WatchConfig { zones, ..WatchConfig::default() };
    let (mut after, outcome) = Watch::restore(config, read);
    assert_eq!(outcome.changes, []);
    assert_eq!(world.tell_from(&mut after, 202.0, 2.0, 400.0).raised().len(), 0);
}

/// Restores with another configuration after 150 s with an open candidate; goes on for 20 s.
fn reconfigured(change: impl Fn(&mut WatchConfig)) -> (Outcome, Told) {
    let world = World::without_looks().with(parked(1, 0.0, 999.0));
    let mut before = watch(vec![zone(rule())]);
    assert_eq!(world.tell(&mut before, 2.0, 150.0).raised().len(), 1);
    let mut config = before.config().clone();
    change(&mut config);
    let (mut after, out) = Watch::restore(config, before.snapshot());
    let told = world.tell_from(&mut after, 152.0, 2.0, 170.0);
    (out, told)
}

#[test]
fn a_zone_that_is_gone_ends_its_open_candidates_and_an_unchanged_one_goes_on() {
    let (out, told) = reconfigured(|c| c.zones.clear());
    assert_eq!(out.changes.len(), 1);
    assert_eq!(
        (out.changes[0].transition, out.changes[0].reason.as_deref()),
        (Transition::Ended, Some("zone removed"))
    );
    assert_eq!(told, Told::default());
    let (out, told) = reconfigured(|_| {});
    assert_eq!((out, told), (Outcome::default(), Told::default()));
}

#[test]
fn a_longer_dwell_does_not_raise_an_open_candidate_again() {
    let (out, told) = reconfigured(|c| {
        c.zones[0].rule = RuleConfig::IllegalParking(ParkingConfig { dwell: 155_000, ..ParkingConfig::default() });
    });
    assert_eq!((out, told.raised().len()), (Outcome::default(), 0));
}

#[test]
fn a_zone_that_no_longer_holds_the_car_ends_its_candidate() {
    let (out, told) = reconfigured(|c| {
        let corner = [[0.0, 0.0], [0.2, 0.0], [0.2, 0.2], [0.0, 0.2]].map(Point::from).to_vec();
        c.zones[0].polygon = Polygon::new(corner).expect("polygon");
    });
    assert_eq!(out.changes[0].reason.as_deref(), Some("zone changed"));
    assert_eq!(told, Told::default());
}

#[test]
fn another_rule_in_the_same_zone_is_another_zone() {
    let (out, _) = reconfigured(|c| c.zones[0].rule = RuleConfig::BinOverflow(crate::rules::BinConfig::default()));
    assert_eq!(out.changes.len(), 1);
}

#[test]
fn too_many_objects_are_counted_not_kept() {
    let detections: Vec<Detection> = (0..180)
        .map(|i| {
            let bbox = BBox::new((i % 20) as f32 * 0.05, (i / 20) as f32 * 0.1, 0.03, 0.05);
            Detection { label: Label::Car, score: 0.9, bbox, condition: None }
        })
        .collect();
    let mut watch = watch(vec![zone(rule())]);
    for t in 0..400 {
        let local = LocalTime { weekday: Weekday::Mon, minute: 0 };
        let picture =
            Picture { at: EventTime(t * 1000), local, detections: detections.clone(), closer: None, luma: None };
        watch.observe(&picture);
        assert!(watch.tracks().len() <= 64 && watch.stays().len() <= 128);
    }
    assert!(watch.refused().tracks > 0 && watch.refused().stays > 0);
}
