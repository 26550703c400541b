//! Permits: a muck truck drives without one.

use super::vehicle::{Around, VehicleRules, VehicleState};
use crate::vocabulary::SensorRule;

/// Reads one fix against the permits.
pub(super) fn hold(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let config = &rules.config.permit;
    if !config.classes.contains(&rules.profile.class) {
        return;
    }
    let at = around.fix.at;
    let empty = config.loaded_only && state.load.last.is_some_and(|load| load <= rules.config.stop.empty);
    let holds = around.moving && !empty && around.permits.is_empty();
    let confirmed = state.agreed.is_some_and(|agreed| at.since(agreed) <= config.passage);
    let look = around.look(around.fix.speed.unwrap_or(0.0), 0.0, if confirmed { 0.97 } else { 0.9 });
    state.episodes.look((SensorRule::NoPermit, rules.own), Some(holds), look, &config.hold);
}
