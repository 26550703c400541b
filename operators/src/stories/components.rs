//! One picture of a drawn street against its baseline.

use crate::components::*;
use crate::testing::street::*;
use crate::vocabulary::{BBox, EventTime};
use proptest::prelude::*;

fn baseline(seed: u64) -> Baseline {
    let sample =
        |tick| Sample { at: EventTime(tick as i64), grey: Street::new(seed).at(tick).picture(), movers: vec![] };
    build_baseline(&(1..6).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("five lit pictures")
}

fn comparer(seed: u64) -> Comparer {
    Comparer::new(&baseline(seed), &Street::components(), CompareConfig::default()).expect("components inside")
}

fn verdict(comparison: &Comparison, thing: Thing) -> &Verdict {
    &comparison.verdicts[THINGS.iter().position(|t| *t == thing).expect("a thing")]
}

fn is_quiet(v: &Verdict) -> bool {
    matches!(v.state, State::Same | State::CannotJudge | State::Occluded)
}

#[test]
fn an_unchanged_street_is_the_same_in_every_component() {
    let told = comparer(1).compare(&Street::new(1).at(99).picture(), &[]);
    assert!(matches!(told.pose, Pose::Aligned(_)), "{:?}", told.pose);
    for v in &told.verdicts {
        assert_eq!(v.state, State::Same, "{v:?}");
    }
}

#[test]
fn what_is_gone_is_missing() {
    for seed in 1..4 {
        let comparer = comparer(seed);
        for thing in [Thing::Bin, Thing::Sign, Thing::Railing, Thing::Billboard, Thing::Lamp] {
            let told = comparer.compare(&Street::new(seed).with(thing, Fate::Gone).at(99).picture(), &[]);
            let v = verdict(&told, thing);
            assert_eq!(v.state, State::Missing, "{seed} {v:?}");
            assert_eq!(told.verdicts.iter().filter(|v| v.state != State::Same).count(), 1, "{told:?}");
        }
    }
}

#[test]
fn a_pit_where_the_cover_was_is_missing() {
    for seed in 1..4 {
        let told = comparer(seed).compare(&Street::new(seed).with(Thing::Cover, Fate::Pit).at(99).picture(), &[]);
        assert_eq!(verdict(&told, Thing::Cover).state, State::Missing, "{:?}", verdict(&told, Thing::Cover));
    }
}

#[test]
fn a_cover_that_shines_or_is_strewn_is_no_hole_and_a_painted_line_that_is_gone_is_missing() {
    let cover = THINGS.iter().position(|t| *t == Thing::Cover).expect("a thing");
    for seed in 1..4 {
        // The ground's looks in its place, as bright as it was.
        let strewn = Street::new(seed).with(Thing::Cover, Fate::Gone).at(99).picture();
        let told = comparer(seed).compare(&strewn, &[]);
        assert!(is_quiet(verdict(&told, Thing::Cover)), "{seed} {:?}", verdict(&told, Thing::Cover));
        assert_eq!(verdict(&told, Thing::Cover).tiles.lost(), 0, "{seed}");
        // What is not urgent covers no hole.
        let mut painted = Street::components();
        painted[cover].urgent = false;
        let comparer = Comparer::new(&baseline(seed), &painted, CompareConfig::default()).expect("components inside");
        let told = comparer.compare(&strewn, &[]);
        assert_eq!(verdict(&told, Thing::Cover).state, State::Missing, "{seed} {:?}", verdict(&told, Thing::Cover));
    }
}

#[test]
fn what_stands_before_a_component_and_beside_it_takes_no_part_of_it_away() {
    let place = |thing| Street::components()[THINGS.iter().position(|t| *t == thing).expect("a thing")].form.bbox();
    for seed in 1..4 {
        let comparer = comparer(seed);
        for (thing, high) in [(Thing::Bin, 0.4), (Thing::Lamp, 0.6), (Thing::Sign, 0.6)] {
            let b = place(thing);
            // A neighbour that was moved there, which no detector knows, hides the lower third of it and the ground beside.
            let neighbour = BBox::new(b.x - 0.02, b.y + 0.67 * b.h, b.w + 0.04, high * b.h);
            let told = comparer.compare(&Street::new(seed).other(neighbour, 5).at(99).picture(), &[]);
            let v = verdict(&told, thing);
            assert!(is_quiet(v) && v.likeness < 0.85, "{seed} {thing:?} {v:?}");
            assert_eq!(v.tiles.lost(), 0, "{seed} {thing:?}");
        }
    }
}

#[test]
fn what_was_moved_or_tilted_is_displaced_and_found() {
    let moves = [
        (Thing::Bin, Fate::Moved(-30.0, 14.0)),
        (Thing::Bin, Fate::Moved(14.0, 4.0)),
        (Thing::Sign, Fate::Tilted(12.0)),
        (Thing::Sign, Fate::Tilted(-20.0)),
        (Thing::Lamp, Fate::Tilted(15.0)),
        (Thing::Bin, Fate::Tilted(14.0)),
    ];
    for seed in 1..4 {
        let comparer = comparer(seed);
        for (thing, fate) in moves {
            let told = comparer.compare(&Street::new(seed).with(thing, fate).at(99).picture(), &[]);
            let v = verdict(&told, thing);
            assert_eq!(v.state, State::Displaced, "{seed} {thing:?} {fate:?} {v:?}");
            if let Fate::Moved(dx, dy) = fate {
                let (was, is) = (v.bbox.centre(), v.found.centre());
                let off = ((is.x - was.x) * W as f32 - dx).hypot((is.y - was.y) * H as f32 - dy);
                assert!(off < 4.0, "{fate:?}, but found {off} pixels from there");
            }
        }
    }
}

#[test]
fn what_is_half_gone_is_damaged() {
    for seed in 1..4 {
        let comparer = comparer(seed);
        for thing in [Thing::Bin, Thing::Sign, Thing::Railing, Thing::Billboard] {
            let told = comparer.compare(&Street::new(seed).with(thing, Fate::Broken).at(99).picture(), &[]);
            let v = verdict(&told, thing);
            assert!(v.state == State::Damaged, "{seed} {v:?}");
        }
    }
}

#[test]
fn a_short_stretch_that_is_cut_off_a_railing_is_damage_though_most_of_it_is_whole() {
    for seed in 1..4 {
        let told =
            comparer(seed).compare(&Street::new(seed).with(Thing::Railing, Fate::Cut(0.14)).at(99).picture(), &[]);
        let v = verdict(&told, Thing::Railing);
        assert!(v.state == State::Damaged && v.likeness > 0.8, "{seed} {v:?}");
        assert_eq!(told.verdicts.iter().filter(|v| v.state != State::Same).count(), 1, "{told:?}");
    }
}

#[test]
fn a_surface_with_a_car_on_it_is_blocked_and_one_in_the_shade_is_free() {
    let comparer = comparer(1);
    let car = BBox::new(0.62, 0.80, 0.2, 0.14);
    let told = comparer.compare(&Street::new(1).other(car, 3).at(99).picture(), &[]);
    assert_eq!(verdict(&told, Thing::Clear).state, State::Blocked, "{told:?}");
    for edge in (480..700).step_by(20) {
        let shade = Weather { shadow: Some(edge as f32), ..Weather::default() };
        let told = comparer.compare(&Street::new(1).under(shade).at(99).picture(), &[]);
        assert!(is_quiet(verdict(&told, Thing::Clear)), "{edge} {:?}", verdict(&told, Thing::Clear));
    }
}

#[test]
fn a_stretch_of_a_railing_of_which_nearly_nothing_is_left_is_damage() {
    // The pieces that are judged hold some of the railing beside so short a gap.
    for seed in 1..4 {
        let told =
            comparer(seed).compare(&Street::new(seed).with(Thing::Railing, Fate::Cut(0.09)).at(99).picture(), &[]);
        assert_eq!(verdict(&told, Thing::Railing).state, State::Damaged, "{seed} {:?}", verdict(&told, Thing::Railing));
    }
}

#[test]
fn shadows_that_leave_a_surfaces_paint_to_be_seen_do_not_block_it() {
    let clear = Thing::Clear;
    let b = Street::components()[THINGS.iter().position(|t| *t == clear).expect("a thing")].form.bbox();
    for seed in 1..6 {
        let comparer = comparer(seed);
        let now = Street::new(seed).barred(b, 40.0, 0.4).at(99).picture();
        let told = comparer.compare(&now, &[]);
        assert!(is_quiet(verdict(&told, clear)), "{seed} {:?}", verdict(&told, clear));
    }
}

#[test]
fn what_stands_on_a_surface_blocks_it_and_what_stands_before_it_hides_it() {
    let comparer = comparer(1);
    let clear = Street::components()[THINGS.iter().position(|t| *t == Thing::Clear).expect("a thing")].form.bbox();
    let state = |car: BBox| {
        let told = comparer.compare(&Street::new(1).other(car, 3).at(99).picture(), &[car]);
        verdict(&told, Thing::Clear).state
    };
    // A box that fits the surface is no name for it.
    let on = BBox::new(clear.x, clear.y - 0.02, clear.w, clear.h + 0.02);
    assert!(on.iou(&clear) > 0.5);
    assert_eq!(state(on), State::Blocked);
    // A lorry beside it, of which the near end hides most of it.
    let before = BBox::new(0.3, 0.68, 0.45, 0.3);
    assert!(before.intersection(&clear) > 0.5 * clear.area() && before.x + before.w / 2.0 < clear.x);
    assert_eq!(state(before), State::Occluded);
}

#[test]
fn what_a_detector_sees_in_front_hides_and_never_takes_away() {
    let comparer = comparer(1);
    let van = BBox::new(0.44, 0.42, 0.2, 0.35);
    let told = comparer.compare(&Street::new(1).other(van, 3).at(99).picture(), &[van]);
    assert_eq!(verdict(&told, Thing::Bin).state, State::Occluded, "{told:?}");
    // Larger than the component, and no detector knows it.
    let told = comparer.compare(&Street::new(1).other(van, 3).at(99).picture(), &[]);
    assert!(is_quiet(verdict(&told, Thing::Bin)), "{:?}", verdict(&told, Thing::Bin));
}

#[test]
fn a_van_whose_box_fits_a_component_stands_before_it_and_a_whole_component_may_be_named_a_van() {
    let comparer = comparer(1);
    let has = |thing: Thing, street: &Street| {
        let home = Street::components()[THINGS.iter().position(|t| *t == thing).expect("a thing")].form.bbox();
        let seen = street.clone().at(99).picture();
        let fits = BBox::new(home.x - 0.1 * home.w, home.y - 0.1 * home.h, 1.2 * home.w, 1.2 * home.h);
        let before = street.clone().other(fits, 3).at(99).picture();
        [seen, before].map(|picture| verdict(&comparer.compare(&picture, &[fits]), thing).state)
    };
    let street = Street::new(1);
    assert_eq!(has(Thing::Bin, &street), [State::Same, State::Occluded]);
    assert_eq!(has(Thing::Billboard, &street), [State::Same, State::Occluded]);
    assert_eq!(has(Thing::Railing, &street), [State::Same, State::Occluded]);
    let broken = street.with(Thing::Bin, Fate::Broken);
    assert_eq!(has(Thing::Bin, &broken)[0], State::Damaged);
}

#[test]
fn no_light_and_no_weather_takes_anything_away() {
    let plain = Weather::default();
    let mut weathers = vec![
        Weather { gain: 0.25, bias: 4.0, noise: 4.0, ..plain },
        Weather { gain: 0.08, bias: 2.0, noise: 4.0, ..plain },
        Weather { gain: 1.5, bias: 20.0, ..plain },
        Weather { snow: 0.3, ..plain },
        Weather { snow: 0.6, ..plain },
        Weather { snow: 1.0, ..plain },
    ];
    weathers.extend((0..900).step_by(75).map(|edge| Weather { shadow: Some(edge as f32), ..plain }));
    weathers.extend((0..640).step_by(80).map(|x| Weather {
        gain: 0.3,
        noise: 4.0,
        headlights: Some((x as f32, 250.0)),
        ..plain
    }));
    let comparer = comparer(2);
    for weather in weathers {
        let told = comparer.compare(&Street::new(2).under(weather).at(99).picture(), &[]);
        for v in &told.verdicts {
            assert!(is_quiet(v), "{weather:?} {v:?}");
        }
    }
}

#[test]
fn a_sway_and_a_bump_of_a_degree_are_realigned_and_judged() {
    // A degree is 10 to 15 pixels of 320 columns for a lens of 30 to 20 degrees; the street has 640.
    let comparer = comparer(1);
    for (turn, dx, dy) in [(0.0, 2.0, 1.0), (0.2, -3.0, 2.0), (0.0, 20.0, 0.0), (0.0, -14.0, 18.0), (1.0, 12.0, -8.0)] {
        let told = comparer.compare(&Street::new(1).bumped(turn, dx, dy).at(99).picture(), &[]);
        let bump = dx.abs() + dy.abs() > 9.0;
        match told.pose {
            Pose::Aligned(_) if !bump => {}
            Pose::Realigned(_) if bump => {}
            other => panic!("{turn} {dx} {dy}: {other:?}"),
        }
        for v in &told.verdicts {
            assert_eq!(v.state, State::Same, "{turn} {dx} {dy} {v:?}");
        }
        let gone = Street::new(1).with(Thing::Bin, Fate::Gone).bumped(turn, dx, dy).at(98).picture();
        let told = comparer.compare(&gone, &[]);
        assert_eq!(
            verdict(&told, Thing::Bin).state,
            State::Missing,
            "{turn} {dx} {dy} {:?}",
            verdict(&told, Thing::Bin)
        );
    }
}

#[test]
fn five_degrees_a_zoom_or_another_view_are_off() {
    let comparer = comparer(1);
    let turned = [(0.0, 55.0, 0.0), (0.0, 0.0, 60.0), (0.0, 106.0, 4.0), (0.0, -40.0, 30.0), (7.0, 0.0, 0.0)];
    for (turn, dx, dy) in turned {
        let told = comparer.compare(&Street::new(1).bumped(turn, dx, dy).at(99).picture(), &[]);
        assert!(matches!(told.pose, Pose::Off(_)), "{turn} {dx} {dy} {:?}", told.pose);
        assert!(told.verdicts.iter().all(|v| v.state == State::CannotJudge));
    }
    for zoom in [0.8, 0.9, 1.1, 1.3, 2.0] {
        let told = comparer.compare(&Street::new(1).zoomed(zoom).at(99).picture(), &[]);
        assert!(matches!(told.pose, Pose::Off(_)), "{zoom} {:?}", told.pose);
    }
    let other = comparer.compare(&Street::new(5).bumped(0.0, 250.0, 150.0).at(99).picture(), &[]);
    assert!(matches!(other.pose, Pose::Off(_)), "{:?}", other.pose);
}

#[test]
fn darkness_and_noise_are_unclear_and_not_held_against_the_camera() {
    let comparer = comparer(1);
    let black = Grey::new(W, H, vec![3u8; W * H]).expect("size");
    assert_eq!(comparer.compare(&black, &[]).pose, Pose::Unclear);
    let small = Grey::new(W / 2, H / 2, vec![90u8; W * H / 4]).expect("size");
    assert_eq!(comparer.compare(&small, &[]).pose, Pose::Unclear);
}

#[test]
fn what_cannot_be_prepared_is_refused_by_name() {
    let (base, all) = (baseline(1), Street::components());
    let new = |list: &[Registered]| Comparer::new(&base, list, CompareConfig::default());
    assert_eq!(new(&[]), Err(ComparerError::Empty));
    let twice = [all[0].clone(), all[1].clone(), all[0].clone()];
    assert_eq!(new(&twice), Err(ComparerError::Duplicate(all[0].id.clone())));
    assert_eq!(new(&vec![all[0].clone(); 600]), Err(ComparerError::TooMany(600)));
    let black = Grey::new(W, H, vec![0u8; W * H]).expect("size");
    let at = (EventTime(0), EventTime(0));
    assert_eq!(Baseline::from_parts(black.clone(), vec![0; W * H], 1, at), Err(BaselineError::Black));
    assert!(matches!(Baseline::from_parts(black.clone(), vec![0; 7], 1, at), Err(BaselineError::Parts { .. })));
    let sample = |grey: Grey| Sample { at: EventTime(0), grey, movers: vec![] };
    let few = build_baseline(&vec![sample(black); 6], BaselineConfig::default());
    assert!(matches!(few, Err(BaselineError::TooFew { dark: 6, usable: 0, .. })), "{few:?}");
    let street = Street::new(1).picture();
    let mixed =
        [sample(street.clone()), sample(Grey::new(320, 180, street.data()[..320 * 180].to_vec()).expect("size"))];
    assert!(matches!(
        build_baseline(&mixed, BaselineConfig::default()),
        Err(BaselineError::OtherSize { index: 1, .. })
    ));
}

#[test]
fn a_baseline_forgets_what_moves_and_stands_still_on_a_swaying_pole() {
    let car = |x: f32| BBox::new(x, 0.7, 0.2, 0.2);
    let sample = |n: u64| {
        let (sway, at) = ((n as f32 * 2.4).sin() * 2.0, 0.1 * n as f32);
        let grey = Street::new(1).bumped(0.0, sway, -sway / 2.0).other(car(at), n).at(n).picture();
        Sample { at: EventTime(n as i64), grey, movers: vec![car(at)] }
    };
    let base = build_baseline(&(1..8).map(sample).collect::<Vec<_>>(), BaselineConfig::default()).expect("pictures");
    let comparer = Comparer::new(&base, &Street::components(), CompareConfig::default()).expect("components");
    let told = comparer.compare(&Street::new(1).at(99).picture(), &[]);
    assert!(told.verdicts.iter().all(|v| v.state == State::Same), "{told:?}");
}

#[test]
fn a_component_that_the_detector_takes_for_a_vehicle_is_in_its_baseline_and_a_van_is_not() {
    let bin = Street::components()[1].form.bbox();
    let named = BBox::new(bin.x, bin.y - 0.02, bin.w * 1.3, bin.h + 0.04);
    let van = BBox::new(0.3, 0.75, 0.2, 0.2);
    // In the one picture in which the detector does not name the bin, it is dusk.
    let sample = |n: u64| {
        let light = Weather { gain: if n == 1 { 0.3 } else { 1.0 }, ..Weather::default() };
        let grey = Street::new(1).under(light).other(van, 3).at(n).picture();
        let movers = if n == 1 { vec![van] } else { vec![named, van] };
        Sample { at: EventTime(n as i64), grey, movers }
    };
    let samples: Vec<Sample> = (1..8).map(sample).collect();
    let left = without_registered(&samples, &Street::components());
    assert!(left.iter().all(|s| s.movers == [van]), "{:?}", left.iter().map(|s| &s.movers).collect::<Vec<_>>());
    let brightness = |samples: &[Sample]| {
        let base = build_baseline(samples, BaselineConfig::default()).expect("pictures");
        let (x, y) = ((bin.centre().x * W as f32) as usize, (bin.centre().y * H as f32) as usize);
        base.grey().data()[y * W + x]
    };
    let plain = Street::new(1).at(99).picture();
    let (x, y) = ((bin.centre().x * W as f32) as usize, (bin.centre().y * H as f32) as usize);
    assert!(brightness(&left).abs_diff(plain.data()[y * W + x]) < 6);
    assert!(brightness(&samples) < brightness(&left) - 20);
}

#[test]
fn the_overlay_lies_on_the_baseline_and_marks_what_is_gone() {
    let comparer = comparer(1);
    let now = Street::new(1).with(Thing::Bin, Fate::Gone).bumped(0.0, 14.0, -6.0).at(99).picture();
    let overlay = comparer.overlay(&now, &comparer.compare(&now, &[])).expect("aligned");
    let mean = |b: BBox| {
        let (l, t) = ((b.x * W as f32) as usize, (b.y * H as f32) as usize);
        let (w, h) = ((b.w * W as f32) as usize, (b.h * H as f32) as usize);
        let sum: u32 = (t..t + h).flat_map(|y| &overlay.difference.row(y)[l..l + w]).map(|v| u32::from(*v)).sum();
        sum as f32 / (w * h) as f32
    };
    let bin = Street::components()[1].form.bbox();
    let beside = BBox { x: bin.x - 0.1, ..bin };
    assert!(mean(bin) > 3.0 * mean(beside), "{} and {}", mean(bin), mean(beside));
    let other = Grey::new(W, H, vec![3u8; W * H]).expect("size");
    assert_eq!(comparer.overlay(&other, &comparer.compare(&other, &[])), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_bump_is_measured_to_a_pixel_of_640_and_changes_no_verdict(
        seed in 1u64..50, turn in -1.0f32..1.0, dx in -16.0f32..16.0, dy in -12.0f32..12.0,
    ) {
        let told = comparer(seed).compare(&Street::new(seed).bumped(turn, dx, dy).at(7).picture(), &[]);
        let fit = told.pose.fit().expect("within reach");
        let middle = fit.transform.apply(crate::vocabulary::Point { x: 0.5, y: 0.5 });
        let off = ((middle.x - 0.5) * W as f32 - dx).hypot((middle.y - 0.5) * H as f32 - dy);
        prop_assert!(off < 1.0, "{off}");
        for v in &told.verdicts {
            prop_assert!(is_quiet(v), "{:?}", v);
        }
    }

    #[test]
    fn exposure_and_noise_raise_nothing(
        seed in 1u64..50, gain in 0.2f32..1.4, bias in -15.0f32..40.0, noise in 0.0f32..5.0, shadow in 0.0f32..900.0,
    ) {
        let weather = Weather { gain, bias, noise, shadow: Some(shadow), ..Weather::default() };
        let told = comparer(seed).compare(&Street::new(seed).under(weather).at(7).picture(), &[]);
        for v in &told.verdicts {
            prop_assert!(is_quiet(v), "{:?}", v);
        }
    }

    #[test]
    fn any_bytes_and_any_boxes_do_no_harm(seed in any::<u64>(), boxes in prop::collection::vec(any::<[f32; 4]>(), 0..6)) {
        let data: Vec<u8> = (0..W * H).map(|n| (crate::testing::mix(&[seed, n as u64]) >> 32) as u8).collect();
        let boxes: Vec<BBox> = boxes.into_iter().map(BBox::from).collect();
        let told = comparer(1).compare(&Grey::new(W, H, data).expect("size"), &boxes);
        prop_assert!(told.pose.fit().is_none());
        prop_assert!(told.verdicts.iter().all(|v| v.state == State::CannotJudge));
    }
}

#[test]
fn on_streets_not_seen_before_few_faults_are_missed_and_light_raises_nothing() {
    let all = [Thing::Cover, Thing::Bin, Thing::Sign, Thing::Railing, Thing::Billboard, Thing::Lamp];
    let mut told: Vec<(State, bool)> = Vec::new();
    let (mut quiet, mut loud) = (0, Vec::new());
    for seed in 100..110u64 {
        let comparer = comparer(seed);
        let any = |salt: u64, low: f32, high: f32| low + (high - low) * crate::testing::unit(&[seed, salt]);
        // What is gone of a cover leaves a hole.
        let gone = |thing| if thing == Thing::Cover { Fate::Pit } else { Fate::Gone };
        let mut faults: Vec<(Thing, Fate, State)> = all.map(|t| (t, gone(t), State::Missing)).to_vec();
        let side = if seed % 2 == 0 { 1.0 } else { -1.0 };
        for (n, thing) in [Thing::Bin, Thing::Bin, Thing::Sign].into_iter().enumerate() {
            let by = Fate::Moved(side * any(n as u64, 14.0, 34.0), any(9 + n as u64, 0.0, 12.0));
            faults.push((thing, by, State::Displaced));
        }
        for (n, thing) in [Thing::Bin, Thing::Sign, Thing::Lamp].into_iter().enumerate() {
            faults.push((thing, Fate::Tilted(side * any(20 + n as u64, 10.0, 22.0)), State::Displaced));
        }
        let broken = [Thing::Bin, Thing::Sign, Thing::Railing, Thing::Billboard];
        faults.extend(broken.map(|t| (t, Fate::Broken, State::Damaged)));
        for (n, (thing, fate, state)) in faults.into_iter().enumerate() {
            let n = n as u64;
            let light = Weather { gain: any(40 + n, 0.5, 1.2), bias: any(60 + n, 0.0, 20.0), ..Weather::default() };
            let now = Street::new(seed).with(thing, fate).under(light).bumped(0.0, any(80 + n, -3.0, 3.0), 1.0);
            let seen = verdict(&comparer.compare(&now.at(n).picture(), &[]), thing).state;
            told.push((state, seen == state));
        }
        for n in 0..8u64 {
            let light = Weather {
                gain: any(100 + n, 0.3, 1.4),
                noise: any(110 + n, 0.0, 4.0),
                shadow: Some(any(120 + n, 0.0, 900.0)),
                headlights: (n % 3 == 0).then_some((any(130 + n, 0.0, 640.0), 260.0)),
                snow: if n % 4 == 1 { any(140 + n, 0.2, 1.0) } else { 0.0 },
                ..Weather::default()
            };
            for v in comparer.compare(&Street::new(seed).under(light).at(n).picture(), &[]).verdicts {
                if is_quiet(&v) { quiet += 1 } else { loud.push((seed, light, v.component.0, v.state)) }
            }
        }
    }
    let recall = |state: State| {
        let of = told.iter().filter(|(s, _)| *s == state).count();
        told.iter().filter(|(s, right)| *s == state && *right).count() as f32 / of as f32
    };
    let (missing, displaced, damaged) = (recall(State::Missing), recall(State::Displaced), recall(State::Damaged));
    // Of one picture; the votes come on top.
    assert!(missing >= 0.95 && displaced >= 0.85 && damaged >= 0.85, "{missing} {displaced} {damaged}");
    assert!(loud.len() * 100 <= quiet + loud.len(), "{loud:?}");
}
