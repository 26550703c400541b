//! The truth file: what happened, and what only looked like it.

use super::{EvaluateError, RaisedCandidate};
use crate::payload::OffsetTime;
use operators::vocabulary::{BBox, EventTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What really happened.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Truth {
    /// What must be raised.
    pub events: Vec<TruthEvent>,
    /// What must not be: it only looks like an event of its rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookalikes: Vec<TruthEvent>,
    /// Hours watched, by camera id.
    #[serde(default)]
    pub hours: BTreeMap<String, f64>,
    /// From when to when each source showed anything, by camera id, where it is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub watched: BTreeMap<String, Watched>,
}

/// One event that really happened, or a look-alike.
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
    /// What it is about, e.g. `car`; for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What happens, in a few words; for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<String>,
}

/// The time that a source showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Time of its first picture.
    pub start: OffsetTime,
    /// Time of its last picture.
    pub end: OffsetTime,
}

impl Truth {
    /// What happened in other parts of the city too.
    pub fn join(&mut self, other: Truth) {
        self.events.extend(other.events);
        self.lookalikes.extend(other.lookalikes);
        self.hours.extend(other.hours);
        self.watched.extend(other.watched);
    }

    /// From when to when the camera could see the event, as far as `candidate`
    /// can be held to it: see the definition of the dwell error.
    pub(super) fn visible(&self, event: &TruthEvent, candidate: &RaisedCandidate) -> (EventTime, EventTime) {
        let (mut start, mut end) = (event.start.event_time(), event.end.event_time());
        if let Some(watched) = self.watched.get(&event.camera) {
            start = start.max(watched.start.event_time());
            end = end.min(watched.end.event_time());
        } else if candidate.is_open() {
            end = end.min(candidate.last_seen.event_time());
        }
        (start, end.max(start))
    }
}

/// Reads a truth file. Keys that are not known are read over.
///
/// # Errors
/// No JSON of the right shape (with the line), or an event, a time or a number
/// of hours that makes no sense (with its key).
pub fn parse_truth(text: &str) -> Result<Truth, EvaluateError> {
    let truth: Truth = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| EvaluateError::Line {
        file: None,
        line: e.line(),
        what: format!("no truth file: {e}; it looks like {{\"events\": [{{\"camera\", \"rule\", \"zone\", \"start\", \"end\"}}], \"hours\": {{\"camera\": 24}}}}"),
    })?;
    let wrong = |key: String, what: &str| Err(EvaluateError::Key { file: None, key, what: what.to_owned() });
    const TURNED: &str = "lies before the start; exchange the two";
    for (list, events) in [("events", &truth.events), ("lookalikes", &truth.lookalikes)] {
        for (index, event) in events.iter().enumerate() {
            if event.end.event_time() < event.start.event_time() {
                return wrong(format!("{list}[{index}].end"), TURNED);
            }
            if event.bbox.is_some_and(|b| !is_box(&b)) {
                let what = "must be [left, top, width, height], each 0..1, with an area";
                return wrong(format!("{list}[{index}].bbox"), what);
            }
        }
    }
    for (camera, &hours) in &truth.hours {
        if !hours.is_finite() || hours < 0.0 {
            return wrong(format!("hours.{camera}"), "must be hours watched, 0 or more");
        }
    }
    for (camera, watched) in &truth.watched {
        if watched.end.event_time() < watched.start.event_time() {
            return wrong(format!("watched.{camera}.end"), TURNED);
        }
    }
    Ok(truth)
}

/// A box with an area whose sides lie in the picture, give or take a rounding.
pub(super) fn is_box(b: &BBox) -> bool {
    let inside = |v: f32| (-0.001..=1.001).contains(&v);
    inside(b.x) && inside(b.y) && inside(b.x + b.w) && inside(b.y + b.h) && b.w > 0.0 && b.h > 0.0
}
