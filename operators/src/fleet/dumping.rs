//! Dumping: it stands outside the sites of its permit, and its body is lifted or its load goes.

use super::config::StopConfig;
use super::stop::{Stop, may_unload};
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
    /// When it was first reported to be empty after that.
    #[serde(default)]
    gone: Option<EventTime>,
}

/// A load that was there longer ago than this went nobody knows where.
const RECENT: Millis = 600_000;

/// Its last report before a stop is no older.
const BEFORE: Millis = 120_000;
/// One report of a lifted body may be a wrong bit; so may two that are further apart.
const LIFT: Hold = Hold { dwell: 0, count: 2, clear: 0, clear_count: 1, gap: 180_000 };

impl LoadMemory {
    /// Whether the load went in this stop: loaded when it began, and now two reports of an empty body, for scales fail
    /// too. What went unheard on the way went nobody knows where.
    fn went(&mut self, config: &StopConfig, at: EventTime, load: Option<f32>, stop: Option<Stop>) -> bool {
        self.last = load.or(self.last);
        match load {
            Some(load) if load >= config.loaded => (self.loaded, self.gone) = (Some(at), None),
            Some(load) if load <= config.empty => match self.gone {
                None => self.gone = Some(at),
                Some(gone) => {
                    let here = |loaded: EventTime| stop.is_some_and(|stop| stop.since.since(loaded) <= BEFORE);
                    return self.loaded.take().is_some_and(|loaded| here(loaded) && gone.since(loaded) <= RECENT);
                }
            },
            _ => {}
        }
        false
    }
}

/// Reads one fix: is it unloading.
pub(super) fn unload(rules: &VehicleRules<'_>, state: &mut VehicleState, around: &Around<'_>) {
    let config = &rules.config.stop;
    let at = around.fix.at;
    let dropped = state.load.went(config, at, around.motion.load, state.stop);
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
        state.episodes.look(subject, Some(true), look, &LIFT)
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
