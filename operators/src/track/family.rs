//! Labels a detector confuses with each other, and the vote that settles them.

use crate::vocabulary::Label;
use serde::{Deserialize, Serialize};

/// Labels between which a detector flickers for one and the same object.
/// Association stays within a family; the label is voted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Car, bus, truck, muck truck.
    Vehicle,
    /// Bicycle, motorcycle, scooter.
    TwoWheeler,
    /// Stall or three-wheeled carrier, which often is one.
    Stall,
    /// A person.
    Person,
    /// Umbrella.
    Umbrella,
    /// Bin.
    Bin,
    /// Waste.
    Waste,
    /// A street component or structure: no detection is one.
    Fixture,
}

impl Family {
    /// The family of a label.
    pub const fn of(label: Label) -> Family {
        match label {
            Label::Car | Label::Bus | Label::Truck | Label::MuckTruck => Family::Vehicle,
            Label::TwoWheeler => Family::TwoWheeler,
            Label::Stall | Label::Tricycle => Family::Stall,
            Label::Person => Family::Person,
            Label::Umbrella => Family::Umbrella,
            Label::Bin => Family::Bin,
            Label::Waste => Family::Waste,
            Label::Component | Label::Structure => Family::Fixture,
        }
    }
}

/// Votes for a label, each weighing its score.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LabelVotes {
    /// Label, weight, number of pictures; a family has at most four labels.
    tally: Vec<(Label, f32, u32)>,
}

impl LabelVotes {
    /// Counts one picture.
    pub fn push(&mut self, label: Label, score: f32) {
        match self.tally.iter_mut().find(|(l, ..)| *l == label) {
            Some((_, weight, count)) => {
                *weight += score;
                *count = count.saturating_add(1);
            }
            None => self.tally.push((label, score, 1)),
        }
    }

    /// Takes over the votes of the same object under another identity.
    pub fn absorb(&mut self, other: &LabelVotes) {
        for &(label, weight, count) in &other.tally {
            match self.tally.iter_mut().find(|(l, ..)| *l == label) {
                Some((_, w, c)) => {
                    *w += weight;
                    *c = c.saturating_add(count);
                }
                None => self.tally.push((label, weight, count)),
            }
        }
    }

    /// The label with the most weight; the earlier one in a tie. `None` before the first vote.
    pub fn top(&self) -> Option<Label> {
        let better = |a: &&(Label, f32, u32), b: &&(Label, f32, u32)| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0));
        self.tally.iter().max_by(better).map(|t| t.0)
    }

    /// Mean score over all pictures, 0..1.
    pub fn mean_score(&self) -> f32 {
        let (weight, count) = self.tally.iter().fold((0.0, 0), |(w, c), t| (w + t.1, c + t.2));
        if count > 0 { (weight / count as f32).clamp(0.0, 1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_called_truck_once_stays_a_car() {
        let mut votes = LabelVotes::default();
        for (label, score) in [(Label::Truck, 0.6), (Label::Car, 0.5), (Label::Car, 0.4)] {
            votes.push(label, score);
        }
        assert_eq!(votes.top(), Some(Label::Car));
        assert!((votes.mean_score() - 0.5).abs() < 1e-6);
    }
}
