//! Small truths and candidates for the tests of this module.

use super::{RaisedCandidate, RaisedObject, Truth, TruthEvent};
use crate::payload::{OffsetTime, State, examples};
use operators::vocabulary::BBox;

pub const LEFT: BBox = BBox::new(0.1, 0.1, 0.2, 0.2);
pub const RIGHT: BBox = BBox::new(0.7, 0.1, 0.2, 0.2);

/// So many seconds after eight.
pub fn at(seconds: i64) -> OffsetTime {
    examples::after_eight(seconds)
}

/// Illegal parking from one second to another.
pub fn event(camera: &str, from: i64, to: i64, bbox: Option<BBox>) -> TruthEvent {
    TruthEvent {
        camera: camera.to_owned(),
        rule: "illegal-parking".into(),
        zone: "kerb".into(),
        start: at(from),
        end: at(to),
        bbox,
        object: None,
        story: None,
    }
}

/// The same with a story.
pub fn told(camera: &str, from: i64, to: i64, bbox: Option<BBox>, story: &str) -> TruthEvent {
    TruthEvent { story: Some(story.to_owned()), ..event(camera, from, to, bbox) }
}

/// An ended candidate, seen from one second to another and raised at the end.
pub fn candidate(id: &str, camera: &str, from: i64, to: i64, bbox: BBox) -> RaisedCandidate {
    RaisedCandidate {
        id: id.into(),
        rule: "illegal-parking".into(),
        camera: camera.into(),
        zone: "other name".into(),
        first_seen: at(from),
        raised_at: at(to),
        last_seen: at(to),
        state: State::Ended,
        object: RaisedObject { label: "car".into(), score: Some(0.75), bbox },
        dwell_s: (to - from) as f64,
        evidence: Vec::new(),
    }
}

/// A truth without look-alikes.
pub fn truth(events: Vec<TruthEvent>, hours: &[(&str, f64)]) -> Truth {
    Truth { events, hours: hours.iter().map(|(c, h)| ((*c).to_owned(), *h)).collect(), ..Truth::default() }
}
