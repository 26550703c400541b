use super::testing::{LEFT, RIGHT, at, candidate, event, told, truth};
use super::*;
use crate::payload::{CloudEvent, OffsetTime, State, examples};
use operators::vocabulary::{BBox, EventTime};
use proptest::prelude::*;
use std::collections::BTreeMap;

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
fn among_candidates_that_begin_alike_the_one_that_ends_with_the_event_wins() {
    // One truck halts while another passes.
    let truth = truth(vec![event("c", 0, 300, None), event("c", 2, 20, None)], &[]);
    let report = evaluate(&truth, &[candidate("passes", "c", 0, 22, LEFT), candidate("halts", "c", 2, 300, LEFT)]);
    let pairs: BTreeMap<_, _> = report.matches.iter().map(|m| (m.event, m.candidate.as_str())).collect();
    assert_eq!(pairs, BTreeMap::from([(0, "halts"), (1, "passes")]));
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
    for key in ["precision", "recall", "f1", "delay_s", "start_error_s", "dwell_error_s", "false_per_camera_day"] {
        assert!(json["total"][key].is_null(), "{key}");
    }
    let text = table(&report);
    assert!(text.contains("n/a") && !text.contains("NaN"), "{text}");
}

#[test]
fn delay_start_error_and_dwell_error_are_those_of_the_definitions() {
    let events: Vec<_> = (0..4).map(|n| event("c", n * 1000, n * 1000 + 200, None)).collect();
    let found: Vec<_> = [(10, 5), (20, 2), (30, 0), (100, 1)]
        .iter()
        .zip(0..)
        .map(|((delay, late), n)| {
            let mut c = candidate(&n.to_string(), "c", n * 1000 + late, n * 1000 + 195, LEFT);
            c.raised_at = at(n * 1000 + delay);
            c
        })
        .collect();
    let total = evaluate(&truth(events, &[]), &found).total;
    let delay = total.delay_s.expect("matches");
    assert_eq!((delay.mean, delay.median, delay.p95), (40.0, 25.0, 100.0));
    let start = total.start_error_s.expect("matches");
    assert_eq!((start.count, start.mean_absolute, start.largest_absolute), (4, 2.0, 5.0));
    let dwell = total.dwell_error_s.expect("matches");
    assert_eq!((dwell.count, dwell.mean, dwell.mean_absolute, dwell.largest_absolute), (4, -7.0, 7.0, 10.0));
}

/// Of an event that lasts from 0 to 500, a candidate that saw 3 to 90 and what it last said.
fn dwell_error(state: State, watched: Option<(i64, i64)>) -> f64 {
    let mut truth = truth(vec![event("c", 0, 500, None)], &[]);
    let watched = watched.map(|(from, to)| Watched { start: at(from), end: at(to) });
    truth.watched.extend(watched.map(|w| ("c".to_owned(), w)));
    let mut c = candidate("x", "c", 3, 90, LEFT);
    c.state = state;
    evaluate(&truth, &[c]).matches[0].dwell_error_s
}

#[test]
fn the_dwell_is_compared_with_the_part_of_the_event_that_the_source_showed() {
    assert_eq!(dwell_error(State::Updated, Some((0, 91))), -4.0, "it began 3 s late and its source ended 1 s later");
    assert_eq!(dwell_error(State::Updated, Some((0, 300))), -213.0, "lost sight of long before the source ended");
    assert_eq!(dwell_error(State::Updated, Some((2, 90))), -1.0, "the source began after the event");
    assert_eq!(dwell_error(State::Ended, Some((0, 300))), -213.0, "an end that nobody saw");
    assert_eq!(dwell_error(State::Ended, Some((0, 900))), -413.0, "the source shows more than the event");
}

#[test]
fn where_nobody_says_what_the_source_showed_an_open_candidate_is_held_to_its_last_word() {
    assert_eq!(dwell_error(State::Raised, None), -3.0);
    assert_eq!(dwell_error(State::Updated, None), -3.0);
    assert_eq!(dwell_error(State::Ended, None), -413.0, "it said that the object had gone");
}

#[test]
fn a_candidate_for_a_look_alike_is_false_and_told_with_its_story() {
    let mut truth = truth(vec![event("c", 0, 100, Some(LEFT))], &[]);
    truth.lookalikes =
        vec![told("c", 0, 300, None, "a queue at a light"), told("c", 200, 220, Some(LEFT), "a car stops for 20 s")];
    let hit = candidate("hit", "c", 0, 100, LEFT);
    let fooled = candidate("fooled", "c", 200, 219, LEFT);
    let report = evaluate(&truth, &[hit.clone(), fooled]);
    assert_eq!((report.total.matched, report.total.wrong, report.total.quiet, report.total.lookalikes), (1, 1, 1, 2));
    let wrong = &report.false_candidates[0];
    assert_eq!((wrong.lookalike, wrong.story.as_deref()), (Some(1), Some("a car stops for 20 s")), "the one in place");
    assert!(table(&report).contains("lookalikes[1] a car stops for 20 s"), "{}", table(&report));
    let elsewhere = evaluate(&truth, &[hit.clone(), candidate("queue", "c", 200, 219, RIGHT)]);
    assert_eq!(elsewhere.false_candidates[0].lookalike, Some(0), "the other place is the queue's");
    let clean = evaluate(&truth, &[hit]);
    assert!(clean.is_clean() && clean.total.quiet == 2, "the event's own candidate does not disturb the queue's");
}

#[test]
fn a_false_candidate_of_another_rule_time_or_place_is_no_look_alikes() {
    let mut truth = truth(Vec::new(), &[]);
    truth.lookalikes = vec![told("c", 100, 120, Some(LEFT), "a delivery van unloads")];
    let mut other_rule = candidate("rule", "c", 100, 120, LEFT);
    other_rule.rule = "street-vending".into();
    let mut taken_back = candidate("taken back", "c", 100, 120, LEFT);
    taken_back.state = State::Withdrawn;
    let late = candidate("time", "c", 121, 150, LEFT);
    let report = evaluate(&truth, &[other_rule, taken_back, late, candidate("place", "c", 100, 120, RIGHT)]);
    assert_eq!((report.total.wrong, report.total.quiet, report.total.withdrawn), (3, 1, 1));
    assert!(report.false_candidates.iter().all(|c| c.lookalike.is_none() && c.story.is_none()));
    assert_eq!(report.by_rule["illegal-parking"].quiet, 1);
    assert_eq!(report.by_rule["street-vending"].lookalikes, 0);
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
    let look = r#"{"events": [], "lookalikes": [{"camera": "c", "rule": "r", "start": "2026-06-01T08:00:00+08:00",
        "end": "2026-06-01T08:00:09+08:00", "bbox": [0.5, 0.5, 0.6, 0.1]}]}"#;
    assert!(parse_truth(look).expect_err("outside").to_string().starts_with("lookalikes[0].bbox: "));
    let watched = r#"{"events": [], "watched": {"c": {"start": "2026-06-01T08:00:09+08:00",
        "end": "2026-06-01T08:00:00+08:00"}}}"#;
    assert!(parse_truth(watched).expect_err("turned").to_string().starts_with("watched.c.end: "));
    let missing = Compared::read("no/such/file".as_ref(), "x".as_ref()).expect_err("missing").to_string();
    assert!(missing.starts_with("no/such/file: "), "{missing}");
}

#[test]
fn a_truth_file_with_stories_look_alikes_and_words_of_a_later_version_reads() {
    let text = r#"{"events": [{"camera": "c", "rule": "illegal-parking", "zone": "kerb", "object": "car",
            "story": "a car parks for 70 s", "start": "2026-06-01T08:00:00+08:00", "end": "2026-06-01T08:01:10+08:00",
            "bbox": [0.1, 0.1, 0.2, 0.2], "weather": "rain"}],
        "lookalikes": [{"camera": "c", "rule": "muck-truck", "zone": "gate", "story": "a covered truck",
            "start": "2026-06-01T08:00:00+08:00", "end": "2026-06-01T08:00:09+08:00"}],
        "watched": {"c": {"start": "2026-06-01T08:00:00+08:00", "end": "2026-06-01T08:01:30+08:00"}},
        "hours": {"c": 0.025}, "seed": 7}"#;
    let truth = parse_truth(text).expect("reads");
    assert_eq!(truth.events[0].object.as_deref(), Some("car"));
    assert_eq!(truth.lookalikes[0].story.as_deref(), Some("a covered truck"));
    let again = serde_json::to_string(&truth).expect("serialises");
    assert_eq!(parse_truth(&again).expect("reads"), truth);
}

#[test]
fn what_a_run_published_compares_like_what_a_file_says() {
    let payload = examples::candidate();
    let line = serde_json::to_string(&payload).expect("serialises");
    let read = parse_candidates(&line).expect("reads");
    assert_eq!(read, [RaisedCandidate::from(payload)]);
    assert_eq!(read[0].deciding_still(), Some("file:///srv/evidence/2026/06/01/c-001/end.jpg"));
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
