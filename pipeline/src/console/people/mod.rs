//! People: who may do what.

mod role;

pub use role::{Actor, Role};
