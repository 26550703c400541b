//! Time as something that is handed in, so that tests never sleep.

use operators::vocabulary::EventTime;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall time, a monotonic time, and waiting. Blocking: used by the threads
/// that read, decode and reconnect, never on tokio's workers.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Wall time.
    fn now(&self) -> EventTime;
    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;
    /// Waits; a simulated clock advances itself instead.
    fn sleep(&self, how_long: Duration);
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> EventTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        EventTime(since.as_millis() as i64)
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, how_long: Duration) {
        std::thread::sleep(how_long);
    }
}

/// A clock that tests move. Sleeping advances it at once.
#[derive(Debug)]
pub struct SimulatedClock {
    start: EventTime,
    elapsed: parking_lot::Mutex<Duration>,
}

impl SimulatedClock {
    /// A clock that shows `start` until somebody sleeps or advances it.
    pub fn starting_at(start: EventTime) -> Self {
        SimulatedClock { start, elapsed: parking_lot::Mutex::new(Duration::ZERO) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.elapsed.lock() += by;
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> EventTime {
        self.start.plus(self.elapsed.lock().as_millis() as i64)
    }

    fn monotonic(&self) -> Duration {
        *self.elapsed.lock()
    }

    fn sleep(&self, how_long: Duration) {
        self.advance(how_long);
    }
}
