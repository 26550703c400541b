//! `streetwatch console CITY.toml`: the console by itself, beside workers that run elsewhere.

use super::{Failure, runtime};
use crate::clock::SystemClock;
use crate::config;
use crate::console::{self, Console};
use crate::log;
use crate::telemetry::Metrics;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Arguments of `console`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    /// The city.
    #[arg(required = true)]
    city: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let file = args.city.ok_or_else(|| Failure::Configuration("which CITY.toml?".to_owned()))?;
    let city = Arc::new(config::load(&file).map_err(Failure::configuration)?);
    let metrics = Metrics::install().map_err(Failure::failed)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(serve(city, metrics));
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn serve(city: Arc<config::City>, metrics: Metrics) -> Result<(), Failure> {
    let listener = console::bind(city.listen).await.map_err(Failure::failed)?;
    let log = log::open(&city.log).await.map_err(Failure::failed)?;
    let clock = Arc::new(SystemClock::default());
    let console = Console::start(city, log.clone(), listener, Some(metrics), clock).await.map_err(Failure::failed)?;
    announce(&console);
    let mut term = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    tokio::select! {
        _ = term.recv() => tracing::info!("SIGTERM: stopping"),
        _ = int.recv() => tracing::info!("SIGINT: stopping"),
    }
    console.stop().await;
    log.close().await.map_err(Failure::failed)
}

/// Says where the console is, and how the first administrator comes in. The link is a secret, so it goes to the
/// terminal and never into a log that is collected.
pub(super) fn announce(console: &Console) {
    tracing::info!(address = %console.address(), url = console.base(), "console");
    if let Some(link) = console.welcome() {
        eprintln!("\nNobody can log in yet. Make the first administrator here, once, within one hour:\n\n  {link}\n");
    }
}
