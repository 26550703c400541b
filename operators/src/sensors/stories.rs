//! Stories of bins, covers and gauges.

use super::*;
use crate::vocabulary::SensorRule::{BinFire, BinFull, CoverOpen, CoverWater, Ponding};
use crate::vocabulary::Transition::{self, Ended, Raised, Withdrawn};
use crate::vocabulary::{
    BinReport, Condition, ConditionScore, CoverReport, EventTime, GaugeReport, Label, Quality, Reading, Seen,
    SensorChange, SensorRule, Values,
};
use proptest::prelude::*;

fn reading(minutes: i64, values: Values) -> Reading {
    let at = EventTime(minutes * 60_000);
    Reading { device: "d".into(), at, arrived: at, place: None, camera: None, quality: Quality::GOOD, values }
}

fn fill(minutes: i64, fill: f32) -> Reading {
    reading(minutes, Values::Bin(BinReport { fill: Some(fill), ..BinReport::default() }))
}

fn looks(minutes: i64, condition: Condition) -> Reading {
    let condition = Some(ConditionScore { condition, score: 0.9 });
    let seen = Values::Seen(Seen { label: Label::Bin, score: 0.9, condition });
    Reading { camera: Some("c-7".into()), ..reading(minutes, seen) }
}

fn tilt(minutes: i64, tilt_deg: f32) -> Reading {
    reading(minutes, Values::Cover(CoverReport { tilt_deg: Some(tilt_deg), ..CoverReport::default() }))
}

fn depth(minutes: i64, depth_cm: f32) -> Reading {
    reading(minutes, Values::Gauge(GaugeReport { depth_cm: Some(depth_cm), battery: None }))
}

fn tell(readings: &[Reading]) -> Vec<SensorChange> {
    let mut sensors = Sensors::new(SensorConfig::default());
    let mut told: Vec<_> = readings.iter().flat_map(|r| sensors.observe(std::slice::from_ref(r)).changes).collect();
    let last = readings.iter().map(|r| r.at).max().unwrap_or_default();
    told.extend(sensors.advance(last.plus(60_000)).changes);
    told
}

fn words(told: &[SensorChange]) -> Vec<(SensorRule, Transition)> {
    told.iter().filter(|c| c.transition != Transition::Updated).map(|c| (c.rule, c.transition)).collect()
}

#[test]
fn a_bin_is_full_after_two_reports_and_emptied_far_below() {
    let told = tell(&[fill(0, 0.5), fill(60, 0.9), fill(120, 0.91), fill(180, 0.7), fill(240, 0.9), fill(300, 0.1)]);
    assert_eq!(words(&told), [(BinFull, Raised), (BinFull, Ended)]);
    assert_eq!((told[0].first_seen.0, told[0].raised_at.0, told[0].confidence), (3_600_000, 7_200_000, 0.75));
    assert_eq!(tell(&[fill(0, 0.5), fill(60, 0.99), fill(120, 0.5)]), [], "one odd report");
}

#[test]
fn one_odd_report_is_nothing_even_between_the_thresholds_or_beside_a_camera() {
    assert_eq!(tell(&[fill(0, 0.7), fill(15, 0.98), fill(30, 0.72), fill(45, 0.74), fill(60, 0.75)]), []);
    let looked = [fill(0, 0.5), fill(15, 0.98), looks(17, Condition::BinNormal), looks(20, Condition::BinNormal)];
    assert_eq!(tell(&looked), []);
    assert_eq!(tell(&[depth(0, 10.0), depth(5, 24.0), depth(10, 11.0), depth(15, 11.0), depth(20, 10.0)]), []);
}

#[test]
fn a_camera_that_agrees_makes_it_surer_and_one_that_does_not_lowers_it_and_says_so() {
    let agrees =
        tell(&[fill(0, 0.9), looks(2, Condition::BinOverRim), looks(4, Condition::BinOverRim), fill(10, 0.92)]);
    assert_eq!(words(&agrees), [(BinFull, Raised)]);
    let last = agrees.last().expect("raised");
    assert!(last.confidence > 0.95 && last.notes == ["camera c-7 agrees"], "{agrees:#?}");
    let not = tell(&[fill(0, 0.9), looks(2, Condition::BinNormal), looks(4, Condition::BinNormal), fill(10, 0.92)]);
    let last = not.last().expect("raised");
    assert!(last.confidence < 0.5 && last.notes == ["camera c-7 says it is not full"], "{not:#?}");
}

#[test]
fn a_camera_alone_raises_a_bin_and_says_whether_the_sensor_is_silent_or_against_it() {
    let over = [looks(100, Condition::BinOverRim), looks(102, Condition::BinWasteBeside)];
    let alone = tell(&over);
    assert_eq!(
        (words(&alone), alone[0].notes[0].as_ref()),
        (vec![(BinFull, Raised)], "only camera c-7 says so, its sensor is silent")
    );
    let against = tell(&[&[fill(90, 0.2)][..], &over].concat());
    assert_eq!(against[0].notes, ["only camera c-7 says so, its sensor does not"]);
    assert!(against[0].confidence < alone[0].confidence);
    for condition in [Condition::BinLidOpen, Condition::BinFallen] {
        assert_eq!(tell(&[looks(0, condition), looks(2, condition), looks(4, condition)]), []);
    }
}

#[test]
fn a_hot_bin_is_urgent_until_it_has_cooled() {
    let hot = |minutes, celsius| {
        reading(minutes, Values::Bin(BinReport { temperature_c: Some(celsius), ..BinReport::default() }))
    };
    let told = tell(&[hot(0, 30.0), hot(10, 75.0), hot(20, 50.0), hot(30, 40.0)]);
    assert_eq!(words(&told), [(BinFire, Raised), (BinFire, Ended)]);
    assert!(told[0].urgent && told[0].value == 75.0);
}

#[test]
fn one_report_of_a_tilted_cover_is_told_at_once_and_bypasses_the_queue() {
    let mut sensors = Sensors::new(SensorConfig::default());
    assert_eq!(sensors.observe(&[tilt(0, 2.0)]).changes, []);
    let told = sensors.observe(&[tilt(1, 40.0)]).changes;
    assert_eq!((words(&told), told[0].urgent), (vec![(CoverOpen, Raised)], true));
    assert_eq!(words(&sensors.observe(&[tilt(2, 3.0)]).changes), [], "one report closes nothing");
    assert_eq!(words(&sensors.observe(&[tilt(3, 3.0)]).changes), [(CoverOpen, Ended)]);
}

#[test]
fn a_cover_that_says_open_is_believed_and_contradictions_are_said() {
    let own = |minutes, open, tilt_deg| {
        reading(minutes, Values::Cover(CoverReport { tilt_deg, open: Some(open), ..CoverReport::default() }))
    };
    assert_eq!(words(&tell(&[own(0, true, None)])), [(CoverOpen, Raised)]);
    let told = tell(&[own(0, true, Some(1.0))]);
    assert_eq!(told[0].notes, ["the device says open, but lies level"]);
    let told = tell(&[own(0, false, Some(30.0))]);
    assert_eq!(told[0].notes, ["the device says closed, but is tilted"]);
}

#[test]
fn water_at_a_cover_is_told_after_two_reports() {
    let water =
        |minutes, water| reading(minutes, Values::Cover(CoverReport { water: Some(water), ..CoverReport::default() }));
    assert_eq!(words(&tell(&[water(0, true), water(10, false), water(20, true)])), [(CoverWater, Raised)]);
    assert_eq!(words(&tell(&[water(0, true), water(10, false), water(20, false), water(30, true)])), []);
}

#[test]
fn ponding_has_hysteresis_and_ends_when_it_has_been_gone() {
    let told = tell(&[
        depth(0, 5.0),
        depth(5, 18.0),
        depth(10, 12.0),
        depth(15, 25.0),
        depth(20, 10.0),
        depth(25, 7.0),
        depth(30, 6.0),
    ]);
    assert_eq!(words(&told), [(Ponding, Raised)], "gone for 5 minutes only");
    let more = tell(&[depth(0, 18.0), depth(5, 25.0), depth(10, 7.0), depth(15, 6.0), depth(21, 5.0)]);
    assert_eq!(words(&more), [(Ponding, Raised), (Ponding, Ended)]);
    assert_eq!((more[1].value, more[1].limit), (25.0, 15.0));
    assert_eq!(words(&tell(&[depth(0, 18.0), depth(5, 7.0), depth(10, 18.0)])), [(Ponding, Raised)], "two of three");
}

#[test]
fn silence_is_unknown_ends_nothing_and_is_told_once() {
    let mut sensors = Sensors::new(SensorConfig::default());
    assert_eq!(sensors.knowledge("d"), Knowledge::Unknown);
    sensors.observe(&[fill(0, 0.2)]);
    assert_eq!(sensors.knowledge("d"), Knowledge::Fine);
    let at = |minutes: i64| EventTime(minutes * 60_000);
    assert_eq!(sensors.advance(at(120)).silences, []);
    let silent = Silence { device: "d".into(), since: at(0), over: false };
    assert_eq!(sensors.advance(at(121)).silences, std::slice::from_ref(&silent));
    assert_eq!((sensors.advance(at(300)).silences, sensors.knowledge("d")), (vec![], Knowledge::Unknown));
    assert_eq!(sensors.observe(&[fill(301, 0.9), fill(302, 0.95)]).silences, [Silence { over: true, ..silent }]);
    assert_eq!(words(&sensors.advance(at(310)).changes), [(BinFull, Raised)]);
    let out = sensors.advance(at(1000));
    assert_eq!((out.changes.len(), out.silences.len(), sensors.knowledge("d")), (0, 1, Knowledge::Wrong));
}

#[test]
fn a_retained_message_of_long_ago_and_a_second_copy_change_nothing() {
    let mut sensors = Sensors::new(SensorConfig::default());
    let told: Vec<_> = [fill(0, 0.9), fill(60, 0.9), fill(60, 0.9), fill(0, 0.9)]
        .iter()
        .flat_map(|r| sensors.observe(std::slice::from_ref(r)).changes)
        .collect();
    assert!(told.iter().all(|c| c.transition == Raised) && told.len() <= 1, "{told:?}");
    assert_eq!(sensors.counts("d").expect("known").duplicates, 2);
}

#[test]
fn a_late_report_between_two_withdraws_what_they_raised() {
    let mut sensors = Sensors::new(SensorConfig::default());
    let mut told = sensors.observe(&[fill(0, 0.9), fill(60, 0.9), fill(65, 0.9)]).changes;
    assert_eq!(words(&told), [(BinFull, Raised)]);
    told = sensors.observe(&[fill(30, 0.1), fill(61, 0.1)]).changes;
    assert_eq!(words(&told), [(BinFull, Withdrawn)]);
}

fn any_reports() -> impl Strategy<Value = Vec<Reading>> {
    let one = (1i64..40, 0u8..5, 0f32..1.0).prop_map(|(step, what, v)| (step, what, v));
    prop::collection::vec(one, 5..80).prop_map(|steps| {
        let mut minutes = 0;
        let report = |(step, what, v): (i64, u8, f32)| {
            minutes += step;
            match what {
                0..=2 => fill(minutes, if v < 0.5 { v } else { 0.5 + v / 2.0 }),
                3 => looks(minutes, if v < 0.5 { Condition::BinNormal } else { Condition::BinOverRim }),
                _ => {
                    reading(minutes, Values::Bin(BinReport { temperature_c: Some(v * 100.0), ..BinReport::default() }))
                }
            }
        };
        steps.into_iter().map(report).collect()
    })
}

/// Every candidate with its last word, but updates.
fn candidates(told: &[SensorChange]) -> Vec<(SensorRule, EventTime, bool)> {
    let mut last = std::collections::BTreeMap::new();
    for c in told {
        last.insert(c.stay.clone(), (c.rule, c.transition));
    }
    let live = last.into_iter().filter(|(_, (_, t))| *t != Withdrawn);
    live.map(|(stay, (rule, t))| (rule, stay.start, t == Ended)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_within_the_lateness_and_repetition_change_no_candidate(all in any_reports(), delays in prop::collection::vec(0i64..29_000, 100), again in any::<prop::sample::Index>()) {
        let expected = candidates(&tell(&all));
        let mut late: Vec<_> = all.iter().zip(delays).map(|(r, d)| (r.at.0 + d, r.clone())).collect();
        let (at, copy) = late[again.index(late.len())].clone();
        late.push((at + 5, copy));
        late.sort_by_key(|(arrival, r)| (*arrival, r.at));
        let late: Vec<_> = late.into_iter().map(|(_, r)| r).collect();
        prop_assert_eq!(candidates(&tell(&late)), expected);
    }

    #[test]
    fn a_restore_in_the_middle_changes_nothing(all in any_reports(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(all.len());
        let (mut whole, mut moved) = (Sensors::new(SensorConfig::default()), Sensors::new(SensorConfig::default()));
        for (i, reading) in all.iter().enumerate() {
            if i == cut && let Some(snapshot) = moved.release("d") {
                let text = serde_json::to_string(&snapshot).expect("JSON");
                prop_assert_eq!(moved.restore("d", serde_json::from_str(&text).expect("its own")), SensorOutcome::default());
            }
            prop_assert_eq!(whole.observe(std::slice::from_ref(reading)), moved.observe(std::slice::from_ref(reading)));
        }
    }
}
