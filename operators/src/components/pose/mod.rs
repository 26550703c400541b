//! Where the camera looks, compared with the baseline.
//!
//! First ECC at 320 columns, which finds a sway or a bump of about a degree to a
//! small part of a pixel; beyond its reach corners, their descriptors and a
//! homography. Neither is believed without a test: how well the two pictures
//! agree under what was found.

use super::transform::Transform;
use serde::{Deserialize, Serialize};

/// Settings of the pose gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoseConfig {
    /// A shift of the picture's corners up to this is sway, share of the picture's width (0.012: 4 pixels of 320).
    pub sway: f32,
    /// A shift up to this is a bump that is realigned (0.06: about 2 degrees of a lens of 35 degrees).
    pub reach: f32,
    /// Least share of the pictures' edges that must agree under the transform (0.35).
    pub agreement: f32,
}

impl Default for PoseConfig {
    fn default() -> Self {
        PoseConfig { sway: 0.012, reach: 0.06, agreement: 0.35 }
    }
}

/// How the current picture lies on the baseline, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// From the baseline's coordinates to the current picture's.
    pub transform: Transform,
    /// Correlation of the two small pictures under it, -1..1.
    pub correlation: f32,
    /// Share of the baseline's edges found again under it, 0..1.
    pub agreement: f32,
    /// Largest shift of a corner, share of the picture's width.
    pub shift: f32,
}

/// Why a view is not the baseline's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Off {
    /// The same place, turned further than what is realigned.
    Turned,
    /// The same place, nearer or farther.
    Zoomed,
    /// Another place, or so covered that nothing is recognised.
    Unrecognised,
}

/// Where the camera looks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pose {
    /// As the baseline did, but for sway.
    Aligned(Fit),
    /// Bumped a little: realigned, still judged, and worth saying as health.
    Realigned(Fit),
    /// Not the baseline's view: nothing is judged.
    Off(Off),
    /// The picture shows too little to tell (dark, fog): nothing is judged, and nothing said against the camera.
    Unclear,
}

impl Pose {
    /// How the picture lies on the baseline, where it does.
    pub fn fit(&self) -> Option<&Fit> {
        match self {
            Pose::Aligned(fit) | Pose::Realigned(fit) => Some(fit),
            Pose::Off(_) | Pose::Unclear => None,
        }
    }
}
