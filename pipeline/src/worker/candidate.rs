//! A change in the words of the dispatch topic.

use super::camera::Shared;
use crate::codes::problem_of;
use crate::config::Camera;
use crate::payload::{Candidate, Object, candidate_id};
use operators::vocabulary::Change;

/// The candidate that a change is about, without evidence.
pub(super) fn candidate(shared: &Shared, camera: &Camera, change: &Change) -> Candidate {
    let city = &shared.city;
    let time = |at| camera.time(at, &city.timezone);
    let stay = &change.stay;
    let rule = camera.zone(&stay.zone, &stay.rule);
    let class = match rule.and_then(|z| camera.classes.get(&(z.id.clone(), z.rule.kind()))) {
        Some(code) => city.codes.matter(code),
        None => problem_of(&stay.rule, change.last.label).and_then(|problem| city.codes.problem(problem)),
    };
    let (class_code, class_name) = class.map(|c| (c.code, c.name)).unwrap_or_default();
    let rule_version = rule.map_or("", |z| z.rule.version()).to_owned();
    Candidate {
        id: candidate_id(&camera.id, &camera.preset, stay),
        rule: stay.rule.clone(),
        class_code,
        class_name,
        class_table: Some(city.codes.id().to_owned()),
        camera: camera.id.clone(),
        preset: camera.preset.clone(),
        zone: stay.zone.clone(),
        grid: camera.grid.clone(),
        location: camera.location,
        component: None,
        first_seen: time(change.first_seen),
        raised_at: time(change.raised_at),
        last_seen: time(change.last.at),
        state: change.transition.into(),
        reason: change.reason.clone(),
        object: Object::new(change.last.label, change.last.score, change.last.bbox),
        dwell_s: change.dwell as f64 / 1000.0,
        evidence: Vec::new(),
        model: shared.eyes.model().clone(),
        rule_version,
    }
}
