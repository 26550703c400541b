//! Real pictures: one camera over a car park, several days and lights
//! (../shared/data/parking-lot). Skips with a plain line where they are missing.
//!
//! `STREETWATCH_FIGURES=1 cargo test -p streetwatch-operators --test parking_lot -- --nocapture` measures the
//! three ways to compare against each other, as docs/COMPONENTS.md has them.
#![allow(clippy::print_stdout)]

mod lot;

use lot::{Lot, Shot};
use operators::components::*;
use operators::vocabulary::{BBox, EventTime, Point, Polygon, Transition};
use std::collections::BTreeMap;

fn single(shot: &Shot) -> Baseline {
    let nothing = vec![0; shot.grey.data().len()];
    Baseline::from_parts(shot.grey.clone(), nothing, 1, (EventTime(0), EventTime(0))).expect("a lit picture")
}

/// The median of each day with four pictures and more.
fn medians(lot: &Lot) -> Vec<(&str, Baseline)> {
    let mut days: BTreeMap<&str, Vec<Sample>> = BTreeMap::new();
    for shot in &lot.empty {
        let sample = Sample { at: EventTime(0), grey: shot.grey.clone(), movers: vec![] };
        days.entry(shot.day()).or_default().push(sample);
    }
    let median = |samples: &[Sample]| build_baseline(samples, BaselineConfig { min_pictures: 3 });
    let many = days.into_iter().filter(|(_, samples)| samples.len() >= 4);
    many.map(|(day, samples)| (day, median(&samples).expect("a day's pictures"))).collect()
}

fn comparer(base: &Baseline, marks: &[Registered], light: Light) -> Comparer {
    let config = CompareConfig { light, ..CompareConfig::default() };
    Comparer::new(base, marks, config).expect("marks inside the picture")
}

/// How often each state was said.
type Tally = BTreeMap<State, usize>;

fn share(tally: &Tally, state: State) -> f32 {
    *tally.get(&state).unwrap_or(&0) as f32 / tally.values().sum::<usize>().max(1) as f32
}

fn same_of_judged(tally: &Tally) -> f32 {
    share(tally, State::Same) / (1.0 - share(tally, State::CannotJudge))
}

#[test]
fn fixed_marks_stay_the_same_across_every_pair_of_days() {
    let Some(lot) = Lot::load() else { return };
    let marks = lot::marks();
    let mut tally = Tally::new();
    // The hardest baseline: one picture, of any light. Two files are torn; a torn picture is compared, but is no baseline.
    for base in lot.empty.iter().filter(|s| !s.is_torn()) {
        let comparer = comparer(&single(base), &marks, Light::default());
        for shot in lot.empty.iter().filter(|s| s.day() != base.day()) {
            for verdict in comparer.compare(&shot.grey, &[]).verdicts {
                *tally.entry(verdict.state).or_default() += 1;
            }
        }
    }
    println!("pictures against pictures: {tally:?}; same of judged {:.4}", same_of_judged(&tally));
    assert!(same_of_judged(&tally) >= 0.98, "{tally:?}");
    assert!(share(&tally, State::CannotJudge) <= 0.2, "{tally:?}");
}

#[test]
fn fixed_marks_stay_the_same_against_the_median_of_each_other_day() {
    let Some(lot) = Lot::load() else { return };
    let marks = lot::marks();
    let mut tally = Tally::new();
    for (day, base) in medians(&lot) {
        let comparer = comparer(&base, &marks, Light::default());
        for shot in lot.empty.iter().filter(|s| s.day() != day) {
            for verdict in comparer.compare(&shot.grey, &[]).verdicts {
                *tally.entry(verdict.state).or_default() += 1;
            }
        }
    }
    println!("pictures against days: {tally:?}; same of judged {:.4}", same_of_judged(&tally));
    assert!(same_of_judged(&tally) >= 0.98, "{tally:?}");
    assert!(share(&tally, State::CannotJudge) <= 0.2, "{tally:?}");
}

#[test]
fn a_space_that_must_be_free_is_blocked_where_a_car_stands() {
    let Some(lot) = Lot::load() else { return };
    let (mut worst, mut all) = (1f32, [0usize; 2]);
    // A baseline of each day, as a camera would have one.
    for base in ["2013-02-24_13_15_07", "2013-03-03_16_05_11", "2013-03-10_12_55_08", "2013-03-17_11_20_06"] {
        let base = lot.empty.iter().find(|s| s.name == base).expect("a picture of the set");
        let mut right = [0usize; 2];
        for sequence in ["sequence0", "sequence3"] {
            for shot in lot::shots(&lot.root.join(sequence).join("frames")) {
                let labels =
                    lot::spaces(&lot.root.join(sequence).join("bounding_boxes").join(format!("{}.xml", shot.name)));
                let spaces: Vec<Registered> = labels.iter().map(|(s, _)| s.clone()).collect();
                let told = comparer(&single(base), &spaces, Light::default()).compare(&shot.grey, &[]);
                for (verdict, (_, occupied)) in told.verdicts.iter().zip(&labels) {
                    // What cannot be judged counts as wrong.
                    let wanted = if *occupied { State::Blocked } else { State::Same };
                    right[usize::from(verdict.state == wanted)] += 1;
                }
            }
        }
        let accuracy = right[1] as f32 / (right[0] + right[1]) as f32;
        println!("baseline {}: {accuracy:.4} of {}", base.name, right[0] + right[1]);
        worst = worst.min(accuracy);
        all = [all[0] + right[0], all[1] + right[1]];
    }
    println!("spaces: {:.4} in all, {worst:.4} under the worst baseline", all[1] as f32 / (all[0] + all[1]) as f32);
    assert!(worst >= 0.95, "{worst}");
}

const HOUR: i64 = 3_600_000;

/// A hoarding of planks, 80 pixels wide, drawn into a picture in the light that falls there.
fn with_hoarding(grey: &Grey, there: &BBox) -> Grey {
    let (w, h) = (grey.width(), grey.height());
    let inside = |n: usize| {
        let (x, y) = (((n % w) as f32 + 0.5) / w as f32, ((n / w) as f32 + 0.5) / h as f32);
        x > there.x && x < there.x + there.w && y > there.y && y < there.y + there.h
    };
    let all: Vec<u8> = (0..w * h).filter(|&n| inside(n)).map(|n| grey.data()[n]).collect();
    let light = all.iter().map(|&v| f32::from(v)).sum::<f32>() / all.len().max(1) as f32;
    let plank = |n: usize| if (n % w / 9).is_multiple_of(2) { 0.7 * light } else { 1.3 * light };
    let data: Vec<u8> =
        (0..w * h).map(|n| if inside(n) { plank(n).min(255.0) as u8 } else { grey.data()[n] }).collect();
    Grey::new(w, h, data).expect("a picture")
}

#[test]
fn an_empty_car_park_has_no_newcomer_on_any_day_and_a_hoarding_is_one() {
    let Some(lot) = Lot::load() else { return };
    let corners = [(0.01, 0.1), (0.99, 0.1), (0.99, 0.99), (0.01, 0.99)].map(|(x, y)| Point { x, y });
    let area = Area { id: "lot".into(), polygon: Polygon::new(corners.to_vec()).expect("a box") };
    let there = BBox::new(0.5, 0.55, 0.08, 0.14);
    let (mut told, mut hoardings, mut looks, mut doubtful) = (0, 0, 0, 0);
    let bases = medians(&lot);
    for (day, base) in &bases {
        let comparer = comparer(base, &lot::marks(), Light::default());
        let others: Vec<&Shot> = lot.empty.iter().filter(|s| s.day() != *day && !s.is_torn()).collect();
        let mut raised = |hoarding: bool| {
            let config = NewcomersConfig { dwell: 3 * HOUR, looks: 8, ..NewcomersConfig::default() };
            let mut watch = Newcomers::new(config, base, std::slice::from_ref(&area), &[]).expect("large");
            let mut raised = Vec::new();
            for (hour, shot) in (0i64..).zip(&others) {
                let grey = if hoarding { with_hoarding(&shot.grey, &there) } else { shot.grey.clone() };
                let seen = comparer.compare(&shot.grey, &[]);
                let changes = watch.observe(EventTime(hour * HOUR), &grey, &[], &seen).changes;
                raised.extend(changes.into_iter().filter(|c| c.transition == Transition::Raised));
            }
            (looks, doubtful) = (looks + others.len(), doubtful + watch.doubtful());
            raised
        };
        told += raised(false).len();
        hoardings += raised(true).iter().filter(|c| c.last.bbox.iou(&there) > 0.3).count();
    }
    println!(
        "newcomers: {told} on {} days; hoardings: {hoardings} of {}; {doubtful} of {looks} no looks",
        bases.len(),
        bases.len()
    );
    assert_eq!((told, hoardings), (0, bases.len()));
}

/// The ways to compare, against each other: how alike the marks are on other
/// days, and how alike when they are gone, moved or broken.
#[test]
fn figures_of_the_three_ways_to_compare() {
    if std::env::var_os("STREETWATCH_FIGURES").is_none() {
        println!("skipped: set STREETWATCH_FIGURES to measure");
        return;
    }
    let Some(lot) = Lot::load() else { return };
    let marks = lot::marks();
    let shots: Vec<&Shot> = lot.empty.iter().filter(|s| !s.is_torn()).collect();
    for light in [Light::GainBias, Light::Gradient, Light::Census] {
        let mut alike: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
        let mut told: BTreeMap<&str, Tally> = BTreeMap::new();
        for (i, base) in shots.iter().enumerate() {
            let comparer = comparer(&single(base), &marks, light);
            for (j, shot) in shots.iter().enumerate().filter(|(_, s)| s.day() != base.day()) {
                let mut count = |what: &'static str, verdict: &Verdict| {
                    alike.entry(what).or_default().push(verdict.likeness);
                    *told.entry(what).or_default().entry(verdict.state).or_default() += 1;
                };
                comparer.compare(&shot.grey, &[]).verdicts.iter().for_each(|v| count("there", v));
                let (k, seed) = ((i * 7 + j * 13) % marks.len(), (i * 31 + j * 17) as u64);
                let by = [(18, 4), (-14, 8), (6, -16), (-9, -9), (26, 10)][(i + j) % 5];
                let mut changed = |what, grey| count(what, &comparer.compare(&grey, &[]).verdicts[k]);
                changed("gone", lot::without(&shot.grey, &marks[k], seed));
                changed("moved", lot::moved(&shot.grey, &marks[k], by, seed));
                changed("half gone", lot::broken(&shot.grey, &marks[k], seed));
            }
        }
        for (what, mut values) in alike {
            values.sort_by(f32::total_cmp);
            let at = |share: f32| values[((values.len() - 1) as f32 * share) as usize];
            let quantiles = [0.01, 0.02, 0.05, 0.5, 0.95, 0.97, 0.99].map(|s| format!("{:.2}", at(s)));
            println!("{light:?} {what}: likeness at 1 2 5 50 95 97 99 %: {}; {:?}", quantiles.join(" "), told[what]);
        }
    }
}
