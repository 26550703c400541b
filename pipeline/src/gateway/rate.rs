//! So many a second, and no more.

use std::time::Duration;

/// A bucket that fills with time; a burst of one second is let through.
#[derive(Debug)]
pub struct Rate {
    per_second: f64,
    left: f64,
    at: Duration,
}

impl Rate {
    /// A full bucket.
    pub fn new(per_second: u32, now: Duration) -> Rate {
        Rate { per_second: per_second.into(), left: per_second.into(), at: now }
    }

    /// Whether one more is within the rate.
    pub fn take(&mut self, now: Duration) -> bool {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + since * self.per_second).min(self.per_second);
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_to_the_rate_and_a_burst_is_let_through() {
        let mut rate = Rate::new(100, Duration::ZERO);
        let burst = (0..500).filter(|_| rate.take(Duration::ZERO)).count();
        assert_eq!(burst, 100);
        let flood = (0..10_000).filter(|ms| rate.take(Duration::from_millis(*ms))).count();
        assert!((990..=1_010).contains(&flood), "{flood}");
    }
}
