//! Shared parts of the end-to-end tests.

pub mod media;
pub mod rtsp;
