//! `streetwatch worker CITY.toml`: one worker of a cluster; cameras come from the topic `cameras`.

use super::{Failure, runtime};
use crate::clock::{Clock, SystemClock};
use crate::cluster::{self, Devices, MakeCrew, MakeDevices, Parts, Status, probe};
use crate::config::{self, City};
use crate::console;
use crate::evidence::store::FileStore;
use crate::evidence::{EvidenceRecorder, store};
use crate::log::{self, Address, KafkaAddress, Log, Start};
use crate::registry::{self, Registry};
use crate::segments::Until;
use crate::sensors::{self, RunningSensors};
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
    let store: Arc<dyn FileStore> = Arc::new(store);
    let Some(registry) = components(&city, &status, &stopping).await? else { return Ok(()) };
    let open = async || log::open_for_reading(&city.log).await;
    let Some(log) = until_there("segments", &status, &stopping, open).await else { return Ok(()) };
    let devices = city.sensors.as_ref().map(|_| devices(&city, &log, &store, &clock));
    let segments = Segments::new(&city, log, Start::Beginning, Until::Stopped).map_err(Failure::failed)?;
    let (of, time) = (city.clone(), clock.clone());
    let crew: MakeCrew = Box::new(move |sink| {
        let evidence = EvidenceRecorder::new(store.clone(), time.clone());
        let fleet = Fleet::start(
            of.clone(),
            eyes.clone(),
            evidence,
            sink,
            time.clone(),
            registry.clone(),
            Some(segments.clone()),
        )?;
        Ok(Box::new(fleet))
    });
    let parts = Parts { city, address, id, crew, devices, clock, status, stopping };
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

/// Makes those who run the rules over readings while this worker speaks for the devices.
fn devices(city: &Arc<City>, log: &Arc<dyn Log>, store: &Arc<dyn FileStore>, clock: &Arc<dyn Clock>) -> MakeDevices {
    let evidence = Arc::new(EvidenceRecorder::new(store.clone(), clock.clone()));
    let (city, log, clock) = (city.clone(), log.clone(), clock.clone());
    let runtime = tokio::runtime::Handle::current();
    Box::new(move |sink| {
        let (city, log, clock) = (city.clone(), log.clone(), clock.clone());
        let (evidence, runtime) = (evidence.clone(), runtime.clone());
        let parts = sensors::Parts { city, log, sink, evidence, clock, runtime };
        Ok(Box::new(Readings { parts, running: None }))
    })
}

/// The rules over readings, running or not.
struct Readings {
    parts: sensors::Parts,
    running: Option<RunningSensors>,
}

impl Devices for Readings {
    fn begin(&mut self) {
        let Some(config) = &self.parts.city.sensors else { return };
        tracing::info!("this worker speaks for the devices");
        match sensors::start_in_cluster(self.parts.clone(), config) {
            Ok(running) => self.running = Some(running),
            Err(error) => tracing::error!(%error, "the rules over readings do not run"),
        }
    }

    fn end(&mut self) -> u64 {
        let Some(running) = self.running.take() else { return 0 };
        running.stop().unwrap_or_else(|error| {
            tracing::error!(%error, "the rules over readings ended");
            0
        })
    }
}

/// The register of components; waits for brokers. `None` when asked to stop before.
async fn components(city: &City, status: &Status, stopping: &AtomicBool) -> Result<Option<Registry>, Failure> {
    if let Some(registry) = registry::load_files(city).map_err(Failure::configuration)? {
        return Ok(Some(registry));
    }
    let read = async || Registry::from_log(log::open_for_reading(&city.log).await?.as_ref()).await;
    Ok(until_there("components", status, stopping, read).await)
}

/// Tries until it is there. `None` when asked to stop before.
async fn until_there<T, E: std::fmt::Display>(
    what: &'static str,
    status: &Status,
    stopping: &AtomicBool,
    attempt: impl AsyncFn() -> Result<T, E>,
) -> Option<T> {
    while !stopping.load(Ordering::SeqCst) {
        status.turn();
        match attempt().await {
            Ok(there) => {
                status.well(what);
                return Some(there);
            }
            Err(error) => status.trouble(what, error.to_string()),
        }
        tokio::time::sleep(AGAIN).await;
    }
    None
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
