//! Real pictures: one camera over a car park, several days and lights
//! (../shared/data/parking-lot). Skips with a plain line where they are missing.

mod lot;

use lot::{Lot, Shot};
use operators::components::*;
use operators::vocabulary::EventTime;
use std::collections::BTreeMap;

fn comparer(shot: &Shot, marks: &[Registered], light: Light) -> Comparer {
    let baseline =
        Baseline::from_parts(shot.grey.clone(), vec![0; shot.grey.data().len()], 1, (EventTime(0), EventTime(0)));
    let config = CompareConfig { light, ..CompareConfig::default() };
    Comparer::new(&baseline.expect("a lit picture"), marks, config).expect("marks inside the picture")
}

fn torn(s: &Shot) -> bool {
    std::env::var("TORN").is_err() && (s.name.contains("03-03_11_25") || s.name.contains("03-03_13_45"))
}
fn lights() -> Vec<Light> {
    if std::env::var("ALL").is_ok() {
        vec![Light::GainBias, Light::Gradient, Light::Census]
    } else {
        vec![Light::Gradient]
    }
}
#[test]
fn figures() {
    let Some(lot) = Lot::load() else { return };
    let marks = lot::marks();
    for light in lights() {
        let mut states: BTreeMap<State, usize> = BTreeMap::new();
        let mut poses: BTreeMap<String, usize> = BTreeMap::new();
        let mut by_mark: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        let mut by_shot: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        let mut low = Vec::new();
        let (mut least, mut corr) = (1f32, Vec::new());
        let start = std::time::Instant::now();
        let mut n = 0;
        for base in lot.empty.iter().filter(|s| !torn(s)) {
            let comparer = comparer(base, &marks, light);
            for shot in lot.empty.iter().filter(|s| s.day() != base.day() && !torn(s)) {
                let told = comparer.compare(&shot.grey, &[]);
                n += 1;
                *poses.entry(format!("{:?}", told.pose).chars().take(15).collect()).or_default() += 1;
                if let Some(f) = told.pose.fit() {
                    least = least.min(f.agreement);
                    corr.push(f.correlation)
                }
                for v in &told.verdicts {
                    *states.entry(v.state).or_default() += 1;
                    by_mark.entry(v.component.0.clone()).or_default().push(v.likeness);
                    let s = by_shot.entry(shot.name.clone()).or_default();
                    s.0 += usize::from(v.state == State::Same);
                    s.1 += 1;
                    if v.state != State::Same {
                        low.push((
                            v.likeness,
                            base.name.clone(),
                            shot.name.clone(),
                            v.component.0.clone(),
                            v.state,
                            v.doubt,
                            v.surroundings,
                        ));
                    }
                }
            }
        }
        let mut all: Vec<f32> = by_mark.values().flatten().copied().collect();
        all.sort_by(f32::total_cmp);
        let q = |s: f32| all[(all.len() as f32 * s) as usize];
        println!(
            "{light:?} pos p.2 {:.2} p.5 {:.2} p1 {:.2} p2 {:.2} p5 {:.2} p10 {:.2}",
            q(0.002),
            q(0.005),
            q(0.01),
            q(0.02),
            q(0.05),
            q(0.1)
        );
        println!(
            "{light:?}: {states:?} poses {poses:?} least agreement {least} min corr {:?}  {:?} a compare",
            corr.iter().copied().fold(1.0, f32::min),
            start.elapsed() / n
        );
        for (m, mut l) in by_mark {
            l.sort_by(f32::total_cmp);
            println!("  {m:12} p1 {:.2} p10 {:.2} p50 {:.2}", l[l.len() / 100], l[l.len() / 10], l[l.len() / 2]);
        }
        // Gone: its place shows other ground of the same picture.
        let mut gone: BTreeMap<(State, Option<String>), usize> = BTreeMap::new();
        let mut own = Vec::new();
        let mut gone_low = Vec::new();
        for (i, base) in lot.empty.iter().enumerate().filter(|(_, s)| !torn(s)) {
            let comparer = comparer(base, &marks, light);
            for (j, shot) in lot.empty.iter().enumerate().filter(|(_, s)| s.day() != base.day() && !torn(s)) {
                let k = (i * 7 + j * 13) % marks.len();
                let told = comparer.compare(&lot::without(&shot.grey, &marks[k], (i * 31 + j * 17) as u64), &[]);
                let v = &told.verdicts[k];
                own.push(v.likeness);
                *gone.entry((v.state, v.doubt.map(|d| format!("{d:?}")))).or_default() += 1;
                if v.state != State::Missing {
                    gone_low.push((
                        v.likeness,
                        v.component.0.clone(),
                        base.name.clone(),
                        shot.name.clone(),
                        v.state,
                        v.doubt,
                        v.surroundings,
                    ));
                }
            }
        }
        own.sort_by(f32::total_cmp);
        let q = |s: f32| own[(own.len() as f32 * s) as usize];
        println!(
            "{light:?} neg p50 {:.2} p75 {:.2} p90 {:.2} p95 {:.2} p97 {:.2} p99 {:.2}",
            q(0.5),
            q(0.75),
            q(0.9),
            q(0.95),
            q(0.97),
            q(0.99)
        );
        println!(
            "gone: {gone:?} likeness p50 {} p90 {} p99 {}",
            own[own.len() / 2],
            own[own.len() * 9 / 10],
            own[own.len() * 99 / 100]
        );
        gone_low.sort_by(|a, b| b.0.total_cmp(&a.0));
        for l in gone_low.iter().take(10) {
            println!("   {l:?}");
        }
        for what in ["broken", "moved"] {
            let mut told: BTreeMap<(State, Option<String>), usize> = BTreeMap::new();
            let mut same: BTreeMap<String, usize> = BTreeMap::new();
            for (i, base) in lot.empty.iter().enumerate().filter(|(_, s)| !torn(s)) {
                let comparer = comparer(base, &marks, light);
                for (j, shot) in lot.empty.iter().enumerate().filter(|(_, s)| s.day() != base.day() && !torn(s)) {
                    let k = (i * 7 + j * 13) % marks.len();
                    let seed = (i * 31 + j * 17) as u64;
                    let by = [(18, 4), (-14, 8), (6, -16), (-9, -9), (26, 10)][(i + j) % 5];
                    let now = if what == "broken" {
                        lot::broken(&shot.grey, &marks[k], seed)
                    } else {
                        lot::moved(&shot.grey, &marks[k], by, seed)
                    };
                    let v = &comparer.compare(&now, &[]).verdicts[k];
                    *told.entry((v.state, v.doubt.map(|d| format!("{d:?}")))).or_default() += 1;
                    if v.state == State::Same {
                        *same.entry(v.component.0.clone()).or_default() += 1;
                    }
                }
            }
            println!("== {what}: {told:?} {same:?}");
        }
        let mut doubts: BTreeMap<String, usize> = BTreeMap::new();
        for l in &low {
            *doubts.entry(format!("{:?} {:?}", l.4, l.5)).or_default() += 1;
        }
        println!("not same: {doubts:?}");
        let mut faults: BTreeMap<(String, State), usize> = BTreeMap::new();
        for l in low.iter().filter(|l| l.4 != State::CannotJudge) {
            *faults.entry((l.3.clone(), l.4)).or_default() += 1;
        }
        println!("faults: {faults:?}");
        for (s, (a, b)) in by_shot {
            println!("  {s} same {a}/{b}");
        }
        low.sort_by(|a, b| a.0.total_cmp(&b.0));
        for l in low.iter().filter(|l| matches!(l.4, State::Missing | State::Damaged | State::Displaced)).take(15) {
            println!("   {l:?}");
        }
    }
}

#[test]
fn spaces() {
    let Some(lot) = Lot::load() else { return };
    for base in lot.empty.iter().filter(|s| !torn(s)) {
        let mut seen: BTreeMap<(bool, String), usize> = BTreeMap::new();
        let mut covers: Vec<(bool, f32, f32, f32)> = Vec::new();
        for sequence in ["sequence0", "sequence3"] {
            for shot in lot::shots(&lot.root.join(sequence).join("frames")) {
                let labels =
                    lot::spaces(&lot.root.join(sequence).join("bounding_boxes").join(format!("{}.xml", shot.name)));
                let spaces: Vec<Registered> = labels.iter().map(|(s, _)| s.clone()).collect();
                let told = comparer(base, &spaces, Light::default()).compare(&shot.grey, &[]);
                for (v, (_, occupied)) in told.verdicts.iter().zip(&labels) {
                    *seen.entry((*occupied, format!("{:?} {:?}", v.state, v.doubt))).or_default() += 1;
                    covers.push((*occupied, v.likeness, v.surroundings, 0.0));
                }
            }
        }
        let right = seen
            .iter()
            .filter(|((o, s), _)| *o == s.starts_with("Blocked") && !s.starts_with("Cannot"))
            .map(|(_, n)| n)
            .sum::<usize>();
        let judged = seen.iter().filter(|((_, s), _)| !s.starts_with("Cannot")).map(|(_, n)| n).sum::<usize>();
        println!("== {} {:.3} of {judged}: {seen:?}", base.name, right as f32 / judged as f32);
    }
}
