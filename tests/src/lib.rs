//! Shared parts of the end-to-end tests.

pub mod conformance;
pub mod kafka;
pub mod media;
pub mod rtsp;
