//! Street vending and its look-alikes.

use crate::rules::{RuleConfig, VendingConfig};
use crate::testing::{Actor, Told, World, watch, zone, zone_at};
use crate::vocabulary::*;

const PITCH: BBox = BBox::new(0.4, 0.5, 0.14, 0.16);
const VENDOR: BBox = BBox::new(0.56, 0.42, 0.05, 0.24);

fn tell(world: World, config: VendingConfig) -> Told {
    world.tell(&mut watch(vec![zone(RuleConfig::StreetVending(config))]), 2.0, 600.0)
}

fn stall() -> Actor {
    Actor::new(1, Label::Stall).visits(PITCH, 20.0, 500.0).jitter(0.04).missed(0.2)
}

fn person(looks: u64) -> Actor {
    Actor::new(looks, Label::Person).jitter(0.05)
}

#[test]
fn a_stall_with_its_vendor_is_raised_once_after_five_minutes() {
    let told =
        tell(World::with_looks().with(stall()).with(person(2).visits(VENDOR, 20.0, 500.0)), VendingConfig::default());
    assert_eq!(told.raised().len(), 1);
    let raised = told.raised()[0];
    assert!((300_000..=312_000).contains(&raised.raised_at.since(raised.first_seen)), "{raised:?}");
}

#[test]
fn customers_who_hide_the_stall_do_not_stop_it() {
    let mut world = World::with_looks().with(stall()).with(person(2).visits(VENDOR, 20.0, 500.0));
    for n in 0..6u64 {
        let start = 60.0 + 60.0 * n as f32;
        let front = BBox { x: PITCH.x + 0.02, y: PITCH.y - 0.05, w: 0.1, h: 0.3 };
        world = world.with(person(10 + n).visits(front, start, start + 40.0));
    }
    assert_eq!(tell(world, VendingConfig::default()).raised().len(), 1);
}

#[test]
fn an_abandoned_stall_is_none_unless_the_zone_says_so() {
    assert_eq!(tell(World::with_looks().with(stall()), VendingConfig::default()).changes, []);
    let any = VendingConfig { vendor: false, ..VendingConfig::default() };
    assert_eq!(tell(World::with_looks().with(stall()), any).raised().len(), 1);
}

#[test]
fn a_camera_that_looks_each_ten_seconds_knows_a_vendor_from_nobody() {
    let raised = |world: World| {
        let mut watch = watch(vec![zone(RuleConfig::StreetVending(VendingConfig::default()))]);
        world.tell(&mut watch, 10.0, 600.0).raised().len()
    };
    let standing = || Actor::new(1, Label::Stall).visits(PITCH, 20.0, 500.0);
    assert_eq!(raised(World::with_looks().with(standing())), 0);
    assert_eq!(raised(World::with_looks().with(standing()).with(person(2).visits(VENDOR, 20.0, 500.0))), 1);
}

#[test]
fn an_open_sunshade_hides_its_vendor() {
    let shade = Actor::new(3, Label::Umbrella).visits(BBox::new(0.38, 0.4, 0.18, 0.12), 22.0, 500.0);
    assert_eq!(tell(World::with_looks().with(stall()).with(shade), VendingConfig::default()).raised().len(), 1);
}

#[test]
fn a_carts_own_roof_hides_nobody() {
    let roof = BBox { w: 0.55 * PITCH.w, h: 1.02 * PITCH.h, ..PITCH };
    let roof = Actor::new(3, Label::Umbrella).at(roof, 22.0, 500.0);
    assert_eq!(tell(World::with_looks().with(stall()).with(roof), VendingConfig::default()).changes, []);
}

#[test]
fn what_the_lower_edge_cuts_off_is_no_stall_and_nobodys_vendor() {
    let cut = BBox::new(0.4, 0.86, 0.14, 0.14);
    let bench = Actor::new(1, Label::Stall).visits(cut, 20.0, 500.0);
    let beside = || person(2).visits(BBox { y: 0.7, ..VENDOR }, 20.0, 500.0);
    assert_eq!(tell(World::with_looks().with(bench).with(beside()), VendingConfig::default()).changes, []);
    let low = BBox::new(0.4, 0.78, 0.14, 0.16);
    let abandoned = || Actor::new(1, Label::Stall).visits(low, 20.0, 500.0);
    let legs = Actor::new(2, Label::Person).visits(BBox::new(0.56, 0.76, 0.05, 0.24), 20.0, 500.0);
    assert_eq!(tell(World::with_looks().with(abandoned()).with(legs), VendingConfig::default()).changes, []);
    assert_eq!(tell(World::with_looks().with(abandoned()).with(beside()), VendingConfig::default()).raised().len(), 1);
}

#[test]
fn people_walking_past_an_abandoned_stall_are_no_vendor() {
    // There is always somebody near it, and never the same one for long.
    let mut world = World::without_looks().with(stall());
    for n in 0..90u64 {
        let start = 20.0 + 5.3 * n as f32;
        world = world
            .with(person(10 + n).moves((start, BBox { x: 0.0, ..VENDOR }), (start + 12.0, BBox { x: 0.95, ..VENDOR })));
    }
    assert_eq!(tell(world, VendingConfig::default()).changes, []);
}

#[test]
fn a_vendor_whom_only_a_closer_look_sees_is_one() {
    // In the shade behind the cart, a guess from afar.
    let world =
        || World::with_looks().with(stall()).with(person(2).visits(VENDOR, 20.0, 500.0).score(0.05).closely(0.5));
    assert_eq!(tell(world(), VendingConfig::default()).changes, []);
    assert_eq!(tell(world().looked_at_closely(), VendingConfig::default()).raised().len(), 1);
    assert_eq!(tell(World::with_looks().with(stall()).looked_at_closely(), VendingConfig::default()).changes, []);
}

#[test]
fn plain_looks_say_nothing_against_a_vendor_whom_closer_ones_see_now_and_then() {
    let late = person(2).visits(VENDOR, 320.0, 500.0).score(0.05).closely(0.5);
    let world = World::with_looks().with(stall()).with(late).looked_at_closely();
    let mut watch = watch(vec![zone(RuleConfig::StreetVending(VendingConfig::default()))]);
    assert_eq!(world.tell(&mut watch, 1.0, 600.0).raised().len(), 1);
}

#[test]
fn of_two_doubted_stalls_far_apart_each_gets_its_turn() {
    let far = Actor::new(5, Label::Stall).visits(BBox::new(0.02, 0.05, 0.1, 0.12), 20.0, 500.0);
    let near = Actor::new(6, Label::Stall).visits(BBox::new(0.8, 0.7, 0.14, 0.16), 20.0, 500.0);
    let whole = RuleConfig::StreetVending(VendingConfig::default());
    let mut watch = watch(vec![zone_at(whole, [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])]);
    let told = World::with_looks().with(far).with(near).looked_at_closely().tell(&mut watch, 1.0, 90.0);
    let left = told.closer.iter().filter(|(_, part)| part.x < 0.25).count();
    assert!(told.closer.len() >= 40 && (2 * left).abs_diff(told.closer.len()) <= 4, "{left} of {}", told.closer.len());
}

#[test]
fn the_longer_a_stall_stands_without_a_case_the_seldomer_it_is_looked_at_closely() {
    let told = tell(World::with_looks().with(stall()).looked_at_closely(), VendingConfig::default());
    let asked = |from: f32, until: f32| told.closer.iter().filter(|(t, _)| (from..until).contains(t)).count();
    assert_eq!(asked(0.0, 20.0), 0, "nothing is suspected");
    assert!(asked(30.0, 90.0) >= 25, "each picture at first: {}", asked(30.0, 90.0));
    assert!((8..=20).contains(&asked(430.0, 490.0)), "each four seconds after seven minutes: {}", asked(430.0, 490.0));
    assert!(told.closer.iter().all(|(_, part)| part.containment(&PITCH) > 0.99));
}

#[test]
fn a_stalls_body_that_looks_like_a_person_is_no_vendor() {
    let within = |w| BBox::new(0.42, 0.545, w, 0.12);
    let world =
        |w, score| World::with_looks().with(stall()).with(person(2).visits(within(w), 20.0, 500.0).score(score));
    let raised = |w, score| tell(world(w, score), VendingConfig::default()).raised().len();
    assert_eq!((raised(0.09, 0.5), raised(0.066, 0.75), raised(0.09, 0.8), raised(0.04, 0.3)), (0, 0, 1, 1));
}

#[test]
fn a_rider_passing_is_none() {
    let mut world = World::with_looks();
    for n in 0..20u64 {
        let start = 10.0 + 25.0 * n as f32;
        for (label, place) in [(Label::Tricycle, PITCH), (Label::Person, VENDOR), (Label::Stall, PITCH)] {
            let way = (place.x - 0.4, place.x + 0.4);
            world = world.with(
                Actor::new(10 + n, label)
                    .moves((start, BBox { x: way.0, ..place }), (start + 8.0, BBox { x: way.1, ..place })),
            );
        }
    }
    assert_eq!(tell(world, VendingConfig::default()).changes, []);
}

#[test]
fn a_person_with_an_umbrella_is_none() {
    let umbrella = BBox::new(0.53, 0.36, 0.11, 0.07);
    let world = World::with_looks()
        .with(person(1).visits(VENDOR, 10.0, 590.0))
        .with(Actor::new(2, Label::Umbrella).visits(umbrella, 10.0, 590.0));
    assert_eq!(tell(world, VendingConfig::default()).changes, []);
}

#[test]
fn a_tricycle_is_a_stall_only_under_a_sunshade() {
    let tricycle = || Actor::new(1, Label::Tricycle).visits(PITCH, 20.0, 500.0);
    let world = || World::with_looks().with(tricycle()).with(person(2).visits(VENDOR, 20.0, 500.0));
    assert_eq!(tell(world(), VendingConfig::default()).changes, []);
    let shade = Actor::new(3, Label::Umbrella).visits(BBox::new(0.38, 0.4, 0.18, 0.09), 22.0, 500.0);
    let told = tell(world().with(shade), VendingConfig::default());
    assert_eq!(told.raised().len(), 1);
    // What stands there is a vehicle; the shade tells what it is for.
    assert!(told.raised()[0].last.bbox.iou(&PITCH) > 0.8, "{:?}", told.raised()[0].last);
}

#[test]
fn a_stall_under_a_sunshade_is_shown_with_it() {
    let shade = BBox::new(0.38, 0.4, 0.18, 0.12);
    let world = World::with_looks().with(stall()).with(person(2).visits(VENDOR, 20.0, 500.0));
    let told = tell(world.with(Actor::new(3, Label::Umbrella).visits(shade, 22.0, 500.0)), VendingConfig::default());
    assert_eq!(told.raised().len(), 1);
    assert!(told.raised()[0].last.bbox.iou(&PITCH.union(&shade)) > 0.8, "{:?}", told.raised()[0].last);
}

#[test]
fn pavement_that_was_a_stall_for_a_moment_and_looks_no_different_since_is_none() {
    let world = World::with_looks().with(stall().missed(0.0)).with(person(2).visits(VENDOR, 20.0, 500.0));
    let told = |stalls_until: f32| {
        let mut watch = watch(vec![zone(RuleConfig::StreetVending(VendingConfig::default()))]);
        let mut told = Told::default();
        for t in (0..600).step_by(2) {
            let mut picture = world.picture(t as f32);
            if t as f32 > stalls_until {
                picture.detections.retain(|d| d.label != Label::Stall);
            }
            told.take(watch.observe(&picture));
        }
        told
    };
    assert_eq!(told(60.0).raised(), Vec::<&Change>::new());
    assert_eq!(told(500.0).raised().len(), 1);
}

#[test]
fn somebody_who_is_only_guessed_at_is_no_vendor() {
    let world = |score| World::with_looks().with(stall()).with(person(2).visits(VENDOR, 20.0, 500.0).score(score));
    let strict = || VendingConfig { vendor_confidence: 0.4, ..VendingConfig::default() };
    assert_eq!(tell(world(0.3), strict()).changes, []);
    assert_eq!(tell(world(0.3), VendingConfig::default()).raised().len(), 1);
}

#[test]
fn a_bin_with_bags_that_is_a_stall_to_the_detector_now_and_then_is_none() {
    let world = |score| {
        let with_bags = BBox::new(0.38, 0.445, 0.18, 0.205);
        let bin = Actor::new(4, Label::Bin).at(with_bags, 0.0, 600.0).score(score);
        World::without_looks().with(bin).with(stall().score(0.5)).with(person(2).visits(VENDOR, 20.0, 500.0))
    };
    assert_eq!(tell(world(0.7), VendingConfig::default()).raised(), Vec::<&Change>::new());
    assert_eq!(tell(world(0.15), VendingConfig::default()).raised().len(), 1);
}

#[test]
fn a_rack_that_is_as_much_a_bin_to_the_detector_is_a_stall_and_a_bus_shelter_is_none() {
    let raised = |stall_score: f32, bin_score: f32| {
        let bin = Actor::new(4, Label::Bin).at(BBox::new(0.38, 0.445, 0.18, 0.205), 20.0, 500.0).score(bin_score);
        let rack = World::without_looks().with(stall().score(stall_score)).with(bin);
        tell(rack.with(person(2).visits(VENDOR, 20.0, 500.0)), VendingConfig::default()).raised().len()
    };
    assert_eq!((raised(0.6, 0.65), raised(0.6, 0.9), raised(0.39, 0.05)), (1, 0, 0));
}

#[test]
fn a_carts_post_that_is_a_person_now_and_then_is_no_vendor_after_it_was_looked_at_closely() {
    let post = |closely: f32| {
        let post = BBox::new(PITCH.x + 0.15 * PITCH.w, PITCH.y + 0.56 * PITCH.h, 0.3 * PITCH.w, 0.5 * PITCH.h);
        let post = Actor::new(2, Label::Person).at(post, 20.0, 3000.0).score(0.2).closely(closely);
        let cart = Actor::new(1, Label::Stall).at(PITCH, 20.0, 3000.0);
        let mut watch = watch(vec![zone(RuleConfig::StreetVending(VendingConfig::default()))]);
        // Half an hour: closer looks are seldom by then.
        World::with_looks().with(cart).with(post).looked_at_closely().tell(&mut watch, 1.0, 1800.0).raised().len()
    };
    assert_eq!((post(0.22), post(0.5)), (0, 1));
}
