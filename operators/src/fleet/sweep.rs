//! Which pieces of planned road a vehicle has swept.

use super::config::VehicleClass;
use super::vehicle::{Around, VehicleRules, VehicleState};
use crate::vocabulary::{DAY, EventTime};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The pieces of one plan that one vehicle has swept in one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Swept {
    pub plan: Arc<str>,
    pub start: EventTime,
    /// Minute of the window in which each piece was first swept; [`NEVER`].
    pub minutes: Vec<u16>,
}

/// A piece that was not swept.
pub(super) const NEVER: u16 = u16::MAX;

/// Reads one fix: what lies along the way from the one before is swept.
pub(super) fn sweep(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let config = &rules.config.coverage;
    let (Some(before), fix) = (around.before, around.fix) else { return };
    let sweeps = rules.map.plans.iter().any(|p| is_for(rules, &p.plan.vehicles));
    let slow = fix.speed.is_some_and(|s| s <= config.speed_kmh);
    if !sweeps || !slow || around.motion.working == Some(false) || fix.at.since(before.at) > rules.config.fix.gap {
        return;
    }
    state.swept.retain(|s| fix.at.since(s.start) <= 3 * DAY);
    rules.map.pieces_along(before.p, fix.p, config.reach_m, |plan, piece| {
        let planned = &rules.map.plans[plan as usize];
        let window = planned.plan.window(fix.at, rules.config.ahead_of_utc);
        let Some([start, end]) = window.filter(|_| is_for(rules, &planned.plan.vehicles)) else { return };
        if fix.at >= end {
            return;
        }
        let known = state.swept.iter().position(|s| s.plan == planned.subject && s.start == start);
        let index = known.unwrap_or_else(|| {
            let minutes = vec![NEVER; planned.pieces.len()];
            state.swept.push(Swept { plan: planned.subject.clone(), start, minutes });
            state.swept.len() - 1
        });
        let minute = (fix.at.since(start) / 60_000).min(i64::from(NEVER - 1)) as u16;
        if let Some(first) = state.swept[index].minutes.get_mut(piece as usize) {
            *first = minute.min(*first);
        }
    });
}

/// Whether a plan is this vehicle's.
fn is_for(rules: &VehicleRules<'_>, vehicles: &[String]) -> bool {
    match vehicles {
        [] => rules.profile.class == VehicleClass::Sweeper,
        named => named.contains(&rules.profile.device),
    }
}
