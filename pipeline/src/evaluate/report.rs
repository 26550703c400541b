//! The comparison itself.

use super::{RaisedCandidate, Truth, TruthEvent, matching};
use crate::payload::{OffsetTime, State};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Everything an evaluation found. See the module for the definitions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// All rules together.
    pub total: Score,
    /// By rule.
    pub by_rule: BTreeMap<String, Score>,
    /// Events that no candidate matched.
    pub misses: Vec<Miss>,
    /// Candidates that matched no event.
    pub false_candidates: Vec<FalseCandidate>,
    /// Candidates that the pipeline took back; neither right nor wrong.
    pub withdrawn: Vec<FalseCandidate>,
    /// The pairs.
    pub matches: Vec<Match>,
    /// What may make the figures mean less than they seem to.
    pub warnings: Vec<String>,
}

/// Figures of one rule, or of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// True events.
    pub events: usize,
    /// Candidates raised and not withdrawn.
    pub raised: usize,
    /// Pairs of the two.
    pub matched: usize,
    /// Events without a candidate.
    pub missed: usize,
    /// Candidates without an event.
    #[serde(rename = "false")]
    pub wrong: usize,
    /// Candidates withdrawn.
    pub withdrawn: usize,
    /// matched / raised.
    pub precision: Option<f64>,
    /// matched / events.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
    /// `raised_at` − event's start, seconds.
    pub delay_s: Option<Spread>,
    /// `dwell_s` − length of the event, seconds, of the ended ones.
    pub dwell_error_s: Option<Spread>,
    /// Days watched, all cameras together.
    pub camera_days: Option<f64>,
    /// False candidates for each of them.
    pub false_per_camera_day: Option<f64>,
}

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// How many values.
    pub count: usize,
    /// Mean.
    pub mean: f64,
    /// Mean of the sizes, signs dropped.
    pub mean_absolute: f64,
    /// Median (mean of the two middle ones where their number is even).
    pub median: f64,
    /// 95th percentile, nearest rank.
    pub p95: f64,
}

/// An event without a candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// Its place in the truth file's `events`, from 0.
    pub index: usize,
    /// The event.
    #[serde(flatten)]
    pub event: TruthEvent,
}

/// A candidate without an event, or a withdrawn one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FalseCandidate {
    /// Candidate id.
    pub id: String,
    /// Camera id.
    pub camera: String,
    /// Rule kind.
    pub rule: String,
    /// Zone id.
    pub zone: String,
    /// First time the object stood there.
    pub first_seen: OffsetTime,
    /// Time of the deciding picture.
    pub raised_at: OffsetTime,
    /// Last time the object was seen there.
    pub last_seen: OffsetTime,
    /// Left, top, width, height, 0..1.
    pub bbox: [f32; 4],
}

/// An event and its candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// The event's place in the truth file's `events`, from 0.
    pub event: usize,
    /// Candidate id.
    pub candidate: String,
    /// Rule of both.
    pub rule: String,
    /// `raised_at` − event's start, seconds.
    pub delay_s: f64,
    /// `dwell_s` − length of the event, seconds, where the candidate is ended.
    pub dwell_error_s: Option<f64>,
}

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
            matches.push(Match {
                event: *index,
                candidate: candidate.id.clone(),
                rule: event.rule.clone(),
                delay_s: seconds(event.start, candidate.raised_at),
                dwell_error_s: (candidate.state == State::Ended)
                    .then(|| candidate.dwell_s - seconds(event.start, event.end)),
            });
        }
    }
    let matched: BTreeSet<usize> = matches.iter().map(|m| m.event).collect();
    let missed = events.iter().filter(|(i, _)| !matched.contains(i));
    let misses: Vec<Miss> = missed.map(|&(index, event)| Miss { index, event: event.clone() }).collect();
    let false_candidates: Vec<_> = raised.iter().filter(|c| !taken.contains(&c.id)).map(|c| summary(c)).collect();
    let mut withdrawn: Vec<_> = withdrawn.into_iter().map(summary).collect();
    withdrawn.sort_by(|a, b| (a.first_seen.event_time(), &a.id).cmp(&(b.first_seen.event_time(), &b.id)));

    let rules: BTreeSet<&String> =
        truth.events.iter().map(|e| &e.rule).chain(candidates.iter().map(|c| &c.rule)).collect();
    let score = |rule: Option<&String>| {
        let of = |r: &String| rule.is_none_or(|wanted| r == wanted);
        let wrong: Vec<_> = false_candidates.iter().filter(|c| of(&c.rule)).collect();
        let pairs: Vec<&Match> = matches.iter().filter(|m| of(&m.rule)).collect();
        let raised = raised.iter().filter(|c| of(&c.rule)).count();
        let events = truth.events.iter().filter(|e| of(&e.rule)).count();
        let days = truth.hours.values().sum::<f64>() / 24.0;
        let camera_days = (days > 0.0).then_some(days);
        let counted = wrong.iter().filter(|c| truth.hours.contains_key(&c.camera)).count();
        Score {
            events,
            raised,
            matched: pairs.len(),
            missed: events - pairs.len(),
            wrong: wrong.len(),
            withdrawn: withdrawn.iter().filter(|c| of(&c.rule)).count(),
            precision: ratio(pairs.len(), raised),
            recall: ratio(pairs.len(), events),
            f1: ratio(2 * pairs.len(), raised + events),
            delay_s: Spread::of(pairs.iter().map(|m| m.delay_s).collect()),
            dwell_error_s: Spread::of(pairs.iter().filter_map(|m| m.dwell_error_s).collect()),
            camera_days,
            false_per_camera_day: camera_days.map(|days| counted as f64 / days),
        }
    };
    let total = score(None);
    let by_rule = rules.into_iter().map(|rule| (rule.clone(), score(Some(rule)))).collect();
    let warnings = warnings(truth, &false_candidates);
    Report { total, by_rule, misses, false_candidates, withdrawn, matches, warnings }
}

impl Spread {
    /// `None` where there is no value.
    pub fn of(mut values: Vec<f64>) -> Option<Spread> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        // Sorted before summing, so that the order of the input cannot show in the last digit.
        values.sort_by(f64::total_cmp);
        Some(Spread {
            count,
            mean: values.iter().sum::<f64>() / count as f64,
            mean_absolute: values.iter().map(|v| v.abs()).sum::<f64>() / count as f64,
            median: (values[(count - 1) / 2] + values[count / 2]) / 2.0,
            p95: values[(count * 95).div_ceil(100) - 1],
        })
    }
}

fn bits(event: &TruthEvent) -> Option<[u32; 4]> {
    event.bbox.map(|b| [b.x, b.y, b.w, b.h].map(f32::to_bits))
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn seconds(from: OffsetTime, to: OffsetTime) -> f64 {
    to.event_time().since(from.event_time()) as f64 / 1000.0
}

fn summary(c: &RaisedCandidate) -> FalseCandidate {
    FalseCandidate {
        id: c.id.clone(),
        camera: c.camera.clone(),
        rule: c.rule.clone(),
        zone: c.zone.clone(),
        first_seen: c.first_seen,
        raised_at: c.raised_at,
        last_seen: c.last_seen,
        bbox: c.object.bbox.into(),
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
