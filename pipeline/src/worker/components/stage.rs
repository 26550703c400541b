//! The comparison at work.

use super::loaded::Loaded;
use super::memory::ComponentMemory;
use super::told::Told;
use super::versions::{renamed, renamed_finding};
use crate::baseline::{self, Store};
use crate::config::{Baselines, Camera, ChangeZone, City, UNREGISTERED_CHANGE};
use crate::evidence::Compared;
use crate::registry::ZonePlan;
use crate::telemetry::names;
use models::Planes;
use operators::components::{
    Comparison, ComponentWatch, ComponentWatchConfig, Finding, Grey, Newcomers, NewcomersSnapshot, Off, Pose,
    Registered,
};
use operators::vocabulary::{Detection, EventTime, LocalTime, Outcome, StayId, Transition};
use operators::watch::Suspension;
use std::sync::Arc;

/// Where the camera looks, for health.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::worker) enum Look {
    /// As the baseline did, or nobody can tell.
    #[default]
    Fine,
    /// Judged, but worth saying: bumped a little, or nothing to compare with.
    Noted(String),
    /// Off its preset: nothing is judged.
    Off(String),
}

pub(super) struct Zone {
    pub(super) plan: ZonePlan,
    pub(super) watch: ComponentWatch,
}

pub(super) struct Change {
    pub(super) zone: ChangeZone,
    /// Begins with the first baseline of its part of the day.
    pub(super) watch: Option<Newcomers>,
    /// Waits for that.
    pub(super) remembered: Option<NewcomersSnapshot>,
}

/// The components of one camera.
pub(in crate::worker) struct ComponentStage {
    pub(super) camera: Arc<Camera>,
    pub(super) store: Store,
    pub(super) baselines: Baselines,
    pub(super) zones: Vec<Zone>,
    pub(super) changes: Vec<Change>,
    pub(super) registered: Vec<Registered>,
    /// Knows no component: it only watches the pose.
    pose: ComponentWatch,
    pub(super) memory: ComponentMemory,
    pub(super) loaded: Option<Loaded>,
    /// When the store was last looked at, and for which part of the day.
    pub(super) looked: Option<(String, EventTime)>,
    compared: Option<EventTime>,
    look: Look,
    /// Comparisons that did not count, as last reported.
    not_counted: u64,
}

impl ComponentStage {
    /// The stage of a camera, going on from what an earlier run left; `None` where it compares nothing.
    pub fn new(
        city: &City,
        camera: &Arc<Camera>,
        plans: &[ZonePlan],
        memory: Option<ComponentMemory>,
    ) -> Option<(ComponentStage, Outcome)> {
        if !camera.compares() {
            return None;
        }
        let mut memory = memory.unwrap_or_default();
        let mut out = Outcome::default();
        let zones = plans.iter().map(|plan| {
            let config = plan.zone.watch.clone();
            let watch = match memory.zones.remove(&plan.zone.id) {
                None => ComponentWatch::new(config, &plan.registered),
                Some(snapshot) => {
                    let (watch, outcome) = ComponentWatch::restore(config, &plan.registered, snapshot);
                    merge(&mut out, outcome);
                    watch
                }
            };
            Zone { plan: plan.clone(), watch }
        });
        let zones: Vec<Zone> = zones.collect();
        // Zones that CITY.toml has no more: their open candidates end.
        for (_, snapshot) in std::mem::take(&mut memory.zones) {
            let (_, outcome) = ComponentWatch::restore(ComponentWatchConfig::default(), &[], snapshot);
            merge(&mut out, outcome);
        }
        let changes = camera.change_zones.iter().map(|zone| {
            let remembered = memory.changes.remove(&zone.id);
            Change { zone: zone.clone(), watch: None, remembered }
        });
        let stage = ComponentStage {
            store: Store::new(&city.baselines.store),
            baselines: city.baselines.clone(),
            registered: plans.iter().flat_map(|plan| plan.registered.clone()).collect(),
            changes: changes.collect(),
            zones,
            pose: ComponentWatch::new(ComponentWatchConfig::default(), &[]),
            memory,
            loaded: None,
            looked: None,
            compared: None,
            look: Look::Fine,
            not_counted: 0,
            camera: camera.clone(),
        };
        Some((stage, out))
    }

    /// Whether a picture of this moment is wanted.
    pub fn is_due(&self, at: EventTime) -> bool {
        let every = self.camera.compare.unwrap_or(0);
        self.compared.is_none_or(|last| at.since(last) >= every)
    }

    /// Where the camera looks, as of the last picture.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// Compares one picture. `standing` is what the detector sees in it.
    pub fn observe(
        &mut self,
        at: EventTime,
        local: LocalTime,
        planes: &Planes<'_>,
        standing: &[Detection],
    ) -> (Outcome, Told) {
        self.compared = Some(at);
        let mut out = Outcome::default();
        let mut findings = self.prepare(at, local, &mut out);
        let grey = match self.grey(planes) {
            Ok(grey) => grey,
            Err(why) => {
                self.note(why);
                return (out, Told { findings, ..Told::default() });
            }
        };
        let Some(loaded) = &self.loaded else { return (out, Told { findings, ..Told::default() }) };
        let (movers, passers) = (baseline::movers(standing), baseline::passers(standing));
        let comparison = loaded.comparer.compare(&grey, &movers);
        for v in &comparison.verdicts {
            tracing::trace!(camera = %self.camera.id, at = at.0, component = %v.component, state = v.state.as_str(),
                score = v.score, likeness = v.likeness, surroundings = v.surroundings, doubt = ?v.doubt, "compared");
        }
        tracing::trace!(camera = %self.camera.id, at = at.0, pose = ?comparison.pose, ?movers, ?passers, "where the camera looks");
        metrics::counter!(names::COMPARED, "camera" => self.camera.id.clone()).increment(1);
        for zone in &mut self.zones {
            let own = |v: &&operators::components::Verdict| zone.plan.registered.iter().any(|r| r.id == v.component);
            let verdicts = comparison.verdicts.iter().filter(own).cloned().collect();
            let seen = zone.watch.observe(at, local, &Comparison { pose: comparison.pose, verdicts });
            merge(&mut out, seen);
            findings.extend(zone.watch.findings());
        }
        for change in self.changes.iter_mut().filter(|c| c.zone.part == loaded.view.part) {
            let Some(watch) = &mut change.watch else { continue };
            let seen = watch.observe(at, &grey, &passers, &comparison);
            merge(&mut out, renamed(seen));
            findings.extend(watch.findings().map(renamed_finding));
        }
        let pose = Comparison { pose: comparison.pose, verdicts: Vec::new() };
        self.pose.observe(at, local, &pose);
        let told = self.told(&grey, &comparison, &out, findings);
        self.look_at(&comparison.pose);
        self.count_not_counted();
        (out, told)
    }

    /// The source has ended.
    pub fn finish(&mut self) -> (Outcome, Told) {
        let mut out = Outcome::default();
        let mut findings = Vec::new();
        for zone in &mut self.zones {
            findings.extend(zone.watch.findings());
            let last = zone.watch.finish();
            merge(&mut out, last);
        }
        let newcomers = self.changes.iter().filter_map(|c| c.watch.as_ref()).flat_map(Newcomers::findings);
        findings.extend(newcomers.map(renamed_finding));
        let baseline = self.loaded.as_ref().and_then(Loaded::reference);
        (out, Told { findings, baseline, ..Told::default() })
    }

    /// Everything that must outlive this worker.
    pub fn memory(&self) -> ComponentMemory {
        let mut memory = ComponentMemory { versions: self.memory.versions.clone(), ..ComponentMemory::default() };
        memory.zones = self.zones.iter().map(|zone| (zone.plan.zone.id.clone(), zone.watch.snapshot())).collect();
        for change in &self.changes {
            let snapshot = change.watch.as_ref().map(Newcomers::snapshot).or_else(|| change.remembered.clone());
            memory.changes.extend(snapshot.map(|snapshot| (change.zone.id.clone(), snapshot)));
        }
        memory
    }

    /// The picture as it is compared, or why it cannot be.
    fn grey(&self, planes: &Planes<'_>) -> Result<Grey, String> {
        let Some(loaded) = &self.loaded else {
            let part = self.looked.as_ref().map_or("this part of the day", |(part, _)| part);
            return Err(format!("components are not judged: no usable approved baseline for {part}"));
        };
        let [width, height] = loaded.stored.record.picture_size;
        if (planes.width, planes.height) != (width, height) {
            return Err(format!(
                "components are not judged: the baseline is of {width}x{height}, the pictures are of {}x{}; build a new one",
                planes.width, planes.height
            ));
        }
        Grey::from_plane(planes.width, planes.height, planes.y_stride, planes.y)
            .ok_or_else(|| "components are not judged: the picture is too small".to_owned())
    }

    fn told(&self, grey: &Grey, comparison: &Comparison, out: &Outcome, findings: Vec<Finding>) -> Told {
        let Some(loaded) = &self.loaded else { return Told { findings, ..Told::default() } };
        let mut told = Told { findings, baseline: loaded.reference(), ..Told::default() };
        let raised = |stay: &StayId| out.changes.iter().any(|c| c.stay == *stay && c.transition == Transition::Raised);
        if !out.changes.iter().any(|c| raised(&c.stay)) {
            return told;
        }
        let overlay = loaded.comparer.overlay(grey, comparison);
        let picture = loaded.picture(&self.store);
        for change in out.changes.iter().filter(|c| c.transition == Transition::Raised) {
            let component = self.registered.iter().find(|r| r.id.as_str() == change.stay.zone);
            let compared = Compared {
                baseline: picture.clone(),
                until: Some(loaded.stored.record.until),
                overlay: overlay.clone(),
                form: component.filter(|_| change.stay.rule != UNREGISTERED_CHANGE).map(|c| c.form.clone()),
                found: change.last.bbox,
            };
            told.compared.insert(change.stay.clone(), Arc::new(compared));
        }
        told
    }

    fn look_at(&mut self, pose: &Pose) {
        self.look = match (self.pose.suspension(), self.pose.bumped(), pose) {
            (Some((_, Suspension::Moved)), _, _) => {
                let how = match pose {
                    Pose::Off(Off::Turned) => "turned further than can be realigned",
                    Pose::Off(Off::Zoomed) => "zoomed",
                    Pose::Off(Off::Unrecognised) => "shows another view, or is covered",
                    Pose::Aligned(_) | Pose::Realigned(_) | Pose::Unclear => "was off, and is not sure to be back",
                };
                Look::Off(format!("the camera is off its baseline: {how}; turn it back, or build a new baseline"))
            }
            (_, Some(_), _) => Look::Noted("bumped a little: pictures are realigned with the baseline".to_owned()),
            _ => Look::Fine,
        };
    }

    /// Something that keeps the camera from being compared; said once by health.
    fn note(&mut self, why: String) {
        metrics::counter!(names::NOT_COMPARED, "camera" => self.camera.id.clone(), "reason" => "unusable").increment(1);
        self.look = Look::Noted(why);
    }

    fn count_not_counted(&mut self) {
        let total = self.zones.iter().map(|zone| zone.watch.not_counted());
        let now: u64 = total.map(|n| n.out_of_order + n.suspended + n.doubtful + n.closed + n.unknown).sum();
        if now > self.not_counted {
            metrics::counter!(names::NOT_COMPARED, "camera" => self.camera.id.clone(), "reason" => "not_counted")
                .increment(now - self.not_counted);
        }
        self.not_counted = now;
    }
}

/// Adds what another operator said of the same picture.
pub(in crate::worker) fn merge(into: &mut Outcome, from: Outcome) {
    into.changes.extend(from.changes);
    into.keep.extend(from.keep);
    into.forget.extend(from.forget);
    into.burst = into.burst.into_iter().chain(from.burst).max_by_key(|burst| burst.until);
}
