//! One rule over made-up readings: order, lateness, and what is told of it.

use super::*;
use crate::vocabulary::{EventTime, GaugeReport, Quality, Reading, SensorChange, SensorRule, Transition, Values};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Raised when the gauge shows more than 10 twice.
struct Deep;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Memory {
    episodes: Episodes,
    seen: Vec<i64>,
}

impl Rules for Deep {
    type State = Memory;
    type Notes = ();

    fn read(&self, state: &mut Memory, entry: &Entry, (): &mut ()) {
        let Values::Gauge(GaugeReport { depth_cm: Some(depth), .. }) = entry.values else { return };
        state.seen.push(entry.at.0);
        let look = Look { at: entry.at, place: None, value: depth, limit: 10.0, confidence: 1.0 };
        let hold = Hold { count: 2, clear_count: 2, ..Hold::default() };
        state.episodes.look((SensorRule::Ponding, &Arc::from("g")), Some(depth > 10.0), look, &hold);
    }

    fn episodes(state: &mut Memory) -> &mut Episodes {
        &mut state.episodes
    }
}

const CONFIG: SeriesConfig = SeriesConfig { lateness: 100, horizon: 1_000_000, keep: 10_000, update: 1_000_000 };

struct Device {
    series: Series<Memory>,
    ledger: Ledger,
    config: SeriesConfig,
}

impl Device {
    fn new(config: SeriesConfig) -> Device {
        Device { series: Series::new(), ledger: Ledger::new(), config }
    }

    fn take(&mut self, batch: &[(i64, f32)]) -> Vec<SensorChange> {
        for (at, depth) in batch {
            let values = Values::Gauge(GaugeReport { depth_cm: Some(*depth), battery: None });
            let (at, quality) = (EventTime(*at), Quality::GOOD);
            let reading = Reading { device: "d".into(), at, arrived: at, place: None, camera: None, quality, values };
            self.series.push(Entry::from(&reading), &self.config);
        }
        self.settle()
    }

    fn advance(&mut self, at: i64) -> Vec<SensorChange> {
        self.series.advance(EventTime(at));
        self.settle()
    }

    fn settle(&mut self) -> Vec<SensorChange> {
        let mut out = Vec::new();
        let again = self.series.settle(&Deep, &self.config, &mut ());
        let pace = Pace { now: self.series.watermark(), floor: self.series.floor(), update: self.config.update, again };
        self.ledger.tell("d", &mut self.series.state.episodes, pace, &mut out);
        self.series.trim::<Deep>(&self.config);
        out
    }
}

/// Transition, start of the id, first seen.
fn lines(changes: &[SensorChange]) -> Vec<(Transition, i64, i64)> {
    changes.iter().map(|c| (c.transition, c.stay.start.0, c.first_seen.0)).collect()
}

use Transition::{Ended, Raised, Updated, Withdrawn};

#[test]
fn readings_within_the_lateness_are_read_in_the_order_of_their_times() {
    let mut device = Device::new(CONFIG);
    for at in [10, 50, 30, 20, 90, 60] {
        device.take(&[(at, 0.0)]);
    }
    device.advance(100);
    assert_eq!(device.series.state.seen, [10, 20, 30, 50, 60, 90]);
    assert_eq!(device.series.counts().late, 0);
}

#[test]
fn a_late_reading_before_the_start_moves_it_and_the_id_stays() {
    let mut device = Device::new(CONFIG);
    assert_eq!(lines(&device.take(&[(1000, 20.0), (1010, 20.0), (1200, 20.0)])), [(Raised, 1000, 1000)]);
    assert_eq!(lines(&device.take(&[(900, 20.0), (800, 5.0)])), [(Updated, 1000, 900)]);
    let end = device.take(&[(1300, 0.0), (1310, 0.0), (1500, 0.0)]);
    assert_eq!((lines(&end), end[0].dwell), (vec![(Ended, 1000, 900)], 300));
}

#[test]
fn late_readings_can_complete_a_candidate_that_nothing_had_raised() {
    let mut device = Device::new(CONFIG);
    assert_eq!(device.take(&[(1000, 20.0), (1100, 0.0), (1110, 0.0), (1400, 0.0)]), []);
    assert_eq!(lines(&device.take(&[(1050, 20.0)])), [(Raised, 1000, 1000), (Ended, 1000, 1000)]);
}

#[test]
fn late_readings_can_end_a_candidate_and_withdraw_one() {
    let mut device = Device::new(CONFIG);
    assert_eq!(lines(&device.take(&[(1000, 20.0), (1010, 20.0), (2000, 20.0), (2200, 20.0)])), [(Raised, 1000, 1000)]);
    // It was dry between: the first went by, and the later one is another.
    let changes = device.take(&[(1500, 0.0), (1510, 0.0)]);
    assert_eq!(lines(&changes), [(Ended, 1000, 1000)]);
    assert_eq!(changes[0].last_seen, EventTime(1010));
    assert_eq!(lines(&device.advance(2300)), [(Raised, 2000, 2000)]);
    // And it was never wet at all in the second.
    let changes = device.take(&[(1990, 0.0), (2001, 0.0), (2002, 0.0)]);
    assert_eq!(lines(&changes), [(Withdrawn, 2000, 2000)]);
    assert_eq!(changes[0].reason.as_deref(), Some("later readings show otherwise"));
}

#[test]
fn two_candidates_that_late_readings_join_become_the_older_one() {
    let mut device = Device::new(CONFIG);
    let wet = |from: i64| [(from, 20.0), (from + 10, 20.0)];
    let dry = [(1100, 0.0), (1110, 0.0)];
    let changes = device.take(&[&wet(1000)[..], &dry, &wet(1200), &[(1500, 20.0)]].concat());
    assert_eq!(lines(&changes), [(Raised, 1000, 1000), (Ended, 1000, 1000), (Raised, 1200, 1200)]);
    // It was wet all the time: a dry reading in a row of two ends nothing.
    let changes = device.take(&[(1105, 20.0)]);
    assert_eq!(lines(&changes), [(Withdrawn, 1200, 1200), (Updated, 1000, 1000)]);
    assert!(changes[0].reason.as_deref().is_some_and(|r| r.contains("one with an earlier")), "{changes:?}");
}

#[test]
fn what_was_withdrawn_and_is_so_after_all_comes_back_under_another_name() {
    let mut device = Device::new(CONFIG);
    device.take(&[(1000, 20.0), (1010, 20.0), (1100, 0.0), (1110, 0.0), (1400, 0.0)]);
    assert_eq!(lines(&device.take(&[(1001, 0.0), (1002, 0.0)])), [(Withdrawn, 1000, 1000)]);
    let back = device.take(&[(1003, 20.0)]);
    assert_eq!((back[0].transition, back[0].first_seen.0, back[0].stay.ordinal), (Raised, 1003, 0));
    // At the very same start the ordinal tells them apart.
    let mut device = Device::new(CONFIG);
    device.take(&[(1000, 20.0), (1010, 20.0), (1100, 0.0), (1110, 0.0), (1400, 0.0)]);
    device.take(&[(1005, 0.0), (1006, 0.0)]);
    let back = device.take(&[(1001, 20.0)]);
    assert_eq!((back[0].transition, back[0].first_seen.0, back[0].stay.ordinal), (Raised, 1000, 1));
}

#[test]
fn what_comes_after_the_horizon_is_counted_and_changes_nothing() {
    let config = SeriesConfig { horizon: 1000, ..CONFIG };
    let mut device = Device::new(config);
    let all: Vec<(i64, f32)> = (0..400).map(|i| (i * 10, 0.0)).collect();
    device.take(&all);
    assert!(device.series.len() < 250, "{}", device.series.len());
    assert_eq!(device.take(&[(15, 20.0), (16, 20.0), (17, 20.0)]), []);
    assert_eq!(device.series.counts().too_late, 3);
    assert_eq!(device.take(&[(3501, 20.0), (3502, 20.0)]).len(), 2, "raised and ended within the horizon");
}

#[test]
fn what_is_settled_is_never_told_again() {
    let config = SeriesConfig { horizon: 500, keep: 300, ..CONFIG };
    let mut device = Device::new(config);
    let mut told = Vec::new();
    for i in 0..2000i64 {
        let wet = i % 100 < 10;
        told.extend(device.take(&[(i * 10, if wet { 20.0 } else { 0.0 })]));
        if i % 7 == 0 && i > 50 {
            told.extend(device.take(&[(i * 10 - 395, if (i - 40) % 100 < 10 { 20.0 } else { 0.0 })]));
        }
    }
    let raised: Vec<_> = told.iter().filter(|c| c.transition == Raised).map(|c| c.stay.start).collect();
    assert_eq!(raised.len(), 20, "{:?}", lines(&told));
    assert!(told.iter().all(|c| c.transition != Withdrawn), "{:?}", lines(&told));
}

#[test]
fn too_many_that_wait_are_read_before_their_time() {
    let config = SeriesConfig { lateness: 1_000_000, keep: 200, ..CONFIG };
    let mut device = Device::new(config);
    for at in 0..5000 {
        device.take(&[(at, 0.0)]);
    }
    assert!(device.series.len() <= 400 && device.series.counts().hurried > 0);
}

fn depths() -> impl Strategy<Value = Vec<(i64, f32)>> {
    // Spells of wet and dry, at distinct times.
    prop::collection::vec((1i64..30, prop::bool::weighted(0.5), 1usize..6), 10..60).prop_map(|spells| {
        let mut at = 0;
        let mut all = Vec::new();
        for (step, wet, n) in spells {
            for _ in 0..n {
                at += step;
                all.push((at, if wet { 20.0 } else { 0.0 }));
            }
        }
        all
    })
}

/// What holds at last of each candidate, by id: first and last time, ended or not. An open one is told of at a bounded
/// rate, so its last time says nothing.
fn last_words(told: &[SensorChange]) -> Vec<(i64, u32, i64, i64, Transition)> {
    let mut last = std::collections::BTreeMap::new();
    for c in told {
        let (end, until) = if c.transition == Ended { (Ended, c.last_seen.0) } else { (Updated, 0) };
        last.insert((c.stay.start.0, c.stay.ordinal), (c.first_seen.0, until, c.transition, end));
    }
    let live = last.into_iter().filter(|(_, (_, _, t, _))| *t != Withdrawn);
    live.map(|((start, ordinal), (first, until, _, end))| (start, ordinal, first, until, end)).collect()
}

proptest! {
    #[test]
    fn any_order_within_the_lateness_tells_the_same(all in depths(), moves in prop::collection::vec(0i64..90, 400)) {
        let mut plain = Device::new(CONFIG);
        let mut expected: Vec<_> = all.iter().flat_map(|r| plain.take(&[*r])).collect();
        expected.extend(plain.advance(1_000_000));
        let mut shuffled: Vec<_> = all.iter().zip(moves).map(|(r, delay)| (r.0 + delay, *r)).collect();
        shuffled.sort_by_key(|(arrival, r)| (*arrival, r.0));
        let mut device = Device::new(CONFIG);
        let mut told: Vec<_> = shuffled.iter().flat_map(|(_, r)| device.take(&[*r])).collect();
        told.extend(device.advance(1_000_000));
        // A raise says what was known of it then, which may be more where several readings were read at once.
        let raises = |told: &[SensorChange]| told.iter().map(|c| (c.transition, c.stay.clone(), c.raised_at)).collect::<Vec<_>>();
        prop_assert_eq!(raises(&told), raises(&expected));
        prop_assert_eq!(last_words(&told), last_words(&expected));
        prop_assert_eq!(device.series.counts().late, 0);
    }

    #[test]
    fn any_order_at_all_ends_with_the_same_episodes_each_under_one_id(all in depths(), keys in prop::collection::vec(any::<u32>(), 400)) {
        let mut plain = Device::new(CONFIG);
        plain.take(&all);
        plain.advance(1_000_000);
        let episodes = |d: &Device| d.series.state.episodes.raised().map(|e| (e.start, e.until(), e.ended.clone())).collect::<Vec<_>>();
        let mut order: Vec<_> = all.iter().zip(keys).collect();
        order.sort_by_key(|(r, key)| (*key, r.0));
        let mut device = Device::new(CONFIG);
        let mut told: Vec<_> = order.iter().flat_map(|(r, _)| device.take(&[**r])).collect();
        told.extend(device.advance(1_000_000));
        prop_assert_eq!(episodes(&device), episodes(&plain));
        // What is told at last is what is there, and every id was raised once.
        let mut there: Vec<_> = episodes(&plain).into_iter().map(|(s, u, e)| (s.0, if e.is_some() { u.0 } else { 0 }, e.is_some())).collect();
        let mut live: Vec<_> = last_words(&told).into_iter().map(|(_, _, first, until, end)| (first, until, end == Ended)).collect();
        there.sort_unstable();
        live.sort_unstable();
        prop_assert_eq!(live, there);
        let mut ids: Vec<_> = told.iter().filter(|c| c.transition == Raised).map(|c| c.stay.clone()).collect();
        let raised = ids.len();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), raised);
    }

    #[test]
    fn duplicates_change_nothing(all in depths(), which in prop::collection::vec(any::<prop::sample::Index>(), 0..30)) {
        let (mut plain, mut doubled) = (Device::new(CONFIG), Device::new(CONFIG));
        let mut again: Vec<_> = which.iter().map(|w| w.index(all.len())).collect();
        again.sort_unstable();
        for (i, r) in all.iter().enumerate() {
            let mut expected = plain.take(&[*r]);
            let mut told = doubled.take(&[*r]);
            for j in again.iter().filter(|j| **j <= i && (*j * 7 + i) % 5 == 0) {
                told.extend(doubled.take(&[all[*j]]));
            }
            prop_assert_eq!(std::mem::take(&mut told), std::mem::take(&mut expected));
        }
        prop_assert_eq!(plain.series.state, doubled.series.state);
    }

    #[test]
    fn a_restore_in_the_middle_changes_nothing(all in depths(), cut in any::<prop::sample::Index>(), keys in prop::collection::vec(0i64..300, 400)) {
        let mut order: Vec<_> = all.iter().zip(keys).collect();
        order.sort_by_key(|(r, delay)| (r.0 + delay, r.0));
        let config = SeriesConfig { horizon: 600, ..CONFIG };
        let (mut whole, mut moved) = (Device::new(config), Device::new(config));
        let cut = cut.index(order.len());
        for (i, (r, _)) in order.iter().enumerate() {
            if i == cut {
                let text = serde_json::to_string(&(moved.series.save(), &moved.ledger)).expect("JSON");
                let (saved, ledger): (Saved<Memory>, Ledger) = serde_json::from_str(&text).expect("its own");
                moved = Device { series: Series::load(saved, &Deep, &mut ()), ledger, config };
                prop_assert_eq!(&moved.series, &whole.series);
            }
            prop_assert_eq!(whole.take(&[**r]), moved.take(&[**r]));
        }
    }
}
