//! Stops: a vehicle stands, and whether it may stand there.

use super::plan::FenceKind;
use super::vehicle::{Around, VehicleRules, VehicleState};
use crate::ground::Metres;
use crate::series::Hold;
use crate::vocabulary::{EventTime, SensorRule};
use serde::{Deserialize, Serialize};

/// A vehicle stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Stop {
    pub anchor: Metres,
    pub since: EventTime,
}

/// Reads one fix: does it stand, still or at last.
pub(super) fn stand(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let config = &rules.config.stop;
    let (fix, near) = (around.fix, |anchor: Metres| anchor.distance(around.fix.p) <= config.radius_m);
    let stays = state.stop.is_some_and(|stop| near(stop.anchor));
    if !stays {
        state.stop = match (fix.speed, around.before) {
            (Some(speed), _) if speed < config.speed_kmh => Some(Stop { anchor: fix.p, since: fix.at }),
            // No speed: found where it was before, after a silence, it stood there as far as anybody knows.
            (None, Some(before)) if near(before.p) => Some(Stop { anchor: before.p, since: before.at }),
            _ => None,
        };
    }
    if !config.classes.contains(&rules.profile.class) {
        return;
    }
    let minutes = state.stop.map_or(0.0, |s| fix.at.since(s.since) as f32 / 60_000.0);
    let holds = state.stop.is_some() && !may_stop(rules, around);
    // Silence in between changes nothing: it is found where it stood.
    let hold = Hold { dwell: config.dwell, count: 2, gap: i64::MAX, ..Hold::default() };
    let look = around.look(minutes, config.dwell as f32 / 60_000.0, 0.9);
    let subject = (SensorRule::IllegalStop, rules.own);
    if holds && !stays {
        // Another stop than the one before.
        state.episodes.close(SensorRule::IllegalStop, rules.own, fix.at, "drove on");
    }
    if holds {
        state.episodes.look(subject, Some(true), look, &hold);
    } else {
        state.episodes.close(SensorRule::IllegalStop, rules.own, fix.at, "drove on");
    }
}

/// Whether it is at a site or in a yard.
fn may_stop(rules: &VehicleRules<'_>, around: &Around<'_>) -> bool {
    let kinds = around.inside.iter().map(|i| rules.map.fences[*i as usize].fence.kind);
    kinds.into_iter().any(|kind| matches!(kind, FenceKind::Site | FenceKind::Depot))
}

/// Whether it is at a site at which its permit lets it unload.
pub(super) fn may_unload(rules: &VehicleRules<'_>, around: &Around<'_>) -> bool {
    let fences = around.inside.iter().map(|i| &rules.map.fences[*i as usize].fence);
    let mut sites = fences.filter(|f| f.kind == FenceKind::Site).peekable();
    if sites.peek().is_none() {
        return false;
    }
    // Without a permit in force it is the permit that is missing, not the site.
    let mut permits = around.permits.iter();
    around.permits.is_empty()
        || permits.any(|p| p.permit.sites.is_empty() || sites.clone().any(|f| p.permit.sites.contains(&f.id)))
}
