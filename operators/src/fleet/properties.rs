//! What holds for any fleet: order, repetition and a restore change nothing; nothing is raised twice.

use super::testing::*;
use super::*;
use crate::ground::LonLat;
use crate::vocabulary::{EventTime, Motion, Reading, SensorChange, SensorRule, StayId, Transition};
use proptest::prelude::*;

/// Drives of a truck and a sweeper on which anything may happen.
fn drives() -> impl Strategy<Value = Vec<Reading>> {
    let leg = (0u8..7, -500f64..4000.0, -600f64..600.0, 8f64..80.0, 30i64..1500);
    let legs = (prop::collection::vec(leg.clone(), 2..10), prop::collection::vec(leg, 1..5));
    let all = legs.prop_map(|(truck, sweeper)| {
        let play = |device: &'static str, legs: Vec<(u8, f64, f64, f64, i64)>| {
            legs.into_iter().fold(Drive::from(device, 0, (0.0, 0.0)), |drive, (what, x, y, kmh, seconds)| match what {
                0 | 1 => drive.to((x, 0.0), kmh),
                2 => drive.to((x, y), kmh),
                3 => drive.stands(seconds),
                4 => drive.with(|m| m.load = Some((x / 4000.0).clamp(0.0, 1.0) as f32)).stands(60),
                5 => drive.with(|m| m.lifted = Some(y > 0.0)).stands(60),
                _ => drive.silent(seconds),
            })
        };
        let mut all = play(TRUCK, truck).readings;
        all.extend(play(SWEEPER, sweeper).readings);
        all.sort_by(|a, b| (a.at, &a.device).cmp(&(b.at, &b.device)));
        all
    });
    all.prop_filter("somebody says something", |all| !all.is_empty())
}

fn plan() -> FleetPlan {
    let at_night = Permit { schedule: "Mon 08:00-08:20".parse().expect("a schedule"), ..permit(&["east"]) };
    FleetPlan { permits: vec![at_night], ..town() }
}

fn one_by_one(fleet: &mut Fleet, readings: &[Reading]) -> Vec<SensorChange> {
    tell(fleet, readings)
}

/// Raises, by candidate, with the last word of each.
fn candidates(told: &[SensorChange]) -> Vec<(String, StayId, SensorRule, bool)> {
    let mut last = std::collections::BTreeMap::new();
    for change in told {
        last.insert((change.device.clone(), change.stay.clone()), (change.rule, change.transition));
    }
    let live = last.into_iter().filter(|(_, (_, t))| *t != Transition::Withdrawn);
    live.map(|((device, stay), (rule, t))| (device, stay, rule, t == Transition::Ended)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_within_the_lateness_finds_the_same_candidates(all in drives(), delays in prop::collection::vec(0i64..29, 3000)) {
        let expected = candidates(&one_by_one(&mut fleet(plan()), &all));
        let mut late: Vec<_> = all.iter().zip(delays).map(|(r, d)| (r.at.0 + d * 1000, r.clone())).collect();
        late.sort_by_key(|(arrival, r)| (*arrival, r.at));
        let late: Vec<_> = late.into_iter().map(|(_, r)| r).collect();
        let mut fleet = fleet(plan());
        prop_assert_eq!(candidates(&one_by_one(&mut fleet, &late)), expected);
        prop_assert_eq!(fleet.counts(TRUCK).map_or(0, |c| c.late), 0);
    }

    #[test]
    fn any_order_within_the_horizon_finds_as_many_of_each_rule_and_raises_none_twice(all in drives(), delays in prop::collection::vec(prop_oneof![4 => Just(0i64), 1 => 0i64..3000], 3000)) {
        let expected = candidates(&one_by_one(&mut fleet(plan()), &all));
        let mut late: Vec<_> = all.iter().zip(delays).map(|(r, d)| (r.at.0 + d * 1000, r.clone())).collect();
        late.sort_by_key(|(arrival, r)| (*arrival, r.at));
        let late: Vec<_> = late.into_iter().map(|(_, r)| r).collect();
        let told = one_by_one(&mut fleet(plan()), &late);
        // A late reading may have given a candidate its first name; so rules and ends are compared, not names.
        let shape = |c: Vec<(String, StayId, SensorRule, bool)>| {
            let mut shape: Vec<_> = c.into_iter().map(|(d, s, r, e)| (d, s.zone, r, e)).collect();
            shape.sort();
            shape
        };
        prop_assert_eq!(shape(candidates(&told)), shape(expected));
        let mut raised: Vec<_> = told.iter().filter(|c| c.transition == Transition::Raised).map(|c| (&c.device, &c.stay)).collect();
        let n = raised.len();
        raised.sort();
        raised.dedup();
        prop_assert_eq!(raised.len(), n);
    }

    #[test]
    fn readings_that_come_twice_change_nothing(all in drives(), again in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 1..20)) {
        let expected = one_by_one(&mut fleet(plan()), &all);
        // Some come again: at once, or after any number of others.
        let mut order: Vec<(usize, usize)> = (0..all.len()).map(|i| (i, i)).collect();
        for (which, later) in again {
            let which = which.index(all.len());
            order.push((which + later.index(all.len() - which), which));
        }
        order.sort_by_key(|(position, which)| (*position, *which != *position));
        let doubled: Vec<Reading> = order.into_iter().map(|(_, which)| all[which].clone()).collect();
        prop_assert_eq!(one_by_one(&mut fleet(plan()), &doubled), expected);
    }

    #[test]
    fn one_batch_finds_what_single_readings_find(all in drives()) {
        let expected = candidates(&one_by_one(&mut fleet(plan()), &all));
        let mut fleet = fleet(plan());
        let mut told = fleet.observe(&all).changes;
        let last = all.iter().map(|r| r.at).max().unwrap_or_default();
        told.extend(fleet.advance(last.plus(3_600_000)).changes);
        prop_assert_eq!(candidates(&told), expected);
    }

    #[test]
    fn a_restore_in_the_middle_changes_nothing(all in drives(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(all.len().max(1));
        let (mut whole, mut moved) = (fleet(plan()), fleet(plan()));
        for (i, reading) in all.iter().enumerate() {
            if i == cut {
                let mut next = fleet(plan());
                for device in [TRUCK, SWEEPER] {
                    if let Some(snapshot) = moved.release(device) {
                        let text = serde_json::to_string(&snapshot).expect("JSON");
                        let told = next.restore(device, serde_json::from_str(&text).expect("its own"));
                        prop_assert_eq!(told, FleetOutcome::default());
                        prop_assert_eq!(next.snapshot(device), Some(snapshot));
                    }
                }
                moved = next;
            }
            let one = std::slice::from_ref(reading);
            prop_assert_eq!(whole.observe(one), moved.observe(one));
        }
    }

    #[test]
    fn any_readings_at_all_do_no_harm(
        readings in prop::collection::vec((any::<(i64, i64)>(), any::<(f64, f64)>(), any::<[Option<f32>; 3]>(), any::<[Option<bool>; 3]>()), 0..60),
    ) {
        let mut fleet = fleet(plan());
        let config = crate::plausibility::PlausibilityConfig::default();
        for ((at, arrived), (x, y), [speed_kmh, heading, load], [ignition, lifted, working]) in readings {
            let motion = Motion { speed_kmh, heading, load, ignition, lifted, working };
            let mut reading = report(TRUCK, 0, (x % 5000.0, y % 5000.0), motion);
            // Some are near in time and place, some anywhere.
            let (wild, near) = (at % 3 == 0, at.rem_euclid(1_000_000));
            (reading.at, reading.arrived) = if wild { (EventTime(at), EventTime(arrived)) } else { (at_ms(near), at_ms(near)) };
            if wild {
                reading.place = Some(LonLat::new(x, y));
            }
            config.mark(&mut reading);
            fleet.observe(&[reading]);
        }
        fleet.advance(at_ms(9_000_000));
        if let Some(snapshot) = fleet.snapshot(TRUCK) {
            let text = serde_json::to_string(&snapshot).expect("JSON");
            fleet.restore(TRUCK, serde_json::from_str(&text).expect("its own"));
        }
    }
}

fn at_ms(ms: i64) -> EventTime {
    at(0).plus(ms)
}
