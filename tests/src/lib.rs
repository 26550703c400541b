//! Shared parts of the end-to-end tests.

pub mod binary;
pub mod browser;
pub mod candidates;
pub mod city;
pub mod conformance;
pub mod desk;
pub mod devices;
pub mod faults;
pub mod footage;
pub mod kafka;
pub mod kafka_admin;
pub mod kafka_cluster;
pub mod loops;
pub mod media;
pub mod mosquitto;
pub(crate) mod ports;
pub mod proxy;
pub mod rtsp;
pub mod secured;
pub mod street;
pub mod terminal;
pub mod workers;
