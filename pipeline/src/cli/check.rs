//! `streetwatch check CITY.toml`: everything that can be known to be wrong before running.

use super::Failure;
use crate::baseline::{self, Store, View};
use crate::config::{self, Camera, City, Problem};
use crate::evidence::store;
use crate::registry::{self, Registry};
use crate::source;
use crate::worker::Eyes;
use models::ModelSearch;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city.
    city: PathBuf,
    /// How long a source may take to deliver its first picture.
    #[arg(long, default_value = "15s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

/// Sources opened at the same time.
const AT_ONCE: usize = 16;

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let city = config::load(&args.city).map_err(Failure::configuration)?;
    let mut problems = Vec::new();
    let problem =
        |line, key: &str, message: String| Problem { file: city.file.clone(), line, key: key.to_owned(), message };
    match Eyes::open(&city.models, &ModelSearch::from_env()) {
        Ok(eyes) => warn_about_rules(&city, &eyes),
        Err(error) => problems.push(problem(city.lines.model, "model", error.to_string())),
    }
    if let Err(error) = store::open(&city.store) {
        problems.push(problem(city.lines.store, "store", error.to_string()));
    }
    let registry = components(&city, &mut problems, problem);
    for (index, outcome) in probe_all(&city, args.timeout).into_iter().enumerate() {
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

/// Opens every source once, some at a time; answers in the cameras' order.
fn probe_all(city: &City, timeout: Duration) -> Vec<Result<Probed, String>> {
    let mut outcomes = Vec::with_capacity(city.cameras.len());
    for cameras in city.cameras.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let probes: Vec<_> = cameras
                .iter()
                .map(|camera| {
                    scope.spawn(move || match source::probe(&camera.url, timeout) {
                        Ok(found) => {
                            let (codec, (width, height)) = (found.info.format.codec(), found.size);
                            Ok((format!("{codec}, {width}x{height}"), [width, height]))
                        }
                        Err(error) => Err(error.to_string()),
                    })
                })
                .collect();
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
