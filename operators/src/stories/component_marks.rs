//! What of a picture is a component's own, and what only lies behind it, about it or before it.

use crate::components::*;
use crate::testing::unit;
use crate::vocabulary::{BBox, EventTime, Point, Polygon};

const SIZE: (usize, usize) = (640, 360);

/// Rough ground of this brightness, and what `thing` makes of a place.
fn picture(ground: f32, thing: impl Fn(usize, usize) -> Option<f32>) -> Grey {
    let level = |n: usize| {
        let (x, y) = (n % SIZE.0, n / SIZE.0);
        let rough = unit(&[1, (x / 23) as u64, (y / 19) as u64]) + unit(&[2, (x / 9) as u64, (y / 11) as u64]);
        thing(x, y).unwrap_or(ground * (0.7 + 0.3 * rough)) as u8
    };
    Grey::new(SIZE.0, SIZE.1, (0..SIZE.0 * SIZE.1).map(level).collect::<Vec<u8>>()).expect("its own size")
}

/// Compares with a picture as baseline; the component is all of this box, pixels.
fn compare(base: Grey, [l, t, r, b]: [f32; 4], nature: Nature, now: &Grey, movers: &[BBox]) -> Verdict {
    let corner = |x: f32, y: f32| Point { x: x / SIZE.0 as f32, y: y / SIZE.1 as f32 };
    let outline = Polygon::new(vec![corner(l, t), corner(r, t), corner(r, b), corner(l, b)]).expect("a box");
    let id = ComponentId::from("it");
    let of = Registered { id, nature, form: Form::Area(outline), urgent: nature == Nature::Flat };
    let spread = vec![1; SIZE.0 * SIZE.1];
    let base = Baseline::from_parts(base, spread, 5, (EventTime(0), EventTime(1))).expect("a view");
    let comparer = Comparer::new(&base, &[of], CompareConfig::default()).expect("inside");
    comparer.compare(now, movers).verdicts.remove(0)
}

fn is_in([l, t, r, b]: [f32; 4], x: usize, y: usize) -> bool {
    (l..r).contains(&(x as f32)) && (t..b).contains(&(y as f32))
}

const POST: [f32; 4] = [316.0, 110.0, 324.0, 270.0];

fn post(level: f32) -> impl Fn(usize, usize) -> Option<f32> {
    move |x, y| is_in(POST, x, y).then_some(level)
}

#[test]
fn a_post_that_turns_from_brighter_to_darker_than_its_ground_is_the_same_and_one_that_is_gone_is_not() {
    let told = |now: Grey| compare(picture(90.0, post(170.0)), POST, Nature::Standing, &now, &[]);
    // Fog, rain or the sun behind it: all of its edges are the other way round.
    let turned = told(picture(150.0, post(70.0)));
    assert!(turned.state == State::Same && turned.likeness > 0.9, "{turned:?}");
    let gone = told(picture(90.0, |_, _| None));
    assert!(gone.state == State::Missing && gone.likeness < 0.2, "{gone:?}");
}

#[test]
fn a_hole_where_a_cover_shines_is_a_hole() {
    const COVER: [f32; 4] = [290.0, 200.0, 350.0, 230.0];
    // Twice as bright as the road, with a few bars.
    let cover = |x: usize, y: usize| is_in(COVER, x, y).then_some(if x / 5 % 2 == 1 { 200.0 } else { 170.0 });
    let half = |x: usize, y: usize| is_in([290.0, 200.0, 320.0, 230.0], x, y).then_some(8.0).or(cover(x, y));
    let told = |now: Grey| compare(picture(80.0, cover), COVER, Nature::Flat, &now, &[]);
    assert_eq!(told(picture(80.0, cover)).state, State::Same);
    let open = told(picture(80.0, half));
    assert!(open.state == State::Damaged && open.plain, "{open:?}");
    // Worn and wet, as dark as the road: no hole.
    let wet = |x: usize, y: usize| cover(x, y).map(|level| 0.5 * level);
    let dull = told(picture(80.0, wet));
    assert!(matches!(dull.state, State::Same | State::CannotJudge), "{dull:?}");
    // In haze the hole is grey, more than half as bright as the road; what is left of the cover is as ever.
    let grey = |x: usize, y: usize| cover(x, y).map(|level| if x < 320 { 42.0 } else { level });
    let hazy = told(picture(80.0, grey));
    assert!(hazy.state == State::Damaged && !hazy.plain, "{hazy:?}");
    // A shadow as grey falls on the road beside it, too.
    let shade = |x: usize, y: usize| (x < 320 && (190..240).contains(&y)).then(|| cover(x, y).map_or(38.0, |_| 42.0));
    let shaded = told(picture(80.0, |x, y| shade(x, y).filter(|_| x >= 280).or(cover(x, y))));
    assert_ne!(shaded.state, State::Damaged, "{shaded:?}");
    // A road that shines makes all of the cover dark beside it, and no hole.
    let shone = told(picture(200.0, cover));
    assert!(shone.state != State::Damaged && !shone.plain, "{shone:?}");
}

#[test]
fn of_a_half_hidden_thing_only_what_nothing_stands_before_is_told() {
    const BOX: [f32; 4] = [280.0, 140.0, 360.0, 240.0];
    let own = |x: usize, y: usize| 40.0 + 180.0 * unit(&[5, (x / 7) as u64, (y / 8) as u64]);
    let whole = |x: usize, y: usize| is_in(BOX, x, y).then(|| own(x, y));
    let broken = |x: usize, y: usize| (y > 160).then(|| whole(x, y)).flatten();
    // A van from these columns and this row on, of which the detector's box stops short of so many pixels.
    let van = |thing: &dyn Fn(usize, usize) -> Option<f32>, [left, right, top]: [f32; 3], short: f32| {
        let look = |x: usize, y: usize| 60.0 + 120.0 * unit(&[9, (x / 13) as u64, (y / 9) as u64]);
        let now =
            picture(100.0, |x, y| is_in([left, top, right, 300.0], x, y).then(|| look(x, y)).or_else(|| thing(x, y)));
        let (width, height) = (SIZE.0 as f32, SIZE.1 as f32);
        let high = 300.0 - top - short;
        let mover = BBox::new(left / width, (top + short) / height, (right - left) / width, high / height);
        compare(picture(100.0, whole), BOX, Nature::Standing, &now, &[mover])
    };
    let damaged = van(&broken, [240.0, 420.0, 175.0], 0.0);
    assert!(damaged.state == State::Occluded && damaged.tiles.lost() > 4, "{damaged:?}");
    // Nothing beside it is hidden; the marks at the van's edge show some of the van.
    let intact = van(&whole, [278.0, 362.0, 175.0], 0.0);
    assert_eq!((intact.state, intact.tiles.lost()), (State::Occluded, 0), "{intact:?}");
    let overlooked = van(&whole, [240.0, 420.0, 162.0], 22.0);
    assert_eq!((overlooked.state, overlooked.tiles.lost()), (State::Occluded, 0), "{overlooked:?}");
    // A strip at the edge is all that is left to see, and most of that is the van.
    let strip = van(&whole, [276.0, 364.0, 145.0], 16.0);
    assert_eq!((strip.state, strip.tiles.lost()), (State::Occluded, 0), "{strip:?}");
}
