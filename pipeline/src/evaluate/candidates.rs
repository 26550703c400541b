//! The candidates: a file of them, or what a run has published.

use super::EvaluateError;
use super::truth::is_box;
use crate::payload::{Candidate, EvidenceKind, OffsetTime, State};
use operators::vocabulary::BBox;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is compared of a candidate, and what people are shown of it: the words
/// of the dispatch payload that matter here.
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
    /// What and where it is.
    pub object: RaisedObject,
    /// Seconds it stood.
    pub dwell_s: f64,
    /// Its files; for the reader.
    #[serde(default)]
    pub evidence: Vec<Picture>,
}

/// The object of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RaisedObject {
    /// What it is; for the reader.
    #[serde(default)]
    pub label: String,
    /// Confidence of the label, 0..1; for the reader.
    #[serde(default)]
    pub score: Option<f32>,
    /// Left, top, width, height, 0..1 of the picture.
    pub bbox: BBox,
}

/// One file of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// What it shows: `start`, `middle`, `end`, …
    pub kind: String,
    /// Where it lies.
    pub uri: String,
}

impl RaisedCandidate {
    /// Whether it is neither ended nor withdrawn.
    pub fn is_open(&self) -> bool {
        !self.state.is_final()
    }

    /// Where the deciding still lies, if there is one.
    pub fn deciding_still(&self) -> Option<&str> {
        let still = self.evidence.iter().find(|item| item.kind == EvidenceKind::End.as_str());
        still.map(|item| item.uri.as_str())
    }
}

impl From<Candidate> for RaisedCandidate {
    fn from(c: Candidate) -> Self {
        let picture =
            |item: crate::payload::EvidenceItem| Picture { kind: item.kind.as_str().to_owned(), uri: item.uri };
        RaisedCandidate {
            id: c.id.to_string(),
            rule: c.rule,
            camera: c.camera,
            zone: c.zone,
            first_seen: c.first_seen,
            raised_at: c.raised_at,
            last_seen: c.last_seen,
            state: c.state,
            object: RaisedObject {
                label: c.object.label,
                score: Some(c.object.score),
                bbox: BBox::from(c.object.bbox),
            },
            dwell_s: c.dwell_s,
            evidence: c.evidence.into_iter().map(picture).collect(),
        }
    }
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
    // A sensor has no picture, and so no box.
    let no_box = candidate.object.bbox == BBox { x: 0.0, y: 0.0, w: 0.0, h: 0.0 };
    if !no_box && !is_box(&candidate.object.bbox) {
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
