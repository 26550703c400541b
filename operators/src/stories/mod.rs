//! What must raise and what must not, told as stories.

mod bin;
mod clip;
mod component_marks;
mod component_moved;
mod component_newcomers;
mod component_pieces;
mod component_votes;
mod component_watch;
mod component_whole;
mod components;
mod lifecycle;
mod muck;
mod parking;
mod properties;
mod vending;
