//! What stands where nothing is registered, told once.

use crate::components::*;
use crate::testing::street::*;
use crate::vocabulary::*;

const HOUR: i64 = 3_600_000;

const KIOSK: BBox = BBox { x: 0.05, y: 0.72, w: 0.09, h: 0.2 };

fn newcomers(config: NewcomersConfig) -> Newcomers {
    let sample = |tick| Sample { at: EventTime(0), grey: Street::new(1).at(tick).picture(), movers: vec![] };
    let base = build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let corners = [(0.01, 0.5), (0.99, 0.5), (0.99, 0.99), (0.01, 0.99)].map(|(x, y)| Point { x, y });
    let area = Area { id: "kerb".into(), polygon: Polygon::new(corners.to_vec()).expect("a box") };
    Newcomers::new(config, &base, &[area], &[]).expect("large enough")
}

/// A look at this hour: the street, and the kiosk where it stands.
fn look(newcomers: &mut Newcomers, hour: i64, stands: bool) -> Vec<Transition> {
    let pose = Pose::Aligned(Fit { transform: Transform::IDENTITY, correlation: 0.9, agreement: 0.9, shift: 0.0 });
    let street = Street::new(1).at(100 + hour as u64);
    let grey = if stands { street.other(KIOSK, 7) } else { street }.picture();
    let seen = Comparison { pose, verdicts: Vec::new() };
    newcomers.observe(EventTime(hour * HOUR), &grey, &[], &seen).changes.iter().map(|c| c.transition).collect()
}

#[test]
fn what_is_open_outlasts_a_look_that_does_not_show_it_and_ends_when_most_do_not() {
    let mut newcomers = newcomers(NewcomersConfig { dwell: 6 * HOUR, looks: 12, ..NewcomersConfig::default() });
    let stands = |hour: i64| (10..35).contains(&hour) && hour != 30;
    let told: Vec<Vec<Transition>> = (0..45).map(|hour| look(&mut newcomers, hour, stands(hour))).collect();
    let when = |what: Transition| told.iter().position(|changes| changes.contains(&what));
    // New in six looks, and there for six hours more; gone when most of six do not show it.
    assert_eq!((when(Transition::Raised), when(Transition::Ended)), (Some(21), Some(38)), "{told:?}");
    assert_eq!(told.iter().flatten().filter(|t| **t == Transition::Raised).count(), 1, "{told:?}");
}

#[test]
fn a_memory_of_before_goes_on_with_what_stands_and_of_an_unknown_one_the_candidates_end() {
    let config = NewcomersConfig { dwell: 6 * HOUR, looks: 12, ..NewcomersConfig::default() };
    let mut first = newcomers(config.clone());
    (0..20).for_each(|hour| drop(look(&mut first, hour, true)));
    let restored = |version: u32| {
        let mut text = serde_json::to_value(first.snapshot()).expect("JSON");
        text["version"] = version.into();
        if version == 1 {
            text["memory"].as_object_mut().expect("a memory").remove("other").expect("what older ones did not keep");
        }
        let mut next = newcomers(config.clone());
        let out = next.restore(serde_json::from_value(text).expect("a memory"));
        let mut told: Vec<Transition> = out.changes.iter().map(|c| c.transition).collect();
        (20..30).for_each(|hour| told.extend(look(&mut next, hour, hour < 24)));
        told.retain(|t| matches!(t, Transition::Raised | Transition::Ended));
        told
    };
    assert_eq!([2, 1, 9].map(restored), [vec![Transition::Ended], vec![Transition::Ended], vec![Transition::Ended]]);
    let mut stays = newcomers(config.clone());
    let mut old = serde_json::to_value(first.snapshot()).expect("JSON");
    old["version"] = 1.into();
    assert_eq!(stays.restore(serde_json::from_value(old).expect("a memory")), Outcome::default());
    let told: Vec<Transition> = (20..40).flat_map(|hour| look(&mut stays, hour, true)).collect();
    assert!(told.iter().all(|t| *t == Transition::Updated), "neither ended nor told again: {told:?}");
}

#[test]
fn a_newcomer_of_which_parts_go_and_come_back_is_told_once_and_its_box_holds_all_that_stands() {
    let sample = |tick| Sample { at: EventTime(0), grey: Street::new(1).at(tick).picture(), movers: vec![] };
    let base = build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let corners = [(0.01, 0.5), (0.99, 0.5), (0.99, 0.99), (0.01, 0.99)].map(|(x, y)| Point { x, y });
    let area = Area { id: "kerb".into(), polygon: Polygon::new(corners.to_vec()).expect("a box") };
    let config = NewcomersConfig { dwell: 6 * HOUR, looks: 12, ..NewcomersConfig::default() };
    let mut newcomers = Newcomers::new(config, &base, &[area], &[]).expect("large enough");
    let pose = Pose::Aligned(Fit { transform: Transform::IDENTITY, correlation: 0.9, agreement: 0.9, shift: 0.0 });
    let seen = Comparison { pose, verdicts: Vec::new() };
    let whole = BBox::new(0.05, 0.75, 0.4, 0.15);
    let ends = [BBox::new(0.05, 0.75, 0.12, 0.15), BBox::new(0.33, 0.75, 0.12, 0.15)];
    let mut changes = Vec::new();
    for hour in 0..72i64 {
        let street = Street::new(1).at(100 + hour as u64);
        // The ground is seen again beside its one end, and then between its ends.
        let street = match hour {
            0..24 => street.other(whole, 7),
            24..44 => street.other(ends[0], 7),
            _ => street.other(ends[0], 7).other(ends[1], 8),
        };
        changes.extend(newcomers.observe(EventTime(hour * HOUR), &street.picture(), &[], &seen).changes);
    }
    let raised = changes.iter().filter(|c| c.transition == Transition::Raised).count();
    let last: Vec<BBox> = newcomers.findings().map(|f| f.last.bbox).collect();
    assert_eq!((raised, last.len()), (1, 1), "{changes:?}");
    let with_foot = BBox { h: 1.4 * whole.h, ..whole };
    assert!(last[0].intersection(&whole) > 0.95 * whole.area() && last[0].iou(&with_foot) > 0.6, "{last:?}");
}
