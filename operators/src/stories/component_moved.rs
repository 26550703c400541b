//! A component that stands elsewhere: found there, and known there.

use crate::components::*;
use crate::testing::street::*;
use crate::testing::unit;
use crate::vocabulary::{BBox, EventTime, Point, Polygon, Transition};

const SIZE: (usize, usize) = (640, 360);

fn polygon([l, t, r, b]: [f32; 4]) -> Polygon {
    Polygon::new([(l, t), (r, t), (r, b), (l, b)].map(|(x, y)| Point { x, y }).to_vec()).expect("a box")
}

/// Rough ground, and boxes of these looks before it, the last foremost: left, top, right, bottom.
fn picture(things: &[([usize; 4], u64)]) -> Grey {
    let level = |n: usize| {
        let (x, y) = (n % SIZE.0, n / SIZE.0);
        let is_in = |b: &[usize; 4]| (b[0]..b[2]).contains(&x) && (b[1]..b[3]).contains(&y);
        let shade = |looks: u64, x: usize, y: usize| unit(&[looks, (x / 9) as u64, (y / 10) as u64]);
        let thing = things.iter().rev().find(|(b, _)| is_in(b));
        thing.map_or(70.0 + 60.0 * shade(1, x, y), |(b, looks)| 30.0 + 200.0 * shade(*looks, x - b[0], y - b[1])) as u8
    };
    Grey::new(SIZE.0, SIZE.1, (0..SIZE.0 * SIZE.1).map(level).collect::<Vec<u8>>()).expect("its own size")
}

#[test]
fn what_was_moved_before_its_own_surroundings_is_displaced_and_what_is_gone_from_covered_ones_is_not_told() {
    const HOME: [usize; 4] = [280, 140, 350, 220];
    let scaled = [280.0 / 640.0, 140.0 / 360.0, 350.0 / 640.0, 220.0 / 360.0];
    let form = Form::Area(polygon(scaled));
    let of = Registered { id: ComponentId::from("bin"), nature: Nature::Standing, form, urgent: false };
    let spread = vec![1; SIZE.0 * SIZE.1];
    let span = (EventTime(0), EventTime(1));
    let base = Baseline::from_parts(picture(&[(HOME, 7)]), spread, 5, span).expect("a view");
    let comparer = Comparer::new(&base, &[of], CompareConfig::default()).expect("inside");
    // Boards that lean on all sides leave little of what was about it to be seen.
    let boards = [([210, 90, 276, 270], 3), ([276, 226, 420, 270], 4)];
    let told = |last: ([usize; 4], u64)| {
        let verdict = comparer.compare(&picture(&[boards[0], boards[1], last]), &[]).verdicts.remove(0);
        assert!(verdict.surroundings < 0.6, "{verdict:?}");
        verdict
    };
    // 58 pixels to the right, 80 % of its width.
    let moved = told(([338, 146, 408, 226], 7));
    assert_eq!(moved.state, State::Displaced, "{moved:?}");
    assert!(moved.found.iou(&BBox::new(338.0 / 640.0, 146.0 / 360.0, 70.0 / 640.0, 80.0 / 360.0)) > 0.9, "{moved:?}");
    let covered = told(([338, 146, 408, 226], 8));
    assert_eq!((covered.state, covered.doubt), (State::CannotJudge, Some(Doubt::Surroundings)), "{covered:?}");
    // A torn picture: all about it has moved as far.
    let whole = picture(&[(HOME, 7)]);
    let torn = (0..SIZE.0 * SIZE.1).map(|n| {
        let (x, y) = (n % SIZE.0, n / SIZE.0);
        let is_torn = (215..470).contains(&x) && (85..275).contains(&y);
        whole.data()[if is_torn { n - 58 } else { n }]
    });
    let torn = Grey::new(SIZE.0, SIZE.1, torn.collect::<Vec<u8>>()).expect("its own size");
    let torn = comparer.compare(&torn, &[]).verdicts.remove(0);
    assert_eq!((torn.state, torn.doubt), (State::CannotJudge, Some(Doubt::Surroundings)), "{torn:?}");
}

#[test]
fn what_was_moved_before_a_neighbour_hides_it_and_takes_nothing_of_it() {
    const BIN: [usize; 4] = [300, 130, 360, 225];
    let registered = |name: &str, [l, t, r, b]: [usize; 4]| Registered {
        id: ComponentId::from(name),
        nature: Nature::Standing,
        form: Form::Area(polygon([l as f32 / 640.0, t as f32 / 360.0, r as f32 / 640.0, b as f32 / 360.0])),
        urgent: false,
    };
    let told = |home: [usize; 4], pictured: &[([usize; 4], u64)]| {
        let (spread, span) = (vec![1; SIZE.0 * SIZE.1], (EventTime(0), EventTime(1)));
        let base = Baseline::from_parts(picture(&[(home, 7), (BIN, 9)]), spread, 5, span).expect("a view");
        let things = [registered("box", home), registered("bin", BIN)];
        let comparer = Comparer::new(&base, &things, CompareConfig::default()).expect("inside");
        let verdicts = comparer.compare(&picture(pictured), &[]).verdicts;
        assert_eq!(verdicts[0].state, State::Displaced, "{:?}", verdicts[0]);
        verdicts[1].clone()
    };
    // The box stands before two fifths of the bin now, or before most of it.
    let (small, large) = ([240, 150, 280, 214], [232, 138, 288, 214]);
    let (before, most) = ([302, 140, 342, 204], [302, 136, 358, 212]);
    let whole = told(small, &[(BIN, 9), (before, 7)]);
    assert!(whole.state == State::Same && whole.tiles.lost() == 0, "{whole:?}");
    let hidden = told(large, &[(BIN, 9), (most, 7)]);
    assert!(matches!(hidden.state, State::Occluded | State::Same), "{hidden:?}");
    for (home, now) in [(small, before), (large, most)] {
        let gone = told(home, &[(now, 7)]);
        assert_eq!(gone.state, State::Missing, "it does not explain what is lost beside it: {gone:?}");
    }
}

#[test]
fn what_stands_where_a_component_went_or_was_is_no_newcomer() {
    const HOUR: i64 = 3_600_000;
    let sample = |tick| Sample { at: EventTime(0), grey: Street::new(1).at(tick).picture(), movers: vec![] };
    let base = build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let area = Area { id: "kerb".into(), polygon: polygon([0.01, 0.5, 0.99, 0.99]) };
    let there = BBox::new(0.05, 0.72, 0.09, 0.2);
    let raised_where_it_is_found = |state: State| {
        let config = NewcomersConfig { dwell: 6 * HOUR, looks: 12, ..NewcomersConfig::default() };
        let mut newcomers = Newcomers::new(config, &base, std::slice::from_ref(&area), &[]).expect("large");
        let comparer = Comparer::new(&base, &Street::components(), CompareConfig::default()).expect("components");
        let mut raised = 0;
        for hour in 0..24 {
            let grey = Street::new(1).at(100 + hour as u64).other(there, 7).picture();
            let mut seen = comparer.compare(&grey, &[]);
            (seen.verdicts[1].state, seen.verdicts[1].found) = (state, there);
            let changes = newcomers.observe(EventTime(hour * HOUR), &grey, &[], &seen).changes;
            raised += changes.iter().filter(|c| c.transition == Transition::Raised).count();
        }
        raised
    };
    let states = [State::Displaced, State::Missing, State::Same, State::Occluded];
    assert_eq!(states.map(raised_where_it_is_found), [0, 0, 1, 1]);
}

#[test]
fn a_board_that_leans_is_displaced() {
    for (seed, degrees) in [(1, 14.0), (2, -20.0), (3, 28.0)] {
        let (spread, span) = (vec![1; W * H], (EventTime(0), EventTime(1)));
        let base = Baseline::from_parts(Street::new(seed).picture(), spread, 5, span).expect("a view");
        let comparer = Comparer::new(&base, &Street::components(), CompareConfig::default()).expect("inside");
        let leans = Street::new(seed).with(Thing::Billboard, Fate::Tilted(degrees)).at(9).picture();
        let board = THINGS.iter().position(|t| *t == Thing::Billboard).expect("a thing");
        let told = comparer.compare(&leans, &[]).verdicts.remove(board);
        assert_eq!(told.state, State::Displaced, "{degrees} {told:?}");
    }
}
