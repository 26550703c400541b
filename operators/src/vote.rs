//! k of n: one odd picture never decides.

use crate::vocabulary::{EventTime, Millis};
use serde::{Deserialize, Serialize};

/// The last `n` votes. Pictures closer together than `slot` share one vote,
/// decided by their majority, so that a burst of full-rate frames weighs no
/// more than the seconds it lasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Votes {
    n: usize,
    slot: Millis,
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Slot {
    from: EventTime,
    yes: u32,
    no: u32,
}

impl Votes {
    /// Keeps the last `n` votes (at least one), each at least `slot` milliseconds after the one before.
    pub fn new(n: usize, slot: Millis) -> Self {
        Votes { n: n.max(1), slot, slots: Vec::new() }
    }

    /// Counts one picture.
    pub fn push(&mut self, at: EventTime, yes: bool) {
        let (y, n) = (u32::from(yes), u32::from(!yes));
        match self.slots.last_mut() {
            Some(last) if at.since(last.from) < self.slot => {
                last.yes = last.yes.saturating_add(y);
                last.no = last.no.saturating_add(n);
            }
            _ => {
                if self.slots.len() == self.n {
                    self.slots.remove(0);
                }
                self.slots.push(Slot { from: at, yes: y, no: n });
            }
        }
    }

    /// How many of the kept votes are yes (a tie within a slot is no).
    pub fn yes(&self) -> usize {
        self.slots.iter().filter(|s| s.yes > s.no).count()
    }

    /// How many of the kept votes are no.
    pub fn no(&self) -> usize {
        self.slots.len() - self.yes()
    }

    /// The pictures behind the kept votes: for, against.
    pub fn pictures(&self) -> (u32, u32) {
        self.slots.iter().fold((0, 0), |(yes, no), s| (yes.saturating_add(s.yes), no.saturating_add(s.no)))
    }

    /// Forgets every vote.
    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_last_n_votes_count() {
        let mut v = Votes::new(3, 0);
        for (t, yes) in [(0, true), (1, true), (2, false), (3, false)] {
            v.push(EventTime(t * 1000), yes);
        }
        assert_eq!((v.yes(), v.no()), (1, 2));
    }

    #[test]
    fn a_burst_is_one_vote_by_majority() {
        let mut v = Votes::new(5, 1000);
        for frame in 0..25 {
            v.push(EventTime(frame * 40), frame % 3 == 0);
        }
        assert_eq!((v.yes(), v.no(), v.pictures()), (0, 1, (9, 16)));
    }

    proptest! {
        #[test]
        fn votes_never_exceed_n_and_match_a_plain_count(n in 1usize..9, looks in prop::collection::vec(any::<bool>(), 0..40)) {
            let mut v = Votes::new(n, 0);
            for (i, &yes) in looks.iter().enumerate() {
                v.push(EventTime(i as i64), yes);
            }
            let tail = &looks[looks.len().saturating_sub(n)..];
            prop_assert_eq!(v.yes(), tail.iter().filter(|&&y| y).count());
            prop_assert_eq!(v.yes() + v.no(), tail.len());
        }
    }
}
