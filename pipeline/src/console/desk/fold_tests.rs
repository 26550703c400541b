//! What verdicts make of a candidate.

use super::DeskState;
use super::fold::{Effect, fold};
use crate::payload::{Action, State, Verdict, examples};
use proptest::prelude::*;
use uuid::Uuid;

fn verdict(id: u128, action: Action, seen: Option<i64>) -> Verdict {
    Verdict { id: Uuid::from_u128(id), action, seen_revision: seen, reason: None, ..examples::verdict() }
}

fn states(verdicts: &[Verdict]) -> (DeskState, i64, Vec<Effect>) {
    let (standing, effects) = fold(verdicts, Some(State::Updated));
    (standing.state, standing.revision, effects)
}

#[test]
fn the_first_of_two_decisions_on_one_revision_holds_and_the_second_is_void() {
    let both = [verdict(1, Action::Confirm, Some(0)), verdict(2, Action::Reject, Some(0))];
    assert_eq!(states(&both), (DeskState::Confirmed, 1, vec![Effect::Taken, Effect::Void]));
}

#[test]
fn an_undo_brings_back_what_was_and_counts_as_a_revision_of_its_own() {
    let mut undo = verdict(3, Action::Undo, Some(2));
    undo.undoes = Some(Uuid::from_u128(2));
    let all = [verdict(1, Action::Escalate, Some(0)), verdict(2, Action::Reject, Some(1)), undo];
    assert_eq!(states(&all), (DeskState::Escalated, 3, vec![Effect::Taken, Effect::Undone, Effect::Taken]));
}

#[test]
fn an_undo_of_a_decision_that_is_not_the_last_one_standing_is_void() {
    let mut undo = verdict(3, Action::Undo, Some(2));
    undo.undoes = Some(Uuid::from_u128(1));
    let all = [verdict(1, Action::Escalate, Some(0)), verdict(2, Action::Reject, Some(1)), undo];
    assert_eq!(states(&all), (DeskState::Rejected, 2, vec![Effect::Taken, Effect::Taken, Effect::Void]));
}

#[test]
fn comments_and_second_opinions_change_nothing_whatever_they_saw() {
    let second = Verdict { second: true, ..verdict(2, Action::Reject, Some(7)) };
    let all = [verdict(1, Action::Comment, Some(9)), second, verdict(3, Action::Confirm, Some(0))];
    assert_eq!(states(&all), (DeskState::Confirmed, 1, vec![Effect::None, Effect::None, Effect::Taken]));
}

#[test]
fn a_merged_candidate_that_is_split_waits_again_and_stays_out_of_its_group() {
    let merge = Verdict { into: Some(Uuid::from_u128(77)), ..verdict(1, Action::Merge, Some(0)) };
    let (merged, _) = fold(std::slice::from_ref(&merge), None);
    assert_eq!((merged.state, merged.into), (DeskState::Merged, Some(Uuid::from_u128(77))));
    let (split, _) = fold(&[merge, verdict(2, Action::Split, Some(1))], None);
    assert_eq!((split.state, split.into, split.alone), (DeskState::Waiting, None, true));
}

#[test]
fn what_the_pipeline_takes_back_is_withdrawn_unless_a_person_decided_it() {
    assert_eq!(fold(&[], Some(State::Withdrawn)).0.state, DeskState::Withdrawn);
    let confirmed = [verdict(1, Action::Confirm, Some(0))];
    assert_eq!(fold(&confirmed, Some(State::Withdrawn)).0.state, DeskState::Confirmed);
}

proptest! {
    #[test]
    fn the_revision_is_the_number_of_verdicts_that_were_taken(
        actions in proptest::collection::vec((0usize..9, proptest::option::of(0i64..4), 0u128..6), 0..12),
    ) {
        let verdicts: Vec<Verdict> = actions
            .iter()
            .enumerate()
            .map(|(i, &(action, seen, other))| Verdict {
                undoes: Some(Uuid::from_u128(other)),
                into: Some(Uuid::from_u128(99)),
                class_code: Some("09009".into()),
                ..verdict(i as u128, Action::ALL[action], seen)
            })
            .collect();
        let (standing, effects) = fold(&verdicts, None);
        let taken = effects.iter().filter(|e| matches!(e, Effect::Taken | Effect::Undone)).count() as i64;
        prop_assert_eq!(standing.revision, taken);
        let undone = effects.iter().filter(|e| **e == Effect::Undone).count();
        let undoing = verdicts.iter().zip(&effects).filter(|(v, e)| v.action == Action::Undo && **e == Effect::Taken);
        prop_assert_eq!(undone, undoing.count());
    }
}
