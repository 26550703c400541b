//! Overflowing bins and their look-alikes.

use crate::rules::{BinConfig, RuleConfig};
use crate::testing::{Actor, Told, World, watch, zone};
use crate::vocabulary::*;

const BIN: BBox = BBox::new(0.5, 0.5, 0.07, 0.14);

fn bin() -> Actor {
    Actor::new(1, Label::Bin).at(BIN, 0.0, 2000.0).jitter(0.04).missed(0.2).is(0.0, Condition::BinNormal)
}

fn tell(world: World, every: f32) -> Told {
    world.tell(&mut watch(vec![zone(RuleConfig::BinOverflow(BinConfig::default()))]), every, 1500.0)
}

#[test]
fn an_overflow_is_raised_after_its_dwell_and_counted_from_its_beginning() {
    for every in [2.0, 10.0] {
        let told = tell(World::with_looks().with(bin().is(600.0, Condition::BinOverRim)), every);
        assert_eq!((told.raised().len(), told.ended().len()), (1, 0), "every {every}");
        let raised = told.raised()[0];
        assert!((600_000..=630_000).contains(&raised.first_seen.0), "{raised:?}");
        assert_eq!(raised.stay.start, raised.first_seen);
        assert!((120_000..=160_000).contains(&raised.raised_at.since(raised.first_seen)), "{raised:?}");
        let moments: Vec<Moment> = told.keep.iter().filter(|k| k.stay == raised.stay).map(|k| k.moment).collect();
        assert_eq!(moments, [Moment::Start, Moment::Middle, Moment::End]);
    }
}

#[test]
fn it_ends_when_normal_persists_and_can_be_raised_again_later() {
    let emptied =
        bin().is(100.0, Condition::BinOverRim).is(500.0, Condition::BinNormal).is(900.0, Condition::BinWasteBeside);
    let told = tell(World::with_looks().with(emptied), 2.0);
    assert_eq!((told.raised().len(), told.ended().len()), (2, 1));
    assert_eq!(told.ended()[0].reason.as_deref(), Some("cleared"));
    assert!(told.ended()[0].last.at.0 <= 500_000);
    assert_ne!(told.raised()[0].stay, told.raised()[1].stay);
}

#[test]
fn one_normal_look_does_not_clear_and_one_odd_look_does_not_raise() {
    let blink = bin().is(100.0, Condition::BinOverRim).is(400.0, Condition::BinNormal).is(420.0, Condition::BinOverRim);
    let told = tell(World::with_looks().with(blink), 2.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 0));
    let odd = bin().is(100.0, Condition::BinOverRim).is(140.0, Condition::BinNormal);
    let told = tell(World::with_looks().with(odd), 2.0);
    assert_eq!(told.changes, []);
    assert!(!told.forget.is_empty());
}

#[test]
fn one_odd_look_after_it_was_emptied_does_not_make_it_last_until_then() {
    let emptied = bin().is(100.0, Condition::BinOverRim).is(400.0, Condition::BinNormal);
    let passer = emptied.is(450.0, Condition::BinOverRim).is(451.0, Condition::BinNormal);
    let told = tell(World::with_looks().with(passer.missed(0.0)), 1.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 1));
    assert!(told.ended()[0].last.at.0 <= 401_000, "{:?}", told.ended()[0]);
}

#[test]
fn an_odd_word_that_normal_looks_refuted_is_not_when_it_began() {
    // The suspicion is refuted after forty seconds, when the bin is full already, or before it is.
    for (suspected, normal, full) in [(50.0, 56.0, 90.0), (50.0, 56.0, 117.0), (18.0, 48.0, 81.0)] {
        let odd = bin().missed(0.0).is(suspected, Condition::BinOverRim).is(normal, Condition::BinNormal);
        let told = tell(World::with_looks().with(odd.is(full, Condition::BinOverRim)), 2.0);
        assert_eq!(told.raised().len(), 1);
        let first = told.raised()[0].first_seen.0 as f32 / 1000.0;
        assert!((full - 1.0..=full + 3.0).contains(&first), "{:?}", told.raised()[0]);
    }
}

#[test]
fn an_overflow_that_every_other_look_calls_normal_at_first_began_with_the_first_of_them() {
    let waver = (50..65).fold(bin().missed(0.0), |bin, n| {
        let at = 4.0 * n as f32;
        bin.is(at, Condition::BinOverRim).is(at + 2.0, Condition::BinNormal)
    });
    let told = tell(World::with_looks().with(waver.is(260.0, Condition::BinOverRim)), 2.0);
    assert_eq!(told.raised().len(), 1);
    assert!((200_000..=202_000).contains(&told.raised()[0].first_seen.0), "{:?}", told.raised()[0]);
}

#[test]
fn an_open_lid_that_looks_like_waste_in_most_looks_is_no_overflow() {
    // Of ten looks so many say that the lid is open.
    let seen = |lid: usize| {
        let bin = (50..760).fold(bin().missed(0.0), |bin, n| {
            let says = if n * 3 % 10 < lid { Condition::BinLidOpen } else { Condition::BinOverRim };
            bin.is(2.0 * n as f32, says)
        });
        tell(World::without_looks().with(bin), 2.0).raised().len()
    };
    assert_eq!((seen(4), seen(3), seen(1)), (0, 0, 1));
}

#[test]
fn an_open_lid_and_a_fallen_bin_are_no_overflow() {
    for condition in [Condition::BinLidOpen, Condition::BinFallen, Condition::BinNormal] {
        assert_eq!(tell(World::with_looks().with(bin().is(100.0, condition)), 2.0).changes, []);
    }
}

#[test]
fn people_in_front_neither_raise_nor_clear() {
    let front = BBox::new(0.49, 0.45, 0.05, 0.25);
    let crowd = |from, until| Actor::new(9, Label::Person).at(front, from, until);
    let told = tell(World::without_looks().with(bin().is(100.0, Condition::BinOverRim)).with(crowd(300.0, 520.0)), 2.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 0), "{:#?}", told.changes);
    // The classifier takes a person throwing a bag for an overflow.
    let bag = bin().is(100.0, Condition::BinOverRim).is(300.0, Condition::BinNormal);
    assert_eq!(tell(World::without_looks().with(bag).with(crowd(99.0, 300.0)), 2.0).changes, []);
}

#[test]
fn without_a_classifier_waste_at_the_bin_counts_as_waste_beside_it() {
    let bin = || Actor::new(1, Label::Bin).at(BIN, 0.0, 2000.0).jitter(0.03);
    let waste = |x| Actor::new(2, Label::Waste).at(BBox::new(x, 0.6, 0.05, 0.05), 200.0, 2000.0).missed(0.2);
    assert_eq!(tell(World::without_looks().with(bin()).with(waste(0.58)), 2.0).raised().len(), 1);
    assert_eq!(tell(World::without_looks().with(bin()).with(waste(0.8)), 2.0).changes, []);
}

#[test]
fn a_bin_seen_now_with_and_now_without_the_bags_beside_it_is_raised_once() {
    let alone = bin().missed(0.6).is(100.0, Condition::BinWasteBeside);
    let with_bags = BBox::new(0.5, 0.485, 0.13, 0.15);
    let both = Actor::new(2, Label::Bin).at(with_bags, 100.0, 2000.0).missed(0.6).is(100.0, Condition::BinWasteBeside);
    let told = tell(World::without_looks().with(alone).with(both), 2.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 0), "{:#?}", told.changes);
}

#[test]
fn goods_on_a_table_that_look_like_a_full_bin_raise_nothing() {
    let world = |stall: f32| {
        let taken = Actor::new(1, Label::Bin).at(BIN, 0.0, 2000.0).score(0.4).is(0.0, Condition::BinOverRim);
        let table = BBox::new(0.482, 0.47, 0.105, 0.169);
        World::without_looks().with(taken).with(Actor::new(2, Label::Stall).at(table, 0.0, 2000.0).score(stall))
    };
    assert_eq!(tell(world(0.6), 2.0).changes, []);
    assert_eq!(tell(world(0.2), 2.0).raised().len(), 1);
}

#[test]
fn a_bin_that_something_else_outdoes_since_it_is_full_is_still_that_bin() {
    // At night a heap over the rim makes a tricycle of it.
    let clean = Actor::new(1, Label::Bin).at(BIN, 0.0, 300.0).is(0.0, Condition::BinNormal);
    let full = Actor::new(1, Label::Bin).at(BIN, 302.0, 2000.0).score(0.2).is(300.0, Condition::BinOverRim);
    let taken = Actor::new(2, Label::Tricycle).at(BBox::new(0.482, 0.47, 0.105, 0.169), 302.0, 2000.0).score(0.5);
    let told = tell(World::without_looks().with(clean).with(full).with(taken), 2.0);
    assert_eq!(told.raised().len(), 1);
    assert!((300_000..=310_000).contains(&told.raised()[0].first_seen.0), "{:?}", told.raised()[0]);
}

#[test]
fn what_is_a_bin_now_and_then_is_none() {
    // Somebody who stops at a post and bends over it.
    let seen = |missed| tell(World::without_looks().with(bin().missed(missed).is(0.0, Condition::BinOverRim)), 2.0);
    for missed in [0.74, 0.6] {
        assert_eq!(seen(missed).raised(), Vec::<&Change>::new());
    }
    assert_eq!(seen(0.3).raised().len(), 1);
}

#[test]
fn a_heap_at_the_bin_that_looks_like_a_stall_does_not_hide_it() {
    let heap = BBox { x: BIN.x + 0.3 * BIN.w, y: BIN.y + 0.6 * BIN.h, w: 1.5 * BIN.w, h: 0.5 * BIN.h };
    let bags = BBox { y: heap.y + 0.26 * heap.h, w: 0.75 * heap.w, h: 0.76 * heap.h, ..heap };
    let stall = Actor::new(8, Label::Stall).at(heap, 100.0, 2000.0).score(0.7);
    let world = || World::without_looks().with(bin().is(100.0, Condition::BinWasteBeside)).with(stall.clone());
    assert_eq!(tell(world(), 2.0).raised(), Vec::<&Change>::new());
    let bags = Actor::new(9, Label::Waste).at(bags, 100.0, 2000.0).score(0.4);
    assert_eq!(tell(world().with(bags), 2.0).raised().len(), 1);
}

#[test]
fn a_bin_that_is_also_taken_for_something_else_is_not_hidden_by_it() {
    // A heap over the rim looks like a laden tricycle at the very same place.
    let other = BBox { y: BIN.y - 0.005, ..BIN };
    let other = Actor::new(3, Label::Tricycle).at(other, 0.0, 2000.0).score(0.5);
    let told = tell(World::without_looks().with(bin().is(100.0, Condition::BinOverRim)).with(other), 2.0);
    assert_eq!(told.raised().len(), 1, "{:#?}", told.changes);
}

#[test]
fn a_weak_box_in_front_of_a_bin_hides_it_not() {
    let front = BBox::new(0.49, 0.45, 0.05, 0.25);
    let ghost = |score| Actor::new(9, Label::Person).at(front, 0.0, 2000.0).score(score);
    let over = || bin().is(100.0, Condition::BinOverRim);
    assert_eq!(tell(World::without_looks().with(over()).with(ghost(0.15)), 2.0).raised().len(), 1);
    assert_eq!(tell(World::without_looks().with(over()).with(ghost(0.8)), 2.0).raised().len(), 0);
}

#[test]
fn a_lid_seen_as_a_bin_of_its_own_is_no_second_candidate() {
    let lid = BBox { y: BIN.y - 0.3 * BIN.h, w: 0.6 * BIN.w, h: 0.8 * BIN.h, ..BIN };
    let lid = Actor::new(2, Label::Bin).at(lid, 0.0, 2000.0).score(0.55).is(100.0, Condition::BinOverRim);
    let told = tell(World::without_looks().with(bin().is(100.0, Condition::BinOverRim)).with(lid), 2.0);
    assert_eq!(told.raised().len(), 1, "{:#?}", told.changes);
}

#[test]
fn a_heap_between_two_bins_is_one_candidate_and_two_full_bins_are_two() {
    let next = BBox { x: BIN.x + 1.4 * BIN.w, ..BIN };
    let row = |condition| {
        let second = Actor::new(2, Label::Bin).at(next, 0.0, 2000.0).is(100.0, condition);
        tell(World::without_looks().with(bin().is(100.0, condition)).with(second), 2.0).raised().len()
    };
    assert_eq!(row(Condition::BinWasteBeside), 1);
    assert_eq!(row(Condition::BinOverRim), 2);
}

#[test]
fn a_bin_that_was_full_when_it_was_first_asked_has_been_so_since_it_was_first_seen() {
    let full = Actor::new(1, Label::Bin).at(BIN, 0.0, 2000.0).is(0.0, Condition::BinOverRim);
    let told = tell(World::without_looks().with(full), 1.0);
    assert_eq!(told.raised()[0].first_seen, EventTime(0));
}

#[test]
fn what_falls_from_a_full_bin_lies_beside_the_one_behind_it_and_is_that_bins_no_matter() {
    // A bag is put down between the two a little before the near one is full.
    let near = BBox::new(0.4, 0.5, 0.1, 0.2);
    let behind = BBox::new(0.475, 0.47, 0.04, 0.1);
    let full =
        Actor::new(1, Label::Bin).at(near, 0.0, 2000.0).is(0.0, Condition::BinNormal).is(100.0, Condition::BinOverRim);
    let next = Actor::new(2, Label::Bin)
        .at(behind, 0.0, 2000.0)
        .is(0.0, Condition::BinNormal)
        .is(90.0, Condition::BinWasteBeside);
    let told = tell(World::without_looks().with(full).with(next.clone()), 2.0);
    assert_eq!(told.raised().len(), 1, "{:#?}", told.changes);
    assert!(told.raised()[0].last.bbox.iou(&near) > 0.8, "{:#?}", told.raised());
    assert_eq!(tell(World::without_looks().with(next), 2.0).raised().len(), 1, "alone it is its own");
}

#[test]
fn a_bin_that_an_umbrella_hides_for_a_moment_is_the_same_afterwards() {
    // What is below the umbrella is a bin to the detector, comes up to this one, and is this one in the end.
    let before = Actor::new(1, Label::Bin).at(BIN, 0.0, 600.5).is(100.0, Condition::BinOverRim);
    let after = Actor::new(1, Label::Bin).at(BIN, 605.0, 2000.0).is(100.0, Condition::BinOverRim);
    let umbrella = Actor::new(2, Label::Umbrella).at(BBox { y: BIN.y + 0.1 * BIN.h, ..BIN }, 600.5, 601.5);
    let below = |share: f32| BBox { x: BIN.x + share * BIN.w, w: 1.2 * BIN.w, ..BIN };
    let passer =
        Actor::new(1, Label::Bin).moves((596.5, below(3.0)), (601.5, below(0.0))).at(below(0.0), 601.51, 604.52);
    let world = World::without_looks().with(before).with(after).with(umbrella).with(passer);
    let told = tell(world, 1.0);
    assert_eq!((told.raised().len(), told.ended().len()), (1, 0), "{:#?}", told.changes);
}
