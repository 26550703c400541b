//! What could be set better where a rule raises mostly rejects. Pure.

use serde::{Deserialize, Serialize};

/// A zone's decided candidates, fewer than this, teach nothing.
const ENOUGH: usize = 20;
/// A rule that is right this often is left alone.
const RIGHT: f64 = 0.5;
/// What a proposal must spare of the rejects to be worth a person's time.
const WORTH: f64 = 0.3;
/// Boxes that overlap so much are at one place.
const SAME_PLACE: f32 = 0.3;
/// Around the boxes that a mask covers.
const MARGIN: f32 = 0.01;

/// A decided candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example {
    /// Score of the object.
    pub score: f64,
    /// Left, top, width, height, 0..1 of the picture.
    pub bbox: [f32; 4],
    /// Confirmed, or else rejected.
    pub confirmed: bool,
}

/// What to set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Advice {
    /// The rule's `confidence`.
    Threshold {
        /// Objects with less are not looked at.
        confidence: f64,
    },
    /// A part of the zone where nothing is looked at.
    Mask {
        /// Corners, 0..1 of the picture.
        polygon: Vec<[f32; 2]>,
    },
}

/// A proposal and what it would have done to what was decided so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Derived from what it says, so the same proposal has the same id.
    pub id: String,
    /// Camera id.
    pub camera: String,
    /// Preset.
    pub preset: String,
    /// Zone id.
    pub zone: String,
    /// Rule kind.
    pub rule: String,
    /// What to set.
    pub advice: Advice,
    /// Confirmed candidates; with the proposal all of them would have been raised as well.
    pub confirmed: usize,
    /// Rejected candidates.
    pub rejected: usize,
    /// Rejected candidates that would not have been raised.
    pub spared: usize,
}

/// What to set for one zone's rule, with the rejects that it spares; `None` where nothing is worth it.
/// Every confirmed candidate must survive it.
pub fn propose(examples: &[Example]) -> Option<(Advice, usize)> {
    let rejected: Vec<&Example> = examples.iter().filter(|e| !e.confirmed).collect();
    let confirmed: Vec<&Example> = examples.iter().filter(|e| e.confirmed).collect();
    if examples.len() < ENOUGH || confirmed.len() as f64 > RIGHT * examples.len() as f64 {
        return None;
    }
    let best = [threshold(&confirmed, &rejected), mask(&confirmed, &rejected)];
    // Of two that spare alike the threshold: it leaves no part of the street unwatched.
    let best = best.into_iter().flatten().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    (best.1 as f64 >= WORTH * rejected.len() as f64).then_some(best)
}

/// The highest confidence that keeps every confirmed one, in hundredths.
fn threshold(confirmed: &[&Example], rejected: &[&Example]) -> Option<(Advice, usize)> {
    // Without a confirmed one a threshold would only switch the rule off.
    let least = confirmed.iter().map(|e| e.score).min_by(f64::total_cmp)?;
    let confidence = (least * 100.0).floor() / 100.0;
    let spared = rejected.iter().filter(|e| e.score < confidence).count();
    Some((Advice::Threshold { confidence }, spared))
}

/// A rectangle around the place where most rejects stand, where no confirmed one stands.
fn mask(confirmed: &[&Example], rejected: &[&Example]) -> Option<(Advice, usize)> {
    let mut place: Vec<usize> = (0..rejected.len()).collect();
    for i in 0..rejected.len() {
        for j in 0..i {
            if place[i] != place[j] && iou(rejected[i].bbox, rejected[j].bbox) >= SAME_PLACE {
                let (gone, kept) = (place[i].max(place[j]), place[i].min(place[j]));
                place.iter_mut().filter(|p| **p == gone).for_each(|p| *p = kept);
            }
        }
    }
    let largest = place.iter().max_by_key(|p| (place.iter().filter(|q| q == p).count(), usize::MAX - **p)).copied()?;
    let boxes = rejected.iter().zip(&place).filter(|(_, p)| **p == largest).map(|(e, _)| e.bbox);
    let [left, top, right, bottom] = boxes.fold([1.0f32, 1.0, 0.0, 0.0], |around, [x, y, w, h]| {
        [around[0].min(x), around[1].min(y), around[2].max(x + w), around[3].max(y + h)]
    });
    let around = [left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN].map(|edge| edge.clamp(0.0, 1.0));
    let inside = |e: &&&Example| {
        let (x, y) = (e.bbox[0] + e.bbox[2] / 2.0, e.bbox[1] + e.bbox[3] / 2.0);
        (around[0]..=around[2]).contains(&x) && (around[1]..=around[3]).contains(&y)
    };
    if confirmed.iter().any(|e| inside(&e)) {
        return None;
    }
    let spared = rejected.iter().filter(inside).count();
    let [left, top, right, bottom] = around;
    let polygon = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
    Some((Advice::Mask { polygon }, spared))
}

fn iou(a: [f32; 4], b: [f32; 4]) -> f32 {
    let side =
        |from: f32, size: f32, other: f32, more: f32| ((from + size).min(other + more) - from.max(other)).max(0.0);
    let common = side(a[0], a[2], b[0], b[2]) * side(a[1], a[3], b[1], b[3]);
    let all = a[2] * a[3] + b[2] * b[3] - common;
    if all > 0.0 { common / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn many(n: usize, score: f64, x: f32, confirmed: bool) -> Vec<Example> {
        vec![Example { score, bbox: [x, 0.5, 0.1, 0.1], confirmed }; n]
    }

    #[test]
    fn rejects_with_low_scores_call_for_a_threshold_under_the_least_confirmed_one() {
        let examples = [many(5, 0.637, 0.1, true), many(18, 0.4, 0.1, false), many(3, 0.7, 0.1, false)].concat();
        assert_eq!(propose(&examples), Some((Advice::Threshold { confidence: 0.63 }, 18)));
    }

    #[test]
    fn rejects_at_one_place_call_for_a_mask_there() {
        let examples = [many(5, 0.5, 0.1, true), many(18, 0.7, 0.6, false), many(3, 0.7, 0.1, false)].concat();
        let Some((Advice::Mask { polygon }, 18)) = propose(&examples) else { panic!("{:?}", propose(&examples)) };
        assert!((polygon[0][0] - 0.59).abs() < 1e-5 && (polygon[2][0] - 0.71).abs() < 1e-5, "{polygon:?}");
    }

    #[test]
    fn few_decisions_a_rule_that_is_right_or_rejects_that_look_like_the_confirmed_call_for_nothing() {
        assert_eq!(propose(&many(19, 0.4, 0.1, false)), None);
        assert_eq!(propose(&[many(15, 0.6, 0.1, true), many(10, 0.4, 0.1, false)].concat()), None);
        assert_eq!(propose(&[many(5, 0.4, 0.1, true), many(20, 0.6, 0.1, false)].concat()), None);
    }

    proptest! {
        #[test]
        fn a_proposal_never_costs_a_confirmed_candidate_and_spares_what_it_says(
            raw in proptest::collection::vec((0.0f64..1.0, 0.0f32..0.9, 0.0f32..0.9, any::<bool>(), any::<bool>()), 20..60),
        ) {
            let examples: Vec<Example> = raw
                .iter()
                .map(|&(score, x, y, a, b)| Example { score, bbox: [x, y, 0.1, 0.1], confirmed: a && b })
                .collect();
            if let Some((advice, spared)) = propose(&examples) {
                let dropped = |e: &&Example| match &advice {
                    Advice::Threshold { confidence } => e.score < *confidence,
                    Advice::Mask { polygon } => {
                        let (x, y) = (e.bbox[0] + e.bbox[2] / 2.0, e.bbox[1] + e.bbox[3] / 2.0);
                        (polygon[0][0]..=polygon[2][0]).contains(&x) && (polygon[0][1]..=polygon[2][1]).contains(&y)
                    }
                };
                prop_assert_eq!(examples.iter().filter(|e| e.confirmed).filter(dropped).count(), 0);
                prop_assert_eq!(examples.iter().filter(|e| !e.confirmed).filter(dropped).count(), spared);
            }
        }
    }
}
