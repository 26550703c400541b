//! Every event, look-alike and candidate once, each beside its counterpart.

use super::{Compared, RaisedCandidate, TruthEvent};
use operators::vocabulary::EventTime;
use std::collections::BTreeMap;

/// What is to be said of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An event with its candidate.
    Raised,
    /// An event without one.
    Missed,
    /// A look-alike that nothing was raised for.
    Quiet,
    /// A candidate without an event, perhaps with the look-alike it fell for.
    False,
    /// A candidate that the pipeline took back.
    Withdrawn,
}

/// One row: what is true, what was raised, or both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row<'a> {
    pub truth: Option<&'a TruthEvent>,
    pub candidate: Option<&'a RaisedCandidate>,
    pub verdict: Verdict,
}

impl Row<'_> {
    /// When it begins.
    pub fn start(&self) -> EventTime {
        let truth = self.truth.map(|t| t.start.event_time());
        truth.or(self.candidate.map(|c| c.first_seen.event_time())).unwrap_or_default()
    }
}

/// The rows of each camera, in order of time.
pub(super) fn rows(compared: &Compared) -> BTreeMap<&str, Vec<Row<'_>>> {
    let Compared { truth, candidates, report } = compared;
    let by_id: BTreeMap<&str, &RaisedCandidate> = candidates.iter().map(|c| (c.id.as_str(), c)).collect();
    let candidate = |id: &str| by_id.get(id).copied();
    let mut rows = Vec::new();
    for m in &report.matches {
        let truth = truth.events.get(m.event);
        rows.push(Row { truth, candidate: candidate(&m.candidate), verdict: Verdict::Raised });
    }
    for miss in &report.misses {
        rows.push(Row { truth: truth.events.get(miss.index), candidate: None, verdict: Verdict::Missed });
    }
    for wrong in &report.false_candidates {
        let look = wrong.lookalike.and_then(|index| truth.lookalikes.get(index));
        rows.push(Row { truth: look, candidate: candidate(&wrong.id), verdict: Verdict::False });
    }
    for (index, look) in truth.lookalikes.iter().enumerate() {
        if report.false_candidates.iter().all(|c| c.lookalike != Some(index)) {
            rows.push(Row { truth: Some(look), candidate: None, verdict: Verdict::Quiet });
        }
    }
    for taken_back in &report.withdrawn {
        rows.push(Row { truth: None, candidate: candidate(&taken_back.id), verdict: Verdict::Withdrawn });
    }
    let mut by_camera: BTreeMap<&str, Vec<Row<'_>>> = BTreeMap::new();
    for row in rows {
        let camera = row.truth.map(|t| &t.camera).or(row.candidate.map(|c| &c.camera));
        by_camera.entry(camera.map_or("", String::as_str)).or_default().push(row);
    }
    for rows in by_camera.values_mut() {
        rows.sort_by_key(Row::start);
    }
    by_camera
}
