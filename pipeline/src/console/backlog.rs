//! What waits for people, told to whoever reads the metrics.

use super::desk::{Counters, Desk};
use super::store::{Scope, StoreError};
use super::web;
use crate::clock::Clock;
use crate::telemetry::names;
use std::sync::Arc;
use std::time::Duration;

/// How often it is counted.
const EVERY: Duration = Duration::from_secs(15);

/// Tells the metrics until it is aborted. While the store does not answer they stay as they were.
pub(super) async fn tell(desk: Desk, clock: Arc<dyn Clock>) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = look(&desk, clock.as_ref()).await {
            tracing::warn!(%error, "what waits for reviewers could not be counted");
        }
    }
}

async fn look(desk: &Desk, clock: &dyn Clock) -> Result<(), StoreError> {
    let counters = desk.undecided(&Scope::everything()).await?;
    let outbox = web::now(desk.store(), clock).await?.outbox;
    show(&counters, outbox, desk.now());
    Ok(())
}

fn show(counters: &Counters, outbox: u64, now: i64) {
    let waiting = |state| metrics::gauge!(names::CONSOLE_WAITING, "state" => state);
    waiting("waiting").set(counters.waiting as f64);
    waiting("escalated").set(counters.escalated as f64);
    let oldest = counters.oldest.map_or(0, |raised| (now - raised).max(0));
    metrics::gauge!(names::CONSOLE_OLDEST).set(oldest as f64 / 1e3);
    metrics::gauge!(names::CONSOLE_OUTBOX).set(outbox as f64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    fn rendered(counters: &Counters, outbox: u64, now: i64) -> String {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || show(counters, outbox, now));
        recorder.handle().render()
    }

    #[test]
    fn the_backlog_and_the_age_of_its_oldest_are_told() {
        let counters = Counters { waiting: 7, escalated: 2, oldest: Some(1_000), ..Counters::default() };
        let text = rendered(&counters, 3, 91_000);
        for line in [
            "streetwatch_console_waiting{state=\"waiting\"} 7",
            "streetwatch_console_waiting{state=\"escalated\"} 2",
            "streetwatch_console_oldest_waiting_seconds 90",
            "streetwatch_console_outbox 3",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[test]
    fn with_nothing_to_decide_nothing_is_old() {
        assert!(rendered(&Counters::default(), 0, 91_000).contains("streetwatch_console_oldest_waiting_seconds 0"));
    }
}
