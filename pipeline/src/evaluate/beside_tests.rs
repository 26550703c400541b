use super::testing::{LEFT, RIGHT, at, candidate, event, told, truth};
use super::*;
use crate::payload::State;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

const STILL: &str = "file:///srv/city/evidence/2026/06/01/c-001/5bb1a3a4-0f6c-5a0e-9a5c-6a4a0b0f2d11/end.jpg";

fn with_still(mut candidate: RaisedCandidate, uri: &str) -> RaisedCandidate {
    candidate.evidence = vec![Picture { kind: "end".into(), uri: uri.into() }];
    candidate
}

/// One of each: raised, missed, quiet, fallen for, false without reason, withdrawn.
fn all_verdicts() -> Compared {
    let events = vec![
        told("c-001", 10, 80, Some(LEFT), "a car parks for 70 s beside the hydrant while a bus passes"),
        event("c-002", 10, 80, None),
    ];
    let mut truth = truth(events, &[]);
    truth.lookalikes = vec![
        told("c-001", 5, 25, Some(RIGHT), "a car stops for 20 s"),
        told("c-002", 100, 130, Some(LEFT), "a queue at a light"),
    ];
    let mut open = with_still(candidate("hit", "c-001", 11, 79, LEFT), STILL);
    open.state = State::Updated;
    open.raised_at = at(41);
    let mut taken_back = candidate("back", "c-002", 200, 230, LEFT);
    taken_back.state = State::Withdrawn;
    let fooled = candidate("fooled", "c-002", 100, 120, LEFT);
    Compared::new(truth, vec![open, fooled, candidate("nothing", "c-003", 86_400, 86_430, LEFT), taken_back])
}

#[test]
fn every_event_look_alike_and_candidate_has_its_row_in_order_of_time() {
    let style = Style { folder: "/srv/city".into(), ..Style::default() };
    let text = beside(&all_verdicts(), &style);
    let wanted = "\
c-001, 2026-06-01 (times at +08:00)
  rule, zone        truth                                       candidate                                   verdict
  illegal-parking   look-alike: a car stops for 20 s            -                                           quiet
  kerb              08:00:05..08:00:25, 20.0 s
  illegal-parking   a car parks for 70 s beside the hydrant     raised 08:00:41, seen 08:00:11..08:01:19    raised
  kerb              while a bus passes                          stood 68.0 s, still there, car 0.75
                    08:00:10..08:01:20, 70.0 s
                    evidence/2026/06/01/c-001/5bb1a3a4-0f6c-5a0e-9a5c-6a4a0b0f2d11/end.jpg

c-002, 2026-06-01 (times at +08:00)
  rule, zone        truth                                       candidate                                   verdict
  illegal-parking   event                                       -                                           MISSED
  kerb              08:00:10..08:01:20, 70.0 s
  illegal-parking   look-alike: a queue at a light              raised 08:02:00, seen 08:01:40..08:02:00    FALSE
  kerb              08:01:40..08:02:10, 30.0 s                  stood 20.0 s, car 0.75
  illegal-parking   -                                           raised 08:03:50, seen 08:03:20..08:03:50    withdrawn
  other name                                                    stood 30.0 s, car 0.75

c-003, 2026-06-02 (times at +08:00)
  rule, zone        truth                                       candidate                                   verdict
  illegal-parking   -                                           raised 08:00:30, seen 08:00:00..08:00:30    FALSE
  other name                                                    stood 30.0 s, car 0.75

2 events: 1 raised, 1 missed; 2 look-alikes: 1 quiet; 2 false candidates; 1 withdrawn
";
    assert_eq!(text, wanted, "{text}");
}

#[test]
fn verdicts_are_coloured_only_where_it_is_asked_for() {
    let compared = all_verdicts();
    assert!(!beside(&compared, &Style::default()).contains('\u{1b}'));
    let coloured = beside(&compared, &Style { colour: true, ..Style::default() });
    assert!(coloured.contains("\u{1b}[32mraised\u{1b}[0m") && coloured.contains("\u{1b}[1;31mMISSED\u{1b}[0m"));
    let plain = ["32", "1;31", "33", "0"].iter().fold(coloured, |text, c| text.replace(&format!("\u{1b}[{c}m"), ""));
    assert_eq!(plain, beside(&compared, &Style::default()));
}

#[test]
fn times_of_another_day_say_so_and_all_of_a_camera_are_on_its_own_wall() {
    let mut utc = candidate("x", "c", 57_000, 57_700, LEFT);
    utc.raised_at = "2026-06-01T16:01:00+00:00".parse().expect("RFC 3339");
    let text = beside(&Compared::new(truth(vec![event("c", 57_000, 57_600, None)], &[]), vec![utc]), &Style::default());
    assert!(text.contains("23:50:00..2026-06-02 00:00:00, 600.0 s"), "{text}");
    assert!(text.contains("raised 2026-06-02 00:01:00, seen"), "{text}");
    assert!(text.ends_with("\n1 event: 1 raised, 0 missed; 0 look-alikes: 0 quiet; 0 false candidates\n"), "{text}");
}

#[test]
fn a_path_is_written_whole_even_where_it_does_not_fit() {
    let long = format!("s3://bucket/{}/end.jpg", "deep/".repeat(30));
    let compared = Compared::new(Truth::default(), vec![with_still(candidate("x", "c", 0, 9, LEFT), &long)]);
    assert!(beside(&compared, &Style::default()).lines().any(|line| line.trim() == long));
}

proptest! {
    #[test]
    fn nothing_but_a_path_is_wider_than_a_terminal_of_120_columns(
        names in prop::array::uniform5("\\PC{0,60}"),
        from in 0i64..200_000,
        dwell_s in prop::num::f64::NORMAL.prop_map(|d| d % 1e12),
    ) {
        let [camera, rule, zone, story, label] = names;
        let mut event = told(&camera, 0, 100, None, &story);
        (event.rule, event.zone) = (rule.clone(), zone.clone());
        let mut found = candidate("x", &camera, from, from + 10, LEFT);
        (found.rule, found.zone, found.object.label, found.dwell_s) = (rule, zone, label, dwell_s);
        let mut truth = truth(vec![event.clone()], &[]);
        truth.lookalikes = vec![event];
        let text = beside(&Compared::new(truth, vec![found]), &Style::default());
        for line in text.lines() {
            prop_assert!(line.width() <= 120, "{} columns: {line:?}", line.width());
        }
    }
}
