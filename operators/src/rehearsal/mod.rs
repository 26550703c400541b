//! What other settings would have raised: a view's last hour seen again.
//!
//! ```text
//! Watch's input ──► Recall (bounded) ──► rehearse(old), rehearse(new) ──► compare
//! ```
//! A [`Recall`] keeps what the rules were shown: boxes, labels, scores, which part was looked at closely, and
//! suspensions, no pictures. What a rule makes of the looks of a place (an object that goes undetected but still stands
//! there) is therefore not in it: both settings are tried without, so that the two can be compared with each other.
//! Closer looks are those that the settings of then asked for.

mod compare;
mod recall;

pub use compare::{Comparison, compare};
pub use recall::{Event, Recall, RecallLimits};

use crate::vocabulary::{EventTime, Label, Millis, Outcome, Picture, Sighting, StayId, Transition};
use crate::watch::{Watch, WatchConfig};
use std::collections::BTreeMap;

/// A candidate that the rules would have raised.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsed {
    /// Which stay it is about.
    pub stay: StayId,
    /// First time the object stood there.
    pub first_seen: EventTime,
    /// When it would have been raised.
    pub raised_at: EventTime,
    /// Last time the object was seen there.
    pub last: Sighting,
    /// How long it stood there.
    pub dwell: Millis,
    /// Whether its end was seen.
    pub ended: bool,
}

impl Rehearsed {
    /// What it is.
    pub fn label(&self) -> Label {
        self.last.label
    }
}

/// Shows events to rules that have seen nothing yet. Returns what they raise and do not take back, in the order raised.
pub fn rehearse<'a>(events: impl IntoIterator<Item = &'a Event>, config: WatchConfig) -> Vec<Rehearsed> {
    let mut watch = Watch::new(config);
    let mut found = BTreeMap::new();
    let mut last = EventTime::default();
    for event in events {
        match event {
            Event::Picture { at, local, detections, closer } => {
                last = *at;
                let detections = detections.to_vec();
                let picture = Picture { at: *at, local: *local, detections, closer: *closer, luma: None };
                take(&mut found, watch.observe(&picture));
            }
            Event::Held { at, why } => watch.suspend(*at, *why),
            Event::Resumed { at } => watch.resume(*at),
        }
    }
    take(&mut found, watch.finish(last));
    let mut found: Vec<Rehearsed> = found.into_values().collect();
    found.sort_by(|a, b| (a.raised_at, &a.stay).cmp(&(b.raised_at, &b.stay)));
    found
}

fn take(found: &mut BTreeMap<StayId, Rehearsed>, outcome: Outcome) {
    for change in outcome.changes {
        if change.transition == Transition::Withdrawn {
            found.remove(&change.stay);
            continue;
        }
        let ended = change.transition == Transition::Ended;
        found.insert(
            change.stay.clone(),
            Rehearsed {
                stay: change.stay,
                first_seen: change.first_seen,
                raised_at: change.raised_at,
                last: change.last,
                dwell: change.dwell,
                ended,
            },
        );
    }
}

#[cfg(test)]
mod tests;
