//! Which looks count for a fault, and since when it is one.

use crate::components::*;
use crate::testing::street::*;
use crate::vocabulary::*;

const MINUTE: i64 = 60_000;
const NOON: LocalTime = LocalTime { weekday: Weekday::Mon, minute: 720 };

/// A look at a component: what it says, and how many of its forty tiles it does not find.
fn look(name: &str, state: State, lost: usize) -> Comparison {
    let mut tiles = Tiles::default();
    (0..40).for_each(|tile| tiles.tell(tile, tile < lost));
    let place = BBox::new(0.1, 0.1, 0.1, 0.1);
    let verdict = Verdict {
        component: ComponentId::from(name),
        state,
        score: 0.9,
        likeness: 0.9,
        surroundings: 0.9,
        bbox: place,
        found: place,
        doubt: None,
        plain: false,
        cut_off: false,
        tiles,
        unvouched: Tiles::default(),
    };
    let pose = Pose::Aligned(Fit { transform: Transform::IDENTITY, correlation: 0.9, agreement: 0.9, shift: 0.0 });
    Comparison { pose, verdicts: vec![verdict] }
}

/// Looks at a bin, half an hour apart: what each says of it, three of forty tiles always lost. When it is raised, minutes.
fn raised(looks: &[State]) -> Option<i64> {
    raised_with(3, looks)
}

/// The same where so many of the forty are lost.
fn raised_with(lost: usize, looks: &[State]) -> Option<i64> {
    let mut watch = ComponentWatch::new(ComponentWatchConfig::default(), &Street::components());
    for (n, state) in looks.iter().enumerate() {
        let at = 30 * n as i64;
        let told = watch.observe(EventTime(at * MINUTE), NOON, &look("bin", *state, lost));
        if told.changes.iter().any(|c| c.transition == Transition::Raised) {
            return Some(at);
        }
    }
    None
}

#[test]
fn where_half_of_the_looks_show_damage_those_that_lose_the_same_part_count_too() {
    let every = |n: usize| (0..24).map(|k| if k % n == 0 { State::Damaged } else { State::Same }).collect::<Vec<_>>();
    assert!(raised(&every(2)).is_some());
    assert_eq!(raised(&every(4)), None, "a quarter of them: a sticker in an odd light");
}

#[test]
fn damage_is_as_old_as_the_first_look_that_loses_the_same_part() {
    let looks = [&[State::Same; 4][..], &[State::Damaged; 8]].concat();
    assert_eq!(raised(&looks), Some(210), "three hours and more after the first of these looks");
}

#[test]
fn slight_damage_must_be_seen_for_half_as_long_again_and_what_is_gone_need_not() {
    assert_eq!((raised_with(20, &[State::Damaged; 24]), raised(&[State::Damaged; 24])), (Some(150), Some(180)));
    assert_eq!(raised(&[State::Missing; 24]), Some(150));
}

#[test]
fn a_segment_that_is_lost_from_one_look_to_the_next_is_told_though_it_is_small_and_no_look_says_so() {
    let told = |name: &str, lost: &[usize]| {
        let mut watch = ComponentWatch::new(ComponentWatchConfig::default(), &Street::components());
        let raised = lost.iter().enumerate().filter(|(n, lost)| {
            let mut seen = look(name, State::Same, **lost);
            // What light takes besides is elsewhere each time.
            seen.verdicts[0].tiles.tell(30 + n % 9, n % 4 == 0);
            let changes = watch.observe(EventTime(30 * *n as i64 * MINUTE), NOON, &seen).changes;
            changes.iter().any(|c| c.transition == Transition::Raised)
        });
        raised.count()
    };
    let at_once = [[0; 8], [4; 8], [4; 8]].concat();
    let by_and_by: Vec<usize> = (0..24).map(|n| (n / 3).min(4)).collect();
    assert_eq!((told("railing", &at_once), told("railing", &by_and_by)), (1, 0));
    assert_eq!(told("bin", &at_once), 0, "a face in the shade");
}
