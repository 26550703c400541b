//! What a comparison found.

use super::TruthEvent;
use crate::payload::OffsetTime;
use serde::Serialize;
use std::collections::BTreeMap;

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

impl Report {
    /// Whether every event was raised and nothing besides.
    pub fn is_clean(&self) -> bool {
        self.total.missed == 0 && self.total.wrong == 0
    }
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
    /// Look-alikes in the truth file.
    pub lookalikes: usize,
    /// Look-alikes that no false candidate fits.
    pub quiet: usize,
    /// matched / raised.
    pub precision: Option<f64>,
    /// matched / events.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
    /// `raised_at` − event's start, seconds.
    pub delay_s: Option<Spread>,
    /// `first_seen` − event's visible start, seconds.
    pub start_error_s: Option<Spread>,
    /// `dwell_s` − visible length of the event, seconds.
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
    /// The largest size, sign dropped.
    pub largest_absolute: f64,
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
    /// The look-alike that was taken for an event: its place in the truth file's `lookalikes`, from 0.
    pub lookalike: Option<usize>,
    /// That look-alike's story.
    pub story: Option<String>,
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
    /// Whether the candidate never ended.
    pub open: bool,
    /// `raised_at` − event's start, seconds.
    pub delay_s: f64,
    /// `first_seen` − event's visible start, seconds.
    pub start_error_s: f64,
    /// `dwell_s` − visible length of the event, seconds.
    pub dwell_error_s: f64,
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
            largest_absolute: values[0].abs().max(values[count - 1].abs()),
            median: (values[(count - 1) / 2] + values[count / 2]) / 2.0,
            p95: values[(count * 95).div_ceil(100) - 1],
        })
    }
}
