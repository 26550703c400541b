//! How long to wait before the next attempt.

use super::Retry;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// Limits of the waits between attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffLimits {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// The wait where a user must act first (wrong password): long, so that
    /// the camera does not lock the account.
    pub slow: Duration,
    /// Pictures must have been decoded for so long before the next failure
    /// counts as a first one again, or a flapping camera would be hammered.
    pub settled_after: Duration,
}

impl Default for BackoffLimits {
    fn default() -> Self {
        BackoffLimits {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            slow: Duration::from_secs(90),
            settled_after: Duration::from_secs(30),
        }
    }
}

/// Exponential backoff with jitter: doubling from `first` to `longest`, each
/// wait drawn from the upper half of its step so that cameras behind one
/// switch do not come back all at once.
#[derive(Debug)]
pub struct Backoff {
    limits: BackoffLimits,
    attempt: u32,
    random: SmallRng,
}

impl Backoff {
    /// Starts at the first wait. `seed` makes the jitter repeatable.
    pub fn new(limits: BackoffLimits, seed: u64) -> Self {
        Backoff { limits, attempt: 0, random: SmallRng::seed_from_u64(seed) }
    }

    /// Failures since the source last settled.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The wait before the next attempt, or `None` where there is none.
    pub fn next_wait(&mut self, retry: Retry) -> Option<Duration> {
        let step = match retry {
            Retry::Never => return None,
            Retry::Slowly => {
                self.attempt = self.attempt.saturating_add(1);
                // Never less than the slow wait: jitter goes upwards.
                return Some(self.limits.slow.mul_f64(1.0 + 0.25 * self.random.random::<f64>()));
            }
            Retry::Soon => self.limits.first.saturating_mul(1 << self.attempt.min(20)).min(self.limits.longest),
        };
        self.attempt = self.attempt.saturating_add(1);
        Some(step.mul_f64(0.5 + 0.5 * self.random.random::<f64>()))
    }

    /// To be called at a failure: starts again from the first wait if
    /// pictures had been decoded for long enough before it.
    pub fn settled_for(&mut self, decoded: Duration) {
        if decoded >= self.limits.settled_after {
            self.attempt = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_never_all_the_same() {
        let mut backoff = Backoff::new(BackoffLimits::default(), 7);
        let waits: Vec<f64> = (0..10).map(|_| backoff.next_wait(Retry::Soon).expect("a wait").as_secs_f64()).collect();
        for (n, wait) in waits.iter().enumerate() {
            let step = 2f64.powi(n as i32).min(60.0);
            assert!((step / 2.0..=step).contains(wait), "wait {n} is {wait}");
        }
        assert!(waits[7..].windows(2).any(|pair| pair[0] != pair[1]), "jitter");
    }

    #[test]
    fn a_short_success_does_not_reset_the_backoff() {
        let mut backoff = Backoff::new(BackoffLimits::default(), 7);
        for _ in 0..5 {
            backoff.next_wait(Retry::Soon);
        }
        backoff.settled_for(Duration::from_secs(5));
        assert!(backoff.next_wait(Retry::Soon).expect("a wait") >= Duration::from_secs(16));
        backoff.settled_for(Duration::from_secs(31));
        assert!(backoff.next_wait(Retry::Soon).expect("a wait") <= Duration::from_secs(1));
    }

    #[test]
    fn a_wrong_password_waits_more_than_a_minute_from_the_first_time_on() {
        let mut backoff = Backoff::new(BackoffLimits::default(), 7);
        assert!(backoff.next_wait(Retry::Slowly).expect("a wait") >= Duration::from_secs(60));
        assert_eq!(backoff.next_wait(Retry::Never), None);
    }
}
