//! `streetwatch replay CITY.toml`: file sources in event time, as fast as the machine can.

use super::Failure;
use crate::clock::{Clock, SystemClock};
use crate::config::{self, City};
use crate::evidence::store::FileStore;
use crate::evidence::{EvidenceRecorder, store};
use crate::log::{self, Offsets, Start, Topic};
use crate::segments::Until;
use crate::sensors;
use crate::source;
use crate::worker::{self, Collector, Eyes, Known, Mode, RunningCity, Segments};
use indicatif::{ProgressBar, ProgressStyle};
use models::ModelSearch;
use operators::vocabulary::Millis;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city; every camera must be a file, or fed from segments.
    city: PathBuf,
    /// For cameras that are fed from segments: begin at this offset, in each partition (`120`) or in those that are
    /// named, the others from their beginning (`0:120,3:80`). Without it, from the oldest segment on.
    #[arg(long, value_name = "OFFSETS", value_parser = offsets)]
    from_offset: Option<From>,
    /// One candidate a line, in the dispatch payload. Without it, a line for people.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = Arc::new(config::load(&args.city).map_err(Failure::configuration)?);
    let live: Vec<_> =
        city.cameras.iter().filter(|c| !c.is_file() && !c.is_segments()).map(|c| c.id.as_str()).collect();
    if !live.is_empty() {
        let cameras = live.join(", ");
        return Err(Failure::Configuration(format!(
            "only files and segments can be replayed; these cameras are live: {cameras}"
        )));
    }
    let store: Arc<dyn FileStore> = Arc::new(store::open(&city.store).map_err(Failure::failed)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let collector = Arc::new(Collector::default());
    let began = Instant::now();
    let replayed = match city.cameras.is_empty() {
        true => Replayed { video: 0, failed: Vec::new() },
        false => cameras(&city, args.from_offset, store.clone(), clock.clone(), collector.clone())?,
    };
    if let Some(config) = &city.sensors {
        let recorder = EvidenceRecorder::new(store, clock);
        let of = sensors::replay(&city, config, &recorder, collector.as_ref()).map_err(Failure::failed)?;
        let (hours, readings) = (of.span as f64 / 3_600_000.0, of.readings);
        eprintln!("readings: {readings} of {} devices in {hours:.1} h; refused: {}", of.devices, of.refused);
    }
    let candidates = collector.candidates();
    let mut out = std::io::stdout().lock();
    for event in &candidates {
        let written = if args.json {
            serde_json::to_writer(&mut out, event).map_err(Into::into).and_then(|()| writeln!(out))
        } else {
            super::run::show(&event.data, &mut out)
        };
        written.map_err(Failure::failed)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let video = replayed.video as f64 / 1000.0;
    eprintln!(
        "candidates: {}; cameras: {}; {video:.0} s of video in {seconds:.1} s ({:.0}x); withdrawn: {}",
        candidates.len(),
        city.cameras.len(),
        video / seconds.max(0.001),
        collector.withdrawn(),
    );
    match replayed.failed.as_slice() {
        [] => Ok(()),
        failed => Err(Failure::Failed(format!("not replayed to the end: {}", failed.join(", ")))),
    }
}

/// Replays every camera.
fn cameras(
    city: &Arc<City>,
    from: Option<From>,
    store: Arc<dyn FileStore>,
    clock: Arc<dyn Clock>,
    collector: Arc<Collector>,
) -> Result<Replayed, Failure> {
    let eyes = Arc::new(Eyes::open(&city.models, &ModelSearch::from_env()).map_err(Failure::failed)?);
    super::check::warn_about_rules(city, &eyes);
    let evidence = EvidenceRecorder::new(store, clock.clone());
    let runtime = super::runtime()?;
    let segments = runtime.block_on(segments(city, from))?;
    let known = Known { registry: super::components::registry_of(city)?, segments, ..Known::default() };
    let running = worker::start(city.clone(), Mode::Replay, eyes, evidence, collector, clock, known);
    Ok(follow(running.map_err(Failure::failed)?, city))
}

/// Where segments are replayed from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum From {
    /// In each partition.
    Each(i64),
    /// In these; the others from their beginning.
    At(Offsets),
}

fn offsets(text: &str) -> Result<From, String> {
    let fail = |part: &str| format!("{part:?} is neither OFFSET nor PARTITION:OFFSET, such as 120 or 0:120,3:80");
    if let Ok(offset) = text.parse::<u32>() {
        return Ok(From::Each(i64::from(offset)));
    }
    let pair = |part: &str| {
        let (partition, offset) = part.split_once(':').ok_or_else(|| fail(part))?;
        let partition = partition.trim().parse::<u16>().map_err(|_| fail(part))?;
        let offset = offset.trim().parse::<u64>().ok().and_then(|n| i64::try_from(n).ok()).ok_or_else(|| fail(part))?;
        Ok((i32::from(partition), offset))
    };
    text.split(',').map(pair).collect::<Result<Offsets, String>>().map(From::At)
}

/// The topic `segments` up to where it ends now, for a city with cameras that are fed from it.
async fn segments(city: &City, from: Option<From>) -> Result<Option<Segments>, Failure> {
    if !city.cameras.iter().any(|camera| camera.is_segments()) {
        return Ok(None);
    }
    let log = log::open_for_reading(&city.log).await.map_err(Failure::failed)?;
    let start = match from {
        None => Start::Beginning,
        Some(From::At(offsets)) => Start::At(offsets),
        Some(From::Each(offset)) => {
            let bounds = log.bounds(Topic::Segments).await.map_err(Failure::failed)?;
            Start::At(bounds.into_iter().map(|(partition, b)| (partition, offset.clamp(b.first, b.end))).collect())
        }
    };
    Segments::new(city, log, start, Until::End).map(Some).map_err(Failure::failed)
}

struct Replayed {
    /// Event time covered, all cameras together.
    video: Millis,
    /// Cameras of which nothing could be read.
    failed: Vec<String>,
}

/// Draws the progress until every source has ended.
fn follow(running: RunningCity, city: &City) -> Replayed {
    let lengths: Vec<Option<Millis>> = city
        .cameras
        .iter()
        .map(|c| {
            if c.is_segments() {
                return None;
            }
            let info = source::probe(&c.url, Duration::from_secs(10)).ok()?.info;
            info.duration.map(|d| d.as_millis() as Millis)
        })
        .collect();
    let total: Millis = lengths.iter().flatten().sum();
    let bar = ProgressBar::new(total.unsigned_abs());
    let style = "{bar:40} {percent:>3}% of {msg}, {elapsed} gone, {eta} to go";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(format!("{} cameras", city.cameras.len()));
    let progress = running.progress.clone();
    let covered = || -> Vec<Millis> {
        progress.iter().map(|p| p.reached().zip(p.start()).map_or(0, |(at, start)| at.since(start))).collect()
    };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            running.finish();
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            bar.set_position(covered().iter().sum::<Millis>().unsigned_abs());
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    bar.finish_and_clear();
    let failed = progress.iter().filter(|p| p.reached().is_none()).map(|p| p.camera.clone()).collect();
    Replayed { video: covered().iter().sum(), failed }
}
