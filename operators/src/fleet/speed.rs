//! Over-speed: faster than the limit of the road that it is on.

use super::map::Of;
use super::vehicle::{Around, VehicleRules, VehicleState};
use crate::vocabulary::SensorRule;
use std::sync::Arc;

/// Reads one fix against the roads' limits.
pub(super) fn drive(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let Some(speed) = around.fix.speed else { return };
    if rules.map.roads.is_empty() {
        return;
    }
    let config = &rules.config.speed;
    // Roads near enough and along its heading: distance, road.
    let mut near: Vec<(f64, u32)> = Vec::new();
    rules.map.ways_at(around.fix.p, |way, distance| {
        let Of::Road(road) = way.of else { return };
        if distance > config.match_m
            || !heads_along(around.fix.heading, [way.b.x - way.a.x, way.b.y - way.a.y], config.heading_deg)
        {
            return;
        }
        match near.iter_mut().find(|(_, r)| *r == road) {
            Some(known) => known.0 = known.0.min(distance),
            None => near.push((distance, road)),
        }
    });
    let nearest = near.iter().map(|(d, _)| *d).fold(f64::INFINITY, f64::min);
    let limit_of = |road: u32| rules.map.roads[road as usize].limit;
    let doubtful = near.iter().filter(|(d, _)| *d <= nearest + config.doubt_m);
    let Some(road) = doubtful.map(|(_, r)| *r).max_by(|a, b| limit_of(*a).total_cmp(&limit_of(*b)).then(b.cmp(a)))
    else {
        return;
    };
    let (limit, subject) = (limit_of(road), &rules.map.roads[road as usize].subject);
    let holds = speed > limit * (1.0 + config.tolerance);
    let look = around.look(speed, limit, 0.9);
    state.episodes.look((SensorRule::OverSpeed, subject), Some(holds), look, &config.hold);
    // On another road it is no longer too fast on the one before.
    let others = state.episodes.subjects(SensorRule::OverSpeed).filter(|s| *s != subject);
    let others: Vec<Arc<str>> = others.cloned().collect();
    for other in others {
        state.episodes.look((SensorRule::OverSpeed, &other), Some(false), look, &config.hold);
    }
}

/// Whether a heading lies along a line, in either direction. An unknown one does.
fn heads_along(heading: Option<f32>, [east, north]: [f64; 2], tolerance: f32) -> bool {
    heading.is_none_or(|heading| {
        let along = east.atan2(north).to_degrees() as f32;
        let off = (heading - along).rem_euclid(180.0);
        off.min(180.0 - off) <= tolerance
    })
}

#[cfg(test)]
mod tests {
    use super::heads_along;

    #[test]
    fn a_heading_lies_along_a_line_in_either_direction() {
        let north_east = [1.0, 1.0];
        for (heading, along) in [(45.0, true), (225.0, true), (79.0, true), (81.0, false), (135.0, false), (10.5, true)]
        {
            assert_eq!(heads_along(Some(heading), north_east, 35.0), along, "{heading}");
        }
        assert!(heads_along(None, north_east, 35.0) && heads_along(Some(359.0), [0.0, -5.0], 35.0));
    }
}
