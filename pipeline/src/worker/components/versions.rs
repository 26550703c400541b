//! Keeping up with the store: the newest approved version of the part of day that is on.

use super::loaded::Loaded;
use super::stage::{ComponentStage, merge};
use crate::baseline::{BaselineError, Origin, View};
use crate::config::{ChangeZone, UNREGISTERED_CHANGE};
use crate::telemetry::names;
use operators::components::{Area, ComponentId, Finding, Newcomers};
use operators::vocabulary::{EventTime, LocalTime, Millis, Outcome, StayId};

/// The store is looked at for newer versions this often, in event time.
const LOOK_AGAIN: Millis = 60_000;

impl ComponentStage {
    /// Sees to it that the newest approved baseline of this part of the day is
    /// loaded; answers the findings that a new version ended.
    pub(super) fn prepare(&mut self, at: EventTime, local: LocalTime, out: &mut Outcome) -> Vec<Finding> {
        let Some(part) = self.baselines.part(local).map(|part| part.name.clone()) else {
            self.loaded = None;
            return Vec::new();
        };
        let same = self.looked.as_ref().is_some_and(|(looked, when)| *looked == part && at.since(*when) < LOOK_AGAIN);
        if same {
            return Vec::new();
        }
        self.looked = Some((part.clone(), at));
        let view = View { camera: self.camera.id.clone(), preset: self.camera.preset.clone(), part };
        match self.load(view, out) {
            Ok(ended) => ended,
            Err(error) => {
                self.loaded = None;
                tracing::error!(camera = %self.camera.id, %error, "no comparison");
                metrics::counter!(names::NOT_COMPARED, "camera" => self.camera.id.clone(), "reason" => "baseline")
                    .increment(1);
                Vec::new()
            }
        }
    }

    fn load(&mut self, view: View, out: &mut Outcome) -> Result<Vec<Finding>, BaselineError> {
        let Some(stored) = self.store.approved(&view)? else {
            self.loaded = None;
            return Ok(Vec::new());
        };
        let version = stored.record.version;
        let known = self.loaded.as_ref().is_some_and(|l| l.view == view && l.stored.record.version == version);
        if known {
            return Ok(Vec::new());
        }
        let changes: Vec<&ChangeZone> = self.changes.iter().map(|c| &c.zone).collect();
        let loaded = Loaded::open(&self.store, view.clone(), stored, &self.registered, &changes)?;
        tracing::info!(camera = %self.camera.id, part = %view.part, version, "compares with this baseline");
        let before = self.memory.versions.insert(view.part.clone(), version);
        let accepted = match before.filter(|before| *before < version) {
            Some(before) => self.accepted_since(&view, before)?,
            None => Accepted::default(),
        };
        let mut ended = Vec::new();
        if let Some(components) = &accepted.components {
            for zone in &mut self.zones {
                let outcome = zone.watch.accept(components);
                merge(out, outcome);
                ended.extend(zone.watch.findings());
            }
        }
        for change in self.changes.iter_mut().filter(|c| c.zone.part == view.part) {
            if change.watch.is_none() {
                let area = Area { id: change.zone.id.clone(), polygon: change.zone.polygon.clone() };
                let config = change.zone.watch.clone();
                change.watch = Newcomers::new(config, &loaded.baseline, &[area], &self.registered);
            }
            let Some(watch) = &mut change.watch else { continue };
            if let Some(snapshot) = change.remembered.take() {
                merge(out, renamed(watch.restore(snapshot)));
            }
            if accepted.places {
                merge(out, renamed(watch.accept(&loaded.baseline)));
            }
            ended.extend(watch.findings().map(renamed_finding));
        }
        self.loaded = Some(loaded);
        Ok(ended)
    }

    /// What was accepted after a version.
    fn accepted_since(&self, view: &View, before: u32) -> Result<Accepted, BaselineError> {
        let mut accepted = Accepted::default();
        for stored in self.store.versions(view)?.into_iter().filter(|s| s.record.version > before) {
            match (&stored.approval, &stored.record.origin) {
                (None, _) => {}
                // A person or a rule said that this is how everything should be; no id means all.
                (Some(_), Origin::Built { .. }) => {
                    return Ok(Accepted { components: Some(Vec::new()), places: true });
                }
                (Some(_), Origin::Accepted { components, .. }) if components.is_empty() => accepted.places = true,
                (Some(_), Origin::Accepted { components, .. }) => {
                    let ids = components.iter().map(|id| ComponentId(id.clone()));
                    accepted.components.get_or_insert_default().extend(ids);
                }
            }
        }
        Ok(accepted)
    }
}

/// What newer versions say is as it should be.
#[derive(Default)]
struct Accepted {
    /// These components, or all of them where the list is empty.
    components: Option<Vec<ComponentId>>,
    /// What stands where nothing is registered.
    places: bool,
}

/// Newcomers under the name of the rule that CITY.toml gives them.
pub(super) fn renamed(mut outcome: Outcome) -> Outcome {
    let name = |stay: &mut StayId| stay.rule = UNREGISTERED_CHANGE.to_owned();
    outcome.changes.iter_mut().for_each(|c| name(&mut c.stay));
    outcome.keep.iter_mut().for_each(|k| name(&mut k.stay));
    outcome.forget.iter_mut().for_each(name);
    outcome
}

pub(super) fn renamed_finding(mut finding: Finding) -> Finding {
    finding.stay.rule = UNREGISTERED_CHANGE.to_owned();
    finding
}
