//! What a camera saw of a vehicle, beside what its terminal and its permits say.

use super::fix::Fix;
use super::vehicle::{VehicleRules, VehicleState};
use crate::ground::LonLat;
use crate::series::{Entry, Look};
use crate::vocabulary::{EventTime, Millis, Seen, SensorRule};
use serde::{Deserialize, Serialize};

/// A plate that was read, waiting for the terminal's word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sighting {
    at: EventTime,
    place: Option<LonLat>,
    camera: String,
    score: f32,
    /// Time and place of the terminal's last fix before it.
    before: Option<(EventTime, LonLat)>,
}

/// What the terminal says of a sighting.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    Agrees,
    Disagrees,
    /// Neither near nor far enough to tell.
    Unclear,
}

/// Sightings that may wait.
const MOST: usize = 16;
/// How far a vehicle may have come, m/s.
const FASTEST: f64 = 33.0;

/// A camera read the plate.
pub(super) fn seen(rules: &VehicleRules<'_>, state: &mut VehicleState, entry: &Entry, seen: &Seen) {
    let config = &rules.config.permit;
    if !config.classes.contains(&rules.profile.class) || seen.score < config.plate_score {
        return;
    }
    let sighting = Sighting {
        at: entry.at,
        place: entry.place,
        camera: entry.camera.as_deref().unwrap_or_default().to_owned(),
        score: seen.score,
        before: state.fixes.last.map(|f| (f.at, f.place)),
    };
    expire(rules, state, entry.at);
    if !rules.profile.terminal {
        if !rules.is_permitted(sighting.at) {
            let look = look_of(&sighting, sighting.score * 0.8);
            let gone = |last: EventTime| sighting.at.since(last) > config.passage;
            if state.episodes.open(SensorRule::NoPermit, rules.own).is_some_and(|e| gone(e.last)) {
                state.episodes.close(SensorRule::NoPermit, rules.own, sighting.at, "not seen any more");
            }
            let episode = state.episodes.decide(SensorRule::NoPermit, rules.own, look);
            episode.note("neither a terminal nor a permit is known for this plate");
            episode.note(format!("read by camera {}", sighting.camera));
        }
        return;
    }
    match sighting.before.map(|(at, place)| word(rules, &sighting, at, place)) {
        Some(word) if word != Word::Unclear => conclude(rules, state, &sighting, word),
        _ => {
            if state.sightings.len() == MOST {
                state.sightings.remove(0);
            }
            state.sightings.push(sighting);
        }
    }
}

/// The terminal's next fix says something of the sightings that wait.
pub(super) fn meet(rules: &VehicleRules<'_>, state: &mut VehicleState, fix: &Fix) {
    if state.sightings.is_empty() {
        return;
    }
    for sighting in std::mem::take(&mut state.sightings) {
        match word(rules, &sighting, fix.at, fix.place) {
            Word::Unclear => state.sightings.push(sighting),
            word => conclude(rules, state, &sighting, word),
        }
    }
    expire(rules, state, fix.at);
}

/// What a fix says of a sighting: nothing if it is of another time.
fn word(rules: &VehicleRules<'_>, sighting: &Sighting, at: EventTime, place: LonLat) -> Word {
    let config = &rules.config.permit;
    let apart = sighting.at.since(at).abs();
    let Some(there) = sighting.place.filter(|_| apart <= config.near) else { return Word::Unclear };
    let (distance, driven) = (there.distance_m(place), FASTEST * apart as f64 / 1000.0);
    if distance > config.far_m + driven {
        Word::Disagrees
    } else if distance <= config.near_m + driven {
        Word::Agrees
    } else {
        Word::Unclear
    }
}

fn conclude(rules: &VehicleRules<'_>, state: &mut VehicleState, sighting: &Sighting, word: Word) {
    let by = format!("read by camera {}", sighting.camera);
    if word == Word::Agrees {
        state.agreed = Some(state.agreed.map_or(sighting.at, |at| at.max(sighting.at)));
        state.episodes.close(SensorRule::PlateElsewhere, rules.own, sighting.at, "seen where its terminal is");
        state.episodes.close(SensorRule::TerminalSilent, rules.own, sighting.at, "its terminal reports again");
    } else {
        let episode = state.episodes.decide(SensorRule::PlateElsewhere, rules.own, look_of(sighting, sighting.score));
        episode.note("its terminal reports from elsewhere: a false plate, or the terminal is in another vehicle");
        episode.note(by.clone());
    }
    without_permit(rules, state, sighting, word == Word::Agrees);
}

/// A vehicle that was seen driving and has no permit. Agreement raises the confidence, disagreement lowers it.
fn without_permit(rules: &VehicleRules<'_>, state: &mut VehicleState, sighting: &Sighting, agrees: bool) {
    let empty = rules.config.permit.loaded_only && state.load.last.is_some_and(|l| l <= rules.config.stop.empty);
    if rules.is_permitted(sighting.at) || (agrees && empty) {
        return;
    }
    let confidence = if agrees { 1.0 - (1.0 - sighting.score) * 0.2 } else { sighting.score * 0.5 };
    let known = state.episodes.open(SensorRule::NoPermit, rules.own).is_some();
    if agrees || !known {
        let episode = state.episodes.decide(SensorRule::NoPermit, rules.own, look_of(sighting, confidence));
        episode.note(format!("read by camera {}", sighting.camera));
    }
    if let Some(episode) = state.episodes.open_mut(SensorRule::NoPermit, rules.own) {
        episode.sure(confidence);
        episode.note(if agrees { "camera and terminal agree" } else { "camera and terminal disagree" });
    }
}

/// Sightings whose time is over: a terminal without a fix all about them is silent.
fn expire(rules: &VehicleRules<'_>, state: &mut VehicleState, now: EventTime) {
    let config = &rules.config.permit;
    let (over, wait): (Vec<_>, Vec<_>) =
        std::mem::take(&mut state.sightings).into_iter().partition(|s| now.since(s.at) > config.silent);
    state.sightings = wait;
    for sighting in over {
        let near = |at: EventTime| (sighting.at.since(at).abs() as Millis) <= config.silent;
        let heard = sighting.before.is_some_and(|(at, _)| near(at)) || state.fixes.last.is_some_and(|f| near(f.at));
        if heard {
            continue;
        }
        let look = look_of(&sighting, sighting.score * 0.9);
        let episode = state.episodes.decide(SensorRule::TerminalSilent, rules.own, look);
        episode.note("driving, and its terminal says nothing");
        episode.note(format!("read by camera {}", sighting.camera));
        without_permit(rules, state, &sighting, false);
    }
}

fn look_of(sighting: &Sighting, confidence: f32) -> Look {
    Look { at: sighting.at, place: sighting.place, value: sighting.score, limit: 0.0, confidence }
}
