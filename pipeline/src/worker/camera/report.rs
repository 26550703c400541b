//! What a camera's thread tells the rest: stills and changes, snapshots, its health, its counts.

use super::CameraWorker;
use crate::payload::{CameraHealth, CameraState, HealthCounts};
use crate::source::Sample;
use crate::telemetry::names;
use crate::worker::components::{ComponentStage, Told};
use crate::worker::dispatcher::{Job, News, Snapshots};
use crate::worker::health::Shown;
use crate::worker::stills::Kept;
use operators::gate::{Gate, GateConfig};
use operators::vocabulary::{EventTime, Outcome, Transition};
use std::sync::Arc;

impl CameraWorker {
    /// Passes an outcome on: stills first, then the changes that need them.
    pub(super) fn hand_on(&mut self, outcome: Outcome, told: Option<Arc<Told>>, sample: Option<&Sample>) {
        if let Some(burst) = outcome.burst {
            self.feed.burst(burst.until);
        }
        if let Some(sample) = sample.filter(|_| !outcome.keep.is_empty()) {
            let (keeps, frame, told) = (outcome.keep, sample.frame.clone(), told.clone());
            let kept = Kept { camera: self.camera.clone(), keeps, told, frame };
            self.jobs.send(Job::Keep(Box::new(kept)));
        }
        if !outcome.changes.is_empty() {
            let raised = outcome.changes.iter().any(|c| c.transition == Transition::Raised);
            let clip = sample
                .filter(|_| raised)
                .and_then(|s| self.feed.clip(s.at.plus(-self.shared.city.limits.pre_roll), s.at));
            let snapshot = self.shared.live.then(|| self.snapshots());
            let at = self.state.last.unwrap_or_default();
            self.state.last_snapshot = at;
            self.jobs.send(Job::News(Box::new(News {
                camera: self.camera.clone(),
                at,
                changes: outcome.changes,
                told,
                clip,
                snapshot,
                captured: sample.filter(|_| self.shared.live).map(|s| s.captured),
                configuration: self.configuration.clone(),
            })));
        }
        for stay in outcome.forget {
            self.jobs.send(Job::Forget(self.camera.clone(), stay));
        }
    }

    pub(super) fn snapshot(&mut self, at: EventTime) {
        self.state.last_snapshot = at;
        self.jobs.send(Job::Snapshot(self.camera.clone(), at, Box::new(self.snapshots())));
    }

    pub(super) fn snapshots(&self) -> Snapshots {
        let components = self.state.components.as_ref().map(ComponentStage::memory);
        Snapshots { watch: self.state.watch.snapshot(), components, segments: self.state.position }
    }

    /// Tells the world, and holds the rules or lets them go on.
    pub(super) fn health_changed(&mut self, shown: Option<Shown>) {
        let at = self.state.last.unwrap_or_default();
        match (self.state.health.suspension(), self.state.watch.suspension()) {
            (Some(why), held) if held.is_none_or(|(_, h)| h != why) => {
                metrics::counter!(names::SUSPENSIONS, "camera" => self.camera.id.clone(),
                    "reason" => format!("{why:?}").to_lowercase())
                .increment(1);
                self.state.watch.suspend(at, why);
                if let Some(view) = &self.view {
                    view.held(at, why);
                }
                // What stood there must be looked at again afterwards.
                self.state.gate = self.camera.gate.then(|| Gate::new(GateConfig::default()));
            }
            (None, Some(_)) => {
                self.state.watch.resume(at);
                if let Some(view) = &self.view {
                    view.resumed(at);
                }
            }
            _ => {}
        }
        let Some(shown) = shown else { return };
        tracing::info!(camera = %self.camera.id, state = shown.state.as_str(), reason = %shown.reason, "camera");
        if !self.shared.live {
            return;
        }
        if let Some(before) = self.state.shown.replace(shown.state) {
            self.gauge(before).set(0.0);
        }
        self.gauge(shown.state).set(1.0);
        let feed = self.feed.counts();
        self.state.counts = HealthCounts {
            packets: feed.packets,
            dropped: feed.dropped,
            corrupt: feed.corrupt,
            reconnects: self.state.health.reconnects,
            ..self.state.counts
        };
        let health = CameraHealth {
            camera: self.camera.id.clone(),
            preset: self.camera.preset.clone(),
            state: shown.state,
            reason: Some(shown.reason),
            at: self.time(self.shared.clock.now()),
            since: self.time(shown.since),
            last_picture: self.state.last.map(|at| self.time(at)),
            counts: self.state.counts,
        };
        self.jobs.send(Job::Health(Box::new(health)));
    }

    pub(super) fn gauge(&self, state: CameraState) -> metrics::Gauge {
        metrics::gauge!(names::CAMERA_STATE, "camera" => self.camera.id.clone(), "state" => state.as_str())
    }

    /// Counts what the operators did not process since the last picture.
    pub(super) fn count_refused(&mut self) {
        let (now, before) = (self.state.watch.refused(), self.state.refused);
        self.state.refused = now;
        for (reason, now, before) in [
            ("out_of_order", now.out_of_order, before.out_of_order),
            ("suspended", now.suspended, before.suspended),
            ("detections", now.detections, before.detections),
            ("tracks", now.tracks, before.tracks),
            ("stays", now.stays, before.stays),
        ] {
            if now > before {
                metrics::counter!(names::REFUSED, "camera" => self.camera.id.clone(), "reason" => reason)
                    .increment(now - before);
            }
        }
    }
}
