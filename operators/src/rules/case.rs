//! A case: what may become a candidate, and the one candidate it becomes.

use crate::vocabulary::{Change, EventTime, KeepStill, Millis, Moment, Outcome, Sighting, StayId, Transition};
use serde::{Deserialize, Serialize};

/// From the first still to the last word. Raised at most once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Case {
    pub id: StayId,
    pub object: u64,
    pub last: Sighting,
    /// Time that counts, milliseconds.
    pub dwell: Millis,
    pub raised: Option<EventTime>,
    middle: bool,
    spoken: EventTime,
}

impl Case {
    /// A case begins: its first still is kept.
    pub fn begin(id: StayId, object: u64, at: EventTime, sighting: Sighting, out: &mut Outcome) -> Case {
        let case = Case { id, object, last: sighting, dwell: 0, raised: None, middle: false, spoken: at };
        case.keep(Moment::Start, at, out);
        case
    }

    pub fn is_open(&self) -> bool {
        self.raised.is_some()
    }

    /// Half of the dwell is over: the middle still, once.
    pub fn half(&mut self, at: EventTime, out: &mut Outcome) {
        if !std::mem::replace(&mut self.middle, true) {
            self.keep(Moment::Middle, at, out);
        }
    }

    /// The rule made up its mind.
    pub fn raise(&mut self, at: EventTime, out: &mut Outcome) {
        if self.raised.is_none() {
            self.raised = Some(at);
            self.spoken = at;
            self.keep(Moment::End, at, out);
            out.changes.push(self.change(Transition::Raised, None));
        }
    }

    /// Still going on: said at most every `every` milliseconds.
    pub fn update(&mut self, at: EventTime, every: Millis, out: &mut Outcome) {
        if self.raised.is_some() && at.since(self.spoken) >= every {
            self.spoken = at;
            out.changes.push(self.change(Transition::Updated, None));
        }
    }

    /// What is known of an open candidate when nothing more will be seen.
    pub fn last_word(&self) -> Change {
        self.change(Transition::Updated, None)
    }

    /// The last word: an open candidate ends, anything else is forgotten.
    pub fn close(self, reason: &str, out: &mut Outcome) {
        if self.raised.is_some() {
            out.changes.push(self.change(Transition::Ended, Some(reason.to_owned())));
        } else {
            out.forget.push(self.id);
        }
    }

    fn keep(&self, moment: Moment, at: EventTime, out: &mut Outcome) {
        let sighting = Sighting { at, ..self.last };
        out.keep.push(KeepStill { stay: self.id.clone(), moment, sighting });
    }

    fn change(&self, transition: Transition, reason: Option<String>) -> Change {
        Change {
            stay: self.id.clone(),
            transition,
            first_seen: self.id.start,
            raised_at: self.raised.unwrap_or(self.last.at),
            last: self.last,
            dwell: self.dwell,
            reason,
        }
    }
}

/// Gives stays their names: zone, rule, start, and a number among those that
/// began in the same picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Names {
    zone: String,
    rule: String,
    recent: Vec<(EventTime, u32)>,
}

impl Names {
    pub fn new(zone: &str, rule: &str) -> Names {
        Names { zone: zone.to_owned(), rule: rule.to_owned(), recent: Vec::new() }
    }

    /// The next name for a stay that began at `start`.
    pub fn name(&mut self, start: EventTime) -> StayId {
        let ordinal = match self.recent.iter_mut().find(|(at, _)| *at == start) {
            Some((_, next)) => {
                *next += 1;
                *next - 1
            }
            None => {
                if self.recent.len() == 64 {
                    self.recent.remove(0);
                }
                self.recent.push((start, 1));
                0
            }
        };
        StayId { zone: self.zone.clone(), rule: self.rule.clone(), start, ordinal }
    }
}
