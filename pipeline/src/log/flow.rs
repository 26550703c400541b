//! Back-pressure of an append: a budget of bytes that wait for their
//! acknowledgement, and how long the log has made no progress.

use super::{ErrorKind, LogError};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

const UNIT: usize = 1024;
/// What a batch costs at least, so that tiny ones are bounded in number too.
const OVERHEAD: usize = 512;

/// Bytes on their way. When the budget is used up, callers wait in order.
#[derive(Debug)]
pub(super) struct Flow {
    budget: Arc<Semaphore>,
    units: usize,
    progress: Arc<Mutex<Progress>>,
    kind: &'static str,
}

#[derive(Debug)]
struct Progress {
    in_flight: usize,
    /// Last time something was acknowledged, or the first append after idleness began.
    moved: Instant,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    _permit: OwnedSemaphorePermit,
    progress: Arc<Mutex<Progress>>,
}

impl Flow {
    /// `kind` labels the metrics.
    pub fn new(kind: &'static str, bytes: usize) -> Self {
        let units = (bytes / UNIT).max(1);
        Flow {
            budget: Arc::new(Semaphore::new(units)),
            units,
            progress: Arc::new(Mutex::new(Progress { in_flight: 0, moved: Instant::now() })),
            kind,
        }
    }

    /// Waits until `bytes` fit. Waiting is counted.
    pub async fn enter(&self, bytes: usize, log: &str) -> Result<Share, LogError> {
        let units = (bytes + OVERHEAD).div_ceil(UNIT).min(self.units) as u32;
        let closed = || LogError::new(ErrorKind::Closed, log, "the log has been closed");
        let permit = match self.budget.clone().try_acquire_many_owned(units) {
            Ok(permit) => permit,
            Err(TryAcquireError::Closed) => return Err(closed()),
            Err(TryAcquireError::NoPermits) => {
                metrics::counter!("streetwatch_log_append_waits_total", "log" => self.kind).increment(1);
                self.budget.clone().acquire_many_owned(units).await.map_err(|_| closed())?
            }
        };
        let mut progress = self.progress.lock();
        if progress.in_flight == 0 {
            progress.moved = Instant::now();
        }
        progress.in_flight += 1;
        Ok(Share { _permit: permit, progress: self.progress.clone() })
    }

    /// From now on nobody enters; those who wait are turned away.
    pub fn close(&self) {
        self.budget.close();
    }

    /// How long appends have been waiting without any being finished.
    pub fn stuck_for(&self) -> Duration {
        let progress = self.progress.lock();
        if progress.in_flight == 0 { Duration::ZERO } else { progress.moved.elapsed() }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut progress = self.progress.lock();
        progress.in_flight -= 1;
        progress.moved = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_budget_makes_the_next_caller_wait_for_its_turn() {
        let flow = Flow::new("test", 10 * UNIT);
        let first = flow.enter(8 * UNIT, "t").await.expect("fits");
        let second = flow.enter(8 * UNIT, "t");
        tokio::pin!(second);
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        assert!(futures::poll!(second.as_mut()).is_ready());
    }

    #[tokio::test]
    async fn a_batch_larger_than_the_budget_takes_all_of_it_instead_of_waiting_for_ever() {
        let flow = Flow::new("test", UNIT);
        assert!(flow.enter(100 * UNIT, "t").await.is_ok());
    }

    #[tokio::test]
    async fn closing_turns_waiters_away() {
        let flow = Flow::new("test", UNIT);
        let _held = flow.enter(UNIT, "t").await.expect("fits");
        let waiter = flow.enter(UNIT, "t");
        tokio::pin!(waiter);
        assert!(futures::poll!(waiter.as_mut()).is_pending());
        flow.close();
        assert_eq!(waiter.await.expect_err("closed").kind, ErrorKind::Closed);
    }
}
