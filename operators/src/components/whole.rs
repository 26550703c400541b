//! What was whole a moment ago, in surroundings that were hardly better: then those vouch for what is lost now.
//!
//! Leaves that lie, or a hut that came behind, are found on the surroundings whatever the component does. Where it was whole
//! all the same, and a quarter of it is lost from one look to the next, they did not take it.

use super::compare::{Doubt, GONE, State, Verdict};
use crate::vocabulary::{EventTime, Millis};
use serde::{Deserialize, Serialize};

/// Share found from which a component is whole, and share of that up to which something is lost: what light, wet and snow take
/// goes by and by.
const WHOLE: f32 = 0.85;
const LOST: f32 = 0.75;
/// Share of what was found of the surroundings then that must be found still: what comes before both hides both. What falls over
/// hides some of its own.
const STILL: f32 = 0.85;
const FALLEN: f32 = 0.75;
/// Surroundings of which less than this is found vouch for nothing.
const LEAST: f32 = 0.3;

/// The last look that showed a component whole.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Whole(Option<Look>);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Look {
    at: EventTime,
    likeness: f32,
    surroundings: f32,
}

impl Whole {
    /// Takes a look. What its surroundings, as they are now, leave in doubt is a fault where they were hardly better when it
    /// was whole, at most `within` before.
    pub fn look(&mut self, at: EventTime, within: Millis, verdict: &Verdict) -> Option<Verdict> {
        let &Verdict { likeness, surroundings, .. } = verdict;
        let is_doubted = matches!(verdict.doubt, Some(Doubt::Surroundings | Doubt::Undecided));
        match verdict.state {
            State::Same if likeness >= WHOLE => self.0 = Some(Look { at, likeness, surroundings }),
            State::Same => self.0 = None,
            State::CannotJudge if is_doubted => {
                let whole = self.0.filter(|whole| likeness <= LOST * whole.likeness);
                self.0 = whole;
                let whole = whole?;
                let still = if likeness <= GONE { FALLEN } else { STILL };
                let is_still = surroundings >= LEAST.max(still * whole.surroundings);
                let is_lost = verdict.unvouched.lost() > 0 && is_still && at.since(whole.at) <= within;
                return is_lost.then(|| verdict.as_fault());
            }
            _ => {}
        }
        None
    }
}
