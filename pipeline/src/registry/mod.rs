//! The city's register of components: read from its census, checked, and what cameras see of it.
//!
//! ```text
//! CSV ─────► csv ─┐
//!                 ├─► Row (field ─► text) ─► check ─► Component ─► topic components
//! GeoJSON ─► geojson ┘                        └► RowProblem (file, row, field, what to do)
//! files of CITY.toml, or the topic ─► Registry ─► what a camera's preset sees
//! ```
//!
//! A bad row costs itself only: the others are kept, and each that is refused
//! is listed with its place and reason.

mod check;
pub(crate) mod csv;
mod field;
pub(crate) mod geojson;
mod id;
mod import;
mod load;
pub(crate) mod outline;
mod plan;
mod problem;
mod row;
#[cfg(test)]
mod tests;

pub use check::Checks;
pub use id::{ComponentCode, IdError};
pub use import::{Imported, import, import_text};
pub use load::{LoadError, Registry, load, load_files};
pub use plan::{PlanProblem, ZonePlan, plan, registered};
pub use problem::{FileError, Remark, RowProblem};
