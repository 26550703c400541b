//! Shared parts of the end-to-end tests.

pub mod binary;
pub mod browser;
pub mod candidates;
pub mod city;
pub mod conformance;
pub mod desk;
pub mod footage;
pub mod kafka;
pub mod media;
pub mod rtsp;
pub mod street;
