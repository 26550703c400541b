//! Where vehicles, bins, covers and gauges come in.
//!
//! [`jt808`] is the protocol of vehicle terminals, without any I/O; [`reading`]
//! says a terminal's report in the words of the operators.

pub mod jt808;
pub mod reading;
