//! Stills of stays that may become candidates: kept, and marked before a
//! reviewer waits for them.

use super::camera::Shared;
use super::candidate::candidate;
use super::components::Told;
use crate::config::Camera;
use crate::evidence::raster::Raster;
use crate::evidence::{self, Still, StillCache, StillError, View, jpeg, side_by_side};
use crate::source::Frame;
use operators::vocabulary::{Change, KeepStill, Moment, StayId, Transition};
use std::sync::Arc;

/// Kept at most, in bytes of JPEG and in number.
const STILL_BYTES: usize = 512 << 20;
const STILL_COUNT: usize = 4096;

/// A picture to keep, for every stay that wants it.
pub(super) struct Kept {
    pub camera: Arc<Camera>,
    pub keeps: Vec<KeepStill>,
    /// What a comparison knows of the stays.
    pub told: Option<Arc<Told>>,
    pub frame: Frame,
}

/// The stills of all cameras.
pub(super) struct Stills {
    cache: StillCache,
}

impl Default for Stills {
    fn default() -> Self {
        Stills { cache: StillCache::new(STILL_BYTES, STILL_COUNT) }
    }
}

impl Stills {
    /// The stills of a stay: start, middle, end, as far as they are there.
    pub fn of(&self, camera: &str, stay: &StayId) -> Vec<Still> {
        self.cache.stills(camera, stay)
    }

    /// Lets a stay's stills go.
    pub fn forget(&self, camera: &str, stay: &StayId) {
        self.cache.forget(camera, stay);
    }

    /// Keeps a picture for every stay that wants it: encoded once, marked for
    /// each. Start stills are marked only when half of the dwell is over, since
    /// most stays never get there; so at the decision only that picture's own
    /// work is left.
    pub fn keep(&self, shared: &Shared, kept: &Kept) {
        let (camera, planes) = (&kept.camera, kept.frame.planes());
        let Some(first) = kept.keeps.first() else { return };
        let scene = Raster::from_planes(&planes).ok_or(StillError::Planes(planes.width, planes.height));
        let still = scene.and_then(|scene| {
            let still = Still::from_raster(&scene, first.moment, first.sighting.at, first.sighting.bbox)?;
            Ok((scene, still))
        });
        let (scene, still) = match still {
            Ok(made) => made,
            Err(error) => {
                metrics::counter!("streetwatch_evidence_failures_total", "reason" => "still")
                    .increment(kept.keeps.len() as u64);
                tracing::warn!(camera = %camera.id, %error, "a still could not be kept");
                return;
            }
        };
        let stills = side_by_side(&kept.keeps, |keep| {
            let (at, bbox) = (keep.sighting.at, keep.sighting.bbox);
            let still = Still { moment: keep.moment, at, bbox, ..still.clone() };
            if keep.moment == Moment::Start {
                still
            } else {
                marked(shared, camera, keep, kept.told.as_deref(), still, Some(&scene))
            }
        });
        for (keep, still) in kept.keeps.iter().zip(stills) {
            self.cache.insert(&camera.id, &keep.stay, still);
        }
        for keep in kept.keeps.iter().filter(|keep| keep.moment == Moment::Middle) {
            let start = self.cache.stills(&camera.id, &keep.stay).into_iter().find(|s| s.moment == Moment::Start);
            if let Some(start) = start.filter(|s| s.ready.is_none()) {
                let start = marked(shared, camera, keep, kept.told.as_deref(), start, None);
                self.cache.insert(&camera.id, &keep.stay, start);
            }
        }
    }
}

/// The still with what a reviewer gets of it; as it is where that fails
/// (the recorder then tries again, and tells).
fn marked(
    shared: &Shared,
    camera: &Camera,
    keep: &KeepStill,
    told: Option<&Told>,
    still: Still,
    scene: Option<&Raster>,
) -> Still {
    let candidate = candidate(shared, camera, &foreseen(keep), told);
    let zone = shared.polygon(camera, &keep.stay);
    let view = View { candidate: &candidate, camera_name: &camera.name, zone: zone.as_ref() };
    let decoded = if scene.is_none() { jpeg::decode(&still.jpeg).ok() } else { None };
    let ready = scene.or(decoded.as_ref()).and_then(|scene| evidence::ready(&view, &still, scene).ok());
    Still { ready, ..still }
}

/// The change that a kept still is for, as far as it is known then.
fn foreseen(keep: &KeepStill) -> Change {
    let (start, at) = (keep.stay.start, keep.sighting.at);
    Change {
        stay: keep.stay.clone(),
        transition: Transition::Raised,
        first_seen: start,
        raised_at: at,
        last: keep.sighting,
        dwell: at.since(start),
        reason: None,
    }
}
