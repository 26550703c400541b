//! `streetwatch gateway` as terminals, sensors, brokers and strangers meet it.

mod away;
mod hostile;
mod mqtt;
mod soak;
mod terminals;

use operators::vocabulary::EventTime;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use streetwatch_tests::binary;
use streetwatch_tests::terminal::PATIENCE;
use streetwatch_tests::workers::Worker;

/// A moment of today at which terminals report: whole seconds, so that JT/T 808 can say it.
fn today() -> EventTime {
    EventTime(streetwatch_tests::loops::now() / 1000 * 1000 - 60_000)
}

/// Says on stdout, past the test's capture, what was measured.
fn told(figures: &str) {
    // Nobody to tell when stdout is closed.
    let _ = writeln!(std::io::stdout().lock(), "{figures}");
}

/// An embedded log in a folder.
fn embedded(folder: &Path) -> String {
    format!("embedded:{}/log", folder.display())
}

/// A gateway with these lines in `[gateway]`, started.
fn gateway(folder: &Path, log: &str, lines: &str) -> Worker {
    std::fs::write(folder.join("key"), "0123456789abcdef0123456789abcdef").expect("a file");
    let mut gateway = Worker::gateway(folder, "gateway", log, &format!("[gateway]\nkey_file = \"key\"\n{lines}"));
    gateway.start();
    gateway.wait("readiness", PATIENCE, |g| g.is_ready().then_some(()));
    gateway
}

/// Where terminals connect.
fn port(gateway: &Worker) -> u16 {
    gateway.port("jt808=").expect("it says where it listens")
}

/// Data of every reading on the topic.
fn readings(log: &str) -> Vec<Value> {
    binary::topic(log, "readings")
}

/// The times of a device's readings on the topic, each once.
fn times(log: &str, device: &str) -> BTreeSet<String> {
    let of_device = readings(log).into_iter().filter(|reading| reading["device"] == device);
    of_device.map(|reading| reading["at"].as_str().expect("a time").to_owned()).collect()
}
