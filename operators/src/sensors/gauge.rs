//! Ponding: water on a road, with hysteresis.

use super::device::{SensorRules, SensorState, over};
use crate::vocabulary::{EventTime, GaugeReport, SensorRule};

/// The sensor reports.
pub(super) fn report(rules: &SensorRules<'_>, state: &mut SensorState, at: EventTime, report: &GaugeReport) {
    let config = &rules.config.gauge;
    let Some(depth) = report.depth_cm else { return };
    let raised = state.has_raised(SensorRule::Ponding, rules.own);
    let deep = over(raised, depth, config.raise_cm, config.clear_cm);
    let look = state.look(at, depth, config.raise_cm, 0.9);
    state.episodes.look((SensorRule::Ponding, rules.own), Some(deep), look, &config.hold);
}
