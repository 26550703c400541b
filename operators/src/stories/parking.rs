//! Parking: what stands too long, and all that only looks like it.

use crate::rules::{ParkingConfig, RuleConfig};
use crate::testing::{Actor, Told, World, watch, zone, zone_at};
use crate::vocabulary::*;

const KERB: BBox = BBox::new(0.45, 0.5, 0.12, 0.14);

fn rule(dwell_s: i64) -> RuleConfig {
    RuleConfig::IllegalParking(ParkingConfig { dwell: dwell_s * 1000, ..ParkingConfig::default() })
}

fn tell(world: &World, dwell_s: i64, every: f32, seconds: f32) -> Told {
    world.tell(&mut watch(vec![zone(rule(dwell_s))]), every, seconds)
}

/// Every world twice: with the grey picture and without.
fn both(build: impl Fn(World) -> World) -> [World; 2] {
    [build(World::with_looks()), build(World::without_looks())]
}

fn car(looks: u64) -> Actor {
    Actor::new(looks, Label::Car)
}

/// Like `place`, moved by so many widths and heights.
fn beside(place: BBox, dx: f32, dy: f32) -> BBox {
    BBox { x: place.x + dx * place.w, y: place.y + dy * place.h, ..place }
}

#[test]
fn a_parked_car_is_raised_once_with_three_stills_and_ended_when_it_leaves() {
    for world in both(|w| w.with(car(1).visits(KERB, 20.0, 200.0))) {
        for every in [1.0, 2.0, 5.0] {
            let told = tell(&world, 60, every, 400.0);
            let raised = told.raised();
            assert_eq!(raised.len(), 1, "every {every} s: {raised:#?}");
            assert!((18_000..=26_000).contains(&raised[0].first_seen.0), "{raised:#?}");
            assert_eq!(raised[0].raised_at.since(raised[0].first_seen) / 1000, 60);
            let moments: Vec<Moment> =
                told.keep.iter().filter(|k| k.stay == raised[0].stay).map(|k| k.moment).collect();
            assert_eq!(moments, [Moment::Start, Moment::Middle, Moment::End]);
            let ended = told.ended();
            assert_eq!(ended.len(), 1, "every {every} s");
            assert!((194_000..=202_000).contains(&ended[0].last.at.0), "{ended:#?}");
        }
    }
}

#[test]
fn one_picture_in_ten_seconds_is_enough() {
    for world in both(|w| w.with(car(1).visits(KERB, 20.0, 400.0).jitter(0.05))) {
        let told = tell(&world, 180, 10.0, 600.0);
        assert_eq!((told.raised().len(), told.ended().len()), (1, 1));
    }
}

#[test]
fn full_rate_is_no_different_from_sparse_sampling() {
    let world = World::without_looks().with(car(1).visits(KERB, 5.0, 60.0).jitter(0.04));
    let told = tell(&world, 20, 0.04, 90.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 1));
    assert!((24_000..=27_000).contains(&told.raised()[0].raised_at.0), "{:?}", told.raised());
}

#[test]
fn a_car_that_drives_on_before_the_dwell_is_forgotten() {
    for world in both(|w| w.with(car(1).visits(KERB, 20.0, 70.0))) {
        let told = tell(&world, 60, 2.0, 400.0);
        assert_eq!(told.changes, []);
        assert!(!told.forget.is_empty() && told.keep.iter().all(|k| told.forget.contains(&k.stay)));
    }
}

#[test]
fn a_car_that_jitters_and_is_seen_in_half_the_pictures_all_night_is_one_candidate() {
    for world in both(|w| w.with(car(1).at(KERB, 0.0, 4000.0).jitter(0.07).missed(0.5).score(0.4))) {
        let told = tell(&world, 180, 2.0, 3600.0);
        assert_eq!((told.raised().len(), told.ended().len()), (1, 0), "looks {}: {:#?}", world.luma, told.ended());
        let updates = told.of(Transition::Updated).len();
        assert!((50..=58).contains(&updates), "one a minute, not {updates}");
    }
}

#[test]
fn a_detector_that_cannot_decide_between_car_bus_and_truck_sees_one_vehicle() {
    for world in both(|w| w.with(car(1).also(Label::Truck).also(Label::Car).visits(KERB, 10.0, 200.0))) {
        let told = tell(&world, 60, 2.0, 180.0);
        assert_eq!(told.raised().len(), 1);
        assert_eq!(told.raised()[0].last.label, Label::Car);
    }
}

#[test]
fn a_truck_in_front_does_not_end_the_stay() {
    let truck = BBox::new(0.36, 0.45, 0.3, 0.3);
    for world in
        both(|w| w.with(car(1).visits(KERB, 10.0, 400.0)).with(Actor::new(2, Label::Truck).visits(truck, 100.0, 185.0)))
    {
        let told = tell(&world, 240, 2.0, 350.0);
        let raised = told.raised();
        assert_eq!(raised.len(), 1, "{raised:#?}");
        assert!(raised[0].first_seen.0 < 14_000, "{raised:#?}");
        assert_eq!(told.ended().len(), 0);
    }
}

#[test]
fn something_in_front_that_the_detector_does_not_know_does_not_end_the_stay_when_looks_return() {
    let hoarding = BBox::new(0.36, 0.45, 0.3, 0.3);
    let world = World::with_looks()
        .with(car(1).visits(KERB, 10.0, 500.0))
        .with(Actor::new(2, Label::Waste).unknown().at(hoarding, 100.0, 170.0));
    let told = tell(&world, 240, 2.0, 400.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 0));
    assert!(told.raised()[0].first_seen.0 < 14_000);
}

#[test]
fn a_change_of_light_does_not_end_the_stay() {
    let mut world = World::with_looks().with(car(1).visits(KERB, 10.0, 500.0).missed(0.5).jitter(0.03));
    world.light = vec![(0.0, 1.0), (60.0, 0.5), (90.0, 1.1)];
    world.noise = 2.0;
    let told = tell(&world, 180, 2.0, 400.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 0));
}

#[test]
fn looks_hold_a_car_that_the_detector_loses_for_minutes_but_an_empty_place_does_not() {
    // Detected for the first and the last minute only.
    let hold = |leaves: f32| {
        World::with_looks().with(car(1).visits(KERB, 10.0, leaves).missed(0.0)).with(
            // The same car once more, unknown to the detector.
            Actor::new(1, Label::Car).unknown().at(KERB, 0.0, 0.0),
        )
    };
    let mut watch = watch(vec![zone(rule(120))]);
    let world = hold(400.0);
    let mut told = Told::default();
    for t in (0..300).step_by(2) {
        let mut picture = world.picture(t as f32);
        if t > 60 {
            picture.detections.clear();
        }
        told.take(watch.observe(&picture));
    }
    assert_eq!(told.raised().len(), 1);
    let told = tell(&hold(60.0), 120, 2.0, 300.0);
    assert_eq!(told.raised().len(), 0);
}

#[test]
fn two_cars_one_after_another_never_add_up() {
    for gap in [4.0, 10.0, 30.0] {
        for world in
            both(|w| w.with(car(1).visits(KERB, 10.0, 80.0)).with(car(2).visits(KERB, 80.0 + gap + 4.0, 150.0 + gap)))
        {
            for every in [1.0, 2.0] {
                let told = tell(&world, 90, every, 400.0);
                assert_eq!(told.changes, [], "gap {gap} s, every {every} s, looks {}", world.luma);
            }
        }
    }
}

#[test]
fn a_place_where_one_like_it_stops_for_a_moment_now_and_then_is_not_parked_in() {
    // A truck creeps by far away; half a minute later one that looks the same does.
    let now_and_then = |times: u64| {
        (0..times).fold(World::with_looks(), |world, n| {
            let start = 10.0 + 40.0 * n as f32;
            world.with(car(1).missed(0.0).visits(KERB, start, start + 7.0))
        })
    };
    for every in [0.5, 1.0, 2.0] {
        assert_eq!(tell(&now_and_then(2), 30, every, 60.0).changes, [], "every {every} s");
    }
}

#[test]
fn at_one_picture_in_ten_seconds_looks_tell_two_cars_apart() {
    let world = World::with_looks().with(car(1).visits(KERB, 10.0, 130.0)).with(car(2).visits(KERB, 150.0, 280.0));
    assert_eq!(tell(&world, 180, 10.0, 500.0).changes, []);
}

#[test]
fn two_people_one_after_another_never_add_up() {
    let spot = BBox::new(0.4, 0.4, 0.04, 0.2);
    let person = |looks| Actor::new(looks, Label::Person);
    let config = ParkingConfig { dwell: 90_000, labels: vec![Label::Person], ..ParkingConfig::default() };
    for world in both(|w| w.with(person(1).visits(spot, 10.0, 80.0)).with(person(2).visits(spot, 90.0, 160.0))) {
        let mut watch = watch(vec![zone(RuleConfig::IllegalParking(config.clone()))]);
        assert_eq!(world.tell(&mut watch, 1.0, 300.0).changes, [], "looks {}", world.luma);
    }
}

#[test]
fn another_car_in_the_place_is_another_stay() {
    let world = World::with_looks().with(car(1).visits(KERB, 10.0, 100.0)).with(car(2).visits(KERB, 108.0, 250.0));
    let told = tell(&world, 60, 2.0, 240.0);
    let raised = told.raised();
    assert_eq!(raised.len(), 2, "{raised:#?}");
    assert!(raised[1].first_seen.0 >= 104_000);
    assert_eq!(told.ended().len(), 1);
}

#[test]
fn a_car_that_manoeuvres_and_returns_to_its_place_goes_on_as_one_candidate() {
    let away = beside(KERB, 3.0, 0.0);
    let back = car(1).visits(KERB, 10.0, 100.0).at(away, 110.0, 130.0).at(KERB, 134.0, 300.0);
    let told = tell(&World::with_looks().with(back), 60, 2.0, 290.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 0));
}

#[test]
fn traffic_through_the_place_neither_makes_nor_prolongs_a_stay() {
    for (i, world) in both(|w| w.with(car(1).visits(KERB, 10.0, 100.0))).into_iter().enumerate() {
        let mut world = world;
        // Afterwards a car drives through every five seconds.
        for n in 0..100u64 {
            let start = 115.0 + 5.0 * n as f32;
            world = world.with(
                car(100 + n)
                    .moves((start, BBox { x: 0.0, ..KERB }), (start + 4.0 + (n % 3) as f32, BBox { x: 0.87, ..KERB })),
            );
        }
        for every in [1.0, 2.0] {
            let told = tell(&world, 60, every, 600.0);
            assert_eq!(told.raised().len(), 1, "world {i} every {every}: {:#?}", told.raised());
            assert_eq!(told.ended().len(), 1, "world {i} every {every}");
            assert!(told.ended()[0].last.at.0 <= 150_000, "world {i} every {every}: {:?}", told.ended()[0]);
        }
    }
}

#[test]
fn a_box_that_jumps_into_the_zone_once_starts_nothing() {
    let outside = BBox::new(0.1, 0.2, 0.12, 0.14);
    let corners = [[0.4, 0.4], [0.9, 0.4], [0.9, 0.9], [0.4, 0.9]];
    let mut watch = watch(vec![zone_at(rule(60), corners)]);
    let world = World::without_looks().with(car(1).at(outside, 0.0, 400.0));
    let mut told = Told::default();
    for t in (0..300).step_by(2) {
        let mut picture = world.picture(t as f32);
        if t % 40 == 0 {
            picture.detections[0].bbox = KERB;
        }
        told.take(watch.observe(&picture));
    }
    assert_eq!(told, Told::default());
}

#[test]
fn a_car_beside_the_zone_is_not_in_it() {
    let corners = [[0.4, 0.4], [0.9, 0.4], [0.9, 0.5], [0.4, 0.5]];
    let told = World::without_looks().with(car(1).at(beside(KERB, 0.0, 0.5), 0.0, 400.0).jitter(0.05)).tell(
        &mut watch(vec![zone_at(rule(60), corners)]),
        2.0,
        300.0,
    );
    assert_eq!(told, Told::default());
}

/// Four cars that come one after another and stop in a line.
fn queue(world: World, until: f32) -> World {
    (0..4u64).fold(world, |w, n| {
        let place = beside(KERB, 1.2 - 1.2 * n as f32, 0.0);
        let come = 20.0 + 6.0 * n as f32;
        let gone = until + 2.0 * n as f32;
        w.with(
            car(1 + n)
                .moves((come - 4.0, BBox { x: -0.1, ..place }), (come, place))
                .moves((gone, place), (gone + 4.0, BBox { x: 1.1, ..place })),
        )
    })
}

#[test]
fn a_queue_is_not_parking() {
    for world in both(|w| queue(w, 110.0)) {
        assert_eq!(tell(&world, 60, 2.0, 300.0).changes, [], "looks {}", world.luma);
    }
}

#[test]
fn two_cars_that_stop_one_behind_the_other_at_once_are_a_queue_whose_rest_is_out_of_sight() {
    for mut world in both(|w| queue(w, 110.0)) {
        world.actors.truncate(2);
        assert_eq!(tell(&world, 60, 2.0, 300.0).changes, [], "looks {}", world.luma);
    }
}

#[test]
fn a_line_whose_next_car_is_half_hidden_and_now_and_then_unsteady_has_not_moved_on() {
    let mut world = queue(World::without_looks(), 110.0);
    world.actors.truncate(2);
    world.actors[1] = world.actors[1].clone().jitter(0.16);
    assert_eq!(tell(&world, 60, 1.0, 300.0).raised(), Vec::<&Change>::new());
}

#[test]
fn two_cars_that_park_beside_each_other_half_a_minute_apart_are_raised_in_time() {
    for world in
        both(|w| w.with(car(1).visits(KERB, 20.0, 300.0)).with(car(2).visits(beside(KERB, 1.2, 0.0), 50.0, 300.0)))
    {
        let told = tell(&world, 60, 2.0, 200.0);
        let waited: Vec<i64> = told.raised().iter().map(|c| c.raised_at.since(c.first_seen)).collect();
        assert!(waited.len() == 2 && waited.iter().all(|w| *w < 70_000), "{waited:?}");
    }
}

#[test]
fn what_stands_far_behind_a_parked_van_makes_no_line_of_it() {
    let far =
        |times: f32| BBox { x: KERB.x + 0.3 * KERB.w, y: KERB.y - 0.8 * KERB.h, w: KERB.w / times, h: KERB.h / times };
    for (times, raised) in [(3.5, 1), (1.4, 0)] {
        for world in both(|w| w.with(car(1).visits(KERB, 20.0, 300.0)).with(car(2).visits(far(times), 24.0, 300.0))) {
            let told = tell(&world, 60, 2.0, 100.0);
            let near = told.raised().iter().filter(|c| c.last.bbox.iou(&KERB) > 0.5).count();
            assert_eq!(near, raised, "looks {}, {times} times as large", world.luma);
        }
    }
}

#[test]
fn the_first_of_a_line_is_not_passed_by_those_who_drive_off_behind_it() {
    // It is slow to start, and the next ones go round it.
    let round = BBox { y: KERB.y + 0.9 * KERB.h, ..KERB };
    for mut world in both(|w| queue(w, 110.0)) {
        world.actors[0] = car(1).moves((16.0, BBox { x: -0.1, ..KERB }), (20.0, beside(KERB, 1.2, 0.0))).at(
            beside(KERB, 1.2, 0.0),
            20.0,
            118.0,
        );
        world.actors[1] = car(2)
            .moves((22.0, BBox { x: -0.1, ..KERB }), (26.0, KERB))
            .moves((110.0, KERB), (112.0, round))
            .moves((116.0, BBox { x: KERB.x + 0.6, ..round }), (118.0, BBox { x: 1.1, ..round }));
        assert_eq!(tell(&world, 60, 1.0, 119.0).changes, [], "looks {}", world.luma);
    }
}

#[test]
fn a_line_that_never_moves_is_parked_after_all() {
    for world in both(|w| queue(w, 400.0)) {
        let told = tell(&world, 60, 2.0, 390.0);
        assert_eq!(told.raised().len(), 4);
        assert!(told.raised().iter().all(|c| c.raised_at.since(c.first_seen) >= 120_000));
    }
}

#[test]
fn a_line_past_which_others_drive_is_parked() {
    for world in both(|w| queue(w, 400.0)) {
        let lane = beside(KERB, 0.0, 1.2);
        let passer = car(77).moves((50.0, BBox { x: -0.1, ..lane }), (62.0, BBox { x: 1.0, ..lane }));
        let told = tell(&world.with(passer), 60, 2.0, 115.0);
        assert_eq!(told.raised().len(), 4, "{:#?}", told.raised());
    }
}

#[test]
fn a_car_that_the_line_leaves_behind_is_parked() {
    let mut world = queue(World::with_looks(), 50.0);
    world.actors[3] = car(4).moves((34.0, BBox { x: -0.1, ..KERB }), (38.0, beside(KERB, -2.4, 0.0))).at(
        beside(KERB, -2.4, 0.0),
        38.0,
        400.0,
    );
    let told = tell(&world, 60, 2.0, 150.0);
    assert_eq!(told.raised().len(), 1);
    assert!(told.raised()[0].raised_at.since(told.raised()[0].first_seen) < 110_000, "{:?}", told.raised());
}

#[test]
fn cars_that_stood_there_when_watching_began_are_no_queue() {
    for world in
        both(|w| (0..3u64).fold(w, |w, n| w.with(car(1 + n).at(beside(KERB, 1.2 * n as f32 - 1.2, 0.0), 0.0, 300.0))))
    {
        let told = tell(&world, 60, 2.0, 80.0);
        assert_eq!(told.raised().len(), 3);
        let ordinals: Vec<u32> = told.raised().iter().map(|c| c.stay.ordinal).collect();
        assert_eq!(ordinals, [0, 1, 2], "from left to right");
    }
}

#[test]
fn a_spot_with_turnover_is_a_lane_and_waits() {
    let world = (0..6u64).fold(World::with_looks(), |w, n| {
        let start = 20.0 + 60.0 * n as f32;
        w.with(car(1 + n).visits(KERB, start, start + 40.0))
    });
    let world = world.with(car(50).visits(KERB, 420.0, 520.0));
    assert_eq!(tell(&world, 60, 2.0, 700.0).changes, []);
}

#[test]
fn outside_the_schedule_nothing_is_raised_and_an_open_candidate_ends() {
    let mut zone = zone(rule(60));
    zone.schedule = "00:02-00:05".parse().expect("schedule");
    let told = World::without_looks().with(car(1).at(KERB, 0.0, 1000.0)).tell(&mut watch(vec![zone]), 2.0, 600.0);
    assert_eq!(told.raised().len(), 1);
    assert_eq!((told.raised()[0].first_seen.0, told.raised()[0].raised_at.0), (120_000, 180_000));
    assert_eq!(told.ended()[0].reason.as_deref(), Some("schedule closed"));
}

#[test]
fn two_wheelers_can_park_too_where_a_zone_says_so() {
    let config = ParkingConfig { dwell: 60_000, labels: vec![Label::TwoWheeler], ..ParkingConfig::default() };
    let bike = BBox::new(0.4, 0.5, 0.06, 0.1);
    let world = World::with_looks().with(Actor::new(1, Label::TwoWheeler).visits(bike, 10.0, 200.0)).with(car(2).at(
        beside(KERB, 2.0, 0.0),
        0.0,
        200.0,
    ));
    let told = world.tell(&mut watch(vec![zone(RuleConfig::IllegalParking(config))]), 2.0, 190.0);
    assert_eq!(told.raised().len(), 1);
    assert_eq!(told.raised()[0].last.label, Label::TwoWheeler);
}

#[test]
fn a_flicker_of_low_score_is_no_candidate() {
    let world = World::without_looks().with(car(1).at(KERB, 0.0, 400.0).score(0.27).missed(0.3));
    assert_eq!(tell(&world, 60, 2.0, 300.0).changes, []);
}

#[test]
fn a_sign_that_is_a_truck_from_afar_only_is_none() {
    let world = |closely: f32| {
        let sign = Actor::new(1, Label::Truck).at(KERB, 0.0, 400.0).score(0.4).closely(closely);
        World::with_looks().with(sign).looked_at_closely()
    };
    assert_eq!(tell(&world(0.05), 60, 2.0, 300.0).raised(), Vec::<&Change>::new());
    assert_eq!(tell(&world(0.7), 60, 2.0, 300.0).raised().len(), 1);
    let unasked = World { closer: false, ..world(0.05) };
    assert_eq!(tell(&unasked, 60, 2.0, 300.0).raised().len(), 1, "without closer looks nobody knows better");
}

#[test]
fn a_shadow_through_which_cars_drive_is_none_where_closer_looks_see_nothing() {
    let shadow = Actor::new(1, Label::Car).at(KERB, 0.0, 400.0).score(0.25).closely(0.05).missed(0.8);
    let world = (0..30u64).fold(World::with_looks().with(shadow), |world, n| {
        let at = 8.0 + 6.0 * n as f32;
        world.with(car(100 + n).at(KERB, at - 0.2, at + 0.2).score(0.9))
    });
    assert_eq!(tell(&world.looked_at_closely(), 60, 1.0, 180.0).raised(), Vec::<&Change>::new());
}

#[test]
fn a_far_car_that_a_closer_look_sees_plainly_is_looked_at_in_every_other_picture_only() {
    let world = World::with_looks().with(car(1).at(KERB, 0.0, 400.0).score(0.3).closely(0.9)).looked_at_closely();
    let told = tell(&world, 180, 1.0, 170.0);
    assert!((40..=95).contains(&told.closer.len()), "{}", told.closer.len());
}

#[test]
fn what_shows_of_a_hidden_car_is_no_second_car_that_makes_a_queue_of_it() {
    // A truck stops before a parked car for a minute; the roof that shows over it is a car to the detector.
    let truck = BBox { x: KERB.x - 0.02, y: KERB.y + 0.3 * KERB.h, w: 1.3 * KERB.w, h: 1.5 * KERB.h };
    let roof = BBox { w: 0.45 * KERB.w, h: 0.3 * KERB.h, ..KERB };
    for world in both(|w| {
        let hides = Actor::new(2, Label::Truck).at(truck, 33.0, 90.0);
        w.with(car(1).visits(KERB, 12.0, 112.0)).with(hides).with(car(3).at(roof, 34.0, 89.0).score(0.4))
    }) {
        let told = tell(&world, 30, 1.0, 120.0);
        assert!(told.raised().iter().any(|r| r.last.bbox.iou(&KERB) > 0.6), "{:#?}", told.changes);
    }
}

#[test]
fn a_sign_that_even_a_closer_look_sees_faintly_is_no_car() {
    // Or plainly, and in half of the looks not at all.
    let world = |score: f32, closely: f32, missed: f32| {
        let sign = Actor::new(1, Label::Car).at(KERB, 0.0, 400.0).score(score).closely(closely).missed(missed);
        World::without_looks().with(sign).looked_at_closely()
    };
    assert_eq!(tell(&world(0.37, 0.38, 0.0), 60, 2.0, 300.0).raised(), Vec::<&Change>::new());
    assert_eq!(tell(&world(0.42, 0.42, 0.5), 60, 2.0, 300.0).raised(), Vec::<&Change>::new());
    assert_eq!(tell(&world(0.42, 0.42, 0.1), 60, 2.0, 300.0).raised().len(), 1);
}

#[test]
fn a_queue_whose_last_car_the_next_one_hides_is_one_still() {
    // The last stops first, in a gap between the two before it, and cannot be seen any more when they stand.
    let place = |n: f32| BBox { x: KERB.x + 0.9 * n * KERB.w, ..KERB };
    let world = World::with_looks()
        .with(car(1).visits(place(0.0), 30.0, 95.0))
        .with(car(2).visits(place(1.0), 31.0, 96.0))
        .with(car(3).visits(place(2.0), 28.0, 36.0));
    assert_eq!(tell(&world, 30, 1.0, 120.0).raised(), Vec::<&Change>::new());
}

#[test]
fn what_the_lower_edge_cuts_off_stands_where_the_edge_shows_it() {
    // A high truck on the next lane, near the camera: its box reaches over the zone, its wheels are below the picture.
    let lane = |x: f32| {
        let kerb = zone_at(
            RuleConfig::IllegalParking(ParkingConfig { dwell: 60_000, ..ParkingConfig::default() }),
            [[0.0, 0.5], [0.75, 0.3], [0.3, 1.0], [0.0, 1.0]],
        );
        let truck = Actor::new(1, Label::Truck).at(BBox::new(x, 0.45, 0.5, 0.55), 0.0, 400.0);
        World::with_looks().with(truck).tell(&mut watch(vec![kerb]), 1.0, 300.0).raised().len()
    };
    assert_eq!((lane(0.15), lane(0.0)), (0, 1));
}
