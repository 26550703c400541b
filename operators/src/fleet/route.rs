//! Deviation: it drives outside the corridors of the routes that its permit names.

use super::map::Of;
use super::plan::FenceKind;
use super::vehicle::{Around, VehicleRules, VehicleState};
use crate::vocabulary::SensorRule;

/// Reads one fix against the permitted routes.
pub(super) fn keep_to(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    if rules.profile.permits.is_empty() {
        state.episodes.close(SensorRule::Deviation, rules.own, around.fix.at, "no route holds any more");
        return;
    }
    let (map, at) = (rules.map, around.fix.at);
    let permits = around.permits;
    // A permit without routes lets it drive anywhere.
    if permits.is_empty() || permits.iter().any(|p| p.routes.is_empty()) {
        state.episodes.close(SensorRule::Deviation, rules.own, at, "no route holds any more");
        return;
    }
    let is_its = |route: &u32| permits.iter().any(|p| p.routes.contains(route));
    let mut on_route = false;
    map.ways_at(around.fix.p, |way, distance| {
        if let Of::Route(route) = way.of {
            on_route = on_route || (distance <= map.routes[route as usize].reach && is_its(&route));
        }
    });
    let kinds = || around.inside.iter().map(|i| map.fences[*i as usize].fence.kind);
    let holds = if on_route || kinds().any(|kind| matches!(kind, FenceKind::Site | FenceKind::Depot)) {
        Some(false)
    } else {
        // Standing beside the route is a matter of stops; it tells nothing new of the way.
        around.moving.then_some(true)
    };
    let off = if holds == Some(true) {
        let routes = permits.iter().flat_map(|p| &p.routes);
        let distances = routes.map(|r| map.routes[*r as usize].line.distance_m(around.fix.p));
        distances.fold(f64::INFINITY, f64::min) as f32
    } else {
        0.0
    };
    let config = &rules.config.deviation;
    let look = around.look(off, config.tolerance_m as f32, 0.9);
    let episode = state.episodes.look((SensorRule::Deviation, rules.own), holds, look, &config.hold);
    if let Some(episode) = episode.filter(|e| e.raised.is_some() && at.since(e.start) >= config.serious) {
        episode.note("off the route for long");
    }
}
