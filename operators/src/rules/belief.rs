//! Whether uncertain words go on to speak for something, by the one-sided sum of Page's test
//! (E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954).

use crate::vocabulary::{EventTime, Millis};
use serde::{Deserialize, Serialize};

/// A word that leaves it less likely than this speaks against it.
const EVEN: f32 = 0.4;
/// What was so for long counts no more than this: two slots of sure words refute it.
const MOST: f32 = 0.6;

/// The sum of how far each word lies above [`EVEN`], never below zero.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Belief {
    sum: f32,
    last: Option<EventTime>,
}

impl Belief {
    /// Counts one word: how likely it is so, 0..1. A word weighs what it lasts, `slot` at the most.
    pub fn push(&mut self, at: EventTime, chance: f32, slot: Millis) {
        let slot = slot.max(1);
        let lasted = self.last.map_or(slot, |last| at.since(last).clamp(0, slot));
        self.last = Some(at);
        self.sum = (self.sum + (chance - EVEN) * lasted as f32 / slot as f32).clamp(0.0, MOST);
    }

    /// Whether the words of late outweigh all that spoke for it.
    pub fn is_refuted(&self) -> bool {
        self.sum <= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuted(words: impl IntoIterator<Item = f32>) -> bool {
        let mut belief = Belief::default();
        for (second, chance) in words.into_iter().enumerate() {
            belief.push(EventTime(second as i64 * 1000), chance, 2_500);
        }
        belief.is_refuted()
    }

    #[test]
    fn wavering_words_do_not_refute_it_and_sure_ones_do() {
        let waver = [0.6, 0.46, 0.55, 0.67, 0.48, 0.45, 0.41, 0.48, 0.66, 0.38, 0.6];
        assert!(!refuted(waver));
        assert!(refuted(waver.map(|w| 0.5 * w)));
    }

    #[test]
    fn sure_words_refute_even_what_was_so_for_long() {
        let long = || std::iter::repeat_n(0.95, 60);
        assert!(refuted(long().chain([0.05; 5])));
        assert!(!refuted(long().chain([0.05; 3])));
        assert!(!refuted(long().chain([0.05; 5]).chain([0.9])));
    }
}
