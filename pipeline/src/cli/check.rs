//! `streetwatch check CITY.toml`: everything that can be known to be wrong before running.

use super::Failure;
use crate::baseline::{self, Store, View};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Camera, City, Problem};
use crate::evidence::store;
use crate::gateway;
use crate::log::{self, Start, Topic};
use crate::registry::{self, Registry};
use crate::segments::Until;
use crate::sensors::Book;
use crate::source::{self, SourceError};
use crate::worker::{Eyes, Measure, Segments};
use models::ModelSearch;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city.
    city: PathBuf,
    /// How long a source may take to deliver its first picture.
    #[arg(long, default_value = "15s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// Measure how long each model takes for 1, 2, 4, … pictures in one run on its device, and print it.
    #[arg(long)]
    bench: bool,
}

/// Sources opened at the same time.
const AT_ONCE: usize = 16;

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let mut problems = Vec::new();
    let problem =
        |line, key: &str, message: String| Problem { file: city.file.clone(), line, key: key.to_owned(), message };
    let measure = if args.bench { Measure::All } else { Measure::AsNeeded };
    match Eyes::open_measured(&city.models, &ModelSearch::from_env(), measure) {
        Ok(eyes) => {
            tell_devices(&city, &eyes);
            warn_about_rules(&city, &eyes);
        }
        Err(error) => problems.push(problem(city.lines.model, "model", error.to_string())),
    }
    if let Err(error) = store::open(&city.store) {
        problems.push(problem(city.lines.store, "store", error.to_string()));
    }
    if let Some(config) = &city.gateway {
        let found = gateway::problems(config).into_iter();
        problems.extend(found.map(|(key, message)| problem(config.line, &key, message)));
    }
    if let Some(config) = &city.sensors {
        match Book::open(config) {
            Ok(book) => eprintln!("{}: plans of version {}", config.plans.display(), &book.version[..12]),
            Err(error) => problems.push(problem(config.line, "sensors.plans", error.to_string())),
        }
        for file in config.readings.iter().filter(|file| !file.is_file()) {
            problems.push(problem(config.line, "sensors.readings", format!("{} is no file", file.display())));
        }
    }
    let registry = components(&city, &mut problems, problem);
    let runtime = super::runtime()?;
    let segments = runtime.block_on(segments(&city));
    for (index, outcome) in probe_all(&city, &segments, args.timeout).into_iter().enumerate() {
        let camera = &city.cameras[index];
        match outcome {
            Ok((text, size)) => {
                eprintln!("{}: {text}", camera.id);
                for (line, message) in baselines(&city, camera, &registry, size) {
                    problems.push(problem(line, &format!("camera[{index}].zone"), message));
                }
            }
            Err(error) => problems.push(problem(camera.line, &format!("camera[{index}].url"), error)),
        }
    }
    if problems.is_empty() {
        eprintln!("{}: no problem found (cameras: {})", city.file.display(), city.cameras.len());
        return Ok(());
    }
    let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
    Err(Failure::Failed(list.join("\n")))
}

/// Where models and decoders really run, with what was measured.
fn tell_devices(city: &City, eyes: &Eyes) {
    for running in eyes.running() {
        eprintln!("{running}");
        for time in &running.times {
            let milliseconds = time.run.as_secs_f64() * 1e3;
            eprintln!("  {:>3} in a run: {milliseconds:>8.2} ms, {:>8.1} pictures a second", time.batch, time.rate());
        }
    }
    match source::decoding_on(city.models.decode) {
        (on, None) => eprintln!("pictures are decoded on {on}"),
        (on, Some(why)) => eprintln!("pictures are decoded on {on}; cuda cannot be had: {why}"),
    }
}

/// What a source is, in words, and the size of its pictures.
type Probed = (String, [usize; 2]);

/// The register, and what of it and of the zones that watch it is wrong.
fn components(city: &City, problems: &mut Vec<Problem>, problem: impl Fn(usize, &str, String) -> Problem) -> Registry {
    let registry = match super::components::registry_of(city) {
        Ok(registry) => registry,
        Err(Failure::Configuration(message) | Failure::Failed(message)) => {
            problems.push(problem(city.lines.components, "components", message));
            Registry::default()
        }
    };
    for refused in &registry.refused {
        problems.push(problem(city.lines.components, "components", refused.to_string()));
    }
    for (index, camera) in city.cameras.iter().enumerate() {
        for found in registry::plan(camera, &registry).1 {
            let message = format!("zone \"{}\": {}", found.zone, found.message);
            problems.push(problem(found.line, &format!("camera[{index}].zone"), message));
        }
    }
    registry
}

/// What is wrong with the baselines of a camera whose pictures are of this size; each with a line.
fn baselines(city: &City, camera: &Camera, registry: &Registry, size: [usize; 2]) -> Vec<(usize, String)> {
    let mut wrong = Vec::new();
    if !camera.compares() {
        return wrong;
    }
    let zones = camera.component_zones.iter().map(|z| z.line).chain(camera.change_zones.iter().map(|z| z.line));
    let line = zones.min().unwrap_or(camera.line);
    let registered: Vec<_> = registry::plan(camera, registry).0.into_iter().flat_map(|plan| plan.registered).collect();
    let store = Store::new(&city.baselines.store);
    let mut approved = 0;
    for part in &city.baselines.parts {
        let view = View { camera: camera.id.clone(), preset: camera.preset.clone(), part: part.name.clone() };
        match store.approved(&view) {
            Ok(None) => eprintln!("{view}: no approved baseline, so nothing is compared then"),
            Ok(Some(stored)) => {
                approved += 1;
                match baseline::fit(&store, &stored, &registered, size) {
                    Ok(faceless) if faceless.is_empty() => {}
                    Ok(faceless) => eprintln!(
                        "{view}: cannot be told in this baseline, too small or without looks of their own: {}",
                        faceless.join(", ")
                    ),
                    Err(error) => wrong.push((line, error.to_string())),
                }
            }
            Err(error) => wrong.push((line, error.to_string())),
        }
    }
    if approved == 0 && wrong.is_empty() {
        let why = "has zones that compare and no approved baseline; `streetwatch baseline build`, then `approve`";
        wrong.push((line, format!("camera {} {why}", camera.id)));
    }
    wrong
}

/// So many of the latest segments of each partition are looked through for one of a camera.
const LATEST_SEGMENTS: i64 = 500;

/// The latest of the topic `segments`, for the cameras that are fed from it; or why it cannot be read.
async fn segments(city: &City) -> Result<Option<Segments>, String> {
    if !city.cameras.iter().any(Camera::is_segments) {
        return Ok(None);
    }
    let log = log::open_for_reading(&city.log).await.map_err(|e| e.to_string())?;
    let bounds = log.bounds(Topic::Segments).await.map_err(|e| e.to_string())?;
    let latest = bounds.into_iter().map(|(partition, b)| (partition, (b.end - LATEST_SEGMENTS).max(b.first)));
    let opened = Segments::new(city, log, Start::At(latest.collect()), Until::Stopped);
    opened.map(Some).map_err(|e| e.to_string())
}

/// One picture of a camera's source.
fn probe(camera: &Camera, segments: &Result<Option<Segments>, String>, timeout: Duration) -> Result<Probed, String> {
    let told = |error: SourceError| error.to_string();
    let found = match segments {
        Err(why) if camera.is_segments() => return Err(why.clone()),
        Ok(Some(segments)) if camera.is_segments() => {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
            let opener = segments.opener(camera, None, None, &clock).map_err(|e| e.to_string())?.impatient();
            source::probe_with(&opener, &camera.url, source::Transport::Tcp, timeout).map_err(told)?
        }
        _ => source::probe(&camera.url, timeout).map_err(told)?,
    };
    let (codec, (width, height)) = (found.info.format.codec(), found.size);
    Ok((format!("{codec}, {width}x{height}"), [width, height]))
}

/// Opens every source once, some at a time; answers in the cameras' order.
fn probe_all(
    city: &City,
    segments: &Result<Option<Segments>, String>,
    timeout: Duration,
) -> Vec<Result<Probed, String>> {
    let mut outcomes = Vec::with_capacity(city.cameras.len());
    for cameras in city.cameras.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let probes: Vec<_> =
                cameras.iter().map(|camera| scope.spawn(move || probe(camera, segments, timeout))).collect();
            let failed = || Err("the probe panicked: this is our defect".to_owned());
            outcomes.extend(probes.into_iter().map(|probe| probe.join().unwrap_or_else(|_| failed())));
        });
    }
    outcomes
}

/// Says which rules of the city can never raise with its models.
pub(super) fn warn_about_rules(city: &City, eyes: &Eyes) {
    let mut rules: Vec<&str> = city.cameras.iter().flat_map(|c| c.zones.iter().map(|z| z.rule.kind())).collect();
    rules.sort_unstable();
    rules.dedup();
    for lack in rules.into_iter().filter_map(|rule| eyes.lacks(rule)) {
        tracing::warn!("{lack}");
    }
}
