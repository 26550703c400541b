//! `streetwatch console CITY.toml`: the console by itself, beside workers that run elsewhere; `streetwatch console
//! rebuild CITY.toml`: its store anew; `streetwatch console migrate CITY.toml`: its tables brought up to date.

use super::{Failure, runtime};
use crate::clock::SystemClock;
use crate::config;
use crate::console::store::Store;
use crate::console::{self, Console, project};
use crate::log;
use crate::telemetry::Metrics;
use clap::Subcommand;
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
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Empty what the topics fill and read them from the beginning. Users, sessions, the audit log, settings and verdicts that
    /// wait for the log stay. Stop a console that runs on this store first, or its page shows the store filling up.
    Rebuild {
        /// The city.
        city: PathBuf,
    },
    /// Bring the store's tables up to this version and end. A console does it too when it starts; by itself it shows
    /// that an upgrade will work before the first console takes people.
    Migrate {
        /// The city.
        city: PathBuf,
    },
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let file = match (args.action, args.city) {
        (Some(Action::Rebuild { city }), _) => return runtime()?.block_on(rebuild(city)),
        (Some(Action::Migrate { city }), _) => return runtime()?.block_on(migrate(city)),
        (None, Some(city)) => city,
        // clap asks for one of them.
        (None, None) => return Err(Failure::configuration("name a CITY.toml")),
    };
    let city = Arc::new(config::load(&file).map_err(Failure::configuration)?);
    let metrics = Metrics::install().map_err(Failure::failed)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(serve(city, metrics));
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn rebuild(city: PathBuf) -> Result<(), Failure> {
    let city = config::load(&city).map_err(Failure::configuration)?;
    let log = log::open_for_reading(&city.log).await.map_err(Failure::failed)?;
    let store = Store::open(&city.console.store).await.map_err(Failure::failed)?;
    let rebuilt = project::rebuild(&store, log, &city).await.map_err(Failure::failed)?;
    for (topic, taken) in &rebuilt.topics {
        eprintln!("{topic:<12} {} records taken, {} that cannot be read left out", taken.taken, taken.skipped);
    }
    if rebuilt.from_outbox > 0 {
        eprintln!("{} verdicts that the log does not have yet were applied too", rebuilt.from_outbox);
    }
    store.close().await;
    Ok(())
}

async fn migrate(city: PathBuf) -> Result<(), Failure> {
    let city = config::load(&city).map_err(Failure::configuration)?;
    let store = Store::open(&city.console.store).await.map_err(Failure::failed)?;
    eprintln!("{} is up to date", store.shown());
    store.close().await;
    Ok(())
}

async fn serve(city: Arc<config::City>, metrics: Metrics) -> Result<(), Failure> {
    let listener = console::bind(city.listen).await.map_err(Failure::failed)?;
    let log = log::open(&city.log).await.map_err(Failure::failed)?;
    let clock = Arc::new(SystemClock::default());
    let console = Console::start(city, log.clone(), listener, Some(metrics), clock).await.map_err(Failure::failed)?;
    announce(&console).await;
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
pub(super) async fn announce(console: &Console) {
    tracing::info!(address = %console.address(), url = console.base(), "console");
    if let Some(link) = console.welcome().await {
        eprintln!("\nNobody can log in yet. Make the first administrator here, once, within one hour:\n\n  {link}\n");
    }
}
