//! Street components: is what the census says stands there still there, whole and free.
//!
//! ```text
//! pictures ──► build_baseline ──► Baseline ─┐
//! census ────► Registered ──────────────────┴► Comparer ◄── Grey, movers
//!                                                 │ Comparison: pose, one verdict a component
//!                                                 ▼
//!                                           ComponentWatch ──► Outcome (candidates)
//! ```
//! A comparison is a pure function of one picture and says what it sees, no
//! more: the votes of many hours make a candidate of it. A component that
//! something hides is occluded, never missing; a picture that does not show
//! the surroundings of a component as they were says nothing of it.

mod baseline;
mod cells;
mod clear;
mod compare;
mod fetch;
mod finding;
mod grey;
mod groups;
mod inner;
mod judge;
mod light;
mod look;
mod map;
mod overlay;
mod parted;
mod piece;
mod pose;
mod raster;
mod recent;
mod region;
mod registered;
mod search;
mod standing;
mod tiles;
mod told;
mod transform;
mod unregistered;
mod watch;
mod watched;
mod whole;

pub use baseline::{Baseline, BaselineConfig, BaselineError, Sample, build_baseline, without_registered};
pub use compare::{CompareConfig, Comparer, ComparerError, Comparison, Doubt, State, Verdict};
pub use finding::{Fault, Finding, RULE, RULE_VERSION};
pub use grey::{Grey, MAX_COLUMNS};
pub use light::Light;
pub use overlay::Overlay;
pub use pose::{Fit, Off, Pose, PoseConfig};
pub use registered::{ComponentId, Form, Nature, Polyline, PolylineError, Registered};
pub use tiles::Tiles;
pub use transform::Transform;
pub use unregistered::{Area, Newcomers, NewcomersConfig, NewcomersSnapshot};
pub use watch::{ComponentSnapshot, ComponentWatch, ComponentWatchConfig};
