//! Coverage of planned work (作业面考核): how much of a plan's roads was swept in its hours, by all its vehicles together.
//!
//! A plan is judged when its hours and a grace are over. Late readings may still complete it for a while: a candidate
//! whose plan turns out to be done is withdrawn. Where a vehicle said nothing, nobody knows what it swept, and that is said.

use super::config::FleetConfig;
use super::map::FleetMap;
use super::sweep::{NEVER, Swept};
use crate::vocabulary::{EventTime, SensorChange, SensorRule, StayId, Transition};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How much of a plan was swept in one of its windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanReport {
    /// Which plan.
    pub plan: String,
    /// Its window.
    pub start: EventTime,
    /// Its end.
    pub end: EventTime,
    /// Share of its length, 0..1.
    pub share: f32,
    /// Share at the end of each hour of the window.
    pub by_hour: Vec<f32>,
    /// Whether any of its vehicles said anything in the window. If none did, the share is unknown, not 0.
    pub heard: bool,
}

/// What was told of one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Judged {
    report: PlanReport,
    word: Option<SensorChange>,
}

/// Windows that were judged and may still change.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CoverageSnapshot {
    judged: Vec<Judged>,
    /// Every window that ended by then was judged.
    until: Option<EventTime>,
}

/// What vehicles say of their work, for one judgement.
pub(super) struct Work<'a> {
    pub swept: Vec<&'a Swept>,
    /// Newest fix of each vehicle that may work on a plan.
    pub heard: Vec<(&'a str, EventTime)>,
}

impl CoverageSnapshot {
    /// It is `now` for everybody: judges what has ended, and looks again at what may still change.
    pub(super) fn judge(
        &mut self,
        map: &FleetMap,
        config: &FleetConfig,
        now: EventTime,
        work: &Work<'_>,
        (changes, reports): (&mut Vec<SensorChange>, &mut Vec<PlanReport>),
    ) {
        let grace = config.coverage.grace;
        for planned in &map.plans {
            let Some(window) = planned.plan.window(now.plus(-grace), config.ahead_of_utc) else { continue };
            // The window that is open then may not be over; the one before it is.
            let before = planned.plan.window(window[0].plus(-1), config.ahead_of_utc);
            for [start, end] in [before, Some(window)].into_iter().flatten() {
                let is_over = end.plus(grace) <= now;
                let is_new = self.until.is_some_and(|until| end.plus(grace) > until);
                let known = self.judged.iter().any(|j| j.report.plan == planned.plan.id && j.report.start == start);
                if is_over && is_new && !known {
                    let report = report(map, planned.plan.id.as_str(), [start, end], work);
                    self.judged.push(Judged { report, word: None });
                    self.tell_last(planned.plan.share, changes, reports);
                }
            }
        }
        self.until = Some(self.until.map_or(now, |until| until.max(now)));
        for judged in &mut self.judged {
            let Some(planned) = map.plans.iter().find(|p| p.plan.id == judged.report.plan) else { continue };
            let report = report(map, &judged.report.plan, [judged.report.start, judged.report.end], work);
            if (report.share - judged.report.share).abs() >= 0.005 || report.heard != judged.report.heard {
                reports.push(report.clone());
                judged.report = report;
                judged.retell(planned.plan.share, changes);
            }
        }
        self.judged.retain(|j| now.since(j.report.end) <= grace + config.coverage.late);
    }

    fn tell_last(&mut self, share: f32, changes: &mut Vec<SensorChange>, reports: &mut Vec<PlanReport>) {
        let Some(judged) = self.judged.last_mut() else { return };
        reports.push(judged.report.clone());
        if judged.report.share < share {
            let word = judged.say(share, Transition::Raised);
            changes.push(word.clone());
            judged.word = Some(word);
        }
    }
}

impl Judged {
    /// The share has changed.
    fn retell(&mut self, share: f32, changes: &mut Vec<SensorChange>) {
        // A share only grows: what was done when it was judged stays done.
        if self.word.is_none() {
            return;
        }
        let done = self.report.share >= share;
        let word = self.say(share, if done { Transition::Withdrawn } else { Transition::Updated });
        changes.push(word.clone());
        self.word = Some(word);
    }

    fn say(&self, share: f32, transition: Transition) -> SensorChange {
        let r = &self.report;
        let rule = SensorRule::Coverage;
        let stay = StayId { zone: r.plan.clone(), rule: rule.as_str().to_owned(), start: r.start, ordinal: 0 };
        let mut notes: Vec<Cow<'static, str>> = Vec::new();
        if !r.heard {
            notes.push("no vehicle of this plan reported: unknown, not unswept".into());
        }
        SensorChange {
            device: format!("plan:{}", r.plan),
            stay,
            rule,
            transition,
            first_seen: r.start,
            raised_at: r.end,
            last_seen: r.end,
            dwell: r.end.since(r.start),
            from: None,
            place: None,
            value: r.share,
            limit: share,
            confidence: if r.heard { 0.9 } else { 0.5 },
            urgent: false,
            notes,
            reason: (transition == Transition::Withdrawn).then(|| "late readings show that it was swept".into()),
        }
    }
}

fn report(map: &FleetMap, plan: &str, [start, end]: [EventTime; 2], work: &Work<'_>) -> PlanReport {
    let pieces = map.plans.iter().find(|p| p.plan.id == plan).map_or(0, |p| p.pieces.len());
    let mut first = vec![NEVER; pieces];
    for swept in work.swept.iter().filter(|s| *s.plan == *plan && s.start == start) {
        for (all, one) in first.iter_mut().zip(&swept.minutes) {
            *all = (*all).min(*one);
        }
    }
    let share = |until: i64| {
        let done = first.iter().filter(|m| **m != NEVER && i64::from(**m) < until).count();
        done as f32 / pieces.max(1) as f32
    };
    let hours = (end.since(start) + 3_599_999) / 3_600_000;
    let vehicles = map.plans.iter().find(|p| p.plan.id == plan).map_or(&[][..], |p| &p.plan.vehicles);
    let is_its = |device: &str| vehicles.is_empty() || vehicles.iter().any(|v| v == device);
    let heard = work.heard.iter().any(|(device, at)| is_its(device) && *at >= start);
    PlanReport {
        plan: plan.to_owned(),
        start,
        end,
        share: share(i64::MAX),
        by_hour: (1..=hours).map(|h| share(h * 60)).collect(),
        heard,
    }
}
