//! The words every crate shares: times, boxes, labels, pictures, readings, changes.

mod change;
mod geometry;
mod label;
mod luma;
mod picture;
mod quality;
mod reading;
mod sensor_change;
mod time;

pub use change::{BurstRequest, Change, KeepStill, Moment, Outcome, Sighting, StayId, Transition};
pub(crate) use geometry::first_outside;
pub use geometry::{BBox, Point, Polygon, PolygonError};
pub use label::{Condition, Label};
pub use luma::Luma;
pub use picture::{ConditionScore, Detection, Picture};
pub use quality::Quality;
pub use reading::{BinReport, CoverReport, DeviceKind, GaugeReport, Motion, Reading, Seen, Values};
pub use sensor_change::{SensorChange, SensorRule};
pub use time::{DAY, EventTime, LocalTime, Millis, Weekday};
