//! The readings of one device in order, and what the rules found in them, told once.
//!
//! Rules read readings in event time and know nothing of lateness. Three parts make that true:
//!
//! - [`Series`] keeps the readings of the last hours in order. What comes within the allowed lateness is sorted in
//!   before the rules see it. What comes later is sorted in too, and the rules read again from the last state that
//!   was kept before it.
//! - [`Episodes`] is what the rules found: each with a start, a deciding reading and an end.
//! - [`Ledger`] knows what was told of it, and tells the difference. An episode that overlaps one that was told is
//!   that one, under the id it was first told by, wherever its start has moved to.
//!
//! So a back-fill can complete, move or end a candidate, and can never raise it twice.

mod device;
mod episode;
mod ledger;
mod order;
mod row;

#[cfg(test)]
mod tests;

pub use device::Held;
pub(crate) use device::{Device, SavedDevice};
pub use episode::Hold;
pub(crate) use episode::{Episodes, Look};
use ledger::{Ledger, Pace};
pub(crate) use order::{Entry, Rules};
use order::{Saved, Series};
pub use order::{SeriesConfig, SeriesCounts};
