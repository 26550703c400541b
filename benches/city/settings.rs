//! What is simulated, and how much of it.

use streetwatch_benches::quick;

/// The numbers of a run. Handed on to the processes of workers through the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The log's address.
    pub log: String,
    /// Cameras.
    pub cameras: usize,
    /// Workers.
    pub workers: usize,
    /// Partitions of `cameras` and `state`: five for each worker.
    pub partitions: i32,
    /// The cameras' time runs so many times as fast.
    pub speed: f64,
    /// Cores that a worker may spend.
    pub capacity: f64,
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

impl Settings {
    /// Those of the environment.
    pub fn of(log: &str) -> Settings {
        let (cameras, workers) = if quick() { (400, 4) } else { (10_000, 50) };
        let workers = number("BENCH_CITY_WORKERS", workers).max(2);
        Settings {
            log: log.to_owned(),
            cameras: number("BENCH_CITY_CAMERAS", cameras),
            workers,
            partitions: 5 * workers as i32,
            speed: number("BENCH_CITY_SPEED", 10) as f64,
            capacity: 16.0,
        }
    }

    /// A worker's name in the group.
    pub fn name(&self, worker: usize) -> String {
        format!("w-{worker:03}")
    }
}
