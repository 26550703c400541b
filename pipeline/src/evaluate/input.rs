//! The truth file and the candidates file.

use crate::payload::{OffsetTime, State};
use operators::vocabulary::BBox;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// What really happened.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Truth {
    /// The events.
    pub events: Vec<TruthEvent>,
    /// Hours watched, by camera id.
    #[serde(default)]
    pub hours: BTreeMap<String, f64>,
}

/// One event that really happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthEvent {
    /// Camera id.
    pub camera: String,
    /// Rule kind as CITY.toml writes it.
    pub rule: String,
    /// Zone id; for the reader, not for matching.
    #[serde(default)]
    pub zone: String,
    /// When it began.
    pub start: OffsetTime,
    /// When it was over.
    pub end: OffsetTime,
    /// Where: left, top, width, height, 0..1 of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BBox>,
}

/// What is compared of a candidate: the words of the dispatch payload that matter here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RaisedCandidate {
    /// Candidate id.
    pub id: String,
    /// Rule kind.
    pub rule: String,
    /// Camera id.
    pub camera: String,
    /// Zone id; for the reader.
    #[serde(default)]
    pub zone: String,
    /// First time the object stood there.
    pub first_seen: OffsetTime,
    /// Time of the deciding picture.
    pub raised_at: OffsetTime,
    /// Last time the object was seen there.
    pub last_seen: OffsetTime,
    /// Last state.
    pub state: State,
    /// Where it is.
    pub object: Place,
    /// Seconds it stood.
    pub dwell_s: f64,
}

/// The object's box.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Left, top, width, height, 0..1 of the picture.
    pub bbox: BBox,
}

/// Why an evaluation is not possible.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("{}line {line}: {what}", file.as_ref().map(|f| format!("{}: ", f.display())).unwrap_or_default())]
    Line {
        /// The file, where it is known.
        file: Option<PathBuf>,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The truth is JSON of the right shape but makes no sense.
    #[error("{}{key}: {what}", file.as_ref().map(|f| format!("{}: ", f.display())).unwrap_or_default())]
    Key {
        /// The file, where it is known.
        file: Option<PathBuf>,
        /// Where in the file, e.g. `events[3].end`.
        key: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl EvaluateError {
    pub(super) fn in_file(mut self, path: &Path) -> Self {
        match &mut self {
            EvaluateError::Read { .. } => {}
            EvaluateError::Line { file, .. } | EvaluateError::Key { file, .. } => *file = Some(path.to_owned()),
        }
        self
    }
}

/// Reads a truth file. Keys that are not known are read over.
///
/// # Errors
/// No JSON of the right shape (with the line), or an event or a number of
/// hours that makes no sense (with its key).
pub fn parse_truth(text: &str) -> Result<Truth, EvaluateError> {
    let truth: Truth = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| EvaluateError::Line {
        file: None,
        line: e.line(),
        what: format!("no truth file: {e}; it looks like {{\"events\": [{{\"camera\", \"rule\", \"zone\", \"start\", \"end\"}}], \"hours\": {{\"camera\": 24}}}}"),
    })?;
    let wrong = |key: String, what: &str| Err(EvaluateError::Key { file: None, key, what: what.to_owned() });
    for (index, event) in truth.events.iter().enumerate() {
        if event.end.event_time() < event.start.event_time() {
            return wrong(format!("events[{index}].end"), "lies before the start; exchange the two");
        }
        if event.bbox.is_some_and(|b| !is_box(&b)) {
            return wrong(
                format!("events[{index}].bbox"),
                "must be [left, top, width, height], each 0..1, with an area",
            );
        }
    }
    for (camera, &hours) in &truth.hours {
        if !hours.is_finite() || hours < 0.0 {
            return wrong(format!("hours.{camera}"), "must be hours watched, 0 or more");
        }
    }
    Ok(truth)
}

/// Reads candidates, one JSON a line: bare payloads or CloudEvents, mixed as
/// they come. Several lines of one id become one. CloudEvents of other types
/// and empty lines are read over.
///
/// # Errors
/// A line that is neither, with its number.
pub fn parse_candidates(text: &str) -> Result<Vec<RaisedCandidate>, EvaluateError> {
    let mut last: BTreeMap<String, RaisedCandidate> = BTreeMap::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |what: String| EvaluateError::Line { file: None, line: index + 1, what };
        let Some(candidate) = parse_line(line).map_err(wrong)? else { continue };
        match last.get(&candidate.id) {
            Some(known) if standing(known) > standing(&candidate) => {}
            _ => {
                last.insert(candidate.id.clone(), candidate);
            }
        }
    }
    Ok(last.into_values().collect())
}

/// Which of two lines of one id is the last word: a log that delivers at least
/// once may repeat `raised` after `ended`.
fn standing(c: &RaisedCandidate) -> (bool, i64) {
    (c.state.is_final(), c.last_seen.event_time().0)
}

fn parse_line(line: &str) -> Result<Option<RaisedCandidate>, String> {
    let mut value: Value = serde_json::from_str(line).map_err(|e| format!("no JSON: {e}"))?;
    if value.get("specversion").is_some() {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        if !kind.starts_with("org.streetwatch.candidate.") {
            return Ok(None);
        }
        value = value.get_mut("data").map(Value::take).ok_or("the CloudEvent has no data")?;
    }
    let candidate: RaisedCandidate = serde_json::from_value(value)
        .map_err(|e| format!("no candidate: {e}; each line is a dispatch payload or a CloudEvent of one"))?;
    if !is_box(&candidate.object.bbox) {
        return Err("object.bbox must be [left, top, width, height], each 0..1".to_owned());
    }
    if !candidate.dwell_s.is_finite() {
        return Err("dwell_s must be a number of seconds".to_owned());
    }
    if candidate.last_seen.event_time() < candidate.first_seen.event_time() {
        return Err("last_seen lies before first_seen".to_owned());
    }
    Ok(Some(candidate))
}

/// A box with an area whose sides lie in the picture, give or take a rounding.
fn is_box(b: &BBox) -> bool {
    let inside = |v: f32| (-0.001..=1.001).contains(&v);
    inside(b.x) && inside(b.y) && inside(b.x + b.w) && inside(b.y + b.h) && b.w > 0.0 && b.h > 0.0
}
