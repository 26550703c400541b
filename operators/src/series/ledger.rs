//! What was told of the episodes, and what is to be told now.

use super::episode::{Episode, Episodes};
use crate::vocabulary::{EventTime, Millis, SensorChange, StayId, Transition};
use serde::{Deserialize, Serialize};

/// What was told of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Told {
    word: SensorChange,
    /// When it ended, as told.
    ended: Option<EventTime>,
    spoken: EventTime,
}

impl Told {
    fn is_withdrawn(&self) -> bool {
        self.word.transition == Transition::Withdrawn
    }

    fn is_of(&self, e: &Episode) -> bool {
        self.word.rule == e.rule && self.word.stay.zone == *e.subject
    }

    fn overlap(&self, e: &Episode) -> Option<Millis> {
        let from = self.word.first_seen.max(e.start);
        let until = self.word.last_seen.min(e.until());
        (from <= until).then(|| until.since(from))
    }
}

/// When to speak again of what goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Event time of the newest reading that was read.
    pub now: EventTime,
    /// What ended before it is settled.
    pub floor: EventTime,
    /// Least time between two updates.
    pub update: Millis,
    /// The rules read again: anything may have changed.
    pub again: bool,
}

/// The candidates of one device, as told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    told: Vec<Told>,
    /// No update is due before.
    next: EventTime,
}

impl Ledger {
    pub fn new() -> Ledger {
        Ledger { told: Vec::new(), next: EventTime(i64::MAX) }
    }

    /// Tells what changed since the last time.
    pub fn tell(&mut self, device: &str, episodes: &mut Episodes, pace: Pace, out: &mut Vec<SensorChange>) {
        if !episodes.is_touched() && !pace.again && pace.now < self.next {
            return;
        }
        // Reading on changes only what is open; reading again may change everything that is not settled.
        let found: Vec<&Episode> = match pace.again {
            true => episodes.raised().filter(|e| !e.is_settled(pace.floor)).collect(),
            false => episodes.news().collect(),
        };
        let mut owner: Vec<Option<usize>> = vec![None; found.len()];
        let mut lost = Vec::new();
        // In the order in which they were first told, so that the older id goes on where two become one.
        for (index, told) in self.told.iter().enumerate() {
            let settled = told.ended.is_some_and(|at| !pace.again || at <= pace.floor);
            if told.is_withdrawn() || settled {
                continue;
            }
            let free = found.iter().enumerate().filter(|(i, e)| owner[*i].is_none() && told.is_of(e));
            let best = free
                .filter_map(|(i, e)| told.overlap(e).map(|o| (o, std::cmp::Reverse(e.start), i)))
                .max()
                .map(|(_, _, i)| i);
            match best {
                Some(i) => owner[i] = Some(index),
                None => lost.push(index),
            }
        }
        for index in lost {
            self.withdraw(index, &found, &owner, pace.now, out);
        }
        for (e, owner) in found.iter().zip(owner) {
            match owner {
                Some(index) => self.go_on(index, e, &pace, out),
                None => self.raise(device, e, &pace, out),
            }
        }
        episodes.told();
        // What is settled was told for good. A withdrawn name stays taken while an episode could still have it.
        self.told.retain(|t| match t.is_withdrawn() {
            true => t.word.last_seen > pace.floor,
            false => t.ended.is_none_or(|at| at > pace.floor),
        });
        let open = self.told.iter().filter(|t| t.ended.is_none() && !t.is_withdrawn());
        self.next = open.map(|t| t.spoken.plus(pace.update)).min().unwrap_or(EventTime(i64::MAX));
    }

    /// Whether anything was told that is not over.
    pub fn has_open(&self) -> bool {
        self.told.iter().any(|t| t.ended.is_none() && !t.is_withdrawn())
    }

    /// Ends everything that is open, because nobody watches it any more.
    pub fn close(&mut self, reason: &'static str, out: &mut Vec<SensorChange>) {
        for told in &mut self.told {
            if told.ended.is_none() && !told.is_withdrawn() {
                told.word.transition = Transition::Ended;
                told.word.reason = Some(reason.into());
                told.ended = Some(told.word.last_seen);
                out.push(told.word.clone());
            }
        }
    }

    fn raise(&mut self, device: &str, e: &Episode, pace: &Pace, out: &mut Vec<SensorChange>) {
        let same_start = |t: &&Told| t.is_of(e) && t.word.stay.start == e.start;
        let ordinal = self.told.iter().filter(same_start).count() as u32;
        let stay = StayId { zone: e.subject.to_string(), rule: e.rule.as_str().to_owned(), start: e.start, ordinal };
        let raised = word(device, stay, e, Transition::Raised);
        out.push(raised.clone());
        self.told.push(Told { word: raised, ended: None, spoken: pace.now });
        if e.ended.is_some() {
            self.go_on(self.told.len() - 1, e, pace, out);
        }
    }

    fn go_on(&mut self, index: usize, e: &Episode, pace: &Pace, out: &mut Vec<SensorChange>) {
        let told = &mut self.told[index];
        let before = &told.word;
        let ended = e.ended.as_ref().map(|(at, _)| *at);
        let moved = before.first_seen != e.start || (ended.is_some() && before.last_seen != e.until());
        let other = before.notes != e.notes || (before.confidence - e.confidence).abs() > 0.05;
        let due = pace.now.since(told.spoken) >= pace.update;
        let news = before.last_seen != e.until();
        let transition = match (told.ended, ended) {
            (None, Some(_)) => Transition::Ended,
            (Some(_), Some(_)) if moved || other => Transition::Ended,
            (Some(_), None) => Transition::Updated,
            (None, None) if moved || other || (due && news) => Transition::Updated,
            (was, ended) => {
                told.ended = ended;
                if was.is_none() && due {
                    // Nothing new; it is asked again after as long.
                    told.spoken = pace.now;
                }
                return;
            }
        };
        told.word = word(&before.device, before.stay.clone(), e, transition);
        (told.ended, told.spoken) = (ended, pace.now);
        out.push(told.word.clone());
    }

    fn withdraw(
        &mut self,
        index: usize,
        found: &[&Episode],
        owner: &[Option<usize>],
        now: EventTime,
        out: &mut Vec<SensorChange>,
    ) {
        let told = &self.told[index];
        let heir = found.iter().zip(owner).find(|(e, o)| o.is_some() && told.is_of(e) && told.overlap(e).is_some());
        let reason = match heir {
            Some(_) => "later readings show that it is one with an earlier candidate",
            None => "later readings show otherwise",
        };
        let told = &mut self.told[index];
        told.word.transition = Transition::Withdrawn;
        told.word.reason = Some(reason.into());
        told.spoken = now;
        out.push(told.word.clone());
    }
}

fn word(device: &str, stay: StayId, e: &Episode, transition: Transition) -> SensorChange {
    SensorChange {
        device: device.to_owned(),
        stay,
        rule: e.rule,
        transition,
        first_seen: e.start,
        raised_at: e.raised.unwrap_or(e.last),
        last_seen: e.until(),
        dwell: e.until().since(e.start),
        from: e.from,
        place: e.place,
        value: e.value,
        limit: e.limit,
        confidence: e.confidence,
        urgent: e.rule.is_urgent(),
        notes: e.notes.clone(),
        reason: e.ended.as_ref().filter(|_| transition == Transition::Ended).map(|(_, reason)| reason.clone()),
    }
}
