//! The words every crate shares: times, boxes, labels, pictures, changes.

mod change;
mod geometry;
mod label;
mod luma;
mod picture;
mod time;

pub use change::{BurstRequest, Change, KeepStill, Moment, Outcome, Sighting, StayId, Transition};
pub(crate) use geometry::first_outside;
pub use geometry::{BBox, Point, Polygon, PolygonError};
pub use label::{Condition, Label};
pub use luma::Luma;
pub use picture::{ConditionScore, Detection, Picture};
pub use time::{EventTime, LocalTime, Millis, Weekday};
