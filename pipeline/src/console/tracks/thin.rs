//! Which points of an old day stay. Pure.
//!
//! What goes lies within [`OFF_LINE`] of the line through what stays; each stop keeps its start and its end, each gap both
//! of its ends; a vehicle on its way keeps a point a minute, so that a replay of the day still runs as the vehicle did.
//! What stays once stays for ever: a day that is thinned again, because something came late, moves no further.

use super::line::{flat, pieces, stops};
use super::point::Point;
use operators::ground::distance_to_segment;

/// So far from the drawn line may a point lie that goes, m.
pub const OFF_LINE: f64 = 10.0;
/// On its way it keeps a point at least so often, milliseconds.
const OFTEN: i64 = 60_000;
/// Points between two that stay, at most: what is compared with one stretch of line.
const WINDOW: usize = 1000;

/// Which of a device's points of one day stay; they are in order. Points off the line (marked, or a camera's) keep one a
/// minute for each camera and mark.
pub fn thin(points: &[Point]) -> Vec<bool> {
    let mut stay: Vec<bool> = points.iter().map(|p| p.kept).collect();
    let on_line: Vec<usize> = (0..points.len()).filter(|&i| points[i].on_the_line()).collect();
    let line: Vec<Point> = on_line.iter().map(|&i| points[i].clone()).collect();
    for (i, stays) in on_line.iter().zip(thin_line(&line)) {
        stay[*i] |= stays;
    }
    let mut last: Option<&Point> = None;
    for (i, point) in points.iter().enumerate().filter(|(_, p)| !p.on_the_line()) {
        let same = |known: &&Point| known.camera == point.camera && known.quality == point.quality;
        if last.filter(same).is_none_or(|known| point.at - known.at >= OFTEN) {
            stay[i] = true;
            last = Some(point);
        }
    }
    stay
}

fn thin_line(line: &[Point]) -> Vec<bool> {
    let places = flat(line);
    let stood = stops(line);
    let mut stay: Vec<bool> = line.iter().map(|p| p.kept).collect();
    let mut stands = vec![false; line.len()];
    for piece in pieces(line, &stood) {
        (stay[piece.first], stay[piece.last]) = (true, true);
    }
    for stop in &stood {
        (stay[stop.first], stay[stop.last]) = (true, true);
        stands[stop.first..stop.last].iter_mut().for_each(|s| *s = true);
    }
    let Some(mut from) = (!line.is_empty()).then_some(0) else { return stay };
    let mut to = 1;
    while to < line.len() {
        let straight = || {
            let (a, b) = (places[from], places[to]);
            places[from + 1..to].iter().all(|p| distance_to_segment(*p, a, b).0 <= OFF_LINE)
        };
        let soon = stands[from] || line[to].at - line[from].at <= OFTEN;
        if to == from + 1 || (soon && to - from <= WINDOW && straight()) {
            if stay[to] {
                from = to;
            }
            to += 1;
        } else {
            from = to - 1;
            stay[from] = true;
        }
    }
    stay
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::at;
    use super::*;
    use proptest::prelude::*;

    fn kept(points: &[Point]) -> Vec<Point> {
        points.iter().zip(thin(points)).filter(|(_, stays)| *stays).map(|(p, _)| p.clone()).collect()
    }

    #[test]
    fn a_straight_way_keeps_a_point_a_minute_and_a_turn_keeps_its_corner() {
        let east = (0..60).map(|n| at(n * 10, n as f64 * 100.0, 0.0));
        let north = (1..60).map(|n| at(590 + n * 10, 5900.0, n as f64 * 100.0));
        let points: Vec<Point> = east.chain(north).collect();
        let kept = kept(&points);
        assert!(kept.contains(&points[59]), "the corner");
        assert!((20..=24).contains(&kept.len()), "{}", kept.len());
    }

    #[test]
    fn a_night_in_the_yard_keeps_its_start_and_its_end() {
        let mut points: Vec<Point> = (0..6).map(|n| at(n * 10, n as f64 * 100.0, 0.0)).collect();
        points.extend((0..2880).map(|n| at(60 + n * 10, 600.0 + (n % 5) as f64, 0.0)));
        points.extend((1..6).map(|n| at(28_860 + n * 10, 600.0 + n as f64 * 100.0, 0.0)));
        let (before, after) = (stops(&points), kept(&points));
        assert_eq!(before.len(), 1);
        assert!(after.len() < 20, "{}", after.len());
        assert_eq!(
            stops(&after).iter().map(|s| (s.from, s.until)).collect::<Vec<_>>(),
            [(before[0].from, before[0].until)]
        );
    }

    #[test]
    fn both_ends_of_a_gap_stay_and_marked_points_are_fewer_but_there() {
        let mut points: Vec<Point> = (0..30).map(|n| at(n * 10, n as f64 * 100.0, 0.0)).collect();
        points.extend((0..30).map(|n| at(3000 + n * 10, 20_000.0 + n as f64 * 100.0, 0.0)));
        for point in &mut points[10..25] {
            point.good = false;
            point.quality = vec!["no-fix".into()];
        }
        let kept = kept(&points);
        assert!(kept.contains(&points[29]) && kept.contains(&points[30]));
        let marked = kept.iter().filter(|p| !p.good).count();
        assert!((2..=4).contains(&marked), "{marked}");
    }

    proptest! {
        #[test]
        fn what_goes_lies_near_the_line_of_what_stays_and_what_stayed_stays(
            steps in proptest::collection::vec((1i64..200, -120.0f64..120.0, -120.0f64..120.0), 2..200),
        ) {
            let (mut t, mut x, mut y) = (0, 0.0, 0.0);
            let points: Vec<Point> = steps.iter().map(|(dt, dx, dy)| {
                t += dt; x += dx; y += dy;
                at(t, x, y)
            }).collect();
            let stay = thin(&points);
            let places = flat(&points);
            let left: Vec<usize> = (0..points.len()).filter(|&i| stay[i]).collect();
            prop_assert_eq!(left.first().copied(), Some(0));
            prop_assert_eq!(left.last().copied(), Some(points.len() - 1));
            for pair in left.windows(2) {
                for i in pair[0] + 1..pair[1] {
                    let off = distance_to_segment(places[i], places[pair[0]], places[pair[1]]).0;
                    prop_assert!(off <= OFF_LINE, "{off}");
                }
            }
            for stop in stops(&points) {
                prop_assert!(stay[stop.first] && stay[stop.last]);
            }
            let again: Vec<Point> = left.iter().map(|&i| Point { kept: true, ..points[i].clone() }).collect();
            prop_assert!(thin(&again).iter().all(|stays| *stays));
        }
    }
}
