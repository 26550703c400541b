//! What was whole a moment ago: surroundings that were no better then vouch for what is lost now.

use crate::components::*;
use crate::testing::street::*;
use crate::vocabulary::*;

const MINUTE: i64 = 60_000;
const NOON: LocalTime = LocalTime { weekday: Weekday::Mon, minute: 720 };

/// A picture that finds so much of a bin and of its surroundings, and tells of a loss in doubt where that is little.
fn look(likeness: f32, surroundings: f32) -> Comparison {
    let mut unvouched = Tiles::default();
    (0..40).for_each(|tile| unvouched.tell(tile, tile < 20 && likeness < 0.8));
    let place = BBox::new(0.1, 0.1, 0.1, 0.1);
    let is_same = likeness >= 0.8;
    let verdict = Verdict {
        component: ComponentId::from("bin"),
        state: if is_same { State::Same } else { State::CannotJudge },
        score: likeness,
        likeness,
        surroundings,
        bbox: place,
        found: place,
        doubt: (!is_same).then_some(Doubt::Surroundings),
        plain: false,
        cut_off: false,
        tiles: Tiles::default(),
        unvouched,
    };
    let pose = Pose::Aligned(Fit { transform: Transform::IDENTITY, correlation: 0.9, agreement: 0.9, shift: 0.0 });
    Comparison { pose, verdicts: vec![verdict] }
}

/// Four hours of `before`, then twelve of `after`, a look each half hour: the fault that is raised.
fn raised(before: &[Comparison], after: &Comparison) -> Option<Fault> {
    let mut watch = ComponentWatch::new(ComponentWatchConfig::default(), &Street::components());
    let looks = before.iter().cycle().take(8).chain(std::iter::repeat_n(after, 24));
    for (n, look) in looks.enumerate() {
        let changes = watch.observe(EventTime(30 * n as i64 * MINUTE), NOON, look).changes;
        if let Some(change) = changes.iter().find(|c| c.transition == Transition::Raised) {
            return watch.finding(&change.stay).map(|f| f.fault);
        }
    }
    None
}

#[test]
fn what_breaks_or_goes_from_one_look_to_the_next_among_leaves_is_told() {
    assert_eq!(raised(&[look(0.97, 0.55)], &look(0.48, 0.55)), Some(Fault::Damaged));
    assert_eq!(raised(&[look(0.92, 0.62)], &look(0.66, 0.62)), Some(Fault::Damaged));
    assert_eq!(raised(&[look(0.97, 0.55)], &look(0.1, 0.5)), Some(Fault::Missing));
    assert_eq!(
        raised(&[look(0.97, 0.9)], &look(0.3, 0.7)),
        Some(Fault::Missing),
        "what fell over lies before its ground"
    );
}

#[test]
fn what_goes_with_its_surroundings_or_by_and_by_or_was_never_seen_whole_is_not() {
    assert_eq!(raised(&[look(0.97, 0.95)], &look(0.48, 0.55)), None, "something came before both");
    assert_eq!(raised(&[look(0.97, 0.9)], &look(0.48, 0.7)), None, "and before a little of them");
    assert_eq!(raised(&[look(0.97, 0.55), look(0.82, 0.55)], &look(0.48, 0.55)), None, "the light changes");
    assert_eq!(raised(&[look(0.48, 0.55)], &look(0.48, 0.55)), None);
    assert_eq!(raised(&[look(0.97, 0.25)], &look(0.1, 0.25)), None, "too little is seen of what is about it");
}
