//! librdkafka's own words: its log goes to `tracing`, its errors become the log's health.

use super::super::LogHealth;
use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use std::sync::Arc;

/// What librdkafka last said of the brokers.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<Option<LogHealth>>);

impl Heard {
    /// A broker has answered.
    pub fn well(&self) {
        let mut heard = self.0.lock();
        if matches!(*heard, Some(LogHealth::Waiting { .. })) {
            tracing::info!("Kafka answers again");
            *heard = None;
        }
    }

    /// For good: the client has to be opened again.
    pub fn failed(&self, reason: String) {
        *self.0.lock() = Some(LogHealth::Failed { reason });
    }

    pub fn health(&self) -> LogHealth {
        self.0.lock().clone().unwrap_or(LogHealth::Well)
    }
}

/// Receives what librdkafka has to say.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub heard: Arc<Heard>,
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        use RDKafkaLogLevel::*;
        match level {
            Emerg | Alert | Critical | Error => tracing::error!(target: "librdkafka", facility, "{message}"),
            Warning => tracing::warn!(target: "librdkafka", facility, "{message}"),
            Notice | Info => tracing::info!(target: "librdkafka", facility, "{message}"),
            Debug => tracing::debug!(target: "librdkafka", facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        if code == Some(RDKafkaErrorCode::PartitionEOF) {
            // A place in a partition, and no error of anybody's.
            return;
        }
        metrics::counter!("streetwatch_kafka_errors_total", "reason" => code.map_or("other".into(), |c| format!("{c:?}")))
            .increment(1);
        tracing::warn!(%error, reason, "Kafka client");
        if code == Some(RDKafkaErrorCode::Fatal) {
            self.heard.failed(reason.to_owned());
            return;
        }
        // One broker of several that is away is no trouble; all of them are.
        if code == Some(RDKafkaErrorCode::AllBrokersDown) {
            let mut heard = self.heard.0.lock();
            if !matches!(*heard, Some(LogHealth::Failed { .. })) {
                *heard = Some(LogHealth::Waiting { reason: format!("no Kafka broker answers: {reason}") });
            }
        }
    }
}

impl ConsumerContext for Context {}

/// Of a transaction: a record that is not delivered fails the transaction, so nothing is to be done here.
impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}
