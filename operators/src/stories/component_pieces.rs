//! A piece of a component that is lost: told from what lies behind it, and from what has come beside it.

use crate::components::*;
use crate::testing::unit;
use crate::vocabulary::{EventTime, Point, Polygon};

const SIZE: (usize, usize) = (640, 360);
type Box = [usize; 4];

fn is_in([l, t, r, b]: Box, x: usize, y: usize) -> bool {
    (l..r).contains(&x) && (t..b).contains(&y)
}

/// Rough ground, and what `thing` makes of a place.
fn picture(thing: impl Fn(usize, usize) -> Option<f32>) -> Grey {
    let level = |n: usize| {
        let (x, y) = (n % SIZE.0, n / SIZE.0);
        let rough = unit(&[1, (x / 23) as u64, (y / 19) as u64]) + unit(&[2, (x / 9) as u64, (y / 11) as u64]);
        thing(x, y).unwrap_or(90.0 * (0.7 + 0.3 * rough)) as u8
    };
    Grey::new(SIZE.0, SIZE.1, (0..SIZE.0 * SIZE.1).map(level).collect::<Vec<u8>>()).expect("its own size")
}

fn point(x: usize, y: usize) -> Point {
    Point { x: x as f32 / SIZE.0 as f32, y: y as f32 / SIZE.1 as f32 }
}

fn area([l, t, r, b]: Box) -> Form {
    Form::Area(Polygon::new(vec![point(l, t), point(r, t), point(r, b), point(l, b)]).expect("a box"))
}

fn compare(base: Grey, form: Form, nature: Nature, now: &Grey) -> Verdict {
    let of = Registered { id: ComponentId::from("it"), nature, form, urgent: false };
    let spread = vec![1; SIZE.0 * SIZE.1];
    let base = Baseline::from_parts(base, spread, 5, (EventTime(0), EventTime(1))).expect("a view");
    let comparer = Comparer::new(&base, &[of], CompareConfig::default()).expect("inside");
    comparer.compare(now, &[]).verdicts.remove(0)
}

#[test]
fn a_gap_in_a_railing_is_damage_though_what_was_seen_through_it_is_still_seen() {
    const BAND: Box = [120, 180, 440, 220];
    // Bars before a wall with a strong pattern, which stays where the bars are gone.
    let wall =
        |x: usize, y: usize| (y < 197 && y > 170).then(|| 30.0 + 190.0 * unit(&[4, (x / 17) as u64, (y / 9) as u64]));
    let bar = |x: usize, y: usize| (is_in(BAND, x, y) && (x % 12 < 3 || (206..210).contains(&y))).then_some(235.0);
    let told = |gap: std::ops::Range<usize>| {
        let line = Polyline::new(vec![point(120, 200), point(440, 200)]).expect("a line");
        let form = Form::Line { line, width: 40.0 / SIZE.1 as f32 };
        let now = picture(|x, y| bar(x, y).filter(|_| !gap.contains(&x)).or_else(|| wall(x, y)));
        compare(picture(|x, y| bar(x, y).or_else(|| wall(x, y))), form, Nature::Line, &now)
    };
    assert_eq!(told(0..0).state, State::Same);
    let gap = told(216..288);
    assert!(gap.state == State::Damaged && gap.likeness > 0.8, "{gap:?}");
}

#[test]
fn what_comes_beside_a_board_takes_nothing_of_it() {
    const BOARD: Box = [280, 130, 370, 200];
    // A plain frame about a pattern; what comes stands two pixels from it.
    let board = |x: usize, y: usize| {
        let pattern =
            if is_in([294, 144, 356, 186], x, y) { 60.0 * unit(&[5, (x / 8) as u64, (y / 7) as u64]) } else { 0.0 };
        is_in(BOARD, x, y).then_some(150.0 + pattern)
    };
    let newcomer = |x: usize, y: usize| {
        let beside = is_in([240, 90, 410, 240], x, y) && !is_in([278, 128, 372, 202], x, y);
        beside.then(|| 20.0 + 200.0 * unit(&[6, (x / 5) as u64, (y / 6) as u64]))
    };
    let now = picture(|x, y| newcomer(x, y).or_else(|| board(x, y)));
    let told = compare(picture(board), area(BOARD), Nature::Face, &now);
    assert!(told.state == State::Same && told.likeness > 0.95, "{told:?}");
}

#[test]
fn what_is_lost_is_told_where_what_is_beside_it_is_found_though_other_surroundings_are_not() {
    const BOX: Box = [280, 120, 360, 220];
    let own = |x: usize, y: usize| is_in(BOX, x, y).then(|| 30.0 + 190.0 * unit(&[5, (x / 7) as u64, (y / 8) as u64]));
    // The middle of its upper half is left: no clean break, which would be told by itself.
    let broken = |x: usize, y: usize| own(x, y).filter(|_| y > 180 || is_in([298, 128, 342, 160], x, y));
    // Something new covers a part of its surroundings: below it, or beside what is lost.
    let told = |cover: Box| {
        let new =
            |x: usize, y: usize| is_in(cover, x, y).then(|| 25.0 + 200.0 * unit(&[8, (x / 11) as u64, (y / 9) as u64]));
        let now = picture(|x, y| broken(x, y).or_else(|| new(x, y)));
        let verdict = compare(picture(own), area(BOX), Nature::Standing, &now);
        assert!((0.6..0.8).contains(&verdict.surroundings), "{verdict:?}");
        assert_eq!(verdict.state, State::CannotJudge, "{verdict:?}");
        verdict
    };
    assert!(told([220, 228, 420, 300]).tiles.lost() > 8);
    let beside = told([220, 60, 420, 112]);
    assert_eq!(beside.tiles.lost(), 0);
    assert!(beside.unvouched.lost() > 8, "a look before tells whether something came before both: {beside:?}");
    // Leaves lie on everything: a look before this one may vouch for it.
    let leaves = |x: usize, y: usize| {
        is_in([200, 60, 440, 290], x, y).then(|| 25.0 + 200.0 * unit(&[8, (x / 4) as u64, (y / 3) as u64]))
    };
    let low = |x: usize, y: usize| own(x, y).filter(|_| y > 188);
    let now = picture(|x, y| low(x, y).or_else(|| leaves(x, y)));
    let among = compare(picture(own), area(BOX), Nature::Standing, &now);
    assert!(among.state == State::CannotJudge && among.tiles.lost() == 0 && among.unvouched.lost() > 8, "{among:?}");
}

/// The picture under leaves, which lie on everything but what stands.
fn among_leaves(stands: impl Fn(usize, usize) -> Option<f32>) -> Grey {
    let lies = |x: usize, y: usize| unit(&[8, (x / 5) as u64, (y / 4) as u64]) < 0.1;
    let leaf = |x: usize, y: usize| lies(x, y).then(|| 25.0 + 200.0 * unit(&[9, (x / 5) as u64, (y / 4) as u64]));
    picture(|x, y| stands(x, y).or_else(|| leaf(x, y)))
}

#[test]
fn a_clean_break_is_told_among_leaves_and_neither_what_hides_a_part_nor_what_is_lost_here_and_there() {
    const BOX: Box = [280, 120, 360, 220];
    let own = |x: usize, y: usize| is_in(BOX, x, y).then(|| 30.0 + 190.0 * unit(&[5, (x / 7) as u64, (y / 8) as u64]));
    let told = |now: &Grey| compare(picture(own), area(BOX), Nature::Standing, now);
    let whole = told(&among_leaves(own));
    assert!(whole.state == State::Same && (0.6..0.8).contains(&whole.surroundings), "{whole:?}");
    let broken = told(&among_leaves(|x, y| own(x, y).filter(|_| y > 165)));
    assert!(broken.state == State::Damaged && broken.cut_off && broken.tiles.lost() > 8, "{broken:?}");
    let cap = told(&among_leaves(|x, y| own(x, y).filter(|_| y > 142)));
    assert!(!cap.cut_off && cap.state == State::Same, "as much as a cap of snow hides: {cap:?}");
    let dirty = told(&among_leaves(|x, y| own(x, y).filter(|_| unit(&[7, (x / 16) as u64, (y / 16) as u64]) > 0.45)));
    assert!(matches!(dirty.state, State::Same | State::CannotJudge), "{dirty:?}");
    let before = |x: usize, y: usize| is_in([240, 60, 400, 165], x, y).then_some(140.0);
    let hidden = told(&among_leaves(|x, y| before(x, y).or_else(|| own(x, y))));
    assert_eq!(hidden.state, State::CannotJudge, "{hidden:?}");
}

#[test]
fn a_gap_in_a_railing_is_told_among_leaves() {
    let line = Polyline::new(vec![point(160, 180), point(480, 180)]).expect("a line");
    let form = || Form::Line { line: line.clone(), width: 60.0 / SIZE.1 as f32 };
    let bar = |x: usize, y: usize| {
        let is_bar = (160..480).contains(&x) && (150..210).contains(&y) && (x % 12 < 4 || y % 20 < 4);
        is_bar.then_some(235.0)
    };
    let told = |now: &Grey| compare(picture(bar), form(), Nature::Line, now);
    let whole = told(&among_leaves(bar));
    assert!(whole.state == State::Same && (0.6..0.8).contains(&whole.surroundings), "{whole:?}");
    let gap = told(&among_leaves(|x, y| bar(x, y).filter(|_| !(220..340).contains(&x))));
    assert!(gap.state == State::Damaged && gap.cut_off, "{gap:?}");
}

#[test]
fn what_lies_past_the_end_of_a_railing_is_none_of_it() {
    // It runs down to the right; beside its upper end a lid lies on the ground, as near as the band is high.
    let line = Polyline::new(vec![point(200, 120), point(440, 240)]).expect("a line");
    let form = Form::Line { line, width: 60.0 / SIZE.1 as f32 };
    let bar = |x: usize, y: usize| {
        let middle = 120.0 + (x as f32 - 200.0) / 2.0;
        let is_bar = (200..440).contains(&x) && (y as f32 - middle).abs() < 30.0 && (x % 12 < 4 || y.is_multiple_of(2));
        is_bar.then_some(if x % 12 < 4 { 235.0 } else { 120.0 + 60.0 * unit(&[4, (x / 6) as u64, (y / 6) as u64]) })
    };
    let lid = |x: usize, y: usize| is_in([160, 90, 198, 150], x, y).then_some(15.0);
    let told = compare(picture(bar), form, Nature::Line, &picture(|x, y| bar(x, y).or_else(|| lid(x, y))));
    assert!(told.state == State::Same && told.likeness > 0.98, "{told:?}");
}
