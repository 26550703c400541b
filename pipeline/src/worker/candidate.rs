//! A change in the words of the dispatch topic.

use super::camera::Shared;
use super::components::{Place, Told, point_of};
use crate::codes::{component_kind, problem_of};
use crate::config::{Camera, UNREGISTERED_CHANGE};
use crate::payload::{Candidate, ComponentFinding, Object, candidate_id};
use operators::components::{Fault, RULE_VERSION};
use operators::vocabulary::{Change, StayId};

/// Version of the logic of unregistered change, for `rule_version`.
const UNREGISTERED_VERSION: &str = "unregistered-change/1";

/// The candidate that a change is about, without evidence. `told` is what a
/// comparison knows of it.
pub(super) fn candidate(shared: &Shared, camera: &Camera, change: &Change, told: Option<&Told>) -> Candidate {
    let city = &shared.city;
    let time = |at| camera.time(at, &city.timezone);
    let stay = &change.stay;
    let book = shared.book.load();
    let place = book.place(camera, stay);
    let component = place.as_ref().and_then(Place::component);
    let zone = place.as_ref().map_or(Some(stay.zone.as_str()), Place::zone).unwrap_or(&stay.zone);
    let (class_code, class_name) = class(shared, camera, change, place.as_ref(), zone);
    let mut object = Object::new(change.last.label, change.last.score, change.last.bbox);
    if let Some(component) = component {
        let kind = component_kind(&component.class_code).map(|kind| kind.kind.as_str());
        object.label = kind.unwrap_or(component.nature.as_str()).to_owned();
    }
    let on_the_ground = component.and_then(|c| c.shape.as_ref()).and_then(point_of);
    Candidate {
        id: candidate_id(&camera.id, &camera.preset, stay),
        rule: stay.rule.clone(),
        class_code,
        class_name,
        class_table: Some(city.codes.id().to_owned()),
        camera: camera.id.clone(),
        preset: camera.preset.clone(),
        zone: zone.to_owned(),
        grid: component.and_then(|c| c.grid.clone()).or_else(|| camera.grid.clone()),
        location: on_the_ground.or(camera.location),
        component: place.as_ref().and_then(|place| component_id(place, stay)),
        finding: place.as_ref().and_then(|place| finding(place, stay, told)),
        sensor: None,
        first_seen: time(change.first_seen),
        raised_at: time(change.raised_at),
        last_seen: time(change.last.at),
        state: change.transition.into(),
        reason: change.reason.clone(),
        object,
        dwell_s: change.dwell as f64 / 1000.0,
        evidence: Vec::new(),
        model: shared.eyes.model().clone(),
        rule_version: rule_version(camera, stay, place.as_ref()).to_owned(),
    }
}

/// Code and name of the class: what CITY.toml gives the zone, else the city's own for the problem or component.
fn class(shared: &Shared, camera: &Camera, change: &Change, place: Option<&Place<'_>>, zone: &str) -> (String, String) {
    let codes = &shared.city.codes;
    let stay = &change.stay;
    let given = camera.classes.iter().find(|((id, rule), _)| id == zone && *rule == stay.rule).map(|(_, code)| code);
    let class = match (given, place) {
        (Some(code), _) => codes.matter(code).or_else(|| codes.component_fault(code)),
        (None, Some(Place::Component { component, .. })) => codes.component_fault(&component.class_code),
        (None, Some(Place::Change(zone))) => codes.problem(zone.problem),
        (None, Some(Place::Gone)) => None,
        (None, None) => problem_of(&stay.rule, change.last.label).and_then(|problem| codes.problem(problem)),
    };
    class.map(|c| (c.code, c.name)).unwrap_or_default()
}

/// Of a component that is in no zone any more only its id is left, which names the stay.
fn component_id(place: &Place<'_>, stay: &StayId) -> Option<String> {
    match place {
        Place::Component { component, .. } => Some(component.id.clone()),
        Place::Gone if stay.rule != UNREGISTERED_CHANGE => Some(stay.zone.clone()),
        Place::Gone | Place::Change(_) => None,
    }
}

fn finding(place: &Place<'_>, stay: &StayId, told: Option<&Told>) -> Option<ComponentFinding> {
    let found = told?.finding(stay)?;
    let component = place.component();
    Some(ComponentFinding {
        fault: found.fault.as_str().to_owned(),
        // A blocked lane is no missing cover.
        urgent: component.is_some_and(|c| c.urgent) && found.fault != Fault::Blocked,
        seen: found.seen,
        looks: found.looks,
        name: component.map(|c| c.name.clone()),
        competent: component.and_then(|c| c.competent.clone()),
        owner: component.and_then(|c| c.owner.clone()),
        baseline: told.and_then(|t| t.baseline.clone()),
    })
}

fn rule_version(camera: &Camera, stay: &StayId, place: Option<&Place<'_>>) -> &'static str {
    match place {
        Some(_) if stay.rule == UNREGISTERED_CHANGE => UNREGISTERED_VERSION,
        Some(_) => RULE_VERSION,
        None => camera.zone(&stay.zone, &stay.rule).map_or("", |z| z.rule.version()),
    }
}
