//! Sensors that report over MQTT: a broker is subscribed to, each message read as CITY.toml says.
//!
//! Messages are acknowledged (QoS 1) only when the log has their reading, so a
//! broker that keeps sessions sends again what got lost on the way here.

mod client;
mod field;
mod map;
#[cfg(test)]
mod stories;
mod tls;

pub use client::{Connection, MqttError, connect, options};
pub use field::{Field, Odd, Source};
pub use map::{Ignored, LONGEST, Level, Mapping, Taken, TimeSource, TimeUnit, levels};

use std::path::PathBuf;

/// A broker and what is read from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Broker {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether to speak TLS.
    pub tls: bool,
    /// Our name there; must be nobody else's. The broker keeps messages for it while we are away.
    pub id: String,
    /// User.
    pub user: Option<String>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// File with the authorities whose certificates are believed (PEM); else the system's.
    pub ca_file: Option<PathBuf>,
    /// How messages are read; the first that has the topic is used.
    pub maps: Vec<Mapping>,
}

impl Broker {
    /// `host:port`, for people and metrics.
    pub fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}
