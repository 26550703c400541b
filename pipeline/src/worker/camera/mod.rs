//! One camera: pulls samples, looks at them, hands on what the rules say.

mod report;

use super::city::Reached;
use super::components::{Book, ComponentStage, Place, Told, merge};
use super::dispatcher::{Job, JobSender, Snapshots};
use super::eyes::{Eyes, Found};
use super::health::HealthMerge;
use super::sightings::{Devices, Sightings};
use super::stages::{Stage, give_way, timed};
use super::views::{View, Views};
use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::payload::{CameraHealth, CameraState, HealthCounts};
use crate::source::{Feed, FeedEvent, Health, HealthReport, Sample, SegmentPosition};
use crate::telemetry::names;
use arc_swap::ArcSwap;
use operators::gate::{Gate, GateConfig, GateVerdict};
use operators::quality::{QualityConfig, QualityWatch};
use operators::vocabulary::{BBox, Detection, EventTime, LocalTime, Luma, Outcome, Picture, Polygon, StayId};
use operators::watch::{Refused, Suspension, Watch, WatchConfig};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Columns of the small grey picture.
const LUMA_WIDTH: usize = 320;
/// A live picture that waited longer gets no closer look.
const LATE: Duration = Duration::from_secs(1);
/// How long one wait for the feed lasts, so that a stop is noticed.
const PULL: Duration = Duration::from_millis(200);

/// What all cameras of a process share.
pub(super) struct Shared {
    pub city: Arc<City>,
    pub eyes: Arc<Eyes>,
    /// What the register says of each camera.
    pub book: ArcSwap<Book>,
    /// Bins with sensors, and which camera sees them.
    pub devices: Devices,
    /// What people see of each camera.
    pub views: Views,
    pub clock: Arc<dyn Clock>,
    pub stop: AtomicBool,
    /// Replay: no health, no snapshots, nothing about capture times.
    pub live: bool,
}

impl Shared {
    /// The outline that is drawn on the stills of a stay.
    pub fn polygon(&self, camera: &Camera, stay: &StayId) -> Option<Polygon> {
        match self.book.load().place(camera, stay) {
            Some(place) => Place::polygon(&place),
            None => camera.zone(&stay.zone, &stay.rule).map(|z| z.polygon.clone()),
        }
    }
}

/// What a worker of this camera knew before, in this process or an earlier one.
#[derive(Default)]
pub(super) struct Before {
    pub snapshots: Option<Snapshots>,
    /// Event time of the last picture, where the same source goes on.
    pub last: Option<EventTime>,
    pub counts: HealthCounts,
}

/// What a camera's thread leaves behind, for one that goes on with other settings.
pub(super) struct Left {
    /// The source, still open; `None` where it has ended.
    pub feed: Option<Feed>,
    pub before: Before,
}

/// One camera at work; lives on its own thread.
pub(super) struct CameraWorker {
    pub shared: Arc<Shared>,
    pub camera: Arc<Camera>,
    pub feed: Feed,
    pub jobs: JobSender,
    /// Version of the CITY.toml that its settings are from.
    pub configuration: Arc<str>,
    /// How far it has got; for the progress bar.
    pub reached: Arc<Reached>,
    /// Asks it to end and to leave its source open.
    pub leave: Arc<AtomicBool>,
    view: Option<Arc<View>>,
    state: State,
}

struct State {
    watch: Watch,
    gate: Option<Gate>,
    quality: QualityWatch,
    /// Where the camera has zones that compare.
    components: Option<ComponentStage>,
    health: HealthMerge,
    /// Bins with sensors that it sees.
    sightings: Sightings,
    /// What the last inference found.
    standing: Found,
    /// The part of the next picture that the rules want looked at closely.
    closer: Option<BBox>,
    /// Event time of the last sample.
    last: Option<EventTime>,
    /// Where on the topic `segments` it lies.
    position: Option<SegmentPosition>,
    last_snapshot: EventTime,
    counts: HealthCounts,
    /// The state last shown.
    shown: Option<CameraState>,
    /// What the operators had refused by the last picture.
    refused: Refused,
    /// Online, as soon as its picture is here too.
    online: Option<HealthReport>,
}

impl CameraWorker {
    /// A worker around an open feed; goes on from what was known before.
    pub fn new(
        shared: Arc<Shared>,
        camera: Arc<Camera>,
        mut feed: Feed,
        jobs: JobSender,
        configuration: Arc<str>,
        before: Before,
    ) -> CameraWorker {
        let config = WatchConfig { zones: camera.zones.clone(), ..WatchConfig::default() };
        let (watch, mut outcome, memory, position) = match before.snapshots {
            Some(Snapshots { watch, components, segments }) => {
                let (watch, outcome) = Watch::restore(config, watch);
                (watch, outcome, components, segments)
            }
            None => (Watch::new(config), Outcome::default(), None, None),
        };
        let components = ComponentStage::new(&shared.city, &camera, shared.book.load().zones(&camera), memory);
        let components = components.map(|(stage, ended)| {
            merge(&mut outcome, ended);
            stage
        });
        let refused = watch.refused();
        let mut health = HealthMerge::new(feed.health());
        health.reconnects = before.counts.reconnects;
        let quality = QualityConfig { frozen_after: camera.frozen_after, ..QualityConfig::default() };
        let state = State {
            watch,
            gate: camera.gate.then(|| Gate::new(GateConfig::default())),
            quality: QualityWatch::new(quality),
            components,
            health,
            sightings: Sightings::of(&shared.devices, &camera),
            standing: Found::default(),
            closer: None,
            last: before.last,
            position,
            last_snapshot: EventTime(i64::MIN / 2),
            counts: before.counts,
            shown: None,
            refused,
            online: None,
        };
        let view = shared.views.get(&camera.id, &camera.preset).cloned();
        let reached = Arc::<Reached>::default();
        let leave = Arc::new(AtomicBool::new(false));
        let mut worker = CameraWorker { shared, camera, feed, jobs, configuration, reached, leave, view, state };
        worker.hand_on(outcome, None, None);
        worker
    }

    /// [`CameraWorker::run`]; a panic ends this camera only, and its health says so.
    pub fn run_guarded(self) -> Option<Left> {
        give_way();
        let (shared, camera, jobs) = (self.shared.clone(), self.camera.clone(), self.jobs.clone());
        if let Ok(left) = catch_unwind(AssertUnwindSafe(|| self.run())) {
            return Some(left);
        }
        metrics::counter!("streetwatch_camera_panics_total", "camera" => camera.id.clone()).increment(1);
        tracing::error!(camera = %camera.id, "the camera's thread panicked: this is our defect");
        let now = camera.time(shared.clock.now(), &shared.city.timezone);
        jobs.send(Job::Health(Box::new(CameraHealth {
            camera: camera.id.clone(),
            preset: camera.preset.clone(),
            state: CameraState::Failed,
            reason: Some("a defect in streetwatch stopped this camera; see the log, then restart".to_owned()),
            at: now,
            since: now,
            last_picture: None,
            counts: HealthCounts::default(),
        })));
        None
    }

    /// Runs until the feed ends or a stop is asked for, then writes the last snapshot and says goodbye to
    /// the camera, unless another worker goes on with it.
    fn run(mut self) -> Left {
        if self.shared.live {
            // Or the last word of an earlier process would stand until this one has news.
            let shown = self.state.health.first();
            self.health_changed(shown);
        }
        let mut ended = false;
        while !self.shared.stop.load(Ordering::Acquire) && !self.leave.load(Ordering::Acquire) {
            match timed(Stage::Decode, || self.feed.next(PULL)) {
                FeedEvent::Sample(sample) => self.sample(&sample),
                // The feed says so just before it hands over the picture that proves it.
                FeedEvent::Health(report) if report.health == Health::Online => self.state.online = Some(report),
                FeedEvent::Health(report) => {
                    self.state.online = None;
                    let ended = report.health == Health::Ended;
                    let shown = self.state.health.stream(report);
                    self.health_changed(shown);
                    if ended && let Some(at) = self.state.last {
                        self.finish(at);
                    }
                }
                FeedEvent::Resized { at, from, to } => {
                    tracing::warn!(camera = %self.camera.id, at = %self.time(at), ?from, ?to, "picture size changed");
                }
                FeedEvent::Idle => {}
                FeedEvent::Ended => {
                    ended = true;
                    break;
                }
            }
        }
        if self.shared.live
            && let Some(at) = self.state.last
        {
            self.snapshot(at);
        }
        let (last, counts) = (self.state.last, self.state.counts);
        let before = Before { snapshots: Some(self.snapshots()), last, counts };
        let goes_on = !ended && self.leave.load(Ordering::Acquire);
        if goes_on && let Some(shown) = self.state.shown {
            // Whoever goes on says it again, maybe in another process.
            self.gauge(shown).set(0.0);
        }
        let feed = if goes_on {
            Some(self.feed)
        } else {
            self.feed.stop();
            None
        };
        Left { feed, before }
    }

    fn sample(&mut self, sample: &Sample) {
        let id = self.camera.id.clone();
        self.state.last = Some(sample.at);
        self.state.position = sample.position.or(self.state.position);
        self.state.counts.pictures += 1;
        self.reached.picture(sample.at);
        if let Some(report) = self.state.online.take() {
            let shown = self.state.health.stream(report);
            self.health_changed(shown);
        }
        self.tell_behind(sample);
        if let Some(view) = &self.view {
            view.offer(sample.at, &sample.frame, self.shared.clock.monotonic());
        }
        let planes = sample.frame.planes();
        let luma = match timed(Stage::Luma, || models::preprocess::luma(&planes, LUMA_WIDTH)) {
            Ok(luma) => luma,
            Err(error) => return self.lost(sample.at, "picture", &error),
        };
        let quality = timed(Stage::Gate, || self.state.quality.observe(sample.at, &luma));
        let shown = self.state.health.picture(quality, self.shared.clock.now());
        self.health_changed(shown);
        match self.state.health.suspension() {
            None => {}
            // Only the comparison can tell that the camera is back.
            Some(Suspension::Moved) => {
                self.compare(sample, &[]);
                return;
            }
            Some(_) => return,
        }
        let verdict = timed(Stage::Gate, || self.state.gate.as_ref().map(|gate| gate.judge(sample.at, &luma)));
        if verdict == Some(GateVerdict::Unchanged) {
            metrics::counter!(names::GATED, "camera" => id.clone()).increment(1);
        } else {
            let closer = self.state.closer.filter(|_| !self.is_late(sample));
            match self.shared.eyes.look(&id, &planes, closer) {
                Ok(found) => self.state.standing = found,
                Err(error) => return self.lost(sample.at, "inference", &error),
            }
            metrics::counter!(names::INFERRED, "camera" => id.clone()).increment(1);
            if let Some(gate) = &mut self.state.gate {
                gate.inferred(sample.at, &luma);
            }
        }
        let standing = std::mem::take(&mut self.state.standing);
        let compared = self.compare(sample, &standing.detections);
        self.state.standing = standing;
        if self.state.health.suspension().is_some() {
            return;
        }
        let mut outcome = timed(Stage::Rules, || self.observe(sample.at, luma));
        let now = self.shared.clock.now();
        let sighted = self.state.sightings.look(sample.at, now, &self.camera.id, &self.state.standing.detections);
        if self.shared.live && !sighted.is_empty() {
            self.jobs.send(Job::Sightings(self.camera.clone(), sighted));
        }
        let told = compared.map(|(found, told)| {
            merge(&mut outcome, found);
            Arc::new(told)
        });
        metrics::counter!(names::PICTURES, "camera" => id).increment(1);
        if self.shared.live {
            let delay = self.shared.clock.monotonic().saturating_sub(sample.captured);
            metrics::histogram!(names::PICTURE_DELAY).record(delay.as_secs_f64());
        }
        self.hand_on(outcome, told, Some(sample));
        let due = sample.at.since(self.state.last_snapshot) >= self.shared.city.limits.snapshot;
        if self.shared.live && due {
            self.snapshot(sample.at);
        }
    }

    /// A machine that does not keep up leaves out the closer looks first.
    fn is_late(&self, sample: &Sample) -> bool {
        self.shared.live && self.shared.clock.monotonic().saturating_sub(sample.captured) > LATE
    }

    /// A camera that is fed from a topic may show what was some time ago; its health says so.
    fn tell_behind(&mut self, sample: &Sample) {
        if !self.shared.live || sample.position.is_none() {
            return;
        }
        let behind = self.shared.clock.now().since(sample.at).max(0);
        metrics::gauge!(names::SEGMENTS_BEHIND, "camera" => self.camera.id.clone()).set(behind as f64 / 1000.0);
        let shown = self.state.health.behind(behind);
        self.health_changed(shown);
    }

    /// Compares a picture with the baseline, where the camera does so, and says how the camera looks.
    /// What it led to is handed on here where the rules hold, and answered where they go on.
    fn compare(&mut self, sample: &Sample, standing: &[Detection]) -> Option<(Outcome, Told)> {
        let local = self.local(sample.at);
        let stage = self.state.components.as_mut().filter(|stage| stage.is_due(sample.at))?;
        let (outcome, told) =
            timed(Stage::Compare, || stage.observe(sample.at, local, &sample.frame.planes(), standing));
        let shown = self.state.health.look(stage.look(), self.shared.clock.now());
        let held = self.state.watch.suspension().is_some();
        self.health_changed(shown);
        if held || self.state.health.suspension().is_some() {
            self.hand_on(outcome, Some(Arc::new(told)), Some(sample));
            return None;
        }
        Some((outcome, told))
    }

    /// The source has ended.
    fn finish(&mut self, at: EventTime) {
        let mut outcome = self.state.watch.finish(at);
        let told = self.state.components.as_mut().map(|stage| {
            let (last, told) = stage.finish();
            merge(&mut outcome, last);
            Arc::new(told)
        });
        self.hand_on(outcome, told, None);
    }

    fn observe(&mut self, at: EventTime, luma: Luma) -> Outcome {
        let Found { detections, closer } = self.state.standing.clone();
        let picture = Picture { at, local: self.local(at), detections, closer, luma: Some(luma) };
        if let Some(view) = &self.view {
            view.observed(&picture);
        }
        let outcome = self.state.watch.observe(&picture);
        self.state.closer = outcome.closer;
        self.count_refused();
        outcome
    }

    /// A picture that could not be looked at: the rules simply do not see it.
    fn lost(&self, at: EventTime, reason: &'static str, error: &dyn std::fmt::Display) {
        metrics::counter!(names::DETECT_FAILED, "camera" => self.camera.id.clone(), "reason" => reason).increment(1);
        tracing::warn!(camera = %self.camera.id, at = %self.time(at), %error, "picture skipped");
    }

    fn time(&self, at: EventTime) -> crate::payload::OffsetTime {
        self.camera.time(at, &self.shared.city.timezone)
    }

    fn local(&self, at: EventTime) -> LocalTime {
        self.time(at).wall()
    }
}
