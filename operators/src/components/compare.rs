//! One picture against the baseline: one verdict a component.

use super::baseline::Baseline;
use super::grey::Grey;
use super::pose::{Pose, PoseConfig};
use super::registered::{ComponentId, Registered};
use crate::vocabulary::BBox;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Settings of the comparison.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompareConfig {
    /// The pose gate's.
    pub pose: PoseConfig,
}

/// Why a comparison cannot be prepared.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ComparerError {
    /// Nothing to compare.
    #[error("no component is registered for this view: register one, or take the rule out")]
    Empty,
    /// One id twice.
    #[error("component {0} is registered twice in this view: keep one outline")]
    Duplicate(ComponentId),
    /// The outline leaves the picture, or is too small to hold a pixel.
    #[error("component {0} covers no pixel of the picture: draw its outline where it can be seen")]
    Outside(ComponentId),
    /// More components than one view can hold.
    #[error("{0} components in one view; at most 512 are compared: split the view into presets")]
    TooMany(usize),
}

/// How a component is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As in the baseline.
    Same,
    /// Its place is there and it is not.
    Missing,
    /// It stands elsewhere, or tilted.
    Displaced,
    /// Part of it is as it was, part is not.
    Damaged,
    /// Something stands where nothing may.
    Blocked,
    /// Something hides it. Never missing.
    Occluded,
    /// The picture does not tell.
    CannotJudge,
}

impl State {
    /// The word that payloads and tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Same => "same",
            State::Missing => "missing",
            State::Displaced => "displaced",
            State::Damaged => "damaged",
            State::Blocked => "blocked",
            State::Occluded => "occluded",
            State::CannotJudge => "cannot-judge",
        }
    }
}

/// Why a picture does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// The camera does not look as the baseline did.
    Pose,
    /// The component is too small in the picture, or has no looks of its own in the baseline.
    Faceless,
    /// Its surroundings are not as they were: snow, fog, a torn picture, something large in front.
    Surroundings,
    /// Too dark or too flat here to see it.
    Unlit,
    /// It has left the picture with the camera's bump.
    OutOfSight,
}

/// What one picture says of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which.
    pub component: ComponentId,
    /// How it is found.
    pub state: State,
    /// How surely, 0..1.
    pub score: f32,
    /// How much of it looks as it did, 0..1; for a clear surface how much of it is free.
    pub likeness: f32,
    /// Where it was looked for, in the current picture's coordinates.
    pub bbox: BBox,
    /// Where it stands now, for a displaced one; else where it was looked for.
    pub found: BBox,
    /// Why the picture does not tell, where it does not.
    pub doubt: Option<Doubt>,
}

/// What one picture says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Where the camera looks.
    pub pose: Pose,
    /// One a component, in the order they were registered.
    pub verdicts: Vec<Verdict>,
}

/// Baseline and current picture on top of each other, in the baseline's coordinates, for evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The current picture, moved onto the baseline; 0 where it does not reach.
    pub aligned: Grey,
    /// Difference after the light was evened out, 0..255.
    pub difference: Grey,
}

/// Baseline and components of one (camera, preset, part of day), prepared once.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparer {
    components: Vec<Registered>,
}

impl Comparer {
    /// Prepares everything that does not change from picture to picture.
    ///
    /// # Errors
    /// No component, one twice, one outside the picture, or too many.
    pub fn new(
        _baseline: &Baseline,
        components: &[Registered],
        _config: CompareConfig,
    ) -> Result<Comparer, ComparerError> {
        if components.is_empty() {
            return Err(ComparerError::Empty);
        }
        Ok(Comparer { components: components.to_vec() })
    }

    /// What this picture says of each component. `movers` are the boxes of
    /// what the detector and the tracker saw, in the picture's own coordinates.
    /// A picture of another size than the baseline's is unclear.
    pub fn compare(&self, _grey: &Grey, _movers: &[BBox]) -> Comparison {
        let verdict = |c: &Registered| Verdict {
            component: c.id.clone(),
            state: State::CannotJudge,
            score: 0.0,
            likeness: 0.0,
            bbox: c.form.bbox(),
            found: c.form.bbox(),
            doubt: Some(Doubt::Pose),
        };
        Comparison { pose: Pose::Unclear, verdicts: self.components.iter().map(verdict).collect() }
    }

    /// The picture on top of the baseline, for evidence; `None` where the comparison found no pose.
    pub fn overlay(&self, _grey: &Grey, comparison: &Comparison) -> Option<Overlay> {
        comparison.pose.fit()?;
        None
    }

    /// Components that this baseline cannot tell: too small, or without looks
    /// of their own. Every verdict on them will be `CannotJudge`.
    pub fn faceless(&self) -> Vec<ComponentId> {
        Vec::new()
    }
}
