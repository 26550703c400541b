//! What happened, in the words of the truth file: told by who made it happen, never by the rules.

use super::drive::Second;
use operators::vocabulary::SensorRule;

/// Something that happened, or only looked like it. Seconds since the beginning.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub device: String,
    pub rule: SensorRule,
    pub zone: String,
    pub start: i64,
    pub end: i64,
    pub story: &'static str,
}

/// Both lists of a truth file.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Stories {
    pub events: Vec<Event>,
    pub lookalikes: Vec<Event>,
    /// Spans too near a rule's threshold for a person to say. None are meant to be.
    pub doubtful: Vec<Event>,
}

impl Stories {
    pub fn event(&mut self, device: &str, rule: SensorRule, zone: &str, [start, end]: [i64; 2], story: &'static str) {
        let (device, zone) = (device.to_owned(), zone.to_owned());
        self.events.push(Event { device, rule, zone, start, end, story });
    }

    pub fn lookalike(&mut self, device: &str, rule: SensorRule, [start, end]: [i64; 2], story: &'static str) {
        let (device, zone) = (device.to_owned(), String::new());
        self.lookalikes.push(Event { device, rule, zone, start, end, story });
    }

    /// Spans during which something held: long ones are events, short ones look-alikes.
    pub fn spans(
        &mut self,
        (device, rule, zone): (&str, SensorRule, &str),
        spans: Vec<[i64; 2]>,
        [short, long]: [i64; 2],
        [story, look]: [&'static str; 2],
    ) {
        for span in spans {
            let lasted = span[1] - span[0];
            if lasted >= long {
                self.event(device, rule, zone, span, story);
            } else if lasted <= short {
                self.lookalike(device, rule, span, look);
            } else {
                let (device, zone, [start, end]) = (device.to_owned(), zone.to_owned(), span);
                self.doubtful.push(Event { device, rule, zone, start, end, story: look });
            }
        }
    }
}

/// Spans of seconds during which something holds; gaps up to `join` are bridged.
pub(super) fn spans(seconds: &[Second], join: i64, holds: impl Fn(i64, &Second) -> bool) -> Vec<[i64; 2]> {
    let mut spans: Vec<[i64; 2]> = Vec::new();
    for (t, second) in (0..).zip(seconds) {
        if !holds(t, second) {
            continue;
        }
        match spans.last_mut() {
            Some([_, end]) if t - *end <= join => *end = t,
            _ => spans.push([t, t]),
        }
    }
    spans
}
