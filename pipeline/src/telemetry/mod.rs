//! Logs and metrics of the process.
//!
//! Logs go to stderr through `tracing` (stdout belongs to results). Metrics go
//! through the `metrics` facade; [`Metrics::render`] is what `/metrics` serves
//! in Prometheus' text format. [`names`] documents the
//! worker's; sources, models, evidence and log count their own beside the code.

pub mod names;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Sends logs to stderr. `STREETWATCH_LOG_LEVEL` filters them, `info` by default.
/// A second call changes nothing.
pub fn init_logs(format: LogFormat) {
    let filter = EnvFilter::try_from_env("STREETWATCH_LOG_LEVEL")
        .unwrap_or_else(|_| EnvFilter::new("info,ort=warn,object_store=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let _already_set = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// The process's metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Installs the recorder for the whole process.
    ///
    /// # Errors
    /// When a recorder is installed already.
    pub fn install() -> Result<Metrics, String> {
        let seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0];
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
            .and_then(|builder| builder.install_recorder())
            .map_err(|e| e.to_string())?;
        names::describe();
        Ok(Metrics { handle })
    }

    /// Everything counted so far, in Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}
