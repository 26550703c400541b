//! `streetwatch worker CITY.toml`: one worker of a cluster; cameras come from the topic `cameras`.

use super::{Failure, runtime};
use crate::clock::{Clock, SystemClock};
use crate::cluster::{self, MakeCrew, Parts, Status, probe};
use crate::config::{self, City};
use crate::console;
use crate::evidence::{EvidenceRecorder, store};
use crate::log::{self, Address, KafkaAddress, Start};
use crate::registry::{self, Registry};
use crate::segments::Until;
use crate::telemetry::Metrics;
use crate::worker::{Eyes, Fleet, Segments};
use models::ModelSearch;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Before what failed at the start is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Arguments of `worker`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city-wide part: log, store, codes, models, limits. Its cameras, if any, are not looked at.
    city: PathBuf,
    /// Name in the group, which must stay the same over restarts and be nobody else's; the host's by default.
    #[arg(long)]
    id: Option<String>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = Arc::new(config::load_for_cluster(&args.city).map_err(Failure::configuration)?);
    let Address::Kafka(address) = Address::parse(&city.log).map_err(Failure::configuration)? else {
        let hint = "an embedded log is one process's: use `streetwatch run`, or write log = \"kafka:HOST:PORT\"";
        return Err(Failure::configuration(hint));
    };
    let id = id(args.id)?;
    let metrics = Metrics::install().map_err(Failure::failed)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let status = Arc::new(Status::new(clock.clone()));
    let runtime = runtime()?;
    let outcome = runtime.block_on(work(city, address, id, metrics, clock, status));
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn work(
    city: Arc<City>,
    address: KafkaAddress,
    id: String,
    metrics: Metrics,
    clock: Arc<dyn Clock>,
    status: Arc<Status>,
) -> Result<(), Failure> {
    let stopping = Arc::<AtomicBool>::default();
    until_asked(stopping.clone())?;
    // Probes are answered from the first moment on, also while models load and brokers are away.
    let listener = console::bind(city.listen).await.map_err(Failure::failed)?;
    let at = listener.local_addr().map_err(Failure::failed)?;
    tracing::info!(address = %at, worker = id, "worker");
    let router = probe::router(status.clone(), metrics);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (of, search) = (city.models.clone(), ModelSearch::from_env());
    let eyes = tokio::task::spawn_blocking(move || Eyes::open(&of, &search)).await.map_err(Failure::failed)?;
    let eyes = Arc::new(eyes.map_err(Failure::failed)?);
    let store = store::open(&city.store).map_err(Failure::failed)?;
    let evidence = EvidenceRecorder::new(Arc::new(store), clock.clone());
    let Some(registry) = components(&city, &status, &stopping).await? else { return Ok(()) };
    let Some(segments) = segments(&city, &status, &stopping).await? else { return Ok(()) };
    let (of, time) = (city.clone(), clock.clone());
    let crew: MakeCrew = Box::new(move |sink| {
        let fleet = Fleet::start(of, eyes, evidence, sink, time, registry, Some(segments))?;
        Ok(Box::new(fleet))
    });
    let parts = Parts { city, address, id, crew, clock, status, stopping };
    let ended = tokio::task::spawn_blocking(move || cluster::run(parts)).await.map_err(Failure::failed)?;
    match ended.map_err(Failure::failed)? {
        0 => tracing::info!("stopped; everything acknowledged is on the log"),
        lost => {
            return Err(Failure::Failed(format!(
                "{lost} messages could not be delivered; they were never acknowledged"
            )));
        }
    }
    Ok(())
}

/// The register of components; waits for brokers. `None` when asked to stop before.
async fn components(city: &City, status: &Status, stopping: &AtomicBool) -> Result<Option<Registry>, Failure> {
    if let Some(registry) = registry::load_files(city).map_err(Failure::configuration)? {
        return Ok(Some(registry));
    }
    while !stopping.load(Ordering::SeqCst) {
        status.turn();
        let read = async {
            let log = log::open_for_reading(&city.log).await?;
            Registry::from_log(log.as_ref()).await
        };
        match read.await {
            Ok(registry) => {
                status.well("components");
                return Ok(Some(registry));
            }
            Err(error) => status.trouble("components", error.to_string()),
        }
        tokio::time::sleep(AGAIN).await;
    }
    Ok(None)
}

/// The topic `segments`, for cameras that are fed from it; waits for brokers. `None` when asked to stop before.
async fn segments(city: &City, status: &Status, stopping: &AtomicBool) -> Result<Option<Segments>, Failure> {
    while !stopping.load(Ordering::SeqCst) {
        status.turn();
        match log::open_for_reading(&city.log).await {
            Ok(log) => {
                status.well("segments");
                let segments = Segments::new(city, log, Start::Beginning, Until::Stopped);
                return segments.map(Some).map_err(Failure::failed);
            }
            Err(error) => status.trouble("segments", error.to_string()),
        }
        tokio::time::sleep(AGAIN).await;
    }
    Ok(None)
}

/// Sets the flag at SIGTERM or SIGINT.
fn until_asked(stopping: Arc<AtomicBool>) -> Result<(), Failure> {
    let mut term = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => tracing::info!("SIGTERM: stopping"),
            _ = int.recv() => tracing::info!("SIGINT: stopping"),
        }
        stopping.store(true, Ordering::SeqCst);
    });
    Ok(())
}

/// The given name, or the host's.
fn id(given: Option<String>) -> Result<String, Failure> {
    let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let id = given.unwrap_or_else(host).trim().to_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty() || id.len() > 200 || !id.chars().all(fits) {
        let hint = "a worker's --id is letters, digits, '-', '_' and '.', at most 200";
        return Err(Failure::configuration(format!("{id:?} is no name of a worker: {hint}")));
    }
    Ok(id)
}
