//! Fences, routes, roads, planned work, permits, vehicles and devices, as the console shows and edits them.
//!
//! ```text
//! plans folder ─► PlanBook (last good, read again when a file changes) ─► web/plans, the map
//!      ▲              │ edit, delete, import: the same reader and check as the files'
//!      └── replace ◄──┘ only over the version that was seen
//! ```

mod book;
mod edit;
mod item;
#[cfg(test)]
mod tests;

pub use book::{Book, PlanBook, ReadError};
pub use edit::{Change, FieldProblem, NotSaved, Preview};
pub use item::{Geometry, Item, fields, item, items, shape};
