//! What holds in any world: a snapshot changes nothing, the gate changes
//! nothing but the cost, no input breaks anything.

use crate::gate::{Gate, GateConfig, GateVerdict};
use crate::rules::*;
use crate::testing::{Actor, World, mix, unit, watch, zone};
use crate::vocabulary::*;
use crate::watch::{Snapshot, Watch, WatchConfig};
use proptest::prelude::*;

/// All four rules over the same zone, with short dwells.
fn all_rules() -> Vec<ZoneRule> {
    let rules = [
        RuleConfig::IllegalParking(ParkingConfig { dwell: 40_000, ..ParkingConfig::default() }),
        RuleConfig::StreetVending(VendingConfig { dwell: 40_000, ..VendingConfig::default() }),
        RuleConfig::BinOverflow(BinConfig { dwell: 40_000, clear: 20_000, ..BinConfig::default() }),
        RuleConfig::MuckTruck(MuckConfig::default()),
    ];
    rules.into_iter().map(zone).collect()
}

/// A street on which anything may happen, by seed. `noise` is the detector's: jitter and misses.
fn street(seed: u64, noise: f32) -> World {
    let mut world = World::with_looks();
    world.noise = 1.5;
    for n in 0..3 + mix(&[seed, 0]) % 6 {
        let any = |salt: u64| unit(&[seed, n, salt]);
        let label = Label::ALL[mix(&[seed, n, 1]) as usize % Label::ALL.len()];
        let place = BBox::new(0.05 + 0.75 * any(2), 0.15 + 0.55 * any(3), 0.06 + 0.12 * any(4), 0.08 + 0.14 * any(5));
        let (from, length) = (100.0 * any(6), 10.0 + 150.0 * any(7));
        let mut actor = Actor::new(seed * 100 + n, label).visits(place, from, from + length);
        actor = actor.jitter(noise * 0.08 * any(8)).missed(noise * 0.6 * any(9)).score(0.35 + 0.6 * any(10));
        if matches!(label, Label::Bin | Label::MuckTruck) {
            let of_kind: Vec<Condition> =
                Condition::ALL.into_iter().filter(|c| c.is_of_bin() == (label == Label::Bin)).collect();
            for (k, at) in [0.0, from + 0.2 * length].into_iter().enumerate() {
                actor = actor.is(at, of_kind[mix(&[seed, n, 11, k as u64]) as usize % of_kind.len()]);
            }
        }
        world = world.with(actor);
    }
    world
}

fn through_json(watch: &Watch) -> Watch {
    let text = serde_json::to_string(&watch.snapshot()).expect("a snapshot is JSON");
    let snapshot: Snapshot = serde_json::from_str(&text).expect("its own JSON");
    let (restored, out) = Watch::restore(watch.config().clone(), snapshot);
    assert_eq!(out, Outcome::default());
    restored
}

/// Candidates in order, with whether they were raised or ended.
fn candidates(changes: &[Change]) -> Vec<(StayId, Transition)> {
    let last = |c: &&Change| matches!(c.transition, Transition::Raised | Transition::Ended);
    changes.iter().filter(last).map(|c| (c.stay.clone(), c.transition)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_snapshot_at_any_picture_changes_nothing_later(seed in 0u64..100_000, cut in 1i64..120, every in 1i64..4) {
        let world = street(seed, 1.0);
        let mut whole = watch(all_rules());
        let mut moved = watch(all_rules());
        for step in 0..150 {
            let picture = world.picture((step * every) as f32);
            if step == cut {
                moved = through_json(&moved);
                prop_assert_eq!(&moved, &whole);
            }
            prop_assert_eq!(whole.observe(&picture), moved.observe(&picture), "at step {}", step);
        }
    }

    #[test]
    fn the_gate_changes_the_cost_and_never_the_candidates(seed in 0u64..100_000) {
        let world = street(seed, 0.0);
        let (mut always, mut gated) = (watch(all_rules()), watch(all_rules()));
        let mut gate = Gate::new(GateConfig::default());
        let (mut all, mut some, mut inferred) = (Vec::new(), Vec::new(), Vec::new());
        let mut skipped = 0;
        for step in 0..150 {
            let picture = world.picture(step as f32 * 2.0);
            let luma = picture.luma.as_ref().expect("this world has one");
            if gate.judge(picture.at, luma) == GateVerdict::Unchanged {
                skipped += 1;
            } else {
                gate.inferred(picture.at, luma);
                inferred.clone_from(&picture.detections);
            }
            some.extend(gated.observe(&Picture { detections: inferred.clone(), ..picture.clone() }).changes);
            all.extend(always.observe(&picture).changes);
        }
        prop_assert_eq!(candidates(&all), candidates(&some));
        prop_assert!(skipped > 0, "the gate skipped nothing");
    }

    #[test]
    fn the_same_pictures_lead_to_the_same_words(seed in 0u64..100_000) {
        let world = street(seed, 1.0);
        let tell = || world.tell(&mut watch(all_rules()), 2.0, 200.0);
        prop_assert_eq!(tell(), tell());
    }

    #[test]
    fn a_stay_is_raised_once_ended_once_and_never_before_its_dwell(seed in 0u64..100_000) {
        let told = street(seed, 1.0).tell(&mut watch(all_rules()), 2.0, 400.0);
        for raised in told.raised() {
            prop_assert_eq!(told.raised().iter().filter(|c| c.stay == raised.stay).count(), 1);
            prop_assert!(told.ended().iter().filter(|c| c.stay == raised.stay).count() <= 1);
            prop_assert!(raised.stay.rule == "muck-truck" || raised.dwell >= 40_000, "{:?}", raised);
            prop_assert!(!told.forget.contains(&raised.stay), "its stills were let go: {:?}", raised);
        }
    }

    #[test]
    fn any_detections_at_any_times_do_no_harm(
        pictures in prop::collection::vec((any::<i32>(), prop::collection::vec((any::<[f32; 5]>(), 0usize..11, 0usize..9), 0..12)), 0..40),
    ) {
        let mut watch = watch(all_rules());
        for (at, raw) in pictures {
            let detections = raw.iter().map(|([x, y, w, h, score], label, condition)| Detection {
                label: Label::ALL[*label],
                score: *score,
                bbox: BBox::new(*x, *y, *w, *h),
                condition: Condition::ALL.get(*condition).map(|c| ConditionScore { condition: *c, score: *score }),
            });
            let local = LocalTime { weekday: Weekday::Sun, minute: 1439 };
            watch.observe(&Picture { at: EventTime(i64::from(at)), local, detections: detections.collect(), closer: None, luma: None });
        }
        prop_assert_eq!(&through_json(&watch), &watch);
    }

    #[test]
    fn boxes_inside_the_picture_keep_every_table_bounded(seed in 0u64..100_000) {
        let mut watch = Watch::new(WatchConfig { zones: all_rules(), ..WatchConfig::default() });
        for step in 0..120u64 {
            let detections = (0..120u64).map(|n| {
                let any = |salt: u64| unit(&[seed, step / 3, n, salt]);
                let bbox = BBox::new(any(1), any(2), 0.02 + 0.1 * any(3), 0.02 + 0.1 * any(4));
                Detection { label: Label::ALL[mix(&[n]) as usize % 11], score: any(5), bbox, condition: None }
            });
            let local = LocalTime { weekday: Weekday::Sun, minute: 0 };
            watch.observe(&Picture { at: EventTime(step as i64 * 1000), local, detections: detections.collect(), closer: None, luma: None });
            prop_assert!(watch.tracks().len() <= 64 && watch.stays().len() <= 128);
        }
    }
}
