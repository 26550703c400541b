//! A seeded list of what goes wrong in a cluster.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// One thing that goes wrong, and is mended again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL for a worker; started again after so many seconds.
    KillWorker {
        /// Which.
        worker: usize,
        /// Dead for so long.
        seconds: u64,
    },
    /// SIGSTOP for a worker, for 20 s.
    StopWorker(usize),
    /// SIGKILL for a broker; started again after ten seconds.
    KillBroker(usize),
    /// SIGSTOP for a broker, for 15 s.
    PauseBroker(usize),
    /// Nothing comes through between a worker and all brokers, for 20 s.
    Partition(usize),
    /// Every worker is stopped in an orderly way and started again, one after the other.
    RollingRestart,
    /// Two workers go, then four come, then two go.
    Scale,
}

/// So many faults for `workers` workers and `brokers` brokers: each kind in turn, in an order and at places that the
/// seed decides.
pub fn list(seed: u64, count: usize, workers: usize, brokers: usize) -> Vec<Fault> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut faults = Vec::new();
    while faults.len() < count {
        let (worker, broker) = (random.random_range(0..workers), random.random_range(0..brokers));
        let other = random.random_range(0..workers);
        let mut round = [
            // Back before anybody misses it, or after others have taken over.
            Fault::KillWorker { worker, seconds: if random.random_bool(0.5) { 2 } else { 20 } },
            Fault::StopWorker(other),
            Fault::KillBroker(broker),
            Fault::PauseBroker(random.random_range(0..brokers)),
            Fault::Partition(random.random_range(0..workers)),
            Fault::RollingRestart,
            Fault::Scale,
        ];
        round.shuffle(&mut random);
        faults.extend(round);
    }
    faults.truncate(count);
    faults
}

impl Fault {
    /// How long it lasts before it is mended.
    pub fn lasts(self) -> Duration {
        Duration::from_secs(match self {
            Fault::KillWorker { seconds, .. } => seconds,
            Fault::StopWorker(_) | Fault::Partition(_) => 20,
            Fault::KillBroker(_) => 10,
            Fault::PauseBroker(_) => 15,
            Fault::RollingRestart | Fault::Scale => 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_list_and_seven_faults_are_of_seven_kinds() {
        assert_eq!(list(7, 30, 4, 3), list(7, 30, 4, 3));
        assert_ne!(list(7, 30, 4, 3), list(8, 30, 4, 3));
        let kinds: Vec<_> = list(7, 7, 4, 3).iter().map(std::mem::discriminant).collect();
        assert!(kinds.iter().enumerate().all(|(n, kind)| !kinds[..n].contains(kind)));
    }
}
