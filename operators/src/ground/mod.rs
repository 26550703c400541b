//! Places on the ground: WGS-84 inside, metres on a plane for the sums, an index of boxes for the search.

mod gcj02;
mod lonlat;
mod plane;
mod rtree;
mod shape;

pub use gcj02::{from_gcj02, to_gcj02};
pub use lonlat::LonLat;
pub use plane::{Metres, Plane};
pub use rtree::{RTree, Rect};
pub use shape::{Area, Line, ShapeError, distance_to_segment};
