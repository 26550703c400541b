//! What a rule found: a condition that held for a while.

use crate::ground::LonLat;
use crate::vocabulary::{EventTime, Millis, SensorRule};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// How long a condition must hold before it is raised, and be gone before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hold {
    /// From the first reading that shows it to the deciding one.
    pub dwell: Millis,
    /// Readings that show it, at least.
    pub count: u32,
    /// From the first reading that shows it gone to the one that ends it.
    pub clear: Millis,
    /// Readings in a row that show it gone, at least.
    pub clear_count: u32,
    /// Silence for longer than this is unknown: what was not raised before it begins anew after it.
    pub gap: Millis,
}

impl Default for Hold {
    fn default() -> Self {
        Hold { dwell: 0, count: 1, clear: 0, clear_count: 1, gap: 600_000 }
    }
}

/// One look at a condition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub at: EventTime,
    pub place: Option<LonLat>,
    /// How bad it is; the worst is kept.
    pub value: f32,
    pub limit: f32,
    pub confidence: f32,
}

/// A condition that holds, or held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Episode {
    pub rule: SensorRule,
    pub subject: Arc<str>,
    pub start: EventTime,
    pub from: Option<LonLat>,
    pub last: EventTime,
    pub place: Option<LonLat>,
    pub value: f32,
    pub limit: f32,
    pub confidence: f32,
    pub notes: Vec<Cow<'static, str>>,
    pub raised: Option<EventTime>,
    pub ended: Option<(EventTime, Cow<'static, str>)>,
    count: u32,
    gone: Option<(EventTime, u32)>,
    /// A note or the confidence is other than when the ledger last looked.
    #[serde(skip)]
    restated: bool,
}

impl Episode {
    /// Until when it was known to hold, or ended.
    pub fn until(&self) -> EventTime {
        self.last
    }

    /// Whether nothing can change it any more once all readings up to `floor` are settled.
    pub fn is_settled(&self, floor: EventTime) -> bool {
        self.ended.as_ref().is_some_and(|(at, _)| *at <= floor)
    }

    /// Says something of it, once, and not without end.
    pub fn note(&mut self, note: impl Into<Cow<'static, str>>) {
        let note = note.into();
        if self.notes.len() < 6 && !self.notes.contains(&note) {
            self.notes.push(note);
            self.restated = true;
        }
    }

    /// Says how sure it is now.
    pub fn sure(&mut self, confidence: f32) {
        self.restated |= (confidence - self.confidence).abs() > 1e-3;
        self.confidence = confidence;
    }
}

/// Everything the rules found of one device.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Episodes {
    open: Vec<Episode>,
    done: Vec<Episode>,
    /// Something was raised since the ledger last looked.
    #[serde(skip)]
    raised: bool,
    /// So many of those that are done ended since then: the last ones.
    #[serde(skip)]
    fresh: usize,
}

impl Episodes {
    /// One look at whether a condition holds of a subject. `None` is unknown, and changes nothing.
    pub fn look(
        &mut self,
        (rule, subject): (SensorRule, &Arc<str>),
        holds: Option<bool>,
        look: Look,
        hold: &Hold,
    ) -> Option<&mut Episode> {
        let found = self.position(rule, subject);
        match (holds?, found) {
            (false, None) => None,
            (false, Some(index)) => {
                self.gone(index, look.at, hold, "no longer so");
                None
            }
            (true, found) => {
                let index = found.unwrap_or_else(|| self.begin(rule, subject, &look));
                let episode = &mut self.open[index];
                if episode.raised.is_none() && look.at.since(episode.last) > hold.gap {
                    *episode = new(rule, subject, &look);
                }
                episode.see(&look);
                let lasted = look.at.since(episode.start) >= hold.dwell && episode.count >= hold.count;
                if episode.raised.is_none() && lasted {
                    episode.raised = Some(look.at);
                    self.raised = true;
                }
                Some(episode)
            }
        }
    }

    /// A look that decides by itself.
    pub fn decide(&mut self, rule: SensorRule, subject: &Arc<str>, look: Look) -> &mut Episode {
        let index = self.position(rule, subject).unwrap_or_else(|| self.begin(rule, subject, &look));
        let episode = &mut self.open[index];
        episode.see(&look);
        if episode.raised.is_none() {
            episode.raised = Some(look.at);
            self.raised = true;
        }
        episode
    }

    /// What is open of a rule and subject.
    pub fn open(&self, rule: SensorRule, subject: &str) -> Option<&Episode> {
        self.open.iter().find(|e| e.rule == rule && *e.subject == *subject)
    }

    /// What is open of a rule and subject, to add to it.
    pub fn open_mut(&mut self, rule: SensorRule, subject: &str) -> Option<&mut Episode> {
        self.open.iter_mut().find(|e| e.rule == rule && *e.subject == *subject)
    }

    /// Subjects for which a rule has something open.
    pub fn subjects(&self, rule: SensorRule) -> impl Iterator<Item = &Arc<str>> {
        self.open.iter().filter(move |e| e.rule == rule).map(|e| &e.subject)
    }

    /// It is over at once: raised ones end, others are forgotten.
    pub fn close(&mut self, rule: SensorRule, subject: &str, at: EventTime, reason: impl Into<Cow<'static, str>>) {
        if let Some(index) = self.position(rule, subject) {
            self.end(index, at, reason.into());
        }
    }

    /// Every raised one, over or not.
    pub fn raised(&self) -> impl Iterator<Item = &Episode> {
        self.done.iter().chain(&self.open).filter(|e| e.raised.is_some())
    }

    /// Every raised one that is not over, and those that ended since the ledger last looked.
    pub fn news(&self) -> impl Iterator<Item = &Episode> {
        let fresh = self.done.len() - self.fresh.min(self.done.len());
        self.done[fresh..].iter().chain(self.open.iter().filter(|e| e.raised.is_some()))
    }

    /// Forgets what can no longer change.
    pub fn settle(&mut self, floor: EventTime) {
        self.done.retain(|e| !e.is_settled(floor));
    }

    /// Whether something was raised, restated or ended since the ledger last looked.
    pub fn is_touched(&self) -> bool {
        self.raised || self.fresh > 0 || self.open.iter().any(|e| e.restated)
    }

    /// The ledger has looked.
    pub fn told(&mut self) {
        (self.raised, self.fresh) = (false, 0);
        self.open.iter_mut().for_each(|e| e.restated = false);
    }

    fn position(&self, rule: SensorRule, subject: &str) -> Option<usize> {
        self.open.iter().position(|e| e.rule == rule && *e.subject == *subject)
    }

    fn begin(&mut self, rule: SensorRule, subject: &Arc<str>, look: &Look) -> usize {
        self.open.push(new(rule, subject, look));
        self.open.len() - 1
    }

    fn gone(&mut self, index: usize, at: EventTime, hold: &Hold, reason: &'static str) {
        let episode = &mut self.open[index];
        let (since, count) = episode.gone.map_or((at, 1), |(since, n)| (since, n.saturating_add(1)));
        episode.gone = Some((since, count));
        if at.since(since) >= hold.clear && count >= hold.clear_count {
            self.end(index, at, reason.into());
        }
    }

    fn end(&mut self, index: usize, at: EventTime, reason: Cow<'static, str>) {
        let mut episode = self.open.remove(index);
        if episode.raised.is_some() {
            episode.ended = Some((at, reason));
            self.done.push(episode);
            self.fresh += 1;
        }
    }
}

fn new(rule: SensorRule, subject: &Arc<str>, look: &Look) -> Episode {
    Episode {
        rule,
        subject: subject.clone(),
        start: look.at,
        from: look.place,
        last: look.at,
        place: look.place,
        value: look.value,
        limit: look.limit,
        confidence: look.confidence,
        notes: Vec::new(),
        raised: None,
        ended: None,
        count: 0,
        gone: None,
        restated: false,
    }
}

impl Episode {
    fn see(&mut self, look: &Look) {
        self.last = look.at;
        self.place = look.place.or(self.place);
        if look.value > self.value {
            (self.value, self.limit) = (look.value, look.limit);
        }
        self.sure(look.confidence);
        self.count = self.count.saturating_add(1);
        self.gone = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: Hold = Hold { dwell: 20, count: 3, clear: 10, clear_count: 2, gap: 50 };

    fn play(looks: &[(i64, Option<bool>)], hold: &Hold) -> Episodes {
        let (mut episodes, subject) = (Episodes::default(), Arc::from("road"));
        for (at, holds) in looks {
            let look = Look { at: EventTime(*at), place: None, value: *at as f32, limit: 0.0, confidence: 1.0 };
            episodes.look((SensorRule::OverSpeed, &subject), *holds, look, hold);
        }
        episodes
    }

    fn told(episodes: &Episodes) -> Vec<(i64, i64, i64, Option<i64>)> {
        let line = |e: &Episode| (e.start.0, e.raised.expect("raised").0, e.last.0, e.ended.as_ref().map(|e| e.0.0));
        episodes.raised().map(line).collect()
    }

    #[test]
    fn it_is_raised_when_it_has_lasted_and_been_seen_often_enough() {
        let t = Some(true);
        assert_eq!(told(&play(&[(0, t), (20, t)], &HOLD)), [], "only twice");
        assert_eq!(told(&play(&[(0, t), (5, t), (10, t)], &HOLD)), [], "not long enough");
        assert_eq!(told(&play(&[(0, t), (5, t), (20, t), (30, t)], &HOLD)), [(0, 20, 30, None)]);
    }

    #[test]
    fn it_ends_when_it_has_been_gone_and_one_odd_reading_ends_nothing() {
        let (t, f) = (Some(true), Some(false));
        let held = [(0, t), (10, t), (20, t)];
        let with = |more: &[(i64, Option<bool>)]| told(&play(&[&held[..], more].concat(), &HOLD));
        assert_eq!(with(&[(30, f), (45, t)]), [(0, 20, 45, None)]);
        assert_eq!(with(&[(30, f), (41, f)]), [(0, 20, 20, Some(41))]);
        assert_eq!(with(&[(30, f), (35, None), (39, f)]), [(0, 20, 20, None)], "not gone for long enough");
    }

    #[test]
    fn silence_starts_the_wait_anew_but_ends_nothing() {
        let t = Some(true);
        assert_eq!(told(&play(&[(0, t), (10, t), (61, t), (70, t), (81, t)], &HOLD)), [(61, 81, 81, None)]);
        assert_eq!(told(&play(&[(0, t), (10, t), (20, t), (900, t)], &HOLD)), [(0, 20, 900, None)]);
    }
}
