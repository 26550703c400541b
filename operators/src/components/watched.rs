//! The votes on one component.

use super::compare::{State, Verdict};
use super::finding::{Fault, Finding, RULE};
use super::registered::{ComponentId, Registered};
use super::watch::ComponentWatchConfig;
use crate::rules::case::{Case, Names};
use crate::vocabulary::{EventTime, Label, Millis, Outcome, Sighting};
use crate::vote::Votes;
use serde::{Deserialize, Serialize};

/// A component and what the pictures said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Watched {
    pub id: ComponentId,
    pub urgent: bool,
    names: Names,
    votes: Votes,
    pub case: Option<Case>,
    /// Pictures that voted for missing, displaced, damaged, blocked.
    faults: [u32; 4],
    looks: u32,
    score: f32,
    same_since: Option<EventTime>,
    /// Last picture that showed it, as it was or not.
    pub seen: Option<EventTime>,
}

impl Watched {
    /// Nothing seen yet.
    pub fn new(config: &ComponentWatchConfig, component: &Registered) -> Watched {
        let votes = match component.urgent {
            true => Votes::new(config.urgent_votes_of, 0),
            false => Votes::new(config.votes_of, (config.dwell / config.votes_of.max(1) as Millis).max(1)),
        };
        Watched {
            id: component.id.clone(),
            urgent: component.urgent,
            names: Names::new(component.id.as_str(), RULE),
            votes,
            case: None,
            faults: [0; 4],
            looks: 0,
            score: 0.0,
            same_since: None,
            seen: None,
        }
    }

    /// Counts one verdict; a finding that ended with it comes back.
    pub fn vote(
        &mut self,
        config: &ComponentWatchConfig,
        at: EventTime,
        verdict: &Verdict,
        out: &mut Outcome,
    ) -> Option<Finding> {
        let fault = Fault::of(verdict.state);
        match (verdict.state, fault) {
            (State::Same, _) => {}
            (_, Some(_)) if verdict.score >= config.score => {}
            _ => return None,
        }
        self.seen = Some(at);
        self.votes.push(at, fault.is_some());
        let (dwell, needed) = match self.urgent {
            true => (config.urgent_dwell, config.urgent_votes.min(config.urgent_votes_of)),
            false => (config.dwell, config.votes.min(config.votes_of)),
        };
        let Some(fault) = fault else { return self.vote_same(at, (config.clear * dwell as f32) as Millis, out) };
        self.faults[fault as usize] = self.faults[fault as usize].saturating_add(1);
        self.looks = self.looks.saturating_add(1);
        self.score += verdict.score;
        self.same_since = None;
        let score = self.score / self.faults.iter().sum::<u32>().max(1) as f32;
        let sighting = Sighting { at, bbox: verdict.found, label: Label::Component, score };
        match &mut self.case {
            None => self.case = Some(Case::begin(self.names.name(at), 0, at, sighting, out)),
            Some(case) => {
                case.last = sighting;
                case.dwell = at.since(case.id.start);
                if case.is_open() {
                    case.update(at, config.update, out);
                } else if case.dwell >= dwell && self.votes.yes() >= needed.max(1) {
                    case.raise(at, out);
                } else if 2 * case.dwell >= dwell {
                    case.half(at, out);
                }
            }
        }
        None
    }

    /// It is as it was: after a while of this the fault is over.
    fn vote_same(&mut self, at: EventTime, clear: Millis, out: &mut Outcome) -> Option<Finding> {
        self.case.as_ref()?;
        self.looks = self.looks.saturating_add(1);
        if self.votes.yes() > self.votes.no() {
            self.same_since = None;
            return None;
        }
        let since = *self.same_since.get_or_insert(at);
        (at.since(since) >= clear).then(|| self.close("found as it was", out)).flatten()
    }

    /// The fault is over, or was none: votes begin anew.
    pub fn close(&mut self, reason: &str, out: &mut Outcome) -> Option<Finding> {
        let finding = self.finding();
        if let Some(case) = self.case.take() {
            case.close(reason, out);
        }
        self.votes.clear();
        (self.faults, self.looks, self.score, self.same_since) = ([0; 4], 0, 0.0, None);
        finding
    }

    /// What is known of its fault.
    pub fn finding(&self) -> Option<Finding> {
        let case = self.case.as_ref()?;
        const OF: [Fault; 4] = [Fault::Missing, Fault::Displaced, Fault::Damaged, Fault::Blocked];
        // Of equally many the graver one, which stands first.
        let most = self.faults.iter().max().copied().unwrap_or(0);
        let fault = OF[self.faults.iter().position(|&n| n == most).unwrap_or(0)];
        let seen = self.faults.iter().sum();
        Some(Finding { stay: case.id.clone(), fault, seen, looks: self.looks, raised: case.raised, last: case.last })
    }
}
