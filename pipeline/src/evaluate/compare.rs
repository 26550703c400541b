//! The comparison itself.

use super::{FalseCandidate, Match, Miss, RaisedCandidate, Report, Score, Spread, Truth, TruthEvent, matching};
use crate::payload::State;
use operators::vocabulary::EventTime;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Compares candidates with the truth. The order of neither matters.
pub fn evaluate(truth: &Truth, candidates: &[RaisedCandidate]) -> Report {
    let (withdrawn, raised): (Vec<_>, Vec<_>) = candidates.iter().partition(|c| c.state == State::Withdrawn);
    // Sorted, so that ties are broken the same way whatever the order of the files.
    let mut events: Vec<(usize, &TruthEvent)> = truth.events.iter().enumerate().collect();
    events.sort_by_cached_key(|(_, e)| (e.start.event_time(), e.end.event_time(), e.zone.clone(), bits(e)));
    let mut raised: Vec<&RaisedCandidate> = raised;
    raised.sort_by_key(|c| (c.first_seen.event_time(), c.raised_at.event_time(), &c.id));

    let mut matches = Vec::new();
    let mut taken = BTreeSet::new();
    for (camera, rule) in events.iter().map(|(_, e)| (&e.camera, &e.rule)).collect::<BTreeSet<_>>() {
        let here: Vec<_> = events.iter().filter(|(_, e)| (&e.camera, &e.rule) == (camera, rule)).collect();
        let found: Vec<_> = raised.iter().copied().filter(|c| (&c.camera, &c.rule) == (camera, rule)).collect();
        let pairs = matching::pair(&here.iter().map(|(_, e)| *e).collect::<Vec<_>>(), &found);
        for ((index, event), candidate) in here.iter().zip(pairs) {
            let Some(candidate) = candidate.map(|c| found[c]) else { continue };
            taken.insert(&candidate.id);
            let (start, end) = truth.visible(event, candidate);
            matches.push(Match {
                event: *index,
                candidate: candidate.id.clone(),
                rule: event.rule.clone(),
                open: candidate.is_open(),
                delay_s: seconds(event.start.event_time(), candidate.raised_at.event_time()),
                start_error_s: seconds(start, candidate.first_seen.event_time()),
                dwell_error_s: candidate.dwell_s - seconds(start, end),
            });
        }
    }
    let matched: BTreeSet<usize> = matches.iter().map(|m| m.event).collect();
    let missed = events.iter().filter(|(i, _)| !matched.contains(i));
    let misses: Vec<Miss> = missed.map(|&(index, event)| Miss { index, event: event.clone() }).collect();
    let wrong = raised.iter().filter(|c| !taken.contains(&c.id));
    let false_candidates: Vec<_> = wrong.map(|c| summary(c, mistaken(truth, c))).collect();
    let loud: BTreeSet<usize> = false_candidates.iter().filter_map(|c| c.lookalike).collect();
    let mut withdrawn: Vec<_> = withdrawn.into_iter().map(|c| summary(c, None)).collect();
    withdrawn.sort_by(|a, b| (a.first_seen.event_time(), &a.id).cmp(&(b.first_seen.event_time(), &b.id)));

    let told = truth.events.iter().chain(&truth.lookalikes).map(|e| &e.rule);
    let rules: BTreeSet<&String> = told.chain(candidates.iter().map(|c| &c.rule)).collect();
    let score = |rule: Option<&String>| {
        let of = |r: &String| rule.is_none_or(|wanted| r == wanted);
        let wrong: Vec<_> = false_candidates.iter().filter(|c| of(&c.rule)).collect();
        let pairs: Vec<&Match> = matches.iter().filter(|m| of(&m.rule)).collect();
        let raised = raised.iter().filter(|c| of(&c.rule)).count();
        let events = truth.events.iter().filter(|e| of(&e.rule)).count();
        let days = truth.hours.values().sum::<f64>() / 24.0;
        let camera_days = (days > 0.0).then_some(days);
        let counted = wrong.iter().filter(|c| truth.hours.contains_key(&c.camera)).count();
        let lookalikes: Vec<usize> = (0..truth.lookalikes.len()).filter(|i| of(&truth.lookalikes[*i].rule)).collect();
        let spread = |value: fn(&Match) -> f64| Spread::of(pairs.iter().map(|m| value(m)).collect());
        Score {
            events,
            raised,
            matched: pairs.len(),
            missed: events - pairs.len(),
            wrong: wrong.len(),
            withdrawn: withdrawn.iter().filter(|c| of(&c.rule)).count(),
            lookalikes: lookalikes.len(),
            quiet: lookalikes.iter().filter(|i| !loud.contains(i)).count(),
            precision: ratio(pairs.len(), raised),
            recall: ratio(pairs.len(), events),
            f1: ratio(2 * pairs.len(), raised + events),
            delay_s: spread(|m| m.delay_s),
            start_error_s: spread(|m| m.start_error_s),
            dwell_error_s: spread(|m| m.dwell_error_s),
            camera_days,
            false_per_camera_day: camera_days.map(|days| counted as f64 / days),
        }
    };
    let total = score(None);
    let by_rule = rules.into_iter().map(|rule| (rule.clone(), score(Some(rule)))).collect();
    let warnings = warnings(truth, &false_candidates);
    Report { total, by_rule, misses, false_candidates, withdrawn, matches, warnings }
}

fn bits(event: &TruthEvent) -> Option<[u32; 4]> {
    event.bbox.map(|b| [b.x, b.y, b.w, b.h].map(f32::to_bits))
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn seconds(from: EventTime, to: EventTime) -> f64 {
    to.since(from) as f64 / 1000.0
}

/// The look-alike that a false candidate is about: of those that fit, one that
/// says where it is before one that does not, then the one it shares most time with.
fn mistaken<'a>(truth: &'a Truth, c: &RaisedCandidate) -> Option<(usize, &'a TruthEvent)> {
    let fitting = truth.lookalikes.iter().enumerate().filter(|(_, look)| matching::fits(look, c));
    fitting.min_by_key(|(_, look)| {
        let from = look.start.event_time().max(c.first_seen.event_time());
        let to = look.end.event_time().min(c.last_seen.event_time());
        (look.bbox.is_none(), Reverse(to.since(from)), look.start.event_time(), bits(look))
    })
}

fn summary(c: &RaisedCandidate, lookalike: Option<(usize, &TruthEvent)>) -> FalseCandidate {
    FalseCandidate {
        id: c.id.clone(),
        camera: c.camera.clone(),
        rule: c.rule.clone(),
        zone: c.zone.clone(),
        first_seen: c.first_seen,
        raised_at: c.raised_at,
        last_seen: c.last_seen,
        bbox: c.object.bbox.into(),
        lookalike: lookalike.map(|(index, _)| index),
        story: lookalike.and_then(|(_, look)| look.story.clone()),
    }
}

fn warnings(truth: &Truth, wrong: &[FalseCandidate]) -> Vec<String> {
    let mut warnings = Vec::new();
    let unknown: BTreeSet<&str> =
        wrong.iter().map(|c| c.camera.as_str()).filter(|c| !truth.hours.contains_key(*c)).collect();
    if !unknown.is_empty() && !truth.hours.is_empty() {
        let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
        warnings
            .push(format!("false candidates of {names} are not in the camera-day figure: no hours in the truth file"));
    }
    warnings
}
