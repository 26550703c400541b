//! What was whole a moment ago, in surroundings that were hardly better: then those vouch for what is lost now.
//!
//! Leaves that lie, or a hut that came behind, are found on the surroundings whatever the component does. Where it was whole
//! all the same, and half of it is lost from one look to the next, they did not take it.

use super::compare::{Doubt, State, Verdict};
use crate::vocabulary::{EventTime, Millis};
use serde::{Deserialize, Serialize};

/// Share found from which a component is whole, and up to which something is lost: what light, wet and snow take goes by and by.
const WHOLE: f32 = 0.85;
const LOST: f32 = 0.6;
/// Share of what was found of the surroundings then that must be found still: what comes before both hides both.
const STILL: f32 = 0.85;
/// Surroundings of which less than this is found vouch for nothing.
const LEAST: f32 = 0.3;

/// The last look that showed a component whole, and how much of its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Whole(Option<(EventTime, f32)>);

impl Whole {
    /// Takes a look. What its surroundings, as they are now, leave in doubt is a fault where they were no better when it
    /// was whole, at most `within` before.
    pub fn look(&mut self, at: EventTime, within: Millis, verdict: &Verdict) -> Option<Verdict> {
        let is_doubted = matches!(verdict.doubt, Some(Doubt::Surroundings | Doubt::Undecided));
        match verdict.state {
            State::Same if verdict.likeness >= WHOLE => self.0 = Some((at, verdict.surroundings)),
            State::Same => self.0 = None,
            State::CannotJudge if is_doubted && verdict.likeness > LOST => self.0 = None,
            State::CannotJudge if is_doubted && verdict.unvouched.lost() > 0 => {
                let (since, surroundings) = self.0?;
                let least = LEAST.max(STILL * surroundings);
                let is_lost = at.since(since) <= within && verdict.surroundings >= least;
                return is_lost.then(|| verdict.as_fault());
            }
            _ => {}
        }
        None
    }
}
