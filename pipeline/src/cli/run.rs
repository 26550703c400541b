//! `streetwatch run CITY.toml`: the whole pipeline in one process, live.

use super::closing::Closing;
use super::{Failure, runtime};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, City};
use crate::console::{self, Console};
use crate::evidence::store::FileStore;
use crate::evidence::{EvidenceRecorder, store};
use crate::gateway;
use crate::log::{self, Log, Start, Topic};
use crate::payload::{Candidate, CloudEvent, StateSnapshot};
use crate::registry;
use crate::segments::Until;
use crate::sensors::{self, RunningSensors};
use crate::telemetry::Metrics;
use crate::worker::{self, Eyes, Known, LogSink, Message, Mode, Remembered, RunningCity, Segments, Sink};
use models::ModelSearch;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city.
    city: PathBuf,
    /// End when every source has ended.
    #[arg(long)]
    once: bool,
    /// Print each candidate with the paths of its evidence on stdout.
    #[arg(long)]
    show: bool,
    /// Truth file of `evaluate`: once every source has ended, print each candidate beside its truth on stdout. Given again,
    /// several as one.
    #[arg(long, value_name = "TRUTH.json")]
    truth: Vec<PathBuf>,
    /// Exit with 1 unless every event was raised and nothing besides.
    #[arg(long, requires = "truth", requires = "once")]
    strict: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = Arc::new(config::load(&args.city).map_err(Failure::configuration)?);
    let closing = (!args.truth.is_empty()).then(|| Closing::open(&args.truth, &city)).transpose()?;
    let metrics = Metrics::install().map_err(Failure::failed)?;
    let eyes = Arc::new(Eyes::open(&city.models, &ModelSearch::from_env()).map_err(Failure::failed)?);
    super::check::warn_about_rules(&city, &eyes);
    let runtime = runtime()?;
    let outcome = runtime.block_on(live(&args, city, eyes, metrics, closing));
    // The console may hold connections that nobody will close.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn live(
    args: &Args,
    city: Arc<City>,
    eyes: Arc<Eyes>,
    metrics: Metrics,
    closing: Option<Closing>,
) -> Result<(), Failure> {
    let listener = console::bind(city.listen).await.map_err(Failure::failed)?;
    let log = log::open(&city.log).await.map_err(Failure::failed)?;
    let store = store::open(&city.store).map_err(Failure::failed)?;
    let remembered = recall(log.as_ref()).await?;
    let registry = registry::load(&city, log.as_ref()).await.map_err(Failure::failed)?;
    let segments = Segments::new(&city, log.clone(), Start::Beginning, Until::Stopped).map_err(Failure::failed)?;
    let handle = tokio::runtime::Handle::current();
    let mut sink: Arc<dyn Sink> = Arc::new(LogSink::new(log.clone(), handle));
    if args.show {
        sink = Arc::new(Shown(sink));
    }
    if let Some(closing) = &closing {
        sink = closing.watch(sink);
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let store: Arc<dyn FileStore> = Arc::new(store);
    let evidence = EvidenceRecorder::new(store.clone(), clock.clone());
    let console = Console::start(city.clone(), log.clone(), listener, Some(metrics), clock.clone());
    let console = console.await.map_err(Failure::failed)?;
    super::console::announce(&console).await;
    let gateway = match &city.gateway {
        Some(config) => Some(gateway::start(&city, config, log.clone(), clock.clone()).await.map_err(Failure::failed)?),
        None => None,
    };
    let devices = match &city.sensors {
        Some(config) => {
            let parts = sensors::Parts {
                city: city.clone(),
                log: log.clone(),
                sink: sink.clone(),
                evidence: Arc::new(EvidenceRecorder::new(store, clock.clone())),
                clock: clock.clone(),
                runtime: tokio::runtime::Handle::current(),
            };
            let config = config.clone();
            let started = tokio::task::spawn_blocking(move || sensors::start(parts, &config));
            Some(started.await.map_err(Failure::failed)?.map_err(Failure::failed)?)
        }
        None => None,
    };
    let started = {
        let (city, eyes) = (city.clone(), eyes.clone());
        let known = Known { registry, remembered, segments: Some(segments) };
        tokio::task::spawn_blocking(move || worker::start(city, Mode::Live, eyes, evidence, sink, clock, known))
    };
    let running = started.await.map_err(Failure::failed)?.map_err(Failure::failed)?;
    console.attach(running.control());
    tracing::info!(city = %city.name, cameras = city.cameras.len(), "running");
    let by_itself = wait(&running, devices.as_ref(), &console, args.once, closing.as_ref()).await?;
    if let Some(gateway) = &gateway {
        super::gateway::stop(gateway).await;
    }
    let end = move || {
        let lost = if by_itself { running.finish() } else { running.stop() };
        devices.map_or(Ok(0), RunningSensors::stop).map(|of_devices| lost + of_devices)
    };
    let lost = tokio::task::spawn_blocking(end).await.map_err(Failure::failed)?.map_err(Failure::failed)?;
    console.stop().await;
    log.close().await.map_err(Failure::failed)?;
    if lost > 0 {
        return Err(Failure::Failed(format!("{lost} messages could not be delivered; they were never acknowledged")));
    }
    tracing::info!("stopped; everything acknowledged is on the log");
    match closing {
        Some(closing) if args.strict => closing.verdict(by_itself),
        _ => Ok(()),
    }
}

/// Until SIGTERM or SIGINT, or, with `once`, until the sources end. Returns
/// whether they ended. Prints the closing table when they do.
async fn wait(
    running: &RunningCity,
    devices: Option<&RunningSensors>,
    console: &Console,
    once: bool,
    closing: Option<&Closing>,
) -> Result<bool, Failure> {
    let mut term = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut int = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let mut told = false;
    loop {
        tokio::select! {
            _ = term.recv() => { tracing::info!("SIGTERM: stopping"); return Ok(false) }
            _ = int.recv() => { tracing::info!("SIGINT: stopping"); return Ok(false) }
            _ = tick.tick() => if !told && running.ended() && devices.is_none_or(RunningSensors::ended) {
                told = true;
                if let Some(closing) = closing {
                    closing.print();
                }
                if once {
                    return Ok(true);
                }
                tracing::info!("every source has ended; the console stays until SIGTERM");
                // The link has gone out of sight above what was printed meanwhile.
                super::console::announce(console).await;
            }
        }
    }
}

/// What earlier runs left: operators' memory by camera.
async fn recall(log: &dyn Log) -> Result<BTreeMap<String, Remembered>, Failure> {
    let mut remembered = BTreeMap::new();
    for (camera, stored) in log.latest(Topic::State).await.map_err(Failure::failed)? {
        let Some(payload) = stored.payload else { continue };
        let state = serde_json::from_slice::<CloudEvent<StateSnapshot>>(&payload).ok();
        if state.as_ref().is_some_and(|event| event.data.preset == sensors::PRESET) {
            continue;
        }
        match state.and_then(|event| Remembered::read(event.data)) {
            Some((camera, memory)) => {
                remembered.insert(camera, memory);
            }
            None => tracing::warn!(camera, "the snapshot on topic `state` is of another version: starting afresh"),
        }
    }
    Ok(remembered)
}

/// Prints candidates on their way to the log.
struct Shown(Arc<dyn Sink>);

impl Sink for Shown {
    fn publish(&self, batch: &[Message]) -> Result<(), log::LogError> {
        self.0.publish(batch)?;
        let mut out = std::io::stdout().lock();
        for message in batch {
            if let Message::Candidate(event) = message {
                // A closed stdout must not stop the pipeline.
                let _closed = show(&event.data, &mut out);
            }
        }
        Ok(())
    }
}

/// One candidate for people: a line, and on raising the paths of its evidence.
pub(super) fn show(c: &Candidate, out: &mut impl Write) -> std::io::Result<()> {
    let state = c.state.as_str();
    writeln!(
        out,
        "{state:<9} {} {} ({})  {} {:.2}  camera {} zone {}  since {}  stood {:.0} s",
        c.class_code, c.class_name, c.rule, c.object.label, c.object.score, c.camera, c.zone, c.first_seen, c.dwell_s
    )?;
    if c.state == crate::payload::State::Raised {
        for item in &c.evidence {
            let path = item.uri.strip_prefix("file://").unwrap_or(&item.uri);
            writeln!(out, "          {:<8} {path}", item.kind.as_str())?;
        }
    }
    out.flush()
}
