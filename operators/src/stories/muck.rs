//! Muck trucks, covered and not.

use crate::rules::{MuckConfig, RuleConfig};
use crate::testing::{Actor, Told, World, watch, zone, zone_at};
use crate::vocabulary::*;

const LEFT: BBox = BBox::new(-0.1, 0.4, 0.22, 0.25);
const RIGHT: BBox = BBox::new(0.9, 0.4, 0.22, 0.25);

fn truck(load: Condition) -> Actor {
    Actor::new(1, Label::MuckTruck).moves((20.0, LEFT), (30.0, RIGHT)).jitter(0.02).is(0.0, load)
}

fn tell(world: World) -> Told {
    world.tell(&mut watch(vec![zone(RuleConfig::MuckTruck(MuckConfig::default()))]), 2.0, 200.0)
}

#[test]
fn a_passing_truck_with_its_load_open_is_raised_once_thanks_to_a_burst() {
    let told = tell(World::without_looks().with(truck(Condition::LoadUncovered)));
    assert_eq!((told.raised().len(), told.ended().len()), (1, 1));
    assert!(told.bursts >= 1);
    let moments: Vec<Moment> = told.keep.iter().map(|k| k.moment).collect();
    assert_eq!(moments, [Moment::Start, Moment::Middle, Moment::End]);
}

#[test]
fn covered_and_empty_trucks_and_other_trucks_never_raise() {
    for load in [Condition::LoadCovered, Condition::LoadEmpty] {
        assert_eq!(tell(World::without_looks().with(truck(load))).changes, []);
    }
    let other = Actor::new(1, Label::Truck).moves((20.0, LEFT), (30.0, RIGHT)).is(0.0, Condition::LoadUncovered);
    let told = tell(World::without_looks().with(other));
    assert_eq!((told.changes.len(), told.bursts), (0, 0));
}

#[test]
fn one_odd_word_among_covered_looks_does_not_raise() {
    let world = World::without_looks()
        .with(truck(Condition::LoadCovered).is(24.0, Condition::LoadUncovered).is(24.3, Condition::LoadCovered));
    assert_eq!(tell(world).changes, []);
}

/// Told of a truck whose load is empty in these of five looks in turn, and uncovered in the others.
fn undecided(empty: &[usize]) -> Told {
    let world = World::without_looks().with(truck(Condition::LoadEmpty));
    let mut watch = watch(vec![zone(RuleConfig::MuckTruck(MuckConfig::default()))]);
    let mut told = Told::default();
    for look in 0..40 {
        let mut picture = world.picture(20.0 + look as f32 * 0.25);
        for seen in picture.detections.iter_mut().filter(|_| !empty.contains(&(look % 5))) {
            seen.condition = seen.condition.map(|c| ConditionScore { condition: Condition::LoadUncovered, ..c });
        }
        told.take(watch.observe(&picture));
    }
    told
}

#[test]
fn a_load_that_nearly_half_of_the_looks_call_empty_does_not_raise() {
    assert_eq!(undecided(&[0, 2]).raised(), Vec::<&Change>::new());
    assert_eq!(undecided(&[0]).raised().len(), 1);
}

#[test]
fn a_truck_in_the_distance_is_a_muck_truck_when_it_is_near() {
    // For most of its way it is a truck to the detector, and its track is called one.
    let far = BBox::new(0.45, 0.3, 0.05, 0.06);
    let way = Actor::new(1, Label::MuckTruck).score(0.8).is(0.0, Condition::LoadUncovered);
    let world = World::without_looks().with(way.moves((10.0, far), (30.0, far)).moves((30.0, far), (40.0, LEFT)));
    let mut watch = watch(vec![zone(RuleConfig::MuckTruck(MuckConfig::default()))]);
    let mut told = Told::default();
    for look in 0..50 {
        let mut picture = world.picture(10.0 + look as f32);
        for seen in picture.detections.iter_mut().filter(|_| look < 24) {
            (seen.label, seen.condition) = (Label::Truck, None);
        }
        told.take(watch.observe(&picture));
    }
    assert_eq!(told.raised().len(), 1, "{:#?}", told.changes);
}

#[test]
fn seen_in_one_picture_only_it_raises_nothing() {
    let world = World::without_looks().with(truck(Condition::LoadUncovered));
    let mut watch = watch(vec![zone(RuleConfig::MuckTruck(MuckConfig::default()))]);
    let mut told = Told::default();
    for t in [0.0, 12.0, 25.0, 40.0, 60.0] {
        told.take(watch.observe(&world.picture(t)));
    }
    assert_eq!(told.changes, []);
}

#[test]
fn bursts_are_bounded_when_nobody_can_see_the_load() {
    let parked = Actor::new(1, Label::MuckTruck).at(BBox::new(0.4, 0.4, 0.22, 0.25), 10.0, 190.0);
    let told = tell(World::without_looks().with(parked));
    assert_eq!((told.changes.len(), told.bursts), (0, MuckConfig::default().burst_max as usize));
}

#[test]
fn a_truck_that_halts_for_minutes_is_one_candidate() {
    let middle = BBox::new(0.4, 0.4, 0.22, 0.25);
    let halting = Actor::new(1, Label::MuckTruck)
        .also(Label::MuckTruck)
        .also(Label::Truck)
        .moves((10.0, LEFT), (15.0, middle))
        .moves((150.0, middle), (155.0, RIGHT))
        .is(0.0, Condition::LoadUncovered);
    let told = tell(World::with_looks().with(halting));
    assert_eq!((told.raised().len(), told.ended().len()), (1, 1));
}

#[test]
fn lost_behind_a_bus_and_found_again_it_is_the_same_passage() {
    let bus = Actor::new(2, Label::Bus).at(BBox::new(0.35, 0.3, 0.35, 0.5), 0.0, 200.0);
    let slow = Actor::new(1, Label::MuckTruck).moves((20.0, LEFT), (44.0, RIGHT)).is(0.0, Condition::LoadUncovered);
    let told = tell(World::without_looks().with(slow).with(bus));
    assert_eq!((told.raised().len(), told.ended().len()), (1, 1), "{:#?}", told.changes);
}

#[test]
fn two_trucks_are_two_candidates() {
    let second = Actor::new(2, Label::MuckTruck).moves((23.0, LEFT), (33.0, RIGHT)).is(0.0, Condition::LoadUncovered);
    let told = tell(World::without_looks().with(truck(Condition::LoadUncovered)).with(second));
    assert_eq!(told.raised().len(), 2);
}

#[test]
fn a_truck_that_comes_in_where_another_drove_out_is_another() {
    for (load, raised) in [(Condition::LoadUncovered, 2), (Condition::LoadCovered, 1)] {
        let next = Actor::new(2, Label::MuckTruck).moves((44.0, RIGHT), (54.0, LEFT)).jitter(0.02).is(0.0, load);
        let told = tell(World::without_looks().with(truck(Condition::LoadUncovered)).with(next));
        assert_eq!(told.raised().len(), raised, "{:#?}", told.changes);
        assert!(told.ended().iter().all(|c| c.dwell <= 10_000), "{:#?}", told.changes);
    }
}

#[test]
fn a_truck_that_comes_from_afar_where_another_drove_off_to_is_another() {
    // The first is lost in the distance as the second turns up there.
    let near = BBox::new(0.35, 0.4, 0.4, 0.55);
    let far = BBox::new(0.42, 0.25, 0.05, 0.08);
    let lane = BBox::new(0.38, 0.25, 0.05, 0.08);
    let loaded = |looks| Actor::new(looks, Label::MuckTruck).is(0.0, Condition::LoadUncovered);
    let first = loaded(1).moves((20.0, near), (32.0, far));
    let second = |comes: f32| loaded(2).moves((comes, lane), (comes + 12.0, BBox { x: 0.05, ..near }));
    for comes in [32.5, 35.0, 45.0] {
        for every in [1.0, 2.0] {
            let mut watch = watch(vec![zone(RuleConfig::MuckTruck(MuckConfig::default()))]);
            let world = World::without_looks().with(first.clone()).with(second(comes));
            let told = world.tell(&mut watch, every, 200.0);
            assert_eq!(told.raised().len(), 2, "comes {comes} s, every {every} s: {:#?}", told.changes);
        }
    }
    assert_eq!(tell(World::without_looks().with(first)).raised().len(), 1);
}

#[test]
fn one_that_comes_in_where_another_went_out_is_another_though_the_tracker_takes_them_for_one() {
    let near = BBox::new(0.35, 0.5, 0.3, 0.4);
    let far = BBox::new(0.42, 0.26, 0.06, 0.08);
    let both = Actor::new(1, Label::MuckTruck).is(0.0, Condition::LoadUncovered);
    let both = both.moves((20.0, near), (28.0, far)).moves((28.0, far), (36.0, near));
    let lower = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]];
    let mut watch = watch(vec![zone_at(RuleConfig::MuckTruck(MuckConfig::default()), lower)]);
    let told = World::without_looks().with(both).tell(&mut watch, 1.0, 100.0);
    assert_eq!(told.raised().len(), 2, "{:#?}", told.changes);
    assert!(told.ended()[0].last.at.0 <= 28_000, "{:#?}", told.ended());
}

#[test]
fn a_car_under_a_trucks_name_is_not_the_truck() {
    // The tracker goes on with a car that comes where the truck was lost; the name is a vote, and stays the truck's.
    let world = World::without_looks().with(truck(Condition::LoadUncovered));
    let mut watch = watch(vec![zone(RuleConfig::MuckTruck(MuckConfig::default()))]);
    let mut told = Told::default();
    for t in 10..100 {
        let mut picture = world.picture(t as f32);
        for seen in picture.detections.iter_mut().filter(|_| t > 26) {
            (seen.label, seen.condition) = (Label::Car, None);
        }
        told.take(watch.observe(&picture));
    }
    assert_eq!(told.raised().len(), 1, "{:#?}", told.changes);
    assert_eq!(told.ended()[0].last.at.0, 26_000, "{:#?}", told.ended());
}

#[test]
fn a_halting_truck_that_another_drives_past_is_one_candidate() {
    // A second box of it, once; then the other hides it, and it comes to a stand; at last it drives off.
    let (near, stop) = (BBox::new(0.55, 0.4, 0.35, 0.5), BBox::new(0.33, 0.12, 0.22, 0.3));
    let far = BBox::new(0.2, 0.05, 0.1, 0.12);
    let loaded = |looks| Actor::new(looks, Label::MuckTruck).is(0.0, Condition::LoadUncovered);
    let halting = loaded(1).moves((10.0, near), (15.0, stop)).moves((15.0, stop), (40.0, stop));
    let halting = halting.moves((40.0, stop), (46.0, far));
    let second_box = loaded(3).at(BBox::new(0.5, 0.3, 0.16, 0.3), 11.9, 12.1);
    let passing = loaded(2).moves((12.0, near), (15.5, BBox::new(0.3, 0.1, 0.3, 0.4)));
    let passing = passing.moves((15.5, BBox::new(0.3, 0.1, 0.3, 0.4)), (18.0, far));
    let mut watch = watch(vec![zone(RuleConfig::MuckTruck(MuckConfig::default()))]);
    let world = World::without_looks().with(halting).with(second_box).with(passing);
    let told = world.tell(&mut watch, 0.25, 100.0);
    assert_eq!(told.raised().len(), 2, "{:#?}", told.changes);
}

#[test]
fn outside_the_zone_it_is_nobodys_business() {
    let corners = [[0.1, 0.8], [0.9, 0.8], [0.9, 0.95], [0.1, 0.95]];
    let mut watch = watch(vec![zone_at(RuleConfig::MuckTruck(MuckConfig::default()), corners)]);
    let told = World::without_looks().with(truck(Condition::LoadUncovered)).tell(&mut watch, 2.0, 60.0);
    assert_eq!(told, Told::default());
}
