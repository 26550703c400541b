//! Verdicts over hours: what is raised, once, and what never is.

use crate::components::*;
use crate::testing::street::*;
use crate::vocabulary::*;
use crate::watch::Suspension;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const NOON: LocalTime = LocalTime { weekday: Weekday::Mon, minute: 720 };

fn pose() -> Pose {
    Pose::Aligned(Fit { transform: Transform::IDENTITY, correlation: 0.9, agreement: 0.9, shift: 0.0 })
}

/// Forty tiles of which these are lost.
fn lost(these: std::ops::Range<usize>) -> Tiles {
    let mut tiles = Tiles::default();
    (0..40).for_each(|tile| tiles.tell(tile, these.contains(&tile)));
    tiles
}

/// A comparison in which one component is found so, and the others as they were.
fn told(pose: Pose, thing: Thing, state: State) -> Comparison {
    let place = BBox::new(0.1, 0.1, 0.1, 0.1);
    let is_fault = !matches!(state, State::Same | State::Occluded | State::CannotJudge);
    let verdict = |(n, c): (usize, Registered)| Verdict {
        component: c.id,
        state: if THINGS[n] == thing { state } else { State::Same },
        score: 0.9,
        likeness: 0.5,
        surroundings: 0.9,
        bbox: place,
        found: place,
        doubt: None,
        plain: state == State::Missing,
        cut_off: false,
        tiles: lost(if is_fault && THINGS[n] == thing { 0..20 } else { 0..0 }),
        unvouched: Tiles::default(),
    };
    Comparison { pose, verdicts: Street::components().into_iter().enumerate().map(verdict).collect() }
}

fn watch() -> ComponentWatch {
    ComponentWatch::new(ComponentWatchConfig::default(), &Street::components())
}

/// One picture each `every` milliseconds; the changes they lead to.
fn go(watch: &mut ComponentWatch, from: i64, until: i64, every: i64, what: &Comparison) -> Vec<Change> {
    let times = (from..until).step_by(every as usize);
    times.flat_map(|t| watch.observe(EventTime(t), NOON, what).changes).collect()
}

fn raised(changes: &[Change]) -> Vec<&Change> {
    changes.iter().filter(|c| c.transition == Transition::Raised).collect()
}

#[test]
fn a_missing_cover_is_raised_at_once_and_a_missing_bin_after_hours() {
    let mut urgent = watch();
    let changes = go(&mut urgent, 0, MINUTE, 3000, &told(pose(), Thing::Cover, State::Missing));
    assert_eq!(raised(&changes).len(), 1);
    assert!(changes[0].raised_at.0 <= 20_000, "{:?}", changes[0]);
    assert_eq!((changes[0].stay.zone.as_str(), changes[0].stay.rule.as_str()), ("cover", RULE));
    let finding = urgent.finding(&changes[0].stay).expect("open");
    assert_eq!((finding.fault, finding.seen, finding.looks), (Fault::Missing, 20, 20));

    let mut slow = watch();
    let missing = told(pose(), Thing::Bin, State::Missing);
    assert_eq!(go(&mut slow, 0, 2 * HOUR, 5 * MINUTE, &missing), vec![]);
    let changes = go(&mut slow, 2 * HOUR, 12 * HOUR, 5 * MINUTE, &missing);
    assert_eq!(raised(&changes).len(), 1, "once");
    assert!(changes.len() >= 9, "and updated each hour: {}", changes.len());
}

#[test]
fn a_van_for_an_hour_and_a_shadow_for_some_minutes_raise_nothing() {
    let mut watch = watch();
    let same = told(pose(), Thing::Bin, State::Same);
    for hour in 0..24 {
        let fault = told(pose(), Thing::Bin, if hour % 3 == 0 { State::Missing } else { State::Damaged });
        let mut changes = go(&mut watch, hour * HOUR, hour * HOUR + 15 * MINUTE, MINUTE, &fault);
        changes.extend(go(&mut watch, hour * HOUR + 15 * MINUTE, (hour + 1) * HOUR, MINUTE, &same));
        assert_eq!(changes, vec![], "in hour {hour}");
    }
}

#[test]
fn a_fault_that_takes_another_part_each_time_is_none() {
    let mut watch = watch();
    for n in 0..24i64 {
        let mut fault = told(pose(), Thing::Bin, State::Damaged);
        let from = 5 * (n as usize % 8);
        fault.verdicts[1].tiles = lost(from..from + 5);
        assert_eq!(go(&mut watch, n * HOUR, (n + 1) * HOUR, 30 * MINUTE, &fault), vec![], "in hour {n}");
    }
}

#[test]
fn a_part_that_stays_lost_is_damage_though_no_picture_says_so() {
    let (mut watch, mut few) = (watch(), watch());
    let mut same = told(pose(), Thing::Bin, State::Same);
    same.verdicts[1].tiles = lost(0..8);
    let changes = go(&mut watch, 0, 12 * HOUR, 10 * MINUTE, &same);
    assert_eq!(raised(&changes).len(), 1, "{changes:?}");
    assert_eq!(watch.finding(&changes[0].stay).map(|f| f.fault), Some(Fault::Damaged));
    same.verdicts[1].tiles = lost(0..4);
    assert_eq!(go(&mut few, 0, 12 * HOUR, 10 * MINUTE, &same), vec![], "a tenth of it: a sticker");
    let whole = told(pose(), Thing::Bin, State::Same);
    let ended = go(&mut watch, 12 * HOUR, 16 * HOUR, 10 * MINUTE, &whole);
    assert_eq!(ended.iter().filter(|c| c.transition == Transition::Ended).count(), 1);
}

#[test]
fn what_is_lost_of_a_half_hidden_thing_counts_and_being_hidden_does_not() {
    let mut hidden = told(pose(), Thing::Bin, State::Occluded);
    assert_eq!(go(&mut watch(), 0, 12 * HOUR, 10 * MINUTE, &hidden), vec![]);
    hidden.verdicts[1].tiles = lost(0..20);
    assert_eq!(raised(&go(&mut watch(), 0, 12 * HOUR, 10 * MINUTE, &hidden)).len(), 1);
}

#[test]
fn what_is_mostly_lost_elsewhere_each_time_is_a_moving_shadow_and_no_damage() {
    let raised_with = |moving: usize| {
        let mut watch = watch();
        let looks = (0..24i64).flat_map(|n| {
            let mut fault = told(pose(), Thing::Bin, State::Damaged);
            // Four tiles stay lost; so many others are lost, too, each time elsewhere.
            let mut tiles = Tiles::default();
            let from = 4 + 9 * (n as usize % 4);
            (0..40).for_each(|tile| tiles.tell(tile, tile < 4 || (from..from + moving).contains(&tile)));
            fault.verdicts[1].tiles = tiles;
            watch.observe(EventTime(n * HOUR / 2), NOON, &fault).changes
        });
        raised(&looks.collect::<Vec<_>>()).len()
    };
    assert_eq!(raised_with(9), 0, "most of what is lost moves on");
    assert_eq!(raised_with(2), 1, "most of what is lost stays lost");
}

#[test]
fn damage_does_not_count_while_snow_lies_on_everything_and_a_loss_does() {
    let raised_if = |state: State, likeness: f32, surroundings: f32, cut_off: bool| {
        let mut fault = told(pose(), Thing::Bin, state);
        fault.verdicts.iter_mut().for_each(|v| v.surroundings = surroundings);
        (fault.verdicts[1].likeness, fault.verdicts[1].cut_off) = (likeness, cut_off);
        let changes = go(&mut watch(), 0, 6 * HOUR, 10 * MINUTE, &fault);
        raised(&changes).len()
    };
    assert_eq!(raised_if(State::Damaged, 0.75, 0.65, false), 0, "snow on top of it");
    assert_eq!(raised_if(State::Damaged, 0.75, 0.65, true), 1, "a clean break, larger than snow on top");
    assert_eq!(raised_if(State::Damaged, 0.75, 0.9, false), 1);
    assert_eq!(raised_if(State::Missing, 0.1, 0.65, false), 1);
}

#[test]
fn what_fades_before_ground_under_snow_is_no_damage() {
    let raised_with = |surroundings: f32| {
        let mut same = told(pose(), Thing::Bin, State::Same);
        same.verdicts.iter_mut().for_each(|v| v.surroundings = surroundings);
        same.verdicts[1].tiles = lost(0..8);
        raised(&go(&mut watch(), 0, 6 * HOUR, 10 * MINUTE, &same)).len()
    };
    assert_eq!((raised_with(0.65), raised_with(0.9)), (0, 1));
}

#[test]
fn only_what_nothing_else_looks_like_is_raised_at_once() {
    let mut watch = watch();
    let wet = told(pose(), Thing::Cover, State::Damaged);
    assert_eq!(go(&mut watch, 0, 2 * HOUR, 5 * MINUTE, &wet), vec![], "wet, or in the shade");
    assert_eq!(raised(&go(&mut watch, 2 * HOUR, 4 * HOUR, 5 * MINUTE, &wet)).len(), 1);
}

#[test]
fn hidden_or_doubtful_pictures_neither_raise_nor_end() {
    let mut watch = watch();
    for (n, state) in [State::Occluded, State::CannotJudge].into_iter().enumerate() {
        let from = 30 * HOUR * n as i64;
        assert_eq!(go(&mut watch, from, from + 30 * HOUR, HOUR, &told(pose(), Thing::Bin, state)), vec![]);
    }
    let from = 60 * HOUR;
    let changes = go(&mut watch, from, from + 4 * HOUR, 5 * MINUTE, &told(pose(), Thing::Bin, State::Missing));
    assert_eq!(raised(&changes).len(), 1);
    let from = from + 4 * HOUR;
    let later = go(&mut watch, from, from + 40 * HOUR, HOUR, &told(pose(), Thing::Bin, State::Occluded));
    assert!(later.iter().all(|c| c.transition == Transition::Updated), "{later:?}");
    let ended = go(&mut watch, from + 40 * HOUR, from + 44 * HOUR, 5 * MINUTE, &told(pose(), Thing::Bin, State::Same));
    assert_eq!(ended.iter().filter(|c| c.transition == Transition::Ended).count(), 1);
}

#[test]
fn what_was_accepted_never_alarms_again() {
    let mut watch = watch();
    let changes = go(&mut watch, 0, 4 * HOUR, 5 * MINUTE, &told(pose(), Thing::Bin, State::Displaced));
    let stay = raised(&changes)[0].stay.clone();
    let out = watch.accept(&["bin".into()]);
    assert_eq!(out.changes[0].transition, Transition::Ended);
    assert_eq!(watch.finding(&stay).map(|f| f.fault), Some(Fault::Displaced), "known while its end is told");
    // The new baseline shows it where it is now.
    assert_eq!(go(&mut watch, 5 * HOUR, 99 * HOUR, HOUR, &told(pose(), Thing::Bin, State::Same)), vec![]);
}

#[test]
fn a_camera_bumped_by_five_degrees_is_suspended_within_two_samples_and_back_after_two() {
    let mut watch = watch();
    let off = told(Pose::Off(Off::Turned), Thing::Bin, State::CannotJudge);
    watch.observe(EventTime(0), NOON, &told(pose(), Thing::Bin, State::Same));
    watch.observe(EventTime(1), NOON, &off);
    assert_eq!(watch.suspension(), None);
    watch.observe(EventTime(2), NOON, &off);
    assert_eq!(watch.suspension(), Some((EventTime(2), Suspension::Moved)));
    watch.observe(EventTime(3), NOON, &told(pose(), Thing::Bin, State::Same));
    assert!(watch.suspension().is_some());
    watch.observe(EventTime(4), NOON, &told(pose(), Thing::Bin, State::Same));
    assert_eq!(watch.suspension(), None);
    let Pose::Aligned(fit) = pose() else { unreachable!() };
    watch.observe(EventTime(5), NOON, &told(Pose::Realigned(fit), Thing::Bin, State::Same));
    assert_eq!(watch.bumped(), Some(EventTime(5)));
}

#[test]
fn when_nearly_everything_is_missing_it_is_the_weather() {
    let mut watch = watch();
    let mut all = told(pose(), Thing::Bin, State::Missing);
    all.verdicts.iter_mut().for_each(|v| v.state = State::Missing);
    assert_eq!(go(&mut watch, 0, 24 * HOUR, 5 * MINUTE, &all), vec![]);
    assert!(watch.not_counted().doubtful > 0);
}

#[test]
fn a_structure_that_stays_for_days_is_raised_and_a_parked_van_is_not() {
    let sample = |tick| Sample { at: EventTime(0), grey: Street::new(1).at(tick).picture(), movers: vec![] };
    let base = build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let comparer = Comparer::new(&base, &Street::components(), CompareConfig::default()).expect("components");
    let corners = [(0.01, 0.5), (0.99, 0.5), (0.99, 0.99), (0.01, 0.99)].map(|(x, y)| Point { x, y });
    let area = Area { id: "kerb".into(), polygon: Polygon::new(corners.to_vec()).expect("a box") };
    let config = NewcomersConfig { dwell: 24 * HOUR, ..NewcomersConfig::default() };
    let mut newcomers = Newcomers::new(config, &base, &[area], &Street::components()).expect("large enough");
    let kiosk = BBox::new(0.05, 0.72, 0.09, 0.2);
    let mut changes = Vec::new();
    for hour in 0..60u64 {
        let mut street = Street::new(1).at(100 + hour).other(kiosk, 7);
        // Another van each few hours, elsewhere, that no detector knows.
        if hour % 6 < 4 {
            street = street.other(BBox::new(0.4 + 0.05 * (hour / 6 % 4) as f32, 0.82, 0.12, 0.12), hour / 6);
        }
        let grey = street.picture();
        let told = comparer.compare(&grey, &[]);
        changes.extend(newcomers.observe(EventTime(hour as i64 * HOUR), &grey, &[], &told).changes);
        if hour == 3 {
            assert_eq!(newcomers.findings().count(), 0, "never from a few pictures");
        }
        if hour == 40 {
            let text = serde_json::to_string(&newcomers.snapshot()).expect("JSON");
            let mut fresh = newcomers.clone();
            assert_eq!(fresh.restore(serde_json::from_str(&text).expect("its own JSON")), Outcome::default());
            assert_eq!(fresh, newcomers);
        }
    }
    assert_eq!(raised(&changes).len(), 1, "{changes:?}");
    let change = raised(&changes)[0];
    assert_eq!(change.stay.zone, "kerb");
    assert!(change.last.bbox.intersection(&kiosk) > 0.5 * kiosk.area(), "{:?}", change.last.bbox);
    let out = newcomers.accept(&base);
    assert_eq!(out.changes[0].transition, Transition::Ended);
}

#[test]
fn a_night_without_looks_is_no_time_that_a_structure_stands() {
    let sample = |tick| Sample { at: EventTime(0), grey: Street::new(1).at(tick).picture(), movers: vec![] };
    let base = build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let corners = [(0.01, 0.5), (0.99, 0.5), (0.99, 0.99), (0.01, 0.99)].map(|(x, y)| Point { x, y });
    let area = Area { id: "kerb".into(), polygon: Polygon::new(corners.to_vec()).expect("a box") };
    let config = NewcomersConfig { dwell: 6 * HOUR, looks: 12, ..NewcomersConfig::default() };
    let kiosk = BBox::new(0.05, 0.72, 0.09, 0.2);
    let seen = Comparison { pose: pose(), verdicts: Vec::new() };
    let raised_when_it_stands_until = |until: i64| {
        let mut newcomers = Newcomers::new(config.clone(), &base, std::slice::from_ref(&area), &[]).expect("large");
        let mut changes = Vec::new();
        for hour in (9..18).chain(30..42) {
            let street = Street::new(1).at(100 + hour as u64);
            let grey = if hour < until { street.other(kiosk, 7) } else { street }.picture();
            changes.extend(newcomers.observe(EventTime(hour * HOUR), &grey, &[], &seen).changes);
        }
        raised(&changes).len()
    };
    assert_eq!((raised_when_it_stands_until(20), raised_when_it_stands_until(99)), (0, 1));
}

#[test]
fn snow_that_takes_the_grounds_edges_away_is_no_look_for_newcomers() {
    let sample = |tick| Sample { at: EventTime(0), grey: Street::new(1).at(tick).picture(), movers: vec![] };
    let base = build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let corners = [(0.01, 0.5), (0.99, 0.5), (0.99, 0.99), (0.01, 0.99)].map(|(x, y)| Point { x, y });
    let area = Area { id: "kerb".into(), polygon: Polygon::new(corners.to_vec()).expect("a box") };
    let refused = |snow: f32, faded: f32| {
        let config = NewcomersConfig { doubtful: 1.0, faded, ..NewcomersConfig::default() };
        let mut newcomers = Newcomers::new(config, &base, std::slice::from_ref(&area), &[]).expect("large enough");
        for hour in 0..6 {
            let street = Street::new(1).under(Weather { snow, ..Weather::default() });
            let seen = Comparison { pose: pose(), verdicts: Vec::new() };
            newcomers.observe(EventTime(hour * HOUR), &street.at(50 + hour as u64).picture(), &[], &seen);
        }
        newcomers.doubtful()
    };
    let usual = NewcomersConfig::default().faded;
    assert_eq!((refused(0.9, usual), refused(0.9, 1.0), refused(0.0, usual)), (6, 0, 0));
}

const STATES: [State; 7] = [
    State::Same,
    State::Missing,
    State::Displaced,
    State::Damaged,
    State::Blocked,
    State::Occluded,
    State::CannotJudge,
];

proptest! {
    #[test]
    fn a_snapshot_at_any_picture_changes_nothing_later(
        looks in prop::collection::vec((0usize..7, 0usize..7, 1i64..40), 1..120), cut in 0usize..120,
    ) {
        let (mut whole, mut moved, mut at) = (watch(), watch(), 0);
        for (n, (thing, state, minutes)) in looks.iter().enumerate() {
            at += minutes * MINUTE;
            if n == cut {
                let text = serde_json::to_string(&moved.snapshot()).expect("JSON");
                let snapshot = serde_json::from_str(&text).expect("its own JSON");
                let (restored, out) =
                    ComponentWatch::restore(ComponentWatchConfig::default(), &Street::components(), snapshot);
                prop_assert_eq!(out, Outcome::default());
                moved = restored;
            }
            let comparison = told(pose(), THINGS[*thing], STATES[*state]);
            prop_assert_eq!(
                whole.observe(EventTime(at), NOON, &comparison),
                moved.observe(EventTime(at), NOON, &comparison)
            );
        }
    }

    #[test]
    fn a_fault_is_raised_once_ended_once_and_never_before_its_dwell(
        looks in prop::collection::vec((0usize..7, 0usize..7, 1i64..40), 1..200),
    ) {
        let (mut watch, mut at, mut changes) = (watch(), 0, Vec::new());
        for (thing, state, minutes) in looks {
            at += minutes * MINUTE;
            changes.extend(watch.observe(EventTime(at), NOON, &told(pose(), THINGS[thing], STATES[state])).changes);
        }
        for change in raised(&changes) {
            prop_assert_eq!(raised(&changes).iter().filter(|c| c.stay == change.stay).count(), 1);
            let ended = changes.iter().filter(|c| c.stay == change.stay && c.transition == Transition::Ended).count();
            prop_assert!(ended <= 1);
            let least = if change.stay.zone == "cover" { 10_000 } else { 2 * HOUR };
            prop_assert!(change.dwell >= least, "{:?}", change);
        }
    }
}
