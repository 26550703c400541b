//! What should be there: a component of the census, where it appears in this view, and what kind of thing it is.

use crate::vocabulary::{BBox, Point, Polygon, first_outside};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A component's code, as the census wrote it. Never parsed here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ComponentId(pub String);

impl ComponentId {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ComponentId {
    fn from(id: &str) -> Self {
        ComponentId(id.to_owned())
    }
}

impl std::fmt::Display for ComponentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of thing stands there, and so which faults it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// Flat in the ground: a manhole cover, a grating, a painted line. It can be missing, displaced or damaged.
    Flat,
    /// Stands on the ground: a bin, a sign, a lamp, a post. It can be missing, displaced (moved or tilted) or damaged.
    Standing,
    /// Runs along a line: a railing, a barrier, a kerb. It can be missing, damaged (a gap) or displaced (it leans).
    Line,
    /// A face on a wall or frame: a billboard, a shop sign. It can be missing, displaced or damaged.
    Face,
    /// A surface that must stay free: a fire lane, a hydrant's apron, a parking space kept clear. It can only be blocked.
    Clear,
}

impl Nature {
    /// Whether it is known by its own pixels alone: what lies behind it, or comes beside it, is none of its looks.
    pub(super) fn has_own_looks(self) -> bool {
        matches!(self, Nature::Standing | Nature::Line | Nature::Face)
    }
}

/// Where a component appears in the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Its outline, as tight as a person draws it. A point of the census is given a small outline by whoever registers it.
    Area(Polygon),
    /// A band along a polyline.
    Line {
        /// The middle of the band: for a railing halfway between the ground and its top.
        line: Polyline,
        /// How wide the band is, 0..1 of the picture's height: for a railing its height in the picture.
        width: f32,
    },
}

impl Form {
    /// Width of a line's band where none is given, 0..1 of the picture's height.
    pub const LINE_WIDTH: f32 = 0.05;

    /// The smallest box around it, clipped to the picture.
    pub fn bbox(&self) -> BBox {
        let (points, margin) = match self {
            Form::Area(polygon) => (polygon.points(), 0.0),
            Form::Line { line, width } => (line.points(), width / 2.0),
        };
        let low = points.iter().fold((1f32, 1f32), |m, p| (m.0.min(p.x), m.1.min(p.y)));
        let high = points.iter().fold((0f32, 0f32), |m, p| (m.0.max(p.x), m.1.max(p.y)));
        let bbox = BBox::new(low.0, low.1 - margin, high.0 - low.0, high.1 - low.1 + 2.0 * margin);
        bbox.clipped()
    }
}

/// Why a list of points is no polyline.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PolylineError {
    /// Fewer than two points.
    #[error("a polyline needs at least 2 points, this one has {0}")]
    TooFewPoints(usize),
    /// A coordinate outside 0..1 or not a number.
    #[error("point {index} ({x}, {y}) lies outside the picture: coordinates are 0..1 of its width and height")]
    OutsidePicture {
        /// Which point, from 0.
        index: usize,
        /// Its x.
        x: f32,
        /// Its y.
        y: f32,
    },
    /// No length.
    #[error("the polyline has no length: its points are one point")]
    NoLength,
}

/// An open line of at least two points inside the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Point>", into = "Vec<Point>")]
pub struct Polyline {
    points: Vec<Point>,
}

impl TryFrom<Vec<Point>> for Polyline {
    type Error = PolylineError;
    fn try_from(points: Vec<Point>) -> Result<Self, PolylineError> {
        Polyline::new(points)
    }
}

impl From<Polyline> for Vec<Point> {
    fn from(p: Polyline) -> Self {
        p.points
    }
}

impl Polyline {
    /// Checks and takes the points, in order.
    ///
    /// # Errors
    /// Fewer than two points, a point outside 0..1, or no length.
    pub fn new(points: Vec<Point>) -> Result<Self, PolylineError> {
        if points.len() < 2 {
            return Err(PolylineError::TooFewPoints(points.len()));
        }
        if let Some((index, p)) = first_outside(&points) {
            return Err(PolylineError::OutsidePicture { index, x: p.x, y: p.y });
        }
        let length: f32 = points.windows(2).map(|w| (w[1].x - w[0].x).hypot(w[1].y - w[0].y)).sum();
        if length < 1e-3 {
            return Err(PolylineError::NoLength);
        }
        Ok(Polyline { points })
    }

    /// The points in order.
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

/// A component as one (camera, preset) should see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// Its code.
    pub id: ComponentId,
    /// What kind of thing it is.
    pub nature: Nature,
    /// Where it appears in this view.
    pub form: Form,
    /// Whether a fault is raised at once (a missing cover) and not over visits.
    #[serde(default)]
    pub urgent: bool,
}
