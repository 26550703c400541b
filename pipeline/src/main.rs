//! The binary `streetwatch`.
fn main() {}
