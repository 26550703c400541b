//! `streetwatch replay CITY.toml`: file sources in event time, as fast as the machine can.

use super::Failure;
use crate::clock::SystemClock;
use crate::config::{self, City};
use crate::evidence::{EvidenceRecorder, store};
use crate::source;
use crate::worker::{self, Collector, Eyes, Known, Mode, RunningCity};
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
    /// The city; every camera must be a file.
    city: PathBuf,
    /// One candidate a line, in the dispatch payload. Without it, a line for people.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = Arc::new(config::load(&args.city).map_err(Failure::configuration)?);
    let live: Vec<_> = city.cameras.iter().filter(|c| !c.is_file()).map(|c| c.id.as_str()).collect();
    if !live.is_empty() {
        let cameras = live.join(", ");
        return Err(Failure::Configuration(format!("only files can be replayed; these cameras are live: {cameras}")));
    }
    let eyes = Arc::new(Eyes::open(&city.models, &ModelSearch::from_env()).map_err(Failure::failed)?);
    super::check::warn_about_rules(&city, &eyes);
    let store = store::open(&city.store).map_err(Failure::failed)?;
    let clock = Arc::new(SystemClock::default());
    let evidence = EvidenceRecorder::new(Arc::new(store), clock.clone());
    let collector = Arc::new(Collector::default());
    let began = Instant::now();
    let known = Known { registry: super::components::registry_of(&city)?, ..Known::default() };
    let running = worker::start(city.clone(), Mode::Replay, eyes, evidence, collector.clone(), clock, known)
        .map_err(Failure::failed)?;
    let replayed = follow(running, &city);
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
    eprintln!(
        "candidates: {}; cameras: {}; {:.0} s of video in {seconds:.1} s ({:.0}x); withdrawn: {}",
        candidates.len(),
        city.cameras.len(),
        replayed.video as f64 / 1000.0,
        replayed.video as f64 / 1000.0 / seconds.max(0.001),
        collector.withdrawn(),
    );
    match replayed.failed.as_slice() {
        [] => Ok(()),
        failed => Err(Failure::Failed(format!("not replayed to the end: {}", failed.join(", ")))),
    }
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
        progress.iter().map(|p| p.reached().zip(p.start).map_or(0, |(at, start)| at.since(start))).collect()
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
