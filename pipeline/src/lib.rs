//! Camera streams in, candidate cases with evidence out.
//!
//! A module is a stage of the data's way:
//!
//! ```text
//! config, codes ─► source ─► worker (gate, detect, track, rules) ─► evidence ─► payload ─► log
//!                                                                                  console ◄─┘
//! ```

pub mod baseline;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod codes;
pub mod config;
pub mod console;
pub mod evaluate;
pub mod evidence;
pub mod gateway;
pub mod log;
pub mod payload;
pub mod plans;
pub mod record;
pub mod registry;
pub mod segments;
pub mod sensors;
pub mod simulate;
pub mod source;
pub mod telemetry;
pub mod worker;
