//! Fences: coming, being inside, leaving; forbidden ones, areas to keep to, stays that are too long.

use super::map::Fenced;
use super::plan::FenceKind;
use super::through::Straight;
use super::vehicle::{Around, Notes, VehicleRules, VehicleState};
use crate::ground::LonLat;
use crate::series::{Hold, Look};
use crate::vocabulary::{EventTime, SensorRule};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A fence that a vehicle is inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Visit {
    pub fence: Arc<str>,
    pub since: EventTime,
}

/// Between two fixes it drove straight through what is forbidden: so said at the moments at which it came in and went out.
fn drove_through(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let Some(way) = Straight::between(&rules.config.fix, around.before.as_ref(), &around.fix) else { return };
    let mut met = Vec::new();
    rules.map.fences_along(way.ends(), |i| met.push(i));
    met.sort_unstable();
    for fenced in met.into_iter().map(|i| &rules.map.fences[i as usize]) {
        let [a, b] = way.ends().map(|p| fenced.area.contains(p));
        // Fixes that are both inside say so themselves.
        if fenced.fence.kind != FenceKind::NoEntry || !is_for(rules, fenced) || (a && b) || is_allowed(fenced, around) {
            continue;
        }
        let Some([first, last]) = way.inside(&fenced.area, rules.config.fence.margin_m) else { continue };
        let subject = (SensorRule::NoEntry, &fenced.subject);
        let since = state.visits.iter().find(|v| v.fence == fenced.subject).map_or(first.0, |v| v.since);
        let mut look = |(at, place): (EventTime, LonLat)| {
            let look =
                Look { at, place: Some(place), value: at.since(since) as f32 / 60_000.0, limit: 0.0, confidence: 0.85 };
            state.episodes.look(subject, Some(true), look, &rules.config.fence.no_entry);
        };
        if !a {
            look(first);
        }
        if !b {
            look(last);
        }
        if !a && !b {
            state.episodes.close(SensorRule::NoEntry, &fenced.subject, around.fix.at, "left");
        }
    }
}

/// Whether it may be inside: out of hours, or with a permit that names the fence.
fn is_allowed(fenced: &Fenced, around: &Around<'_>) -> bool {
    let names = || around.permits.iter().any(|p| p.permit.enter.contains(&fenced.fence.id));
    !fenced.fence.schedule.is_open(around.local) || names()
}

/// Reads one fix against the fences.
pub(super) fn visit(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>, notes: &mut Notes) {
    drove_through(rules, state, around);
    let VehicleState { visits, episodes, .. } = state;
    let (map, at) = (rules.map, around.fix.at);
    let fence_of = |i: &u32| &map.fences[*i as usize];
    visits.retain(|visit| {
        let here = around.inside.iter().any(|i| fence_of(i).subject == visit.fence);
        // On the border a position wavers: it has left when it is clear of it.
        let near = |f: &Fenced| f.area.border_m(around.fix.p) <= rules.config.fence.margin_m;
        if here || map.fence(&visit.fence).is_some_and(near) {
            return true;
        }
        episodes.close(SensorRule::NoEntry, &visit.fence, at, "left");
        episodes.close(SensorRule::OverStay, &visit.fence, at, "left");
        notes.passages.push((visit.fence.clone(), at, false));
        false
    });
    for fenced in around.inside.iter().map(fence_of) {
        let since = match visits.iter().find(|v| v.fence == fenced.subject) {
            Some(visit) => visit.since,
            None => {
                visits.push(Visit { fence: fenced.subject.clone(), since: at });
                notes.passages.push((fenced.subject.clone(), at, true));
                at
            }
        };
        if !is_for(rules, fenced) {
            continue;
        }
        let open = fenced.fence.schedule.is_open(around.local);
        if fenced.fence.kind == FenceKind::NoEntry {
            let look = around.look(at.since(since) as f32 / 60_000.0, 0.0, 0.9);
            let subject = (SensorRule::NoEntry, &fenced.subject);
            episodes.look(subject, Some(!is_allowed(fenced, around)), look, &rules.config.fence.no_entry);
        }
        if let Some(longest) = fenced.fence.max_stay {
            let look = around.look(at.since(since) as f32 / 60_000.0, longest as f32 / 60_000.0, 0.9);
            // A vehicle that is silent in its yard is still there, as far as anybody knows.
            let hold = Hold { dwell: longest, gap: i64::MAX, ..Hold::default() };
            episodes.look((SensorRule::OverStay, &fenced.subject), Some(open), look, &hold);
        }
    }
    keep_in(rules, state, around);
}

fn is_for(rules: &VehicleRules<'_>, fenced: &Fenced) -> bool {
    fenced.fence.classes.is_empty() || fenced.fence.classes.contains(&rules.profile.class)
}

/// Outside every area that it must keep to.
fn keep_in(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let areas = rules.profile.keep_in.iter().map(|i| &rules.map.fences[*i as usize]);
    let mut areas = areas.filter(|f| f.fence.schedule.is_open(around.local)).peekable();
    let Some(first) = areas.peek().map(|f| f.subject.clone()) else {
        let open: Vec<Arc<str>> = state.episodes.subjects(SensorRule::OffArea).cloned().collect();
        for subject in open {
            state.episodes.close(SensorRule::OffArea, &subject, around.fix.at, "its hours are over");
        }
        return;
    };
    let p = around.fix.p;
    let off = areas.map(|f| if f.area.contains(p) { 0.0 } else { f.area.border_m(p) }).fold(f64::INFINITY, f64::min);
    let look = around.look(off as f32, 0.0, 0.9);
    let hold = &rules.config.fence.off_area;
    state.episodes.look((SensorRule::OffArea, &first), Some(off > rules.config.fence.margin_m), look, hold);
}
