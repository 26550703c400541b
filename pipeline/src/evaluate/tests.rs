use super::*;
use crate::payload::{CloudEvent, OffsetTime, State, examples};
use operators::vocabulary::{BBox, EventTime};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(seconds: i64) -> OffsetTime {
    examples::after_eight(seconds)
}

fn event(camera: &str, from: i64, to: i64, bbox: Option<BBox>) -> TruthEvent {
    let (camera, zone) = (camera.to_owned(), "kerb".to_owned());
    TruthEvent { camera, rule: "illegal-parking".into(), zone, start: at(from), end: at(to), bbox }
}

fn candidate(id: &str, camera: &str, from: i64, to: i64, bbox: BBox) -> RaisedCandidate {
    RaisedCandidate {
        id: id.into(),
        rule: "illegal-parking".into(),
        camera: camera.into(),
        zone: "other name".into(),
        first_seen: at(from),
        raised_at: at(to),
        last_seen: at(to),
        state: State::Ended,
        object: serde_json::from_value(serde_json::json!({ "bbox": <[f32; 4]>::from(bbox) })).expect("a box"),
        dwell_s: (to - from) as f64,
    }
}

const LEFT: BBox = BBox::new(0.1, 0.1, 0.2, 0.2);
const RIGHT: BBox = BBox::new(0.7, 0.1, 0.2, 0.2);

fn truth(events: Vec<TruthEvent>, hours: &[(&str, f64)]) -> Truth {
    Truth { events, hours: hours.iter().map(|(c, h)| ((*c).to_owned(), *h)).collect() }
}

#[test]
fn two_events_at_one_time_are_told_apart_by_their_boxes() {
    let truth = truth(vec![event("c", 0, 100, Some(LEFT)), event("c", 0, 100, Some(RIGHT))], &[("c", 12.0)]);
    let report = evaluate(&truth, &[candidate("x", "c", 0, 90, RIGHT), candidate("y", "c", 0, 90, RIGHT)]);
    assert_eq!((report.total.matched, report.total.missed, report.total.wrong), (1, 1, 1));
    assert_eq!(report.misses[0].index, 0);
    assert_eq!(report.total.false_per_camera_day, Some(2.0));
}

#[test]
fn another_camera_another_rule_another_time_or_too_little_overlap_is_no_match() {
    let truth = truth(vec![event("c", 100, 200, Some(LEFT))], &[]);
    let mut other_rule = candidate("r", "c", 100, 200, LEFT);
    other_rule.rule = "street-vending".into();
    let beside = BBox::new(0.22, 0.1, 0.2, 0.2);
    let wrong = [
        candidate("k", "d", 100, 200, LEFT),
        candidate("e", "c", 0, 99, LEFT),
        candidate("l", "c", 201, 300, LEFT),
        candidate("b", "c", 100, 200, beside),
        other_rule,
    ];
    assert_eq!(evaluate(&truth, &wrong).total.matched, 0);
    assert_eq!(evaluate(&truth, &[candidate("t", "c", 0, 100, LEFT)]).total.matched, 1, "touching counts");
}

#[test]
fn the_pairing_is_the_largest_not_the_first_that_fits() {
    // "a" fits both events, "b" only the first: taking a for the first would lose one.
    let truth = truth(vec![event("c", 0, 100, None), event("c", 90, 200, None)], &[]);
    let found = [candidate("a", "c", 80, 150, LEFT), candidate("b", "c", 0, 50, LEFT)];
    let report = evaluate(&truth, &found);
    assert_eq!(report.total.matched, 2);
    let pairs: BTreeMap<_, _> = report.matches.iter().map(|m| (m.event, m.candidate.as_str())).collect();
    assert_eq!(pairs, BTreeMap::from([(0, "b"), (1, "a")]));
}

#[test]
fn among_pairings_of_one_size_the_starts_that_agree_best_win() {
    let truth = truth(vec![event("c", 0, 1000, None), event("c", 500, 1000, None)], &[]);
    let report = evaluate(&truth, &[candidate("late", "c", 510, 700, LEFT), candidate("early", "c", 5, 700, LEFT)]);
    let pairs: BTreeMap<_, _> = report.matches.iter().map(|m| (m.event, m.candidate.as_str())).collect();
    assert_eq!(pairs, BTreeMap::from([(0, "early"), (1, "late")]));
}

#[test]
fn a_withdrawn_candidate_is_neither_right_nor_wrong() {
    let mut taken_back = candidate("w", "c", 0, 50, LEFT);
    taken_back.state = State::Withdrawn;
    let report = evaluate(&truth(vec![event("c", 0, 100, None)], &[("c", 24.0)]), &[taken_back]);
    assert_eq!((report.total.raised, report.total.withdrawn, report.total.missed), (0, 1, 1));
    assert_eq!(report.withdrawn[0].id, "w");
    assert_eq!(report.total.false_per_camera_day, Some(0.0));
}

#[test]
fn what_cannot_be_computed_is_not_zero() {
    let report = evaluate(&Truth::default(), &[]);
    let json = serde_json::to_value(&report).expect("serialises");
    for key in ["precision", "recall", "f1", "delay_s", "dwell_error_s", "false_per_camera_day"] {
        assert!(json["total"][key].is_null(), "{key}");
    }
    let text = table(&report);
    assert!(text.contains("n/a") && !text.contains("NaN"), "{text}");
}

#[test]
fn delay_and_dwell_error_are_those_of_the_definitions() {
    let events: Vec<_> = (0..4).map(|n| event("c", n * 1000, n * 1000 + 200, None)).collect();
    let mut found: Vec<_> = [10, 20, 30, 100]
        .iter()
        .zip(0..)
        .map(|(delay, n)| {
            let mut c = candidate(&n.to_string(), "c", n * 1000, n * 1000 + 190, LEFT);
            c.raised_at = at(n * 1000 + delay);
            c
        })
        .collect();
    found[3].state = State::Updated;
    let total = evaluate(&truth(events, &[]), &found).total;
    let delay = total.delay_s.expect("matches");
    assert_eq!((delay.mean, delay.median, delay.p95), (40.0, 25.0, 100.0));
    let dwell = total.dwell_error_s.expect("ended ones");
    assert_eq!((dwell.count, dwell.mean, dwell.mean_absolute), (3, -10.0, 10.0), "the open one does not count");
}

#[test]
fn bare_payloads_and_cloud_events_mix_and_the_last_word_of_an_id_holds() {
    let mut c = examples::candidate();
    let raised = serde_json::to_string(&CloudEvent::candidate("demo", c.clone())).expect("serialises");
    c.state = State::Ended;
    c.last_seen = at(300);
    let ended = serde_json::to_string(&c).expect("serialises");
    let health = serde_json::to_string(&CloudEvent::health("demo", examples::health())).expect("serialises");
    // The log delivers at least once: "raised" comes again after "ended".
    let text = format!("\u{feff}{raised}\n\n{ended}\n{health}\n{raised}\n");
    let parsed = parse_candidates(&text).expect("reads");
    assert_eq!(parsed.len(), 1);
    assert_eq!((parsed[0].state, parsed[0].last_seen), (State::Ended, at(300)));
}

#[test]
fn bad_files_are_refused_with_the_line_or_the_key() {
    let good = serde_json::to_string(&examples::candidate()).expect("serialises");
    for (bad, what) in [("{", "no JSON"), ("{\"id\": \"x\"}", "no candidate"), ("7", "no candidate")] {
        let error = parse_candidates(&format!("{good}\n{bad}\n")).expect_err(bad).to_string();
        assert!(error.starts_with("line 2: ") && error.contains(what), "{error}");
    }
    let error = parse_truth("{\n \"events\": [{\"camera\": 1}]\n}").expect_err("a number").to_string();
    assert!(error.starts_with("line 2: "), "{error}");
    let turned = r#"{"events": [{"camera": "c", "rule": "r", "zone": "z",
        "start": "2026-06-01T09:00:00+08:00", "end": "2026-06-01T08:00:00+08:00"}]}"#;
    assert!(parse_truth(turned).expect_err("turned").to_string().starts_with("events[0].end: "));
    let hours = r#"{"events": [], "hours": {"c": -1}}"#;
    assert!(parse_truth(hours).expect_err("negative").to_string().starts_with("hours.c: "));
    let missing = evaluate_files("no/such/file".as_ref(), "x".as_ref()).expect_err("missing").to_string();
    assert!(missing.starts_with("no/such/file: "), "{missing}");
}

#[test]
fn the_table_names_rules_misses_and_false_candidates() {
    let truth = truth(vec![event("c", 0, 100, None), event("c", 5000, 5100, None)], &[("c", 12.0)]);
    let text = table(&evaluate(&truth, &[candidate("hit", "c", 0, 90, LEFT), candidate("oops", "d", 0, 90, LEFT)]));
    for part in [
        "illegal-parking",
        "total",
        "0.500",
        "missed events (1)",
        "events[1] c",
        "false candidates (1)",
        "oops",
        "no hours",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

fn events() -> impl Strategy<Value = Vec<TruthEvent>> {
    prop::collection::vec((0u8..2, 0i64..60, 0i64..20, 0u8..3), 0..8).prop_map(|all| {
        let place = |n| [None, Some(LEFT), Some(RIGHT)][usize::from(n)];
        all.into_iter().map(|(c, from, long, b)| event(&format!("c{c}"), from, from + long, place(b))).collect()
    })
}

/// As large a matching as there is, by trying everything.
fn most(events: &[TruthEvent], candidates: &[RaisedCandidate]) -> usize {
    let Some((first, rest)) = events.split_first() else { return 0 };
    let without = most(rest, candidates);
    let with = (0..candidates.len()).filter(|&i| matching::fits(first, &candidates[i])).map(|i| {
        let mut left = candidates.to_vec();
        left.remove(i);
        1 + most(rest, &left)
    });
    with.max().unwrap_or(0).max(without)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn perfect_candidates_score_one_and_copies_of_them_are_false(events in events()) {
        let copy = |tag: &str| events.iter().enumerate().map(|(n, e)| {
            let seconds = |t: OffsetTime| t.event_time().since(examples::EIGHT) / 1000;
            candidate(&format!("{tag}{n}"), &e.camera, seconds(e.start), seconds(e.end), e.bbox.unwrap_or(LEFT))
        }).collect::<Vec<_>>();
        let truth = truth(events.clone(), &[("c0", 24.0), ("c1", 24.0)]);
        let once = evaluate(&truth, &copy("a")).total;
        prop_assert_eq!((once.matched, once.missed, once.wrong), (events.len(), 0, 0));
        prop_assert_eq!(once.f1, (!events.is_empty()).then_some(1.0));
        let twice = evaluate(&truth, &[copy("a"), copy("b")].concat()).total;
        prop_assert_eq!((twice.matched, twice.wrong), (events.len(), events.len()));
    }

    #[test]
    fn the_order_of_the_files_does_not_matter_and_the_matching_is_the_largest(
        events in events(),
        found in prop::collection::vec((0u8..2, 0i64..60, 0i64..20, any::<bool>()), 0..6),
        seed in any::<u64>(),
    ) {
        let found: Vec<_> = found.into_iter().enumerate().map(|(n, (c, from, long, left))| {
            candidate(&n.to_string(), &format!("c{c}"), from, from + long, if left { LEFT } else { RIGHT })
        }).collect();
        let report = evaluate(&truth(events.clone(), &[]), &found);
        prop_assert_eq!(report.total.matched, most(&events, &found));
        let turn = |n: usize| if n == 0 { 0 } else { (seed % n as u64) as usize };
        let (mut other_events, mut other_found) = (events.clone(), found.clone());
        other_events.rotate_left(turn(events.len()));
        other_events.reverse();
        other_found.rotate_left(turn(found.len()));
        other_found.reverse();
        let other = evaluate(&truth(other_events, &[]), &other_found);
        prop_assert_eq!(&other.total, &report.total);
        prop_assert_eq!(&other.false_candidates, &report.false_candidates);
        prop_assert_eq!(other.by_rule, report.by_rule);
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC*") {
        let _ = parse_candidates(&text);
        let _ = parse_truth(&text);
    }
}

#[test]
fn event_times_far_from_now_do_not_overflow() {
    let far = OffsetTime::new(EventTime(i64::MAX), jiff::tz::Offset::UTC);
    let mut e = event("c", 0, 10, None);
    e.end = far;
    let mut c = candidate("x", "c", 0, 10, LEFT);
    c.last_seen = far;
    c.raised_at = far;
    assert_eq!(evaluate(&truth(vec![e], &[]), &[c]).total.matched, 1);
}
