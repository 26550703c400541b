//! Pure event-time logic: observations in, changes out.
//!
//! No I/O, no clock, no threads, no async. Everything that lives across
//! pictures can be written out as a snapshot and read back, so that a dwell
//! that ran for ten minutes on one worker goes on on another.
//!
//! The way of a picture through this crate:
//!
//! ```text
//! Luma ──► gate ──► (detector, outside) ──► track ──► stay ──► rules ──► Change
//!   └────► quality (dark, blurred, frozen)  ◄── closer (a part of the next picture, where a rule is in doubt)
//! ```
//!
//! [`watch::Watch`] is that way for one camera and preset; [`vocabulary`] holds
//! the words that the other crates share. Readings of vehicles and sensors go another way:
//!
//! ```text
//! Reading ──► plausibility (marks) ──► series (order, late ones) ──► fleet, sensors (rules) ──► SensorChange
//! ```

pub mod closer;
pub mod components;
pub mod fleet;
pub mod gate;
pub mod ground;
pub mod plausibility;
pub mod quality;
pub mod rehearsal;
pub mod rules;
pub mod schedule;
pub mod sensors;
pub mod series;
pub mod stay;
pub mod track;
pub mod vocabulary;
pub mod vote;
pub mod watch;

#[cfg(test)]
mod stories;
#[cfg(test)]
#[allow(missing_docs)]
mod testing;
