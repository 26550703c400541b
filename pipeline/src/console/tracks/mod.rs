//! Where vehicles were, and the last word of every device: stored from the topic `readings`, asked by pages and
//! programs, thinned as it grows old.
//!
//! ```text
//! topic readings ─► project ─► batch ─► store ─► query ─► line (stops, gaps), area, export ─► web
//!                                         └─► upkeep: thin, forget
//! ```

mod area;
mod batch;
mod export;
mod last;
mod line;
mod point;
mod query;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod thin;
mod upkeep;

pub use area::{Area, AreaError, Pass};
pub(crate) use batch::Batch;
pub use export::{csv, geojson};
pub use last::{LastWord, SeenBy, Told};
pub use line::{GAP, Piece, Stop, pieces, stops};
pub use point::{DAY, Point};
pub use query::{LONGEST_SPAN, MOST_POINTS, Passing, Span, SpanError, Track, Tracks};
pub use settings::{Settings, has_devices};
pub use state::{silent_after, state};
pub use thin::thin;
pub use upkeep::{Kept, Upkeep};
