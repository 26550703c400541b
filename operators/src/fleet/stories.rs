//! Stories of trucks and sweepers.

use super::testing::*;
use super::*;
use crate::ground::LonLat;
use crate::vocabulary::Transition::{Ended, Raised, Updated, Withdrawn};
use crate::vocabulary::{EventTime, Label, Motion, Quality, Reading, Seen, SensorRule, Values, Weekday};

fn truck() -> Drive {
    Drive::from(TRUCK, 0, (0.0, 0.0))
}

fn with_route() -> FleetPlan {
    FleetPlan { permits: vec![permit(&["east"])], ..town() }
}

#[test]
fn a_truck_in_a_forbidden_fence_is_raised_once_and_ends_when_it_has_left() {
    let drive = truck().stands(30).to((3000.0, 0.0), 36.0).stands(120).to((5000.0, 0.0), 36.0);
    let mut fleet = fleet(town());
    let passages: Vec<_> =
        drive.readings.iter().flat_map(|r| fleet.observe(std::slice::from_ref(r)).passages).collect();
    let told = tell(&mut fleet_again(&town()), &drive.readings);
    assert_eq!(words(&told), [(SensorRule::NoEntry, Raised), (SensorRule::NoEntry, Ended)]);
    assert_eq!((told[0].stay.zone.as_str(), told[1].reason.as_deref()), ("school", Some("left")));
    let comings: Vec<_> = passages.iter().map(|p| (p.fence.as_str(), p.entered)).collect();
    assert_eq!(comings, [("site", true), ("site", false), ("school", true), ("school", false)]);
    // The first fix inside is the beginning, the first clear of the border the end.
    assert!(told[0].first_seen >= at(310) && told[0].first_seen <= at(320), "{:?}", told[0].first_seen);
}

fn fleet_again(plan: &FleetPlan) -> Fleet {
    fleet(plan.clone())
}

#[test]
fn hours_classes_and_permits_open_a_fence() {
    let drive = truck().to((3000.0, 0.0), 36.0).to((5000.0, 0.0), 36.0);
    let quiet = |plan: FleetPlan| assert_eq!(tell(&mut fleet(plan), &drive.readings), []);
    let with = |change: &dyn Fn(&mut Fence)| {
        let mut plan = town();
        change(&mut plan.fences[1]);
        plan
    };
    quiet(with(&|f| f.schedule = "Mon 09:00-10:00".parse().expect("a schedule")));
    quiet(with(&|f| f.classes = vec![VehicleClass::Sweeper]));
    quiet(FleetPlan { permits: vec![Permit { enter: vec!["school".into()], ..permit(&[]) }], ..town() });
    let open = with(&|f| f.schedule = "Mon 08:00-09:00".parse().expect("a schedule"));
    assert_eq!(tell(&mut fleet(open), &drive.readings).len(), 2);
}

#[test]
fn one_fix_in_a_fence_and_a_wavering_border_are_nothing() {
    // A jump into the school and back.
    let mut drive = truck().to((500.0, 0.0), 36.0).stands(60);
    drive.readings.push(report(TRUCK, 125, (3000.0, 0.0), Motion { speed_kmh: Some(0.0), ..Motion::default() }));
    let drive = drive.silent(20).stands(60);
    let mut fleet = fleet(town());
    let marks: Vec<_> = drive.readings.iter().flat_map(|r| fleet.observe(std::slice::from_ref(r)).marks).collect();
    assert_eq!(marks.iter().map(|m| m.marks.join(",")).collect::<Vec<_>>(), ["jump"]);
    assert_eq!(fleet.advance(at(4000)).changes, []);
    // Along the border, 10 m in and 10 m out: one visit.
    let mut plan = town();
    plan.fences[1].corners = square(3000.0, 0.0, 200.0);
    let mut fleet = fleet_again(&plan);
    let wavering: Vec<Reading> = (0..40)
        .map(|i| report(TRUCK, i * 10, (2800.0 + if i % 2 == 0 { 10.0 } else { -10.0 }, i as f64), Motion::default()))
        .collect();
    let passages: Vec<_> = wavering.iter().flat_map(|r| fleet.observe(std::slice::from_ref(r)).passages).collect();
    assert_eq!(passages.len(), 1);
}

#[test]
fn a_straight_way_through_a_fence_tells_where_reports_were_lost_and_a_crooked_one_does_not() {
    let mut plan = town();
    plan.fences[1].corners = square(3000.0, 0.0, 80.0);
    let lost = |lose: &[i64]| {
        let drive = truck().to((2600.0, 0.0), 36.0).to((3500.0, 0.0), 36.0);
        let kept =
            |r: &&Reading| !lose.iter().any(|x| r.place.is_some_and(|p| p.distance_m(place(*x as f64, 0.0)) < 5.0));
        drive.readings.iter().filter(kept).cloned().collect::<Vec<_>>()
    };
    let is_raised = |readings: &[Reading]| {
        let told = tell(&mut fleet_again(&plan), readings);
        told.iter().any(|c| c.rule == SensorRule::NoEntry && c.transition == Raised)
    };
    assert!(is_raised(&lost(&[])), "two fixes inside");
    assert!(is_raised(&lost(&[3000])) && is_raised(&lost(&[3000, 2900, 3100])), "one, or none");
    // Where its headings do not lie along the line between, nobody knows where it was.
    let mut crooked = lost(&[2900, 3000, 3100]);
    for reading in &mut crooked {
        if let Values::Vehicle(motion) = &mut reading.values {
            motion.heading = Some(0.0);
        }
    }
    assert!(!is_raised(&crooked));
}

#[test]
fn a_vehicle_that_must_stay_in_an_area_is_raised_outside_it() {
    let mut plan = town();
    plan.fences.push(Fence {
        vehicles: vec![SWEEPER.into()],
        ..fence("district", FenceKind::KeepIn, square(0.0, 0.0, 1000.0))
    });
    let drive = Drive::from(SWEEPER, 0, (0.0, 0.0)).to((2500.0, 0.0), 30.0).to((0.0, 0.0), 30.0);
    let told = tell(&mut fleet(plan), &drive.readings);
    assert_eq!(words(&told), [(SensorRule::OffArea, Raised), (SensorRule::OffArea, Ended)]);
    assert!((told[told.len() - 1].value - 1500.0).abs() < 90.0, "{}", told[told.len() - 1].value);
}

#[test]
fn off_its_route_for_a_while_is_a_deviation_and_a_detour_of_moments_is_none() {
    let far =
        truck().to((1000.0, 0.0), 36.0).to((1000.0, 1500.0), 36.0).to((1000.0, 0.0), 36.0).to((1900.0, 0.0), 36.0);
    let told = tell(&mut fleet(with_route()), &far.readings);
    assert_eq!(words(&told), [(SensorRule::Deviation, Raised), (SensorRule::Deviation, Ended)]);
    let worst = told[told.len() - 1].value;
    assert!((1400.0..1510.0).contains(&worst), "{worst}");
    // Half the corridor and the tolerance are 65 m.
    let near = truck().to((1000.0, 0.0), 36.0).to((1000.0, 60.0), 36.0).to((1900.0, 60.0), 36.0);
    assert_eq!(tell(&mut fleet(with_route()), &near.readings), []);
    let short =
        truck().to((1000.0, 0.0), 36.0).to((1000.0, 200.0), 36.0).to((1000.0, 0.0), 36.0).to((1900.0, 0.0), 36.0);
    assert_eq!(tell(&mut fleet(with_route()), &short.readings), []);
}

#[test]
fn a_deviation_of_a_quarter_of_an_hour_says_that_it_is_serious() {
    let far = truck().to((1000.0, 0.0), 36.0).to((1000.0, 12_000.0), 36.0);
    let told = tell(&mut fleet(with_route()), &far.readings);
    assert_eq!(told[0].notes, [""; 0]);
    assert!(told.iter().any(|c| c.transition == Updated && c.notes == ["off the route for long"]), "{told:#?}");
}

#[test]
fn too_fast_for_the_road_is_raised_and_a_moment_of_it_is_not() {
    let fast = truck().to((2000.0, 0.0), 36.0).to((2700.0, 0.0), 60.0).to((2780.0, 0.0), 36.0).stands(60);
    let told = tell(&mut fleet(town()), &fast.readings);
    assert_eq!(words(&told), [(SensorRule::OverSpeed, Raised), (SensorRule::OverSpeed, Ended)]);
    assert_eq!((told[0].value, told[0].limit, told[0].stay.zone.as_str()), (60.0, 40.0, "road"));
    let moment = truck().to((2000.0, 0.0), 36.0).to((2150.0, 0.0), 60.0).to((2700.0, 0.0), 36.0);
    assert_eq!(tell(&mut fleet(town()), &moment.readings), []);
    let tolerated = truck().to((2700.0, 0.0), 43.0);
    assert_eq!(tell(&mut fleet(town()), &tolerated.readings), []);
}

#[test]
fn a_crossing_road_and_one_beside_it_set_no_limit() {
    let mut plan = town();
    let slow = |id: &str, points: &[[f64; 2]]| Road { id: id.into(), line: line(points), limit_kmh: 10.0 };
    plan.roads.push(slow("crossing", &[[1000.0, -500.0], [1000.0, 500.0]]));
    plan.roads.push(slow("beside", &[[0.0, 5.0], [2700.0, 5.0]]));
    assert_eq!(tell(&mut fleet(plan), &truck().to((2700.0, 0.0), 38.0).readings), []);
}

#[test]
fn a_stop_outside_sites_is_raised_after_its_dwell_and_one_at_a_site_is_not() {
    let stop = truck().stands(1800).to((1000.0, 0.0), 36.0).stands(900).to((1900.0, 0.0), 36.0);
    let told = tell(&mut fleet(town()), &stop.readings);
    assert_eq!(words(&told), [(SensorRule::IllegalStop, Raised), (SensorRule::IllegalStop, Ended)]);
    let decided = told[0].raised_at.since(told[0].first_seen);
    assert!((600_000..=640_000).contains(&decided), "{decided}");
    let short = truck().to((1000.0, 0.0), 36.0).stands(570).to((1900.0, 0.0), 36.0);
    assert_eq!(tell(&mut fleet(town()), &short.readings), []);
}

#[test]
fn a_stop_in_the_middle_of_which_it_was_silent_is_one_stop() {
    let stop = truck().to((1000.0, 0.0), 36.0).stands(60).silent(3000).stands(60).to((1900.0, 0.0), 36.0);
    let told = tell(&mut fleet(town()), &stop.readings);
    assert_eq!(words(&told), [(SensorRule::IllegalStop, Raised), (SensorRule::IllegalStop, Ended)]);
}

#[test]
fn unloading_outside_sites_is_dumping_by_lift_or_by_load() {
    let loaded = || truck().with(|m| m.load = Some(1.0)).to((1500.0, 0.0), 36.0).stands(30);
    let both = loaded()
        .with(|m| m.lifted = Some(true))
        .stands(60)
        .with(|m| (m.load, m.lifted) = (Some(0.0), Some(false)))
        .stands(60);
    let told = tell(&mut fleet(town()), &both.to((3000.0, 2000.0), 36.0).readings);
    let raise = raised(&told, SensorRule::Dumping);
    assert_eq!(raise.notes, ["body lifted"]);
    assert!(
        told.iter().any(|c| c.rule == SensorRule::Dumping && c.notes.len() == 2 && c.confidence == 0.95),
        "{told:#?}"
    );
    assert_eq!(told.iter().filter(|c| c.rule == SensorRule::Dumping).map(|c| c.transition).next_back(), Some(Ended));
    let by_load = loaded().with(|m| m.load = Some(0.0)).stands(60);
    assert_eq!(raised(&tell(&mut fleet(town()), &by_load.readings), SensorRule::Dumping).confidence, 0.8);
}

#[test]
fn unloading_at_a_site_or_with_one_wrong_bit_is_no_dumping() {
    let loaded = || Drive::from(TRUCK, 0, (1000.0, 0.0)).with(|m| m.load = Some(1.0)).to((0.0, 0.0), 36.0);
    let at_site = loaded().stands(60).with(|m| (m.load, m.lifted) = (Some(0.0), Some(true))).stands(120);
    assert_eq!(tell(&mut fleet(town()), &at_site.readings), []);
    let mut bit = Drive::from(TRUCK, 0, (0.0, 0.0)).to((1000.0, 0.0), 36.0).stands(120);
    let last = bit.readings.len() - 1;
    let Values::Vehicle(motion) = &mut bit.readings[last].values else { panic!("a vehicle") };
    motion.lifted = Some(true);
    assert_eq!(tell(&mut fleet(town()), &bit.readings), []);
    // At a site, but not one of its permit.
    let other = Permit { sites: vec!["school".into()], ..permit(&[]) };
    let told = tell(&mut fleet(FleetPlan { permits: vec![other], ..town() }), &at_site_again());
    assert_eq!(raised(&told, SensorRule::Dumping).rule, SensorRule::Dumping);
}

fn at_site_again() -> Vec<Reading> {
    let drive = Drive::from(TRUCK, 0, (1000.0, 0.0)).with(|m| m.load = Some(1.0)).to((0.0, 0.0), 36.0);
    drive.stands(60).with(|m| m.load = Some(0.0)).stands(60).readings
}

#[test]
fn a_weight_that_is_lost_for_a_moment_or_went_unheard_is_no_dumping() {
    let loaded = || truck().with(|m| m.load = Some(0.9)).to((1500.0, 0.0), 36.0).stands(60);
    let lost = loaded().with(|m| m.load = Some(0.0)).stands(30).with(|m| m.load = Some(0.9)).stands(60);
    assert_eq!(words(&tell(&mut fleet(town()), &lost.readings)), []);
    // Where it was emptied nobody heard; it stands elsewhere now.
    let unheard = loaded().silent(240).to((1900.0, 0.0), 36.0).with(|m| m.load = Some(0.0)).to((2500.0, 0.0), 36.0);
    assert_eq!(words(&tell(&mut fleet(town()), &unheard.stands(120).readings)), []);
    // Neither is a weight that cannot be.
    let mut wrong = loaded().with(|m| m.load = Some(-0.4)).stands(90);
    let flawed = wrong.readings.iter_mut().filter(|r| matches!(&r.values, Values::Vehicle(m) if m.load < Some(0.0)));
    flawed.for_each(|r| r.quality = Quality::VALUE);
    assert_eq!(words(&tell(&mut fleet(town()), &wrong.readings)), []);
}

#[test]
fn a_muck_truck_without_a_permit_is_raised_and_an_empty_or_permitted_one_is_not() {
    let none = || FleetPlan { permits: vec![], ..town() };
    let drive = truck().to((2500.0, 0.0), 36.0);
    let told = tell(&mut fleet(none()), &drive.readings);
    assert_eq!(words(&told), [(SensorRule::NoPermit, Raised)], "and it goes on, as far as anybody knows");
    let empty = truck().with(|m| m.load = Some(0.0)).to((2500.0, 0.0), 36.0);
    assert_eq!(tell(&mut fleet(none()), &empty.readings), []);
    let at_night = Permit { schedule: "22:00-06:00".parse().expect("a schedule"), ..permit(&[]) };
    let told = tell(&mut fleet(FleetPlan { permits: vec![at_night], ..town() }), &drive.readings);
    assert_eq!(words(&told), [(SensorRule::NoPermit, Raised)]);
    let by_plate = Permit { vehicle: "苏A12345".into(), ..permit(&[]) };
    assert_eq!(tell(&mut fleet(FleetPlan { permits: vec![by_plate], ..town() }), &drive.readings), []);
}

/// A drive with what a camera saw at 100 s.
fn beside(plan: &FleetPlan, drive: Drive, plate: &str, x: f64) -> Vec<crate::vocabulary::SensorChange> {
    let mut fleet = fleet_again(plan);
    let mut readings = drive.readings;
    readings.push(seen(&fleet.map().clone(), plate, 101, (x, 0.0)));
    readings.sort_by_key(|r| r.at);
    tell(&mut fleet, &readings)
}

#[test]
fn a_camera_that_agrees_with_the_terminal_makes_a_missing_permit_surer() {
    let plan = FleetPlan { permits: vec![], ..town() };
    let told = beside(&plan, truck().to((2500.0, 0.0), 36.0), "苏A12345", 1000.0);
    let last = told.iter().rfind(|c| c.rule == SensorRule::NoPermit).expect("raised");
    assert!(last.notes.iter().any(|n| n == "camera and terminal agree") && last.confidence > 0.95, "{told:#?}");
    // With a permit the same sighting is nothing.
    assert_eq!(beside(&town(), truck().to((2500.0, 0.0), 36.0), "苏A12345", 1000.0), []);
}

#[test]
fn a_plate_seen_where_its_terminal_is_not_is_raised_and_lowers_what_follows_from_it() {
    let told = beside(&town(), truck().stands(600), "苏A12345", 8000.0);
    assert_eq!(words(&told), [(SensorRule::PlateElsewhere, Raised)]);
    let plan = FleetPlan { permits: vec![], ..town() };
    let told = beside(&plan, truck().stands(600), "苏A12345", 8000.0);
    let permit = raised(&told, SensorRule::NoPermit);
    assert!(permit.confidence < 0.5 && permit.notes.iter().any(|n| n == "camera and terminal disagree"), "{told:#?}");
}

#[test]
fn a_truck_seen_while_its_terminal_says_nothing_for_long_is_raised() {
    let drive = Drive::from(TRUCK, -3600, (0.0, 0.0)).stands(60).silent(7200).stands(60);
    assert_eq!(words(&beside(&town(), drive, "苏A12345", 500.0)), [(SensorRule::TerminalSilent, Raised)]);
}

#[test]
fn a_plate_that_nobody_knows_is_raised_once_for_a_passage() {
    let mut fleet = fleet(town());
    let map = fleet.map().clone();
    let readings: Vec<Reading> = [0, 60, 600, 7200].map(|s| seen(&map, "苏B99999", s, (500.0, 0.0))).to_vec();
    let told = tell(&mut fleet, &readings);
    let ids: Vec<_> = told.iter().filter(|c| c.transition == Raised).map(|c| c.first_seen).collect();
    assert_eq!(ids, [at(0), at(7200)]);
    assert!(told[0].notes[0].starts_with("neither a terminal nor a permit"), "{told:#?}");
    let unsure = Reading {
        values: Values::Seen(Seen { label: Label::MuckTruck, score: 0.5, condition: None }),
        ..readings[0].clone()
    };
    assert_eq!(tell(&mut fleet_again(&town()), &[unsure]), []);
}

#[test]
fn too_long_in_a_yard_is_raised_even_where_it_was_silent_there() {
    let mut plan = town();
    plan.fences
        .push(Fence { max_stay: Some(3_600_000), ..fence("yard", FenceKind::Depot, square(-1000.0, 0.0, 100.0)) });
    let drive = Drive::from(SWEEPER, 0, (-1000.0, 0.0)).stands(60).silent(4000).stands(60).to((0.0, 500.0), 30.0);
    let told = tell(&mut fleet(plan), &drive.readings);
    assert_eq!(words(&told), [(SensorRule::OverStay, Raised), (SensorRule::OverStay, Ended)]);
    assert_eq!(told[0].stay.zone, "yard");
}

fn swept_plan() -> FleetPlan {
    let plan = Plan {
        id: "morning".into(),
        segments: vec![line(&[[0.0, 0.0], [1000.0, 0.0]])],
        days: vec![Weekday::Mon],
        from: 8 * 60,
        until: 10 * 60,
        vehicles: vec![],
        share: 0.9,
    };
    FleetPlan { plans: vec![plan], ..town() }
}

fn judged(
    readings: &[Reading],
    late: &[Reading],
) -> (Vec<(SensorRule, crate::vocabulary::Transition)>, Vec<PlanReport>, Vec<crate::vocabulary::SensorChange>) {
    let mut fleet = fleet(swept_plan());
    let mut out = fleet.advance(at(0));
    for batch in [readings, &[]] {
        out.changes.extend(fleet.observe(batch).changes);
    }
    for minutes in [60, 119, 149, 151] {
        let more = fleet.advance(at(minutes * 60));
        out.changes.extend(more.changes);
        out.reports.extend(more.reports);
    }
    out.changes.extend(fleet.observe(late).changes);
    let more = fleet.advance(at(180 * 60));
    out.changes.extend(more.changes);
    out.reports.extend(more.reports);
    (words(&out.changes), out.reports, out.changes)
}

#[test]
fn a_plan_is_judged_after_its_hours_by_the_share_that_was_swept() {
    let sweep = |to: f64, kmh: f64| Drive::from(SWEEPER, 60, (0.0, 0.0)).stands(30).to((to, 5.0), kmh).readings;
    let (told, reports, _) = judged(&sweep(1000.0, 9.0), &[]);
    assert_eq!(told, []);
    assert!(reports.len() == 1 && reports[0].share > 0.97 && reports[0].by_hour.len() == 2, "{reports:?}");
    let (told, reports, _) = judged(&sweep(600.0, 9.0), &[]);
    assert_eq!(told, [(SensorRule::Coverage, Raised)]);
    assert!((0.58..0.64).contains(&reports[0].share), "{reports:?}");
    let (told, ..) = judged(&sweep(1000.0, 40.0), &[]);
    assert_eq!(told, [(SensorRule::Coverage, Raised)], "driving past is no sweeping");
    let off = Drive::from(SWEEPER, 60, (0.0, 0.0)).with(|m| m.working = Some(false)).stands(30).to((1000.0, 0.0), 9.0);
    assert_eq!(judged(&off.readings, &[]).0, [(SensorRule::Coverage, Raised)], "brushes off");
}

#[test]
fn silence_of_every_sweeper_is_unknown_and_late_readings_complete_a_plan() {
    let (told, reports, changes) = judged(&[], &[]);
    assert_eq!(told, [(SensorRule::Coverage, Raised)]);
    assert!(
        !reports[0].heard && changes[0].confidence == 0.5 && changes[0].notes[0].contains("unknown"),
        "{changes:?}"
    );
    let first = Drive::from(SWEEPER, 60, (0.0, 0.0)).stands(30).to((500.0, 0.0), 9.0);
    let rest = Drive::from(SWEEPER, 1000, (500.0, 0.0)).stands(30).to((1000.0, 0.0), 9.0);
    let (told, ..) = judged(&first.readings, &rest.readings);
    assert_eq!(told, [(SensorRule::Coverage, Raised), (SensorRule::Coverage, Withdrawn)]);
}

#[test]
fn a_late_batch_completes_a_stop_and_another_one_withdraws_it() {
    let drive = truck().to((1000.0, 0.0), 36.0).stands(300).to((1900.0, 0.0), 36.0);
    let mut fleet = fleet(town());
    let stop: Vec<Reading> = drive.readings;
    assert_eq!(tell(&mut fleet, &stop), []);
    // It stood from long before, says a batch from where there was no network; the drive there was another truck's.
    let standing: Vec<Reading> = (0..40)
        .map(|i| report(TRUCK, -1200 + i * 30, (1000.0, 0.0), Motion { speed_kmh: Some(0.0), ..Motion::default() }))
        .collect();
    let told = fleet.observe(&standing).changes;
    assert_eq!(words(&told), [(SensorRule::IllegalStop, Raised), (SensorRule::IllegalStop, Ended)]);
    let moving: Vec<Reading> = (0..39)
        .map(|i| {
            report(
                TRUCK,
                -1185 + i * 30,
                (1000.0, if i % 2 == 0 { 300.0 } else { -300.0 }),
                Motion { speed_kmh: Some(40.0), ..Motion::default() },
            )
        })
        .collect();
    assert_eq!(words(&fleet.observe(&moving).changes), [(SensorRule::IllegalStop, Withdrawn)]);
}

#[test]
fn readings_that_cannot_be_used_are_counted_and_raise_nothing() {
    let mut fleet = fleet(town());
    let swapped = Reading {
        place: Some(LonLat::new(0.0, 0.0)),
        quality: Quality::NO_PLACE,
        ..report(TRUCK, 0, (0.0, 0.0), Motion::default())
    };
    let future = Reading { at: EventTime(i64::MAX), quality: Quality::FUTURE, ..swapped.clone() };
    assert_eq!(fleet.observe(&[swapped, future]), FleetOutcome::default());
    let counts = fleet.counts(TRUCK).expect("known");
    assert_eq!((counts.in_order, counts.untimed), (1, 1));
}

#[test]
fn a_plan_that_was_judged_is_not_judged_again_after_a_restore_and_can_still_be_completed() {
    let first = Drive::from(SWEEPER, 60, (0.0, 0.0)).stands(30).to((500.0, 0.0), 9.0);
    let rest = Drive::from(SWEEPER, 1000, (500.0, 0.0)).stands(30).to((1000.0, 0.0), 9.0);
    let mut before = fleet(swept_plan());
    before.advance(at(0));
    before.observe(&first.readings);
    assert_eq!(words(&before.advance(at(151 * 60)).changes), [(SensorRule::Coverage, Raised)]);
    let text = serde_json::to_string(&(before.coverage(), before.snapshot(SWEEPER))).expect("JSON");
    let (coverage, sweeper): (CoverageSnapshot, Option<VehicleSnapshot>) =
        serde_json::from_str(&text).expect("its own");
    let mut after = fleet(swept_plan());
    after.restore_coverage(coverage);
    after.restore(SWEEPER, sweeper.expect("it was there"));
    assert_eq!(after.advance(at(152 * 60)).changes, []);
    after.observe(&rest.readings);
    assert_eq!(words(&after.advance(at(153 * 60)).changes), [(SensorRule::Coverage, Withdrawn)]);
}

#[test]
fn what_is_open_ends_when_its_fence_is_gone_or_its_vehicle_is_retired() {
    let inside = truck().to((3000.0, 0.0), 36.0).stands(120);
    let rest = Drive::from(TRUCK, 500, (3000.0, 0.0)).stands(90);
    let mut fleet = fleet(town());
    assert_eq!(words(&fleet.observe(&inside.readings).changes), [(SensorRule::NoEntry, Raised)]);
    let mut retired = fleet.clone();
    let told = retired.retire(TRUCK, "no longer ours").changes;
    assert_eq!((words(&told), told[0].reason.as_deref()), (vec![(SensorRule::NoEntry, Ended)], Some("no longer ours")));
    fleet.replan(map(FleetPlan { fences: vec![], ..town() }));
    assert_eq!(words(&fleet.observe(&rest.readings).changes), [(SensorRule::NoEntry, Ended)]);
    // Nothing is open and nothing was heard for long: it can be let go.
    assert_eq!(fleet.idle(at(4000)).collect::<Vec<_>>(), [TRUCK]);
    assert_eq!(fleet.idle(at(400)).count(), 0);
}
