//! A cover that is open or tilted, or that water reaches.

use super::device::{SensorRules, SensorState, hysteresis};
use crate::vocabulary::{CoverReport, EventTime, SensorRule};

/// The sensor reports.
pub(super) fn report(rules: &SensorRules<'_>, state: &mut SensorState, at: EventTime, report: &CoverReport) {
    let config = &rules.config.cover;
    let tilted = report.tilt_deg.and_then(|deg| hysteresis(state.open, deg, config.tilt_deg, config.level_deg));
    // Its own word for open counts as much as its tilt; closed is what both say that say anything.
    let open = match (report.open, tilted) {
        (None, None) => None,
        (own, tilted) => Some(own == Some(true) || tilted == Some(true)),
    };
    if open.is_some() {
        state.open = open;
        let tilt = report.tilt_deg.unwrap_or(0.0);
        let look = state.look(
            at,
            tilt,
            config.tilt_deg,
            if report.open.is_some() && tilted == report.open { 0.97 } else { 0.9 },
        );
        let subject = (SensorRule::CoverOpen, rules.own);
        if let Some(episode) = state.episodes.look(subject, open, look, &config.hold) {
            match (report.open, tilted) {
                (Some(true), Some(false)) => episode.note("the device says open, but lies level"),
                (Some(false), Some(true)) => episode.note("the device says closed, but is tilted"),
                _ => {}
            }
        }
    }
    if let Some(water) = report.water {
        let look = state.look(at, 1.0, 0.0, 0.8);
        state.episodes.look((SensorRule::CoverWater, rules.own), Some(water), look, &config.water);
    }
}
