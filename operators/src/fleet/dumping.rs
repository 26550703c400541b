//! Dumping: it stands outside the sites of its permit, and its body is lifted or its load goes.

use super::stop::may_unload;
use super::vehicle::{Around, VehicleRules, VehicleState};
use crate::series::Hold;
use crate::vocabulary::{EventTime, Millis, SensorRule};
use serde::{Deserialize, Serialize};

/// What is remembered of the load.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct LoadMemory {
    /// As last reported.
    pub last: Option<f32>,
    /// When it was last reported to be loaded.
    loaded: Option<EventTime>,
}

/// A load that was there longer ago than this went nobody knows where.
const RECENT: Millis = 600_000;

/// Reads one fix: is it unloading.
pub(super) fn unload(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let config = &rules.config.stop;
    let at = around.fix.at;
    let dropped = match around.motion.load {
        Some(load) if load >= config.loaded => {
            state.load.loaded = Some(at);
            false
        }
        Some(load) if load <= config.empty => state.load.loaded.take().is_some_and(|loaded| at.since(loaded) <= RECENT),
        _ => false,
    };
    state.load.last = around.motion.load.or(state.load.last);
    if !config.classes.contains(&rules.profile.class) {
        return;
    }
    if state.stop.is_none() {
        state.episodes.close(SensorRule::Dumping, rules.own, at, "drove on");
        return;
    }
    let lifted = around.motion.lifted == Some(true);
    if !(dropped || lifted) || may_unload(rules, around) {
        return;
    }
    let known = state.episodes.open(SensorRule::Dumping, rules.own).is_some_and(|e| e.raised.is_some());
    let look = around.look(1.0, 0.0, if dropped && (lifted || known) { 0.95 } else { 0.8 });
    let subject = (SensorRule::Dumping, rules.own);
    let episode = if dropped {
        Some(state.episodes.decide(SensorRule::Dumping, rules.own, look))
    } else {
        // One report of a lifted body may be a wrong bit.
        state.episodes.look(subject, Some(true), look, &Hold { count: 2, ..Hold::default() })
    };
    if let Some(episode) = episode {
        if lifted {
            episode.note("body lifted");
        }
        if dropped {
            episode.note("its load went while it stood");
        }
    }
}
