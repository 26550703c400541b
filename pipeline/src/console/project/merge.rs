//! Two messages about one candidate made one. Whatever the order and however often they come, the result is the same.

use crate::payload::{Candidate, EvidenceItem, OffsetTime, State};
use std::collections::BTreeMap;

/// The candidate after both messages.
///
/// The later word holds: a last word before an update before the raising one, then the longer dwell.
/// Evidence only grows: a worker that lost its memory sends later words without it.
pub(super) fn merge(a: Candidate, b: Candidate) -> Candidate {
    let first_seen = a.first_seen.earlier(b.first_seen);
    let raised_at = a.raised_at.earlier(b.raised_at);
    let last_seen = if moment(&a.last_seen) >= moment(&b.last_seen) { a.last_seen } else { b.last_seen };
    let evidence = evidence(&a.evidence, &b.evidence);
    let later = if weight(&a) >= weight(&b) { a } else { b };
    Candidate { first_seen, raised_at, last_seen, evidence, ..later }
}

trait Earlier {
    fn earlier(self, other: Self) -> Self;
}

impl Earlier for OffsetTime {
    fn earlier(self, other: Self) -> Self {
        if moment(&self) <= moment(&other) { self } else { other }
    }
}

/// The offset decides where the moment does not, so that two times are never taken for each other.
fn moment(time: &OffsetTime) -> (i64, i32) {
    (time.event_time().0, time.offset().seconds())
}

/// What decides which of two messages is the later word. Nothing in it is changed by merging, and two messages
/// that differ in what is taken from the later one differ in it.
fn weight(candidate: &Candidate) -> (u8, i64, String) {
    let rank = match candidate.state {
        State::Raised => 0,
        State::Updated => 1,
        State::Ended => 2,
        State::Withdrawn => 3,
    };
    let mut rest = serde_json::to_value(candidate).unwrap_or_default();
    if let Some(fields) = rest.as_object_mut() {
        for merged in ["first_seen", "raised_at", "last_seen", "evidence"] {
            fields.remove(merged);
        }
    }
    (rank, (candidate.dwell_s * 1000.0) as i64, rest.to_string())
}

/// Of each kind the latest file.
fn evidence(a: &[EvidenceItem], b: &[EvidenceItem]) -> Vec<EvidenceItem> {
    let key = |item: &EvidenceItem| (moment(&item.at), item.uri.clone(), item.sha256.clone());
    let mut kinds: BTreeMap<_, &EvidenceItem> = BTreeMap::new();
    for item in a.iter().chain(b) {
        kinds
            .entry(item.kind)
            .and_modify(|kept| {
                if key(item) > key(kept) {
                    *kept = item
                }
            })
            .or_insert(item);
    }
    kinds.into_values().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::{EvidenceKind, examples};
    use proptest::prelude::*;

    fn message() -> impl Strategy<Value = Candidate> {
        (0usize..4, 0i64..4, 0usize..3, 0i64..3, any::<bool>()).prop_map(|(state, seconds, items, shift, plate)| {
            let mut c = examples::candidate();
            c.state = [State::Raised, State::Updated, State::Ended, State::Withdrawn][state];
            c.last_seen = examples::after_eight(180 + seconds);
            c.dwell_s = 180.0 + seconds as f64;
            c.raised_at = examples::after_eight(180 + shift);
            c.object.plate = plate.then(|| "苏A12345".to_owned());
            let kinds = [EvidenceKind::Start, EvidenceKind::End, EvidenceKind::Clip];
            c.evidence = kinds[..items]
                .iter()
                .map(|&kind| EvidenceItem {
                    kind,
                    at: examples::after_eight(shift),
                    uri: format!("file:///{shift}"),
                    sha256: "0".repeat(64),
                })
                .collect();
            c
        })
    }

    proptest! {
        #[test]
        fn order_grouping_and_repetition_of_messages_make_no_difference(a in message(), b in message(), c in message()) {
            let left = merge(merge(a.clone(), b.clone()), c.clone());
            let right = merge(a.clone(), merge(b.clone(), c.clone()));
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(merge(a.clone(), b.clone()), merge(b.clone(), a.clone()));
            prop_assert_eq!(merge(left.clone(), b), left);
        }
    }

    #[test]
    fn a_last_word_without_evidence_keeps_what_the_raising_one_had() {
        let raised = examples::candidate();
        let ended = Candidate { state: State::Ended, evidence: Vec::new(), ..raised.clone() };
        let merged = merge(ended, raised.clone());
        assert_eq!((merged.state, merged.evidence), (State::Ended, raised.evidence));
    }
}
