//! CITY.toml: parsed, checked, refused with file, line and key.
//!
//! Reading lists everything that is wrong in one go. What comes out
//! ([`City`]) can be trusted by the rest of the program.

mod city;
mod components;
mod console;
mod parse;
mod problem;
mod reader;
mod rules;
#[cfg(test)]
mod tests;

pub use city::{
    Baselines, COMPONENT, Camera, ChangeZone, City, ComponentZone, Limits, Lines, Models, PartOfDay,
    UNREGISTERED_CHANGE,
};
pub use console::ConsoleConfig;
pub use parse::{load, parse};
pub use problem::{Problem, Problems};
