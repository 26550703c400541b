//! `streetwatch console CITY.toml`: the console by itself; `streetwatch console rebuild CITY.toml`: its store anew.

use super::{Failure, runtime};
use crate::config;
use crate::console::project::{self, Projection};
use crate::console::store::Store;
use crate::log;
use clap::Subcommand;
use std::path::PathBuf;
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
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    match (args.action, args.city) {
        (Some(Action::Rebuild { city }), _) => runtime()?.block_on(rebuild(city)),
        (None, Some(city)) => runtime()?.block_on(follow(city)),
        // clap asks for one of them.
        (None, None) => Err(Failure::configuration("name a CITY.toml")),
    }
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

async fn follow(city: PathBuf) -> Result<(), Failure> {
    let city = config::load(&city).map_err(Failure::configuration)?;
    let log = log::open(&city.log).await.map_err(Failure::failed)?;
    let store = Store::open(&city.console.store).await.map_err(Failure::failed)?;
    let projection = Projection::start(&city, store.clone(), log.clone()).await.map_err(Failure::failed)?;
    tracing::info!(city = %city.name, store = store.shown(), "the console follows the topics");
    let mut term = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    tokio::select! {
        _ = term.recv() => tracing::info!("SIGTERM: stopping"),
        _ = int.recv() => tracing::info!("SIGINT: stopping"),
    }
    projection.stop().await;
    log.close().await.map_err(Failure::failed)?;
    store.close().await;
    Ok(())
}
