//! From a candidate's verdicts to what it is. Pure: the same verdicts in the same order give the same.
//!
//! The order is the topic's; verdicts that are not on it yet come after, in the order they were made here. A verdict is
//! taken when the revision it saw is the one that the verdicts before it have made. So when two consoles decide
//! one candidate at once, both find, as soon as both verdicts are on the topic, that the first one holds.

use super::{DeskState, First};
use crate::payload::{Action, RejectReason, State, Verdict};
use uuid::Uuid;

/// What became of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing by its nature: a comment, a second opinion.
    None,
    /// It made the candidate what it is.
    Taken,
    /// It came too late, or made no sense then.
    Void,
    /// It was taken, and taken back.
    Undone,
}

impl Effect {
    /// The number as the store writes it.
    pub const fn number(self) -> i64 {
        match self {
            Effect::None => 0,
            Effect::Taken => 1,
            Effect::Void => 2,
            Effect::Undone => 3,
        }
    }

    /// The effect of a number.
    pub const fn of(number: i64) -> Option<Effect> {
        match number {
            0 => Some(Effect::None),
            1 => Some(Effect::Taken),
            2 => Some(Effect::Void),
            3 => Some(Effect::Undone),
            _ => None,
        }
    }
}

/// What a candidate is after its verdicts.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What it is.
    pub state: DeskState,
    /// How many verdicts were taken, undoing ones too.
    pub revision: i64,
    /// What it is a part of.
    pub into: Option<Uuid>,
    /// It was split from its group.
    pub alone: bool,
    /// Class that a person filed it under: code and name.
    pub class: Option<(String, String)>,
    /// Why it was rejected.
    pub reason: Option<RejectReason>,
    /// The verdict that an undo would take back.
    pub decision: Option<Uuid>,
    /// Who made it what it is.
    pub first: Option<First>,
}

impl Standing {
    fn new() -> Self {
        Standing {
            state: DeskState::Waiting,
            revision: 0,
            into: None,
            alone: false,
            class: None,
            reason: None,
            decision: None,
            first: None,
        }
    }

    /// What one verdict makes of this, or that it makes no sense here.
    fn after(&self, verdict: &Verdict) -> Option<Standing> {
        let mut next = self.clone();
        match verdict.action {
            Action::Confirm | Action::ReportMissed if self.state.is_open() => next.state = DeskState::Confirmed,
            Action::Reject if self.state.is_open() => {
                next.state = DeskState::Rejected;
                next.reason = verdict.reason;
            }
            Action::Merge if self.state.is_open() => {
                next.into = Some(verdict.into.filter(|into| *into != verdict.candidate)?);
                next.state = DeskState::Merged;
            }
            Action::Split if self.state == DeskState::Merged => {
                next.state = DeskState::Waiting;
                next.into = None;
                next.alone = true;
            }
            Action::Split if self.state.is_open() && !self.alone => next.alone = true,
            Action::Escalate if self.state == DeskState::Waiting => next.state = DeskState::Escalated,
            Action::ChangeClass if self.state.is_open() || self.state == DeskState::Confirmed => {
                next.class = Some((verdict.class_code.clone()?, verdict.class_name.clone().unwrap_or_default()));
            }
            _ => return None,
        }
        next.decision = Some(verdict.id);
        next.first =
            Some(First { by: verdict.reviewer.clone(), at: verdict.at.event_time().0, action: verdict.action });
        Some(next)
    }
}

/// Applies verdicts in order. `life` is the pipeline's last word, where it has said one.
pub fn fold(verdicts: &[Verdict], life: Option<State>) -> (Standing, Vec<Effect>) {
    let mut now = Standing::new();
    // What the candidate was before each verdict that stands, so that it can be taken back.
    let mut before: Vec<(usize, Standing)> = Vec::new();
    let mut effects = vec![Effect::None; verdicts.len()];
    for (i, verdict) in verdicts.iter().enumerate() {
        if verdict.second || verdict.action == Action::Comment {
            continue;
        }
        if verdict.seen_revision.is_some_and(|seen| seen != now.revision) {
            effects[i] = Effect::Void;
            continue;
        }
        let revision = now.revision + 1;
        if verdict.action == Action::Undo {
            // Only the last one that stands can be taken back.
            let meant = before.last().is_some_and(|(last, _)| Some(verdicts[*last].id) == verdict.undoes);
            match before.pop_if(|_| meant) {
                Some((undone, was)) => {
                    effects[undone] = Effect::Undone;
                    now = was;
                    now.revision = revision;
                    effects[i] = Effect::Taken;
                }
                None => effects[i] = Effect::Void,
            }
            continue;
        }
        match now.after(verdict) {
            Some(next) => {
                before.push((i, std::mem::replace(&mut now, next)));
                now.revision = revision;
                effects[i] = Effect::Taken;
            }
            None => effects[i] = Effect::Void,
        }
    }
    if now.state.is_open() && life == Some(State::Withdrawn) {
        now.state = DeskState::Withdrawn;
    }
    (now, effects)
}
