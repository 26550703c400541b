//! A full bin, by its sensor and by cameras: agreeing raises the confidence, disagreeing lowers it and says so.

use super::device::{SensorRules, SensorState, hysteresis, over};
use crate::series::{Entry, Hold};
use crate::vocabulary::{BinReport, Condition, EventTime, Seen, SensorRule};
use serde::{Deserialize, Serialize};

/// What is remembered of a bin.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct BinMemory {
    /// The sensor's word: full or not, and when.
    sensor: Option<(EventTime, bool)>,
    fill: f32,
    camera: Option<CameraWord>,
    /// It is hot, as last measured.
    hot: Option<bool>,
}

/// What a camera has said so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct CameraWord {
    at: EventTime,
    camera: Box<str>,
    full: bool,
    /// Looks in a row that say so.
    looks: u32,
    score: f32,
}

/// The sensor reports.
pub(super) fn report(rules: &SensorRules<'_>, state: &mut SensorState, at: EventTime, report: &BinReport) {
    let config = &rules.config.bin;
    if let Some(fill) = report.fill {
        let was_full = state.bin.sensor.is_some_and(|(_, full)| full);
        let raised = was_full && state.has_raised(SensorRule::BinFull, rules.own);
        state.bin.sensor = Some((at, over(raised, fill, config.full, config.emptied)));
        state.bin.fill = fill;
        join(rules, state, at, true);
    }
    if let Some(celsius) = report.temperature_c {
        state.bin.hot = hysteresis(state.bin.hot, celsius, config.hot_c, config.cool_c);
        let look = state.look(at, celsius, config.hot_c, 0.9);
        let hold = Hold { gap: i64::MAX, ..Hold::default() };
        state.episodes.look((SensorRule::BinFire, rules.own), state.bin.hot, look, &hold);
    }
}

/// A camera saw it. A lid that is open and a bin that fell say nothing of its fill.
pub(super) fn seen(rules: &SensorRules<'_>, state: &mut SensorState, entry: &Entry, seen: &Seen) {
    let config = &rules.config.bin;
    let Some(condition) = seen.condition.filter(|c| c.score >= config.score) else { return };
    let full = match condition.condition {
        Condition::BinOverRim | Condition::BinWasteBeside => true,
        Condition::BinNormal => false,
        _ => return,
    };
    let at = entry.at;
    let looks = match &state.bin.camera {
        Some(word) if word.full == full && at.since(word.at) <= config.camera_fresh => word.looks.saturating_add(1),
        _ => 1,
    };
    let camera = entry.camera.clone().unwrap_or_default();
    state.bin.camera = Some(CameraWord { at, camera, full, looks, score: condition.score });
    join(rules, state, at, false);
}

/// What both say together, now that the sensor or the camera has spoken.
fn join(rules: &SensorRules<'_>, state: &mut SensorState, at: EventTime, by_sensor: bool) {
    let config = &rules.config.bin;
    let sensor = state.bin.sensor.filter(|(when, _)| at.since(*when) <= config.sensor_fresh).map(|(_, full)| full);
    let word = state.bin.camera.as_ref();
    let word = word.filter(|w| w.looks >= config.looks && at.since(w.at) <= config.camera_fresh).cloned();
    let camera = word.as_ref().map(|w| w.full);
    let raised = state.has_raised(SensorRule::BinFull, rules.own);
    let holds = match (sensor, camera) {
        (None, None) => None,
        // A camera's look is no second report of the sensor.
        (Some(true), not_full) if !by_sensor && not_full != Some(true) && !raised => None,
        // The sensor that says emptied is believed when the camera says nothing against it, and the other way round.
        (a, b) => Some(a == Some(true) || b == Some(true)),
    };
    let confidence = match (sensor, &word) {
        (Some(a), Some(w)) if a == w.full => 0.97,
        (Some(_), Some(_)) => 0.4,
        (None, Some(w)) => w.score.min(0.85),
        _ => 0.75,
    };
    let name = word.map(|w| w.camera).unwrap_or_default();
    let look = state.look(at, state.bin.fill, config.full, confidence);
    // A camera's word is of several looks already.
    let hold = if camera == Some(true) { Hold { count: 1, ..config.hold } } else { config.hold };
    if let Some(episode) = state.episodes.look((SensorRule::BinFull, rules.own), holds, look, &hold) {
        match (sensor, camera) {
            (Some(true), Some(true)) => episode.note(format!("camera {name} agrees")),
            (Some(true), Some(false)) => episode.note(format!("camera {name} says it is not full")),
            (Some(false), Some(true)) => episode.note(format!("only camera {name} says so, its sensor does not")),
            (None, Some(true)) => episode.note(format!("only camera {name} says so, its sensor is silent")),
            _ => {}
        }
    }
}
