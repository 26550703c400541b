//! CITY.toml: parsed, checked, refused with file, line and key.
//!
//! Reading lists everything that is wrong in one go. What comes out
//! ([`City`]) can be trusted by the rest of the program.

mod city;
mod components;
mod console;
mod describe;
mod edit;
#[cfg(test)]
mod edit_tests;
mod gateway;
mod mqtt;
mod nested;
mod network;
mod parse;
mod problem;
mod reader;
mod recording;
mod rules;
mod save;
mod sensors;
mod settings;
#[cfg(test)]
mod tests;

pub use city::{
    Baselines, COMPONENT, Camera, ChangeZone, City, ComponentZone, Limits, Lines, Models, PartOfDay,
    UNREGISTERED_CHANGE,
};
pub use console::ConsoleConfig;
pub use describe::{Kind, RULES, Setting, ZoneRef, describe, polygon_text};
pub use edit::{Edit, EditError, Edited, FieldProblem, ZoneForm, edited};
pub use gateway::Gateway;
pub use network::Network;
pub use parse::{load, load_for_cluster, parse, parse_cameras, read_text};
pub use problem::{Problem, Problems};
pub use recording::Recording;
pub use save::{SaveError, save, version_of};
pub use sensors::Sensors;
