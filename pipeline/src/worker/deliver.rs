//! Handing a batch to a sink until it is acknowledged.

use super::sink::{Message, Sink};
use crate::clock::Clock;
use crate::log::ErrorKind;
use crate::telemetry::names;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a stopping process goes on trying to reach the log.
const LAST_TRIES: Duration = Duration::from_secs(20);

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is acknowledged.
    Acknowledged,
    /// Another process speaks for them now.
    Fenced,
    /// It can never succeed, or the process stops and the log is away.
    Lost,
}

/// Publishes until acknowledged. Gives up on what can never succeed, and some time after a stop was asked for.
pub(crate) fn deliver(sink: &dyn Sink, clock: &dyn Clock, stop: &AtomicBool, batch: &[Message]) -> Delivery {
    let mut wait = Duration::from_millis(50);
    let mut stopping_since = None;
    loop {
        let error = match sink.publish(batch) {
            Ok(()) => return Delivery::Acknowledged,
            Err(error) => error,
        };
        if error.kind == ErrorKind::Fenced {
            metrics::counter!(names::DISPATCH_FENCED).increment(batch.len() as u64);
            tracing::debug!(%error, messages = batch.len(), "left to the owner");
            return Delivery::Fenced;
        }
        if stop.load(Ordering::Acquire) {
            stopping_since.get_or_insert(clock.monotonic());
        }
        let late = stopping_since.is_some_and(|since| clock.monotonic().saturating_sub(since) > LAST_TRIES);
        if late || !error.retry() {
            metrics::counter!(names::DISPATCH_LOST, "reason" => error.kind.as_str()).increment(batch.len() as u64);
            tracing::error!(%error, messages = batch.len(), "messages could not be delivered");
            return Delivery::Lost;
        }
        metrics::counter!(names::DISPATCH_RETRIES, "reason" => error.kind.as_str()).increment(1);
        tracing::warn!(%error, "the log did not take a batch; trying again");
        clock.sleep(wait);
        wait = (wait * 2).min(Duration::from_secs(5));
    }
}
